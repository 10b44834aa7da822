/* SPDX-License-Identifier: Apache-2.0 */
/* TCG revert by the PSID on the label: whoever reads the PSID on a drive's label may have it forget its keys and all that was set up on it. */
#include "native_tcg.h"

static const struct cw_native native = {
	.feature = CW_FEATURE_TCG_PSID_REVERT,
	.may_leave = CW_LOOK_BIT(CW_LOOK_ZEROS) | CW_LOOK_BIT(CW_LOOK_RANDOM), /* what is read through the new key, or that nothing was written since */
	.destroys_key = true,
	.scope = tcg_scope,
	.needs_psid = true,
	.poll_ms = 250,
	.ask_with = tcg_ask,
	.submit_with = tcg_submit_psid,
	.obey_with = tcg_obey,
	.read = tcg_read,
	.keep = tcg_keep,
};

const struct cw_technique cw_technique_tcg_psid_revert = {
	.id = "tcg_psid_revert",
	.name = "TCG revert by the PSID on the label", /* msgid */
	.matrix_single = "TCG",
	.native = &native,
	.applies = cw_native_applies,
	.run = cw_native_step,
};
