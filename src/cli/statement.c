/* SPDX-License-Identifier: Apache-2.0 */
/* What a person says about documents: put together here, signed here with the person's own key, and taken in by the station. */
#include <string.h>

#include "internal.h"

struct saying {
	struct cw_context *c;
	const char *decision, *reason;
	struct cw_buf roots;
	json_t *statement;
};

/* {"certificateId","jsonSha256"}, and with the signatures when p7s. */
static int name_document(const struct saying *s, const char *number, bool p7s, json_t **out, struct cw_error *err)
{
	struct cw_bundle b = { .path = "" };
	char sha256[CW_SHA256_HEX];
	int rc = cw_document_bundle(s->c, number, &b, err);

	if (!rc)
		rc = cw_document_refuse_invalid(number, &b, &s->roots, err);
	if (!rc) {
		cw_sha256_hex(b.json.data ? b.json.data : "", b.json.len, sha256);
		*out = json_pack("{s:s, s:s}", "certificateId", number, "jsonSha256", sha256);
		cw_sha256_hex(b.p7s.data ? b.p7s.data : "", b.p7s.len, sha256);
		if (p7s)
			json_object_set_new(*out, "p7sSha256", json_string(sha256));
	}
	cw_bundle_clear(&b);
	return rc;
}

static int list_documents(const struct saying *s, char *const *numbers, int n, const char *superseder, json_t *list, struct cw_error *err)
{
	CW_AUTO_JSON json_t *by = NULL;
	int rc = superseder ? name_document(s, superseder, false, &by, err) : 0;

	for (int i = 0; !rc && i < n; i++) {
		json_t *one = NULL;

		rc = name_document(s, numbers[i], true, &one, err);
		if (!rc && by)
			json_object_set(one, "supersededBy", by);
		if (!rc)
			json_array_append_new(list, one);
	}
	return rc;
}

/* The state of the register that it builds on: it was said after that. */
static int name_register(const struct saying *s, json_t **out, struct cw_error *err)
{
	const struct cw_msg_register q = { .query = CW_REGISTER_CHECKPOINT };
	CW_AUTO_JSON json_t *answer = NULL;
	int rc = cw_session_ask_doc(s->c->session, CW_MSG_REGISTER, &q, &answer, err);
	const json_t *now = json_object_get(answer, "checkpoint");

	if (!rc)
		*out = json_pack("{s:s, s:I, s:s}", "origin", cw_json_str(now, "origin", ""), "previousSize", (json_int_t)cw_json_u64(now, "size", 0), "previousRoot",
				 cw_json_str(now, "root", ""));
	return rc;
}

static json_t *name_approver(const struct cw_signing_person *p)
{
	return json_pack("[{s:s, s:s, s:{s:s, s:s*}}]", "role", cw_role_name(CW_ROLE_APPROVER), "certSha256", p->cert_sha256, "person", "name", p->name, "id",
			 *p->id ? p->id : NULL);
}

static int put_together(struct saying *s, const struct cw_signing_person *who, char *const *numbers, int n, const char *superseder, struct cw_error *err)
{
	bool approval = !strcmp(s->decision, "approved") || !strcmp(s->decision, "rejected");
	json_t *documents = json_array(), *reg = NULL;
	char uuid[CW_UUID_TEXT], now[CW_TIME_TEXT];
	int rc = cw_uuid_v7(uuid, err);

	if (!rc)
		rc = list_documents(s, numbers, n, superseder, documents, err);
	if (!rc)
		rc = name_register(s, &reg, err);
	if (rc) {
		json_decref(documents);
		return rc;
	}
	cw_time_now(now);
	s->statement = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:{s:I, s:s}, s:o, s:o, s:o}", "schema", "certwipe/statement/1", "type",
				 approval ? CW_TYPE_APPROVAL : CW_TYPE_WITHDRAWAL, "version", "1.0", "uuid", uuid, "issuedAt", now, "decision", s->decision, "reason", s->reason,
				 "by", "uid", (json_int_t)s->c->caller->uid, "name", s->c->caller->name, "signatories", name_approver(who), "register", reg, "documents", documents);
	return s->statement ? cw_statement_check(s->statement, err) : cw_fail(err, CW_E_USAGE, 0, NULL, NULL, _("The statement could not be put together."));
}

static int fill(struct saying *s, struct cw_signer *signer, struct cw_msg_statement *m, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf json = { 0 }, p7s = { 0 };
	int rc = cw_json_canonical(s->statement, &json, err);

	if (!rc)
		rc = cw_statement_sign(signer, json.data, json.len, &p7s, err);
	if (!rc && (json.len > sizeof m->json || p7s.len > sizeof m->p7s))
		rc = cw_fail(err, CW_E_TOO_LARGE, 0, NULL, _("Decide about fewer documents at once."), _("The statement is larger than any that certwipe takes."));
	if (rc)
		return rc;
	memcpy(m->json, json.data, json.len);
	memcpy(m->p7s, p7s.data, p7s.len);
	m->json_len = (uint32_t)json.len;
	m->p7s_len = (uint32_t)p7s.len;
	return 0;
}

static int sign_and_send(struct saying *s, char *const *numbers, int n, const char *superseder, json_t **doc, struct cw_error *err)
{
	static struct cw_msg_statement m;
	struct cw_signer *signer = NULL;
	struct cw_signing_person who;
	int rc = cw_ask_own_key(s->c, &signer, err);

	memset(&m, 0, sizeof m);
	if (!rc)
		rc = cw_person_of_cert(signer->cert_pem, signer->cert_len, &who, err);
	if (!rc)
		rc = put_together(s, &who, numbers, n, superseder, err);
	if (!rc)
		rc = fill(s, signer, &m, err);
	cw_signer_free(signer);
	return rc ? rc : cw_session_ask_doc(s->c->session, CW_MSG_STATE, &m, doc, err);
}

int cw_state_documents(struct cw_context *c, const char *decision, char *const *numbers, int n, const char *superseder, struct cw_error *err)
{
	struct saying s = { .c = c, .decision = decision, .reason = c->o->reason };
	json_t *doc = NULL;
	int rc;

	if (!c->o->key || !c->o->reason || !*c->o->reason)
		return cw_fail(err, CW_E_USAGE, 0, NULL, "certwipe approve --help", _("--%s is missing."), c->o->key ? "reason" : "key");
	if (n > (int)CW_STATED_MAX)
		return cw_fail(err, CW_E_USAGE, 0, NULL, NULL, _("One statement takes at most %u documents."), CW_STATED_MAX);
	rc = cw_input_trusted(c, &s.roots, err);
	if (!rc)
		rc = sign_and_send(&s, numbers, n, superseder, &doc, err);
	cw_buf_clear(&s.roots);
	json_decref(s.statement);
	return rc ? rc : cw_emit(c, doc, err);
}
