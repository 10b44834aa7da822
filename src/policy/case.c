/* SPDX-License-Identifier: Apache-2.0 */
/* The case: why a medium may be disposed of.  Reading, checking against a policy, and the form that records staff fill in. */
#include "certwipe/policy.h"

#include <string.h>

#include "case_field.h"
#include "words.h"


enum {
#define X(field, key, kind) FIELD_##field,
	CW_CASE_FIELDS(X)
#undef X
	FIELD_COUNT
};

static const struct case_field {
	const char *key, *kind;
	size_t offset;
} fields[FIELD_COUNT] = {
#define X(field, field_key, field_kind) [FIELD_##field] = { .key = field_key, .kind = field_kind, .offset = offsetof(struct cw_case, field) },
	CW_CASE_FIELDS(X)
#undef X
};

/* The section for media whose key is all that is destroyed. */
#define CRYPTO_ERASE "crypto-erase"
#define ATTESTED_BY "attested-by"
#define FROM_FIRST_USE "encrypted-from-first-use"
#define NO_COPIES "no-key-copies"

/* What the form says above each field. */
static const char *const explanations[FIELD_COUNT] = {
	[FIELD_approval_number] = N_("Number of the document that approves the disposal."),
	[FIELD_unit] = N_("Unit that the medium belongs to."),
	[FIELD_custodian] = N_("Person who keeps the medium."),
	[FIELD_asset_tag] = N_("Property number or label on the medium."),
	[FIELD_classification] = N_("Classification of what is stored on it."),
	[FIELD_personal_data] = N_("Does it hold personal data?"),
	[FIELD_record_relation] = N_("Is it an original record, a copy of one, or no record at all?"),
	[FIELD_backed_up] = N_("Has what is still needed been backed up?"),
	[FIELD_backup_location] = N_("Where the backup is."),
	[FIELD_retention_checked] = N_("Has it been checked that the retention period is over?"),
	[FIELD_hold_checked] = N_("Has it been checked that no lawsuit or audit still needs it?"),
	[FIELD_place] = N_("Place where the medium is wiped."),
	[FIELD_operator_name] = N_("Person who wipes it."),
	[FIELD_witnesses] = N_("Persons who watch."),
	[FIELD_planned_fate] = N_("What becomes of the medium afterwards."),
	[FIELD_source] = N_("Computer or system that the medium comes from."),
	[FIELD_note] = N_("Anything else that the auditor should know."),
};

static char *field_of(struct cw_case *c, size_t i)
{
	return (char *)c + fields[i].offset;
}

static const char *value_of(const struct cw_case *c, size_t i)
{
	return (const char *)c + fields[i].offset;
}

/* Index of a key, FIELD_COUNT for a foreign one. */
static size_t index_of(const char *key, size_t len)
{
	size_t i = 0;

	while (i < FIELD_COUNT && (strlen(fields[i].key) != len || memcmp(fields[i].key, key, len) != 0))
		i++;
	return i;
}

bool case_field_is(const char *key, size_t len)
{
	return index_of(key, len) < FIELD_COUNT;
}

static bool is_text(size_t i)
{
	return strcmp(fields[i].kind, "text") == 0;
}

bool cw_is_attested(const struct cw_attestation *a)
{
	return a->by[0] && a->encrypted_from_first_use && a->no_key_copies;
}

/* ---- reading ---- */

struct reader {
	const char *file;
	struct cw_case *c;
};

static int read_attestor(struct reader *r, const char *value, unsigned line, struct cw_error *err)
{
	if (cw_strlcpy(r->c->attestation.by, value, CW_TEXT_MAX))
		return CW_OK;
	return cw_fail(err, CW_E_SYNTAX, 0, r->file, _("Shorten this line."), _("%s:%u: \"%s\" is longer than %d bytes."), r->file, line, ATTESTED_BY, CW_TEXT_MAX - 1);
}

static int read_attestation(struct reader *r, const char *key, const char *value, unsigned line, struct cw_error *err)
{
	bool from_first_use = strcmp(key, FROM_FIRST_USE) == 0;
	uint32_t *field = from_first_use ? &r->c->attestation.encrypted_from_first_use : &r->c->attestation.no_key_copies;

	if (strcmp(key, ATTESTED_BY) == 0)
		return read_attestor(r, value, line, err);
	if (!from_first_use && strcmp(key, NO_COPIES) != 0)
		return cw_fail(err, CW_E_SYNTAX, 0, r->file, _("`certwipe case new` writes a form with all of them."),
			       _("%s:%u: a case has no field \"%s\" in section [%s]."), r->file, line, key, CRYPTO_ERASE);
	if (*value && strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return cw_fail(err, CW_E_SYNTAX, 0, r->file, _("Correct this line."), _("%s:%u: \"%s\" is \"%s\"; it must be one of %s."), r->file, line, key, value, "yes|no");
	*field = strcmp(value, "yes") == 0;
	return CW_OK;
}

static int read_field(void *user, const char *section, const char *key, const char *value, unsigned line, struct cw_error *err)
{
	struct reader *r = user;
	size_t i = index_of(key, strlen(key));

	if (strcmp(section, CRYPTO_ERASE) == 0)
		return read_attestation(r, key, value, line, err);
	if (strcmp(section, "case") != 0 || i == FIELD_COUNT)
		return cw_fail(err, CW_E_SYNTAX, 0, r->file, _("`certwipe case new` writes a form with all of them."),
			       _("%s:%u: a case has no field \"%s\" in section [%s]."), r->file, line, key, section);
	if (!is_text(i) && *value && !words_have(fields[i].kind, '|', value, strlen(value)))
		return cw_fail(err, CW_E_SYNTAX, 0, r->file, _("Correct this line."), _("%s:%u: \"%s\" is \"%s\"; it must be one of %s."), r->file, line, key, value, fields[i].kind);
	if (!cw_strlcpy(field_of(r->c, i), value, CW_TEXT_MAX))
		return cw_fail(err, CW_E_SYNTAX, 0, r->file, _("Shorten this line."), _("%s:%u: \"%s\" is longer than %d bytes."), r->file, line, key, CW_TEXT_MAX - 1);
	return CW_OK;
}

int cw_case_parse(const char *name, const char *text, size_t len, struct cw_case *out, struct cw_error *err)
{
	struct reader r = { .file = name, .c = out };

	memset(out, 0, sizeof(*out));
	return cw_ini_parse(name, text, len, read_field, &r, err);
}

/* ---- checking ---- */

static bool is_mandatory(const struct cw_policy *p, size_t i)
{
	return words_have(p->mandatory, ' ', fields[i].key, strlen(fields[i].key));
}

static bool is_original(const struct cw_case *c)
{
	return strcmp(c->record_relation, "original") == 0;
}

static bool is_missing(const struct cw_case *c, const struct cw_policy *p, size_t i)
{
	const char *value = value_of(c, i);

	/* Original records are destroyed under the eyes of a witness (standards.md section 9). */
	if (i == FIELD_witnesses && is_mandatory(p, FIELD_record_relation) && is_original(c))
		return *value == '\0';
	if (!is_mandatory(p, i))
		return false;
	/* A yes|no field tells of a check; the policy wants it made, not denied. */
	return *value == '\0' || (strcmp(fields[i].kind, "yes|no") == 0 && strcmp(value, "yes") != 0);
}

static int check_signer(const struct cw_policy *p, uint32_t role, const struct cw_signing_person *named, struct cw_error *err)
{
	bool wanted = p->signers & 1u << role;

	if (wanted && !named->cert_sha256[0])
		return cw_fail(err, CW_E_CASE, 0, cw_role_name(role), _("Name the person's certificate: --operator FILE, --witness FILE."),
			       _("The policy \"%s\" asks for the signature of the %s, and nobody is named."), p->id, cw_role_name(role));
	if (!wanted && named->cert_sha256[0])
		return cw_fail(err, CW_E_CASE, 0, cw_role_name(role), _("Leave it out, or choose a policy that asks for it."),
			       _("The policy \"%s\" does not ask for the signature of the %s."), p->id, cw_role_name(role));
	return CW_OK;
}

int cw_case_check_signers(const struct cw_case *c, const struct cw_policy *p, struct cw_error *err)
{
	int rc = check_signer(p, CW_ROLE_OPERATOR, &c->operator_, err);

	if (!rc)
		rc = check_signer(p, CW_ROLE_WITNESS, &c->witness, err);
	if (!rc && c->operator_.cert_sha256[0] && c->witness.cert_sha256[0] && cw_is_same_person(&c->operator_, &c->witness))
		rc = cw_fail(err, CW_E_REFUSED, 0, c->witness.name, _("Name another witness."), _("%s cannot be operator and witness at once: a witness is somebody else."),
			     c->witness.name);
	return rc;
}

int cw_case_check(const struct cw_case *c, const struct cw_policy *p, struct cw_error *err)
{
	struct cw_buf missing CW_AUTO_BUF = { 0 };

	for (size_t i = 0; i < FIELD_COUNT; i++) {
		if (is_missing(c, p, i))
			cw_buf_printf(&missing, "%s%s", missing.len ? ", " : "", fields[i].key);
	}
	if (missing.failed)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory while the case was checked."));
	if (missing.len == 0)
		return cw_case_check_signers(c, p, err);
	return cw_fail(err, CW_E_CASE, 0, missing.data, _("Fill in a form (`certwipe case new`) and name it with --case. Checks must say \"yes\"."),
		       _("The policy \"%s\" asks for fields of the case that are not filled in: %s."), p->id, missing.data);
}

/* ---- writing ---- */

json_t *cw_case_json(const struct cw_case *c)
{
	json_t *out CW_AUTO_JSON = json_object();

	for (size_t i = 0; out && i < FIELD_COUNT; i++) {
		const char *value = value_of(c, i);

		if (*value && json_object_set_new(out, fields[i].key, json_string(value)) < 0)
			return NULL;
	}
	return json_incref(out);
}

static void template_field(struct cw_buf *out, const struct cw_case *c, const struct cw_policy *p, size_t i)
{
	cw_buf_printf(out, "\n# %s\n", _(explanations[i]));
	if (is_mandatory(p, i))
		cw_buf_printf(out, "# %s\n", _("This field must be filled in."));
	if (!is_text(i)) {
		cw_buf_str(out, "# ");
		cw_buf_printf(out, _("Write one of: %s"), fields[i].kind);
		cw_buf_str(out, "\n");
	}
	cw_buf_printf(out, "%s = %s\n", fields[i].key, value_of(c, i));
}

static void template_attestation(struct cw_buf *out, const struct cw_attestation *a)
{
	cw_buf_printf(out, "\n# %s\n[%s]\n", _("Only where nothing but a key is to be destroyed: what somebody vouches for with their name."), CRYPTO_ERASE);
	cw_buf_printf(out, "# %s\n%s = %s\n", _("Person who vouches for both of the following."), ATTESTED_BY, a->by);
	cw_buf_printf(out, "\n# %s\n%s = %s\n", _("Was all data encrypted before it came to the medium, or by it, from its first use on? Write yes or no."), FROM_FIRST_USE,
		      a->encrypted_from_first_use ? "yes" : "");
	cw_buf_printf(out, "\n# %s\n%s = %s\n", _("Is there no copy of the key, or of what leads to it, anywhere else? Write yes or no."), NO_COPIES, a->no_key_copies ? "yes" : "");
}

/* A value that the INI grammar bends (blanks at its ends, line ends) must not be lost on the way to the file. */
static int check_reads_back(const struct cw_buf *form, size_t from, const struct cw_case *filled, struct cw_error *err)
{
	struct cw_case back;
	int rc = cw_case_parse(_("case form"), form->data + from, form->len - from, &back, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		if (strcmp(value_of(&back, i), value_of(filled, i)) != 0)
			return cw_fail(err, CW_E_SYNTAX, 0, fields[i].key, _("Leave out blanks at either end, and line ends."),
				       _("The value of \"%s\" cannot stand in a case file as it is."), fields[i].key);
	}
	return CW_OK;
}

int cw_case_template(const struct cw_policy *p, const struct cw_case *filled, struct cw_buf *out, struct cw_error *err)
{
	static const struct cw_case empty;
	const struct cw_case *c = filled ? filled : &empty;
	size_t from = out->len;

	cw_buf_printf(out, "# %s\n# %s\n", _("Case: why this medium may be disposed of."), _("Write behind the \"=\". Lines that begin with \"#\" are explanations."));
	cw_buf_str(out, "# ");
	cw_buf_printf(out, _("Policy: %s (%s)"), p->title, p->id);
	cw_buf_str(out, "\n\n[case]\n");
	for (size_t i = 0; i < FIELD_COUNT; i++)
		template_field(out, c, p, i);
	template_attestation(out, &c->attestation);
	if (out->failed)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory while the case form was written."));
	return check_reads_back(out, from, c, err);
}
