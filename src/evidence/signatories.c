/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who signs: the set of signatures must be exactly the set that the document names (certificate.md 9.2).  Somebody more is wrong; somebody less is a document that is not complete
 * yet, or one from which a signature was taken away, and nobody can tell which.
 */
#include <openssl/evp.h>
#include <string.h>

#include "signatories.h"

void cw_signatories_of(const json_t *payload, struct cw_signatories *out)
{
	const json_t *list = json_object_get(payload, "signatories"), *one;
	size_t i;

	*out = (struct cw_signatories){ 0 };
	json_array_foreach(list, i, one) {
		const json_t *person = json_object_get(one, "person");
		struct cw_signatory *s = &out->at[out->n];

		if (out->n == CW_SIGNATORIES_MAX)
			break;
		s->role = cw_role_of_name(cw_json_str(one, "role", ""));
		cw_strlcpy(s->p.cert_sha256, cw_json_str(one, "certSha256", ""), sizeof(s->p.cert_sha256));
		cw_strlcpy(s->p.name, cw_json_str(person, "name", ""), sizeof(s->p.name));
		cw_strlcpy(s->p.id, cw_json_str(person, "id", ""), sizeof(s->p.id));
		out->n++;
	}
}

/* ---- names in certificates ---- */

/* false: it has two of them, or one that is no printable text.  "" when there is none. */
static bool subject_text(X509 *cert, int nid, char *out, size_t size)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(subject, nid, -1);
	unsigned char *utf8 = NULL;
	int len = at < 0 ? 0 : ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	bool ok = len >= 0 && (size_t)len < size && (at < 0 || X509_NAME_get_index_by_NID(subject, nid, at) < 0);

	if (ok && len)
		memcpy(out, utf8, (size_t)len);
	if (ok)
		out[len] = '\0';
	ok = ok && strlen(out) == (size_t)len && cw_text_is_printable(out);
	OPENSSL_free(utf8);
	return ok;
}

bool cms_person_of(X509 *cert, struct cw_signing_person *out)
{
	*out = (struct cw_signing_person){ .name = "" };
	cms_cert_sha256(cert, out->cert_sha256);
	return out->cert_sha256[0] && subject_text(cert, NID_commonName, out->name, sizeof(out->name)) && out->name[0] &&
	       subject_text(cert, NID_serialNumber, out->id, sizeof(out->id));
}

int cw_person_of_cert(const char *pem, size_t len, struct cw_signing_person *out, struct cw_error *err)
{
	CMS_AUTO_X509 X509 *cert = cms_cert_of_pem(pem, len);
	struct cw_error why = { 0 };

	if (!cert)
		return cw_fail(err, CW_E_NO_KEY, 0, NULL, _("Give the file with the person's certificate, without others in it."), _("This is not one certificate in PEM form."));
	if (cms_person_profile(cert, &why))
		return cw_fail(err, CW_E_NO_KEY, 0, NULL, _("Make one with `certwipe key create --person NAME`, or ask the office's authority for one to sign with."),
			       _("This certificate cannot sign for a person: %s"), why.message);
	if (!cms_person_of(cert, out))
		return cw_fail(err, CW_E_NO_KEY, 0, NULL, NULL, _("This certificate does not name its person: it needs one printable common name, and at most one serial number, in its subject."));
	return 0;
}

/* ---- who is there ---- */

static bool has_signed(const struct cms_case *c, const struct cw_signatory *s, unsigned *which)
{
	for (unsigned i = 0; i < c->s.n_infos; i++)
		if (strcmp(c->who[i].sha256, s->p.cert_sha256) == 0) {
			*which = i;
			return true;
		}
	return false;
}

static void missing(const struct cms_case *c, const struct cw_signatories *named, char roles[CW_NODE_MAX])
{
	unsigned which;
	size_t len = 0;

	roles[0] = '\0';
	for (uint32_t i = 0; i < named->n; i++)
		if (!has_signed(c, &named->at[i], &which) && len < CW_NODE_MAX)
			len += (size_t)snprintf(roles + len, CW_NODE_MAX - len, "%s%s", len ? " " : "", cw_role_name(named->at[i].role));
}

int cw_signatures_missing(const json_t *payload, const uint8_t *p7s, size_t p7s_len, char roles[CW_NODE_MAX], struct cw_error *err)
{
	struct cms_case c = { .p7s = p7s, .p7s_len = p7s_len, .several = true };
	struct cw_signatories named;
	int rc = cms_open(&c, err);

	if (!rc)
		rc = cms_signer(&c, err);
	cw_signatories_of(payload, &named);
	missing(&c, &named, roles);
	cms_case_clear(&c);
	return rc;
}

static bool has_info(const struct cms_signed *s, struct der whole)
{
	for (unsigned i = 0; i < s->n_infos; i++)
		if (der_equal(s->infos[i].whole, whole))
			return true;
	return false;
}

bool cw_signatures_extend(const uint8_t *before, size_t before_len, const uint8_t *after, size_t after_len)
{
	struct cms_signed old, new;
	struct cw_error err = { 0 };
	bool ok = !der_check(before, before_len, &err) && !der_check(after, after_len, &err) && !cms_read(before, before_len, false, CMS_SIGNERS_MAX, &old, &err) &&
		  !cms_read(after, after_len, false, CMS_SIGNERS_MAX, &new, &err) && new.n_infos == old.n_infos + 1;

	for (unsigned i = 0; ok && i < old.n_infos; i++)
		ok = has_info(&new, old.infos[i].whole);
	return ok;
}

/* ---- the check ---- */

static int check_station(const struct cms_case *c, const struct cw_signatories *named, unsigned *station, struct cw_error *err)
{
	if (!has_signed(c, &named->at[0], station))
		return cms_bad(err, _("The document wants the signature of the certificate %s; it was signed with %s."), named->at[0].p.cert_sha256, c->who[0].sha256);
	return cms_station_profile(c->who[*station].cert, err);
}

/* Names and ids are read from the certificate itself, whatever the document says of it. */
static int check_person(const struct cms_case *c, const struct cw_signatory *s, unsigned which, struct cw_error *err)
{
	struct cw_signing_person p;
	int rc = cms_person_profile(c->who[which].cert, err);

	if (rc)
		return rc;
	if (!cms_person_of(c->who[which].cert, &p) || strcmp(p.name, s->p.name) != 0 || strcmp(p.id, s->p.id) != 0)
		return cms_bad(err, _("The document calls its %s \"%s\", and the certificate that signed is of \"%s\"."), cw_role_name(s->role), s->p.name, p.name);
	return 0;
}

/* One key in two hands is one hand. */
static int check_keys(const struct cms_case *c, struct cw_error *err)
{
	for (unsigned i = 0; i < c->s.n_infos; i++)
		for (unsigned k = 0; k < i; k++)
			if (EVP_PKEY_eq(X509_get0_pubkey(c->who[i].cert), X509_get0_pubkey(c->who[k].cert)) == 1)
				return cms_bad(err, _("Two of the signatures were made with the same key."));
	return 0;
}

static int check_uninvited(const struct cms_case *c, const struct cw_signatories *named, struct cw_error *err)
{
	for (unsigned i = 0; i < c->s.n_infos; i++) {
		bool invited = false;

		for (uint32_t k = 0; k < named->n; k++)
			invited |= strcmp(named->at[k].p.cert_sha256, c->who[i].sha256) == 0;
		if (!invited)
			return cms_bad(err, _("It was signed with the certificate %s, which the document does not name."), c->who[i].sha256);
	}
	return 0;
}

int signatories_check(const struct cms_case *c, const struct cw_signatories *named, unsigned *station, char awaits[CW_NODE_MAX], struct cw_error *err)
{
	unsigned which;
	int rc = check_station(c, named, station, err);

	if (!rc)
		rc = check_uninvited(c, named, err);
	for (uint32_t i = 1; !rc && i < named->n; i++)
		if (has_signed(c, &named->at[i], &which))
			rc = check_person(c, &named->at[i], which, err);
	if (!rc)
		rc = check_keys(c, err);
	if (rc)
		return rc;
	missing(c, named, awaits);
	if (!*awaits)
		return 0;
	return cw_fail(err, CW_E_CANNOT_TELL, 0, CMS_P7S_NAME, _("The persons that it names sign it with `certwipe sign`."),
		       _("The document is not complete: it names signatures that are not there (%s)."), awaits);
}
