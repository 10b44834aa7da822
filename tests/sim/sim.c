/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct sim *sim_of(struct cw_transport *t)
{
	return (struct sim *)t;
}

uint8_t sim_old_byte(uint64_t offset_bytes)
{
	return (uint8_t)(0x41 + offset_bytes % 23);
}

/* Where the sector at an address really lies. */
static uint64_t real_offset(const struct sim *s, uint64_t offset_bytes)
{
	return (offset_bytes & ~s->deaf_bytes) % s->wraps_at_bytes;
}

static uint64_t written_offset(const struct sim *s, uint64_t offset_bytes)
{
	uint64_t at = real_offset(s, offset_bytes), sector = s->t.logical_bytes;

	if (s->swaps_at_bytes != SIM_NEVER && at >= s->swaps_at_bytes && at < s->swaps_at_bytes + 2 * sector)
		at = at < s->swaps_at_bytes + sector ? at + sector : at - sector;
	return at;
}

/* Of a request of len bytes: what lies in the sector that it begins in.  Lies hold for whole sectors. */
static size_t in_sector(const struct sim *s, uint64_t offset_bytes, size_t len)
{
	size_t rest = s->t.logical_bytes - (size_t)(offset_bytes % s->t.logical_bytes);

	return len < rest ? len : rest;
}

/* Bytes that a request moves, or 0 at the end of the medium. */
static size_t clip(const struct sim *s, size_t len, uint64_t offset_bytes)
{
	if (offset_bytes >= s->size_bytes)
		return 0;
	if (len > s->size_bytes - offset_bytes)
		len = (size_t)(s->size_bytes - offset_bytes);
	return s->short_bytes && len > s->short_bytes ? s->short_bytes : len;
}

static void put(struct sim *s, uint64_t offset_bytes, const uint8_t *from, size_t len)
{
	uint64_t at = written_offset(s, offset_bytes);
	bool sticks = s->stuck_at_bytes != SIM_NEVER && s->stuck_at_bytes >= at && s->stuck_at_bytes + SIM_STUCK_BYTES <= at + len;
	uint8_t stuck[SIM_STUCK_BYTES];

	if (sticks)
		memcpy(stuck, s->bytes + s->stuck_at_bytes, sizeof(stuck));
	memcpy(s->before + at, s->bytes + at, len);
	if (s->drops_from_bytes == SIM_NEVER || offset_bytes + len <= s->drops_from_bytes)
		memcpy(s->bytes + at, from, len);
	if (sticks)
		memcpy(s->bytes + s->stuck_at_bytes, stuck, sizeof(stuck));
}

static ssize_t sim_write(struct cw_transport *t, const void *buf, size_t len, uint64_t offset_bytes)
{
	struct sim *s = sim_of(t);

	if (offset_bytes >= s->size_bytes)
		return -ENOSPC;
	len = clip(s, len, offset_bytes);
	for (size_t i = 0, n; i < len; i += n) {
		n = in_sector(s, offset_bytes + i, len - i);
		put(s, offset_bytes + i, (const uint8_t *)buf + i, n);
	}
	s->written_bytes += len;
	return (ssize_t)len;
}

static ssize_t sim_read(struct cw_transport *t, void *buf, size_t len, uint64_t offset_bytes)
{
	struct sim *s = sim_of(t);

	len = clip(s, len, offset_bytes);
	for (size_t i = 0, n; i < len && !s->reads_fill_nothing; i += n) {
		const uint8_t *from = offset_bytes + i >= s->stale_from_bytes ? s->before : s->bytes;

		n = in_sector(s, offset_bytes + i, len - i);
		memcpy((uint8_t *)buf + i, from + real_offset(s, offset_bytes + i), n);
	}
	s->read_bytes += len;
	return (ssize_t)len;
}

static int sim_flush(struct cw_transport *t)
{
	struct sim *s = sim_of(t);

	s->flushes++;
	if (s->flush_errno && s->flushes >= s->flush_fails_at)
		return -s->flush_errno;
	memcpy(s->flushed, s->bytes, s->size_bytes);
	return 0;
}

static void sim_drop_caches(struct cw_transport *t)
{
	sim_of(t)->cache_drops++;
}

static int sim_size(struct cw_transport *t, uint64_t *bytes)
{
	struct sim *s = sim_of(t);

	*bytes = s->written_bytes >= s->shrinks_after_bytes ? s->shrunk_bytes : s->size_bytes;
	return 0;
}

static int sim_celsius(struct cw_transport *t, int *celsius)
{
	*celsius = sim_of(t)->celsius;
	return *celsius ? 0 : -ENODATA;
}

static void sim_free(struct cw_transport *t)
{
	struct sim *s = sim_of(t);

	free(s->bytes);
	free(s->before);
	free(s->flushed);
	free(s);
}

static const struct cw_transport_ops sim_ops = {
	.name = "sim",
	.read = sim_read,
	.write = sim_write,
	.flush = sim_flush,
	.drop_caches = sim_drop_caches,
	.size = sim_size,
	.celsius = sim_celsius,
	.free = sim_free,
};

static uint8_t *room(uint64_t size_bytes)
{
	uint8_t *bytes = malloc(size_bytes ? size_bytes : 1);

	if (!bytes)
		abort();
	return bytes;
}

struct sim *sim_new(uint64_t size_bytes, uint32_t logical_bytes, uint32_t physical_bytes)
{
	struct sim *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->t = (struct cw_transport){ .ops = &sim_ops, .logical_bytes = logical_bytes, .physical_bytes = physical_bytes };
	s->size_bytes = size_bytes;
	s->wraps_at_bytes = s->drops_from_bytes = s->stuck_at_bytes = s->stale_from_bytes = s->swaps_at_bytes = s->shrinks_after_bytes = SIM_NEVER;
	s->flush_fails_at = 1;
	s->bytes = room(size_bytes);
	s->before = room(size_bytes);
	s->flushed = room(size_bytes);
	for (uint64_t i = 0; i < size_bytes; i++)
		s->bytes[i] = sim_old_byte(i);
	memcpy(s->before, s->bytes, size_bytes);
	memcpy(s->flushed, s->bytes, size_bytes);
	return s;
}

void sim_power_cut(struct sim *s)
{
	memcpy(s->bytes, s->flushed, s->size_bytes);
}
