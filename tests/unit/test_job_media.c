/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs on media that break and lie: what the journal tells of them, and what is concluded from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "certwipe/evidence.h"
#include "sim/job_fixture.h"
#include "sim/sim.h"

#define SLOT ((uint64_t)CW_SLOT_BYTES)
#define HANG_MS 12u

static struct fixture fx;
static struct cw_error err;

static struct {
	unsigned stop_at, asked; /* the so many-th question is answered with stop, 0: never */
} world;

static bool stop(void *user)
{
	(void)user;
	return world.stop_at && ++world.asked >= world.stop_at;
}

static int identify(void *user, struct cw_medium *now, struct cw_error *e)
{
	(void)user;
	*now = fx.medium;
	return cw_identity_compare(&fx.medium, now, false, e);
}

static struct cw_job_hooks usual_hooks(void)
{
	return (struct cw_job_hooks){ .stop = stop, .identify = identify, .checkpoint_interval_ms = 1, .pass_over_ms = HANG_MS / 2, .retry_pause_ms = 1 };
}

static void begin(uint64_t size, const char *scheme)
{
	fixture_init(&fx, size, scheme, false);
	memset(&world, 0, sizeof(world));
	memset(&err, 0, sizeof(err));
}

/* What it ended with; "" when it could not run. */
static const char *run(struct cw_transport *medium, const struct cw_job_hooks *hooks, bool resumed)
{
	static char status[16];
	struct cw_journal *j = NULL;
	struct cw_journal_text t;
	bool dropped = false;
	CW_AUTO_JSON json_t *by = resumed ? fixture_person() : NULL;

	status[0] = '\0';
	if (resumed)
		assert_int_equal(cw_journal_open(fx.dirfd, FIXTURE_JOB, &j, &dropped, &err), 0);
	else
		j = fixture_journal(&fx);
	fixture_read(&fx, &t);
	if (cw_job_run(j, &t, medium, hooks, by, false, status, &err) < 0)
		status[0] = '\0';
	cw_journal_text_clear(&t);
	cw_journal_free(j);
	return status;
}

static json_t *lines(void)
{
	struct cw_journal_text t;
	json_t *kept;

	fixture_read(&fx, &t);
	kept = json_incref(t.lines);
	cw_journal_text_clear(&t);
	return kept;
}

static struct cw_verdict verdict(void)
{
	struct cw_journal_text t;
	struct cw_verdict v;

	fixture_read(&fx, &t);
	cw_verdict_of(&t, &v);
	cw_journal_text_clear(&t);
	return v;
}

static bool plan_was_kept(const struct cw_verdict *v)
{
	for (uint32_t i = 0; i < v->n_support; i++)
		if (strcmp(v->support[i].claim, "plan-kept") == 0)
			return v->support[i].holds;
	return false;
}

/* ---- what was left for the end of a step ---- */

static unsigned lines_with(const char *key)
{
	CW_AUTO_JSON json_t *all = lines();
	unsigned n = 0;
	json_t *line;
	size_t i;

	json_array_foreach(all, i, line)
		n += json_object_get(line, key) != NULL;
	return n;
}

static void a_place_that_hung_and_came_back_costs_no_certificate(void **state)
{
	struct sim *s;
	struct fault *f;
	struct cw_verdict v;

	(void)state;
	begin(16 * SLOT, "keystream");
	s = sim_new(16 * SLOT, 512, 512);
	f = fault_new(&s->t);
	fault_add_hang(f, FAULT_ON_WRITE, 5 * SLOT, 5 * SLOT + 512, HANG_MS, 2);
	fault_add_hang(f, FAULT_ON_READ, 9 * SLOT, 9 * SLOT + 512, HANG_MS, 2);
	const struct cw_job_hooks hooks = usual_hooks();

	assert_string_equal(run(&f->t, &hooks, false), "complete");
	assert_true(lines_with("passedOverBytes") > 2);
	v = verdict();
	assert_int_equal(v.outcome, CW_SANITISED);
	cw_transport_free(&f->t);
	fixture_clear(&fx);
}

/* Wherever it is stopped: the journal is never at odds with itself, and the resumed job ends with a certificate that is true. */
static void a_stop_while_something_is_left_can_be_resumed(void **state)
{
	const struct cw_job_hooks hooks = usual_hooks();
	unsigned stopped_before_regions = 0;

	(void)state;
	for (unsigned stop_at = 1;; stop_at++) {
		struct cw_verdict v;
		struct sim *s;
		struct fault *f;
		bool stopped;

		begin(10 * SLOT, "keystream");
		s = sim_new(10 * SLOT, 512, 4096);
		f = fault_new(&s->t);
		fault_add_hang(f, FAULT_ON_WRITE, 4 * SLOT, 4 * SLOT + 512, HANG_MS, 4);
		world.stop_at = stop_at;
		stopped = strcmp(run(&f->t, &hooks, false), "stopped") == 0;
		v = verdict();
		assert_true(plan_was_kept(&v));
		if (stopped) {
			CW_AUTO_JSON json_t *all = lines();
			const json_t *end = json_array_get(all, json_array_size(all) - 3);

			assert_string_equal(cw_json_str(end, "event", ""), "step-end");
			stopped_before_regions += json_object_get(end, "passedOverBytes") != NULL;
			assert_int_equal(v.exit_code, CW_EXIT_STOPPED);
			sim_power_cut(s);
			world.stop_at = 0;
			f->n_rules = 0;
			assert_string_equal(run(&f->t, &hooks, true), "complete");
			v = verdict();
		}
		assert_int_equal(v.outcome, CW_SANITISED);
		cw_transport_free(&f->t);
		fixture_clear(&fx);
		if (!stopped)
			break;
	}
	assert_true(stopped_before_regions > 4);
}

static void a_place_that_stays_dead_is_reported_exactly(void **state)
{
	const struct cw_job_hooks hooks = usual_hooks();
	uint64_t bad = 5 * SLOT + 3 * 4096;
	struct cw_verdict v;
	struct sim *s;
	struct fault *f;

	(void)state;
	begin(16 * SLOT, "keystream");
	s = sim_new(16 * SLOT, 512, 4096);
	f = fault_new(&s->t);
	fault_add_hang(f, FAULT_ON_BOTH, bad, bad + 4096, HANG_MS, 0);
	assert_string_equal(run(&f->t, &hooks, false), "complete");
	v = verdict();
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.exceptions.n, 2);
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(v.exceptions.at[i].offset_bytes, bad);
		assert_int_equal(v.exceptions.at[i].len_bytes, 4096);
		assert_int_equal(v.exceptions.at[i].sys_errno, ETIMEDOUT);
	}
	cw_transport_free(&f->t);
	fixture_clear(&fx);
}

/* ---- media that are not genuine ---- */

/* What the journal says of it, through a document and our own check of that. */
static void assert_not_genuine(const char *how, uint64_t claimed, uint64_t real, bool exact)
{
	const struct cw_payload_frame frame = { .document_id = "2026-000017", .uuid = "019368f1-7c3a-7bcd-8e01-23456789abcd", .issued_at = "2026-11-23T19:30:00Z",
						.organisation = "o", .unit = "u", .station = "s",
						.signer_cert_sha256 = "1111111111111111111111111111111111111111111111111111111111111111", .register_origin = "o/s",
						.previous_root = "1111111111111111111111111111111111111111111111111111111111111111", .previous_size = 41 };
	CW_AUTO_JSON json_t *doc = NULL;
	struct cw_journal_text t;
	const json_t *found;

	fixture_read(&fx, &t);
	if (cw_payload_make(&t, &frame, &doc, &err))
		fail_msg("%s", err.message);
	cw_journal_text_clear(&t);
	assert_string_equal(cw_json_str(doc, "type", ""), CW_TYPE_REPORT);
	found = json_object_get(doc, "notGenuine");
	assert_string_equal(cw_json_str(found, "how", "nothing"), how);
	assert_int_equal(cw_json_u64(found, "claimedBytes", 0), claimed);
	assert_int_equal(cw_json_u64(found, "realBytes", 0), real);
	assert_int_equal(cw_json_bool(found, "exact", !exact), exact);
	assert_non_null(strstr(cw_json_str(json_object_get(found, "words"), "en", ""), "not genuine"));
	assert_non_null(strstr(cw_json_str(json_object_get(doc, "nextStep"), "en", ""), "destroy it physically"));
}

static void counterfeits_are_named_in_the_report(void **state)
{
	const struct cw_job_hooks hooks = usual_hooks();
	const uint64_t size = 8 * SLOT;

	(void)state;
	for (unsigned lie = 0; lie < 3; lie++) {
		struct sim *s;

		begin(size, "keystream");
		s = sim_new(size, 512, 512);
		if (lie == 0)
			s->wraps_at_bytes = 3 * SLOT + 7 * 512;
		if (lie == 1)
			s->deaf_bytes = SLOT;
		if (lie == 2)
			s->drops_from_bytes = 3 * SLOT, memset(s->bytes + 3 * SLOT, 0xff, size - 3 * SLOT);
		assert_string_equal(run(&s->t, &hooks, false), "failed");
		assert_not_genuine(lie == 0 ? "wrap" : lie == 1 ? "alias" : "drop", size, lie == 0 ? 3 * SLOT + 7 * 512 : lie == 1 ? size / 2 : 3 * SLOT, lie != 1);
		cw_transport_free(&s->t);
		fixture_clear(&fx);
	}
}

static const json_t *last(const json_t *all, const char *event)
{
	for (size_t i = json_array_size(all); i-- > 0;)
		if (strcmp(cw_json_str(json_array_get(all, i), "event", ""), event) == 0)
			return json_array_get(all, i);
	return NULL;
}

/* The job was stopped by this rule, at its last checkpoint, and the journal names the figures. */
static void assert_stopped_by(const char *name, uint64_t limit, uint64_t at_least, uint64_t at_most)
{
	CW_AUTO_JSON json_t *all = lines();
	const json_t *stopped = last(all, "stopped"), *rule = json_object_get(stopped, "rule");

	assert_string_equal(cw_json_str(stopped, "by", ""), "rule");
	assert_string_equal(cw_json_str(rule, "name", ""), name);
	assert_int_equal(cw_json_u64(rule, "limit", 0), limit);
	assert_in_range(cw_json_u64(rule, "found", 0), at_least, at_most);
	assert_int_equal(cw_json_u64(stopped, "watermarkBytes", 1), cw_json_u64(last(all, "checkpoint"), "watermarkBytes", 2));
}

/* ---- the early look ---- */

#define LARGE (64 * 1024 * 1024ull)

/* What was told on the way. */
static struct {
	uint32_t lie;
	uint64_t real_bytes, at_bytes;
	bool differs;
} told;

static void listen(void *user, const struct cw_job_progress *p)
{
	(void)user;
	if (!p->differs || told.differs)
		return;
	told.differs = true;
	told.lie = p->lie;
	told.real_bytes = p->real_bytes;
	told.at_bytes = p->total_done_bytes;
}

static struct sim *begin_large(struct cw_job_hooks *hooks, bool rule)
{
	memset(&told, 0, sizeof(told));
	*hooks = usual_hooks();
	hooks->progress = listen;
	hooks->checkpoint_interval_ms = 0;
	hooks->stop_rules.not_genuine = rule;
	begin(LARGE, "keystream");
	return sim_new(LARGE, 512, 4096);
}

static void an_honest_medium_is_certified_and_the_look_is_not_evidence(void **state)
{
	struct cw_job_hooks hooks;
	struct sim *s = begin_large(&hooks, true);

	(void)state;
	assert_string_equal(run(&s->t, &hooks, false), "complete");
	assert_int_equal(lines_with("probes"), 1);
	assert_int_equal(verdict().outcome, CW_SANITISED);
	assert_false(told.differs);
	cw_transport_free(&s->t);
	fixture_clear(&fx);
}

static void a_counterfeit_is_told_early_and_stopped_by_rule(void **state)
{
	struct cw_job_hooks hooks;
	struct sim *s = begin_large(&hooks, true);
	struct cw_verdict v;

	(void)state;
	s->wraps_at_bytes = LARGE / 4;
	assert_string_equal(run(&s->t, &hooks, false), "failed");
	assert_int_equal(told.lie, CW_LIE_WRAP);
	assert_int_equal(told.real_bytes, LARGE / 4);
	assert_true(told.at_bytes < LARGE / 2 && s->written_bytes < LARGE / 2);
	assert_stopped_by("not-genuine", LARGE, LARGE / 4, LARGE / 4);
	v = verdict();
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.exit_code, CW_EXIT_VERIFY_FAILED);
	assert_true(plan_was_kept(&v));
	assert_not_genuine("wrap", LARGE, LARGE / 4, false);
	assert_string_equal(run(&s->t, &hooks, true), ""); /* for good */
	cw_transport_free(&s->t);
	fixture_clear(&fx);
}

/* Without the rule it goes on, and the reading tells exactly. */
static void a_counterfeit_may_be_written_and_read_to_its_end(void **state)
{
	struct cw_job_hooks hooks;
	struct sim *s = begin_large(&hooks, false);

	(void)state;
	s->drops_from_bytes = LARGE / 2 + 12345 * 512;
	assert_string_equal(run(&s->t, &hooks, false), "failed");
	assert_int_equal(told.lie, CW_LIE_DROP);
	assert_true(told.real_bytes >= LARGE / 2 && told.at_bytes < LARGE / 2);
	assert_not_genuine("drop", LARGE, LARGE / 2 + 12345 * 512, true); /* although it is old data that stands there */
	cw_transport_free(&s->t);
	fixture_clear(&fx);
}

/* One block that does not hold what was written to it is no counterfeit; but nothing is certified any more. */
static void a_difference_that_is_found_early_stays(void **state)
{
	struct cw_job_hooks hooks;
	struct sim *s = begin_large(&hooks, true);
	struct cw_verdict v;

	(void)state;
	s->stuck_at_bytes = 33 * 1024 * 1024 + 1000;
	assert_string_equal(run(&s->t, &hooks, false), "failed");
	assert_true(told.differs && told.lie == CW_LIE_NONE && told.at_bytes < LARGE / 2);
	v = verdict();
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.capacity.lie, CW_LIE_NONE);
	cw_transport_free(&s->t);
	fixture_clear(&fx);
}

/* ---- rules of the policy ---- */

static void too_many_bad_blocks_end_the_job_for_good(void **state)
{
	struct cw_job_hooks hooks = usual_hooks();
	struct cw_verdict v;
	struct sim *s;
	struct fault *f;

	(void)state;
	hooks.stop_rules.bad_blocks = 20;
	for (unsigned bad = 19; bad <= 21; bad++) {
		begin(16 * SLOT, "keystream");
		s = sim_new(16 * SLOT, 512, 4096);
		f = fault_new(&s->t);
		for (unsigned i = 0; i < bad; i++)
			fault_add(f, FAULT_ON_WRITE, i * 300 * 1024, i * 300 * 1024 + 512, EIO, 0);
		assert_string_equal(run(&f->t, &hooks, false), "failed");
		v = verdict();
		assert_int_equal(v.outcome, CW_NOT_SANITISED);
		assert_int_equal(v.stopped, bad >= 20);
		if (bad >= 20) {
			assert_stopped_by("bad-blocks", 20, 20, 20);
			assert_int_equal(v.exit_code, CW_EXIT_INCONCLUSIVE);
			assert_string_equal(v.reason, "A rule of the policy stopped the job: the medium has too many bad blocks.");
			assert_string_equal(run(&f->t, &hooks, true), "");
		} else {
			assert_int_equal(v.exit_code, CW_EXIT_VERIFY_FAILED); /* the old bytes are still there */
		}
		cw_transport_free(&f->t);
		fixture_clear(&fx);
	}
}

/* Blocks that a first attempt found count in the second. */
static void bad_blocks_are_counted_over_all_attempts(void **state)
{
	struct cw_job_hooks hooks = usual_hooks();
	struct sim *s;
	struct fault *f;

	(void)state;
	hooks.stop_rules.bad_blocks = 6;
	begin(16 * SLOT, "keystream");
	s = sim_new(16 * SLOT, 512, 4096);
	f = fault_new(&s->t);
	for (unsigned i = 0; i < 8; i++)
		fault_add(f, FAULT_ON_WRITE, 2 * i * SLOT, 2 * i * SLOT + 512, EIO, 0);
	f->vanishes_after_bytes = 9 * SLOT;
	assert_string_equal(run(&f->t, &hooks, false), "lost");
	f->vanishes_after_bytes = SIM_NEVER;
	assert_string_equal(run(&f->t, &hooks, true), "failed");
	assert_stopped_by("bad-blocks", 6, 6, 6);
	cw_transport_free(&f->t);
	fixture_clear(&fx);
}

static void assert_goes_on_later(struct sim *s, const struct cw_job_hooks *hooks, const char *reason)
{
	struct cw_verdict v = verdict();

	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_int_equal(v.exit_code, CW_EXIT_INCONCLUSIVE);
	assert_string_equal(v.reason, reason);
	assert_string_equal(run(&s->t, hooks, true), "complete");
	assert_int_equal(verdict().outcome, CW_SANITISED);
	cw_transport_free(&s->t);
	fixture_clear(&fx);
}

static void a_hot_medium_is_left_to_cool_down(void **state)
{
	struct cw_job_hooks hooks = usual_hooks();
	struct sim *s;

	(void)state;
	hooks.stop_rules.hottest_celsius = 60;
	begin(4 * SLOT, "keystream");
	s = sim_new(4 * SLOT, 512, 512);
	s->celsius = 61;
	assert_string_equal(run(&s->t, &hooks, false), "stopped");
	assert_stopped_by("temperature", 60, 61, 61);
	s->celsius = 60;
	assert_goes_on_later(s, &hooks, "A rule of the policy stopped the job: the medium became too hot.");
}

static void a_medium_that_does_not_tell_how_hot_it_is_is_wiped(void **state)
{
	struct cw_job_hooks hooks = usual_hooks();
	struct sim *s;

	(void)state;
	hooks.stop_rules.hottest_celsius = 1;
	begin(4 * SLOT, "keystream");
	s = sim_new(4 * SLOT, 512, 512);
	assert_string_equal(run(&s->t, &hooks, false), "complete");
	cw_transport_free(&s->t);
	fixture_clear(&fx);
}

/* A slot takes 300 ms. */
static void dawdle(void *user, const struct cw_job_progress *p)
{
	(void)user, (void)p;
	usleep(300000);
}

static void a_slow_medium_is_not_waited_for(void **state)
{
	struct cw_job_hooks hooks = usual_hooks();
	struct sim *s;

	(void)state;
	hooks.stop_rules.rate_window_s = 1;
	hooks.stop_rules.least_bytes_per_s = 8 * SLOT;
	hooks.progress = dawdle;
	begin(64 * SLOT, "keystream");
	s = sim_new(64 * SLOT, 512, 512);
	assert_string_equal(run(&s->t, &hooks, false), "stopped");
	assert_stopped_by("rate", 8 * SLOT, 1 * SLOT, 4 * SLOT);
	hooks.progress = NULL;
	assert_goes_on_later(s, &hooks, "A rule of the policy stopped the job: the medium is too slow.");
}

static void a_job_that_takes_too_long_is_ended(void **state)
{
	struct cw_job_hooks hooks = usual_hooks();
	struct sim *s;

	(void)state;
	hooks.stop_rules.longest_s = 1;
	hooks.progress = dawdle;
	begin(64 * SLOT, "keystream");
	s = sim_new(64 * SLOT, 512, 512);
	assert_string_equal(run(&s->t, &hooks, false), "stopped");
	assert_stopped_by("time", 1, 1, 5);
	hooks.progress = NULL;
	assert_goes_on_later(s, &hooks, "A rule of the policy stopped the job: it took too long.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_place_that_hung_and_came_back_costs_no_certificate),
		cmocka_unit_test(a_stop_while_something_is_left_can_be_resumed),
		cmocka_unit_test(a_place_that_stays_dead_is_reported_exactly),
		cmocka_unit_test(counterfeits_are_named_in_the_report),
		cmocka_unit_test(an_honest_medium_is_certified_and_the_look_is_not_evidence),
		cmocka_unit_test(a_counterfeit_is_told_early_and_stopped_by_rule),
		cmocka_unit_test(a_counterfeit_may_be_written_and_read_to_its_end),
		cmocka_unit_test(a_difference_that_is_found_early_stays),
		cmocka_unit_test(too_many_bad_blocks_end_the_job_for_good),
		cmocka_unit_test(bad_blocks_are_counted_over_all_attempts),
		cmocka_unit_test(a_hot_medium_is_left_to_cool_down),
		cmocka_unit_test(a_medium_that_does_not_tell_how_hot_it_is_is_wiped),
		cmocka_unit_test(a_slow_medium_is_not_waited_for),
		cmocka_unit_test(a_job_that_takes_too_long_is_ended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
