/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The executor: one medium, one journal, no privilege; or the one capability that it takes to tell a medium to sanitise itself, and that only where the plan says so.
 * It holds both descriptors by itself, so that it goes on when the screen and even the broker are gone; what it did stands in the journal, and nobody needs its word for it.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "internal.h"

#define PROGRESS_MS 250 /* 4 Hz: as often as a person can read */

static volatile sig_atomic_t stop_asked;

static void on_stop(int signal_number)
{
	(void)signal_number;
	stop_asked = 1;
}

static bool stop_hook(void *user)
{
	(void)user;
	return stop_asked;
}

struct run {
	const struct cw_executor_task *task;
	struct cw_medium expected;
	int fd;
	uint64_t told_ms;
	uint32_t differs; /* as told last */
};

static void progress_hook(void *user, const struct cw_job_progress *p)
{
	struct run *r = user;
	struct cw_msg_progress m = { .slot = r->task->slot, .progress = *p };
	struct cw_error ignored = { 0 };
	uint64_t now = cw_monotonic_ms();

	if (now - r->told_ms < PROGRESS_MS && p->completed_bytes < p->size_bytes && p->differs == r->differs)
		return;
	r->differs = p->differs;
	r->told_ms = now;
	cw_beat_tell(r->task->beat_fd, &m);
	if (cw_msg_send(r->fd, CW_MSG_PROGRESS, &m, false, &ignored))
		r->told_ms = now; /* nobody listens any more; the journal goes on */
}

static int identify_hook(void *user, struct cw_medium *now, struct cw_error *err)
{
	struct run *r = user;
	int rc = cw_medium_of_fd(r->task->medium_fd, now, err);

	if (!rc && cw_class_is_in_sequence(r->expected.class_))
		r->expected.size_bytes = now->size_bytes;
	return rc ? rc : cw_identity_compare(&r->expected, now, true, err);
}

static void opened_hook(void *user, uint64_t whole_bytes)
{
	((struct run *)user)->expected.size_bytes = whole_bytes;
}

/* ---- the medium ---- */

/*
 * A ring locks its memory.  Where the kernel counts that, it counts what all executors of the account have together, and allows little.  Refused: there are
 * threads instead of a ring.
 */
static void allow_locked_memory(void)
{
	const rlim_t wanted = (rlim_t)CW_SLOTS_MAX * 2 * CW_QUEUE_SLOTS_MAX * CW_SLOT_BYTES;
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur < wanted) {
		limit = (struct rlimit){ .rlim_cur = wanted, .rlim_max = wanted > limit.rlim_max ? wanted : limit.rlim_max };
		(void)setrlimit(RLIMIT_MEMLOCK, &limit);
	}
}

/* Without its controller a namespace takes no such command, and says so when it is to. */
static void take_controller(const struct cw_medium *m, struct cw_transport *t)
{
	int fd = cw_nvme_controller_open(m);

	if (fd >= 0)
		cw_transport_block_take_controller(t, fd);
}

/* The last thing done with privilege.  Nothing is read from the medium here but what the kernel knows of it. */
static int take_medium(int fd, struct cw_transport **out, struct cw_error *err)
{
	allow_locked_memory();
	return cw_transport_block_new(fd, out, err);
}

static enum cw_cage_commands commands_of(const struct cw_executor_task *task)
{
	if (!task->native)
		return CW_CAGE_NO_COMMANDS;
	return task->expected.bus == CW_BUS_NVME ? CW_CAGE_NVME : task->expected.bus == CW_BUS_MMC ? CW_CAGE_MMC : CW_CAGE_NO_COMMANDS;
}

static int drop(const struct cw_executor_task *task, struct cw_error *err)
{
	int rc = task->native || task->opens ? cw_drop_to_nobody_but(cw_capability_of(&task->expected), err) : cw_drop_to_nobody(err);

	return rc ? rc : cw_sandbox_executor(commands_of(task), err);
}

static int take_medium_of(const struct cw_executor_task *task, struct cw_transport **out, struct cw_error *err)
{
	int rc = take_medium(task->medium_fd, out, err);

	if (rc)
		return rc;
	if (task->native)
		take_controller(&task->expected, *out);
	return drop(task, err);
}

/* ---- a job ---- */

static int run_job(struct run *r, struct cw_journal *journal, struct cw_transport *medium, bool dropped_tail, struct cw_job_status *status, struct cw_error *err)
{
	struct cw_native_use use = r->task->native_use;
	const struct cw_job_hooks hooks = { .user = r, .stop = stop_hook, .progress = progress_hook, .identify = identify_hook, .opened = opened_hook,
					     .stop_rules = r->task->stop_rules, .native_seconds = r->task->native_seconds, .native_use = &use };
	CW_AUTO_JSON json_t *resumed_by = r->task->resumed ? cw_caller_json(&r->task->by) : NULL;
	struct cw_journal_text text = { 0 };
	int rc = cw_journal_read_fd(cw_journal_fd(journal), &text, err);

	if (!rc)
		rc = cw_job_run(journal, &text, medium, &hooks, resumed_by, dropped_tail, status->end_status, err);
	cw_journal_text_clear(&text);
	explicit_bzero(&use, sizeof use);
	return rc;
}

static int executor_work(int fd, void *user)
{
	const struct cw_executor_task *task = user;
	struct run r = { .task = task, .expected = task->expected, .fd = fd };
	struct cw_job_status status;
	struct cw_journal *journal = NULL;
	struct cw_transport *medium = NULL;
	struct cw_error err = { 0 };
	bool dropped_tail;
	int rc;

	memset(&status, 0, sizeof status);
	cw_broker_forget();
	signal(SIGTERM, on_stop);
	rc = take_medium_of(task, &medium, &err);
	if (!rc)
		rc = cw_journal_lock(task->journal_fd, &err);
	if (!rc)
		rc = cw_journal_open_fd(task->journal_fd, task->job_id, &journal, &dropped_tail, &err);
	if (!rc)
		rc = run_job(&r, journal, medium, dropped_tail || task->dropped_tail, &status, &err);
	cw_transport_free(medium);
	cw_journal_free(journal);
	if (rc)
		return cw_child_failed(fd, &err);
	return cw_msg_send(fd, CW_MSG_STATUS, &status, true, &err) ? 1 : 0;
}

int cw_executor_start(const struct cw_executor_task *task, struct cw_child *out, struct cw_error *err)
{
	int keep[CW_KEEP_MAX], n = 0;

	keep[n++] = task->medium_fd;
	keep[n++] = task->journal_fd;
	if (task->beat_fd >= 0)
		keep[n++] = task->beat_fd;
	if (task->inhibit_fd >= 0)
		keep[n++] = task->inhibit_fd;
	/* It does nothing with them but keep them from others. */
	for (uint32_t i = 0; i < task->n_other_fds; i++)
		keep[n++] = task->other_fds[i];
	keep[n] = -1;
	/* The cast only strips const for the generic pointer; the child works on its own copy of our memory. */
	return cw_spawn("certwipe-exec", executor_work, (void *)(uintptr_t)task, keep, out, err);
}

/* ---- recheck: reads and compares, writes nothing and keeps no journal ---- */

struct recheck { int medium_fd, fd; const struct cw_msg_recheck *what; uint64_t told_ms, began_ms; };

static void recheck_progress(void *user, uint64_t completed_upto_bytes)
{
	struct recheck *r = user;
	uint64_t now = cw_monotonic_ms(), size = r->what->size_bytes;
	struct cw_error ignored = { 0 };
	struct cw_msg_progress m = { .progress = { .step = 1, .n_steps = 1, .kind = CW_STEP_VERIFY, .pass = 1, .n_passes = 1, .completed_bytes = completed_upto_bytes,
						   .size_bytes = size, .total_done_bytes = completed_upto_bytes, .total_bytes = size,
						   .elapsed_ms = now - r->began_ms } };

	if (now - r->told_ms < PROGRESS_MS)
		return;
	r->told_ms = now;
	if (cw_msg_send(r->fd, CW_MSG_PROGRESS, &m, false, &ignored))
		stop_asked = 1; /* the person who asked has gone */
}

static int no_checkpoint(void *user, const struct cw_sweep_result *so_far, struct cw_error *err)
{
	(void)user;
	(void)so_far;
	(void)err;
	return 0;
}

static int recheck_work(int fd, void *user)
{
	struct recheck *r = user;
	struct cw_sweep_hooks hooks = { .user = r, .stop = stop_hook, .progress = recheck_progress, .checkpoint = no_checkpoint };
	struct cw_transport *medium = NULL;
	static struct cw_sweep_result result;
	struct cw_error err = { 0 };

	r->fd = fd;
	r->began_ms = cw_monotonic_ms();
	int rc = take_medium(r->medium_fd, &medium, &err);

	if (!rc)
		rc = cw_drop_to_nobody(&err);
	if (!rc)
		rc = cw_sandbox_executor(CW_CAGE_NO_COMMANDS, &err);
	if (!rc)
		rc = cw_sweep_verify(medium, &r->what->stream, 0, r->what->size_bytes, &hooks, &result, &err);

	cw_transport_free(medium);
	if (rc)
		return cw_child_failed(fd, &err);
	struct cw_msg_swept swept = { .end = result.end, .done_bytes = result.done_bytes, .bad_bytes = result.bad.total_bytes - result.mismatch_bytes,
				      .mismatch_bytes = result.mismatch_bytes, .first_mismatch_bytes = result.first_mismatch.offset_bytes };

	return cw_msg_send(fd, CW_MSG_SWEPT, &swept, true, &err) ? 1 : 0;
}

int cw_recheck_start(int medium_fd, const struct cw_msg_recheck *what, struct cw_child *out, struct cw_error *err)
{
	struct recheck r = { .medium_fd = medium_fd, .what = what };

	return cw_spawn("certwipe-exec", recheck_work, &r, (const int[]){ medium_fd, -1 }, out, err);
}
