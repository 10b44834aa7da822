/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has a medium sanitise itself (device-commands.md 0.3): ask where it stands, announce, send, and ask until it says that it has ended.  Only what it says of itself counts; what a
 * request returned does not.  Nothing is concluded from an answer before the caller has kept it.
 */
#include "certwipe/technique.h"

#include <errno.h>
#include <string.h>

#define SUBMISSIONS_MAX 3u         /* of one run: a medium that loses it so often will not do it */
#define SILENT_MAX 20u             /* questions in a row that were not answered in a way that says something */
#define KEPT_EVERY_MS 60000u       /* answers that say the same again are kept so often */
#define LEAST_LIMIT_S 3600u        /* what a drive estimates is no promise */
#define LEAST_RATE 20000000u       /* bytes a second: no drive of today writes slower for long */

struct course {
	struct cw_transport *t;
	const struct cw_native *n;
	const struct cw_native_hooks *hooks;
	struct cw_native_use *use, own; /* own: where none was given */
	struct cw_native_course c;
	struct cw_native_seen seen;     /* of the last command */
	uint32_t kept_shows;            /* of the last command that was kept */
	uint64_t waited_ms, kept_at_ms; /* waiting is all the time that counts */
	uint64_t limit_ms;
	unsigned submissions, silent;
	bool told_running;
	const char *refused_why;        /* of the last command that was refused */
	int rc;                         /* negative: the caller cannot keep what happens */
	struct cw_error *err;
};

uint64_t cw_native_limit_seconds(const struct cw_native *n, uint64_t size_bytes, uint64_t expected_seconds)
{
	uint64_t least = LEAST_LIMIT_S + (n->writes_all ? size_bytes / LEAST_RATE : 0);
	uint64_t told = 3 * (expected_seconds && expected_seconds < UINT32_MAX ? expected_seconds : n->untold_seconds);

	return told > least ? told : least;
}

/* ---- what is heard ---- */

static bool is_worth_keeping(const struct course *k)
{
	bool waits = k->seen.shows == CW_SHOWS_RUNNING || k->seen.shows == CW_SHOWS_PENDING;

	return k->seen.shows != k->kept_shows || !waits || k->waited_ms - k->kept_at_ms >= KEPT_EVERY_MS;
}

static void on_heard(void *user, const struct cw_heard *all)
{
	struct course *k = user;
	uint8_t room[CW_HEARD_DATA_MAX];
	struct cw_heard kept = *all;
	const struct cw_heard *h = &kept;

	if (k->rc)
		return;
	if (k->n->keep)
		k->n->keep(all, room, &kept);
	k->n->read(h, &k->seen);
	if (k->seen.shows == CW_SHOWS_REFUSED)
		k->refused_why = k->seen.why;
	if (is_worth_keeping(k)) {
		k->rc = k->hooks->heard(k->hooks->user, h, k->err);
		k->kept_shows = k->seen.shows;
		k->kept_at_ms = k->waited_ms;
	}
	if (!k->rc)
		cw_native_saw(&k->c, k->seen.shows);
}

static void tell(struct course *k, uint32_t state, const char *why)
{
	if (!k->rc)
		k->rc = k->hooks->told(k->hooks->user, cw_native_state_name(state), k->seen.shows == CW_SHOWS_RUNNING ? k->seen.progress : 0, why, k->err);
}

/* ---- what to do ---- */

static bool end(struct cw_native_result *result, enum cw_native_end how, const char *why)
{
	*result = (struct cw_native_result){ .end = how, .why = why };
	return true;
}

/* It ends here while the medium may still be at it: in what state that leaves it stands in the journal. */
static const char *leave(struct course *k, const char *why)
{
	bool begun = k->c.state == CW_NATIVE_SENT || k->c.state == CW_NATIVE_RUNNING;

	return begun && k->n->unfinished ? k->n->unfinished : why;
}

static bool wants_stop(const struct course *k)
{
	return k->hooks->stop && k->hooks->stop(k->hooks->user);
}

static void wait(struct course *k)
{
	k->hooks->wait(k->hooks->user, k->n->poll_ms);
	k->waited_ms += k->n->poll_ms;
}

static uint32_t timeout_ms(const struct course *k)
{
	return k->limit_ms < UINT32_MAX ? (uint32_t)k->limit_ms : UINT32_MAX;
}

static int send(struct course *k)
{
	if (k->n->submit_with)
		return k->n->submit_with(k->t, k->use);
	return k->n->submit_within ? k->n->submit_within(k->t, timeout_ms(k)) : k->n->submit(k->t);
}

/* The password is on record before it is on the medium, every time.  Somebody else's is never replaced. */
static bool set_password(struct course *k, struct cw_native_result *result)
{
	if (!k->n->password)
		return false;
	if (k->c.before == CW_SHOWS_ARMED && !k->c.has_password)
		return end(result, CW_NATIVE_END_FAILED, N_("A password is set on the drive that is not of this job."));
	if (k->hooks->password)
		k->rc = k->hooks->password(k->hooks->user, k->n->password, k->err);
	if (k->rc)
		return true;
	cw_native_told_password(&k->c);
	if (k->c.before != CW_SHOWS_ARMED && k->n->prepare(k->t) && !k->rc)
		return end(result, CW_NATIVE_END_FAILED, N_("The drive did not take the password without which it does not erase itself."));
	return k->rc != 0;
}

static bool submit(struct course *k, struct cw_native_result *result)
{
	if (wants_stop(k))
		return end(result, CW_NATIVE_END_STOPPED, NULL);
	/* It may have lost its power, and forgotten the command, because somebody put another disc in. */
	if (k->hooks->is_same && !k->hooks->is_same(k->hooks->user))
		return end(result, CW_NATIVE_END_GONE, N_("What is there now is not the medium that was authorised; it was not told to sanitise itself."));
	if (k->submissions++ == SUBMISSIONS_MAX)
		return end(result, CW_NATIVE_END_UNKNOWN, N_("The drive was told several times to sanitise itself, and did not begin."));
	if (set_password(k, result))
		return true;
	tell(k, CW_NATIVE_SENT, NULL);
	if (k->rc)
		return true;
	cw_native_announced(&k->c);
	k->told_running = false;
	(void)!send(k); /* what came of it was heard, or will be asked for */
	if (k->c.state == CW_NATIVE_NOT_SENT || k->c.state == CW_NATIVE_SENT)
		wait(k);
	return k->rc != 0;
}

static bool watch(struct course *k, struct cw_native_result *result)
{
	if (!k->told_running)
		tell(k, CW_NATIVE_RUNNING, NULL);
	k->told_running = true;
	if (k->hooks->progress)
		k->hooks->progress(k->hooks->user, k->seen.progress);
	if (wants_stop(k)) {
		if (k->n->unfinished)
			tell(k, CW_NATIVE_RUNNING, k->n->unfinished);
		end(result, CW_NATIVE_END_STOPPED, NULL);
		result->running = true;
		return true;
	}
	wait(k);
	return k->rc != 0;
}

/* It was sent and has not answered, or no answer says anything. */
static bool ask_again(struct course *k, struct cw_native_result *result)
{
	if (wants_stop(k)) {
		end(result, CW_NATIVE_END_STOPPED, NULL);
		result->running = k->c.state == CW_NATIVE_SENT || k->c.state == CW_NATIVE_RUNNING;
		return true;
	}
	if (k->silent >= SILENT_MAX)
		return end(result, CW_NATIVE_END_UNKNOWN, N_("The drive does not say where it stands."));
	wait(k);
	return k->rc != 0;
}

static void recover(struct course *k)
{
	if (k->rc || !k->n->recover)
		return;
	(void)!k->n->recover(k->t); /* what came of it was heard */
}

static bool fail(struct course *k, struct cw_native_result *result)
{
	tell(k, CW_NATIVE_FAILED, k->seen.why);
	recover(k);
	if (k->seen.left)
		tell(k, CW_NATIVE_FAILED, k->seen.left);
	return end(result, CW_NATIVE_END_FAILED, N_("The drive says that sanitising itself failed."));
}

static bool act(struct course *k, struct cw_native_result *result)
{
	switch (k->c.state) {
	case CW_NATIVE_NOT_SENT:
		return submit(k, result);
	case CW_NATIVE_RUNNING:
		return watch(k, result);
	case CW_NATIVE_SUCCEEDED:
		tell(k, CW_NATIVE_SUCCEEDED, NULL);
		return end(result, CW_NATIVE_END_DONE, NULL);
	case CW_NATIVE_FAILED:
		return fail(k, result);
	case CW_NATIVE_BUSY:
		tell(k, CW_NATIVE_BUSY, NULL);
		return end(result, CW_NATIVE_END_FAILED, N_("The drive is sanitising itself already, and not because of this job."));
	default:
		return ask_again(k, result);
	}
}

/* Of an answer that there was a reset nothing follows yet but that it is to be asked again. */
static bool says_nothing(const struct course *k)
{
	return k->seen.shows == CW_SHOWS_NOTHING || k->seen.shows == CW_SHOWS_RESET;
}

static bool turn(struct course *k, struct cw_native_result *result)
{
	k->seen = (struct cw_native_seen){ .shows = CW_SHOWS_NOTHING };
	if ((k->n->ask_with ? k->n->ask_with(k->t, k->use) : k->n->ask(k->t)) && k->seen.shows != CW_SHOWS_GONE)
		k->seen.shows = CW_SHOWS_NOTHING;
	if (k->rc)
		return true;
	if (k->seen.shows == CW_SHOWS_GONE)
		return end(result, CW_NATIVE_END_GONE, N_("The medium does not answer any more."));
	k->silent = says_nothing(k) ? k->silent + 1 : 0;
	if (k->silent ? ask_again(k, result) : act(k, result))
		return true;
	if (k->waited_ms < k->limit_ms)
		return false;
	end(result, CW_NATIVE_END_UNKNOWN, N_("The drive takes much longer than it may, and has not ended."));
	result->running = k->c.state == CW_NATIVE_RUNNING;
	return true;
}

/* Refused: the answer to our command is the end of it. */
static bool was_refused(struct course *k, struct cw_native_result *result)
{
	if (k->c.state != CW_NATIVE_REFUSED)
		return false;
	tell(k, CW_NATIVE_REFUSED, k->refused_why);
	return end(result, CW_NATIVE_END_FAILED, N_("The drive refused to sanitise itself."));
}

/* No drive is left locked that can be unlocked.  One that has ended well has no password any more. */
static void undo(struct course *k, struct cw_native_result *result)
{
	if (k->rc || !k->c.has_password || result->end == CW_NATIVE_END_DONE)
		return;
	if (result->end != CW_NATIVE_END_GONE && !k->n->undo(k->t))
		result->running = false;
	result->has_password = k->c.has_password;
	if (k->c.has_password)
		tell(k, CW_NATIVE_NOT_SENT, k->n->left_locked);
}

static void begin(struct course *k, const struct cw_native_course *so_far)
{
	k->c = *so_far;
	k->use = k->hooks->use ? k->hooks->use : &k->own;
	cw_native_interrupted(&k->c);
	k->kept_shows = CW_SHOWS_NOTHING;
}

int cw_native_run(struct cw_transport *t, const struct cw_native *n, const struct cw_native_course *so_far, uint64_t size_bytes, uint64_t expected_seconds,
		  const struct cw_native_hooks *hooks, struct cw_native_result *result, struct cw_error *err)
{
	struct course k = { .t = t, .n = n, .hooks = hooks, .err = err, .limit_ms = cw_native_limit_seconds(n, size_bytes, expected_seconds) * 1000 };
	void (*heard)(void *, const struct cw_heard *) = t->heard;
	void *heard_user = t->heard_user;

	*result = (struct cw_native_result){ .end = CW_NATIVE_END_UNKNOWN };
	begin(&k, so_far);
	t->heard = on_heard;
	t->heard_user = &k;
	while (!turn(&k, result) && !was_refused(&k, result) && !k.rc)
		;
	if (result->end == CW_NATIVE_END_UNKNOWN || result->end == CW_NATIVE_END_GONE) {
		result->why = leave(&k, result->why);
		tell(&k, CW_NATIVE_NOT_SENT, result->why);
	}
	undo(&k, result);
	t->heard = heard;
	t->heard_user = heard_user;
	return k.rc;
}
