/* SPDX-License-Identifier: Apache-2.0 */
/* Files that the person names: read and parsed here, with the person's own rights. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "internal.h"

#define INI_MAX 65536u
#define LIST_MAX (4u * 1024u * 1024u)
#define PEM_MAX 65536u

static int read_named(const char *path, size_t most, struct cw_buf *out, struct cw_error *err)
{
	return cw_file_read(AT_FDCWD, path, most, out, err);
}

int cw_input_named(const char *operand, char out[CW_NAMED_MAX], struct cw_error *err)
{
	if (!cw_strlcpy(out, operand, CW_NAMED_MAX) || !cw_text_is_printable(out))
		return cw_fail(err, CW_E_NOT_FOUND, 0, NULL, _("See `certwipe list`."), _("The name of the medium is too long or not printable."));
	return 0;
}

int cw_input_case(const char *path, struct cw_case *out, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };
	int rc = read_named(path, INI_MAX, &text, err);

	return rc ? rc : cw_case_parse(path, text.data ? text.data : "", text.len, out, err);
}

static int read_signer(const char *path, struct cw_signing_person *out, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf pem = { 0 };
	int rc = path ? read_named(path, PEM_MAX, &pem, err) : 0;

	if (rc || !path)
		return rc;
	rc = cw_person_of_cert(pem.data ? pem.data : "", pem.len, out, err);
	return rc ? cw_fail(err, (enum cw_code)rc, 0, path, *err->hint ? err->hint : NULL, "%s: %s", path, err->message) : 0;
}

static bool needs_psid(const char *technique)
{
	const struct cw_technique *t = cw_technique_get(technique);

	return t && t->native && t->native->needs_psid;
}

int cw_input_send_psid(struct cw_context *c, const char *technique, int n, struct cw_error *err)
{
	struct cw_msg_psid m = { 0 };
	enum cw_msg_type type;
	const void *body;
	int rc;

	/* Without anybody to ask it is for the broker to say that one is missing. */
	if (!c->o->psid_fd && !(needs_psid(technique) && cw_has_terminal()))
		return 0;
	if (n > 1)
		return cw_fail(err, CW_E_USAGE, 0, NULL, _("Name one drive, with the PSID on its own label."), _("A PSID is that of one drive, and %d media are named."), n);
	rc = cw_ask_psid(c, m.psid, err);
	if (!rc)
		rc = cw_session_send(c->session, CW_MSG_PSID, &m, err);
	explicit_bzero(&m, sizeof m);
	return rc ? rc : cw_session_next(c->session, &type, &body, err);
}

int cw_input_send_case(struct cw_context *c, const char *asset_tag, struct cw_error *err)
{
	struct cw_msg_case m;
	enum cw_msg_type type;
	const void *body;

	if (!c->o->case_ && !c->o->operator_ && !c->o->witness && !*asset_tag)
		return 0;
	memset(&m, 0, sizeof m);
	int rc = c->o->case_ ? cw_input_case(c->o->case_, &m.fields, err) : 0;

	if (!rc && !*m.fields.asset_tag)
		cw_strlcpy(m.fields.asset_tag, asset_tag, sizeof m.fields.asset_tag);
	if (!rc)
		rc = read_signer(c->o->operator_, &m.fields.operator_, err);
	if (!rc)
		rc = read_signer(c->o->witness, &m.fields.witness, err);
	if (!rc)
		rc = cw_session_send(c->session, CW_MSG_CASE, &m, err);
	return rc ? rc : cw_session_next(c->session, &type, &body, err);
}

/* ---- what to do ---- */

static int bad_word(struct cw_error *err, const char *option, const char *word)
{
	return cw_fail(err, CW_E_USAGE, 0, NULL, "certwipe wipe --help", _("--%s does not know %s."), option, word);
}

static int take_word(char *dst, size_t size, const char *option, const char *word, struct cw_error *err)
{
	if (word && (!cw_text_is_printable(word) || !cw_strlcpy(dst, word, size)))
		return bad_word(err, option, word);
	return 0;
}

static int wish_of_plan(const char *path, struct cw_msg_medium *out, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };
	CW_AUTO_JSON json_t *j = NULL;
	static struct cw_plan plan;
	int rc = read_named(path, CW_JSON_MAX_BYTES, &text, err);

	if (!rc)
		rc = cw_json_parse(text.data ? text.data : "", text.len, &j, err);
	if (!rc)
		rc = cw_plan_of_json(j, &plan, err);
	if (!rc)
		rc = cw_plan_digest(&plan, out->plan_sha256, err);
	if (rc)
		return cw_fail(err, (enum cw_code)rc, err->sys_errno, path, *err->hint ? err->hint : _("Make a plan with `certwipe plan MEDIUM --out FILE`."),
			       _("%s cannot be followed as a plan: %s"), path, err->message);
	cw_strlcpy(out->policy, plan.policy, sizeof out->policy);
	/* A scheme is a wish to overwrite, and nothing else. */
	if (strcmp(plan.scheme, CW_SCHEME_NONE) != 0 && !cw_technique_get(plan.technique)->native)
		cw_strlcpy(out->wish.scheme, plan.scheme, sizeof out->wish.scheme);
	cw_strlcpy(out->wish.technique, plan.technique, sizeof out->wish.technique);
	out->wish.replug = plan.replug;
	out->wish.allow_unconfirmed = plan.unconfirmed;
	out->wish.whole_drive = plan.n_others > 0;
	for (uint32_t i = 0; i < plan.keys.n_volumes; i++)
		out->wish.veracrypt |= plan.keys.volumes[i].kind == CW_VOLUME_VERACRYPT;
	for (uint32_t i = 0; i < plan.n_steps; i++)
		out->wish.sample |= plan.steps[i].kind == CW_STEP_SAMPLE || plan.steps[i].kind == CW_STEP_LOOK_SAMPLE;
	return 0;
}

int cw_input_wish(const struct cw_context *c, struct cw_msg_medium *out, struct cw_error *err)
{
	const struct cw_options *o = c->o;
	int level = o->level ? cw_level_of_name(o->level) : CW_LEVEL_NONE, rc;

	if (o->plan && (o->policy || o->scheme || o->technique || o->level || o->verify || o->replug || o->allow_unconfirmed || o->whole_drive || o->veracrypt))
		return cw_fail(err, CW_E_USAGE, 0, NULL, _("Leave the other options away, or make a new plan with them."),
			       _("--plan says already what is to be done."));
	if (o->plan)
		return wish_of_plan(o->plan, out, err);
	if (o->level && level != CW_LEVEL_CLEAR && level != CW_LEVEL_PURGE)
		return bad_word(err, "level", o->level);
	if (o->verify && strcmp(o->verify, "full") != 0 && strcmp(o->verify, "sample") != 0)
		return bad_word(err, "verify", o->verify);
	out->wish.level = (uint32_t)level;
	out->wish.sample = o->verify && !strcmp(o->verify, "sample");
	out->wish.replug = o->replug != NULL;
	out->wish.allow_unconfirmed = o->allow_unconfirmed != NULL;
	out->wish.whole_drive = o->whole_drive != NULL;
	out->wish.veracrypt = o->veracrypt != NULL;
	rc = take_word(out->policy, sizeof out->policy, "policy", o->policy, err);
	if (!rc)
		rc = take_word(out->wish.scheme, sizeof out->wish.scheme, "scheme", o->scheme, err);
	if (!rc)
		rc = take_word(out->wish.technique, sizeof out->wish.technique, "technique", o->technique, err);
	return rc;
}

/* ---- lists of media ---- */

struct list { struct cw_session *session; const char *name; size_t rows; };

static int too_many(const struct list *l, struct cw_error *err)
{
	return cw_fail(err, CW_E_TOO_LARGE, 0, l->name, _("Make two lists of it, and wipe the media of one after those of the other."),
		       _("%s has more than %u rows, which is the most that a list may have."), l->name, CW_LIST_ROWS_MAX);
}

/* false: a value is too long.  *approved: there is a column for it. */
static bool fill_row(struct cw_msg_list_row *row, size_t n, const char *const *columns, const char *const *values, bool *approved)
{
	bool fits = true;

	memset(row, 0, sizeof *row);
	*approved = false;
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(columns[i], "serial"))
			fits &= cw_strlcpy(row->serial, values[i], sizeof row->serial);
		else if (!strcmp(columns[i], "asset_tag"))
			fits &= cw_strlcpy(row->asset_tag, values[i], sizeof row->asset_tag);
		else if (!strcmp(columns[i], "approval_number")) {
			fits &= cw_strlcpy(row->approval_number, values[i], sizeof row->approval_number);
			*approved = true;
		}
	}
	return fits;
}

static int send_row(void *user, unsigned line, size_t n, const char *const *columns, const char *const *values, struct cw_error *err)
{
	struct list *l = user;
	struct cw_msg_list_row row;
	bool approved, fits = fill_row(&row, n, columns, values, &approved);

	if (l->rows == CW_LIST_ROWS_MAX)
		return too_many(l, err);
	if (!fits || !approved || (!*row.serial && !*row.asset_tag))
		return cw_fail(err, CW_E_SYNTAX, 0, l->name, _("The columns are serial or asset_tag, and approval_number, which may be empty where the case file has it."),
			       _("%s, line %u: no medium is named, a column is missing, or a value is too long."), l->name, line);
	l->rows++;
	return cw_session_send(l->session, CW_MSG_LIST_ROW, &row, err);
}

int cw_input_list(const struct cw_context *c, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };
	struct list l = { .session = c->session, .name = c->o->authorise };
	struct cw_msg_digest end = { "" };
	enum cw_msg_type type;
	const void *body;
	int rc = read_named(c->o->authorise, LIST_MAX, &text, err);

	if (!rc)
		rc = cw_csv_parse(l.name, text.data ? text.data : "", text.len, send_row, &l, err);
	if (!rc && !l.rows)
		rc = cw_fail(err, CW_E_UNAUTHORISED, 0, l.name, _("Columns: serial or asset_tag, and approval_number."), _("%s names no medium."), l.name);
	if (rc)
		return rc;
	cw_sha256_hex(text.data, text.len, end.sha256);
	rc = cw_session_send(c->session, CW_MSG_LIST_END, &end, err);
	return rc ? rc : cw_session_next(c->session, &type, &body, err);
}

struct assets { const char *name; struct cw_asset_list *out; };

static int keep_asset(void *user, unsigned line, size_t n, const char *const *columns, const char *const *values, struct cw_error *err)
{
	const struct assets *a = user;
	struct cw_msg_list_row row;
	bool approved, fits = fill_row(&row, n, columns, values, &approved);

	if (a->out->n == CW_LIST_ROWS_MAX)
		return cw_fail(err, CW_E_TOO_LARGE, 0, a->name, _("Make two lists of it."), _("%s has more than %u rows, which is the most that a list may have."), a->name,
			       CW_LIST_ROWS_MAX);
	if (!fits || (!*row.serial && !*row.asset_tag))
		return cw_fail(err, CW_E_SYNTAX, 0, a->name, _("The columns are serial or asset_tag; others are passed over."),
			       _("%s, line %u: no medium is named, or a value is too long."), a->name, line);
	if ((a->out->n & (a->out->n - 1)) == 0) { /* a power of two, or none: full */
		void *more = reallocarray(a->out->at, a->out->n ? 2 * a->out->n : 1, sizeof *a->out->at);

		if (!more)
			return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the list of assets."));
		a->out->at = more;
	}
	struct cw_asset *asset = &a->out->at[a->out->n++];

	cw_strlcpy(asset->serial, row.serial, sizeof asset->serial);
	cw_strlcpy(asset->asset_tag, row.asset_tag, sizeof asset->asset_tag);
	return 0;
}

int cw_input_assets(const char *path, struct cw_asset_list *out, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };
	struct assets a = { path, out };
	int rc = read_named(path, LIST_MAX, &text, err);

	return rc ? rc : cw_csv_parse(path, text.data ? text.data : "", text.len, keep_asset, &a, err);
}

int cw_input_trusted(struct cw_context *c, struct cw_buf *roots, struct cw_error *err)
{
	const struct cw_msg_empty nothing = { 0 };
	CW_AUTO_JSON json_t *pems = NULL;
	struct cw_error none = { 0 };
	const json_t *pem;
	size_t i;

	if (c->o->trust)
		return cw_input_roots(c->o->trust, roots, err);
	if (cw_session_ask_doc(c->session, CW_MSG_KEY_SHOW, &nothing, &pems, &none))
		return 0;
	cw_buf_str(roots, cw_json_str(pems, "root", ""));
	json_array_foreach(json_object_get(pems, "trusted"), i, pem)
		cw_buf_str(roots, json_string_value(pem));
	return 0;
}
