/* SPDX-License-Identifier: Apache-2.0 */
/* eMMC chips: what they are asked, what they are told, and what is claimed of them, against what stands on them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "certwipe/evidence.h"
#include "sim/job_fixture.h"
#include "sim/mmc.h"

#define SIZE (2048ull * 1024)
#define AREAS (2 * 32 * 131072 + 32 * 131072)

static uint8_t before[SIZE]; /* what stood there */
static struct fixture fx;
static struct sim_mmc *chip;
static struct cw_capabilities told;
static struct cw_policy policy;
static struct cw_verdict v;
static struct cw_error err;

static int identify(void *user, struct cw_medium *now, struct cw_error *e)
{
	(void)user, (void)e;
	*now = fx.medium;
	return 0;
}

static void do_not_wait(void *user, uint32_t ms)
{
	(void)user, (void)ms;
}

static const struct cw_job_hooks hooks = { .identify = identify, .wait = do_not_wait, .checkpoint_interval_ms = 50, .retry_pause_ms = 1 };

static void ask(void)
{
	cw_capabilities_ask(&chip->t, &fx.medium, &told);
	cw_capabilities_apply(&told, &fx.medium);
}

static void begin(void)
{
	memset(&err, 0, sizeof(err));
	fixture_init(&fx, SIZE, "keystream", false);
	fx.medium.bus = CW_BUS_MMC;
	fx.medium.class_ = CW_CLASS_EMMC;
	fx.medium.hidden = CW_HIDDEN_UNKNOWN;
	chip = sim_mmc_new(sim_new(SIZE, 512, 512));
	memcpy(before, chip->medium->bytes, SIZE);
	policy = (struct cw_policy){ .id = "test", .title = "Test", .standard = "none", .sha256 = "0000000000000000000000000000000000000000000000000000000000000000",
				     .column = CW_COLUMN_R2_2883, .groups = UINT32_MAX };
}

static void end(void)
{
	cw_transport_free(&chip->t);
	fixture_clear(&fx);
}

/* An SD card in the place of the chip: nothing of it is hidden. */
static void begin_card(void)
{
	begin();
	cw_transport_free(&chip->t);
	chip = sim_sd_new(sim_new(SIZE, 512, 512));
	fx.medium.class_ = CW_CLASS_SD_CARD;
	fx.medium.hidden = CW_HIDDEN_NONE;
}

/* A chip from before version 4.5, which knows no SANITIZE. */
static void begin_old_chip(void)
{
	begin();
	chip->ext_csd[192] = 5;
	chip->ext_csd[231] = 0x15;
}

static int make_plan(const char *technique)
{
	struct cw_wish wish = { .level = CW_LEVEL_NONE };

	cw_strlcpy(wish.technique, technique, sizeof(wish.technique));
	return cw_plan_make(&fx.medium, &told, &policy, &wish, &fx.plan, &err);
}

static void authorise(void)
{
	struct cw_journal *j = NULL;
	json_t *job;

	assert_int_equal(cw_plan_digest(&fx.plan, fx.plan_sha256, &err), 0);
	job = fixture_job_line(&fx);
	json_object_set_new(job, "capabilities", cw_capabilities_json(&told, true));
	assert_int_equal(cw_journal_create(fx.dirfd, FIXTURE_JOB, 65536, &j, &err), 0);
	assert_int_equal(cw_journal_append(j, "job", job, &err), 0);
	assert_int_equal(cw_journal_append(j, "authorised", fixture_authorised_line(&fx), &err), 0);
	assert_int_equal(cw_journal_append(j, "registered", fixture_registered_line(), &err), 0);
	cw_journal_free(j);
}

/* Anything of what stood there, or that waits in cells for the purge that was not made. */
static bool left(void)
{
	for (uint64_t at = 0; at < SIZE; at++)
		if (chip->medium->bytes[at] != (chip->ext_csd[181] ? 0xff : 0))
			return true;
	return chip->dirty;
}

/* The same of one that was overwritten besides. */
static bool left_after_overwriting(void)
{
	for (uint64_t at = 0; at < SIZE; at += 512)
		if (!memcmp(chip->medium->bytes + at, before + at, 512))
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
	if (cw_job_run(j, &t, &chip->t, &hooks, by, dropped, found, &err))
		fail_msg("%s", err.message);
	cw_journal_text_clear(&t);
	cw_journal_free(j);
	assert_string_equal(found, status);
	fixture_read(&fx, &t);
	cw_verdict_of(&t, &v);
	cw_journal_text_clear(&t);
	if (v.outcome == CW_SANITISED && (fx.plan.n_passes ? left_after_overwriting() : left()))
		fail_msg("A FALSE VERDICT: %s", v.reason);
}

static void begin_job(void)
{
	begin();
	ask();
	if (make_plan("mmc_sanitize"))
		fail_msg("%s", err.message);
	authorise();
}

/* ---- what it says ---- */

static void it_is_asked_one_thing(void **state)
{
	(void)state;
	begin();
	ask();
	assert_int_equal(told.asked, 1);
	assert_int_equal(told.passthrough, CW_KNOWN_YES);
	assert_int_equal(chip->calls, 1);
	assert_int_equal(chip->log[0].opcode, 8);
	assert_int_equal(told.features[CW_FEATURE_MMC_SANITIZE].state, CW_KNOWN_YES);
	assert_string_equal(told.features[CW_FEATURE_MMC_SANITIZE].says, "EXT_CSD byte 231: 55h, byte 16: 00h");
	assert_int_equal(fx.medium.hidden, CW_HIDDEN_PRESENT);
	assert_int_equal(fx.medium.hidden_bytes, AREAS);
	assert_non_null(strstr(fx.medium.hidden_why, "RPMB"));
	assert_int_equal(told.health.percentage_used, 20);
	end();
}

static void what_it_lacks_is_not_planned(void **state)
{
	(void)state;
	begin();
	chip->ext_csd[231] = 0x15;
	ask();
	assert_int_equal(told.features[CW_FEATURE_MMC_SANITIZE].state, CW_KNOWN_NO);
	assert_int_equal(make_plan("mmc_sanitize"), CW_E_POLICY);
	end();
	begin();
	chip->ext_csd[212] ^= 1;
	ask();
	assert_int_equal(told.passthrough, CW_KNOWN_NO);
	assert_int_equal(make_plan("mmc_sanitize"), CW_E_POLICY);
	end();
	begin();
	chip->ext_csd[143] = 1;
	ask();
	assert_int_equal(make_plan("mmc_sanitize"), CW_E_POLICY);
	assert_non_null(strstr(err.message, "general purpose"));
	end();
	begin();
	chip->gone = true;
	ask();
	assert_int_equal(make_plan("mmc_sanitize"), CW_E_POLICY);
	end();
}

/* "purge?": only where the policy says so in writing. */
static void the_level_is_that_of_the_matrix(void **state)
{
	(void)state;
	begin();
	ask();
	assert_int_equal(make_plan("mmc_sanitize"), 0);
	assert_int_equal(fx.plan.level, CW_LEVEL_CLEAR);
	policy.accept_unconfirmed = 1;
	assert_int_equal(make_plan("mmc_sanitize"), 0);
	assert_int_equal(fx.plan.level, CW_LEVEL_PURGE);
	end();
}

static void a_dry_run_names_what_is_sent(void **state)
{
	static const uint32_t expected[] = { 13, 35, 36, 38, 6, 13 };
	CW_AUTO_JSON json_t *commands = NULL;
	const json_t *command;
	size_t i;

	(void)state;
	begin_job();
	commands = cw_native_rehearse(cw_technique_get("mmc_sanitize")->native, SIZE);
	run(false, "complete");
	assert_int_equal(json_array_size(commands), CW_ARRAY_LEN(expected));
	json_array_foreach(commands, i, command) {
		char head[17];

		snprintf(head, sizeof(head), "%08x%08x", chip->log[i + 1].opcode, chip->log[i + 1].arg);
		assert_int_equal(chip->log[i + 1].opcode, expected[i]);
		assert_int_equal(strncmp(cw_json_str(command, "requestHex", ""), head, 16), 0);
	}
	end();
}

/* ---- it does as it is told, or not ---- */

static void it_does_as_it_is_told(void **state)
{
	(void)state;
	for (unsigned ones = 0; ones < 2; ones++) {
		begin_job();
		chip->ext_csd[181] = (uint8_t)ones;
		run(false, "complete");
		if (v.outcome != CW_SANITISED)
			fail_msg("%s", v.reason);
		assert_int_equal(v.level, CW_LEVEL_CLEAR);
		assert_non_null(strstr(v.caveats, "K4"));
		assert_non_null(strstr(v.caveats, "K20"));
		assert_int_equal(sim_mmc_count(chip, 6), 1);
		end();
	}
}

static void what_stays_is_found(void **state)
{
	(void)state;
	begin_job();
	chip->erase_keeps = true;
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.exit_code, CW_EXIT_VERIFY_FAILED);
	end();
	begin_job();
	chip->keeps_from_bytes = SIZE / 2;
	chip->keeps_upto_bytes = SIZE / 2 + 512;
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.mismatch_bytes, 512);
	end();
}

/* What is still mapped would survive the purge: it is not even begun. */
static void without_the_erasing_there_is_no_purge(void **state)
{
	(void)state;
	begin_job();
	chip->erase_error = 1u << 26; /* WP_VIOLATION */
	run(false, "lost");
	assert_int_not_equal(v.outcome, CW_SANITISED);
	assert_int_equal(sim_mmc_count(chip, 6), 0);
	end();
}

static void a_refusal_is_one(void **state)
{
	(void)state;
	begin_job();
	chip->sanitize_errno = EOPNOTSUPP;
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	end();
	begin_job();
	chip->sanitize_error = 1u << 7; /* SWITCH_ERROR */
	run(false, "failed");
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	end();
}

/* Nobody knows what became of it: it is erased and told once more, and its first silence is no success. */
static void a_time_out_is_neither(void **state)
{
	(void)state;
	begin_job();
	chip->sanitize_errno = ETIMEDOUT;
	chip->sanitize_fails_times = 1;
	chip->busy = 0;
	run(false, "complete");
	assert_int_equal(v.outcome, CW_SANITISED);
	assert_int_equal(sim_mmc_count(chip, 6), 2);
	assert_int_equal(sim_mmc_count(chip, 38), 2);
	end();
	begin_job();
	chip->sanitize_errno = ETIMEDOUT;
	run(false, "lost");
	assert_int_not_equal(v.outcome, CW_SANITISED);
	end();
}

static void a_power_cut_begins_it_anew(void **state)
{
	(void)state;
	begin_job();
	chip->sanitize_errno = ETIMEDOUT;
	run(false, "lost");
	chip->sanitize_errno = 0;
	run(true, "complete");
	assert_int_equal(v.outcome, CW_SANITISED);
	assert_false(chip->dirty);
	end();
}

/* What stands there afterwards is our stream, and nothing that was erased. */
static void run_overwrite(void)
{
	struct cw_journal_text t;
	struct cw_journal *j = NULL;
	bool dropped = false;
	char status[16];

	assert_int_equal(cw_journal_open(fx.dirfd, FIXTURE_JOB, &j, &dropped, &err), 0);
	fixture_read(&fx, &t);
	assert_int_equal(cw_job_run(j, &t, &chip->t, &hooks, NULL, dropped, status, &err), 0);
	cw_journal_text_clear(&t);
	cw_journal_free(j);
	fixture_read(&fx, &t);
	cw_verdict_of(&t, &v);
	cw_journal_text_clear(&t);
}

/* Whoever wrote the journal has no say in what the chip told. */
static void words_beside_the_answer_count_for_nothing(void **state)
{
	(void)state;
	begin();
	chip->ext_csd[231] = 0x15;
	ask();
	told.features[CW_FEATURE_MMC_SANITIZE].state = CW_KNOWN_YES;
	assert_int_equal(make_plan("mmc_sanitize"), 0);
	authorise();
	run(false, "complete");
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_string_equal(v.reason, "The medium had not said that it has the command.");
	end();
	begin();
	ask();
	fx.medium.hidden_bytes = 512;
	assert_int_equal(cw_plan_make(&fx.medium, &told, &policy, &(struct cw_wish){ .scheme = "keystream", .technique = "overwrite" }, &fx.plan, &err), 0);
	authorise();
	run_overwrite();
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	end();
}

/* The areas beside it can be named, and not be opened: the size that is printed is what the matrix asks for. */
static void overwriting_a_chip_reaches_clear(void **state)
{
	struct cw_wish wish = { 0 };

	(void)state;
	begin();
	ask();
	cw_strlcpy(wish.scheme, "keystream", sizeof(wish.scheme));
	assert_int_equal(cw_plan_make(&fx.medium, &told, &policy, &wish, &fx.plan, &err), 0);
	assert_int_equal(fx.plan.level, CW_LEVEL_CLEAR);
	authorise();
	run_overwrite();
	assert_int_equal(v.outcome, CW_SANITISED);
	assert_non_null(strstr(v.caveats, "K20"));
	end();
}

/* ---- what reaches no level by itself ---- */

static const struct { const char *technique; void (*begin)(void); uint32_t feature; unsigned erasings; } weak[] = {
	{ "mmc_secure_erase", begin_old_chip, CW_FEATURE_MMC_SECURE_ERASE, 1 },
	{ "mmc_secure_trim", begin_old_chip, CW_FEATURE_MMC_SECURE_TRIM, 2 },
	{ "sd_erase", begin_card, CW_FEATURE_SD_ERASE, 1 },
};

static void begin_weak(size_t i, bool overwrite)
{
	weak[i].begin();
	policy.then_overwrite = overwrite;
	ask();
	if (make_plan(weak[i].technique))
		fail_msg("%s: %s", weak[i].technique, err.message);
	authorise();
}

static void the_chip_says_which_secure_erasing_it_has(void **state)
{
	static const struct { uint8_t revision, can; enum cw_known erase, trim; } told_by[] = {
		{ 5, 0x15, CW_KNOWN_YES, CW_KNOWN_YES }, { 5, 0x05, CW_KNOWN_YES, CW_KNOWN_NO }, { 5, 0x10, CW_KNOWN_NO, CW_KNOWN_NO },
		{ 6, 0x15, CW_KNOWN_YES, CW_KNOWN_YES }, { 6, 0x55, CW_KNOWN_NO, CW_KNOWN_NO },  { 8, 0x55, CW_KNOWN_NO, CW_KNOWN_NO },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(told_by); i++) {
		begin();
		chip->ext_csd[192] = told_by[i].revision;
		chip->ext_csd[231] = told_by[i].can;
		ask();
		assert_int_equal(told.features[CW_FEATURE_MMC_SECURE_ERASE].state, told_by[i].erase);
		assert_int_equal(told.features[CW_FEATURE_MMC_SECURE_TRIM].state, told_by[i].trim);
		end();
	}
	begin();
	ask();
	assert_string_equal(told.features[CW_FEATURE_MMC_SECURE_TRIM].says, "EXT_CSD byte 231: 55h, byte 192: 08h");
	assert_int_equal(make_plan("mmc_secure_trim"), CW_E_POLICY);
	assert_non_null(strstr(err.message, "mmc_sanitize"));
	end();
}

static void a_card_says_how_long_it_erases_itself(void **state)
{
	(void)state;
	begin_card();
	fx.medium.size_bytes = UINT64_C(32) << 30;
	ask();
	assert_int_equal(chip->calls, 1);
	assert_int_equal(told.asked, 1);
	assert_int_equal(told.passthrough, CW_KNOWN_YES);
	assert_int_equal(fx.medium.hidden, CW_HIDDEN_NONE);
	assert_int_equal(told.features[CW_FEATURE_SD_ERASE].state, CW_KNOWN_YES);
	assert_string_equal(told.features[CW_FEATURE_SD_ERASE].says, "SD status bits 423:400: 000fh 06h");
	assert_int_equal(told.features[CW_FEATURE_SD_ERASE].expected_seconds, 8192 / 15 + 2);
	end();
	begin_card();
	memset(chip->sd_status, 0, sizeof(chip->sd_status));
	ask();
	assert_int_equal(told.features[CW_FEATURE_SD_ERASE].state, CW_KNOWN_NOT);
	assert_int_equal(make_plan("sd_erase"), CW_E_POLICY);
	end();
	begin_card();
	chip->gone = true;
	ask();
	assert_int_equal(told.features[CW_FEATURE_SD_ERASE].state, CW_KNOWN_NOT);
	assert_int_equal(told.passthrough, CW_KNOWN_NOT);
	end();
	/* A reader at USB passes none of it on. */
	begin_card();
	fx.medium.bus = CW_BUS_USB;
	ask();
	assert_int_equal(told.asked, 0);
	assert_int_equal(chip->calls, 0);
	end();
}

static const char *why_rejected(const char *what)
{
	for (uint32_t i = 0; i < fx.plan.n_rejected; i++)
		if (!strcmp(fx.plan.rejected[i].what, what))
			return fx.plan.rejected[i].why;
	return "";
}

static void nobody_gets_it_who_does_not_ask_for_it(void **state)
{
	struct cw_wish wish = { .scheme = "" };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(weak); i++) {
		weak[i].begin();
		cw_strlcpy(policy.scheme_flash, "keystream", sizeof(policy.scheme_flash));
		policy.then_overwrite = 1;
		ask();
		assert_int_equal(cw_plan_make(&fx.medium, &told, &policy, &wish, &fx.plan, &err), 0);
		assert_string_equal(fx.plan.technique, "overwrite");
		assert_int_equal(fx.plan.level, CW_LEVEL_CLEAR);
		assert_non_null(strstr(why_rejected(weak[i].technique), "No level may be claimed by it"));
		end();
	}
}

static void alone_it_ends_in_a_report_that_says_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(weak); i++) {
		begin_weak(i, false);
		assert_int_equal(fx.plan.level, CW_LEVEL_NONE);
		assert_non_null(strstr(why_rejected("destroy"), "physical destruction"));
		run(false, "complete");
		assert_false(left() && !chip->card);
		assert_int_equal(sim_mmc_count(chip, 38), weak[i].erasings);
		assert_int_equal(v.outcome, CW_INCONCLUSIVE);
		assert_int_equal(v.level, CW_LEVEL_NONE);
		assert_string_equal(v.reason, "No level may be claimed for this technique on this kind of medium: destroy it physically.");
		assert_non_null(strstr(v.caveats, "K7"));
		end();
	}
}

/* What counts then is the overwriting. */
static void overwritten_besides_it_reaches_what_that_reaches(void **state)
{
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(weak); i++) {
		begin_weak(i, true);
		assert_int_equal(fx.plan.level, CW_LEVEL_CLEAR);
		assert_string_equal(fx.plan.code, "OW1");
		run(false, "complete");
		if (v.outcome != CW_SANITISED)
			fail_msg("%s: %s", weak[i].technique, v.reason);
		assert_int_equal(v.level, CW_LEVEL_CLEAR);
		end();
	}
}

static void erasing_that_was_not_done_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(weak); i++)
		for (unsigned overwrite = 0; overwrite < 2; overwrite++) {
			begin_weak(i, overwrite);
			chip->erase_keeps = true;
			run(false, "failed");
			assert_int_equal(v.outcome, CW_NOT_SANITISED);
			assert_int_equal(v.exit_code, CW_EXIT_VERIFY_FAILED);
			end();
			begin_weak(i, overwrite);
			chip->status_error = 1u << 15; /* WP_ERASE_SKIP */
			run(false, "failed");
			assert_int_equal(v.outcome, CW_NOT_SANITISED);
			end();
		}
}

static void a_refused_erasing_is_no_success(void **state)
{
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(weak); i++) {
		begin_weak(i, true);
		chip->erase_error = 1u << 26; /* WP_VIOLATION */
		run(false, i == 1 ? "lost" : "failed"); /* of two steps only the second one is the command */
		assert_int_not_equal(v.outcome, CW_SANITISED);
		end();
	}
}

static void each_says_beforehand_what_it_sends(void **state)
{
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(weak); i++) {
		CW_AUTO_JSON json_t *commands = NULL;
		const json_t *command;
		size_t at;

		begin_weak(i, false);
		commands = cw_native_rehearse(cw_technique_get(weak[i].technique)->native, SIZE);
		run(false, "complete");
		assert_int_equal(json_array_size(commands) + 1, chip->calls);
		json_array_foreach(commands, at, command) {
			char head[17];

			snprintf(head, sizeof(head), "%08x%08x", chip->log[at + 1].opcode, chip->log[at + 1].arg);
			assert_int_equal(strncmp(cw_json_str(command, "requestHex", ""), head, 16), 0);
		}
		end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_asked_one_thing),
		cmocka_unit_test(what_it_lacks_is_not_planned),
		cmocka_unit_test(the_level_is_that_of_the_matrix),
		cmocka_unit_test(a_dry_run_names_what_is_sent),
		cmocka_unit_test(it_does_as_it_is_told),
		cmocka_unit_test(what_stays_is_found),
		cmocka_unit_test(without_the_erasing_there_is_no_purge),
		cmocka_unit_test(a_refusal_is_one),
		cmocka_unit_test(a_time_out_is_neither),
		cmocka_unit_test(a_power_cut_begins_it_anew),
		cmocka_unit_test(words_beside_the_answer_count_for_nothing),
		cmocka_unit_test(overwriting_a_chip_reaches_clear),
		cmocka_unit_test(the_chip_says_which_secure_erasing_it_has),
		cmocka_unit_test(a_card_says_how_long_it_erases_itself),
		cmocka_unit_test(nobody_gets_it_who_does_not_ask_for_it),
		cmocka_unit_test(alone_it_ends_in_a_report_that_says_why),
		cmocka_unit_test(overwritten_besides_it_reaches_what_that_reaches),
		cmocka_unit_test(erasing_that_was_not_done_is_found),
		cmocka_unit_test(a_refused_erasing_is_no_success),
		cmocka_unit_test(each_says_beforehand_what_it_sends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
