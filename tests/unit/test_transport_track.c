/* SPDX-License-Identifier: Apache-2.0 */
/* A track over the whole of a disc: what stands on the disc and what was said, with drives that are slow, refuse, fall silent, or drop what they took. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "certwipe/engine.h"
#include "sim/record.h"

#define BLOCKS 640u /* more than one request of the engine */
#define SIZE ((uint64_t)BLOCKS * 2048)

static struct sim_record drive;
static struct cw_transport *track;
static struct cw_error err;
static const struct cw_stream stream = { .kind = CW_STREAM_KEYSTREAM, .key = { 7 }, .pass = 1 };
static struct cw_sweep_result result;

static void begin_with(uint16_t profile, uint16_t way, uint32_t used)
{
	free(drive.cells);
	drive = (struct sim_record){ .profile = profile, .way = way, .blocks = BLOCKS, .used = used };
	drive.cells = malloc(SIZE);
	assert_non_null(drive.cells);
	memset(drive.cells, 'x', SIZE);
	sim_record_begin(&drive);
	cw_transport_free(track);
	assert_int_equal(cw_transport_track_new(&drive.t, SIZE, &track, &err), 0);
}

static void begin(void)
{
	begin_with(0x0a, 0x2d, 0);
}

/* What a job was interrupted in: another transport for the same disc. */
static void begin_again(void)
{
	cw_transport_free(track);
	assert_int_equal(cw_transport_track_new(&drive.t, SIZE, &track, &err), 0);
}

static int end(void **state)
{
	(void)state;
	cw_transport_free(track);
	track = NULL;
	free(drive.cells);
	drive.cells = NULL;
	return 0;
}

static uint64_t stop_behind;

static bool stop(void *user)
{
	(void)user;
	return stop_behind && drive.used * 2048u >= stop_behind;
}

static int checkpoint(void *user, const struct cw_sweep_result *so_far, struct cw_error *e)
{
	(void)user, (void)so_far, (void)e;
	return 0;
}

static const struct cw_sweep_hooks hooks = { .stop = stop, .checkpoint = checkpoint, .retry_pause_ms = 1 };

static uint32_t write_from(uint64_t from_bytes)
{
	assert_int_equal(cw_sweep_write(track, &stream, from_bytes, SIZE, &hooks, &result, &err), 0);
	return result.end;
}

static uint64_t verified_bad(void)
{
	assert_int_equal(cw_sweep_verify(track, &stream, 0, SIZE, &hooks, &result, &err), 0);
	assert_int_equal(result.end, CW_SWEEP_DONE);
	return result.bad.total_bytes;
}

/* All that the engine would say of the disc is true of its cells. */
static void assert_whole(void)
{
	static uint8_t expected[SIZE];
	struct cw_stream_ctx *s = NULL;

	assert_int_equal(cw_stream_new(&stream, &s, &err), 0);
	assert_int_equal(cw_stream_fill(s, 0, expected, SIZE, &err), 0);
	cw_stream_free(s);
	assert_memory_equal(drive.cells, expected, SIZE);
	assert_true(drive.closed);
}

/* ---- */

static void a_disc_is_recorded_from_its_beginning_to_its_end_and_closed(void **state)
{
	(void)state;
	begin();
	assert_int_equal(write_from(0), CW_SWEEP_DONE);
	assert_int_equal(result.bad.total_bytes, 0);
	assert_whole();
	assert_int_equal(drive.synchronized, 1); /* it would end the track */
	assert_int_equal(drive.writes, BLOCKS / 32);
	assert_int_equal(verified_bad(), 0);
}

/* Write type, track mode and packets by the kind of disc and by what the drive says is current (MMC-6 7.5). */
static void each_kind_is_recorded_in_its_own_way(void **state)
{
	static const struct { uint16_t profile, way; uint8_t type, mode, closes; } kinds[] = { { 0x0a, 0x2d, 1, 0x04, 2 }, { 0x14, 0x21, 0x20, 0x25, 2 }, { 0x14, 0x2f, 2, 0x04, 0 } };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(kinds); i++) {
		begin_with(kinds[i].profile, kinds[i].way, 0);
		drive.no_underrun_free = i == 0;
		assert_int_equal(write_from(0), CW_SWEEP_DONE);
		assert_int_equal(result.bad.total_bytes, 0);
		assert_int_equal(drive.page[8], 5);
		assert_int_equal(drive.page[10], kinds[i].type | (i ? 0x40 : 0));
		assert_int_equal(drive.page[11], kinds[i].mode);
		assert_int_equal(drive.closes, kinds[i].closes);
	}
}

/* Formatted for writing at any block, or no rewritable disc at all: another way than this. */
static void what_is_not_recorded_in_sequence_is_not_begun(void **state)
{
	static const uint16_t profiles[] = { 0x13, 0x09, 0x1a, 0 };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(profiles); i++) {
		begin_with(profiles[i], 0x21, 0);
		(void)!write_from(0);
		assert_int_equal(result.done_bytes, 0);
		assert_int_equal(drive.writes, 0);
	}
}

static void a_full_buffer_is_waited_for(void **state)
{
	(void)state;
	begin();
	drive.busy = 30;
	assert_int_equal(write_from(0), CW_SWEEP_DONE);
	assert_whole();
}

/* From there on nothing is recorded, and nothing is said to be. */
static void behind_a_failure_nothing_is_written(void **state)
{
	(void)state;
	begin();
	drive.write_fails_at = 320;
	(void)!write_from(0);
	assert_true(result.bad.total_bytes >= SIZE / 2);
	assert_in_range(result.bad.at[0].offset_bytes, 320u * 2048 - 65536, 320u * 2048);
	assert_true(drive.used <= 320);
	assert_true(verified_bad() >= SIZE / 2);
}

/* Whether it was recorded the drive says itself: never twice, and never not at all. */
static void what_nobody_answered_is_settled(void **state)
{
	(void)state;
	for (int carried_out = 0; carried_out <= 1; carried_out++) {
		begin();
		drive.silent_at = 100;
		drive.not_carried_out = !carried_out;
		assert_int_equal(write_from(0), CW_SWEEP_DONE);
		assert_int_equal(result.bad.total_bytes, 0);
		assert_whole();
	}
}

static void a_tray_that_comes_out_is_a_lost_disc(void **state)
{
	(void)state;
	begin();
	drive.is_out = true;
	assert_int_equal(write_from(0), CW_SWEEP_LOST);
	assert_int_equal(result.lost_errno, ENOMEDIUM);
}

static void what_was_dropped_shows_when_it_is_read(void **state)
{
	(void)state;
	begin();
	drive.drops_from = 512;
	assert_int_equal(write_from(0), CW_SWEEP_DONE);
	(void)verified_bad();
	assert_int_equal(result.mismatch_bytes, 128u * 2048);
}

/* ---- interrupted ---- */

static void an_interrupted_track_goes_on_where_the_drive_is(void **state)
{
	(void)state;
	begin();
	stop_behind = SIZE / 2;
	assert_int_equal(write_from(0), CW_SWEEP_STOPPED);
	stop_behind = 0;
	assert_int_equal(drive.closes, 0);
	begin_again();
	/* The last checkpoint may lie far behind: what stands there is compared. */
	assert_int_equal(write_from(16 * 2048), CW_SWEEP_DONE);
	assert_int_equal(result.bad.total_bytes, 0);
	assert_whole();
}

static void a_track_that_lost_what_it_took_is_not_gone_on_with(void **state)
{
	(void)state;
	begin_with(0x0a, 0x2d, 64);
	(void)!write_from(320u * 2048);
	assert_int_equal(result.done_bytes, 0);
	assert_int_equal(drive.writes, 0);

	/* It holds something else. */
	begin_with(0x0a, 0x2d, 320);
	(void)!write_from(0);
	assert_true(result.bad.total_bytes >= 320u * 2048);
}

/* Cut off between the last block and the end of the journal's step. */
static void one_that_was_closed_already_is_done(void **state)
{
	(void)state;
	begin();
	assert_int_equal(write_from(0), CW_SWEEP_DONE);
	begin_again();
	assert_int_equal(write_from(SIZE / 2), CW_SWEEP_DONE);
	assert_int_equal(result.bad.total_bytes, 0);
	assert_whole();
}

/* GET CONFIGURATION, READ TRACK INFORMATION, MODE SELECT(10) with its page, WRITE(10), SYNCHRONIZE CACHE, CLOSE of track and session, each until it is ready. */
static void what_would_be_sent_is_known_beforehand(void **state)
{
	static const char opcodes[] = "46 52 55 2a 35 5b 00 5b 00 ";
	CW_AUTO_JSON json_t *commands = cw_transport_track_rehearse(0x0a);
	char sent[64] = "";
	const json_t *c;
	size_t i;

	(void)state;
	json_array_foreach(commands, i, c)
	{
		strncat(sent, cw_json_str(c, "requestHex", ""), 2);
		strcat(sent, " ");
	}
	assert_string_equal(sent, opcodes);
	assert_memory_equal(cw_json_str(json_array_get(commands, 2), "dataOutHex", "-") + 16, "05324104", 8);
	assert_null(json_object_get(json_array_get(commands, 3), "dataOutHex"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_disc_is_recorded_from_its_beginning_to_its_end_and_closed),
		cmocka_unit_test(each_kind_is_recorded_in_its_own_way),
		cmocka_unit_test(what_is_not_recorded_in_sequence_is_not_begun),
		cmocka_unit_test(a_full_buffer_is_waited_for),
		cmocka_unit_test(behind_a_failure_nothing_is_written),
		cmocka_unit_test(what_nobody_answered_is_settled),
		cmocka_unit_test(a_tray_that_comes_out_is_a_lost_disc),
		cmocka_unit_test(what_was_dropped_shows_when_it_is_read),
		cmocka_unit_test(an_interrupted_track_goes_on_where_the_drive_is),
		cmocka_unit_test(a_track_that_lost_what_it_took_is_not_gone_on_with),
		cmocka_unit_test(what_would_be_sent_is_known_beforehand),
		cmocka_unit_test(one_that_was_closed_already_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
