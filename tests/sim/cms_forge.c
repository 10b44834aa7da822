/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cms_forge.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TEN_YEARS_S (86400ll * 3650) /* so that fixtures of any recent date can be signed */

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* ---- DER ---- */

void forge_tlv(struct cw_buf *out, uint8_t tag, const void *body, size_t len)
{
	uint8_t head[4] = { tag };
	size_t n = 2;

	must(len < 65536);
	if (len < 0x80) {
		head[1] = (uint8_t)len;
	} else if (len < 0x100) {
		head[1] = 0x81;
		head[n++] = (uint8_t)len;
	} else {
		head[1] = 0x82;
		head[n++] = (uint8_t)(len >> 8);
		head[n++] = (uint8_t)len;
	}
	cw_buf_add(out, head, n);
	cw_buf_add(out, body, len);
	must(!out->failed);
}

void forge_hex(struct cw_buf *out, const char *hex)
{
	uint8_t bytes[256];
	size_t n = strlen(hex) / 2;

	must(n <= sizeof(bytes) && cw_unhex(bytes, n, hex));
	cw_buf_clear(out);
	cw_buf_add(out, bytes, n);
}

static void wrap(struct cw_buf *b, uint8_t tag)
{
	struct cw_buf whole = { 0 };

	forge_tlv(&whole, tag, b->data ? b->data : "", b->len);
	cw_buf_clear(b);
	*b = whole;
}

void forge_attr(struct cw_buf *out, const char *oid_hex, const void *values, size_t len)
{
	forge_hex(out, oid_hex);
	forge_tlv(out, 0x31, values, len);
	wrap(out, 0x30);
}

/* ---- certificates ---- */

const struct forge_cert FORGE_ROOT = { .organisation = "Test County", .name = "root", .basic = "critical,CA:TRUE,pathlen:0", .usage = "critical,keyCertSign,cRLSign",
				       .from_s = -TEN_YEARS_S, .until_s = TEN_YEARS_S };
const struct forge_cert FORGE_STATION = { .organisation = "Test County", .name = "station 1", .basic = "critical,CA:FALSE", .usage = "critical,digitalSignature,nonRepudiation",
					  .purposes = "emailProtection,1.3.6.1.5.5.7.3.36", .from_s = -TEN_YEARS_S, .until_s = TEN_YEARS_S };

EVP_PKEY *forge_key(const char *kind)
{
	EVP_PKEY *key = strncmp(kind, "RSA-", 4) == 0 ? EVP_RSA_gen((unsigned)atoi(kind + 4)) : EVP_EC_gen(kind);

	must(key != NULL);
	return key;
}

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	if (!value)
		return;
	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	must(e && X509_add_ext(cert, e, -1));
	X509_EXTENSION_free(e);
}

X509 *forge_cert_make(const struct forge_cert *want)
{
	static long serial = 1000;
	X509 *cert = X509_new(), *issuer = want->issuer ? want->issuer : cert;
	X509_NAME *subject = X509_get_subject_name(cert);

	must(X509_set_version(cert, X509_VERSION_3) && ASN1_INTEGER_set(X509_get_serialNumber(cert), ++serial) &&
	     X509_gmtime_adj(X509_getm_notBefore(cert), (long)want->from_s) && X509_gmtime_adj(X509_getm_notAfter(cert), (long)want->until_s) &&
	     X509_NAME_add_entry_by_NID(subject, NID_organizationName, V_ASN1_UTF8STRING, (const uint8_t *)want->organisation, -1, -1, 0) &&
	     X509_NAME_add_entry_by_NID(subject, NID_commonName, V_ASN1_UTF8STRING, (const uint8_t *)want->name, -1, -1, 0) &&
	     X509_set_issuer_name(cert, X509_get_subject_name(issuer)) && X509_set_pubkey(cert, want->key));
	add_extension(cert, issuer, NID_basic_constraints, want->basic);
	add_extension(cert, issuer, NID_key_usage, want->usage);
	add_extension(cert, issuer, NID_ext_key_usage, want->purposes);
	add_extension(cert, issuer, NID_name_constraints, want->constraints);
	add_extension(cert, issuer, NID_subject_alt_name, want->alternative);
	add_extension(cert, issuer, NID_subject_key_identifier, "hash");
	if (want->issuer)
		add_extension(cert, issuer, NID_authority_key_identifier, "keyid:always");
	must(X509_sign(cert, want->issuer ? want->issuer_key : want->key, EVP_get_digestbyname(want->digest ? want->digest : "SHA256")) > 0);
	return cert;
}

void forge_pem(X509 *cert, struct cw_buf *out)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	long len;

	must(PEM_write_bio_X509(bio, cert) == 1);
	len = BIO_get_mem_data(bio, &data);
	cw_buf_add(out, data, (size_t)len);
	BIO_free(bio);
}

void forge_pki_make(struct forge_pki *p)
{
	struct forge_cert root = FORGE_ROOT, station = FORGE_STATION;

	*p = (struct forge_pki){ .root_key = forge_key("P-256"), .key = forge_key("P-256") };
	root.key = p->root_key;
	p->root = forge_cert_make(&root);
	station.key = p->key;
	station.issuer = p->root;
	station.issuer_key = p->root_key;
	p->cert = forge_cert_make(&station);
	forge_pem(p->root, &p->root_pem);
}

void forge_pki_clear(struct forge_pki *p)
{
	EVP_PKEY_free(p->root_key);
	EVP_PKEY_free(p->key);
	X509_free(p->root);
	X509_free(p->cert);
	cw_buf_clear(&p->root_pem);
}

/* ---- signatures ---- */

static void set_sid(struct forge *f)
{
	uint8_t *name = NULL, *serial = NULL;
	int name_len = i2d_X509_NAME(X509_get_issuer_name(f->cert), &name), serial_len = i2d_ASN1_INTEGER(X509_get0_serialNumber(f->cert), &serial);

	cw_buf_add(&f->sid, name, (size_t)name_len);
	cw_buf_add(&f->sid, serial, (size_t)serial_len);
	wrap(&f->sid, 0x30);
	OPENSSL_free(name);
	OPENSSL_free(serial);
}

static void set_algorithms(struct forge *f)
{
	bool rsa = EVP_PKEY_is_a(f->key, "RSA"), sha384 = strcmp(f->digest, "SHA384") == 0;

	forge_hex(&f->digest_id, sha384 ? "300b0609608648016503040202" : strcmp(f->digest, "SHA1") == 0 ? "300706052b0e03021a" :
		  strcmp(f->digest, "MD5") == 0 ? "300a06082a864886f70d0205" : "300b0609608648016503040201");
	forge_hex(&f->signature_id, rsa ? "300d06092a864886f70d0101010500" : sha384 ? "300a06082a8648ce3d040303" :
		  strcmp(f->digest, "SHA1") == 0 ? "300906072a8648ce3d0401" : "300a06082a8648ce3d040302");
}

static void set_attributes(struct forge *f)
{
	uint8_t digest[EVP_MAX_MD_SIZE], hash[32];
	size_t n = 0;
	unsigned hash_len = 0;
	char text[16];
	time_t t = (time_t)f->signing_time;
	struct tm tm;
	struct cw_buf value = { 0 };

	must(EVP_Q_digest(NULL, f->digest, NULL, f->content, f->content_len, digest, &n) && X509_digest(f->cert, EVP_sha256(), hash, &hash_len));
	forge_hex(&value, "06092a864886f70d010701");
	forge_attr(&f->attrs[0], "06092a864886f70d010903", value.data, value.len);
	cw_buf_clear(&value);
	forge_tlv(&value, 0x04, digest, n);
	forge_attr(&f->attrs[1], "06092a864886f70d010904", value.data, value.len);
	cw_buf_clear(&value);
	strftime(text, sizeof(text), "%y%m%d%H%M%SZ", gmtime_r(&t, &tm));
	forge_tlv(&value, 0x17, text, 13);
	forge_attr(&f->attrs[2], "06092a864886f70d010905", value.data, value.len);
	cw_buf_clear(&value);
	forge_tlv(&value, 0x04, hash, sizeof(hash));
	for (int i = 0; i < 3; i++)
		wrap(&value, 0x30);
	forge_attr(&f->attrs[3], "060b2a864886f70d010910022f", value.data, value.len);
	cw_buf_clear(&value);
	f->n_attrs = 4;
}

void forge_prepare(struct forge *f)
{
	if (!f->digest)
		f->digest = "SHA256";
	forge_hex(&f->version, "020101");
	forge_hex(&f->signer_version, "020101");
	forge_hex(&f->content_info, "300b06092a864886f70d010701");
	set_sid(f);
	set_algorithms(f);
	set_attributes(f);
}

static int by_octets(const void *a, const void *b)
{
	const struct cw_buf *x = a, *y = b;
	int order = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);

	return order ? order : (x->len > y->len) - (x->len < y->len);
}

static void join(struct cw_buf *out, uint8_t tag, struct cw_buf *parts, unsigned n, bool sort)
{
	if (sort)
		qsort(parts, n, sizeof(*parts), by_octets);
	for (unsigned i = 0; i < n; i++)
		cw_buf_add(out, parts[i].data, parts[i].len);
	wrap(out, tag);
}

static void sign(struct forge *f, const struct cw_buf *tbs)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t signature[1024];
	size_t n = sizeof(signature);

	must(EVP_DigestSignInit_ex(ctx, NULL, f->digest, NULL, NULL, f->key, NULL) == 1 &&
	     EVP_DigestSign(ctx, signature, &n, (const uint8_t *)tbs->data, tbs->len) == 1);
	cw_buf_add(&f->signature, signature, n);
	EVP_MD_CTX_free(ctx);
}

static void add_signer_info(struct forge *f, struct cw_buf *out)
{
	struct cw_buf attrs = { 0 }, info = { 0 };

	join(&attrs, 0x31, f->attrs, f->n_attrs, !f->unsorted);
	if (!f->signature.len)
		sign(f, f->no_attrs ? &(struct cw_buf){ .data = (char *)(uintptr_t)f->content, .len = f->content_len } : &attrs);
	attrs.data[0] = (char)0xa0;
	cw_buf_add(&info, f->signer_version.data, f->signer_version.len);
	cw_buf_add(&info, f->sid.data, f->sid.len);
	cw_buf_add(&info, f->digest_id.data, f->digest_id.len);
	if (!f->no_attrs)
		cw_buf_add(&info, attrs.data, attrs.len);
	cw_buf_add(&info, f->signature_id.data, f->signature_id.len);
	forge_tlv(&info, 0x04, f->signature.data, f->signature.len);
	if (f->unsigned_attrs.len)
		cw_buf_add(&info, f->unsigned_attrs.data, f->unsigned_attrs.len);
	wrap(&info, 0x30);
	cw_buf_add(out, info.data, info.len);
	cw_buf_clear(&attrs);
	cw_buf_clear(&info);
}

static void clear(struct forge *f)
{
	struct cw_buf *const all[] = { &f->version, &f->digest_id, &f->content_info, &f->signer_version, &f->sid, &f->signature_id, &f->unsigned_attrs, &f->tail, &f->signature };

	for (size_t i = 0; i < CW_ARRAY_LEN(all); i++)
		cw_buf_clear(all[i]);
	for (unsigned i = 0; i < FORGE_ATTRS; i++)
		cw_buf_clear(&f->attrs[i]);
}

static void add_certificates(struct forge *f, struct cw_buf *out)
{
	struct cw_buf ders[CW_ARRAY_LEN(f->certs)] = { 0 }, set = { 0 };

	for (unsigned i = 0; i < f->n_certs; i++) {
		uint8_t *der = NULL;
		int len = i2d_X509(f->certs[i], &der);

		must(len > 0);
		cw_buf_add(&ders[i], der, (size_t)len);
		OPENSSL_free(der);
	}
	join(&set, 0xa0, ders, f->n_certs, true);
	if (f->n_certs)
		cw_buf_add(out, set.data, set.len);
	cw_buf_clear(&set);
	for (unsigned i = 0; i < f->n_certs; i++)
		cw_buf_clear(&ders[i]);
}

void forge_finish(struct forge *f, struct cw_buf *p7s)
{
	struct cw_buf data = { 0 }, signers = { 0 }, digests = { 0 }, info = { 0 };

	cw_buf_add(&data, f->version.data, f->version.len);
	forge_tlv(&digests, 0x31, f->digest_id.data, f->digest_id.len);
	cw_buf_add(&data, digests.data, digests.len);
	cw_buf_add(&data, f->content_info.data, f->content_info.len);
	add_certificates(f, &data);
	if (!f->no_signer)
		add_signer_info(f, &signers);
	if (f->two_signers)
		add_signer_info(f, &signers);
	wrap(&signers, 0x31);
	cw_buf_add(&data, signers.data, signers.len);
	wrap(&data, 0x30);
	wrap(&data, 0xa0);
	forge_hex(&info, "06092a864886f70d010702");
	cw_buf_add(&info, data.data, data.len);
	wrap(&info, 0x30);
	cw_buf_add(p7s, info.data, info.len);
	if (f->tail.len)
		cw_buf_add(p7s, f->tail.data, f->tail.len);
	must(!p7s->failed);
	cw_buf_clear(&data);
	cw_buf_clear(&signers);
	cw_buf_clear(&digests);
	cw_buf_clear(&info);
	clear(f);
}
