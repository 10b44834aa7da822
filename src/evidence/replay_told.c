/* SPDX-License-Identifier: Apache-2.0 */
/* What the medium told of itself before: it stands in the first line, in words of the program that wrote the journal, with the bytes that they were concluded from. */
#include "replay.h"

#include <string.h>

const json_t *cw_replay_words(const struct cw_replay *r)
{
	return json_object_get(json_array_get(r->text->lines, 0), "capabilities");
}

bool cw_replay_was_asked(const struct cw_replay *r)
{
	return cw_json_bool(cw_replay_words(r), "asked", false);
}

bool cw_replay_has_told(const struct cw_replay *r, const char *part)
{
	return json_object_get(cw_replay_words(r), part) != NULL;
}

/* Behind a bridge what can be told may be none of it. */
static bool is_retold(const struct cw_replay *r)
{
	uint32_t class = r->medium.class_;
	return cw_replay_has_told(r, "ata") || cw_replay_has_told(r, "nvme") || class == CW_CLASS_HDD_SCSI || class == CW_CLASS_SSD_SAS || class == CW_CLASS_EMMC ||
	       class == CW_CLASS_SD_CARD || class == CW_CLASS_USB_BRIDGE_HDD || class == CW_CLASS_USB_BRIDGE_SSD || cw_class_is_optical(class);
}

bool cw_replay_told(const struct cw_replay *r, struct cw_capabilities *out)
{
	const json_t *answers = json_object_get(cw_replay_words(r), "answers");
	struct cw_medium before = r->medium;
	struct cw_error ignored = {0};
	if (!cw_replay_was_asked(r) || !is_retold(r) || !json_array_size(answers))
		return false;
	before.hidden = CW_HIDDEN_UNKNOWN;
	before.nsid = (uint32_t)cw_json_u64(json_object_get(cw_replay_words(r), "nvme"), "namespace", 0);
	if (cw_capabilities_of_answers(answers, &before, out, &ignored) < 0)
		cw_capabilities_none("", out);
	return true;
}
