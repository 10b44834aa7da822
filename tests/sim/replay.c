/* SPDX-License-Identifier: Apache-2.0 */
#include "replay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REPLAY_PATH_MAX 1024
#define REPLAY_NAME_MAX 128

static int refuse(const char *where, struct cw_error *err)
{
	char shown[CW_TEXT_MAX];

	cw_text_printable(shown, sizeof(shown), where, strlen(where));
	return cw_fail(err, CW_E_INVALID, 0, shown, NULL, "This is no capture: its \"%s\" is not what the recorder writes.", shown);
}

/* ---- the form ---- */

/* All keys of must, and none beside those of may; both end with NULL. */
static bool has_keys(const json_t *object, const char *const *must, const char *const *may)
{
	size_t n = 0;

	if (!json_is_object(object))
		return false;
	for (; *must; must++, n++)
		if (!json_object_get(object, *must))
			return false;
	for (; may && *may; may++)
		n += json_object_get(object, *may) != NULL;
	return json_object_size(object) == n;
}
#define KEYS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static bool is_text(const json_t *value, size_t max)
{
	return json_is_string(value) && json_string_length(value) <= max && cw_text_is_printable(json_string_value(value));
}

/* A value in hex, or with NULL bytes only its form.  Returns the length, -1 when it is none. */
static ssize_t read_hex(const json_t *value, uint8_t bytes[CW_CAPTURE_VALUE_MAX])
{
	size_t len = json_string_length(value) / 2;

	return json_is_string(value) && len <= CW_CAPTURE_VALUE_MAX && cw_unhex(bytes, len, json_string_value(value)) ? (ssize_t)len : -1;
}

/* Below /sys and nowhere else. */
static bool is_path(const char *path)
{
	if (strlen(path) >= REPLAY_PATH_MAX || !cw_text_is_printable(path))
		return false;
	for (const char *part = path;; part++) {
		size_t n = strcspn(part, "/");

		if (n == 0 || n > NAME_MAX || (n == 1 && part[0] == '.') || (n == 2 && part[0] == '.' && part[1] == '.'))
			return false;
		part += n;
		if (!*part)
			return true;
	}
}

static bool is_name(const json_t *value)
{
	const char *name = json_string_value(value);

	return name && !strchr(name, '/') && is_path(name);
}

static int check_attributes(const json_t *seen, size_t *items, size_t *total, struct cw_error *err)
{
	uint8_t bytes[CW_CAPTURE_VALUE_MAX];
	const char *path;
	json_t *value;

	json_object_foreach(json_object_get(seen, "attributes"), path, value) {
		ssize_t n = json_is_false(value) ? 0 : read_hex(value, bytes);

		if (n < 0 || !is_path(path))
			return refuse(path, err);
		*items += 1;
		*total += (size_t)n;
	}
	json_object_foreach(json_object_get(seen, "properties"), path, value) {
		ssize_t n = read_hex(value, bytes);

		if (n < 0 || memchr(bytes, 0, (size_t)n) || !*path || strlen(path) > REPLAY_NAME_MAX || !cw_text_is_printable(path))
			return refuse(path, err);
		*items += 1;
		*total += (size_t)n;
	}
	return 0;
}

static int check_links(const json_t *seen, size_t *items, size_t *total, struct cw_error *err)
{
	const char *path;
	json_t *value, *name;
	size_t i;

	json_object_foreach(json_object_get(seen, "links"), path, value) {
		if (!is_path(path) || !json_is_string(value) || !is_path(json_string_value(value)))
			return refuse(path, err);
		*items += 1;
		*total += json_string_length(value);
	}
	json_object_foreach(json_object_get(seen, "entries"), path, value) {
		if (!is_path(path) || !json_is_array(value))
			return refuse(path, err);
		*items += 1;
		json_array_foreach(value, i, name) {
			if (!is_name(name))
				return refuse(path, err);
			*items += 1;
			*total += json_string_length(name);
		}
	}
	return 0;
}

static bool is_part(const json_t *part)
{
	static const char *const numbers[] = { "number", "offsetBytes", "sizeBytes" }, *const texts[] = { "type", "usage", "label", "uuid", "partType", "table", "why" };

	if (!has_keys(part, KEYS("number", "offsetBytes", "sizeBytes", "type", "usage"), KEYS("label", "uuid", "partType", "table", "why")))
		return false;
	for (size_t i = 0; i < CW_ARRAY_LEN(numbers); i++)
		if (!json_is_integer(json_object_get(part, numbers[i])))
			return false;
	for (size_t i = 0; i < CW_ARRAY_LEN(texts); i++)
		if (json_object_get(part, texts[i]) && !is_text(json_object_get(part, texts[i]), CW_TEXT_MAX))
			return false;
	return true;
}

static int check_contents(const json_t *contents, struct cw_error *err)
{
	json_t *part;
	size_t i;

	if (!json_is_array(contents) || json_array_size(contents) > CW_PARTS_MAX)
		return refuse("contents", err);
	json_array_foreach(contents, i, part)
		if (!is_part(part))
			return refuse("contents", err);
	return 0;
}

static bool is_backing(const json_t *backing)
{
	if (json_is_false(json_object_get(backing, "found")))
		return has_keys(backing, KEYS("found"), NULL);
	return has_keys(backing, KEYS("found", "isFile", "sizeBytes"), NULL) && json_is_true(json_object_get(backing, "found")) &&
	       json_is_boolean(json_object_get(backing, "isFile")) && json_is_integer(json_object_get(backing, "sizeBytes"));
}

static int check_answers(const json_t *answers, struct cw_error *err)
{
	uint8_t room[CW_RAW_POOL];
	struct cw_heard h;
	json_t *answer;
	size_t i;

	if (!json_is_array(answers) || json_array_size(answers) > CW_RAWS_MAX)
		return refuse("answers", err);
	json_array_foreach(answers, i, answer)
		if (cw_heard_of_json(answer, room, sizeof(room), &h, err) || !(cw_command_reads(h.set, h.request, h.request_len) || cw_disc_command_reads(h.set, h.request, h.request_len)))
			return refuse("answers", err);
	return 0;
}

static int check_seen(const json_t *seen, struct cw_error *err)
{
	const char *directory = cw_json_str(seen, "directory", "");
	const json_t *kernel = json_object_get(seen, "kernel"), *backing = json_object_get(seen, "backing");
	size_t items = 0, total = 0;
	int rc;

	if (!has_keys(seen, KEYS("attributes", "contents", "directory", "entries", "kernel", "links", "properties"), KEYS("answers", "backing")))
		return refuse("seen", err);
	if (!is_path(directory) || strncmp(directory, "devices/", strlen("devices/")))
		return refuse("directory", err);
	if (!has_keys(kernel, KEYS("machine", "release"), NULL) || !is_text(json_object_get(kernel, "machine"), CW_TEXT_MAX) ||
	    !is_text(json_object_get(kernel, "release"), CW_TEXT_MAX))
		return refuse("kernel", err);
	if (!json_is_object(json_object_get(seen, "attributes")) || !json_is_object(json_object_get(seen, "properties")) ||
	    !json_is_object(json_object_get(seen, "links")) || !json_is_object(json_object_get(seen, "entries")) || (backing && !is_backing(backing)))
		return refuse("seen", err);
	rc = check_attributes(seen, &items, &total, err);
	if (!rc)
		rc = check_links(seen, &items, &total, err);
	if (!rc && (items > CW_CAPTURE_ITEMS_MAX || total > CW_CAPTURE_BYTES_MAX))
		rc = refuse("seen", err);
	if (!rc && json_object_get(seen, "answers"))
		rc = check_answers(json_object_get(seen, "answers"), err);
	return rc ? rc : check_contents(json_object_get(seen, "contents"), err);
}

/* What the strict reader of media takes and would write again in the same way has no unknown keys. */
static int check_told(const json_t *told, struct cw_medium *out, struct cw_error *err)
{
	const json_t *medium = json_object_get(told, "medium"), *attachment = json_object_get(told, "attachment");
	CW_AUTO_JSON json_t *medium_again = NULL, *attachment_again = NULL;
	int rc = has_keys(told, KEYS("attachment", "medium"), KEYS("capabilities")) ? cw_medium_of_json(medium, attachment, out, err) : refuse("told", err);

	if (rc)
		return rc;
	medium_again = cw_medium_json(out);
	attachment_again = cw_attachment_json(out);
	return json_equal(medium, medium_again) && json_equal(attachment, attachment_again) ? 0 : refuse("told", err);
}

static int check(const json_t *doc, struct cw_medium *told, struct cw_error *err)
{
	const json_t *tool = json_object_get(doc, "tool");
	const char *serials = cw_json_str(doc, "serials", "");
	int rc;

	if (!has_keys(doc, KEYS("schema", "seen", "serials", "told", "tool"), NULL) || strcmp(cw_json_str(doc, "schema", ""), CW_CAPTURE_SCHEMA))
		return refuse("schema", err);
	if (strcmp(serials, "real") && strcmp(serials, "masked"))
		return refuse("serials", err);
	if (!has_keys(tool, KEYS("name", "version"), NULL) || strcmp(cw_json_str(tool, "name", ""), "certwipe") || !is_text(json_object_get(tool, "version"), CW_NODE_MAX))
		return refuse("tool", err);
	if (!json_object_get(json_object_get(doc, "seen"), "answers") != !json_object_get(json_object_get(doc, "told"), "capabilities"))
		return refuse("answers", err);
	rc = check_seen(json_object_get(doc, "seen"), err);
	return rc ? rc : check_told(json_object_get(doc, "told"), told, err);
}

/* ---- the tree ---- */

/* The last part too when whole; refused where a file is in the way. */
static int make_folders(const struct replay *r, const char *path, bool whole, struct cw_error *err)
{
	char full[PATH_MAX];

	if (!cw_path_join(full, r->tree.sys, path))
		return refuse(path, err);
	for (char *slash = full + strlen(r->tree.sys); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(full, 0700) && errno != EEXIST)
			return refuse(path, err);
		*slash = '/';
	}
	return whole && mkdir(full, 0700) && errno != EEXIST ? refuse(path, err) : 0;
}

static int make_file(const struct replay *r, const char *path, const json_t *hex, struct cw_error *err)
{
	uint8_t bytes[CW_CAPTURE_VALUE_MAX];
	char full[PATH_MAX];
	ssize_t n = json_is_false(hex) ? 0 : read_hex(hex, bytes);
	int rc = make_folders(r, path, json_is_false(hex), err); /* what is there but cannot be read: a folder is just that */

	if (rc || json_is_false(hex))
		return rc;
	if (n < 0 || !cw_path_join(full, r->tree.sys, path))
		return refuse(path, err);
	CW_AUTO_FD int fd = open(full, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd >= 0 && write(fd, bytes, (size_t)n) == n ? 0 : refuse(path, err);
}

static int make_link(const struct replay *r, const char *path, const char *target, struct cw_error *err)
{
	char full[PATH_MAX], to[PATH_MAX];
	int rc = make_folders(r, path, false, err);

	if (rc)
		return rc;
	return cw_path_join(full, r->tree.sys, path) && cw_path_join(to, r->tree.sys, target) && symlink(to, full) == 0 ? 0 : refuse(path, err);
}

static int make_entry(const struct replay *r, const char *dir, const char *name, struct cw_error *err)
{
	char below[PATH_MAX], full[PATH_MAX];
	struct stat st;

	if (!cw_path_join(below, dir, name) || !cw_path_join(full, r->tree.sys, below))
		return refuse(dir, err);
	return lstat(full, &st) == 0 ? 0 : make_folders(r, below, true, err);
}

static int make_tree(struct replay *r, const json_t *seen, struct cw_error *err)
{
	int rc = make_folders(r, cw_json_str(seen, "directory", ""), true, err);
	const char *path;
	json_t *value, *name;
	size_t i;

	json_object_foreach(json_object_get(seen, "attributes"), path, value)
		rc = rc ? rc : make_file(r, path, value, err);
	json_object_foreach(json_object_get(seen, "links"), path, value)
		rc = rc ? rc : make_link(r, path, json_string_value(value), err);
	json_object_foreach(json_object_get(seen, "entries"), path, value) {
		rc = rc ? rc : make_folders(r, path, true, err);
		json_array_foreach(value, i, name)
			rc = rc ? rc : make_entry(r, path, json_string_value(name), err);
	}
	return rc;
}

/* ---- what is no file ---- */

static void take_properties(struct replay *r, json_t *properties)
{
	uint8_t bytes[CW_CAPTURE_VALUE_MAX];
	const char *name;
	json_t *value;

	r->properties = calloc(json_object_size(properties) + 1, sizeof(*r->properties));
	json_object_foreach(properties, name, value) {
		ssize_t n = read_hex(value, bytes);

		r->properties[r->n_properties].name = strdup(name);
		r->properties[r->n_properties++].value = strndup((const char *)bytes, (size_t)n);
	}
}

static const char *property(void *user, const char *name)
{
	const struct replay *r = user;

	for (size_t i = 0; i < r->n_properties; i++)
		if (!strcmp(r->properties[i].name, name))
			return r->properties[i].value;
	return NULL;
}

static int look(void *user, const char *path, struct stat *st)
{
	const struct replay *r = user;
	const json_t *backing = json_object_get(json_object_get(r->doc, "seen"), "backing");

	(void)path;
	if (!cw_json_bool(backing, "found", false)) {
		errno = ENOENT;
		return -1;
	}
	*st = (struct stat){ .st_mode = cw_json_bool(backing, "isFile", false) ? S_IFREG : S_IFBLK, .st_size = (off_t)cw_json_u64(backing, "sizeBytes", 0) };
	return 0;
}

/* ---- all of it ---- */

int replay_open(const char *text, size_t len, struct replay *out, struct cw_error *err)
{
	const json_t *seen;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = cw_json_parse_canonical(text, len, &out->doc, err);
	if (!rc)
		rc = check(out->doc, &out->told, err);
	if (!rc) {
		seen = json_object_get(out->doc, "seen");
		tree_make(&out->tree);
		rc = make_tree(out, seen, err);
		if (!rc && !cw_path_join(out->dir, out->tree.sys, cw_json_str(seen, "directory", "")))
			rc = refuse("directory", err);
		if (!rc)
			take_properties(out, json_object_get(seen, "properties"));
	}
	if (rc)
		replay_close(out);
	return rc;
}

struct cw_dev replay_dev(struct replay *r)
{
	return (struct cw_dev){ .root = r->tree.sys, .dir = r->dir, .property = property, .look = look, .user = r };
}

struct cw_medium replay_describe(struct replay *r)
{
	struct cw_dev d = replay_dev(r);
	struct cw_medium m;

	cw_describe(&d, &m);
	return m;
}

bool replay_answered(const struct replay *r)
{
	return json_object_get(json_object_get(r->doc, "seen"), "answers") != NULL;
}

json_t *replay_capabilities(const struct replay *r, const struct cw_medium *m)
{
	static struct cw_capabilities c;
	struct cw_error err = { 0 };

	if (cw_capabilities_of_answers(json_object_get(json_object_get(r->doc, "seen"), "answers"), m, &c, &err))
		abort();
	return cw_capabilities_json(&c, false);
}

void replay_close(struct replay *r)
{
	for (size_t i = 0; i < r->n_properties; i++) {
		free(r->properties[i].name);
		free(r->properties[i].value);
	}
	free(r->properties);
	if (r->tree.root[0])
		tree_remove(&r->tree);
	json_decref(r->doc);
	memset(r, 0, sizeof(*r));
}
