/* SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"

#include <string.h>

#define JSON_MAX ((1ull << 53) - 1)

/* Numbers that a lying medium made up (the offset in a decrypted block) must not be able to stop the journal. */
json_int_t job_number(uint64_t v)
{
	return (json_int_t)(v < JSON_MAX ? v : JSON_MAX);
}

/* Messages may hold what a device said. */
static json_t *text_of(const char *message)
{
	char text[1024];
	cw_text_printable(text, sizeof(text), message != NULL ? message : "", message != NULL ? strlen(message) : 0);
	return json_string(text);
}

uint64_t job_bad_bytes(const struct cw_sweep_result *r)
{
	return r->bad.total_bytes > r->mismatch_bytes ? r->bad.total_bytes - r->mismatch_bytes : 0;
}

static bool put_number(json_t *o, const char *key, uint64_t v)
{
	return json_object_set_new(o, key, json_integer(job_number(v))) == 0;
}

json_t *job_line_identity(const char *phase, const struct cw_medium *now, const char *digest, const char *message)
{
	json_t *o = json_pack("{s:s, s:s, s:I, s:o, s:b}", "phase", phase, "identitySha256", digest, "diskseq", job_number(now->diskseq), "node", text_of(now->node),
			      "match", message == NULL);
	if (o != NULL && message != NULL && json_object_set_new(o, "message", text_of(message)) < 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

json_t *job_line_intent(const struct cw_plan *plan, uint32_t number, uint64_t from)
{
	const struct cw_plan_step *step = &plan->steps[number - 1];
	json_t *o = json_pack("{s:i, s:s, s:I, s:I}", "step", (int)number, "do", cw_step_name(step->kind), "fromBytes", job_number(from), "sizeBytes",
			      job_number(plan->size_bytes));
	if (o == NULL || step->pass == 0 || put_number(o, "pass", step->pass))
		return o;
	json_decref(o);
	return NULL;
}

static json_t *counts(uint32_t number, const char *mark_key, const struct cw_sweep_result *r)
{
	json_t *o = json_pack("{s:i, s:I, s:I, s:I, s:I}", "step", (int)number, mark_key, job_number(r->upto_bytes), "doneBytes", job_number(r->done_bytes), "badBytes",
			      job_number(job_bad_bytes(r)), "mismatchBytes", job_number(r->mismatch_bytes));
	bool ok = o != NULL;
	if (ok && r->passed_over_bytes > 0)
		ok = put_number(o, "furthestBytes", r->furthest_bytes) && put_number(o, "passedOverBytes", r->passed_over_bytes);
	if (ok && r->given_up_bytes > 0)
		ok = put_number(o, "givenUpBytes", r->given_up_bytes);
	if (ok)
		return o;
	json_decref(o);
	return NULL;
}

json_t *job_line_checkpoint(uint32_t number, const struct cw_sweep_result *r)
{
	return counts(number, "watermarkBytes", r);
}

/* *listed: the extents are exact, none had to swallow a gap. */
static json_t *bad_list(const struct cw_extents *bad, bool *listed)
{
	static const char *const words[] = { [CW_FAULT_WRITE] = "write", [CW_FAULT_READ] = "read", [CW_FAULT_MISMATCH] = "mismatch" };
	json_t *list = json_array();
	uint64_t sum = 0;
	for (uint32_t i = 0; i < bad->n; i++) {
		const struct cw_extent *e = &bad->at[i];
		json_array_append_new(list, json_pack("{s:I, s:I, s:s, s:I}", "offsetBytes", job_number(e->offset_bytes), "lengthBytes", job_number(e->len_bytes),
						      "fault", words[e->fault], "errno", (json_int_t)e->sys_errno));
		sum += e->len_bytes;
	}
	*listed = sum == bad->total_bytes && json_array_size(list) == bad->n;
	return list;
}

/* Only a block of ours for another place says where it belongs; in any other the two numbers are noise. */
json_t *job_mismatch_json(const struct cw_mismatch_info *m)
{
	bool placed = m->class == CW_MISMATCH_OTHER_OFFSET || m->class == CW_MISMATCH_OTHER_PASS;
	return json_pack("{s:I, s:s, s:I, s:I}", "offsetBytes", job_number(m->offset_bytes), "class", cw_mismatch_name(m->class), "writtenPass",
			 placed ? job_number(m->written_pass) : 0, "writtenOffsetBytes", placed ? job_number(m->written_offset_bytes) : 0);
}

static const char *end_word(enum cw_sweep_end end)
{
	switch (end) {
	case CW_SWEEP_DONE:
		return "done";
	case CW_SWEEP_STOPPED:
		return "stopped";
	case CW_SWEEP_FLUSH_FAILED:
		return "flush-failed";
	default:
		return "lost";
	}
}

json_t *job_line_step_end(uint32_t number, const struct cw_sweep_result *r, uint64_t elapsed_ms)
{
	bool listed = false;
	json_t *o = counts(number, "uptoBytes", r), *bad = bad_list(&r->bad, &listed);
	int rc = json_object_set_new(o, "bad", bad);
	rc |= json_object_set_new(o, "badListed", json_boolean(listed));
	rc |= json_object_set_new(o, "end", json_string(end_word(r->end)));
	rc |= json_object_set_new(o, "elapsedMs", json_integer(job_number(elapsed_ms)));
	if (r->lost_errno > 0)
		rc |= json_object_set_new(o, "lostErrno", json_integer(r->lost_errno));
	if (r->first_mismatch.class != 0)
		rc |= json_object_set_new(o, "firstMismatch", job_mismatch_json(&r->first_mismatch));
	if (cw_tally_bytes(&r->tally) > 0)
		rc |= json_object_set_new(o, "mismatches", job_tally_json(&r->tally));
	if (rc == 0)
		return o;
	json_decref(o);
	return NULL;
}

json_t *job_line_stopped(const char *by, uint32_t number, uint64_t watermark)
{
	return json_pack("{s:s, s:i, s:I}", "by", by, "step", (int)number, "watermarkBytes", job_number(watermark));
}

json_t *job_line_stopped_by_rule(const struct job_rule *rule, uint32_t number, uint64_t watermark)
{
	json_t *o = job_line_stopped("rule", number, watermark);
	json_t *figures = json_pack("{s:s, s:I, s:I}", "name", rule->name, "limit", job_number(rule->limit), "found", job_number(rule->found));
	if (figures != NULL && rule->window_s != 0 && !put_number(figures, "windowSeconds", rule->window_s)) {
		json_decref(figures);
		figures = NULL;
	}
	if (json_object_set_new(o, "rule", figures) == 0)
		return o;
	json_decref(o);
	return NULL;
}

json_t *job_line_lost(const char *what, const char *message)
{
	return json_pack("{s:s, s:o}", "what", what, "message", text_of(message));
}

json_t *job_io(const struct cw_transport *medium)
{
	return json_pack("{s:s, s:s}", "engine", cw_transport_engine(medium), "transport", medium->ops->name);
}

json_t *job_line_resumed(json_t *by, const struct cw_medium *now, uint32_t number, uint64_t from, uint64_t checked_bytes, bool dropped_tail,
			 const struct cw_transport *medium)
{
	char boot_id[33];
	cw_boot_id(boot_id);
	return json_pack("{s:O, s:o, s:o, s:s, s:i, s:I, s:I, s:b, s:o}", "by", by, "attachment", cw_attachment_json(now), "clock", cw_clock_json(), "bootId", boot_id,
			 "step", (int)number, "fromBytes", job_number(from), "checkedBytes", job_number(checked_bytes), "droppedTail", dropped_tail,
			 "io", job_io(medium));
}
