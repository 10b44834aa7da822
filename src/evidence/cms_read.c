/* SPDX-License-Identifier: Apache-2.0 */
/* Takes a SignedData apart (RFC 5652 5.1, 5.3; RFC 5035).  What our profile does not have is an error, also where the standard allows it. */
#include <string.h>

#include "cms.h"

#define BYTES(...) { (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }) }
#define PKCS(...) BYTES(0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, __VA_ARGS__)
static const struct der OID_DATA = PKCS(0x07, 0x01);
static const struct der OID_SIGNED_DATA = PKCS(0x07, 0x02);
static const struct der VERSION_1 = BYTES(0x02, 0x01, 0x01);

static bool take_exact(struct der *in, struct der expected)
{
	struct der_item item;

	if (in->len < expected.len || !der_take(in, expected.p[0], &item) || !der_equal(item.whole, expected))
		return false;
	return true;
}

/* ---- signed attributes: one reader each, given the only value ---- */

static int read_content_type(struct der_item value, struct cms_info *out, struct cw_error *err)
{
	(void)out;
	return der_equal(value.whole, OID_DATA) ? 0 : cms_bad(err, _("The signature is over another type of content than plain data."));
}

static int read_message_digest(struct der_item value, struct cms_info *out, struct cw_error *err)
{
	if (value.tag != DER_OCTET_STRING)
		return cms_bad(err, _("The message digest in the signature is malformed."));
	out->message_digest = value.body;
	return 0;
}

/* RFC 5652 11.3: UTCTime through 2049, GeneralizedTime after.  der_check saw to digits and Z. */
static int read_signing_time(struct der_item value, struct cms_info *out, struct cw_error *err)
{
	const char *d = (const char *)value.body.p;
	char text[CW_TIME_TEXT];
	bool utc = value.tag == DER_UTC_TIME;

	if (utc)
		snprintf(text, sizeof(text), "20%.2s-%.2s-%.2sT%.2s:%.2s:%.2sZ", d, d + 2, d + 4, d + 6, d + 8, d + 10);
	else if (value.tag == DER_GENERALIZED_TIME)
		snprintf(text, sizeof(text), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", d, d + 4, d + 6, d + 8, d + 10, d + 12);
	else
		return cms_bad(err, _("The signing time in the signature is malformed."));
	if (!cw_time_parse(text, &out->signing_time) || (utc ? strncmp(d, "50", 2) >= 0 : strncmp(d, "2050", 4) < 0))
		return cms_bad(err, _("The signing time in the signature is no time of this century: %s."), text);
	return 0;
}

/* IssuerSerial of RFC 5035: GeneralNames with one directoryName, serial number. */
static bool read_issuer_serial(struct der in, struct cms_info *out)
{
	struct der_item names, name, issuer, serial;

	if (!der_take(&in, DER_SEQUENCE, &names) || !der_take(&in, DER_INTEGER, &serial) || in.len)
		return false;
	if (!der_take(&names.body, DER_CONTEXT(4), &name) || names.body.len || !der_take(&name.body, DER_SEQUENCE, &issuer) || name.body.len)
		return false;
	out->ess_issuer = issuer.whole;
	out->ess_serial = serial.whole;
	return true;
}

static int read_signing_certificate(struct der_item value, struct cms_info *out, struct cw_error *err)
{
	struct der_item certs, cert, hash, item;
	struct der in = value.body;

	if (value.tag != DER_SEQUENCE || !der_take(&in, DER_SEQUENCE, &certs) || in.len || !der_take(&certs.body, DER_SEQUENCE, &cert) || certs.body.len)
		return cms_bad(err, _("The signing certificate attribute must name exactly one certificate and no policy."));
	in = cert.body;
	if (der_take(&in, DER_SEQUENCE, &item))
		out->ess_algorithm = item.whole;
	if (!der_take(&in, DER_OCTET_STRING, &hash))
		return cms_bad(err, _("The signing certificate attribute is malformed."));
	out->ess_hash = hash.body;
	if (in.len && (!der_take(&in, DER_SEQUENCE, &item) || in.len || !read_issuer_serial(item.body, out)))
		return cms_bad(err, _("The issuer in the signing certificate attribute is malformed."));
	return 0;
}

static const struct attribute {
	const char *name;
	struct der oid;
	int (*read)(struct der_item value, struct cms_info *out, struct cw_error *err);
} attributes[] = {
	{ "contentType", PKCS(0x09, 0x03), read_content_type },
	{ "messageDigest", PKCS(0x09, 0x04), read_message_digest },
	{ "signingTime", PKCS(0x09, 0x05), read_signing_time },
	{ "signingCertificateV2", BYTES(0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x2f), read_signing_certificate },
};

static int read_attribute(struct der in, bool seen[CW_ARRAY_LEN(attributes)], struct cms_info *out, struct cw_error *err)
{
	struct der_item oid, values, value;
	size_t i = 0;

	if (!der_take(&in, DER_OID, &oid) || !der_take(&in, DER_SET, &values) || in.len)
		return cms_bad(err, _("A signed attribute is malformed."));
	while (i < CW_ARRAY_LEN(attributes) && !der_equal(oid.whole, attributes[i].oid))
		i++;
	if (i == CW_ARRAY_LEN(attributes))
		return cms_bad(err, _("The signature has a signed attribute that certwipe does not know."));
	if (seen[i])
		return cms_bad(err, _("The signed attribute %s is there twice."), attributes[i].name);
	seen[i] = true;
	if (values.body.len == 0 || !der_take(&values.body, values.body.p[0], &value) || values.body.len)
		return cms_bad(err, _("The signed attribute %s must have exactly one value."), attributes[i].name);
	return attributes[i].read(value, out, err);
}

static int read_attributes(struct der in, bool in_pdf, struct cms_info *out, struct cw_error *err)
{
	bool seen[CW_ARRAY_LEN(attributes)] = { false };
	struct der_item item;

	if (!der_sorted(in))
		return cms_bad(err, _("The signed attributes are out of order."));
	while (in.len) {
		if (!der_take(&in, DER_SEQUENCE, &item))
			return cms_bad(err, _("A signed attribute is malformed."));
		int rc = read_attribute(item.body, seen, out, err);

		if (rc)
			return rc;
	}
	for (size_t i = 0; i < CW_ARRAY_LEN(attributes); i++) {
		bool wanted = !in_pdf || attributes[i].read != read_signing_time;

		if (seen[i] != wanted)
			return cms_bad(err, wanted ? _("The signature lacks the signed attribute %s.") : _("The signature of a PDF must not have the signed attribute %s."), attributes[i].name);
	}
	return 0;
}

/* ---- structure ---- */

static bool is_announced(const struct cms_signed *s, struct der digest)
{
	for (unsigned i = 0; i < s->n_digests; i++)
		if (der_equal(s->digest_algorithms[i], digest))
			return true;
	return false;
}

static int read_signer_info(struct der in, const struct cms_signed *s, struct cms_info *out, struct cw_error *err)
{
	struct der_item sid, issuer, serial, digest, attrs, algorithm, signature;

	if (!take_exact(&in, VERSION_1))
		return cms_bad(err, _("The signer entry must be of version 1."));
	if (!der_take(&in, DER_SEQUENCE, &sid) || !der_take(&sid.body, DER_SEQUENCE, &issuer) || !der_take(&sid.body, DER_INTEGER, &serial) || sid.body.len)
		return cms_bad(err, _("The signer must be named by issuer and serial number."));
	if (!der_take(&in, DER_SEQUENCE, &digest) || !is_announced(s, digest.whole))
		return cms_bad(err, _("The signer's digest algorithm is not the one that the signature announces."));
	if (!der_take(&in, DER_CONTEXT(0), &attrs))
		return cms_bad(err, _("The signature has no signed attributes."));
	if (!der_take(&in, DER_SEQUENCE, &algorithm) || !der_take(&in, DER_OCTET_STRING, &signature))
		return cms_bad(err, _("The signer entry is malformed."));
	if (in.len)
		return cms_bad(err, _("The signature has unsigned attributes, which this version of certificates does not have."));
	out->digest_algorithm = digest.whole;
	out->issuer = issuer.whole;
	out->serial = serial.whole;
	out->signed_attrs = attrs.whole;
	out->signature_algorithm = algorithm.whole;
	out->signature = signature.body;
	return read_attributes(attrs.body, s->in_pdf, out, err);
}

static int read_certificates(struct der in, struct cms_signed *out, struct cw_error *err)
{
	struct der_item item;

	if (!der_sorted(in))
		return cms_bad(err, _("The certificates in the signature are out of order."));
	while (in.len) {
		if (!der_take(&in, DER_SEQUENCE, &item))
			return cms_bad(err, _("The signature has something else among its certificates."));
		if (out->n_certs == out->most * CMS_PATH_MAX)
			return cms_bad(err, _("The signature has more than %u certificates."), out->most * CMS_PATH_MAX);
		out->certs[out->n_certs++] = item.whole;
	}
	return 0;
}

/* What is announced is what somebody signed with, so that no byte is there for nothing. */
static int read_digests(struct der in, struct cms_signed *out, struct cw_error *err)
{
	struct der_item digest;

	while (in.len && out->n_digests < CW_ARRAY_LEN(out->digest_algorithms) && out->n_digests < out->most && der_take(&in, DER_SEQUENCE, &digest))
		out->digest_algorithms[out->n_digests++] = digest.whole;
	if (!in.len && out->n_digests)
		return 0;
	return cms_bad(err, out->most == 1 ? _("The signature must announce exactly one digest algorithm.") : _("The signature must announce the digest algorithms of its signers."));
}

static int read_signers(struct der in, struct cms_signed *out, struct cw_error *err)
{
	struct der_item signer;

	while (in.len && out->n_infos < out->most && der_take(&in, DER_SEQUENCE, &signer)) {
		struct cms_info *info = &out->infos[out->n_infos++];
		int rc = read_signer_info(signer.body, out, info, err);

		if (rc)
			return rc;
		info->whole = signer.whole;
	}
	if (!in.len && out->n_infos)
		return 0;
	return out->most == 1 ? cms_bad(err, _("The signature must have exactly one signer.")) : cms_bad(err, _("The signature must have one to %u signers."), out->most);
}

/* A digest that nobody signed with. */
static bool announces_too_much(const struct cms_signed *s)
{
	unsigned used = 0;

	for (unsigned d = 0; d < s->n_digests; d++)
		for (unsigned i = 0; i < s->n_infos; i++)
			if (der_equal(s->digest_algorithms[d], s->infos[i].digest_algorithm)) {
				used++;
				break;
			}
	return used != s->n_digests;
}

static int read_signed_data(struct der in, struct cms_signed *out, struct cw_error *err)
{
	struct der_item digests, content, certs, signers;

	if (!take_exact(&in, VERSION_1))
		return cms_bad(err, _("The signature must be SignedData of version 1."));
	if (!der_take(&in, DER_SET, &digests))
		return cms_bad(err, _("The signature announces no digest algorithm."));
	int rc = read_digests(digests.body, out, err);

	if (rc)
		return rc;
	if (!der_take(&in, DER_SEQUENCE, &content) || !take_exact(&content.body, OID_DATA))
		return cms_bad(err, _("The signature is over another type of content than plain data."));
	if (content.body.len)
		return cms_bad(err, _("The signature carries content of its own; it must be detached."));
	if (!der_take(&in, DER_CONTEXT(0), &certs))
		return cms_bad(err, _("The signature has no certificates."));
	rc = read_certificates(certs.body, out, err);
	if (rc)
		return rc;
	if (!der_take(&in, DER_SET, &signers) || in.len)
		return cms_bad(err, _("The signature has revocation lists or other parts that certificates do not have."));
	rc = read_signers(signers.body, out, err);
	if (!rc && announces_too_much(out))
		rc = cms_bad(err, _("The signature announces a digest algorithm that nobody signed with."));
	return rc;
}

int cms_read(const uint8_t *bytes, size_t len, bool in_pdf, unsigned most, struct cms_signed *out, struct cw_error *err)
{
	struct der in = { bytes, len };
	struct der_item info, explicit_, data;

	*out = (struct cms_signed){ .in_pdf = in_pdf, .most = most };
	if (!der_take(&in, DER_SEQUENCE, &info) || !take_exact(&info.body, OID_SIGNED_DATA))
		return cms_bad(err, _("The file is no CMS SignedData."));
	if (!der_take(&info.body, DER_CONTEXT(0), &explicit_) || info.body.len || !der_take(&explicit_.body, DER_SEQUENCE, &data) || explicit_.body.len)
		return cms_bad(err, _("The file is no CMS SignedData."));
	return read_signed_data(data.body, out, err);
}
