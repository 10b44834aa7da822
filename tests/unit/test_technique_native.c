/* SPDX-License-Identifier: Apache-2.0 */
/* A drive that is told to sanitise itself: what is believed of what it says, and what is not. */
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

static const char *const techniques[] = { "ata_sanitize_block", "ata_sanitize_crypto", "ata_sanitize_overwrite" };

/* ---- one course, and what was told of it ---- */

static struct {
	char told[256];          /* states, with blanks between */
	unsigned kept, waited_s;
	unsigned stop_after;     /* waits; 0: never */
	unsigned journal_fails_at; /* the so many-th line; 0: none */
	unsigned lines;
	void (*on_wait)(void);
} seen;

static int line(struct cw_error *err)
{
	return ++seen.lines == seen.journal_fails_at ? cw_fail(err, CW_E_STATE, 0, NULL, NULL, "the journal is full") : 0;
}

static int heard(void *user, const struct cw_heard *h, struct cw_error *err)
{
	(void)user, (void)h;
	seen.kept++;
	return line(err);
}

static int told(void *user, const char *state, uint32_t progress, const char *why, struct cw_error *err)
{
	(void)user, (void)progress, (void)why;
	snprintf(seen.told + strlen(seen.told), sizeof(seen.told) - strlen(seen.told), "%s%s", *seen.told ? " " : "", state);
	return line(err);
}

static bool stop(void *user)
{
	(void)user;
	return seen.stop_after && seen.waited_s >= seen.stop_after;
}

static void wait(void *user, uint32_t ms)
{
	(void)user;
	seen.waited_s += ms / 1000;
	if (seen.on_wait)
		seen.on_wait();
}

static const struct cw_native_hooks hooks = { .stop = stop, .wait = wait, .heard = heard, .told = told };

static struct sim_scsi *drive(void)
{
	struct sim *medium = sim_new(SIZE, 512, 512);

	memset(&seen, 0, sizeof(seen));
	return sim_scsi_new(&medium->t, medium, sim_ata_new(medium));
}

static const struct cw_native *native(const char *id)
{
	return cw_technique_get(id)->native;
}

static struct cw_native_result run_from(struct cw_transport *t, const char *id, const struct cw_native_course *so_far)
{
	struct cw_native_result r;
	struct cw_error err = { 0 };

	assert_int_equal(cw_native_run(t, native(id), so_far, SIZE, 0, &hooks, &r, &err), 0);
	assert_null(t->heard);
	return r;
}

static struct cw_native_result run(struct cw_transport *t, const char *id)
{
	static const struct cw_native_course nothing_yet;

	return run_from(t, id, &nothing_yet);
}

static bool holds_old_data(const struct sim *s)
{
	for (uint64_t at = 0; at < s->size_bytes; at++)
		if (s->bytes[at] != sim_old_byte(at))
			return false;
	return true;
}

/* ---- it does as it is told ---- */

static void each_command_ends_well(void **state)
{
	static const struct { uint16_t feature, count; uint64_t lba; } sent[] = { { 0x12, 0, 0x426b4572 }, { 0x11, 0, 0x43727970 }, { 0x14, 1, 0x4f57a55a5aa5 } };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(techniques); i++) {
		struct sim_scsi *d = drive();
		struct sim_ata_call *log = d->ata->log;

		d->ata->op.asks = 3;
		assert_int_equal(run(&d->t, techniques[i]).end, CW_NATIVE_END_DONE);
		assert_string_equal(seen.told, "submitting running succeeded");
		assert_int_equal(d->ata->op.begun, 1);
		assert_int_equal(d->ata->calls, 6); /* status, command, status at it, at it, at it, done */
		assert_int_equal(log[0].feature, 0);
		assert_int_equal(log[1].feature, sent[i].feature);
		assert_int_equal(log[1].count, sent[i].count);
		assert_int_equal(log[1].lba, sent[i].lba);
		assert_false(holds_old_data(d->medium));
		cw_transport_free(&d->t);
	}
}

/* device-commands.md 1.1 */
static void the_bytes_are_those_of_the_standard(void **state)
{
	static const char *const requests[] = { "8507200012000042720045006b40b400", "85072000110000437000790072" "40b400", "85072000140001a5a5575a4f5a40b400" };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(techniques); i++) {
		CW_AUTO_JSON json_t *commands = cw_native_rehearse(native(techniques[i]), SIZE);

		assert_int_equal(json_array_size(commands), 3);
		assert_string_equal(cw_json_str(json_array_get(commands, 0), "requestHex", ""), "8507200000000000000000000040b400");
		assert_string_equal(cw_json_str(json_array_get(commands, 1), "requestHex", ""), requests[i]);
		assert_string_equal(cw_json_str(json_array_get(commands, 2), "requestHex", ""), "8507200000000000000000000040b400");
	}
}

/* Some hundred questions; a line a minute, and the changes. */
static void what_takes_long_does_not_fill_the_journal(void **state)
{
	struct sim_scsi *d = drive();

	(void)state;
	d->ata->op.asks = 300;
	assert_int_equal(run(&d->t, "ata_sanitize_overwrite").end, CW_NATIVE_END_DONE);
	assert_in_range(seen.waited_s, 3000, 3100);
	assert_in_range(seen.kept, 50, 56);
	cw_transport_free(&d->t);
}

static void an_earlier_success_is_not_this_one(void **state)
{
	struct sim_scsi *d = drive();

	(void)state;
	d->ata->op.succeeded = true;
	d->ata->op.asks = 2;
	assert_int_equal(run(&d->t, "ata_sanitize_block").end, CW_NATIVE_END_DONE);
	assert_int_equal(d->ata->op.begun, 1);
	cw_transport_free(&d->t);
}

/* ---- it does not ---- */

static void a_failure_is_one(void **state)
{
	struct sim_scsi *d = drive();

	(void)state;
	d->ata->op.fails = true;
	d->ata->op.asks = 2;
	assert_int_equal(run(&d->t, "ata_sanitize_block").end, CW_NATIVE_END_FAILED);
	assert_string_equal(seen.told, "submitting running failed");
	cw_transport_free(&d->t);
}

static void what_is_frozen_or_locked_refuses(void **state)
{
	(void)state;
	for (int locked = 0; locked < 2; locked++) {
		struct sim_scsi *d = drive();

		d->ata->sanitize_frozen = !locked;
		d->ata->locked = locked;
		assert_int_equal(run(&d->t, "ata_sanitize_block").end, CW_NATIVE_END_FAILED);
		assert_string_equal(seen.told, "submitting refused");
		assert_int_equal(d->ata->op.begun, 0);
		assert_true(holds_old_data(d->medium));
		cw_transport_free(&d->t);
	}
}

/* GOOD, and the status is never set: idle behind a command that was taken is a failure. */
static void nothing_told_is_no_success(void **state)
{
	struct sim_scsi *d = drive();

	(void)state;
	d->ata->accepts_only = true;
	assert_int_equal(run(&d->t, "ata_sanitize_block").end, CW_NATIVE_END_FAILED);
	assert_string_equal(seen.told, "submitting failed");
	cw_transport_free(&d->t);
	d = drive();
	d->ata->status_lies_idle = true;
	assert_int_equal(run(&d->t, "ata_sanitize_block").end, CW_NATIVE_END_FAILED);
	cw_transport_free(&d->t);
}

/* Registers that did not come back whole, or not at all: nothing is sent at all, because it could not be watched. */
static void what_cannot_be_watched_is_not_begun(void **state)
{
	static const enum sim_registers poor[] = { SIM_REGISTERS_FIXED, SIM_REGISTERS_GOOD, SIM_REGISTERS_EMPTY };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(poor); i++) {
		struct sim_scsi *d = drive();

		d->ata->registers = poor[i];
		assert_int_equal(run(&d->t, "ata_sanitize_block").end, CW_NATIVE_END_UNKNOWN);
		assert_string_equal(seen.told, "unknown");
		assert_int_equal(d->ata->op.begun, 0);
		cw_transport_free(&d->t);
	}
}

static void somebody_elses_is_not_ours(void **state)
{
	struct sim_scsi *d = drive();

	(void)state;
	d->ata->op.asks = 4;
	sim_operation_begin(&d->ata->op, SIM_FILL_ZEROS, NULL);
	assert_int_equal(run(&d->t, "ata_sanitize_block").end, CW_NATIVE_END_FAILED);
	assert_int_equal(d->ata->op.begun, 1);
	assert_string_equal(seen.told, "unknown");
	cw_transport_free(&d->t);
}

static void what_never_ends_is_given_up_after_a_time(void **state)
{
	struct sim_scsi *d = drive();
	struct cw_native_result r;

	(void)state;
	d->ata->op.never_ends = true;
	r = run(&d->t, "ata_sanitize_block");
	assert_int_equal(r.end, CW_NATIVE_END_UNKNOWN);
	assert_true(r.running);
	assert_int_equal(seen.waited_s, 3600);
	assert_string_equal(seen.told, "submitting running unknown");
	cw_transport_free(&d->t);
	assert_int_equal(cw_native_limit_seconds(native("ata_sanitize_overwrite"), UINT64_C(20000000000000), 0), 1003600);
	assert_int_equal(cw_native_limit_seconds(native("ata_sanitize_block"), UINT64_C(20000000000000), 7200), 21600);
}

/* ---- answers that get lost ---- */

/* Carried out, and the host hears of a time-out: the drive's own state tells. */
static void a_time_out_is_neither_success_nor_failure(void **state)
{
	struct sim_scsi *d = drive();

	(void)state;
	d->ata->submit_hangs = true;
	d->ata->op.asks = 2;
	assert_int_equal(run(&d->t, "ata_sanitize_block").end, CW_NATIVE_END_DONE);
	assert_int_equal(d->ata->op.begun, 1);
	cw_transport_free(&d->t);
	/* It told of a success before: whose it is now nobody can tell, so it is done again, and again without an answer. */
	d = drive();
	d->ata->submit_hangs = true;
	d->ata->op.succeeded = true;
	d->ata->op.asks = 0;
	assert_int_equal(run(&d->t, "ata_sanitize_block").end, CW_NATIVE_END_UNKNOWN);
	assert_int_equal(d->ata->op.begun, 3);
	cw_transport_free(&d->t);
}

static void a_command_that_got_lost_is_sent_again(void **state)
{
	struct sim *medium = sim_new(SIZE, 512, 512);
	struct sim_ata *ata = sim_ata_new(medium);
	struct fault *f = fault_new(&sim_scsi_new(&medium->t, medium, ata)->t);

	(void)state;
	memset(&seen, 0, sizeof(seen));
	f->native_fails_at = 2;
	f->native_errno = EIO;
	assert_int_equal(run(&f->t, "ata_sanitize_block").end, CW_NATIVE_END_DONE);
	assert_string_equal(seen.told, "submitting submitting running succeeded");
	assert_int_equal(ata->op.begun, 1);
	cw_transport_free(&f->t);
}

static void a_medium_that_left_is_gone(void **state)
{
	struct sim *medium = sim_new(SIZE, 512, 512);
	struct fault *f = fault_new(&sim_scsi_new(&medium->t, medium, sim_ata_new(medium))->t);

	(void)state;
	memset(&seen, 0, sizeof(seen));
	f->native_fails_at = 3;
	f->native_errno = ENODEV;
	assert_int_equal(run(&f->t, "ata_sanitize_block").end, CW_NATIVE_END_GONE);
	assert_string_equal(seen.told, "submitting unknown");
	cw_transport_free(&f->t);
}

/* ---- interruptions ---- */

static void a_stop_leaves_it_running_and_it_is_gone_on_with(void **state)
{
	struct sim_scsi *d = drive();
	struct cw_native_course so_far = { 0 };
	struct cw_native_result r;

	(void)state;
	d->ata->op.asks = 10;
	seen.stop_after = 3;
	r = run(&d->t, "ata_sanitize_block");
	assert_int_equal(r.end, CW_NATIVE_END_STOPPED);
	assert_true(r.running);
	cw_native_saw(&so_far, CW_SHOWS_IDLE);
	cw_native_announced(&so_far);
	cw_native_saw(&so_far, CW_SHOWS_ACCEPTED);
	cw_native_saw(&so_far, CW_SHOWS_RUNNING);
	seen.stop_after = 0;
	assert_int_equal(run_from(&d->t, "ata_sanitize_block", &so_far).end, CW_NATIVE_END_DONE);
	assert_int_equal(d->ata->op.begun, 1);
	cw_transport_free(&d->t);
}

static void before_it_was_sent_a_stop_sends_nothing(void **state)
{
	struct sim_scsi *d = drive();
	struct cw_native_result r;

	(void)state;
	seen.stop_after = 1;
	seen.waited_s = 1;
	r = run(&d->t, "ata_sanitize_block");
	assert_int_equal(r.end, CW_NATIVE_END_STOPPED);
	assert_false(r.running);
	assert_int_equal(d->ata->op.begun, 0);
	cw_transport_free(&d->t);
}

static struct sim_scsi *cut;

static void power_cut_once(void)
{
	if (seen.waited_s == 3)
		sim_scsi_power_cut(cut);
}

/* Drives go on by themselves; one that forgets it is told again, and only when it says that nothing runs. */
static void a_power_cut_is_survived(void **state)
{
	(void)state;
	for (int forgets = 0; forgets < 2; forgets++) {
		const struct cw_native_course so_far = { .state = CW_NATIVE_RUNNING, .before = CW_SHOWS_IDLE, .submitted = true, .accepted = true };

		cut = drive();
		cut->ata->op.asks = 10;
		cut->ata->op.forgets = forgets;
		seen.on_wait = power_cut_once;
		seen.stop_after = 4;
		assert_int_equal(run(&cut->t, "ata_sanitize_block").end, forgets ? CW_NATIVE_END_FAILED : CW_NATIVE_END_STOPPED);
		memset(&seen, 0, sizeof(seen));
		assert_int_equal(run_from(&cut->t, "ata_sanitize_block", &so_far).end, CW_NATIVE_END_DONE);
		assert_int_equal(cut->ata->op.begun, forgets ? 2 : 1);
		cw_transport_free(&cut->t);
	}
}

/* Whatever cannot be written down is not sent, and nothing behind it. */
static void without_a_journal_nothing_is_sent(void **state)
{
	(void)state;
	for (unsigned at = 1; at <= 6; at++) {
		static const struct cw_native_course nothing_yet;
		struct sim_scsi *d = drive();
		struct cw_native_result r;
		struct cw_error err = { 0 };

		d->ata->op.asks = 2;
		seen.journal_fails_at = at;
		assert_int_equal(cw_native_run(&d->t, native("ata_sanitize_block"), &nothing_yet, SIZE, 0, &hooks, &r, &err), CW_E_STATE);
		assert_int_equal(seen.lines, at);
		assert_int_equal(d->ata->op.begun, at > 2); /* a status, an announcement */
		cw_transport_free(&d->t);
	}
}

/* ---- conclusions ---- */

/* What is shown, in the order of the letters: announced, interrupted, and what cw_shows has. */
static struct cw_native_course course(const char *letters)
{
	static const char shows[] = { [CW_SHOWS_NOTHING] = 'n', [CW_SHOWS_IDLE] = 'i', [CW_SHOWS_QUIET] = 'q', [CW_SHOWS_RUNNING] = 'r', [CW_SHOWS_SUCCEEDED] = 's',
				      [CW_SHOWS_FAILED] = 'f', [CW_SHOWS_ACCEPTED] = 'A', [CW_SHOWS_COMPLETED] = 'C', [CW_SHOWS_REFUSED] = 'R', [CW_SHOWS_PERHAPS] = 'P', [CW_SHOWS_RESET] = 'X' };
	struct cw_native_course c = { 0 };

	for (; *letters; letters++) {
		if (*letters == '!')
			cw_native_announced(&c);
		else if (*letters == '/')
			cw_native_interrupted(&c);
		else
			cw_native_saw(&c, (uint32_t)((const char *)memchr(shows, *letters, sizeof(shows)) - shows));
	}
	return c;
}

static void conclusions(void **state)
{
	static const struct { const char *letters; uint32_t state; } known[] = {
		{ "", CW_NATIVE_NOT_SENT },         { "i", CW_NATIVE_NOT_SENT },       { "r", CW_NATIVE_BUSY },          { "rs", CW_NATIVE_NOT_SENT },
		{ "s", CW_NATIVE_NOT_SENT },        { "sA", CW_NATIVE_NOT_SENT },      { "iC", CW_NATIVE_NOT_SENT },     { "i!", CW_NATIVE_SENT },
		{ "i!A", CW_NATIVE_SENT },          { "i!Ar", CW_NATIVE_RUNNING },     { "i!As", CW_NATIVE_SUCCEEDED },  { "i!Ars", CW_NATIVE_SUCCEEDED },
		{ "i!Arf", CW_NATIVE_FAILED },      { "i!Ai", CW_NATIVE_FAILED },      { "i!Ari", CW_NATIVE_FAILED },    { "i!R", CW_NATIVE_REFUSED },
		{ "i!RA", CW_NATIVE_REFUSED },      { "i!C", CW_NATIVE_SUCCEEDED },    { "q!C", CW_NATIVE_SUCCEEDED },   { "q!Aq", CW_NATIVE_SUCCEEDED },
		{ "q!Arq", CW_NATIVE_SUCCEEDED },   { "q!Pq", CW_NATIVE_NOT_SENT },    { "q!Pf", CW_NATIVE_NOT_SENT },   { "q!/q", CW_NATIVE_NOT_SENT },
		/* Without an answer of its own. */
		{ "i!P", CW_NATIVE_SENT },          { "i!Pi", CW_NATIVE_NOT_SENT },    { "i!Pr", CW_NATIVE_RUNNING },    { "i!Ps", CW_NATIVE_SUCCEEDED },
		{ "i!Pf", CW_NATIVE_FAILED },       { "s!Ps", CW_NATIVE_NOT_SENT },    { "s!s", CW_NATIVE_NOT_SENT },         { "i!s", CW_NATIVE_NOT_SENT },        { "i!rs", CW_NATIVE_NOT_SENT },    { "f!Pf", CW_NATIVE_NOT_SENT },
		{ "f!Ps", CW_NATIVE_SUCCEEDED },    { "s!Prs", CW_NATIVE_SUCCEEDED },  { "!Ps", CW_NATIVE_NOT_SENT },    { "!s", CW_NATIVE_NOT_SENT },
		/* Interrupted. */
		{ "i!A/s", CW_NATIVE_SUCCEEDED },   { "s!A/s", CW_NATIVE_SUCCEEDED },  { "i!A/i", CW_NATIVE_NOT_SENT },  { "i!/i", CW_NATIVE_NOT_SENT },
		{ "i!/s", CW_NATIVE_NOT_SENT },     { "i!/r", CW_NATIVE_RUNNING },        { "i!/rs", CW_NATIVE_NOT_SENT },      { "i!P/s", CW_NATIVE_SUCCEEDED },    { "s!/s", CW_NATIVE_NOT_SENT },    { "i!Ar/i", CW_NATIVE_NOT_SENT }, { "i!Ar/rs", CW_NATIVE_SUCCEEDED },
		{ "i!Ar/f", CW_NATIVE_FAILED },     { "i!Ar/ri", CW_NATIVE_NOT_SENT }, { "r/", CW_NATIVE_NOT_SENT },     { "i!/A", CW_NATIVE_SENT },
		/* A quiet one that was seen at it since, or was reset. */
		{ "q!Ar/rq", CW_NATIVE_SUCCEEDED }, { "q!Prq", CW_NATIVE_SUCCEEDED },  { "q!/rq", CW_NATIVE_NOT_SENT },  { "q!ArXq", CW_NATIVE_NOT_SENT },
		{ "q!ArXrq", CW_NATIVE_SUCCEEDED }, { "q!AXq", CW_NATIVE_NOT_SENT },   { "q!XAq", CW_NATIVE_NOT_SENT },  { "q!Ar/rXq", CW_NATIVE_NOT_SENT },
		{ "q!Arfq", CW_NATIVE_FAILED },     { "q!ArfXq", CW_NATIVE_NOT_SENT }, { "q!Aiq", CW_NATIVE_FAILED },    { "q!ArX!q", CW_NATIVE_NOT_SENT },
		{ "qX!Aq", CW_NATIVE_SUCCEEDED },   { "q!ArXi", CW_NATIVE_NOT_SENT },
		{ "i!Ars/i", CW_NATIVE_NOT_SENT },  { "q!Arq/q", CW_NATIVE_NOT_SENT }, { "i!A/i!As", CW_NATIVE_SUCCEEDED },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(known); i++)
		if (course(known[i].letters).state != known[i].state)
			fail_msg("%s: %u", known[i].letters, course(known[i].letters).state);
	assert_false(course("i!/A").accepted);
	assert_false(course("s!Ps").accepted);
}

/* Any string of answers: success is never concluded without an announcement, and something since that only our command can have brought about. */
static void success_is_never_concluded_from_nothing(void **state)
{
	static const char alphabet[] = "XiqrsfACRP!/";
	char letters[6] = "";

	(void)state;
	for (unsigned n = 0; n < 12 * 12 * 12 * 12 * 12; n++) {
		const char *sent;

		for (unsigned i = 0, rest = n; i < 5; i++, rest /= 12)
			letters[i] = alphabet[rest % 12];
		if (course(letters).state != CW_NATIVE_SUCCEEDED)
			continue;
		sent = strrchr(letters, '!');
		if (!sent || !strpbrk(sent, "sqC") || !strpbrk(sent, "ACP") || !course(letters).accepted)
			fail_msg("%s", letters);
		if (!strpbrk(sent, "ACr") && (sent == letters || !strpbrk(letters, "iqf")))
			fail_msg("%s", letters);
	}
}

/* ---- answers of layers between ---- */

static struct cw_native_seen reading(uint8_t status, const uint8_t *sense, uint32_t len, uint16_t host_status, bool submission)
{
	static const uint8_t ask[16] = { 0x85, 0x07, 0x20, [13] = 0x40, [14] = 0xb4 };
	static const uint8_t erase[16] = { 0x85, 0x07, 0x20, 0, 0x12, 0, 0, 0x42, 0x72, 0, 0x45, 0, 0x6b, 0x40, 0xb4, 0 };
	struct cw_scsi c = { .cdb_len = 16, .status = status, .host_status = host_status, .sense_len = len };
	struct cw_native_seen out;
	struct cw_heard h;

	memcpy(c.cdb, submission ? erase : ask, 16);
	memcpy(c.sense, sense, len);
	cw_scsi_to(&c, &h);
	native("ata_sanitize_block")->read(&h, &out);
	return out;
}

static void doubtful_answers_show_nothing(void **state)
{
	static const uint8_t none[1];
	/* libata after a time-out: an error, with registers of some other moment. */
	static const uint8_t stale[22] = { 0x72, 0x0b, 0, 0, 0, 0, 0, 14, 9, 12, 1, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x50 };
	static const uint8_t busy[22] = { 0x72, 1, 0, 0x1d, 0, 0, 0, 14, 9, 12, 1, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x40, 0xd0 };
	static const uint8_t half[22] = { 0x72, 1, 0, 0x1d, 0, 0, 0, 14, 9, 12, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x50 };
	static const uint8_t aborted[22] = { 0x72, 0x0b, 0, 0, 0, 0, 0, 14, 9, 12, 1, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x51 };
	static const uint8_t attention[8] = { 0x72, 6, 0x29, 0 };

	(void)state;
	assert_int_equal(reading(2, stale, 22, 0, false).shows, CW_SHOWS_NOTHING);
	assert_int_equal(reading(2, stale, 22, 0, true).shows, CW_SHOWS_PERHAPS);
	assert_int_equal(reading(2, busy, 22, 0, false).shows, CW_SHOWS_NOTHING);
	assert_int_equal(reading(2, busy, 22, 0, true).shows, CW_SHOWS_PERHAPS);
	assert_int_equal(reading(2, half, 22, 0, false).shows, CW_SHOWS_NOTHING);
	assert_int_equal(reading(2, attention, 8, 0, false).shows, CW_SHOWS_NOTHING);
	assert_int_equal(reading(0, none, 0, 0, false).shows, CW_SHOWS_NOTHING);
	assert_int_equal(reading(0, none, 0, 0, true).shows, CW_SHOWS_PERHAPS);
	assert_int_equal(reading(0, none, 0, 3, true).shows, CW_SHOWS_PERHAPS);
	assert_int_equal(reading(2, aborted, 22, 0, false).shows, CW_SHOWS_FAILED);
	assert_int_equal(reading(2, aborted, 22, 0, true).shows, CW_SHOWS_REFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_command_ends_well),
		cmocka_unit_test(the_bytes_are_those_of_the_standard),
		cmocka_unit_test(what_takes_long_does_not_fill_the_journal),
		cmocka_unit_test(an_earlier_success_is_not_this_one),
		cmocka_unit_test(a_failure_is_one),
		cmocka_unit_test(what_is_frozen_or_locked_refuses),
		cmocka_unit_test(nothing_told_is_no_success),
		cmocka_unit_test(what_cannot_be_watched_is_not_begun),
		cmocka_unit_test(somebody_elses_is_not_ours),
		cmocka_unit_test(what_never_ends_is_given_up_after_a_time),
		cmocka_unit_test(a_time_out_is_neither_success_nor_failure),
		cmocka_unit_test(a_command_that_got_lost_is_sent_again),
		cmocka_unit_test(a_medium_that_left_is_gone),
		cmocka_unit_test(a_stop_leaves_it_running_and_it_is_gone_on_with),
		cmocka_unit_test(before_it_was_sent_a_stop_sends_nothing),
		cmocka_unit_test(a_power_cut_is_survived),
		cmocka_unit_test(without_a_journal_nothing_is_sent),
		cmocka_unit_test(conclusions),
		cmocka_unit_test(success_is_never_concluded_from_nothing),
		cmocka_unit_test(doubtful_answers_show_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
