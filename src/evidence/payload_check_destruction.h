/* SPDX-License-Identifier: Apache-2.0 */
/* Part of payload_check.c: the fields of certwipe/destruction/1, as share/schema/destruction-1.schema.json has them, and the rules between them. */

#define METHODS_ "degauss|disintegrate|incinerate|melt|shred|pulverize|grind|crush|punch"
static const struct rule destruction_policy[] = { TEXT_("id"), SHA_("sha256"), { .key = "particleLevel", .kind = UINT }, END_ };
static const struct rule destruction_sanitization[] = { WORD_("levelClaimed", "none|clear|purge|destroy"), TEXT_("technique"), TEXT_("standard"),
							LIST_("levelBasis", 0, CW_CONDITIONS_MAX, condition), END_ };
static const struct rule attachment[] = { TEXT_("name"), WORD_("kind", "photo"), SHA_("sha256"), UINT_("sizeBytes"), END_ };
static const struct rule batch_item[] = { TEXT_("label"), TEXT_("serial"), END_ };
static const struct rule witness[] = { TEXT_("name"), BOOL_("sameAccount"), TIME_("at"), OBJECT_("by", person), UINT_("line"), END_ };
static const struct rule destruction_[] = {
	WORD_("method", METHODS_), TIME_("started"), TIME_("ended"), WORD_("category", "purge|destruct|destroy"), OPT_UINT("particleUm2"),
#define X(field, key_, json) OPT_TEXT(json),
	CW_DESTRUCTION_TEXTS(X)
#undef X
	OPT_UINT("fieldOersted"), OPT_UINT("coercivityOersted"), OPT_UINT("weightGrams"), UINT_("count"), UINT_("statutoryMethod"), BOOL_("lowCategory"),
	LIST_("attachments", 0, CW_PHOTOS_MAX, attachment), LIST_("items", 0, CW_ITEMS_MAX, batch_item), OBJECT_("by", person), OPT_OBJECT("witness", witness), UINT_("line"), END_
};
static const struct rule wipe_[] = {
	TEXT_("certificateId"), WORD_("type", CW_TYPE_CERTIFICATE "|" CW_TYPE_REPORT), SHA_("sha256"), SHA_("p7sSha256"), { .key = "result", .kind = OUTCOME },
	WORD_("level", "none|clear|purge|destroy"), TEXT_("reason"), TEXT_("technique"), TEXT_("scheme"), UINT_("passes"), OBJECT_("verification", verification_fields),
	TIME_("endedAt"), UINT_("line"), END_
};
static const struct rule destruction_verification[] = { WORD_("method", "witnessed"), WORD_("result", "pass|fail|not-done"), END_ };
static const struct rule destruction_document[] = {
	WORD_("schema", "certwipe/destruction/1"), WORD_("type", CW_TYPE_CERTIFICATE "|" CW_TYPE_REPORT), WORD_("version", "1.0"),
	{ .key = "certificateId", .kind = TEXT, .max = CW_NODE_MAX - 1 }, { .key = "uuid", .kind = UUID }, TIME_("issuedAt"), SHA_("matrixSha256"), BOOL_("laboratory"),
	OBJECT_("title", both), OBJECT_("organisation", organisation), LIST_("signatories", 1, 3, signatory), OBJECT_("register", register_),
	OPT_OBJECT("supersedes", supersedes), { .key = "jobId", .kind = TEXT, .max = CW_JOB_ID_MAX - 1 }, TIME_("startedAt"), TIME_("endedAt"), SHA_("journalSha256"),
	UINT_("journalLines"), OBJECT_("operator", person), OBJECT_("tool", tool), OBJECT_("host", host), OBJECT_("clock", clock_), OBJECT_("case", case_),
	OBJECT_("medium", medium_fields), OBJECT_("policy", destruction_policy), OBJECT_("sanitization", destruction_sanitization), OPT_OBJECT("destruction", destruction_),
	OPT_OBJECT("wipe", wipe_), OBJECT_("verification", destruction_verification), OBJECT_("validation", validation), OBJECT_("verdict", verdict_fields),
	WORD_("outcome", "success|failed|aborted|not_attempted"), LIST_("caveats", 1, 63, caveat), LIST_("limits", 1, 16, limit), OBJECT_("nextStep", both), END_
};

static int check_object(const json_t *object, const struct rule *rules, const struct place *at, struct cw_error *err);
static int contradicts(struct cw_error *err, const char *field, const char *sentence);
static bool is(const json_t *object, const char *key, const char *word);
static bool all_satisfied(const json_t *list, const char *key);
static int check_report(const json_t *d, struct cw_error *err);
static int check_times(const json_t *d, struct cw_error *err);
static int check_signatories(const json_t *d, struct cw_error *err);

static int check_destroyed(const json_t *d, struct cw_error *err)
{
	const json_t *what = json_object_get(d, "destruction"), *witness_ = json_object_get(what, "witness"), *verdict = json_object_get(d, "verdict");
	if (!what || !witness_ || !is(json_object_get(d, "verification"), "result", "pass") || cw_is_same_name(cw_json_str(witness_, "name", ""), cw_json_str(what, "operator", "")))
		return contradicts(err, "destruction.witness", _("The document claims a destruction that no second person has confirmed."));
	if (!is(verdict, "result", cw_outcome_name(CW_SANITISED)) || is(verdict, "level", "none"))
		return contradicts(err, "verdict", _("The document is a certificate without the verdict for one."));
	if (!all_satisfied(json_object_get(verdict, "support"), "holds"))
		return contradicts(err, "verdict.support", _("The document claims success and refutes a part of it."));
	if (!all_satisfied(json_object_get(json_object_get(d, "sanitization"), "levelBasis"), "satisfied"))
		return contradicts(err, "sanitization.levelBasis", _("The document claims a level whose conditions are not met."));
	if (!json_object_get(json_object_get(d, "register"), "started"))
		return contradicts(err, "register.started", _("The document claims success of a job whose start is in no register."));
	return 0;
}

/* A level is that of the way of destruction, or that of the wipe before it. */
static int check_destruction_level(const json_t *d, struct cw_error *err)
{
	const json_t *claim = json_object_get(d, "sanitization"), *before = json_object_get(d, "wipe");
	const char *level = cw_json_str(claim, "levelClaimed", "");
	bool by_wipe = before && is(before, "level", level) && is(before, "result", cw_outcome_name(CW_SANITISED));
	if (!is(json_object_get(d, "verdict"), "level", level))
		return contradicts(err, "sanitization.levelClaimed", _("The document claims another level than its verdict gives."));
	if (strcmp(level, "none") == 0 || by_wipe)
		return 0;
	if (is(claim, "technique", "crush") || is(claim, "technique", "punch") || strcmp(level, is(claim, "technique", "degauss") ? "purge" : "destroy") != 0)
		return contradicts(err, "sanitization.levelClaimed", _("The document claims a level that this way of destruction does not reach."));
	return 0;
}

static int check_names(const json_t *attachments, struct cw_error *err)
{
	size_t i;
	json_t *one;
	json_array_foreach(attachments, i, one)
		if (!cw_attachment_name_ok(cw_json_str(one, "name", "")))
			return contradicts(err, "destruction.attachments", _("The document names an attached file as no such file is named."));
	return 0;
}

static int check_destruction_parts(const json_t *d, struct cw_error *err)
{
	const json_t *what = json_object_get(d, "destruction");
	if (what && (!is(json_object_get(d, "sanitization"), "technique", cw_json_str(what, "method", "")) || strcmp(cw_json_str(what, "started", ""), cw_json_str(what, "ended", "")) > 0))
		return contradicts(err, "destruction", _("The document contradicts itself about the destruction."));
	if (cw_json_bool(json_object_get(d, "medium"), "virtual", false) != cw_json_bool(d, "laboratory", false))
		return contradicts(err, "laboratory", _("The document hides, or invents, that its medium is virtual."));
	return check_names(json_object_get(what, "attachments"), err);
}

static int check_destruction(const json_t *d, const struct place *top, struct cw_error *err)
{
	int rc = check_object(d, destruction_document, top, err);
	bool certificate = is(d, "type", CW_TYPE_CERTIFICATE);
	if (!rc && certificate != is(d, "outcome", "success"))
		rc = contradicts(err, "outcome", _("Type and outcome of the document contradict each other."));
	if (!rc)
		rc = check_signatories(d, err);
	if (!rc)
		rc = certificate ? check_destroyed(d, err) : check_report(d, err);
	rc = rc ? rc : check_destruction_level(d, err);
	rc = rc ? rc : check_destruction_parts(d, err);
	return rc ? rc : check_times(d, err);
}
