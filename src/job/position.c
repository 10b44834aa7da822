/* SPDX-License-Identifier: Apache-2.0 */
#include "position.h"

#include <string.h>

#include "schema.h"

static bool does(const json_t *line, const struct cw_plan_step *step)
{
	return strcmp(cw_json_str(line, "do", ""), cw_step_name(step->kind)) == 0;
}

static const struct cw_native *native_of(const struct cw_plan *plan, uint32_t step)
{
	const struct cw_technique *t = cw_plan_technique(plan, step);
	return t != NULL ? t->native : NULL;
}

static int on_intent(const json_t *line, const struct cw_plan *plan, struct job_position *p)
{
	uint64_t from = cw_json_u64(line, "fromBytes", UINT64_MAX);
	if (p->step > plan->n_steps || cw_json_u64(line, "step", 0) != p->step || p->refused)
		return -1;
	const struct cw_plan_step *step = &plan->steps[p->step - 1];
	/* A write goes on where the last attempt was known to be on the medium; a check always starts anew. */
	uint64_t due = p->in_step && step->kind == CW_STEP_WRITE ? p->watermark_bytes : 0;
	if (!does(line, step) || cw_json_u64(line, "pass", 0) != step->pass || from != due || cw_json_u64(line, "sizeBytes", 0) != plan->size_bytes)
		return -1;
	p->began = p->in_step = true;
	p->native = step->kind == CW_STEP_NATIVE ? native_of(plan, p->step) : NULL;
	p->replug_due = false;
	p->watermark_bytes = from;
	p->settled_bad_bytes = p->bad_bytes[p->step];
	return 0;
}

static int on_counts(const json_t *line, const struct cw_plan *plan, const char *mark_key, struct job_position *p)
{
	uint64_t mark = cw_json_u64(line, mark_key, UINT64_MAX);
	if (!p->in_step || cw_json_u64(line, "step", 0) != p->step || mark > plan->size_bytes)
		return -1;
	p->bad_bytes[p->step] = p->settled_bad_bytes + cw_json_u64(line, "badBytes", 0);
	p->mismatched |= cw_json_u64(line, "mismatchBytes", 0) > 0;
	return 0;
}

static int on_checkpoint(const json_t *line, const struct cw_plan *plan, struct job_position *p)
{
	if (on_counts(line, plan, "watermarkBytes", p) < 0 || cw_json_u64(line, "watermarkBytes", 0) < p->watermark_bytes)
		return -1;
	p->watermark_bytes = cw_json_u64(line, "watermarkBytes", 0);
	return 0;
}

static int on_step_end(const json_t *line, const struct cw_plan *plan, struct job_position *p)
{
	if (on_counts(line, plan, "uptoBytes", p) < 0)
		return -1;
	if (strcmp(cw_json_str(line, "end", ""), "done") != 0)
		return 0;
	p->step++;
	p->in_step = false;
	p->replug_due = job_wants_return(plan, p->step);
	p->watermark_bytes = 0;
	p->settled_bad_bytes = 0;
	memset(&p->course, 0, sizeof(p->course));
	return 0;
}

/* Commands stand in the journal only while the step is under way that sends them. */
static int on_native(const json_t *line, const struct cw_plan *plan, struct job_position *p)
{
	bool of_step = job_event_is(line, "native") || job_event_is(line, "command") || job_event_is(line, "password");
	bool under_way = p->in_step && plan->steps[p->step - 1].kind == CW_STEP_NATIVE;
	bool opening = p->in_step && (plan->steps[p->step - 1].kind == CW_STEP_OPEN || plan->steps[p->step - 1].kind == CW_STEP_RELOAD);
	if (opening && job_event_is(line, "command"))
		return cw_json_u64(line, "step", 0) == p->step ? 0 : -1;
	if (of_step && (!under_way || p->native == NULL || cw_json_u64(line, "step", 0) != p->step))
		return -1;
	if (under_way && p->native != NULL)
		cw_job_native_line(p->native, line, &p->course);
	return 0;
}

static void on_attached(const json_t *line, const char *boot_id, struct job_position *p)
{
	uint64_t diskseq = cw_json_u64(json_object_get(line, "attachment"), "diskseq", 0);
	if (diskseq != p->diskseq || strcmp(boot_id, p->boot_id) != 0)
		p->replug_due = false;
	p->diskseq = diskseq;
	p->boot_id = boot_id;
}

static void on_milestone(const json_t *line, struct job_position *p)
{
	if (job_event_is(line, "authorised"))
		p->authorised = true;
	else if (job_event_is(line, "registered"))
		p->registered = true;
	else if (job_event_is(line, "refused"))
		p->refused = true;
	else if (job_event_is(line, "closed"))
		p->closed = true;
	else if (job_event_is(line, "resumed"))
		p->end_status = "";
	else if (job_event_is(line, "end"))
		p->end_status = cw_json_str(line, "status", "");
	else if (job_event_is(line, "attested"))
		p->document_id = cw_json_str(line, "documentId", "");
	p->attested = job_event_is(line, "attested");
}

static int on_spot_check(const json_t *line, struct job_position *p)
{
	if (!p->in_step || cw_json_u64(line, "step", 0) != p->step)
		return -1;
	p->mismatched |= json_array_size(json_object_get(line, "differing")) > 0;
	return 0;
}

static int on_reload(const json_t *line, const struct cw_plan *plan, struct job_position *p)
{
	if (!p->in_step || plan->steps[p->step - 1].kind != CW_STEP_RELOAD || cw_json_u64(line, "step", 0) != p->step)
		return -1;
	p->tray = strcmp(cw_json_str(line, "trayBy", ""), cw_tray_name(CW_TRAY_DRIVE)) == 0 ? CW_TRAY_DRIVE : CW_TRAY_PERSON;
	return 0;
}

static int on_line(const json_t *line, const struct cw_plan *plan, struct job_position *p)
{
	on_milestone(line, p);
	if (job_event_is(line, "job"))
		on_attached(line, cw_json_str(json_object_get(line, "host"), "bootId", ""), p);
	if (job_event_is(line, "resumed"))
		on_attached(line, cw_json_str(line, "bootId", ""), p);
	if (job_event_is(line, "intent"))
		return on_intent(line, plan, p);
	if (job_event_is(line, "checkpoint"))
		return on_checkpoint(line, plan, p);
	if (job_event_is(line, "spot-check"))
		return on_spot_check(line, p);
	if (job_event_is(line, "step-end"))
		return on_step_end(line, plan, p);
	if (job_event_is(line, "reload"))
		return on_reload(line, plan, p);
	return on_native(line, plan, p);
}

int job_position_of(const struct cw_journal_text *t, const struct cw_plan *plan, struct job_position *out, struct cw_error *err)
{
	size_t i;
	json_t *line;
	memset(out, 0, sizeof(*out));
	out->step = 1;
	out->end_status = out->document_id = out->boot_id = "";
	json_array_foreach(t->lines, i, line) {
		if (on_line(line, plan, out) < 0)
			return cw_fail(err, CW_E_INVALID, 0, "journal", _("The journal was damaged or altered; nothing can be claimed from it."),
				       _("Line %zu of the journal does not follow from its plan."), i);
	}
	return 0;
}

bool job_wants_replug(const struct cw_plan *plan, uint32_t step)
{
	return plan->replug && step > 1 && step <= plan->n_steps && plan->steps[step - 2].kind == CW_STEP_WRITE && plan->steps[step - 1].kind != CW_STEP_WRITE;
}

bool job_wants_reload(const struct cw_plan *plan, uint32_t step)
{
	return step > 1 && step <= plan->n_steps && plan->steps[step - 2].kind == CW_STEP_RELOAD;
}

bool job_wants_return(const struct cw_plan *plan, uint32_t step)
{
	return job_wants_replug(plan, step) || job_wants_reload(plan, step);
}

bool job_position_can_run(const struct job_position *p)
{
	bool open = p->end_status[0] == '\0' || strcmp(p->end_status, "stopped") == 0 || strcmp(p->end_status, "lost") == 0;
	return open && p->authorised && p->registered && !p->refused && !p->closed && !p->mismatched;
}

bool job_authorised(const struct cw_journal_text *t, const struct cw_plan *plan)
{
	size_t i;
	json_t *line;
	const char *plan_sha256 = cw_json_str(json_array_get(t->lines, 0), "planSha256", "?");
	json_array_foreach(t->lines, i, line)
		if (job_event_is(line, "authorised") && strcmp(cw_json_str(line, "planSha256", ""), plan_sha256) == 0 &&
		    strcmp(cw_json_str(line, "identitySha256", ""), plan->identity_sha256) == 0)
			return true;
	return false;
}

bool cw_job_is_only_keys(const json_t *job_line)
{
	const struct cw_technique *t = cw_technique_get(cw_json_str(json_object_get(job_line, "plan"), "technique", ""));
	return t != NULL && t->only_keys;
}

static uint32_t last_step_of(const struct cw_plan *plan, uint32_t kind, uint32_t step)
{
	while (step > 1)
		if (plan->steps[--step - 1].kind == kind)
			return step;
	return 0;
}

uint32_t job_written_step(const struct cw_plan *plan, uint32_t step)
{
	return last_step_of(plan, CW_STEP_WRITE, step);
}

uint32_t job_native_step(const struct cw_plan *plan, uint32_t step)
{
	return last_step_of(plan, CW_STEP_NATIVE, step);
}

uint32_t job_keys_step(const struct cw_plan *plan, uint32_t step)
{
	return last_step_of(plan, CW_STEP_KEYS, step);
}
