/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recorder: an optical drive that records one track over the whole of a blank disc (MMC-6 4.3, 4.4): how it is told, where it goes on, and how the track is ended.  A track is one
 * uninterrupted recording: what has once failed cannot be made good, and nothing is recorded behind it.
 */
#ifndef CERTWIPE_TRANSPORT_RECORDER_H
#define CERTWIPE_TRANSPORT_RECORDER_H

#include "certwipe/transport.h"

#define RECORDER_BLOCK_BYTES 2048u
#define RECORDER_BLOCKS_AT_ONCE 32u /* 64 KiB: USB bridges take no more than 120, and of a DVD 16 blocks are recorded together */

struct recorder {
	struct cw_transport *drive;
	uint32_t blocks;      /* that the track is to have */
	uint32_t next_lba;    /* where it is recorded next; what lies before is recorded */
	uint32_t way;         /* write type (MMC-6 7.5.4.9) */
	bool is_cd, begun, ended;
	int failed;           /* -errno of the write behind which nothing more is recorded; 0: none */
};

/* All: 0 or -errno.  -ENODEV, -ENXIO and -ENOMEDIUM: drive or disc are gone. */

/* Before the first block: what the drive has recorded already, and how it is to record the rest. */
CW_MUST_CHECK int recorder_begin(struct recorder *r);
/* At next_lba; n of at most RECORDER_BLOCKS_AT_ONCE. */
CW_MUST_CHECK int recorder_write(struct recorder *r, const void *buf, uint32_t n);
CW_MUST_CHECK int recorder_read(struct recorder *r, void *buf, uint32_t lba, uint32_t n);
/* What the drive still holds is recorded, and track and session are closed; for ever. */
CW_MUST_CHECK int recorder_end(struct recorder *r);

#endif
