/* SPDX-License-Identifier: Apache-2.0 */
/* An organisation's rules: reading one share/policy/<id>.policy strictly, finding and listing them. */
#include "certwipe/policy.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "case_field.h"

#define HINT _("Compare it with the comments in share/policy/default.policy.")

#define POLICY_SUFFIX ".policy"
#define POLICY_MAX_BYTES (64u * 1024u)
#define POLICY_PATH_MAX 4096

/* What a document may cite: the words, the column of the matrix, and whether the text was withdrawn (K17). */
static const struct standard {
	const char *id, *words;
	enum cw_column column;
	bool withdrawn;
} standards[] = {
	{ "nist-800-88r2", "NIST SP 800-88 Rev. 2 with IEEE 2883-2022", CW_COLUMN_R2_2883, false },
	{ "nist-800-88r1", "NIST SP 800-88 Rev. 1", CW_COLUMN_R1, true },
	{ "asd-ism", "ASD Information Security Manual; level by NIST SP 800-88 Rev. 2 with IEEE 2883-2022", CW_COLUMN_R2_2883, false },
};

/* ---- values ---- */

/* What is read, and the place to name when it is wrong. */
struct value {
	const char *file, *key, *text;
	unsigned line;
};

CW_PRINTF(4, 5) static int bad_value(struct cw_error *err, const struct value *v, const char *hint, const char *fmt, ...)
{
	char why[CW_SERIAL_MAX], where[CW_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	snprintf(where, sizeof(where), "%s:%u", v->file, v->line);
	return cw_fail(err, CW_E_SYNTAX, 0, where, hint, "%s:%u: %s", v->file, v->line, why);
}

static int set_text(struct cw_policy *p, void *field, size_t size, const struct value *v, struct cw_error *err)
{
	(void)p;
	if (!cw_strlcpy(field, v->text, size))
		return bad_value(err, v, HINT, _("The value of \"%s\" is longer than %zu bytes."), v->key, size - 1);
	return CW_OK;
}

static bool id_is_valid(const char *id)
{
	return *id && strlen(id) < CW_NODE_MAX && id[0] != '.' && strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == strlen(id);
}

static int set_id(struct cw_policy *p, void *field, size_t size, const struct value *v, struct cw_error *err)
{
	if (!id_is_valid(v->text))
		return bad_value(err, v, HINT, _("\"%s\" cannot be the name of a policy: only a-z 0-9 - _ . are allowed."), v->text);
	return set_text(p, field, size, v, err);
}

static int set_yes_no(struct cw_policy *p, void *field, size_t size, const struct value *v, struct cw_error *err)
{
	uint32_t yes = strcmp(v->text, "yes") == 0;

	(void)p;
	(void)size;
	if (!yes && strcmp(v->text, "no") != 0)
		return bad_value(err, v, HINT, _("\"%s\" is \"%s\"; it must be \"yes\" or \"no\"."), v->key, v->text);
	memcpy(field, &yes, sizeof(yes));
	return CW_OK;
}

static int set_bytes(struct cw_policy *p, void *field, size_t size, const struct value *v, struct cw_error *err)
{
	size_t len = strlen(v->text);
	uint64_t bytes;

	(void)p;
	(void)size;
	if (len == 0 || len > 15 || strspn(v->text, "0123456789") != len)
		return bad_value(err, v, HINT, _("\"%s\" is \"%s\"; it must be a number of bytes."), v->key, v->text);
	bytes = strtoull(v->text, NULL, 10);
	memcpy(field, &bytes, sizeof(bytes));
	return CW_OK;
}

static int set_count(struct cw_policy *p, void *field, size_t size, const struct value *v, struct cw_error *err)
{
	size_t len = strlen(v->text);
	uint32_t n = len && len <= 5 && strspn(v->text, "0123456789") == len ? (uint32_t)strtoul(v->text, NULL, 10) : 0;

	(void)p;
	(void)size;
	if (!n)
		return bad_value(err, v, HINT, _("\"%s\" is \"%s\"; it must be a number from 1 to 99999."), v->key, v->text);
	memcpy(field, &n, sizeof(n));
	return CW_OK;
}

static int set_hours(struct cw_policy *p, void *field, size_t size, const struct value *v, struct cw_error *err)
{
	uint32_t hours = 0, seconds;
	int rc = set_count(p, &hours, size, v, err);

	seconds = 3600 * hours;
	memcpy(field, &seconds, sizeof(seconds));
	return rc;
}

static int set_standard(struct cw_policy *p, void *field, size_t size, const struct value *v, struct cw_error *err)
{
	for (size_t i = 0; i < CW_ARRAY_LEN(standards); i++) {
		if (strcmp(standards[i].id, v->text) != 0)
			continue;
		p->column = standards[i].column;
		p->withdrawn_caveat = standards[i].withdrawn;
		cw_strlcpy(field, standards[i].words, size);
		return CW_OK;
	}
	return bad_value(err, v, _("Known are nist-800-88r2, nist-800-88r1 and asd-ism."), _("There is no standard \"%s\"."), v->text);
}

static int set_scheme(struct cw_policy *p, void *field, size_t size, const struct value *v, struct cw_error *err)
{
	if (strcmp(v->text, "ask") == 0)
		return CW_OK;
	if (!cw_scheme_get(v->text))
		return bad_value(err, v, _("Name a scheme of src/policy/schemes.def, or \"ask\"."), _("There is no scheme \"%s\"."), v->text);
	return set_text(p, field, size, v, err);
}

static bool word_is(const char *word, size_t len, const char *name)
{
	return strlen(name) == len && memcmp(word, name, len) == 0;
}

static int set_groups(struct cw_policy *p, void *field, size_t size, const struct value *v, struct cw_error *err)
{
	uint32_t groups = 0;

	(void)p;
	(void)size;
	for (const char *at = v->text; *at; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");
		uint32_t group = CW_SCHEME_RECOMMENDED;

		while (group <= CW_SCHEME_HISTORIC && !word_is(at, len, cw_scheme_group_name(group)))
			group++;
		if (group > CW_SCHEME_HISTORIC)
			return bad_value(err, v, _("Known are recommended, required and historic."), _("There is no group of schemes \"%.*s\"."), (int)len, at);
		groups |= 1u << group;
		at += len;
	}
	memcpy(field, &groups, sizeof(groups));
	return CW_OK;
}

/* The station always signs: it is what made the evidence. */
static int set_signers(struct cw_policy *p, void *field, size_t size, const struct value *v, struct cw_error *err)
{
	uint32_t signers = 0;

	(void)p;
	(void)size;
	for (const char *at = v->text; *at; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");
		uint32_t role = CW_ROLE_STATION;

		while (role <= CW_ROLE_WITNESS && !word_is(at, len, cw_role_name(role)))
			role++;
		if (role > CW_ROLE_WITNESS)
			return bad_value(err, v, _("Known are station, operator and witness."), _("There is no signer \"%.*s\"."), (int)len, at);
		signers |= 1u << role;
		at += len;
	}
	if (!(signers & 1u << CW_ROLE_STATION))
		return bad_value(err, v, _("Write station, and operator or witness behind it."), _("\"%s\" must name the station."), v->key);
	memcpy(field, &signers, sizeof(signers));
	return CW_OK;
}

static int set_mandatory(struct cw_policy *p, void *field, size_t size, const struct value *v, struct cw_error *err)
{
	for (const char *at = v->text; *at; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");

		if (!case_field_is(at, len))
			return bad_value(err, v, _("Known are the fields that `certwipe case new` writes."), _("There is no case field \"%.*s\"."), (int)len, at);
		at += len;
	}
	return set_text(p, field, size, v, err);
}

/* A level of ISO/IEC 21964. */
static int set_particle_level(struct cw_policy *p, void *field, size_t size, const struct value *v, struct cw_error *err)
{
	uint32_t level = v->text[0] && !v->text[1] ? (uint32_t)(unsigned char)v->text[0] - '0' : 0;

	(void)p;
	(void)size;
	if (level < 1 || level > 7)
		return bad_value(err, v, HINT, _("The key \"%s\" must be a number from 1 to 7."), v->key);
	memcpy(field, &level, sizeof(level));
	return CW_OK;
}

/* ---- the file ---- */

static const struct setting {
	const char *section, *key;
	int (*set)(struct cw_policy *p, void *field, size_t size, const struct value *v, struct cw_error *err);
	size_t offset, size;
	bool optional;
} settings[] = {
#define FIELD(name) offsetof(struct cw_policy, name), sizeof(((struct cw_policy *)0)->name)
	{ "policy", "id", set_id, FIELD(id), false },
	{ "policy", "title", set_text, FIELD(title), false },
	{ "policy", "title-zh_TW", set_text, FIELD(title_zh_tw), true },
	{ "policy", "note", set_text, FIELD(note), true },
	{ "policy", "standard", set_standard, FIELD(standard), false },
	{ "schemes", "magnetic", set_scheme, FIELD(scheme_magnetic), false },
	{ "schemes", "flash", set_scheme, FIELD(scheme_flash), false },
	{ "schemes", "magnetic-small", set_scheme, FIELD(scheme_small), true },
	{ "schemes", "small-below-bytes", set_bytes, FIELD(small_below_bytes), true },
	{ "schemes", "groups", set_groups, FIELD(groups), false },
	{ "accept", "unconfirmed-levels", set_yes_no, FIELD(accept_unconfirmed), false },
	{ "accept", "virtual-media", set_yes_no, FIELD(accept_virtual), false },
	{ "accept", "sampling", set_yes_no, FIELD(sample_allowed), false },
	{ "accept", "state-on-tmpfs", set_yes_no, FIELD(tmpfs_allowed), false },
	{ "evidence", "labels", set_yes_no, FIELD(labels_in_evidence), false },
	{ "evidence", "replug", set_yes_no, FIELD(replug), true },
	{ "evidence", "approval", set_yes_no, FIELD(approval), true },
	{ "evidence", "signers", set_signers, FIELD(signers), true },
	{ "native", "key-first", set_yes_no, FIELD(key_first), true },
	{ "native", "then-overwrite", set_yes_no, FIELD(then_overwrite), true },
	{ "case", "mandatory", set_mandatory, FIELD(mandatory), false },
	{ "case", "wiping-closes-it", set_yes_no, FIELD(wipe_closes_case), false },
	{ "destruction", "particle-level", set_particle_level, FIELD(particle_level), true },
	{ "running", "silent-after-seconds", set_count, FIELD(silent_after_s), true },
	{ "running", "at-once", set_count, FIELD(at_once), true },
	{ "running", "stop-at-bad-blocks", set_count, FIELD(stop.bad_blocks), true },
	{ "running", "stop-below-bytes-per-second", set_bytes, FIELD(stop.least_bytes_per_s), true },
	{ "running", "stop-below-for-seconds", set_count, FIELD(stop.rate_window_s), true },
	{ "running", "stop-after-hours", set_hours, FIELD(stop.longest_s), true },
	{ "running", "stop-above-celsius", set_count, FIELD(stop.hottest_celsius), true },
	{ "running", "stop-when-not-genuine", set_yes_no, FIELD(stop.not_genuine), true },
#undef FIELD
};

struct reader {
	const char *file;
	struct cw_policy *policy;
	bool seen[CW_ARRAY_LEN(settings)];
};

static int read_setting(void *user, const char *section, const char *key, const char *text, unsigned line, struct cw_error *err)
{
	struct reader *r = user;
	struct value v = { .file = r->file, .key = key, .text = text, .line = line };

	for (size_t i = 0; i < CW_ARRAY_LEN(settings); i++) {
		const struct setting *s = &settings[i];

		if (strcmp(s->section, section) != 0 || strcmp(s->key, key) != 0)
			continue;
		r->seen[i] = true;
		return s->set(r->policy, (char *)r->policy + s->offset, s->size, &v, err);
	}
	return bad_value(err, &v, HINT, _("A policy has no key \"%s\" in section [%s]."), key, section);
}

static int check_complete(const struct reader *r, struct cw_error *err)
{
	const struct cw_policy *p = r->policy;

	for (size_t i = 0; i < CW_ARRAY_LEN(settings); i++) {
		if (!r->seen[i] && !settings[i].optional)
			return cw_fail(err, CW_E_SYNTAX, 0, r->file, HINT, _("%s: the key \"%s\" in section [%s] is missing."), r->file, settings[i].key,
				       settings[i].section);
	}
	if ((p->scheme_small[0] != '\0') != (p->small_below_bytes != 0))
		return cw_fail(err, CW_E_SYNTAX, 0, r->file, HINT, _("%s: \"magnetic-small\" and \"small-below-bytes\" go together; one is missing."), r->file);
	if ((p->stop.least_bytes_per_s != 0) != (p->stop.rate_window_s != 0))
		return cw_fail(err, CW_E_SYNTAX, 0, r->file, HINT, _("%s: \"stop-below-bytes-per-second\" and \"stop-below-for-seconds\" go together; one is missing."),
			       r->file);
	if (p->groups == 0 && (p->scheme_magnetic[0] == '\0' || p->scheme_flash[0] == '\0'))
		return cw_fail(err, CW_E_SYNTAX, 0, r->file, HINT, _("%s: the person is to be asked for a scheme, but no group of schemes is allowed."), r->file);
	return CW_OK;
}

int cw_policy_parse(const char *name, const char *text, size_t len, struct cw_policy *out, struct cw_error *err)
{
	struct reader r = { .file = name, .policy = out };
	int rc;

	memset(out, 0, sizeof(*out));
	rc = cw_ini_parse(name, text, len, read_setting, &r, err);
	if (rc < 0)
		return rc;
	cw_sha256_hex(text, len, out->sha256);
	return check_complete(&r, err);
}

/* ---- the folders ---- */

static int load_file(const char *path, const char *id, struct cw_policy *out, struct cw_error *err)
{
	struct cw_buf text CW_AUTO_BUF = { 0 };
	int rc = cw_file_read(AT_FDCWD, path, POLICY_MAX_BYTES, &text, err);

	if (rc < 0)
		return rc;
	rc = cw_policy_parse(path, text.data ? text.data : "", text.len, out, err);
	if (rc < 0)
		return rc;
	if (strcmp(out->id, id) != 0)
		return cw_fail(err, CW_E_SYNTAX, 0, path, _("Give the file the name of its id."), _("%s holds the policy \"%s\" instead of \"%s\"."), path, out->id, id);
	return CW_OK;
}

int cw_policy_load(const char *const *folders, const char *id, struct cw_policy *out, struct cw_error *err)
{
	char path[POLICY_PATH_MAX];

	if (!id_is_valid(id))
		return cw_fail(err, CW_E_USAGE, 0, id, _("`certwipe policy list` shows them all."), _("\"%s\" cannot be the name of a policy."), id);
	for (; *folders; folders++) {
		int rc;

		snprintf(path, sizeof(path), "%s/%s" POLICY_SUFFIX, *folders, id);
		rc = load_file(path, id, out, err);
		if (rc != CW_E_NO_FILE)
			return rc;
	}
	return cw_fail(err, CW_E_NO_FILE, 0, id, _("`certwipe policy list` shows them all."), _("There is no policy \"%s\"."), id);
}

static json_t *describe(const char *path, const char *id)
{
	struct cw_policy p;
	struct cw_error err = { 0 };
	json_t *entry;

	if (load_file(path, id, &p, &err) < 0)
		return json_pack("{s:s, s:s, s:s}", "id", id, "file", path, "error", err.message);
	entry = json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", p.id, "title", p.title, "standard", p.standard, "note", p.note, "file", path);
	if (entry && p.title_zh_tw[0] && json_object_set_new(entry, "titleZhTW", json_string(p.title_zh_tw)) < 0) {
		json_decref(entry);
		return NULL;
	}
	return entry;
}

/* Where id belongs in the sorted list; *there when it is in it. */
static size_t place_of(const json_t *list, const char *id, bool *there)
{
	size_t i = 0;

	while (i < json_array_size(list) && strcmp(cw_json_str(json_array_get(list, i), "id", ""), id) < 0)
		i++;
	*there = i < json_array_size(list) && strcmp(cw_json_str(json_array_get(list, i), "id", ""), id) == 0;
	return i;
}

/* "default.policy" -> "default"; false for files that are no policies. */
static bool id_of_file(const char *file, char id[CW_NODE_MAX])
{
	size_t len = strlen(file), suffix = strlen(POLICY_SUFFIX);

	if (len <= suffix || len - suffix >= CW_NODE_MAX || strcmp(file + len - suffix, POLICY_SUFFIX) != 0)
		return false;
	memcpy(id, file, len - suffix);
	id[len - suffix] = '\0';
	return id_is_valid(id);
}

static int list_folder(const char *folder, json_t *list)
{
	DIR *dir = opendir(folder);
	int rc = CW_OK;

	if (!dir)
		return CW_OK; /* a folder that is not there holds no policies */
	for (const struct dirent *file = readdir(dir); file && rc == CW_OK; file = readdir(dir)) {
		char path[POLICY_PATH_MAX], id[CW_NODE_MAX];
		bool there;
		size_t at;

		if (!id_of_file(file->d_name, id))
			continue;
		at = place_of(list, id, &there);
		snprintf(path, sizeof(path), "%s/%s", folder, file->d_name);
		if (!there && json_array_insert_new(list, at, describe(path, id)) < 0)
			rc = CW_E_NO_MEMORY;
	}
	closedir(dir);
	return rc;
}

json_t *cw_policy_list(const char *const *folders)
{
	json_t *list CW_AUTO_JSON = json_array();

	for (; list && *folders; folders++) {
		if (list_folder(*folders, list) < 0)
			return NULL;
	}
	return json_incref(list);
}
