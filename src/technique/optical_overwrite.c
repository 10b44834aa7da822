/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Overwriting every block of a disc that is written at any block.  It is done as on any medium; what it is worth is another matter, because blocks that the drive has replaced, and
 * what lies outside the formatted area, stay.
 */
#include "certwipe/technique.h"

/* DVD-RW only where it was formatted for that (profile 13h), and then not by the kernel, which sees no random writing in it. */
static const char *obstacle(const struct cw_medium *m, const struct cw_capabilities *c)
{
	if (m->class_ != CW_CLASS_DVD_PLUS_RW && m->class_ != CW_CLASS_DVD_RAM && m->class_ != CW_CLASS_BD_RE)
		return N_("It is no disc that is written at any block.");
	if (!m->has_medium || !m->size_bytes)
		return N_("There is no disc in the drive, or it is not formatted.");
	if (c && c->asked && c->disc.capacity_known && !c->disc.formatted)
		return N_("The disc is not formatted.");
	if (m->read_only)
		return N_("The disc is write-protected.");
	return NULL;
}

static bool optical_overwrite_applies(const struct cw_technique *t, const struct cw_medium *m, const struct cw_capabilities *c, char *why, size_t size)
{
	const char *reason = obstacle(m, c);

	(void)t;
	(void)cw_strlcpy(why, reason ? reason : "", size);
	return !reason;
}

static int optical_overwrite_run(struct cw_transport *t, const struct cw_step *step, uint64_t from_bytes, uint64_t size_bytes, const struct cw_sweep_hooks *hooks,
				 struct cw_sweep_result *result, struct cw_error *err)
{
	return cw_technique_get("overwrite")->run(t, step, from_bytes, size_bytes, hooks, result, err);
}

const struct cw_technique cw_technique_optical_overwrite = {
	.id = "optical_overwrite",
	.name = "Overwriting of a disc", /* msgid */
	.matrix_single = "OPT_OW",
	.applies = optical_overwrite_applies,
	.run = optical_overwrite_run,
};
