/* SPDX-License-Identifier: Apache-2.0 */
/* Discs that are blanked: what a drive says of it, what is left, and what is said of that. */
#include "certwipe/evidence.h"
#include "sim/burner.h"
#include "sim/job_fixture.h"
#include "sim/payload_mutants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BLOCK 2048u
#define BLOCKS 700u
#define RECORDED 500u
#define SHA "0000000000000000000000000000000000000000000000000000000000000000"

struct disc {
	struct sim_burner d;
	struct fixture f;
	struct cw_capabilities capabilities;
	unsigned waits, stop_at_wait, power_cut_at_wait; /* 1-based; 0: never */
	bool looks_blank; /* after that */
	bool second_keeps_data;
	unsigned swapped_at_wait; /* another disc is put in while the drive has no power; 0: never */
};

/* ---- a job on it ---- */

static bool stop(void *user)
{
	const struct disc *x = user;

	return x->stop_at_wait && x->waits >= x->stop_at_wait;
}

static void pull(struct disc *x)
{
	sim_burner_power_cut(&x->d, x->looks_blank);
	x->d.is_away = true;
}

static void wait(void *user, uint32_t ms)
{
	struct disc *x = user;

	(void)ms;
	if (++x->waits == x->power_cut_at_wait)
		pull(x);
	if (x->waits == x->swapped_at_wait)
		sim_burner_reset(&x->d, RECORDED);
	if (x->second_keeps_data && x->d.begun == 2)
		x->d.keeps_data = true;
}

/* A blanked disc has no size any more. */
static int identify(void *user, struct cw_medium *now, struct cw_error *err)
{
	const struct disc *x = user;

	*now = x->f.medium;
	now->size_bytes = (uint64_t)x->d.recorded * BLOCK;
	return x->swapped_at_wait && x->waits >= x->swapped_at_wait ? cw_fail(err, CW_E_IDENTITY, 0, NULL, NULL, "Another disc was put in.") : 0;
}

static void begin_as(struct disc *x, const char *technique, uint32_t class_, uint16_t profile)
{
	const struct cw_policy policy = { .id = "test", .title = "Test", .standard = "none", .sha256 = SHA, .scheme_magnetic = "keystream", .scheme_flash = "keystream",
					  .column = CW_COLUMN_R2_2883, .groups = UINT32_MAX, .accept_unconfirmed = 1 };
	struct cw_wish wish = { 0 };
	struct cw_error err = { 0 };

	memset(x, 0, sizeof(*x));
	fixture_init(&x->f, RECORDED * BLOCK, "keystream", false);
	x->d = (struct sim_burner){ .profile = profile, .way = profile == 0x14 ? 0x21 : 0x37, .flags = 0x1e, .sessions = 1,
				    .capacity_type = profile == 0x14 ? 1 : 2, .blocks = BLOCKS, .recorded = RECORDED, .asks = 3,
				    .cells = malloc(BLOCKS * BLOCK) };
	assert_non_null(x->d.cells);
	for (size_t i = 0; i < BLOCKS * BLOCK; i++)
		x->d.cells[i] = (uint8_t)("old data "[i % 9] + (int)(i / 9 % 3));
	sim_burner_begin(&x->d);
	x->f.medium.class_ = class_;
	x->f.medium.logical_bytes = x->f.medium.physical_bytes = BLOCK;
	cw_capabilities_ask(&x->d.t, &x->f.medium, &x->capabilities);
	cw_strlcpy(wish.technique, technique, sizeof(wish.technique));
	assert_int_equal(cw_plan_make(&x->f.medium, &x->capabilities, &policy, &wish, &x->f.plan, &err), 0);
	assert_int_equal(cw_plan_digest(&x->f.plan, x->f.plan_sha256, &err), 0);
}

static void begin(struct disc *x, const char *technique)
{
	begin_as(x, technique, CW_CLASS_CD_RW, 0x0a);
}

static void end(struct disc *x)
{
	free(x->d.cells);
	fixture_clear(&x->f);
}

static void authorise(struct disc *x)
{
	struct cw_error err = { 0 };
	struct cw_journal *j = NULL;
	json_t *job = fixture_job_line(&x->f);

	json_object_set_new(job, "capabilities", cw_capabilities_json(&x->capabilities, true));
	assert_int_equal(cw_journal_create(x->f.dirfd, FIXTURE_JOB, 65536, &j, &err), 0);
	assert_int_equal(cw_journal_append(j, "job", job, &err), 0);
	assert_int_equal(cw_journal_append(j, "authorised", fixture_authorised_line(&x->f), &err), 0);
	assert_int_equal(cw_journal_append(j, "registered", fixture_registered_line(), &err), 0);
	cw_journal_free(j);
}

static int run(struct disc *x, bool resumed, char status[16])
{
	const struct cw_job_hooks hooks = { .user = x, .stop = stop, .wait = wait, .identify = identify, .checkpoint_interval_ms = 50 };
	CW_AUTO_JSON json_t *by = resumed ? fixture_person() : NULL;
	struct cw_journal_text t;
	struct cw_journal *j = NULL;
	struct cw_error err = { 0 };
	bool dropped = false;
	int rc;

	if (!resumed)
		authorise(x);
	assert_int_equal(cw_journal_open(x->f.dirfd, FIXTURE_JOB, &j, &dropped, &err), 0);
	fixture_read(&x->f, &t);
	rc = cw_job_run(j, &t, &x->d.t, &hooks, by, dropped, status, &err);
	cw_journal_text_clear(&t);
	cw_journal_free(j);
	return rc;
}

static struct cw_verdict judge(const struct disc *x)
{
	struct cw_journal_text t;
	struct cw_verdict v;

	fixture_read(&x->f, &t);
	cw_verdict_of(&t, &v);
	cw_journal_text_clear(&t);
	return v;
}

/* What would be signed keeps its own rules, by our reader and by the schema. */
static void assert_document(const struct disc *x)
{
	static const char *const common[] = { "seq", "at", "bootMs", "prev" };
	struct cw_journal_text t;
	json_t *lines, *line, *doc;
	size_t i;

	fixture_read(&x->f, &t);
	lines = json_deep_copy(t.lines);
	cw_journal_text_clear(&t);
	json_array_foreach(lines, i, line)
		for (size_t k = 0; k < CW_ARRAY_LEN(common); k++)
			json_object_del(line, common[k]);
	doc = payload_make(lines);
	assert_true(payload_agreed(doc, "a report"));
	json_decref(doc);
}

static bool holds(const struct cw_verdict *v, const char *claim)
{
	for (uint32_t i = 0; i < v->n_support; i++)
		if (!strcmp(v->support[i].claim, claim))
			return v->support[i].holds;
	fail_msg("nothing is said of %s", claim);
	return false;
}

static bool any_left(const struct disc *x)
{
	for (size_t i = 0; i < BLOCKS * BLOCK; i++)
		if (x->d.cells[i])
			return true;
	return false;
}

/* What became of a whole job, which is over afterwards. */
static struct cw_verdict verdict_of(struct disc *x, const char *expected_status)
{
	char status[16];
	struct cw_verdict v;

	assert_int_equal(run(x, false, status), 0);
	assert_string_equal(status, expected_status);
	v = judge(x);
	assert_document(x);
	assert_int_equal(v.level, CW_LEVEL_NONE);
	assert_int_not_equal(v.outcome, CW_SANITISED);
	assert_non_null(strstr(v.caveats, "K8"));
	return v;
}

/* ---- one blanking ---- */

/* Also where an organisation accepts in writing what is unconfirmed: the matrix knows no level for it (standards.md 8.2). */
static void nothing_is_left_and_nothing_is_claimed(void **state)
{
	struct cw_verdict v;
	struct disc x;

	(void)state;
	begin(&x, "optical_blank");
	assert_int_equal(x.f.plan.n_steps, 2);
	assert_int_equal(x.f.plan.size_bytes, BLOCKS * BLOCK);
	v = verdict_of(&x, "complete");
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_int_equal(v.exit_code, CW_EXIT_INCONCLUSIVE);
	assert_non_null(strstr(v.reason, "destroy it physically"));
	assert_true(holds(&v, "command-accepted") && holds(&v, "device-succeeded") && holds(&v, "nothing-left") && holds(&v, "identity-kept") && holds(&v, "plan-kept"));
	assert_int_equal(x.d.begun, 1);
	assert_false(any_left(&x));
	end(&x);
}

static void a_minimal_one_leaves_everything_and_says_so(void **state)
{
	struct cw_verdict v;
	struct disc x;

	(void)state;
	begin(&x, "optical_blank_min");
	v = verdict_of(&x, "complete");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_non_null(strstr(v.reason, "all data are still on it"));
	assert_true(any_left(&x));
	end(&x);
}

static void a_disc_that_is_as_before_was_not_blanked(void **state)
{
	struct cw_verdict v;
	struct disc x;

	(void)state;
	begin(&x, "optical_blank");
	x.d.does_nothing = true;
	v = verdict_of(&x, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.exit_code, CW_EXIT_VERIFY_FAILED);
	end(&x);
}

/* One old block is enough. */
static void a_disc_that_says_blank_and_gives_its_data_is_caught(void **state)
{
	(void)state;
	for (uint32_t recorded = 1; recorded <= RECORDED; recorded += RECORDED - 1) {
		struct cw_verdict v;
		struct disc x;

		begin(&x, "optical_blank");
		x.d.keeps_data = true;
		x.d.recorded = recorded;
		v = verdict_of(&x, "failed");
		assert_int_equal(v.outcome, CW_NOT_SANITISED);
		assert_int_equal(v.exit_code, CW_EXIT_VERIFY_FAILED);
		assert_int_equal(v.mismatch_bytes, recorded * BLOCK);
		assert_false(holds(&v, "nothing-left"));
		end(&x);
	}
}

/* A scratch is no proof that nothing is recorded there. */
static void a_block_that_fails_in_another_way_is_not_taken_for_blank(void **state)
{
	struct cw_verdict v;
	struct disc x;

	(void)state;
	begin(&x, "optical_blank");
	x.d.scratched_from = 20;
	x.d.scratched_upto = 22;
	v = verdict_of(&x, "complete");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.exit_code, CW_EXIT_INCONCLUSIVE);
	assert_int_equal(v.unverified_bytes, 2 * BLOCK);
	end(&x);
}

static void a_drive_that_refuses_leaves_the_disc_as_it_was(void **state)
{
	struct cw_verdict v;
	struct disc x;

	(void)state;
	begin(&x, "optical_blank");
	x.d.refuses = true;
	v = verdict_of(&x, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.exit_code, CW_EXIT_INCONCLUSIVE);
	assert_int_equal(x.d.begun, 0);
	end(&x);
}

/* ---- interruptions ---- */

/* Whether what came back looks like a blank disc, or like none: half of the old data may be there, so it is blanked again, and from its beginning. */
static void a_drive_that_was_pulled_out_blanks_again(void **state)
{
	(void)state;
	for (int looks_blank = 0; looks_blank < 2; looks_blank++) {
		struct cw_verdict v;
		struct disc x;
		char status[16];

		begin(&x, "optical_blank");
		x.power_cut_at_wait = 2;
		x.looks_blank = looks_blank;
		v = verdict_of(&x, "lost");
		assert_non_null(strstr(v.reason, "blank it again"));
		assert_true(any_left(&x));
		x.d.is_away = false;
		assert_int_equal(run(&x, true, status), 0);
		assert_string_equal(status, "complete");
		v = judge(&x);
		assert_int_equal(v.outcome, CW_INCONCLUSIVE);
		assert_non_null(strstr(v.reason, "destroy it physically"));
		assert_true(holds(&v, "device-succeeded") && holds(&v, "plan-kept"));
		assert_int_equal(x.d.begun, 2);
		assert_false(any_left(&x));
		end(&x);
	}
}

static void who_stops_it_is_told_that_it_goes_on(void **state)
{
	struct cw_verdict v;
	struct disc x;
	char status[16];

	(void)state;
	begin(&x, "optical_blank");
	x.stop_at_wait = 1;
	v = verdict_of(&x, "stopped");
	assert_int_equal(v.exit_code, CW_EXIT_INCONCLUSIVE);
	assert_non_null(strstr(v.reason, "blank it again"));
	x.stop_at_wait = 0;
	assert_int_equal(run(&x, true, status), 0);
	assert_string_equal(status, "complete");
	end(&x);
}

/* It forgot the command, and is not told again: what is in it now nobody authorised. */
static void a_disc_that_was_put_in_meanwhile_is_not_blanked(void **state)
{
	struct cw_verdict v;
	struct disc x;
	char status[16];

	(void)state;
	begin(&x, "optical_blank");
	x.swapped_at_wait = 2;
	v = verdict_of(&x, "lost");
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_int_equal(x.d.begun, 1);
	assert_true(any_left(&x));
	assert_int_equal(run(&x, true, status), CW_E_IDENTITY);
	assert_int_equal(x.d.begun, 1);
	end(&x);
}

/* An answer without a length is none, though it came whole: in zeros there stands "empty". */
static void zeros_are_no_word_that_the_disc_is_blank(void **state)
{
	struct cw_verdict v;
	struct disc x;

	(void)state;
	begin(&x, "optical_blank");
	x.d.does_nothing = x.d.tells_zeros = true;
	v = verdict_of(&x, "lost");
	assert_int_not_equal(v.exit_code, CW_EXIT_DONE);
	assert_false(holds(&v, "device-succeeded"));
	end(&x);
}

/* ---- two blankings, with something recorded between ---- */

static void plan_two(struct disc *x)
{
	static const uint32_t kinds[] = { CW_STEP_NATIVE, CW_STEP_WRITE, CW_STEP_RELOAD, CW_STEP_VERIFY, CW_STEP_NATIVE, CW_STEP_LOOK };
	struct cw_plan *p = &x->f.plan, again;
	struct cw_error err = { 0 };
	CW_AUTO_JSON json_t *j = NULL;

	p->n_steps = CW_ARRAY_LEN(kinds);
	p->n_passes = 1;
	cw_strlcpy(p->scheme, "keystream", sizeof(p->scheme));
	for (uint32_t i = 0; i < p->n_steps; i++) {
		p->steps[i] = (struct cw_plan_step){ .kind = kinds[i], .reason = "because" };
		if (kinds[i] == CW_STEP_WRITE || kinds[i] == CW_STEP_VERIFY)
			p->steps[i].pass = p->steps[i].what.kind = 1;
	}
	j = cw_plan_json(p);
	assert_int_equal(cw_plan_of_json(j, &again, &err), 0);
	assert_int_equal(cw_plan_digest(p, x->f.plan_sha256, &err), 0);
}

/* As far as the disc goes out and in, and from there on. */
static struct cw_verdict verdict_of_two(struct disc *x, const char *expected_status)
{
	char status[16];

	plan_two(x);
	(void)verdict_of(x, "stopped");
	x->f.medium.diskseq++; /* it is in again */
	assert_int_equal(run(x, true, status), 0);
	assert_string_equal(status, expected_status);
	assert_document(x);
	return judge(x);
}

static void one_plan_holds_two_blankings(void **state)
{
	struct cw_verdict v;
	struct disc x;

	(void)state;
	begin(&x, "optical_blank");
	v = verdict_of_two(&x, "complete");
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_true(holds(&v, "first-succeeded") && holds(&v, "device-succeeded") && holds(&v, "markers-seen") && holds(&v, "nothing-left") && holds(&v, "all-verified"));
	assert_true(holds(&v, "plan-kept"));
	assert_int_equal(x.d.begun, 2);
	assert_false(any_left(&x));
	end(&x);
}

/* What was recorded between the two is sought after the second. */
static void a_second_blanking_that_keeps_what_was_recorded_is_caught(void **state)
{
	struct cw_verdict v;
	struct disc x;

	(void)state;
	begin(&x, "optical_blank");
	x.second_keeps_data = true;
	v = verdict_of_two(&x, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.exit_code, CW_EXIT_VERIFY_FAILED);
	assert_non_null(strstr(v.reason, "markers"));
	assert_true(holds(&v, "first-succeeded"));
	end(&x);
}

/* Pulled out in the second one: nothing of ours is looked for on a disc that is half blank. */
static void the_second_blanking_is_gone_on_with(void **state)
{
	struct cw_verdict v;
	struct disc x;
	char status[16];

	(void)state;
	begin(&x, "optical_blank");
	x.power_cut_at_wait = 6;
	v = verdict_of_two(&x, "lost");
	assert_int_equal(x.d.begun, 2);
	x.d.is_away = false;
	assert_int_equal(run(&x, true, status), 0);
	assert_string_equal(status, "complete");
	v = judge(&x);
	assert_true(holds(&v, "device-succeeded") && holds(&v, "plan-kept"));
	assert_int_equal(x.d.begun, 3);
	end(&x);
}

/* ---- recorded all over, by the commands of the drive ---- */

/* Without being asked for: that is more than a blanking. */
static void begin_track(struct disc *x)
{
	begin_as(x, "", CW_CLASS_DVD_RW, 0x14);
	assert_string_equal(x->f.plan.technique, "optical_track");
	assert_string_equal(x->f.plan.code, "BLANK_FULL+OPT_OW");
	assert_int_equal(x->f.plan.size_bytes, BLOCKS * BLOCK);
	assert_int_equal(x->f.plan.level, CW_LEVEL_CLEAR); /* its policy accepts that */
}

static struct cw_verdict verdict_of_track(struct disc *x, const char *expected_status)
{
	char status[16];

	(void)verdict_of(x, "stopped");
	assert_int_equal(x->d.recorded, BLOCKS);
	x->f.medium.diskseq++;
	assert_int_equal(run(x, true, status), 0);
	assert_string_equal(status, expected_status);
	assert_document(x);
	return judge(x);
}

static void a_disc_is_recorded_all_over_between_two_blankings(void **state)
{
	struct cw_verdict v;
	struct disc x;

	(void)state;
	begin_track(&x);
	v = verdict_of_track(&x, "complete");
	assert_int_equal(v.outcome, CW_SANITISED);
	assert_int_equal(v.level, CW_LEVEL_CLEAR);
	assert_memory_equal(v.caveats, "K8", 2);
	assert_true(holds(&v, "reloaded") && holds(&v, "all-verified") && holds(&v, "nothing-left") && holds(&v, "plan-kept"));
	assert_int_equal(x.d.begun, 2);
	assert_false(any_left(&x));
	end(&x);
}

static void what_the_drive_did_not_record_is_no_success(void **state)
{
	struct cw_verdict v;
	struct disc x;

	(void)state;
	begin_track(&x);
	x.d.drops_from = BLOCKS / 2;
	v = verdict_of_track(&x, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.exit_code, CW_EXIT_VERIFY_FAILED);
	assert_int_equal(x.d.begun, 1); /* it is left as it is */
	end(&x);
}

/* The words of the executor alone do not make it larger than the drive had said. */
static void less_than_the_drive_told_of_reaches_no_level(void **state)
{
	struct cw_verdict v;
	struct disc x;

	(void)state;
	begin_track(&x);
	x.d.blocks++;
	cw_capabilities_ask(&x.d.t, &x.f.medium, &x.capabilities);
	x.d.blocks--;
	v = verdict_of_track(&x, "complete");
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_int_equal(v.level, CW_LEVEL_NONE);
	end(&x);
}

/* ---- formatting ---- */

static const struct { uint32_t class_; uint16_t profile; uint8_t type; } unformatted[] = {
	{ CW_CLASS_DVD_PLUS_RW, 0x1a, 0x26 }, { CW_CLASS_DVD_RAM, 0x12, 0x00 }, { CW_CLASS_BD_RE, 0x43, 0x30 },
};

static void begin_unformatted(struct disc *x, size_t i)
{
	begin(x, "optical_blank");
	x->d.profile = unformatted[i].profile;
	x->d.flags = 0x10;
	x->d.recorded = 0;
	x->d.capacity_type = 1;
	x->d.format_type = unformatted[i].type;
	x->d.offers_format = true;
	x->f.medium.class_ = unformatted[i].class_;
	x->f.medium.size_bytes = 0;
	x->f.medium.disc = CW_DISC_BLANK;
}

/* The plan is the same whether it is asked for or not: nothing else can be done to such a disc. */
static void plan_format(struct disc *x)
{
	const struct cw_policy policy = { .id = "test", .title = "Test", .standard = "none", .sha256 = SHA, .scheme_magnetic = "keystream", .scheme_flash = "keystream",
					  .column = CW_COLUMN_R2_2883, .groups = UINT32_MAX, .accept_unconfirmed = 1 };
	struct cw_wish wish = { 0 };
	struct cw_error err = { 0 };
	struct cw_plan again;
	CW_AUTO_JSON json_t *j = NULL;

	cw_capabilities_ask(&x->d.t, &x->f.medium, &x->capabilities);
	assert_int_equal(cw_plan_make(&x->f.medium, &x->capabilities, &policy, &wish, &x->f.plan, &err), 0);
	assert_string_equal(x->f.plan.technique, "optical_format");
	assert_int_equal(x->f.plan.level, CW_LEVEL_NONE);
	j = cw_plan_json(&x->f.plan);
	assert_int_equal(cw_plan_of_json(j, &again, &err), 0);
	assert_int_equal(cw_plan_digest(&x->f.plan, x->f.plan_sha256, &err), 0);
}

static void an_unformatted_disc_is_formatted_and_is_to_be_wiped_then(void **state)
{
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(unformatted); i++) {
		struct cw_verdict v;
		struct disc x;

		begin_unformatted(&x, i);
		plan_format(&x);
		v = verdict_of(&x, "complete");
		assert_int_equal(v.outcome, CW_NOT_SANITISED);
		assert_int_equal(v.exit_code, CW_EXIT_INCONCLUSIVE);
		assert_non_null(strstr(v.reason, "put it in again, and wipe it"));
		assert_true(holds(&v, "device-succeeded") && holds(&v, "plan-kept") && holds(&v, "identity-kept"));
		assert_int_equal(x.d.list[8], unformatted[i].type << 2);
		assert_true(any_left(&x));
		end(&x);
	}
}

static void a_disc_that_stays_unformatted_was_not_formatted(void **state)
{
	struct cw_verdict v;
	struct disc x;

	(void)state;
	begin_unformatted(&x, 0);
	x.d.does_nothing = true;
	plan_format(&x);
	v = verdict_of(&x, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.exit_code, CW_EXIT_VERIFY_FAILED);
	end(&x);
}

/* ---- what would be sent ---- */

static void the_bytes_are_those_of_the_standard(void **state)
{
	static const char *const techniques[] = { "optical_blank", "optical_blank_min" }, *const blanks[] = { "a11000000000000000000000", "a11100000000000000000000" };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(techniques); i++) {
		CW_AUTO_JSON json_t *commands = cw_native_rehearse(cw_technique_get(techniques[i])->native, BLOCKS * BLOCK);

		assert_int_equal(json_array_size(commands), 5);
		assert_string_equal(cw_json_str(json_array_get(commands, 0), "requestHex", ""), "000000000000");
		assert_string_equal(cw_json_str(json_array_get(commands, 1), "requestHex", ""), "51000000000000002200");
		assert_string_equal(cw_json_str(json_array_get(commands, 2), "requestHex", ""), blanks[i]);
	}
}

static void the_bytes_of_a_format_are_those_of_the_standard(void **state)
{
	CW_AUTO_JSON json_t *commands = cw_native_rehearse(cw_technique_get("optical_format")->native, BLOCKS * BLOCK);

	(void)state;
	assert_int_equal(json_array_size(commands), 5);
	assert_string_equal(cw_json_str(json_array_get(commands, 1), "requestHex", ""), "2300000000000000fc00");
	assert_string_equal(cw_json_str(json_array_get(commands, 2), "requestHex", ""), "041100000000");
	assert_string_equal(cw_json_str(json_array_get(commands, 2), "dataOutHex", ""), "00020008ffffffff98000000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_left_and_nothing_is_claimed),
		cmocka_unit_test(a_minimal_one_leaves_everything_and_says_so),
		cmocka_unit_test(a_disc_that_is_as_before_was_not_blanked),
		cmocka_unit_test(a_disc_that_says_blank_and_gives_its_data_is_caught),
		cmocka_unit_test(a_block_that_fails_in_another_way_is_not_taken_for_blank),
		cmocka_unit_test(a_drive_that_refuses_leaves_the_disc_as_it_was),
		cmocka_unit_test(a_drive_that_was_pulled_out_blanks_again),
		cmocka_unit_test(who_stops_it_is_told_that_it_goes_on),
		cmocka_unit_test(a_disc_that_was_put_in_meanwhile_is_not_blanked),
		cmocka_unit_test(zeros_are_no_word_that_the_disc_is_blank),
		cmocka_unit_test(one_plan_holds_two_blankings),
		cmocka_unit_test(a_second_blanking_that_keeps_what_was_recorded_is_caught),
		cmocka_unit_test(the_second_blanking_is_gone_on_with),
		cmocka_unit_test(a_disc_is_recorded_all_over_between_two_blankings),
		cmocka_unit_test(what_the_drive_did_not_record_is_no_success),
		cmocka_unit_test(less_than_the_drive_told_of_reaches_no_level),
		cmocka_unit_test(an_unformatted_disc_is_formatted_and_is_to_be_wiped_then),
		cmocka_unit_test(a_disc_that_stays_unformatted_was_not_formatted),
		cmocka_unit_test(the_bytes_are_those_of_the_standard),
		cmocka_unit_test(the_bytes_of_a_format_are_those_of_the_standard),
	};

	return cmocka_run_group_tests(tests, payload_load_schema, payload_free_schema);
}
