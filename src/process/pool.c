/* SPDX-License-Identifier: Apache-2.0 */
/* Several processes that share a piece of work and hand back JSON, one document after the other. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct member { struct cw_child child; struct cw_buf text; bool done; };
struct cw_pool { unsigned n; struct member at[CW_POOL_MAX]; };

struct share { unsigned part; int (*work)(int fd, unsigned part, void *user); void *user; };

static int share_work(int fd, void *user)
{
	const struct share *s = user;
	struct cw_error err = { 0 };

	if (s->work(fd, s->part, s->user))
		return 1;
	return cw_msg_send(fd, CW_MSG_OK, &(struct cw_msg_empty){ 0 }, true, &err) ? 1 : 0;
}

int cw_pool_start(unsigned n, int (*work)(int fd, unsigned part, void *user), void *user, struct cw_pool **out, struct cw_error *err)
{
	struct cw_pool *p = calloc(1, sizeof *p);
	int rc = 0;

	*out = NULL;
	if (!p)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
	for (unsigned i = 0; !rc && i < n && i < CW_POOL_MAX; i++) {
		struct share s = { i, work, user };

		rc = cw_spawn("certwipe-verify", share_work, &s, (const int[]){ -1 }, &p->at[i].child, err);
		p->n += !rc;
	}
	if (rc)
		cw_pool_free(p);
	else
		*out = p;
	return rc;
}

void cw_pool_free(struct cw_pool *p)
{
	for (unsigned i = 0; p && i < p->n; i++) {
		cw_child_end(&p->at[i].child);
		cw_buf_clear(&p->at[i].text);
	}
	free(p);
}

static int gone(struct cw_error *err)
{
	return cw_fail(err, CW_E_PROCESS, 0, NULL, NULL, _("One of the processes that share the work has ended before it was done."));
}

static int take_chunk(struct member *m, const struct cw_msg_doc *chunk, cw_pool_take take, void *user, struct cw_error *err)
{
	json_t *doc = NULL;
	int rc;

	cw_buf_add(&m->text, chunk->text, chunk->len);
	if (!chunk->last)
		return 0;
	rc = cw_json_parse(m->text.data ? m->text.data : "", m->text.len, &doc, err);
	cw_buf_clear(&m->text);
	return rc ? rc : take(user, doc, err);
}

static int hear(struct member *m, cw_pool_take take, void *user, struct cw_error *err)
{
	static _Alignas(16) unsigned char body[CW_MSG_ROOM];
	enum cw_msg_type type;
	int n = cw_msg_recv(m->child.fd, &type, body, err);

	if (n < 0)
		return n;
	if (n == 0)
		return gone(err);
	if (type == CW_MSG_ERROR) {
		*err = ((const struct cw_msg_error *)(const void *)body)->error;
		return err->code;
	}
	m->done = type == CW_MSG_OK;
	if (type != CW_MSG_OK && type != CW_MSG_DOC)
		return cw_fail(err, CW_E_PROTOCOL, 0, cw_msg_name(type), NULL, _("One of the processes that share the work sent an answer of the wrong kind."));
	return type == CW_MSG_DOC ? take_chunk(m, (const void *)body, take, user, err) : 0;
}

int cw_pool_collect(struct cw_pool *p, cw_pool_take take, void *user, struct cw_error *err)
{
	struct pollfd polled[CW_POOL_MAX];
	unsigned left = p->n;
	int rc = 0;

	while (!rc && left) {
		for (unsigned i = 0; i < p->n; i++)
			polled[i] = (struct pollfd){ .fd = p->at[i].done ? -1 : p->at[i].child.fd, .events = POLLIN };
		if (poll(polled, p->n, -1) < 0)
			continue;
		for (unsigned i = 0; !rc && i < p->n; i++) {
			if (!polled[i].revents)
				continue;
			rc = hear(&p->at[i], take, user, err);
			left -= p->at[i].done;
		}
	}
	return rc;
}
