/* SPDX-License-Identifier: Apache-2.0 */
/* TCG revert by the owner's default PIN: a drive that nobody has taken ownership of forgets its keys for whoever knows the PIN that it tells to everybody. */
#include "native_tcg.h"

static const struct cw_native native = {
	.feature = CW_FEATURE_TCG_REVERT,
	.may_leave = CW_LOOK_BIT(CW_LOOK_ZEROS) | CW_LOOK_BIT(CW_LOOK_RANDOM), /* what is read through the new key, or that nothing was written since */
	.destroys_key = true,
	.scope = tcg_scope,
	.poll_ms = 250,
	.ask_with = tcg_ask,
	.submit_with = tcg_submit_default,
	.obey_with = tcg_obey,
	.read = tcg_read,
	.keep = tcg_keep,
};

const struct cw_technique cw_technique_tcg_revert = {
	.id = "tcg_revert",
	.name = "TCG revert by the owner's default PIN", /* msgid */
	.matrix_single = "TCG",
	.native = &native,
	.applies = cw_native_applies,
	.run = cw_native_step,
};
