/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe jobs: what is running, and what waits for somebody; with --watch for as long as something runs. */
#include <poll.h>
#include <string.h>

#include "internal.h"

#define WATCH_MS 1000

static int ask(struct cw_context *c, json_t **doc, struct cw_error *err)
{
	const struct cw_msg_empty nothing = { 0 };

	return cw_session_ask_doc(c->session, CW_MSG_JOBS, &nothing, doc, err);
}

/* ---- --watch: a line a job that runs ---- */

struct watch {
	struct cw_screen *screen;
	struct { char job[CW_JOB_ID_MAX]; bool running; } lines[CW_SLOTS_MAX];
	uint32_t n;
};

/* CW_SLOTS_MAX when there are more jobs than lines. */
static uint32_t line_of(struct watch *w, const json_t *row)
{
	const char *job = cw_json_str(row, "jobId", "");

	for (uint32_t i = 0; i < w->n; i++)
		if (!strcmp(w->lines[i].job, job))
			return i;
	if (w->n == CW_SLOTS_MAX)
		return CW_SLOTS_MAX;
	cw_strlcpy(w->lines[w->n].job, job, sizeof w->lines[w->n].job);
	cw_screen_name(w->screen, w->n, cw_json_str(row, "node", ""), job);
	return w->n++;
}

static uint32_t lie_of(const char *name)
{
	uint32_t lie = CW_LIE_DROP;

	while (lie > CW_LIE_NONE && strcmp(cw_lie_name(lie), name) != 0)
		lie--;
	return lie;
}

static void show_progress(struct watch *w, uint32_t line, const json_t *row)
{
	const json_t *p = json_object_get(row, "progress");
	struct cw_msg_progress m = { .slot = line };

	if (!p)
		return;
	m.progress = (struct cw_job_progress){ .step = (uint32_t)cw_json_u64(p, "step", 0), .n_steps = (uint32_t)cw_json_u64(row, "steps", 0),
					       .kind = (uint32_t)cw_json_u64(p, "kind", 0), .pass = (uint32_t)cw_json_u64(p, "pass", 0),
					       .completed_bytes = cw_json_u64(p, "completedBytes", 0), .size_bytes = cw_json_u64(p, "sizeBytes", 0),
					       .bad_bytes = cw_json_u64(p, "badBytes", 0), .mismatch_bytes = cw_json_u64(p, "mismatchBytes", 0),
					       .elapsed_ms = cw_json_u64(p, "elapsedMs", 0), .total_done_bytes = cw_json_u64(p, "totalDoneBytes", 0),
					       .total_bytes = cw_json_u64(p, "totalBytes", 0), .differs = cw_json_bool(p, "differs", false),
					       .lie = lie_of(cw_json_str(p, "notGenuine", "")), .real_bytes = cw_json_u64(p, "realBytes", 0) };
	cw_screen_show(w->screen, &m);
}

static void show_silence(struct watch *w, uint32_t line, const json_t *row)
{
	int64_t since = 0;
	bool silent = cw_time_parse(cw_json_str(row, "notAnsweringSince", ""), &since);
	const struct cw_msg_note m = { .slot = line, .kind = silent ? CW_NOTE_SILENT : CW_NOTE_ANSWERS, .since_unix_s = (uint64_t)since };

	cw_screen_note(w->screen, &m);
}

static void show_ended(struct watch *w, const bool running[CW_SLOTS_MAX])
{
	for (uint32_t i = 0; i < w->n; i++) {
		if (w->lines[i].running && !running[i])
			cw_screen_end(w->screen, i, "ended", _("ended"));
		w->lines[i].running = running[i];
	}
}

/* True as long as a job runs. */
static bool show(struct watch *w, const json_t *doc)
{
	bool running[CW_SLOTS_MAX] = { false }, any = false;
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(doc, "jobs"), i, row) {
		uint32_t line = cw_json_bool(row, "running", false) ? line_of(w, row) : CW_SLOTS_MAX;

		any |= cw_json_bool(row, "running", false) && !cw_json_bool(row, "abandoned", false);
		if (line == CW_SLOTS_MAX)
			continue;
		running[line] = true;
		show_silence(w, line, row);
		if (!json_object_get(row, "notAnsweringSince"))
			show_progress(w, line, row);
	}
	show_ended(w, running);
	return any;
}

static int watch(struct cw_context *c, json_t **doc, struct cw_error *err)
{
	struct watch w = { .n = 0 };
	int rc = cw_screen_new(c, &w.screen, err);

	if (rc)
		return rc;
	cw_screen_is_answer(w.screen, c);
	while (!(rc = ask(c, doc, err)) && show(&w, *doc)) {
		json_decref(*doc);
		*doc = NULL;
		poll(NULL, 0, WATCH_MS);
	}
	cw_screen_free(w.screen);
	return rc;
}

static int run(struct cw_context *c, struct cw_error *err)
{
	json_t *doc = NULL;
	int rc = c->o->watch ? watch(c, &doc, err) : ask(c, &doc, err);

	return rc ? rc : cw_emit(c, doc, err);
}

const struct cw_command cw_command_jobs = {
	.name = "jobs", .operands = "", .summary = N_("list jobs that run, or that wait to be resumed or closed"), .needs_broker = true, .least = 0, .most = 0, .run = run,
};
