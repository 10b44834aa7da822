/* SPDX-License-Identifier: Apache-2.0 */
/* What a person is told of a job, from its journal alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/job_fixture.h"

#define SIZE (64u << 20)
#define HASH "1111111111111111111111111111111111111111111111111111111111111111"

static struct fixture fx;
static struct cw_journal *j;
static struct cw_error err;

static int setup(void **state)
{
	(void)state;
	fixture_init(&fx, SIZE, "keystream", false);
	memset(&err, 0, sizeof(err));
	j = fixture_journal(&fx);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	cw_journal_free(j);
	fixture_clear(&fx);
	return 0;
}

static void say(const char *event, json_t *fields)
{
	if (cw_journal_append(j, event, fields, &err) < 0)
		fail_msg("%s: %s", event, err.message);
}

static void intent(int step, unsigned from)
{
	say("intent", json_pack("{s:i, s:i, s:s, s:I, s:I}", "step", step, "pass", 1, "do", step == 1 ? "write" : "verify", "fromBytes", (json_int_t)from, "sizeBytes",
				(json_int_t)SIZE));
}

static void checkpoint(int step, unsigned mark, unsigned mismatch)
{
	say("checkpoint", json_pack("{s:i, s:I, s:I, s:i, s:I}", "step", step, "watermarkBytes", (json_int_t)mark, "doneBytes", (json_int_t)mark, "badBytes", 0,
				    "mismatchBytes", (json_int_t)mismatch));
}

static void step_end(int step, unsigned upto, const char *how)
{
	say("step-end", json_pack("{s:i, s:I, s:I, s:i, s:i, s:s, s:[], s:b, s:i}", "step", step, "uptoBytes", (json_int_t)upto, "doneBytes", (json_int_t)upto, "badBytes",
				  0, "mismatchBytes", 0, "end", how, "bad", "badListed", 1, "elapsedMs", 1));
}

static void end(const char *status)
{
	say("end", json_pack("{s:s}", "status", status));
}

static void attested(const char *id)
{
	say("attested", json_pack("{s:s, s:s, s:s, s:s, s:s}", "documentId", id, "type", "destruction-report", "jsonSha256", HASH, "p7sSha256", HASH, "outcome", "x"));
}

static void resumed(unsigned step, unsigned from)
{
	say("resumed", json_pack("{s:o, s:o, s:o, s:s, s:i, s:i, s:i, s:b}", "by", fixture_person(), "attachment", cw_attachment_json(&fx.medium), "clock",
				 cw_clock_json(), "bootId", "00000000000000000000000000000000", "step", (int)step, "fromBytes", (int)from, "checkedBytes", 0,
				 "droppedTail", 0));
}

static struct cw_job_status now(void)
{
	struct cw_journal_text t;
	struct cw_job_status s;
	fixture_read(&fx, &t);
	cw_job_status(&t, &s);
	cw_journal_text_clear(&t);
	return s;
}

static void expect(uint32_t state, bool resumable, uint32_t step, uint64_t mark, const char *words)
{
	struct cw_job_status s = now();
	assert_int_equal(s.state, state);
	assert_int_equal(s.resumable, resumable);
	assert_int_equal(s.step, step);
	assert_int_equal(s.watermark_bytes, mark);
	if (strstr(s.words, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", s.words, words);
	assert_int_equal(s.words[strlen(s.words) - 1], '.');
}

static void the_subject_is_named(void **state)
{
	(void)state;
	struct cw_job_status s = now();
	assert_string_equal(s.job_id, FIXTURE_JOB);
	assert_string_equal(s.node, "/dev/sdx");
	assert_string_equal(s.identity_sha256, fx.plan.identity_sha256);
	assert_int_equal(s.n_steps, 2);
	assert_int_equal(s.size_bytes, SIZE);
	assert_int_equal(strlen(s.started_at), CW_TIME_TEXT - 1);
}

static void a_job_goes_through_its_states(void **state)
{
	(void)state;
	expect(CW_JOB_PREPARED, true, 1, 0, "not begun");
	intent(1, 0);
	expect(CW_JOB_INTERRUPTED, true, 1, 0, "step 1 of 2");
	checkpoint(1, 16u << 20, 0);
	expect(CW_JOB_INTERRUPTED, true, 1, 16u << 20, "can be resumed");
	step_end(1, 16u << 20, "stopped");
	end("stopped");
	expect(CW_JOB_STOPPED, true, 1, 16u << 20, "Stopped in step 1 of 2 at 16.8 MB of 67.1 MB");
	attested("2026-000001");
	expect(CW_JOB_ATTESTED, true, 1, 16u << 20, "2026-000001");
	resumed(1, 16u << 20);
	intent(1, 16u << 20);
	expect(CW_JOB_INTERRUPTED, true, 1, 16u << 20, "can be resumed");
	step_end(1, SIZE, "done");
	expect(CW_JOB_INTERRUPTED, true, 2, 0, "step 2 of 2");
	intent(2, 0);
	step_end(2, SIZE, "done");
	expect(CW_JOB_INTERRUPTED, true, 2, SIZE, "can be resumed");
	end("complete");
	expect(CW_JOB_FINISHED, false, 2, SIZE, "not signed yet");
	assert_string_equal(now().end_status, "complete");
	attested("2026-000002");
	expect(CW_JOB_ATTESTED, false, 2, SIZE, "2026-000002");
	assert_string_equal(now().document_id, "2026-000002");
}

static void found_differences_end_a_job(void **state)
{
	(void)state;
	intent(1, 0);
	step_end(1, SIZE, "done");
	intent(2, 0);
	checkpoint(2, 1024, 512);
	expect(CW_JOB_INTERRUPTED, false, 2, 1024, "not resumed");
	end("failed");
	expect(CW_JOB_FINISHED, false, 2, 1024, "Failed");
}

static void a_lost_medium_can_come_back(void **state)
{
	(void)state;
	intent(1, 0);
	step_end(1, 0, "lost");
	say("lost", json_pack("{s:s, s:s}", "what", "medium", "message", "gone"));
	end("lost");
	expect(CW_JOB_INTERRUPTED, true, 1, 0, "attach it again");
}

static void a_refused_job_wrote_nothing(void **state)
{
	(void)state;
	say("refused", json_pack("{s:s, s:i, s:s}", "code", "busy", "exit", 5, "message", "in use"));
	expect(CW_JOB_REFUSED, false, 1, 0, "nothing was written");
	end("refused");
	expect(CW_JOB_REFUSED, false, 1, 0, "nothing was written");
}

static void a_given_up_job_stays_given_up(void **state)
{
	(void)state;
	intent(1, 0);
	say("closed", json_pack("{s:o, s:s}", "by", fixture_person(), "reason", "stick is broken"));
	end("closed");
	expect(CW_JOB_FINISHED, false, 1, 0, "Given up");
}

/* Lines that a truthful run cannot write: whatever they say, it is nothing to go on from, and never "nothing was written". */
static void a_contradictory_journal_is_not_resumable(void **state)
{
	(void)state;
	for (int kind = 0; kind < 8; kind++) {
		if (kind > 0)
			setup(NULL);
		if (kind == 0)
			intent(2, 0); /* a step was left out */
		if (kind == 1)
			intent(1, 512); /* bytes were left out */
		if (kind == 2)
			checkpoint(1, 512, 0); /* work without intent */
		if (kind >= 3)
			intent(1, 0);
		if (kind == 3)
			checkpoint(1, SIZE + 512, 0);
		if (kind == 4)
			checkpoint(2, 512, 0);
		if (kind == 5) {
			checkpoint(1, 1024, 0);
			checkpoint(1, 512, 0);
		}
		if (kind == 6) {
			checkpoint(1, 1024, 0);
			intent(1, 2048);
		}
		if (kind == 7) {
			step_end(1, SIZE, "done");
			intent(1, 0);
		}
		struct cw_job_status s = now();
		assert_int_equal(s.state, CW_JOB_INTERRUPTED);
		assert_false(s.resumable);
		assert_non_null(strstr(s.words, "contradicts itself"));
		if (kind < 7)
			teardown(NULL);
	}
}

static void an_unauthorised_job_cannot_be_run(void **state)
{
	(void)state;
	struct cw_journal_text t;
	struct cw_job_status s;
	teardown(NULL);
	fixture_init(&fx, SIZE, "keystream", false);
	assert_int_equal(cw_journal_create(fx.dirfd, FIXTURE_JOB, 0, &j, &err), 0);
	say("job", fixture_job_line(&fx));
	fixture_read(&fx, &t);
	cw_job_status(&t, &s);
	assert_int_equal(s.state, CW_JOB_PREPARED);
	assert_false(s.resumable);
	cw_journal_text_clear(&t);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(the_subject_is_named), T(a_job_goes_through_its_states), T(found_differences_end_a_job), T(a_lost_medium_can_come_back),
		T(a_refused_job_wrote_nothing), T(a_given_up_job_stays_given_up), T(a_contradictory_journal_is_not_resumable), T(an_unauthorised_job_cannot_be_run),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
