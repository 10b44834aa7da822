/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a journal that tell of a physical destruction: behind those of a wipe that has its document, or in a job of their own. */
#include <string.h>

#include "certwipe/job.h"
#include "schema.h"

static bool is_of_type(const struct cw_journal_text *t, const char *type)
{
	return strcmp(cw_json_str(json_array_get(t->lines, 0), "type", ""), type) == 0;
}

static size_t first_record(const struct cw_journal_text *t)
{
	size_t i = 0, n = json_array_size(t->lines);
	while (i < n && !job_event_is(json_array_get(t->lines, i), "destruction"))
		i++;
	return i;
}

bool cw_job_is_destruction(const struct cw_journal_text *t)
{
	return is_of_type(t, "destroy") || first_record(t) < json_array_size(t->lines);
}

bool cw_job_wipe_succeeded(const struct cw_journal_text *t)
{
	const json_t *last = NULL;
	size_t end = first_record(t);
	for (size_t i = 0; i < end; i++)
		if (job_event_is(json_array_get(t->lines, i), "attested"))
			last = json_array_get(t->lines, i);
	return is_of_type(t, "wipe") && strcmp(cw_json_str(last, "type", ""), "destruction-certificate") == 0;
}

static int misplaced(size_t seq, struct cw_error *err)
{
	return cw_fail(err, CW_E_INVALID, 0, "journal", _("The journal was damaged or altered; nothing can be claimed from it."),
		       _("Line %zu of the journal stands where a destruction tells of nothing of its kind."), seq);
}

static int on_record(const json_t *line, size_t seq, struct cw_job_destruction *d, struct cw_error *err)
{
	/* What a document was signed over is followed by a new one; what nobody has confirmed yet may be replaced. */
	if (d->witnessed && !d->ended)
		return misplaced(seq, err);
	d->recorded = 1;
	d->witnessed = d->ended = 0;
	d->record_line = seq;
	d->particle_level = (uint32_t)cw_json_u64(line, "particleLevel", 0);
	d->recorded_by_uid = cw_json_u64(json_object_get(line, "by"), "uid", 0);
	return cw_destruction_of_json(json_object_get(line, "record"), &d->record, err);
}

static int on_line(const json_t *line, size_t seq, struct cw_job_destruction *d, struct cw_error *err)
{
	if (job_event_is(line, "destruction"))
		return on_record(line, seq, d, err);
	if (job_event_is(line, "witnessed")) {
		bool due = d->recorded && !d->witnessed && !d->ended;
		d->witnessed = 1;
		d->witness_line = seq;
		return due ? 0 : misplaced(seq, err);
	}
	if (job_event_is(line, "end")) {
		bool due = !d->ended && (d->witnessed || strcmp(cw_json_str(line, "status", ""), "closed") == 0);
		d->ended = 1;
		d->ended_line = seq;
		return due ? 0 : misplaced(seq, err);
	}
	if (job_event_is(line, "attested"))
		return d->ended ? 0 : misplaced(seq, err);
	return job_event_is(line, "closed") || job_event_is(line, "registered") ? 0 : misplaced(seq, err);
}

int cw_job_destruction_of(const struct cw_journal_text *t, struct cw_job_destruction *out, struct cw_error *err)
{
	size_t n = json_array_size(t->lines), first = first_record(t);
	memset(out, 0, sizeof(*out));
	out->of_wipe = is_of_type(t, "wipe");
	out->wipe_lines = out->of_wipe ? first : 0;
	for (size_t i = out->of_wipe ? first : 1; i < n; i++) {
		int rc = on_line(json_array_get(t->lines, i), i, out, err);
		if (rc < 0)
			return rc;
	}
	/* A destruction ends a job; it interrupts none. */
	return !out->of_wipe || (first && job_event_is(json_array_get(t->lines, first - 1), "attested")) ? 0 : misplaced(first, err);
}

static int terms_of_plan(const struct cw_journal_text *t, struct cw_destruction_terms *out, char standard[CW_TEXT_MAX], struct cw_error *err)
{
	struct cw_plan plan;
	int rc = cw_job_plan(t, &plan, err);
	if (rc < 0)
		return rc;
	out->column = plan.column;
	out->accept_unconfirmed = plan.accept_unconfirmed;
	cw_strlcpy(standard, plan.standard, CW_TEXT_MAX);
	return 0;
}

int cw_job_terms(const struct cw_journal_text *t, struct cw_destruction_terms *out, char standard[CW_TEXT_MAX], struct cw_error *err)
{
	const json_t *terms = json_object_get(json_array_get(t->lines, 0), "terms");
	struct cw_medium m;
	int rc = cw_job_medium(t, &m, err);
	memset(out, 0, sizeof(*out));
	if (rc < 0)
		return rc;
	if (is_of_type(t, "wipe")) {
		rc = terms_of_plan(t, out, standard, err);
	} else {
		out->column = strcmp(cw_json_str(terms, "column", ""), "r1") == 0 ? CW_COLUMN_R1 : CW_COLUMN_R2_2883;
		out->accept_unconfirmed = cw_json_bool(terms, "acceptUnconfirmed", false);
		cw_strlcpy(standard, cw_json_str(terms, "standard", ""), CW_TEXT_MAX);
	}
	out->class_ = m.class_;
	out->virtual_ = m.virtual_;
	return rc;
}
