/* SPDX-License-Identifier: Apache-2.0 */
/* The payload: evidence.json as certificate.md section 7 and share/schema/evidence-1.schema.json lay it out. */
#include "payload_parts.h"

#include <string.h>

const json_t *cw_payload_line(const struct cw_payload_maker *m, uint64_t seq)
{
	return seq == CW_NO_LINE ? NULL : json_array_get(m->text->lines, seq);
}

/* ---- parts that stand in the journal as they are ---- */

json_t *cw_payload_person(struct cw_payload_maker *m, const json_t *by)
{
	json_t *o = json_object();
	cw_put_u64(m, o, "uid", cw_json_u64(by, "uid", 0));
	cw_put_known(m, o, "name", cw_json_str(by, "name", ""));
	return o;
}

static json_t *tool(struct cw_payload_maker *m)
{
	const json_t *from = json_object_get(m->job, "tool");
	json_t *o = json_object();
	cw_put_known(m, o, "name", cw_json_str(from, "name", ""));
	cw_put_known(m, o, "version", cw_json_str(from, "version", ""));
	cw_put_text(m, o, "buildSha256", cw_json_str(from, "buildSha256", ""));
	return o;
}

static json_t *host(struct cw_payload_maker *m)
{
	const json_t *from = json_object_get(m->job, "host"), *state = json_object_get(m->job, "state");
	json_t *o = json_object();
	cw_put_known(m, o, "machineId", cw_json_str(from, "machineId", ""));
	cw_put_known(m, o, "kernel", cw_json_str(from, "kernel", ""));
	cw_put_known(m, o, "bootId", cw_json_str(from, "bootId", ""));
	cw_put_known(m, o, "stateType", cw_json_str(state, "type", ""));
	cw_put_bool(m, o, "statePersistent", cw_json_bool(state, "persistent", false));
	cw_put_bool(m, o, "journalPreallocated", cw_json_bool(m->job, "preallocated", false));
	return o;
}

/* Times of one form order as text does. */
static uint64_t backward_jumps(const struct cw_payload_maker *m)
{
	size_t i;
	json_t *line;
	uint64_t n = 0;
	const char *before = "";
	json_array_foreach(m->text->lines, i, line) {
		const char *at = cw_json_str(line, "at", "");
		n += strcmp(at, before) < 0;
		before = at;
	}
	return n;
}

static json_t *clock_part(struct cw_payload_maker *m)
{
	const json_t *from = json_object_get(m->job, "clock");
	json_t *o = json_object();
	cw_put_known(m, o, "source", cw_json_str(from, "source", ""));
	cw_put_bool(m, o, "synchronised", cw_json_bool(from, "synchronised", false));
	cw_put_u64(m, o, "maxErrorMs", cw_json_u64(from, "maxErrorMs", 0));
	cw_put_u64(m, o, "backwardJumps", backward_jumps(m));
	cw_put(m, o, "assurance", json_string("station-clock-only"));
	return o;
}

static json_t *case_part(struct cw_payload_maker *m)
{
	const json_t *from = json_object_get(m->job, "case");
	json_t *o = json_object();
#define X(field, key, kind) cw_put_known(m, o, key, cw_json_str(from, key, ""));
	CW_CASE_FIELDS(X)
#undef X
	return o;
}

static json_t *policy_part(struct cw_payload_maker *m)
{
	const json_t *from = json_object_get(m->job, "policy");
	json_t *o = json_object();
	cw_put_known(m, o, "id", cw_json_str(from, "id", ""));
	cw_put_text(m, o, "sha256", cw_json_str(from, "sha256", ""));
	cw_put_bool(m, o, "wipeClosesCase", m->replay.plan.wipe_closes_case != 0);
	return o;
}

/* ---- who allowed it, who refused it ---- */

static json_t *authorisation(struct cw_payload_maker *m, const json_t *line)
{
	const char *of_case = cw_json_str(json_object_get(m->job, "case"), "approvalNumber", "");
	json_t *o = json_object();
	cw_put_known(m, o, "method", cw_json_str(line, "method", ""));
	cw_put_known(m, o, "number", cw_json_str(line, "approvalNumber", of_case));
	cw_put_text(m, o, "listSha256", cw_json_str(line, "listSha256", ""));
	cw_put_text(m, o, "planSha256", cw_json_str(line, "planSha256", ""));
	cw_put_text(m, o, "identitySha256", cw_json_str(line, "identitySha256", ""));
	cw_put_text(m, o, "at", cw_json_str(line, "at", ""));
	cw_put(m, o, "by", cw_payload_person(m, json_object_get(line, "by")));
	cw_put_u64(m, o, "line", cw_json_u64(line, "seq", 0));
	return o;
}

static json_t *refusal(struct cw_payload_maker *m, const json_t *line)
{
	json_t *o = json_object();
	cw_put_known(m, o, "code", cw_json_str(line, "code", ""));
	cw_put_known(m, o, "message", cw_json_str(line, "message", ""));
	cw_put_text(m, o, "at", cw_json_str(line, "at", ""));
	cw_put_u64(m, o, "line", cw_json_u64(line, "seq", 0));
	return o;
}

static void put_permission(struct cw_payload_maker *m, json_t *doc)
{
	const json_t *authorised = cw_payload_line(m, m->replay.authorised_line), *refused = cw_payload_line(m, m->replay.refused_line);
	if (authorised)
		cw_put(m, doc, "authorisation", authorisation(m, authorised));
	if (refused)
		cw_put(m, doc, "refusal", refusal(m, refused));
}

/* ---- claim ---- */

json_t *cw_payload_level_basis(struct cw_payload_maker *m)
{
	json_t *list = json_array();
	for (uint32_t i = 0; i < m->verdict.n_conditions; i++) {
		const struct cw_condition *c = &m->verdict.conditions[i];
		char rule[8];
		json_t *o = json_object();
		snprintf(rule, sizeof(rule), "c%u", c->number);
		cw_put_text(m, o, "rule", rule);
		cw_put_bool(m, o, "satisfied", c->satisfied != 0);
		cw_put_text(m, o, "why", c->why);
		cw_put_u64(m, o, "line", c->line);
		cw_put_add(m, list, o);
	}
	return list;
}

static json_t *sanitization(struct cw_payload_maker *m)
{
	const struct cw_plan *p = &m->replay.plan;
	json_t *o = json_object();
	cw_put_text(m, o, "levelClaimed", cw_level_name(m->verdict.level));
	cw_put_known(m, o, "technique", p->technique);
	cw_put_known(m, o, "scheme", p->scheme);
	cw_put_known(m, o, "standard", p->standard);
	cw_put_text(m, o, "planSha256", m->replay.plan_sha256);
	cw_put_u64(m, o, "passes", p->n_passes);
	if (p->unconfirmed)
		cw_put_bool(m, o, "unconfirmed", true);
	cw_put(m, o, "levelBasis", cw_payload_level_basis(m));
	return o;
}

json_t *cw_payload_verdict(struct cw_payload_maker *m)
{
	const struct cw_verdict *v = &m->verdict;
	json_t *o = json_object(), *list = json_array();
	cw_put_text(m, o, "result", cw_outcome_name(v->outcome));
	cw_put_text(m, o, "level", cw_level_name(v->level));
	cw_put_text(m, o, "reason", v->reason);
	for (uint32_t i = 0; i < v->n_support; i++) {
		json_t *s = json_object();
		cw_put_text(m, s, "claim", v->support[i].claim);
		cw_put_bool(m, s, "holds", v->support[i].holds != 0);
		cw_put_u64(m, s, "line", v->support[i].line);
		cw_put_add(m, list, s);
	}
	cw_put(m, o, "support", list);
	return o;
}

const char *cw_payload_outcome(const struct cw_payload_maker *m)
{
	if (m->certificate)
		return "success";
	if (!m->verdict.attempted)
		return "not_attempted";
	return m->verdict.stopped ? "aborted" : "failed";
}

/* ---- frame ---- */

static json_t *organisation(struct cw_payload_maker *m)
{
	json_t *o = json_object();
	cw_put_known(m, o, "name", m->frame->organisation);
	cw_put_known(m, o, "unit", m->frame->unit);
	cw_put_known(m, o, "station", m->frame->station);
	return o;
}

/* Named before the medium was touched, so that nobody chooses his witness afterwards. */
static void add_people(struct cw_payload_maker *m, json_t *list)
{
	const json_t *signer;
	size_t i;

	json_array_foreach(json_object_get(m->job, "signers"), i, signer) {
		json_t *o = json_object(), *person = json_object();

		cw_put_text(m, o, "role", cw_json_str(signer, "role", ""));
		cw_put_text(m, o, "certSha256", cw_json_str(signer, "certSha256", ""));
		cw_put_known(m, person, "name", cw_json_str(signer, "name", ""));
		cw_put_text(m, person, "id", cw_json_str(signer, "id", ""));
		cw_put(m, o, "person", person);
		cw_put_add(m, list, o);
	}
}

static json_t *signatories(struct cw_payload_maker *m)
{
	json_t *list = json_array(), *o = json_object();
	cw_put_text(m, o, "role", "station");
	cw_put_text(m, o, "certSha256", m->frame->signer_cert_sha256);
	cw_put_add(m, list, o);
	add_people(m, list);
	return list;
}

static json_t *register_part(struct cw_payload_maker *m)
{
	const json_t *started = cw_payload_line(m, m->replay.registered_line);
	json_t *o = json_object();
	cw_put_known(m, o, "origin", m->frame->register_origin);
	cw_put_u64(m, o, "previousSize", m->frame->previous_size);
	cw_put_text(m, o, "previousRoot", m->frame->previous_root);
	cw_put_text(m, o, "noteKeyHex", m->frame->note_key);
	if (started) {
		json_t *s = json_object();
		cw_put_known(m, s, "origin", cw_json_str(started, "origin", ""));
		cw_put_u64(m, s, "size", cw_json_u64(started, "size", 0));
		cw_put_text(m, s, "root", cw_json_str(started, "root", ""));
		cw_put(m, o, "started", s);
	}
	return o;
}

/* The last document that was signed over this journal before it went on. */
static void put_supersedes(struct cw_payload_maker *m, json_t *doc)
{
	for (size_t i = json_array_size(m->text->lines); i-- > m->supersedes_from;) {
		const json_t *line = json_array_get(m->text->lines, i);
		if (strcmp(cw_json_str(line, "event", ""), "attested") != 0)
			continue;
		json_t *o = json_object();
		cw_put_known(m, o, "certificateId", cw_json_str(line, "documentId", ""));
		cw_put_text(m, o, "sha256", cw_json_str(line, "jsonSha256", ""));
		cw_put_text(m, o, "reason", "The job went on after that document.");
		cw_put(m, doc, "supersedes", o);
		return;
	}
}

/* ---- the document ---- */

void cw_payload_put_head(struct cw_payload_maker *m, json_t *doc, const char *schema)
{
	char matrix[CW_SHA256_HEX] = "";
	struct cw_error no_memory;
	if (cw_matrix_sha256(matrix, &no_memory))
		m->failed = true;
	cw_put_text(m, doc, "schema", schema);
	cw_put_text(m, doc, "type", m->certificate ? CW_TYPE_CERTIFICATE : CW_TYPE_REPORT);
	cw_put_text(m, doc, "version", "1.0");
	cw_put_text(m, doc, "certificateId", m->frame->document_id);
	cw_put_text(m, doc, "uuid", m->frame->uuid);
	cw_put_text(m, doc, "issuedAt", m->frame->issued_at);
	cw_put_text(m, doc, "matrixSha256", matrix);
	cw_put_bool(m, doc, "laboratory", m->verdict.laboratory);
	cw_put(m, doc, "organisation", organisation(m));
	cw_put(m, doc, "signatories", signatories(m));
	cw_put(m, doc, "register", register_part(m));
	put_supersedes(m, doc);
}

void cw_payload_put_journal(struct cw_payload_maker *m, json_t *doc)
{
	size_t n = json_array_size(m->text->lines);
	cw_put_text(m, doc, "jobId", cw_json_str(m->job, "jobId", ""));
	cw_put_text(m, doc, "startedAt", cw_json_str(m->job, "at", ""));
	cw_put_text(m, doc, "endedAt", cw_json_str(json_array_get(m->text->lines, n - 1), "at", ""));
	cw_put_text(m, doc, "journalSha256", m->text->sha256);
	cw_put_u64(m, doc, "journalLines", n);
	cw_put(m, doc, "operator", cw_payload_person(m, json_object_get(m->job, "operator")));
	cw_put(m, doc, "tool", tool(m));
	cw_put(m, doc, "host", host(m));
	cw_put(m, doc, "clock", clock_part(m));
	cw_put(m, doc, "case", case_part(m));
	cw_put(m, doc, "medium", cw_payload_medium(m));
}

static void put_work(struct cw_payload_maker *m, json_t *doc)
{
	json_t *keystream = cw_payload_keystream(m), *spot_check = cw_payload_spot_check(m), *not_genuine = cw_payload_not_genuine(m);
	json_t *native = cw_payload_native(m), *keys = cw_payload_keys(m), *validation = json_object();
	cw_put(m, doc, "sanitization", sanitization(m));
	if (native)
		cw_put(m, doc, "native", native);
	if (keys)
		cw_put(m, doc, "keys", keys);
	cw_put(m, doc, "passes", cw_payload_passes(m));
	if (keystream)
		cw_put(m, doc, "keystream", keystream);
	cw_put(m, doc, "verification", cw_payload_verification(m));
	if (spot_check)
		cw_put(m, doc, "spotCheck", spot_check);
	if (not_genuine)
		cw_put(m, doc, "notGenuine", not_genuine);
	cw_put_text(m, validation, "decision", "awaiting");
	if (cw_json_bool(m->job, "approval", false))
		cw_put_bool(m, validation, "required", true);
	cw_put(m, doc, "validation", validation);
	cw_put(m, doc, "exceptions", cw_payload_exceptions(m));
	cw_put(m, doc, "interruptions", cw_payload_interruptions(m));
	cw_put(m, doc, "verdict", cw_payload_verdict(m));
	cw_put_text(m, doc, "outcome", cw_payload_outcome(m));
	cw_put(m, doc, "caveats", cw_payload_caveats(m));
	cw_put(m, doc, "limits", cw_payload_limits(m));
	cw_put(m, doc, "nextStep", cw_payload_next_step(m));
}

static int make(struct cw_payload_maker *m, json_t **out, struct cw_error *err)
{
	CW_AUTO_JSON json_t *doc = json_object();
	m->job = json_array_get(m->text->lines, 0);
	cw_verdict_of(m->text, &m->verdict);
	m->certificate = m->verdict.outcome == CW_SANITISED && m->verdict.level >= CW_LEVEL_CLEAR && !m->verdict.exceptions.n;
	cw_payload_put_head(m, doc, "certwipe/evidence/1");
	cw_put(m, doc, "title", cw_payload_title(m));
	cw_payload_put_journal(m, doc);
	cw_put(m, doc, "policy", policy_part(m));
	put_permission(m, doc);
	put_work(m, doc);
	if (m->failed)
		return cw_fail(err, CW_E_NO_MEMORY, 0, m->frame->document_id, NULL, _("There is not enough memory to write the document."));
	int rc = cw_payload_check(doc, err); /* nothing is signed that our own verifier would refuse */
	if (!rc)
		*out = json_incref(doc);
	return rc;
}

int cw_payload_make(const struct cw_journal_text *t, const struct cw_payload_frame *frame, json_t **out, struct cw_error *err)
{
	struct cw_payload_maker m = { .text = t, .frame = frame };
	*out = NULL;
	if (cw_job_is_destruction(t))
		return cw_payload_destruction(&m, out, err);
	cw_replay_run(t, &m.replay);
	int rc = m.replay.readable ? make(&m, out, err) :
				     cw_fail(err, CW_E_INVALID, 0, "journal", _("Keep the journal; no document can be made from it."),
					     _("The journal does not say which medium and which plan it is about."));
	cw_replay_clear(&m.replay);
	return rc;
}

/* ---- back to the frame ---- */

static bool take(const json_t *object, const char *key, char *dst, size_t size)
{
	const char *s = cw_json_str(object, key, NULL);
	return s && *s && cw_strlcpy(dst, s, size);
}

int cw_payload_frame_of(const json_t *payload, struct cw_payload_frame *out, struct cw_error *err)
{
	const json_t *org = json_object_get(payload, "organisation"), *reg = json_object_get(payload, "register");
	const json_t *signer = json_array_get(json_object_get(payload, "signatories"), 0);
	*out = (struct cw_payload_frame){ .previous_size = cw_json_u64(reg, "previousSize", UINT64_MAX) };
	bool ok = take(payload, "certificateId", out->document_id, sizeof(out->document_id)) && take(payload, "uuid", out->uuid, sizeof(out->uuid)) &&
		  take(payload, "issuedAt", out->issued_at, sizeof(out->issued_at)) && take(org, "name", out->organisation, sizeof(out->organisation)) &&
		  take(org, "unit", out->unit, sizeof(out->unit)) && take(org, "station", out->station, sizeof(out->station)) &&
		  take(signer, "certSha256", out->signer_cert_sha256, sizeof(out->signer_cert_sha256)) &&
		  take(reg, "origin", out->register_origin, sizeof(out->register_origin)) && take(reg, "previousRoot", out->previous_root, sizeof(out->previous_root)) &&
		  out->previous_size != UINT64_MAX && cw_strlcpy(out->note_key, cw_json_str(reg, "noteKeyHex", ""), sizeof(out->note_key));
	return ok ? 0 : cw_fail(err, CW_E_INVALID, 0, "organisation, signatories, register", NULL, _("The document does not say who issued it, or not in the right form."));
}
