/* SPDX-License-Identifier: Apache-2.0 */
/* A wrong clock, to be preloaded: whoever runs with it sees the time of day shifted by CLOCK_SHIFT_S seconds.  The kernel has no namespace for that clock. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static time_t shift_s(void)
{
	const char *text = getenv("CLOCK_SHIFT_S");

	return text ? (time_t)atoll(text) : 0;
}

int clock_gettime(clockid_t id, struct timespec *out)
{
	static int (*real)(clockid_t, struct timespec *);

	if (!real)
		real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	int rc = real(id, out);

	if (rc == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		out->tv_sec += shift_s();
	return rc;
}

time_t time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out)
		*out = now.tv_sec;
	return now.tv_sec;
}
