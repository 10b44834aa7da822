/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disc that its drive ejected and loaded, or that somebody took out and put in again, before it is read back.  The drive says the same of itself whatever lies in it, so the
 * disc is compared anew by all that the drive tells of it; whether it is the very one shows in what it holds.
 */
#include <string.h>

#include "internal.h"

#define BY_ITSELF_MS 20000u /* for so long a drive may take that does it alone */
#define IN_VAIN_MS 180000u

bool cw_broker_needs_hand(const struct cw_slot *s)
{
	return s->tray == CW_TRAY_PERSON || cw_monotonic_ms() - s->tray_ms > BY_ITSELF_MS;
}

bool cw_broker_waited_in_vain(const struct cw_broker *b, const struct cw_slot *s)
{
	return s->tray && b->front < 0 && cw_monotonic_ms() - s->tray_ms > IN_VAIN_MS;
}

/* What lies in the same drive, known to the kernel as something new; false as long as there is nothing. */
static bool has_returned(struct cw_broker *b, struct cw_slot *s, struct cw_medium *found, struct cw_error *err)
{
	struct cw_media all = { 0 };
	bool returned = false;
	int rc = cw_media_find(b->state.path, &all, err);

	for (uint32_t i = 0; !rc && i < all.n; i++) {
		const struct cw_medium *m = &all.at[i];

		if (strcmp(m->port, s->medium.port) != 0 || !m->has_medium || m->diskseq == s->medium.diskseq || !cw_broker_is_told(m))
			continue;
		*found = *m;
		returned = true;
	}
	cw_media_clear(&all);
	/* Seen twice, a second apart: udev learns of it a moment after the kernel does, and tells of what was there until then. */
	if (returned && found->diskseq == s->returned_diskseq)
		return true;
	s->returned_diskseq = returned ? found->diskseq : 0;
	return false;
}

static int refuse_other(const struct cw_slot *s, const struct cw_medium *found, struct cw_error *err)
{
	return cw_fail(err, CW_E_IDENTITY, 0, s->medium.node, _("Put the right one in and resume the job."), _("In %s lies another disc than before (%s); nothing is done to it."), s->medium.node,
		       cw_medium_words(found));
}

static int compare_told(const struct cw_slot *s, struct cw_medium *m, struct cw_error *err)
{
	static struct cw_capabilities now;

	if (!s->capabilities.asked)
		return 0;
	cw_broker_ask(m, &now);
	return now.asked ? cw_disc_compare(&s->capabilities.disc, &now.disc, cw_class_is_in_sequence(m->class_), err) : refuse_other(s, m, err);
}

int cw_broker_is_reloaded(struct cw_broker *b, struct cw_slot *s, struct cw_error *err)
{
	struct cw_medium found, settled;
	int rc = 0;

	if (!has_returned(b, s, &found, err))
		return err->code;
	if (found.class_ != s->medium.class_)
		rc = refuse_other(s, &found, err);
	settled = found;
	if (cw_class_is_in_sequence(found.class_))
		settled.size_bytes = s->medium.size_bytes; /* the job itself changes it */
	if (!rc)
		rc = cw_identity_compare(&s->medium, &settled, false, err);
	if (!rc)
		rc = cw_broker_may_touch(&found, err);
	if (!rc)
		rc = cw_broker_hold(&found, &s->medium_fd, err);
	if (!rc)
		rc = compare_told(s, &found, err);
	if (rc)
		return rc;
	s->medium = found;
	s->replug_due = false;
	return 1;
}
