/* SPDX-License-Identifier: Apache-2.0 */
/* The front's side: starts the broker with the privilege this process came with, then gives that privilege up. */
#include <errno.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

struct cw_session {
	struct cw_child broker;
	_Alignas(16) unsigned char body[CW_MSG_ROOM];
};

struct start { const char *state_dir; const char *const *folders; const struct cw_caller *caller; };

static int broker_work(int fd, void *user)
{
	const struct start *s = user;

	cw_broker_main(fd, s->state_dir, s->folders, s->caller);
}

/* Under sudo the person is not root: from here on this process may do what the person may. */
int cw_session_drop(const struct cw_caller *caller, struct cw_error *err)
{
	if (geteuid() != 0 || caller->uid == 0)
		return 0;
	if (initgroups(caller->name, caller->gid) < 0)
		return cw_fail(err, CW_E_PROCESS, errno, caller->name, NULL, _("The groups of the person who called sudo could not be taken on."));
	if (setresgid(caller->gid, caller->gid, caller->gid) < 0 || setresuid(caller->uid, caller->uid, caller->uid) < 0 || setuid(0) == 0)
		return cw_fail(err, CW_E_PROCESS, errno, caller->name, NULL, _("Root could not be given up."));
	return 0;
}

int cw_session_start(const char *state_dir, const char *const *policy_folders, const struct cw_caller *caller, struct cw_session **out, struct cw_error *err)
{
	struct start start = { state_dir, policy_folders, caller };
	struct cw_session *s = calloc(1, sizeof *s);
	int rc;

	if (!s)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory to start."));
	rc = cw_spawn("certwipe-broker", broker_work, &start, NULL, &s->broker, err);
	if (rc) {
		free(s);
		return rc;
	}
	rc = cw_session_drop(caller, err);
	if (rc) {
		cw_session_free(s);
		return rc;
	}
	*out = s;
	return 0;
}

void cw_session_hang_up(struct cw_session *s)
{
	if (s->broker.fd >= 0)
		close(s->broker.fd);
	free(s);
}

void cw_session_free(struct cw_session *s)
{
	if (!s)
		return;
	/* Waits for the broker, so that nobody holds the media any more when the command returns. */
	cw_child_end(&s->broker);
	free(s);
}

int cw_session_fd(const struct cw_session *s)
{
	return s->broker.fd;
}

int cw_session_send(struct cw_session *s, enum cw_msg_type type, const void *body, struct cw_error *err)
{
	return cw_msg_send(s->broker.fd, type, body, true, err);
}

int cw_session_next(struct cw_session *s, enum cw_msg_type *type, const void **body, struct cw_error *err)
{
	int n = cw_msg_recv(s->broker.fd, type, s->body, err);

	if (n < 0)
		return n;
	if (n == 0)
		return cw_fail(err, CW_E_PROCESS, 0, NULL, _("See `certwipe jobs`: what was begun can be resumed or closed."),
			       _("The broker, the process that holds the media, has ended unexpectedly."));
	*body = s->body;
	if (*type != CW_MSG_ERROR)
		return 0;
	const struct cw_msg_error *m = (const void *)s->body;

	if (m->slot < CW_SLOTS_MAX)
		return 0;
	*err = m->error;
	return err->code < 0 ? err->code : cw_fail(err, CW_E_PROTOCOL, 0, NULL, NULL, _("The broker reported an error without a code."));
}

#define ANSWER_MAX_BYTES CW_ATTACHMENT_MAX_BYTES /* the largest thing that is handed out */

int cw_session_read_text(struct cw_session *s, struct cw_buf *text, struct cw_error *err)
{
	enum cw_msg_type type;
	const void *body;

	text->max_bytes = ANSWER_MAX_BYTES;
	for (;;) {
		int rc = cw_session_next(s, &type, &body, err);

		if (rc)
			return rc;
		if (type == CW_MSG_ERROR) {
			*err = ((const struct cw_msg_error *)body)->error;
			return err->code;
		}
		if (type != CW_MSG_DOC)
			return cw_fail(err, CW_E_PROTOCOL, 0, cw_msg_name(type), NULL, _("The broker sent an answer of the wrong kind."));
		const struct cw_msg_doc *chunk = body;

		cw_buf_add(text, chunk->text, chunk->len);
		if (text->failed)
			return cw_fail(err, CW_E_TOO_LARGE, 0, NULL, NULL, _("The broker's answer is larger than %u bytes."), ANSWER_MAX_BYTES);
		if (chunk->last)
			return 0;
	}
}

int cw_session_read_doc(struct cw_session *s, json_t **doc, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };
	json_error_t where;
	int rc = cw_session_read_text(s, &text, err);

	if (rc)
		return rc;
	*doc = json_loadb(text.data ? text.data : "", text.len, JSON_REJECT_DUPLICATES, &where);
	if (!*doc)
		return cw_fail(err, CW_E_PROTOCOL, 0, NULL, NULL, _("The broker's answer cannot be read: %s"), where.text);
	return 0;
}

int cw_session_ask_doc(struct cw_session *s, enum cw_msg_type type, const void *body, json_t **doc, struct cw_error *err)
{
	int rc = cw_session_send(s, type, body, err);

	return rc ? rc : cw_session_read_doc(s, doc, err);
}
