/* SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"

#include <string.h>

#define HEAT_MS 10000u /* how often a medium is asked: it costs a command */

static bool breaks(struct job_rules *r, const char *name, uint64_t limit, uint64_t found, uint32_t window_s)
{
	r->broken = (struct job_rule){ .name = name, .limit = limit, .found = found, .window_s = window_s };
	return true;
}

void job_rules_begin(struct job_rules *r, const struct cw_stop_rules *stop)
{
	*r = (struct job_rules){ .stop = *stop, .began_ms = cw_monotonic_ms() };
}

void job_rules_step(struct job_rules *r, uint64_t bad_before_bytes, bool may_fail)
{
	r->may_fail = may_fail;
	r->bad_before_bytes = bad_before_bytes;
	r->window_ms = cw_monotonic_ms();
	r->window_bytes = 0;
}

static bool has_bad_blocks(struct job_rules *r, const struct cw_sweep_result *so_far, const struct cw_transport *medium)
{
	uint64_t block = medium->physical_bytes >= medium->logical_bytes ? medium->physical_bytes : medium->logical_bytes;
	uint64_t n = (r->bad_before_bytes + job_bad_bytes(so_far) + block - 1) / block;
	return r->stop.bad_blocks != 0 && !r->may_fail && n >= r->stop.bad_blocks && breaks(r, "bad-blocks", r->stop.bad_blocks, n, 0);
}

/* One window after the other: what is slow is found out within two of them. */
static bool is_slow(struct job_rules *r, const struct cw_sweep_result *so_far, uint64_t now_ms)
{
	uint64_t ms = now_ms - r->window_ms, rate;
	if (r->stop.rate_window_s == 0 || r->may_fail || ms < 1000u * (uint64_t)r->stop.rate_window_s)
		return false;
	rate = (uint64_t)((long double)(so_far->done_bytes - r->window_bytes) * 1000 / (long double)ms);
	r->window_ms = now_ms;
	r->window_bytes = so_far->done_bytes;
	return rate < r->stop.least_bytes_per_s && breaks(r, "rate", r->stop.least_bytes_per_s, rate, r->stop.rate_window_s);
}

static bool takes_too_long(struct job_rules *r, uint64_t now_ms)
{
	uint64_t run_s = (now_ms - r->began_ms) / 1000u;
	return r->stop.longest_s != 0 && run_s >= r->stop.longest_s && breaks(r, "time", r->stop.longest_s, run_s, 0);
}

static bool is_hot(struct job_rules *r, struct cw_transport *medium, uint64_t now_ms)
{
	int celsius = 0;
	if (r->stop.hottest_celsius == 0 || (r->heat_ms != 0 && now_ms - r->heat_ms < HEAT_MS))
		return false;
	r->heat_ms = now_ms;
	return cw_transport_celsius(medium, &celsius) == 0 && celsius > 0 && (uint32_t)celsius > r->stop.hottest_celsius &&
	       breaks(r, "temperature", r->stop.hottest_celsius, (uint64_t)celsius, 0);
}

void job_rules_accuse(struct job_rules *r, const struct cw_capacity *found, uint64_t size_bytes)
{
	if (r->stop.not_genuine != 0 && found->lie != CW_LIE_NONE)
		(void)breaks(r, "not-genuine", size_bytes, found->real_bytes, 0);
}

bool job_rules_broken(struct job_rules *r, const struct cw_sweep_result *so_far, struct cw_transport *medium)
{
	uint64_t now_ms = cw_monotonic_ms();
	return r->broken.name != NULL || has_bad_blocks(r, so_far, medium) || is_slow(r, so_far, now_ms) || takes_too_long(r, now_ms) || is_hot(r, medium, now_ms);
}

bool job_rule_may_pass(const struct job_rule *rule)
{
	return strcmp(rule->name, "bad-blocks") != 0 && strcmp(rule->name, "not-genuine") != 0;
}
