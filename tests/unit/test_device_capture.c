/* SPDX-License-Identifier: Apache-2.0 */
/* What was seen of a medium can be kept and looked at again anywhere; what a stranger sends instead is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "../sim/capture_bench.h"

/* ---- captures of a real kernel ---- */

static void test_every_fixture_is_known(void **state)
{
	DIR *d = opendir(CAPTURE_FOLDER);
	const struct dirent *e;
	size_t n = 0;

	(void)state;
	assert_non_null(d);
	while ((e = readdir(d)))
		n += strstr(e->d_name, ".json") != NULL;
	closedir(d);
	assert_int_equal(n, CAPTURE_FIXTURES);
}

static void test_fixtures_replay(void **state)
{
	(void)state;
	for (size_t i = 0; i < CAPTURE_FIXTURES; i++) {
		CW_AUTO_BUF struct cw_buf text = { 0 };
		struct cw_medium m;

		capture_read_fixture(capture_fixtures[i].name, &text);
		m = capture_assert_replays(capture_fixtures[i].name, &text);
		capture_assert_is(&capture_fixtures[i], &m);
	}
}

static void test_sectors_namespaces_and_zones_replay(void **state)
{
	CW_AUTO_BUF struct cw_buf kn = { 0 }, first = { 0 }, second = { 0 }, zoned = { 0 };
	struct cw_medium a, b;

	(void)state;
	capture_read_fixture("sas-ssd-4kn", &kn);
	assert_int_equal(capture_assert_replays("4Kn", &kn).logical_bytes, 4096);
	capture_read_fixture("nvme-zoned", &zoned);
	assert_true(capture_assert_replays("zoned", &zoned).zoned);
	capture_read_fixture("nvme-namespace-1", &first);
	capture_read_fixture("nvme-namespace-2", &second);
	a = capture_assert_replays("first", &first);
	b = capture_assert_replays("second", &second);
	assert_string_equal(a.full_serial, b.full_serial);
	assert_string_not_equal(a.wwn.text, b.wwn.text);
}

/* There, but it cannot be read: whether an attribute exists says something by itself. */
static void test_what_cannot_be_read_is_there(void **state)
{
	CW_AUTO_JSON json_t *doc = capture_fixture("usb-stick");
	CW_AUTO_BUF struct cw_buf text = { 0 };
	struct cw_error err = { 0 };
	struct replay r;
	json_t *seen = json_object_get(doc, "seen");
	char link[PATH_MAX], path[PATH_MAX];

	(void)state;
	snprintf(link, sizeof(link), "%s/device", cw_json_str(seen, "directory", ""));
	/* The ATA information page: no stick has one, so it must be a drive in a case. */
	snprintf(path, sizeof(path), "%s/vpd_pg89", cw_json_str(json_object_get(seen, "links"), link, ""));
	json_object_set_new(json_object_get(seen, "attributes"), path, json_false());
	capture_canonical(doc, &text);
	capture_good(replay_open(text.data, text.len, &r, &err), &err);
	assert_int_equal(replay_describe(&r).class_, CW_CLASS_USB_BRIDGE_SSD);
	replay_close(&r);
}

/* ---- the recorder ---- */

static void test_recorder_keeps_what_stands_behind_links(void **state)
{
	struct capture_bench *b = *state;
	CW_AUTO_BUF struct cw_buf text = { 0 };

	bench_usb_stick(b, "60A44C3FAE93");
	tree_text(&b->tree, "sys/devices/" BENCH_USB_DEVICE "/not_of_interest", "x\n");
	assert_string_equal(bench_recorded(b, "sdb", NULL, &text).full_serial, "60A44C3FAE93");
	assert_string_equal(json_string_value(bench_attribute(b, "devices/" BENCH_USB "/vendor")), "4b696e6773746f6e0a");
	assert_non_null(bench_attribute(b, "devices/" BENCH_USB_DEVICE "/serial"));
	assert_null(bench_attribute(b, "devices/" BENCH_USB "/block/sdb/device/vendor"));
	assert_null(bench_attribute(b, "devices/" BENCH_USB_DEVICE "/not_of_interest"));
	assert_string_equal(cw_json_str(b->doc, "serials", ""), "real");
	assert_memory_equal(text.data, "{\"schema\":\"certwipe/capture/1\",", 31);
}

/* Where a device hangs and where its driver keeps what is known of it need not be the same place. */
static void test_recorder_follows_links(void **state)
{
	struct capture_bench *b = *state;
	CW_AUTO_BUF struct cw_buf text = { 0 };
	struct cw_medium m;

	tree_disk(&b->tree, "platform/x/block", "sda", 8, 0, 1000);
	bench_link(b, "platform/x/block/sda", "device", "sys/devices/elsewhere");
	tree_text(&b->tree, "sys/devices/elsewhere/wwid", "naa.5000c500a1b2c3d4\n");
	m = bench_recorded(b, "sda", NULL, &text);
	assert_string_equal(m.wwn.text, "naa.5000c500a1b2c3d4");
	assert_non_null(bench_attribute(b, "devices/elsewhere/wwid"));
}

static void test_recorder_keeps_hostile_bytes(void **state)
{
	struct capture_bench *b = *state;
	CW_AUTO_BUF struct cw_buf text = { 0 };
	struct cw_medium m;

	bench_usb_stick(b, "A\033[2J\377\n\342\200\256\\x41B");
	b->properties[0][0] = "ID_MODEL";
	b->properties[0][1] = "\033]0;x\007\377";
	m = bench_recorded(b, "sdb", NULL, &text);
	assert_int_equal(m.serial.raw_len, 15);
	assert_memory_equal(m.serial.raw, "A\033[2J\377\n\342\200\256\\x41B", 15);
	for (size_t i = 0; i < text.len; i++)
		assert_true(text.data[i] >= 0x20 && text.data[i] < 0x7f);
	capture_masked(b->doc, &text);
	capture_assert_replays("masked", &text);
}

static void test_recorder_refuses_more_than_fits(void **state)
{
	struct capture_bench *b = *state;
	struct cw_error err = { 0 };
	char path[PATH_MAX];

	bench_usb_stick(b, "60A44C3FAE93");
	for (unsigned i = 0; i < CW_CAPTURE_ITEMS_MAX; i++) {
		snprintf(path, sizeof(path), "sys/devices/" BENCH_USB "/block/sdb/holders/dm-%u/dev", i);
		tree_text(&b->tree, path, "253:0\n");
	}
	assert_int_equal(bench_record(b, "sdb", NULL, &err), CW_E_TOO_LARGE);
	assert_null(b->doc);
}

static void test_recorder_cuts_long_values(void **state)
{
	struct capture_bench *b = *state;
	CW_AUTO_BUF struct cw_buf text = { 0 };
	static uint8_t page[2 * CW_CAPTURE_VALUE_MAX] = { 0, 0x80, 0, 4, 'S', '1', '2', 'X' };

	bench_usb_stick(b, "60A44C3FAE93");
	tree_bytes(&b->tree, "sys/devices/" BENCH_USB "/vpd_pg80", page, sizeof(page));
	assert_string_equal(bench_recorded(b, "sdb", NULL, &text).full_serial, "S12X");
	assert_int_equal(json_string_length(bench_attribute(b, "devices/" BENCH_USB "/vpd_pg80")), 2 * CW_CAPTURE_VALUE_MAX);
}

static void test_loop_replays_without_its_file(void **state)
{
	struct capture_bench *b = *state;
	static const uint8_t image[512 * 100 + 100];
	CW_AUTO_BUF struct cw_buf text = { 0 };
	struct cw_medium m;
	char path[PATH_MAX];

	tree_virtual(&b->tree, "loop0", 7, 0, 100);
	tree_bytes(&b->tree, "image", image, sizeof(image));
	assert_true(cw_path_join(path, b->tree.root, "image"));
	tree_attr(&b->tree, "loop0", "loop/backing_file", "%s\n", path);
	m = bench_recorded(b, "loop0", NULL, &text);
	assert_int_equal(m.hidden, CW_HIDDEN_PRESENT);
	assert_int_equal(m.hidden_bytes, 100);
	capture_masked(b->doc, &text);
	m = capture_assert_replays("masked", &text);
	assert_int_equal(m.hidden_bytes, 100);
	assert_int_equal(strlen(m.full_serial), strlen(path));
	assert_null(strstr(m.full_serial, "cw-tree"));
}

/* ---- captures that are none ---- */

static void assert_refused(const char *what, const struct cw_buf *text)
{
	struct cw_error err = { 0 };
	struct replay r;

	if (!replay_open(text->data, text->len, &r, &err))
		fail_msg("%s was taken", what);
	assert_int_equal(err.code, CW_E_INVALID);
}

/* Another value for one member: path of keys, '|' between them; value NULL takes it away. */
static void assert_change_refused(const char *path, const char *value)
{
	CW_AUTO_JSON json_t *doc = capture_fixture("usb-stick");
	CW_AUTO_BUF struct cw_buf text = { 0 };
	json_t *at = doc, *new = value ? json_loads(value, JSON_DECODE_ANY, NULL) : NULL;
	char key[2 * CW_CAPTURE_VALUE_MAX];

	assert_true(!value || new);
	for (const char *bar; (bar = strchr(path, '|')); path = bar + 1) {
		snprintf(key, sizeof(key), "%.*s", (int)(bar - path), path);
		at = json_object_get(at, key);
		assert_non_null(at);
	}
	if (new)
		json_object_set_new(at, path, new);
	else
		json_object_del(at, path);
	capture_canonical(doc, &text);
	assert_refused(path, &text);
}

static void test_foreign_keys_and_types_are_refused(void **state)
{
	static const char *const places[] = { "x", "seen|x", "seen|kernel|x", "told|x", "told|medium|x", "told|medium|serial|x", "told|attachment|x", "tool|x" };
	static const char *const wrong[][2] = {
		{ "schema", "\"certwipe/capture/2\"" }, { "serials", "\"none\"" }, { "seen|attributes", "[]" }, { "seen|links", "{\"devices/a\": true}" },
		{ "seen|entries", "{\"devices/a\": \"b\"}" }, { "seen|entries", "{\"devices/a\": [\"..\"]}" }, { "seen|entries", "{\"devices/a\": [\"b/c\"]}" },
		{ "seen|properties", "{\"A\": true}" }, { "seen|properties", "{\"A\": \"4100\"}" }, { "seen|properties", "{\"\": \"41\"}" },
		{ "seen|answers", "[]" }, { "told|capabilities", "{}" }, { "seen|contents", "{}" }, { "seen|contents", "[{}]" }, { "seen|kernel", "\"6.1\"" }, { "seen|directory", "\"etc\"" }, { "seen|backing", "{\"found\": true}" },
		{ "told|medium|class", "\"FLOPPY DISK\"" }, { "told|medium|sizeBytes", "\"1\"" }, { "told|attachment|major", "true" }, { "tool|name", "\"dd\"" },
	};
	static const char *const needed[] = { "schema", "seen", "serials", "told", "tool", "seen|directory", "seen|entries", "seen|kernel", "told|medium|hidden" };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(places); i++)
		assert_change_refused(places[i], "1");
	for (size_t i = 0; i < CW_ARRAY_LEN(wrong); i++)
		assert_change_refused(wrong[i][0], wrong[i][1]);
	for (size_t i = 0; i < CW_ARRAY_LEN(needed); i++)
		assert_change_refused(needed[i], NULL);
}

/* A replay sends nothing; but what could not have been asked was not recorded. */
static void test_answers_to_what_is_never_asked_are_refused(void **state)
{
	static const struct { const char *answer; bool taken; } known[] = {
		{ "{\"set\":\"scsi\",\"requestHex\":\"12018900ff00\",\"durationMs\":1,\"answerHex\":\"0000000000000000\"}", true },
		{ "{\"set\":\"scsi\",\"requestHex\":\"041000000000\",\"durationMs\":1,\"answerHex\":\"0000000000000000\"}", false },
		{ "{\"set\":\"scsi\",\"requestHex\":\"12018900ff00\",\"durationMs\":1}", false },
		{ "7", false },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(known); i++) {
		CW_AUTO_JSON json_t *doc = capture_fixture("usb-stick");
		CW_AUTO_BUF struct cw_buf text = { 0 };
		struct cw_error err = { 0 };
		struct replay r;

		json_object_set_new(json_object_get(doc, "seen"), "answers", json_pack("[o]", json_loads(known[i].answer, JSON_DECODE_ANY, NULL)));
		json_object_set_new(json_object_get(doc, "told"), "capabilities", json_object());
		capture_canonical(doc, &text);
		assert_int_equal(!replay_open(text.data, text.len, &r, &err), known[i].taken);
		if (known[i].taken)
			replay_close(&r);
	}
}

static void test_values_that_are_no_hex_or_too_long_are_refused(void **state)
{
	char long_value[2 * CW_CAPTURE_VALUE_MAX + 8];

	(void)state;
	assert_change_refused("seen|attributes|devices/x", "\"4\"");
	assert_change_refused("seen|attributes|devices/x", "\"4G\"");
	assert_change_refused("seen|attributes|devices/x", "\"4A\"");
	assert_change_refused("seen|attributes|devices/x", "true");
	assert_change_refused("seen|attributes|devices/x", "65");
	snprintf(long_value, sizeof(long_value), "\"%0*d\"", 2 * CW_CAPTURE_VALUE_MAX + 2, 0);
	assert_change_refused("seen|attributes|devices/x", long_value);
	assert_change_refused("seen|properties|A", long_value);
}

static void test_paths_that_lead_elsewhere_are_refused(void **state)
{
	static const char *const paths[] = { "../x", "/etc/x", "devices/../../x", "devices//x", "devices/./x", "devices/x/", "", "." };
	char key[64];

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(paths); i++) {
		char target[64];

		snprintf(key, sizeof(key), "seen|attributes|%s", paths[i]);
		assert_change_refused(key, "\"41\"");
		snprintf(key, sizeof(key), "seen|links|%s", paths[i]);
		assert_change_refused(key, "\"bus/usb\"");
		snprintf(target, sizeof(target), "\"%s\"", paths[i]);
		assert_change_refused("seen|links|devices/x", target);
		assert_change_refused("seen|directory", target);
	}
	/* Below what is a file, and over what is there. */
	assert_change_refused("seen|attributes|devices", "\"41\"");
	assert_change_refused("seen|attributes|devices/pci0000:00/uevent/x", "\"41\"");
	assert_change_refused("seen|links|devices/pci0000:00", "\"bus\"");
}

static void test_too_many_values_are_refused(void **state)
{
	CW_AUTO_JSON json_t *doc = capture_fixture("usb-stick");
	CW_AUTO_BUF struct cw_buf text = { 0 };
	json_t *attributes = json_object_get(json_object_get(doc, "seen"), "attributes");
	char key[32];

	(void)state;
	for (unsigned i = 0; i < CW_CAPTURE_ITEMS_MAX; i++) {
		snprintf(key, sizeof(key), "devices/%u", i);
		json_object_set_new(attributes, key, json_string(""));
	}
	capture_canonical(doc, &text);
	assert_refused("too many", &text);
}

static void test_what_is_cut_or_not_canonical_is_refused(void **state)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };
	size_t whole;

	(void)state;
	capture_read_fixture("usb-stick-hostile", &text);
	whole = text.len;
	for (text.len = 0; text.len < whole; text.len += 131)
		assert_refused("a part", &text);
	text.len = whole - 1;
	assert_refused("all but the last byte", &text);
	text.len = whole;
	capture_assert_replays("whole", &text);
	cw_buf_str(&text, "\n");
	assert_refused("a line break behind it", &text);
}

#define ON_BENCH(test) cmocka_unit_test_setup_teardown(test, bench_make, bench_drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_fixture_is_known),
		cmocka_unit_test(test_fixtures_replay),
		cmocka_unit_test(test_sectors_namespaces_and_zones_replay),
		cmocka_unit_test(test_what_cannot_be_read_is_there),
		ON_BENCH(test_recorder_keeps_what_stands_behind_links),
		ON_BENCH(test_recorder_follows_links),
		ON_BENCH(test_recorder_keeps_hostile_bytes),
		ON_BENCH(test_recorder_refuses_more_than_fits),
		ON_BENCH(test_recorder_cuts_long_values),
		ON_BENCH(test_loop_replays_without_its_file),
		cmocka_unit_test(test_foreign_keys_and_types_are_refused),
		cmocka_unit_test(test_answers_to_what_is_never_asked_are_refused),
		cmocka_unit_test(test_values_that_are_no_hex_or_too_long_are_refused),
		cmocka_unit_test(test_paths_that_lead_elsewhere_are_refused),
		cmocka_unit_test(test_too_many_values_are_refused),
		cmocka_unit_test(test_what_is_cut_or_not_canonical_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
