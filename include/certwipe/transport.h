/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transport: how commands reach a medium.  One table of operations with interchangeable implementations: block (the kernel's block
 * layer) in the product; sim, replay, fault and trace in test binaries only (tests/sim).  Beside reading and writing there are the medium's own commands:
 * SCSI, NVMe and MMC, one request and one answer at a time; ATA goes through SCSI (cw_ata).
 */
#ifndef CERTWIPE_TRANSPORT_H
#define CERTWIPE_TRANSPORT_H

#include "certwipe/base.h"

struct cw_transport;
struct cw_queue;

/* Offsets and lengths are multiples of logical_bytes, buffers aligned to CW_IO_ALIGN. */
#define CW_IO_ALIGN 4096u

/* A range of a medium.  Plain data. */
struct cw_span {
	uint64_t offset_bytes, len_bytes;
};

/* ---- the medium's own commands: what is asked, and what was answered.  Plain data; data is the caller's. ---- */

enum cw_data { CW_DATA_NONE, CW_DATA_IN, CW_DATA_OUT };

#define CW_CDB_MAX 16
#define CW_SENSE_MAX 96 /* as many as the kernel keeps */
struct cw_scsi {
	uint8_t cdb[CW_CDB_MAX];
	uint32_t cdb_len;
	uint32_t dir; /* enum cw_data */
	void *data;
	uint32_t data_len;
	uint32_t timeout_ms; /* the kernel waits 7 s at least */

	uint8_t status;        /* SAM-5 5.3 */
	uint8_t driver_status; /* of the kernel, as host_status */
	uint16_t host_status;  /* DID_*: not 0, and the device itself has said nothing */
	uint8_t sense[CW_SENSE_MAX];
	uint32_t sense_len;
	uint32_t resid; /* bytes of data that were not moved */
	uint32_t duration_ms;
};

/* Admin commands only (NVM Express Base Specification 2.0, 3.3.3). */
struct cw_nvme {
	uint8_t opcode;
	uint32_t nsid, cdw2, cdw3, cdw10, cdw11, cdw12, cdw13, cdw14, cdw15;
	uint32_t dir;
	void *data;
	uint32_t data_len;
	uint32_t timeout_ms; /* when it is over, the kernel resets the controller; 0: 60 s */

	uint16_t status; /* status code type << 8 | status code; 0: success */
	uint8_t more, do_not_retry;
	uint32_t result; /* dword 0 of the completion */
	uint32_t duration_ms;
};

/* JESD84-B51 6.10, SD Physical Layer 4.7.  flags as the kernel's MMC_RSP_* and MMC_CMD_*. */
struct cw_mmc {
	uint32_t opcode, arg, flags;
	uint32_t app_command; /* 1: behind CMD55 */
	uint32_t block_bytes, blocks;
	uint32_t dir;
	void *data; /* block_bytes * blocks */
	uint32_t timeout_ms;

	uint32_t response[4];
	uint32_t duration_ms;
};

/*
 * One request and its answer as bytes: what stands in journals and is decoded from there again.
 *   SCSI  request: the CDB.  answer: status, driver status, be16 host status, be32 bytes not moved, sense data.
 *   NVMe  request: the submission queue entry (64 bytes), answer: the completion queue entry (16 bytes), fields that are the kernel's own business being zero.
 *   MMC   request: be32 opcode, arg, flags, app_command, block_bytes, blocks, 1 for data out.  answer: be32 response[4].
 */
enum cw_set { CW_SET_SCSI = 1, CW_SET_NVME, CW_SET_MMC };
#define CW_REQUEST_MAX 64
#define CW_ANSWER_MAX (8 + CW_SENSE_MAX)
struct cw_heard {
	uint32_t set;       /* enum cw_set */
	int32_t sys_errno;  /* not 0: it was not sent, or nobody knows what became of it, and there is no answer */
	uint32_t dir;       /* enum cw_data */
	uint8_t request[CW_REQUEST_MAX], answer[CW_ANSWER_MAX];
	uint32_t request_len, answer_len;
	const void *data;   /* borrowed; of data in, what was moved */
	uint32_t data_len;
	uint32_t zeros;     /* the last so many bytes of it are zeros, and do not stand there */
	uint32_t hidden_at, hidden_len; /* bytes that nobody is to know stand as zeros there; len 0: none */
	uint8_t hidden_sha256[CW_SHA256_BYTES]; /* of what they were */
	uint32_t duration_ms;
};
const char *cw_set_name(uint32_t set); /* "scsi", "nvme", "mmc" */
/* The bytes of one, with the answer as far as there is one. */
void cw_scsi_to(const struct cw_scsi *c, struct cw_heard *h);
void cw_nvme_to(const struct cw_nvme *c, struct cw_heard *h);
void cw_mmc_to(const struct cw_mmc *c, struct cw_heard *h);
/* The inverse, strict: false for another set, for lengths that cannot be, or where there is no answer.  data stays the heard one's. */
CW_MUST_CHECK bool cw_scsi_of(const struct cw_heard *h, struct cw_scsi *out);
CW_MUST_CHECK bool cw_nvme_of(const struct cw_heard *h, struct cw_nvme *out);
CW_MUST_CHECK bool cw_mmc_of(const struct cw_heard *h, struct cw_mmc *out);
/*
 * {set, requestHex, answerHex or errno, durationMs}, and where data went along: dataInBytes or dataOutBytes, with dataInHex or dataOutHex, or where there are
 * more than keep_bytes of them dataInSha256 or dataOutSha256.  With dataZeros where that many zeros behind the hex were left out, and hidden {at, bytes, sha256}.  NULL when out
 * of memory.
 */
#define CW_HEARD_DATA_MAX 512u /* bytes of data that journals keep of one command */
json_t *cw_heard_json(const struct cw_heard *h, uint32_t keep_bytes);
/* The strict inverse of an object that may have further keys; data goes into room, and is NULL where it was not kept.  CW_E_INVALID names the key. */
CW_MUST_CHECK int cw_heard_of_json(const json_t *j, uint8_t *room, size_t room_len, struct cw_heard *out, struct cw_error *err);

struct cw_transport_ops {
	const char *name; /* stands in evidence: "block" */
	/* Bytes done (may be short), or -errno.  0 means the end of the medium. */
	ssize_t (*read)(struct cw_transport *t, void *buf, size_t len, uint64_t offset_bytes);
	ssize_t (*write)(struct cw_transport *t, const void *buf, size_t len, uint64_t offset_bytes);
	int (*flush)(struct cw_transport *t);        /* the medium's own cache, nothing being in flight; 0 or -errno */
	void (*drop_caches)(struct cw_transport *t); /* ours, as far as the kernel lets us, so that reads reach the medium */
	int (*size)(struct cw_transport *t, uint64_t *bytes); /* as it is now; 0 or -errno */
	int (*celsius)(struct cw_transport *t, int *celsius); /* how hot it is; 0 or -errno.  NULL: nobody knows */
	/* NULL: there is no such set here.  Nothing else may be in flight.  0: answered, whatever the answer; -errno: not sent, or nobody knows what became of it. */
	int (*scsi)(struct cw_transport *t, struct cw_scsi *c);
	int (*nvme)(struct cw_transport *t, struct cw_nvme *c);
	int (*mmc)(struct cw_transport *t, struct cw_mmc *c);
	void (*free)(struct cw_transport *t);
};

/* The namespace of an NVMe drive that a medium is: its commands go to the controller, and name it. */
struct cw_nvme_target {
	uint32_t nsid;   /* 0: it is none, or not known */
	uint32_t format; /* command dword 10 of a Format NVM that leaves its format as it is (NVM Express Base 2.0, 5.14) */
};

struct cw_transport {
	const struct cw_transport_ops *ops;
	struct cw_queue *queue;  /* owned; NULL: requests can only be made one at a time, by read and write above */
	uint32_t logical_bytes;  /* smallest unit of I/O */
	uint32_t physical_bytes; /* unit to which a failing range is narrowed down */
	void (*heard)(void *user, const struct cw_heard *h); /* listens to every native command, after its answer; NULL: nobody does */
	void *heard_user;
	bool holds_disc; /* an optical drive (device type 5) is at the other end */
	bool sat_12; /* ATA PASS-THROUGH (16) is not known here, (12) may be */
	struct cw_nvme_target target;
};

/* The only ways to send one.  -ENOTTY: there is no such set here. */
CW_MUST_CHECK int cw_scsi_send(struct cw_transport *t, struct cw_scsi *c);
CW_MUST_CHECK int cw_nvme_send(struct cw_transport *t, struct cw_nvme *c);
CW_MUST_CHECK int cw_mmc_send(struct cw_transport *t, struct cw_mmc *c);

/* ---- what an answer of SCSI means (sense.c) ---- */

/* Of a command: what to do about its sense data (device-commands.md 0.7). */
enum cw_sense_action {
	CW_SENSE_FATAL,      /* also for everything that is not known */
	CW_SENSE_GOOD,       /* nothing, or a remark: the command was carried out */
	CW_SENSE_RETRY,      /* aborted on the way */
	CW_SENSE_WAIT,       /* something long is under way: see progress */
	CW_SENSE_START,      /* it wants START STOP UNIT first */
	CW_SENSE_ATTENTION,  /* it was not carried out, because something else was to be told first: who is it now? */
	CW_SENSE_BLOCK,      /* a bad block */
	CW_SENSE_UNSUPPORTED /* it does not know such a command, or not with these fields */
};
struct cw_sense {
	bool present, fixed;
	bool deferred; /* it belongs to an earlier command */
	uint8_t key, asc, ascq;
	bool has_information, has_progress;
	uint64_t information;
	uint16_t progress; /* in 65536ths */
};
void cw_sense_decode(const uint8_t *sense, size_t len, struct cw_sense *out); /* any bytes; not present: they are no sense data */
uint32_t cw_sense_action(const struct cw_sense *s);                           /* enum cw_sense_action */
/* First descriptor of a type (SPC-5 4.4.2), borrowed, with its length in *descriptor_len; NULL when there is none, or when it does not lie within sense whole. */
const uint8_t *cw_sense_descriptor(const uint8_t *sense, size_t len, uint8_t type, size_t *descriptor_len);

/* Who has spoken, and what to do: device, kernel or nobody. */
enum cw_scsi_end {
	CW_SCSI_UNKNOWN,  /* a time-out, a reset, a bus error: it may have been carried out or not */
	CW_SCSI_ANSWERED, /* by the device; sense says what, and is all zero where status is GOOD without any */
	CW_SCSI_BUSY,     /* not carried out: it is busy, or reserved by another host */
	CW_SCSI_GONE,     /* not carried out: there is no device any more */
};
uint32_t cw_scsi_end(const struct cw_scsi *c, struct cw_sense *sense);

/* ---- ATA commands through SCSI (sat.c; SAT-4 clause 12) ---- */

/* Protocol field of ATA PASS-THROUGH. */
enum cw_ata_protocol { CW_ATA_NO_DATA = 3, CW_ATA_PIO_IN = 4, CW_ATA_PIO_OUT = 5 };
enum cw_ata_end {
	CW_ATA_UNKNOWN,    /* nobody knows whether it was carried out */
	CW_ATA_DONE,       /* completed without an error, as far as was told */
	CW_ATA_ABORTED,    /* the drive says that it did not carry it out, or failed */
	CW_ATA_NOT_PASSED, /* it never came to a drive: the layer before it does not know this */
	CW_ATA_ATTENTION,  /* not carried out: something else was to be told first */
	CW_ATA_GONE,
};
struct cw_ata {
	uint8_t command, device;
	uint16_t feature, count;
	uint64_t lba;
	bool extend;         /* a 48-bit command */
	uint8_t protocol;    /* enum cw_ata_protocol */
	bool want_registers; /* ask for the registers after it (CK_COND) */
	void *data;
	uint32_t data_len;   /* a multiple of 512, as count has it */
	uint32_t timeout_ms;

	uint32_t end;                /* enum cw_ata_end */
	bool registers;              /* they came back: */
	bool complete;               /* with all 48 bits; else only the lower byte of count and 28 bits of LBA are what they were */
	uint8_t status, error;
	uint16_t count_after;
	uint64_t lba_after;
	uint32_t data_done;          /* bytes of data in that were moved */
};
#define CW_ATA_ERR 0x01
#define CW_ATA_DF 0x20
#define CW_ATA_DRDY 0x40
#define CW_ATA_BSY 0x80
/* 0: sent, end says how it went; -errno as of cw_scsi_send. */
CW_MUST_CHECK int cw_ata_send(struct cw_transport *t, struct cw_ata *a);
/* The same from recorded bytes; false when they are no ATA command with its answer. */
CW_MUST_CHECK bool cw_ata_of(const struct cw_heard *h, struct cw_ata *out);

/*
 * queue: several requests in flight.  A request belongs to a slot, 0 .. n_slots-1, from submit until reap tells that it was answered; until then nobody
 * may touch the bytes that it moves.  Answers come in any order.  What order to count them in, and what to do about failures, is the engine's business.
 */
#define CW_SLOT_BYTES (512u * 1024u) /* performance.md section 7: largest block below L2 */
#define CW_QUEUE_SLOTS 4u            /* 2 MiB in flight keep a drive busy, and bound how long a stop takes */
#define CW_QUEUE_SLOTS_MAX 8u        /* NVMe */
struct cw_queue_ops {
	const char *name; /* stands in evidence: "ring", "threads" */
	/* buf lies anywhere in the queue's memory.  Negative: -errno, nothing can be submitted any more. */
	int (*submit)(struct cw_queue *q, uint32_t slot, bool write, void *buf, size_t len, uint64_t offset_bytes);
	/* Waits for an answer; *answer is what read or write of the transport would have returned.  Negative: -errno, no answer can be had any more. */
	int (*reap)(struct cw_queue *q, uint32_t *slot, ssize_t *answer);
	void (*free)(struct cw_queue *q);
};
struct cw_queue {
	const struct cw_queue_ops *ops;
	uint32_t n_slots;
	uint8_t *memory; /* n_slots * CW_SLOT_BYTES, page-aligned */
};
/*
 * The kernel's io_uring on fd, which may be given up in privilege afterwards: it takes reads and writes between its memory and fd, and nothing else.
 * Where it cannot be had (switched off, filtered, too old, not enough lockable memory): threads.
 */
CW_MUST_CHECK int cw_queue_new(struct cw_transport *t, int fd, uint32_t n_slots, struct cw_queue **out, struct cw_error *err);
/*
 * Threads that call read and write of t; without any (n_threads 0) submit itself does.  They start with the first request, because a thread that is there
 * already keeps its capabilities when the process gives up its own.
 */
CW_MUST_CHECK int cw_queue_threads_new(struct cw_transport *t, uint32_t n_slots, uint32_t n_threads, struct cw_queue **out, struct cw_error *err);
void cw_queue_free(struct cw_queue *q); /* nothing may be in flight; NULL is fine */
/* How requests are made, as it stands in evidence: the queue's name, or "sweep" for one at a time. */
const char *cw_transport_engine(const struct cw_transport *t);
CW_MUST_CHECK int cw_transport_celsius(struct cw_transport *t, int *celsius); /* 0, or -errno where it cannot be read */

/*
 * Takes fd (a whole-medium block device opened O_RDWR or O_RDONLY with O_DIRECT); closes it with the transport, after a failure it stays the caller's.
 * To be called before privilege is given up: a ring may need some to be had.
 */
CW_MUST_CHECK int cw_transport_block_new(int fd, struct cw_transport **out, struct cw_error *err);
/*
 * When the kernel last noticed that a disc was put into the optical drive behind fd, or that its tray was opened, on the clock of its start; it looks now.  It stays the same as long as the disc
 * does.  0: fd is no such drive, or the kernel does not tell.
 */
uint64_t cw_disc_changed_ms(int fd);
/* For admin commands of NVMe: takes the descriptor of the controller's node ("/dev/nvme0"). */
void cw_transport_block_take_controller(struct cw_transport *t, int fd_take);
/* The medium's own commands only: it has neither reading nor writing.  Takes both descriptors, also after a failure; controller_fd_take -1: none. */
CW_MUST_CHECK int cw_transport_door_new(int fd_take, int controller_fd_take, struct cw_transport **out, struct cw_error *err);
/*
 * All of a blank CD-RW or DVD-RW, as far as it goes (at most 2^32 blocks of 2048 bytes), recorded as one track through the commands of its drive, which is borrowed and has to outlive it.
 * Writes have to come in order: one that fails is the last, and everything behind it fails with -EIO; what stands there already is compared.  A flush behind the last block closes track
 * and session, any other does nothing, because it would end the track.  Commands go to the drive.
 */
CW_MUST_CHECK int cw_transport_track_new(struct cw_transport *drive, uint64_t size_bytes, struct cw_transport **out, struct cw_error *err);
/* The commands that it sends for a disc of this profile (MMC-6 5.3.1), with one WRITE(10) for all: array of {set, requestHex, [dataOutHex]}.  NULL when out of memory. */
json_t *cw_transport_track_rehearse(uint16_t profile);
void cw_transport_free(struct cw_transport *t); /* NULL is fine */

#endif
