/* SPDX-License-Identifier: Apache-2.0 */
/* The broker and the commands by which a medium sanitises itself: what is given for them, and what they would be. */
#include <string.h>

#include "internal.h"

/* NULL: the host does the work. */
static const struct cw_native *native_of(const struct cw_slot *s)
{
	const struct cw_technique *t = cw_technique_get(s->plan.technique);

	return t ? t->native : NULL;
}

int cw_broker_take_psid(struct cw_broker *b, struct cw_slot *s, struct cw_error *err)
{
	const struct cw_native *n = native_of(s);

	if (!n || !n->needs_psid)
		return 0;
	if (!*b->psid)
		return cw_fail(err, CW_E_UNAUTHORISED, 0, s->medium.node, _("Read it from the drive's label and give it with --psid-fd N, for one drive at a time."),
			       _("%s is to be reverted by its PSID, and none was given for it."), s->medium.node);
	cw_strlcpy(s->psid, b->psid, sizeof s->psid);
	explicit_bzero(b->psid, sizeof b->psid);
	return 0;
}

void cw_broker_give_native(struct cw_slot *s, struct cw_executor_task *task)
{
	task->native = native_of(s);
	task->native_seconds = task->native ? s->capabilities.features[task->native->feature].expected_seconds : 0;
	task->native_use = (struct cw_native_use){ .bus = s->medium.bus, .secret_len = (uint32_t)strlen(s->psid) };
	memcpy(task->native_use.secret, s->psid, task->native_use.secret_len);
	explicit_bzero(s->psid, sizeof s->psid);
}

/* What the medium would be told, where it is to show what it hides, to give up a disc and take it again, or to sanitise itself. */
static json_t *with_commands(const struct cw_plan *plan, const struct cw_medium *m, const struct cw_capabilities *c, json_t *doc_take)
{
	const struct cw_native_use use = { .bus = m->bus, .com_id = c->tcg.com_id };
	const struct cw_technique *t = cw_technique_get(plan->technique);
	const struct cw_nvme_target target = { .nsid = c->nvme.nsid, .format = c->nvme.format };
	int failed = plan->shown_bytes ? json_object_set_new(doc_take, "opening", cw_area_rehearse(c)) : 0;

	for (uint32_t i = 0; !failed && i < plan->n_steps; i++)
		if (plan->steps[i].kind == CW_STEP_RELOAD)
			failed = json_object_set_new(doc_take, "reloading", cw_tray_rehearse());
	if (!failed && t && t->records)
		failed = json_object_set_new(doc_take, "recording", cw_transport_track_rehearse(plan->class_ == CW_CLASS_CD_RW ? 0x0a : 0x14));
	if (!failed && t && t->native)
		failed = json_object_set_new(doc_take, "commands", cw_plan_rehearse(plan, &target, &use));
	if (!failed)
		return doc_take;
	json_decref(doc_take);
	return NULL;
}

json_t *cw_broker_planned(const struct cw_plan *plan, const char *digest, const struct cw_medium *m, const struct cw_capabilities *c)
{
	return with_commands(plan, m, c, json_pack("{s:s, s:s, s:s, s:o, s:o, s:s}", "schema", "certwipe/planned/1", "node", m->node, "words", cw_class_words(m->class_), "uses",
						   cw_uses_json(m), "plan", cw_plan_json(plan), "planSha256", digest));
}
