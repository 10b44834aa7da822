/* SPDX-License-Identifier: Apache-2.0 */
/* NVMe drives that are told to sanitise themselves: what is sent, what is believed of what they say, and what is not. */
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

static const char *const techniques[] = { "nvme_sanitize_block", "nvme_sanitize_crypto", "nvme_sanitize_overwrite", "nvme_format_user", "nvme_format_crypto" };
#define SANITIZES 3 /* of them */

/* ---- one course, and what was told of it ---- */

static char told[256];

static int heard_hook(void *user, const struct cw_heard *h, struct cw_error *err)
{
	(void)user, (void)h, (void)err;
	return 0;
}

static int told_hook(void *user, const char *state, uint32_t progress, const char *why, struct cw_error *err)
{
	(void)user, (void)progress, (void)why, (void)err;
	snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s%s", *told ? " " : "", state);
	return 0;
}

static void wait_hook(void *user, uint32_t ms)
{
	(void)user, (void)ms;
}

static const struct cw_native_hooks hooks = { .wait = wait_hook, .heard = heard_hook, .told = told_hook };

static struct sim_nvme *drive(void)
{
	struct sim *medium = sim_new(SIZE, 512, 512);
	struct sim_nvme *n = sim_nvme_new(&medium->t, medium);

	n->t.target = (struct cw_nvme_target){ .nsid = 1, .format = 0 };
	told[0] = '\0';
	return n;
}

static const struct cw_native *native(const char *id)
{
	return cw_technique_get(id)->native;
}

static uint32_t run_from(struct cw_transport *t, const char *id, const struct cw_native_course *so_far)
{
	struct cw_native_result r;
	struct cw_error err = { 0 };

	told[0] = '\0';
	assert_int_equal(cw_native_run(t, native(id), so_far, SIZE, 0, &hooks, &r, &err), 0);
	return r.end;
}

static uint32_t run(struct cw_transport *t, const char *id)
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
	static const struct { uint8_t opcode; uint32_t nsid, cdw10, cdw11; } sent[] = {
		{ 0x84, 0, 0x002, 0 }, { 0x84, 0, 0x004, 0 }, { 0x84, 0, 0x213, 0xa55a5aa5 }, { 0x80, 1, 0x200, 0 }, { 0x80, 1, 0x400, 0 }
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(techniques); i++) {
		struct sim_nvme *n = drive();

		assert_int_equal(run(&n->t, techniques[i]), CW_NATIVE_END_DONE);
		assert_string_equal(told, i < SANITIZES ? "submitting running succeeded" : "submitting succeeded");
		assert_int_equal(n->n_erasing, 1);
		assert_int_equal(n->erasing[0].opcode, sent[i].opcode);
		assert_int_equal(n->erasing[0].nsid, sent[i].nsid);
		assert_int_equal(n->erasing[0].cdw10, sent[i].cdw10);
		assert_int_equal(n->erasing[0].cdw11, sent[i].cdw11);
		assert_false(holds_old_data(n->medium));
		cw_transport_free(&n->t);
	}
}

/* device-commands.md 3.3 and 3.4, byte by byte. */
static void the_bytes_are_those_of_the_standard(void **state)
{
	static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
	static const struct { const char *ask, *head, *dwords; } expected[] = {
		{ "02000000ffffffff", "8400000000000000", "0200000000000000" }, { "02000000ffffffff", "8400000000000000", "0400000000000000" },
		{ "02000000ffffffff", "8400000000000000", "13020000a55a5aa5" }, { "0600000007000000", "8000000007000000", "2132000000000000" },
		{ "0600000007000000", "8000000007000000", "2134000000000000" },
	};
	const struct cw_nvme_target target = { .nsid = 7, .format = 0x3021 };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(techniques); i++) {
		CW_AUTO_JSON json_t *commands = cw_native_rehearse_at(native(techniques[i]), SIZE, &target, &(struct cw_native_use){ 0 });
		char request[2 * CW_REQUEST_MAX + 1];

		assert_int_equal(json_array_size(commands), 3);
		snprintf(request, sizeof(request), "%s%s%s%s", expected[i].head, zeros, expected[i].dwords, "00000000000000000000000000000000");
		assert_string_equal(cw_json_str(json_array_get(commands, 1), "requestHex", ""), request);
		snprintf(request, sizeof(request), "%s%s%s%s", expected[i].ask, zeros, i < SANITIZES ? "81007f0000000000" : "0000000000000000", "00000000000000000000000000000000");
		assert_string_equal(cw_json_str(json_array_get(commands, 0), "requestHex", ""), request);
		assert_string_equal(cw_json_str(json_array_get(commands, 2), "requestHex", ""), request);
	}
}

/* ---- it does not ---- */

static void a_failure_is_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < SANITIZES; i++) {
		struct sim_nvme *n = drive();

		n->op.fails = true;
		assert_int_equal(run(&n->t, techniques[i]), CW_NATIVE_END_FAILED);
		assert_string_equal(told, "submitting running failed failed"); /* and how the drive is left */
		cw_transport_free(&n->t);
	}
}

/* Its answer is all that there is: what it says of an error of its own leaves open what it did. */
static void a_format_without_a_success_is_none(void **state)
{
	struct sim_nvme *n = drive();

	(void)state;
	n->op.fails = true;
	assert_int_equal(run(&n->t, "nvme_format_user"), CW_NATIVE_END_UNKNOWN);
	assert_int_equal(n->n_erasing, 3);
	cw_transport_free(&n->t);
}

static void what_the_drive_refuses_was_not_done(void **state)
{
	static const uint16_t refusals[] = { 0x001, 0x002, 0x015, 0x01d, 0x020, 0x023, 0x10b, 0x123 };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(refusals) * CW_ARRAY_LEN(techniques); i++) {
		struct sim_nvme *n = drive();

		n->refuses = refusals[i % CW_ARRAY_LEN(refusals)];
		assert_int_equal(run(&n->t, techniques[i / CW_ARRAY_LEN(refusals)]), CW_NATIVE_END_FAILED);
		assert_string_equal(told, "submitting refused");
		assert_int_equal(n->n_erasing, 1);
		cw_transport_free(&n->t);
	}
}

/* Answers of the kernel's own, and errors of the drive that say nothing of what it did. */
static void what_is_not_known_is_asked_for(void **state)
{
	static const uint16_t doubtful[] = { 0x006, 0x007, 0x370, 0x371 };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(doubtful); i++) {
		struct sim_nvme *n = drive();

		n->refuses = doubtful[i];
		assert_int_equal(run(&n->t, "nvme_sanitize_block"), CW_NATIVE_END_UNKNOWN);
		assert_string_equal(told, "submitting submitting submitting unknown");
		cw_transport_free(&n->t);
	}
}

/* The log tells of a success that cannot be ours. */
static void a_success_of_something_else_is_none(void **state)
{
	struct sim_nvme *n = drive();

	(void)state;
	n->op.succeeded = n->global_data_erased = n->ignores = true;
	n->scdw10 = 4;
	assert_int_equal(run(&n->t, "nvme_sanitize_block"), CW_NATIVE_END_FAILED);
	/* The same action, behind which something was written. */
	n->scdw10 = 2;
	n->global_data_erased = false;
	assert_int_equal(run(&n->t, "nvme_sanitize_block"), CW_NATIVE_END_FAILED);
	/* And one that says nothing at all. */
	n->op.succeeded = false;
	assert_int_equal(run(&n->t, "nvme_sanitize_block"), CW_NATIVE_END_FAILED);
	assert_true(holds_old_data(n->medium));
	cw_transport_free(&n->t);
}

static void somebody_elses_is_not_ours(void **state)
{
	struct sim_nvme *n = drive();

	(void)state;
	sim_operation_begin(&n->op, SIM_FILL_ZEROS, NULL);
	assert_int_equal(run(&n->t, "nvme_sanitize_block"), CW_NATIVE_END_FAILED);
	assert_int_equal(n->n_erasing, 0);
	cw_transport_free(&n->t);
}

/* ---- interruptions ---- */

static struct fault *before(struct sim_nvme *n)
{
	struct fault *f = fault_new(&n->t);

	f->t.target = n->t.target;
	return f;
}

/* Carried out, and the host hears nothing: a Sanitize is found in the log, a Format is done again. */
static void an_answer_that_got_lost_is_no_success(void **state)
{
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(techniques); i++) {
		struct sim_nvme *n = drive();
		struct fault *f = before(n);

		f->native_fails_at = 2;
		f->native_errno = EIO;
		f->native_is_carried_out = true;
		assert_int_equal(run(&f->t, techniques[i]), CW_NATIVE_END_DONE);
		assert_int_equal(n->n_erasing, i < SANITIZES ? 1 : 2);
		cw_transport_free(&f->t);
	}
}

static void a_drive_that_left_is_gone(void **state)
{
	struct sim_nvme *n = drive();
	struct fault *f = before(n);

	(void)state;
	f->native_fails_at = 3;
	f->native_errno = ENODEV;
	assert_int_equal(run(&f->t, "nvme_sanitize_crypto"), CW_NATIVE_END_GONE);
	cw_transport_free(&f->t);
}

/* It runs on by itself, and its log tells; a Format that was interrupted is done again. */
static void it_is_gone_on_with(void **state)
{
	static const struct cw_native_course running = { .state = CW_NATIVE_RUNNING, .before = CW_SHOWS_IDLE, .submitted = true, .accepted = true };
	static const struct cw_native_course sent = { .state = CW_NATIVE_SENT, .before = CW_SHOWS_QUIET };
	struct sim_nvme *n = drive();

	(void)state;
	n->op.succeeded = n->global_data_erased = true;
	n->scdw10 = 2;
	assert_int_equal(run_from(&n->t, "nvme_sanitize_block", &running), CW_NATIVE_END_DONE);
	assert_int_equal(n->n_erasing, 0);
	/* Another action than ours has ended since: ours is sent again. */
	assert_int_equal(run_from(&n->t, "nvme_sanitize_crypto", &running), CW_NATIVE_END_DONE);
	assert_int_equal(n->n_erasing, 1);
	assert_int_equal(run_from(&n->t, "nvme_format_user", &sent), CW_NATIVE_END_DONE);
	assert_int_equal(n->n_erasing, 2);
	cw_transport_free(&n->t);
}

/* ---- one answer ---- */

static struct cw_native_seen log_with_state(uint16_t sstat, uint8_t ssi, uint32_t scdw10, uint32_t len, uint16_t status)
{
	uint8_t log[512] = { 0x00, 0x40, (uint8_t)sstat, (uint8_t)(sstat >> 8), (uint8_t)scdw10, (uint8_t)(scdw10 >> 8), [36] = ssi };
	struct cw_nvme c = { .opcode = 0x02, .nsid = UINT32_MAX, .cdw10 = 0x007f0081, .dir = CW_DATA_IN, .data = log, .data_len = len, .status = status };
	struct cw_native_seen out;
	struct cw_heard h;

	cw_nvme_to(&c, &h);
	native("nvme_sanitize_block")->read(&h, &out);
	return out;
}

static struct cw_native_seen log_of(uint16_t sstat, uint32_t scdw10, uint32_t len, uint16_t status)
{
	return log_with_state(sstat, 0, scdw10, len, status);
}

static void each_state_of_the_log_is_read(void **state)
{
	(void)state;
	assert_int_equal(log_of(0x000, 0, 512, 0).shows, CW_SHOWS_IDLE);
	assert_int_equal(log_of(0x100, 0, 512, 0).shows, CW_SHOWS_IDLE);
	assert_int_equal(log_of(0x101, 2, 512, 0).shows, CW_SHOWS_SUCCEEDED);
	assert_int_equal(log_of(0x104, 2, 512, 0).shows, CW_SHOWS_SUCCEEDED); /* although its blocks were deallocated without being asked for it */
	assert_int_equal(log_of(0x109, 2, 512, 0).shows, CW_SHOWS_SUCCEEDED); /* passes of an overwrite in bits 7:3 */
	assert_int_equal(log_of(0x001, 2, 512, 0).shows, CW_SHOWS_IDLE);
	assert_int_equal(log_of(0x101, 3, 512, 0).shows, CW_SHOWS_IDLE);
	assert_int_equal(log_of(0x101, 0x202, 512, 0).shows, CW_SHOWS_IDLE);
	assert_int_equal(log_of(0x002, 2, 512, 0).shows, CW_SHOWS_RUNNING);
	assert_int_equal(log_of(0x002, 2, 512, 0).progress, 0x4000);
	assert_int_equal(log_of(0x003, 2, 512, 0).shows, CW_SHOWS_FAILED);
	for (uint16_t unknown = 5; unknown < 8; unknown++)
		assert_int_equal(log_of(0x100 | unknown, 2, 512, 0).shows, CW_SHOWS_NOTHING);
	assert_int_equal(log_of(0x101, 2, 7, 0).shows, CW_SHOWS_NOTHING); /* cut off */
	assert_int_equal(log_of(0x101, 2, 512, 0x01d).shows, CW_SHOWS_NOTHING);
}

/* Another log, another command, another drive's dwords: none of these is an answer to ours. */
/* "It ended well" beside a state that is not idle is not the end of it. */
static void a_drive_that_waits_to_be_looked_at_has_not_ended(void **state)
{
	static const uint32_t shown[] = { CW_SHOWS_SUCCEEDED, CW_SHOWS_RUNNING, CW_SHOWS_FAILED, CW_SHOWS_RUNNING, CW_SHOWS_FAILED, CW_SHOWS_RUNNING, CW_SHOWS_RUNNING, CW_SHOWS_RUNNING };

	(void)state;
	for (uint8_t ssi = 0; ssi < CW_ARRAY_LEN(shown); ssi++) {
		assert_int_equal(log_with_state(0x101, ssi, 2, 512, 0).shows, shown[ssi]);
		assert_int_equal(log_with_state(0x104, ssi | 0x50, 2, 512, 0).shows, shown[ssi]);
		assert_int_equal(log_with_state(0x003, ssi, 2, 512, 0).shows, CW_SHOWS_FAILED);
	}
}

static void nothing_else_is_taken_for_an_answer(void **state)
{
	const struct cw_nvme others[] = { { .opcode = 0x84, .cdw10 = 4 }, { .opcode = 0x84, .cdw10 = 0x202 }, { .opcode = 0x84, .cdw10 = 2, .cdw11 = 1 },
					  { .opcode = 0x80, .cdw10 = 2 }, { .opcode = 0x02, .cdw10 = 0x007f0002 }, { .opcode = 0x06 } };
	struct cw_native_seen out;
	struct cw_heard h;

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(others); i++) {
		cw_nvme_to(&others[i], &h);
		native("nvme_sanitize_block")->read(&h, &out);
		assert_int_equal(out.shows, CW_SHOWS_NOTHING);
	}
	cw_nvme_to(&(struct cw_nvme){ .opcode = 0x80, .nsid = 1, .cdw10 = 0x400 }, &h);
	native("nvme_format_user")->read(&h, &out);
	assert_int_equal(out.shows, CW_SHOWS_NOTHING);
}

/* ---- which drives it may be used on ---- */

static const char *why_not(const char *id, const struct cw_medium *m, const struct cw_capabilities *c)
{
	static char why[CW_TEXT_MAX];
	const struct cw_technique *t = cw_technique_get(id);

	return t->applies(t, m, c, why, sizeof(why)) ? "" : why;
}

static void what_a_drive_does_not_tell_is_not_risked(void **state)
{
	static struct cw_capabilities c;
	const struct cw_medium m = { .class_ = CW_CLASS_NVME, .bus = CW_BUS_NVME, .size_bytes = SIZE, .has_medium = 1, .nsid = 1 };
	struct sim_nvme *n = drive();

	(void)state;
	cw_capabilities_ask(&n->t, &m, &c);
	assert_string_equal(why_not("nvme_sanitize_block", &m, &c), "");
	assert_false(cw_native_takes_others(native("nvme_sanitize_block"), &c));
	n->n_namespaces = n->n_allocated = 3;
	cw_capabilities_ask(&n->t, &m, &c);
	assert_int_equal(c.nvme.n_others, 2);
	assert_true(cw_native_takes_others(native("nvme_sanitize_block"), &c));
	assert_false(cw_native_takes_others(native("nvme_format_user"), &c));
	n->erase_all = true;
	cw_capabilities_ask(&n->t, &m, &c);
	assert_true(cw_native_takes_others(native("nvme_format_user"), &c));
	c.nvme.others_untold = 1;
	assert_non_null(strstr(why_not("nvme_sanitize_block", &m, &c), "nothing is known"));
	cw_transport_free(&n->t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_command_ends_well),
		cmocka_unit_test(the_bytes_are_those_of_the_standard),
		cmocka_unit_test(a_failure_is_one),
		cmocka_unit_test(a_format_without_a_success_is_none),
		cmocka_unit_test(what_the_drive_refuses_was_not_done),
		cmocka_unit_test(what_is_not_known_is_asked_for),
		cmocka_unit_test(a_success_of_something_else_is_none),
		cmocka_unit_test(somebody_elses_is_not_ours),
		cmocka_unit_test(an_answer_that_got_lost_is_no_success),
		cmocka_unit_test(a_drive_that_left_is_gone),
		cmocka_unit_test(it_is_gone_on_with),
		cmocka_unit_test(each_state_of_the_log_is_read),
		cmocka_unit_test(a_drive_that_waits_to_be_looked_at_has_not_ended),
		cmocka_unit_test(nothing_else_is_taken_for_an_answer),
		cmocka_unit_test(what_a_drive_does_not_tell_is_not_risked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
