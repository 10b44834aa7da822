/* SPDX-License-Identifier: Apache-2.0 */
/* SAS drives that are told to sanitise or format themselves: which answers are believed, and for what. */
#include "certwipe/technique.h"
#include "sim/drive.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SIZE (1024u * 1024u)

static const char *const techniques[] = { "scsi_sanitize_block", "scsi_sanitize_crypto", "scsi_sanitize_overwrite", "scsi_format" };

static const struct cw_native *native(const char *id)
{
	return cw_technique_get(id)->native;
}

/* ---- one course, and what was told of it ---- */

static struct {
	char told[256]; /* states, with blanks between */
	char detail[512]; /* the last one */
	unsigned kept, waited_s;
} seen;

static int heard(void *user, const struct cw_heard *h, struct cw_error *err)
{
	(void)user, (void)h, (void)err;
	seen.kept++;
	return 0;
}

static int told(void *user, const char *state, uint32_t progress, const char *why, struct cw_error *err)
{
	(void)user, (void)progress, (void)err;
	snprintf(seen.told + strlen(seen.told), sizeof(seen.told) - strlen(seen.told), "%s%s", *seen.told ? " " : "", state);
	snprintf(seen.detail, sizeof(seen.detail), "%s", why ? why : "");
	return 0;
}

static void wait(void *user, uint32_t ms)
{
	(void)user;
	seen.waited_s += ms / 1000;
}

static const struct cw_native_hooks hooks = { .wait = wait, .heard = heard, .told = told };

static uint32_t run(struct cw_transport *t, const char *id)
{
	static const struct cw_native_course nothing_yet;
	struct cw_native_result r;
	struct cw_error err = { 0 };

	memset(&seen, 0, sizeof(seen));
	assert_int_equal(cw_native_run(t, native(id), &nothing_yet, SIZE, 0, &hooks, &r, &err), 0);
	return r.end;
}

static struct sim_scsi *drive(void)
{
	struct sim *medium = sim_new(SIZE, 512, 512);

	return sim_scsi_new(&medium->t, medium, NULL);
}

static void each_command_ends_well(void **state)
{
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(techniques); i++)
		for (int descriptors = 0; descriptors < 2; descriptors++) {
			struct sim_scsi *d = drive();

			d->descriptor_sense = descriptors;
			d->op.asks = 3;
			assert_int_equal(run(&d->t, techniques[i]), CW_NATIVE_END_DONE);
			assert_string_equal(seen.told, "submitting running succeeded");
			assert_int_equal(d->op.begun, 1);
			cw_transport_free(&d->t);
		}
}

/* device-commands.md 2.4 and 2.5: what would be sent, byte by byte. */
static void the_bytes_are_those_of_the_standard(void **state)
{
	static const struct { const char *request, *data; } sent[] = {
		{ "48a20000000000000000", "" }, { "48a30000000000000000", "" }, { "48a10000000000000800", "01000004a55a5aa5" }, { "041000000000", "00020000" },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(techniques); i++) {
		CW_AUTO_JSON json_t *commands = cw_native_rehearse(native(techniques[i]), SIZE);

		assert_int_equal(json_array_size(commands), 5);
		assert_string_equal(cw_json_str(json_array_get(commands, 0), "requestHex", ""), "03000000fc00");
		assert_string_equal(cw_json_str(json_array_get(commands, 1), "requestHex", ""), "000000000000");
		assert_string_equal(cw_json_str(json_array_get(commands, 2), "requestHex", ""), sent[i].request);
		assert_string_equal(cw_json_str(json_array_get(commands, 2), "dataOutHex", ""), sent[i].data);
		assert_string_equal(cw_json_str(json_array_get(commands, 4), "requestHex", ""), "000000000000");
	}
}

static void a_drive_that_tells_it_only_when_asked_whether_it_is_ready_is_understood(void **state)
{
	struct sim_scsi *d = drive();

	(void)state;
	d->told_by_ready_only = true;
	d->op.asks = 3;
	assert_int_equal(run(&d->t, "scsi_sanitize_block"), CW_NATIVE_END_DONE);
	assert_string_equal(seen.told, "submitting running succeeded");
	cw_transport_free(&d->t);
}

static void what_takes_long_does_not_fill_the_journal(void **state)
{
	struct sim_scsi *d = drive();

	(void)state;
	d->op.asks = 300;
	assert_int_equal(run(&d->t, "scsi_sanitize_overwrite"), CW_NATIVE_END_DONE);
	assert_in_range(seen.waited_s, 3000, 3100);
	assert_in_range(seen.kept, 50, 60);
	cw_transport_free(&d->t);
}

/* ---- answers to the command itself ---- */

static void what_was_certainly_not_carried_out_is_sent_again(void **state)
{
	static const struct { uint8_t status, key, asc, ascq; } known[] = {
		{ 2, 6, 0x29, 0 }, { 2, 6, 0x28, 0 }, { 2, 2, 0x04, 0x01 }, { 0x08, 0, 0, 0 }, { 0x28, 0, 0, 0 }, { 2, 0x0b, 0x47, 0 }, { 2, 4, 0x44, 0 },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(known); i++) {
		struct sim_scsi *d = drive();

		d->refusal.status = known[i].status;
		d->refusal.key = known[i].key;
		d->refusal.asc = known[i].asc;
		d->refusal.ascq = known[i].ascq;
		d->refusals = 2;
		assert_int_equal(run(&d->t, "scsi_sanitize_block"), CW_NATIVE_END_DONE);
		assert_string_equal(seen.told, "submitting submitting submitting running succeeded");
		cw_transport_free(&d->t);
	}
}

/* It may have been carried out, and a quiet drive does not tell: only that it is seen at it proves something. */
static void a_time_out_is_neither_success_nor_failure(void **state)
{
	struct sim_scsi *d = drive();

	(void)state;
	d->submit_hangs = true;
	d->op.asks = 2;
	assert_int_equal(run(&d->t, "scsi_sanitize_block"), CW_NATIVE_END_DONE);
	assert_int_equal(d->op.begun, 1);
	cw_transport_free(&d->t);
	d = drive();
	d->submit_hangs = true;
	d->op.asks = 0;
	assert_int_equal(run(&d->t, "scsi_sanitize_block"), CW_NATIVE_END_UNKNOWN);
	assert_int_equal(d->op.begun, 3);
	cw_transport_free(&d->t);
}

static void somebody_elses_is_not_ours(void **state)
{
	struct sim_scsi *d = drive();

	(void)state;
	d->op.asks = 4;
	sim_operation_begin(&d->op, SIM_FILL_ZEROS, NULL);
	assert_int_equal(run(&d->t, "scsi_sanitize_block"), CW_NATIVE_END_FAILED);
	assert_int_equal(d->op.begun, 1);
	cw_transport_free(&d->t);
}

static void after_a_failure_the_drive_is_opened_or_the_way_is_told(void **state)
{
	(void)state;
	for (int no_exit = 0; no_exit < 2; no_exit++) {
		struct sim_scsi *d = drive();

		d->op.fails = true;
		d->no_exit = no_exit;
		assert_int_equal(run(&d->t, "scsi_sanitize_block"), CW_NATIVE_END_FAILED);
		assert_string_equal(seen.told, "submitting running failed failed");
		assert_non_null(strstr(seen.detail, no_exit ? "sg_sanitize" : "made usable again"));
		assert_int_equal(d->op.failed, no_exit);
		cw_transport_free(&d->t);
	}
}

/* ---- single answers ---- */

enum form { FIXED, DESCRIPTORS, DEFERRED, DEFERRED_DESCRIPTORS };

static size_t sense_of(enum form form, uint8_t key, uint16_t code, uint8_t sense[18])
{
	memset(sense, 0, 18);
	sense[0] = form == FIXED ? 0x70 : form == DESCRIPTORS ? 0x72 : form == DEFERRED ? 0x71 : 0x73;
	if (form == FIXED || form == DEFERRED) {
		sense[2] = key;
		sense[7] = 10;
		sense[12] = (uint8_t)(code >> 8);
		sense[13] = (uint8_t)code;
		return 18;
	}
	sense[1] = key;
	sense[2] = (uint8_t)(code >> 8);
	sense[3] = (uint8_t)code;
	return 8;
}

enum question { READY, SENSE, BEGIN };

static uint32_t shows(const char *id, enum question q, uint8_t status, uint16_t host_status, const uint8_t *sense, size_t len)
{
	static const uint8_t cdbs[][10] = { [READY] = { 0 }, [SENSE] = { 3, 0, 0, 0, 252 }, [BEGIN] = { 0x48, 0xa2 } };
	uint8_t data[252] = { 0 };
	struct cw_scsi c = { .cdb_len = q == BEGIN ? 10 : 6, .status = status, .host_status = host_status };
	struct cw_native_seen out;
	struct cw_heard h;

	memcpy(c.cdb, cdbs[q], 10);
	if (q == SENSE) {
		c.dir = CW_DATA_IN;
		c.data = data;
		c.data_len = 252;
		c.resid = 252 - (uint32_t)len;
		memcpy(data, sense, len);
	} else {
		memcpy(c.sense, sense, len);
		c.sense_len = (uint32_t)len;
	}
	cw_scsi_to(&c, &h);
	native(id)->read(&h, &out);
	return out.shows;
}

/* The table of device-commands.md 0.7, as far as it matters while a drive is asked. */
static void answers_to_questions(void **state)
{
	static const struct { uint8_t key; uint16_t code; uint32_t sanitize, format; } known[] = {
		{ 2, 0x041b, CW_SHOWS_RUNNING, CW_SHOWS_NOTHING }, { 2, 0x0404, CW_SHOWS_NOTHING, CW_SHOWS_RUNNING }, { 0, 0x041b, CW_SHOWS_RUNNING, CW_SHOWS_NOTHING },
		{ 2, 0x0400, CW_SHOWS_NOTHING, CW_SHOWS_NOTHING }, { 2, 0x0401, CW_SHOWS_NOTHING, CW_SHOWS_NOTHING }, { 2, 0x0402, CW_SHOWS_NOTHING, CW_SHOWS_NOTHING },
		{ 2, 0x0424, CW_SHOWS_NOTHING, CW_SHOWS_NOTHING }, { 2, 0x3a00, CW_SHOWS_NOTHING, CW_SHOWS_NOTHING }, { 3, 0x3103, CW_SHOWS_FAILED, CW_SHOWS_FAILED },
		{ 3, 0x3101, CW_SHOWS_FAILED, CW_SHOWS_IDLE },     { 3, 0x3100, CW_SHOWS_FAILED, CW_SHOWS_IDLE },     { 3, 0x3010, CW_SHOWS_NOTHING, CW_SHOWS_IDLE },
		{ 3, 0x1100, CW_SHOWS_NOTHING, CW_SHOWS_NOTHING }, { 4, 0x4400, CW_SHOWS_NOTHING, CW_SHOWS_NOTHING }, { 5, 0x2000, CW_SHOWS_NOTHING, CW_SHOWS_NOTHING },
		{ 6, 0x2900, CW_SHOWS_RESET, CW_SHOWS_RESET },     { 6, 0x2907, CW_SHOWS_RESET, CW_SHOWS_RESET },     { 6, 0x2800, CW_SHOWS_NOTHING, CW_SHOWS_NOTHING },
		{ 6, 0x3f0e, CW_SHOWS_NOTHING, CW_SHOWS_NOTHING }, { 7, 0x2700, CW_SHOWS_NOTHING, CW_SHOWS_NOTHING }, { 0xb, 0x4700, CW_SHOWS_NOTHING, CW_SHOWS_NOTHING },
	};
	uint8_t sense[18];

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(known); i++)
		for (enum form form = FIXED; form <= DESCRIPTORS; form++)
			for (enum question q = READY; q <= SENSE; q++) {
				size_t len = sense_of(form, known[i].key, known[i].code, sense);
				uint8_t status = q == READY ? 2 : 0;

				if (shows("scsi_sanitize_block", q, status, 0, sense, len) != known[i].sanitize || shows("scsi_format", q, status, 0, sense, len) != known[i].format)
					fail_msg("%x/%04x in form %u to %u", known[i].key, known[i].code, form, q);
			}
}

static void a_drive_is_only_quiet_when_it_says_that_it_is_ready(void **state)
{
	uint8_t sense[18];
	size_t len = sense_of(FIXED, 0, 0, sense);

	(void)state;
	assert_int_equal(shows("scsi_sanitize_block", READY, 0, 0, sense, 0), CW_SHOWS_QUIET);
	assert_int_equal(shows("scsi_sanitize_block", SENSE, 0, 0, sense, len), CW_SHOWS_NOTHING);
	assert_int_equal(shows("scsi_sanitize_block", READY, 2, 0, sense, len), CW_SHOWS_NOTHING);
	assert_int_equal(shows("scsi_sanitize_block", READY, 8, 0, sense, 0), CW_SHOWS_NOTHING);
	assert_int_equal(shows("scsi_sanitize_block", READY, 0x18, 0, sense, 0), CW_SHOWS_NOTHING);
	/* Kernel and bus speak, and not the drive: a reset may stand behind it. */
	assert_int_equal(shows("scsi_sanitize_block", READY, 0, 3, sense, 0), CW_SHOWS_RESET);
	assert_int_equal(shows("scsi_sanitize_block", READY, 0, 8, sense, 0), CW_SHOWS_RESET);
	assert_int_equal(shows("scsi_sanitize_block", SENSE, 0, 3, sense, 0), CW_SHOWS_RESET);
	assert_int_equal(shows("scsi_sanitize_block", READY, 0, 1, sense, 0), CW_SHOWS_GONE);
}

/* An error of what goes on in the background is told with whatever command comes next. */
static void a_deferred_error_counts_for_what_it_says(void **state)
{
	uint8_t sense[18];

	(void)state;
	for (enum form form = DEFERRED; form <= DEFERRED_DESCRIPTORS; form++) {
		size_t len = sense_of(form, 3, 0x3103, sense);

		assert_int_equal(shows("scsi_sanitize_block", READY, 2, 0, sense, len), CW_SHOWS_FAILED);
		len = sense_of(form, 2, 0x041b, sense);
		assert_int_equal(shows("scsi_sanitize_block", READY, 2, 0, sense, len), CW_SHOWS_NOTHING);
		len = sense_of(form, 3, 0x1100, sense);
		assert_int_equal(shows("scsi_sanitize_block", BEGIN, 2, 0, sense, len), CW_SHOWS_PERHAPS);
	}
}

static void answers_to_the_command(void **state)
{
	static const struct { uint8_t status, key; uint16_t code, host_status; uint32_t shows; } known[] = {
		{ 0, 0, 0, 0, CW_SHOWS_ACCEPTED },        { 2, 1, 0x5d00, 0, CW_SHOWS_PERHAPS },    { 2, 2, 0x041b, 0, CW_SHOWS_REFUSED }, { 2, 2, 0x0404, 0, CW_SHOWS_REFUSED },
		{ 2, 2, 0x0401, 0, CW_SHOWS_NOTHING },    { 2, 3, 0x3103, 0, CW_SHOWS_REFUSED },    { 2, 4, 0x4400, 0, CW_SHOWS_PERHAPS }, { 2, 5, 0x2000, 0, CW_SHOWS_REFUSED },
		{ 2, 5, 0x2600, 0, CW_SHOWS_REFUSED },    { 2, 5, 0x2400, 0, CW_SHOWS_NOTHING },    { 2, 6, 0x2900, 0, CW_SHOWS_NOTHING }, { 2, 7, 0x2700, 0, CW_SHOWS_REFUSED },
		{ 2, 7, 0x2002, 0, CW_SHOWS_REFUSED },    { 2, 0xb, 0x4700, 0, CW_SHOWS_PERHAPS },  { 8, 0, 0, 0, CW_SHOWS_NOTHING },      { 0x18, 0, 0, 0, CW_SHOWS_REFUSED },
		{ 0x28, 0, 0, 0, CW_SHOWS_NOTHING },      { 0, 0, 0, 3, CW_SHOWS_PERHAPS },         { 0, 0, 0, 8, CW_SHOWS_PERHAPS },      { 0x40, 0, 0, 0, CW_SHOWS_PERHAPS },
	};
	uint8_t sense[18];

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(known); i++) {
		size_t len = known[i].status == 2 ? sense_of(FIXED, known[i].key, known[i].code, sense) : 0;

		if (shows("scsi_sanitize_block", BEGIN, known[i].status, known[i].host_status, sense, len) != known[i].shows)
			fail_msg("%02x %x/%04x %x", known[i].status, known[i].key, known[i].code, known[i].host_status);
	}
}

/* Another technique's command, other flags, other data: nothing that this one has sent. */
static void what_is_not_ours_shows_nothing(void **state)
{
	static const struct { const char *id; uint8_t cdb[10]; uint32_t len; uint8_t data[8]; uint32_t data_len; } foreign[] = {
		{ "scsi_sanitize_block", { 0x48, 0xa3 }, 10, { 0 }, 0 },          { "scsi_sanitize_block", { 0x48, 0x22 }, 10, { 0 }, 0 },
		{ "scsi_sanitize_block", { 0x48, 0xe2 }, 10, { 0 }, 0 },          { "scsi_sanitize_block", { 0x48, 0xa2, 0, 0, 0, 0, 0, 0, 0, 1 }, 10, { 0 }, 0 },
		{ "scsi_sanitize_block", { 0x04, 0x10 }, 6, { 0, 2 }, 4 },        { "scsi_sanitize_overwrite", { 0x48, 0xa1, 0, 0, 0, 0, 0, 0, 8 }, 10, { 1, 0, 0, 4 }, 8 },
		{ "scsi_sanitize_overwrite", { 0x48, 0xa1 }, 10, { 0 }, 0 },      { "scsi_format", { 0x04, 0x10, 0, 0, 1 }, 6, { 0, 2 }, 4 },
		{ "scsi_format", { 0x04, 0x10 }, 6, { 0, 0 }, 4 },                { "scsi_format", { 0x04, 0 }, 6, { 0 }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(foreign); i++) {
		struct cw_scsi c = { .cdb_len = foreign[i].len, .dir = foreign[i].data_len ? CW_DATA_OUT : CW_DATA_NONE, .data_len = foreign[i].data_len };
		struct cw_native_seen out;
		struct cw_heard h;

		c.data = (void *)(uintptr_t)foreign[i].data;
		memcpy(c.cdb, foreign[i].cdb, 10);
		cw_scsi_to(&c, &h);
		native(foreign[i].id)->read(&h, &out);
		if (out.shows != CW_SHOWS_NOTHING)
			fail_msg("%zu shows %u", i, out.shows);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_command_ends_well),
		cmocka_unit_test(the_bytes_are_those_of_the_standard),
		cmocka_unit_test(a_drive_that_tells_it_only_when_asked_whether_it_is_ready_is_understood),
		cmocka_unit_test(what_takes_long_does_not_fill_the_journal),
		cmocka_unit_test(what_was_certainly_not_carried_out_is_sent_again),
		cmocka_unit_test(a_time_out_is_neither_success_nor_failure),
		cmocka_unit_test(somebody_elses_is_not_ours),
		cmocka_unit_test(after_a_failure_the_drive_is_opened_or_the_way_is_told),
		cmocka_unit_test(answers_to_questions),
		cmocka_unit_test(a_drive_is_only_quiet_when_it_says_that_it_is_ready),
		cmocka_unit_test(a_deferred_error_counts_for_what_it_says),
		cmocka_unit_test(answers_to_the_command),
		cmocka_unit_test(what_is_not_ours_shows_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
