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
	char node[CW_NODE_MAX];
	struct cw_job_progress p;
	uint64_t first_bytes, first_ms; /* where this step stood when it was first heard of: a resumed one does not begin at 0 */
	uint64_t told_ms;
	uint64_t silent_since_s; /* Unix time; 0: it answers */
	bool known, over;
};
struct cw_screen {
	enum mode mode;
	uint32_t n, drawn; /* lines that stand on the screen */
	size_t width;
	struct line lines[CW_SLOTS_MAX];
};

int cw_screen_new(const struct cw_context *c, struct cw_screen **out, struct cw_error *err)
{
	struct cw_screen *s = calloc(1, sizeof *s);

	if (!s)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the screen."));
	if (c->o->progress && strcmp(c->o->progress, "json") != 0) {
		free(s);
		return cw_fail(err, CW_E_USAGE, 0, NULL, "--progress json", _("--progress does not know %s."), c->o->progress);
	}
	const char *term = getenv("TERM");

	s->width = cw_screen_width(STDERR_FILENO);
	if (c->o->progress)
		s->mode = JSON;
	else if (c->o->quiet || !isatty(STDERR_FILENO))
		s->mode = c->o->plain && !c->o->quiet ? PLAIN : SILENT;
	else
		s->mode = c->o->plain || !term || !strcmp(term, "dumb") ? PLAIN : REDRAWN;
	*out = s;
	return 0;
}

void cw_screen_free(struct cw_screen *s)
{
	free(s);
}

void cw_screen_name(struct cw_screen *s, uint32_t slot, const char *node)
{
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

static void redraw(struct cw_screen *s)
{
	if (s->drawn)
		fprintf(stderr, "\033[%uA", s->drawn);
	for (uint32_t i = 0; i < s->n; i++) {
		CW_AUTO_BUF struct cw_buf text = { 0 };
		char fitted[1024];

		if (s->lines[i].silent_since_s)
			describe_silence(&s->lines[i], &text);
		else if (s->lines[i].known)
			describe(&s->lines[i], true, &text);
		else
			cw_buf_printf(&text, _("%s  starting"), s->lines[i].node);
		cw_text_fit(fitted, sizeof fitted, text.data ? text.data : "", s->width - 1);
		fprintf(stderr, "\r\033[K%s\n", fitted);
	}
	s->drawn = s->n;
	fflush(stderr);
}

static void json_line(json_t *event)
{
	json_dumpf(event, stderr, JSON_COMPACT);
	fputc('\n', stderr);
	fflush(stderr);
	json_decref(event);
}

static json_t *progress_json(uint32_t slot, const struct line *l)
{
	const struct cw_job_progress *p = &l->p;

	return json_pack("{s:s, s:s, s:i, s:s, s:i, s:i, s:i, s:I, s:I, s:I, s:I, s:I, s:I}", "schema", "certwipe/progress/1", "event", "progress", "slot", (int)slot,
			 "node", l->node, "step", (int)p->step, "steps", (int)p->n_steps, "pass", (int)p->pass, "completedBytes", (json_int_t)p->completed_bytes,
			 "sizeBytes", (json_int_t)p->size_bytes, "badBytes", (json_int_t)p->bad_bytes, "mismatchBytes", (json_int_t)p->mismatch_bytes,
			 "bytesPerSecond", (json_int_t)per_second(l), "secondsLeft", (json_int_t)seconds_left(l));
}

void cw_screen_show(struct cw_screen *s, const struct cw_msg_progress *m)
{
	struct line *l = &s->lines[m->slot];
	uint64_t now = cw_monotonic_ms();
	bool new_step = !l->known || l->p.step != m->progress.step;

	l->p = m->progress;
	l->known = true;
	if (new_step) {
		l->first_bytes = m->progress.completed_bytes;
		l->first_ms = m->progress.elapsed_ms;
	}
	if (s->mode == JSON)
		json_line(progress_json(m->slot, l));
	if (s->mode == REDRAWN)
		redraw(s);
	if (s->mode != PLAIN || (!new_step && now - l->told_ms < PLAIN_MS))
		return;
	CW_AUTO_BUF struct cw_buf text = { 0 };

	l->told_ms = now;
	describe(l, false, &text);
	fprintf(stderr, "%s\n", text.data ? text.data : "");
}

static void tell_note(struct cw_screen *s, uint32_t slot)
{
	const struct line *l = &s->lines[slot];
	char since[CW_TIME_TEXT] = "";

	if (l->silent_since_s)
		cw_time_format((int64_t)l->silent_since_s, since);
	json_line(json_pack("{s:s, s:s, s:i, s:s, s:s}", "schema", "certwipe/progress/1", "event", l->silent_since_s ? "not-answering" : "answering", "slot", (int)slot,
			    "node", l->node, "since", since));
}

void cw_screen_note(struct cw_screen *s, const struct cw_msg_note *n)
{
	struct line *l = &s->lines[n->slot];
	bool changed = (n->kind == CW_NOTE_SILENT) != (l->silent_since_s != 0);
	uint64_t now = cw_monotonic_ms();

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
	fprintf(stderr, "%s\n", text.data ? text.data : "");
}

bool cw_screen_is_silent(const struct cw_screen *s)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (s->lines[i].silent_since_s && !s->lines[i].over)
			return true;
	return false;
}

void cw_screen_result(struct cw_screen *s, const struct cw_msg_result *r)
{
	struct line *l = &s->lines[r->slot];

	l->over = true;
	l->silent_since_s = 0;
	cw_screen_event(s, r->slot, "result", *r->document_id ? r->document_id : r->error.message);
}

void cw_screen_event(struct cw_screen *s, uint32_t slot, const char *event, const char *text)
{
	const char *node = slot < CW_SLOTS_MAX ? s->lines[slot].node : "";

	if (s->mode == JSON)
		json_line(json_pack("{s:s, s:s, s:i, s:s, s:s}", "schema", "certwipe/progress/1", "event", event, "slot", (int)slot, "node", node, "text", text));
	else if (s->mode != SILENT) {
		fprintf(stderr, "%s%s%s\n", node, *node ? ": " : "", text);
		s->drawn = 0;
	}
}
