/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe recheck: is a medium still what its certificate says?  The stream is made anew from the certificate and compared with every byte. */
#include <string.h>

#include "internal.h"

static int bad_document(struct cw_error *err, const char *path, const char *why)
{
	return cw_fail(err, CW_E_INVALID, 0, path, _("Check the document with `certwipe verify`."), _("%s cannot be compared with a medium: %s"), path, why);
}

/* The last pass is what must still stand on the medium. */
static int stream_of(const json_t *payload, const char *path, struct cw_stream *s, struct cw_error *err)
{
	const json_t *passes = json_object_get(payload, "passes"), *last = json_array_get(passes, json_array_size(passes) - 1);
	const char *kind = cw_json_str(last, "kind", ""), *pattern = cw_json_str(last, "patternHex", "");

	if (!strcmp(kind, "pattern")) {
		s->kind = CW_STREAM_PATTERN;
		s->pattern_len = (uint32_t)(strlen(pattern) / 2);
		if (!s->pattern_len || s->pattern_len > CW_PATTERN_MAX || !cw_unhex(s->pattern, s->pattern_len, pattern))
			return bad_document(err, path, _("it does not say what was written last."));
		return 0;
	}
	if (strcmp(kind, "keystream") != 0 && strcmp(kind, "keystream-complement") != 0)
		return bad_document(err, path, _("it does not say what was written last."));
	s->kind = !strcmp(kind, "keystream") ? CW_STREAM_KEYSTREAM : CW_STREAM_KEYSTREAM_COMPLEMENT;
	s->pass = cw_json_u64(last, "keystreamPass", 0);
	if (!s->pass || !cw_unhex(s->key, sizeof s->key, cw_json_str(json_object_get(payload, "keystream"), "keyHex", "")))
		return bad_document(err, path, _("it does not carry the key of the keystream."));
	return 0;
}

/* A document that does not verify says nothing about any medium.  Without a root it may still be compared; the answer says so. */
static int check_document(struct cw_context *c, const struct cw_bundle *b, struct cw_verify_result *v, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf roots = { 0 };
	const struct cw_evidence_files files = cw_bundle_files(b);
	int rc = cw_input_trusted(c, &roots, err);

	if (rc)
		return rc;
	cw_verify(&files, roots.data ? roots.data : "", roots.len, true, v);
	if (v->finding == CW_FINDING_INVALID)
		return bad_document(err, b->path, v->reason);
	return 0;
}

static int question(const struct cw_bundle *b, const char *named, struct cw_msg_recheck *q, struct cw_error *err)
{
	CW_AUTO_JSON json_t *payload = NULL;
	int rc = cw_json_parse_canonical(b->json.data, b->json.len, &payload, err);

	if (!rc)
		rc = stream_of(payload, b->path, &q->stream, err);
	if (rc)
		return rc;
	if (strcmp(cw_json_str(payload, "type", ""), CW_TYPE_CERTIFICATE) != 0)
		return bad_document(err, b->path, _("it is a report, which claims nothing that could still hold."));
	q->size_bytes = cw_json_u64(json_object_get(payload, "medium"), "capacityBytes", 0);
	cw_strlcpy(q->identity_sha256, cw_json_str(json_object_get(payload, "medium"), "identitySha256", ""), sizeof q->identity_sha256);
	return cw_input_named(named, q->named, err);
}

static int read_medium(struct cw_context *c, const struct cw_msg_recheck *q, struct cw_screen *screen, struct cw_msg_swept *swept, struct cw_error *err)
{
	enum cw_msg_type type;
	const void *body;
	int rc = cw_session_send(c->session, CW_MSG_RECHECK, q, err);

	cw_screen_name(screen, 0, q->named, "");
	while (!rc) {
		rc = cw_session_next(c->session, &type, &body, err);
		if (!rc && type == CW_MSG_SWEPT) {
			*swept = *(const struct cw_msg_swept *)body;
			return 0;
		}
		if (!rc && type == CW_MSG_PROGRESS)
			cw_screen_show(screen, body);
	}
	return rc;
}

/* Equal bytes under a document that nobody vouches for show only that somebody knew the key of the keystream. */
static int answer(struct cw_context *c, const struct cw_msg_recheck *q, const struct cw_verify_result *v, const struct cw_msg_swept *s, struct cw_error *err)
{
	bool read_whole = s->end == CW_SWEEP_DONE && s->done_bytes == q->size_bytes && !s->bad_bytes;
	bool same = read_whole && !s->mismatch_bytes, proven = v->finding == CW_FINDING_VALID;
	int rc = cw_emit(c, json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:I, s:I, s:I, s:I, s:I}", "schema", "certwipe/recheck/1", "medium", q->named,
				      "documentId", v->document_id, "finding", cw_finding_name(v->finding), "reason", v->reason, "proven", (int)proven, "laboratory",
				      (int)v->laboratory, "same", (int)same, "readWhole", (int)read_whole, "sizeBytes", (json_int_t)q->size_bytes, "comparedBytes",
				      (json_int_t)s->done_bytes, "mismatchBytes", (json_int_t)s->mismatch_bytes, "unreadableBytes", (json_int_t)s->bad_bytes,
				      "firstMismatchBytes", (json_int_t)s->first_mismatch_bytes), err);

	return rc ? rc : same && proven ? CW_EXIT_DONE : CW_EXIT_INCONCLUSIVE;
}

static int recheck(struct cw_context *c, const struct cw_bundle *b, struct cw_error *err)
{
	static struct cw_verify_result verified;
	struct cw_msg_recheck q;
	struct cw_msg_swept swept;
	struct cw_screen *screen = NULL;

	memset(&q, 0, sizeof q);
	int rc = check_document(c, b, &verified, err);

	if (!rc)
		rc = question(b, c->operand[0], &q, err);
	if (!rc)
		rc = cw_screen_new(c, &screen, err);
	if (!rc)
		rc = read_medium(c, &q, screen, &swept, err);
	cw_screen_free(screen);
	return rc ? rc : answer(c, &q, &verified, &swept, err);
}

static int run(struct cw_context *c, struct cw_error *err)
{
	struct cw_bundle b;

	if (!c->o->certificate)
		return cw_fail(err, CW_E_USAGE, 0, NULL, "certwipe recheck MEDIUM --certificate FILE", _("--certificate is missing."));
	int rc = cw_input_bundle(c->o->certificate, &b, err);

	if (!rc)
		rc = recheck(c, &b, err);
	cw_bundle_clear(&b);
	return rc;
}

const struct cw_command cw_command_recheck = {
	.name = "recheck", .operands = "MEDIUM", .summary = N_("compare a medium with its certificate"), .needs_broker = true, .least = 1, .most = 1, .run = run,
};
