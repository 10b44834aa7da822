/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe wipe: prepare each medium, have each authorised, then run them all at once. */
#include <string.h>

#include "internal.h"

struct wipe {
	struct cw_context *c;
	struct cw_screen *screen;
	json_t *results;
	int worst;
	unsigned authorised;
};

static void note_result(struct wipe *w, const struct cw_msg_result *r)
{
	cw_tell_quiet(w->c, r);
	w->worst = cw_exit_worst(w->worst, r->exit_code);
	json_array_append_new(w->results, cw_result_json(r));
}

/* ---- dry run ---- */

static int dry_run_one(struct wipe *w, const struct cw_msg_medium *q, struct cw_error *err)
{
	CW_AUTO_JSON json_t *doc = NULL;
	struct cw_error why = { 0 };
	struct cw_msg_result refused;

	if (!cw_session_ask_doc(w->c->session, CW_MSG_PLAN, q, &doc, &why)) {
		json_array_append(w->results, doc);
		return 0;
	}
	if (why.code == CW_E_PROCESS || why.code == CW_E_PROTOCOL) {
		*err = why;
		return why.code;
	}
	memset(&refused, 0, sizeof refused);
	refused.error = why;
	refused.exit_code = cw_code_exit(why.code);
	cw_text_printable(refused.node, sizeof refused.node, q->named, strlen(q->named));
	note_result(w, &refused);
	return 0;
}

/* ---- authorise ---- */

static bool may_ask(const json_t *ask, const char *how)
{
	size_t i;
	const json_t *word;

	json_array_foreach(ask, i, word)
		if (!strcmp(json_string_value(word), how))
			return true;
	return false;
}

/* One question; true when the broker settled the medium (authorised or refused for good). */
static int send_answer(struct wipe *w, const struct cw_msg_answer *a, bool *settled, struct cw_error *err)
{
	enum cw_msg_type type;
	const void *body;
	int rc = cw_session_send(w->c->session, CW_MSG_ANSWER, a, err);

	if (!rc)
		rc = cw_session_next(w->c->session, &type, &body, err);
	if (rc)
		return rc;
	*settled = type != CW_MSG_ERROR;
	if (type == CW_MSG_ERROR)
		cw_tell_error(false, &((const struct cw_msg_error *)body)->error);
	else if (type == CW_MSG_RESULT)
		note_result(w, body);
	else
		w->authorised++;
	return 0;
}

static int deny(struct wipe *w, uint32_t slot, const char *why, struct cw_error *err)
{
	struct cw_msg_slot m = { .slot = slot };
	enum cw_msg_type type;
	const void *body;

	cw_strlcpy(m.text, why, sizeof m.text);
	int rc = cw_session_send(w->c->session, CW_MSG_DENY, &m, err);

	if (!rc)
		rc = cw_session_next(w->c->session, &type, &body, err);
	if (!rc && type == CW_MSG_RESULT)
		note_result(w, body);
	return rc;
}

/* In the order of the design: what is printed on the medium, the label put on it, or unplugging it. */
static bool ask_once(const json_t *ask, bool is_disc, struct cw_msg_answer *a)
{
	const struct { const char *how; uint32_t method; const char *question; } ways[] = {
		{ "serial", CW_METHOD_SERIAL, _("Type the last six characters of the serial number printed on it (Enter if there is none):") },
		{ "asset-tag", CW_METHOD_ASSET_TAG,
		  is_disc ? _("Type or scan the number that is written on the disc (Enter if there is none):") : _("Type or scan the label on it (Enter if there is none):") },
		{ "replug", CW_METHOD_REPLUG,
		  is_disc ? _("Type `replug` to take this disc out, write a number on it and put it in again (Enter to give up):") :
			    _("Type `replug` to unplug this medium and plug it in again (Enter to give up):") },
	};

	for (size_t i = 0; i < CW_ARRAY_LEN(ways); i++) {
		char answer[CW_SERIAL_MAX], shown[CW_SERIAL_MAX];

		if (!may_ask(ask, ways[i].how))
			continue;
		if (!cw_ask_line(ways[i].question, answer, sizeof answer))
			return false;
		cw_text_printable(shown, sizeof shown, answer, strlen(answer));
		if (!*shown)
			continue;
		if (ways[i].method == CW_METHOD_REPLUG && strcmp(shown, "replug") != 0)
			return false;
		a->method = ways[i].method;
		cw_strlcpy(a->typed, ways[i].method == CW_METHOD_REPLUG ? "" : shown, sizeof a->typed);
		return true;
	}
	return false;
}

static bool is_disc(const json_t *doc)
{
	return cw_class_is_optical(cw_class_of_name(cw_json_str(json_object_get(doc, "plan"), "class", "")));
}

static int authorise(struct wipe *w, uint32_t slot, const json_t *doc, struct cw_error *err)
{
	const json_t *ask = json_object_get(doc, "ask");
	bool settled = false;
	int rc = 0;

	if (may_ask(ask, "list")) {
		w->authorised++;
		return 0;
	}
	if (!cw_has_terminal())
		return deny(w, slot, _("There is no terminal to ask at, and no list of approved media was given."), err);
	while (!rc && !settled) {
		struct cw_msg_answer a = { .slot = slot };

		if (!ask_once(ask, is_disc(doc), &a))
			return deny(w, slot, _("The person at the terminal did not authorise it."), err);
		if (a.method == CW_METHOD_REPLUG)
			cw_say(w->c, "%s", is_disc(doc) ? _("Take the disc out now, write a number on it, and put it in again.") : _("Unplug it now, wait a moment, and plug it in again."));
		rc = send_answer(w, &a, &settled, err);
	}
	return rc;
}

/* ---- prepare ---- */

static int show_prepared(const json_t *doc, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };
	int rc = cw_renderer_get("text")->render(doc, cw_screen_width(2), &text, err);

	if (!rc)
		fputs(text.data ? text.data : "", stderr);
	return rc;
}

static int add_one(struct wipe *w, const struct cw_msg_medium *q, struct cw_error *err)
{
	CW_AUTO_JSON json_t *doc = NULL;
	enum cw_msg_type type;
	const void *body;
	int rc = cw_session_send(w->c->session, CW_MSG_ADD, q, err);

	if (!rc)
		rc = cw_session_next(w->c->session, &type, &body, err);
	if (rc)
		return rc;
	if (type == CW_MSG_RESULT) {
		note_result(w, body);
		return 0;
	}
	if (type != CW_MSG_PREPARED)
		return cw_fail(err, CW_E_PROTOCOL, 0, cw_msg_name(type), NULL, _("The broker sent an answer of the wrong kind."));
	uint32_t slot = ((const struct cw_msg_slot *)body)->slot;

	rc = cw_session_read_doc(w->c->session, &doc, err);
	if (!rc)
		cw_screen_name(w->screen, slot, cw_json_str(doc, "node", ""), "");
	if (!rc && !w->c->o->quiet && !w->c->o->progress)
		rc = show_prepared(doc, err);
	return rc ? rc : authorise(w, slot, doc, err);
}

/* Both names of one medium in one call would be an error of the person's; the second is refused as busy by the broker. */
static int each_medium(struct wipe *w, struct cw_msg_medium *q, struct cw_error *err)
{
	int rc = 0;

	for (int i = 0; !rc && i < w->c->n; i++) {
		rc = cw_input_named(w->c->operand[i], q->named, err);
		if (!rc)
			rc = w->c->o->dry_run ? dry_run_one(w, q, err) : add_one(w, q, err);
	}
	return rc;
}

/* Before the first medium is prepared and asked about, so that a slip in the last name costs nothing. */
static int check_names(const struct cw_context *c, struct cw_error *err)
{
	char named[CW_NAMED_MAX];
	int rc = 0;

	for (int i = 0; !rc && i < c->n; i++)
		rc = cw_input_named(c->operand[i], named, err);
	return rc;
}

static int run_wipe(struct wipe *w, struct cw_error *err)
{
	struct cw_context *c = w->c;
	struct cw_msg_medium q = { 0 };
	int rc = cw_input_wish(c, &q, err);

	if (!rc)
		rc = check_names(c, err);
	if (!rc)
		rc = cw_input_send_case(c, "", err);
	if (!rc && !c->o->dry_run)
		rc = cw_input_send_psid(c, q.wish.technique, c->n, err);
	if (!rc && c->o->authorise && !c->o->dry_run)
		rc = cw_input_list(c, err);
	if (!rc)
		rc = each_medium(w, &q, err);
	if (!rc && w->authorised)
		rc = cw_follow(c, w->screen, w->results, &w->worst, err);
	return rc;
}

static int run(struct cw_context *c, struct cw_error *err)
{
	struct wipe w = { .c = c, .results = json_array(), .worst = CW_EXIT_DONE };
	int rc = cw_screen_new(c, &w.screen, err);

	if (!rc)
		rc = run_wipe(&w, err);
	cw_screen_free(w.screen);
	if (rc) {
		json_decref(w.results);
		return rc;
	}
	rc = cw_emit(c, cw_results_doc(c->o->dry_run ? "certwipe/dry-run/1" : "certwipe/wipe/1", w.results, w.worst), err);
	return rc ? rc : w.worst;
}

const struct cw_command cw_command_wipe = {
	.name = "wipe", .operands = "MEDIUM...", .summary = N_("wipe media, read them back, and certify it"), .needs_broker = true, .least = 1, .most = CW_SLOTS_MAX,
	.run = run,
};
