/* SPDX-License-Identifier: Apache-2.0 */
/* What a journal must show where keys were destroyed. */
#include "replay.h"

#include <string.h>

uint32_t cw_keys_steps(const struct cw_plan *p)
{
	uint32_t n = 0, first = p->shown_bytes != 0;
	for (uint32_t i = 0; i < p->n_steps; i++)
		n += cw_step_is_of_keys(p->steps[i].kind);
	if (!n)
		return p->keys.n_spans ? UINT32_MAX : 0;
	if (n != 2 || p->n_steps < first + n || p->steps[first].kind != CW_STEP_KEYS || p->steps[first + 1].kind != CW_STEP_KEYS_CHECK || !p->keys.n_spans)
		return UINT32_MAX;
	return cw_spans_are_sound(p->keys.spans, p->keys.n_spans, p->size_bytes, p->logical_bytes) ? n : UINT32_MAX;
}

static bool is_of_volume(const struct cw_plan *p, const json_t *part)
{
	uint64_t offset = cw_json_u64(part, "offsetBytes", UINT64_MAX), size = cw_json_u64(part, "sizeBytes", UINT64_MAX);
	for (uint32_t i = 0; i < p->keys.n_volumes; i++)
		if (p->keys.volumes[i].offset_bytes == offset && p->keys.volumes[i].size_bytes == size)
			return true;
	return false;
}

void cw_replay_keys_begin(struct cw_replay *r, const json_t *job)
{
	size_t i;
	json_t *part;
	if (!cw_plan_destroys_only_keys(&r->plan))
		return;
	json_array_foreach(json_object_get(job, "contents"), i, part) {
		bool recognised = *cw_json_str(part, "type", "") || *cw_json_str(part, "usage", "") || *cw_json_str(part, "why", "");
		if (recognised && !is_of_volume(&r->plan, part))
			cw_replay_breach(r, 0, N_("Only keys were to be destroyed, and there was something on the medium that does not hang on them."));
	}
}
