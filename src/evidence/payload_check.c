/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hand-written twin of share/schema/evidence-1.schema.json, because Debian has no validator in C worth trusting, and the rules between fields that make
 * a document a lie when broken.  A unit test keeps twin and schema together.
 */
#include "destruction.h"
#include "payload_parts.h"

#include <string.h>

enum kind { UINT, BOOL, TEXT, HEX, WORD, OUTCOME, TIME, UUID, NUMBERED, OBJECT, LIST };

struct rule {
	const char *key; /* NULL ends a list */
	enum kind kind;
	bool optional;
	uint64_t min, max;     /* HEX: bytes; TEXT: characters, max 0: 256; LIST: items, max 0: no bound */
	const char *words;     /* WORD: "a|b"; NUMBERED: the letter before the number */
	const struct rule *of; /* OBJECT, LIST: keys of the object or of each item */
};

#define UINT_(k) { .key = k, .kind = UINT }
#define BOOL_(k) { .key = k, .kind = BOOL }
#define TEXT_(k) { .key = k, .kind = TEXT }
#define TIME_(k) { .key = k, .kind = TIME }
#define SHA_(k) { .key = k, .kind = HEX, .min = CW_SHA256_BYTES, .max = CW_SHA256_BYTES }
#define WORD_(k, w) { .key = k, .kind = WORD, .words = w }
#define OBJECT_(k, f) { .key = k, .kind = OBJECT, .of = f }
#define LIST_(k, lo, hi, f) { .key = k, .kind = LIST, .min = lo, .max = hi, .of = f }
#define OPT_LIST(k, lo, hi, f) { .key = k, .kind = LIST, .optional = true, .min = lo, .max = hi, .of = f }
#define OPT_UINT(k) { .key = k, .kind = UINT, .optional = true }
#define OPT_BOOL(k) { .key = k, .kind = BOOL, .optional = true }
#define OPT_TEXT(k) { .key = k, .kind = TEXT, .optional = true }
#define OPT_TIME(k) { .key = k, .kind = TIME, .optional = true }
#define OPT_HEX(k, lo, hi) { .key = k, .kind = HEX, .optional = true, .min = lo, .max = hi }
#define OPT_WORD(k, w) { .key = k, .kind = WORD, .optional = true, .words = w }
#define OPT_OBJECT(k, f) { .key = k, .kind = OBJECT, .optional = true, .of = f }
#define END_ { .key = NULL }

static const struct rule both[] = { TEXT_("en"), TEXT_("zh_TW"), END_ };
static const struct rule organisation[] = { TEXT_("name"), TEXT_("unit"), TEXT_("station"), END_ };
static const struct rule signing_person[] = { TEXT_("name"), OPT_TEXT("id"), END_ };
static const struct rule signatory[] = { WORD_("role", "station|operator|witness"), SHA_("certSha256"), OPT_OBJECT("person", signing_person), END_ };
static const struct rule started[] = { TEXT_("origin"), UINT_("size"), SHA_("root"), END_ };
static const struct rule register_[] = { TEXT_("origin"), UINT_("previousSize"), SHA_("previousRoot"), OPT_HEX("noteKeyHex", 32, 32), OPT_OBJECT("started", started),
					 END_ };
static const struct rule supersedes[] = { TEXT_("certificateId"), SHA_("sha256"), TEXT_("reason"), END_ };
static const struct rule person[] = { UINT_("uid"), TEXT_("name"), END_ };
static const struct rule tool[] = { TEXT_("name"), TEXT_("version"), SHA_("buildSha256"), END_ };
static const struct rule host[] = { TEXT_("machineId"), TEXT_("kernel"),          TEXT_("bootId"), TEXT_("stateType"), BOOL_("statePersistent"),
				    BOOL_("journalPreallocated"), END_ };
static const struct rule clock_[] = { TEXT_("source"), BOOL_("synchronised"), UINT_("maxErrorMs"), UINT_("backwardJumps"), WORD_("assurance", "station-clock-only"),
				      END_ };
static const struct rule policy[] = { TEXT_("id"), SHA_("sha256"), BOOL_("wipeClosesCase"), END_ };
static const struct rule case_[] = {
#define X(field, key, kind) TEXT_(key),
	CW_CASE_FIELDS(X)
#undef X
	END_
};
static const struct rule authorisation[] = { WORD_("method", "serial|asset-tag|replug|list"), TEXT_("number"), OPT_HEX("listSha256", CW_SHA256_BYTES, CW_SHA256_BYTES),
					     SHA_("planSha256"), SHA_("identitySha256"), TIME_("at"), OBJECT_("by", person), UINT_("line"), END_ };
static const struct rule refusal[] = { TEXT_("code"), TEXT_("message"), TIME_("at"), UINT_("line"), END_ };
static const struct rule hidden_area[] = { WORD_("state", "unknown|none|present|opened"), OPT_UINT("bytes"), OPT_TEXT("why"), OPT_UINT("line"), END_ };
static const struct rule content[] = { OPT_UINT("number"), OPT_UINT("offsetBytes"), OPT_UINT("sizeBytes"), OPT_TEXT("table"), OPT_TEXT("type"), OPT_TEXT("usage"),
				       OPT_TEXT("label"), OPT_TEXT("uuid"), OPT_TEXT("partType"), OPT_TEXT("why"), END_ };
static const struct rule health_counts[] = { OPT_UINT("reallocatedSectors"), OPT_UINT("pendingSectors"), OPT_UINT("uncorrectableSectors"), OPT_UINT("percentageUsed"),
					     OPT_UINT("powerOnHours"), OPT_UINT("mediaErrors"), END_ };
static const struct rule medium_health[] = { OBJECT_("before", health_counts), OBJECT_("after", health_counts), BOOL_("worse"), UINT_("line"), END_ };
static const struct rule medium_fields[] = {
	TEXT_("class"), WORD_("mediaType", "hdd|ssd|nvme|usb_flash|sd|emmc|optical|other"), TEXT_("transport"), TEXT_("vendor"), TEXT_("model"), TEXT_("firmware"),
	{ .key = "serial", .kind = TEXT, .max = CW_SERIAL_CHARACTERS_MAX }, TEXT_("serialSource"), WORD_("serialQuality", "none|weak|good"), OPT_TEXT("serialWhy"),
	OPT_TEXT("wwn"), OPT_TEXT("cid"), OPT_TEXT("usbVidPid"), OPT_TEXT("bridgeSerial"), UINT_("capacityBytes"), OPT_UINT("shownBytes"), UINT_("logicalBlockBytes"),
	UINT_("physicalBlockBytes"), BOOL_("virtual"), OBJECT_("hiddenArea", hidden_area), SHA_("identitySha256"), TEXT_("node"), TEXT_("port"),
	LIST_("contentsBefore", 0, CW_CONTENTS_MAX, content), OPT_OBJECT("health", medium_health), END_
};
static const struct rule condition[] = { { .key = "rule", .kind = NUMBERED, .words = "c" }, BOOL_("satisfied"), TEXT_("why"), UINT_("line"), END_ };
static const struct rule sanitization[] = { WORD_("levelClaimed", "none|clear|purge|destroy"), TEXT_("technique"), TEXT_("scheme"), TEXT_("standard"),
					    SHA_("planSha256"), UINT_("passes"), OPT_BOOL("unconfirmed"), LIST_("levelBasis", 0, CW_CONDITIONS_MAX, condition), END_ };
#define WRITTEN_ \
	UINT_("n"), WORD_("kind", "keystream|keystream-complement|pattern"), OPT_HEX("patternHex", 1, CW_PATTERN_MAX), OPT_UINT("keystreamPass")
#define COURSE_ \
	UINT_("step"), UINT_("attempts"), BOOL_("complete"), OPT_TIME("startedAt"), OPT_TIME("endedAt"), OPT_UINT("elapsedMs"), OPT_UINT("line")
static const struct rule pass[] = { WRITTEN_, UINT_("reachedBytes"), UINT_("badBytes"), COURSE_, END_ };
static const struct rule keystream_pass[] = { WRITTEN_, END_ };
static const struct rule keystream[] = { WORD_("cipher", "AES-256-CTR"), { .key = "keyHex", .kind = HEX, .min = CW_KEY_BYTES, .max = CW_KEY_BYTES },
					 WORD_("counter", "be64(pass) || be64(byte offset / 16)"), LIST_("passes", 0, CW_PASSES_MAX, keystream_pass), END_ };
static const struct rule reading[] = { UINT_("pass"), WORD_("method", "full|sample"), UINT_("comparedBytes"), UINT_("unreadableBytes"), UINT_("mismatchBytes"), COURSE_,
				       END_ };
#define REQUEST_ WORD_("set", "scsi|nvme|mmc"), { .key = "requestHex", .kind = HEX, .min = 1, .max = CW_REQUEST_MAX }
static const struct rule native_command[] = { REQUEST_, OPT_HEX("answerHex", 1, CW_ANSWER_MAX), OPT_HEX("dataInHex", 0, CW_HEARD_DATA_MAX),
					      OPT_HEX("dataOutHex", 0, CW_HEARD_DATA_MAX), OPT_UINT("errno"), TIME_("at"), UINT_("line"), END_ };
static const struct rule native_markers[] = { UINT_("bytes"), BOOL_("written"), BOOL_("readBack"), OPT_UINT("line"), END_ };
static const struct rule native_look[] = { WORD_("method", "full|markers|sample"), UINT_("lookedBytes"), UINT_("unreadableBytes"), UINT_("zerosBytes"), UINT_("onesBytes"),
					   UINT_("uniformBytes"), UINT_("patternBytes"), UINT_("randomBytes"), UINT_("otherBytes"), UINT_("markerBytes"), UINT_("errorBytes"),
					   UINT_("notAllowedBytes"), COURSE_, END_ };
static const struct rule native_attestation[] = { TEXT_("name"), BOOL_("encryptedFromFirstUse"), BOOL_("noKeyCopies"), OBJECT_("by", person), TIME_("at"), UINT_("line"),
						  END_ };
static const struct rule native_password[] = { TEXT_("passwordText"), BOOL_("cleared"), UINT_("line"), OPT_UINT("clearedLine"), END_ };
static const struct rule native_other[] = { UINT_("namespace"), UINT_("sizeBytes"), OPT_TEXT("node"), END_ };
#define TOLD_ \
	TEXT_("feature"), OPT_TEXT("says"), WORD_("state", "not-sent|busy|sent|running|succeeded|failed|refused"), UINT_("commands"), \
		OPT_OBJECT("submitted", native_command), OPT_OBJECT("ended", native_command), COURSE_
static const struct rule native_first[] = { TOLD_, END_ };
static const struct rule native_[] = { TOLD_, OPT_OBJECT("first", native_first), OBJECT_("markers", native_markers),
				      LIST_("looks", 0, 2, native_look), OPT_OBJECT("attestation", native_attestation), OPT_OBJECT("password", native_password),
				      OPT_LIST("alsoErased", 1, CW_OTHERS_MAX, native_other), END_ };
static const struct rule key_volume[] = { WORD_("kind", "luks1|luks2|bitlocker|veracrypt"), UINT_("number"), UINT_("offsetBytes"), UINT_("sizeBytes"), END_ };
static const struct rule key_span[] = { UINT_("offsetBytes"), UINT_("lengthBytes"), END_ };
static const struct rule key_step[] = { UINT_("doneBytes"), UINT_("badBytes"), UINT_("mismatchBytes"), COURSE_, END_ };
static const struct rule keys_[] = { BOOL_("alone"), UINT_("bytes"), LIST_("volumes", 1, CW_VOLUMES_MAX, key_volume), LIST_("spans", 1, CW_SPANS_MAX, key_span),
				     UINT_("keystreamPass"), OBJECT_("written", key_step), OBJECT_("readBack", key_step), OPT_OBJECT("attestation", native_attestation), END_ };
static const struct rule first_mismatch[] = { UINT_("offsetBytes"), WORD_("class", "zeros|ones|uniform|other-offset|other-pass|foreign"), UINT_("writtenPass"),
					      UINT_("writtenOffsetBytes"), UINT_("line"), END_ };
static const struct rule mismatches[] = { UINT_("zerosBytes"), UINT_("onesBytes"), UINT_("uniformBytes"), UINT_("otherOffsetBytes"), UINT_("otherPassBytes"),
					 UINT_("foreignBytes"), UINT_("line"), END_ };
static const struct rule not_genuine[] = { UINT_("claimedBytes"), UINT_("realBytes"), BOOL_("exact"), WORD_("how", "wrap|alias|drop"), UINT_("line"),
					  OBJECT_("words", both), END_ };
static const struct rule probe[] = { UINT_("offsetBytes"), WORD_("class", "zeros|ones|uniform|other-offset|other-pass|foreign"), UINT_("writtenOffsetBytes"), END_ };
static const struct rule spot_check[] = { UINT_("step"), UINT_("probes"), UINT_("differing"), UINT_("line"), LIST_("found", 1, 16, probe), END_ };
static const struct rule verification_fields[] = {
	WORD_("method", "full|sample|look|look-sample|keys"), WORD_("result", "pass|fail|incomplete|not-done"), UINT_("coverageBytes"), UINT_("mismatchBytes"), UINT_("unverifiedBytes"),
	UINT_("unwrittenBytes"), WORD_("verifier", "same_host"), OPT_BOOL("unpluggedBefore"), OPT_WORD("reloadedBy", "drive|person"), OPT_UINT("sampleWindows"), OPT_UINT("sampleBytes"), OPT_HEX("sampleSeedHex", 32, 32),
	OPT_OBJECT("firstMismatch", first_mismatch), OPT_OBJECT("mismatches", mismatches), LIST_("readings", 0, CW_STEPS_MAX, reading), END_
};
static const struct rule validation[] = { WORD_("decision", "awaiting"), OPT_BOOL("required"), END_ };
static const struct rule exception[] = { UINT_("offsetBytes"), UINT_("lengthBytes"), WORD_("reason", "not-written|not-read|mismatch"), OPT_UINT("errno"), END_ };
static const struct rule stop_rule[] = { TEXT_("name"), UINT_("limit"), UINT_("found"), OPT_UINT("windowSeconds"), END_ };
static const struct rule interruption[] = {
	WORD_("event", "stopped|lost|resumed|closed|registered"), TIME_("at"), UINT_("line"), OPT_TEXT("what"), OPT_TEXT("message"), OPT_TEXT("reason"), OPT_TEXT("bootId"),
	OPT_TEXT("origin"), OPT_TEXT("by"), OPT_UINT("step"), OPT_UINT("watermarkBytes"), OPT_UINT("fromBytes"), OPT_UINT("checkedBytes"), OPT_BOOL("droppedTail"),
	OPT_OBJECT("rule", stop_rule), END_
};
static const struct rule support[] = { TEXT_("claim"), BOOL_("holds"), UINT_("line"), END_ };
static const struct rule verdict_fields[] = { { .key = "result", .kind = OUTCOME }, WORD_("level", "none|clear|purge|destroy"), TEXT_("reason"),
				       LIST_("support", 1, 16, support), END_ };
static const struct rule caveat[] = { { .key = "id", .kind = NUMBERED, .words = "K" }, TEXT_("en"), TEXT_("zh_TW"), END_ };
static const struct rule limit[] = { TEXT_("id"), TEXT_("en"), TEXT_("zh_TW"), END_ };
static const struct rule document[] = {
	WORD_("schema", "certwipe/evidence/1"), WORD_("type", CW_TYPE_CERTIFICATE "|" CW_TYPE_REPORT), WORD_("version", "1.0"),
	{ .key = "certificateId", .kind = TEXT, .max = CW_NODE_MAX - 1 }, { .key = "uuid", .kind = UUID }, TIME_("issuedAt"), SHA_("matrixSha256"), BOOL_("laboratory"),
	OBJECT_("title", both), OBJECT_("organisation", organisation), LIST_("signatories", 1, 3, signatory), OBJECT_("register", register_),
	OPT_OBJECT("supersedes", supersedes), { .key = "jobId", .kind = TEXT, .max = CW_JOB_ID_MAX - 1 }, TIME_("startedAt"), TIME_("endedAt"), SHA_("journalSha256"),
	UINT_("journalLines"), OBJECT_("operator", person), OBJECT_("tool", tool), OBJECT_("host", host), OBJECT_("clock", clock_), OBJECT_("policy", policy),
	OBJECT_("case", case_), OPT_OBJECT("authorisation", authorisation), OPT_OBJECT("refusal", refusal), OBJECT_("medium", medium_fields),
	OBJECT_("sanitization", sanitization), OPT_OBJECT("native", native_), OPT_OBJECT("keys", keys_), LIST_("passes", 0, CW_PASSES_MAX, pass), OPT_OBJECT("keystream", keystream), OBJECT_("verification", verification_fields),
	OPT_OBJECT("spotCheck", spot_check), OPT_OBJECT("notGenuine", not_genuine),
	OBJECT_("validation", validation), LIST_("exceptions", 0, CW_EXTENTS_MAX, exception), LIST_("interruptions", 0, CW_INTERRUPTIONS_MAX, interruption),
	OBJECT_("verdict", verdict_fields), WORD_("outcome", "success|failed|aborted|not_attempted"), LIST_("caveats", 1, 63, caveat), LIST_("limits", 1, 16, limit),
	OBJECT_("nextStep", both), END_
};

/* What a person says about documents that there are already (statement.c). */
static const struct rule approver[] = { WORD_("role", "approver"), SHA_("certSha256"), OBJECT_("person", signing_person), END_ };
static const struct rule statement_register[] = { TEXT_("origin"), UINT_("previousSize"), SHA_("previousRoot"), END_ };
static const struct rule superseder[] = { { .key = "certificateId", .kind = TEXT, .max = CW_NODE_MAX - 1 }, SHA_("jsonSha256"), END_ };
static const struct rule stated_document[] = { { .key = "certificateId", .kind = TEXT, .max = CW_NODE_MAX - 1 }, SHA_("jsonSha256"), SHA_("p7sSha256"),
					       OPT_OBJECT("supersededBy", superseder), END_ };
static const struct rule statement[] = {
	WORD_("schema", "certwipe/statement/1"), WORD_("type", CW_TYPE_APPROVAL "|" CW_TYPE_WITHDRAWAL), WORD_("version", "1.0"), { .key = "uuid", .kind = UUID }, TIME_("issuedAt"),
	WORD_("decision", "approved|rejected|void|superseded"), TEXT_("reason"), OBJECT_("by", person), LIST_("signatories", 1, 1, approver), OBJECT_("register", statement_register),
	LIST_("documents", 1, CW_STATED_MAX, stated_document), END_
};

struct place {
	const struct place *up;
	const char *key; /* NULL: the document itself */
};

#include "payload_check_destruction.h"

/* ---- the interpreter ---- */

static int wrong(const struct place *at, struct cw_error *err)
{
	char path[CW_TEXT_MAX] = "", longer[CW_TEXT_MAX];
	for (; at && at->key; at = at->up) {
		int n = snprintf(longer, sizeof(longer), "%s%s%s", at->key, *path ? "." : "", path);
		if (n >= 0 && (size_t)n < sizeof(longer))
			memcpy(path, longer, (size_t)n + 1);
	}
	return cw_fail(err, CW_E_INVALID, 0, *path ? path : "document", NULL, _("The document is not in the form of its schema: the field \"%s\" is missing, or holds what may not stand there."),
		       *path ? path : "document");
}

static bool word_in(const char *word, const char *words)
{
	size_t len = strlen(word);
	if (strchr(words, ' ')) /* the one word with blanks and bars in it: no list */
		return strcmp(word, words) == 0;
	while (*words) {
		size_t n = strcspn(words, "|");
		if (n && n == len && memcmp(word, words, n) == 0)
			return true;
		words += n + (words[n] == '|');
	}
	return false;
}

static bool is_outcome(const char *word)
{
	for (uint32_t outcome = CW_NOT_SANITISED; outcome <= CW_SANITISED; outcome++)
		if (strcmp(word, cw_outcome_name(outcome)) == 0)
			return true;
	return false;
}

static bool hex_between(const char *s, uint64_t min_bytes, uint64_t max_bytes)
{
	size_t n = strlen(s);
	return n % 2 == 0 && n >= 2 * min_bytes && n <= 2 * max_bytes && strspn(s, "0123456789abcdef") == n;
}

static bool is_uuid(const char *s)
{
	for (size_t i = 0; i < 36; i++)
		if (!s[i] || (i == 8 || i == 13 || i == 18 || i == 23 ? s[i] != '-' : !strchr("0123456789abcdef", s[i])))
			return false;
	return !s[36];
}

static bool is_numbered(const char *s, char letter)
{
	size_t n = strlen(s);
	return n >= 2 && n <= 3 && s[0] == letter && s[1] != '0' && strspn(s + 1, "0123456789") == n - 1;
}

static bool string_fits(const struct rule *r, const json_t *value)
{
	const char *s = json_string_value(value);
	int64_t seconds;
	if (!s || strlen(s) != json_string_length(value))
		return false;
	switch (r->kind) {
	case HEX:
		return hex_between(s, r->min, r->max);
	case WORD:
		return word_in(s, r->words);
	case OUTCOME:
		return is_outcome(s);
	case TIME:
		return cw_time_parse(s, &seconds);
	case UUID:
		return is_uuid(s);
	case NUMBERED:
		return is_numbered(s, r->words[0]);
	default:
		return cw_payload_text_ok(s, r->max ? r->max : CW_TEXT_MAX);
	}
}

static int check_list(const json_t *list, const struct rule *r, const struct place *at, struct cw_error *err)
{
	size_t i, n = json_array_size(list);
	json_t *item;
	if (!json_is_array(list) || n < r->min || (r->max && n > r->max))
		return wrong(at, err);
	json_array_foreach(list, i, item) {
		int rc = check_object(item, r->of, at, err);
		if (rc)
			return rc;
	}
	return 0;
}

static int check_value(const json_t *value, const struct rule *r, const struct place *at, struct cw_error *err)
{
	switch (r->kind) {
	case UINT:
		return json_is_integer(value) && json_integer_value(value) >= 0 && json_integer_value(value) < INT64_C(1) << 53 ? 0 : wrong(at, err);
	case BOOL:
		return json_is_boolean(value) ? 0 : wrong(at, err);
	case OBJECT:
		return check_object(value, r->of, at, err);
	case LIST:
		return check_list(value, r, at, err);
	default:
		return string_fits(r, value) ? 0 : wrong(at, err);
	}
}

static bool is_known(const struct rule *rules, const char *key)
{
	for (; rules->key; rules++)
		if (strcmp(rules->key, key) == 0)
			return true;
	return false;
}

static int check_object(const json_t *object, const struct rule *rules, const struct place *at, struct cw_error *err)
{
	const char *key;
	json_t *value;
	if (!json_is_object(object))
		return wrong(at, err);
	for (const struct rule *r = rules; r->key; r++) {
		struct place below = { at, r->key };
		const json_t *found = json_object_get(object, r->key);
		int rc = found ? check_value(found, r, &below, err) : r->optional ? 0 : wrong(&below, err);
		if (rc)
			return rc;
	}
	json_object_foreach((json_t *)object, key, value) {
		struct place below = { at, key };
		if (!is_known(rules, key))
			return wrong(&below, err);
	}
	return 0;
}

/* ---- rules between fields ---- */

static int contradicts(struct cw_error *err, const char *field, const char *sentence)
{
	return cw_fail(err, CW_E_INVALID, 0, field, NULL, "%s", sentence);
}

static bool is(const json_t *object, const char *key, const char *word)
{
	return strcmp(cw_json_str(object, key, ""), word) == 0;
}

static bool all_satisfied(const json_t *list, const char *key)
{
	size_t i;
	json_t *item;
	json_array_foreach(list, i, item)
		if (!cw_json_bool(item, key, false))
			return false;
	return true;
}

/* A certificate says in several places that all went well: each of them must. */
static int check_success(const json_t *d, struct cw_error *err)
{
	const json_t *verification = json_object_get(d, "verification"), *verdict = json_object_get(d, "verdict");
	if (json_array_size(json_object_get(d, "exceptions")))
		return contradicts(err, "exceptions", _("The document claims success and lists exceptions."));
	if (!is(verification, "result", "pass") || cw_json_u64(verification, "mismatchBytes", 1) || cw_json_u64(verification, "unverifiedBytes", 1) ||
	    cw_json_u64(verification, "unwrittenBytes", 1))
		return contradicts(err, "verification", _("The document claims success without a verification that passed."));
	if (!is(verdict, "result", cw_outcome_name(CW_SANITISED)) || is(verdict, "level", "none"))
		return contradicts(err, "verdict", _("The document is a certificate without the verdict for one."));
	if (!all_satisfied(json_object_get(verdict, "support"), "holds"))
		return contradicts(err, "verdict.support", _("The document claims success and refutes a part of it."));
	if (!all_satisfied(json_object_get(json_object_get(d, "sanitization"), "levelBasis"), "satisfied"))
		return contradicts(err, "sanitization.levelBasis", _("The document claims a level whose conditions are not met."));
	if (!all_satisfied(json_object_get(d, "passes"), "complete") || !all_satisfied(json_object_get(verification, "readings"), "complete"))
		return contradicts(err, "passes", _("The document claims success although a pass is not complete."));
	if (json_object_get(d, "spotCheck"))
		return contradicts(err, "spotCheck", _("The document claims success although a first look found a difference."));
	if (json_object_get(d, "notGenuine"))
		return contradicts(err, "notGenuine", _("The document claims success on a medium that it calls not genuine."));
	if (!json_object_get(d, "authorisation") || !json_object_get(d, "keystream") || json_object_get(d, "refusal") ||
	    !json_object_get(json_object_get(d, "register"), "started"))
		return contradicts(err, "authorisation", _("The document claims success without authorisation, or without what was written."));
	return 0;
}

static bool has_succeeded(const json_t *told)
{
	return is(told, "state", "succeeded") && cw_json_bool(told, "complete", false) && json_object_get(told, "submitted") && json_object_get(told, "ended");
}

static int check_native_success(const json_t *native, struct cw_error *err)
{
	const json_t *markers = json_object_get(native, "markers"), *looks = json_object_get(native, "looks"), *look;
	size_t i;
	if (!has_succeeded(native) || (json_object_get(native, "first") && !has_succeeded(json_object_get(native, "first"))))
		return contradicts(err, "native.state", _("The document claims success of a command that did not succeed."));
	if (!cw_json_bool(markers, "written", false) || !cw_json_bool(markers, "readBack", false))
		return contradicts(err, "native.markers", _("The document claims success without markers that were read back."));
	if (json_object_get(native, "password") && !cw_json_bool(json_object_get(native, "password"), "cleared", false))
		return contradicts(err, "native.password", _("The document claims success of a drive whose password was not cleared."));
	if (!json_array_size(looks))
		return contradicts(err, "native.looks", _("The document claims success although nobody looked at what was left."));
	json_array_foreach(looks, i, look)
		if (!cw_json_bool(look, "complete", false) || cw_json_u64(look, "notAllowedBytes", 1) || cw_json_u64(look, "markerBytes", 1) ||
		    cw_json_u64(look, "otherBytes", 1) || cw_json_u64(look, "unreadableBytes", 1))
			return contradicts(err, "native.looks", _("The document claims success although something was left."));
	return 0;
}

static int check_keys_success(const json_t *keys, struct cw_error *err)
{
	const json_t *written = json_object_get(keys, "written"), *read = json_object_get(keys, "readBack");
	if (!cw_json_bool(written, "complete", false) || !cw_json_bool(read, "complete", false) || cw_json_u64(read, "mismatchBytes", 1) ||
	    cw_json_u64(written, "doneBytes", 0) != cw_json_u64(keys, "bytes", 1) || cw_json_u64(read, "doneBytes", 0) != cw_json_u64(keys, "bytes", 1))
		return contradicts(err, "keys", _("The document claims success although not all places of keys were overwritten and read back."));
	if (cw_json_bool(keys, "alone", false) && !json_object_get(keys, "attestation"))
		return contradicts(err, "keys.attestation", _("The document claims success by keys alone, and nobody vouches for what that is worth."));
	return 0;
}

/* Ascending, apart, on the medium, and as many bytes as is said. */
static int check_keys(const json_t *d, struct cw_error *err)
{
	const json_t *keys = json_object_get(d, "keys"), *span;
	uint64_t capacity = cw_json_u64(json_object_get(d, "medium"), "capacityBytes", 0), end = 0, sum = 0;
	size_t i;
	if (cw_json_bool(keys, "alone", false) != is(json_object_get(d, "verification"), "method", "keys"))
		return contradicts(err, "keys.alone", _("The document does not say clearly whether more than keys was destroyed."));
	json_array_foreach(json_object_get(keys, "spans"), i, span) {
		uint64_t from = cw_json_u64(span, "offsetBytes", UINT64_MAX), len = cw_json_u64(span, "lengthBytes", 0);
		if (!len || from < end || from > capacity || len > capacity - from)
			return contradicts(err, "keys.spans", _("The document tells of keys outside the medium, or twice at one place."));
		end = from + len;
		sum += len;
	}
	if (keys && sum != cw_json_u64(keys, "bytes", 0))
		return contradicts(err, "keys.bytes", _("The places of keys in the document do not add up."));
	return 0;
}

static int check_report(const json_t *d, struct cw_error *err)
{
	const json_t *verdict = json_object_get(d, "verdict");
	if (is(d, "outcome", "success") || is(verdict, "result", cw_outcome_name(CW_SANITISED)) || !is(verdict, "level", "none"))
		return contradicts(err, "outcome", _("The document is a report and claims success."));
	return 0;
}

static int check_level(const json_t *d, struct cw_error *err)
{
	const json_t *claim = json_object_get(d, "sanitization");
	const char *level = cw_json_str(claim, "levelClaimed", "");
	bool host_only = !json_object_get(d, "native");
	if (!is(json_object_get(d, "verdict"), "level", level))
		return contradicts(err, "sanitization.levelClaimed", _("The document claims another level than its verdict gives."));
	if (host_only && (strcmp(level, "purge") == 0 || strcmp(level, "destroy") == 0))
		return contradicts(err, "sanitization.levelClaimed", _("The document claims more than Clear for an overwrite."));
	return 0;
}

static int check_exceptions(const json_t *list, uint64_t capacity, struct cw_error *err)
{
	size_t i;
	json_t *item;
	json_array_foreach(list, i, item) {
		uint64_t offset = cw_json_u64(item, "offsetBytes", UINT64_MAX), len = cw_json_u64(item, "lengthBytes", 0);
		if (!len || offset > capacity || len > capacity - offset)
			return contradicts(err, "exceptions", _("The document lists an exception outside the medium."));
	}
	return 0;
}

static int check_bounds(const json_t *d, struct cw_error *err)
{
	const json_t *medium = json_object_get(d, "medium"), *verification = json_object_get(d, "verification");
	uint64_t capacity = cw_json_u64(medium, "capacityBytes", 0), covered = cw_json_u64(verification, "coverageBytes", UINT64_MAX);
	if (covered > capacity)
		return contradicts(err, "verification.coverageBytes", _("The document says that more was read back than the medium holds."));
	if (is(d, "type", CW_TYPE_CERTIFICATE) && (is(verification, "method", "full") || is(verification, "method", "look")) && covered != capacity)
		return contradicts(err, "verification.coverageBytes", _("The document claims a full read-back that did not reach the whole medium."));
	if (json_object_get(d, "notGenuine") && (cw_json_u64(json_object_get(d, "notGenuine"), "claimedBytes", 0) != capacity ||
						 cw_json_u64(json_object_get(d, "notGenuine"), "realBytes", capacity) >= capacity))
		return contradicts(err, "notGenuine", _("The document calls a medium not genuine that holds what it reports."));
	if (cw_json_bool(medium, "virtual", false) != cw_json_bool(d, "laboratory", false))
		return contradicts(err, "laboratory", _("The document hides, or invents, that its medium is virtual."));
	return check_exceptions(json_object_get(d, "exceptions"), capacity, err);
}

/* The station first, and then people, in the order of their roles and each in one. */
static int check_signatories(const json_t *d, struct cw_error *err)
{
	struct cw_signatories s;
	cw_signatories_of(d, &s);
	for (uint32_t i = 0; i < s.n; i++) {
		const json_t *who = json_object_get(json_array_get(json_object_get(d, "signatories"), i), "person");
		if (i == 0 ? s.at[i].role != CW_ROLE_STATION || who : s.at[i].role <= s.at[i - 1].role || !who)
			return contradicts(err, "signatories", _("The document must name the station first as its signer, and then persons, each in a role of his own."));
		for (uint32_t k = 0; k < i; k++)
			if (k ? cw_is_same_person(&s.at[i].p, &s.at[k].p) : strcmp(s.at[i].p.cert_sha256, s.at[k].p.cert_sha256) == 0)
				return contradicts(err, "signatories", _("The document names the same person in two roles."));
	}
	return 0;
}

/* Where nothing was overwritten, only a medium that sanitised itself is left to speak of, or keys. */
static int check_passes(const json_t *d, struct cw_error *err)
{
	bool alone = is(json_object_get(d, "verification"), "method", "keys");
	bool looked = is(json_object_get(d, "verification"), "method", "look") || is(json_object_get(d, "verification"), "method", "look-sample");
	bool none = !json_array_size(json_object_get(d, "passes"));
	const json_t *stream = json_object_get(d, "keystream");
	if (none != (looked || alone) || (looked && !json_object_get(d, "native")) || (alone && (!json_object_get(d, "keys") || json_object_get(d, "native"))))
		return contradicts(err, "passes", _("The document tells of no pass, and of no command of the medium's own either."));
	if (stream && none != !json_array_size(json_object_get(stream, "passes")))
		return contradicts(err, "keystream.passes", _("The document tells of other passes than of the streams for them."));
	return 0;
}

/* Times of one form order as text does.  The clock may have run backwards only where the document says so. */
static int check_times(const json_t *d, struct cw_error *err)
{
	bool jumped = cw_json_u64(json_object_get(d, "clock"), "backwardJumps", 0) != 0;
	if (!jumped && strcmp(cw_json_str(d, "startedAt", ""), cw_json_str(d, "endedAt", "")) > 0)
		return contradicts(err, "endedAt", _("The document says that the job ended before it began."));
	return 0;
}

int cw_payload_check(const json_t *payload, struct cw_error *err)
{
	const struct place top = { NULL, NULL };
	if (cw_payload_is_destruction(payload))
		return check_destruction(payload, &top, err);
	int rc = check_object(payload, document, &top, err);
	if (!rc && is(payload, "type", CW_TYPE_CERTIFICATE) != is(payload, "outcome", "success"))
		rc = contradicts(err, "outcome", _("Type and outcome of the document contradict each other."));
	if (!rc)
		rc = check_signatories(payload, err);
	if (!rc)
		rc = check_passes(payload, err);
	if (!rc)
		rc = check_keys(payload, err);
	if (!rc && is(payload, "type", CW_TYPE_CERTIFICATE) && json_object_get(payload, "keys"))
		rc = check_keys_success(json_object_get(payload, "keys"), err);
	if (!rc && is(payload, "type", CW_TYPE_CERTIFICATE) && json_object_get(payload, "native"))
		rc = check_native_success(json_object_get(payload, "native"), err);
	if (!rc)
		rc = is(payload, "type", CW_TYPE_CERTIFICATE) ? check_success(payload, err) : check_report(payload, err);
	rc = rc ? rc : check_level(payload, err);
	rc = rc ? rc : check_bounds(payload, err);
	return rc ? rc : check_times(payload, err);
}

/* ---- statements ---- */

/* Of each document one thing is said, and what takes its place is named where something does. */
static int check_stated(const json_t *d, struct cw_error *err)
{
	const json_t *documents = json_object_get(d, "documents"), *one;
	bool superseded = is(d, "decision", "superseded");
	CW_AUTO_JSON json_t *seen = json_object();
	size_t i;
	json_array_foreach(documents, i, one) {
		const char *id = cw_json_str(one, "certificateId", "");
		if (json_object_get(seen, id))
			return contradicts(err, "documents", _("The statement names a document twice."));
		if ((json_object_get(one, "supersededBy") != NULL) != superseded)
			return contradicts(err, "documents", _("The statement must name what supersedes a document exactly where it says so."));
		if (json_object_set_new(seen, id, json_true()) < 0)
			return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
	}
	return 0;
}

int cw_statement_check(const json_t *d, struct cw_error *err)
{
	const struct place top = { NULL, NULL };
	int rc = check_object(d, statement, &top, err);
	bool approval;
	if (rc)
		return rc;
	approval = is(d, "decision", "approved") || is(d, "decision", "rejected");
	if (is(d, "type", CW_TYPE_APPROVAL) != approval)
		return contradicts(err, "decision", _("Type and decision of the statement contradict each other."));
	return check_stated(d, err);
}
