/* SPDX-License-Identifier: Apache-2.0 */
/* Messages between processes: what is exactly a message passes, everything else is refused before anybody looks at it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "certwipe/process.h"

static _Alignas(16) unsigned char body[CW_MSG_ROOM];

static void empty_bodies_of_every_type_pass(void **state)
{
	(void)state;
	struct cw_error err = { 0 };

	for (uint32_t type = 1; type < CW_MSG_COUNT; type++) {
		memset(body, 0, sizeof body);
		assert_int_equal(cw_msg_check(type, body, cw_msg_size(type), &err), 0);
	}
}

static void any_other_size_is_refused(void **state)
{
	(void)state;
	struct cw_error err = { 0 };

	memset(body, 0, sizeof body);
	for (uint32_t type = 1; type < CW_MSG_COUNT; type++) {
		assert_int_equal(cw_msg_check(type, body, cw_msg_size(type) - 1, &err), CW_E_PROTOCOL);
		assert_int_equal(cw_msg_check(type, body, cw_msg_size(type) + 1, &err), CW_E_PROTOCOL);
		assert_int_equal(cw_msg_check(type, body, 0, &err), CW_E_PROTOCOL);
	}
}

static void unknown_types_are_refused(void **state)
{
	(void)state;
	struct cw_error err = { 0 };

	assert_int_equal(cw_msg_check(0, body, 4, &err), CW_E_PROTOCOL);
	assert_int_equal(cw_msg_check(CW_MSG_COUNT, body, 4, &err), CW_E_PROTOCOL);
	assert_int_equal(cw_msg_check(0xffffffffu, body, 4, &err), CW_E_PROTOCOL);
	assert_int_equal(cw_msg_size(0xffffffffu), 0);
}

static void strings_must_end_and_be_printable(void **state)
{
	(void)state;
	struct cw_error err = { 0 };
	struct cw_msg_medium m;

	memset(&m, 0, sizeof m);
	memset(m.named, 'x', sizeof m.named); /* no end */
	assert_int_equal(cw_msg_check(CW_MSG_ADD, &m, sizeof m, &err), CW_E_PROTOCOL);
	memset(&m, 0, sizeof m);
	strcpy(m.named, "/dev/\033[2Jsda");
	assert_int_equal(cw_msg_check(CW_MSG_ADD, &m, sizeof m, &err), CW_E_PROTOCOL);
	strcpy(m.named, "/dev/loop0");
	strcpy(m.plan_sha256, "not a digest");
	assert_int_equal(cw_msg_check(CW_MSG_ADD, &m, sizeof m, &err), CW_E_PROTOCOL);
	memset(m.plan_sha256, 'a', 64);
	m.plan_sha256[64] = 0;
	assert_int_equal(cw_msg_check(CW_MSG_ADD, &m, sizeof m, &err), 0);
	m.wish.sample = 2;
	assert_int_equal(cw_msg_check(CW_MSG_ADD, &m, sizeof m, &err), CW_E_PROTOCOL);
}

static void numbers_out_of_range_are_refused(void **state)
{
	(void)state;
	struct cw_error err = { 0 };
	struct cw_msg_answer a;
	struct cw_contents *c = (void *)body;
	struct cw_msg_job_info *info = (void *)body;
	struct cw_capabilities *told = (void *)body;

	memset(&a, 0, sizeof a);
	a.slot = CW_SLOTS_MAX;
	assert_int_equal(cw_msg_check(CW_MSG_ANSWER, &a, sizeof a, &err), CW_E_PROTOCOL);
	memset(body, 0, sizeof body);
	c->n_parts = CW_PARTS_MAX + 1;
	assert_int_equal(cw_msg_check(CW_MSG_CONTENTS, c, sizeof *c, &err), CW_E_PROTOCOL);
	c->n_parts = CW_PARTS_MAX;
	assert_int_equal(cw_msg_check(CW_MSG_CONTENTS, c, sizeof *c, &err), 0);
	memset(c->parts[CW_PARTS_MAX - 1].label, 1, sizeof c->parts[0].label); /* the last of the array is looked at too */
	assert_int_equal(cw_msg_check(CW_MSG_CONTENTS, c, sizeof *c, &err), CW_E_PROTOCOL);
	memset(body, 0, sizeof body);
	told->raws.n = CW_RAWS_MAX;
	told->features[CW_FEATURE_COUNT - 1].state = CW_KNOWN_YES;
	assert_int_equal(cw_msg_check(CW_MSG_CAPABILITIES, told, sizeof *told, &err), 0);
	told->raws.at[CW_RAWS_MAX - 1].request_len = CW_REQUEST_MAX + 1;
	assert_int_equal(cw_msg_check(CW_MSG_CAPABILITIES, told, sizeof *told, &err), CW_E_PROTOCOL);
	told->raws.at[CW_RAWS_MAX - 1].request_len = 0;
	told->features[CW_FEATURE_COUNT - 1].state = CW_KNOWN_YES + 1;
	assert_int_equal(cw_msg_check(CW_MSG_CAPABILITIES, told, sizeof *told, &err), CW_E_PROTOCOL);
	memset(body, 0, sizeof body);
	info->plan.n_steps = CW_STEPS_MAX + 1;
	assert_int_equal(cw_msg_check(CW_MSG_JOB_INFO, info, sizeof *info, &err), CW_E_PROTOCOL);
	memset(body, 0, sizeof body);
	info->medium.n_uses = CW_USES_MAX + 1;
	assert_int_equal(cw_msg_check(CW_MSG_JOB_INFO, info, sizeof *info, &err), CW_E_PROTOCOL);
}

static void random_bytes_never_crash_and_never_reach_past_a_string(void **state)
{
	(void)state;
	struct cw_error err = { 0 };

	srandom(7);
	for (int round = 0; round < 200; round++)
		for (uint32_t type = 1; type < CW_MSG_COUNT; type++) {
			size_t n = cw_msg_size(type);
			unsigned char *exact = malloc(n); /* so that a read past the end is seen by the sanitizer */

			for (size_t i = 0; i < n; i += 1 + (size_t)random() % 64)
				exact[i] = (unsigned char)random();
			int rc = cw_msg_check(type, exact, n, &err);

			assert_true(rc == 0 || rc == CW_E_PROTOCOL);
			free(exact);
		}
}

static void a_packet_arrives_as_it_was_sent(void **state)
{
	(void)state;
	int pair[2];
	struct cw_error err = { 0 };
	struct cw_msg_job sent, *got = (void *)body;
	enum cw_msg_type type;

	memset(&sent, 0, sizeof sent);
	strcpy(sent.job, "20261123-185522-7f3a");
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	assert_int_equal(cw_msg_send(pair[0], CW_MSG_RESUME, &sent, true, &err), 0);
	assert_int_equal(cw_msg_recv(pair[1], &type, body, &err), 1);
	assert_int_equal(type, CW_MSG_RESUME);
	assert_string_equal(got->job, sent.job);
	assert_int_equal(write(pair[0], "junk", 4), 4);
	assert_int_equal(cw_msg_recv(pair[1], &type, body, &err), CW_E_PROTOCOL);
	close(pair[0]);
	assert_int_equal(cw_msg_recv(pair[1], &type, body, &err), 0);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_bodies_of_every_type_pass),
		cmocka_unit_test(any_other_size_is_refused),
		cmocka_unit_test(unknown_types_are_refused),
		cmocka_unit_test(strings_must_end_and_be_printable),
		cmocka_unit_test(numbers_out_of_range_are_refused),
		cmocka_unit_test(random_bytes_never_crash_and_never_reach_past_a_string),
		cmocka_unit_test(a_packet_arrives_as_it_was_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
