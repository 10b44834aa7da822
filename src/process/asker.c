/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The asker: holds the descriptors of one medium and the one capability that its commands need, and parses nothing.  It sends what the prober asks it to, as far as that
 * stands in the list of commands that only read, and gives the bytes of the answer back.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "asker.h"

#define ASK_MS_MAX 60000u /* longer than that nothing takes that only reads */

/* ---- descriptors and privilege ---- */

/* The name may have gone to another medium since it was found. */
static bool is_medium(int fd, const struct cw_medium *m)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISBLK(st.st_mode) && major(st.st_rdev) == m->dev_major && minor(st.st_rdev) == m->dev_minor;
}

static int open_door(const struct cw_medium *m, struct cw_transport **out, struct cw_error *err)
{
	int fd = open(m->node, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || !is_medium(fd, m)) {
		int e = fd < 0 ? errno : ENODEV;

		if (fd >= 0)
			close(fd);
		return cw_fail(err, e == EACCES ? CW_E_NO_PRIVILEGE : CW_E_IO, e, m->node, NULL, "%s", e == EACCES ? _("only root may ask it") : _("cannot be opened"));
	}
	return cw_transport_door_new(fd, cw_nvme_controller_open(m), out, err);
}

int cw_capability_of(const struct cw_medium *m)
{
	return m->bus == CW_BUS_NVME ? CAP_SYS_ADMIN : CAP_SYS_RAWIO;
}

int cw_drop_to_nobody_but(int capability, struct cw_error *err)
{
	return cw_sandbox_drop_but(CW_NOBODY_UID, CW_NOBODY_GID, capability, err);
}

/* ---- one question ---- */

static bool only_reads(const struct cw_transport *t, const struct cw_question *q)
{
	return cw_command_reads(q->set, q->request, q->request_len) || (t->holds_disc && cw_disc_command_reads(q->set, q->request, q->request_len));
}

static bool is_allowed(const struct cw_transport *t, const struct cw_question *q)
{
	return q->request_len <= sizeof q->request && (q->dir == CW_DATA_NONE || q->dir == CW_DATA_IN) && q->data_len <= CW_ASKED_DATA_MAX && q->timeout_ms <= ASK_MS_MAX &&
	       only_reads(t, q);
}

/* The request in its own struct again, by way of an answer that is all zero. */
static struct cw_heard heard_of(const struct cw_question *q)
{
	struct cw_heard h = { .set = q->set, .dir = q->dir, .request_len = q->request_len, .answer_len = q->set == CW_SET_SCSI ? 8 : 16 };

	memcpy(h.request, q->request, sizeof h.request);
	return h;
}

static int ask_scsi(struct cw_transport *t, const struct cw_question *q, struct cw_reply *r)
{
	struct cw_heard h = heard_of(q);
	struct cw_scsi c;

	if (!cw_scsi_of(&h, &c))
		return -EINVAL;
	c.data = r->data;
	c.data_len = q->data_len;
	c.timeout_ms = q->timeout_ms;
	return cw_scsi_send(t, &c);
}

static int ask_nvme(struct cw_transport *t, const struct cw_question *q, struct cw_reply *r)
{
	struct cw_heard h = heard_of(q);
	struct cw_nvme c;

	if (!cw_nvme_of(&h, &c))
		return -EINVAL;
	c.data = r->data;
	c.data_len = q->data_len;
	c.timeout_ms = q->timeout_ms;
	return cw_nvme_send(t, &c);
}

static int ask_mmc(struct cw_transport *t, const struct cw_question *q, struct cw_reply *r)
{
	struct cw_heard h = heard_of(q);
	struct cw_mmc c;

	if (!cw_mmc_of(&h, &c) || (uint64_t)c.block_bytes * c.blocks != q->data_len)
		return -EINVAL;
	c.data = r->data;
	c.timeout_ms = q->timeout_ms;
	return cw_mmc_send(t, &c);
}

static void on_heard(void *user, const struct cw_heard *h)
{
	struct cw_reply *r = user;

	r->answer_len = h->answer_len;
	memcpy(r->answer, h->answer, sizeof r->answer);
	r->data_len = h->data_len <= CW_ASKED_DATA_MAX ? h->data_len : 0;
	r->duration_ms = h->duration_ms;
}

static void carry_out(struct cw_transport *t, const struct cw_question *q, struct cw_reply *r)
{
	memset(r, 0, sizeof *r);
	t->heard = on_heard;
	t->heard_user = r;
	if (!is_allowed(t, q))
		r->sys_errno = EPERM;
	else
		r->sys_errno = -(q->set == CW_SET_SCSI ? ask_scsi(t, q, r) : q->set == CW_SET_NVME ? ask_nvme(t, q, r) : ask_mmc(t, q, r));
}

int cw_asker_serve(int fd, struct cw_transport *t)
{
	static struct cw_question q;
	static struct cw_reply r;
	ssize_t n;

	while ((n = read(fd, &q, sizeof q)) == (ssize_t)sizeof q) {
		carry_out(t, &q, &r);
		if (write(fd, &r, sizeof r) != (ssize_t)sizeof r)
			return 1;
	}
	return n == 0 ? 0 : 1;
}

static int asker_work(int fd, void *user)
{
	const struct cw_medium *m = user;
	struct cw_transport *t = NULL;
	struct cw_error err = { 0 };
	int rc = open_door(m, &t, &err);

	if (!rc)
		rc = cw_drop_to_nobody_but(cw_capability_of(m), &err);
	if (!rc)
		t->holds_disc = cw_class_is_optical(m->class_);
	/* Who asked hears nothing and gives up: a medium that cannot be asked is no error. */
	rc = rc ? 1 : cw_asker_serve(fd, t);
	cw_transport_free(t);
	return rc;
}

int cw_asker_start(const struct cw_medium *m, struct cw_child *out, struct cw_error *err)
{
	return cw_spawn("certwipe-asker", asker_work, (void *)(uintptr_t)m, NULL, out, err);
}
