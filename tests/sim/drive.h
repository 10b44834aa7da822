/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drives in memory that have commands of their own: a SCSI drive, a SATA drive behind a SCSI/ATA translation layer, an NVMe controller; each over a sim, whose bytes
 * are the truth.  As there: set the public fields after _new, hand &x->t to the code under test, free that with cw_transport_free.  All abort when out of memory.
 */
#ifndef CERTWIPE_TESTS_DRIVE_H
#define CERTWIPE_TESTS_DRIVE_H

#include "sim/sim.h"
#include "sim/tcg.h"

/* ---- operation.c: what a drive does on its own for a while ---- */

enum sim_fill { SIM_FILL_ZEROS, SIM_FILL_ONES, SIM_FILL_UNIFORM, SIM_FILL_RANDOM, SIM_FILL_PATTERN };
struct sim_operation {
	/* How it goes. */
	unsigned asks;             /* so many questions are answered with "still at it" */
	bool erases_nothing;       /* it says that it did */
	bool fails;                /* it says that it failed; half of the medium is erased */
	bool never_ends;
	bool forgets;              /* what was interrupted by a power cut is not gone on with */
	uint64_t keeps_from_bytes, keeps_upto_bytes; /* a region that it leaves out */
	bool leaves_other;         /* `leaves` stands there afterwards, and not what the command leaves */
	enum sim_fill leaves;

	/* What is. */
	struct sim *medium;
	bool running, succeeded, failed; /* the last two: of the last one that ended */
	unsigned begun, asked;           /* how many there were, questions to this one */
	enum sim_fill fill;
	uint8_t pattern[4];
};
void sim_operation_begin(struct sim_operation *o, enum sim_fill fill, const uint8_t pattern[4]);
bool sim_operation_asked(struct sim_operation *o); /* one question: is it still at it? */
void sim_operation_power_cut(struct sim_operation *o);
uint16_t sim_operation_progress(const struct sim_operation *o); /* in 65536ths */

/* ---- ata.c: a SATA drive; where its registers come from is the layer's before it ---- */

enum { SIM_CRYPTO = 1, SIM_BLOCK = 2, SIM_OVERWRITE = 4 }; /* as in SANICAP of NVMe */
/* How the layer tells registers when asked for them. */
enum sim_registers { SIM_REGISTERS_DESCRIPTOR, SIM_REGISTERS_FIXED, SIM_REGISTERS_GOOD /* GOOD, no sense data */, SIM_REGISTERS_EMPTY /* CHECK CONDITION, no sense data */ };

struct sim_ata_call { uint8_t command; uint16_t feature, count; uint64_t lba; };
struct sim_ata {
	char model[41], serial[21], firmware[9];
	uint16_t rotation; /* IDENTIFY word 217 */
	uint64_t sectors, native_sectors, dco_sectors; /* of 512 bytes: shown, really there, as the factory made it (0: no such feature set) */
	bool hpa, ama;     /* feature sets by which sectors are hidden */
	bool max_was_set;  /* since the power came: AMA takes no other; HPA none that outlasts the power */
	bool max_lies;     /* it says that it took it */
	bool max_was_asked;
	bool smart;
	uint64_t reallocated, pending, uncorrectable, hours;
	unsigned sanitize; /* SIM_CRYPTO | ... */
	bool sanitize_frozen;
	bool security, locked, frozen;
	uint8_t password[32];
	bool has_password, prepared;
	unsigned wrong;          /* passwords given since the power came; at five nothing is taken any more */
	bool erase_is_refused, erase_keeps_password; /* ERASE UNIT is aborted; says that it ended well, and the password stays */
	unsigned cut_at;         /* the so many-th command of the security set, 1-based, is cut off by a power cut; ERASE UNIT in its middle */
	unsigned security_calls; /* of it so far */
	bool encrypts;     /* all user data; log 30h says so */
	struct sim_tcg *tcg; /* borrowed from what stands before it; NULL: it has none */
	bool identify_is_bad, no_checksum; /* it is wrong; there is none */
	bool submit_hangs; /* a SANITIZE that erases is carried out, and the layer tells of a time-out */
	bool status_lies_idle; /* SANITIZE STATUS never tells of anything */
	bool accepts_only; /* GOOD, and nothing happens, and no bit is ever set */

	enum sim_registers registers;
	bool no_16, no_12; /* forms of pass-through that the layer does not know */
	struct sim_operation op;
	struct sim_ata_call log[512];
	unsigned calls;
};
struct sim_ata *sim_ata_new(struct sim *medium); /* a solid-state drive that has everything and no fault */
bool sim_ata_reads_fail(struct sim_ata *a);      /* locked, or sanitizing */
void sim_ata_power_cut(struct sim_ata *a);
unsigned sim_ata_count(const struct sim_ata *a, uint8_t command, uint16_t feature);
/* ATA PASS-THROUGH (12) or (16) as the layer carries it out. */
void sim_ata_pass_through(struct sim_ata *a, struct cw_scsi *c);
void sim_ata_identify(const struct sim_ata *a, uint8_t out[512]);

/* ---- scsi.c: a SCSI drive, or what stands before a SATA drive ---- */

struct sim_scsi {
	struct cw_transport t;
	struct cw_transport *inner; /* for reads and writes; a sim, or a decorator of one */
	struct sim *medium;
	struct sim_ata *ata;        /* owned; NULL: it is a SCSI drive itself */
	char vendor[9], product[17], revision[5], serial[21];
	bool no_vpd, no_opcodes;    /* it does not know VPD pages, REPORT SUPPORTED OPERATION CODES */
	uint16_t rotation;          /* VPD page B1h */
	uint8_t wabereq, wacereq;
	unsigned sanitize;
	bool no_format, blocks;     /* it knows no FORMAT UNIT; no IMMED */
	bool no_exit;               /* it knows neither AUSE nor EXIT FAILURE MODE */
	bool descriptor_sense;
	bool told_by_ready_only;    /* REQUEST SENSE never tells of anything, TEST UNIT READY does */
	bool submit_hangs;          /* what erases is carried out, and the host hears of a time-out */
	struct { uint8_t status, key, asc, ascq; uint16_t host_status; } refusal; /* what a command that erases gets, all zeros: it is carried out */
	unsigned refusals;          /* so often; 0: always */
	bool write_protected;
	uint16_t attention;         /* ASC << 8 | ASCQ of a unit attention that the next command gets */
	const uint8_t *discovery;   /* level 0 of TCG, NULL: no SECURITY PROTOCOL IN */
	size_t discovery_len;
	struct sim_tcg *tcg;        /* owned; NULL: it has none */
	unsigned hangs_at_security; /* the so many-th transfer of TCG from here on is carried out, and times out; 0: none */
	bool hangs;                 /* every command times out */
	struct sim_operation op;
	bool unrestricted;          /* the running or failed operation allows to leave the failure mode */
	bool formatting;            /* it is a format; one that was cut off leaves the medium unformatted */
	bool unformatted;
	bool reads_fail_after;      /* what it erased cannot be read before it is written (WABEREQ, WACEREQ) */
	bool *unwritten;            /* owned; per block, while that is so */
	unsigned commands;
};
/* Takes inner, a sim or a decorator of one; medium is that sim.  ata may be NULL and is taken. */
struct sim_scsi *sim_scsi_new(struct cw_transport *inner_take, struct sim *medium, struct sim_ata *ata_take);
void sim_scsi_power_cut(struct sim_scsi *s); /* and back: a unit attention is to be told */
void sim_check(struct cw_scsi *c, bool descriptor, uint8_t key, uint8_t asc, uint8_t ascq, int progress); /* CHECK CONDITION; progress -1: none */

/* ---- nvme.c: an NVMe controller ---- */

#define SIM_NAMESPACES_MAX 4
struct sim_nvme_call { uint8_t opcode; uint32_t nsid, cdw10, cdw11; };
struct sim_nvme {
	struct cw_transport t;
	struct cw_transport *inner;
	struct sim *medium;         /* namespace 1 */
	char model[41], serial[21], firmware[9];
	unsigned sanitize;          /* SIM_CRYPTO | ... */
	bool no_deallocate_inhibited;
	bool formats, format_crypto, format_all, erase_all; /* OACS 1, FNA 2, FNA 0, FNA 1 */
	uint32_t n_namespaces;      /* active; further ones are allocated only */
	uint32_t n_allocated;
	uint64_t unallocated_bytes, rpmb, boot_partition;
	uint8_t percentage_used;
	uint64_t media_errors, hours;
	const uint8_t *discovery;
	size_t discovery_len;
	struct sim_tcg *tcg;        /* owned; NULL: it has none */
	struct sim_operation op;
	uint32_t scdw10;            /* of the last sanitize */
	bool global_data_erased;
	bool log_lies_success;      /* the log tells of a success, whatever was done */
	bool ignores;               /* Sanitize and Format are taken, and nothing is done */
	bool several_controllers;
	uint16_t refuses;           /* Sanitize and Format are answered with this status */
	uint16_t state_told;        /* SSTAT, whatever it is; 0: as it is */
	uint8_t ssi;                /* where it stands in a Sanitize; 0: it knows no such thing */
	bool verifies, verification_canceled; /* it has a media verification state; that was broken off */
	bool hangs;
	unsigned commands;
	struct sim_nvme_call erasing[16]; /* Sanitize and Format that it got */
	unsigned n_erasing;
};
struct sim_nvme *sim_nvme_new(struct cw_transport *inner_take, struct sim *medium);

/* ---- recorded.c: plays a recording, in its order, and nothing else ---- */

struct recorded {
	struct cw_transport t;
	json_t *commands;      /* owned: array as cw_heard_json() makes them, data kept whole */
	uint64_t size_bytes;   /* what the medium says it has; 0 at first */
	size_t next;
	bool strayed;          /* something else was asked; that is answered with EIO, as everything after it */
};
struct recorded *recorded_new(json_t *commands_take);

/* ---- hearing.c: what a listener heard ---- */

struct hearing { json_t *commands; /* array of cw_heard_json() */ };
void hear(struct hearing *h, struct cw_transport *t); /* from here on */
void hearing_clear(struct hearing *h);

#endif
