/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The look at a blanked disc.  Most drives refuse its blocks, one by one and at once; some give zeros.  What a drive still gives of what was recorded is data that it has left there,
 * whatever it says of the blanking.
 */
#include "sweep.h"

#include <errno.h>
#include <time.h>

#define READ_10 0x28
#define BLOCKS_AT_ONCE 16u /* 32 KiB: what a drive reads at once of a DVD (MMC-6 6.15) */
#define TIMEOUT_MS 30000u
#define TRIES_MAX 5u       /* of what was not carried out, or perhaps not */
#define PAUSE_MS 100u
#define PATIENCE_MS (30u * 60u * 1000u) /* as of other sweeps */

#define GOOD 0x00 /* SAM-5 5.3 */

/* ---- a disc as its drive gives it ---- */

struct disc {
	struct cw_transport t; /* first, so that one pointer is both */
	struct cw_transport *drive;
	uint64_t size_bytes;
};

static const struct disc *disc_of(const struct cw_transport *t)
{
	return (const struct disc *)t;
}

/* BLANK CHECK; LOGICAL BLOCK ADDRESS OUT OF RANGE; ILLEGAL MODE FOR THIS TRACK (MMC-6 annex F). */
static bool says_unrecorded(const struct cw_sense *s)
{
	return s->present && !s->deferred && (s->key == 0x08 || (s->key == 0x05 && (s->asc == 0x21 || s->asc == 0x64)));
}

static ssize_t answer_of(const struct cw_scsi *c, const struct cw_sense *sense)
{
	if (c->status == GOOD)
		return c->resid ? -EIO : (ssize_t)c->data_len;
	if (says_unrecorded(sense))
		return -ENODATA;
	if (sense->asc == 0x3a)
		return -ENOMEDIUM;
	return cw_sense_action(sense) == CW_SENSE_ATTENTION || cw_sense_action(sense) == CW_SENSE_WAIT || cw_sense_action(sense) == CW_SENSE_RETRY ? -EAGAIN : -EIO;
}

static ssize_t ask(struct cw_transport *drive, struct cw_scsi *c)
{
	struct cw_sense sense;
	int rc = cw_scsi_send(drive, c);

	if (rc)
		return rc == -ENOTTY ? -ENODEV : rc;
	switch (cw_scsi_end(c, &sense)) {
	case CW_SCSI_ANSWERED:
		return answer_of(c, &sense);
	case CW_SCSI_GONE:
		return -ENODEV;
	default:
		return -EAGAIN;
	}
}

static ssize_t disc_read(struct cw_transport *t, void *buf, size_t len, uint64_t offset_bytes)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	uint64_t lba = offset_bytes / t->logical_bytes;
	size_t blocks = len / t->logical_bytes;
	ssize_t n = -EAGAIN;

	for (unsigned tries = 0; n == -EAGAIN && tries < TRIES_MAX; tries++) {
		struct cw_scsi c = { .cdb = { READ_10, 0, (uint8_t)(lba >> 24), (uint8_t)(lba >> 16), (uint8_t)(lba >> 8), (uint8_t)lba, 0, (uint8_t)(blocks >> 8), (uint8_t)blocks },
				     .cdb_len = 10, .dir = CW_DATA_IN, .data = buf, .data_len = (uint32_t)len, .timeout_ms = TIMEOUT_MS };

		if (tries)
			(void)nanosleep(&pause, NULL);
		n = ask(disc_of(t)->drive, &c);
	}
	return n == -EAGAIN ? -EIO : n;
}

static int disc_size(struct cw_transport *t, uint64_t *bytes)
{
	*bytes = disc_of(t)->size_bytes;
	return 0;
}

/* None of it ever was in the kernel's memory. */
static void disc_drop_caches(struct cw_transport *t)
{
	(void)t;
}

static const struct cw_transport_ops disc_ops = { .name = "disc", .read = disc_read, .size = disc_size, .drop_caches = disc_drop_caches };

/* ---- the look ---- */

static void unreadable(struct sweep *w, size_t len, int sys_errno)
{
	cw_extents_add(&w->result->bad, w->result->upto_bytes, len, CW_FAULT_READ, sys_errno);
}

/* One read, of which all is given or nothing.  *refused: it is to be asked for block by block. */
static int look_at_some(struct sweep *w, size_t len, bool *refused, struct cw_error *err)
{
	struct slot *s = sweep_slot(w);
	uint64_t at = w->result->upto_bytes;
	int rc = sweep_look_poison(w, s, at, len, err);
	ssize_t n = rc ? 0 : sweep_transfer(w, s, at, len);

	*refused = n < 0 && !sweep_means_gone((int)-n) && len > w->logical_bytes;
	if (rc || *refused)
		return rc;
	if (n > 0)
		rc = sweep_look_at(w, s, at, len, err);
	else if (n == -ENODATA)
		w->result->look.bytes[CW_LOOK_ERROR] += len;
	else if (sweep_means_gone((int)-n))
		sweep_end(w, CW_SWEEP_LOST, (int)-n);
	else
		unreadable(w, len, (int)-n);
	if (rc || w->over)
		return rc;
	w->result->upto_bytes += len;
	if (n <= 0 && n != -ENODATA)
		return 0;
	w->result->done_bytes += len;
	w->good_ms = cw_monotonic_ms();
	return 0;
}

static int look_next(struct sweep *w, struct cw_error *err)
{
	uint64_t left = w->size_bytes - w->result->upto_bytes;
	size_t len = left < BLOCKS_AT_ONCE * w->logical_bytes ? (size_t)left : BLOCKS_AT_ONCE * w->logical_bytes;
	uint64_t upto_bytes = w->result->upto_bytes + len;
	bool refused;
	int rc = look_at_some(w, len, &refused, err);

	while (!rc && sweep_goes_on(w) && w->result->upto_bytes < upto_bytes && !sweep_should_stop(w))
		rc = look_at_some(w, w->logical_bytes, &refused, err);
	return rc;
}

/* So long without one answer that says anything: what is left stays unknown. */
static void give_up_if_due(struct sweep *w)
{
	uint64_t patience_ms = w->hooks->patience_ms ? w->hooks->patience_ms : PATIENCE_MS, left = w->size_bytes - w->result->upto_bytes;

	if (!left || cw_monotonic_ms() - w->good_ms < patience_ms)
		return;
	cw_extents_add(&w->result->bad, w->result->upto_bytes, left, CW_FAULT_READ, ETIMEDOUT);
	w->result->given_up_bytes += left;
	w->result->upto_bytes = w->size_bytes;
}

static int look_at_all(struct sweep *w, struct cw_error *err)
{
	int rc = 0;

	while (!rc && sweep_goes_on(w) && w->result->upto_bytes < w->size_bytes && !sweep_should_stop(w)) {
		rc = look_next(w, err);
		if (rc || w->over)
			break;
		give_up_if_due(w);
		sweep_tell_progress(w);
		rc = sweep_checkpoint_if_due(w, err);
	}
	return rc ? rc : sweep_finish(w, err);
}

int cw_sweep_look_blank(struct cw_transport *t, const struct cw_look_for *f, uint64_t size_bytes, const struct cw_sweep_hooks *hooks, struct cw_sweep_result *result, struct cw_error *err)
{
	struct disc d = { .t = { .ops = &disc_ops, .logical_bytes = t->logical_bytes, .physical_bytes = t->logical_bytes }, .drive = t, .size_bytes = size_bytes };
	__attribute__((cleanup(sweep_clear))) struct sweep w;
	struct cw_sweep_hooks through = *hooks;
	int rc;

	through.spot = NULL; /* of writes only */
	rc = sweep_begin(&w, &sweep_looks, &d.t, &f->markers, 0, size_bytes, &through, result, err);
	if (rc)
		return rc;
	w.sought = f;
	w.cipher = cw_mismatch_cipher(f->markers.key);
	if (!w.cipher)
		return cw_fail(err, CW_E_FAILED, 0, NULL, NULL, _("The cipher that recognises markers cannot be had."));
	return look_at_all(&w, err);
}
