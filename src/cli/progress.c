/* SPDX-License-Identifier: Apache-2.0 */
/* The screen while jobs run: one line a medium, redrawn at a terminal; a line now and then with --plain; JSON lines with --progress json; else nothing. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

#define PLAIN_MS 10000
#define PLAIN_SILENT_MS 60000
#define BAR_CELLS 20

enum mode { SILENT, REDRAWN, PLAIN, JSON };

struct line {
	char node[CW_NODE_MAX], job[CW_JOB_ID_MAX]; /* job: "" when it is not known */
	struct cw_job_progress p;
	uint64_t first_bytes, first_ms; /* where this step stood when it was first heard of: a resumed one does not begin at 0 */
	uint64_t told_ms;
	uint64_t silent_since_s; /* Unix time; 0: it answers */
	uint32_t waits; /* enum cw_note: what for; 0: it does not */
	bool warned; /* that nothing good can come of it */
	bool known, over;
};
struct cw_screen {
	enum mode mode;
	FILE *out;
	uint32_t n, drawn; /* lines that stand on the screen */
	size_t width;
	struct line lines[CW_SLOTS_MAX];
};

static bool can_redraw(const struct cw_context *c, int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && !c->o->plain && term && strcmp(term, "dumb") != 0;
}

int cw_screen_new(const struct cw_context *c, struct cw_screen **out, struct cw_error *err)
{
	struct cw_screen *s = calloc(1, sizeof *s);

	if (!s)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the screen."));
	if (c->o->progress && strcmp(c->o->progress, "json") != 0) {
		free(s);
		return cw_fail(err, CW_E_USAGE, 0, NULL, "--progress json", _("--progress does not know %s."), c->o->progress);
	}
	s->out = stderr;
	s->width = cw_screen_width(STDERR_FILENO);
	if (c->o->progress)
		s->mode = JSON;
	else if (c->o->quiet || !isatty(STDERR_FILENO))
		s->mode = c->o->plain && !c->o->quiet ? PLAIN : SILENT;
	else
		s->mode = can_redraw(c, STDERR_FILENO) ? REDRAWN : PLAIN;
	*out = s;
	return 0;
}

void cw_screen_free(struct cw_screen *s)
{
	free(s);
}

void cw_screen_is_answer(struct cw_screen *s, const struct cw_context *c)
{
	/* Standard output is for the one document. */
	if (c->o->json || c->o->progress || c->o->quiet)
		return;
	s->out = stdout;
	s->width = cw_screen_width(STDOUT_FILENO);
	s->mode = can_redraw(c, STDOUT_FILENO) ? REDRAWN : PLAIN;
}

void cw_screen_name(struct cw_screen *s, uint32_t slot, const char *node, const char *job)
{
	cw_strlcpy(s->lines[slot].job, job, sizeof s->lines[slot].job);
	cw_strlcpy(s->lines[slot].node, node, sizeof s->lines[slot].node);
	if (slot >= s->n)
		s->n = slot + 1;
}

static const char *phase_words(uint32_t kind)
{
	switch (kind) {
	case CW_STEP_WRITE:
		return _("overwriting");
	case CW_STEP_VERIFY:
		return _("reading back");
	case CW_STEP_MARK:
	case CW_STEP_MARK_CHECK:
		return _("marking");
	case CW_STEP_OPEN:
		return _("opening the hidden area");
	case CW_STEP_RELOAD:
		return _("ejecting and loading the disc");
	case CW_STEP_KEYS:
	case CW_STEP_KEYS_CHECK:
		return _("destroying keys");
	case CW_STEP_NATIVE:
		return _("the medium sanitises itself");
	case CW_STEP_LOOK:
	case CW_STEP_LOOK_MARKS:
	case CW_STEP_LOOK_SAMPLE:
		return _("looking at what is left");
	default:
		return _("sampling");
	}
}

static uint64_t per_second(const struct line *l)
{
	uint64_t ms = l->p.elapsed_ms - l->first_ms;

	return ms ? (l->p.completed_bytes - l->first_bytes) * 1000u / ms : 0;
}

static unsigned percent(const struct cw_job_progress *p)
{
	return p->size_bytes ? (unsigned)(p->completed_bytes * 100 / p->size_bytes) : 0;
}

/* What is left of all steps at the rate of this one: reads and writes differ, so it is a guess that gets better. */
static uint64_t seconds_left(const struct line *l)
{
	uint64_t rate = per_second(l);

	return rate && l->p.total_bytes > l->p.total_done_bytes ? (l->p.total_bytes - l->p.total_done_bytes) / rate : 0;
}

static void describe(const struct line *l, bool with_bar, struct cw_buf *out)
{
	const struct cw_job_progress *p = &l->p;
	char rate[32], left[64], bar[BAR_CELLS + 1];
	unsigned done = percent(p), cells = done * BAR_CELLS / 100;

	memset(bar, '.', BAR_CELLS);
	memset(bar, '#', cells);
	bar[BAR_CELLS] = 0;
	cw_text_bytes(rate, sizeof rate, per_second(l));
	cw_text_duration(left, sizeof left, seconds_left(l));
	cw_buf_printf(out, "%s  %s %u/%u  %3u %%", l->node, phase_words(p->kind), p->step, p->n_steps, done);
	if (per_second(l))
		cw_buf_printf(out, _("  %s/s, %s left"), rate, left);
	if (p->bad_bytes || p->mismatch_bytes)
		cw_buf_printf(out, _("  %llu bytes bad"), (unsigned long long)(p->bad_bytes + p->mismatch_bytes));
	if (p->differs)
		cw_buf_str(out, p->lie ? _("  NOT GENUINE") : _("  DIFFERS"));
	if (with_bar)
		cw_buf_printf(out, "  [%s]", bar);
}

static void describe_silence(const struct line *l, struct cw_buf *out)
{
	time_t since = (time_t)l->silent_since_s;
	struct tm local;
	char clock[32] = "";

	if (localtime_r(&since, &local))
		strftime(clock, sizeof clock, "%X", &local);
	cw_buf_printf(out, _("%s  not answering since %s"), l->node, clock);
}

static const char *waiting_words(uint32_t what_for)
{
	if (what_for == CW_NOTE_RELOAD)
		return _("written; take the disc out and put it in again, then it is read back");
	return what_for == CW_NOTE_REPLUG ? _("written; unplug it and plug it in again, then it is read back") : _("waiting for its turn");
}

static void print_line(const struct cw_screen *s, const struct cw_buf *text)
{
	fprintf(s->out, "%s\n", text->data ? text->data : "");
	fflush(s->out);
}

static void redraw(struct cw_screen *s)
{
	if (s->drawn)
		fprintf(s->out, "\033[%uA", s->drawn);
	s->drawn = 0;
	for (uint32_t i = 0; i < s->n; i++) {
		CW_AUTO_BUF struct cw_buf text = { 0 };
		char fitted[1024];

		/* How it ended stands above. */
		if (s->lines[i].over)
			continue;
		if (s->lines[i].silent_since_s)
			describe_silence(&s->lines[i], &text);
		else if (s->lines[i].waits)
			cw_buf_printf(&text, "%s  %s", s->lines[i].node, waiting_words(s->lines[i].waits));
		else if (s->lines[i].known)
			describe(&s->lines[i], true, &text);
		else
			cw_buf_printf(&text, _("%s  starting"), s->lines[i].node);
		cw_text_fit(fitted, sizeof fitted, text.data ? text.data : "", s->width - 1);
		fprintf(s->out, "\r\033[K%s\n", fitted);
		s->drawn++;
	}
	fflush(s->out);
}

/* In one piece: standard error has no buffer, and whoever reads it shall not get half a line. */
static void json_line(const struct line *l, json_t *event)
{
	if (l && *l->job)
		json_object_set_new(event, "jobId", json_string(l->job));
	CW_AUTO_FREE char *text = json_dumps(event, JSON_COMPACT);

	if (text)
		fprintf(stderr, "%s\n", text);
	json_decref(event);
}

static void tell_progress(uint32_t slot, const struct line *l)
{
	const struct cw_job_progress *p = &l->p;

	json_line(l, json_pack("{s:s, s:s, s:i, s:s, s:i, s:i, s:i, s:I, s:I, s:I, s:I, s:I, s:I}", "schema", "certwipe/progress/1", "event", "progress", "slot", (int)slot,
			 "node", l->node, "step", (int)p->step, "steps", (int)p->n_steps, "pass", (int)p->pass, "completedBytes", (json_int_t)p->completed_bytes,
			 "sizeBytes", (json_int_t)p->size_bytes, "badBytes", (json_int_t)p->bad_bytes, "mismatchBytes", (json_int_t)p->mismatch_bytes,
			 "bytesPerSecond", (json_int_t)per_second(l), "secondsLeft", (json_int_t)seconds_left(l)));
}

static void warn(struct cw_screen *s, uint32_t slot)
{
	const struct cw_job_progress *p = &s->lines[slot].p;
	char claimed[32], real[32], text[512];

	cw_text_bytes(claimed, sizeof claimed, p->size_bytes);
	cw_text_bytes(real, sizeof real, p->real_bytes);
	if (p->lie)
		snprintf(text, sizeof text, _("This medium is not genuine: it says that it holds %s, and holds at most %s. Nothing can be certified; Ctrl-C, or `certwipe stop`, ends the job."),
			 claimed, real);
	else
		snprintf(text, sizeof text, "%s", _("This medium does not give back what was just written to it. Nothing can be certified; Ctrl-C, or `certwipe stop`, ends the job."));
	if (s->mode == SILENT)
		fprintf(stderr, "%s: %s\n", s->lines[slot].node, text);
	else
		cw_screen_event(s, slot, p->lie ? "not-genuine" : "differs", text);
}

void cw_screen_show(struct cw_screen *s, const struct cw_msg_progress *m)
{
	struct line *l = &s->lines[m->slot];
	uint64_t now = cw_monotonic_ms();
	bool new_step = !l->known || l->p.step != m->progress.step;

	l->p = m->progress;
	l->known = true;
	l->over = false;
	l->waits = 0;
	if (new_step) {
		l->first_bytes = m->progress.completed_bytes;
		l->first_ms = m->progress.elapsed_ms;
	}
	if (m->progress.differs && !l->warned)
		warn(s, m->slot);
	l->warned = m->progress.differs;
	if (s->mode == JSON)
		tell_progress(m->slot, l);
	if (s->mode == REDRAWN)
		redraw(s);
	if (s->mode != PLAIN || (!new_step && now - l->told_ms < PLAIN_MS))
		return;
	CW_AUTO_BUF struct cw_buf text = { 0 };

	l->told_ms = now;
	describe(l, false, &text);
	print_line(s, &text);
}

static void tell_note(struct cw_screen *s, uint32_t slot)
{
	const struct line *l = &s->lines[slot];
	char since[CW_TIME_TEXT] = "";

	if (l->silent_since_s)
		cw_time_format((int64_t)l->silent_since_s, since);
	json_line(l, json_pack("{s:s, s:s, s:i, s:s, s:s}", "schema", "certwipe/progress/1", "event", l->silent_since_s ? "not-answering" : "answering", "slot", (int)slot,
			    "node", l->node, "since", since));
}

static void note_waiting(struct cw_screen *s, uint32_t slot, uint32_t what_for)
{
	struct line *l = &s->lines[slot];
	bool changed = l->waits != what_for;

	l->waits = what_for;
	if (s->mode == REDRAWN)
		redraw(s);
	else if (changed && s->mode == SILENT && what_for != CW_NOTE_WAITING)
		fprintf(stderr, "%s: %s\n", l->node, waiting_words(what_for)); /* nothing goes on until somebody does it */
	else if (changed)
		cw_screen_event(s, slot, what_for == CW_NOTE_REPLUG ? "replug" : what_for == CW_NOTE_RELOAD ? "reload" : "waiting", waiting_words(what_for));
}

void cw_screen_note(struct cw_screen *s, const struct cw_msg_note *n)
{
	struct line *l = &s->lines[n->slot];

	if (n->kind == CW_NOTE_WAITING || n->kind == CW_NOTE_REPLUG || n->kind == CW_NOTE_RELOAD) {
		note_waiting(s, n->slot, n->kind);
		return;
	}
	bool changed = (n->kind == CW_NOTE_SILENT) != (l->silent_since_s != 0);
	uint64_t now = cw_monotonic_ms();

	if (!changed && n->kind == CW_NOTE_ANSWERS)
		return;
	l->silent_since_s = n->kind == CW_NOTE_SILENT ? n->since_unix_s : 0;
	if (s->mode == JSON)
		tell_note(s, n->slot);
	if (s->mode == REDRAWN)
		redraw(s);
	if (s->mode != PLAIN || (!changed && now - l->told_ms < PLAIN_SILENT_MS))
		return;
	CW_AUTO_BUF struct cw_buf text = { 0 };

	l->told_ms = now;
	if (l->silent_since_s)
		describe_silence(l, &text);
	else
		cw_buf_printf(&text, _("%s  answers again"), l->node);
	print_line(s, &text);
}

bool cw_screen_is_silent(const struct cw_screen *s)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (s->lines[i].silent_since_s && !s->lines[i].over)
			return true;
	return false;
}

void cw_screen_end(struct cw_screen *s, uint32_t slot, const char *event, const char *text)
{
	struct line *l = &s->lines[slot];

	l->over = true;
	l->silent_since_s = 0;
	cw_screen_event(s, slot, event, text);
}

void cw_screen_event(struct cw_screen *s, uint32_t slot, const char *event, const char *text)
{
	const struct line *l = slot < CW_SLOTS_MAX ? &s->lines[slot] : NULL;
	const char *node = l ? l->node : "";

	if (s->mode == JSON)
		json_line(l, json_pack("{s:s, s:s, s:i, s:s, s:s}", "schema", "certwipe/progress/1", "event", event, "slot", (int)slot, "node", node, "text", text));
	else if (s->mode != SILENT) {
		fprintf(s->out, "%s%s%s\n", node, *node ? ": " : "", text);
		fflush(s->out);
		s->drawn = 0;
	}
}
