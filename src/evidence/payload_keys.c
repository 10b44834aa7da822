/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of encrypted volumes: where they stood, and what was written there and read back.  Of a wipe that did not come to its end this is what it did achieve. */
#include "payload_parts.h"

static json_t *volumes(struct cw_payload_maker *m)
{
	const struct cw_keys *k = &m->replay.plan.keys;
	json_t *list = json_array();
	for (uint32_t i = 0; i < k->n_volumes; i++) {
		json_t *o = json_object();
		cw_put_text(m, o, "kind", cw_volume_slug(k->volumes[i].kind));
		cw_put_u64(m, o, "number", k->volumes[i].number);
		cw_put_u64(m, o, "offsetBytes", k->volumes[i].offset_bytes);
		cw_put_u64(m, o, "sizeBytes", k->volumes[i].size_bytes);
		cw_put_add(m, list, o);
	}
	return list;
}

static json_t *spans(struct cw_payload_maker *m)
{
	const struct cw_keys *k = &m->replay.plan.keys;
	json_t *list = json_array();
	for (uint32_t i = 0; i < k->n_spans; i++) {
		json_t *o = json_object();
		cw_put_u64(m, o, "offsetBytes", k->spans[i].offset_bytes);
		cw_put_u64(m, o, "lengthBytes", k->spans[i].len_bytes);
		cw_put_add(m, list, o);
	}
	return list;
}

static json_t *step(struct cw_payload_maker *m, uint32_t number)
{
	const struct cw_step_record *s = &m->replay.steps[number];
	json_t *o = json_object();
	cw_put_u64(m, o, "doneBytes", s->done_bytes);
	cw_put_u64(m, o, "badBytes", s->bad_bytes);
	cw_put_u64(m, o, "mismatchBytes", s->mismatch_bytes);
	cw_payload_put_course(m, o, number);
	return o;
}

json_t *cw_payload_keys(struct cw_payload_maker *m)
{
	const struct cw_plan *p = &m->replay.plan;
	const uint32_t first = p->shown_bytes ? 2 : 1; /* behind the opening of a hidden area */
	if (cw_keys_steps(p) != 2)
		return NULL;
	json_t *o = json_object();
	cw_put_bool(m, o, "alone", cw_plan_destroys_only_keys(p));
	cw_put_u64(m, o, "bytes", cw_keys_bytes(&p->keys));
	cw_put(m, o, "volumes", volumes(m));
	cw_put(m, o, "spans", spans(m));
	cw_put_u64(m, o, "keystreamPass", 0);
	cw_put(m, o, "written", step(m, first));
	cw_put(m, o, "readBack", step(m, first + 1));
	cw_payload_put_attestation(m, o);
	return o;
}
