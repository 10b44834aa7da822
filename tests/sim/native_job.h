/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A job on a SATA drive, or for a technique of SCSI or NVMe on a SAS or an NVMe drive, in memory that is to sanitise itself: asked, planned, authorised and registered, with its
 * journal in a folder of its own.  Aborts when anything of ours fails.
 *
 *	native_job_begin(&n, SIZE, NULL);
 *	n.drive->ata->op.fails = true;                  what the drive will do
 *	native_job_authorise(&n);
 *	native_job_run(&n, false, status);
 *	native_job_judge(&n, &verdict);
 *	native_job_end(&n);
 */
#ifndef CERTWIPE_TESTS_NATIVE_JOB_H
#define CERTWIPE_TESTS_NATIVE_JOB_H

#include "certwipe/evidence.h"
#include "sim/drive.h"
#include "sim/job_fixture.h"

struct native_wish {
	const char *technique; /* NULL: "ata_sanitize_block" */
	uint8_t wabereq, wacereq; /* of a SAS drive */
	bool disk;             /* a magnetic one, which has no block erase; else a solid-state drive */
	bool first;              /* the policy asks for a change of keys before */
	bool overwrite, sample, attested, weak; /* weak: it has no serial number */
	uint64_t shown_bytes;  /* it hides all behind that; 0: it hides nothing */
	bool ama, dco;         /* by which feature set, else by HPA */
	bool r1, unconfirmed;  /* judged by NIST's Rev. 1; levels that are not confirmed are accepted */
	bool tcg;              /* it encrypts by the rules of TCG, and its PSID is given */
	bool nvme;             /* it is an NVMe drive, whatever its technique is called */
	bool usb;              /* a SATA drive stands behind a USB bridge */
	/* An NVMe drive: */
	bool allow_unconfirmed, whole_drive;
	uint32_t namespaces;   /* it has so many; 0: one */
	uint64_t unallocated_bytes;
	uint8_t fna;           /* of those bits 0 and 1 */
};
struct native_job {
	struct fixture f;
	struct cw_capabilities capabilities;
	struct cw_attestation attestation;
	struct cw_policy policy;
	struct sim *medium;
	struct sim_scsi *drive;  /* NULL of an NVMe drive: */
	struct sim_nvme *nvme;
	struct sim_tcg *tcg;     /* of either; NULL: it has none */
	struct cw_native_use use; /* what the hooks give */
	struct fault *fault; /* before the drive: what the job works on */
	/* What the hooks do, and saw. */
	unsigned waits, stop_at_wait; /* 1-based; 0: never */
	void (*on_wait)(struct native_job *n);
	struct cw_medium now;         /* who answers */
	bool kernel_is_slow;          /* it sees no other size than the first */
	struct cw_transport_ops ops;  /* of fault, but for the size that the kernel sees */
	uint64_t expected_bytes;      /* of identify */
	char opened_sha256[CW_SHA256_HEX]; /* of what it hides, when that is open */
	unsigned backwards;           /* times that progress went back, or beyond its end */
	struct cw_job_progress last;
};
void native_job_begin(struct native_job *n, uint64_t size_bytes, const struct native_wish *w);
void native_job_authorise(struct native_job *n);
int native_job_run(struct native_job *n, bool resumed, char status[16], struct cw_error *err);
void native_job_read(const struct native_job *n, struct cw_journal_text *out);
void native_job_judge(const struct native_job *n, struct cw_verdict *out);
json_t *native_job_lines(const struct native_job *n); /* for fixture_chain(): without seq, at, bootMs and prev */
void native_job_end(struct native_job *n);
/* Does anything of what stood on the medium before, or of the markers, still stand there?  The truth. */
bool native_job_left(const struct native_job *n);

#endif
