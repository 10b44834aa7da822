/* SPDX-License-Identifier: Apache-2.0 */
#include "native.h"

#include <string.h>
#include <time.h>

#include "lines.h"
#include "schema.h"

/* ---- lines ---- */

static json_t *with_step(json_t *o_take, uint32_t number)
{
	if (o_take != NULL && json_object_set_new(o_take, "step", json_integer((json_int_t)number)) == 0)
		return o_take;
	json_decref(o_take);
	return NULL;
}

json_t *job_line_command(uint32_t number, const struct cw_heard *h)
{
	return with_step(cw_heard_json(h, CW_HEARD_DATA_MAX), number);
}

static json_t *line_native(uint32_t number, const char *state, uint32_t progress, const char *why)
{
	json_t *o = with_step(json_pack("{s:s}", "state", state), number);
	bool ok = o != NULL && (progress == 0 || json_object_set_new(o, "progress65536", json_integer((json_int_t)progress)) == 0) &&
		  (why == NULL || json_object_set_new(o, "detail", json_string(why)) == 0);
	if (ok)
		return o;
	json_decref(o);
	return NULL;
}

static const char *end_word(const struct cw_native_result *result)
{
	switch (result->end) {
	case CW_NATIVE_END_DONE:
		return "done";
	case CW_NATIVE_END_FAILED:
		return "failed";
	case CW_NATIVE_END_STOPPED:
		return "stopped";
	default:
		return "lost";
	}
}

/* It moves no bytes of ours: what it did is in the lines before. */
json_t *job_native_step_end(uint32_t number, const struct cw_native_result *result, uint64_t elapsed_ms)
{
	static const struct cw_sweep_result nothing = { .end = CW_SWEEP_DONE };
	json_t *o = job_line_step_end(number, &nothing, elapsed_ms);
	if (o != NULL && json_object_set_new(o, "end", json_string(end_word(result))) == 0)
		return o;
	json_decref(o);
	return NULL;
}

static const char *const look_keys[CW_LOOK_CLASSES] = {
	[CW_LOOK_ZEROS] = "zerosBytes",   [CW_LOOK_ONES] = "onesBytes",   [CW_LOOK_UNIFORM] = "uniformBytes", [CW_LOOK_PATTERN] = "patternBytes",
	[CW_LOOK_RANDOM] = "randomBytes", [CW_LOOK_OTHER] = "otherBytes", [CW_LOOK_MARKER] = "markerBytes",   [CW_LOOK_ERROR] = "errorBytes",
};

json_t *job_line_look(uint32_t number, const struct cw_look *l)
{
	json_t *o = with_step(json_object(), number);
	for (size_t class = 0; o != NULL && class < CW_LOOK_CLASSES; class++)
		if (json_object_set_new(o, look_keys[class], json_integer(job_number(l->bytes[class]))) < 0) {
			json_decref(o);
			return NULL;
		}
	return o;
}

void cw_job_look_of(const json_t *line, struct cw_look *out)
{
	for (size_t class = 0; class < CW_LOOK_CLASSES; class++)
		out->bytes[class] = cw_json_u64(line, look_keys[class], 0);
}

/* ---- the course that a journal tells of ---- */

bool cw_job_native_seen(const struct cw_native *n, const json_t *line, struct cw_native_seen *out)
{
	uint8_t room[CW_HEARD_DATA_MAX];
	struct cw_heard h;
	struct cw_error ignored = { 0 };
	memset(out, 0, sizeof(*out));
	if (!job_event_is(line, "command") || cw_heard_of_json(line, room, sizeof(room), &h, &ignored) < 0)
		return false;
	n->read(&h, out);
	return true;
}

void cw_job_native_line(const struct cw_native *n, const json_t *line, struct cw_native_course *c)
{
	struct cw_native_seen seen;
	if (job_event_is(line, "resumed"))
		cw_native_interrupted(c);
	else if (job_event_is(line, "password"))
		cw_native_told_password(c);
	else if (job_event_is(line, "native") && strcmp(cw_json_str(line, "state", ""), cw_native_state_name(CW_NATIVE_SENT)) == 0)
		cw_native_announced(c);
	else if (cw_job_native_seen(n, line, &seen))
		cw_native_saw(c, seen.shows);
}

/* ---- the step ---- */

static bool stop_hook(void *user)
{
	const struct job_native *n = user;
	return n->hooks->stop != NULL && n->hooks->stop(n->hooks->user);
}

static bool is_same_hook(void *user)
{
	const struct job_native *n = user;
	struct cw_medium now;
	struct cw_error ignored = { 0 };
	memset(&now, 0, sizeof(now));
	return n->hooks->identify(n->hooks->user, &now, &ignored) == 0;
}

/* A second at a time, so that whoever watches sees that it is the medium that takes so long. */
static void wait_hook(void *user, uint32_t ms)
{
	const struct job_native *n = user;
	const struct timespec second = { .tv_sec = 1 };
	if (n->hooks->wait != NULL) {
		n->hooks->wait(n->hooks->user, ms);
		return;
	}
	for (uint32_t waited_ms = 0; waited_ms < ms && !stop_hook(user); waited_ms += 1000) {
		(void)nanosleep(&second, NULL);
		n->alive(n->user);
	}
}

static void progress_hook(void *user, uint32_t progress)
{
	const struct job_native *n = user;
	n->progress(n->user, progress);
}

static int append(const struct job_native *n, const char *event, json_t *fields_take, struct cw_error *err)
{
	return n->append(n->user, event, fields_take, err);
}

static int heard_hook(void *user, const struct cw_heard *h, struct cw_error *err)
{
	const struct job_native *n = user;
	return append(n, "command", job_line_command(n->number, h), err);
}

static int password_hook(void *user, const char *text, struct cw_error *err)
{
	const struct job_native *n = user;
	return append(n, "password", with_step(json_pack("{s:s}", "passwordText", text), n->number), err);
}

static int told_hook(void *user, const char *state, uint32_t progress, const char *why, struct cw_error *err)
{
	const struct job_native *n = user;
	return append(n, "native", line_native(n->number, state, progress, why), err);
}

int job_native_run(const struct job_native *n, struct cw_native_result *result, struct cw_error *err)
{
	const struct cw_native_hooks hooks = { .user = (void *)(uintptr_t)n, .use = n->hooks->native_use, .stop = stop_hook, .wait = wait_hook,
					       .is_same = is_same_hook, .progress = progress_hook, .heard = heard_hook,
					       .password = password_hook, .told = told_hook };
	return cw_native_run(n->medium, n->native, &n->so_far, n->size_bytes, n->expected_seconds, &hooks, result, err);
}
