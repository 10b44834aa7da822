/* SPDX-License-Identifier: Apache-2.0 */
/* Policy files: the shipped ones, strict reading, finding and listing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "certwipe/policy.h"

static const char *const shipped[] = { "share/policy", NULL };

/* A whole policy, line by line, that tests leave lines out of or change. */
static const char *const good[] = {
	"[policy]",
	"id = test",
	"title = Test",
	"standard = nist-800-88r2",
	"[schemes]",
	"magnetic = keystream",
	"flash = keystream",
	"groups = recommended",
	"[accept]",
	"unconfirmed-levels = no",
	"virtual-media = no",
	"sampling = no",
	"state-on-tmpfs = no",
	"[evidence]",
	"labels = no",
	"[case]",
	"mandatory = unit",
	"wiping-closes-it = yes",
};

/* Parses `good` with line n (1-based, 0: none) replaced by other (NULL: left out). */
static int parse_with(size_t n, const char *other, struct cw_policy *p, struct cw_error *err)
{
	struct cw_buf text CW_AUTO_BUF = { 0 };

	for (size_t i = 0; i < CW_ARRAY_LEN(good); i++) {
		const char *line = i + 1 == n ? other : good[i];

		if (line)
			cw_buf_printf(&text, "%s\n", line);
	}
	return cw_policy_parse("test.policy", text.data, text.len, p, err);
}

static struct cw_policy load(const char *id)
{
	struct cw_policy p;
	struct cw_error err = { 0 };

	assert_int_equal(cw_policy_load(shipped, id, &p, &err), 0);
	return p;
}

static void test_shipped_policies_mean_what_they_say(void **state)
{
	struct cw_policy p;

	(void)state;
	p = load("default");
	assert_int_equal(p.column, CW_COLUMN_R2_2883);
	assert_string_equal(p.scheme_flash, "keystream");
	assert_true(p.wipe_closes_case && !p.accept_virtual && !p.sample_allowed && !p.withdrawn_caveat && !p.tmpfs_allowed);
	p = load("nist-800-88r1");
	assert_int_equal(p.column, CW_COLUMN_R1);
	assert_string_equal(p.scheme_magnetic, "keystream");
	assert_string_equal(p.scheme_flash, "nist-r1-flash");
	assert_true(p.withdrawn_caveat);
	p = load("ism");
	assert_string_equal(p.scheme_magnetic, "ism-magnetic");
	assert_string_equal(p.scheme_flash, "ism-flash");
	p = load("legacy-contract");
	assert_string_equal(p.scheme_magnetic, "");
	assert_int_equal(p.groups, 1u << CW_SCHEME_HISTORIC);
	assert_non_null(strstr(p.note, "do not raise the level"));
	p = load("lab");
	assert_true(p.accept_virtual && p.sample_allowed && !p.tmpfs_allowed);
	p = load("tw-county");
	assert_false(p.wipe_closes_case);
	assert_string_equal(p.title_zh_tw, "臺灣縣（市）政府：先清除資料，再實體銷毀");
}

static void test_only_the_laboratory_takes_virtual_media(void **state)
{
	json_t *list CW_AUTO_JSON = cw_policy_list(shipped);
	size_t i;
	json_t *entry;

	(void)state;
	assert_int_equal(json_array_size(list), 6);
	json_array_foreach(list, i, entry)
	{
		struct cw_policy p = load(cw_json_str(entry, "id", ""));

		assert_null(json_object_get(entry, "error"));
		assert_int_equal(p.accept_virtual, strcmp(p.id, "lab") == 0);
		assert_true(!p.accept_unconfirmed && !p.tmpfs_allowed);
	}
}

static void test_digest_is_of_the_file(void **state)
{
	int fd CW_AUTO_FD = open("share/policy/default.policy", O_RDONLY);
	char sha256[CW_SHA256_HEX];
	struct cw_error err = { 0 };
	struct cw_policy p = load("default");

	(void)state;
	assert_int_equal(cw_sha256_fd(fd, sha256, &err), 0);
	assert_string_equal(p.sha256, sha256);
}

static void test_every_key_is_needed(void **state)
{
	struct cw_policy p;
	struct cw_error err = { 0 };

	(void)state;
	assert_int_equal(parse_with(0, NULL, &p, &err), 0);
	for (size_t n = 1; n <= CW_ARRAY_LEN(good); n++) {
		assert_int_equal(parse_with(n, NULL, &p, &err), CW_E_SYNTAX);
		assert_non_null(strstr(err.message, "test.policy"));
	}
}

static void test_bad_words_are_refused_with_file_and_line(void **state)
{
	static const struct {
		size_t line;
		const char *text;
	} bad[] = {
		{ 1, "[Policy]" },
		{ 2, "id = ../test" },
		{ 2, "id =" },
		{ 2, "name = test" },
		{ 4, "standard = nist-800-88r3" },
		{ 4, "standard =" },
		{ 6, "magnetic = dod-3" },
		{ 6, "magnetic =" },
		{ 7, "magnetic = zero" },
		{ 8, "groups = recommended everything" },
		{ 8, "groups = recommended,required" },
		{ 10, "unconfirmed-levels = maybe" },
		{ 11, "virtual-media = YES" },
		{ 12, "sampling = 1" },
		{ 12, "level = purge" },
		{ 15, "labels =" },
		{ 17, "mandatory = unit serial" },
		{ 17, "mandatory = Unit" },
		{ 18, "wiping-closes-it" },
		{ 18, "wiping-closes-it = yes\n[running]\nsilent-after-seconds = 0" },
		{ 18, "wiping-closes-it = yes\n[running]\nsilent-after-seconds = -1" },
		{ 18, "wiping-closes-it = yes\n[running]\nsilent-after-seconds = 100000" },
		{ 18, "wiping-closes-it = yes\n[running]\nsilent-after-seconds = 30 s" },
		{ 18, "wiping-closes-it = yes\n[running]\nat-once = many" },
		{ 18, "wiping-closes-it = yes\n[running]\nstop-at-bad-blocks = 0" },
		{ 18, "wiping-closes-it = yes\n[running]\nstop-after-hours = 1.5" },
		{ 18, "wiping-closes-it = yes\n[running]\nstop-above-celsius = 60 C" },
		{ 18, "wiping-closes-it = yes\n[running]\nstop-below-bytes-per-second = slow" },
		{ 18, "wiping-closes-it = yes\n[running]\nstop-when-hot = yes" },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(bad); i++) {
		struct cw_policy p;
		struct cw_error err = { 0 };

		assert_int_equal(parse_with(bad[i].line, bad[i].text, &p, &err), CW_E_SYNTAX);
		assert_non_null(strstr(err.message, "test.policy"));
	}
}

static void test_how_jobs_run_may_be_left_out(void **state)
{
	struct cw_policy p;
	struct cw_error err = { 0 };

	(void)state;
	assert_int_equal(parse_with(0, NULL, &p, &err), 0);
	assert_int_equal(p.silent_after_s, 0);
	assert_int_equal(p.at_once, 0);
	assert_int_equal(parse_with(18, "wiping-closes-it = yes\n[running]\nsilent-after-seconds = 99999\nat-once = 1", &p, &err), 0);
	assert_int_equal(p.silent_after_s, 99999);
	assert_int_equal(p.at_once, 1);
}

static void test_rules_that_stop_a_job(void **state)
{
	static const struct cw_stop_rules none;
	struct cw_policy p;
	struct cw_error err = { 0 };

	(void)state;
	assert_int_equal(parse_with(0, NULL, &p, &err), 0);
	assert_memory_equal(&p.stop, &none, sizeof(none));
	assert_int_equal(parse_with(18, "wiping-closes-it = yes\n[running]\nstop-at-bad-blocks = 7\nstop-below-bytes-per-second = 500000\n"
				     "stop-below-for-seconds = 600\nstop-after-hours = 72\nstop-above-celsius = 70", &p, &err), 0);
	assert_int_equal(p.stop.bad_blocks, 7);
	assert_int_equal(p.stop.least_bytes_per_s, 500000);
	assert_int_equal(p.stop.rate_window_s, 600);
	assert_int_equal(p.stop.longest_s, 72 * 3600);
	assert_int_equal(p.stop.hottest_celsius, 70);
	assert_int_equal(load("default").stop.bad_blocks, 1000);
}

static void test_the_line_is_named(void **state)
{
	struct cw_policy p;
	struct cw_error err = { 0 };

	(void)state;
	assert_int_equal(parse_with(6, "magnetic = dod-3", &p, &err), CW_E_SYNTAX);
	assert_string_equal(err.message, "test.policy:6: There is no scheme \"dod-3\".");
}

static void test_contradictions_are_refused(void **state)
{
	struct cw_policy p;
	struct cw_error err = { 0 };

	(void)state;
	assert_int_equal(parse_with(6, "magnetic = keystream\nmagnetic-small = zero", &p, &err), CW_E_SYNTAX);
	assert_int_equal(parse_with(6, "magnetic = keystream\nsmall-below-bytes = 15", &p, &err), CW_E_SYNTAX);
	assert_int_equal(parse_with(6, "magnetic = keystream\nmagnetic-small = zero\nsmall-below-bytes = -1", &p, &err), CW_E_SYNTAX);
	assert_int_equal(parse_with(6, "magnetic = keystream\nmagnetic-small = zero\nsmall-below-bytes = 99999999999999999999", &p, &err), CW_E_SYNTAX);
	assert_int_equal(parse_with(18, "wiping-closes-it = yes\n[running]\nstop-below-for-seconds = 60", &p, &err), CW_E_SYNTAX);
	assert_int_equal(parse_with(18, "wiping-closes-it = yes\n[running]\nstop-below-bytes-per-second = 1", &p, &err), CW_E_SYNTAX);
	assert_int_equal(parse_with(8, "groups =", &p, &err), 0);
	assert_int_equal(parse_with(0, NULL, &p, &err), 0);
	assert_int_equal(cw_policy_parse("empty", "", 0, &p, &err), CW_E_SYNTAX);
}

static void test_over_long_texts_are_refused_not_cut(void **state)
{
	char line[CW_TEXT_MAX + 32] = "title = ";
	struct cw_policy p;
	struct cw_error err = { 0 };

	(void)state;
	memset(line + strlen(line), 'x', CW_TEXT_MAX);
	assert_int_equal(parse_with(3, line, &p, &err), CW_E_SYNTAX);
}

/* ---- folders ---- */

struct folder {
	char path[64];
	int fd;
};

static struct folder folder_new(void)
{
	struct folder f = { .path = "/tmp/certwipe-test-XXXXXX" };

	assert_non_null(mkdtemp(f.path));
	f.fd = open(f.path, O_RDONLY | O_DIRECTORY);
	assert_true(f.fd >= 0);
	return f;
}

static void folder_put(const struct folder *f, const char *name, const char *id)
{
	struct cw_buf text CW_AUTO_BUF = { 0 };
	struct cw_error err = { 0 };

	for (size_t i = 0; i < CW_ARRAY_LEN(good); i++) {
		if (i == 1)
			cw_buf_printf(&text, "id = %s\n", id);
		else
			cw_buf_printf(&text, "%s\n", good[i]);
	}
	assert_int_equal(cw_file_write(f->fd, name, text.data, text.len, 0600, true, &err), 0);
}

static void folder_clear(struct folder *f, const char *const *names)
{
	for (; *names; names++)
		unlinkat(f->fd, *names, 0);
	close(f->fd);
	rmdir(f->path);
}

static void test_the_first_folder_wins(void **state)
{
	struct folder f = folder_new();
	const char *const folders[] = { "/nonexistent", f.path, "share/policy", NULL };
	static const char *const names[] = { "default.policy", "zz.policy", "wrong.policy", "notes.txt", NULL };
	struct cw_policy p;
	struct cw_error err = { 0 };
	json_t *list CW_AUTO_JSON = NULL;

	(void)state;
	folder_put(&f, "default.policy", "default");
	folder_put(&f, "zz.policy", "zz");
	folder_put(&f, "wrong.policy", "other");
	folder_put(&f, "notes.txt", "notes");
	assert_int_equal(cw_policy_load(folders, "default", &p, &err), 0);
	assert_string_equal(p.title, "Test");
	assert_int_equal(cw_policy_load(folders, "lab", &p, &err), 0);
	assert_int_equal(cw_policy_load(folders, "wrong", &p, &err), CW_E_SYNTAX);
	list = cw_policy_list(folders);
	assert_int_equal(json_array_size(list), 8);
	for (size_t i = 1; i < json_array_size(list); i++)
		assert_true(strcmp(cw_json_str(json_array_get(list, i - 1), "id", ""), cw_json_str(json_array_get(list, i), "id", "")) < 0);
	assert_string_equal(cw_json_str(json_array_get(list, 0), "title", ""), "Test");
	assert_string_equal(cw_json_str(json_array_get(list, 6), "id", ""), "wrong");
	assert_true(cw_json_str(json_array_get(list, 6), "error", "")[0] != '\0');
	folder_clear(&f, names);
}

static void test_names_cannot_leave_the_folder(void **state)
{
	static const char *const ids[] = { "", ".", "..", "../policy/default", "a/b", "Default", "default.policy/../default", "x y", "\xe6\x94\xbf" };
	struct cw_policy p;
	struct cw_error err = { 0 };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(ids); i++)
		assert_int_equal(cw_policy_load(shipped, ids[i], &p, &err), CW_E_USAGE);
	assert_int_equal(cw_policy_load(shipped, "nobodys", &p, &err), CW_E_NO_FILE);
	assert_non_null(strstr(err.message, "nobodys"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shipped_policies_mean_what_they_say),
		cmocka_unit_test(test_only_the_laboratory_takes_virtual_media),
		cmocka_unit_test(test_digest_is_of_the_file),
		cmocka_unit_test(test_every_key_is_needed),
		cmocka_unit_test(test_bad_words_are_refused_with_file_and_line),
		cmocka_unit_test(test_how_jobs_run_may_be_left_out),
		cmocka_unit_test(test_rules_that_stop_a_job),
		cmocka_unit_test(test_the_line_is_named),
		cmocka_unit_test(test_contradictions_are_refused),
		cmocka_unit_test(test_over_long_texts_are_refused_not_cut),
		cmocka_unit_test(test_the_first_folder_wins),
		cmocka_unit_test(test_names_cannot_leave_the_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
