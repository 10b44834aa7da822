/* SPDX-License-Identifier: Apache-2.0 */
/* Overwriting every addressable sector from the host; the plan says which passes are read back and compared. */
#include "certwipe/technique.h"

/* Why these media do not take writes to any sector at any time; NULL when they do. */
static const char *obstacle(const struct cw_medium *m)
{
	if (!m->has_medium || !m->size_bytes)
		return N_("There is no medium in the device.");
	if (cw_class_is_write_once(m->class_))
		return N_("The medium can be written only once, so nothing on it can be overwritten.");
	if (cw_class_is_optical(m->class_))
		return N_("Of a disc some kinds can be overwritten, which is a technique of its own, and others only be blanked or recorded as a whole.");
	if (m->read_only)
		return N_("The medium is write-protected.");
	if (m->zoned)
		return N_("The medium is zoned: its zones can only be reset and written in sequence.");
	return NULL;
}

static bool overwrite_applies(const struct cw_technique *t, const struct cw_medium *m, const struct cw_capabilities *c, char *why, size_t size)
{
	const char *reason = obstacle(m);

	(void)t, (void)c;
	(void)cw_strlcpy(why, reason ? reason : "", size);
	return !reason;
}

static int overwrite_run(struct cw_transport *t, const struct cw_step *step, uint64_t from_bytes, uint64_t size_bytes, const struct cw_sweep_hooks *hooks,
			 struct cw_sweep_result *result, struct cw_error *err)
{
	switch (step->kind) {
	case CW_STEP_WRITE:
		return cw_sweep_write(t, &step->stream, from_bytes, size_bytes, hooks, result, err);
	case CW_STEP_VERIFY:
		return cw_sweep_verify(t, &step->stream, from_bytes, size_bytes, hooks, result, err);
	case CW_STEP_SAMPLE: /* its windows belong together: a resumed one starts over */
		return cw_sweep_sample(t, &step->stream, step->sample_seed, size_bytes, hooks, result, err);
	case CW_STEP_KEYS:
		return cw_sweep_write_spans(t, &step->stream, step->spans, step->n_spans, size_bytes, hooks, result, err);
	case CW_STEP_KEYS_CHECK:
		return cw_sweep_verify_spans(t, &step->stream, step->spans, step->n_spans, size_bytes, hooks, result, err);
	default:
		*result = (struct cw_sweep_result){ .end = CW_SWEEP_HOOK_FAILED };
		return cw_fail(err, CW_E_FAILED, 0, NULL, NULL, _("Overwriting has no step with the number %u."), step->kind);
	}
}

const struct cw_technique cw_technique_overwrite = {
	.id = "overwrite",
	.name = "Overwriting", /* msgid */
	.matrix_single = "OW1",
	.matrix_multi = "OWN",
	.applies = overwrite_applies,
	.run = overwrite_run,
};
