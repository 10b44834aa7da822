/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the journal's events, as the head comment of certwipe/job.h gives them, and its interpreter. */
#include "schema.h"

#include <string.h>

#include "certwipe/job.h"

enum kind { UINT, BOOL, TEXT, HEX, WORD, TIME, OBJECT, LIST, ANY_OBJECT, ANY_LIST };

struct field {
	const char *key; /* NULL ends a list */
	enum kind kind;
	bool optional;
	uint64_t min, max;      /* UINT: bounds (max 0: none); HEX: max is the number of bytes */
	const char *words;      /* WORD: "a|b" */
	const struct field *of; /* OBJECT, LIST: keys of the object, or of every object in the list */
};

#define F_UINT(k) { .key = k, .kind = UINT }
#define F_RANGE(k, lo, hi) { .key = k, .kind = UINT, .min = lo, .max = hi }
#define F_BOOL(k) { .key = k, .kind = BOOL }
#define F_TEXT(k) { .key = k, .kind = TEXT }
#define F_HEX(k, n) { .key = k, .kind = HEX, .max = n }
#define F_SHA(k) F_HEX(k, CW_SHA256_BYTES)
#define F_WORD(k, w) { .key = k, .kind = WORD, .words = w }
#define F_OBJECT(k, f) { .key = k, .kind = OBJECT, .of = f }
#define F_LIST(k, f) { .key = k, .kind = LIST, .of = f }
#define F_ANY_OBJECT(k) { .key = k, .kind = ANY_OBJECT }
#define F_ANY_LIST(k) { .key = k, .kind = ANY_LIST }
#define F_STEP F_RANGE("step", 1, CW_STEPS_MAX)
#define F_END { .key = NULL }

static const struct field common[] = { F_UINT("seq"), { .key = "at", .kind = TIME }, F_UINT("bootMs"), F_TEXT("event"), F_SHA("prev"), F_END };

static const struct field person[] = { F_UINT("uid"), F_TEXT("name"), F_END };
static const struct field tool[] = { F_TEXT("name"), F_TEXT("version"), F_SHA("buildSha256"), F_END };
static const struct field host[] = { F_TEXT("machineId"), F_TEXT("kernel"), F_HEX("bootId", 16), F_END };
static const struct field clock_[] = { F_TEXT("source"), F_BOOL("synchronised"), F_UINT("maxErrorMs"), F_END };
static const struct field policy[] = { F_TEXT("id"), F_SHA("sha256"), F_END };
static const struct field state[] = { F_TEXT("type"), F_BOOL("persistent"), F_END };
static const struct field case_[] = {
#define X(name, k, words_) { .key = k, .kind = TEXT, .optional = true },
	CW_CASE_FIELDS(X)
#undef X
	F_END
};
static const struct field signer[] = { F_WORD("role", "operator|witness"), F_SHA("certSha256"), F_TEXT("name"), { .key = "id", .kind = TEXT, .optional = true }, F_END };
/* medium, attachment and contents are device's, the plan is policy's: their own strict readers (cw_job_medium, cw_job_plan) look into them. */
static const struct field job[] = {
	F_TEXT("jobId"), F_RANGE("version", 1, 1), F_WORD("type", "wipe"), F_OBJECT("tool", tool), F_OBJECT("host", host), F_OBJECT("clock", clock_),
	F_ANY_OBJECT("medium"), F_ANY_OBJECT("attachment"), F_ANY_LIST("contents"), F_OBJECT("policy", policy), F_ANY_OBJECT("plan"), F_SHA("planSha256"),
	F_OBJECT("case", case_), F_OBJECT("operator", person), F_OBJECT("state", state), F_BOOL("preallocated"),
	{ .key = "capabilities", .kind = ANY_OBJECT, .optional = true }, { .key = "signers", .kind = LIST, .of = signer, .optional = true },
	{ .key = "approval", .kind = BOOL, .optional = true }, F_END
};
/* Of a medium that nobody wipes: no plan, no contents; attached only where the device itself said what it is. */
static const struct field terms[] = { F_TEXT("standard"), F_WORD("column", "r1|r2_2883"), F_BOOL("acceptUnconfirmed"), F_END };
static const struct field destroy_job[] = {
	F_TEXT("jobId"), F_RANGE("version", 1, 1), F_WORD("type", "destroy"), F_WORD("subject", "device|label"), F_OBJECT("tool", tool), F_OBJECT("host", host),
	F_OBJECT("clock", clock_), F_ANY_OBJECT("medium"), { .key = "attachment", .kind = ANY_OBJECT, .optional = true }, F_OBJECT("policy", policy),
	F_OBJECT("terms", terms), F_OBJECT("case", case_), F_OBJECT("operator", person), F_OBJECT("state", state), F_BOOL("preallocated"),
	{ .key = "approval", .kind = BOOL, .optional = true }, F_END
};
static const struct field attached[] = { F_TEXT("name"), F_WORD("kind", "photo"), F_UINT("sizeBytes"), F_SHA("sha256"), F_END };
static const struct field batch_item[] = { F_TEXT("label"), F_TEXT("serial"), F_END };
/* The record has a strict reader of its own (cw_destruction_of_json). */
static const struct field destruction[] = {
	F_ANY_OBJECT("record"), F_RANGE("particleLevel", 0, 7), F_LIST("attachments", attached), F_LIST("items", batch_item), F_OBJECT("by", person), F_END
};
static const struct field witnessed[] = { F_TEXT("name"), F_TEXT("method"), F_UINT("count"), F_BOOL("sameAccount"), F_OBJECT("by", person), F_END };
static const struct field authorised[] = {
	F_WORD("method", "serial|asset-tag|replug|list"), F_SHA("planSha256"), F_SHA("identitySha256"), F_OBJECT("by", person),
	{ .key = "approvalNumber", .kind = TEXT, .optional = true },
	{ .key = "listSha256", .kind = HEX, .max = CW_SHA256_BYTES, .optional = true }, F_END
};
static const struct field refused[] = { F_TEXT("code"), F_UINT("exit"), F_TEXT("message"), F_END };
static const struct field registered[] = { F_TEXT("origin"), F_UINT("size"), F_SHA("root"), F_WORD("kind", "started"), F_END };
static const struct field drawn[] = { F_RANGE("slot", 1, 9), F_HEX("byteHex", 1), F_END };
static const struct field io[] = { F_TEXT("engine"), F_TEXT("transport"), F_END };
static const struct field stream[] = {
	F_WORD("cipher", "AES-256-CTR"), F_HEX("keyHex", CW_KEY_BYTES), F_LIST("drawn", drawn), F_HEX("sampleSeedHex", 32), F_OBJECT("io", io), F_END
};
static const struct field identity[] = {
	F_WORD("phase", "before-write|resume|after-open|after-native|end"), F_SHA("identitySha256"), F_UINT("diskseq"), F_TEXT("node"), F_BOOL("match"),
	{ .key = "message", .kind = TEXT, .optional = true }, F_END
};
static const struct field intent[] = {
	F_STEP, { .key = "pass", .kind = UINT, .optional = true, .min = 1, .max = CW_PASSES_MAX },
	F_WORD("do", "write|verify|sample|mark|mark-check|native|look|look-marks|look-sample|open|keys|keys-check|reload"), F_UINT("fromBytes"), F_UINT("sizeBytes"), F_END
};
/* Requests, answers and data are read strictly by cw_heard_of_json(). */
static const struct field hidden[] = { F_UINT("at"), F_RANGE("bytes", 1, CW_HEARD_DATA_MAX), F_SHA("sha256"), F_END };
static const struct field command[] = {
	F_STEP, F_WORD("set", "scsi|nvme|mmc"), F_TEXT("requestHex"), F_UINT("durationMs"), { .key = "errno", .kind = UINT, .optional = true, .min = 1 },
	{ .key = "answerHex", .kind = TEXT, .optional = true }, { .key = "dataInBytes", .kind = UINT, .optional = true },
	{ .key = "dataInHex", .kind = TEXT, .optional = true }, { .key = "dataInSha256", .kind = HEX, .max = CW_SHA256_BYTES, .optional = true },
	{ .key = "dataOutBytes", .kind = UINT, .optional = true }, { .key = "dataOutHex", .kind = TEXT, .optional = true },
	{ .key = "dataOutSha256", .kind = HEX, .max = CW_SHA256_BYTES, .optional = true }, { .key = "dataZeros", .kind = UINT, .optional = true, .min = 1 },
	{ .key = "hidden", .kind = OBJECT, .optional = true, .of = hidden }, F_END
};
static const struct field native[] = {
	F_STEP, F_WORD("state", "submitting|running|succeeded|failed|refused|unknown"), { .key = "progress65536", .kind = UINT, .optional = true, .min = 1, .max = 65536 },
	{ .key = "detail", .kind = TEXT, .optional = true }, F_END
};
static const struct field password[] = { F_STEP, F_TEXT("passwordText"), F_END };
#define F_COUNT(k) { .key = k, .kind = UINT, .optional = true }
static const struct field health[] = {
	F_COUNT("reallocatedSectors"), F_COUNT("pendingSectors"), F_COUNT("uncorrectableSectors"), F_COUNT("percentageUsed"), F_COUNT("powerOnHours"), F_COUNT("mediaErrors"),
	{ .key = "answers", .kind = ANY_LIST, .optional = true }, F_END
};
static const struct field look[] = {
	F_STEP, F_UINT("zerosBytes"), F_UINT("onesBytes"), F_UINT("uniformBytes"), F_UINT("patternBytes"), F_UINT("randomBytes"), F_UINT("otherBytes"),
	F_UINT("markerBytes"), F_UINT("errorBytes"), F_END
};
static const struct field reload[] = { F_STEP, F_WORD("trayBy", "drive|person"), F_END };
static const struct field attestation[] = { F_TEXT("name"), F_BOOL("encryptedFromFirstUse"), F_BOOL("noKeyCopies"), F_OBJECT("by", person), F_END };
/* Of a sweep that left something for later, or gave it up. */
#define F_PASSED_OVER \
	{ .key = "furthestBytes", .kind = UINT, .optional = true }, { .key = "passedOverBytes", .kind = UINT, .optional = true, .min = 1 }, \
	{ .key = "givenUpBytes", .kind = UINT, .optional = true, .min = 1 }
static const struct field checkpoint[] = { F_STEP, F_UINT("watermarkBytes"), F_UINT("doneBytes"), F_UINT("badBytes"), F_UINT("mismatchBytes"), F_PASSED_OVER, F_END };
static const struct field bad[] = { F_UINT("offsetBytes"), F_UINT("lengthBytes"), F_WORD("fault", "write|read|mismatch"), F_UINT("errno"), F_END };
static const struct field mismatch[] = {
	F_UINT("offsetBytes"), F_WORD("class", "zeros|ones|uniform|other-offset|other-pass|foreign"), F_UINT("writtenPass"), F_UINT("writtenOffsetBytes"), F_END
};
static const struct field place[] = { F_UINT("offsetBytes"), F_UINT("writtenOffsetBytes"), F_END };
static const struct field elsewhere[] = {
	F_UINT("offsetBytes"), F_UINT("uptoBytes"), F_UINT("leastDistanceBytes"), F_UINT("commonDistanceBytes"), F_UINT("backwardBytes"), F_LIST("places", place), F_END
};
static const struct field lacking[] = { F_UINT("offsetBytes"), F_UINT("uptoBytes"), F_END };
static const struct field mismatches[] = {
	F_UINT("zerosBytes"), F_UINT("onesBytes"), F_UINT("uniformBytes"), F_UINT("otherOffsetBytes"), F_UINT("otherPassBytes"), F_UINT("foreignBytes"),
	{ .key = "elsewhere", .kind = OBJECT, .of = elsewhere, .optional = true }, { .key = "lacking", .kind = OBJECT, .of = lacking, .optional = true }, F_END
};
static const struct field same[] = { F_UINT("offsetBytes"), F_END };
static const struct field spot_check[] = {
	F_STEP, F_RANGE("probes", 1, CW_PROBES_MAX), F_UINT("equal"), F_LIST("differing", mismatch),
	{ .key = "same", .kind = LIST, .of = same, .optional = true }, F_END
};
static const struct field step_end[] = {
	F_STEP, F_UINT("uptoBytes"), F_UINT("doneBytes"), F_UINT("badBytes"), F_UINT("mismatchBytes"), F_PASSED_OVER, F_WORD("end", "done|stopped|lost|flush-failed|failed"),
	{ .key = "lostErrno", .kind = UINT, .optional = true }, F_LIST("bad", bad), F_BOOL("badListed"),
	{ .key = "firstMismatch", .kind = OBJECT, .of = mismatch, .optional = true },
	{ .key = "mismatches", .kind = OBJECT, .of = mismatches, .optional = true }, F_UINT("elapsedMs"), F_END
};
static const struct field stop_rule[] = {
	F_WORD("name", "bad-blocks|rate|time|temperature|not-genuine"), F_UINT("limit"), F_UINT("found"), { .key = "windowSeconds", .kind = UINT, .optional = true }, F_END
};
static const struct field stopped[] = {
	F_WORD("by", "operator|rule|replug|reload|hidden-area"), F_STEP, F_UINT("watermarkBytes"), { .key = "rule", .kind = OBJECT, .of = stop_rule, .optional = true }, F_END
};
static const struct field lost[] = { F_WORD("what", "medium|executor|journal"), F_TEXT("message"), F_END };
/* step may be one past the last: everything ran, only the end is missing. */
static const struct field resumed[] = {
	F_OBJECT("by", person), F_ANY_OBJECT("attachment"), F_OBJECT("clock", clock_), F_HEX("bootId", 16), F_RANGE("step", 1, CW_STEPS_MAX + 1),
	F_UINT("fromBytes"), F_UINT("checkedBytes"), F_BOOL("droppedTail"), { .key = "io", .kind = OBJECT, .of = io, .optional = true }, F_END
};
static const struct field end[] = { F_WORD("status", "complete|failed|stopped|lost|refused|closed"), F_END };
static const struct field attested[] = { F_TEXT("documentId"), F_TEXT("type"), F_SHA("jsonSha256"), F_SHA("p7sSha256"), F_TEXT("outcome"), F_END };
static const struct field closed[] = { F_OBJECT("by", person), F_TEXT("reason"), F_END };

struct event_rule {
	const char *name;
	const struct field *fields;
	unsigned once;
};
/* once: a second key, a second subject or a second word of honour would make two stories out of one journal. */
static const struct event_rule events[] = {
	{ "job", job, 0 }, { "authorised", authorised, 0 }, { "refused", refused, 1u << 0 }, { "registered", registered, 0 },
	{ "stream", stream, 1u << 1 }, { "identity", identity, 0 }, { "intent", intent, 0 }, { "checkpoint", checkpoint, 0 },
	{ "spot-check", spot_check, 0 }, { "step-end", step_end, 0 }, { "stopped", stopped, 0 }, { "lost", lost, 0 }, { "resumed", resumed, 0 }, { "end", end, 0 },
	{ "attested", attested, 0 }, { "closed", closed, 0 }, { "command", command, 0 }, { "native", native, 0 }, { "look", look, 0 },
	{ "attestation", attestation, 1u << 2 }, { "password", password, 0 }, { "health", health, 0 }, { "reload", reload, 0 }, { "destruction", destruction, 0 }, { "witnessed", witnessed, 0 },
};

static bool word_in(const char *word, const char *words)
{
	size_t len = strlen(word);
	while (len > 0 && *words != '\0') {
		size_t n = strcspn(words, "|");
		if (n == len && memcmp(word, words, n) == 0)
			return true;
		words += n + (words[n] == '|');
	}
	return false;
}

static bool hex_of(const char *text, uint64_t n_bytes)
{
	return strlen(text) == 2 * n_bytes && strspn(text, "0123456789abcdef") == 2 * n_bytes;
}

static bool text_fits(const struct field *f, const char *text)
{
	int64_t seconds;
	switch (f->kind) {
	case HEX:
		return hex_of(text, f->max);
	case WORD:
		return word_in(text, f->words);
	case TIME:
		return cw_time_parse(text, &seconds);
	default:
		return true;
	}
}

static bool uint_fits(const struct field *f, const json_t *value)
{
	json_int_t v = json_integer_value(value);
	return v >= 0 && (uint64_t)v >= f->min && (f->max == 0 || (uint64_t)v <= f->max);
}

static const char *object_fits(const json_t *object, const struct field *fields, size_t *n_known);

/* Names the key at fault, or NULL. */
static const char *list_fits(const json_t *list, const struct field *of, const char *key)
{
	size_t i;
	json_t *item;
	json_array_foreach(list, i, item) {
		size_t n = 0;
		const char *fault = json_is_object(item) ? object_fits(item, of, &n) : key;
		if (fault != NULL)
			return fault;
		if (n != json_object_size(item))
			return key;
	}
	return NULL;
}

static const char *value_fits(const struct field *f, const json_t *value)
{
	size_t n = 0;
	const char *fault;
	switch (f->kind) {
	case UINT:
		return json_is_integer(value) && uint_fits(f, value) ? NULL : f->key;
	case BOOL:
		return json_is_boolean(value) ? NULL : f->key;
	case ANY_OBJECT:
		return json_is_object(value) ? NULL : f->key;
	case ANY_LIST:
		return json_is_array(value) ? NULL : f->key;
	case LIST:
		return json_is_array(value) ? list_fits(value, f->of, f->key) : f->key;
	case OBJECT:
		fault = json_is_object(value) ? object_fits(value, f->of, &n) : f->key;
		return fault != NULL ? fault : n == json_object_size(value) ? NULL : f->key;
	default:
		return json_is_string(value) && text_fits(f, json_string_value(value)) ? NULL : f->key;
	}
}

/* Counts the known keys that are there, so that the caller can tell whether there are others. */
static const char *object_fits(const json_t *object, const struct field *fields, size_t *n_known)
{
	for (const struct field *f = fields; f->key != NULL; f++) {
		const json_t *value = json_object_get(object, f->key);
		if (value == NULL && f->optional)
			continue;
		const char *fault = value == NULL ? f->key : value_fits(f, value);
		if (fault != NULL)
			return fault;
		(*n_known)++;
	}
	return NULL;
}

static const struct field *fields_of(const struct event_rule *rule, const json_t *line)
{
	return rule->fields == job && strcmp(cw_json_str(line, "type", ""), "destroy") == 0 ? destroy_job : rule->fields;
}

static const struct event_rule *rule_of(const char *event)
{
	for (size_t i = 0; i < CW_ARRAY_LEN(events); i++)
		if (strcmp(events[i].name, event) == 0)
			return &events[i];
	return NULL;
}

static int fail_key(uint64_t number, const char *key, struct cw_error *err)
{
	return cw_fail(err, CW_E_INVALID, 0, key, NULL, _("Line %llu of the journal lacks the key \"%s\" or holds in it what may not stand there."),
		       (unsigned long long)number, key);
}

int job_line_check(const json_t *line, uint64_t number, const struct event_rule **rule, struct cw_error *err)
{
	size_t n = 0;
	const char *fault = json_is_object(line) ? object_fits(line, common, &n) : "seq";
	if (fault != NULL)
		return fail_key(number, fault, err);
	const char *event = json_string_value(json_object_get(line, "event"));
	*rule = rule_of(event);
	if (*rule == NULL)
		return cw_fail(err, CW_E_INVALID, 0, "event", NULL, _("Line %llu of the journal is an event \"%.40s\" that this version does not know."),
			       (unsigned long long)number, event);
	fault = object_fits(line, fields_of(*rule, line), &n);
	if (fault != NULL)
		return fail_key(number, fault, err);
	if (n != json_object_size(line))
		return cw_fail(err, CW_E_INVALID, 0, event, NULL, _("Line %llu of the journal (%s) holds a key that does not belong there."),
			       (unsigned long long)number, event);
	return 0;
}

unsigned job_event_once(const struct event_rule *rule)
{
	return rule->once;
}

bool job_event_is(const json_t *line, const char *event)
{
	return strcmp(cw_json_str(line, "event", ""), event) == 0;
}
