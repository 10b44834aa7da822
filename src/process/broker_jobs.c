/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs that there are already: what their journals say, stop one, go on with one, close one. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

#define SUFFIX ".jsonl"
#define TAIL_BYTES 8192 /* the last lines, one of which may hold what a drive told of its health */

int cw_broker_job_fd(const struct cw_broker *b, const char *job, int flags, struct cw_error *err)
{
	char name[CW_JOB_ID_MAX + sizeof SUFFIX];

	if (!cw_job_id_valid(job))
		return cw_fail(err, CW_E_NOT_FOUND, 0, job, _("See `certwipe jobs`."), _("%s is no job number."), job);
	snprintf(name, sizeof name, "%s" SUFFIX, job);
	int fd = b->state.journals < 0 ? -1 : openat(b->state.journals, name, flags | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return cw_fail(err, CW_E_NOT_FOUND, b->state.journals < 0 ? ENOENT : errno, job, _("See `certwipe jobs`; --state names another state directory."),
			       _("There is no job %s here."), job);
	return fd;
}

bool cw_job_is_running(int journal_fd)
{
	if (flock(journal_fd, LOCK_SH | LOCK_NB) < 0)
		return true;
	flock(journal_fd, LOCK_UN);
	return false;
}

/*
 * Most journals are of jobs long done.  The last lines tell it without parsing the whole: attested after an end that cannot be resumed.  Only
 * a shortcut: whatever does not look exactly so is parsed.
 */
static bool is_done(int fd)
{
	static const char *const ends[] = { "\"status\":\"complete\"", "\"status\":\"failed\"", "\"status\":\"refused\"", "\"status\":\"closed\"" };
	char tail[TAIL_BYTES + 1];
	off_t size = lseek(fd, 0, SEEK_END), from = size > TAIL_BYTES ? size - TAIL_BYTES : 0;
	ssize_t n = pread(fd, tail, sizeof tail - 1, from);

	if (n < 2 || tail[n - 1] != '\n')
		return false;
	tail[n - 1] = 0;
	char *last = memrchr(tail, '\n', (size_t)n - 1);

	if (!last || !strstr(last, "\"event\":\"attested\""))
		return false;
	*last = 0;
	char *before = strrchr(tail, '\n');

	if (before && strstr(before, "\"event\":\"health\"")) {
		*before = 0;
		before = strrchr(tail, '\n');
	}

	if (!before || !strstr(before, "\"event\":\"end\""))
		return false;
	for (size_t i = 0; i < CW_ARRAY_LEN(ends); i++)
		if (strstr(before, ends[i]))
			return true;
	return false;
}

/*
 * A journal without one whole line is of a job that was cut off before it began: the first line is on disk before anything else of a job happens.
 * A start that the register knows and whose journal was emptied later is found there.
 */
static bool never_began(int fd)
{
	char head[4096];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, head, sizeof head, at)) > 0) {
		if (memchr(head, '\n', (size_t)n))
			return false;
		at += n;
	}
	return n == 0;
}

typedef int (*job_visitor)(struct cw_broker *b, const char *job, int fd, void *user, struct cw_error *err);

/* Visits every job that may still need somebody, oldest first (the number begins with the time); a positive answer ends it. */
static int each_open_job(struct cw_broker *b, job_visitor visit, void *user, struct cw_error *err)
{
	struct dirent **names = NULL;
	int rc = 0, n = b->state.journals < 0 ? 0 : scandirat(b->state.journals, ".", &names, NULL, alphasort);

	if (n < 0)
		return cw_fail(err, CW_E_STATE, errno, b->state.path, NULL, _("The journals cannot be listed."));
	for (int i = 0; i < n; i++) {
		char *dot = strstr(names[i]->d_name, SUFFIX);

		if (!rc && dot && !strcmp(dot, SUFFIX)) {
			struct cw_error gone = { 0 };

			*dot = 0;
			CW_AUTO_FD int fd = cw_broker_job_fd(b, names[i]->d_name, O_RDONLY, &gone);

			if (fd >= 0 && (cw_job_is_running(fd) || (!is_done(fd) && !never_began(fd))))
				rc = visit(b, names[i]->d_name, fd, user, err);
		}
		free(names[i]);
	}
	free(names);
	return rc;
}

/* ---- jobs ---- */

static const char *const state_words[] = { [CW_JOB_PREPARED] = "prepared", [CW_JOB_INTERRUPTED] = "interrupted", [CW_JOB_STOPPED] = "stopped",
					    [CW_JOB_FINISHED] = "finished", [CW_JOB_ATTESTED] = "attested", [CW_JOB_REFUSED] = "refused" };

/* What only the beat of a running job knows; words as long as there is more to say than that it runs. */
static void add_beat(const struct cw_broker *b, const char *job, json_t *row)
{
	CW_AUTO_FD int fd = cw_beat_open(b->state.journals, job);
	struct cw_beat beat;
	char since[CW_TIME_TEXT];

	if (!cw_beat_read(fd, &beat))
		return;
	const struct cw_job_progress *p = &beat.told.progress.progress;

	if (p->step)
		json_object_set_new(row, "progress", json_pack("{s:i, s:i, s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:s, s:I}", "step", (int)p->step, "kind", (int)p->kind, "pass", (int)p->pass,
							       "completedBytes", (json_int_t)p->completed_bytes, "sizeBytes", (json_int_t)p->size_bytes,
							       "badBytes", (json_int_t)p->bad_bytes, "mismatchBytes", (json_int_t)p->mismatch_bytes, "elapsedMs",
							       (json_int_t)p->elapsed_ms, "totalDoneBytes", (json_int_t)p->total_done_bytes, "totalBytes",
							       (json_int_t)p->total_bytes, "differs", (int)p->differs, "notGenuine", cw_lie_name(p->lie), "realBytes",
							       (json_int_t)p->real_bytes));
	json_object_set_new(row, "abandoned", json_boolean(beat.abandoned));
	if (!cw_beat_is_silent(&beat))
		return;
	cw_time_format((int64_t)time(NULL) - (int64_t)((cw_monotonic_ms() - beat.told.at_ms) / 1000u), since);
	json_object_set_new(row, "notAnsweringSince", json_string(since));
	json_object_set_new(row, "words", json_string(beat.abandoned ? _("Given up, and its process hangs in the kernel: unplug the medium, then resume or close the job.") :
								       _("Not answering. If it stays so, give it up: certwipe stop JOB --abandon.")));
}

/* A journal only ever grows: asked again and again (jobs --watch), one of the same length is not read again. */
static int status_of(const char *job, int fd, struct cw_job_status *out, struct cw_error *err)
{
	static struct { off_t size; struct cw_job_status status; } known[CW_SLOTS_MAX];
	static size_t next;
	struct cw_msg_job_info info;
	off_t size = lseek(fd, 0, SEEK_END);

	for (size_t i = 0; i < CW_ARRAY_LEN(known); i++)
		if (known[i].size == size && !strcmp(known[i].status.job_id, job)) {
			*out = known[i].status;
			return 0;
		}
	int rc = cw_probe_journal(fd, &info, err);

	if (rc)
		return rc;
	*out = info.status;
	known[next].size = size;
	known[next].status = info.status;
	next = (next + 1) % CW_ARRAY_LEN(known);
	return 0;
}

/* One that was stopped or lost after bytes were found that differ has its report, and nothing more can be done about it. */
static bool needs_somebody(const struct cw_job_status *s, bool running)
{
	return running || s->resumable || s->state != CW_JOB_ATTESTED;
}

static int add_job(struct cw_broker *b, const char *job, int fd, void *user, struct cw_error *err)
{
	struct cw_job_status status;
	const struct cw_job_status *s = &status;
	struct cw_error bad = { 0 };
	bool running = cw_job_is_running(fd);

	(void)err;
	if (status_of(job, fd, &status, &bad)) {
		json_array_append_new(user, json_pack("{s:s, s:s, s:b, s:s}", "jobId", job, "state", "unreadable", "running", running, "words", bad.message));
		return 0;
	}
	if (!needs_somebody(s, running))
		return 0;
	/* A stopped job has its report already; what matters here is that it can go on. */
	uint32_t state = s->state == CW_JOB_ATTESTED && s->resumable ? CW_JOB_STOPPED : s->state;

	json_t *row = json_pack("{s:s, s:s, s:b, s:b, s:s, s:s, s:i, s:i, s:I, s:I, s:s, s:s}", "jobId", job, "state", running ? "running" :
				state_words[state], "running", running, "resumable", s->resumable && !running, "node", s->node, "startedAt", s->started_at,
				"step", (int)s->step, "steps", (int)s->n_steps, "watermarkBytes", (json_int_t)s->watermark_bytes, "sizeBytes",
				(json_int_t)s->size_bytes, "documentId", s->document_id, "words", running ? _("Running.") : s->words);

	if (running)
		add_beat(b, job, row);
	json_array_append_new(user, row);
	return 0;
}

int cw_broker_jobs(struct cw_broker *b, json_t **doc, struct cw_error *err)
{
	json_t *jobs = json_array();
	int rc = each_open_job(b, add_job, jobs, err);

	*doc = json_pack("{s:s, s:o}", "schema", "certwipe/jobs/1", "jobs", jobs);
	return rc;
}

/* ---- is there an unfinished job for this medium? ---- */

static bool has_digest(const struct cw_medium *m, const char *identity)
{
	struct cw_error ignored = { 0 };
	char digest[CW_SHA256_HEX];

	return !cw_identity_digest(m, digest, &ignored) && !strcmp(digest, identity);
}

/* Of one whose hidden area is opened: it may have been already, and is another size since; and so is a disc that was blanked. */
bool cw_job_is_of(const struct cw_msg_job_info *info, const char *identity)
{
	struct cw_medium since;

	if (!strcmp(info->status.identity_sha256, identity))
		return true;
	cw_plan_opened(&info->plan, &info->medium, &since);
	if (cw_class_is_in_sequence(since.class_))
		since.size_bytes = 0;
	return (info->plan.shown_bytes || cw_class_is_in_sequence(since.class_)) && has_digest(&since, identity);
}

struct wanted { const char *identity; char *job_id; bool running; };

static int match_identity(struct cw_broker *b, const char *job, int fd, void *user, struct cw_error *err)
{
	struct wanted *w = user;
	struct cw_msg_job_info info;
	struct cw_error bad = { 0 };

	(void)b;
	(void)err;
	if (cw_probe_journal(fd, &info, &bad) || !cw_job_is_of(&info, w->identity))
		return 0;
	/* A job that was never registered holds nobody up; one that ended for good only waits for its signature. */
	w->running = cw_job_is_running(fd);
	if (!w->running && !info.status.resumable)
		return 0;
	cw_strlcpy(w->job_id, job, CW_JOB_ID_MAX);
	return 1;
}

int cw_broker_unfinished(struct cw_broker *b, const char identity[CW_SHA256_HEX], char job_id[CW_JOB_ID_MAX], bool *running, struct cw_error *err)
{
	struct wanted w = { .identity = identity, .job_id = job_id };
	int rc = each_open_job(b, match_identity, &w, err);

	*running = w.running;
	return rc;
}

/* ---- stop ---- */

int cw_broker_stop_job(struct cw_broker *b, const char *job, struct cw_error *err)
{
	CW_AUTO_FD int fd = cw_broker_job_fd(b, job, O_RDWR, err);

	if (fd < 0)
		return fd;
	/* The kernel names the process that holds the lock on this very file: no pid file can be stale or forged. */
	pid_t pid = cw_journal_owner(fd);

	if (pid <= 0)
		return cw_fail(err, CW_E_NOT_FOUND, 0, job, _("See `certwipe jobs`."), _("Job %s is not running."), job);
	if (kill(pid, SIGTERM) < 0)
		return cw_fail(err, CW_E_PROCESS, errno, job, NULL, _("Job %s could not be told to stop."), job);
	return 0;
}

bool cw_broker_job_runs(const struct cw_broker *b, const char *job)
{
	struct cw_error none = { 0 };
	CW_AUTO_FD int fd = cw_broker_job_fd(b, job, O_RDONLY, &none);

	return fd >= 0 && cw_job_is_running(fd);
}

/* ---- attach: look on from elsewhere ---- */

int cw_broker_attach(struct cw_broker *b, const char *job, uint32_t *slot, json_t **doc, struct cw_error *err)
{
	static struct cw_msg_job_info info;
	struct cw_slot *s = &b->slots[b->n_slots];
	int rc;

	*s = (struct cw_slot){ .state = CW_SLOT_DONE, .medium_fd = -1, .executor = { .fd = -1 }, .beat_fd = -1 };
	*slot = b->n_slots++;
	s->journal_fd = cw_broker_job_fd(b, job, O_RDONLY, err);
	if (s->journal_fd < 0)
		return s->journal_fd;
	rc = cw_job_is_running(s->journal_fd) ? cw_probe_journal(s->journal_fd, &info, err) :
						cw_fail(err, CW_E_NOT_FOUND, 0, job, _("See `certwipe jobs`."), _("Job %s is not running."), job);
	if (rc)
		return rc;
	cw_strlcpy(s->job_id, job, sizeof s->job_id);
	cw_strlcpy(s->medium.node, info.status.node, sizeof s->medium.node);
	s->state = CW_SLOT_ATTACHED;
	*doc = json_pack("{s:s, s:s, s:s, s:s}", "schema", "certwipe/attached/1", "jobId", job, "node", info.status.node, "startedAt", info.status.started_at);
	return 0;
}

/* ---- give up: for one that does not answer, and so does not stop either ---- */

static bool lets_go(int journal_fd, pid_t pid)
{
	for (int tries = 0; tries < 30; tries++) {
		if (cw_journal_owner(journal_fd) != pid)
			return true;
		poll(NULL, 0, 100);
	}
	return false;
}

/* The broker that started the job sees the mark even where the process takes no signal any more, and does the rest. */
int cw_broker_abandon_job(struct cw_broker *b, const char *job, bool *gone, struct cw_error *err)
{
	CW_AUTO_FD int fd = cw_broker_job_fd(b, job, O_RDWR, err);

	if (fd < 0)
		return fd;
	CW_AUTO_FD int beat_fd = cw_beat_open(b->state.journals, job);
	struct cw_beat beat;
	pid_t pid = cw_journal_owner(fd);

	if (pid <= 0)
		return cw_fail(err, CW_E_NOT_FOUND, 0, job, _("See `certwipe jobs`."), _("Job %s is not running."), job);
	if (cw_beat_read(beat_fd, &beat) && !cw_beat_is_silent(&beat))
		return cw_fail(err, CW_E_BUSY, 0, job, _("Stop it: certwipe stop JOB."), _("The medium of job %s answers: the job can be stopped and need not be given up."), job);
	cw_beat_abandon(beat_fd);
	if (kill(pid, SIGKILL) < 0 && errno != ESRCH)
		return cw_fail(err, CW_E_PROCESS, errno, job, NULL, _("The process of job %s could not be ended."), job);
	*gone = lets_go(fd, pid);
	return 0;
}

/* ---- resume ---- */

static int find_only_job(struct cw_broker *b, const char *job, int fd, void *user, struct cw_error *err)
{
	struct cw_error unreadable = { 0 };
	struct cw_job_status status;
	char *found = user;

	(void)b;
	if (cw_job_is_running(fd) || (!status_of(job, fd, &status, &unreadable) && !needs_somebody(&status, false)))
		return 0;
	if (*found)
		return cw_fail(err, CW_E_AMBIGUOUS, 0, NULL, _("See `certwipe jobs`, then name one: certwipe resume JOB."), _("There is more than one unfinished job."));
	cw_strlcpy(found, job, CW_JOB_ID_MAX);
	return 0;
}

static int choose_job(struct cw_broker *b, const char *named, char job[CW_JOB_ID_MAX], struct cw_error *err)
{
	int rc;

	if (*named)
		return cw_strlcpy(job, named, CW_JOB_ID_MAX) ? 0 : cw_fail(err, CW_E_NOT_FOUND, 0, named, NULL, _("%s is no job number."), named);
	*job = 0;
	rc = each_open_job(b, find_only_job, job, err);
	if (!rc && !*job)
		return cw_fail(err, CW_E_NOT_FOUND, 0, NULL, _("`certwipe register list` shows what was done."), _("There is no unfinished job."));
	return rc;
}

static bool is_same(const struct cw_medium *wanted, const struct cw_medium *m)
{
	struct cw_error differs = { 0 };

	return !cw_identity_compare(wanted, m, false, &differs);
}

/* As it was planned for, or as the job may have made it since. */
static bool is_medium_of(const struct cw_msg_job_info *info, const struct cw_medium *m)
{
	struct cw_medium whole, settled = *m;

	cw_plan_opened(&info->plan, &info->medium, &whole);
	cw_plan_settle_size(&info->plan, &settled);
	return m->has_medium && (is_same(&info->medium, &settled) || is_same(&whole, m));
}

static bool is_still_attached(const struct cw_job_status *s, const struct cw_medium *m)
{
	char boot_id[33];

	cw_boot_id(boot_id);
	return s->diskseq == m->diskseq && !strcmp(s->boot_id, boot_id);
}

/* Some drives do not show their size while they sanitise or format themselves, nor the kernel until it looks again. */
static const struct cw_medium *find_sizeless(const struct cw_media *media, const struct cw_medium *wanted)
{
	for (uint32_t i = 0; i < media->n; i++)
		if (!media->at[i].has_medium && wanted->full_serial[0] && !strcmp(wanted->full_serial, media->at[i].full_serial))
			return &media->at[i];
	return NULL;
}

static int not_found(const struct cw_media *media, const char *job, const struct cw_medium *wanted, struct cw_error *err)
{
	const struct cw_medium *m = find_sizeless(media, wanted);

	if (m)
		return cw_fail(err, CW_E_NOT_FOUND, 0, job, _("When it has ended, plug it in anew, or have the kernel look again (blockdev --rereadpt), and resume the job."),
			       _("The medium of job %s is %s, and does not show its size: it is still at it, or not formatted."), job, m->node);
	return cw_fail(err, CW_E_NOT_FOUND, 0, job, _("Plug it in again, or close the job: certwipe resume JOB --close --reason TEXT."),
		       _("The medium of job %s (it was %s) is not plugged in."), job, wanted->node);
}

/* The medium of an interrupted job, wherever it is plugged in now. */
static int find_again(struct cw_broker *b, const char *job, const struct cw_msg_job_info *info, struct cw_medium *found, struct cw_error *err)
{
	const struct cw_medium *wanted = &info->medium;
	struct cw_media media = { 0 };
	uint32_t n = 0;
	int rc = cw_media_find(b->state.path, &media, err);

	for (uint32_t i = 0; !rc && i < media.n; i++)
		if (is_medium_of(info, &media.at[i])) {
			*found = media.at[i];
			n++;
		}
	if (!rc && n == 0)
		rc = not_found(&media, job, wanted, err);
	cw_media_clear(&media);
	if (rc)
		return rc;
	if (n > 1)
		return cw_fail(err, CW_E_AMBIGUOUS, 0, job, _("Unplug the others."), _("%u media that cannot be told apart could be that of job %s."), n, job);
	return 0;
}

#define LOOK_MS 500

static bool is_away(int rc, const struct cw_medium *found)
{
	return rc == CW_E_NOT_FOUND || (!rc && !cw_broker_is_told(found));
}

/*
 * Until the medium of the job is plugged in, at whatever port.  The job is not locked meanwhile: it is not running, and whoever has the medium elsewhere may
 * go on with it or close it.
 */
static int await_medium(struct cw_broker *b, uint32_t slot, const char *job, struct cw_msg_job_info *info, struct cw_error *err)
{
	static struct cw_medium found;
	CW_AUTO_FD int fd = cw_broker_job_fd(b, job, O_RDONLY, err);
	struct cw_error away = { 0 };
	int rc = fd < 0 ? fd : cw_probe_journal(fd, info, err);

	if (rc || !info->status.resumable)
		return rc; /* what follows says why not */
	for (bool told = false; is_away(find_again(b, job, info, &found, &away), &found); told = true) {
		if (!told)
			cw_broker_note(b, slot, CW_NOTE_UNPLUGGED, 0);
		if (cw_broker_front_speaks(b, LOOK_MS))
			return cw_fail(err, CW_E_STOPPED, 0, job, _("It can be resumed as before."), _("Waiting for the medium of job %s was given up."), job);
	}
	return 0;
}

/* Still as it was when it was written: it has to go before it can come back. */
static bool waits_for_replug(const struct cw_job_status *s, const struct cw_medium *m)
{
	return s->replug_due && is_still_attached(s, m);
}

static uint32_t native_step(const struct cw_plan *p)
{
	uint32_t step = p->n_steps;

	while (step && p->steps[step - 1].kind != CW_STEP_NATIVE)
		step--;
	return step;
}

static int take_up(struct cw_broker *b, const char *job, struct cw_msg_job_info *info, struct cw_slot *s, struct cw_error *err)
{
	int rc = find_again(b, job, info, &s->medium, err);

	if (rc)
		return rc;
	/* Nothing of ours on it and no identity to speak of: any stick of the batch would fit. */
	if (cw_identity_is_weak(&info->medium) && info->status.step <= 1 && !info->status.watermark_bytes && !is_still_attached(&info->status, &s->medium))
		return cw_fail(err, CW_E_IDENTITY, 0, job, _("Close the job (certwipe resume JOB --close --reason TEXT) and wipe the medium anew."),
			       _("The medium of job %s has no usable serial number, and nothing was written yet by which to know it again."), job);
	rc = cw_broker_may_touch(&s->medium, err);
	s->replug_due = !rc && waits_for_replug(&info->status, &s->medium);
	s->tray = info->status.tray;
	s->tray_ms = cw_monotonic_ms();
	if (rc || s->replug_due)
		return rc;
	rc = cw_broker_hold(&s->medium, &s->medium_fd, err);
	return rc ? rc : cw_broker_hold_others(b, s, err);
}

static int open_for_resume(struct cw_broker *b, const char *job, struct cw_msg_job_info *info, int *fd, struct cw_error *err)
{
	*fd = cw_broker_job_fd(b, job, O_RDWR | O_APPEND, err);
	if (*fd < 0)
		return *fd;
	if (flock(*fd, LOCK_EX | LOCK_NB) < 0)
		return cw_fail(err, CW_E_BUSY, errno, job, _("See `certwipe jobs`; stop it first: certwipe stop JOB."), _("Job %s is running."), job);
	return cw_probe_journal(*fd, info, err);
}

static bool waits_for_signature(const struct cw_job_status *s)
{
	return s->state == CW_JOB_FINISHED || (s->state == CW_JOB_REFUSED && !*s->document_id);
}

int cw_broker_resume(struct cw_broker *b, const struct cw_msg_job *q, uint32_t *slot, bool *goes_on, struct cw_msg_result *result, json_t **doc, struct cw_error *err)
{
	static struct cw_msg_job_info info;
	struct cw_slot *s = &b->slots[b->n_slots];
	struct cw_error unusable = { 0 };
	char job[CW_JOB_ID_MAX];

	*s = (struct cw_slot){ .state = CW_SLOT_DONE, .medium_fd = -1, .journal_fd = -1, .executor = { .fd = -1 }, .beat_fd = -1, .resumed = true };
	*slot = b->n_slots++;
	int rc = choose_job(b, q->job, job, err);

	if (!rc && q->wait && !q->close)
		rc = await_medium(b, *slot, job, &info, err);
	if (!rc)
		rc = open_for_resume(b, job, &info, &s->journal_fd, err);
	if (rc)
		return rc;
	cw_strlcpy(s->job_id, job, sizeof s->job_id);
	s->plan = info.plan;
	s->medium = info.medium;
	rc = cw_signer_check_origin(&b->state, s, err);
	s->foreign = rc == CW_E_REFUSED;
	if (rc && !s->foreign)
		return rc;
	*goes_on = !q->close && info.status.resumable;
	if (!*goes_on) {
		if (!q->close && !waits_for_signature(&info.status))
			return cw_fail(err, CW_E_NOT_FOUND, 0, job, _("If it never began or cannot go on, close it: certwipe resume JOB --close --reason TEXT."),
				       _("Job %s cannot be resumed: %s"), job, info.status.words);
		if (q->close && *info.status.document_id && !info.status.resumable && !waits_for_signature(&info.status))
			return cw_fail(err, CW_E_EXISTS, 0, job, _("There is nothing left to do for it."), _("Job %s is closed already: document %s."), job, info.status.document_id);
		bool closing = q->close && !waits_for_signature(&info.status);

		cw_beat_remove(b->state.journals, job);
		rc = s->foreign ? cw_broker_take_over(b, s, err) : 0;
		return rc ? rc : cw_signer_attest(&b->state, s, &b->caller, closing ? q->reason : NULL, result, err);
	}
	rc = take_up(b, job, &info, s, err);
	if (!rc && info.status.step <= native_step(&s->plan))
		rc = cw_broker_take_psid(b, s, err);
	if (rc)
		return rc;
	/* Its rules on how jobs run are those of now, or the usual ones: what is done to the medium stands in the plan. */
	if (cw_policy_load(b->policy_folders, info.plan.policy, &s->policy, &unusable))
		memset(&s->policy, 0, sizeof s->policy);
	s->state = CW_SLOT_AUTHORISED;
	*doc = json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:I, s:I}", "schema", "certwipe/resumed/1", "jobId", job, "node", s->medium.node, "words", info.status.words,
			 "step", (int)info.status.step, "steps", (int)info.status.n_steps, "watermarkBytes", (json_int_t)info.status.watermark_bytes, "sizeBytes",
			 (json_int_t)info.status.size_bytes);
	return 0;
}
