/* SPDX-License-Identifier: Apache-2.0 */
/* A disc goes out of its drive and in again between writing and reading: by drives of every kind, and with the right disc, another one, or one that kept nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "certwipe/evidence.h"
#include "sim/job_fixture.h"
#include "sim/sim.h"

#define SIZE (2u * CW_SLOT_BYTES)

static struct fixture fx;
static struct cw_error err;

/* The drive, and what it was told. */
static struct {
	struct sim *disc;
	struct cw_transport_ops ops;
	uint8_t refuses; /* byte 4 of the START STOP UNIT that it does not know; 0: none */
	unsigned busy;   /* so many TEST UNIT READY say that it is becoming ready */
	bool locked, out, is_pulled;
	uint8_t told[16];
	unsigned n_told, waits;
	struct cw_medium medium; /* what identify finds */
} drive;

static void refuse(struct cw_scsi *c, uint8_t key, uint8_t asc, uint8_t ascq)
{
	const uint8_t sense[] = { 0x70, 0, key, 0, 0, 0, 0, 10, 0, 0, 0, 0, asc, ascq, 0, 0, 0, 0 };

	c->status = 2;
	c->sense_len = sizeof(sense);
	memcpy(c->sense, sense, sizeof(sense));
}

static void move(struct cw_scsi *c)
{
	if (c->cdb[4] == drive.refuses)
		refuse(c, 5, 0x24, 0);
	else if (drive.locked)
		refuse(c, 5, 0x53, 2);
	else
		drive.out = !(c->cdb[4] & 1);
}

static int drive_scsi(struct cw_transport *t, struct cw_scsi *c)
{
	(void)t;
	if (drive.is_pulled)
		return -ENODEV;
	if (c->cdb[0] && drive.n_told < sizeof(drive.told))
		drive.told[drive.n_told++] = c->cdb[0] == 0x1b ? c->cdb[4] : c->cdb[0];
	if (c->cdb[0] == 0x1e)
		drive.locked = c->cdb[4] & 1;
	else if (c->cdb[0] == 0x1b)
		move(c);
	else if (drive.out)
		refuse(c, 2, 0x3a, 2);
	else if (drive.busy && drive.busy--)
		refuse(c, 2, 4, 1);
	return 0;
}

static int identify(void *user, struct cw_medium *now, struct cw_error *e)
{
	(void)user;
	*now = drive.medium;
	return cw_identity_compare(&fx.medium, now, false, e);
}

static void wait(void *user, uint32_t ms)
{
	(void)user;
	drive.waits += ms / 1000;
}

static const struct cw_job_hooks hooks = { .identify = identify, .wait = wait, .checkpoint_interval_ms = 1, .retry_pause_ms = 1 };

static void make_plan(void)
{
	struct cw_policy p = { .column = fx.plan.column, .groups = UINT32_MAX };
	const struct cw_wish w = { .scheme = "keystream" };

	cw_strlcpy(p.id, fx.plan.policy, sizeof(p.id));
	cw_strlcpy(p.sha256, fx.plan.policy_sha256, sizeof(p.sha256));
	cw_strlcpy(p.standard, fx.plan.standard, sizeof(p.standard));
	assert_int_equal(cw_plan_make(&fx.medium, NULL, &p, &w, &fx.plan, &err), 0);
	assert_int_equal(fx.plan.steps[1].kind, CW_STEP_RELOAD);
	assert_int_equal(cw_plan_digest(&fx.plan, fx.plan_sha256, &err), 0);
}

static void begin(void)
{
	memset(&err, 0, sizeof(err));
	memset(&drive, 0, sizeof(drive));
	fixture_init(&fx, SIZE, "keystream", false);
	fx.medium.class_ = CW_CLASS_BD_RE;
	fx.medium.logical_bytes = fx.medium.physical_bytes = 2048;
	make_plan();
	drive.medium = fx.medium;
	drive.disc = sim_new(SIZE, 2048, 2048);
	drive.ops = *drive.disc->t.ops;
	drive.ops.scsi = drive_scsi;
	drive.disc->t.ops = &drive.ops;
	drive.locked = true; /* as udev leaves it */
}

static void finish(void)
{
	cw_transport_free(&drive.disc->t);
	fixture_clear(&fx);
}

static int run(bool resumed, char status[16])
{
	CW_AUTO_JSON json_t *by = resumed ? fixture_person() : NULL;
	struct cw_journal *j = NULL;
	struct cw_journal_text t;
	bool torn;
	int rc;

	if (resumed)
		assert_int_equal(cw_journal_open(fx.dirfd, FIXTURE_JOB, &j, &torn, &err), 0);
	else
		j = fixture_journal(&fx);
	fixture_read(&fx, &t);
	rc = cw_job_run(j, &t, &drive.disc->t, &hooks, by, false, status, &err);
	cw_journal_text_clear(&t);
	cw_journal_free(j);
	return rc;
}

static void state(struct cw_job_status *s, struct cw_verdict *v)
{
	struct cw_journal_text t;

	fixture_read(&fx, &t);
	cw_job_status(&t, s);
	cw_verdict_of(&t, v);
	cw_journal_text_clear(&t);
}

/* Written, and waiting with the disc moved by whom. */
static void assert_written(uint32_t by)
{
	struct cw_job_status s;
	static struct cw_verdict v;
	char status[16];

	assert_int_equal(run(false, status), 0);
	assert_string_equal(status, "stopped");
	state(&s, &v);
	assert_true(s.replug_due && s.resumable);
	assert_int_equal(s.tray, by);
	assert_int_equal(v.outcome, CW_INCONCLUSIVE);
	assert_true(drive.disc->written_bytes >= SIZE && drive.disc->read_bytes < SIZE);
}

static void reattached(void)
{
	drive.medium.diskseq++;
	drive.out = false;
}

static void a_drive_ejects_and_loads_by_itself(void **unused)
{
	static const uint8_t in_order[] = { 0x1e, 0x02, 0x03 };
	CW_AUTO_JSON json_t *commands = cw_tray_rehearse();
	struct cw_job_status s;
	static struct cw_verdict v;
	char status[16];

	(void)unused;
	begin();
	drive.busy = 3;
	assert_written(CW_TRAY_DRIVE);
	assert_memory_equal(drive.told, in_order, sizeof(in_order));
	assert_int_equal(json_array_size(commands), sizeof(in_order) + 1); /* and TEST UNIT READY */
	assert_false(drive.out);
	assert_int_equal(drive.waits, 3);

	reattached();
	assert_int_equal(run(true, status), 0);
	assert_string_equal(status, "complete");
	state(&s, &v);
	assert_true(v.n_support > 0);
	for (uint32_t i = 0; i < v.n_support; i++)
		if (!v.support[i].holds)
			fail_msg("%s does not hold: %s", v.support[i].claim, v.reason);
	finish();
}

/* One that takes no disc in, one that does not give it out, and one that takes it in and does not find it. */
static void where_a_drive_does_not_do_it_somebody_has_to(void **unused)
{
	char status[16];

	(void)unused;
	for (uint8_t refuses = 2; refuses <= 3; refuses++) {
		begin();
		drive.refuses = refuses;
		assert_written(CW_TRAY_PERSON);
		assert_int_equal(drive.out, refuses == 3);
		reattached();
		assert_int_equal(run(true, status), 0);
		assert_string_equal(status, "complete");
		finish();
	}
	begin();
	drive.busy = 1000;
	assert_written(CW_TRAY_PERSON);
	assert_in_range(drive.waits, 30, 120);
	finish();
}

static void a_drive_that_is_pulled_off_is_lost(void **unused)
{
	struct cw_job_status s;
	static struct cw_verdict v;
	char status[16];

	(void)unused;
	begin();
	drive.is_pulled = true;
	assert_int_equal(run(false, status), 0);
	assert_string_equal(status, "lost");
	drive.is_pulled = false;
	reattached();
	assert_int_equal(run(true, status), 0); /* it goes out and in once more */
	assert_string_equal(status, "stopped");
	state(&s, &v);
	assert_true(s.replug_due);
	/* As long as the kernel has not noticed anything, nothing is read back. */
	assert_int_equal(run(true, status), CW_E_REFUSED);
	finish();
}

/* Whatever its drive says of itself: nothing of ours is on it. */
static void another_disc_is_left_alone(void **unused)
{
	struct cw_journal_text before, after;
	char status[16];

	(void)unused;
	begin();
	assert_written(CW_TRAY_DRIVE);
	memset(drive.disc->bytes, 'x', SIZE);
	reattached();
	fixture_read(&fx, &before);
	assert_int_equal(run(true, status), CW_E_IDENTITY);
	fixture_read(&fx, &after);
	assert_string_equal(after.sha256, before.sha256);
	cw_journal_text_clear(&before);
	cw_journal_text_clear(&after);
	finish();
}

/* It took all, gave it back from its memory as long as it had the disc, and did not record it. */
static void what_was_not_recorded_comes_to_light(void **unused)
{
	struct cw_job_status s;
	static struct cw_verdict v;
	char status[16];

	(void)unused;
	begin();
	assert_written(CW_TRAY_DRIVE);
	memset(drive.disc->bytes + SIZE / 2, 0, SIZE / 2);
	reattached();
	assert_int_equal(run(true, status), 0);
	assert_string_equal(status, "failed");
	state(&s, &v);
	assert_int_equal(v.outcome, CW_NOT_SANITISED);
	assert_int_equal(v.exit_code, CW_EXIT_VERIFY_FAILED);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_drive_ejects_and_loads_by_itself), cmocka_unit_test(where_a_drive_does_not_do_it_somebody_has_to),
		cmocka_unit_test(a_drive_that_is_pulled_off_is_lost), cmocka_unit_test(another_disc_is_left_alone),
		cmocka_unit_test(what_was_not_recorded_comes_to_light),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
