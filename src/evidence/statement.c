/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements about documents that there are already: a document never changes, so who approves, rejects or withdraws it says so in a file of its own, signed with that person's own
 * key, over one document or two hundred.  Its entry in the register is of the document's job.
 */
#include <string.h>

#include "cms.h"

#define CLOCK_TOLERANCE_S 300
#define SIGNING_DELAY_MAX_S 86400

CW_PRINTF(3, 4) static int bad(struct cw_error *err, enum cw_code code, const char *fmt, ...)
{
	char text[sizeof(err->message)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return cw_fail(err, code, 0, "statement", NULL, "%s", text);
}

const char *cw_statement_kind(const json_t *statement)
{
	const char *decision = cw_json_str(statement, "decision", "");

	return strcmp(decision, "void") == 0 ? "voided" : decision;
}

void cw_statement_person(const json_t *statement, struct cw_signing_person *out)
{
	struct cw_signatories s;

	cw_signatories_of(statement, &s);
	*out = s.at[0].p;
}

/* ---- who signed it ---- */

static int check_signature(const struct cw_statement_files *f, struct cms_case *c, struct cw_error *err)
{
	static int (*const steps[])(struct cms_case *, struct cw_error *) = { cms_open, cms_signer, cms_algorithms, cms_digest, cms_signature, cms_profile };
	int rc = 0;

	*c = (struct cms_case){ .p7s = f->p7s, .p7s_len = f->p7s_len, .content = (const uint8_t *)f->json, .content_len = f->json_len, .person = true };
	for (size_t i = 0; !rc && i < CW_ARRAY_LEN(steps); i++)
		rc = steps[i](c, err);
	return rc;
}

static int check_person(const struct cms_case *c, const json_t *statement, struct cw_error *err)
{
	struct cw_signing_person named, own;

	cw_statement_person(statement, &named);
	if (!cms_person_of(c->who[0].cert, &own) || strcmp(own.cert_sha256, named.cert_sha256) != 0 || strcmp(own.name, named.name) != 0 || strcmp(own.id, named.id) != 0)
		return bad(err, CW_E_INVALID, _("The statement says that it is by %s, and it was signed by %s."), named.name, own.name);
	return 0;
}

static int check_time(const struct cms_case *c, const json_t *statement, struct cw_error *err)
{
	int64_t issued, at = c->s.infos[0].signing_time;

	if (!cw_time_parse(cw_json_str(statement, "issuedAt", ""), &issued) || at < issued - CLOCK_TOLERANCE_S || at > issued + SIGNING_DELAY_MAX_S)
		return bad(err, CW_E_INVALID, _("The statement was not signed within a day after it was issued (%s)."), cw_json_str(statement, "issuedAt", ""));
	return 0;
}

static int check_all(const struct cw_statement_files *f, struct cms_case *c, const char *roots_pem, size_t roots_len, json_t **statement, struct cw_error *err)
{
	int rc = check_signature(f, c, err);

	if (!rc)
		rc = cw_json_parse_canonical(f->json, f->json_len, statement, err);
	if (!rc)
		rc = cw_statement_check(*statement, err);
	if (!rc)
		rc = check_person(c, *statement, err);
	if (!rc)
		rc = check_time(c, *statement, err);
	return rc ? rc : cms_trust_all(c, roots_pem, roots_len, err);
}

int cw_statement_read(const struct cw_statement_files *f, const char *roots_pem, size_t roots_len, json_t **out, struct cw_error *err)
{
	struct cms_case c = { .p7s = NULL };
	int rc;

	*out = NULL;
	if (!f->json || !f->json_len || f->json_len > CW_STATEMENT_MAX_BYTES || !f->p7s || !f->p7s_len)
		return bad(err, CW_E_INVALID, _("The statement or its signature is missing, empty or too large."));
	rc = check_all(f, &c, roots_pem, roots_len, out, err);
	cms_case_clear(&c);
	if (rc && rc != CW_E_CANNOT_TELL) {
		json_decref(*out);
		*out = NULL;
	}
	return rc;
}

/* ---- is it about this document ---- */

static const json_t *find_document(const json_t *statement, const char *id)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(statement, "documents"), i, one)
		if (strcmp(cw_json_str(one, "certificateId", ""), id) == 0)
			return one;
	return NULL;
}

/* A destruction knows by name who did it and who watched; the one who did it decides about it under no account. */
static int refuse_destroyer(const struct cw_signing_person *approver, const json_t *payload, struct cw_error *err)
{
	const char *name = cw_json_str(json_object_get(payload, "destruction"), "operator", "");

	if (!*name || !cw_is_same_name(name, approver->name))
		return 0;
	return bad(err, CW_E_REFUSED, _("%s is the operator of the document %s and cannot decide about it."), approver->name, cw_json_str(payload, "certificateId", ""));
}

/* Where the document names its operator's certificate, people are compared; where it only knows an account, another account must have brought the statement. */
static int refuse_operator(const json_t *statement, const json_t *payload, struct cw_error *err)
{
	struct cw_signatories signed_by;
	struct cw_signing_person approver;
	uint64_t uid = cw_json_u64(json_object_get(payload, "operator"), "uid", UINT64_MAX);

	cw_signatories_of(payload, &signed_by);
	cw_statement_person(statement, &approver);
	if (refuse_destroyer(&approver, payload, err))
		return err->code;
	for (uint32_t i = 1; i < signed_by.n; i++)
		if (signed_by.at[i].role == CW_ROLE_OPERATOR)
			return cw_is_same_person(&signed_by.at[i].p, &approver) ?
				       bad(err, CW_E_REFUSED, _("%s is the operator of the document %s and cannot decide about it."), approver.name, cw_json_str(payload, "certificateId", "")) :
				       0;
	if (cw_json_u64(json_object_get(statement, "by"), "uid", UINT64_MAX) == uid)
		return bad(err, CW_E_REFUSED, _("The document %s knows its operator by the account %s only, and the same account brings the decision about it."),
			   cw_json_str(payload, "certificateId", ""), cw_json_str(json_object_get(payload, "operator"), "name", ""));
	return 0;
}

int cw_statement_on(const json_t *statement, const json_t *payload, const char *json_sha256, const char *p7s_sha256, struct cw_error *err)
{
	const char *id = cw_json_str(payload, "certificateId", "");
	const json_t *one = find_document(statement, id);

	if (!one)
		return bad(err, CW_E_INVALID, _("The statement is about other documents, not about %s."), id);
	if (strcmp(cw_json_str(one, "jsonSha256", ""), json_sha256) != 0 || strcmp(cw_json_str(one, "p7sSha256", ""), p7s_sha256) != 0)
		return bad(err, CW_E_INVALID, _("The statement is about another form of the document %s: one of its digests differs."), id);
	return refuse_operator(statement, payload, err);
}
