/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The beat: how far a running job is, in a small file beside its journal, for whoever looks at it from elsewhere.  It is no evidence, and nothing is concluded
 * from it but what a screen shows.  The broker makes it; the executor writes its part of it as requests complete, four times a second at most, so that a part that
 * grows old tells of a medium that does not answer.
 *
 * Both parts lie in one page and are words of the machine: a reader may see two beats mixed, never a torn number.
 */
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

#define NAME_ROOM (CW_JOB_ID_MAX + sizeof CW_BEAT_SUFFIX)

static void name_of(const char *job_id, char out[NAME_ROOM])
{
	snprintf(out, NAME_ROOM, "%s" CW_BEAT_SUFFIX, job_id);
}

int cw_beat_create(int journals_dir, const char *job_id, uint64_t silent_after_ms)
{
	struct cw_beat b;
	char name[NAME_ROOM];

	memset(&b, 0, sizeof b);
	b.silent_after_ms = silent_after_ms;
	b.told.at_ms = cw_monotonic_ms();
	name_of(job_id, name);
	/* One that a crash left behind may still be looked at by somebody: they see that it ended, and this is a new one. */
	unlinkat(journals_dir, name, 0);
	int fd = openat(journals_dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd >= 0 && pwrite(fd, &b, sizeof b, 0) != (ssize_t)sizeof b) {
		close(fd);
		unlinkat(journals_dir, name, 0);
		return -1;
	}
	return fd;
}

int cw_beat_open(int journals_dir, const char *job_id)
{
	char name[NAME_ROOM];

	name_of(job_id, name);
	return openat(journals_dir, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

void cw_beat_remove(int journals_dir, const char *job_id)
{
	char name[NAME_ROOM];

	name_of(job_id, name);
	unlinkat(journals_dir, name, 0);
}

void cw_beat_tell(int fd, const struct cw_msg_progress *m)
{
	struct cw_told t;

	if (fd < 0)
		return;
	memset(&t, 0, sizeof t);
	t.at_ms = cw_monotonic_ms();
	t.progress = *m;
	if (pwrite(fd, &t, sizeof t, offsetof(struct cw_beat, told)) != (ssize_t)sizeof t)
		return; /* a screen that stands still is all that comes of it */
}

void cw_beat_abandon(int fd)
{
	const uint64_t yes = 1;

	if (fd < 0 || pwrite(fd, &yes, sizeof yes, offsetof(struct cw_beat, abandoned)) != (ssize_t)sizeof yes)
		return; /* whoever waits for the job sees it end all the same */
}

/* The executor may write into it what it likes: it is checked like a message. */
bool cw_beat_read(int fd, struct cw_beat *out)
{
	struct cw_error ignored = { 0 };

	return fd >= 0 && pread(fd, out, sizeof *out, 0) == (ssize_t)sizeof *out && out->abandoned <= 1 && out->told.at_ms <= cw_monotonic_ms() &&
	       !cw_msg_check(CW_MSG_PROGRESS, &out->told.progress, sizeof out->told.progress, &ignored);
}

bool cw_beat_is_silent(const struct cw_beat *b)
{
	return cw_monotonic_ms() - b->told.at_ms >= b->silent_after_ms;
}
