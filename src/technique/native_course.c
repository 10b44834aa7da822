/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a medium's own sanitising stands.  Used while it runs, when it is gone on with, and for the verdict: all three draw the same conclusions from the same journal.
 */
#include "certwipe/technique.h"

const char *cw_native_state_name(uint32_t state)
{
	static const char *const names[] = { [CW_NATIVE_SENT] = "submitting", [CW_NATIVE_RUNNING] = "running", [CW_NATIVE_SUCCEEDED] = "succeeded", [CW_NATIVE_FAILED] = "failed",
					     [CW_NATIVE_REFUSED] = "refused" };

	return state < CW_ARRAY_LEN(names) && names[state] ? names[state] : "unknown";
}

/* What it said of earlier times stays in c->before. */
static void not_sent(struct cw_native_course *c)
{
	c->state = CW_NATIVE_NOT_SENT;
	c->submitted = c->accepted = c->interrupted = c->goes_on = c->carried = false;
}

void cw_native_told_password(struct cw_native_course *c)
{
	c->has_password = true;
}

void cw_native_announced(struct cw_native_course *c)
{
	c->state = CW_NATIVE_SENT;
	c->submitted = c->accepted = c->interrupted = c->goes_on = c->undone = c->carried = false;
}

void cw_native_interrupted(struct cw_native_course *c)
{
	c->undone = false;
	if (c->state == CW_NATIVE_NOT_SENT || c->state == CW_NATIVE_BUSY)
		not_sent(c);
	else
		c->interrupted = true;
	c->goes_on = false;
}

/* How it ended stays; where that is not known, it is to be begun anew. */
static void saw_undoing(struct cw_native_course *c)
{
	if (c->state == CW_NATIVE_SENT || c->state == CW_NATIVE_RUNNING)
		not_sent(c);
	c->undone = true;
}

static void saw_before(struct cw_native_course *c, uint32_t shows)
{
	c->before = shows;
	c->state = shows == CW_SHOWS_RUNNING ? CW_NATIVE_BUSY : CW_NATIVE_NOT_SENT;
}

/* Nothing runs and nothing is told: after a command that was taken, and nothing in between, that can only be a failure.  So it is where a password is left that success clears. */
static void saw_idle(struct cw_native_course *c, uint32_t shows)
{
	if (c->accepted && !c->interrupted) {
		c->state = CW_NATIVE_FAILED;
		return;
	}
	not_sent(c);
	c->before = shows;
}

/* The same of a medium that tells no more: its silence is its success, unless it may have forgotten the command. */
static void saw_quiet(struct cw_native_course *c)
{
	if (c->accepted && (!c->interrupted || c->goes_on)) {
		/* What a failure left behind may be cleared away; that it failed stays. */
		c->state = c->state == CW_NATIVE_FAILED ? CW_NATIVE_FAILED : CW_NATIVE_SUCCEEDED;
		return;
	}
	not_sent(c);
	c->before = CW_SHOWS_QUIET;
}

/* Can what it tells of now only be what came of ours?  It told something else before it got ours, then. */
static bool is_new(const struct cw_native_course *c, uint32_t shows)
{
	bool told = c->before == CW_SHOWS_IDLE || c->before == CW_SHOWS_SUCCEEDED || c->before == CW_SHOWS_FAILED;

	return c->submitted && told && c->before != shows;
}

static void saw_end(struct cw_native_course *c, uint32_t shows)
{
	if (!c->accepted && !is_new(c, shows)) {
		not_sent(c);
		c->before = shows;
		return;
	}
	c->accepted = true;
	c->state = shows == CW_SHOWS_SUCCEEDED ? CW_NATIVE_SUCCEEDED : CW_NATIVE_FAILED;
}

/* A refusal is final while nothing comes between. */
static void saw_state(struct cw_native_course *c, uint32_t shows)
{
	if (c->state == CW_NATIVE_REFUSED && !c->interrupted)
		return;
	if (c->state == CW_NATIVE_NOT_SENT || c->state == CW_NATIVE_BUSY || c->state == CW_NATIVE_REFUSED) {
		saw_before(c, shows);
	} else if (shows == CW_SHOWS_RUNNING) {
		/* It did not run before ours was sent, or that would not have been sent. */
		c->accepted = c->accepted || c->submitted;
		c->goes_on = true;
		c->state = CW_NATIVE_RUNNING;
	} else if (shows == CW_SHOWS_IDLE || shows == CW_SHOWS_ARMED) {
		saw_idle(c, shows);
	} else if (shows == CW_SHOWS_QUIET) {
		saw_quiet(c);
	} else {
		saw_end(c, shows);
	}
}

/* Answers to our command count once, right behind its announcement. */
static void saw_answer(struct cw_native_course *c, uint32_t shows)
{
	if (c->state != CW_NATIVE_SENT || c->accepted || c->interrupted)
		return;
	c->submitted = true;
	c->accepted = shows == CW_SHOWS_ACCEPTED || shows == CW_SHOWS_COMPLETED;
	c->interrupted = shows == CW_SHOWS_PERHAPS;
	if (shows == CW_SHOWS_COMPLETED)
		c->state = CW_NATIVE_SUCCEEDED;
	else if (shows == CW_SHOWS_REFUSED)
		c->state = CW_NATIVE_REFUSED;
}

/* Of a command of several transfers: it ends well where it was handed over and its answer fetched, with nothing in between. */
static void saw_transfer(struct cw_native_course *c, uint32_t shows)
{
	if (c->state != CW_NATIVE_SENT || c->interrupted)
		return;
	c->interrupted = shows == CW_SHOWS_LOST;
	c->carried = c->carried || shows == CW_SHOWS_CARRIED;
	c->submitted = c->submitted || c->carried;
	if (shows == CW_SHOWS_REPLIED && c->carried) {
		c->accepted = true;
		c->state = CW_NATIVE_SUCCEEDED;
	}
}

void cw_native_saw(struct cw_native_course *c, uint32_t shows)
{
	if (shows == CW_SHOWS_QUIET)
		c->has_password = false;
	if (c->undone)
		return;
	switch (shows) {
	case CW_SHOWS_UNDOING:
		saw_undoing(c);
		break;
	case CW_SHOWS_CARRIED:
	case CW_SHOWS_REPLIED:
	case CW_SHOWS_LOST:
		saw_transfer(c, shows);
		break;
	case CW_SHOWS_IDLE:
	case CW_SHOWS_QUIET:
	case CW_SHOWS_ARMED:
	case CW_SHOWS_RUNNING:
	case CW_SHOWS_SUCCEEDED:
	case CW_SHOWS_FAILED:
		saw_state(c, shows);
		break;
	case CW_SHOWS_ACCEPTED:
	case CW_SHOWS_COMPLETED:
	case CW_SHOWS_REFUSED:
	case CW_SHOWS_PERHAPS:
		saw_answer(c, shows);
		break;
	case CW_SHOWS_RESET:
		cw_native_interrupted(c);
		break;
	default:
		break;
	}
}
