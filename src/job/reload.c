/* SPDX-License-Identifier: Apache-2.0 */
#include "reload.h"

#include <time.h>

#include "native.h"

struct reloading {
	const struct job_reload *r;
	int rc;
	struct cw_error *err;
};

static void on_heard(void *user, const struct cw_heard *h)
{
	struct reloading *k = user;
	if (k->rc == 0)
		k->rc = k->r->append(k->r->user, "command", job_line_command(k->r->number, h), k->err);
}

static void wait_a_second(void *user)
{
	const struct job_reload *r = ((const struct reloading *)user)->r;
	const struct timespec second = { .tv_sec = 1 };
	r->alive(r->user);
	if (r->hooks->wait != NULL)
		r->hooks->wait(r->hooks->user, 1000);
	else
		(void)nanosleep(&second, NULL);
}

int job_reload_run(const struct job_reload *r, bool *gone, struct cw_error *err)
{
	struct reloading k = { .r = r, .err = err };
	const struct cw_tray_hooks hooks = { .user = &k, .wait_a_second = wait_a_second };
	void (*heard)(void *, const struct cw_heard *) = r->medium->heard;
	void *heard_user = r->medium->heard_user;
	enum cw_tray by = CW_TRAY_NONE;
	r->medium->heard = on_heard;
	r->medium->heard_user = &k;
	*gone = cw_tray_reload(r->medium, &hooks, &by) < 0;
	r->medium->heard = heard;
	r->medium->heard_user = heard_user;
	if (k.rc != 0 || *gone)
		return k.rc;
	return r->append(r->user, "reload", json_pack("{s:i, s:s}", "step", (int)r->number, "trayBy", cw_tray_name(by)), err);
}

json_t *job_reload_step_end(uint32_t number, bool gone, uint64_t elapsed_ms)
{
	const struct cw_native_result result = { .end = gone ? CW_NATIVE_END_GONE : CW_NATIVE_END_DONE };
	return job_native_step_end(number, &result, elapsed_ms);
}
