/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The summary that the QR on paper carries: a signed note (C2SP signed-note), readable on any telephone, checked without a network.  Nine lines: certwipe1, number,
 * time, model, serial, verdict, verification, SHA-256 of evidence.json, register; a blank line; the signature by the station's key.
 */
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "cms.h"

#define MODEL_MAX 48   /* bytes; what is longer is cut: the hash stands for the whole, and the code must fit on paper */
#define SERIAL_MAX 64
#define KEY_ID_BYTES 4
#define SIGNATURE_MAX 1024
#define DASH "\xe2\x80\x94 " /* em dash, blank */

/* ---- text ---- */

static void line_cut(struct cw_buf *out, const char *text, size_t max)
{
	char cut[SERIAL_MAX + 1];

	if (cw_strlcpy(cut, text, max + 1))
		cw_buf_printf(out, "%s\n", cut);
	else
		cw_buf_printf(out, "%s..\n", cut);
}

int cw_summary_text(const json_t *payload, const char *json, size_t len, const char *index, struct cw_buf *out, struct cw_error *err)
{
	const json_t *medium = json_object_get(payload, "medium"), *verdict = json_object_get(payload, "verdict"), *work = json_object_get(payload, "sanitization");
	const json_t *check = json_object_get(payload, "verification");
	bool certificate = strcmp(cw_json_str(payload, "type", ""), CW_TYPE_CERTIFICATE) == 0;
	char sha256[CW_SHA256_HEX];

	cw_sha256_hex(json, len, sha256);
	cw_buf_printf(out, "certwipe1\n%s\n%s\n", cw_json_str(payload, "certificateId", ""), cw_json_str(payload, "issuedAt", ""));
	line_cut(out, cw_json_str(medium, "model", ""), MODEL_MAX);
	line_cut(out, cw_json_str(medium, "serial", ""), SERIAL_MAX);
	cw_buf_printf(out, "%s %s %s %s%s\n", certificate ? "certificate" : "report", cw_json_str(verdict, "result", ""), cw_json_str(verdict, "level", ""),
		      cw_json_str(work, "technique", ""), cw_json_bool(payload, "laboratory", true) ? " laboratory" : "");
	cw_buf_printf(out, "%s %s %llu %llu\n", cw_json_str(check, "method", ""), cw_json_str(check, "result", ""), (unsigned long long)cw_json_u64(check, "coverageBytes", 0),
		      (unsigned long long)cw_json_u64(check, "mismatchBytes", 0));
	cw_buf_printf(out, "%s\n%s %s\n", sha256, cw_json_str(json_object_get(payload, "register"), "origin", ""), index ? index : "-");
	return out->failed ? cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory.")) : 0;
}

/* ---- signature line ---- */

/* Signature type 0x02 (ECDSA): the key id is the head of SHA-256 over the DER of the public key. */
static bool key_id(X509 *cert, uint8_t id[KEY_ID_BYTES])
{
	uint8_t *spki = NULL, hash[CW_SHA256_BYTES];
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &spki);

	if (n <= 0)
		return false;
	cw_sha256(spki, (size_t)n, hash);
	memcpy(id, hash, KEY_ID_BYTES);
	OPENSSL_free(spki);
	return true;
}

/* A key's name has neither blanks nor plus signs; the register's origin may. */
static void key_name(const char *text, size_t len, char out[CW_TEXT_MAX])
{
	const char *last = len ? memrchr(text, '\n', len - 1) : NULL, *end = len ? memrchr(text, ' ', len) : NULL;
	size_t n = 0;

	for (const char *p = last ? last + 1 : text; end && p < end && n + 1 < CW_TEXT_MAX; p++)
		out[n++] = *p == ' ' || *p == '+' ? '_' : *p;
	out[n] = '\0';
}

static void put_signature(struct cw_buf *out, const char *name, const uint8_t *bytes, size_t len)
{
	uint8_t encoded[(KEY_ID_BYTES + SIGNATURE_MAX) * 2];
	int n = EVP_EncodeBlock(encoded, bytes, (int)len);

	cw_buf_printf(out, "\n" DASH "%s %.*s\n", name, n, (const char *)encoded);
}

int cw_summary_sign(struct cw_signer *s, const char *text, size_t len, struct cw_buf *out, struct cw_error *err)
{
	CMS_AUTO_X509 X509 *cert = cms_cert_of_pem(s->cert_pem, s->cert_len);
	uint8_t bytes[KEY_ID_BYTES + SIGNATURE_MAX];
	size_t n = SIGNATURE_MAX;
	char name[CW_TEXT_MAX];
	int rc;

	if (!cert || !key_id(cert, bytes))
		return cms_failed(err, CW_E_NO_KEY, _("The station's certificate cannot be read"));
	rc = s->sign(s->user, (const uint8_t *)text, len, bytes + KEY_ID_BYTES, &n, err);
	if (rc)
		return rc;
	key_name(text, len, name);
	cw_buf_add(out, text, len);
	put_signature(out, name, bytes, KEY_ID_BYTES + n);
	return out->failed ? cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory.")) : 0;
}

/* ---- check ---- */

static int bad(struct cw_error *err, const char *why)
{
	return cw_fail(err, CW_E_INVALID, 0, "QR", NULL, "%s", why);
}

/* Behind "origin ": digits, or "-". */
static bool take_index(const char *note, size_t len, char out[24])
{
	const char *blank = memmem(note, len, "\n\n", 2), *end = blank, *p = end;
	size_t n;

	while (p && p > note && p[-1] != ' ' && p[-1] != '\n')
		p--;
	n = p ? (size_t)(end - p) : 0;
	if (n == 0 || n >= 24 || (n != strspn(p, "0123456789") && (n != 1 || *p != '-')) || (n > 1 && *p == '0'))
		return false;
	memcpy(out, p, n);
	out[n] = '\0';
	return true;
}

static bool is_signed_by(X509 *cert, const char *text, size_t len, const uint8_t *signature, size_t n)
{
	const struct cms_algorithm *a = cms_algorithm_of_key(cert);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = a && ctx && EVP_DigestVerifyInit_ex(ctx, NULL, a->digest, NULL, NULL, X509_get0_pubkey(cert), NULL) == 1 &&
		  EVP_DigestVerify(ctx, signature, n, (const uint8_t *)text, len) == 1;

	EVP_MD_CTX_free(ctx);
	return ok;
}

/* Takes the signature line apart and puts it together again: what is not the one form that is written here is not accepted. */
static int check_signature(X509 *cert, const char *note, size_t len, size_t text_len, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf again = { 0 };
	uint8_t bytes[(KEY_ID_BYTES + SIGNATURE_MAX) * 2], id[KEY_ID_BYTES];
	char name[CW_TEXT_MAX];
	size_t encoded;
	int n;

	key_name(note, text_len, name);
	size_t head = text_len + 1 + strlen(DASH) + strlen(name) + 1;

	if (len <= head + 1 || note[len - 1] != '\n')
		return bad(err, _("The summary in the QR code has no signature line of its own station."));
	encoded = len - head - 1;
	n = encoded <= (KEY_ID_BYTES + SIGNATURE_MAX) * 4 / 3 ? EVP_DecodeBlock(bytes, (const uint8_t *)note + head, (int)encoded) : -1;
	for (size_t i = len - 2; n > 0 && note[i] == '='; i--)
		n--;
	if (n <= KEY_ID_BYTES || !key_id(cert, id) || memcmp(id, bytes, KEY_ID_BYTES) != 0 || !is_signed_by(cert, note, text_len, bytes + KEY_ID_BYTES, (size_t)n - KEY_ID_BYTES))
		return bad(err, _("The summary in the QR code is not signed by the station's key."));
	cw_buf_add(&again, note, text_len);
	put_signature(&again, name, bytes, (size_t)n);
	if (again.len != len || memcmp(again.data, note, len) != 0)
		return bad(err, _("The summary in the QR code is not in the one form of a signed note."));
	return 0;
}

/* The page is the station's, whoever else signed the evidence. */
static int station_of(const json_t *payload, const struct cms_case *cms, X509 **out, struct cw_error *err)
{
	const char *wanted = cw_json_str(json_array_get(json_object_get(payload, "signatories"), 0), "certSha256", "");

	for (unsigned i = 0; i < cms->s.n_infos; i++)
		if (strcmp(cms->who[i].sha256, wanted) == 0) {
			*out = cms->who[i].cert;
			return 0;
		}
	return bad(err, _("The station that the document names did not sign it."));
}

int cw_summary_check(const json_t *payload, const struct cw_evidence_files *files, const char *note, size_t len, struct cw_error *err)
{
	struct cms_case cms = { .p7s = files->p7s, .p7s_len = files->p7s_len, .content = (const uint8_t *)files->json, .content_len = files->json_len, .several = true };
	CW_AUTO_BUF struct cw_buf text = { 0 };
	X509 *station = NULL;
	char index[24];
	int rc;

	if (len > CW_SUMMARY_MAX_BYTES || !take_index(note, len, index))
		return bad(err, _("The summary in the QR code is not in the one form of a signed note."));
	rc = cw_summary_text(payload, files->json, files->json_len, index, &text, err);
	if (!rc && (len < text.len || memcmp(note, text.data, text.len) != 0))
		rc = bad(err, _("The summary in the QR code is that of another document."));
	if (!rc)
		rc = cms_open(&cms, err);
	if (!rc)
		rc = cms_signer(&cms, err);
	if (!rc)
		rc = station_of(payload, &cms, &station, err);
	if (!rc)
		rc = check_signature(station, note, len, text.len, err);
	cms_case_clear(&cms);
	return rc;
}
