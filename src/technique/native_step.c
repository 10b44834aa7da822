/* SPDX-License-Identifier: Apache-2.0 */
/* What stands around a medium's own command: whether it can be used, and the steps before and after it. */
#include "certwipe/technique.h"

#define READS_FAIL 2 /* WABEREQ and WACEREQ from here on (SBC-4 6.6.2) */

bool cw_native_takes_others(const struct cw_native *n, const struct cw_capabilities *c)
{
	return n && n->scope && c && c->asked && n->scope(&c->nvme) != CW_SCOPE_MEDIUM && (c->nvme.n_others || c->nvme.others_untold);
}

/* Nothing could be seen of what it left there. */
static const char *hidden_obstacle(const struct cw_native *n, const struct cw_medium *m)
{
	if (m->hidden != CW_HIDDEN_PRESENT || n->takes_unallocated || (n->leaves_areas && m->hidden_bytes))
		return NULL;
	return n->leaves_areas ? N_("The chip is divided: it has general purpose partitions, which are media of their own and are not erased with this one.") :
				 N_("The drive hides an area into which nobody could look afterwards: have it opened first (hdparm -N), and plan again.");
}

static const char *obstacle(const struct cw_technique *t, const struct cw_medium *m, const struct cw_capabilities *c)
{
	const struct cw_feature_told *told = c ? &c->features[t->native->feature] : NULL;

	if (!c || !c->asked)
		return N_("The medium was not asked what it can do by itself.");
	if (told->state != CW_KNOWN_YES)
		return told->why[0] ? told->why : c->passthrough_why[0] ? c->passthrough_why : N_("The drive does not say that it has it.");
	if (c->passthrough != CW_KNOWN_YES)
		return N_("Commands do not reach the drive for certain.");
	if (cw_native_takes_others(t->native, c) && c->nvme.others_untold)
		return N_("It would erase namespaces of the drive of which nothing is known here: the drive does not tell of all that it has.");
	if (m->read_only && !t->native->leaves_nothing)
		return N_("The medium is write-protected.");
	return hidden_obstacle(t->native, m);
}

bool cw_native_applies(const struct cw_technique *t, const struct cw_medium *m, const struct cw_capabilities *c, char *why, size_t size)
{
	const char *reason = obstacle(t, m, c);

	(void)cw_strlcpy(why, reason ? reason : "", size);
	return !reason;
}

bool cw_native_is_unreadable(const struct cw_native *n, const struct cw_scsi_told *told)
{
	const uint32_t answers[] = { [CW_UNREADABLE_NEVER] = 0, [CW_UNREADABLE_BLOCK_ERASE] = told->after_block_erase, [CW_UNREADABLE_CRYPTO_ERASE] = told->after_crypto_erase };

	return answers[n->unreadable] >= READS_FAIL;
}

uint32_t cw_native_may_leave(const struct cw_native *n, const json_t *capabilities)
{
	const json_t *scsi = json_object_get(capabilities, "scsi");
	const struct cw_scsi_told told = { .after_block_erase = (uint32_t)cw_json_u64(scsi, "afterBlockErase", 0), .after_crypto_erase = (uint32_t)cw_json_u64(scsi, "afterCryptoErase", 0) };

	return n->may_leave | (cw_native_is_unreadable(n, &told) ? CW_LOOK_BIT(CW_LOOK_ERROR) : 0);
}

static int look(struct cw_transport *t, const struct cw_step *step, enum cw_where where, uint64_t size_bytes, const struct cw_sweep_hooks *hooks, struct cw_sweep_result *result,
		struct cw_error *err)
{
	return cw_sweep_look(t, &step->look, where, step->sample_seed, size_bytes, hooks, result, err);
}

int cw_native_step(struct cw_transport *t, const struct cw_step *step, uint64_t from_bytes, uint64_t size_bytes, const struct cw_sweep_hooks *hooks,
		   struct cw_sweep_result *result, struct cw_error *err)
{
	switch (step->kind) {
	case CW_STEP_WRITE:
		return cw_sweep_write(t, &step->stream, from_bytes, size_bytes, hooks, result, err);
	case CW_STEP_VERIFY:
		return cw_sweep_verify(t, &step->stream, from_bytes, size_bytes, hooks, result, err);
	case CW_STEP_SAMPLE:
		return cw_sweep_sample(t, &step->stream, step->sample_seed, size_bytes, hooks, result, err);
	case CW_STEP_MARK:
		return cw_sweep_mark(t, &step->stream, step->sample_seed, size_bytes, hooks, result, err);
	case CW_STEP_MARK_CHECK:
		return cw_sweep_mark_check(t, &step->stream, step->sample_seed, size_bytes, hooks, result, err);
	case CW_STEP_LOOK:
		return look(t, step, CW_WHERE_ALL, size_bytes, hooks, result, err);
	case CW_STEP_LOOK_MARKS:
		return look(t, step, CW_WHERE_MARKS, size_bytes, hooks, result, err);
	case CW_STEP_LOOK_SAMPLE:
		return look(t, step, CW_WHERE_SAMPLE, size_bytes, hooks, result, err);
	default:
		*result = (struct cw_sweep_result){ .end = CW_SWEEP_HOOK_FAILED };
		return cw_fail(err, CW_E_FAILED, 0, NULL, NULL, _("There is no step with the number %u."), step->kind);
	}
}
