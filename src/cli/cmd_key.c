/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe key: the organisation's root, this station's key, and the roots of others that a person has pinned. */
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

#define PEM_MAX 65536u
#define YEARS "3"

static int take_name(char *dst, size_t size, const char *option, const char *value, bool mandatory, struct cw_error *err)
{
	if (!value && !mandatory)
		return 0;
	if (!value || !*value)
		return cw_fail(err, CW_E_USAGE, 0, NULL, "certwipe key create --organisation NAME --station NAME", _("--%s is missing."), option);
	if (!cw_text_is_printable(value) || !cw_strlcpy(dst, value, size))
		return cw_fail(err, CW_E_USAGE, 0, NULL, NULL, _("The value of --%s is too long or not printable."), option);
	return 0;
}

/* ---- a person's ---- */

static int person_names(const struct cw_context *c, struct cw_msg_key *m, struct cw_error *err)
{
	int rc = take_name(m->names.person, sizeof m->names.person, "person", c->o->person, true, err);

	if (!rc)
		rc = take_name(m->names.id, sizeof m->names.id, "id", c->o->id, false, err);
	if (!rc)
		rc = take_name(m->names.unit, sizeof m->names.unit, "unit", c->o->unit, false, err);
	if (!rc && (c->o->organisation || c->o->station))
		rc = cw_fail(err, CW_E_USAGE, 0, NULL, NULL, _("A person's certificate has the organisation of the root: leave out --organisation and --station."));
	if (!rc && !c->o->out)
		rc = cw_fail(err, CW_E_USAGE, 0, NULL, NULL, _("Name the file for the person's key: --out FILE."));
	return rc;
}

/* The root's first, then the person's: two lines of the descriptor, or two questions. */
static int person_passphrases(const struct cw_context *c, struct cw_msg_key *m, struct cw_error *err)
{
	int rc;

	cw_say(c, "%s", _("First the pass phrase of the organisation's root key, which signs the person's certificate; then one for the person's own key."));
	rc = cw_ask_own_passphrase(c, m->passphrase, sizeof m->passphrase, err);
	return rc ? rc : cw_ask_passphrase(c, m->person_passphrase, sizeof m->person_passphrase, err);
}

static int write_person(struct cw_context *c, const json_t *doc, struct cw_error *err)
{
	const char *pem = cw_json_str(doc, "pem", "");
	struct cw_signing_person who;
	int rc = cw_person_of_cert(pem, strlen(pem), &who, err);

	if (!rc)
		rc = cw_file_write(AT_FDCWD, c->o->out, pem, strlen(pem), 0600, false, err);
	return rc ? rc : cw_emit(c, json_pack("{s:s, s:s, s:s, s:s, s:s}", "schema", "certwipe/person-created/1", "person", who.name, "id", who.id, "certSha256", who.cert_sha256,
					      "file", c->o->out), err);
}

static int create_person(struct cw_context *c, struct cw_error *err)
{
	struct cw_msg_key m;
	CW_AUTO_JSON json_t *doc = NULL;

	memset(&m, 0, sizeof m);
	m.names.years = (uint32_t)strtoul(c->o->years ? c->o->years : YEARS, NULL, 10);
	int rc = person_names(c, &m, err);

	if (!rc && (m.names.years < 1 || m.names.years > 10))
		rc = cw_fail(err, CW_E_USAGE, 0, NULL, NULL, _("--years takes a number from 1 to 10."));
	if (!rc)
		rc = person_passphrases(c, &m, err);
	if (!rc)
		rc = cw_session_ask_doc(c->session, CW_MSG_KEY_CREATE, &m, &doc, err);
	explicit_bzero(&m, sizeof m);
	return rc ? rc : write_person(c, doc, err);
}

static int create(struct cw_context *c, struct cw_error *err)
{
	struct cw_msg_key m;
	json_t *doc = NULL;

	memset(&m, 0, sizeof m);
	m.names.years = (uint32_t)strtoul(c->o->years ? c->o->years : YEARS, NULL, 10);
	int rc = take_name(m.names.organisation, sizeof m.names.organisation, "organisation", c->o->organisation, true, err);

	if (!rc)
		rc = take_name(m.names.unit, sizeof m.names.unit, "unit", c->o->unit, false, err);
	if (!rc)
		rc = take_name(m.names.station, sizeof m.names.station, "station", c->o->station, true, err);
	if (!rc && (m.names.years < 1 || m.names.years > 10))
		rc = cw_fail(err, CW_E_USAGE, 0, NULL, NULL, _("--years takes a number from 1 to 10."));
	if (!rc)
		rc = cw_ask_passphrase(c, m.passphrase, sizeof m.passphrase, err);
	if (!rc)
		rc = cw_session_ask_doc(c->session, CW_MSG_KEY_CREATE, &m, &doc, err);
	explicit_bzero(&m, sizeof m);
	return rc ? rc : cw_emit(c, doc, err);
}

static json_t *described(const json_t *pem)
{
	json_t *d = cw_cert_json(json_string_value(pem), json_string_length(pem));

	return d ? d : json_pack("{s:s}", "error", _("This file is no certificate."));
}

/* One line, as the signer wrote it; NULL when there is none. */
static json_t *note_key(const json_t *text)
{
	const char *s = json_string_value(text);
	size_t n = s ? strcspn(s, "\n") : 0;
	char vkey[2 * CW_SERIAL_MAX], name[CW_SERIAL_MAX], hex[CW_SHA256_HEX];

	if (!n || n >= sizeof vkey)
		return NULL;
	memcpy(vkey, s, n);
	vkey[n] = '\0';
	return cw_note_vkey_parse(vkey, name, hex) ? json_string(vkey) : NULL;
}

static int show(struct cw_context *c, struct cw_error *err)
{
	const struct cw_msg_empty nothing = { 0 };
	CW_AUTO_JSON json_t *pems = NULL;
	json_t *others = json_array();
	const json_t *pem;
	size_t i;
	int rc = cw_session_ask_doc(c->session, CW_MSG_KEY_SHOW, &nothing, &pems, err);

	if (rc) {
		json_decref(others);
		return rc;
	}
	json_array_foreach(json_object_get(pems, "trusted"), i, pem)
		json_array_append_new(others, described(pem));
	return cw_emit(c, json_pack("{s:s, s:o, s:o, s:o, s:s, s:o*}", "schema", "certwipe/keys/1", "root", described(json_object_get(pems, "root")), "station",
				    described(json_object_get(pems, "station")), "trusted", others, "rootPem", json_string_value(json_object_get(pems, "root")), "noteKey", note_key(json_object_get(pems, "note"))), err);
}

/* ---- trust ---- */

static int der_of(const char *path, struct cw_msg_trust *m, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf pem = { 0 };
	unsigned char *der = NULL;
	int rc = cw_file_read(AT_FDCWD, path, PEM_MAX, &pem, err), n = 0;

	if (rc)
		return rc;
	BIO *in = BIO_new_mem_buf(pem.data, (int)pem.len);
	X509 *cert = in ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;

	if (cert)
		n = i2d_X509(cert, &der);
	X509_free(cert);
	BIO_free(in);
	if (n <= 0 || (size_t)n > sizeof m->der) {
		OPENSSL_free(der);
		return cw_fail(err, CW_E_USAGE, 0, path, _("It is the root.pem that the organisation publishes."), _("%s is no certificate in PEM form."), path);
	}
	memcpy(m->der, der, (size_t)n);
	m->len = (uint32_t)n;
	OPENSSL_free(der);
	return 0;
}

/* As people write it on paper: upper or lower case, blanks and colons between. */
static bool read_fingerprint(const char *typed, char out[CW_SHA256_HEX])
{
	uint8_t bytes[CW_SHA256_BYTES];
	size_t n = 0;

	for (; *typed; typed++) {
		char c = *typed >= 'A' && *typed <= 'F' ? (char)(*typed - 'A' + 'a') : *typed;

		if (c == ' ' || c == ':')
			continue;
		if (n == CW_SHA256_HEX - 1)
			return false;
		out[n++] = c;
	}
	out[n] = 0;
	return cw_unhex(bytes, sizeof bytes, out);
}

static int trust(struct cw_context *c, const char *path, struct cw_error *err)
{
	struct cw_msg_trust m;
	char typed[CW_TEXT_MAX] = "";
	enum cw_msg_type type;
	const void *body;

	memset(&m, 0, sizeof m);
	int rc = der_of(path, &m, err);

	if (rc)
		return rc;
	if (c->o->fingerprint)
		cw_strlcpy(typed, c->o->fingerprint, sizeof typed);
	else if (!cw_has_terminal() || !cw_ask_line(_("Type the root's fingerprint as it stands on paper:"), typed, sizeof typed))
		return cw_fail(err, CW_E_UNAUTHORISED, 0, path, _("Give it by --fingerprint HEX."), _("The fingerprint on paper is needed to trust a root."));
	if (!read_fingerprint(typed, m.fingerprint))
		return cw_fail(err, CW_E_USAGE, 0, path, NULL, _("A fingerprint has 64 hexadecimal digits."));
	rc = cw_session_send(c->session, CW_MSG_KEY_TRUST, &m, err);
	if (!rc)
		rc = cw_session_next(c->session, &type, &body, err);
	return rc ? rc : cw_emit(c, json_pack("{s:s, s:s}", "schema", "certwipe/key-trusted/1", "sha256", m.fingerprint), err);
}

static int run(struct cw_context *c, struct cw_error *err)
{
	if (!strcmp(c->operand[0], "create") && c->n == 1)
		return c->o->person ? create_person(c, err) : create(c, err);
	if (!strcmp(c->operand[0], "show") && c->n == 1)
		return show(c, err);
	if (!strcmp(c->operand[0], "trust") && c->n == 2)
		return trust(c, c->operand[1], err);
	return cw_fail(err, CW_E_USAGE, 0, NULL, "certwipe key create ... | show | trust ROOT.pem", _("`certwipe key` was not told what to do."));
}

const struct cw_command cw_command_key = {
	.name = "key", .operands = "create | show | trust ROOT.pem", .summary = N_("keys that sign, and roots that are trusted"), .needs_broker = true, .least = 1, .most = 2,
	.run = run,
};
