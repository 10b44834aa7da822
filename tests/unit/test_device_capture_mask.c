/* SPDX-License-Identifier: Apache-2.0 */
/* A masked capture tells nobody which medium it was made of, and still shows the same medium: same kind, same quality, same relations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../sim/capture_bench.h"
#include "../sim/drive.h"

#define ATA "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0"
#define MMC "pci0000:00/0000:00:1a.0/mmc_host/mmc0/mmc0:0001"

/* ---- captures of a real kernel ---- */

/* Letters, digits and what is beyond ASCII, in lower case. */
static void fold(char *dst, const char *text, size_t len)
{
	for (; len; text++, len--)
		if (isalnum((unsigned char)*text) || (unsigned char)*text >= 0x80)
			*dst++ = (char)tolower((unsigned char)*text);
	*dst = '\0';
}

/* As text in any spelling, as a number in a raw page, or as text with the bytes of each word swapped. */
static bool stands_in_value(const char *hex, const char *want)
{
	size_t n = strlen(hex) / 2;
	char bytes[CW_CAPTURE_VALUE_MAX + 1], folded[CW_CAPTURE_VALUE_MAX + 1];

	assert_true(n <= CW_CAPTURE_VALUE_MAX && cw_unhex((uint8_t *)bytes, n, hex));
	fold(folded, bytes, n);
	if (strstr(hex, want) || strstr(folded, want))
		return true;
	for (size_t i = 0; i + 1 < n; i += 2) {
		char first = bytes[i];

		bytes[i] = bytes[i + 1];
		bytes[i + 1] = first;
	}
	fold(folded, bytes, n);
	return strstr(folded, want);
}

/* NULL: nowhere. */
static const char *where_it_stands(json_t *doc, const char *secret)
{
	static const char *const places[] = { "attributes", "properties" };
	static char all[CW_JSON_MAX_BYTES];
	CW_AUTO_FREE char *text = json_dumps(doc, JSON_COMPACT);
	char want[CW_SERIAL_MAX];

	fold(want, secret, strlen(secret));
	for (size_t i = 0; i < CW_ARRAY_LEN(places); i++) {
		const char *key;
		json_t *value;

		json_object_foreach(json_object_get(json_object_get(doc, "seen"), places[i]), key, value)
			if (json_is_string(value) && stands_in_value(json_string_value(value), want))
				return key;
	}
	assert_true(strlen(text) < sizeof(all));
	fold(all, text, strlen(text));
	return strstr(all, want) ? "the document" : NULL;
}

/* What names the medium of a fixture, or its data.  The SD card's deadbeef is everybody's and stays. */
static const struct {
	const char *fixture, *secret;
} secrets[] = {
	{ "loop", "/run/medium.img" },
	{ "nvme-namespace-1", "NVME0001" },
	{ "nvme-namespace-2", "4e564d4530303031" }, /* the same, as the kernel puts it into the name of the namespace */
	{ "sas-hdd", "SASHDD01" },
	{ "sas-hdd", "5000c50012345678" },
	{ "sas-ssd-4kn", "SASSSD4K" },
	{ "sata-dvd-pressed", "DVDFULL01" },
	{ "sata-dvd-pressed", "LABCD" },
	{ "sata-hdd", "SATAHDD01" },
	{ "sata-ssd", "SATASSD01" },
	{ "sata-ssd", "5000c50012345671" },
	{ "sata-ssd", "SATAEXT" },
	{ "sd-card", "LABSD" },
	{ "usb-bridge-hdd", "CASE00000000" },
	{ "usb-bridge-hdd", "BRIDGEHDD1" },
	{ "usb-cd-rw", "OPTICALU7" },
	{ "usb-cd-rw", "BURNERU7" },
	{ "usb-reader-card", "20100201396000000" },
	{ "usb-stick", "60A44C3FAE93" },
	{ "usb-stick", "LABSTICK" },
	{ "usb-stick-hostile", "HOSTILE" },
	{ "usb-stick-hostile", "99999999999999999999999999999999" },
	{ "usb-stick-hostile", "\350\263\207\346\226\231" },
	{ "usb-uas-ssd", "UASDISK1" },
	{ "usb-uas-ssd", "UAS0001" },
	{ "virtio-disk", "VIRTIO01" },
};

static void test_masked_fixtures_tell_no_serial(void **state)
{
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(secrets); i++) {
		CW_AUTO_JSON json_t *doc = capture_fixture(secrets[i].fixture);
		CW_AUTO_BUF struct cw_buf text = { 0 };
		const char *where;

		assert_non_null(where_it_stands(doc, secrets[i].secret)); /* or there would be nothing to hide */
		capture_masked(doc, &text);
		where = where_it_stands(doc, secrets[i].secret);
		if (where)
			fail_msg("%s: %s stands in %s", secrets[i].fixture, secrets[i].secret, where);
	}
}

/* The mistake that was reported must still be there. */
static void test_masked_fixtures_replay_as_the_same_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < CAPTURE_FIXTURES; i++) {
		CW_AUTO_JSON json_t *doc = capture_fixture(capture_fixtures[i].name);
		CW_AUTO_BUF struct cw_buf text = { 0 };
		struct cw_medium m;

		capture_masked(doc, &text);
		m = capture_assert_replays(capture_fixtures[i].name, &text);
		capture_assert_is(&capture_fixtures[i], &m);
	}
}

/* ---- what the fixtures do not have ---- */

static void put_swapped(uint8_t *at, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		at[i ^ 1] = (uint8_t)text[i];
}

/* A drive that tells its serial number and its name in every way there is. */
static void ata_drive(struct capture_bench *b)
{
	static const uint8_t name[] = { 0x50, 0x01, 0x4e, 0xe2, 0xb5, 0xc6, 0xd7, 0xe8 };
	uint8_t page80[4 + 20] = { 0, 0x80, 0, 20 }, page83[4 + 4 + 8 + 4 + 68] = { 0, 0x83, 0, sizeof(page83) - 4, 1, 3, 0, 8 }, page89[60 + 512] = { 0, 0x89, 2, 0x38 };
	const char *serial = "     WD-WCC4E5HJ6L7M", *t10 = "ATA     WDC WD40EFRX-68N32N0                         WD-WCC4E5HJ6L7M";

	memcpy(page80 + 4, serial, 20);
	memcpy(page83 + 8, name, 8);
	memcpy(page83 + 16, (const uint8_t[]){ 2, 1, 0, 68 }, 4);
	memcpy(page83 + 20, t10, 68);
	put_swapped(page89 + 60 + 20, serial, 20);
	put_swapped(page89 + 60 + 54, "WDC WD40EFRX-68N32N0                    ", 40);
	put_swapped(page89 + 60 + 216, (const char *)name, 8);
	tree_disk(&b->tree, ATA "/block", "sda", 8, 0, 125000000);
	bench_link(b, ATA, "subsystem", "sys/bus/scsi");
	bench_link(b, ATA "/block/sda", "device", "sys/devices/" ATA);
	tree_text(&b->tree, "sys/devices/" ATA "/vendor", "ATA     \n");
	tree_text(&b->tree, "sys/devices/" ATA "/model", "WDC WD40EFRX-68N\n");
	tree_text(&b->tree, "sys/devices/" ATA "/wwid", "naa.50014ee2b5c6d7e8\n");
	tree_bytes(&b->tree, "sys/devices/" ATA "/vpd_pg80", page80, sizeof(page80));
	tree_bytes(&b->tree, "sys/devices/" ATA "/vpd_pg83", page83, sizeof(page83));
	tree_bytes(&b->tree, "sys/devices/" ATA "/vpd_pg89", page89, sizeof(page89));
	static const char *const told[][2] = {
		{ "ID_SERIAL", "WDC_WD40EFRX-68N32N0_WD-WCC4E5HJ6L7M" },
		{ "ID_SERIAL_SHORT", "WD-WCC4E5HJ6L7M" },
		{ "ID_WWN", "0x50014ee2b5c6d7e8" },
		{ "ID_FS_LABEL", "My_photos" },
		{ "ID_FS_LABEL_ENC", "My\\x20photos" },
		{ "ID_FS_UUID", "0a3407de-014b-458b-b5c1-848e92a327a3" },
		{ "ID_OWNER", "Alice Chang" },
		{ "DEVLINKS", "/dev/disk/by-id/ata-WDC_WD40EFRX-68N32N0_WD-WCC4E5HJ6L7M /dev/disk/by-id/wwn-0x50014ee2b5c6d7e8 /dev/disk/by-label/My\\x20photos "
			      "/dev/disk/by-uuid/0a3407de-014b-458b-b5c1-848e92a327a3 /dev/backup-of-alice" },
	};

	memcpy(b->properties, told, sizeof(told));
}


static void test_mask_reaches_every_place_and_keeps_relations(void **state)
{
	static const char *const secret[] = { "WCC4E5HJ6L7M", "014ee2b5c6d7e8", "photos", "0a3407de", "848e92a327a3", "alice", "chang" };
	struct capture_bench *b = *state;
	CW_AUTO_BUF struct cw_buf text = { 0 };
	char value[CW_CAPTURE_VALUE_MAX + 1], label[CW_CAPTURE_VALUE_MAX + 1], swapped[20];
	json_t *part = json_pack("[{s:i, s:i, s:i, s:s, s:s, s:s, s:s}]", "number", 0, "offsetBytes", 0, "sizeBytes", 512, "type", "ext4", "usage", "filesystem", "label",
				 "My photos", "uuid", "0a3407de-014b-458b-b5c1-848e92a327a3");
	struct cw_medium m;

	ata_drive(b);
	m = bench_recorded(b, "sda", part, &text);
	assert_string_equal(m.full_serial, "WD-WCC4E5HJ6L7M");
	for (size_t i = 0; i < CW_ARRAY_LEN(secret); i++)
		assert_non_null(where_it_stands(b->doc, secret[i]));
	capture_masked(b->doc, &text);
	for (size_t i = 0; i < CW_ARRAY_LEN(secret); i++)
		assert_null(where_it_stands(b->doc, secret[i]));

	m = capture_assert_replays("masked", &text);
	assert_int_equal(m.class_, CW_CLASS_HDD_ATA);
	assert_int_equal(m.serial.quality, CW_QUALITY_GOOD);
	assert_int_equal(m.wwn.quality, CW_QUALITY_GOOD);
	assert_string_equal(m.model.text, "WDC WD40EFRX-68N32N0");
	assert_int_equal(strlen(m.full_serial), 15);
	assert_int_equal(m.full_serial[2], '-');
	assert_memory_equal(m.wwn.text, "naa.5", 5);

	/* What was one serial number still is. */
	bench_value(b, "properties", "ID_SERIAL", value);
	assert_memory_equal(value, "WDC_WD40EFRX-68N32N0_", 21);
	assert_string_equal(value + 21, m.full_serial);
	bench_value(b, "attributes", "devices/" ATA "/vpd_pg83", value);
	assert_memory_equal(value + 20, "ATA     WDC WD40EFRX-68N32N0 ", 29);
	assert_memory_equal(value + 20 + 68 - 15, m.full_serial, 15);
	bench_value(b, "attributes", "devices/" ATA "/vpd_pg89", value);
	put_swapped((uint8_t *)swapped, value + 60 + 20, 20);
	assert_memory_equal(swapped + 5, m.full_serial, 15);
	bench_value(b, "properties", "ID_WWN", value);
	assert_string_equal(value + 2, m.wwn.text + 4);
	bench_value(b, "properties", "ID_FS_LABEL_ENC", label);
	assert_memory_equal(label + 2, "\\x20", 4);
	bench_value(b, "properties", "DEVLINKS", value);
	assert_non_null(strstr(value, label));
	assert_non_null(strstr(value, m.full_serial));
	assert_non_null(strstr(value, m.wwn.text + 4));
	bench_value(b, "properties", "ID_FS_LABEL", value);
	assert_memory_equal(value, label, 2);
	assert_string_equal(value + 3, label + 6);
}

/* A short number must not be replaced wherever the same digits stand. */
static void test_mask_of_a_short_serial_leaves_numbers_alone(void **state)
{
	struct capture_bench *b = *state;
	CW_AUTO_BUF struct cw_buf text = { 0 };
	char value[CW_CAPTURE_VALUE_MAX + 1];

	bench_usb_stick(b, "16604");
	tree_attr(&b->tree, "sdb", "size", "16604\n");
	tree_text(&b->tree, "sys/devices/" BENCH_USB "/model", "Stick 166045 B\n");
	bench_recorded(b, "sdb", NULL, &text);
	capture_masked(b->doc, &text);
	assert_string_not_equal(capture_assert_replays("masked", &text).full_serial, "16604");
	bench_value(b, "attributes", "devices/" BENCH_USB "/block/sdb/size", value);
	assert_string_equal(value, "16604\n");
	bench_value(b, "attributes", "devices/" BENCH_USB "/model", value);
	assert_string_equal(value, "Stick 166045 B\n");
}

/* What certwipe says of a serial number is cut where the number is longer; the rest must not stay because it is not the whole. */
static void test_mask_of_a_serial_that_was_cut(void **state)
{
	struct capture_bench *b = *state;
	CW_AUTO_BUF struct cw_buf text = { 0 };
	char serial[2 * CW_TEXT_MAX + 1], begin[13] = "";
	struct cw_medium m;

	for (size_t i = 0; i < sizeof(serial); i++)
		serial[i] = (char)('A' + (i * i * 7 + i / 3) % 26);
	serial[sizeof(serial) - 1] = '\0';
	memcpy(begin, serial, sizeof(begin) - 1);
	bench_usb_stick(b, serial);
	m = bench_recorded(b, "sdb", NULL, &text);
	assert_int_equal(strlen(m.serial.text), CW_TEXT_MAX - 1);
	assert_non_null(where_it_stands(b->doc, begin));
	capture_masked(b->doc, &text);
	m = capture_assert_replays("masked", &text);
	assert_null(where_it_stands(b->doc, begin));
	assert_memory_equal(m.full_serial, m.serial.text, CW_TEXT_MAX - 1);
}

static void test_mask_keeps_what_everybody_has(void **state)
{
	struct capture_bench *b = *state;
	CW_AUTO_BUF struct cw_buf text = { 0 };
	struct cw_medium m;

	bench_usb_stick(b, "0123456789ABCDEF");
	bench_recorded(b, "sdb", NULL, &text);
	capture_masked(b->doc, &text);
	m = capture_assert_replays("masked", &text);
	assert_string_equal(m.full_serial, "0123456789ABCDEF");
	assert_int_equal(m.serial.quality, CW_QUALITY_WEAK);
}

static void test_mask_is_another_each_time(void **state)
{
	CW_AUTO_JSON json_t *a = capture_fixture("usb-stick"), *c = capture_fixture("usb-stick");
	CW_AUTO_BUF struct cw_buf x = { 0 }, y = { 0 };

	(void)state;
	capture_masked(a, &x);
	capture_masked(c, &y);
	assert_string_not_equal(x.data, y.data);
}

static void test_mask_of_a_card_keeps_its_maker(void **state)
{
	struct capture_bench *b = *state;
	CW_AUTO_BUF struct cw_buf text = { 0 };
	struct cw_medium m;

	tree_disk(&b->tree, MMC "/block", "mmcblk0", 179, 0, 62333952);
	bench_link(b, MMC, "subsystem", "sys/bus/mmc");
	bench_link(b, MMC "/block/mmcblk0", "device", "sys/devices/" MMC);
	tree_text(&b->tree, "sys/devices/" MMC "/type", "MMC\n");
	tree_text(&b->tree, "sys/devices/" MMC "/serial", "0x7a5e13c9\n");
	tree_text(&b->tree, "sys/devices/" MMC "/cid", "150100424a544434520" "67a5e13c94f00\n");
	tree_disk(&b->tree, MMC "/block/mmcblk0", "mmcblk0rpmb", 179, 24, 8192);
	tree_disk(&b->tree, MMC "/block/mmcblk0", "mmcblk0boot1", 179, 16, 8192);
	tree_disk(&b->tree, MMC "/block/mmcblk0", "mmcblk0boot0", 179, 8, 8192);
	m = bench_recorded(b, "mmcblk0", NULL, &text);
	assert_int_equal(m.class_, CW_CLASS_EMMC);
	assert_non_null(strstr(m.hidden_why, "mmcblk0boot0 mmcblk0boot1 mmcblk0rpmb"));
	capture_masked(b->doc, &text);
	m = capture_assert_replays("masked", &text);
	assert_memory_equal(m.cid.text, "150100424a54443452", 18);
	assert_null(strstr(m.cid.text, "7a5e13c9"));
	assert_non_null(strstr(m.cid.text, m.full_serial + 2));
}

/* ---- what it answered ---- */

#define SECTORS 4096

static struct cw_capabilities told;

static void ask(struct cw_transport *t, const struct cw_medium *m)
{
	cw_capabilities_ask(t, m, &told);
	assert_true(told.asked);
	cw_transport_free(t);
}

/* The serial number stands in no value and no answer: plain, as a number, or with the bytes of each word swapped. */
static void assert_answers_tell_no(const json_t *doc, const char *serial)
{
	json_t *answer;
	char want[64];
	size_t i;

	fold(want, serial, strlen(serial));
	json_array_foreach(json_object_get(json_object_get(doc, "seen"), "answers"), i, answer)
		if (stands_in_value(cw_json_str(answer, "dataInHex", ""), want))
			fail_msg("answer %zu tells %s", i, serial);
}

static void assert_told_yes(const struct replay *r, const char *feature)
{
	json_t *features = json_object_get(json_object_get(json_object_get(r->doc, "told"), "capabilities"), "features");

	assert_string_equal(cw_json_str(json_object_get(features, feature), "state", ""), "yes");
}

/* A drive in a USB case: its own serial number stands nowhere but in what it answered. */
static void test_mask_reaches_what_an_ata_drive_answered(void **state)
{
	static const char *const serials[] = { "S4XNF0M7", "WD-WCC4E5HJ6L7M", "S4XNF0M712345678901K" };

	for (size_t i = 0; i < CW_ARRAY_LEN(serials); i++) {
		struct capture_bench *b = *state;
		CW_AUTO_BUF struct cw_buf text = { 0 };
		struct cw_error err = { 0 };
		struct sim *medium = sim_new(SECTORS * 512, 512, 512);
		struct sim_ata *ata = sim_ata_new(medium);
		const struct cw_medium m = { .class_ = CW_CLASS_USB_BRIDGE_SSD, .bus = CW_BUS_USB, .size_bytes = SECTORS * 512, .logical_bytes = 512, .has_medium = 1 };
		struct replay r;

		if (i) {
			json_decref(b->doc);
			b->doc = NULL;
			tree_remove(&b->tree);
			tree_make(&b->tree);
		}
		cw_strlcpy(ata->serial, serials[i], sizeof(ata->serial));
		ask(&sim_scsi_new(&medium->t, medium, ata)->t, &m);
		bench_usb_stick(b, "60A44C3FAE93");
		tree_attr(&b->tree, "sdb", "size", "%d\n", SECTORS);
		tree_bytes(&b->tree, "sys/devices/" BENCH_USB "/vpd_pg89", "\0\x89\0", 4);
		b->asked = &told;
		assert_int_equal(bench_recorded(b, "sdb", NULL, &text).class_, CW_CLASS_USB_BRIDGE_SSD);
		assert_non_null(strstr(text.data, serials[i]));
		capture_masked(b->doc, &text);
		assert_null(strstr(text.data, serials[i]));
		assert_answers_tell_no(b->doc, serials[i]);
		capture_assert_replays("masked", &text);
		/* Its checksum is right: else nothing at all would be believed. */
		capture_good(replay_open(text.data, text.len, &r, &err), &err);
		assert_told_yes(&r, "ata-sanitize-block");
		replay_close(&r);
	}
}

/* Right before the serial number of an NVMe controller stand the bytes of its vendor, which may be letters (NVM Express Base 2.1, Identify Controller). */
static void put_vendor(json_t *answers)
{
	static const char vendor[] = "4d144d41";
	json_t *answer;
	size_t i;

	json_array_foreach(answers, i, answer) {
		char hex[2 * CW_CAPTURE_VALUE_MAX + 1] = "";

		if (!cw_strlcpy(hex, cw_json_str(answer, "dataInHex", ""), sizeof(hex)) || strlen(hex) != 2 * 4096 || strncmp(cw_json_str(answer, "requestHex", "") + 80, "01", 2))
			continue;
		memcpy(hex, vendor, sizeof(vendor) - 1);
		json_object_set_new(answer, "dataInHex", json_string(hex));
		return;
	}
	fail_msg("no controller was identified");
}

static void test_mask_reaches_what_an_nvme_drive_answered(void **state)
{
	static const char *const serials[] = { "S4XN", "S4XNF0M712345678901K" };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(serials); i++) {
		CW_AUTO_JSON json_t *doc = capture_fixture("nvme-namespace-1");
		CW_AUTO_BUF struct cw_buf text = { 0 };
		struct cw_error err = { 0 };
		struct sim *medium;
		struct sim_nvme *n;
		struct replay r;
		struct cw_medium m;

		capture_canonical(doc, &text);
		capture_good(replay_open(text.data, text.len, &r, &err), &err);
		m = replay_describe(&r);
		replay_close(&r);
		medium = sim_new(SECTORS * 512, 512, 512);
		n = sim_nvme_new(&medium->t, medium);
		cw_strlcpy(n->serial, serials[i], sizeof(n->serial));
		ask(&n->t, &m);
		json_t *capabilities = cw_capabilities_json(&told, true);

		put_vendor(json_object_get(capabilities, "answers"));
		json_object_set(json_object_get(doc, "seen"), "answers", json_object_get(capabilities, "answers"));
		json_object_del(capabilities, "answers");
		json_object_set_new(json_object_get(doc, "told"), "capabilities", capabilities);
		capture_canonical(doc, &text);
		capture_assert_replays("real", &text);
		capture_masked(doc, &text);
		assert_answers_tell_no(doc, serials[i]);
		capture_assert_replays("masked", &text);
	}
}

#define ON_BENCH(test) cmocka_unit_test_setup_teardown(test, bench_make, bench_drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_masked_fixtures_tell_no_serial),
		cmocka_unit_test(test_masked_fixtures_replay_as_the_same_kind),
		ON_BENCH(test_mask_reaches_every_place_and_keeps_relations),
		ON_BENCH(test_mask_of_a_short_serial_leaves_numbers_alone),
		ON_BENCH(test_mask_of_a_serial_that_was_cut),
		ON_BENCH(test_mask_keeps_what_everybody_has),
		cmocka_unit_test(test_mask_is_another_each_time),
		ON_BENCH(test_mask_of_a_card_keeps_its_maker),
		ON_BENCH(test_mask_reaches_what_an_ata_drive_answered),
		cmocka_unit_test(test_mask_reaches_what_an_nvme_drive_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
