/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strict verifier: certificate.md 9.2 in its order, fail closed.  Works on memory only.  A step returns
 *   0                   it holds
 *   CW_E_CANNOT_TELL    nothing is wrong, but something that would prove it is missing: goes on, for what is broken counts more
 *   CW_E_PARTIAL        genuine, with a remark that keeps it from being a proof of sanitisation: goes on
 *   CW_E_NO_MEMORY      nothing can be said; ends
 *   anything else       the evidence is not what it says; ends
 */
#include <string.h>

#include "signatories.h"

#define CLOCK_TOLERANCE_S 300       /* small steps of a clock that is being disciplined */
#define SIGNING_DELAY_MAX_S 86400   /* a card or a person may take a while; what takes longer gets a new document */
#define PERSON_DELAY_MAX_S (31 * 86400) /* of a person, who may have to come from elsewhere */
#define EMPTY_TREE "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" /* RFC 6962 2.1: SHA-256 of nothing */

struct trial {
	const struct cw_evidence_files *files;
	const char *roots_pem;
	size_t roots_len;
	bool allow_laboratory;
	struct cms_case cms;
	json_t *payload;
	struct cw_payload_frame frame;
	unsigned station; /* which of the signers it is */
	int64_t issued;
	struct cw_journal_text journal;
	bool have_journal;
	struct cw_verdict verdict; /* of the journal, when there is one */
	struct cw_verify_result *out;
};

CW_PRINTF(3, 4) static int say(struct cw_error *err, enum cw_code code, const char *fmt, ...)
{
	char text[sizeof(err->message)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return cw_fail(err, code, 0, "evidence.json", NULL, "%s", text);
}

/* ---- steps on the signature ---- */

static int check_size(struct trial *t, struct cw_error *err)
{
	const struct cw_evidence_files *f = t->files;

	if (!f->json || !f->json_len || f->json_len > CW_JSON_MAX_BYTES)
		return say(err, CW_E_INVALID, _("evidence.json has %zu bytes; expected are 1 to %u."), f->json ? f->json_len : 0, CW_JSON_MAX_BYTES);
	if (!f->p7s || !f->p7s_len)
		return say(err, CW_E_INVALID, _("There is no signature: evidence.json.p7s is missing or empty."));
	if (f->p7s_len > CMS_MAX_BYTES || f->journal_len > CW_JOURNAL_MAX_BYTES || f->proof_len > CW_PROOF_MAX_BYTES)
		return say(err, CW_E_INVALID, _("Signature, journal or proof are larger than any that certwipe writes."));
	t->cms = (struct cms_case){ .p7s = f->p7s, .p7s_len = f->p7s_len, .content = (const uint8_t *)f->json, .content_len = f->json_len, .several = true };
	return 0;
}

static int check_encoding(struct trial *t, struct cw_error *err) { return cms_open(&t->cms, err); }
static int check_signer(struct trial *t, struct cw_error *err) { return cms_signer(&t->cms, err); }
static int check_algorithms(struct trial *t, struct cw_error *err) { return cms_algorithms(&t->cms, err); }
static int check_digest(struct trial *t, struct cw_error *err) { return cms_digest(&t->cms, err); }
static int check_signature(struct trial *t, struct cw_error *err) { return cms_signature(&t->cms, err); }
static int check_certificate(struct trial *t, struct cw_error *err) { return cms_profile(&t->cms, err); }

static int check_trust(struct trial *t, struct cw_error *err)
{
	return cms_trust_all(&t->cms, t->roots_pem, t->roots_len, err);
}

/* ---- steps on the document ---- */

static int check_canonical(struct trial *t, struct cw_error *err)
{
	return cw_json_parse_canonical(t->files->json, t->files->json_len, &t->payload, err);
}

static int check_content(struct trial *t, struct cw_error *err)
{
	const char *type;
	int rc = cw_payload_check(t->payload, err);

	if (!rc)
		rc = cw_payload_frame_of(t->payload, &t->frame, err);
	if (rc)
		return rc;
	type = cw_json_str(t->payload, "type", "");
	if (strcmp(type, CW_TYPE_CERTIFICATE) != 0 && strcmp(type, CW_TYPE_REPORT) != 0)
		return say(err, CW_E_INVALID, _("The field type is neither certificate nor report."));
	if (!cw_time_parse(t->frame.issued_at, &t->issued))
		return say(err, CW_E_INVALID, _("The field issuedAt is no time."));
	cw_strlcpy(t->out->type, type, sizeof(t->out->type));
	cw_strlcpy(t->out->document_id, t->frame.document_id, sizeof(t->out->document_id));
	return 0;
}

static int check_signatories(struct trial *t, struct cw_error *err)
{
	struct cw_signatories named;

	cw_signatories_of(t->payload, &named);
	return signatories_check(&t->cms, &named, &t->station, t->out->awaits, err);
}

static int check_journal(struct trial *t, struct cw_error *err)
{
	char sha256[CW_SHA256_HEX];
	int rc;

	if (!t->files->journal)
		return say(err, CW_E_CANNOT_TELL, _("The journal (journal.jsonl) is missing, so that it cannot be told whether the claim follows from it."));
	cw_sha256_hex(t->files->journal, t->files->journal_len, sha256);
	if (strcmp(sha256, cw_json_str(t->payload, "journalSha256", "")) != 0)
		return say(err, CW_E_INVALID, _("The journal is not the one that the document was made from: its SHA-256 is not journalSha256."));
	rc = cw_journal_parse(t->files->journal, t->files->journal_len, &t->journal, err);
	if (rc)
		return rc;
	if (t->journal.torn || strcmp(t->journal.sha256, sha256) != 0)
		return say(err, CW_E_INVALID, _("The journal ends in the middle of a line."));
	t->have_journal = true;
	cw_verdict_of(&t->journal, &t->verdict);
	return 0;
}

static const char *first_difference(const json_t *found, json_t *expected)
{
	const char *key;
	json_t *value;

	json_object_foreach(expected, key, value)
		if (!json_equal(value, json_object_get(found, key)))
			return key;
	return "?"; /* a key too many: cw_payload_check knows them all, so this is not seen */
}

/* The verdict itself, besides the document that was built from it: two ways to the same answer. */
static bool verdict_bears_certificate(const struct cw_verdict *v)
{
	return v->outcome == CW_SANITISED && v->level >= CW_LEVEL_CLEAR && v->exit_code == CW_EXIT_DONE && v->exceptions.total_bytes == 0 && v->exceptions.n == 0 &&
	       v->unwritten_bytes == 0 && v->unverified_bytes == 0 && v->mismatch_bytes == 0;
}

static int check_claim(struct trial *t, struct cw_error *err)
{
	CW_AUTO_JSON json_t *again = NULL;
	CW_AUTO_BUF struct cw_buf bytes = { 0 };
	char matrix[CW_SHA256_HEX];
	int rc;

	if (!t->have_journal)
		return say(err, CW_E_CANNOT_TELL, _("Without the journal the claim was not computed again."));
	rc = cw_matrix_sha256(matrix, err);
	if (rc)
		return rc;
	if (strcmp(matrix, cw_json_str(t->payload, "matrixSha256", "")) != 0)
		return say(err, CW_E_CANNOT_TELL, _("The level follows another edition of the decision matrix than this program has; verify with the version that issued it."));
	rc = cw_payload_make(&t->journal, &t->frame, &again, err);
	if (!rc)
		rc = cw_json_canonical(again, &bytes, err);
	if (rc)
		return rc;
	if (bytes.len != t->files->json_len || memcmp(bytes.data, t->files->json, bytes.len) != 0)
		return say(err, CW_E_INVALID, _("The document does not follow from the journal: the field %s differs."), first_difference(t->payload, again));
	if (strcmp(t->out->type, CW_TYPE_CERTIFICATE) == 0 && !verdict_bears_certificate(&t->verdict))
		return say(err, CW_E_INVALID, _("The document is a certificate, but the journal does not show that the medium was sanitised: %s"), t->verdict.reason);
	return 0;
}

/* The register's state that the document builds on, and the one that held the job's start: the log only grows. */
static int check_register(struct trial *t, struct cw_error *err)
{
	const struct cw_payload_frame *f = &t->frame;
	const char *origin = NULL;
	json_t *line;
	size_t i;

	if (!f->register_origin[0] || strlen(f->previous_root) != CW_SHA256_HEX - 1 || (f->previous_size == 0) != (strcmp(f->previous_root, EMPTY_TREE) == 0))
		return say(err, CW_E_INVALID, _("The field register names no earlier state of the register."));
	if (!t->have_journal)
		return 0;
	json_array_foreach(t->journal.lines, i, line) {
		uint64_t size = cw_json_u64(line, "size", UINT64_MAX);

		if (strcmp(cw_json_str(line, "event", ""), "registered") != 0)
			continue;
		origin = cw_json_str(line, "origin", "");
		if (strcmp(origin, f->register_origin) != 0)
			continue; /* of a station that had the job before */
		if (size > f->previous_size || (size == f->previous_size && strcmp(cw_json_str(line, "root", ""), f->previous_root) != 0))
			return say(err, CW_E_INVALID, _("The register that the document names does not hold the start of its own job (journal line %zu)."), i);
	}
	if (origin && strcmp(origin, f->register_origin) != 0)
		return say(err, CW_E_INVALID, _("The job was started in the register \"%s\", and the document names \"%s\"."), origin, f->register_origin);
	return 0;
}

/* Without a proof of its own the register is only what the document says of it. */
static int check_order(struct trial *t, struct cw_error *err)
{
	return cw_order_check(t->payload, &t->frame, t->files, &t->out->order, err);
}

static bool line_time(const json_t *lines, size_t i, int64_t *out)
{
	return cw_time_parse(cw_json_str(json_array_get(lines, i), "at", ""), out);
}

/* The station signs at once; people are given time to come by. */
static int check_signing_times(struct trial *t, struct cw_error *err)
{
	for (unsigned i = 0; i < t->cms.s.n_infos; i++) {
		int64_t at = t->cms.s.infos[i].signing_time;

		if (i == t->station && (at < t->issued - CLOCK_TOLERANCE_S || at > t->issued + SIGNING_DELAY_MAX_S))
			return say(err, CW_E_INVALID, _("The signing time is not within a day after issuedAt (%s)."), t->frame.issued_at);
		if (at < t->issued - CLOCK_TOLERANCE_S || at > t->issued + PERSON_DELAY_MAX_S)
			return say(err, CW_E_INVALID, _("A person signed earlier than the document was issued (%s), or more than a month later."), t->frame.issued_at);
	}
	return 0;
}

static int check_times(struct trial *t, struct cw_error *err)
{
	int64_t start, end;
	size_t n = t->have_journal ? json_array_size(t->journal.lines) : 0;
	int rc;

	rc = check_signing_times(t, err);
	if (rc)
		return rc;
	rc = cms_trust(&t->cms, t->station, t->roots_pem, t->roots_len, t->issued, err);
	if (rc && rc != CW_E_CANNOT_TELL) /* that one was told already */
		return rc;
	if (n == 0)
		return 0;
	if (!line_time(t->journal.lines, 0, &start) || !line_time(t->journal.lines, n - 1, &end) || end > t->issued + CLOCK_TOLERANCE_S)
		return say(err, CW_E_INVALID, _("The document was issued (%s) before the job ended."), t->frame.issued_at);
	if (start > end + CLOCK_TOLERANCE_S)
		return say(err, CW_E_PARTIAL, _("The station's clock went backwards during the job: its times prove nothing."));
	return 0;
}

static int check_type(struct trial *t, struct cw_error *err)
{
	if (strcmp(t->out->type, CW_TYPE_CERTIFICATE) == 0)
		return 0;
	if (!t->verdict.reason[0]) /* without a journal; and gettext has its own idea of "" */
		return say(err, CW_E_PARTIAL, _("This is a report, not a certificate: it does not prove that the medium was sanitised."));
	return say(err, CW_E_PARTIAL, _("This is a report, not a certificate: it does not prove that the medium was sanitised. %s"), _(t->verdict.reason));
}

static int check_laboratory(struct trial *t, struct cw_error *err)
{
	t->out->laboratory = t->verdict.laboratory || cw_json_bool(t->payload, "laboratory", true);
	if (!t->out->laboratory || t->allow_laboratory)
		return 0;
	return say(err, CW_E_PARTIAL, _("LABORATORY: the medium was a virtual one, no real medium was sanitised."));
}

/* ---- what persons said of it afterwards ---- */

static int leaf_of_statement(struct trial *t, const struct cw_statement_files *f, const json_t *statement, struct cw_error *err)
{
	return f->proof ? cw_statement_order_check(t->payload, &t->frame, f, cw_statement_kind(statement), err) : 0;
}

static int read_statement(struct trial *t, const struct cw_statement_files *f, const char *type, char sha256[CW_SHA256_HEX], json_t **out, struct cw_error *err)
{
	int rc = cw_statement_read(f, t->roots_pem, t->roots_len, out, err);

	if (!*out)
		return rc;
	int on = strcmp(cw_json_str(*out, "type", ""), type) == 0 ? cw_statement_on(*out, t->payload, t->out->order.json_sha256, t->out->order.p7s_sha256, err) :
								    say(err, CW_E_INVALID, _("The statement beside the document is of another type than its name says."));
	if (!on)
		on = leaf_of_statement(t, f, *out, err);
	if (!on)
		cw_sha256_hex(f->json, f->json_len, sha256);
	return on ? on : rc;
}

/* A signature or proof without its statement: what a person said of the document is lost, and it may have been that nobody may rely on it. */
static int statement_is_lost(const struct cw_statement_files *f, const char *name, struct cw_error *err)
{
	if (f->json || (!f->p7s && !f->proof))
		return 0;
	return say(err, CW_E_CANNOT_TELL, _("The signature or the proof of a statement is there, but not the statement (%s.json): what was said of the document cannot be told."), name);
}

static int check_validation(struct trial *t, struct cw_error *err)
{
	CW_AUTO_JSON json_t *statement = NULL;
	bool required = cw_json_bool(json_object_get(t->payload, "validation"), "required", false);
	int rc = statement_is_lost(&t->files->approval, CW_APPROVAL_NAME, err);

	if (rc)
		return rc;
	if (!t->files->approval.json) {
		cw_strlcpy(t->out->decision, required ? "awaiting" : "", sizeof(t->out->decision));
		return required ? say(err, CW_E_PARTIAL, _("Awaiting validation: do not release the medium. Nobody has approved it yet.")) : 0;
	}
	rc = read_statement(t, &t->files->approval, CW_TYPE_APPROVAL, t->out->approval_sha256, &statement, err);
	if (rc)
		return rc;
	cw_strlcpy(t->out->decision, cw_json_str(statement, "decision", ""), sizeof(t->out->decision));
	if (strcmp(t->out->decision, "approved") == 0)
		return 0;
	return say(err, CW_E_PARTIAL, _("The document was rejected: do not release the medium. Reason: %s"), cw_json_str(statement, "reason", ""));
}

static int check_withdrawal(struct trial *t, struct cw_error *err)
{
	CW_AUTO_JSON json_t *statement = NULL;
	int rc = statement_is_lost(&t->files->withdrawal, CW_WITHDRAWAL_NAME, err);

	if (rc || !t->files->withdrawal.json)
		return rc;
	rc = read_statement(t, &t->files->withdrawal, CW_TYPE_WITHDRAWAL, t->out->withdrawal_sha256, &statement, err);
	if (rc)
		return rc;
	if (strcmp(cw_json_str(statement, "decision", ""), "void") == 0)
		return say(err, CW_E_PARTIAL, _("The document was declared void: it proves nothing any more. Reason: %s"), cw_json_str(statement, "reason", ""));
	return say(err, CW_E_PARTIAL, _("The document was superseded by another one. Reason: %s"), cw_json_str(statement, "reason", ""));
}

/* ---- the trial ---- */

static const struct {
	const char *name;
	int (*run)(struct trial *t, struct cw_error *err);
} steps[] = {
	{ "size", check_size }, { "encoding", check_encoding }, { "signer", check_signer }, { "algorithms", check_algorithms }, { "digest", check_digest },
	{ "signature", check_signature }, { "certificate", check_certificate }, { "trust", check_trust }, { "canonical", check_canonical },
	{ "content", check_content }, { "signatories", check_signatories }, { "journal", check_journal }, { "claim", check_claim }, { "register", check_register },
	{ "order", check_order }, { "times", check_times }, { "type", check_type }, { "laboratory", check_laboratory },
	{ "validation", check_validation }, { "withdrawal", check_withdrawal },
};

static uint32_t finding_of(int rc)
{
	switch (rc) {
	case 0: return CW_FINDING_VALID;
	case CW_E_PARTIAL: return CW_FINDING_REMARKS;
	case CW_E_CANNOT_TELL:
	case CW_E_NO_MEMORY: return CW_FINDING_CANNOT_TELL;
	default: return CW_FINDING_INVALID;
	}
}

static const struct {
	const char *name;
	int weight, exit_code;
} findings[] = {
	[CW_FINDING_VALID] = { "valid", 0, CW_EXIT_DONE },
	[CW_FINDING_REMARKS] = { "valid-with-remarks", 1, CW_EXIT_INCONCLUSIVE },
	[CW_FINDING_CANNOT_TELL] = { "cannot-tell", 2, CW_EXIT_INCONCLUSIVE },
	[CW_FINDING_INVALID] = { "invalid", 3, CW_EXIT_INVALID },
};

const char *cw_finding_name(uint32_t finding)
{
	return finding < CW_ARRAY_LEN(findings) && findings[finding].name ? findings[finding].name : "unknown";
}

/* The reason is that of the worst finding, and the first of its kind. */
void cw_verify_record(struct cw_verify_result *out, const char *name, int rc, const struct cw_error *err)
{
	uint32_t finding = finding_of(rc);

	if (out->n_checks < CW_ARRAY_LEN(out->checks)) {
		cw_strlcpy(out->checks[out->n_checks].name, name, sizeof(out->checks[0].name));
		out->checks[out->n_checks].passed = rc == 0;
		cw_text_fit(out->checks[out->n_checks].why, sizeof(out->checks[0].why), rc ? err->message : "", CW_TEXT_MAX);
		out->n_checks++;
	}
	if (rc == 0)
		return;
	if (finding != CW_FINDING_INVALID && out->n_remarks < CW_ARRAY_LEN(out->remarks))
		cw_text_fit(out->remarks[out->n_remarks++], sizeof(out->remarks[0]), err->message, CW_TEXT_MAX);
	if (findings[finding].weight > findings[out->finding].weight) {
		out->finding = finding;
		out->exit_code = findings[finding].exit_code;
		cw_strlcpy(out->reason, err->message, sizeof(out->reason));
	}
}

void cw_verify(const struct cw_evidence_files *files, const char *roots_pem, size_t roots_len, bool allow_laboratory, struct cw_verify_result *out)
{
	struct trial t = { .files = files, .roots_pem = roots_pem, .roots_len = roots_len, .allow_laboratory = allow_laboratory, .out = out };
	int rc = 0;

	_Static_assert(CW_ARRAY_LEN(steps) <= CW_ARRAY_LEN(out->checks), "every step has room for its result");
	*out = (struct cw_verify_result){ .finding = CW_FINDING_VALID };
	for (size_t i = 0; i < CW_ARRAY_LEN(steps); i++) {
		struct cw_error err = { 0 };

		rc = steps[i].run(&t, &err);
		cw_verify_record(out, steps[i].name, rc, &err);
		if (rc && rc != CW_E_CANNOT_TELL && rc != CW_E_PARTIAL)
			break;
	}
	cms_case_clear(&t.cms);
	json_decref(t.payload);
	cw_journal_text_clear(&t.journal);
}
