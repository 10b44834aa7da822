/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of encrypted volumes, from the plan to the document: what stands on the medium, against what is claimed of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "sim/fixture_journal.h"
#include "sim/job_fixture.h"
#include "sim/payload_mutants.h"
#include "sim/sim.h"

#define KIB 1024ull
#define SIZE (4096 * KIB)

static struct fixture fx;
static struct sim *medium;
static struct fault *fault;
static struct cw_contents contents;
static struct cw_verdict v;
static struct cw_error err;
static struct cw_medium now;
static unsigned asked, stop_at, backwards;
static struct cw_job_progress last;

static bool stop(void *user)
{
	(void)user;
	return stop_at && ++asked >= stop_at;
}

static void progress(void *user, const struct cw_job_progress *p)
{
	(void)user;
	backwards += p->total_done_bytes < last.total_done_bytes || p->total_done_bytes > p->total_bytes || p->completed_bytes > p->size_bytes;
	last = *p;
}

static int identify(void *user, struct cw_medium *found, struct cw_error *e)
{
	(void)user;
	*found = now;
	return cw_identity_compare(&fx.medium, &now, false, e);
}

static const struct cw_job_hooks hooks = { .stop = stop, .progress = progress, .identify = identify, .checkpoint_interval_ms = 1, .retry_pause_ms = 1 };

/* ---- a job ---- */

/* Two volumes, a stick or a disk. */
static void begin(bool alone, uint32_t class_)
{
	static const struct cw_policy policy = { .id = "test", .title = "Test", .standard = "none",
						 .sha256 = "0000000000000000000000000000000000000000000000000000000000000000", .column = CW_COLUMN_R2_2883, .groups = UINT32_MAX };
	struct cw_wish wish = { .attested = 1 };

	memset(&contents, 0, sizeof(contents));
	memset(&err, 0, sizeof(err));
	memset(&last, 0, sizeof(last));
	asked = stop_at = backwards = 0;
	contents.known = 1;
	contents.n_parts = contents.keys.n_volumes = contents.keys.n_spans = 2;
	for (uint32_t i = 0; i < 2; i++) {
		contents.parts[i] = (struct cw_part){ .number = i + 1, .offset_bytes = (64 + 2048 * i) * KIB, .size_bytes = 1024 * KIB, .type = "crypto_LUKS", .usage = "crypto" };
		contents.keys.volumes[i] = (struct cw_volume){ .kind = CW_VOLUME_LUKS1 + i, .number = i + 1, .offset_bytes = contents.parts[i].offset_bytes, .size_bytes = 1024 * KIB };
		contents.keys.spans[i] = (struct cw_span){ contents.parts[i].offset_bytes, (100 + i) * KIB };
	}
	fixture_init(&fx, SIZE, "keystream", false);
	fx.medium.class_ = class_;
	now = fx.medium;
	cw_strlcpy(alone ? wish.technique : wish.scheme, alone ? "key_destroy" : "keystream", sizeof(wish.technique));
	assert_int_equal(cw_plan_make_on(&fx.medium, NULL, &contents, &policy, &wish, &fx.plan, &err), 0);
	assert_int_equal(cw_plan_digest(&fx.plan, fx.plan_sha256, &err), 0);
	medium = sim_new(SIZE, 512, 512);
	fault = fault_new(&medium->t);
}

static void append(struct cw_journal *j, const char *event, json_t *fields)
{
	assert_int_equal(cw_journal_append(j, event, fields, &err), 0);
}

static void authorise(bool attested)
{
	struct cw_journal *j = NULL;
	json_t *job = fixture_job_line(&fx);

	json_object_set_new(job, "contents", cw_contents_json(&contents, false));
	assert_int_equal(cw_journal_create(fx.dirfd, FIXTURE_JOB, 65536, &j, &err), 0);
	append(j, "job", job);
	if (attested)
		append(j, "attestation", json_pack("{s:s, s:b, s:b, s:o}", "name", "Chen Mei-ling", "encryptedFromFirstUse", 1, "noKeyCopies", 1, "by", fixture_person()));
	append(j, "authorised", fixture_authorised_line(&fx));
	append(j, "registered", fixture_registered_line());
	cw_journal_free(j);
}

static bool is_old(uint64_t from, uint64_t upto)
{
	for (uint64_t at = from; at < upto; at++)
		if (medium->bytes[at] != sim_old_byte(at))
			return false;
	return true;
}

/* Any sector of a key as it was. */
static bool keys_left(void)
{
	for (uint32_t i = 0; i < 2; i++)
		for (uint64_t at = 0; at < contents.keys.spans[i].len_bytes; at += 512)
			if (is_old(contents.keys.spans[i].offset_bytes + at, contents.keys.spans[i].offset_bytes + at + 512))
				return true;
	return false;
}

static void run(bool resumed, const char *status)
{
	CW_AUTO_JSON json_t *by = resumed ? fixture_person() : NULL;
	struct cw_journal_text t;
	struct cw_journal *j = NULL;
	bool dropped = false;
	char found[16] = "";

	assert_int_equal(cw_journal_open(fx.dirfd, FIXTURE_JOB, &j, &dropped, &err), 0);
	fixture_read(&fx, &t);
	last.total_done_bytes = 0;
	if (cw_job_run(j, &t, &fault->t, &hooks, by, dropped, found, &err))
		fail_msg("%s", err.message);
	cw_journal_text_clear(&t);
	cw_journal_free(j);
	assert_string_equal(found, status);
	assert_int_equal(backwards, 0);
	fixture_read(&fx, &t);
	cw_verdict_of(&t, &v);
	cw_journal_text_clear(&t);
	if (v.outcome == CW_SANITISED && keys_left())
		fail_msg("A FALSE VERDICT: %s", v.reason);
}

static json_t *lines_of(void)
{
	static const char *const common[] = { "seq", "at", "bootMs", "prev" };
	struct cw_journal_text t;
	json_t *lines, *line;
	size_t i;

	fixture_read(&fx, &t);
	lines = json_deep_copy(t.lines);
	json_array_foreach(lines, i, line)
		for (size_t k = 0; k < CW_ARRAY_LEN(common); k++)
			json_object_del(line, common[k]);
	cw_journal_text_clear(&t);
	return lines;
}

static void end(void)
{
	cw_transport_free(&fault->t);
	fixture_clear(&fx);
}

static void assert_certified(void)
{
	if (v.outcome != CW_SANITISED)
		fail_msg("%s: %s", cw_outcome_name(v.outcome), v.reason);
	assert_int_equal(v.level, CW_LEVEL_CLEAR);
	assert_int_equal(v.exit_code, CW_EXIT_DONE);
	for (uint32_t i = 0; i < v.n_support; i++)
		if (!v.support[i].holds)
			fail_msg("%s does not hold", v.support[i].claim);
}

/* ---- alone ---- */

static void alone_they_are_gone_and_all_else_stays(void **state)
{
	static const uint32_t classes[] = { CW_CLASS_USB_STICK, CW_CLASS_HDD_ATA, CW_CLASS_SSD_ATA, CW_CLASS_EMMC };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(classes); i++) {
		begin(true, classes[i]);
		authorise(true);
		run(false, "complete");
		assert_certified();
		assert_non_null(strstr(v.caveats, "K14"));
		assert_non_null(strstr(v.reason, "everything else was left on the medium"));
		assert_true(is_old(0, 64 * KIB) && is_old(164 * KIB, 2112 * KIB) && is_old(2213 * KIB, SIZE));
		assert_int_equal(medium->written_bytes, 201 * KIB);
		assert_int_equal(last.total_done_bytes, last.total_bytes);
		end();
	}
}

static void nobody_vouched_no_level(void **state)
{
	(void)state;
	begin(true, CW_CLASS_USB_STICK);
	authorise(false);
	run(false, "complete");
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_int_equal(v.level, CW_LEVEL_NONE);
	assert_non_null(strstr(v.reason, "Nobody attested"));
	end();
}

static void a_class_without_a_row_reaches_nothing(void **state)
{
	(void)state;
	begin(true, CW_CLASS_USB_BRIDGE_SSD);
	authorise(true);
	run(false, "complete");
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_int_equal(v.level, CW_LEVEL_NONE);
	end();
}

/* One sector in the middle of a key slot. */
static void a_sector_that_keeps_its_bytes_is_found(void **state)
{
	(void)state;
	begin(true, CW_CLASS_USB_STICK);
	authorise(true);
	medium->drops_from_bytes = 2212 * KIB;
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.exit_code, CW_EXIT_VERIFY_FAILED);
	assert_true(keys_left());
	end();
}

static void a_sector_that_cannot_be_written_is_no_success(void **state)
{
	(void)state;
	begin(true, CW_CLASS_USB_STICK);
	authorise(true);
	fault_add(fault, FAULT_ON_WRITE, 100 * KIB, 100 * KIB + 512, EIO, 0);
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_true(v.unwritten_bytes >= 512);
	end();
}

/* How often a whole job asks whether it is to stop. */
static unsigned questions(void)
{
	static unsigned n;

	if (n)
		return n;
	begin(true, CW_CLASS_USB_STICK);
	authorise(true);
	stop_at = UINT32_MAX;
	run(false, "complete");
	n = asked;
	end();
	return n;
}

/* Stopped at every question there is, and resumed: in the end all of it counts. */
static void stopped_anywhere_and_resumed(void **state)
{
	(void)state;
	for (unsigned at = 1; at <= questions(); at++) {
		begin(true, CW_CLASS_USB_STICK);
		authorise(true);
		stop_at = at;
		run(false, "stopped");
		assert_int_not_equal(v.outcome, CW_SANITISED);
		stop_at = 0;
		run(true, "complete");
		assert_certified();
		end();
	}
}

/* ---- first ---- */

static void first_and_then_everything(void **state)
{
	(void)state;
	begin(false, CW_CLASS_USB_STICK);
	authorise(false);
	run(false, "complete");
	assert_certified();
	assert_string_equal(v.reason, "Every planned byte was written, read back and is equal.");
	assert_int_equal(medium->written_bytes, SIZE + 201 * KIB);
	end();
}

/* What an interrupted wipe is for: not sanitised, and yet no key is left. */
static void interrupted_the_keys_are_gone(void **state)
{
	CW_AUTO_JSON json_t *doc = NULL;

	(void)state;
	begin(false, CW_CLASS_USB_STICK);
	authorise(false);
	fault->vanishes_after_bytes = 201 * KIB * 2 + 512 * KIB;
	run(false, "lost");
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_false(keys_left());
	assert_true(is_old(3000 * KIB, SIZE));
	doc = payload_make(lines_of());
	assert_true(json_is_true(payload_at(doc, "keys.written.complete")) && json_is_true(payload_at(doc, "keys.readBack.complete")));
	assert_true(json_is_false(payload_at(doc, "keys.alone")));
	assert_true(payload_agreed(doc, "a report"));
	fault->vanishes_after_bytes = SIM_NEVER;
	now.diskseq++;
	run(true, "complete");
	assert_certified();
	end();
}

/* Between the keys and the first pass there is nothing else of ours to know the medium by. */
static void another_medium_is_found_out_by_what_stands_where_keys_were(void **state)
{
	CW_AUTO_JSON json_t *by = fixture_person();
	struct cw_journal_text t;
	struct cw_journal *j = NULL;
	bool dropped;
	char status[16];

	(void)state;
	begin(false, CW_CLASS_USB_STICK);
	authorise(false);
	fault->vanishes_after_bytes = 201 * KIB * 2;
	run(false, "lost");
	fault->vanishes_after_bytes = SIM_NEVER;
	memset(medium->bytes, 0, SIZE);
	assert_int_equal(cw_journal_open(fx.dirfd, FIXTURE_JOB, &j, &dropped, &err), 0);
	fixture_read(&fx, &t);
	assert_int_equal(cw_job_run(j, &t, &fault->t, &hooks, by, dropped, status, &err), CW_E_IDENTITY);
	cw_journal_text_clear(&t);
	cw_journal_free(j);
	end();
}

/* ---- journals that somebody bent ---- */

static json_t *good_lines(void)
{
	json_t *lines;

	begin(true, CW_CLASS_USB_STICK);
	authorise(true);
	run(false, "complete");
	assert_certified();
	lines = lines_of();
	end();
	return lines;
}

static json_t *keys_in(json_t *lines)
{
	return json_object_get(json_object_get(json_array_get(lines, 0), "plan"), "keys");
}

static void bend(json_t *lines, unsigned how)
{
	json_t *line;

	switch (how) {
	case 0: /* fewer bytes than the plan has */
		json_object_set_new(json_array_get(json_object_get(keys_in(lines), "spans"), 1), "lengthBytes", json_integer(202 * KIB));
		fixture_reseal(lines);
		break;
	case 1: /* the read-back is missing */
		while (fixture_index(lines, "step-end", 1) > fixture_index(lines, "step-end", 0) + 1)
			json_array_remove(lines, fixture_index(lines, "step-end", 0) + 1);
		json_array_remove(lines, fixture_index(lines, "step-end", 1));
		break;
	case 2: /* something beside the volumes that is not encrypted */
		json_array_append_new(json_object_get(json_array_get(lines, 0), "contents"),
				      json_pack("{s:i, s:i, s:i, s:s, s:s}", "number", 3, "offsetBytes", 3145728, "sizeBytes", 524288, "type", "vfat", "usage", "filesystem"));
		break;
	case 3: /* a volume that was none */
		json_array_clear(json_object_get(keys_in(lines), "volumes"));
		json_array_append_new(json_object_get(keys_in(lines), "volumes"),
				      json_pack("{s:s, s:i, s:i, s:i}", "kind", "luks1", "number", 1, "offsetBytes", 0, "sizeBytes", 4096));
		fixture_reseal(lines);
		break;
	case 4: /* nobody vouched */
		json_array_remove(lines, fixture_index(lines, "attestation", 0));
		break;
	case 5: /* a sector less was compared */
		line = fixture_find(lines, "step-end", 1);
		json_object_set_new(line, "doneBytes", json_integer(201 * KIB - 512));
		break;
	default: /* a mismatch */
		line = fixture_find(lines, "step-end", 1);
		json_object_set_new(line, "mismatchBytes", json_integer(512));
		break;
	}
}

static void a_bent_journal_claims_nothing(void **state)
{
	(void)state;
	for (unsigned how = 0; how < 7; how++) {
		CW_AUTO_JSON json_t *lines = good_lines();

		bend(lines, how);
		if (fixture_judge(lines, &v) && v.outcome == CW_SANITISED)
			fail_msg("lie %u is believed", how);
	}
}

/* ---- documents ---- */

static const char *text_at(json_t *doc, const char *path)
{
	const char *s = json_string_value(payload_at(doc, path));

	if (!s)
		fail_msg("no text at %s", path);
	return s;
}

static void the_document_says_what_stayed(void **state)
{
	CW_AUTO_JSON json_t *doc = payload_make(good_lines());

	(void)state;
	assert_string_equal(text_at(doc, "type"), CW_TYPE_CERTIFICATE);
	assert_string_equal(text_at(doc, "sanitization.technique"), "key_destroy");
	assert_string_equal(text_at(doc, "sanitization.levelClaimed"), "clear");
	assert_string_equal(text_at(doc, "sanitization.levelBasis.0.rule"), "c4");
	assert_string_equal(text_at(doc, "verification.method"), "keys");
	assert_int_equal(json_integer_value(payload_at(doc, "verification.coverageBytes")), 201 * KIB);
	assert_string_equal(text_at(doc, "keys.attestation.name"), "Chen Mei-ling");
	assert_string_equal(text_at(doc, "keys.volumes.1.kind"), "luks2");
	assert_string_equal(text_at(doc, "limits.0.id"), "keys");
	assert_non_null(strstr(text_at(doc, "nextStep.en"), "encrypted data are still there"));
	assert_true(payload_agreed(doc, "a certificate"));
}

static void check_and_schema_agree(void **state)
{
	CW_AUTO_JSON json_t *doc = payload_make(good_lines());

	(void)state;
	payload_walk(doc, payload_at(doc, "keys"), "certificate.keys");
	payload_walk(doc, payload_at(doc, "verification"), "certificate.verification");
	payload_walk(doc, payload_at(doc, "passes"), "certificate.passes");
	assert_true(payload_mutants > 500);
	assert_true(payload_accepted < payload_mutants / 3);
}

static void lies_between_fields(void **state)
{
	static const struct {
		const char *object, *key, *value; /* JSON; "": taken away */
	} lies[] = {
		{ "", "keys", "" },
		{ "keys", "alone", "false" },
		{ "keys", "attestation", "" },
		{ "keys", "bytes", "205825" },
		{ "keys.spans.0", "offsetBytes", "4194304" },
		{ "keys.spans.1", "offsetBytes", "65536" },
		{ "keys.written", "complete", "false" },
		{ "keys.written", "doneBytes", "512" },
		{ "keys.readBack", "complete", "false" },
		{ "keys.readBack", "doneBytes", "512" },
		{ "keys.readBack", "mismatchBytes", "512" },
		{ "verification", "method", "\"full\"" },
		{ "sanitization", "levelClaimed", "\"purge\"" },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(lies); i++) {
		CW_AUTO_JSON json_t *doc = payload_make(good_lines());

		if (*lies[i].value)
			json_object_set_new(payload_at(doc, lies[i].object), lies[i].key, json_loads(lies[i].value, JSON_DECODE_ANY, NULL));
		else
			json_object_del(payload_at(doc, lies[i].object), lies[i].key);
		if (payload_passes(doc))
			fail_msg("%s.%s = %s is believed", lies[i].object, lies[i].key, lies[i].value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alone_they_are_gone_and_all_else_stays),
		cmocka_unit_test(nobody_vouched_no_level),
		cmocka_unit_test(a_class_without_a_row_reaches_nothing),
		cmocka_unit_test(a_sector_that_keeps_its_bytes_is_found),
		cmocka_unit_test(a_sector_that_cannot_be_written_is_no_success),
		cmocka_unit_test(stopped_anywhere_and_resumed),
		cmocka_unit_test(first_and_then_everything),
		cmocka_unit_test(interrupted_the_keys_are_gone),
		cmocka_unit_test(another_medium_is_found_out_by_what_stands_where_keys_were),
		cmocka_unit_test(a_bent_journal_claims_nothing),
		cmocka_unit_test(the_document_says_what_stayed),
		cmocka_unit_test(check_and_schema_agree),
		cmocka_unit_test(lies_between_fields),
	};

	return cmocka_run_group_tests(tests, payload_load_schema, payload_free_schema);
}
