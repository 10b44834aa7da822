/* SPDX-License-Identifier: Apache-2.0 */
/* The broker and one wipe: plan, hold, authorise, register, start, finish.  Every refusal leaves the medium untouched. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

#define TRIES_MAX 3

void cw_slot_release(struct cw_slot *s)
{
	if (s->medium_fd >= 0)
		close(s->medium_fd);
	if (s->journal_fd >= 0)
		close(s->journal_fd);
	if (s->beat_fd >= 0)
		close(s->beat_fd);
	s->medium_fd = s->journal_fd = s->beat_fd = -1;
	cw_broker_release_others(s);
	explicit_bzero(s->psid, sizeof s->psid);
}

/* The drive's serial number, and often the size, are the same for the next disc that is put in. */
static void bind_to_disc(const struct cw_medium *m, struct cw_plan *plan)
{
	char boot_id[33], put_in[64];

	if (!cw_class_is_optical(m->class_))
		return;
	cw_boot_id(boot_id);
	snprintf(put_in, sizeof put_in, "%s %llu", boot_id, (unsigned long long)m->diskseq);
	cw_sha256_hex(put_in, strlen(put_in), plan->attachment_sha256);
}

int cw_broker_plan(struct cw_broker *b, const struct cw_msg_medium *q, struct cw_media *all, struct cw_medium *m, struct cw_capabilities *c,
		   struct cw_contents *contents, struct cw_policy *p, struct cw_plan *plan, struct cw_error *err)
{
	char digest[CW_SHA256_HEX];
	struct cw_wish wish = q->wish;
	int rc = cw_broker_find_among(b, q->named, all, m, err);

	if (!rc)
		rc = cw_policy_load(b->policy_folders, *q->policy ? q->policy : "default", p, err);
	if (!rc) {
		cw_broker_ask(m, c);
		cw_broker_probe(m, contents);
	}
	wish.attested = cw_is_attested(&b->case_.attestation);
	if (!rc)
		rc = cw_plan_make_on(m, c, contents, p, &wish, plan, err);
	if (!rc)
		rc = cw_broker_check_others(all, m, plan, err);
	if (!rc)
		bind_to_disc(m, plan);
	if (!rc)
		rc = cw_plan_digest(plan, digest, err);
	if (!rc && *q->plan_sha256 && strcmp(q->plan_sha256, digest) != 0)
		return cw_fail(err, CW_E_IDENTITY, 0, m->node, _("Make a new plan for the medium that is there now, and read it."),
			       _("The plan that was given is not the plan for %s: the medium, the policy or this program has changed since it was made."), m->node);
	return rc;
}

/* ---- prepare ---- */

/* A list names media in full: six characters are what a person reads from a label, not what a register keeps.  A serial in a row always counts. */
static bool row_names(const struct cw_msg_list_row *row, const struct cw_slot *s)
{
	bool same_tag = !strcmp(row->asset_tag, s->case_.asset_tag);

	/* The serial of a reader or a bridge is not the medium's. */
	if (*row->serial)
		return (s->medium.virtual_ || s->medium.serial.quality == CW_QUALITY_GOOD) && !strcmp(row->serial, s->medium.full_serial) && cw_serial_matches(&s->medium, row->serial) &&
		       (!*row->asset_tag || !*s->case_.asset_tag || same_tag);
	return *row->asset_tag && same_tag;
}

/* One row, one medium. */
static bool row_is_used(const struct cw_broker *b, const struct cw_msg_list_row *row)
{
	for (uint32_t i = 0; i < b->n_slots; i++)
		if (b->slots[i].row == row)
			return true;
	return false;
}

static const struct cw_msg_list_row *find_row(const struct cw_broker *b, const struct cw_slot *s)
{
	for (size_t i = 0; i < b->n_rows; i++)
		if (row_names(&b->rows[i], s) && !row_is_used(b, &b->rows[i]))
			return &b->rows[i];
	return NULL;
}

/* Logical units of one device, and namespaces of one drive, have the serial number that stands on it. */
static bool is_same_device(const struct cw_medium *a, const struct cw_medium *b)
{
	const char *unit = strstr(a->port, "-scsi-") ? strrchr(a->port, ':') : NULL;

	return (a->namespaces > 1 && b->namespaces > 1) || (unit && !strncmp(a->port, b->port, (size_t)(unit - a->port) + 1));
}

static bool has_serial(const struct cw_medium *m, const char *serial)
{
	return m->has_medium && m->serial.quality == CW_QUALITY_GOOD && !strcmp(m->full_serial, serial);
}

/* A row that fits two media was written for one of them. */
static int refuse_shared_serial(const struct cw_media *all, const struct cw_slot *s, const char *serial, struct cw_error *err)
{
	for (uint32_t i = 0; *serial && i < all->n; i++) {
		const struct cw_medium *m = &all->at[i];

		if (has_serial(m, serial) && strcmp(m->node, s->medium.node) != 0 && !is_same_device(m, &s->medium))
			return cw_fail(err, CW_E_AMBIGUOUS, 0, s->medium.node, _("Unplug the one that is not meant."),
				       _("%s and %s have the same serial number, so the list does not say which of them it allows."), s->medium.node, m->node);
	}
	return 0;
}

static int authorise_by_list(const struct cw_broker *b, const struct cw_media *all, struct cw_slot *s, struct cw_error *err)
{
	const struct cw_msg_list_row *row = find_row(b, s);
	int rc = row ? refuse_shared_serial(all, s, row->serial, err) : 0;

	if (rc)
		return rc;
	if (!row)
		return cw_fail(err, CW_E_UNAUTHORISED, 0, s->medium.node, _("Check the serial number, or have the medium put on the list; one without a serial of its own by an asset tag, which the case file names too."),
			       _("%s is not on the list of media that may be wiped, by a serial or asset tag that is its own."), s->medium.node);
	if (*s->case_.approval_number && *row->approval_number && strcmp(s->case_.approval_number, row->approval_number) != 0)
		return cw_fail(err, CW_E_UNAUTHORISED, 0, s->medium.node, _("Ask which of the two is right, and correct the other."),
			       _("The list approves %s under %s, the case file says %s."), s->medium.node, row->approval_number, s->case_.approval_number);
	if (!*s->case_.approval_number)
		cw_strlcpy(s->case_.approval_number, row->approval_number, sizeof s->case_.approval_number);
	if (!*s->case_.asset_tag)
		cw_strlcpy(s->case_.asset_tag, row->asset_tag, sizeof s->case_.asset_tag);
	cw_strlcpy(s->approval_number, s->case_.approval_number, sizeof s->approval_number);
	s->row = row;
	s->method = CW_METHOD_LIST;
	return 0;
}

static int refuse_unfinished(struct cw_broker *b, const struct cw_slot *s, struct cw_error *err)
{
	char job[CW_JOB_ID_MAX];
	bool running = false;
	int rc = cw_broker_unfinished(b, s->plan.identity_sha256, job, &running, err);

	if (rc <= 0)
		return rc;
	if (running)
		return cw_fail(err, CW_E_BUSY, 0, s->medium.node, _("Wait for it, or stop it: certwipe stop JOB."), _("%s is being wiped by job %s."), s->medium.node, job);
	return cw_fail(err, CW_E_UNFINISHED, 0, s->medium.node, _("Go on with it (certwipe resume JOB), or give it up (certwipe resume JOB --close --reason TEXT)."),
		       _("%s has an unfinished job, %s."), s->medium.node, job);
}

/* A process that has it open may be one of ours: then the job says more. */
static int refuse_used(struct cw_broker *b, const struct cw_slot *s, struct cw_error *err)
{
	struct cw_error job = { 0 };
	int rc = cw_broker_may_touch(&s->medium, err);

	if (rc == CW_E_BUSY && refuse_unfinished(b, s, &job) == CW_E_BUSY)
		*err = job;
	return rc;
}

/* Two ways to one medium, or two media that nothing tells apart: whichever was meant, the other would get its certificate. */
static int refuse_twin(const struct cw_media *all, const struct cw_slot *s, struct cw_error *err)
{
	const struct cw_medium *twin = cw_twin_of(all, &s->medium);

	if (!twin)
		return 0;
	return cw_fail(err, CW_E_AMBIGUOUS, 0, s->medium.node, _("Unplug the other, or detach the other path to it."),
		       _("%s cannot be told from %s: they are the same, or say the same of themselves."), s->medium.node, twin->node);
}

/* A case file names one label, and a label stands on one medium. */
static int refuse_same_label(const struct cw_broker *b, const struct cw_slot *s, struct cw_error *err)
{
	for (uint32_t i = 0; i < b->n_slots; i++)
		if (&b->slots[i] != s && b->slots[i].state != CW_SLOT_DONE && *s->case_.asset_tag && !strcmp(b->slots[i].case_.asset_tag, s->case_.asset_tag))
			return cw_fail(err, CW_E_CASE, 0, s->medium.node, _("Wipe these media one at a time, each with its own case file."),
				       _("The case names one label, %s, for several media."), s->case_.asset_tag);
	return 0;
}

static bool same_keys(const struct cw_keys *a, const struct cw_keys *b)
{
	return a->n_volumes == b->n_volumes && a->n_spans == b->n_spans && !memcmp(a->volumes, b->volumes, sizeof a->volumes) &&
	       !memcmp(a->spans, b->spans, sizeof a->spans);
}

/* What it holds while nobody else can change it.  The plan says where the keys stand, and was made before. */
static int look_again(struct cw_slot *s, struct cw_error *err)
{
	static struct cw_keys planned_on;

	planned_on = s->contents.keys;
	cw_broker_probe(&s->medium, &s->contents);
	if (same_keys(&planned_on, &s->contents.keys))
		return 0;
	return cw_fail(err, CW_E_IDENTITY, 0, s->medium.node, _("Begin anew; nothing was written."), _("What is encrypted on %s was changed while the plan was made."),
		       s->medium.node);
}

/* In this order, so that the first reason a person gets is the one that matters most. */
static int prepare(struct cw_broker *b, const struct cw_media *all, struct cw_slot *s, struct cw_error *err)
{
	int rc = refuse_used(b, s, err);

	if (!rc)
		rc = cw_broker_take_psid(b, s, err);
	if (!rc)
		rc = cw_state_check(&b->state, s->policy.tmpfs_allowed, 0, NULL, err);
	if (!rc)
		rc = refuse_twin(all, s, err);
	if (!rc)
		rc = refuse_unfinished(b, s, err);
	if (!rc)
		rc = cw_broker_hold(&s->medium, &s->medium_fd, err);
	if (!rc)
		rc = cw_broker_hold_others(b, s, err);
	if (!rc && b->list_complete)
		rc = authorise_by_list(b, all, s, err);
	else if (!rc && cw_identity_is_weak(&s->medium))
		rc = cw_broker_sample(s->medium_fd, s->medium.size_bytes, s->samples, err);
	if (!rc)
		rc = refuse_same_label(b, s, err);
	if (!rc)
		rc = cw_case_check(&s->case_, &s->policy, err);
	return rc ? rc : look_again(s, err);
}

static json_t *prepared_doc(const struct cw_slot *s)
{
	char masked[CW_SERIAL_MAX];
	/* What a person can be asked for, in the order of design section 5. */
	json_t *ask = json_array();

	if (s->method == CW_METHOD_LIST) {
		json_array_append_new(ask, json_string("list"));
	} else {
		if (s->medium.virtual_ || s->medium.serial.quality == CW_QUALITY_GOOD)
			json_array_append_new(ask, json_string("serial"));
		if (*s->case_.asset_tag)
			json_array_append_new(ask, json_string("asset-tag"));
		if (!s->medium.virtual_)
			json_array_append_new(ask, json_string("replug"));
	}
	if (s->medium.virtual_)
		cw_strlcpy(masked, s->medium.full_serial, sizeof masked);
	else
		cw_serial_mask(masked, sizeof masked, s->medium.full_serial);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:I, s:b, s:b, s:o, s:o, s:o, s:s}", "schema", "certwipe/prepared/1", "node", s->medium.node, "words",
			 cw_class_words(s->medium.class_), "vendor", s->medium.vendor.text, "model", s->medium.model.text, "namespaces", (json_int_t)s->medium.namespaces,
			 "serialMasked", masked, "sizeBytes", (json_int_t)s->medium.size_bytes, "weakIdentity", cw_identity_is_weak(&s->medium), "virtual", (int)s->medium.virtual_, "contents",
			 cw_contents_json(&s->contents, true), "plan", cw_plan_json(&s->plan), "ask", ask, "planSha256", s->plan_sha256);
}

static void told(struct cw_msg_result *r, uint32_t slot, const char *node, const struct cw_error *why)
{
	memset(r, 0, sizeof *r);
	r->slot = slot;
	r->error = *why;
	r->exit_code = cw_code_exit(why->code);
	cw_text_printable(r->node, sizeof r->node, node, strlen(node));
}

static bool add(struct cw_broker *b, const struct cw_msg_medium *q, struct cw_media *all, uint32_t *slot, json_t **doc, struct cw_msg_result *result)
{
	struct cw_slot *s = &b->slots[b->n_slots];
	struct cw_error err = { 0 };

	*slot = b->n_slots++;
	*s = (struct cw_slot){ .state = CW_SLOT_DONE, .medium_fd = -1, .journal_fd = -1, .executor = { .fd = -1 }, .beat_fd = -1, .case_ = b->case_ };
	if (cw_broker_plan(b, q, all, &s->medium, &s->capabilities, &s->contents, &s->policy, &s->plan, &err) || cw_plan_digest(&s->plan, s->plan_sha256, &err)) {
		told(result, *slot, q->named, &err);
		return false;
	}
	if (prepare(b, all, s, &err)) {
		cw_broker_refuse(b, s, &err, result);
		result->slot = *slot;
		return false;
	}
	s->state = b->list_complete ? CW_SLOT_AUTHORISED : CW_SLOT_PREPARED;
	*doc = prepared_doc(s);
	return true;
}

/* One look at all media serves for everything that is asked of this one. */
bool cw_broker_add(struct cw_broker *b, const struct cw_msg_medium *q, uint32_t *slot, json_t **doc, struct cw_msg_result *result)
{
	struct cw_media all = { 0 };
	bool prepared = add(b, q, &all, slot, doc, result);

	cw_media_clear(&all);
	return prepared;
}

/* ---- refuse: on record too, as far as there is a place to keep a record ---- */

static int append_refused(struct cw_journal *j, const struct cw_error *why, struct cw_error *err)
{
	int rc = cw_journal_append(j, "refused", json_pack("{s:s, s:i, s:s}", "code", cw_code_slug(why->code), "exit", cw_code_exit(why->code), "message", why->message), err);

	return rc ? rc : cw_journal_append(j, "end", json_pack("{s:s}", "status", "refused"), err);
}

static int journal_refusal(struct cw_broker *b, struct cw_slot *s, const struct cw_error *why, struct cw_error *err)
{
	struct cw_journal *j = NULL;
	int rc = cw_broker_open_journal(b, s, &j, err);

	if (!rc)
		rc = append_refused(j, why, err);
	if (!rc)
		s->journal_fd = fcntl(cw_journal_fd(j), F_DUPFD_CLOEXEC, 3);
	cw_journal_free(j);
	return rc;
}

void cw_broker_refuse(struct cw_broker *b, struct cw_slot *s, const struct cw_error *why, struct cw_msg_result *result)
{
	struct cw_msg_result on_record;
	struct cw_error err = { 0 };

	told(result, (uint32_t)(s - b->slots), s->medium.node, why);
	/* Without a state directory or key there is no record of a refusal, and the refusal stands all the same. */
	if (b->state.journals >= 0 && !journal_refusal(b, s, why, &err) && s->journal_fd >= 0 &&
	    !cw_signer_attest(&b->state, s, &b->caller, NULL, &on_record, &err)) {
		on_record.slot = result->slot;
		on_record.exit_code = result->exit_code;
		on_record.error = *why;
		*result = on_record;
	}
	cw_slot_release(s);
	s->state = CW_SLOT_DONE;
}

/* ---- authorise ---- */

static int wrong_answer(struct cw_slot *s, struct cw_error *err)
{
	s->tries++;
	if (s->tries < TRIES_MAX)
		return cw_fail(err, CW_E_UNAUTHORISED, 0, s->medium.node, _("Read it again from the medium itself."),
			       _("That does not name the medium in %s."), s->medium.node);
	return cw_fail(err, CW_E_UNAUTHORISED, 0, s->medium.node, _("Make sure that the medium in your hand is the one that is plugged in, then start again."),
		       _("That does not name the medium in %s; after %d wrong answers nothing is done to it."), s->medium.node, TRIES_MAX);
}

static int replug(struct cw_broker *b, struct cw_slot *s, struct cw_error *err)
{
	int rc = cw_broker_await_replug(b, s, err);

	/* Somebody else may have begun with it meanwhile. */
	return rc ? rc : refuse_unfinished(b, s, err);
}

int cw_broker_answer(struct cw_broker *b, const struct cw_msg_answer *a, struct cw_error *err)
{
	struct cw_slot *s = &b->slots[a->slot];
	int rc = 0;

	if (a->slot >= b->n_slots || s->state != CW_SLOT_PREPARED)
		return cw_fail(err, CW_E_PROTOCOL, 0, NULL, NULL, _("An answer came for a medium that was not asked about."));
	if (a->method == CW_METHOD_SERIAL && !cw_serial_matches(&s->medium, a->typed))
		rc = wrong_answer(s, err);
	else if (a->method == CW_METHOD_ASSET_TAG && (!*s->case_.asset_tag || strcmp(a->typed, s->case_.asset_tag) != 0))
		rc = wrong_answer(s, err);
	else if (a->method == CW_METHOD_REPLUG && !s->medium.virtual_)
		rc = replug(b, s, err);
	else if (a->method != CW_METHOD_SERIAL && a->method != CW_METHOD_ASSET_TAG)
		rc = cw_fail(err, CW_E_UNAUTHORISED, 0, s->medium.node, NULL, _("%s cannot be authorised in this way."), s->medium.node);
	if (rc)
		return rc;
	s->method = a->method;
	cw_strlcpy(s->approval_number, s->case_.approval_number, sizeof s->approval_number);
	s->state = CW_SLOT_AUTHORISED;
	return 0;
}

/* ---- start ---- */

static const char *start_word(const struct cw_policy *p, bool to_destroy)
{
	if (to_destroy)
		return p->approval ? CW_START_TO_DO_BOTH : CW_START_TO_DESTROY;
	return p->approval ? CW_START_TO_APPROVE : "";
}

int cw_broker_enter_register(struct cw_broker *b, struct cw_slot *s, struct cw_journal *j, bool to_destroy, struct cw_error *err)
{
	struct cw_checkpoint after;
	struct cw_entry e;

	memset(&e, 0, sizeof e);
	cw_strlcpy(e.kind, "started", sizeof e.kind);
	cw_strlcpy(e.outcome, start_word(&s->policy, to_destroy), sizeof e.outcome);
	cw_time_now(e.at);
	cw_strlcpy(e.job_id, s->job_id, sizeof e.job_id);
	cw_strlcpy(e.identity_sha256, s->plan.identity_sha256, sizeof e.identity_sha256);
	/* Of a disc that tells nothing of itself people look for the kind. */
	cw_strlcpy(e.model, *s->medium.model.text || !to_destroy ? s->medium.model.text : cw_class_name(s->medium.class_), sizeof e.model);
	cw_strlcpy(e.serial, s->medium.full_serial, sizeof e.serial);
	cw_strlcpy(e.approval_number, s->case_.approval_number, sizeof e.approval_number);
	cw_strlcpy(e.asset_tag, s->case_.asset_tag, sizeof e.asset_tag);
	e.laboratory = s->medium.virtual_;
	int rc = cw_signer_started(&b->state, &e, &after, err);

	if (rc)
		return rc;
	return cw_journal_append(j, "registered", json_pack("{s:s, s:s, s:I, s:s}", "kind", "started", "origin", after.origin, "size", (json_int_t)after.size, "root",
							    after.root), err);
}

static int begin_journal(struct cw_broker *b, struct cw_slot *s, struct cw_error *err)
{
	struct cw_error ignored = { 0 };
	struct cw_journal *j = NULL;
	int rc = cw_broker_open_journal(b, s, &j, err);

	if (!rc) {
		s->journal_fd = fcntl(cw_journal_fd(j), F_DUPFD_CLOEXEC, 3);
		/* Held as long as anybody works on this job, so that nobody resumes or signs it meanwhile. */
		if (s->journal_fd < 0 || flock(s->journal_fd, LOCK_EX | LOCK_NB) < 0)
			rc = cw_fail(err, CW_E_STATE, errno, s->job_id, NULL, _("The new journal could not be locked."));
	}
	if (!rc)
		rc = cw_broker_journal_authorised(b, s, j, err);
	if (!rc)
		rc = cw_broker_enter_register(b, s, j, false, err);
	/* A job that could not begin is ended on record, so that nobody takes it for one that waits. */
	if (rc && j && append_refused(j, err, &ignored))
		cw_strlcpy(err->hint, _("Its journal could not be ended either; see `certwipe jobs`."), sizeof err->hint);
	cw_journal_free(j);
	return rc;
}

int cw_broker_take_over(struct cw_broker *b, struct cw_slot *s, struct cw_error *err)
{
	struct cw_journal *j = NULL;
	int fd = fcntl(s->journal_fd, F_DUPFD_CLOEXEC, 3);
	int rc = fd < 0 ? cw_fail(err, CW_E_STATE, errno, s->job_id, NULL, _("The journal could not be opened.")) :
			  cw_journal_open_fd(fd, s->job_id, &j, &s->dropped_tail, err);

	if (!rc)
		rc = cw_broker_enter_register(b, s, j, false, err);
	cw_journal_free(j);
	s->foreign = rc != 0;
	return rc;
}

static int inhibit_sleep(struct cw_broker *b)
{
	if (!b->inhibits)
		b->inhibit_fd = cw_inhibit_sleep();
	b->inhibits = true;
	return b->inhibit_fd;
}

int cw_broker_start_slot(struct cw_broker *b, uint32_t slot, struct cw_error *err)
{
	struct cw_slot *s = &b->slots[slot];
	struct cw_executor_task task = { .medium_fd = s->medium_fd, .slot = slot, .expected = s->medium, .by = b->caller, .resumed = s->resumed,
					  .stop_rules = s->policy.stop };
	int rc = s->foreign ? cw_broker_take_over(b, s, err) : s->resumed ? 0 : begin_journal(b, s, err);

	task.dropped_tail = s->dropped_tail;
	task.other_fds = s->other_fds;
	task.n_other_fds = s->n_other_fds;
	task.opens = s->plan.shown_bytes != 0;
	if (!rc)
		rc = cw_journal_head(s, err);
	if (rc)
		return rc;
	s->beat_fd = cw_beat_create(b->state.journals, s->job_id, cw_slot_silent_after_ms(s));
	s->heard_ms = cw_monotonic_ms();
	task.journal_fd = s->journal_fd;
	task.beat_fd = s->beat_fd;
	task.inhibit_fd = inhibit_sleep(b);
	cw_strlcpy(task.job_id, s->job_id, sizeof task.job_id);
	cw_broker_give_native(s, &task);
	rc = cw_executor_start(&task, &s->executor, err);
	explicit_bzero(&task.native_use, sizeof task.native_use);
	if (rc)
		return rc;
	/* From here on only the executor holds the medium: when it is gone, so is our hold. */
	close(s->medium_fd);
	s->medium_fd = -1;
	cw_broker_release_others(s);
	s->state = CW_SLOT_RUNNING;
	return 0;
}

/* ---- finish ---- */

static void tell_interrupted(const struct cw_slot *s, const struct cw_error *failed, struct cw_error *why)
{
	if (failed && failed->code) {
		*why = *failed;
		/* A journal that cannot be written means: the medium was worked on and the evidence ends here. */
		static const int of_the_journal[] = { CW_E_STATE, CW_E_IO, CW_E_TOO_LARGE, CW_E_INVALID, CW_E_NO_FILE, CW_E_NO_PRIVILEGE };

		for (size_t i = 0; i < CW_ARRAY_LEN(of_the_journal); i++)
			if (why->code == of_the_journal[i])
				why->code = CW_E_NO_EVIDENCE;
		return;
	}
	cw_fail(why, CW_E_PARTIAL, 0, s->medium.node, _("Go on with `certwipe resume JOB`, or close it with --close; `certwipe jobs` explains where it stands."),
		_("The process that was wiping %s has ended before its job was done."), s->medium.node);
}

static void tell_unsigned(const struct cw_slot *s, const struct cw_error *err, struct cw_error *why)
{
	cw_fail(why, CW_E_NO_EVIDENCE, err->sys_errno, s->medium.node,
		_("Make room or mend what it says, then sign it with `certwipe resume JOB`; the journal is kept."),
		_("%s was processed, but its document could not be written or signed: %s"), s->medium.node, err->message);
}

/* A report over what the journal has, which ends as lost: the job can be resumed when the medium answers again. */
static int attest_abandoned(struct cw_broker *b, const struct cw_slot *s, struct cw_msg_result *result, struct cw_error *err)
{
	uint64_t quiet_s = (cw_monotonic_ms() - s->heard_ms) / 1000u;
	char since[CW_TIME_TEXT], message[CW_TEXT_MAX];

	cw_time_format((int64_t)time(NULL) - (int64_t)quiet_s, since);
	snprintf(message, sizeof message, _("Given up by the operator; the medium had completed nothing since %s."), since);
	return cw_signer_attest_lost(&b->state, s, &b->caller, message, result, err);
}

void cw_broker_done(struct cw_broker *b, uint32_t slot, const struct cw_error *why, struct cw_msg_result *result)
{
	struct cw_slot *s = &b->slots[slot];

	if (why->code)
		told(result, slot, s->medium.node, why);
	result->slot = slot;
	cw_strlcpy(result->job_id, s->job_id, sizeof result->job_id);
	cw_slot_release(s);
	s->state = CW_SLOT_DONE;
	b->queued_ms = 0;
}

void cw_broker_settle(struct cw_broker *b, uint32_t slot, struct cw_msg_result *result)
{
	struct cw_slot *s = &b->slots[slot];
	struct cw_error err = { 0 }, why = { 0 };

	if (cw_signer_attest(&b->state, s, &b->caller, NULL, result, &err))
		tell_unsigned(s, &err, &why);
	cw_broker_done(b, slot, &why, result);
}

/* Somebody must be there to unplug it, or to move a disc that the drive does not move; without, the job ends as one that was stopped, and can be resumed. */
static bool wants_replug(const struct cw_broker *b, struct cw_slot *s, const struct cw_job_status *status)
{
	static struct cw_msg_job_info info;
	struct cw_error unreadable = { 0 };

	if (!status || strcmp(status->end_status, "stopped") != 0 || s->stop_asked || cw_probe_journal(s->journal_fd, &info, &unreadable))
		return false;
	s->tray = info.status.tray;
	return info.status.replug_due && (b->front >= 0 || s->tray == CW_TRAY_DRIVE);
}

static void wait_for_replug(struct cw_broker *b, struct cw_slot *s)
{
	s->tray_ms = cw_monotonic_ms();
	s->returned_diskseq = 0;
	close(s->beat_fd);
	s->beat_fd = -1;
	s->told_ms = 0;
	s->silent = false;
	s->resumed = s->replug_due = true;
	s->state = CW_SLOT_AUTHORISED;
	b->queued_ms = 0;
}

bool cw_broker_finish(struct cw_broker *b, uint32_t slot, const struct cw_job_status *status, const struct cw_error *failed, struct cw_msg_result *result)
{
	struct cw_slot *s = &b->slots[slot];
	struct cw_error err = { 0 }, why = { 0 };
	struct cw_medium as_it_is;
	bool gone = cw_child_end(&s->executor), abandoned = !status && gone && cw_broker_is_abandoned(s);

	cw_beat_remove(b->state.journals, s->job_id);
	if (wants_replug(b, s, status)) {
		wait_for_replug(b, s);
		return false;
	}
	cw_plan_opened(&s->plan, &s->medium, &as_it_is);
	if (status && !strcmp(status->end_status, "complete")) {
		cw_broker_forget_partitions(&as_it_is);
		cw_broker_forget_others(b, s);
	}
	if (status)
		cw_broker_note_health(s, &as_it_is);
	if (!status && !abandoned)
		tell_interrupted(s, failed, &why);
	else if (abandoned ? attest_abandoned(b, s, result, &err) : cw_signer_attest(&b->state, s, &b->caller, NULL, result, &err))
		tell_unsigned(s, &err, &why);
	cw_broker_done(b, slot, &why, result);
	return true;
}

void cw_broker_tell_hanging(const struct cw_slot *s, struct cw_error *why)
{
	cw_fail(why, CW_E_LOST, 0, s->medium.node, _("Unplug the medium. Then go on with `certwipe resume JOB`, or close the job with --close; its journal is kept."),
		_("%s was given up. It does not answer, and the process that works on it hangs in the kernel."), s->medium.node);
}

void cw_broker_abandon(struct cw_broker *b, uint32_t slot, struct cw_msg_result *result)
{
	struct cw_slot *s = &b->slots[slot];
	struct cw_error why = { 0 };

	cw_beat_abandon(s->beat_fd);
	kill(s->executor.pid, SIGKILL);
	/* Without a status there is no replug to wait for. */
	if (cw_child_end(&s->executor) && cw_broker_finish(b, slot, NULL, NULL, result))
		return;
	/* Its journal stays locked and its medium held until the kernel lets go of it, and nobody waits for that. */
	cw_broker_tell_hanging(s, &why);
	cw_broker_done(b, slot, &why, result);
}
