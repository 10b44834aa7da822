/* SPDX-License-Identifier: Apache-2.0 */
/* The first lines of a journal: what the medium is, why it may be wiped, by which tool on which machine, and who allowed it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "internal.h"

json_t *cw_caller_json(const struct cw_caller *c)
{
	return json_pack("{s:I, s:s}", "uid", (json_int_t)c->uid, "name", c->name);
}

/* The program hashes itself, so that a document names the exact build without trusting whoever built it to say so. */
static json_t *tool_json(void)
{
	static char build[CW_SHA256_HEX]; /* of the broker's own file, which does not change under it */
	struct cw_error err = { 0 };

	if (!*build) {
		CW_AUTO_FD int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

		if (self < 0 || cw_sha256_fd(self, build, &err))
			memset(build, '0', sizeof build - 1);
	}
	return json_pack("{s:s, s:s, s:s}", "name", "certwipe", "version", CW_VERSION, "buildSha256", build);
}

static void machine_id(char out[33])
{
	CW_AUTO_BUF struct cw_buf b = { 0 };
	struct cw_error err = { 0 };
	uint8_t bytes[16];

	memset(out, '0', 32);
	out[32] = 0;
	if (cw_file_read(AT_FDCWD, "/etc/machine-id", 64, &b, &err) || b.len < 32)
		return;
	b.data[32] = 0;
	if (cw_unhex(bytes, sizeof bytes, b.data))
		memcpy(out, b.data, 32);
}

static json_t *host_json(void)
{
	char machine[33], boot[33], kernel[CW_TEXT_MAX];
	struct utsname u;

	machine_id(machine);
	cw_boot_id(boot);
	cw_strlcpy(kernel, uname(&u) == 0 ? u.release : "unknown", sizeof kernel);
	return json_pack("{s:s, s:s, s:s}", "machineId", machine, "kernel", kernel, "bootId", boot);
}

/* Room for a job's journal: head, a few lines a step, and a checkpoint a minute at a tenth of the nominal speed. */
#define HEAD_BYTES (256u * 1024u)
#define STEP_BYTES (64u * 1024u) /* step-end may list CW_EXTENTS_MAX extents */
#define CHECKPOINT_BYTES 400u

static uint64_t reserve_bytes(const struct cw_plan *p)
{
	return HEAD_BYTES + (uint64_t)p->n_steps * STEP_BYTES + (p->expected_seconds / 6 + 10) * CHECKPOINT_BYTES;
}

static bool add_signer(json_t *list, uint32_t role, const struct cw_signing_person *p)
{
	return !p->cert_sha256[0] || json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s*}", "role", cw_role_name(role), "certSha256", p->cert_sha256, "name", p->name,
									     "id", *p->id ? p->id : NULL)) == 0;
}

/* Who must sign besides the station; where nobody must, or the job is to be refused for whom it names, the line does not speak of it. */
static bool put_signers(json_t *line, const struct cw_case *c, const struct cw_policy *p)
{
	struct cw_error refused = { 0 };

	if (cw_case_check_signers(c, p, &refused))
		return true;
	json_t *list = json_array();
	bool ok = add_signer(list, CW_ROLE_OPERATOR, &c->operator_) && add_signer(list, CW_ROLE_WITNESS, &c->witness);

	if (ok && json_array_size(list))
		return json_object_set_new(line, "signers", list) == 0;
	json_decref(list);
	return ok;
}

static json_t *job_line(struct cw_broker *b, const struct cw_slot *s, json_t *state_take, bool preallocated)
{
	json_t *line = json_pack("{s:s, s:i, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:s, s:s}, s:o, s:s, s:o, s:o, s:o, s:b}", "jobId", s->job_id, "version", 1, "type", "wipe",
			 "tool", tool_json(), "host", host_json(), "clock", cw_clock_json(), "medium", cw_medium_json(&s->medium), "attachment",
			 cw_attachment_json(&s->medium), "contents", cw_contents_json(&s->contents, s->policy.labels_in_evidence), "policy", "id", s->policy.id,
			 "sha256", s->policy.sha256, "plan", cw_plan_json(&s->plan), "planSha256", s->plan_sha256, "case", cw_case_json(&s->case_), "operator",
			 cw_caller_json(&b->caller), "state", state_take, "preallocated", preallocated);

	if (!put_signers(line, &s->case_, &s->policy) || (s->policy.approval && json_object_set_new(line, "approval", json_true()))) {
		json_decref(line);
		return NULL;
	}
	if (s->capabilities.asked && json_object_set_new(line, "capabilities", cw_capabilities_json(&s->capabilities, true))) {
		json_decref(line);
		return NULL;
	}
	return line;
}

/* Of a medium that nobody wipes here: what it is and why it may be destroyed. */
static json_t *destroy_line(struct cw_broker *b, const struct cw_slot *s, bool by_device, json_t *state_take, bool preallocated)
{
	json_t *line = json_pack("{s:s, s:i, s:s, s:s, s:o, s:o, s:o, s:o, s:{s:s, s:s}, s:{s:s, s:s, s:b}, s:o, s:o, s:o, s:b}", "jobId", s->job_id, "version", 1, "type", "destroy",
				 "subject", by_device ? "device" : "label", "tool", tool_json(), "host", host_json(), "clock", cw_clock_json(), "medium", cw_medium_json(&s->medium),
				 "policy", "id", s->policy.id, "sha256", s->policy.sha256, "terms", "standard", s->policy.standard, "column",
				 s->policy.column == CW_COLUMN_R1 ? "r1" : "r2_2883", "acceptUnconfirmed", (int)s->policy.accept_unconfirmed, "case", cw_case_json(&s->case_),
				 "operator", cw_caller_json(&b->caller), "state", state_take, "preallocated", (int)preallocated);

	if ((by_device && json_object_set_new(line, "attachment", cw_attachment_json(&s->medium))) ||
	    (s->policy.approval && json_object_set_new(line, "approval", json_true()))) {
		json_decref(line);
		return NULL;
	}
	return line;
}

int cw_broker_open_destruction(struct cw_broker *b, struct cw_slot *s, bool by_device, struct cw_journal **out, struct cw_error *err)
{
	json_t *state = NULL;
	int rc = cw_state_check(&b->state, s->policy.tmpfs_allowed, HEAD_BYTES, &state, err);

	if (rc)
		return rc;
	cw_job_id_new(s->job_id);
	rc = cw_journal_create(b->state.journals, s->job_id, HEAD_BYTES, out, err);
	if (rc) {
		json_decref(state);
		return rc;
	}
	rc = cw_journal_append(*out, "job", destroy_line(b, s, by_device, state, cw_journal_preallocated(*out)), err);
	if (rc) {
		cw_journal_free(*out);
		*out = NULL;
	}
	return rc;
}

int cw_broker_open_journal(struct cw_broker *b, struct cw_slot *s, struct cw_journal **out, struct cw_error *err)
{
	json_t *state = NULL;
	int rc = cw_state_check(&b->state, s->policy.tmpfs_allowed, reserve_bytes(&s->plan), &state, err);

	if (rc)
		return rc;
	cw_job_id_new(s->job_id);
	rc = cw_journal_create(b->state.journals, s->job_id, reserve_bytes(&s->plan), out, err);
	if (rc) {
		json_decref(state);
		return rc;
	}
	rc = cw_journal_append(*out, "job", job_line(b, s, state, cw_journal_preallocated(*out)), err);
	/* Nothing may stand in it before that line; a journal without a line is of a job that never began. */
	if (rc) {
		cw_journal_free(*out);
		*out = NULL;
	}
	return rc;
}

static const char *method_word(uint32_t method)
{
	static const char *const words[] = { [CW_METHOD_SERIAL] = "serial", [CW_METHOD_ASSET_TAG] = "asset-tag", [CW_METHOD_REPLUG] = "replug",
					      [CW_METHOD_LIST] = "list" };

	return words[method];
}

/* Only where a key is all that is destroyed is anybody's word needed. */
static int journal_attestation(struct cw_broker *b, const struct cw_slot *s, struct cw_journal *j, struct cw_error *err)
{
	const struct cw_technique *t = cw_technique_get(s->plan.technique);
	const struct cw_attestation *a = &s->case_.attestation;

	if (!t || !cw_technique_wants_attestation(t) || !cw_is_attested(a))
		return 0;
	return cw_journal_append(j, "attestation", json_pack("{s:s, s:b, s:b, s:o}", "name", a->by, "encryptedFromFirstUse", (int)a->encrypted_from_first_use, "noKeyCopies",
							     (int)a->no_key_copies, "by", cw_caller_json(&b->caller)), err);
}

int cw_broker_journal_authorised(struct cw_broker *b, struct cw_slot *s, struct cw_journal *j, struct cw_error *err)
{
	json_t *fields = json_pack("{s:s, s:s, s:s, s:o}", "method", method_word(s->method), "planSha256", s->plan_sha256, "identitySha256",
				   s->plan.identity_sha256, "by", cw_caller_json(&b->caller));

	if (*s->approval_number)
		json_object_set_new(fields, "approvalNumber", json_string(s->approval_number));
	if (s->method == CW_METHOD_LIST)
		json_object_set_new(fields, "listSha256", json_string(b->list_sha256));
	int rc = journal_attestation(b, s, j, err);

	if (!rc)
		return cw_journal_append(j, "authorised", fields, err);
	json_decref(fields);
	return rc;
}

/* Of the descriptor's first bytes; the file may grow meanwhile. */
static int hash_head(int fd, uint64_t *whole_lines, char out[CW_SHA256_HEX], struct cw_error *err)
{
	uint64_t bytes = *whole_lines;
	CW_AUTO_FREE char *head = malloc(bytes + 1);

	if (!head)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the journal."));
	for (uint64_t at = 0; at < bytes;) {
		ssize_t n = pread(fd, head + at, bytes - at, (off_t)at);

		if (n <= 0)
			return cw_fail(err, CW_E_STATE, n < 0 ? errno : 0, NULL, NULL, _("The journal cannot be read."));
		at += (uint64_t)n;
	}
	/* Up to its last whole line: a torn one is cut off by whoever goes on. */
	while (bytes && head[bytes - 1] != '\n')
		bytes--;
	cw_sha256_hex(head, bytes, out);
	*whole_lines = bytes;
	return 0;
}

int cw_journal_head(struct cw_slot *s, struct cw_error *err)
{
	struct stat st;

	if (fstat(s->journal_fd, &st) < 0 || st.st_size > CW_JOURNAL_MAX_BYTES)
		return cw_fail(err, CW_E_STATE, errno, s->job_id, NULL, _("The journal cannot be read."));
	s->head_bytes = (uint64_t)st.st_size;
	return hash_head(s->journal_fd, &s->head_bytes, s->head_sha256, err);
}
