/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Markers.  A medium that says that it erased itself and did not still holds them; where they stand cannot be known beforehand, and there are so many that a part which
 * was left out has some.  The two ends are marked whole, because that is where tables and superblocks stand.
 */
#include "sweep.h"

#include <endian.h>
#include <string.h>

#define PARTS 4096u
#define MARK_BYTES 4096u
#define END_BYTES (1024u * 1024u)
#define WINDOWS (2u + PARTS)

/* All in sectors. */
struct layout {
	uint64_t sectors, end, mark;
};

static struct layout layout_of(uint64_t size_bytes, uint32_t logical_bytes)
{
	return (struct layout){ .sectors = size_bytes / logical_bytes, .end = END_BYTES / logical_bytes, .mark = MARK_BYTES > logical_bytes ? MARK_BYTES / logical_bytes : 1 };
}

static bool is_small(const struct layout *l)
{
	return l->sectors < 2 * l->end + 2 * PARTS * l->mark;
}

uint32_t cw_mark_windows(uint64_t size_bytes, uint32_t logical_bytes)
{
	struct layout l = layout_of(size_bytes, logical_bytes);

	return !l.sectors ? 0 : is_small(&l) ? 1 : WINDOWS;
}

/* SHA-256(seed || "mark" || be64(part)): its first eight bytes. */
static uint64_t draw(const uint8_t seed[32], uint64_t part)
{
	static const uint8_t word[4] = { 'm', 'a', 'r', 'k' };
	uint8_t text[32 + 4 + 8], digest[CW_SHA256_BYTES];
	uint64_t number = htobe64(part);

	memcpy(text, seed, 32);
	memcpy(text + 32, word, sizeof(word));
	memcpy(text + 36, &number, sizeof(number));
	cw_sha256(text, sizeof(text), digest);
	memcpy(&number, digest, sizeof(number));
	return be64toh(number);
}

static uint64_t part_start(uint64_t sectors, uint64_t part)
{
	uint64_t rest = sectors % PARTS;

	return part * (sectors / PARTS) + (part < rest ? part : rest);
}

void cw_mark_window(const uint8_t seed[32], uint64_t size_bytes, uint32_t logical_bytes, uint32_t i, uint64_t *offset_bytes, uint64_t *len_bytes)
{
	struct layout l = layout_of(size_bytes, logical_bytes);
	uint64_t middle = l.sectors - 2 * l.end, start, room;

	*len_bytes = l.end * logical_bytes;
	if (is_small(&l)) {
		*offset_bytes = 0;
		*len_bytes = l.sectors * logical_bytes;
	} else if (i == 0) {
		*offset_bytes = 0;
	} else if (i == WINDOWS - 1) {
		*offset_bytes = (l.sectors - l.end) * logical_bytes;
	} else {
		start = part_start(middle, i - 1);
		room = part_start(middle, i) - start;
		*offset_bytes = (l.end + start + draw(seed, i - 1) % (room - l.mark + 1)) * logical_bytes;
		*len_bytes = l.mark * logical_bytes;
	}
}

const struct sweep_windows sweep_of_marks = { cw_mark_windows, cw_mark_window };

static int over_marks(const struct sweep_kind *kind, struct cw_transport *t, const struct cw_stream *s, const uint8_t seed[32], uint64_t size_bytes,
		      const struct cw_sweep_hooks *hooks, struct cw_sweep_result *result, struct cw_error *err)
{
	__attribute__((cleanup(sweep_clear))) struct sweep w;
	int rc = sweep_begin(&w, kind, t, s, 0, size_bytes, hooks, result, err);

	return rc ? rc : sweep_windows(&w, &sweep_of_marks, seed, err);
}

int cw_sweep_mark(struct cw_transport *t, const struct cw_stream *s, const uint8_t seed[32], uint64_t size_bytes, const struct cw_sweep_hooks *hooks,
		  struct cw_sweep_result *result, struct cw_error *err)
{
	return over_marks(&sweep_writes, t, s, seed, size_bytes, hooks, result, err);
}

int cw_sweep_mark_check(struct cw_transport *t, const struct cw_stream *s, const uint8_t seed[32], uint64_t size_bytes, const struct cw_sweep_hooks *hooks,
			struct cw_sweep_result *result, struct cw_error *err)
{
	return over_marks(&sweep_verifies, t, s, seed, size_bytes, hooks, result, err);
}
