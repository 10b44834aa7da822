/* SPDX-License-Identifier: Apache-2.0 */
/* Entries about what a person said of a document: the statement lies beside a document of the same job, is about it, and is by somebody else than its operator. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "proof.h"

#define ABOUT(e) (&(const struct about){ .index = (e)->index, .job_id = (e)->job_id })

struct beside { struct cw_buf json, p7s, said, said_p7s; json_t *payload, *statement; };

static void beside_clear(struct beside *b)
{
	cw_buf_clear(&b->json);
	cw_buf_clear(&b->p7s);
	cw_buf_clear(&b->said);
	cw_buf_clear(&b->said_p7s);
	json_decref(b->payload);
	json_decref(b->statement);
}

static bool read_file(int state_dirfd, const char *id, const char *name, size_t most, struct cw_buf *out)
{
	char path[CW_TEXT_MAX];
	struct cw_error absent = { 0 };

	snprintf(path, sizeof(path), "certificates/%.4s/%s/%s", id, id, name);
	CW_AUTO_FD int fd = openat(state_dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	return fd >= 0 && !cw_fd_read(fd, path, most, out, &absent) && out->len;
}

static bool has_sha256(const struct cw_buf *b, const char *wanted)
{
	char sha256[CW_SHA256_HEX];

	cw_sha256_hex(b->data, b->len, sha256);
	return strcmp(sha256, wanted) == 0;
}

/* Is it the statement of this entry that lies beside this document? */
static bool lies_beside(int state_dirfd, const char *id, const struct cw_entry *e, struct beside *b)
{
	bool approval = strcmp(e->kind, "approved") == 0 || strcmp(e->kind, "rejected") == 0;

	return is_document_id(id) && read_file(state_dirfd, id, approval ? CW_APPROVAL_NAME ".json" : CW_WITHDRAWAL_NAME ".json", CW_STATEMENT_MAX_BYTES, &b->said) &&
	       read_file(state_dirfd, id, approval ? CW_APPROVAL_NAME ".json.p7s" : CW_WITHDRAWAL_NAME ".json.p7s", CW_P7S_MAX, &b->said_p7s) &&
	       has_sha256(&b->said, e->json_sha256) && has_sha256(&b->said_p7s, e->p7s_sha256) && read_file(state_dirfd, id, "evidence.json", CW_JSON_MAX_BYTES, &b->json) &&
	       read_file(state_dirfd, id, "evidence.json.p7s", CW_P7S_MAX, &b->p7s);
}

static void judge(const struct cw_entry *e, struct beside *b, struct findings *found)
{
	char json_sha256[CW_SHA256_HEX], p7s_sha256[CW_SHA256_HEX];
	struct cw_error err = { 0 };
	int rc = cw_json_parse_canonical(b->json.data, b->json.len, &b->payload, &err);

	if (!rc)
		rc = cw_json_parse_canonical(b->said.data, b->said.len, &b->statement, &err);
	if (!rc)
		rc = cw_statement_check(b->statement, &err);
	cw_sha256_hex(b->json.data, b->json.len, json_sha256);
	cw_sha256_hex(b->p7s.data, b->p7s.len, p7s_sha256);
	if (!rc)
		rc = cw_statement_on(b->statement, b->payload, json_sha256, p7s_sha256, &err);
	if (rc == CW_E_REFUSED)
		finding_add(found, "approver-is-operator", ABOUT(e), "%s", err.message);
	else if (rc)
		finding_add(found, BROKEN, ABOUT(e), _("The statement of the entry %llu does not hold: %s"), (unsigned long long)e->index, err.message);
}

void statement_entry_check(struct cw_register *r, int state_dirfd, const struct cw_entry *e, struct findings *found)
{
	CW_AUTO_JSON json_t *entries = NULL;
	struct cw_error err = { 0 };
	const json_t *one;
	size_t i;

	if (cw_register_job(r, e->job_id, &entries, &err)) {
		finding_add(found, BROKEN, ABOUT(e), "%s", err.message);
		return;
	}
	json_array_foreach(entries, i, one) {
		struct beside b = { .payload = NULL };
		bool here = cw_json_u64(one, "index", UINT64_MAX) < e->index && lies_beside(state_dirfd, cw_json_str(one, "documentId", ""), e, &b);

		if (here)
			judge(e, &b, found);
		beside_clear(&b);
		if (here)
			return;
	}
	finding_add(found, BROKEN, ABOUT(e), _("The statement of the entry %llu lies beside no document of its job: it was changed, or taken away."), (unsigned long long)e->index);
}
