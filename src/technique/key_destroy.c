/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Destroying the keys of encrypted volumes that stand on the medium, and nothing else: the areas are overwritten and read back, the data stay where they are.  What that
 * is worth hangs on there being no other copy of a key, which no machine can see.
 */
#include "certwipe/technique.h"

static bool key_destroy_applies(const struct cw_technique *t, const struct cw_medium *m, const struct cw_capabilities *c, char *why, size_t size)
{
	const struct cw_technique *overwrite = cw_technique_get("overwrite");

	/* Where nothing can be overwritten no key can. */
	(void)t;
	return overwrite->applies(overwrite, m, c, why, size);
}

static int key_destroy_run(struct cw_transport *t, const struct cw_step *step, uint64_t from_bytes, uint64_t size_bytes, const struct cw_sweep_hooks *hooks,
			   struct cw_sweep_result *result, struct cw_error *err)
{
	(void)from_bytes; /* a resumed one starts over */
	if (step->kind == CW_STEP_KEYS)
		return cw_sweep_write_spans(t, &step->stream, step->spans, step->n_spans, size_bytes, hooks, result, err);
	if (step->kind == CW_STEP_KEYS_CHECK)
		return cw_sweep_verify_spans(t, &step->stream, step->spans, step->n_spans, size_bytes, hooks, result, err);
	*result = (struct cw_sweep_result){ .end = CW_SWEEP_HOOK_FAILED };
	return cw_fail(err, CW_E_FAILED, 0, NULL, NULL, _("There is no step with the number %u."), step->kind);
}

const struct cw_technique cw_technique_key_destroy = {
	.id = "key_destroy",
	.name = "Destroying the keys on the medium", /* msgid */
	.matrix_single = "LUKS",
	.only_keys = true,
	.applies = key_destroy_applies,
	.run = key_destroy_run,
};
