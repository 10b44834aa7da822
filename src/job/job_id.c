/* SPDX-License-Identifier: Apache-2.0 */
/* Names of jobs: they sort by time and are safe as file names. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "certwipe/job.h"

#define RANDOM_BYTES 4 /* dozens of media start in one second */

void cw_job_id_new(char out[CW_JOB_ID_MAX])
{
	uint8_t random[RANDOM_BYTES];
	char hex[2 * RANDOM_BYTES + 1], stamp[32];
	struct cw_error err;
	struct tm tm;
	time_t now = time(NULL);
	/* Only uniqueness hangs on it, and cw_journal_create refuses a name that exists. */
	if (cw_random(random, sizeof(random), &err) < 0) {
		uint64_t ms = cw_boot_ms();
		memcpy(random, &ms, sizeof(random));
	}
	cw_hex(hex, random, sizeof(random));
	gmtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &tm);
	snprintf(out, CW_JOB_ID_MAX, "%s-%s", stamp, hex);
}

/* dddddddd-dddddd- and 4 to 8 hexadecimal digits. */
bool cw_job_id_valid(const char *id)
{
	static const char form[] = "dddddddd-dddddd-";
	for (size_t i = 0; i < sizeof(form) - 1; i++)
		if (form[i] == 'd' ? id[i] < '0' || id[i] > '9' : id[i] != form[i])
			return false;
	const char *hex = id + sizeof(form) - 1;
	size_t n = strlen(hex);
	return n >= 4 && n <= 8 && strspn(hex, "0123456789abcdef") == n;
}
