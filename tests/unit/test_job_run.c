/* SPDX-License-Identifier: Apache-2.0 */
/* Running a plan: what stands on the medium and in the journal afterwards, also after crashes at any line, stops, lost and lying media. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certwipe/evidence.h"
#include "sim/job_fixture.h"
#include "sim/sim.h"

#define SIZE (3u * CW_SLOT_BYTES + 5u * 512u)

static struct fixture fx;
static struct cw_error err;
static unsigned seed;

/* What the hooks do and saw. */
static struct {
	struct cw_medium medium; /* what identify finds */
	int identify_code;       /* not 0: it fails with it ... */
	unsigned identify_fails_at; /* ... from this call on, 1-based */
	unsigned identified, asked;
	bool blind; /* identify lets everything pass */
	unsigned stop_at; /* the so many-th question is answered with stop, 0: never */
	struct cw_job_progress last;
	unsigned backwards; /* times that the total went back */
} world;

static bool stop(void *user)
{
	(void)user;
	return world.stop_at != 0 && ++world.asked >= world.stop_at;
}

static void progress(void *user, const struct cw_job_progress *p)
{
	(void)user;
	world.backwards += p->total_done_bytes < world.last.total_done_bytes || p->total_done_bytes > p->total_bytes || p->completed_bytes > p->size_bytes;
	world.last = *p;
}

static int identify(void *user, struct cw_medium *now, struct cw_error *e)
{
	(void)user;
	*now = world.medium;
	if (world.identify_code != 0 && ++world.identified >= world.identify_fails_at)
		return cw_fail(e, (enum cw_code)world.identify_code, 0, NULL, NULL, "found something else");
	return world.blind ? 0 : cw_identity_compare(&fx.medium, now, false, e);
}

static void begin(uint64_t size, const char *scheme, bool sample)
{
	fixture_init(&fx, size, scheme, sample);
	memset(&world, 0, sizeof(world));
	memset(&err, 0, sizeof(err));
	world.medium = fx.medium;
}

static struct sim *begin_usual(void)
{
	begin(SIZE, "keystream", false);
	return sim_new(SIZE, 512, 512);
}

static void finish(struct sim *s)
{
	cw_transport_free(&s->t);
	fixture_clear(&fx);
}

static const struct cw_job_hooks hooks = { .stop = stop, .progress = progress, .identify = identify, .checkpoint_interval_ms = 1, .retry_pause_ms = 1 };

static size_t count(const struct cw_journal_text *t, const char *event)
{
	size_t i, n = 0;
	json_t *line;
	json_array_foreach(t->lines, i, line)
		n += strcmp(cw_json_str(line, "event", ""), event) == 0;
	return n;
}

static const json_t *last(const struct cw_journal_text *t, const char *event)
{
	for (size_t i = json_array_size(t->lines); i-- > 0;)
		if (strcmp(cw_json_str(json_array_get(t->lines, i), "event", ""), event) == 0)
			return json_array_get(t->lines, i);
	return NULL;
}

/* Whatever happened: only a job that ran to its end and read everything back may be called a success by what reads the journal later. */
static void assert_claim(void)
{
	static struct cw_verdict v;
	struct cw_journal_text t;
	fixture_read(&fx, &t);
	const json_t *end = last(&t, "end");
	bool complete = strcmp(cw_json_str(end, "status", ""), "complete") == 0;
	bool whole = fx.plan.steps[fx.plan.n_steps - 1].kind == CW_STEP_VERIFY;
	cw_verdict_of(&t, &v);
	if ((v.outcome == CW_SANITISED) != (complete && whole))
		fail_msg("end %s, but: %s", cw_json_str(end, "status", "none"), v.reason);
	cw_journal_text_clear(&t);
}

static int run(struct cw_journal *j, struct cw_transport *medium, bool resumed, bool dropped, char status[16])
{
	struct cw_journal_text t;
	CW_AUTO_JSON json_t *by = resumed ? fixture_person() : NULL;
	fixture_read(&fx, &t);
	world.last.total_done_bytes = 0;
	int rc = cw_job_run(j, &t, medium, &hooks, by, dropped, status, &err);
	cw_journal_text_clear(&t);
	assert_claim();
	return rc;
}

static int run_new(struct cw_transport *medium, char status[16])
{
	struct cw_journal *j = fixture_journal(&fx);
	int rc = run(j, medium, false, false, status);
	cw_journal_free(j);
	return rc;
}

static size_t events(const char *event)
{
	struct cw_journal_text t;
	fixture_read(&fx, &t);
	size_t n = count(&t, event);
	cw_journal_text_clear(&t);
	return n;
}

/* What has begun cannot begin once more: that would draw another key. */
static int resume(struct cw_transport *medium, char status[16])
{
	struct cw_journal *j = NULL;
	bool dropped = false;
	int rc = cw_journal_open(fx.dirfd, FIXTURE_JOB, &j, &dropped, &err);
	if (rc < 0)
		fail_msg("the journal cannot be opened again: %s", err.message);
	if (events("stream") > 0)
		assert_true(run(j, medium, false, dropped, status) < 0);
	rc = run(j, medium, true, dropped, status);
	cw_journal_free(j);
	return rc;
}

/* The medium holds the stream of the last pass, from end to end. */
static void assert_wiped(const struct sim *s)
{
	struct cw_journal_text t;
	struct cw_job_secrets secrets;
	struct cw_stream stream;
	struct cw_stream_ctx *ctx = NULL;
	bool present = false;
	uint8_t *expected = malloc(s->size_bytes);
	fixture_read(&fx, &t);
	assert_int_equal(cw_job_secrets_of(&t, &secrets, &present, &err), 0);
	assert_true(present);
	assert_int_equal(cw_job_stream(&fx.plan, fx.plan.n_passes, &secrets, &stream, &err), 0);
	assert_int_equal(cw_stream_new(&stream, &ctx, &err), 0);
	assert_int_equal(cw_stream_fill(ctx, 0, expected, s->size_bytes, &err), 0);
	assert_memory_equal(s->bytes, expected, s->size_bytes);
	cw_stream_free(ctx);
	free(expected);
	cw_journal_text_clear(&t);
}

static void assert_untouched(const struct sim *s)
{
	assert_int_equal(s->written_bytes, 0);
}

/* ---- a job without trouble ---- */

static void every_scheme_ends_complete_with_its_last_stream(void **state)
{
	(void)state;
	static const char *const schemes[] = { "keystream", "nist-r1-flash", "zero", "dod3", "ar380-19", "navso-mfm" };
	for (size_t i = 0; i < CW_ARRAY_LEN(schemes); i++) {
		char status[16] = "";
		begin(SIZE, schemes[i], false);
		struct sim *s = sim_new(SIZE, 512, 512);
		assert_int_equal(run_new(&s->t, status), 0);
		assert_string_equal(status, "complete");
		assert_wiped(s);
		assert_int_equal(events("step-end"), fx.plan.n_steps);
		assert_int_equal(events("identity"), 2);
		assert_int_equal(world.backwards, 0);
		assert_int_equal(world.last.total_done_bytes, world.last.total_bytes);
		finish(s);
	}
}

static void a_sampled_job_completes_and_its_progress_adds_up(void **state)
{
	(void)state;
	char status[16] = "";
	begin(4000u * 512u, "keystream", true);
	struct sim *s = sim_new(4000u * 512u, 512, 512);
	assert_int_equal(run_new(&s->t, status), 0);
	assert_string_equal(status, "complete");
	assert_wiped(s);
	assert_int_equal(world.backwards, 0);
	assert_int_equal(world.last.completed_bytes, world.last.size_bytes);
	finish(s);
}

/* Nobody can say later what was written unless the journal said it before. */
static void the_lines_come_before_the_acts(void **state)
{
	(void)state;
	static const char *const order[] = { "job", "authorised", "registered", "stream", "identity", "intent" };
	struct cw_journal_text t;
	char status[16] = "";
	struct sim *s = begin_usual();
	assert_int_equal(run_new(&s->t, status), 0);
	fixture_read(&fx, &t);
	for (size_t i = 0; i < CW_ARRAY_LEN(order); i++)
		assert_string_equal(cw_json_str(json_array_get(t.lines, i), "event", ""), order[i]);
	assert_string_equal(cw_json_str(last(&t, "identity"), "phase", ""), "end");
	assert_string_equal(cw_json_str(json_array_get(t.lines, json_array_size(t.lines) - 1), "event", ""), "end");
	cw_journal_text_clear(&t);
	finish(s);
}

/* ---- what keeps a job from writing ---- */

static void without_authorisation_nothing_is_written(void **state)
{
	(void)state;
	char status[16] = "";
	for (int kind = 0; kind < 4; kind++) {
		begin(SIZE, "keystream", false);
		struct sim *s = sim_new(SIZE, 512, 512);
		struct cw_journal *j = NULL;
		json_t *authorised = fixture_authorised_line(&fx);
		assert_int_equal(cw_journal_create(fx.dirfd, FIXTURE_JOB, 0, &j, &err), 0);
		assert_int_equal(cw_journal_append(j, "job", fixture_job_line(&fx), &err), 0);
		if (kind == 1)
			json_object_set_new(authorised, "planSha256", json_string(fx.plan.identity_sha256));
		if (kind == 2)
			json_object_set_new(authorised, "identitySha256", json_string(fx.plan_sha256));
		if (kind > 0)
			assert_int_equal(cw_journal_append(j, "authorised", json_incref(authorised), &err), 0);
		if (kind != 3)
			assert_int_equal(cw_journal_append(j, "registered", fixture_registered_line(), &err), 0);
		assert_int_equal(run(j, &s->t, false, false, status), kind == 3 ? CW_E_STATE : CW_E_UNAUTHORISED);
		assert_untouched(s);
		json_decref(authorised);
		cw_journal_free(j);
		finish(s);
	}
}

static void another_medium_is_not_written(void **state)
{
	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		char status[16] = "";
		begin(SIZE, "keystream", false);
		struct sim *s = sim_new(kind == 2 ? SIZE - 512 : SIZE, 512, 512);
		if (kind < 2)
			world.medium.serial.text[0] = world.medium.full_serial[0] = 'Z';
		world.blind = kind == 1; /* the digest that was authorised must hold even then */
		struct cw_journal *j = fixture_journal(&fx);
		assert_int_equal(run(j, &s->t, false, false, status), 0);
		assert_string_equal(status, "failed");
		assert_untouched(s);
		assert_int_equal(events("intent"), 0);
		assert_int_equal(events("identity"), 1);
		cw_journal_free(j);
		finish(s);
	}
}

static void a_medium_that_is_gone_before_the_first_write_is_lost(void **state)
{
	(void)state;
	char status[16] = "";
	struct sim *s = begin_usual();
	world.identify_code = CW_E_LOST;
	world.identify_fails_at = 1;
	assert_int_equal(run_new(&s->t, status), 0);
	assert_string_equal(status, "lost");
	assert_untouched(s);
	finish(s);
}

/* A medium that was changed under the job is noticed at the latest at its end. */
static void another_medium_at_the_end_is_no_completion(void **state)
{
	(void)state;
	char status[16] = "";
	struct sim *s = begin_usual();
	world.identify_code = CW_E_IDENTITY;
	world.identify_fails_at = 2;
	assert_int_equal(run_new(&s->t, status), 0);
	assert_string_equal(status, "failed");
	finish(s);
}

/* ---- media that fail ---- */

static void lies_of_the_medium_end_failed(void **state)
{
	(void)state;
	for (int lie = 0; lie < 5; lie++) {
		struct cw_journal_text t;
		char status[16] = "";
		begin(SIZE, "keystream", false);
		struct sim *s = sim_new(SIZE, 512, 512);
		if (lie == 0)
			s->wraps_at_bytes = SIZE / 1024 * 512;
		if (lie == 1)
			s->drops_from_bytes = CW_SLOT_BYTES;
		if (lie == 2)
			s->stuck_at_bytes = 12345;
		if (lie == 3)
			s->swaps_at_bytes = 4096;
		if (lie == 4)
			s->flush_errno = EIO, s->flush_fails_at = 1;
		assert_int_equal(run_new(&s->t, status), 0);
		assert_string_equal(status, "failed");
		fixture_read(&fx, &t);
		if (lie < 4)
			assert_true(cw_json_u64(last(&t, "step-end"), "mismatchBytes", 0) > 0);
		else
			assert_string_equal(cw_json_str(last(&t, "step-end"), "end", ""), "flush-failed");
		cw_journal_text_clear(&t);
		/* What was found stays found: no resume makes it go away. */
		uint64_t before = s->written_bytes;
		assert_true(resume(&s->t, status) < 0);
		assert_int_equal(s->written_bytes, before);
		finish(s);
	}
}

static void bad_sectors_are_told_and_counted_once(void **state)
{
	(void)state;
	struct cw_journal_text t;
	char status[16] = "";
	struct sim *s = begin_usual();
	struct fault *f = fault_new(&s->t);
	fault_add(f, FAULT_ON_WRITE, 8192, 8192 + 1024, EIO, 0);
	assert_int_equal(run_new(&f->t, status), 0);
	assert_string_equal(status, "failed"); /* the read-back finds the old bytes */
	fixture_read(&fx, &t);
	const json_t *end = last(&t, "step-end");
	assert_int_equal(cw_json_u64(end, "mismatchBytes", 0), 1024);
	assert_int_equal(cw_json_u64(end, "badBytes", 9), 0);
	for (size_t i = 0; i < json_array_size(t.lines); i++) {
		const json_t *line = json_array_get(t.lines, i);
		if (strcmp(cw_json_str(line, "event", ""), "step-end") != 0 || cw_json_u64(line, "step", 0) != 1)
			continue;
		const json_t *bad = json_array_get(json_object_get(line, "bad"), 0);
		assert_int_equal(cw_json_u64(line, "badBytes", 0), 1024);
		assert_int_equal(cw_json_u64(bad, "offsetBytes", 0), 8192);
		assert_int_equal(cw_json_u64(bad, "lengthBytes", 0), 1024);
		assert_string_equal(cw_json_str(bad, "fault", ""), "write");
		assert_int_equal(cw_json_u64(bad, "errno", 0), EIO);
	}
	cw_journal_text_clear(&t);
	cw_transport_free(&f->t);
	fixture_clear(&fx);
}

static void a_medium_pulled_out_can_be_resumed(void **state)
{
	(void)state;
	char status[16] = "";
	begin(SIZE, "nist-r1-flash", false);
	struct sim *s = sim_new(SIZE, 512, 512);
	struct fault *f = fault_new(&s->t);
	f->vanishes_after_bytes = SIZE + SIZE / 2;
	assert_int_equal(run_new(&f->t, status), 0);
	assert_string_equal(status, "lost");
	assert_int_equal(events("lost"), 1);
	f->vanishes_after_bytes = SIM_NEVER;
	world.medium.diskseq++;
	cw_strlcpy(world.medium.node, "/dev/sdy", sizeof(world.medium.node));
	(void)shuffle_new(&f->t, 4, 1);
	assert_int_equal(resume(&f->t, status), 0);
	assert_string_equal(status, "complete");
	assert_wiped(s);
	struct cw_journal_text t;
	fixture_read(&fx, &t);
	assert_string_equal(cw_json_str(json_object_get(last(&t, "resumed"), "attachment"), "node", ""), "/dev/sdy");
	assert_string_equal(cw_json_str(json_object_get(last(&t, "resumed"), "io"), "engine", ""), "shuffle");
	cw_journal_text_clear(&t);
	cw_transport_free(&f->t);
	fixture_clear(&fx);
}

/* ---- stop and resume ---- */

static void a_stop_is_no_completion_and_can_be_resumed(void **state)
{
	(void)state;
	unsigned questions = 1;
	for (bool complete = false; !complete; questions++) {
		char status[16] = "";
		begin(SIZE, "nist-r1-flash", false);
		struct sim *s = sim_new(SIZE, 512, 512);
		world.stop_at = questions;
		assert_int_equal(run_new(&s->t, status), 0);
		complete = strcmp(status, "complete") == 0;
		if (!complete) {
			assert_string_equal(status, "stopped");
			assert_int_equal(events("stopped"), 1);
			world.stop_at = 0;
			assert_int_equal(resume(&s->t, status), 0);
		}
		assert_string_equal(status, "complete");
		assert_wiped(s);
		finish(s);
	}
	assert_true(questions > 12); /* three passes over the medium in slots */
}

static void stop_at_slot(struct sim *s, unsigned slot, const char *scheme)
{
	char status[16] = "";
	begin(s->size_bytes, scheme, false);
	world.stop_at = slot;
	assert_int_equal(run_new(&s->t, status), 0);
	assert_string_equal(status, "stopped");
	world.stop_at = 0;
}

static void another_medium_is_not_resumed(void **state)
{
	(void)state;
	char status[16] = "";
	struct sim *s = sim_new(SIZE, 512, 512), *other = sim_new(SIZE, 512, 512);
	struct cw_journal_text before, after;
	stop_at_slot(s, 3, "keystream");
	fixture_read(&fx, &before);
	/* Same model, same weak serial, another stick: only our stream tells. */
	assert_int_equal(resume(&other->t, status), CW_E_IDENTITY);
	assert_untouched(other);
	world.medium.serial.text[0] = 'Z';
	world.medium.full_serial[0] = 'Z';
	uint64_t written = s->written_bytes;
	assert_int_equal(resume(&s->t, status), CW_E_IDENTITY);
	assert_int_equal(s->written_bytes, written);
	fixture_read(&fx, &after);
	assert_string_equal(before.sha256, after.sha256); /* the journal knows nothing of it */
	world.medium = fx.medium;
	assert_int_equal(resume(&s->t, status), 0);
	assert_string_equal(status, "complete");
	cw_journal_text_clear(&before);
	cw_journal_text_clear(&after);
	cw_transport_free(&s->t);
	cw_transport_free(&other->t);
	fixture_clear(&fx);
}

/* The check looks at what was there before, and says how much of it it found. */
static void the_neighbourhood_is_checked(void **state)
{
	(void)state;
	struct cw_journal_text t;
	char status[16] = "";
	struct sim *s = sim_new(SIZE, 512, 512);
	stop_at_slot(s, 3, "keystream");
	assert_int_equal(resume(&s->t, status), 0);
	fixture_read(&fx, &t);
	const json_t *resumed = last(&t, "resumed");
	assert_int_equal(cw_json_u64(resumed, "fromBytes", 0), 2 * CW_SLOT_BYTES);
	assert_int_equal(cw_json_u64(resumed, "checkedBytes", 0), 2 * CW_SLOT_BYTES);
	assert_true(s->cache_drops >= 2);
	cw_journal_text_clear(&t);
	fixture_clear(&fx);

	stop_at_slot(s, 3, "keystream");
	s->bytes[2 * CW_SLOT_BYTES - 1] ^= 1; /* one bit */
	assert_int_equal(resume(&s->t, status), CW_E_IDENTITY);
	fixture_clear(&fx);
	cw_transport_free(&s->t);
}

/* Sectors that the medium refused cannot hold our stream: the job of a worn medium can be resumed all the same. */
static void refused_sectors_do_not_hinder_a_resume(void **state)
{
	(void)state;
	char status[16] = "";
	struct sim *s = begin_usual();
	struct fault *f = fault_new(&s->t);
	fault_add(f, FAULT_ON_WRITE, 8192, 8192 + 1024, EIO, 0);
	fault_add(f, FAULT_ON_READ, 65536, 65536 + 512, EIO, 0);
	f->vanishes_after_bytes = SIZE - CW_SLOT_BYTES; /* on the way */
	assert_int_equal(run_new(&f->t, status), 0);
	assert_string_equal(status, "lost");
	f->vanishes_after_bytes = SIM_NEVER;
	assert_int_equal(resume(&f->t, status), 0);
	assert_string_equal(status, "failed"); /* resumed, and the read-back tells of the sectors */
	cw_transport_free(&f->t);
	fixture_clear(&fx);
}

static void an_interrupted_check_starts_anew(void **state)
{
	(void)state;
	struct cw_journal_text t;
	char status[16] = "";
	struct sim *s = sim_new(SIZE, 512, 512);
	stop_at_slot(s, 6, "keystream"); /* four slots written, in the second read */
	uint64_t written = s->written_bytes;
	assert_int_equal(resume(&s->t, status), 0);
	assert_string_equal(status, "complete");
	assert_int_equal(s->written_bytes, written); /* what was finished is not done again */
	fixture_read(&fx, &t);
	assert_int_equal(cw_json_u64(last(&t, "intent"), "step", 0), 2);
	assert_int_equal(cw_json_u64(last(&t, "intent"), "fromBytes", 1), 0);
	assert_int_equal(cw_json_u64(last(&t, "step-end"), "doneBytes", 0), SIZE);
	cw_journal_text_clear(&t);
	finish(s);
}

static void a_completed_job_is_not_run_again(void **state)
{
	(void)state;
	char status[16] = "";
	struct sim *s = begin_usual();
	assert_int_equal(run_new(&s->t, status), 0);
	uint64_t written = s->written_bytes;
	assert_int_equal(resume(&s->t, status), CW_E_REFUSED);
	assert_int_equal(s->written_bytes, written);
	finish(s);
}

/* Cut off between register and first line of work, then plugged in elsewhere: everything is still to be done, and may be claimed. */
static void a_job_cut_off_before_it_drew_its_key_can_be_resumed_anywhere(void **state)
{
	(void)state;
	char status[16] = "";
	struct sim *s = begin_usual();
	cw_journal_free(fixture_journal(&fx));
	world.medium.diskseq++;
	cw_strlcpy(world.medium.node, "/dev/sdy", sizeof(world.medium.node));
	assert_int_equal(resume(&s->t, status), 0);
	assert_string_equal(status, "complete");
	assert_int_equal(events("resumed"), 1);
	finish(s);
}

/* ---- crashes ---- */

/* The disk under the journal is full from this size on: the line that crosses it is torn. */
static void limit_journal(uint64_t bytes)
{
	struct rlimit l;
	getrlimit(RLIMIT_FSIZE, &l);
	l.rlim_cur = bytes;
	setrlimit(RLIMIT_FSIZE, &l);
}

static uint64_t journal_bytes(void)
{
	struct stat st;
	char path[128];
	fixture_path(&fx, path);
	assert_int_equal(stat(path, &st), 0);
	return (uint64_t)st.st_size;
}

/* Runs or resumes until the journal has no room for `room` more bytes.  0 when the job ended before. */
static int run_until_full(struct sim *s, bool fresh, uint64_t room, char status[16])
{
	struct cw_journal *j = NULL;
	bool dropped = false;
	if (fresh)
		j = fixture_journal(&fx);
	else
		assert_int_equal(cw_journal_open(fx.dirfd, FIXTURE_JOB, &j, &dropped, &err), 0);
	limit_journal(journal_bytes() + room);
	int rc = run(j, &s->t, !fresh, dropped, status);
	limit_journal(RLIM_INFINITY);
	cw_journal_free(j);
	return rc;
}

/* Returns how often the last line was torn. */
static unsigned crash_until_complete(const char *scheme, bool power_cut)
{
	char status[16] = "";
	unsigned crashes = 0, torn = 0;
	begin(SIZE, scheme, false);
	struct sim *s = sim_new(SIZE, 512, 512);
	int rc = run_until_full(s, true, (uint64_t)rand_r(&seed) % 4000, status);
	while (rc < 0 || strcmp(status, "complete") != 0) {
		if (rc < 0) {
			assert_int_equal(rc, CW_E_STATE);
			assert_true(err.sys_errno == EFBIG || err.sys_errno == ENOSPC); /* the person learns why, not only that */
			assert_string_equal(status, "");
		} else {
			assert_string_equal(status, "stopped");
		}
		struct cw_journal_text t;
		fixture_read(&fx, &t);
		torn += t.torn;
		cw_journal_text_clear(&t);
		if (power_cut)
			sim_power_cut(s);
		assert_true(++crashes < 1000);
		world.stop_at = rand_r(&seed) % 3 == 0 ? (unsigned)rand_r(&seed) % 8 + 1 : 0;
		world.asked = 0;
		status[0] = '\0';
		rc = run_until_full(s, false, (uint64_t)rand_r(&seed) % 6000, status);
	}
	assert_wiped(s);
	finish(s);
	return torn;
}

static void a_job_survives_crashes_at_any_byte_of_its_journal(void **state)
{
	(void)state;
	static const char *const schemes[] = { "keystream", "nist-r1-flash", "ism-magnetic-small", "zero" };
	signal(SIGXFSZ, SIG_IGN);
	seed = 20261123;
	unsigned torn = 0;
	for (size_t i = 0; i < CW_ARRAY_LEN(schemes); i++)
		torn += crash_until_complete(schemes[i], false) + crash_until_complete(schemes[i], true);
	assert_true(torn > 8); /* or this proves nothing */
}

/* When the journal cannot be written, not one more request reaches the medium. */
static void no_write_without_a_journal(void **state)
{
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	struct sim *s = begin_usual();
	char status[16] = "";
	assert_int_equal(run_until_full(s, true, 0, status), CW_E_STATE);
	assert_untouched(s);
	/* room for stream and identity, not for the intent */
	assert_int_equal(run_until_full(s, false, 640, status), CW_E_STATE);
	assert_int_equal(events("intent"), 0);
	assert_untouched(s);
	finish(s);
}

/* A journal that went on since it was read must not be run from the old reading. */
static void a_stale_reading_is_refused(void **state)
{
	(void)state;
	struct cw_journal_text t;
	char status[16] = "";
	CW_AUTO_JSON json_t *by = fixture_person();
	struct sim *s = begin_usual();
	struct cw_journal *j = fixture_journal(&fx);
	fixture_read(&fx, &t);
	assert_int_equal(cw_journal_append(j, "end", json_pack("{s:s}", "status", "closed"), &err), 0);
	assert_int_equal(cw_job_run(j, &t, &s->t, &hooks, by, false, status, &err), CW_E_STATE);
	assert_untouched(s);
	cw_journal_text_clear(&t);
	cw_journal_free(j);
	finish(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_scheme_ends_complete_with_its_last_stream),
		cmocka_unit_test(a_sampled_job_completes_and_its_progress_adds_up),
		cmocka_unit_test(the_lines_come_before_the_acts),
		cmocka_unit_test(without_authorisation_nothing_is_written),
		cmocka_unit_test(another_medium_is_not_written),
		cmocka_unit_test(a_medium_that_is_gone_before_the_first_write_is_lost),
		cmocka_unit_test(another_medium_at_the_end_is_no_completion),
		cmocka_unit_test(lies_of_the_medium_end_failed),
		cmocka_unit_test(bad_sectors_are_told_and_counted_once),
		cmocka_unit_test(a_medium_pulled_out_can_be_resumed),
		cmocka_unit_test(a_stop_is_no_completion_and_can_be_resumed),
		cmocka_unit_test(another_medium_is_not_resumed),
		cmocka_unit_test(the_neighbourhood_is_checked),
		cmocka_unit_test(refused_sectors_do_not_hinder_a_resume),
		cmocka_unit_test(an_interrupted_check_starts_anew),
		cmocka_unit_test(a_completed_job_is_not_run_again),
		cmocka_unit_test(a_job_cut_off_before_it_drew_its_key_can_be_resumed_anywhere),
		cmocka_unit_test(a_job_survives_crashes_at_any_byte_of_its_journal),
		cmocka_unit_test(no_write_without_a_journal),
		cmocka_unit_test(a_stale_reading_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
