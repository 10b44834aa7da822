/* SPDX-License-Identifier: Apache-2.0 */
/* Where a job stands, for people: one sentence a job. */
#include <string.h>

#include "certwipe/job.h"
#include "position.h"
#include "schema.h"

static void take_subject(const struct cw_journal_text *t, struct cw_job_status *out)
{
	const json_t *job = json_array_get(t->lines, 0);
	const char *node = cw_json_str(json_object_get(job, "attachment"), "node", "");
	cw_strlcpy(out->job_id, cw_json_str(job, "jobId", ""), sizeof(out->job_id));
	cw_strlcpy(out->started_at, cw_json_str(job, "at", ""), sizeof(out->started_at));
	cw_text_printable(out->node, sizeof(out->node), node, strlen(node));
}

static void take_position(const struct cw_plan *plan, const struct job_position *p, struct cw_job_status *out)
{
	bool all_ran = p->step > plan->n_steps;
	cw_strlcpy(out->identity_sha256, plan->identity_sha256, sizeof(out->identity_sha256));
	cw_strlcpy(out->document_id, p->document_id, sizeof(out->document_id));
	cw_strlcpy(out->end_status, p->end_status, sizeof(out->end_status));
	out->n_steps = plan->n_steps;
	out->size_bytes = plan->size_bytes;
	out->step = all_ran ? plan->n_steps : p->step;
	out->watermark_bytes = all_ran ? plan->size_bytes : p->watermark_bytes;
	out->resumable = job_position_can_run(p);
	out->replug_due = p->replug_due && out->resumable;
	out->tray = out->replug_due && job_wants_reload(plan, p->step) ? p->tray : CW_TRAY_NONE;
	out->diskseq = p->diskseq;
	cw_strlcpy(out->boot_id, p->boot_id, sizeof(out->boot_id));
}

/* An attestation only settles the job when nobody went on behind it. */
static uint32_t state_of(const struct job_position *p)
{
	if (p->refused || strcmp(p->end_status, "refused") == 0)
		return CW_JOB_REFUSED;
	if (p->attested)
		return CW_JOB_ATTESTED;
	if (strcmp(p->end_status, "stopped") == 0)
		return CW_JOB_STOPPED;
	if (strcmp(p->end_status, "lost") == 0)
		return CW_JOB_INTERRUPTED;
	if (p->end_status[0] != '\0')
		return CW_JOB_FINISHED;
	return p->began ? CW_JOB_INTERRUPTED : CW_JOB_PREPARED;
}

/* ---- words ---- */

static const char *interrupted_words(const struct job_position *p, bool resumable)
{
	if (!resumable)
		return _("Interrupted in step %u of %u at %s of %s, after bytes were found that differ: it can be closed, not resumed.");
	if (strcmp(p->end_status, "lost") == 0)
		return _("The medium was lost in step %u of %u at %s of %s: attach it again and resume the job.");
	return _("Interrupted in step %u of %u at %s of %s: it can be resumed.");
}

static const char *finished_words(const struct job_position *p)
{
	if (strcmp(p->end_status, "complete") == 0)
		return _("All steps ran; the document about them is not signed yet.");
	if (strcmp(p->end_status, "closed") == 0)
		return _("Given up unfinished; the report about it is not signed yet.");
	return _("Failed; the report about it is not signed yet.");
}

static const char *attested_words(const struct cw_job_status *s)
{
	if (s->resumable)
		return _("Unfinished, with the signed report %s: it can be resumed.");
	if (strcmp(s->end_status, "complete") == 0)
		return _("All steps ran; the document about them is %s.");
	return _("Not completed; the report about it is %s.");
}

/* The sentences are ours, with the same arguments in the same order: see the three functions above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void put_progress(struct cw_job_status *s, const char *sentence)
{
	char done[32], size[32];
	cw_text_bytes(done, sizeof(done), s->watermark_bytes);
	cw_text_bytes(size, sizeof(size), s->size_bytes);
	snprintf(s->words, sizeof(s->words), sentence, s->step, s->n_steps, done, size);
}

static void put_document(struct cw_job_status *s)
{
	snprintf(s->words, sizeof(s->words), attested_words(s), s->document_id);
}
#pragma GCC diagnostic pop

static void put_words(const struct job_position *p, struct cw_job_status *s)
{
	if (s->tray != CW_TRAY_NONE) {
		cw_strlcpy(s->words, _("Written to its end. Take the disc out, put it in again and resume the job: then it is read back."), sizeof(s->words));
		return;
	}
	if (s->replug_due) {
		cw_strlcpy(s->words, _("Written to its end. Unplug the medium, plug it in again and resume the job: then it is read back."), sizeof(s->words));
		return;
	}
	switch (s->state) {
	case CW_JOB_REFUSED:
		cw_strlcpy(s->words, _("Refused; nothing was written to the medium."), sizeof(s->words));
		break;
	case CW_JOB_PREPARED:
		cw_strlcpy(s->words, s->resumable ? _("Authorised and not begun; nothing was written to the medium.") :
						    _("Prepared and not authorised; nothing was written to the medium."), sizeof(s->words));
		break;
	case CW_JOB_STOPPED:
		put_progress(s, _("Stopped in step %u of %u at %s of %s: it can be resumed."));
		break;
	case CW_JOB_INTERRUPTED:
		put_progress(s, interrupted_words(p, s->resumable));
		break;
	case CW_JOB_FINISHED:
		cw_strlcpy(s->words, finished_words(p), sizeof(s->words));
		break;
	case CW_JOB_ATTESTED:
		put_document(s);
		break;
	}
}

/* ---- physical destruction ---- */

/* With one argument, the number of the job, or none. */
static const char *destruction_words(const struct cw_job_status *s, const struct cw_job_destruction *d)
{
	if (s->state == CW_JOB_ATTESTED)
		return d->witnessed ? _("Destroyed physically; the document about it is signed.") : _("Given up; the report about it is signed.");
	if (s->state == CW_JOB_FINISHED)
		return _("Destroyed physically; the document about it is not signed yet.");
	return d->recorded ? _("Destroyed physically; a witness has to confirm it: certwipe destroy --confirm %s") :
			     _("Awaiting physical destruction: certwipe destroy --job %s");
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void put_destruction_words(struct cw_job_status *s, const struct cw_job_destruction *d)
{
	snprintf(s->words, sizeof(s->words), destruction_words(s, d), s->job_id);
}
#pragma GCC diagnostic pop

static void put_destruction(const struct cw_journal_text *t, struct cw_job_status *s)
{
	const json_t *last = json_array_get(t->lines, json_array_size(t->lines) - 1);
	struct cw_job_destruction d;
	struct cw_error err = { 0 };
	s->destruction = true;
	if (cw_job_destruction_of(t, &d, &err) < 0) {
		s->state = CW_JOB_INTERRUPTED;
		cw_strlcpy(s->words, _("The journal contradicts itself: nothing can be claimed from it, and the job cannot be resumed."), sizeof(s->words));
		return;
	}
	s->state = job_event_is(last, "attested") ? CW_JOB_ATTESTED : d.ended ? CW_JOB_FINISHED : CW_JOB_PREPARED;
	if (s->state == CW_JOB_ATTESTED)
		cw_strlcpy(s->document_id, cw_json_str(last, "documentId", ""), sizeof(s->document_id));
	cw_strlcpy(s->end_status, d.ended ? cw_json_str(json_array_get(t->lines, d.ended_line), "status", "") : "", sizeof(s->end_status));
	put_destruction_words(s, &d);
}

void cw_job_status(const struct cw_journal_text *t, struct cw_job_status *out)
{
	struct cw_plan plan;
	struct job_position p;
	struct cw_error err = { 0 };
	memset(out, 0, sizeof(*out));
	take_subject(t, out);
	if (cw_job_is_destruction(t)) {
		put_destruction(t, out);
		return;
	}
	if (cw_job_plan(t, &plan, &err) < 0 || job_position_of(t, &plan, &p, &err) < 0) {
		/* Whatever it was, something may have been written: never look like a job that did not begin. */
		out->state = CW_JOB_INTERRUPTED;
		cw_strlcpy(out->words, _("The journal contradicts itself: nothing can be claimed from it, and the job cannot be resumed."), sizeof(out->words));
		return;
	}
	take_position(&plan, &p, out);
	out->state = state_of(&p);
	put_words(&p, out);
}
