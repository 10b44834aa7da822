/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a medium answered while it sanitised itself, written down once and played to the code of today: the same commands, and the same conclusion.  There is a recording of every
 * technique by which a medium does that, whoever adds one.
 */
#include "certwipe/technique.h"
#include "sim/drive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define FIXTURES "tests/fixtures/commands/"
#define SIZE (1024u * 1024u)
#define PSID "ABCDEFGH23456789JKLMNPQRSTUVWXYZ"

static char last_told[32];

static int heard(void *user, const struct cw_heard *h, struct cw_error *err)
{
	(void)user, (void)h, (void)err;
	return 0;
}

static int told(void *user, const char *state, uint32_t progress, const char *why, struct cw_error *err)
{
	(void)user, (void)progress, (void)why, (void)err;
	cw_strlcpy(last_told, state, sizeof(last_told));
	return 0;
}

static void do_not_wait(void *user, uint32_t ms)
{
	(void)user, (void)ms;
}

/* The first n commands of its recording, all of them where n is 0; what came of them. */
static struct recorded *play(const struct cw_technique *t, size_t n, struct cw_native_result *result)
{
	static const struct cw_native_course nothing_yet;
	struct cw_native_use use = { .bus = CW_BUS_SCSI, .secret = PSID, .secret_len = t->native->submit_with ? CW_PSID_CHARS : 0 };
	const struct cw_native_hooks hooks = { .use = &use, .wait = do_not_wait, .heard = heard, .told = told };
	struct cw_error err = { 0 };
	json_error_t bad;
	struct recorded *r;
	json_t *commands;
	char path[128];

	snprintf(path, sizeof(path), FIXTURES "%s.json", t->id);
	commands = json_load_file(path, 0, &bad);
	if (!commands)
		fail_msg("%s: %s", path, bad.text);
	while (n && json_array_size(commands) > n)
		json_array_remove(commands, n);
	last_told[0] = '\0';
	r = recorded_new(commands);
	r->size_bytes = SIZE;
	r->t.target.nsid = 1;
	assert_int_equal(cw_native_run(&r->t, t->native, &nothing_yet, SIZE, 0, &hooks, result, &err), 0);
	return r;
}

static void each_ends_as_it_did(void **state)
{
	(void)state;
	for (const struct cw_technique *const *t = cw_techniques; *t; t++) {
		struct cw_native_result result;
		struct recorded *r = (*t)->native ? play(*t, 0, &result) : NULL;

		if (!r)
			continue;
		if (r->strayed || r->next != json_array_size(r->commands))
			fail_msg("%s: strays from its recording at command %zu", (*t)->id, r->next);
		assert_int_equal(result.end, CW_NATIVE_END_DONE);
		assert_string_equal(last_told, "succeeded");
		cw_transport_free(&r->t);
	}
}

/* A success is what the medium answers, and nothing that goes without saying. */
static void cut_off_early_it_is_no_success(void **state)
{
	(void)state;
	for (const struct cw_technique *const *t = cw_techniques; *t; t++) {
		struct cw_native_result result;
		struct recorded *r = (*t)->native ? play(*t, 2, &result) : NULL;

		if (!r)
			continue;
		assert_int_equal(json_array_size(r->commands), 2);
		assert_int_not_equal(result.end, CW_NATIVE_END_DONE);
		cw_transport_free(&r->t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_ends_as_it_did),
		cmocka_unit_test(cut_off_early_it_is_no_success),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
