/* SPDX-License-Identifier: Apache-2.0 */
/* Is it still the disc that was there before?  Its drive says the same of itself whatever lies in it, so what counts is what the drive tells of the disc. */
#include <string.h>

#include "certwipe/device.h"

static int differs(const char *words, const char *expected, const char *found, struct cw_error *err)
{
	return cw_fail(err, CW_E_IDENTITY, 0, NULL, _("Put the right one in and resume the job."),
		       _("This is not the disc that was there before: for its %s \"%s\" was expected and \"%s\" was found."), words, expected, found);
}

static int numbers_differ(const char *words, uint64_t expected, uint64_t found, struct cw_error *err)
{
	char want[32], have[32];

	snprintf(want, sizeof(want), "%llu", (unsigned long long)expected);
	snprintf(have, sizeof(have), "%llu", (unsigned long long)found);
	return differs(words, want, have, err);
}

/* What recording changes: a blank disc tells how much fits on it, another how much there is, and programs and drives give it a number. */
static int compare_recorded(const struct cw_disc_told *expected, const struct cw_disc_told *found, struct cw_error *err)
{
	if (expected->capacity_known && found->capacity_known && expected->capacity_bytes != found->capacity_bytes)
		return numbers_differ(_("capacity in bytes"), expected->capacity_bytes, found->capacity_bytes, err);
	if (expected->has_id && found->has_id && expected->id != found->id)
		return numbers_differ(_("number"), expected->id, found->id, err);
	return 0;
}

/* A DVD-RW that was formatted for writing at any block is recorded in sequence again when it was blanked. */
static uint32_t kind_of(const struct cw_disc_told *d)
{
	return d->profile == 0x13 ? 0x14 : d->profile;
}

int cw_disc_compare(const struct cw_disc_told *expected, const struct cw_disc_told *found, bool recorded, struct cw_error *err)
{
	if (kind_of(expected) != kind_of(found))
		return differs(_("kind"), cw_profile_words(expected->profile), cw_profile_words(found->profile), err);
	if (expected->maker.text[0] && found->maker.text[0] && strcmp(expected->maker.text, found->maker.text) != 0)
		return differs(_("maker"), expected->maker.text, found->maker.text, err);
	return recorded ? 0 : compare_recorded(expected, found, err);
}
