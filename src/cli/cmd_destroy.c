/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe destroy: put a medium on the list of what awaits physical destruction, record what was done to it, and have a second person confirm it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "destroy.h"

#define LIST_MAX (4u * 1024u * 1024u)

struct destroy {
	struct cw_context *c;
	struct cw_destruction_form form;
	char job[CW_NODE_MAX], operator_name[CW_TEXT_MAX], place[CW_TEXT_MAX];
	uint32_t class_;
	const json_t *enough; /* of what awaits it */
	bool by_device;
	bool ask; /* a person is at a terminal, and no file answers for them */
	struct cw_msg_result result;
};

/* ---- to the list ---- */

static int show(struct destroy *d, json_t *doc, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };
	int rc = d->c->o->quiet || d->c->o->json ? 0 : cw_renderer_get("text")->render(doc, cw_screen_width(2), &text, err);

	if (!rc)
		fputs(text.data ? text.data : "", stderr);
	return rc;
}

/* A case of its own, whatever there is already about the medium. */
static bool is_fresh(const struct cw_options *o)
{
	return o->job && !strcmp(o->job, "new");
}

static bool has_job(const struct cw_options *o)
{
	return o->job && !is_fresh(o);
}

static bool is_choice(const json_t *doc)
{
	return !strcmp(cw_json_str(doc, "schema", ""), "certwipe/destruction-candidates/1");
}

static int tell_candidates(const json_t *doc, struct cw_error *err)
{
	const json_t *first = json_array_get(json_object_get(doc, "candidates"), 0);
	char hint[CW_TEXT_MAX];

	snprintf(hint, sizeof hint, _("If it is that medium, and nothing was written to it since a wipe: certwipe destroy --job %s. If not, give it a case of its own: --job new."),
		 cw_json_str(first, "jobId", ""));
	return cw_fail(err, CW_E_AMBIGUOUS, 0, cw_json_str(first, "jobId", ""),
		       hint,
		       _("There are jobs that may be about this medium (%zu), the newest is %s: %s"), json_array_size(json_object_get(doc, "candidates")), cw_json_str(first, "jobId", ""),
		       cw_json_str(first, "words", ""));
}

/* "" in answer: a case of its own. */
static int choose(struct destroy *d, json_t *doc, char answer[CW_NODE_MAX], struct cw_error *err)
{
	if (!d->ask)
		return tell_candidates(doc, err);
	int rc = show(d, doc, err);

	if (!rc && (!cw_ask_line(_("Which job is it about? Type its number, or `new` for a case of its own (Enter to give up):"), answer, CW_NODE_MAX) || !*answer))
		rc = cw_fail(err, CW_E_UNAUTHORISED, 0, NULL, NULL, _("Nothing was recorded."));
	if (!rc && !strcmp(answer, "new"))
		*answer = 0;
	return rc;
}

/* What is wrong with the medium is told when it is put on the list. */
static bool is_disc(struct destroy *d)
{
	struct cw_msg_medium q = { 0 };
	CW_AUTO_JSON json_t *doc = NULL;
	struct cw_error unused = { 0 };

	if (cw_input_named(d->c->operand[0], q.named, &unused) || cw_session_ask_doc(d->c->session, CW_MSG_INSPECT, &q, &doc, &unused))
		return false;
	return cw_class_is_optical(cw_class_of_name(cw_json_str(json_object_get(doc, "medium"), "class", "")));
}

/* A medium without a serial number of its own needs another one, or nothing tells it from the next.  That which a disc shows is the drive's. */
static int ask_tag(struct destroy *d, char tag[CW_TEXT_MAX], struct cw_error *err)
{
	static struct cw_case filled;
	int rc = d->c->o->case_ ? cw_input_case(d->c->o->case_, &filled, err) : 0;

	if (rc || !d->ask || *filled.asset_tag || (d->c->n ? !is_disc(d) : *d->form.label.serial != 0))
		return rc;
	return cw_destroy_ask_tag(tag, err);
}

static int shelve(struct destroy *d, json_t **doc, struct cw_error *err)
{
	static struct cw_msg_shelve q;
	static struct cw_msg_job known;
	char tag[CW_TEXT_MAX] = "";
	int rc = d->c->n ? cw_input_named(d->c->operand[0], q.named, err) : 0;

	q.fresh = is_fresh(d->c->o);

	if (!rc && d->c->o->policy && !cw_strlcpy(q.policy, d->c->o->policy, sizeof q.policy))
		rc = cw_fail(err, CW_E_USAGE, 0, NULL, "certwipe policy list", _("--%s does not know %s."), "policy", d->c->o->policy);
	if (!rc && !d->c->n && d->ask)
		rc = cw_destroy_ask_label(&d->form.label, err);
	q.label = d->form.label;
	if (!rc)
		rc = ask_tag(d, tag, err);
	if (!rc)
		rc = cw_input_send_case(d->c, tag, err);
	if (!rc)
		rc = cw_session_ask_doc(d->c->session, CW_MSG_SHELVE, &q, doc, err);
	if (rc || !is_choice(*doc))
		return rc;
	rc = choose(d, *doc, known.job, err);
	q.fresh = !*known.job;
	if (rc)
		return rc;
	json_decref(*doc);
	*doc = NULL;
	return cw_session_ask_doc(d->c->session, q.fresh ? CW_MSG_SHELVE : CW_MSG_AWAITING, q.fresh ? (void *)&q : (void *)&known, doc, err);
}

static int take_up(struct destroy *d, json_t **doc, struct cw_error *err)
{
	static struct cw_msg_job q;
	int rc = has_job(d->c->o) ? 0 : shelve(d, doc, err);

	cw_strlcpy(q.job, d->job, sizeof q.job);
	if (!rc && has_job(d->c->o))
		rc = cw_session_ask_doc(d->c->session, CW_MSG_AWAITING, &q, doc, err);
	if (rc)
		return rc;
	cw_strlcpy(d->job, cw_json_str(*doc, "jobId", ""), sizeof d->job);
	d->class_ = cw_class_of_name(cw_json_str(*doc, "class", ""));
	d->by_device = cw_json_bool(*doc, "readByDevice", false);
	d->enough = json_object_get(*doc, cw_json_bool(*doc, "wipedBefore", false) ? "completeAWipe" : "reachALevel");
	cw_strlcpy(d->operator_name, cw_json_str(*doc, "operator", ""), sizeof d->operator_name);
	cw_strlcpy(d->place, cw_json_str(*doc, "place", ""), sizeof d->place);
	return 0;
}

/* ---- what belongs to the record ---- */

/* Kept under a number and the kind that its name tells: names of people's files say more than a document should. */
static void attachment_name(size_t i, const char *path, char out[CW_NODE_MAX])
{
	const char *point = strrchr(path, '.');
	char kind[8] = "bin";
	size_t n = point ? strlen(point + 1) : 0;

	for (size_t k = 0; n && n < sizeof kind && k <= n; k++)
		kind[k] = (char)(point[1 + k] >= 'A' && point[1 + k] <= 'Z' ? point[1 + k] + 32 : point[1 + k]);
	if (!kind[0] || strspn(kind, "abcdefghijklmnopqrstuvwxyz0123456789") != strlen(kind))
		cw_strlcpy(kind, "bin", sizeof kind);
	snprintf(out, CW_NODE_MAX, "photo-%zu.%s", i + 1, kind);
}

static int send_photo(struct destroy *d, size_t i, const char *path, struct cw_error *err)
{
	static struct cw_msg_attachment m;
	CW_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum cw_msg_type type;
	const void *body;
	int rc = 0;

	if (fd < 0)
		return cw_fail(err, CW_E_NO_FILE, errno, path, NULL, _("%s cannot be found or read."), path);
	attachment_name(i, path, m.name);
	cw_strlcpy(m.job, d->job, sizeof m.job);
	for (m.last = 0; !rc && !m.last;) {
		ssize_t n = read(fd, m.bytes, sizeof m.bytes);

		if (n < 0)
			return cw_fail(err, CW_E_NO_FILE, errno, path, NULL, _("%s cannot be found or read."), path);
		m.len = (uint32_t)n;
		m.last = n == 0;
		rc = cw_session_send(d->c->session, CW_MSG_ATTACHMENT, &m, err);
	}
	return rc ? rc : cw_session_next(d->c->session, &type, &body, err);
}

static int send_item(void *user, unsigned line, size_t n, const char *const *columns, const char *const *values, struct cw_error *err)
{
	struct destroy *d = user;
	static struct cw_msg_item m;
	bool fits = true;

	memset(&m, 0, sizeof m);
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(columns[i], "label"))
			fits &= cw_strlcpy(m.label, values[i], sizeof m.label);
		else if (!strcmp(columns[i], "serial"))
			fits &= cw_strlcpy(m.serial, values[i], sizeof m.serial);
	}
	if (!fits || (!*m.label && !*m.serial))
		return cw_fail(err, CW_E_SYNTAX, 0, d->c->o->list, _("The columns are label and serial; one of them must be filled in."),
			       _("%s, line %u: no medium is named, or a value is too long."), d->c->o->list, line);
	return cw_session_send(d->c->session, CW_MSG_ITEM, &m, err);
}

static int send_belongings(struct destroy *d, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };
	int rc = 0;
	size_t sent = 0;

	for (size_t i = 0; !rc && i < CW_PHOTOS_MAX; i++)
		if (*d->form.photos[i])
			rc = send_photo(d, sent++, d->form.photos[i], err);
	if (rc || !d->c->o->list)
		return rc;
	rc = cw_file_read(AT_FDCWD, d->c->o->list, LIST_MAX, &text, err);
	return rc ? rc : cw_csv_parse(d->c->o->list, text.data ? text.data : "", text.len, send_item, d, err);
}

/* ---- the record ---- */

/* Another word is a slip of the keyboard, and no reason to throw all answers away. */
static bool agrees(struct destroy *d)
{
	char answer[CW_NODE_MAX] = "-";

	while (d->ask && *answer) {
		if (!cw_ask_line(_("Type `record` to put this on record (Enter to give up):"), answer, sizeof answer))
			return false;
		if (!strcmp(answer, "record"))
			return true;
	}
	return !d->ask;
}

static int nothing_recorded(const struct destroy *d, struct cw_error *err)
{
	char hint[CW_TEXT_MAX];

	snprintf(hint, sizeof hint, _("The medium stays on the list of what awaits destruction: `certwipe case list --open`. Go on with: certwipe destroy --job %s"), d->job);
	return cw_fail(err, CW_E_UNAUTHORISED, 0, d->job, hint, _("Nothing was recorded."));
}

static int record(struct destroy *d, struct cw_error *err)
{
	static struct cw_msg_destroyed q;
	CW_AUTO_JSON json_t *doc = NULL;
	const struct cw_destroy_known known = { .ask = d->ask, .one = d->by_device && !d->c->o->list, .class_ = d->class_, .enough = d->enough, .operator_name = d->operator_name, .place = d->place };
	int rc = cw_destroy_complete(&d->form.record, &known, err);

	if (!rc && d->ask)
		rc = cw_destroy_ask_photos(&d->form, err);
	if (rc == CW_E_UNAUTHORISED || (!rc && !agrees(d)))
		rc = nothing_recorded(d, err);
	if (!rc)
		rc = send_belongings(d, err);
	if (rc)
		return rc;
	cw_strlcpy(q.job, d->job, sizeof q.job);
	q.record = d->form.record;
	rc = cw_session_ask_doc(d->c->session, CW_MSG_DESTROYED, &q, &doc, err);
	return rc ? rc : show(d, doc, err);
}

/* ---- the second person ---- */

static int send_witness(struct destroy *d, const struct cw_msg_witness *w, struct cw_error *err)
{
	enum cw_msg_type type;
	const void *body;
	int rc = cw_session_send(d->c->session, CW_MSG_WITNESS, w, err);

	if (!rc)
		rc = cw_session_next(d->c->session, &type, &body, err);
	if (!rc && type != CW_MSG_RESULT)
		rc = cw_fail(err, CW_E_PROTOCOL, 0, cw_msg_name(type), NULL, _("The broker sent an answer of the wrong kind."));
	if (!rc)
		d->result = *(const struct cw_msg_result *)body;
	return rc;
}

/* `name=... method=... count=...`, for a program that has asked somebody. */
static int witness_of_operands(struct destroy *d, struct cw_msg_witness *w, struct cw_error *err)
{
	struct cw_destruction seen = { .method = CW_DESTROY_UNNAMED };
	int rc = 0;

	for (int i = 0; !rc && i < d->c->n; i++) {
		const char *operand = d->c->operand[i], *equals = strchr(operand, '=');

		if (equals && !strncmp(operand, "name=", 5))
			rc = cw_destruction_set(&seen, "operator", equals + 1, err);
		else if (equals && (!strncmp(operand, "method=", 7) || !strncmp(operand, "count=", 6)))
			rc = cw_destruction_set(&seen, operand[0] == 'm' ? "method" : "count", equals + 1, err);
		else
			rc = cw_fail(err, CW_E_USAGE, 0, operand, "certwipe destroy --confirm JOB name=NAME method=METHOD count=N", _("A field is written as key=value."));
	}
	cw_strlcpy(w->name, seen.operator_name, sizeof w->name);
	cw_strlcpy(w->method, cw_destruction_method_name(seen.method), sizeof w->method);
	w->count = seen.count;
	return rc;
}

static int tell_waiting(struct destroy *d, struct cw_error *err)
{
	char hint[CW_TEXT_MAX];

	snprintf(hint, sizeof hint, _("The witness confirms it at this or another terminal: certwipe destroy --confirm %s"), d->job);
	return cw_fail(err, CW_E_UNAUTHORISED, 0, d->job, hint,
		       _("The destruction is recorded as job %s and waits for its witness; nothing is signed yet."), d->job);
}

static int witness(struct destroy *d, struct cw_error *err)
{
	static struct cw_msg_witness w;
	int rc = 0;

	cw_strlcpy(w.job, d->job, sizeof w.job);
	if (d->c->o->confirm && d->c->n)
		rc = witness_of_operands(d, &w, err);
	else if (!cw_has_terminal() || d->c->o->json)
		return tell_waiting(d, err);
	else {
		cw_say(d->c, "%s", _("Now the witness, who is another person and watched, confirms it at this keyboard."));
		if (!cw_destroy_ask_witness(&w))
			return tell_waiting(d, err);
	}
	return rc ? rc : send_witness(d, &w, err);
}

/* ---- the whole ---- */

static int check_usage(const struct cw_context *c, struct cw_error *err)
{
	const struct cw_options *o = c->o;

	if (has_job(o) + (o->confirm != NULL) + (c->n > 0 && !o->confirm) > 1 || (c->n > 1 && !o->confirm))
		return cw_fail(err, CW_E_USAGE, 0, NULL, "certwipe destroy --help", _("Name one medium, or one job, or none for a medium that is described by hand."));
	if ((has_job(o) || o->confirm) && (o->policy || o->case_ || o->later))
		return cw_fail(err, CW_E_USAGE, 0, NULL, "certwipe destroy --help", _("Policy and case of a job are known already."));
	if (o->confirm && (o->record || o->list))
		return cw_fail(err, CW_E_USAGE, 0, NULL, "certwipe destroy --help", _("The witness confirms what is recorded, and records nothing."));
	return 0;
}

static int take_job(struct destroy *d, const char *job, struct cw_error *err)
{
	return cw_strlcpy(d->job, job, sizeof d->job) && cw_text_is_printable(job) ? 0 : cw_fail(err, CW_E_NOT_FOUND, 0, NULL, _("See `certwipe jobs`."), _("%s is no job number."), job);
}

static int emit_result(struct destroy *d, struct cw_error *err)
{
	json_t *results = json_array();

	cw_tell_quiet(d->c, &d->result);
	json_array_append_new(results, cw_result_json(&d->result));
	int rc = cw_emit(d->c, cw_results_doc("certwipe/destroy/1", results, d->result.exit_code), err);

	return rc ? rc : d->result.exit_code;
}

static int run(struct cw_context *c, struct cw_error *err)
{
	static struct destroy d;
	CW_AUTO_JSON json_t *shelved = NULL;
	int rc = check_usage(c, err);

	d.c = c;
	d.ask = cw_has_terminal() && !c->o->record && !c->o->json;
	if (!rc && (has_job(c->o) || c->o->confirm))
		rc = take_job(&d, c->o->confirm ? c->o->confirm : c->o->job, err);
	if (!rc)
		rc = cw_destroy_read(c->o->record, &d.form, err);
	if (!rc && !c->o->confirm)
		rc = take_up(&d, &shelved, err);
	if (!rc && c->o->later)
		return cw_emit(c, json_incref(shelved), err);
	if (!rc && shelved)
		rc = show(&d, shelved, err);
	if (!rc && !c->o->confirm)
		rc = record(&d, err);
	if (!rc)
		rc = witness(&d, err);
	return rc ? rc : emit_result(&d, err);
}

const struct cw_command cw_command_destroy = {
	.name = "destroy", .operands = "[MEDIUM | --job JOB | --confirm JOB]", .summary = N_("record a witnessed physical destruction, and certify it"), .needs_broker = true,
	.least = 0, .most = 3, .run = run,
};
