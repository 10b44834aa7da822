/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture_journal.h"

#include <stdlib.h>
#include <string.h>

static void must(int rc, const struct cw_error *err)
{
	if (rc) {
		fprintf(stderr, "# journal fixture: %s (%s)\n", err->message, err->where);
		abort();
	}
}

static void *there(void *p)
{
	if (!p)
		abort();
	return p;
}

/* ---- medium and plan ---- */

static void name(struct cw_id *id, const char *text)
{
	cw_strlcpy(id->text, text, sizeof(id->text));
	id->raw_len = (uint32_t)strlen(text);
	memcpy(id->raw, text, id->raw_len);
	id->source = CW_SOURCE_SYSFS;
}

static void make_medium(const struct fixture_wish *w, struct cw_medium *m)
{
	*m = (struct cw_medium){ .node = "/dev/sdx", .name = "sdx", .port = "pci-0000:00:14.0-usb-0:1:1.0-scsi-0:0:0:0", .diskseq = 7, .dev_major = 8,
				 .size_bytes = FIXTURE_SIZE, .logical_bytes = 512, .physical_bytes = 512, .removable = 1, .has_medium = 1 };
	m->class_ = w->class_ ? w->class_ : CW_CLASS_USB_STICK;
	if (cw_class_is_optical(m->class_))
		m->logical_bytes = m->physical_bytes = 2048;
	m->bus = w->bus ? w->bus : CW_BUS_USB;
	m->virtual_ = w->virtual_;
	m->hidden = w->unknown_hidden ? CW_HIDDEN_UNKNOWN : w->hidden ? w->hidden : CW_HIDDEN_NONE;
	m->hidden_bytes = m->hidden == CW_HIDDEN_PRESENT ? 1048576 : 0;
	name(&m->vendor, "Acme");
	name(&m->model, "Stick 8");
	name(&m->serial, "AC0123456789XY");
	cw_strlcpy(m->full_serial, m->serial.text, sizeof(m->full_serial));
	cw_identity_grade(m);
}

static json_t *make_plan(const struct fixture_wish *w, const struct cw_medium *m)
{
	struct cw_policy policy = { .id = "test", .title = "Test", .standard = "NIST SP 800-88 Rev. 2", .sha256 = FIXTURE_SHA, .sample_allowed = 1, .groups = UINT32_MAX };
	struct cw_wish wish = { .sample = w->sample };
	struct cw_plan plan;
	struct cw_error err = {0};
	policy.column = w->r1 ? CW_COLUMN_R1 : CW_COLUMN_R2_2883;
	policy.accept_virtual = w->virtual_;
	policy.wipe_closes_case = !w->case_stays_open;
	cw_strlcpy(wish.scheme, w->scheme ? w->scheme : "keystream", sizeof(wish.scheme));
	must(cw_plan_make(m, NULL, &policy, &wish, &plan, &err), &err);
	return there(cw_plan_json(&plan));
}

static json_t *person(void)
{
	return there(json_pack("{s:i, s:s}", "uid", 1000, "name", "clerk"));
}

static json_t *station_clock(void)
{
	return there(json_pack("{s:s, s:b, s:i}", "source", "kernel", "synchronised", 1, "maxErrorMs", 20));
}

static json_t *job_line(const struct fixture_wish *w, const struct cw_medium *m)
{
	json_t *line = there(json_pack(
		"{s:s, s:s, s:i, s:s, s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s}, s:o, s:o, s:o, s:[], s:{s:s, s:s}, s:o, s:s, s:{s:s, s:s}, s:o, s:{s:s, s:b}, s:b}", "event",
		"job", "jobId", "20261123-185522-7f3a09c1", "version", 1, "type", "wipe", "tool", "name", "certwipe", "version", "0", "buildSha256", FIXTURE_SHA,
		"host", "machineId", "00112233445566778899aabbccddeeff", "kernel", "6.1", "bootId", "00112233445566778899aabbccddeeff", "clock", station_clock(),
		"medium", cw_medium_json(m), "attachment", cw_attachment_json(m), "contents", "policy", "id", "test", "sha256", FIXTURE_SHA, "plan", make_plan(w, m),
		"planSha256", FIXTURE_SHA, "case", "approvalNumber", "115-0001", "unit", "政風處", "operator", person(), "state", "type", "ext4", "persistent", 1,
		"preallocated", 1));
	return line;
}

/* ---- lines ---- */

static void append(json_t *lines, const char *event, json_t *line)
{
	if (json_object_set_new(there(line), "event", json_string(event)) || json_array_append_new(lines, line))
		abort();
}

void fixture_line(json_t *lines, const char *event, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	append(lines, event, json_vpack_ex(NULL, 0, format, args));
	va_end(args);
}

static const json_t *plan_of(const json_t *lines)
{
	return json_object_get(json_array_get(lines, 0), "plan");
}

static void add_stream(json_t *lines)
{
	json_t *drawn = json_array(), *step;
	size_t i;
	bool seen[10] = { false };
	json_array_foreach(json_object_get(plan_of(lines), "steps"), i, step) {
		uint64_t slot = cw_json_u64(step, "slot", 0);
		if (slot && slot < 10 && !seen[slot])
			json_array_append_new(drawn, json_pack("{s:I, s:s}", "slot", (json_int_t)slot, "byteHex", "a7"));
		seen[slot % 10] = true;
	}
	fixture_line(lines, "stream", "{s:s, s:s, s:o, s:s, s:{s:s, s:s}}", "cipher", "AES-256-CTR", "keyHex", FIXTURE_SHA, "drawn", drawn, "sampleSeedHex", FIXTURE_SHA, "io",
		     "engine", "sweep", "transport", "block");
}

/* As the medium is attached: in the beginning, or since the last resumption. */
static json_int_t diskseq_of(const json_t *lines)
{
	for (size_t i = json_array_size(lines); i-- > 0;) {
		const json_t *attachment = json_object_get(json_array_get(lines, i), "attachment");
		if (attachment)
			return (json_int_t)cw_json_u64(attachment, "diskseq", 0);
	}
	abort();
}

static void add_identity(json_t *lines, const char *phase)
{
	fixture_line(lines, "identity", "{s:s, s:s, s:I, s:s, s:b}", "phase", phase, "identitySha256", cw_json_str(plan_of(lines), "identitySha256", ""), "diskseq",
		     diskseq_of(lines), "node", "/dev/sdx", "match", 1);
}

json_t *fixture_begin(const struct fixture_wish *w)
{
	json_t *lines = there(json_array());
	struct cw_medium m;
	make_medium(w, &m);
	json_array_append_new(lines, job_line(w, &m));
	fixture_line(lines, "authorised", "{s:s, s:s, s:s, s:o}", "method", "serial", "planSha256", FIXTURE_SHA, "identitySha256", FIXTURE_SHA, "by", person());
	fixture_line(lines, "registered", "{s:s, s:i, s:s, s:s}", "origin", "county/station", "size", 41, "root", FIXTURE_SHA, "kind", "started");
	add_stream(lines);
	add_identity(lines, "before-write");
	fixture_reseal(lines);
	return lines;
}

static bool is_sample(const json_t *lines, uint32_t step)
{
	return strcmp(cw_json_str(json_array_get(json_object_get(plan_of(lines), "steps"), step - 1), "do", ""), "sample") == 0;
}

static uint64_t sampled_upto(uint64_t upto)
{
	static const uint8_t seed[32];
	uint64_t sum = 0, offset, len;
	for (uint32_t i = 0; i < cw_sample_windows(FIXTURE_SIZE, 512); i++) {
		cw_sample_window(seed, FIXTURE_SIZE, 512, i, &offset, &len);
		sum += offset + len <= upto ? len : 0;
	}
	return sum;
}

static void counts(json_t *lines, const char *event, const char *mark, uint32_t step, uint64_t from, uint64_t upto)
{
	uint64_t done = is_sample(lines, step) ? sampled_upto(upto) : upto - from;
	fixture_line(lines, event, "{s:i, s:I, s:I, s:i, s:i}", "step", (int)step, mark, (json_int_t)upto, "doneBytes", (json_int_t)done, "badBytes", 0, "mismatchBytes", 0);
}

static void add_step_end(json_t *lines, uint32_t step, uint64_t from, uint64_t upto, const char *end)
{
	counts(lines, "step-end", "uptoBytes", step, from, upto);
	json_t *line = json_array_get(lines, json_array_size(lines) - 1);
	if (json_object_update_new(line, json_pack("{s:s, s:[], s:b, s:i}", "end", end, "bad", "badListed", 1, "elapsedMs", 1000)))
		abort();
}

void fixture_step_broken(json_t *lines, uint32_t step, uint64_t from_bytes, uint64_t upto_bytes, const char *step_end)
{
	const json_t *planned = json_array_get(json_object_get(plan_of(lines), "steps"), step - 1);
	fixture_line(lines, "intent", "{s:i, s:I, s:s, s:I, s:I}", "step", (int)step, "pass", (json_int_t)cw_json_u64(planned, "pass", 0), "do",
		     cw_json_str(planned, "do", ""), "fromBytes", (json_int_t)from_bytes, "sizeBytes", (json_int_t)FIXTURE_SIZE);
	if (upto_bytes - from_bytes >= 2 * 512)
		counts(lines, "checkpoint", "watermarkBytes", step, from_bytes, from_bytes + (upto_bytes - from_bytes) / 1024 * 512);
	counts(lines, "checkpoint", "watermarkBytes", step, from_bytes, upto_bytes);
	if (*step_end)
		add_step_end(lines, step, from_bytes, upto_bytes, step_end);
}

/* The drive does it, and the job goes on with a disc that is attached anew. */
static void reload(json_t *lines, uint32_t step)
{
	fixture_line(lines, "intent", "{s:i, s:s, s:i, s:I}", "step", (int)step, "do", "reload", "fromBytes", 0, "sizeBytes", (json_int_t)FIXTURE_SIZE);
	fixture_line(lines, "reload", "{s:i, s:s}", "step", (int)step, "trayBy", "drive");
	add_step_end(lines, step, 0, 0, "done");
	fixture_line(lines, "stopped", "{s:s, s:i, s:i}", "by", "reload", "step", (int)step + 1, "watermarkBytes", 0);
	fixture_line(lines, "end", "{s:s}", "status", "stopped");
	fixture_resume(lines, step + 1, 0);
	json_t *resumed = json_array_get(lines, json_array_size(lines) - 2), *identity = json_array_get(lines, json_array_size(lines) - 1);
	json_object_set_new(json_object_get(resumed, "attachment"), "diskseq", json_integer(8));
	json_object_set_new(identity, "diskseq", json_integer(8));
}

void fixture_step(json_t *lines, uint32_t step, uint64_t from_bytes)
{
	const json_t *planned = json_array_get(json_object_get(plan_of(lines), "steps"), step - 1);
	if (strcmp(cw_json_str(planned, "do", ""), "reload") == 0) {
		reload(lines, step);
		return;
	}
	fixture_step_broken(lines, step, from_bytes, FIXTURE_SIZE, "done");
}

void fixture_stop(json_t *lines, uint32_t step, uint64_t watermark_bytes)
{
	fixture_line(lines, "stopped", "{s:s, s:i, s:I}", "by", "operator", "step", (int)step, "watermarkBytes", (json_int_t)watermark_bytes);
	fixture_line(lines, "end", "{s:s}", "status", "stopped");
}

void fixture_resume(json_t *lines, uint32_t step, uint64_t from_bytes)
{
	json_t *attachment = json_deep_copy(json_object_get(json_array_get(lines, 0), "attachment"));
	bool ours = step > 1 || from_bytes;
	fixture_line(lines, "resumed", "{s:o, s:o, s:o, s:s, s:i, s:I, s:i, s:b}", "by", person(), "attachment", attachment, "clock", station_clock(), "bootId",
		     "00112233445566778899aabbccddeeff", "step", (int)step, "fromBytes", (json_int_t)from_bytes, "checkedBytes", ours ? 1048576 : 0, "droppedTail", 0);
	add_identity(lines, "resume");
}

void fixture_end(json_t *lines)
{
	add_identity(lines, "end");
	fixture_line(lines, "end", "{s:s}", "status", "complete");
}

json_t *fixture_perfect(const struct fixture_wish *w)
{
	json_t *lines = fixture_begin(w);
	uint32_t n = (uint32_t)json_array_size(json_object_get(plan_of(lines), "steps"));
	for (uint32_t step = 1; step <= n; step++)
		fixture_step(lines, step, 0);
	fixture_end(lines);
	return lines;
}

json_t *fixture_resumed(const struct fixture_wish *w, uint64_t from_bytes)
{
	json_t *lines = fixture_begin(w);
	fixture_step_broken(lines, 1, 0, FIXTURE_SIZE / 2, "stopped");
	fixture_stop(lines, 1, FIXTURE_SIZE / 2);
	fixture_resume(lines, 1, from_bytes);
	fixture_step(lines, 1, from_bytes);
	fixture_step(lines, 2, 0);
	fixture_end(lines);
	return lines;
}

/* ---- media that lie or break ---- */

json_t *fixture_wrapped(const struct fixture_wish *w, uint64_t real_bytes)
{
	uint64_t away = FIXTURE_SIZE - real_bytes;
	json_t *lines = fixture_begin(w), *end;
	fixture_step(lines, 1, 0);
	fixture_step(lines, 2, 0);
	end = fixture_find(lines, "step-end", 1);
	json_object_set_new(fixture_find(lines, "checkpoint", 3), "mismatchBytes", json_integer((json_int_t)away));
	json_object_set_new(end, "mismatchBytes", json_integer((json_int_t)away));
	json_object_set_new(end, "bad", json_pack("[{s:i, s:I, s:s, s:i}]", "offsetBytes", 0, "lengthBytes", (json_int_t)away, "fault", "mismatch", "errno", 0));
	json_object_set_new(end, "firstMismatch", json_pack("{s:i, s:s, s:i, s:I}", "offsetBytes", 0, "class", "other-offset", "writtenPass", 1, "writtenOffsetBytes",
							    (json_int_t)real_bytes));
	json_object_set_new(end, "mismatches", json_pack("{s:i, s:i, s:i, s:I, s:i, s:i, s:{s:i, s:I, s:I, s:I, s:i, s:[{s:i, s:I}]}}", "zerosBytes", 0, "onesBytes", 0,
							 "uniformBytes", 0, "otherOffsetBytes", (json_int_t)away, "otherPassBytes", 0, "foreignBytes", 0, "elsewhere",
							 "offsetBytes", 0, "uptoBytes", (json_int_t)away, "leastDistanceBytes", (json_int_t)real_bytes, "commonDistanceBytes",
							 (json_int_t)real_bytes, "backwardBytes", 0, "places", "offsetBytes", 0, "writtenOffsetBytes", (json_int_t)real_bytes));
	fixture_line(lines, "end", "{s:s}", "status", "failed");
	return lines;
}

json_t *fixture_blank(const struct fixture_wish *w)
{
	json_t *lines = fixture_perfect(w), *end = fixture_find(lines, "step-end", 1);
	json_object_set_new(fixture_find(lines, "checkpoint", 3), "mismatchBytes", json_integer(FIXTURE_SIZE / 2));
	json_object_set_new(end, "mismatchBytes", json_integer(FIXTURE_SIZE / 2));
	json_object_set_new(end, "bad", json_pack("[{s:I, s:I, s:s, s:i}]", "offsetBytes", (json_int_t)FIXTURE_SIZE / 2, "lengthBytes", (json_int_t)FIXTURE_SIZE / 2, "fault", "mismatch", "errno", 0));
	json_object_set_new(end, "mismatches", json_pack("{s:I, s:i, s:i, s:i, s:i, s:i, s:{s:I, s:I}}", "zerosBytes", (json_int_t)FIXTURE_SIZE / 2, "onesBytes", 0, "uniformBytes", 0,
							 "otherOffsetBytes", 0, "otherPassBytes", 0, "foreignBytes", 0, "lacking", "offsetBytes", (json_int_t)FIXTURE_SIZE / 2,
							 "uptoBytes", (json_int_t)FIXTURE_SIZE));
	return lines;
}

json_t *fixture_accused(const struct fixture_wish *w)
{
	json_t *lines = fixture_begin(w);
	fixture_step_broken(lines, 1, 0, FIXTURE_SIZE / 2, "");
	fixture_line(lines, "spot-check", "{s:i, s:i, s:i, s:[{s:i, s:s, s:i, s:i}, {s:i, s:s, s:i, s:i}], s:[{s:i}]}", "step", 1, "probes", 3, "equal", 1, "differing",
		     "offsetBytes", 3145728, "class", "other-offset", "writtenPass", 1, "writtenOffsetBytes", 7340032, "offsetBytes", 1048576, "class", "other-offset",
		     "writtenPass", 1, "writtenOffsetBytes", 5242880, "same", "offsetBytes", 5242880);
	fixture_line(lines, "lost", "{s:s, s:s}", "what", "medium", "message", "pulled");
	fixture_line(lines, "end", "{s:s}", "status", "lost");
	return lines;
}

json_t *fixture_hot(const struct fixture_wish *w)
{
	json_t *lines = fixture_begin(w);
	fixture_step_broken(lines, 1, 0, FIXTURE_SIZE / 2, "stopped");
	fixture_line(lines, "stopped", "{s:s, s:i, s:I, s:{s:s, s:i, s:i}}", "by", "rule", "step", 1, "watermarkBytes", (json_int_t)FIXTURE_SIZE / 2, "rule", "name", "temperature",
		     "limit", 60, "found", 71);
	fixture_line(lines, "end", "{s:s}", "status", "stopped");
	return lines;
}

/* ---- bending ---- */

size_t fixture_index(const json_t *lines, const char *event, size_t nth)
{
	for (size_t i = 0; i < json_array_size(lines); i++)
		if (strcmp(cw_json_str(json_array_get(lines, i), "event", ""), event) == 0 && nth-- == 0)
			return i;
	abort();
}

json_t *fixture_find(json_t *lines, const char *event, size_t nth)
{
	return json_array_get(lines, fixture_index(lines, event, nth));
}

static void set_all(json_t *lines, const char *key, const char *value)
{
	size_t i;
	json_t *line;
	json_array_foreach(lines, i, line)
		if (json_object_get(line, key))
			json_object_set_new(line, key, json_string(value));
}

void fixture_reseal(json_t *lines)
{
	json_t *job = json_array_get(lines, 0), *plan = json_object_get(job, "plan");
	char sha256[CW_SHA256_HEX];
	struct cw_medium m;
	struct cw_error err = {0};
	must(cw_medium_of_json(json_object_get(job, "medium"), json_object_get(job, "attachment"), &m, &err), &err);
	must(cw_identity_digest(&m, sha256, &err), &err);
	json_object_set_new(plan, "identitySha256", json_string(sha256));
	set_all(lines, "identitySha256", sha256);
	must(cw_json_digest(plan, sha256, &err), &err);
	set_all(lines, "planSha256", sha256);
}

/* ---- chaining ---- */

static json_t *whole_line(const json_t *line, size_t seq, const char *prev)
{
	char at[CW_TIME_TEXT];
	json_t *whole = there(json_deep_copy(line));
	cw_time_format(1795460122 + (int64_t)seq, at);
	/* A test may have bent these, too. */
	json_t *common = there(json_pack("{s:I, s:s, s:I, s:s}", "seq", (json_int_t)seq, "at", at, "bootMs", (json_int_t)(1000000 + 1000 * seq), "prev", prev));
	json_object_update_missing(whole, common);
	json_decref(common);
	return whole;
}

int fixture_chain(const json_t *lines, struct cw_journal_text *out, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf all = {0};
	char prev[CW_SHA256_HEX];
	memset(prev, '0', sizeof(prev) - 1);
	prev[sizeof(prev) - 1] = '\0';
	for (size_t seq = 0; seq < json_array_size(lines); seq++) {
		CW_AUTO_JSON json_t *line = whole_line(json_array_get(lines, seq), seq, prev);
		size_t start = all.len;
		must(cw_json_canonical(line, &all, err), err);
		cw_sha256_hex(all.data + start, all.len - start, prev);
		cw_buf_str(&all, "\n");
	}
	return cw_journal_parse(all.data ? all.data : "", all.len, out, err);
}

bool fixture_judge(const json_t *lines, struct cw_verdict *out)
{
	struct cw_journal_text t;
	struct cw_error err = {0};
	if (fixture_chain(lines, &t, &err))
		return false;
	cw_verdict_of(&t, out);
	cw_journal_text_clear(&t);
	return true;
}
