/* SPDX-License-Identifier: Apache-2.0 */
/* How worn the drive said that it was, before and after: again by its own answers, where they are there. */
#include "replay.h"

#include <string.h>

static const struct { const char *key; size_t at; bool must_not_rise; } counts[] = {
	{ "reallocatedSectors", offsetof(struct cw_health, reallocated_sectors), true }, { "pendingSectors", offsetof(struct cw_health, pending_sectors), true },
	{ "uncorrectableSectors", offsetof(struct cw_health, uncorrectable_sectors), true }, { "percentageUsed", offsetof(struct cw_health, percentage_used), false },
	{ "powerOnHours", offsetof(struct cw_health, power_on_hours), false }, { "mediaErrors", offsetof(struct cw_health, media_errors), true },
};

static uint64_t count(const struct cw_health *h, size_t i)
{
	uint64_t v;
	memcpy(&v, (const char *)h + counts[i].at, sizeof(v));
	return v;
}

static void by_words(const json_t *words, struct cw_health *out)
{
	for (size_t i = 0; i < CW_ARRAY_LEN(counts); i++) {
		uint64_t v = cw_json_u64(words, counts[i].key, CW_NOT_TOLD);
		memcpy((char *)out + counts[i].at, &v, sizeof(v));
	}
}

static void take(const struct cw_replay *r, const json_t *words, const json_t *answers, struct cw_health *out)
{
	struct cw_capabilities c;
	struct cw_error ignored = {0};
	by_words(words, out);
	if (json_array_size(answers) && cw_capabilities_of_answers(answers, &r->medium, &c, &ignored) == 0 && c.ata.identified)
		*out = c.health;
}

void cw_replay_on_health(struct cw_replay *r, const json_t *line, uint64_t seq)
{
	(void)line;
	if (r->end_line == CW_NO_LINE)
		cw_replay_breach(r, seq, N_("The journal tells how worn the medium is before the job had ended."));
	r->health_line = seq;
}

bool cw_replay_health(const struct cw_replay *r, struct cw_health *before, struct cw_health *after)
{
	const json_t *told = json_object_get(json_array_get(r->text->lines, 0), "capabilities"), *line;
	if (r->health_line == CW_NO_LINE)
		return false;
	line = json_array_get(r->text->lines, r->health_line);
	take(r, json_object_get(told, "health"), json_object_get(told, "answers"), before);
	take(r, line, json_object_get(line, "answers"), after);
	return true;
}

const char *cw_replay_health_key(size_t i)
{
	return i < CW_ARRAY_LEN(counts) ? counts[i].key : NULL;
}

uint64_t cw_replay_health_count(const struct cw_health *h, size_t i)
{
	return count(h, i);
}

bool cw_replay_health_worse(const struct cw_health *before, const struct cw_health *after, size_t i)
{
	uint64_t was = count(before, i), is = count(after, i);
	return counts[i].must_not_rise && was != CW_NOT_TOLD && is != CW_NOT_TOLD && is > was;
}
