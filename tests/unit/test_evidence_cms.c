/* SPDX-License-Identifier: Apache-2.0 */
/* Forged signatures: each is right but for one thing, and must be refused for that thing.  Numbers are those of the list of negative vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <openssl/evp.h>
#include <string.h>
#include <time.h>

#include "certwipe/evidence.h"
#include "sim/cms_forge.h"

static const char CONTENT[] = "{\"type\":\"destruction-certificate\"}";
static struct forge_pki pki;

static void start(struct forge *f)
{
	*f = (struct forge){ .content = CONTENT, .content_len = strlen(CONTENT), .cert = pki.cert, .key = pki.key, .certs = { pki.cert, pki.root }, .n_certs = 2,
			     .signing_time = time(NULL) };
}

static int check_as(const void *content, size_t content_len, const struct cw_buf *p7s, const struct cw_buf *roots, struct cw_error *err)
{
	char signer[CW_SHA256_HEX];

	*err = (struct cw_error){ 0 };
	return cw_cms_check(content, content_len, (const uint8_t *)p7s->data, p7s->len, roots->data, roots->len, time(NULL), signer, err);
}

static int check(const struct cw_buf *p7s, struct cw_error *err)
{
	return check_as(CONTENT, strlen(CONTENT), p7s, &pki.root_pem, err);
}

static void expect(const char *name, int rc, const struct cw_error *err, const char *reason)
{
	if (reason ? rc != CW_E_INVALID || !strstr(err->message, reason) : rc != 0)
		fail_msg("%s: rc %d: %s (expected: %s)", name, rc, err->message, reason ? reason : "good");
}

/* ---- one wrong part each ---- */

static void nothing(struct forge *f) { (void)f; }
static void v23_attributes_as_content(struct forge *f) { f->no_attrs = true; }
static void v25_no_signing_certificate(struct forge *f) { f->n_attrs = 3; cw_buf_clear(&f->attrs[3]); }
static void no_signing_time(struct forge *f) { struct cw_buf gone = f->attrs[2]; f->attrs[2] = f->attrs[3]; f->attrs[3] = gone; f->n_attrs = 3; }
static void no_content_type(struct forge *f) { struct cw_buf gone = f->attrs[0]; f->attrs[0] = f->attrs[3]; f->attrs[3] = gone; f->n_attrs = 3; }
static void v27_two_digests(struct forge *f) { cw_buf_add(&f->attrs[4], f->attrs[1].data, f->attrs[1].len); f->n_attrs = 5; }
static void two_content_types(struct forge *f) { cw_buf_add(&f->attrs[4], f->attrs[0].data, f->attrs[0].len); f->n_attrs = 5; }
static void unknown_attribute(struct forge *f) { forge_attr(&f->attrs[4], "06092a864886f70d01090f", "\x30\x00", 2); f->n_attrs = 5; }
static void unsorted_attributes(struct forge *f)
{
	struct cw_buf first = f->attrs[0]; /* sorted by length here: the first is the shortest */

	f->attrs[0] = f->attrs[3];
	f->attrs[3] = first;
	f->unsorted = true;
}
static void v27_two_digest_values(struct forge *f)
{
	uint8_t values[68] = { 0x04, 0x20 };

	EVP_Digest(CONTENT, strlen(CONTENT), values + 2, NULL, EVP_sha256(), NULL);
	memcpy(values + 34, values, 34);
	values[36] ^= 0xff;
	if (memcmp(values, values + 34, 34) > 0) { /* in order, so that only the number is wrong */
		uint8_t first[34];

		memcpy(first, values, 34);
		memcpy(values, values + 34, 34);
		memcpy(values + 34, first, 34);
	}
	forge_attr(&f->attrs[1], "06092a864886f70d010904", values, sizeof(values));
}
static void no_digest_value(struct forge *f) { forge_attr(&f->attrs[1], "06092a864886f70d010904", "", 0); }
static void digest_is_a_text(struct forge *f) { forge_attr(&f->attrs[1], "06092a864886f70d010904", "\x0c\x01x", 3); }
static void other_content_type(struct forge *f) { forge_attr(&f->attrs[0], "06092a864886f70d010903", "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 11); }
static void month_thirteen(struct forge *f) { forge_attr(&f->attrs[2], "06092a864886f70d010905", "\x17\x0d" "261301000000Z", 15); }
static void last_century(struct forge *f) { forge_attr(&f->attrs[2], "06092a864886f70d010905", "\x17\x0d" "990101000000Z", 15); }
static void long_time_of_this_decade(struct forge *f) { forge_attr(&f->attrs[2], "06092a864886f70d010905", "\x18\x0f" "20260101000000Z", 17); }
static void time_with_offset(struct forge *f) { forge_attr(&f->attrs[2], "06092a864886f70d010905", "\x17\x11" "260101000000+0800", 19); }
static void v34_null_parameters(struct forge *f) { forge_hex(&f->signature_id, "300c06082a8648ce3d0403020500"); }
static void null_in_digest(struct forge *f) { forge_hex(&f->digest_id, "300d06096086480165030402010500"); }
static void other_signature_algorithm(struct forge *f) { forge_hex(&f->signature_id, "300a06082a8648ce3d040303"); }
static void v38_no_signer(struct forge *f) { f->no_signer = true; }
static void two_signers(struct forge *f) { f->two_signers = true; }
static void v39_attached(struct forge *f) { forge_hex(&f->content_info, "301006092a864886f70d010701a003040141"); }
static void v41_no_certificate(struct forge *f) { f->certs[0] = pki.root; f->n_certs = 1; }
static void no_certificates(struct forge *f) { f->n_certs = 0; }
static void same_certificate_twice(struct forge *f) { f->certs[2] = pki.cert; f->n_certs = 3; }
static void version_three(struct forge *f) { forge_hex(&f->version, "020103"); }
static void signer_version_three(struct forge *f) { forge_hex(&f->signer_version, "020103"); }
static void key_identifier(struct forge *f) { forge_hex(&f->sid, "800401020304"); }
static void unsigned_attributes(struct forge *f) { forge_hex(&f->unsigned_attrs, "a1023000"); }
static void v6_trailing_byte(struct forge *f) { forge_hex(&f->tail, "00"); }
static void v57_zero_r(struct forge *f) { forge_hex(&f->signature, "3006020100020101"); }
static void v57_r_is_order(struct forge *f) { forge_hex(&f->signature, "3026022100ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551020101"); }
static void empty_signature(struct forge *f) { forge_hex(&f->signature, "00"); }
static void v26_names_other_certificate(struct forge *f)
{
	uint8_t value[40] = { 0x30, 38, 0x30, 36, 0x30, 34, 0x04, 32 };

	X509_digest(pki.root, EVP_sha256(), value + 8, NULL);
	forge_attr(&f->attrs[3], "060b2a864886f70d010910022f", value, sizeof(value));
}
static void names_two_certificates(struct forge *f)
{
	uint8_t value[76] = { 0x30, 74, 0x30, 72, 0x30, 34, 0x04, 32 };

	X509_digest(pki.cert, EVP_sha256(), value + 8, NULL);
	memcpy(value + 40, value + 4, 36);
	forge_attr(&f->attrs[3], "060b2a864886f70d010910022f", value, sizeof(value));
}
static void default_is_spelled_out(struct forge *f) /* SHA-256, which DER leaves out */
{
	uint8_t value[53] = { 0x30, 51, 0x30, 49, 0x30, 47, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x04, 32 };

	X509_digest(pki.cert, EVP_sha256(), value + 21, NULL);
	forge_attr(&f->attrs[3], "060b2a864886f70d010910022f", value, sizeof(value));
}

static const struct { const char *name; void (*edit)(struct forge *f); const char *reason; } parts[] = {
	{ "nothing", nothing, NULL },
	{ "23/24 no signed attributes", v23_attributes_as_content, "no signed attributes" },
	{ "25 no signing-certificate-v2", v25_no_signing_certificate, "lacks the signed attribute signingCertificateV2" },
	{ "26 signing-certificate-v2 of another", v26_names_other_certificate, "Issuer and serial number" },
	{ "two certificates named", names_two_certificates, "exactly one certificate" },
	{ "default spelled out", default_is_spelled_out, "None of the certificates" },
	{ "no signing time", no_signing_time, "lacks the signed attribute signingTime" },
	{ "no content type", no_content_type, "lacks the signed attribute contentType" },
	{ "27 two digest attributes", v27_two_digests, "messageDigest is there twice" },
	{ "27 two digest values", v27_two_digest_values, "exactly one value" },
	{ "no digest value", no_digest_value, "exactly one value" },
	{ "digest is a text", digest_is_a_text, "malformed" },
	{ "two content types", two_content_types, "contentType is there twice" },
	{ "other content type", other_content_type, "another type of content" },
	{ "unknown attribute", unknown_attribute, "does not know" },
	{ "unsorted", unsorted_attributes, "out of order" },
	{ "month 13", month_thirteen, "no time" },
	{ "last century", last_century, "no time" },
	{ "GeneralizedTime before 2050", long_time_of_this_decade, "no time" },
	{ "time with offset", time_with_offset, "canonical form" },
	{ "34 NULL parameters", v34_null_parameters, "says something else" },
	{ "NULL in digest", null_in_digest, "says something else" },
	{ "other signature algorithm", other_signature_algorithm, "says something else" },
	{ "38 no signer", v38_no_signer, "exactly one signer" },
	{ "41 two signers", two_signers, "exactly one signer" },
	{ "39 attached", v39_attached, "must be detached" },
	{ "41 certificate missing", v41_no_certificate, "None of the certificates" },
	{ "no certificates", no_certificates, "no certificates" },
	{ "same certificate twice", same_certificate_twice, "twice" },
	{ "version 3", version_three, "version 1" },
	{ "signer version 3", signer_version_three, "version 1" },
	{ "subject key identifier", key_identifier, "issuer and serial number" },
	{ "unsigned attributes", unsigned_attributes, "unsigned attributes" },
	{ "trailing byte", v6_trailing_byte, "behind its end" },
	{ "57 r = 0", v57_zero_r, "not by the key" },
	{ "57 r = n", v57_r_is_order, "not by the key" },
	{ "empty signature", empty_signature, "not by the key" },
};

static void one_wrong_part(void **state)
{
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(parts); i++) {
		CW_AUTO_BUF struct cw_buf p7s = { 0 };
		struct cw_error err;
		struct forge f;

		start(&f);
		forge_prepare(&f);
		parts[i].edit(&f);
		forge_finish(&f, &p7s);
		expect(parts[i].name, check(&p7s, &err), &err, parts[i].reason);
	}
}

/* The genuine signed attributes shown as the document, with a signature without attributes: `openssl cms -verify -cades` says yes to this. */
static void v23_forgery_by_attributes(void **state)
{
	CW_AUTO_BUF struct cw_buf p7s = { 0 };
	struct cw_error err;
	struct forge f;

	(void)state;
	start(&f);
	f.content = "\x31\x00";
	f.content_len = 2;
	forge_prepare(&f);
	f.no_attrs = true;
	forge_finish(&f, &p7s);
	expect("23", check_as(f.content, f.content_len, &p7s, &pki.root_pem, &err), &err, "no signed attributes");
}

static void other_content(void **state)
{
	static const char changed[] = "{\"type\":\"destruction-certificatE\"}";
	CW_AUTO_BUF struct cw_buf p7s = { 0 };
	struct cw_error err;
	struct forge f;

	(void)state;
	start(&f);
	forge_prepare(&f);
	forge_finish(&f, &p7s);
	expect("21", check_as(changed, strlen(changed), &p7s, &pki.root_pem, &err), &err, "document was changed");
	expect("21 longer", check_as(CONTENT, sizeof(CONTENT), &p7s, &pki.root_pem, &err), &err, "document was changed");
	expect("21 empty", check_as("", 0, &p7s, &pki.root_pem, &err), &err, "document was changed");
}

/* ---- certificates ---- */

static void v_ca(struct forge_cert *c) { c->basic = "critical,CA:TRUE"; }
static void v_ca_usage(struct forge_cert *c) { c->usage = "critical,digitalSignature,nonRepudiation,keyCertSign"; }
static void v_no_basic(struct forge_cert *c) { c->basic = NULL; }
static void v_no_usage(struct forge_cert *c) { c->usage = NULL; }
static void v_not_critical(struct forge_cert *c) { c->usage = "digitalSignature,nonRepudiation"; }
static void v_no_repudiation(struct forge_cert *c) { c->usage = "critical,digitalSignature"; }
static void v_no_purpose(struct forge_cert *c) { c->purposes = NULL; }
static void v_mail_only(struct forge_cert *c) { c->purposes = "emailProtection"; }
static void v47_signing_only(struct forge_cert *c) { c->purposes = "1.3.6.1.5.5.7.3.36"; }
static void v_tsa(struct forge_cert *c) { c->purposes = "critical,timeStamping"; }
static void v_any(struct forge_cert *c) { c->purposes = "anyExtendedKeyUsage"; }
static void v_and_any(struct forge_cert *c) { c->purposes = "emailProtection,1.3.6.1.5.5.7.3.36,anyExtendedKeyUsage"; }
static void v48_expired(struct forge_cert *c) { c->until_s = -60; }
static void v53_not_yet(struct forge_cert *c) { c->from_s = 600; }
static void v_sha1(struct forge_cert *c) { c->digest = "SHA1"; }
static void v_self_signed(struct forge_cert *c) { c->issuer = NULL; }

static const struct { const char *name; void (*edit)(struct forge_cert *c); const char *reason; } certificates[] = {
	{ "no basicConstraints", v_no_basic, NULL },
	{ "45 CA as signer", v_ca, "certification authority" },
	{ "keyCertSign", v_ca_usage, "key usage" },
	{ "no key usage", v_no_usage, "key usage" },
	{ "key usage not critical", v_not_critical, "key usage" },
	{ "no nonRepudiation", v_no_repudiation, "key usage" },
	{ "no purpose", v_no_purpose, "extended key usage" },
	{ "mail certificate", v_mail_only, "extended key usage" },
	{ "47 documentSigning only", v47_signing_only, "extended key usage" },
	{ "time stamping", v_tsa, "extended key usage" },
	{ "any purpose", v_any, "extended key usage" },
	{ "any purpose besides", v_and_any, "extended key usage" },
	{ "48 expired", v48_expired, "expired" },
	{ "53 not yet valid", v53_not_yet, "not yet valid" },
	{ "SHA-1 in the certificate", v_sha1, "too weak" },
	{ "self-signed", v_self_signed, "trusted root" },
};

static int check_cert(X509 *cert, EVP_PKEY *key, const char *digest, X509 *const *more, unsigned n_more, const struct cw_buf *roots, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf p7s = { 0 };
	struct forge f;

	start(&f);
	f.cert = f.certs[0] = cert;
	f.key = key;
	f.digest = digest;
	f.n_certs = 1;
	for (unsigned i = 0; i < n_more; i++)
		f.certs[f.n_certs++] = more[i];
	forge_prepare(&f);
	forge_finish(&f, &p7s);
	return check_as(CONTENT, strlen(CONTENT), &p7s, roots, err);
}

static struct forge_cert station(void)
{
	struct forge_cert c = FORGE_STATION;

	c.key = pki.key;
	c.issuer = pki.root;
	c.issuer_key = pki.root_key;
	return c;
}

static void wrong_certificates(void **state)
{
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(certificates); i++) {
		struct forge_cert want = station();
		struct cw_error err;
		X509 *cert;

		certificates[i].edit(&want);
		cert = forge_cert_make(&want);
		expect(certificates[i].name, check_cert(cert, pki.key, NULL, &pki.root, 1, &pki.root_pem, &err), &err, certificates[i].reason);
		X509_free(cert);
	}
}

static void algorithms_come_from_the_table(void **state)
{
	static const struct { const char *key, *digest, *reason; } rows[] = {
		{ "P-384", "SHA384", NULL }, { "RSA-2048", "SHA256", NULL }, { "P-384", "SHA256", "only signs by" }, { "P-256", "SHA1", "only signs by" },
		{ "P-256", "MD5", "only signs by" }, { "P-256", "SHA384", "only signs by" }, { "RSA-1024", "SHA256", "neither P-256" }, { "secp256k1", "SHA256", "neither P-256" },
		{ "P-224", "SHA256", "neither P-256" },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(rows); i++) {
		struct forge_cert want = station();
		struct cw_error err;
		X509 *cert;

		want.key = forge_key(rows[i].key);
		cert = forge_cert_make(&want);
		expect(rows[i].key, check_cert(cert, want.key, rows[i].digest, &pki.root, 1, &pki.root_pem, &err), &err, rows[i].reason);
		X509_free(cert);
		EVP_PKEY_free(want.key);
	}
}

/* ---- chains ---- */

static void roots_are_pinned(void **state)
{
	CW_AUTO_BUF struct cw_buf twin_pem = { 0 };
	CW_AUTO_BUF struct cw_buf both = { 0 };
	struct forge_cert twin = FORGE_ROOT, under_twin = station();
	struct cw_error err;
	X509 *twin_root, *cert, *two[2];

	(void)state;
	twin.key = under_twin.issuer_key = forge_key("P-256");
	twin_root = under_twin.issuer = forge_cert_make(&twin);
	cert = forge_cert_make(&under_twin);
	forge_pem(twin_root, &twin_pem);
	cw_buf_add(&both, twin_pem.data, twin_pem.len);
	cw_buf_add(&both, pki.root_pem.data, pki.root_pem.len);
	two[0] = twin_root;
	two[1] = pki.root;
	expect("44/56 twin root", check_cert(cert, pki.key, NULL, &twin_root, 1, &pki.root_pem, &err), &err, "trusted root");
	expect("56 twin root, nothing sent", check_cert(cert, pki.key, NULL, NULL, 0, &pki.root_pem, &err), &err, "trusted root");
	expect("56 both sent", check_cert(cert, pki.key, NULL, two, 2, &pki.root_pem, &err), &err, "trusted root");
	expect("genuine and both pinned", check_cert(pki.cert, pki.key, NULL, &pki.root, 1, &both, &err), &err, NULL);
	expect("root not sent", check_cert(pki.cert, pki.key, NULL, NULL, 0, &both, &err), &err, NULL);
	expect("stranger sent", check_cert(pki.cert, pki.key, NULL, two, 2, &both, &err), &err, "plays no part");
	X509_free(cert);
	X509_free(twin_root);
	EVP_PKEY_free(twin.key);
}

static void intermediates(void **state)
{
	CW_AUTO_BUF struct cw_buf top_pem = { 0 };
	struct forge_cert top = FORGE_ROOT, middle = FORGE_ROOT, leaf = station(), named = FORGE_ROOT;
	struct cw_error err;
	X509 *top_cert, *middle_cert, *leaf_cert, *named_cert;

	(void)state;
	top.basic = "critical,CA:TRUE";
	top.key = forge_key("P-256");
	top_cert = forge_cert_make(&top);
	middle.name = named.name = "middle";
	middle.key = leaf.issuer_key = named.key = forge_key("P-256");
	middle.issuer = named.issuer = top_cert;
	middle.issuer_key = named.issuer_key = top.key;
	middle_cert = leaf.issuer = forge_cert_make(&middle);
	leaf_cert = forge_cert_make(&leaf);
	forge_pem(top_cert, &top_pem);
	expect("intermediate", check_cert(leaf_cert, pki.key, NULL, &middle_cert, 1, &top_pem, &err), &err, NULL);
	expect("54 intermediate missing", check_cert(leaf_cert, pki.key, NULL, NULL, 0, &top_pem, &err), &err, "trusted root");
	X509_free(leaf_cert);

	named.constraints = "critical,permitted;email:example.org";
	named_cert = leaf.issuer = forge_cert_make(&named);
	leaf_cert = forge_cert_make(&leaf);
	expect("constraints that do not concern it", check_cert(leaf_cert, pki.key, NULL, &named_cert, 1, &top_pem, &err), &err, NULL);
	X509_free(leaf_cert);
	leaf.alternative = "email:clerk@example.net";
	leaf_cert = forge_cert_make(&leaf);
	expect("55 name constraint", check_cert(leaf_cert, pki.key, NULL, &named_cert, 1, &top_pem, &err), &err, "permitted subtree");
	X509_free(leaf_cert);
	X509_free(named_cert);
	leaf.alternative = NULL;
	X509_free(middle_cert);
	X509_free(top_cert);
	EVP_PKEY_free(middle.key);

	/* The pinned root allows no intermediate (pathlen 0). */
	middle.key = forge_key("P-256");
	middle.issuer = pki.root;
	middle.issuer_key = pki.root_key;
	middle_cert = leaf.issuer = forge_cert_make(&middle);
	leaf.issuer_key = middle.key;
	leaf_cert = forge_cert_make(&leaf);
	expect("path length", check_cert(leaf_cert, pki.key, NULL, &middle_cert, 1, &pki.root_pem, &err), &err, "path length");
	X509_free(leaf_cert);
	X509_free(middle_cert);
	EVP_PKEY_free(middle.key);

	/* A station certificate is no CA, whatever it signs. */
	leaf.issuer = pki.cert;
	leaf.issuer_key = pki.key;
	leaf_cert = forge_cert_make(&leaf);
	X509 *two[] = { pki.cert, pki.root };

	expect("issued by a station", check_cert(leaf_cert, pki.key, NULL, two, 2, &pki.root_pem, &err), &err, "trusted root");
	X509_free(leaf_cert);
	EVP_PKEY_free(top.key);
}

static void without_roots_nothing_is_sure(void **state)
{
	CW_AUTO_BUF struct cw_buf p7s = { 0 };
	struct cw_buf none = { 0 }, garbage = { .data = (char *)"not a certificate", .len = 17 };
	struct cw_error err;
	struct forge f;

	(void)state;
	start(&f);
	forge_prepare(&f);
	forge_finish(&f, &p7s);
	assert_int_equal(check_as(CONTENT, strlen(CONTENT), &p7s, &none, &err), CW_E_CANNOT_TELL);
	assert_int_equal(check_as(CONTENT, strlen(CONTENT), &p7s, &garbage, &err), CW_E_CANNOT_TELL);
	assert_int_equal(check_as("x", 1, &p7s, &none, &err), CW_E_INVALID);
}

static void time_counts(void **state)
{
	CW_AUTO_BUF struct cw_buf p7s = { 0 };
	struct cw_error err = { 0 };
	char signer[CW_SHA256_HEX];
	struct forge f;
	int64_t later = time(NULL) + 86400ll * 3660;

	(void)state;
	start(&f);
	f.signing_time = later;
	forge_prepare(&f);
	forge_finish(&f, &p7s);
	expect("signed after the certificate ended", check(&p7s, &err), &err, "expired");
	cw_buf_clear(&p7s);
	start(&f);
	forge_prepare(&f);
	forge_finish(&f, &p7s);
	assert_int_equal(cw_cms_check(CONTENT, strlen(CONTENT), (uint8_t *)p7s.data, p7s.len, pki.root_pem.data, pki.root_pem.len, later, signer, &err), CW_E_INVALID);
	assert_string_equal(signer, "");
}

/* ---- encoding ---- */

static void not_der(void **state)
{
	static const struct { const char *hex, *reason; } rows[] = {
		{ "", "0 bytes" },
		{ "30", "cut short" },
		{ "3003020101ff", "behind its end" },
		{ "30800201010000", "indefinite" },          /* 7 */
		{ "308103020101", "not minimal" },           /* 37 */
		{ "30820003020101", "not minimal" },
		{ "3084ffffffff", "out of bounds" },
		{ "30050201010500ff", "behind its end" },
		{ "30040202007f", "canonical" },
		{ "30040202ff80", "canonical" },
		{ "30020200", "canonical" },
		{ "3003010101", "canonical" },
		{ "3003030108", "canonical" },
		{ "300403020101", "canonical" },
		{ "3003060180", "canonical" },
		{ "30020600", "canonical" },
		{ "3005240304" "0141", "a type that has no place" },
		{ "3106020102020101", "out of order" },
		{ "1f8101", "long tag" },
		{ "30061f8101020101", "long tag" },
		{ "3003020101", "no CMS" },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(rows); i++) {
		CW_AUTO_BUF struct cw_buf p7s = { 0 };
		struct cw_error err;

		forge_hex(&p7s, rows[i].hex);
		expect(rows[i].hex, check(&p7s, &err), &err, rows[i].reason);
	}
}

static void deep_nesting_ends(void **state)
{
	CW_AUTO_BUF struct cw_buf p7s = { 0 };
	struct cw_error err;

	(void)state;
	for (int i = 0; i < 40; i++) {
		uint8_t head[2] = { 0x30, (uint8_t)(2 * (39 - i)) };

		cw_buf_add(&p7s, head, 2);
	}
	expect("deep", check(&p7s, &err), &err, "too deeply");
}

static void cut_anywhere(void **state)
{
	CW_AUTO_BUF struct cw_buf p7s = { 0 };
	struct cw_error err;
	struct forge f;

	(void)state;
	start(&f);
	forge_prepare(&f);
	forge_finish(&f, &p7s);
	for (size_t len = p7s.len; len-- > 0;) {
		struct cw_buf cut = { .data = p7s.data, .len = len };

		assert_int_equal(check(&cut, &err), CW_E_INVALID);
	}
}

static int setup(void **state)
{
	(void)state;
	forge_pki_make(&pki);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	forge_pki_clear(&pki);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_wrong_part), cmocka_unit_test(v23_forgery_by_attributes), cmocka_unit_test(other_content), cmocka_unit_test(wrong_certificates),
		cmocka_unit_test(algorithms_come_from_the_table), cmocka_unit_test(roots_are_pinned), cmocka_unit_test(intermediates),
		cmocka_unit_test(without_roots_nothing_is_sure), cmocka_unit_test(time_counts), cmocka_unit_test(not_der), cmocka_unit_test(deep_nesting_ends),
		cmocka_unit_test(cut_anywhere),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
