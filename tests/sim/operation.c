/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/drive.h"

#include <stdlib.h>
#include <string.h>

static uint8_t filler(const struct sim_operation *o, uint64_t at)
{
	switch (o->fill) {
	case SIM_FILL_ONES:
		return 0xff;
	case SIM_FILL_UNIFORM:
		return 0x6b;
	case SIM_FILL_RANDOM:
		return (uint8_t)rand();
	case SIM_FILL_PATTERN:
		return o->pattern[at % 4];
	default:
		return 0;
	}
}

static void erase(struct sim_operation *o, uint64_t upto_bytes)
{
	struct sim *s = o->medium;

	for (uint64_t at = 0; at < upto_bytes && !o->erases_nothing; at++)
		if (at < o->keeps_from_bytes || at >= o->keeps_upto_bytes)
			s->bytes[at] = s->before[at] = s->flushed[at] = filler(o, at);
}

static void end(struct sim_operation *o)
{
	erase(o, o->fails ? o->medium->size_bytes / 2 : o->medium->size_bytes);
	o->running = false;
	o->failed = o->fails;
	o->succeeded = !o->fails;
}

void sim_operation_begin(struct sim_operation *o, enum sim_fill fill, const uint8_t pattern[4])
{
	o->running = true;
	o->succeeded = o->failed = false;
	o->begun++;
	o->asked = 0;
	o->fill = o->leaves_other ? o->leaves : fill;
	memcpy(o->pattern, pattern ? pattern : (const uint8_t[4]){ 1, 2, 3, 4 }, 4);
	if (!o->asks && !o->never_ends)
		end(o);
}

bool sim_operation_asked(struct sim_operation *o)
{
	if (!o->running)
		return false;
	if (!o->never_ends && o->asked >= o->asks)
		end(o);
	else
		o->asked++;
	return o->running;
}

void sim_operation_power_cut(struct sim_operation *o)
{
	if (o->running && o->forgets)
		o->running = o->succeeded = o->failed = false;
}

uint16_t sim_operation_progress(const struct sim_operation *o)
{
	if (!o->running || !o->asks)
		return o->running ? 0 : 0xffff;
	return (uint16_t)(0xfffful * (o->asked < o->asks ? o->asked : o->asks) / (o->asks + 1));
}
