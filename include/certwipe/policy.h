/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy: what shall be done to a medium and what may be claimed for it.  Pure functions over tables:
 *   schemes.def  overwrite schemes          levels.def  decision matrix (standards.md 8.2)
 *   caveats.def  sentences for documents    share/policy/<id>.policy  an organisation's rules
 */
#ifndef CERTWIPE_POLICY_H
#define CERTWIPE_POLICY_H

#include "certwipe/device.h"
#include "certwipe/technique.h"

/* ---- levels ---- */

enum cw_level { CW_LEVEL_NONE, CW_LEVEL_CLEAR, CW_LEVEL_PURGE, CW_LEVEL_DESTROY };
const char *cw_level_name(uint32_t level); /* "none", "clear", "purge", "destroy" */
int cw_level_of_name(const char *name);    /* -1 for a foreign one */

/* Column of the matrix that a standard uses. */
enum cw_column { CW_COLUMN_R1, CW_COLUMN_R2_2883 };

/* Conditions c1..c13 of standards.md 8.2 as bits: CW_C(1) .. CW_C(13). */
#define CW_C(n) (1u << (n))
#define CW_CONDITIONS_MAX 13

/*
 * One row of levels.def.  unconfirmed ("purge?"): the level wants a written policy, else the next lower one (none for clear? and destroy?).
 * arguable ("clear+?"): the level is safe; a higher one that some argue for is never claimed.
 */
struct cw_level_row {
	uint32_t class_;
	const char *technique;      /* matrix code */
	uint32_t r1, r2;            /* enum cw_level */
	bool r1_unconfirmed, r2_unconfirmed, r1_arguable, r2_arguable;
	uint32_t conditions;        /* bits CW_C(n) */
	const char *caveats;        /* "K1+K2", may be empty */
};
const struct cw_level_row *cw_level_row_get(uint32_t class_, const char *code); /* NULL: the combination reaches nothing */
const struct cw_level_row *cw_level_row_at(size_t index);                       /* in the order of levels.def; NULL behind the last */
/* What the row allows under a column; accept_unconfirmed: the policy accepts "?" levels in writing. */
uint32_t cw_level_of_row(const struct cw_level_row *row, enum cw_column column, bool accept_unconfirmed);
const char *cw_condition_text(unsigned n); /* through gettext, "" for a foreign number */
/* The matrix and the caveats as text (the exported copy in share/matrix), and its SHA-256, which every certificate carries. */
CW_MUST_CHECK int cw_matrix_export(struct cw_buf *csv, struct cw_error *err);
CW_MUST_CHECK int cw_matrix_sha256(char out[CW_SHA256_HEX], struct cw_error *err);

/* Caveat text by id ("K1"): en and zh_TW, fixed wording (not gettext: it is part of the evidence).  NULL for a foreign id or language. */
const char *cw_caveat_text(const char *id, const char *lang);

/* ---- schemes ---- */

enum cw_scheme_group { CW_SCHEME_RECOMMENDED, CW_SCHEME_REQUIRED, CW_SCHEME_HISTORIC };
/* passes: blanks between tokens.  "R" keystream, "~R" complement of the keystream pass before it, hex of 1 to 4 bytes in medium order ("00", "924924",
 * "E4FFFFFF"), "$1".."$9" a byte drawn once per run, "~$1" its complement. */
struct cw_scheme {
	const char *id, *name, *passes, *source, *status;
	enum cw_scheme_group group;
};
extern const struct cw_scheme cw_schemes[]; /* ends with id NULL */
const struct cw_scheme *cw_scheme_get(const char *id);
const char *cw_scheme_group_name(uint32_t group); /* "recommended", "required", "historic": the words of a policy file */
const char *cw_scheme_group_text(uint32_t group); /* heading for people, through gettext */

#define CW_PASSES_MAX 40
enum cw_pass_kind { CW_PASS_KEYSTREAM = 1, CW_PASS_COMPLEMENT, CW_PASS_PATTERN, CW_PASS_DRAWN, CW_PASS_DRAWN_COMPLEMENT };
struct cw_pass {
	uint32_t kind;
	uint8_t pattern[CW_PATTERN_MAX];
	uint32_t pattern_len;
	uint32_t slot; /* 1..9 of a drawn byte */
};
/* Number of passes, or a negative code for a malformed list (which a unit test keeps out of schemes.def). */
CW_MUST_CHECK int cw_scheme_passes(const char *passes, struct cw_pass out[CW_PASSES_MAX], struct cw_error *err);

/* ---- policies ---- */

/* When a running job stops by itself; 0: never. */
struct cw_stop_rules {
	uint32_t bad_blocks;          /* so many could not be written, or read, in one step */
	uint32_t rate_window_s;       /* for so long less than this was done a second */
	uint64_t least_bytes_per_s;
	uint32_t longest_s;           /* it has run for so long */
	uint32_t hottest_celsius;     /* the medium is hotter, where that can be read */
	uint32_t not_genuine;         /* 1: it was found to hold less than it reports */
};

struct cw_policy {
	char id[CW_NODE_MAX], title[CW_TEXT_MAX], standard[CW_TEXT_MAX], note[CW_TEXT_MAX]; /* standard: words for the certificate */
	char title_zh_tw[CW_TEXT_MAX]; /* "": none */
	char sha256[CW_SHA256_HEX]; /* of the file */
	uint32_t column;            /* enum cw_column */
	uint32_t accept_unconfirmed, accept_virtual, tmpfs_allowed, sample_allowed, labels_in_evidence, replug; /* 0 or 1 */
	uint32_t approval;          /* 1: nothing is released before somebody else than the operator has approved it */
	uint32_t signers;           /* bit per enum cw_role; 0: the station alone */
	char scheme_magnetic[CW_NODE_MAX], scheme_flash[CW_NODE_MAX]; /* defaults; "" : the person must name one */
	char scheme_small[CW_NODE_MAX]; /* for magnetic media of less than small_below_bytes; "": as scheme_magnetic */
	uint64_t small_below_bytes;
	uint32_t groups;            /* bit per enum cw_scheme_group; 0: the defaults and nothing else */
	char mandatory[CW_SERIAL_MAX]; /* case fields, blanks between */
	uint32_t wipe_closes_case;  /* 0: physical destruction must follow */
	uint32_t withdrawn_caveat;  /* 1: prints K17 */
	uint32_t silent_after_s;    /* a medium that completed no request for so long does not answer; 0: the default */
	uint32_t at_once;           /* media that may be worked on at the same time on one station; 0: any number */
	uint32_t key_first;         /* 1: a medium that sanitises itself changes its key before, where it has that in the same set of commands */
	uint32_t then_overwrite;    /* 1: a medium that sanitised itself is overwritten besides, and read back */
	uint32_t particle_level;    /* of ISO/IEC 21964, 1..7: the least that a destruction must reach; 0: any */
	struct cw_stop_rules stop;
};
/* Strict: unknown section or key, missing key, unknown scheme or standard: CW_E_SYNTAX with file and line. */
CW_MUST_CHECK int cw_policy_parse(const char *name, const char *text, size_t len, struct cw_policy *out, struct cw_error *err);
/* Looks for <id>.policy in each folder in turn (NULL-terminated list). id may only hold a-z 0-9 - _ . */
CW_MUST_CHECK int cw_policy_load(const char *const *folders, const char *id, struct cw_policy *out, struct cw_error *err);
/*
 * All policies there are, sorted by id, first folder wins; caller frees with json_decref: array of {"id","title","standard","note","file",["titleZhTW"]};
 * of one that cannot be read {"id","file","error"}.  NULL when out of memory.
 */
json_t *cw_policy_list(const char *const *folders);

/* ---- who signs ---- */

enum cw_role { CW_ROLE_STATION = 1, CW_ROLE_OPERATOR, CW_ROLE_WITNESS, CW_ROLE_APPROVER };
const char *cw_role_name(uint32_t role); /* "station", ... */
uint32_t cw_role_of_name(const char *name); /* 0: none */
/* A person who signs, as a certificate names him: subject's common name, and serial number as id where there is one. */
struct cw_signing_person { char cert_sha256[CW_SHA256_HEX], name[CW_TEXT_MAX], id[CW_TEXT_MAX]; };
/*
 * One certificate, one id, or one name where not both have an id: the same person, however many certificates he has.  Names are compared without regard to the case of letters and the
 * number of blanks.
 */
bool cw_is_same_person(const struct cw_signing_person *a, const struct cw_signing_person *b);

/* ---- case: why this medium may be disposed of (design section 3) ---- */

/* X(field, key in the INI file and in JSON, kind): kind is text, or the permitted words. */
#define CW_CASE_FIELDS(X) \
	X(approval_number, "approvalNumber", "text") X(unit, "unit", "text") X(custodian, "custodian", "text") X(asset_tag, "assetTag", "text") \
	X(classification, "classification", "text") X(personal_data, "personalData", "yes|no|unknown") X(record_relation, "recordRelation", "original|copy|none") \
	X(backed_up, "backedUp", "yes|no|unknown") X(backup_location, "backupLocation", "text") X(retention_checked, "retentionChecked", "yes|no") \
	X(hold_checked, "holdChecked", "yes|no") X(place, "place", "text") X(operator_name, "operator", "text") X(witnesses, "witnesses", "text") \
	X(planned_fate, "plannedFate", "reuse-internal|reuse-external|recycle|return-vendor|destroy|other") X(source, "source", "text") X(note, "note", "text")
/* What a named person vouches for, where a key is all that is destroyed (standards.md 1.4). */
struct cw_attestation {
	char by[CW_TEXT_MAX];
	uint32_t encrypted_from_first_use, no_key_copies; /* 0 or 1 */
};
struct cw_case {
#define X(field, key, kind) char field[CW_TEXT_MAX];
	CW_CASE_FIELDS(X)
#undef X
	struct cw_attestation attestation;
	struct cw_signing_person operator_, witness; /* who will sign; cert_sha256 "": nobody is named */
};
bool cw_is_attested(const struct cw_attestation *a); /* all of it, and by somebody */
/*
 * INI, a section [case], and if need be a section [crypto-erase]; unknown key, bad word, over-long value: CW_E_SYNTAX with the line.  An empty value is a field that is
 * not set.
 */
CW_MUST_CHECK int cw_case_parse(const char *name, const char *text, size_t len, struct cw_case *out, struct cw_error *err);
/*
 * CW_E_CASE names every mandatory field that is missing.  A mandatory check (kind yes|no) must have been made: "no" counts as missing.
 * Where recordRelation is mandatory, an original record needs a witness too (standards.md section 9).
 */
CW_MUST_CHECK int cw_case_check(const struct cw_case *c, const struct cw_policy *p, struct cw_error *err);
/* A part of it: who must sign is named, and nobody else; CW_E_REFUSED: the same person in two roles. */
CW_MUST_CHECK int cw_case_check_signers(const struct cw_case *c, const struct cw_policy *p, struct cw_error *err);
json_t *cw_case_json(const struct cw_case *c); /* set fields only */
CW_MUST_CHECK int cw_case_template(const struct cw_policy *p, const struct cw_case *filled, struct cw_buf *out, struct cw_error *err); /* INI text with comments; mandatory ones marked */

/* ---- physical destruction: what was done to a medium, and what may be claimed for it (destruction.c, destruction_rules.c, destruction_json.c), pure ---- */

enum cw_destruction_method {
	CW_DESTROY_UNNAMED,
#define METHOD(name, word, code, measure, paragraph) CW_DESTROY_##name,
#include "../../src/policy/destruction.def"
#undef METHOD
	CW_DESTROY_COUNT
};
const char *cw_destruction_method_name(uint32_t method); /* "shred"; "" for a foreign one */
uint32_t cw_destruction_method_of_name(const char *word); /* CW_DESTROY_UNNAMED for a foreign one */

/* X(field, key in the INI file, key in JSON): text that may be missing. */
#define CW_DESTRUCTION_TEXTS(X) \
	X(machine, "machine", "machine") X(machine_serial, "machine-serial", "machineSerial") X(contractor, "contractor", "contractor") \
	X(contractor_document, "contractor-document", "contractorDocument") X(standard, "standard", "standard") X(particle_level, "particle-level", "particleLevel") \
	X(field_verified, "field-verified", "fieldVerified") X(place, "place", "place") X(operator_name, "operator", "operator") \
	X(waste_manifest, "waste-manifest", "wasteManifest") X(note, "note", "note")
/* Whole numbers that may be missing (0). */
#define CW_DESTRUCTION_NUMBERS(X) \
	X(field_oersted, "field-oersted", "fieldOersted") X(coercivity_oersted, "coercivity-oersted", "coercivityOersted") X(weight_grams, "weight-grams", "weightGrams") \
	X(count, "count", "count") X(statutory_method, "statutory-method", "statutoryMethod") X(low_category, "low-category", "lowCategory")
#define CW_DESTROYED_MAX 100000u /* media of one record */
#define CW_ITEMS_MAX 500u        /* of them listed one by one */
struct cw_destruction {
	uint32_t method; /* enum cw_destruction_method */
#define X(field, key, json) char field[CW_TEXT_MAX];
	CW_DESTRUCTION_TEXTS(X)
#undef X
#define X(field, key, json) uint32_t field;
	CW_DESTRUCTION_NUMBERS(X) /* low_category: 1: of the lowest security category only */
#undef X
	uint64_t particle_um2;   /* the largest particles, in square micrometres; 0: not stated */
	char started[CW_NODE_MAX], ended[CW_NODE_MAX]; /* UTC; as they were typed until somebody who knows the time zone has made them so */
};
/* A medium that is described by hand. */
struct cw_label { uint32_t class_; char vendor[CW_TEXT_MAX], model[CW_TEXT_MAX], serial[CW_TEXT_MAX], enclosure_serial[CW_TEXT_MAX]; };
#define CW_PHOTOS_MAX 9
struct cw_destruction_form {
	struct cw_destruction record;
	struct cw_label label;
	char photos[CW_PHOTOS_MAX][CW_SERIAL_MAX]; /* paths, in order; "": none */
};
/* Sections [destruction] and, for a medium that is described by hand, [medium].  CW_E_SYNTAX names the line. */
CW_MUST_CHECK int cw_destruction_parse(const char *name, const char *text, size_t len, struct cw_destruction_form *out, struct cw_error *err);
/* One value as it stands in a file: CW_E_SYNTAX when it is none for this key. */
CW_MUST_CHECK int cw_destruction_set(struct cw_destruction *d, const char *key, const char *value, struct cw_error *err);
bool cw_destruction_has(const struct cw_destruction *d, const char *key);
/* Is it asked for with this method, and what else is known by then? */
bool cw_destruction_wants(const struct cw_destruction *d, const char *key);
/* What is missing or contradicts itself: CW_E_CASE, CW_E_SYNTAX.  now_unix_s: nothing ends later.  Fills what follows from the rest (statutory_method). */
CW_MUST_CHECK int cw_destruction_check(struct cw_destruction *d, int64_t now_unix_s, struct cw_error *err);
CW_MUST_CHECK int cw_destruction_check_times(const struct cw_destruction *d, int64_t now_unix_s, struct cw_error *err); /* of that, the times only */
/* What does nothing to such a medium is not put on record: CW_E_POLICY says why. */
CW_MUST_CHECK int cw_destruction_refuse(uint32_t class_, const struct cw_destruction *d, struct cw_error *err);
json_t *cw_destruction_json(const struct cw_destruction *d); /* set fields only */
CW_MUST_CHECK int cw_destruction_of_json(const json_t *j, struct cw_destruction *out, struct cw_error *err); /* strict */

/* The largest particle of a level of ISO/IEC 21964 (1..7) in square micrometres for this class of media (standards.md 6.1); 0: the level has no such figure. */
uint64_t cw_particle_limit_um2(uint32_t class_, uint32_t level);
struct cw_destruction_terms {
	uint32_t class_, column, accept_unconfirmed; /* of the medium and the policy */
	uint32_t particle_level;                     /* the least that the policy asks for, 1..7; 0: any */
	uint32_t virtual_;
};
struct cw_destruction_judgement {
	uint32_t level;       /* that the destruction by itself reaches */
	bool is_second_step;  /* it completes a wipe: carried out as it should be, whatever it is worth alone */
	char caveats[CW_TEXT_MAX];
	const char *reason;   /* msgid: why no level; NULL: there is one */
	uint32_t n;
	struct { uint32_t number; bool holds; const char *why; /* msgid */ } conditions[4];
};
void cw_destruction_judge(const struct cw_destruction_terms *t, const struct cw_destruction *d, bool witnessed, struct cw_destruction_judgement *out);

/* ---- plan ---- */

/* What the person asked for.  "" or 0: as the policy says. */
struct cw_wish {
	char scheme[CW_NODE_MAX], technique[CW_NODE_MAX];
	uint32_t level;  /* enum cw_level: the least that must be reachable; NONE: whatever is */
	uint32_t sample; /* 1: --verify sample */
	uint32_t replug; /* 1: --replug */
	uint32_t veracrypt; /* 1: --veracrypt: what is not recognised on the medium is a VeraCrypt volume */
	uint32_t attested; /* 1: the case holds a whole attestation (cw_is_attested) */
	uint32_t allow_unconfirmed; /* 1: --allow-unconfirmed */
	uint32_t whole_drive; /* 1: --whole-drive */
};

#define CW_STEPS_MAX (2 * CW_PASSES_MAX)
#define CW_REJECTED_MAX 24
#define CW_SCHEME_NONE "none"
struct cw_plan_step {
	uint32_t kind; /* enum cw_step_kind */
	uint32_t pass; /* 1-based number of the write pass; 0: of none, as what is */
	struct cw_pass what;
	char reason[CW_TEXT_MAX]; /* through gettext in the front only: here the English msgid */
};
struct cw_plan {
	char policy[CW_NODE_MAX], policy_sha256[CW_SHA256_HEX], standard[CW_TEXT_MAX];
	uint32_t column, accept_unconfirmed;
	char scheme[CW_NODE_MAX], technique[CW_NODE_MAX], code[CW_NODE_MAX]; /* scheme: CW_SCHEME_NONE where nothing is overwritten; code: matrix code that gives the level */
	char first[CW_NODE_MAX];            /* a native technique that is carried out before; "": none */
	uint32_t class_, level, conditions; /* level that it can reach; conditions: bits it hangs on */
	char caveats[CW_TEXT_MAX];          /* "K1+K2" */
	char identity_sha256[CW_SHA256_HEX];
	uint64_t size_bytes;  /* that are to be sanitised: all that there are */
	uint64_t shown_bytes; /* that the medium shows beforehand, where a hidden area is opened first; else 0 */
	uint64_t recorded_bytes; /* of a disc that is recorded in sequence, or formatted: its size beforehand, which that changes; size_bytes is all that it could hold.  Else 0 */
	uint32_t logical_bytes;
	uint64_t expected_seconds; /* from a nominal rate of the class: a guess, said to be one */
	uint32_t n_steps, n_passes;
	struct cw_plan_step steps[CW_STEPS_MAX];
	uint32_t n_rejected;
	struct { char what[CW_NODE_MAX]; char why[CW_TEXT_MAX]; } rejected[CW_REJECTED_MAX];
	struct cw_keys keys;       /* what the steps on keys are about, in whole sectors; nothing where there are none.  why of volumes is empty */
	uint32_t wipe_closes_case;
	uint32_t unconfirmed; /* 1: something about the technique nobody has confirmed, and that was allowed */
	uint32_t n_others;    /* namespaces of the drive that die with the medium, as was allowed */
	struct cw_nvme_namespace others[CW_OTHERS_MAX];
	uint32_t replug; /* 1: between writing and reading back it is to be unplugged and plugged in, so that nothing is read from its cache */
	/* Of a disc, which says nothing that the next one in the drive would not say too: of boot id and disk sequence number, which change with the disc.  "": of no disc, or not told. */
	char attachment_sha256[CW_SHA256_HEX];
};
/*
 * Pure: same medium, capabilities, policy and wish give the same plan.  c: what the medium can do by itself, NULL where it was not asked.  Refusals (CW_E_VIRTUAL, CW_E_WRITE_ONCE, CW_E_READ_ONLY, CW_E_NO_MEDIUM, CW_E_SECTOR_SIZE (520/524: "needs a native
 * format first"), CW_E_POLICY for a scheme or level that policy or medium does not give) say what to do next.
 */
CW_MUST_CHECK int cw_plan_make(const struct cw_medium *m, const struct cw_capabilities *c, const struct cw_policy *p, const struct cw_wish *w, struct cw_plan *out,
			       struct cw_error *err);
/* Its size as it was authorised, while the job changes it, if that is one that does: the rest of its identity tells it. */
bool cw_plan_resizes(const struct cw_plan *p); /* is it such a plan? */
void cw_plan_settle_size(const struct cw_plan *p, struct cw_medium *m);
/* The medium as it is after its hidden area was opened, or as it is. */
void cw_plan_opened(const struct cw_plan *p, const struct cw_medium *m, struct cw_medium *out);
/* The same for a medium of which it is known what is on it: the keys of encrypted volumes are destroyed first, or, where that is wished for, alone. */
CW_MUST_CHECK int cw_plan_make_on(const struct cw_medium *m, const struct cw_capabilities *c, const struct cw_contents *contents, const struct cw_policy *p,
				  const struct cw_wish *w, struct cw_plan *out, struct cw_error *err);
bool cw_plan_destroys_only_keys(const struct cw_plan *p);
uint64_t cw_plan_step_bytes(const struct cw_plan *p, uint32_t kind); /* cw_step_bytes(), or of the keys */
/* Whose command a NATIVE step is, whose plan another; step is 1-based. */
const struct cw_technique *cw_plan_technique(const struct cw_plan *p, uint32_t step);
/* The commands of all its NATIVE steps, as cw_native_rehearse() has them.  NULL when out of memory. */
json_t *cw_plan_rehearse(const struct cw_plan *p, const struct cw_nvme_target *target, const struct cw_native_use *given);
/* certwipe/plan/1.  Its canonical SHA-256 is what gets authorised. */
json_t *cw_plan_json(const struct cw_plan *p);
/* Strict: every key, type and bound; for journals and --plan files. */
CW_MUST_CHECK int cw_plan_of_json(const json_t *j, struct cw_plan *out, struct cw_error *err);
CW_MUST_CHECK int cw_plan_digest(const struct cw_plan *p, char out[CW_SHA256_HEX], struct cw_error *err);

#endif
