/* SPDX-License-Identifier: Apache-2.0 */
#include "open.h"

#include <errno.h>
#include <time.h>

#include "lines.h"
#include "native.h"

#define NOTICE_TRIES 20 /* of a second: the kernel looks at the drive anew in the background */

struct opening {
	const struct job_open *o;
	int rc;
	struct cw_error *err;
};

static void on_heard(void *user, const struct cw_heard *h)
{
	struct opening *k = user;
	if (k->rc == 0)
		k->rc = k->o->append(k->o->user, "command", job_line_command(k->o->number, h), k->err);
}

static void wait_a_second(const struct job_open *o)
{
	const struct timespec second = { .tv_sec = 1 };
	if (o->hooks->wait != NULL)
		o->hooks->wait(o->hooks->user, 1000);
	else
		(void)nanosleep(&second, NULL);
}

static bool is_noticed(const struct job_open *o)
{
	uint64_t bytes = 0;
	for (int tries = 0; tries < NOTICE_TRIES; tries++) {
		if (o->medium->ops->size(o->medium, &bytes) == 0 && bytes == o->whole_bytes)
			return true;
		wait_a_second(o);
	}
	return false;
}

static enum job_open_end end_of(const struct job_open *o, int rc)
{
	switch (rc) {
	case 0:
		return is_noticed(o) ? JOB_OPEN_DONE : JOB_OPEN_WAITS;
	case -EPERM:
		return JOB_OPEN_WAITS;
	case -ENODEV:
	case -ENXIO:
		return JOB_OPEN_GONE;
	default:
		return JOB_OPEN_FAILED;
	}
}

int job_open_run(const struct job_open *o, enum job_open_end *end, struct cw_error *err)
{
	struct opening k = { .o = o, .err = err };
	void (*heard)(void *, const struct cw_heard *) = o->medium->heard;
	void *heard_user = o->medium->heard_user;
	int rc;
	o->medium->heard = on_heard;
	o->medium->heard_user = &k;
	rc = cw_area_open(o->medium, o->whole_bytes);
	o->medium->heard = heard;
	o->medium->heard_user = heard_user;
	if (k.rc == 0)
		*end = end_of(o, rc);
	return k.rc;
}

json_t *job_open_step_end(uint32_t number, enum job_open_end end, uint64_t elapsed_ms)
{
	static const enum cw_native_end as[] = { [JOB_OPEN_DONE] = CW_NATIVE_END_DONE, [JOB_OPEN_WAITS] = CW_NATIVE_END_STOPPED, [JOB_OPEN_GONE] = CW_NATIVE_END_GONE,
						 [JOB_OPEN_FAILED] = CW_NATIVE_END_FAILED };
	const struct cw_native_result result = { .end = as[end] };
	return job_native_step_end(number, &result, elapsed_ms);
}
