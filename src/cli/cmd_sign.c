/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe sign: the signature of a person under a document that names him.  The key stays with the person: the station gets the signature only. */
#include <string.h>

#include "internal.h"

struct signing {
	struct cw_context *c;
	const char *number;
	uint32_t role;
	struct cw_bundle b;
	json_t *payload;
	struct cw_signatory named; /* whom the document names in this role */
};

static int read_role(struct signing *s, struct cw_error *err)
{
	const char *name = s->c->o->role ? s->c->o->role : "";

	s->role = cw_role_of_name(name);
	if (s->role == CW_ROLE_OPERATOR || s->role == CW_ROLE_WITNESS)
		return 0;
	return cw_fail(err, CW_E_USAGE, 0, NULL, "certwipe sign NUMBER --role operator|witness --key FILE", _("Say as whom you sign: --role operator or --role witness."));
}

static void tell(const struct signing *s)
{
	const json_t *medium = json_object_get(s->payload, "medium");

	cw_say(s->c, _("Document %s (%s): %s, serial number %s."), cw_json_str(s->payload, "certificateId", ""), cw_json_str(s->payload, "type", ""),
	       cw_json_str(medium, "model", ""), cw_json_str(medium, "serial", ""));
}

static int read_document(struct signing *s, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf roots = { 0 };
	int rc = cw_document_bundle(s->c, s->number, &s->b, err);

	if (!rc)
		rc = cw_json_parse_canonical(s->b.json.data ? s->b.json.data : "", s->b.json.len, &s->payload, err);
	if (!rc)
		rc = cw_payload_check(s->payload, err);
	if (!rc)
		rc = cw_input_trusted(s->c, &roots, err);
	if (!rc)
		rc = cw_document_refuse_invalid(s->number, &s->b, &roots, err);
	if (!rc)
		tell(s);
	return rc;
}

static int find_named(struct signing *s, struct cw_error *err)
{
	struct cw_signatories all;

	cw_signatories_of(s->payload, &all);
	for (uint32_t i = 0; i < all.n; i++)
		if (all.at[i].role == s->role) {
			s->named = all.at[i];
			return 0;
		}
	return cw_fail(err, CW_E_REFUSED, 0, s->number, _("Who signs stands in a document before it is signed: name the person when you wipe, with --operator or --witness."),
		       _("The document %s names no %s, so nobody can sign it as one."), s->number, cw_role_name(s->role));
}

/* Somebody with two certificates is one person, and somebody else is not the one who was named. */
static int refuse_stranger(const struct signing *s, const struct cw_signing_person *own, struct cw_error *err)
{
	struct cw_signatories all;

	if (strcmp(own->cert_sha256, s->named.p.cert_sha256) == 0)
		return 0;
	cw_signatories_of(s->payload, &all);
	for (uint32_t i = 1; i < all.n; i++)
		if (all.at[i].role != s->role && cw_is_same_person(own, &all.at[i].p))
			return cw_fail(err, CW_E_REFUSED, 0, s->number, NULL, _("The document names %s as %s; the same person cannot sign it as %s, too."), own->name,
				       cw_role_name(all.at[i].role), cw_role_name(s->role));
	return cw_fail(err, CW_E_REFUSED, 0, s->number, _("Sign with the key of the certificate that was named when the medium was wiped."),
		       _("The document wants the signature of %s with the certificate %.16s...; this key is of %s with the certificate %.16s..."), s->named.p.name,
		       s->named.p.cert_sha256, own->name, own->cert_sha256);
}

static bool has_role(const char *roles, const char *role)
{
	return strstr(roles, role) != NULL;
}

static int add_signature(struct signing *s, struct cw_signer *signer, struct cw_msg_signature *m, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf p7s = { 0 };
	const uint8_t *old = (const uint8_t *)(s->b.p7s.data ? s->b.p7s.data : "");
	struct cw_signing_person own;
	char missing[CW_NODE_MAX];
	int rc = cw_person_of_cert(signer->cert_pem, signer->cert_len, &own, err);

	if (!rc)
		rc = refuse_stranger(s, &own, err);
	if (!rc)
		rc = cw_signatures_missing(s->payload, old, s->b.p7s.len, missing, err);
	if (rc)
		return rc;
	if (has_role(missing, cw_role_name(s->role)))
		rc = cw_cms_add(signer, s->b.json.data, s->b.json.len, old, s->b.p7s.len, &p7s, err);
	else
		cw_buf_add(&p7s, old, s->b.p7s.len); /* for the station to say, or to finish */
	if (!rc && p7s.len > sizeof m->p7s)
		rc = cw_fail(err, CW_E_TOO_LARGE, 0, s->number, NULL, _("The signatures are larger than any that certwipe takes."));
	if (rc)
		return rc;
	memcpy(m->p7s, p7s.data, p7s.len);
	m->len = (uint32_t)p7s.len;
	return 0;
}

static int sign(struct signing *s, json_t **doc, struct cw_error *err)
{
	static struct cw_msg_signature m;
	struct cw_signer *signer = NULL;
	int rc = cw_ask_own_key(s->c, &signer, err);

	memset(&m, 0, sizeof m);
	cw_strlcpy(m.number, s->number, sizeof m.number);
	cw_strlcpy(m.role, cw_role_name(s->role), sizeof m.role);
	if (!rc)
		rc = add_signature(s, signer, &m, err);
	cw_signer_free(signer);
	return rc ? rc : cw_session_ask_doc(s->c->session, CW_MSG_SIGN, &m, doc, err);
}

static int run(struct cw_context *c, struct cw_error *err)
{
	struct signing s = { .c = c, .number = c->operand[0] };
	json_t *doc = NULL;
	int rc = read_role(&s, err);

	if (!rc && !c->o->key)
		rc = cw_fail(err, CW_E_USAGE, 0, NULL, "certwipe sign NUMBER --role operator|witness --key FILE", _("--%s is missing."), "key");
	if (!rc)
		rc = read_document(&s, err);
	if (!rc)
		rc = find_named(&s, err);
	if (!rc)
		rc = sign(&s, &doc, err);
	cw_bundle_clear(&s.b);
	json_decref(s.payload);
	return rc ? rc : cw_emit(c, doc, err);
}

const struct cw_command cw_command_sign = {
	.name = "sign", .operands = "NUMBER", .summary = N_("sign a document that names you as its operator or witness"), .needs_broker = true, .least = 1, .most = 1, .run = run,
};
