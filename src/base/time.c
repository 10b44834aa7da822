/* SPDX-License-Identifier: Apache-2.0 */
/* Time: UTC in one fixed form, clocks that do not jump, and what the kernel knows about its own clock. */
#include "certwipe/base.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define LAST_SECOND INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define KERNEL_MAX_ERROR_MS 16000         /* NTP_PHASE_LIMIT: what the kernel says when it does not know */

void cw_time_format(int64_t unix_seconds, char out[CW_TIME_TEXT])
{
	/* The form has four digits for the year; a clock beyond that is broken and shows as its nearest end. */
	time_t seconds = (time_t)(unix_seconds < 0 ? 0 : unix_seconds > LAST_SECOND ? LAST_SECOND : unix_seconds);
	struct tm utc;

	gmtime_r(&seconds, &utc);
	strftime(out, CW_TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static int number(const char *digits, size_t n)
{
	int value = 0;

	for (size_t i = 0; i < n; i++)
		value = 10 * value + (digits[i] - '0');
	return value;
}

bool cw_time_parse(const char *text, int64_t *unix_seconds)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
	char again[CW_TIME_TEXT];
	struct tm utc = { 0 };
	time_t seconds;

	for (size_t i = 0; i < sizeof form; i++) { /* with its NUL */
		if (form[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
			return false;
	}
	utc.tm_year = number(text, 4) - 1900;
	utc.tm_mon = number(text + 5, 2) - 1;
	utc.tm_mday = number(text + 8, 2);
	utc.tm_hour = number(text + 11, 2);
	utc.tm_min = number(text + 14, 2);
	utc.tm_sec = number(text + 17, 2);
	if (utc.tm_year < 100)
		return false;
	seconds = timegm(&utc);
	cw_time_format(seconds, again); /* 30 February and 24:00 come back as something else */
	if (strcmp(again, text) != 0)
		return false;
	*unix_seconds = seconds;
	return true;
}

void cw_time_now(char out[CW_TIME_TEXT])
{
	cw_time_format(time(NULL), out);
}

static uint64_t clock_ms(clockid_t clock)
{
	struct timespec now = { 0 };

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t cw_boot_ms(void)
{
	return clock_ms(CLOCK_BOOTTIME);
}

uint64_t cw_monotonic_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

json_t *cw_clock_json(void)
{
	struct timex clock = { .modes = 0 };
	int state = adjtimex(&clock);
	bool known = state >= 0;
	bool synchronised = known && state != TIME_ERROR && !(clock.status & STA_UNSYNC);
	json_int_t max_error_ms = known ? clock.maxerror / 1000 : KERNEL_MAX_ERROR_MS;

	return json_pack("{s:s, s:b, s:I}", "source", synchronised ? "kernel" : "unsynchronised", "synchronised", (int)synchronised,
		"maxErrorMs", max_error_ms);
}

void cw_boot_id(char out[33])
{
	char text[64] = "";
	size_t n = 0;
	CW_AUTO_FD int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

	memset(out, '0', 32);
	out[32] = '\0';
	for (ssize_t i = 0; i < len && n < 32; i++) {
		if (isxdigit((unsigned char)text[i]))
			out[n++] = (char)tolower((unsigned char)text[i]);
	}
	if (n < 32)
		memset(out, '0', 32);
}
