/* SPDX-License-Identifier: Apache-2.0 */
/* Who writes a journal.  POSIX locks, not OFD locks: they die with the process and F_GETLK names it. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "certwipe/job.h"

int cw_journal_lock(int fd, struct cw_error *err)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	if (fcntl(fd, F_SETLK, &l) == 0)
		return 0;
	if (errno == EACCES || errno == EAGAIN)
		return cw_fail(err, CW_E_BUSY, 0, "journal", _("`certwipe jobs` shows how far it is; `certwipe stop` stops it at a checkpoint."), _("Process %ld is working on this job."),
			       (long)cw_journal_owner(fd));
	return cw_fail(err, CW_E_STATE, errno, "journal", _("Keep the state directory on a local disk."), _("The journal cannot be locked."));
}

pid_t cw_journal_owner(int fd)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	if (fcntl(fd, F_GETLK, &l) < 0 || l.l_type == F_UNLCK)
		return 0;
	return l.l_pid;
}
