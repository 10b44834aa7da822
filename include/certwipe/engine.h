/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine: bytes at device speed.  A stream says what byte stands at which offset; a sweep writes or verifies a stream over a range.
 * A sweep keeps the transport's queue full and owns the order of things: whatever order answers come in, they are counted in the order of offsets.
 */
#ifndef CERTWIPE_ENGINE_H
#define CERTWIPE_ENGINE_H

#include "certwipe/transport.h"

#define CW_KEY_BYTES 32
#define CW_PATTERN_MAX 4          /* longest repeating pattern: four bytes (NAVSO words) */
#define CW_EXTENTS_MAX 256        /* bounded list; further ones are coalesced into the last */

/* What a pass puts on the medium.  Plain data. */
enum cw_stream_kind { CW_STREAM_PATTERN, CW_STREAM_KEYSTREAM, CW_STREAM_KEYSTREAM_COMPLEMENT };
struct cw_stream {
	enum cw_stream_kind kind;
	uint8_t pattern[CW_PATTERN_MAX]; /* repeats from offset 0, so phase is offset % pattern_len */
	uint32_t pattern_len;            /* 1..4 */
	uint8_t key[CW_KEY_BYTES];
	uint64_t pass; /* counter block = be64(pass) || be64(byte offset / 16) (design section 3); of the complemented pass where complement */
};
struct cw_stream_ctx; /* cipher context of one stream */
CW_MUST_CHECK int cw_stream_new(const struct cw_stream *s, struct cw_stream_ctx **out, struct cw_error *err);
void cw_stream_free(struct cw_stream_ctx *c);
/* Fills buf with the stream's bytes at offset (any offset and length). */
CW_MUST_CHECK int cw_stream_fill(struct cw_stream_ctx *c, uint64_t offset_bytes, void *buf, size_t len, struct cw_error *err);

/* Range with a reason.  Plain data. */
enum cw_fault { CW_FAULT_WRITE = 1, CW_FAULT_READ, CW_FAULT_MISMATCH };
struct cw_extent {
	uint64_t offset_bytes, len_bytes;
	uint32_t fault;     /* enum cw_fault */
	int32_t sys_errno;  /* of the first failure in it */
};
struct cw_extents {
	struct cw_extent at[CW_EXTENTS_MAX];
	uint32_t n;
	uint64_t total_bytes; /* exact, also when the list had to coalesce */
};
/* Neighbours of one fault merge; when full the last extent grows over the gap (total_bytes still counts only what was added). */
void cw_extents_add(struct cw_extents *list, uint64_t offset_bytes, uint64_t len_bytes, enum cw_fault fault, int sys_errno);

/* How a mismatch looks, to tell a stale pass from a lying medium.  For an aliased block written_pass/_offset say where it belongs. */
enum cw_mismatch { CW_MISMATCH_ZEROS = 1, CW_MISMATCH_ONES, CW_MISMATCH_UNIFORM, CW_MISMATCH_OTHER_OFFSET, CW_MISMATCH_OTHER_PASS, CW_MISMATCH_FOREIGN };
struct cw_mismatch_info {
	uint64_t offset_bytes; /* first mismatching sector */
	uint32_t class;        /* enum cw_mismatch, 0 when there is none */
	uint64_t written_pass, written_offset_bytes;
};
const char *cw_mismatch_name(uint32_t class); /* "zeros", "ones", "uniform", "other-offset", "other-pass", "foreign" */

/* Sectors of one kind: how many bytes, and between which offsets.  bytes == upto - from: nothing else lies between them.  Plain data. */
struct cw_sectors {
	uint64_t bytes, from_bytes, upto_bytes;
};
/* All sectors that differ, by what stands in them: enough to tell what a medium does with what it cannot store.  Plain data. */
#define CW_PLACES_MAX 16
struct cw_tally {
	uint64_t class_bytes[CW_MISMATCH_FOREIGN + 1]; /* by enum cw_mismatch */
	struct cw_sectors elsewhere; /* OTHER_OFFSET: hold what this pass wrote later, for a higher place ... */
	uint64_t backward_bytes;     /* ... or earlier, for a lower one; or for none on the medium */
	struct cw_sectors lacking;   /* hold nothing of this pass */
	uint64_t least_distance_bytes, common_distance_bytes; /* between a place and the one that its content was written for: the least, and the greatest common divisor */
	uint32_t n_places;
	struct { uint64_t offset_bytes, written_offset_bytes; } places[CW_PLACES_MAX]; /* the first, and those behind which the distance changes */
};
void cw_tally_add(struct cw_tally *t, const struct cw_mismatch_info *m, uint32_t sector_bytes, uint64_t size_bytes);
uint64_t cw_tally_bytes(const struct cw_tally *t);
uint64_t cw_common_divisor(uint64_t a, uint64_t b); /* the greatest; of 0 and b: b */

/*
 * What a medium does that does not hold as much as it reports.  Nothing is concluded that a medium with a few bad cells, a lost cache or a mixed-up table could show, too.
 *   wrap   addresses begin anew behind the real end: every place holds what was written for one that lies a multiple of real_bytes behind it
 *   alias  addresses share cells in some other way: real_bytes is the most that it can hold
 *   drop   nothing is stored from real_bytes on
 */
enum cw_lie { CW_LIE_NONE, CW_LIE_WRAP, CW_LIE_ALIAS, CW_LIE_DROP };
struct cw_capacity {
	uint32_t lie;        /* enum cw_lie */
	uint32_t exact;      /* 1: real_bytes is what it holds; 0: the most that it can hold */
	uint64_t real_bytes;
};
const char *cw_lie_name(uint32_t lie); /* "none", "wrap", "alias", "drop" */
/* From one reading of the whole medium, of which equal_bytes were equal, behind one ascending write; early: what was concluded while it was written, or NULL. */
void cw_capacity_of(const struct cw_tally *t, uint64_t equal_bytes, uint64_t size_bytes, const struct cw_capacity *early, struct cw_capacity *out);

/*
 * An early look at a medium that is being written: blocks of the stream at powers of two, written ahead and read back after some hundred MiB.  It finds the usual
 * counterfeits within minutes, and verifies nothing.  Plain data.
 */
#define CW_SPOT_AHEAD_BYTES (4ull * 1024 * 1024) /* blocks below were swept before any above was written */
#define CW_PROBES_MAX 255
struct cw_spot {
	uint32_t n_probes, n_equal, n_differing;
	uint64_t equal_at_bytes[CW_PROBES_MAX];
	struct cw_mismatch_info differing[CW_PROBES_MAX]; /* by falling offset: the first sector of each that differs */
};
/* Never more than WRAP and DROP, and never exactly; CW_LIE_NONE also where something differs from which nothing of the kind follows. */
void cw_spot_capacity(const struct cw_spot *s, struct cw_capacity *out);

/*
 * What stands in a sector of a medium that erased itself.  RANDOM is what no test tells from random bytes; MARKER is keystream of ours, whichever and wherever;
 * OTHER is everything else: data.  Unreadable sectors are ERROR.
 */
enum cw_look_class { CW_LOOK_ZEROS, CW_LOOK_ONES, CW_LOOK_UNIFORM, CW_LOOK_PATTERN, CW_LOOK_RANDOM, CW_LOOK_OTHER, CW_LOOK_MARKER, CW_LOOK_ERROR, CW_LOOK_CLASSES };
#define CW_LOOK_BIT(class) (1u << (class))
const char *cw_look_name(uint32_t class); /* "zeros", "ones", "uniform", "pattern", "random", "other", "marker", "error" */
struct cw_look {
	uint64_t bytes[CW_LOOK_CLASSES];
};
uint64_t cw_look_bytes(const struct cw_look *l, uint32_t classes); /* of all these, a bit each */

enum cw_sweep_end { CW_SWEEP_DONE, CW_SWEEP_STOPPED, CW_SWEEP_LOST, CW_SWEEP_HOOK_FAILED, CW_SWEEP_FLUSH_FAILED };
struct cw_sweep_result {
	enum cw_sweep_end end;     /* HOOK_FAILED until the sweep ended: in a checkpoint it says nothing yet */
	uint64_t from_bytes;       /* where it began */
	uint64_t upto_bytes;       /* everything below was dealt with (and for writes flushed, when end is DONE or STOPPED) */
	uint64_t furthest_bytes;   /* how far it came; between upto_bytes and there passed_over_bytes are left for the end of the pass, all else was dealt with */
	uint64_t passed_over_bytes;
	uint64_t done_bytes;       /* bytes the medium took, or that were read and compared equal or unequal */
	uint64_t mismatch_bytes;   /* bytes of sectors that did not compare equal */
	struct cw_extents bad;     /* write or read errors, mismatches */
	uint64_t given_up_bytes;   /* among bad: not tried one by one, because requests around them failed for patience_ms without one success */
	struct cw_mismatch_info first_mismatch;
	struct cw_tally tally;     /* of all mismatches */
	struct cw_look look;       /* of a look: what was found, those that may be and those that may not */
	int32_t lost_errno;        /* of LOST (ENOSPC: the medium became smaller) and FLUSH_FAILED */
};

/* What a sweep asks and tells.  All may be NULL but checkpoint. */
struct cw_sweep_hooks {
	void *user;
	bool (*stop)(void *user);                                   /* asked between requests, also while a failure is narrowed down */
	void (*progress)(void *user, uint64_t completed_upto_bytes); /* after each request */
	/* At most interval apart and at the end; a write sweep has drained and flushed the medium before.  Negative: the sweep ends HOOK_FAILED. */
	int (*checkpoint)(void *user, const struct cw_sweep_result *so_far, struct cw_error *err);
	/* What the early look found, once at most, nothing being in flight; NULL: none is taken.  Negative: as of checkpoint. */
	int (*spot)(void *user, const struct cw_spot *found, struct cw_error *err);
	uint64_t checkpoint_interval_ms; /* 0: 60 000 (design section 3: at most 60 s apart) */
	uint64_t patience_ms;            /* failures for so long without one success: nothing more is expected of where they happen; 0: half an hour */
	uint64_t pass_over_ms;           /* after so long without one success the place is left for the end of the pass; 0: 3000 */
	uint64_t retry_pause_ms;         /* before a block is tried for the third time, and three times as long each time after that; 0: 100 */
};

/*
 * Writes the stream over [from, size); failing requests are narrowed down to physical blocks, tried again a few times, recorded and passed over.  Where they fail for
 * long, what comes next is passed over in leaps, and tried when all else is done: from its far end backwards, first as far as it works, then block by block.
 * ENODEV/ENXIO/ENOMEDIUM and a size() below size_bytes end it LOST; so does a medium that, after many failures in a row, does not take or give again what it
 * took or gave last.
 * What stands behind the last whole sector of size_bytes is recorded as bad (EINVAL).  Negative only for failures of ours (memory, cipher, hook, from_bytes that is no
 * sector's beginning); what the medium did stands in *result.
 */
CW_MUST_CHECK int cw_sweep_write(struct cw_transport *t, const struct cw_stream *s, uint64_t from_bytes, uint64_t size_bytes, const struct cw_sweep_hooks *hooks,
				 struct cw_sweep_result *result, struct cw_error *err);
/* Reads [from, size) and compares every byte with the regenerated stream. */
CW_MUST_CHECK int cw_sweep_verify(struct cw_transport *t, const struct cw_stream *s, uint64_t from_bytes, uint64_t size_bytes, const struct cw_sweep_hooks *hooks,
				  struct cw_sweep_result *result, struct cw_error *err);

/*
 * Sampling plan of NIST SP 800-88r1 4.7 (standards.md 1.5): at least 1000 equal subsections, two non-overlapping windows of 5 % each in every
 * one, the first and the last sector.  Fills offset/length of window i (0 .. cw_sample_windows()-1) from a 32-byte seed (recorded; anyone can redo it).
 *
 * The rule, in sectors: window 0 is the first sector, the last window the last one.  The n sectors between them are cut into 1000 parts, part p beginning
 * at p * (n / 1000) + min(p, n % 1000).  A part of r sectors has windows of w = ceil(r / 20).  With d = SHA-256(seed || be64(p)), a and b are the
 * first two big-endian 64-bit numbers of d, each modulo (r - 2w + 1); the windows of the part begin at min(a, b) and at max(a, b) + w.  So windows
 * ascend and never overlap.  A medium of at most 2002 sectors is one window.
 */
uint32_t cw_sample_windows(uint64_t size_bytes, uint32_t logical_bytes);
void cw_sample_window(const uint8_t seed[32], uint64_t size_bytes, uint32_t logical_bytes, uint32_t i, uint64_t *offset_bytes, uint64_t *len_bytes);
/* Compares those windows with the stream. */
CW_MUST_CHECK int cw_sweep_sample(struct cw_transport *t, const struct cw_stream *s, const uint8_t seed[32], uint64_t size_bytes, const struct cw_sweep_hooks *hooks,
				  struct cw_sweep_result *result, struct cw_error *err);

/*
 * The same over these ranges only, which ascend, do not overlap and lie on the medium, in whole sectors; else CW_E_INVALID, and nothing is written.  upto_bytes is size_bytes
 * once all of them were dealt with.
 */
CW_MUST_CHECK int cw_sweep_write_spans(struct cw_transport *t, const struct cw_stream *s, const struct cw_span *spans, uint32_t n_spans, uint64_t size_bytes,
				       const struct cw_sweep_hooks *hooks, struct cw_sweep_result *result, struct cw_error *err);
CW_MUST_CHECK int cw_sweep_verify_spans(struct cw_transport *t, const struct cw_stream *s, const struct cw_span *spans, uint32_t n_spans, uint64_t size_bytes,
					const struct cw_sweep_hooks *hooks, struct cw_sweep_result *result, struct cw_error *err);
/* What they ask of them. */
bool cw_spans_are_sound(const struct cw_span *spans, uint32_t n_spans, uint64_t size_bytes, uint32_t logical_bytes);

/*
 * Markers: keystream at places all over the medium, written before a medium is told to erase itself and sought afterwards (device-commands.md 0.4).
 *
 * The rule, in sectors: window 0 is the first MiB, the last window the last MiB.  The n sectors between them are cut into 4096 parts, part p beginning at
 * p * (n / 4096) + min(p, n % 4096).  Each has one marker of 4096 bytes, or of one sector where that is longer, w sectors: with d = SHA-256(seed || "mark" || be64(p))
 * and a the first big-endian 64-bit number of d, it begins at a modulo (r - w + 1) in a part of r sectors.  A medium on which the parts would be shorter than
 * two markers is one window.
 */
uint32_t cw_mark_windows(uint64_t size_bytes, uint32_t logical_bytes);
void cw_mark_window(const uint8_t seed[32], uint64_t size_bytes, uint32_t logical_bytes, uint32_t i, uint64_t *offset_bytes, uint64_t *len_bytes);
/* Writes the stream there, or compares what stands there with it. */
CW_MUST_CHECK int cw_sweep_mark(struct cw_transport *t, const struct cw_stream *s, const uint8_t seed[32], uint64_t size_bytes, const struct cw_sweep_hooks *hooks,
				struct cw_sweep_result *result, struct cw_error *err);
CW_MUST_CHECK int cw_sweep_mark_check(struct cw_transport *t, const struct cw_stream *s, const uint8_t seed[32], uint64_t size_bytes, const struct cw_sweep_hooks *hooks,
				      struct cw_sweep_result *result, struct cw_error *err);

enum cw_where { CW_WHERE_ALL, CW_WHERE_MARKS, CW_WHERE_SAMPLE };
/* What is looked for. */
struct cw_look_for {
	struct cw_stream markers; /* none of it may be there, nor any other stream under its key */
	uint32_t may_be;          /* CW_LOOK_BIT of what may be found; MARKER and OTHER never count */
	uint8_t pattern[CW_PATTERN_MAX];
	uint32_t pattern_len;     /* 0: no PATTERN can be found */
};
/*
 * Reads all of it, or the windows of markers or of a sample, and says what kind each sector is of.  One that may not be is a mismatch.  Where ERROR may be, sectors that
 * cannot be read count as done, and not as bad.
 */
CW_MUST_CHECK int cw_sweep_look(struct cw_transport *t, const struct cw_look_for *f, enum cw_where where, const uint8_t seed[32], uint64_t size_bytes,
				const struct cw_sweep_hooks *hooks, struct cw_sweep_result *result, struct cw_error *err);
/*
 * The same of all of a blanked disc, by the drive's own command, because the kernel ends where it thinks that the disc does: READ(10) through ops->scsi (MMC-6 6.15).  Only where
 * the drive says that nothing is recorded (blank check, or a block or track that is not there) a block is ERROR; any other failure says nothing of what is there, and is bad.
 * -ENOTTY of the transport ends it LOST.
 */
CW_MUST_CHECK int cw_sweep_look_blank(struct cw_transport *t, const struct cw_look_for *f, uint64_t size_bytes, const struct cw_sweep_hooks *hooks, struct cw_sweep_result *result,
				      struct cw_error *err);

#endif
