/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/* Operation codes, MMC-6 table 212 */
#define TEST_UNIT_READY 0x00
#define READ_10 0x28
#define WRITE_10 0x2a
#define SYNCHRONIZE_CACHE 0x35
#define GET_CONFIGURATION 0x46
#define READ_DISC_INFORMATION 0x51
#define READ_TRACK_INFORMATION 0x52
#define RESERVE_TRACK 0x53
#define MODE_SELECT_10 0x55
#define CLOSE_TRACK_SESSION 0x5b

#define CD_RW 0x000a  /* profiles, MMC-6 5.3.1 */
#define DVD_RW 0x0014 /* sequential recording */
#define INCREMENTAL_STREAMING 0x21 /* feature, MMC-6 5.3.13 */

#define COMPLETE 2 /* disc status, MMC-6 6.21.3.1.4 */

enum { INCREMENTAL, TRACK_AT_ONCE, DISC_AT_ONCE }; /* write types, MMC-6 7.5.4.9 */

#define IMMED 0x01
#define CLOSE_TRACK 0x01
#define CLOSE_SESSION 0x02
#define LAST_TRACK 0xff /* the one that is not complete */
#define BUFFER_UNDERRUN_FREE 0x40

#define USUAL_MS 60000u
#define ENDS_MS 300000u      /* a command that is answered only when the buffer is recorded */
#define CLOSING_S 1800       /* a lead-out, and of a DVD-RW all that it needs to be readable */
#define BUSY_MS 5            /* as long as its buffer is full (device-commands.md 7.6) */
#define BUSY_TRIES 60000     /* five minutes: it may be looking for the right power */
#define ATTENTIONS_MAX 5

#define MEDIUM_NOT_PRESENT 0x3a /* additional sense codes, SPC-5 annex F */
#define MEDIUM_MAY_HAVE_CHANGED 0x28

static void put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* ---- one command ---- */

static void wait_ms(long ms)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	(void)nanosleep(&t, NULL);
}

/* -EAGAIN: it is to be asked again at once; -EBUSY: after a while; -ETIMEDOUT: nobody knows whether it was carried out. */
static int answer_of(const struct cw_scsi *c, bool may_have_changed)
{
	struct cw_sense s;
	uint32_t end = cw_scsi_end(c, &s);

	if (end == CW_SCSI_GONE)
		return -ENODEV;
	if (end == CW_SCSI_BUSY)
		return -EBUSY;
	if (end == CW_SCSI_UNKNOWN)
		return s.deferred ? -EIO : -ETIMEDOUT;
	if (s.present && s.asc == MEDIUM_NOT_PRESENT)
		return -ENOMEDIUM;
	switch (cw_sense_action(&s)) {
	case CW_SENSE_GOOD:
		return 0;
	case CW_SENSE_WAIT:
		return -EBUSY;
	case CW_SENSE_ATTENTION:
		return s.asc == MEDIUM_MAY_HAVE_CHANGED && !may_have_changed ? -ENOMEDIUM : -EAGAIN;
	default:
		return -EIO;
	}
}

/* Before anything is recorded it may say that a disc was put in: that is the one. */
static int send(const struct recorder *r, struct cw_scsi *c)
{
	int rc = -EAGAIN, attentions = 0;

	for (int busy = 0; (rc == -EAGAIN || rc == -EBUSY) && attentions < ATTENTIONS_MAX && busy < BUSY_TRIES;) {
		rc = cw_scsi_send(r->drive, c);
		if (!rc)
			rc = answer_of(c, !r->begun);
		attentions += rc == -EAGAIN;
		busy += rc == -EBUSY;
		if (rc == -EBUSY)
			wait_ms(BUSY_MS);
	}
	return rc == -EAGAIN || rc == -EBUSY ? -EIO : rc;
}

static int tell(const struct recorder *r, const uint8_t cdb[10], uint32_t timeout_ms)
{
	struct cw_scsi c = { .cdb_len = 10, .timeout_ms = timeout_ms };

	memcpy(c.cdb, cdb, 10);
	return send(r, &c);
}

/* What did not come stays zeros. */
static int ask(const struct recorder *r, const uint8_t cdb[10], uint8_t *data, uint32_t len)
{
	struct cw_scsi c = { .cdb_len = 10, .dir = CW_DATA_IN, .data = data, .data_len = len, .timeout_ms = USUAL_MS };

	memcpy(c.cdb, cdb, 10);
	memset(data, 0, len);
	return send(r, &c);
}

/* ---- what there is ---- */

/* Which way of recording the disc takes as it is.  One that was blanked shortly takes a whole recording only. */
static int choose_way(struct recorder *r)
{
	static const uint8_t cdb[10] = { GET_CONFIGURATION, 2, 0, INCREMENTAL_STREAMING, 0, 0, 0, 0, 16 };
	uint8_t d[16];
	int rc = ask(r, cdb, d, sizeof(d));
	uint32_t profile = (uint32_t)d[6] << 8 | d[7];
	bool incremental = d[8] == 0 && d[9] == INCREMENTAL_STREAMING && d[10] & 1;

	if (rc)
		return rc;
	if (profile != CD_RW && profile != DVD_RW)
		return -EMEDIUMTYPE;
	r->is_cd = profile == CD_RW;
	r->way = r->is_cd ? TRACK_AT_ONCE : incremental ? INCREMENTAL : DISC_AT_ONCE;
	return 0;
}

/* Where no address is to be written next, all that there is is recorded. */
static int find_next(struct recorder *r)
{
	static const uint8_t cdb[10] = { READ_TRACK_INFORMATION, 1, 0, 0, 0, LAST_TRACK, 0, 0, 36 };
	uint8_t d[36];
	int rc = ask(r, cdb, d, sizeof(d));

	if (rc == -EIO) { /* no track that is not complete */
		r->next_lba = r->blocks;
		return 0;
	}
	r->next_lba = d[7] & 1 ? be32(d + 12) : r->blocks;
	if (r->next_lba > r->blocks)
		r->next_lba = r->blocks;
	return rc;
}

/* ---- how it is to be recorded ---- */

/* Mode page 05h, MMC-6 7.5, behind a header of eight bytes (device-commands.md 7.6). */
static void put_page(const struct recorder *r, bool underrun_free, uint8_t data[60])
{
	uint8_t *p = data + 8;

	memset(data, 0, 60);
	p[0] = 0x05;
	p[1] = 0x32;
	p[2] = (uint8_t)(r->way | (underrun_free ? BUFFER_UNDERRUN_FREE : 0));
	p[3] = 0x04; /* a data track, and no session follows */
	p[4] = 0x08; /* mode 1: 2048 bytes */
	p[15] = 150; /* as the standard has it; of audio */
	if (r->way != INCREMENTAL)
		return;
	p[2] |= 0x20; /* link size is valid */
	p[3] = 0x25;  /* fixed packets */
	p[5] = 16;
	p[13] = 16;
}

static int select_page(const struct recorder *r, bool underrun_free)
{
	uint8_t data[60];
	struct cw_scsi c = { .cdb = { MODE_SELECT_10, 0x10, 0, 0, 0, 0, 0, 0, sizeof(data) }, .cdb_len = 10, .dir = CW_DATA_OUT, .data = data, .data_len = sizeof(data),
			     .timeout_ms = USUAL_MS };

	put_page(r, underrun_free, data);
	return send(r, &c);
}

static int reserve(const struct recorder *r)
{
	uint8_t cdb[10] = { RESERVE_TRACK };

	put32(cdb + 5, r->blocks);
	return r->way == DISC_AT_ONCE && !r->next_lba ? tell(r, cdb, USUAL_MS) : 0;
}

int recorder_begin(struct recorder *r)
{
	int rc = choose_way(r);

	if (!rc)
		rc = find_next(r);
	if (!rc && r->next_lba < r->blocks) {
		rc = select_page(r, true);
		if (rc == -EIO)
			rc = select_page(r, false);
		if (!rc)
			rc = reserve(r);
	}
	r->begun = !rc;
	return rc;
}

/* ---- blocks ---- */

/* What became of a write that nobody answered shows where the drive would go on. */
static int settle(struct recorder *r, uint32_t n)
{
	uint32_t lba = r->next_lba;
	int rc = find_next(r);
	bool recorded = !rc && r->next_lba == lba + n, nothing = !rc && r->next_lba == lba;

	r->next_lba = lba;
	return recorded ? 0 : nothing ? -EAGAIN : rc ? rc : -EIO;
}

static int write_once(struct recorder *r, const void *buf, uint32_t n)
{
	/* The cast only strips const for a field that serves both directions. */
	struct cw_scsi c = { .cdb = { WRITE_10, [7] = (uint8_t)(n >> 8), [8] = (uint8_t)n }, .cdb_len = 10, .dir = CW_DATA_OUT, .data = (void *)(uintptr_t)buf,
			     .data_len = n * RECORDER_BLOCK_BYTES, .timeout_ms = USUAL_MS };
	int rc;

	put32(c.cdb + 2, r->next_lba);
	rc = send(r, &c);
	if (rc == -ETIMEDOUT)
		rc = settle(r, n);
	return !rc && c.resid ? -EIO : rc;
}

int recorder_write(struct recorder *r, const void *buf, uint32_t n)
{
	int rc = write_once(r, buf, n);

	if (rc == -EAGAIN)
		rc = write_once(r, buf, n);
	if (!rc)
		r->next_lba += n;
	else
		r->failed = rc == -EAGAIN ? -EIO : rc;
	return rc ? r->failed : 0;
}

int recorder_read(struct recorder *r, void *buf, uint32_t lba, uint32_t n)
{
	struct cw_scsi c = { .cdb = { READ_10, [7] = (uint8_t)(n >> 8), [8] = (uint8_t)n }, .cdb_len = 10, .dir = CW_DATA_IN, .data = buf, .data_len = n * RECORDER_BLOCK_BYTES,
			     .timeout_ms = USUAL_MS };
	int rc;

	put32(c.cdb + 2, lba);
	rc = send(r, &c);
	return !rc && c.resid ? -EIO : rc == -ETIMEDOUT ? -EIO : rc;
}

/* ---- the end ---- */

/* It is answered at once, and the drive is not ready as long as it is at it. */
static int close_it(const struct recorder *r, uint8_t function)
{
	const uint8_t cdb[10] = { CLOSE_TRACK_SESSION, IMMED, function, 0, 0, function == CLOSE_TRACK ? LAST_TRACK : 0 };
	struct cw_scsi ready = { .cdb = { TEST_UNIT_READY }, .cdb_len = 6, .timeout_ms = USUAL_MS };
	int rc = tell(r, cdb, ENDS_MS);

	for (int s = 0; !rc && s < CLOSING_S; s++) {
		rc = cw_scsi_send(r->drive, &ready);
		if (!rc)
			rc = answer_of(&ready, true);
		if (rc != -EBUSY && rc != -EAGAIN)
			return rc;
		rc = 0;
		wait_ms(1000);
	}
	return rc ? rc : -ETIMEDOUT;
}

/* What is closed cannot be closed again: it may have been, before the job was interrupted. */
static int is_closed(const struct recorder *r)
{
	static const uint8_t cdb[10] = { READ_DISC_INFORMATION, [8] = 34 };
	uint8_t d[34];
	int rc = ask(r, cdb, d, sizeof(d));

	return rc ? rc : (d[2] & 3) == COMPLETE ? 0 : -EIO;
}

/* A whole recording ends by itself.  Some drives have closed the track with the last of its blocks, and the session cannot be closed unless it is. */
int recorder_end(struct recorder *r)
{
	static const uint8_t cdb[10] = { SYNCHRONIZE_CACHE };
	int rc = tell(r, cdb, ENDS_MS);

	if (!rc && r->way != DISC_AT_ONCE) {
		rc = close_it(r, CLOSE_TRACK);
		if (!rc || rc == -EIO)
			rc = close_it(r, CLOSE_SESSION);
		if (rc == -EIO)
			rc = is_closed(r);
	}
	r->ended = !rc;
	return rc;
}
