/* SPDX-License-Identifier: Apache-2.0 */
/* Hands the files of documents out. */
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal.h"

/* Documents are the signer's; the front may not read the folder, so their bytes are passed on unread. */
static int open_part(const struct cw_broker *b, const struct cw_msg_document *q)
{
	static const char *const names[CW_PART_COUNT] = { [CW_PART_JSON] = "evidence.json", [CW_PART_SIGNATURE] = "evidence.json.p7s", [CW_PART_JOURNAL] = "journal.jsonl",
							  [CW_PART_PROOF] = CW_PROOF_NAME,
							  [CW_PART_APPROVAL] = CW_APPROVAL_NAME ".json", [CW_PART_APPROVAL_SIGNATURE] = CW_APPROVAL_NAME ".json.p7s",
							  [CW_PART_APPROVAL_PROOF] = CW_APPROVAL_NAME ".tlog-proof", [CW_PART_WITHDRAWAL] = CW_WITHDRAWAL_NAME ".json",
							  [CW_PART_WITHDRAWAL_SIGNATURE] = CW_WITHDRAWAL_NAME ".json.p7s",
							  [CW_PART_WITHDRAWAL_PROOF] = CW_WITHDRAWAL_NAME ".tlog-proof" };
	const struct open_how plain = { .flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	CW_AUTO_BUF struct cw_buf path = { 0 };

	if (q->part == CW_PART_PDF)
		cw_buf_printf(&path, "%.4s/%s/%s.pdf", q->number, q->number, q->number);
	else if (q->part == CW_PART_ATTACHMENT)
		cw_buf_printf(&path, "%.4s/%s/" CW_ATTACHMENTS "/%s", q->number, q->number, q->name);
	else
		cw_buf_printf(&path, "%.4s/%s/%s", q->number, q->number, names[q->part]);
	/* The folder is the signer's: links and pipes in it must not lead root anywhere. */
	return b->state.certificates < 0 || path.failed ? -1 : (int)syscall(SYS_openat2, b->state.certificates, path.data, &plain, sizeof plain);
}

static int no_document(const char *number, struct cw_error *err)
{
	return cw_fail(err, CW_E_NOT_FOUND, 0, number, _("See `certwipe register list`; --state names another state directory."), _("There is no document %s here."), number);
}

static int document(struct cw_broker *b, const struct cw_msg_document *q, struct cw_buf *out, struct cw_error *err)
{
	struct stat st;

	if (strlen(q->number) < 5 || strchr(q->number, '/') || strstr(q->number, "..") || (q->part == CW_PART_ATTACHMENT && !cw_attachment_name_ok(q->name)))
		return cw_fail(err, CW_E_NOT_FOUND, 0, q->number, _("See `certwipe register list`."), _("%s is no document number."), q->number);
	if (q->part == CW_PART_PDF) {
		int rc = cw_seal_document(&b->state, q->number, err);

		if (rc)
			return rc;
	}
	CW_AUTO_FD int fd = open_part(b, q);

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    cw_fd_read(fd, q->number, q->part == CW_PART_ATTACHMENT ? CW_ATTACHMENT_MAX_BYTES : CW_DOC_MAX, out, err))
		return no_document(q->number, err);
	return 0;
}

int cw_broker_on_certificate(struct cw_broker *b, const void *body, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf bytes = { 0 };
	int rc = document(b, body, &bytes, err);

	return rc ? rc : cw_msg_send_text(b->front, bytes.data ? bytes.data : "", bytes.len, err);
}
