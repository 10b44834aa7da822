/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe audit: is the register whole, does it still begin with the checkpoint on paper, and what was retired, begun or failed without an end?  On a station, or on an export. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

/* ---- the checkpoint ---- */

struct held { /* what the auditor brings */
	struct cw_buf text;
	struct cw_signed_note note;
	struct cw_tree_head head;
	bool is_signed;
};

/* From paper: three lines; blanks around them and empty lines between are slips of the keyboard. */
static int typed(const char *path, const struct cw_buf *text, struct cw_tree_head *out, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf lines = { 0 };
	const char *p = text->data ? text->data : "", *end = p + text->len;

	while (p < end) {
		const char *feed = memchr(p, '\n', (size_t)(end - p)), *eol = feed ? feed : end, *last = eol;

		while (p < last && (*p == ' ' || *p == '\t'))
			p++;
		while (last > p && (last[-1] == ' ' || last[-1] == '\t' || last[-1] == '\r'))
			last--;
		if (last > p) {
			cw_buf_add(&lines, p, (size_t)(last - p));
			cw_buf_str(&lines, "\n");
		}
		p = eol + 1;
	}
	if (cw_tree_head_parse(lines.data ? lines.data : "", lines.len, out, err))
		return cw_fail(err, CW_E_SYNTAX, 0, path, _("It has three lines: the name of the register, the number of entries, the root. Save what `certwipe register checkpoint` prints, or type it."),
			       _("%s holds no checkpoint of a register."), path);
	return 0;
}

static int read_held(const char *path, struct held *h, struct cw_error *err)
{
	struct cw_error no_note = { 0 };
	int rc = cw_file_read(AT_FDCWD, path, CW_NOTE_MAX_BYTES, &h->text, err);

	if (rc)
		return rc;
	h->is_signed = h->text.len && cw_note_parse(h->text.data, h->text.len, &h->note, &no_note) == 0;
	if (h->is_signed)
		return cw_tree_head_parse(h->note.text, h->note.text_len, &h->head, err);
	if (h->text.len && memmem(h->text.data, h->text.len, "\n\u2014 ", 5))
		return cw_fail(err, CW_E_INVALID, 0, path, _("Without its last lines it is taken as it stands, as one that was typed."), "%s", no_note.message);
	return typed(path, &h->text, &h->head, err);
}

/* Paper is believed because of where it was kept.  A signature on it must be right all the same. */
static void check_signature(const struct held *h, const char *key_hex, json_t *findings)
{
	struct cw_error err = { 0 };
	int rc = h->is_signed && *key_hex ? cw_note_verify(&h->note, h->head.name, key_hex, &err) : 0;

	if (rc)
		json_array_append_new(findings, json_pack("{s:s, s:s, s:s}", "severity", rc == CW_E_NO_KEY ? "finding" : "error", "kind",
							  rc == CW_E_NO_KEY ? "checkpoint-of-another-key" : "broken", "what", err.message));
}

/* ---- wishes ---- */

static int take_since(const char *date, struct cw_audit_wish *wish, struct cw_error *err)
{
	int64_t unused;

	if (strlen(date) == 10)
		snprintf(wish->since_at, sizeof wish->since_at, "%sT00:00:00Z", date);
	else if (!cw_strlcpy(wish->since_at, date, sizeof wish->since_at))
		wish->since_at[0] = '\0';
	if (cw_time_parse(wish->since_at, &unused))
		return 0;
	return cw_fail(err, CW_E_USAGE, 0, NULL, "--since 2026-11-01", _("--since takes a day such as 2026-11-01, or a time such as 2026-11-01T08:00:00Z (UTC)."));
}

struct audit {
	struct cw_context *c;
	struct cw_audit_wish wish;
	struct held held;
	struct cw_asset_list assets;
	json_t *findings;
	json_t *checkpoint; /* where the register ends */
	uint64_t from;
};

static int take_wishes(struct audit *a, struct cw_error *err)
{
	const struct cw_options *o = a->c->o;
	int rc = o->since ? take_since(o->since, &a->wish, err) : 0;

	a->wish.laboratory = o->lab != NULL;
	if (!rc && o->since_checkpoint)
		rc = read_held(o->since_checkpoint, &a->held, err);
	if (!rc && o->since_checkpoint)
		a->wish.since = a->held.head;
	if (!rc && o->assets)
		rc = cw_input_assets(o->assets, &a->assets, err);
	return rc;
}

/* ---- on the station ---- */

static int send_assets(struct audit *a, struct cw_error *err)
{
	struct cw_msg_list_row row;
	int rc = 0;

	memset(&row, 0, sizeof row);
	for (size_t i = 0; !rc && i < a->assets.n; i++) {
		cw_strlcpy(row.serial, a->assets.at[i].serial, sizeof row.serial);
		cw_strlcpy(row.asset_tag, a->assets.at[i].asset_tag, sizeof row.asset_tag);
		rc = cw_session_send(a->c->session, CW_MSG_LIST_ROW, &row, err);
	}
	return rc;
}

/* Without keys nothing is known of the signature, and the roots are compared all the same. */
static void own_key(struct cw_context *c, char key_hex[CW_SHA256_HEX])
{
	const struct cw_msg_empty nothing = { 0 };
	CW_AUTO_JSON json_t *pems = NULL;
	struct cw_error none = { 0 };
	char vkey[2 * CW_SERIAL_MAX], name[CW_SERIAL_MAX];

	*key_hex = '\0';
	if (cw_session_ask_doc(c->session, CW_MSG_KEY_SHOW, &nothing, &pems, &none) || !cw_strlcpy(vkey, cw_json_str(pems, "note", ""), sizeof vkey))
		return;
	vkey[strcspn(vkey, "\n")] = '\0';
	if (!cw_note_vkey_parse(vkey, name, key_hex))
		*key_hex = '\0';
}

static int audit_station(struct audit *a, struct cw_error *err)
{
	CW_AUTO_JSON json_t *doc = NULL;
	const json_t *answer;
	char key_hex[CW_SHA256_HEX];
	int rc;

	own_key(a->c, key_hex);
	rc = send_assets(a, err);
	if (!rc)
		rc = cw_session_ask_doc(a->c->session, CW_MSG_AUDIT, &a->wish, &doc, err);
	if (rc)
		return rc;
	answer = json_object_get(doc, "answer");
	a->findings = json_incref(json_object_get(answer, "findings"));
	a->checkpoint = json_incref(json_object_get(doc, "checkpoint"));
	a->from = cw_json_u64(answer, "from", 0);
	check_signature(&a->held, key_hex, a->findings);
	return 0;
}

/* ---- on an export ---- */

static void add_doubt(struct audit *a, const struct cw_export *x)
{
	bool invalid = x->result.finding == CW_FINDING_INVALID;

	if (x->result.finding != CW_FINDING_VALID)
		json_array_append_new(a->findings, json_pack("{s:s, s:s, s:s}", "severity", invalid ? "error" : "finding", "kind", invalid ? "broken" : "not-trusted", "what",
							     x->result.reason));
}

static int audit_export(struct audit *a, const struct cw_export *x, struct cw_error *err)
{
	int rc = x->log ? cw_register_audit(x->log, -1, NULL, &a->wish, a->assets.at, a->assets.n, &a->findings, &a->from, err) : 0;

	if (!x->log)
		a->findings = json_array();
	if (rc)
		return rc;
	a->checkpoint = json_pack("{s:s, s:I, s:s}", "origin", x->checkpoint.origin, "size", (json_int_t)x->checkpoint.size, "root", x->checkpoint.root);
	check_signature(&a->held, x->note_key, a->findings);
	add_doubt(a, x);
	return 0;
}

static int audit_folder(struct audit *a, const char *path, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf roots = { 0 };
	CW_AUTO_FD int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	static struct cw_export x;
	int rc = cw_input_roots(a->c->o->trust, &roots, err);

	if (!rc && (dir < 0 || faccessat(dir, CW_EXPORT_MANIFEST, F_OK, 0) < 0))
		rc = cw_fail(err, CW_E_NO_FILE, 0, path, _("Make one with `certwipe register export FOLDER`. Without a folder the register of this station is looked at."),
			     _("There is no export of a register in %s."), path);
	if (rc)
		return rc;
	cw_export_read(dir, roots.data ? roots.data : "", roots.len, &x);
	rc = audit_export(a, &x, err);
	cw_export_clear(&x);
	return rc;
}

/* ---- the command ---- */

static json_t *answer(const struct audit *a, int exit_code)
{
	json_t *doc = json_pack("{s:s, s:i, s:O, s:I, s:I, s:O}", "schema", "certwipe/audit/1", "exit", exit_code, "checkpoint", a->checkpoint, "from", (json_int_t)a->from, "assets",
				(json_int_t)a->assets.n, "findings", a->findings);

	if (doc && *a->wish.since.name)
		json_object_set_new(doc, "sinceCheckpoint", json_pack("{s:s, s:I, s:s, s:b}", "name", a->wish.since.name, "size", (json_int_t)a->wish.since.size, "root",
								       a->wish.since.root, "signed", (int)a->held.is_signed));
	return doc;
}

static int run(struct cw_context *c, struct cw_error *err)
{
	struct audit a = { .c = c };
	int rc = take_wishes(&a, err), exit_code = CW_EXIT_DONE;

	if (!rc)
		rc = c->n ? audit_folder(&a, c->operand[0], err) : audit_station(&a, err);
	if (!rc) {
		exit_code = cw_findings_exit(a.findings);
		rc = cw_emit(c, answer(&a, exit_code), err);
	}
	json_decref(a.findings);
	json_decref(a.checkpoint);
	cw_buf_clear(&a.held.text);
	free(a.assets.at);
	return rc ? rc : exit_code;
}

const struct cw_command cw_command_audit = {
	.name = "audit", .operands = "[FOLDER]", .summary = N_("look for gaps in the register of this station, or in an export of one"), .needs_broker = true, .least = 0, .most = 1,
	.run = run,
};
