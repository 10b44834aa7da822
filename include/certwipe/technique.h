/* SPDX-License-Identifier: Apache-2.0 */
/*
 * technique: one file per way to sanitise; src/technique/<id>.c defines `const struct cw_technique cw_technique_<id>` and nothing lists them
 * by hand (the Makefile makes the registry from the folder; native_*.c is what several of them share).
 */
#ifndef CERTWIPE_TECHNIQUE_H
#define CERTWIPE_TECHNIQUE_H

#include "certwipe/device.h"
#include "certwipe/engine.h"

/* One step of a plan, as the technique carries it out. */
enum cw_step_kind {
	CW_STEP_WRITE = 1,
	CW_STEP_VERIFY,
	CW_STEP_SAMPLE,
	/* Of a medium that is told to sanitise itself: */
	CW_STEP_MARK,        /* markers are written at places all over it */
	CW_STEP_MARK_CHECK,  /* and read back: what reads tell of them later can be believed */
	CW_STEP_NATIVE,      /* its own command, until it says that it has ended */
	CW_STEP_LOOK,        /* what it left, all of it */
	CW_STEP_LOOK_MARKS,  /* only where the markers were */
	CW_STEP_LOOK_SAMPLE, /* a sample */
	CW_STEP_OPEN,        /* the drive is to show what it hides, before anything else */
	/* Where the keys of encrypted volumes stand: */
	CW_STEP_KEYS,        /* keystream is written */
	CW_STEP_KEYS_CHECK,  /* and read back */
	/* Of a disc: */
	CW_STEP_RELOAD,      /* it goes out of the drive and in again, so that the drive's memory cannot answer for it */
	CW_STEP_KINDS
};
const char *cw_step_name(uint32_t kind); /* "write", "mark-check": in plans and journals; "" for a foreign one */
bool cw_step_looks(uint32_t kind);
bool cw_step_is_of_keys(uint32_t kind);
/* Bytes that it writes or reads; of NATIVE all that there are; 0 of RELOAD, and of the keys, which the plan says where they are. */
uint64_t cw_step_bytes(uint32_t kind, uint64_t size_bytes, uint32_t logical_bytes);

struct cw_step {
	uint32_t kind;  /* enum cw_step_kind, but NATIVE, OPEN and RELOAD */
	uint32_t pass;  /* 1-based; the pass written, or the pass whose stream is verified; 0: markers, or where keys were */
	struct cw_stream stream; /* resolved: key and drawn bytes filled in */
	uint8_t sample_seed[32]; /* of samples, and of the places of markers */
	struct cw_look_for look; /* of a look */
	const struct cw_span *spans; /* of the keys; borrowed */
	uint32_t n_spans;
};

/* ---- commands by which a medium sanitises itself ---- */

/* What a command and its answer show of it. */
enum cw_shows {
	CW_SHOWS_NOTHING,   /* it is none of these, or was not answered in a way that could be believed */
	CW_SHOWS_IDLE,      /* nothing runs, and nothing that ran has ended well or failed */
	CW_SHOWS_QUIET,     /* nothing runs: a medium that tells no more than that; and no password is set on it */
	CW_SHOWS_ARMED,     /* nothing runs, and a password is set on it, whosever */
	CW_SHOWS_RUNNING,
	CW_SHOWS_SUCCEEDED, /* the last one ended well, whenever that was */
	CW_SHOWS_FAILED,    /* the last one failed, whenever that was */
	CW_SHOWS_ACCEPTED,  /* our command: it was taken */
	CW_SHOWS_COMPLETED, /* our command: it was taken and has ended well, of one that is answered at its end */
	CW_SHOWS_REFUSED,   /* our command: it was not taken */
	CW_SHOWS_PERHAPS,   /* our command: nobody knows whether it was taken */
	CW_SHOWS_ARMING,    /* our password is being set */
	CW_SHOWS_UNDOING,   /* our password is being taken away: what the medium shows from here on does not come of our command */
	CW_SHOWS_RESET,     /* it was reset, or may have been: what it was told before it may have forgotten */
	CW_SHOWS_GONE,      /* there is no device any more */
	/* Of a command that takes several transfers: */
	CW_SHOWS_UNDER_WAY, /* one of them went well, and nothing has come of it yet */
	CW_SHOWS_PENDING,   /* the answer is not there yet */
	CW_SHOWS_CARRIED,   /* our command was handed over, and its answer is to be fetched */
	CW_SHOWS_REPLIED,   /* and that is that it has ended well */
	CW_SHOWS_LOST,      /* nobody knows what the answer was */
};
struct cw_native_seen {
	uint32_t shows;    /* enum cw_shows */
	uint32_t progress; /* of RUNNING, in 65536ths */
	const char *why;   /* of REFUSED and FAILED: a msgid; NULL where nothing more is known */
	const char *left;  /* how a failure or refusal left the medium, and the way out: a msgid that can stand alone; NULL where it is as before */
};

/*
 * Where it stands, as concluded from announcements, commands and their answers, and interruptions in their order.  A drive that says "success" is only believed when that can be
 * nothing but the end of our command.
 */
enum cw_native_state {
	CW_NATIVE_NOT_SENT,   /* or, after an interruption, certainly not carried out: it is to be sent */
	CW_NATIVE_BUSY,       /* something runs that is not ours */
	CW_NATIVE_SENT,       /* announced; what became of it is not known */
	CW_NATIVE_RUNNING,
	CW_NATIVE_SUCCEEDED,
	CW_NATIVE_FAILED,
	CW_NATIVE_REFUSED,
};
struct cw_native_course {
	uint32_t state;    /* enum cw_native_state */
	uint32_t before;   /* enum cw_shows: what the medium said last before it was sent */
	bool submitted;    /* there is an answer to it, whatever that says */
	bool accepted;     /* and it has said that it took it, or shown it */
	bool interrupted;  /* since it was sent something happened after which it may have lost it */
	bool undone;       /* our password was taken away since */
	bool has_password; /* ours was to be set on it, and nothing since has shown that none is */
	bool goes_on;      /* and since that it was seen running: it has not */
	bool carried;      /* it was handed over, in several transfers */
};
void cw_native_told_password(struct cw_native_course *c);                /* it is about to be set */
void cw_native_announced(struct cw_native_course *c);                    /* it is about to be sent */
void cw_native_saw(struct cw_native_course *c, uint32_t shows);
void cw_native_interrupted(struct cw_native_course *c);                  /* the medium was away, or the program was */
const char *cw_native_state_name(uint32_t state); /* in journals: "submitting", "running", "succeeded", "failed", "refused", or "unknown" for all others */

/* Which of its own pages says that what it erased cannot be read before it is written (SBC-4 6.6.2). */
enum cw_unreadable { CW_UNREADABLE_NEVER, CW_UNREADABLE_BLOCK_ERASE, CW_UNREADABLE_CRYPTO_ERASE };

/* How much of a drive with several namespaces a command erases. */
enum cw_scope { CW_SCOPE_MEDIUM, CW_SCOPE_UNSURE /* the others perhaps, so that nothing may be claimed for them, nor risked */, CW_SCOPE_DRIVE };

/* Of one medium, while its command is worked at: what it takes besides the transport, and how far a command of several transfers is.  Zeroed at first but for what is given. */
#define CW_SECRET_MAX 32u
struct cw_native_use {
	uint32_t bus;        /* given: enum cw_bus */
	uint32_t com_id;     /* of TCG; given for a rehearsal, else asked */
	uint8_t secret[CW_SECRET_MAX]; /* given, or asked from the medium: never in a journal */
	uint32_t secret_len; /* 0: none */
	uint32_t stage, session, polls; /* the technique's own */
};
/*
 * A PSID as a person read it from a label: blanks and dashes are left out, small letters are capitals.  False: it is not 32 of A to Z and 0 to 9.
 */
#define CW_PSID_CHARS 32u
CW_MUST_CHECK bool cw_psid_normalise(const char *typed, char out[CW_PSID_CHARS + 1]);

struct cw_native {
	uint32_t feature;      /* enum cw_feature that must be YES */
	uint32_t may_leave;    /* CW_LOOK_BIT of what may be found after it */
	uint8_t pattern[CW_PATTERN_MAX];
	uint32_t pattern_len;  /* that it fills the medium with; 0: none */
	bool destroys_key;     /* and nothing else: somebody must attest what that is worth (c4) */
	bool writes_all;       /* it takes as long as writing the medium does */
	uint64_t untold_seconds; /* that it may take where the medium gives no estimate; 0: the usual */
	const char *on_request; /* plans have it only where somebody asks for it by name, and this is why: a msgid; NULL: they have it anyway */
	/*
	 * It is of a disc that is recorded in sequence: no marker can be written on it before, and all that could be read of it must be unrecorded afterwards, or zeros
	 * (cw_sweep_look_blank).  How much of it can be read, its size to the kernel, changes at every step.
	 */
	bool leaves_nothing;
	/* A msgid: the data stay on the medium, or may, whatever is seen of it, so that nothing is ever sanitised by it, and nothing need be looked at; NULL: they do not. */
	const char *leaves_data;
	uint32_t unreadable;   /* enum cw_unreadable */
	const char *unfinished; /* how the medium is left when the job ends before it has, and the way out: a msgid that can stand alone; NULL: it goes on by itself */
	bool leaves_areas;     /* it leaves areas beside the medium alone, of which is told how large they are: boot partitions, RPMB */
	bool takes_unallocated; /* also capacity that belongs to no namespace */
	uint32_t (*scope)(const struct cw_nvme_told *n); /* enum cw_scope; NULL: the medium and nothing else */
	uint32_t poll_ms;
	/* Sends the command that asks where it stands, or the one that starts it.  What came of them is heard (cw_transport). 0 or -errno, which says no more than that. */
	int (*ask)(struct cw_transport *t);
	int (*submit)(struct cw_transport *t);
	/*
	 * Of one that takes a password: which (printable, no secret of anybody, the same for all media).  prepare sets it, where none is set, before the command is announced; 0: it is set.
	 * The command is then sent by submit_within, in the place of submit, and is answered at its end only.  undo takes the password away again, unlocking the medium first if need
	 * be; 0: none is set any more.
	 */
	const char *password;
	const char *left_locked; /* a msgid: what to do when it could not be taken away */
	int (*prepare)(struct cw_transport *t);
	int (*submit_within)(struct cw_transport *t, uint32_t timeout_ms);
	int (*undo)(struct cw_transport *t);
	int (*recover)(struct cw_transport *t); /* after a failure: the command that makes the medium usable again; NULL: there is none */
	/* Pure: what one command shows. */
	void (*read)(const struct cw_heard *h, struct cw_native_seen *out);
	/* Answers like a medium that does as it is told, `begun`: ours was sent; of one that takes a password: that was told, and ours not yet sent.  For a rehearsal; command is a struct cw_scsi, cw_nvme or cw_mmc. */
	void (*obey)(bool begun, uint32_t set, void *command);
	/* In the place of ask, submit and obey, where that takes more than a transport (hooks->use); they are NULL then. */
	int (*ask_with)(struct cw_transport *t, struct cw_native_use *use);
	int (*submit_with)(struct cw_transport *t, struct cw_native_use *use);
	void (*obey_with)(struct cw_native_use *use, uint32_t set, void *command);
	/* What is kept of one command, and read: without secrets, and short.  NULL: all of it. */
	void (*keep)(const struct cw_heard *h, uint8_t room[CW_HEARD_DATA_MAX], struct cw_heard *kept);
	bool needs_psid;       /* the person reads it from the label: only done where it is asked for */
};

struct cw_native_hooks {
	void *user;
	struct cw_native_use *use; /* NULL: none is needed */
	bool (*stop)(void *user);
	void (*wait)(void *user, uint32_t ms); /* may come back earlier */
	/* Before the command is sent, each time: is it still the medium that was authorised?  NULL: it can be no other. */
	bool (*is_same)(void *user);
	void (*progress)(void *user, uint32_t progress);
	/* Before anything is concluded from it, or sent.  Negative: nothing more is sent. */
	int (*heard)(void *user, const struct cw_heard *h, struct cw_error *err);
	int (*password)(void *user, const char *text, struct cw_error *err); /* it is about to be set; NULL: nobody wants to know */
	int (*told)(void *user, const char *state, uint32_t progress, const char *why, struct cw_error *err); /* why may be NULL */
};
enum cw_native_end {
	CW_NATIVE_END_DONE,    /* the medium says that it ended well */
	CW_NATIVE_END_FAILED,  /* the medium says that it failed, or did not take it */
	CW_NATIVE_END_STOPPED, /* running: the medium goes on by itself */
	CW_NATIVE_END_UNKNOWN, /* it does not say */
	CW_NATIVE_END_GONE,
};
struct cw_native_result {
	uint32_t end;           /* enum cw_native_end */
	bool running;
	bool has_password;      /* ours may be set on it still */
	const char *why;        /* a msgid; NULL of DONE and STOPPED */
};
/* so_far: of an earlier attempt, else zeros.  Listens to t while it runs.  Negative only for failures of ours (hooks). */
CW_MUST_CHECK int cw_native_run(struct cw_transport *t, const struct cw_native *n, const struct cw_native_course *so_far, uint64_t size_bytes, uint64_t expected_seconds,
				const struct cw_native_hooks *hooks, struct cw_native_result *result, struct cw_error *err);
/* How long it may take before nothing more is expected of it. */
uint64_t cw_native_limit_seconds(const struct cw_native *n, uint64_t size_bytes, uint64_t expected_seconds);
/* All that may be found after it on a medium that told this of itself: the capabilities of a journal's job line, NULL where there are none. */
uint32_t cw_native_may_leave(const struct cw_native *n, const json_t *capabilities);
/* Does the medium say that reads fail after it? */
bool cw_native_is_unreadable(const struct cw_native *n, const struct cw_scsi_told *told);
/* The commands that it would send, from its own code run on a medium that is not there: array of {set, requestHex, [dataOutHex]}.  NULL when out of memory. */
json_t *cw_native_rehearse(const struct cw_native *n, uint64_t size_bytes);
/* The same for a namespace, and with what is given for it. */
json_t *cw_native_rehearse_at(const struct cw_native *n, uint64_t size_bytes, const struct cw_nvme_target *target, const struct cw_native_use *given);

/* ---- the password that ATA drives take before they erase themselves ---- */

/* Always the same, and no secret: whoever finds a drive that was left locked must be able to unlock it. */
#define CW_ATA_PASSWORD "certwipe"
/*
 * Takes it away, unlocking the drive first where it is locked.  0: no password is set any more.  -EIO: the drive does not answer as it should; -EPERM: one is set still;
 * -EBUSY: security is frozen; -EAGAIN: too many wrong passwords were given.
 */
CW_MUST_CHECK int cw_ata_unlock(struct cw_transport *t);

/* ---- the registry ---- */

struct cw_technique {
	const char *id;             /* "overwrite": --technique, plan and evidence */
	const char *name;           /* msgid of its name for people */
	const char *matrix_single;  /* code in levels.def for one pass: "OW1"; of a native technique the only one */
	const char *matrix_multi;   /* for several: "OWN"; NULL: there is none */
	const char *matrix_besides; /* of a native one that is worth nothing by itself: for the overwriting that a policy has done besides; NULL: there is none */
	const struct cw_native *native; /* NULL: the host does it */
	const char *unconfirmed;    /* a msgid: what about it nobody has confirmed, and that it is only planned with --allow-unconfirmed; NULL: nothing */
	bool records;               /* of a disc that is recorded in sequence: its command is given twice, and in between all of the disc is recorded as one track (cw_transport_track_new) */
	bool only_keys;             /* it destroys keys that stand on the medium; everything else stays */
	/* Can it be done on this medium at all?  false with the reason (a msgid) in why.  c: NULL where it was not asked. */
	bool (*applies)(const struct cw_technique *t, const struct cw_medium *m, const struct cw_capabilities *c, char *why, size_t size);
	/* Runs one step on [from, size).  Same results and errors as the sweeps of the engine. */
	int (*run)(struct cw_transport *t, const struct cw_step *step, uint64_t from_bytes, uint64_t size_bytes, const struct cw_sweep_hooks *hooks,
		   struct cw_sweep_result *result, struct cw_error *err);
};
/* Does it erase more of this drive than the medium?  c may be NULL. */
bool cw_native_takes_others(const struct cw_native *n, const struct cw_capabilities *c);
/* What native techniques have in common: it applies where the medium says that it has the feature; the steps around the command. */
bool cw_native_applies(const struct cw_technique *t, const struct cw_medium *m, const struct cw_capabilities *c, char *why, size_t size);
CW_MUST_CHECK int cw_native_step(struct cw_transport *t, const struct cw_step *step, uint64_t from_bytes, uint64_t size_bytes, const struct cw_sweep_hooks *hooks,
				 struct cw_sweep_result *result, struct cw_error *err);

/* Only keys are destroyed, on the medium or in it: somebody must attest what that is worth (c4). */
bool cw_technique_wants_attestation(const struct cw_technique *t);

/* NULL-terminated, in sorted order. */
extern const struct cw_technique *const cw_techniques[];
const struct cw_technique *cw_technique_get(const char *id); /* NULL when there is none */

#endif
