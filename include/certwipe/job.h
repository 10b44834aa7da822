/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job: one plan on one medium.  The journal is the only record of it, and everything that is ever claimed is computed from the journal.
 *
 * Journal = canonical JSON Lines ('\n' behind each), at most CW_JOURNAL_LINE_MAX bytes a line.  Every line carries
 *   seq     0, 1, 2 ...        at      UTC to the second     bootMs  CLOCK_BOOTTIME in ms
 *   event   one of the below   prev    SHA-256 (hex) of the line before without its '\n'; 64 zeros in line 0
 * Events and their further keys (integers are bytes where the name says so):
 *   job         jobId, version 1, type "wipe", tool{name,version,buildSha256}, host{machineId,kernel,bootId}, clock{source,synchronised,maxErrorMs},
 *               medium{...}, attachment{...} (cw_medium_json, cw_attachment_json), contents[...], policy{id,sha256}, plan{...}, planSha256, case{...},
 *               operator{uid,name}, state{type,persistent}, preallocated (bool), [capabilities{...} (cw_capabilities_json)]   first line, exactly once
 *   authorised  method "serial"|"asset-tag"|"replug"|"list", planSha256, identitySha256, by{uid,name}, [approvalNumber], [listSha256]
 *   refused     code, exit, message                     nothing was written; no step may follow
 *   registered  origin, size, root, kind "started"       the register's checkpoint that holds the started entry (index = size - 1); once more
 *               where another station has taken the job over
 *   stream      cipher "AES-256-CTR", keyHex, drawn[{slot,byteHex}], sampleSeedHex          before the first intent; io{engine,transport}:
 *               engine "ring"|"threads", or "sweep" where requests are made one at a time
 *   identity    phase "before-write"|"resume"|"after-open"|"after-native"|"end", identitySha256, diskseq, node, match (bool), [message]
 *   intent      step (1-based index into plan.steps), [pass], do (cw_step_name), fromBytes, sizeBytes
 *   checkpoint  step, watermarkBytes (all below is on the medium, flushed; or was compared), doneBytes, badBytes, mismatchBytes: all since the last intent;
 *               badBytes could not be written or read, mismatchBytes were read and differ (they are among doneBytes, not among badBytes);
 *               where requests failed for long: [furthestBytes], how far the step came, and [passedOverBytes], which between watermarkBytes and there were
 *               left for the end of the step, doneBytes and badBytes being of all up to furthestBytes; [givenUpBytes] of badBytes, not tried one by one
 *   spot-check  step, probes, equal, differing[{offsetBytes,class,writtenPass,writtenOffsetBytes}], [same[{offsetBytes}], where some differ]: the early look of a
 *               write (struct cw_spot), which verifies nothing; one that shows a difference keeps the job from ever being a success
 *   step-end    step, uptoBytes, doneBytes, badBytes, mismatchBytes, [furthestBytes], [passedOverBytes], [givenUpBytes], end "done"|"stopped"|"lost"|"flush-failed"|"failed", [lostErrno], bad[{offsetBytes,lengthBytes,fault,errno}],
 *               badListed (bool: list is complete), [firstMismatch{offsetBytes,class,writtenPass,writtenOffsetBytes}],
 *               [mismatches{zerosBytes,onesBytes,uniformBytes,otherOffsetBytes,otherPassBytes,foreignBytes,
 *                 [elsewhere{offsetBytes,uptoBytes,leastDistanceBytes,commonDistanceBytes,backwardBytes,places[{offsetBytes,writtenOffsetBytes}]}],
 *                 [lacking{offsetBytes,uptoBytes}]}] (struct cw_tally), elapsedMs
 *   attestation name, encryptedFromFirstUse, noKeyCopies (bool), by{uid,name}: who vouches for what where only a key is destroyed; before it is authorised
 *   command     step, and what cw_heard_json() tells of one command of the medium's own and its answer; of a step "native", all that say something new, and at least
 *               one a minute
 *   native      step, state "submitting" (on the medium before it is sent)|"running"|"succeeded"|"failed"|"refused"|"unknown", [progress65536], [detail]
 *   password    step, passwordText: about to be set on the medium, which takes its command only so; it must be known to whoever finds the medium locked
 *   reload      step, trayBy "drive"|"person": the disc went out of the drive and in again, or somebody has to see to that; then "stopped", and when it is attached anew "resumed"
 *   look        step, zerosBytes, onesBytes, uniformBytes, patternBytes, randomBytes, otherBytes, markerBytes, errorBytes: what a look found; before its step-end
 *   stopped     by "operator"|"rule"|"replug"|"reload" (as the plan asks, before it is read back)|"hidden-area" (before the kernel sees what was opened), step, watermarkBytes, [rule{name,limit,found,[windowSeconds]}] of the
 *               policy: name "bad-blocks" (blocks), "rate" (bytes a second), "time" (seconds), "temperature" (degrees Celsius),
 *               "not-genuine" (limit the bytes that it reports, found those that it holds at most)
 *   lost        what "medium"|"executor"|"journal", message
 *   resumed     by{uid,name}, attachment{...}, clock{...}, bootId, step (one past the last: all had run), fromBytes, checkedBytes (of our stream found below,
 *               0 when none could be there), droppedTail (bool: a torn last line was cut off), [io{...}]; then identity
 *               "resume", then the intent
 *   end         status "complete"|"failed"|"stopped"|"lost"|"refused"|"closed"               the executor or broker is done; a later resumed reopens it
 *   health      [reallocatedSectors], [pendingSectors], [uncorrectableSectors], [percentageUsed], [powerOnHours], [mediaErrors], [answers[...] (cw_heard_json)]: how worn
 *               the drive said that it is when the job had ended, and the answers of an ATA drive that say so; behind `end`
 *   attested    documentId, type, jsonSha256, p7sSha256, outcome                              a document over everything above was signed
 *   closed      by{uid,name}, reason                                                          a person gave up resuming; then end "closed"
 *   destruction record{...} (cw_destruction_json), particleLevel (that the policy asks for, 0: any), attachments[{name,kind "photo",sizeBytes,sha256}],
 *               items[{label,serial}] (of a batch), by{uid,name}: what was done to the medium physically; behind a job that has its document, or behind the first
 *               lines of one of type "destroy".  A later one replaces an earlier
 *   witnessed   name, method, count (as the witness says them), sameAccount (bool: of the operator's login), by{uid,name}: another person confirms the last record;
 *               then end "complete"
 * A job of type "destroy" has no plan and no contents: subject "device" (read by the device, with attachment{...})|"label" (typed), terms{standard,column,
 * acceptUnconfirmed} of the policy in their place.
 */
#ifndef CERTWIPE_JOB_H
#define CERTWIPE_JOB_H

#include "certwipe/policy.h"

#define CW_JOURNAL_LINE_MAX (256u * 1024u)
#define CW_JOURNAL_MAX_BYTES (64u * 1024u * 1024u)
#define CW_JOB_ID_MAX 64 /* "20261123-185522-7f3a09c1": time of creation in UTC and random hex; also the file's name */

/* ---- journal (journal.c) ---- */

struct cw_journal; /* writer */
/* Creates DIR/<job>.jsonl (0600), reserves room (fallocate, size kept), fsyncs file and directory.  Refuses when there is no room: CW_E_STATE. */
CW_MUST_CHECK int cw_journal_create(int dirfd, const char *job_id, uint64_t reserve_bytes, struct cw_journal **out, struct cw_error *err);
/*
 * Opens one to append: locks it (CW_E_BUSY), reads it through, checks the chain, cuts a torn last line off (dropped_tail), fails on anything else that is wrong
 * (CW_E_INVALID names the line).  The lock stays until the journal is freed.
 */
CW_MUST_CHECK int cw_journal_open(int dirfd, const char *job_id, struct cw_journal **out, bool *dropped_tail, struct cw_error *err);
/* The same for a descriptor (O_RDWR | O_APPEND) that somebody else opened; takes it, also on failure. */
CW_MUST_CHECK int cw_journal_open_fd(int fd_take, const char *job_id, struct cw_journal **out, bool *dropped_tail, struct cw_error *err);
void cw_journal_free(struct cw_journal *j); /* closes; does not fsync */
int cw_journal_fd(const struct cw_journal *j);
/*
 * Takes fields (an object without the common keys; NULL: there was no memory for it, CW_E_NO_MEMORY).  A line that the reader would refuse is not written: CW_E_INVALID.  Written with one write(2) and
 * fsynced with fdatasync before it returns; a failure of either is final: the writer refuses everything after it (CW_E_STATE), because what is on disk is no longer known.
 */
CW_MUST_CHECK int cw_journal_append(struct cw_journal *j, const char *event, json_t *fields_take, struct cw_error *err);
bool cw_journal_preallocated(const struct cw_journal *j);
void cw_job_id_new(char out[CW_JOB_ID_MAX]);
bool cw_job_id_valid(const char *id); /* that form, with 4 to 8 random digits: safe as a file name */

/* A journal read whole: array of line objects (owned), and the SHA-256 of the bytes that count (without a torn tail). */
struct cw_journal_text {
	json_t *lines; /* array, at least one line */
	struct cw_buf bytes; /* exactly the lines that count */
	char sha256[CW_SHA256_HEX];
	char last_line_sha256[CW_SHA256_HEX];
	bool torn; /* an unfinished last line was left out */
};
/* Strict: canonical lines, seq, prev, one job line first, known events with their keys and types, times in form.  CW_E_INVALID names the line and the reason. */
CW_MUST_CHECK int cw_journal_parse(const char *bytes, size_t len, struct cw_journal_text *out, struct cw_error *err);
CW_MUST_CHECK int cw_journal_read_fd(int fd, struct cw_journal_text *out, struct cw_error *err);
void cw_journal_text_clear(struct cw_journal_text *t);

/*
 * Exclusive use of a journal by the process that writes it.  A POSIX lock: gone when the process dies, not inherited by a fork, and lost when the process closes
 * any descriptor of the file.
 */
CW_MUST_CHECK int cw_journal_lock(int fd, struct cw_error *err); /* CW_E_BUSY when somebody else has it */
pid_t cw_journal_owner(int fd);                                  /* who has it, 0: nobody */

/* ---- where a job stands (progress of a journal), pure ---- */

enum cw_job_state { CW_JOB_PREPARED = 1, CW_JOB_INTERRUPTED, CW_JOB_STOPPED, CW_JOB_FINISHED /* end, not attested yet */, CW_JOB_ATTESTED, CW_JOB_REFUSED };
struct cw_job_status {
	char job_id[CW_JOB_ID_MAX];
	uint32_t state;            /* enum cw_job_state as the journal says; whether it runs is cw_journal_owner's to say */
	uint32_t step, n_steps;    /* current or next step, 1-based */
	uint64_t watermark_bytes, size_bytes;
	bool resumable;            /* cw_job_run may take it (on): authorised, registered, open or stopped or lost, and no byte found that differs */
	char node[CW_NODE_MAX], identity_sha256[CW_SHA256_HEX], started_at[CW_TIME_TEXT], document_id[CW_NODE_MAX], end_status[16];
	bool replug_due;           /* written, and to be unplugged, or of a disc to go out and in, before it is read back; it was attached so: */
	uint64_t diskseq;
	char boot_id[33];
	uint32_t tray;             /* enum cw_tray: with replug_due, where it is a disc that is to go out and in */
	bool destruction;          /* it is about a physical destruction (cw_job_is_destruction) */
	char words[CW_TEXT_MAX];   /* one sentence, through gettext */
};
void cw_job_status(const struct cw_journal_text *t, struct cw_job_status *out);
bool cw_job_is_only_keys(const json_t *job_line); /* nothing but keys is destroyed */
/* What a journal tells of the physical destruction of its medium. */
struct cw_job_destruction {
	uint32_t of_wipe;          /* 1: a wipe came before; else the job is of type "destroy" */
	uint32_t recorded, witnessed, ended; /* 0 or 1, of the last record */
	uint32_t particle_level;
	uint64_t record_line, witness_line, ended_line; /* seq */
	uint64_t wipe_lines;       /* how many stand before the first record */
	uint64_t recorded_by_uid;
	struct cw_destruction record;
};
/* Is it about a physical destruction, done or due? */
bool cw_job_is_destruction(const struct cw_journal_text *t);
/* The last document about the wipe is a certificate: only such a wipe is completed by a destruction that reaches no level by itself. */
bool cw_job_wipe_succeeded(const struct cw_journal_text *t);
/* CW_E_INVALID: a line stands where none of its kind may. */
CW_MUST_CHECK int cw_job_destruction_of(const struct cw_journal_text *t, struct cw_job_destruction *out, struct cw_error *err);
/* Terms by which it is judged: of the plan, or of a job of type "destroy". */
CW_MUST_CHECK int cw_job_terms(const struct cw_journal_text *t, struct cw_destruction_terms *out, char standard[CW_TEXT_MAX], struct cw_error *err);
/* The plan and medium as they stand in line 0 (medium as needed for cw_identity_compare). */
CW_MUST_CHECK int cw_job_plan(const struct cw_journal_text *t, struct cw_plan *out, struct cw_error *err);
CW_MUST_CHECK int cw_job_medium(const struct cw_journal_text *t, struct cw_medium *out, struct cw_error *err);

/* ---- run (run.c): the executor's work, in whatever process holds the descriptors ---- */

struct cw_job_progress {
	uint32_t step, n_steps, kind /* enum cw_step_kind */, pass, n_passes;
	uint64_t completed_bytes, size_bytes; /* of this step */
	uint64_t bad_bytes, mismatch_bytes;
	uint32_t differs;      /* 1: an early look found that the medium does not give back what was written: there will be no success */
	uint32_t lie;          /* enum cw_lie: why; real_bytes is what it holds at most */
	uint64_t real_bytes;
	uint64_t elapsed_ms;   /* of this step */
	uint64_t total_done_bytes, total_bytes; /* of all steps, for the ETA */
};
struct cw_job_hooks {
	void *user;
	bool (*stop)(void *user);
	void (*progress)(void *user, const struct cw_job_progress *p);
	/* Re-reads identity of the held descriptor: 0, or CW_E_IDENTITY.  Called before the first write, on resume, and at the end. */
	int (*identify)(void *user, struct cw_medium *now, struct cw_error *err);
	void (*opened)(void *user, uint64_t whole_bytes); /* from here on identify expects the medium to be so large */
	struct cw_stop_rules stop_rules; /* one that is broken stops the job at a checkpoint */
	uint64_t checkpoint_interval_ms, pass_over_ms, retry_pause_ms; /* as in cw_sweep_hooks */
	void (*wait)(void *user, uint32_t ms); /* between two questions to a medium that sanitises itself; NULL: for so long, or until a signal comes */
	uint64_t native_seconds;         /* that it told beforehand it would take; 0: it did not */
	struct cw_native_use *native_use; /* what its own command takes; NULL: nothing */
};
/* Key, drawn bytes and sampling seed of a job. */
struct cw_job_secrets {
	uint8_t key[CW_KEY_BYTES], sample_seed[32];
	uint8_t drawn[10]; /* by slot 1..9 */
};
/*
 * Runs from line-complete journal state: a fresh job (authorised and registered, no stream line yet) or a resumed one, which may have been cut off before its stream
 * line, too.  For a resumed job the caller has not appended anything: run checks the medium part of the identity and the 16 MiB below the watermark against our keystream (CW_E_IDENTITY when they are not ours) and writes `resumed` itself.
 * t is the journal as read; resumed_by is {"uid","name"} of who goes on with the job, NULL when it begins, borrowed.  CW_E_UNAUTHORISED without an `authorised` line for this very plan and medium.
 * Returns 0 when an `end` line was written, with its status in *status ("complete" says only that all steps ran: the verdict is evidence's).
 */
CW_MUST_CHECK int cw_job_run(struct cw_journal *j, const struct cw_journal_text *t, struct cw_transport *medium, const struct cw_job_hooks *hooks,
			     json_t *resumed_by, bool dropped_tail, char status[16], struct cw_error *err);
/* What a spot-check tells; false when its numbers cannot be true. */
CW_MUST_CHECK bool cw_job_spot_of(const json_t *line, struct cw_spot *out);
/* What a step-end tells of its mismatches; all 0 without `mismatches`. */
void cw_job_tally_of(const json_t *step_end, struct cw_tally *out);
/* What a line of the event look says. */
void cw_job_look_of(const json_t *line, struct cw_look *out);
/* What a line of the event command shows; false for any other line. */
CW_MUST_CHECK bool cw_job_native_seen(const struct cw_native *n, const json_t *line, struct cw_native_seen *out);
/* Carries c over one line of a journal, of whatever event.  The lines of one native step, and those that resume it, tell its course. */
void cw_job_native_line(const struct cw_native *n, const json_t *line, struct cw_native_course *c);
/* Stream of a write pass, or of pass 0, which is that of markers and of what is written where keys were, as the journal's stream line and the plan define it.  Also for recheck and the verdict of an auditor. */
CW_MUST_CHECK int cw_job_stream(const struct cw_plan *p, uint32_t pass, const struct cw_job_secrets *s, struct cw_stream *out, struct cw_error *err);
CW_MUST_CHECK int cw_job_secrets_of(const struct cw_journal_text *t, struct cw_job_secrets *out, bool *present, struct cw_error *err);

#endif
