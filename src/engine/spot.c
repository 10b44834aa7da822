/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The early look: a few blocks of the sweep's own stream are written far ahead, and read back a while later, when what a controller keeps in its memory has been
 * pushed out by the sweep.  They lie where the usual counterfeits give themselves away: a power of two behind blocks that were swept already.  What differs is tried once
 * more, because a cache may be lost once.  Whatever comes of it, they hold what the sweep will write there anyway, and nothing of it is a verification.
 */
#include "sweep.h"

#include <stdlib.h>
#include <string.h>

#define MIB (1024u * 1024u)
#define SIZE_MIN_BYTES (64ull * MIB)  /* what is smaller is through in no time */
#define WRITE_AT_BYTES (64ull * MIB)
#define WAIT_BYTES (256ull * MIB)     /* more than controllers of sticks and cards can keep to themselves */
#define LEN_MIN_BYTES 4096u
#define BIT_MAX 62u
#define ROUNDS 2u

/* Two of them, so that a single broken block proves nothing. */
static const uint64_t bases_bytes[] = { 1 * MIB, 3 * MIB };
_Static_assert(3 * MIB < CW_SPOT_AHEAD_BYTES && CW_SPOT_AHEAD_BYTES <= SIZE_MIN_BYTES / 16, "bases are swept when the first block ahead is written");

struct spot {
	bool written;
	unsigned rounds;
	size_t len;
	uint32_t n;
	uint64_t at[CW_PROBES_MAX];
	uint8_t *found, *expected;
	struct cw_spot result;
};

static uint64_t lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* ---- where ---- */

static void add(struct spot *s, uint64_t size_bytes, uint64_t offset_bytes)
{
	if (s->n < CW_PROBES_MAX && size_bytes >= s->len && offset_bytes <= size_bytes - s->len)
		s->at[s->n++] = offset_bytes;
}

static int descending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x < y) - (x > y);
}

static void forget_doubles(struct spot *s)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < s->n; i++)
		if (!kept || s->at[i] != s->at[kept - 1])
			s->at[kept++] = s->at[i];
	s->n = kept;
}

/* A base, and what lies a power of two behind it and half-way to the next.  The highest first: of those that share a cell the lowest is then written last. */
static void place(struct spot *s, uint64_t size_bytes, uint32_t block_bytes)
{
	for (size_t i = 0; i < CW_ARRAY_LEN(bases_bytes); i++) {
		add(s, size_bytes, bases_bytes[i]);
		for (unsigned bit = 0; bit <= BIT_MAX; bit++) {
			uint64_t power = 1ull << bit;

			if (power < CW_SPOT_AHEAD_BYTES)
				continue;
			add(s, size_bytes, bases_bytes[i] + power);
			add(s, size_bytes, bases_bytes[i] + power + power / 2);
		}
	}
	if (size_bytes >= s->len)
		add(s, size_bytes, (size_bytes - s->len) / block_bytes * block_bytes);
	qsort(s->at, s->n, sizeof(s->at[0]), descending);
	forget_doubles(s);
}

static bool is_wanted(const struct sweep *w, uint64_t from_bytes)
{
	return w->hooks->spot && w->kind->writes && !from_bytes && w->size_bytes >= SIZE_MIN_BYTES && cw_stream_get(w->stream)->kind != CW_STREAM_PATTERN;
}

int spot_begin(struct sweep *w, uint64_t from_bytes, struct cw_error *err)
{
	struct spot *s;

	if (!is_wanted(w, from_bytes))
		return 0;
	s = calloc(1, sizeof(*s));
	w->spot = s;
	if (s) {
		s->len = w->physical_bytes > LEN_MIN_BYTES ? w->physical_bytes : LEN_MIN_BYTES;
		s->len = s->len > w->logical_bytes ? s->len : w->logical_bytes;
		s->found = aligned_alloc(CW_IO_ALIGN, s->len);
		s->expected = aligned_alloc(CW_IO_ALIGN, s->len);
	}
	if (!s || !s->found || !s->expected)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory."));
	place(s, w->size_bytes - w->size_bytes % w->logical_bytes, w->physical_bytes);
	w->spot_at_bytes = lesser(WRITE_AT_BYTES, w->size_bytes / 16);
	return 0;
}

void spot_free(struct spot *s)
{
	if (!s)
		return;
	free(s->found);
	free(s->expected);
	free(s);
}

/* ---- what ---- */

/* Where one fails the sweep will come to it; nothing is concluded then. */
static bool was_moved(struct sweep *w, ssize_t answer)
{
	if (answer < 0 && sweep_means_gone((int)-answer))
		sweep_end(w, CW_SWEEP_LOST, (int)-answer);
	return answer == (ssize_t)w->spot->len;
}

/* 1: it was moved; 0: it was not, or the sweep is to stop.  The bases were swept before: what shares their cells is to be found there. */
static int write_one(struct sweep *w, uint64_t offset_bytes, struct cw_error *err)
{
	struct spot *s = w->spot;
	int rc;

	if (offset_bytes < CW_SPOT_AHEAD_BYTES)
		return 1;
	rc = cw_stream_fill(w->stream, offset_bytes, s->expected, s->len, err);

	return rc ? rc : was_moved(w, w->t->ops->write(w->t, s->expected, s->len, offset_bytes)) && !sweep_should_stop(w);
}

static void tell_apart(struct sweep *w, uint64_t offset_bytes)
{
	struct spot *s = w->spot;
	size_t i = 0, sector = w->logical_bytes;

	if (!memcmp(s->found, s->expected, s->len)) {
		s->result.equal_at_bytes[s->result.n_equal++] = offset_bytes;
		return;
	}
	while (!memcmp(s->found + i, s->expected + i, sector))
		i += sector;
	if (!w->cipher)
		w->cipher = cw_mismatch_cipher(cw_stream_get(w->stream)->key);
	cw_mismatch_classify(w->cipher, cw_stream_get(w->stream), offset_bytes + i, s->found + i, sector, &s->result.differing[s->result.n_differing++]);
}

static int read_one(struct sweep *w, uint64_t offset_bytes, struct cw_error *err)
{
	struct spot *s = w->spot;
	int rc = cw_stream_fill(w->stream, offset_bytes, s->expected, s->len, err);

	if (rc)
		return rc;
	memset(s->found, 0, s->len);
	if (!was_moved(w, w->t->ops->read(w->t, s->found, s->len, offset_bytes)) || sweep_should_stop(w))
		return 0;
	tell_apart(w, offset_bytes);
	return 1;
}

/* ---- when ---- */

static int each(struct sweep *w, int (*one)(struct sweep *w, uint64_t offset_bytes, struct cw_error *err), struct cw_error *err)
{
	int rc = 1;

	for (uint32_t i = 0; i < w->spot->n && rc > 0; i++)
		rc = one(w, w->spot->at[i], err);
	return rc;
}

static int write_all(struct sweep *w, struct cw_error *err)
{
	int rc = each(w, write_one, err);

	if (rc <= 0)
		return rc;
	w->spot->written = true;
	w->spot_at_bytes = w->next_bytes + lesser(WAIT_BYTES, w->size_bytes / 8);
	return sweep_checkpoint(w, err); /* for the flush that goes with it */
}

static int read_all(struct sweep *w, struct cw_error *err)
{
	struct spot *s = w->spot;
	int rc;

	w->t->ops->drop_caches(w->t);
	s->result = (struct cw_spot){ .n_probes = s->n };
	rc = each(w, read_one, err);
	if (rc <= 0)
		return rc;
	if (!s->result.n_differing || ++s->rounds == ROUNDS)
		return w->hooks->spot(w->hooks->user, &s->result, err);
	return write_all(w, err);
}

int spot_go_on(struct sweep *w, struct cw_error *err)
{
	if (w->next_bytes < w->spot_at_bytes || w->leaping)
		return 0;
	w->spot_at_bytes = UINT64_MAX; /* once, whatever comes of it */
	return w->spot->written ? read_all(w, err) : write_all(w, err);
}
