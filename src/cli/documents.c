/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of the station, fetched from the broker: the front may not read their folder. */
#include <string.h>

#include "internal.h"

int cw_document_part(struct cw_context *c, const char *number, uint32_t part, struct cw_buf *text, struct cw_error *err)
{
	struct cw_msg_document q = { .part = part };

	if (!cw_strlcpy(q.number, number, sizeof q.number) || !cw_text_is_printable(q.number))
		return cw_fail(err, CW_E_NOT_FOUND, 0, NULL, _("See `certwipe register list`."), _("That is no document number and no file."));
	int rc = cw_session_send(c->session, CW_MSG_CERTIFICATE, &q, err);

	return rc ? rc : cw_session_read_text(c->session, text, err);
}

int cw_document_attachment(struct cw_context *c, const char *number, const char *name, struct cw_buf *bytes, struct cw_error *err)
{
	struct cw_msg_document q = { .part = CW_PART_ATTACHMENT };

	cw_strlcpy(q.number, number, sizeof q.number);
	cw_strlcpy(q.name, name, sizeof q.name);
	int rc = cw_session_send(c->session, CW_MSG_CERTIFICATE, &q, err);

	return rc ? rc : cw_session_read_text(c->session, bytes, err);
}

/* Its parts stand behind each other; what is not there is not said. */
static void fetch_said(struct cw_context *c, const char *number, uint32_t first, struct cw_said *out)
{
	struct cw_buf *const to[] = { &out->json, &out->p7s, &out->proof };
	struct cw_error absent = { 0 };

	for (uint32_t i = 0; i < CW_ARRAY_LEN(to); i++)
		if (cw_document_part(c, number, first + i, to[i], &absent))
			cw_buf_clear(to[i]);
}

/* The document must be there; what it lacks besides is for the verifier to say. */
int cw_document_bundle(struct cw_context *c, const char *number, struct cw_bundle *b, struct cw_error *err)
{
	struct cw_error absent = { 0 };

	if (cw_document_part(c, number, CW_PART_SIGNATURE, &b->p7s, &absent))
		cw_buf_clear(&b->p7s);
	if (cw_document_part(c, number, CW_PART_JOURNAL, &b->journal, &absent))
		cw_buf_clear(&b->journal);
	if (cw_document_part(c, number, CW_PART_PROOF, &b->proof, &absent))
		cw_buf_clear(&b->proof);
	fetch_said(c, number, CW_PART_APPROVAL, &b->approval);
	fetch_said(c, number, CW_PART_WITHDRAWAL, &b->withdrawal);
	return cw_document_part(c, number, CW_PART_JSON, &b->json, err);
}

int cw_document_refuse_invalid(const char *number, const struct cw_bundle *b, const struct cw_buf *roots, struct cw_error *err)
{
	static struct cw_verify_result v;
	const struct cw_evidence_files files = cw_bundle_files(b);

	cw_verify(&files, roots->data ? roots->data : "", roots->len, true, &v);
	if (v.finding != CW_FINDING_INVALID)
		return 0;
	return cw_fail(err, CW_E_INVALID, 0, number, _("See `certwipe certificate show`."), _("The document %s is not valid, and nobody puts their name to it: %s"), number, v.reason);
}
