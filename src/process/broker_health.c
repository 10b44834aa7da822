/* SPDX-License-Identifier: Apache-2.0 */
/* When a job is over, its drive is asked once more how worn it is: what wiping brought to light belongs to the evidence. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

static bool is_there_still(const struct cw_medium *m)
{
	struct cw_error ignored = { 0 };
	CW_AUTO_FD int fd = open(m->node, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);

	return fd >= 0 && !cw_broker_compare_held(m, fd, &ignored);
}

static int append(const struct cw_slot *s, json_t *health_take, struct cw_error *err)
{
	struct cw_journal *j = NULL;
	bool dropped = false;
	int fd = fcntl(s->journal_fd, F_DUPFD_CLOEXEC, 3);
	int rc = fd < 0 ? CW_E_STATE : cw_journal_open_fd(fd, s->job_id, &j, &dropped, err);

	if (rc)
		json_decref(health_take);
	else
		rc = cw_journal_append(j, "health", health_take, err);
	cw_journal_free(j);
	return rc;
}

void cw_broker_note_health(const struct cw_slot *s, const struct cw_medium *m)
{
	static struct cw_capabilities c;
	struct cw_error ignored = { 0 };
	json_t *health;

	if (geteuid() != 0 || cw_capabilities_refusal(m) || !is_there_still(m))
		return;
	cw_probe_capabilities(m, &c);
	health = cw_health_told_json(&c);
	/* Without it the job is what it is: the document says nothing of how worn the drive is. */
	if (health && append(s, health, &ignored))
		return;
}
