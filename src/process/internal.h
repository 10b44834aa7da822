/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of process/ share: how processes are started, where state lies, and what the broker keeps of each medium. */
#ifndef PROCESS_INTERNAL_H
#define PROCESS_INTERNAL_H

#include "certwipe/process.h"

/* The account without any privilege under which media and journals are parsed and overwritten (nobody). */
#define CW_NOBODY_UID 65534u
#define CW_NOBODY_GID 65534u

/* ---- spawn.c: the only fork of the project ---- */

struct cw_child { pid_t pid; int fd; /* our end of its socket */ };
#define CW_KEEP_MAX 24
/*
 * Forks; the child (called name in ps) gets work(fd, user) with every descriptor closed but its socket and keep[] (-1 ends), leaves the terminal's session, and exits
 * with what work returns.
 */
CW_MUST_CHECK int cw_spawn(const char *name, int (*work)(int fd, void *user), void *user, const int *keep, struct cw_child *out, struct cw_error *err);
/* Waits for one message of the given type (an ERROR becomes ours) for at most timeout_ms, then ends the child: kills it when it does not answer. */
CW_MUST_CHECK int cw_child_answer(struct cw_child *c, enum cw_msg_type type, void *body, int timeout_ms, struct cw_error *err);
/* Closes, reaps; kills what does not end by itself within a second.  False: it does not end even so, because it hangs in the kernel; it is left behind. */
bool cw_child_end(struct cw_child *c);

/* For the mains of children (prober.c). */
CW_MUST_CHECK int cw_drop_to_nobody(struct cw_error *err);
int cw_child_failed(int fd, const struct cw_error *why); /* tells why; the exit status to end with */

/* ---- asker.c: for a medium's own commands ---- */

int cw_capability_of(const struct cw_medium *m); /* the one that they need */
CW_MUST_CHECK int cw_drop_to_nobody_but(int capability, struct cw_error *err);
/* Its socket takes questions of cw_transport_asked_new(), and it ends when nobody has the other end any more. */
CW_MUST_CHECK int cw_asker_start(const struct cw_medium *m, struct cw_child *out, struct cw_error *err);

/* ---- state.c: the state directory ---- */

struct cw_state {
	char path[CW_SERIAL_MAX];
	int dir, journals, certificates, keys; /* descriptors, -1 while there is none */
	bool denied; /* it is there, and we may not look into it */
	uid_t signer_uid;
	gid_t signer_gid;
};
/* Opens what there is; make: creates what is missing (0711, journals and keys for root only).  CW_E_STATE says what to do. */
CW_MUST_CHECK int cw_state_open(const char *path, bool make, struct cw_state *out, struct cw_error *err);
void cw_state_close(struct cw_state *s);
void cw_document_path(const struct cw_state *s, const char *document_id, char *out, size_t size); /* its folder */
/* May a wipe start here: writable, persistent (unless tmpfs_allowed), need_bytes free, a station key. */
CW_MUST_CHECK int cw_state_check(const struct cw_state *s, bool tmpfs_allowed, uint64_t need_bytes, json_t **described, struct cw_error *err);

/* ---- prober.c ---- */

CW_MUST_CHECK int cw_probe_contents(const char *node, uint64_t size_bytes, struct cw_contents *out, struct cw_error *err);
/* What it can do by itself; never fails: what cannot be asked is not known. */
void cw_probe_capabilities(const struct cw_medium *m, struct cw_capabilities *out);
CW_MUST_CHECK int cw_probe_journal(int journal_fd, struct cw_msg_job_info *out, struct cw_error *err);
/* What became of a job that has ended, without the path of its document.  A negative code when it was cut off or is not signed. */
CW_MUST_CHECK int cw_probe_result(int journal_fd, struct cw_msg_result *out, struct cw_error *err);

/* ---- beat.c: how far a running job is, for those who look at it from elsewhere; no evidence ---- */

struct cw_told { uint64_t at_ms; /* CLOCK_MONOTONIC */ struct cw_msg_progress progress; };
struct cw_beat {
	uint64_t silent_after_ms; /* so long without a beat: the medium does not answer */
	uint64_t abandoned;       /* 1: the operator gave the job up */
	struct cw_told told;      /* the executor's part */
};
#define CW_BEAT_SUFFIX ".progress"
int cw_beat_create(int journals_dir, const char *job_id, uint64_t silent_after_ms); /* -1: there will be none */
int cw_beat_open(int journals_dir, const char *job_id);                             /* -1: there is none */
void cw_beat_remove(int journals_dir, const char *job_id);
void cw_beat_tell(int fd, const struct cw_msg_progress *m); /* with -1 these do nothing */
void cw_beat_abandon(int fd);
CW_MUST_CHECK bool cw_beat_read(int fd, struct cw_beat *out); /* false: none, or not what it should be */
bool cw_beat_is_silent(const struct cw_beat *b);

/* ---- inhibit.c ---- */

int cw_inhibit_sleep(void); /* a descriptor: as long as anybody has it open, the computer neither sleeps nor shuts down; -1: nobody here can see to that */

/* ---- executor.c ---- */

struct cw_executor_task {
	int medium_fd, journal_fd;
	int beat_fd, inhibit_fd; /* -1: none */
	char job_id[CW_JOB_ID_MAX];
	struct cw_medium expected; /* identity that was authorised; attachment as it is now */
	struct cw_caller by;
	uint32_t slot;
	struct cw_stop_rules stop_rules;
	const struct cw_native *native; /* the medium sanitises itself; NULL: the host does the work */
	bool opens;                     /* it is to show what it hides first */
	uint64_t native_seconds;        /* that it said it would take; 0: it did not */
	const int *other_fds;           /* of the other namespaces of its drive, that die with it */
	uint32_t n_other_fds;
	struct cw_native_use native_use; /* what is given for it */
	bool resumed; /* somebody goes on with the job; else it begins */
	bool dropped_tail; /* a torn last line was cut off its journal already */
};
CW_MUST_CHECK int cw_executor_start(const struct cw_executor_task *task, struct cw_child *out, struct cw_error *err);
CW_MUST_CHECK int cw_recheck_start(int medium_fd, const struct cw_msg_recheck *what, struct cw_child *out, struct cw_error *err);
/* unlocker.c: takes the password away that a job left on a drive, in a process that holds nothing else.  CW_E_REFUSED says what stands against it. */
CW_MUST_CHECK int cw_unlock(int medium_fd, const struct cw_medium *m, struct cw_error *err);

/* ---- signer.c, signer_register.c ---- */

struct cw_slot;

/* Appends the started entry; the checkpoint after it. */
CW_MUST_CHECK int cw_signer_started(const struct cw_state *s, const struct cw_entry *entry, struct cw_checkpoint *after, struct cw_error *err);
/*
 * Closes the journal first when reason is not NULL.  Verdict, payload, signature, files, register, attested line.  The journal of s must begin
 * with the head that the broker wrote: its executor held the same file.
 */
CW_MUST_CHECK int cw_signer_attest(const struct cw_state *state, const struct cw_slot *s, const struct cw_caller *by, const char *close_reason, struct cw_msg_result *out,
				   struct cw_error *err);
/* Of a job whose executor is gone and cannot say so: the journal is ended as lost first, with this message. */
CW_MUST_CHECK int cw_signer_attest_lost(const struct cw_state *state, const struct cw_slot *s, const struct cw_caller *by, const char *message,
					struct cw_msg_result *out, struct cw_error *err);
/* CW_E_REFUSED: the register of another station holds the start of the job, not this one's. */
CW_MUST_CHECK int cw_signer_check_origin(const struct cw_state *state, const struct cw_slot *s, struct cw_error *err);
/* Answers a register query or shows the keys: relays the document to front_fd. */
CW_MUST_CHECK int cw_signer_query(const struct cw_state *s, const struct cw_msg_register *q, int front_fd, struct cw_error *err);
/* Cases of a medium or of a job, newest first, not more than a person can compare; a state directory without a register has none. */
CW_MUST_CHECK int cw_signer_cases_of(const struct cw_state *s, const char *identity_sha256, const char *serial, const char *asset_tag, const char *job_id,
				     struct cw_msg_candidates *out, struct cw_error *err);
/* What an auditor asks; rows: the assets that were retired. */
CW_MUST_CHECK int cw_signer_audit(const struct cw_state *s, const struct cw_audit_wish *wish, const struct cw_msg_list_row *rows, size_t n_rows, int front_fd, struct cw_error *err);
/* signer_people.c: takes a person's signature into a document: checked as a whole, entered in the register, proved anew; relays the answer. */
CW_MUST_CHECK int cw_signer_add(const struct cw_state *s, const struct cw_msg_signature *m, int front_fd, struct cw_error *err);
/* signer_statement.c: takes a person's statement about documents in; relays the answer. */
CW_MUST_CHECK int cw_signer_state(const struct cw_state *s, const struct cw_msg_statement *m, const struct cw_caller *by, int front_fd, struct cw_error *err);
/* signer_attachments.c: opened while the signer still may, laid beside the document that names them. */
struct cw_attachments { int fds[CW_PHOTOS_MAX]; };
void cw_attachments_open(const struct cw_state *s, const char *job_id, struct cw_attachments *out);
CW_MUST_CHECK int cw_attachments_lay(const struct cw_attachments *a, const json_t *payload, int folder, struct cw_error *err);
/* The document of the wipe that this one names: CW_E_NO_EVIDENCE unless it is here, the one that is named, and genuine. */
CW_MUST_CHECK int cw_check_wipe(const struct cw_state *s, const struct cw_signer *signer, const json_t *payload, const struct cw_journal_text *t, struct cw_error *err);
CW_MUST_CHECK int cw_signer_key_create(const struct cw_state *s, const struct cw_msg_key *k, int front_fd, struct cw_error *err);

/* ---- sealer.c ---- */

/*
 * Makes and seals the PDF of a registered document, unless there is one: "<number>.pdf" beside its evidence.  The evidence does not depend on it; CW_E_TYPESET:
 * no font, or one without a character.  May be ignored: it can be made later.
 */
int cw_seal_document(const struct cw_state *s, const char *number, struct cw_error *err);

/* ---- typeset.c ---- */

int cw_typeset_prepare(void); /* opens the typesetter, once; its descriptor, -1: there is none.  Whoever asks later, without privilege, needs it. */
int cw_typeset_missing(struct cw_error *err); /* says so */
/* What the typesetter is asked for this page, and its answer as it stands: for two processes that share the work. */
CW_MUST_CHECK int cw_typeset_request(const struct cw_renderer *r, struct cw_paper *p, struct cw_buf *request, struct cw_error *err);
CW_MUST_CHECK int cw_typeset_raw(const char *request, size_t len, struct cw_buf *answer, struct cw_error *err);

/* ---- broker ---- */

enum cw_slot_state { CW_SLOT_FREE, CW_SLOT_PREPARED, CW_SLOT_AUTHORISED, CW_SLOT_RUNNING, CW_SLOT_ATTACHED /* another's */, CW_SLOT_DONE };
struct cw_slot {
	enum cw_slot_state state;
	struct cw_medium medium;
	struct cw_capabilities capabilities;
	struct cw_contents contents;
	char samples[CW_SHA256_HEX]; /* of a weak identity: what it held before it was unplugged, see cw_broker_sample() */
	struct cw_policy policy;
	struct cw_plan plan;
	char plan_sha256[CW_SHA256_HEX];
	uint32_t method, tries;     /* how it was authorised; wrong answers so far */
	char approval_number[CW_TEXT_MAX];
	char psid[CW_PSID_CHARS + 1]; /* until its executor has it; "": none */
	struct cw_case case_;       /* the call's, completed from the authorisation list */
	const struct cw_msg_list_row *row; /* of the list that authorised it; used up */
	uint64_t head_bytes;        /* of its journal before the executor got it */
	char head_sha256[CW_SHA256_HEX];
	bool replug_due;            /* authorised, and waits until it was unplugged and plugged in, or a disc was out and in */
	uint32_t tray;              /* enum cw_tray, with replug_due: a disc, and who moves it */
	uint64_t tray_ms, returned_diskseq; /* since when that is waited for; as what it was seen last */
	bool stop_asked;
	bool foreign;               /* another station began it: to be entered in this register, too */
	bool dropped_tail;          /* of its journal, when that was done */
	bool resumed;               /* goes on with a journal that there is already */
	char job_id[CW_JOB_ID_MAX];
	int medium_fd, journal_fd;  /* -1: none */
	int other_fds[CW_OTHERS_MAX]; /* of the other namespaces of its drive, that die with it */
	uint32_t n_other_fds;
	struct cw_child executor;
	int beat_fd;                /* -1: none */
	uint64_t heard_ms, told_ms; /* when the executor told of progress; when the front was told that it does not */
	uint64_t looked_ms;         /* when that was looked for */
	uint64_t abandoned_ms;      /* of one that is attached to: when it was seen to be given up */
	bool silent;
};

struct cw_broker {
	int front; /* -1 once the front has gone */
	struct cw_caller caller;
	const char *const *policy_folders;
	struct cw_state state;
	struct cw_case case_;
	bool has_case; /* it was given */
	char psid[CW_PSID_CHARS + 1]; /* "": none was given, or a slot has taken it */
	struct cw_msg_list_row *rows; /* authorisation list, owned */
	size_t n_rows, rows_room;
	char list_sha256[CW_SHA256_HEX];
	bool list_complete, list_too_long;
	uint64_t queued_ms; /* when the queue was last looked at; 0: look at once */
	bool inhibits; /* it was asked for, whatever came of it */
	int inhibit_fd; /* while any of ours runs */
	uint32_t n_slots;
	struct cw_slot slots[CW_SLOTS_MAX];
	struct cw_child recheck;
};

/* broker.c */
void cw_broker_main(int front_fd, const char *state_dir, const char *const *policy_folders, const struct cw_caller *caller) __attribute__((noreturn));
CW_MUST_CHECK int cw_broker_need_state(struct cw_broker *b, struct cw_error *err); /* makes the state directory if there is none */
CW_MUST_CHECK int cw_broker_send_result(struct cw_broker *b, const struct cw_msg_result *r); /* and makes the page of its document */
void cw_broker_forget(void); /* in an executor: of what the broker knows of other media it needs nothing, and dozens of executors would keep it in memory */
/* broker_medium.c: open, compare, describe */
CW_MUST_CHECK int cw_broker_find(struct cw_broker *b, const char *named, struct cw_medium *out, struct cw_error *err);
/* The same, and what else there was to be seen at that moment; *all is the caller's to clear, also after a failure. */
CW_MUST_CHECK int cw_broker_find_among(struct cw_broker *b, const char *named, struct cw_media *all, struct cw_medium *out, struct cw_error *err);
CW_MUST_CHECK int cw_broker_may_touch(const struct cw_medium *m, struct cw_error *err); /* system or in use: refused */
CW_MUST_CHECK int cw_broker_hold(struct cw_medium *m, int *fd, struct cw_error *err); /* O_EXCL, flock, identity compared on the descriptor */
/* Before anything is written: who answers on the descriptor that we hold is the one that was confirmed. */
CW_MUST_CHECK int cw_broker_compare_held(const struct cw_medium *m, int fd, struct cw_error *err);
/* The kernel keeps the nodes of the partitions that were on it until somebody makes it look again. */
void cw_broker_forget_partitions(const struct cw_medium *m);
void cw_broker_probe(const struct cw_medium *m, struct cw_contents *out);
void cw_broker_ask(struct cw_medium *m, struct cw_capabilities *out); /* what it can do by itself; m learns of hidden areas */
const struct cw_medium *cw_twin_of(const struct cw_media *all, const struct cw_medium *m); /* another one with the same identity, or NULL */
json_t *cw_uses_json(const struct cw_medium *m);
CW_MUST_CHECK int cw_broker_list(struct cw_broker *b, bool all, json_t **doc, struct cw_error *err);
CW_MUST_CHECK int cw_broker_inspect(struct cw_broker *b, const char *named, json_t **doc, struct cw_error *err);
CW_MUST_CHECK int cw_broker_capture(struct cw_broker *b, const char *named, json_t **doc, struct cw_error *err);
/* broker_others.c: namespaces that die with the medium.  Nobody may use one: refused. */
CW_MUST_CHECK int cw_broker_check_others(const struct cw_media *all, const struct cw_medium *m, const struct cw_plan *p, struct cw_error *err);
CW_MUST_CHECK int cw_broker_hold_others(struct cw_broker *b, struct cw_slot *s, struct cw_error *err); /* the same, and all of them held */
void cw_broker_release_others(struct cw_slot *s);
void cw_broker_forget_others(struct cw_broker *b, const struct cw_slot *s); /* their partitions, which are gone */
/* broker_wipe.c: add, authorise, start, finish */
CW_MUST_CHECK int cw_broker_plan(struct cw_broker *b, const struct cw_msg_medium *q, struct cw_media *all, struct cw_medium *m, struct cw_capabilities *c,
				 struct cw_contents *contents, struct cw_policy *p, struct cw_plan *plan, struct cw_error *err);
/* Always takes a slot.  Prepared: *doc is what the person must see before answering.  Else *result says why not, and the slot is done. */
CW_MUST_CHECK bool cw_broker_add(struct cw_broker *b, const struct cw_msg_medium *q, uint32_t *slot, json_t **doc, struct cw_msg_result *result);
CW_MUST_CHECK int cw_broker_answer(struct cw_broker *b, const struct cw_msg_answer *a, struct cw_error *err);
CW_MUST_CHECK int cw_broker_start_slot(struct cw_broker *b, uint32_t slot, struct cw_error *err);
/* A foreign job becomes one of this station: what is signed here must build on this register. */
CW_MUST_CHECK int cw_broker_take_over(struct cw_broker *b, struct cw_slot *s, struct cw_error *err);
/* The executor has ended, with a last message or without: signs, and says what became of it.  False: it goes on behind a replug. */
CW_MUST_CHECK bool cw_broker_finish(struct cw_broker *b, uint32_t slot, const struct cw_job_status *status, const struct cw_error *failed, struct cw_msg_result *result);
void cw_broker_settle(struct cw_broker *b, uint32_t slot, struct cw_msg_result *result); /* signs what its journal holds by now */
void cw_broker_refuse(struct cw_broker *b, struct cw_slot *s, const struct cw_error *why, struct cw_msg_result *result);
void cw_broker_done(struct cw_broker *b, uint32_t slot, const struct cw_error *why, struct cw_msg_result *result); /* why may be of code 0: *result says */
void cw_slot_release(struct cw_slot *s);
/* broker_native.c */
/* The slot takes the PSID that was given; refused where its plan needs one and there is none. */
CW_MUST_CHECK int cw_broker_take_psid(struct cw_broker *b, struct cw_slot *s, struct cw_error *err);
void cw_broker_give_native(struct cw_slot *s, struct cw_executor_task *task); /* what the executor needs for it; the slot has no PSID any more */
/* certwipe/planned/1, with what the medium would be told where it is to show what it hides or to sanitise itself; NULL when out of memory. */
json_t *cw_broker_planned(const struct cw_plan *plan, const char *digest, const struct cw_medium *m, const struct cw_capabilities *c);
/* broker_watch.c: media that do not answer */
uint64_t cw_broker_silent_after_ms(const struct cw_policy *p);
uint64_t cw_slot_silent_after_ms(const struct cw_slot *s); /* the same of what this one is about to do */
#define CW_LISTEN_MS 1000 /* how often silence is looked for */
void cw_broker_note(const struct cw_broker *b, uint32_t slot, enum cw_note kind, uint64_t quiet_ms); /* to the front */
void cw_broker_heard(struct cw_broker *b, uint32_t slot); /* its executor told something */
/* It has told nothing: for too long?  True: somebody gave it up from elsewhere. */
CW_MUST_CHECK bool cw_broker_listen(struct cw_broker *b, uint32_t slot);
bool cw_broker_is_abandoned(const struct cw_slot *s);
/* Ends the executor, or leaves it where the kernel does not let it end; the slot is done. */
void cw_broker_abandon(struct cw_broker *b, uint32_t slot, struct cw_msg_result *result);
void cw_broker_tell_hanging(const struct cw_slot *s, struct cw_error *why);
/* broker_attach.c: once in a while for a slot that is attached.  True: the job has ended, as *result says, and the slot is done. */
#define CW_LOOK_MS 250
CW_MUST_CHECK bool cw_broker_look(struct cw_broker *b, uint32_t slot, struct cw_msg_result *result);
/* broker_queue.c: starts all that may begin, from *slot on.  True: *slot could not, as *result says; go on behind it. */
CW_MUST_CHECK bool cw_broker_start_next(struct cw_broker *b, uint32_t *slot, struct cw_msg_result *result);
bool cw_broker_waits(const struct cw_broker *b); /* something is authorised and has not begun */
bool cw_broker_queue_is_due(const struct cw_broker *b); /* one of ours has ended, or it is time to look at those of others */
void cw_broker_stop_waiting(struct cw_broker *b, uint32_t slot, struct cw_msg_result *result);
/* broker_replug.c: a digest of what stands at places all over the medium */
CW_MUST_CHECK int cw_broker_sample(int fd, uint64_t size_bytes, char digest[CW_SHA256_HEX], struct cw_error *err);
bool cw_broker_is_told(const struct cw_medium *m); /* nothing more is to come of what udev tells of it */
bool cw_broker_front_speaks(const struct cw_broker *b, int within_ms); /* or has gone */
/* Gives the medium up until it was unplugged and plugged in, and holds it again. */
CW_MUST_CHECK int cw_broker_await_replug(struct cw_broker *b, struct cw_slot *s, struct cw_error *err);
/*
 * Of a medium that waits for it, looked at now and then.  1: it was unplugged and is held again; 0: not yet; negative: it is back and cannot be had.
 */
CW_MUST_CHECK int cw_broker_is_replugged(struct cw_broker *b, struct cw_slot *s, struct cw_error *err);
/* broker_reload.c: the same of a disc that goes out of its drive and in again; by what its drive tells of it, too. */
CW_MUST_CHECK int cw_broker_is_reloaded(struct cw_broker *b, struct cw_slot *s, struct cw_error *err);
bool cw_broker_needs_hand(const struct cw_slot *s); /* somebody has to see to that, or the drive takes too long */
bool cw_broker_waited_in_vain(const struct cw_broker *b, const struct cw_slot *s); /* for longer than anybody would, and nobody is there */
/* broker_jobs.c: jobs that there are already */
/* broker_health.c: a line of the journal, where the drive tells anything of that. */
void cw_broker_note_health(const struct cw_slot *s, const struct cw_medium *m);
CW_MUST_CHECK int cw_broker_unlock(struct cw_broker *b, const char *named, json_t **doc, struct cw_error *err);
CW_MUST_CHECK int cw_broker_jobs(struct cw_broker *b, json_t **doc, struct cw_error *err);
CW_MUST_CHECK int cw_broker_stop_job(struct cw_broker *b, const char *job, struct cw_error *err);
CW_MUST_CHECK bool cw_broker_job_runs(const struct cw_broker *b, const char *job);
bool cw_job_is_of(const struct cw_msg_job_info *info, const char *identity_sha256); /* about the medium of this identity, also when its hidden area was opened since */
bool cw_job_is_running(int journal_fd); /* somebody works on it, or is about to, or signs it */
CW_MUST_CHECK int cw_broker_attach(struct cw_broker *b, const char *job, uint32_t *slot, json_t **doc, struct cw_error *err);
/* For one that does not answer; *gone false: its process hangs in the kernel. */
CW_MUST_CHECK int cw_broker_abandon_job(struct cw_broker *b, const char *job, bool *gone, struct cw_error *err);
CW_MUST_CHECK int cw_broker_resume(struct cw_broker *b, const struct cw_msg_job *q, uint32_t *slot, bool *goes_on, struct cw_msg_result *result, json_t **doc, struct cw_error *err);
CW_MUST_CHECK int cw_broker_unfinished(struct cw_broker *b, const char identity[CW_SHA256_HEX], char job_id[CW_JOB_ID_MAX], bool *running, struct cw_error *err);
/* broker_document.c: answers with the bytes of one file of a document, unread; its PDF is made when there is none. */
CW_MUST_CHECK int cw_broker_on_certificate(struct cw_broker *b, const void *body, struct cw_error *err);
/* broker_keys.c */
void cw_pinned_roots(int keys_dirfd, struct cw_buf *out); /* PEM of the roots that were pinned here, appended */
CW_MUST_CHECK int cw_broker_keys(struct cw_broker *b, json_t **doc, struct cw_error *err);
CW_MUST_CHECK int cw_broker_trust(struct cw_broker *b, const struct cw_msg_trust *q, struct cw_error *err);
/* journal_head.c: the first lines of a journal */
CW_MUST_CHECK int cw_journal_head(struct cw_slot *s, struct cw_error *err); /* remembers them, before the executor gets the file */
CW_MUST_CHECK int cw_broker_open_journal(struct cw_broker *b, struct cw_slot *s, struct cw_journal **out, struct cw_error *err);
CW_MUST_CHECK int cw_broker_journal_authorised(struct cw_broker *b, struct cw_slot *s, struct cw_journal *j, struct cw_error *err);
json_t *cw_caller_json(const struct cw_caller *c); /* {"uid","name"} */
/* The journal of a medium that is to be destroyed and not wiped; by_device: it was read, not typed. */
CW_MUST_CHECK int cw_broker_open_destruction(struct cw_broker *b, struct cw_slot *s, bool by_device, struct cw_journal **out, struct cw_error *err);
/* The started entry and its line. */
CW_MUST_CHECK int cw_broker_enter_register(struct cw_broker *b, struct cw_slot *s, struct cw_journal *j, bool to_destroy, struct cw_error *err);
int cw_broker_job_fd(const struct cw_broker *b, const char *job, int flags, struct cw_error *err); /* of its journal; negative code: none */
/*
 * broker_chain.c: is there a job about this medium already?  *job: the one that its destruction goes on with; "" and *doc NULL: there is none; "" and *doc: these may be, and a
 * person has to say which.
 */
struct cw_chain_wish {
	const struct cw_medium *medium;
	const char *identity_sha256; /* "": described by hand, so that only its serial number can tell */
	const char *policy;          /* that was asked for; "": none */
	const char *asset_tag;       /* of the case that was given, may be "" */
	bool has_case;
	bool sure;          /* read by the device, and no other medium says the same of itself */
};
CW_MUST_CHECK int cw_broker_chain(struct cw_broker *b, const struct cw_chain_wish *w, char job[CW_JOB_ID_MAX], json_t **doc, struct cw_error *err);
/* A wipe whose document a person withdrew lends its level to no destruction, whether that is recorded already or not: CW_E_REFUSED. */
CW_MUST_CHECK int cw_broker_refuse_withdrawn(struct cw_broker *b, const struct cw_msg_job_info *info, const char *job, struct cw_error *err);
/* broker_destroy.c: answers to the requests about physical destruction, whose three steps may lie days apart */
CW_MUST_CHECK int cw_broker_on_shelve(struct cw_broker *b, const void *body, struct cw_error *err);
CW_MUST_CHECK int cw_broker_on_awaiting(struct cw_broker *b, const void *body, struct cw_error *err);
CW_MUST_CHECK int cw_broker_on_attachment(struct cw_broker *b, const void *body, struct cw_error *err);
CW_MUST_CHECK int cw_broker_on_item(struct cw_broker *b, const void *body, struct cw_error *err);
CW_MUST_CHECK int cw_broker_on_destroyed(struct cw_broker *b, const void *body, struct cw_error *err);
CW_MUST_CHECK int cw_broker_on_witness(struct cw_broker *b, const void *body, struct cw_error *err);
#define CW_ATTACHED_SUFFIX ".attached" /* folder of a job's files beside its journal, until its document is signed: "1", "2" ... */

#endif
