/* SPDX-License-Identifier: Apache-2.0 */
/* What people see of media: a row each, and nothing of the serial number that they have to read from the label. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/render/text.h"

static void id(json_t *medium, const char *key, const char *text)
{
	json_object_set_new(medium, key, json_pack("{s:s, s:s, s:s, s:s}", "text", text, "source", "mmc-cid", "quality", "good", "why", ""));
}

static char *inspected(json_t *medium)
{
	CW_AUTO_JSON json_t *doc = json_pack("{s:o, s:{s:s}, s:s, s:s}", "medium", medium, "attachment", "node", "/dev/mmcblk0", "words", "SD card", "state", "ready");
	struct cw_buf out = { 0 };

	cw_text_inspect(doc, 0, &out);
	return cw_buf_take(&out);
}

static void a_card_id_does_not_give_the_serial_away(void **state)
{
	json_t *sd = json_pack("{s:s}", "fullSerial", "0x7f3a91c2"), *short_one = json_object();

	(void)state;
	id(sd, "serial", "0x7f3a91c2");
	id(sd, "cid", "0353445343363447807f3a91c2013b00");
	CW_AUTO_FREE char *shown = inspected(sd);

	assert_non_null(strstr(shown, "035344534336344780......3b00"));
	assert_non_null(strstr(shown, "0x7f......"));
	assert_null(strstr(shown, "7f3a91c2"));
	assert_null(strstr(shown, "3a91c2"));
	id(short_one, "cid", "7f3a91c2");
	CW_AUTO_FREE char *cut = inspected(short_one);

	assert_null(strstr(cut, "3a91c2"));
}

static void an_empty_drive_has_neither_size_nor_contents(void **state)
{
	json_t *medium = json_pack("{s:b, s:I, s:I, s:{s:s, s:s}}", "hasMedium", 0, "sizeBytes", (json_int_t)0, "logicalBytes", (json_int_t)512, "hidden", "state", "unknown", "why", "x");
	CW_AUTO_JSON json_t *doc = json_pack("{s:o, s:{s:s, s:s}, s:s, s:s, s:b, s:s, s:[{s:i, s:s, s:s}]}", "medium", medium, "attachment", "node", "/dev/sr0", "port", "pci-0", "words",
					     "empty drive or slot", "state", "no-medium", "contentsKnown", 0, "contentsWhy", "no medium", "contents", "number", 0, "type", "", "why", "no medium");
	CW_AUTO_BUF struct cw_buf out = { 0 };

	(void)state;
	cw_text_inspect(doc, 0, &out);
	assert_string_equal(out.data, "/dev/sr0  empty drive or slot\n"
				      "  attached at       pci-0\n"
				      "  state             no medium\n");
}

static char *drive_seen(const char *state, json_t *drive)
{
	CW_AUTO_JSON json_t *doc = json_pack("{s:{s:b}, s:{s:s}, s:s, s:s, s:o}", "medium", "hasMedium", 0, "attachment", "node", "/dev/sr3", "words", "empty drive or slot", "state",
					     state, "drive", drive);
	struct cw_buf out = { 0 };

	cw_text_inspect(doc, 0, &out);
	return cw_buf_take(&out);
}

static void a_drive_tells_what_it_can_do_and_whether_its_tray_is_out(void **state)
{
	CW_AUTO_FREE char *burner = drive_seen("no-medium", json_pack("{s:[s, s], s:[s], s:s}", "writes", "CD-R", "CD-RW", "blanks", "CD-RW", "tray", "open"));
	CW_AUTO_FREE char *reader = drive_seen("no-medium", json_pack("{s:[], s:[], s:s}", "writes", "blanks", "tray", "closed"));

	(void)state;
	assert_non_null(strstr(burner, "drive writes      CD-R, CD-RW\n"));
	assert_non_null(strstr(burner, "drive blanks      CD-RW\n"));
	assert_non_null(strstr(burner, "tray              open\n"));
	assert_non_null(strstr(reader, "it only reads"));
	assert_null(strstr(reader, "drive blanks"));
	assert_non_null(strstr(reader, "none that the drive recognises"));
}

/* Only what no software does anything about. */
static void a_disc_that_cannot_be_wiped_comes_with_the_command_to_type_next(void **state)
{
	CW_AUTO_FREE char *once = drive_seen("write-once", json_object()), *ready = drive_seen("ready", json_object());

	(void)state;
	assert_non_null(strstr(once, "certwipe destroy /dev/sr3\n"));
	assert_null(strstr(ready, "certwipe destroy"));
}

static char *prepared(const char *class_, const char *ask)
{
	CW_AUTO_JSON json_t *doc = json_pack("{s:s, s:s, s:b, s:{s:s}, s:[s]}", "node", "/dev/sr0", "words", "medium", "weakIdentity", 1, "plan", "class", class_, "ask", ask);
	struct cw_buf out = { 0 };

	cw_text_prepared(doc, 1000, &out);
	return cw_buf_take(&out);
}

static void before_a_disc_is_wiped_a_number_on_it_is_asked_for_and_why(void **state)
{
	CW_AUTO_FREE char *disc = prepared("BD_RE", "replug"), *stick = prepared("USB_STICK", "replug"), *named = prepared("BD_RE", "asset-tag");

	(void)state;
	assert_non_null(strstr(disc, "is that of the drive"));
	assert_non_null(strstr(disc, "assetTag=NUMBER --out"));
	assert_null(strstr(named, "assetTag"));
	assert_non_null(strstr(named, "is that of the drive"));
	assert_null(strstr(stick, "assetTag"));
	assert_non_null(strstr(stick, "Look twice"));
}

static void a_blank_disc_is_called_so(void **state)
{
	json_t *medium = json_pack("{s:b, s:I, s:s}", "hasMedium", 1, "sizeBytes", (json_int_t)0, "disc", "blank");
	CW_AUTO_JSON json_t *doc = json_pack("{s:o, s:{s:s}, s:s, s:b, s:s, s:[]}", "medium", medium, "attachment", "node", "/dev/sr0", "state", "write-once", "contentsKnown", 1,
					     "contentsWhy", "", "contents");
	CW_AUTO_BUF struct cw_buf out = { 0 };

	(void)state;
	cw_text_inspect(doc, 0, &out);
	assert_non_null(strstr(out.data, "contents          blank\n"));
	assert_null(strstr(out.data, "nothing recognised"));
	assert_null(strstr(out.data, "0 bytes"));
}

static char *listed(json_t *media)
{
	CW_AUTO_JSON json_t *doc = json_pack("{s:b, s:o}", "all", 1, "media", media);
	struct cw_buf out = { 0 };

	cw_text_list(doc, 0, &out);
	return cw_buf_take(&out);
}

static void one_of_several_namespaces_is_called_so(void **state)
{
	CW_AUTO_FREE char *shown = listed(json_pack("[{s:s, s:s, s:s, s:I, s:s}, {s:s, s:s, s:s, s:I, s:s}]", "node", "/dev/nvme0n1", "words", "solid-state drive (NVMe)", "model", "970 EVO",
						    "namespaces", (json_int_t)2, "state", "ready", "node", "/dev/nvme1n1", "words", "solid-state drive (NVMe)", "model", "980 PRO", "namespaces",
						    (json_int_t)1, "state", "zoned"));

	(void)state;
	assert_non_null(strstr(shown, "970 EVO, one of 2 namespaces"));
	assert_null(strstr(shown, "980 PRO, one of"));
	assert_non_null(strstr(shown, "cannot be overwritten"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_card_id_does_not_give_the_serial_away),
		cmocka_unit_test(an_empty_drive_has_neither_size_nor_contents),
		cmocka_unit_test(a_drive_tells_what_it_can_do_and_whether_its_tray_is_out),
		cmocka_unit_test(a_disc_that_cannot_be_wiped_comes_with_the_command_to_type_next),
		cmocka_unit_test(before_a_disc_is_wiped_a_number_on_it_is_asked_for_and_why),
		cmocka_unit_test(a_blank_disc_is_called_so),
		cmocka_unit_test(one_of_several_namespaces_is_called_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
