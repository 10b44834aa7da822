/* SPDX-License-Identifier: Apache-2.0 */
/* A hidden area is opened before anything else, and everything behind that is planned for the whole medium. */
#include "plan.h"

#include <string.h>

static void open_up(struct cw_medium *m, uint64_t whole_bytes)
{
	m->size_bytes = whole_bytes;
	m->hidden = CW_HIDDEN_NONE;
	m->hidden_bytes = 0;
	m->hidden_why[0] = '\0';
}

bool plan_opens(const struct cw_medium *m, const struct cw_capabilities *c, struct cw_medium *whole)
{
	if (!c || !cw_area_can_be_opened(m, c))
		return false;
	*whole = *m;
	open_up(whole, c->ata.native_sectors * c->ata.sector_bytes);
	return true;
}

void plan_put_open(struct cw_plan *p)
{
	memmove(&p->steps[1], &p->steps[0], p->n_steps * sizeof(p->steps[0]));
	p->steps[0] = (struct cw_plan_step){ .kind = CW_STEP_OPEN };
	cw_strlcpy(p->steps[0].reason, N_("The drive is told to show the sectors that it hides, for good."), sizeof(p->steps[0].reason));
	p->n_steps++;
}

void cw_plan_opened(const struct cw_plan *p, const struct cw_medium *m, struct cw_medium *out)
{
	*out = *m;
	if (p->shown_bytes)
		open_up(out, p->size_bytes);
}
