/* SPDX-License-Identifier: Apache-2.0 */
/* The other namespaces of a drive that is erased as a whole: nobody may be using one, and nobody gets one meanwhile. */
#include <string.h>
#include <unistd.h>

#include "internal.h"

static bool is_other(const struct cw_medium *m, const struct cw_medium *other)
{
	return strcmp(m->node, other->node) != 0 && cw_nvme_same_drive(m, other);
}

static bool is_named(const struct cw_plan *p, const struct cw_medium *other)
{
	for (uint32_t i = 0; i < p->n_others; i++)
		if (p->others[i].nsid == other->nsid && p->others[i].size_bytes == other->size_bytes)
			return true;
	return false;
}

static int refuse(const struct cw_medium *m, const struct cw_medium *other, struct cw_error *err)
{
	struct cw_error why = *err;

	return cw_fail(err, (enum cw_code)why.code, why.sys_errno, m->node, why.hint, _("%s cannot be erased together with %s, which is on the same drive: %s"), m->node, other->node,
		       why.message);
}

static int check(const struct cw_plan *p, const struct cw_medium *m, const struct cw_medium *other, struct cw_error *err)
{
	int rc = cw_broker_may_touch(other, err);

	if (!rc && !is_named(p, other) && other->nsid != m->nsid)
		rc = cw_fail(err, CW_E_IDENTITY, 0, other->node, _("Make a new plan, and read what it names."), _("The plan does not name it."));
	return rc ? refuse(m, other, err) : 0;
}

int cw_broker_check_others(const struct cw_media *all, const struct cw_medium *m, const struct cw_plan *p, struct cw_error *err)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && p->n_others && i < all->n; i++)
		if (is_other(m, &all->at[i]))
			rc = check(p, m, &all->at[i], err);
	return rc;
}

static int hold(struct cw_slot *s, struct cw_medium *other, struct cw_error *err)
{
	int rc;

	if (s->n_other_fds == CW_OTHERS_MAX)
		return cw_fail(err, CW_E_BUSY, 0, other->node, NULL, _("%s has more namespaces than can be held."), s->medium.node);
	rc = cw_broker_hold(other, &s->other_fds[s->n_other_fds], err);
	if (rc)
		return refuse(&s->medium, other, err);
	s->n_other_fds++;
	return 0;
}

int cw_broker_hold_others(struct cw_broker *b, struct cw_slot *s, struct cw_error *err)
{
	struct cw_media all = { 0 };
	int rc;

	cw_broker_release_others(s);
	if (!s->plan.n_others)
		return 0;
	rc = cw_media_find(b->state.path, &all, err);
	if (!rc)
		rc = cw_broker_check_others(&all, &s->medium, &s->plan, err);
	for (uint32_t i = 0; !rc && i < all.n; i++)
		if (is_other(&s->medium, &all.at[i]))
			rc = hold(s, &all.at[i], err);
	cw_media_clear(&all);
	return rc;
}

void cw_broker_forget_others(struct cw_broker *b, const struct cw_slot *s)
{
	struct cw_media all = { 0 };
	struct cw_error ignored = { 0 };

	if (s->plan.n_others && !cw_media_find(b->state.path, &all, &ignored))
		for (uint32_t i = 0; i < all.n; i++)
			if (is_other(&s->medium, &all.at[i]))
				cw_broker_forget_partitions(&all.at[i]);
	cw_media_clear(&all);
}

void cw_broker_release_others(struct cw_slot *s)
{
	while (s->n_other_fds)
		close(s->other_fds[--s->n_other_fds]);
}
