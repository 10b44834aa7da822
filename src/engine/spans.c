/* SPDX-License-Identifier: Apache-2.0 */
/* A sweep over ranges that somebody found on a medium: they are held against its end once more before anything is written. */
#include "sweep.h"

bool cw_spans_are_sound(const struct cw_span *spans, uint32_t n_spans, uint64_t size_bytes, uint32_t logical_bytes)
{
	uint64_t end = 0;

	for (uint32_t i = 0; i < n_spans; i++) {
		const struct cw_span *s = &spans[i];

		if (!s->len_bytes || s->offset_bytes < end || s->offset_bytes > size_bytes || s->len_bytes > size_bytes - s->offset_bytes)
			return false;
		if (s->offset_bytes % logical_bytes || s->len_bytes % logical_bytes)
			return false;
		end = s->offset_bytes + s->len_bytes;
	}
	return true;
}

static int each_span(struct sweep *w, const struct cw_span *spans, uint32_t n_spans, struct cw_error *err)
{
	int rc = 0;

	if (!cw_spans_are_sound(spans, n_spans, w->size_bytes, w->logical_bytes))
		return cw_fail(err, CW_E_INVALID, 0, NULL, NULL, _("A range that is to be written does not lie on the medium, or not in whole sectors."));
	for (uint32_t i = 0; i < n_spans && !rc && sweep_goes_on(w); i++)
		rc = sweep_range(w, spans[i].offset_bytes, spans[i].offset_bytes + spans[i].len_bytes, err);
	if (!rc)
		rc = sweep_regions(w, err);
	if (!rc && sweep_goes_on(w))
		w->result->upto_bytes = w->size_bytes;
	return rc;
}

static int over_spans(const struct sweep_kind *kind, struct cw_transport *t, const struct cw_stream *s, const struct cw_span *spans, uint32_t n_spans, uint64_t size_bytes,
		      const struct cw_sweep_hooks *hooks, struct cw_sweep_result *result, struct cw_error *err)
{
	__attribute__((cleanup(sweep_clear))) struct sweep w;
	int rc = sweep_begin(&w, kind, t, s, 0, size_bytes, hooks, result, err);

	if (!rc)
		rc = each_span(&w, spans, n_spans, err);
	return rc ? rc : sweep_finish(&w, err);
}

int cw_sweep_write_spans(struct cw_transport *t, const struct cw_stream *s, const struct cw_span *spans, uint32_t n_spans, uint64_t size_bytes,
			 const struct cw_sweep_hooks *hooks, struct cw_sweep_result *result, struct cw_error *err)
{
	return over_spans(&sweep_writes, t, s, spans, n_spans, size_bytes, hooks, result, err);
}

int cw_sweep_verify_spans(struct cw_transport *t, const struct cw_stream *s, const struct cw_span *spans, uint32_t n_spans, uint64_t size_bytes,
			  const struct cw_sweep_hooks *hooks, struct cw_sweep_result *result, struct cw_error *err)
{
	return over_spans(&sweep_verifies, t, s, spans, n_spans, size_bytes, hooks, result, err);
}
