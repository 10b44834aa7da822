/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signer and what belongs to a document about a physical destruction: its files, which only root can open where the broker put them and which are copied only as
 * the journal names them; and the document of the wipe before, which must be there and genuine before another is built on it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

void cw_attachments_open(const struct cw_state *s, const char *job_id, struct cw_attachments *out)
{
	char path[CW_JOB_ID_MAX + 32];

	for (size_t i = 0; i < CW_PHOTOS_MAX; i++) {
		snprintf(path, sizeof path, "%s" CW_ATTACHED_SUFFIX "/%zu", job_id, i + 1);
		out->fds[i] = openat(s->journals, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	}
}

static int lay_one(int fd, const json_t *one, int folder, struct cw_error *err)
{
	const char *name = cw_json_str(one, "name", "");
	CW_AUTO_BUF struct cw_buf bytes = { 0 };
	char sha256[CW_SHA256_HEX];

	if (fd < 0 || !cw_attachment_name_ok(name))
		return cw_fail(err, CW_E_NO_EVIDENCE, 0, name, _("Record the destruction anew, with its files."), _("The file %s that belongs to the record is not there."), name);
	int rc = lseek(fd, 0, SEEK_SET) < 0 ? cw_fail(err, CW_E_NO_EVIDENCE, errno, name, NULL, _("The file %s that belongs to the record cannot be read."), name) :
					      cw_fd_read(fd, name, CW_ATTACHMENT_MAX_BYTES, &bytes, err);

	if (rc)
		return rc;
	cw_sha256_hex(bytes.len ? bytes.data : "", bytes.len, sha256);
	if (strcmp(sha256, cw_json_str(one, "sha256", "")) != 0)
		return cw_fail(err, CW_E_NO_EVIDENCE, 0, name, _("Record the destruction anew, with its files."), _("The file %s was changed since it was recorded."), name);
	return cw_file_write(folder, name, bytes.len ? bytes.data : "", bytes.len, 0640, false, err);
}

int cw_attachments_lay(const struct cw_attachments *a, const json_t *payload, int folder, struct cw_error *err)
{
	const json_t *list = json_object_get(json_object_get(payload, "destruction"), "attachments"), *one;
	size_t i;
	int rc = json_array_size(list) ? cw_dir_make(folder, CW_ATTACHMENTS, 0750, err) : 0;

	if (rc || !json_array_size(list))
		return rc;
	CW_AUTO_FD int dir = openat(folder, CW_ATTACHMENTS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir < 0)
		return cw_fail(err, CW_E_NO_EVIDENCE, errno, CW_ATTACHMENTS, NULL, _("The folder of the new document cannot be opened."));
	json_array_foreach(list, i, one)
		if (!rc)
			rc = lay_one(i < CW_PHOTOS_MAX ? a->fds[i] : -1, one, dir, err);
	return rc;
}

/* ---- the wipe before ---- */

/* The journal that its document was made from: the first lines of this one. */
static size_t bytes_of_lines(const struct cw_journal_text *t, uint64_t lines)
{
	size_t at = 0;

	for (; lines && at < t->bytes.len; at++)
		lines -= t->bytes.data[at] == '\n';
	return at;
}

static int read_wipe(const struct cw_state *s, const char *number, struct cw_buf *json, struct cw_buf *p7s, struct cw_error *err)
{
	char path[3 * CW_NODE_MAX];
	int rc;

	if (strlen(number) < 5 || strchr(number, '/') || strchr(number, '.'))
		return cw_fail(err, CW_E_INVALID, 0, number, NULL, _("%s is no document number."), number);
	snprintf(path, sizeof path, "%.4s/%s/evidence.json", number, number);
	rc = cw_file_read(s->certificates, path, CW_JSON_MAX_BYTES, json, err);
	snprintf(path, sizeof path, "%.4s/%s/evidence.json.p7s", number, number);
	return rc ? rc : cw_file_read(s->certificates, path, CW_JSON_MAX_BYTES, p7s, err);
}

int cw_check_wipe(const struct cw_state *s, const struct cw_signer *signer, const json_t *payload, const struct cw_journal_text *t, struct cw_error *err)
{
	static struct cw_verify_result found;
	const json_t *wipe = json_object_get(payload, "wipe");
	const char *number = cw_json_str(wipe, "certificateId", "");
	CW_AUTO_BUF struct cw_buf json = { 0 }, p7s = { 0 };
	char sha256[CW_SHA256_HEX];
	int rc = wipe ? read_wipe(s, number, &json, &p7s, err) : 0;

	if (!wipe)
		return 0;
	if (!rc) {
		const struct cw_evidence_files files = { .json = json.data, .json_len = json.len, .p7s = (const uint8_t *)p7s.data, .p7s_len = p7s.len, .journal = t->bytes.data,
							 .journal_len = bytes_of_lines(t, cw_json_u64(wipe, "line", 0)) };

		cw_sha256_hex(json.len ? json.data : "", json.len, sha256);
		cw_verify(&files, signer->chain_pem, signer->chain_len, true, &found);
	}
	if (!rc && !strcmp(sha256, cw_json_str(wipe, "sha256", "")) && (found.finding == CW_FINDING_VALID || found.finding == CW_FINDING_REMARKS))
		return 0;
	return cw_fail(err, CW_E_NO_EVIDENCE, 0, number, _("Run `certwipe verify` on it, and restore it from a backup; then `certwipe resume JOB`."),
		       _("The document %s about the wipe is missing or does not hold, so nothing is built on it: %s"), number, rc ? err->message : found.reason);
}
