/* SPDX-License-Identifier: Apache-2.0 */
/*
 * track: the whole of a disc that is recorded in sequence, as a medium that is written once from its beginning to its end and then read.  What is asked for again that stands there
 * already, because a job was interrupted behind its last checkpoint, is read and compared: the disc holds it, or cannot be made to.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "recorder.h"

struct track {
	struct cw_transport t; /* first, so that one pointer is both */
	struct recorder recorder;
	uint8_t recorded[RECORDER_BLOCKS_AT_ONCE * RECORDER_BLOCK_BYTES] __attribute__((aligned(CW_IO_ALIGN))); /* of what is compared */
};

static struct recorder *recorder_of(struct cw_transport *t)
{
	return &((struct track *)t)->recorder;
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Blocks of [offset, offset + len) on the disc: fewer, or none, behind its end. */
static uint32_t blocks_in(const struct recorder *r, size_t len, uint64_t offset_bytes)
{
	uint64_t lba = offset_bytes / RECORDER_BLOCK_BYTES;

	return lba >= r->blocks ? 0 : lesser(r->blocks - (uint32_t)lba, (uint32_t)(len / RECORDER_BLOCK_BYTES));
}

static ssize_t done_or(uint32_t done, int rc)
{
	return done || !rc ? (ssize_t)done * RECORDER_BLOCK_BYTES : rc;
}

static ssize_t track_read(struct cw_transport *t, void *buf, size_t len, uint64_t offset_bytes)
{
	struct recorder *r = recorder_of(t);
	uint32_t lba = (uint32_t)(offset_bytes / RECORDER_BLOCK_BYTES), wanted = blocks_in(r, len, offset_bytes), done = 0;
	int rc = 0;

	while (done < wanted && !rc) {
		uint32_t n = lesser(RECORDER_BLOCKS_AT_ONCE, wanted - done);

		rc = recorder_read(r, (uint8_t *)buf + (size_t)done * RECORDER_BLOCK_BYTES, lba + done, n);
		done += rc ? 0 : n;
	}
	return done_or(done, rc);
}

/* It stands there already, or it never will. */
static int compare(struct track *tr, const uint8_t *buf, uint32_t lba, uint32_t n)
{
	int rc = recorder_read(&tr->recorder, tr->recorded, lba, n);

	return rc ? rc : memcmp(tr->recorded, buf, (size_t)n * RECORDER_BLOCK_BYTES) != 0 ? -EIO : 0;
}

/* *n: of how many; where recording begins in between, of those before it. */
static int put(struct track *tr, const uint8_t *buf, uint32_t lba, uint32_t *n)
{
	struct recorder *r = &tr->recorder;

	if (lba < r->next_lba) {
		*n = lesser(*n, r->next_lba - lba);
		return compare(tr, buf, lba, *n);
	}
	if (!r->failed && lba > r->next_lba)
		r->failed = -EIO; /* what lies between is not recorded, and cannot be any more */
	return r->failed ? r->failed : recorder_write(r, buf, *n);
}

/* A drive that does not take it now does not take it for the next block either. */
static int begin(struct recorder *r)
{
	if (!r->begun && !r->failed)
		r->failed = recorder_begin(r);
	return r->begun ? 0 : r->failed;
}

static ssize_t track_write(struct cw_transport *t, const void *buf, size_t len, uint64_t offset_bytes)
{
	struct track *tr = (struct track *)t;
	struct recorder *r = &tr->recorder;
	uint32_t lba = (uint32_t)(offset_bytes / RECORDER_BLOCK_BYTES), wanted = blocks_in(r, len, offset_bytes), done = 0;
	int rc = begin(r);

	while (done < wanted && !rc) {
		uint32_t n = lesser(RECORDER_BLOCKS_AT_ONCE, wanted - done);

		rc = put(tr, (const uint8_t *)buf + (size_t)done * RECORDER_BLOCK_BYTES, lba + done, &n);
		done += rc ? 0 : n;
	}
	return done_or(done, rc);
}

/*
 * Only behind the last block: a drive that is told to write its buffer out ends the track.  In between it goes on by itself, and where it would go on it says itself when it is asked.
 * Of a track that failed what can be saved is saved, and nobody relies on that.
 */
static int track_flush(struct cw_transport *t)
{
	struct recorder *r = recorder_of(t);
	bool complete = r->begun && r->next_lba >= r->blocks;

	if (r->ended || (!complete && !r->failed))
		return 0;
	if (complete)
		return recorder_end(r);
	r->ended = true;
	(void)!recorder_end(r);
	return 0;
}

static void track_drop_caches(struct cw_transport *t)
{
	(void)t; /* none of it ever was in our memory */
}

static int track_size(struct cw_transport *t, uint64_t *bytes)
{
	*bytes = (uint64_t)recorder_of(t)->blocks * RECORDER_BLOCK_BYTES;
	return 0;
}

static int track_scsi(struct cw_transport *t, struct cw_scsi *c)
{
	return cw_scsi_send(recorder_of(t)->drive, c);
}

static void track_free(struct cw_transport *t)
{
	free(t);
}

static const struct cw_transport_ops track_ops = {
	.name = "track",
	.read = track_read,
	.write = track_write,
	.flush = track_flush,
	.drop_caches = track_drop_caches,
	.size = track_size,
	.scsi = track_scsi,
	.free = track_free,
};

int cw_transport_track_new(struct cw_transport *drive, uint64_t size_bytes, struct cw_transport **out, struct cw_error *err)
{
	struct track *tr = aligned_alloc(CW_IO_ALIGN, (sizeof(*tr) + CW_IO_ALIGN - 1) / CW_IO_ALIGN * CW_IO_ALIGN);

	if (!tr)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory."));
	memset(tr, 0, sizeof(*tr));
	tr->t = (struct cw_transport){ .ops = &track_ops, .logical_bytes = RECORDER_BLOCK_BYTES, .physical_bytes = 16 * RECORDER_BLOCK_BYTES, .holds_disc = true };
	tr->recorder = (struct recorder){ .drive = drive, .blocks = (uint32_t)(size_bytes / RECORDER_BLOCK_BYTES) };
	*out = &tr->t;
	return 0;
}
