/* SPDX-License-Identifier: Apache-2.0 */
/* Unlocks a drive that a job left locked: needs neither the journal nor anything else that was lost, for the password is always the same. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "internal.h"

#define ANSWER_MS 180000 /* four commands, of a drive that may have to be reset */

struct unlock_task { int medium_fd; const struct cw_medium *medium; };

static int tell(const struct cw_medium *m, int rc, struct cw_error *err)
{
	switch (rc) {
	case 0:
		return 0;
	case -EBUSY:
		return cw_fail(err, CW_E_REFUSED, 0, m->node, _("Unplug the drive and plug it in again, or suspend the computer and wake it up; then try again."),
			       _("A password is set on %s, and its security is frozen until it loses its power."), m->node);
	case -EAGAIN:
		return cw_fail(err, CW_E_REFUSED, 0, m->node, _("Unplug the drive and plug it in again, then try again."), _("Too many wrong passwords were given to %s."), m->node);
	case -EPERM:
		return cw_fail(err, CW_E_REFUSED, 0, m->node, _("Ask whoever set it; without it the drive can only be reverted by the PSID on its label, or destroyed."),
			       _("%s has a password that is not of this program."), m->node);
	default:
		return cw_fail(err, CW_E_IO, -rc, m->node, _("Attach it to a SATA port, and try again."), _("%s did not answer what it was asked about its password."), m->node);
	}
}

static int unlock(const struct unlock_task *task, struct cw_error *err)
{
	struct cw_transport *t = NULL;
	int fd = fcntl(task->medium_fd, F_DUPFD_CLOEXEC, 3);
	int rc = fd < 0 ? cw_fail(err, CW_E_PROCESS, errno, task->medium->node, NULL, _("The medium could not be passed on.")) : cw_transport_door_new(fd, -1, &t, err);

	if (!rc)
		rc = cw_drop_to_nobody_but(cw_capability_of(task->medium), err);
	if (!rc)
		rc = cw_sandbox_executor(CW_CAGE_NO_COMMANDS, err);
	if (!rc)
		rc = tell(task->medium, cw_ata_unlock(t), err);
	cw_transport_free(t);
	return rc;
}

static int unlock_work(int fd, void *user)
{
	static const struct cw_msg_empty done;
	struct cw_error err = { 0 };

	if (unlock(user, &err))
		return cw_child_failed(fd, &err);
	return cw_msg_send(fd, CW_MSG_UNLOCKED, &done, true, &err) ? 1 : 0;
}

int cw_unlock(int medium_fd, const struct cw_medium *m, struct cw_error *err)
{
	struct unlock_task task = { medium_fd, m };
	struct cw_msg_empty done;
	struct cw_child child;
	int rc = cw_spawn("certwipe-exec", unlock_work, &task, (const int[]){ medium_fd, -1 }, &child, err);

	return rc ? rc : cw_child_answer(&child, CW_MSG_UNLOCKED, &done, ANSWER_MS, err);
}

/* Sticks hang at such commands, and nobody sets a password through a bridge. */
static int refuse_other(const struct cw_medium *m, struct cw_error *err)
{
	if (m->class_ == CW_CLASS_HDD_ATA || m->class_ == CW_CLASS_SSD_ATA)
		return 0;
	return cw_fail(err, CW_E_REFUSED, 0, m->node, _("Attach the drive to a SATA port."), _("%s is no SATA drive at a port of its own: it is not told anything about passwords."), m->node);
}

int cw_broker_unlock(struct cw_broker *b, const char *named, json_t **doc, struct cw_error *err)
{
	struct cw_medium m;
	int rc = geteuid() == 0 ? cw_broker_find(b, named, &m, err) : cw_fail(err, CW_E_NO_PRIVILEGE, 0, NULL, _("Run it through sudo."), _("Only root may unlock drives."));
	int held = -1;

	if (!rc)
		rc = refuse_other(&m, err);
	if (!rc)
		rc = cw_broker_may_touch(&m, err);
	if (!rc)
		rc = cw_broker_hold(&m, &held, err);
	CW_AUTO_FD int fd = held;

	if (!rc)
		rc = cw_unlock(fd, &m, err);
	if (!rc)
		*doc = json_pack("{s:s, s:s}", "schema", "certwipe/unlocked/1", "node", m.node);
	return rc;
}
