/* SPDX-License-Identifier: Apache-2.0 */
/* What each pass of a job puts on the medium: plan + secrets -> stream.  Everything needed stands in the journal, so that anybody can regenerate it. */
#include <string.h>

#include "certwipe/job.h"
#include "lines.h"
#include "schema.h"
#include "secrets.h"

static const struct cw_plan_step *write_step(const struct cw_plan *p, uint32_t pass)
{
	for (uint32_t i = 0; i < p->n_steps; i++)
		if (p->steps[i].kind == CW_STEP_WRITE && p->steps[i].pass == pass)
			return &p->steps[i];
	return NULL;
}

/* "~R" complements the keystream pass before it; 0 when there is none. */
static uint32_t complemented_pass(const struct cw_plan *p, uint32_t pass)
{
	while (pass > 1) {
		const struct cw_plan_step *step = write_step(p, --pass);
		if (step != NULL && step->what.kind == CW_PASS_KEYSTREAM)
			return pass;
	}
	return 0;
}

static void keystream(struct cw_stream *out, enum cw_stream_kind kind, const struct cw_job_secrets *s, uint32_t pass)
{
	out->kind = kind;
	memcpy(out->key, s->key, CW_KEY_BYTES);
	out->pass = pass;
}

static void pattern(struct cw_stream *out, const uint8_t *bytes, uint32_t len)
{
	out->kind = CW_STREAM_PATTERN;
	memcpy(out->pattern, bytes, len);
	out->pattern_len = len;
}

/* False when the pass is none that a plan may hold. */
static bool resolve(const struct cw_plan *p, const struct cw_plan_step *step, const struct cw_job_secrets *s, struct cw_stream *out)
{
	const struct cw_pass *what = &step->what;
	bool slot_ok = what->slot >= 1 && what->slot < CW_ARRAY_LEN(s->drawn);
	uint32_t of = complemented_pass(p, step->pass);
	uint8_t byte = slot_ok ? s->drawn[what->slot] : 0;
	switch (what->kind) {
	case CW_PASS_KEYSTREAM:
		keystream(out, CW_STREAM_KEYSTREAM, s, step->pass);
		return true;
	case CW_PASS_COMPLEMENT:
		keystream(out, CW_STREAM_KEYSTREAM_COMPLEMENT, s, of);
		return of != 0;
	case CW_PASS_PATTERN:
		if (what->pattern_len < 1 || what->pattern_len > CW_PATTERN_MAX)
			return false;
		pattern(out, what->pattern, what->pattern_len);
		return true;
	case CW_PASS_DRAWN_COMPLEMENT:
		byte = (uint8_t)~byte;
		/* fall through */
	case CW_PASS_DRAWN:
		pattern(out, &byte, 1);
		return slot_ok;
	default:
		return false;
	}
}

/* Markers, or what is written where keys were; or nothing but what a look would know them by. */
static bool has_pass_0(const struct cw_plan *p)
{
	for (uint32_t i = 0; i < p->n_steps; i++)
		if (p->steps[i].kind == CW_STEP_MARK || p->steps[i].kind == CW_STEP_KEYS || cw_step_looks(p->steps[i].kind))
			return true;
	return false;
}

int cw_job_stream(const struct cw_plan *p, uint32_t pass, const struct cw_job_secrets *s, struct cw_stream *out, struct cw_error *err)
{
	const struct cw_plan_step *step = write_step(p, pass);
	memset(out, 0, sizeof(*out));
	if (pass == 0 && has_pass_0(p)) {
		keystream(out, CW_STREAM_KEYSTREAM, s, 0);
		return 0;
	}
	if (step == NULL || !resolve(p, step, s, out))
		return cw_fail(err, CW_E_INVALID, 0, "plan", NULL, _("The plan does not say what pass %u writes."), pass);
	return 0;
}

/* ---- the stream line ---- */

unsigned job_slots_used(const struct cw_plan *p)
{
	unsigned used = 0;
	for (uint32_t i = 0; i < p->n_steps; i++) {
		const struct cw_pass *what = &p->steps[i].what;
		bool drawn = what->kind == CW_PASS_DRAWN || what->kind == CW_PASS_DRAWN_COMPLEMENT;
		if (drawn && what->slot >= 1 && what->slot <= 9)
			used |= 1u << what->slot;
	}
	return used;
}

int job_secrets_draw(struct cw_job_secrets *out, struct cw_error *err)
{
	return cw_random(out, sizeof(*out), err);
}

json_t *job_secrets_json(const struct cw_job_secrets *s, unsigned slots, const struct cw_transport *medium)
{
	char key[2 * CW_KEY_BYTES + 1], seed[2 * sizeof(s->sample_seed) + 1], byte[3];
	CW_AUTO_JSON json_t *drawn = json_array();
	for (unsigned slot = 1; slot <= 9; slot++) {
		if ((slots & (1u << slot)) == 0)
			continue;
		cw_hex(byte, &s->drawn[slot], 1);
		if (json_array_append_new(drawn, json_pack("{s:i, s:s}", "slot", (int)slot, "byteHex", byte)) < 0)
			return NULL;
	}
	cw_hex(key, s->key, sizeof(s->key));
	cw_hex(seed, s->sample_seed, sizeof(s->sample_seed));
	return json_pack("{s:s, s:s, s:O, s:s, s:o}", "cipher", "AES-256-CTR", "keyHex", key, "drawn", drawn, "sampleSeedHex", seed, "io",
			 job_io(medium));
}

/* Bits of the slots that were drawn; 0 when one is there twice. */
static unsigned read_drawn(const json_t *drawn, struct cw_job_secrets *out)
{
	size_t i;
	json_t *item;
	unsigned seen = 0;
	json_array_foreach(drawn, i, item) {
		uint64_t slot = cw_json_u64(item, "slot", 0);
		if (slot < 1 || slot > 9 || (seen & (1u << slot)) != 0 || !cw_unhex(&out->drawn[slot], 1, cw_json_str(item, "byteHex", "")))
			return 0;
		seen |= 1u << slot;
	}
	return seen;
}

static const json_t *stream_line(const struct cw_journal_text *t)
{
	size_t i;
	json_t *line;
	json_array_foreach(t->lines, i, line)
		if (job_event_is(line, "stream"))
			return line;
	return NULL;
}

int cw_job_secrets_of(const struct cw_journal_text *t, struct cw_job_secrets *out, bool *present, struct cw_error *err)
{
	struct cw_plan plan;
	const json_t *line = stream_line(t);
	memset(out, 0, sizeof(*out));
	*present = line != NULL;
	if (line == NULL)
		return 0;
	int rc = cw_job_plan(t, &plan, err);
	if (rc < 0)
		return rc;
	unsigned drawn = read_drawn(json_object_get(line, "drawn"), out);
	if (!cw_unhex(out->key, sizeof(out->key), cw_json_str(line, "keyHex", "")) ||
	    !cw_unhex(out->sample_seed, sizeof(out->sample_seed), cw_json_str(line, "sampleSeedHex", "")) || drawn != job_slots_used(&plan))
		return cw_fail(err, CW_E_INVALID, 0, "journal", _("The journal was damaged or altered; nothing can be claimed from it."),
			       _("The journal does not hold the key and drawn bytes that its plan needs."));
	return 0;
}
