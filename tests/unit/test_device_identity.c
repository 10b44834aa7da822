/* SPDX-License-Identifier: Apache-2.0 */
/* A person must be able to name the medium from its label, screens must not give the answer away, and another medium must never pass for the one authorised. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "certwipe/device.h"

static void set(struct cw_id *id, const char *text, uint32_t source)
{
	cw_strlcpy(id->text, text, sizeof(id->text));
	id->raw_len = (uint32_t)strlen(id->text);
	memcpy(id->raw, id->text, id->raw_len);
	id->source = source;
}

static struct cw_medium stick(const char *serial)
{
	struct cw_medium m = { .node = "/dev/sdb", .name = "sdb", .port = "usb-1", .diskseq = 7, .dev_major = 8, .dev_minor = 16, .bus = CW_BUS_USB,
			       .class_ = CW_CLASS_USB_STICK, .size_bytes = 64000000000, .logical_bytes = 512, .physical_bytes = 512, .removable = 1,
			       .hotplug = 1, .has_medium = 1, .hidden = CW_HIDDEN_NONE };

	set(&m.vendor, "Kingston", CW_SOURCE_INQUIRY);
	set(&m.model, "DataTraveler 3.0", CW_SOURCE_INQUIRY);
	set(&m.usb_id, "0951:1666", CW_SOURCE_USB);
	set(&m.serial, serial, CW_SOURCE_USB);
	cw_strlcpy(m.full_serial, serial, sizeof(m.full_serial));
	cw_identity_grade(&m);
	return m;
}

/* ---- mask and match ---- */

static void test_mask_hides_the_answer(void **state)
{
	static const struct { const char *serial, *shown; } cases[] = {
		{ "WD-WCC4E5ABC123", "WD-WCC4E5......" }, { "60A44C3FAE93", "60A44C......" }, { "ABC123", "......" }, { "AB", "......" }, { "", "" },
		{ "WX 12-34-56 78", "WX 12-......" }, /* six characters that are read, not six with the dashes */
		{ "AB-------123456", "AB-------......" }, { "序號甲乙丙丁戊己", "序號......" },
	};
	char shown[64];

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(cases); i++) {
		cw_serial_mask(shown, sizeof(shown), cases[i].serial);
		if (strcmp(shown, cases[i].shown))
			fail_msg("%s was shown as %s", cases[i].serial, shown);
	}
}

static void test_mask_never_shows_any_of_the_answer(void **state)
{
	char serial[64], shown[8];

	(void)state;
	for (size_t len = 1; len < 40; len++) {
		memset(serial, 'a', len);
		for (size_t i = 0; i < 6 && i < len; i++)
			serial[len - 1 - i] = 'Z';
		serial[len] = '\0';
		for (size_t size = 1; size <= sizeof(shown); size++) {
			cw_serial_mask(shown, size, serial);
			assert_null(strchr(shown, 'Z'));
			assert_true(strlen(shown) < size);
		}
	}
	cw_serial_mask(shown, sizeof(shown), "序號甲乙丙丁戊己庚"); /* too small for it: cut between characters */
	assert_true(cw_text_is_printable(shown));
}

static void test_typed_serial_matches(void **state)
{
	struct cw_medium m = stick("WD-WCC4E5ABC123");

	(void)state;
	assert_true(cw_serial_matches(&m, "WD-WCC4E5ABC123"));
	assert_true(cw_serial_matches(&m, "wd wcc4e5abc123"));
	assert_true(cw_serial_matches(&m, "ABC123"));
	assert_true(cw_serial_matches(&m, " abc-123 "));
	assert_false(cw_serial_matches(&m, "BC123"));
	assert_false(cw_serial_matches(&m, "5ABC123"));
	assert_false(cw_serial_matches(&m, "ABC124"));
	assert_false(cw_serial_matches(&m, "......"));
	assert_false(cw_serial_matches(&m, ""));
	assert_false(cw_serial_matches(&m, "   "));
}

static void test_serial_that_says_nothing_never_matches(void **state)
{
	static const char *const poor[] = { "", "0000000000000000", "0123456789ABCDEF", "1234567890", "123", "AAAAAAAA", "------", "FEDCBA9876543210" };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(poor); i++) {
		struct cw_medium m = stick(poor[i]);
		size_t len = strlen(poor[i]);

		assert_false(cw_serial_matches(&m, poor[i]));
		assert_false(cw_serial_matches(&m, poor[i] + (len > 6 ? len - 6 : 0)));
		assert_true(cw_identity_is_weak(&m));
	}
}

static void test_virtual_medium_is_named_by_its_path(void **state)
{
	struct cw_medium m = stick("/srv/lab/stick-1.img");

	(void)state;
	m.virtual_ = 1;
	m.bus = CW_BUS_LOOP;
	assert_true(cw_serial_matches(&m, "/srv/lab/stick-1.img"));
	assert_true(cw_serial_matches(&m, "-1.img"));
	assert_false(cw_serial_matches(&m, "k1.img"));
	assert_false(cw_serial_matches(&m, "/SRV/LAB/STICK-1.IMG"));
	assert_false(cw_serial_matches(&m, "stick-1.img"));
}

/* ---- grading ---- */

static void test_quality(void **state)
{
	static const struct { const char *serial; enum cw_quality quality; } cases[] = {
		{ "60A44C3FAE93", CW_QUALITY_GOOD }, { "QM00001", CW_QUALITY_GOOD }, { "0x1a2b3c4d", CW_QUALITY_WEAK }, { "0x7f3a91c2", CW_QUALITY_GOOD },
		{ "", CW_QUALITY_NONE }, { "1", CW_QUALITY_WEAK }, { "000000000001", CW_QUALITY_WEAK }, { "FFFFFFFFFFFF", CW_QUALITY_WEAK },
		{ "0123456789abcdef", CW_QUALITY_WEAK }, { "9876543210", CW_QUALITY_WEAK }, { "none", CW_QUALITY_WEAK },
		{ "ABC\\x1b[2J123", CW_QUALITY_WEAK },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(cases); i++) {
		struct cw_medium m = stick(cases[i].serial);

		if (m.serial.quality != cases[i].quality)
			fail_msg("\"%s\" is %s", cases[i].serial, cw_quality_name(m.serial.quality));
		assert_int_equal(cases[i].quality == CW_QUALITY_GOOD, m.serial.why[0] == '\0');
	}
}

static void test_wwn_of_zeros_is_no_name(void **state)
{
	struct cw_medium m = stick("");

	(void)state;
	set(&m.wwn, "naa.5000000000000000", CW_SOURCE_VPD83);
	cw_identity_grade(&m);
	assert_int_equal(m.wwn.quality, CW_QUALITY_WEAK);
	assert_true(cw_identity_is_weak(&m));
	set(&m.wwn, "naa.50014ee2b1234567", CW_SOURCE_VPD83);
	m.wwn.quality = CW_QUALITY_NONE;
	cw_identity_grade(&m);
	assert_int_equal(m.wwn.quality, CW_QUALITY_GOOD);
	assert_false(cw_identity_is_weak(&m));
}

static void test_what_the_finder_called_weak_stays_weak(void **state)
{
	struct cw_medium m = stick("60A44C3FAE93");

	(void)state;
	m.serial.quality = CW_QUALITY_WEAK;
	cw_strlcpy(m.serial.why, "It belongs to the reader.", sizeof(m.serial.why));
	cw_identity_grade(&m);
	assert_int_equal(m.serial.quality, CW_QUALITY_WEAK);
	assert_string_equal(m.serial.why, "It belongs to the reader.");
}

/* ---- digest and comparison ---- */

static void test_any_other_medium_is_refused(void **state)
{
	struct cw_medium a = stick("60A44C3FAE93"), b;
	struct cw_error err = { 0 };
	char da[CW_SHA256_HEX], db[CW_SHA256_HEX];

	(void)state;
	assert_int_equal(cw_identity_digest(&a, da, &err), 0);
	for (int change = 0; change < 9; change++) {
		b = a;
		switch (change) {
		case 0: b.bus = CW_BUS_SCSI; break;
		case 1: set(&b.vendor, "Other", CW_SOURCE_INQUIRY); break;
		case 2: set(&b.model, "Other", CW_SOURCE_INQUIRY); break;
		case 3: cw_strlcpy(b.full_serial, "60A44C3FAE94", sizeof(b.full_serial)); break;
		case 4: set(&b.wwn, "naa.5", CW_SOURCE_VPD83); break;
		case 5: set(&b.cid, "00", CW_SOURCE_MMC); break;
		case 6: set(&b.usb_id, "0951:1667", CW_SOURCE_USB); break;
		case 7: b.size_bytes += 512; break;
		default: b.logical_bytes = 4096; break;
		}
		assert_int_equal(cw_identity_digest(&b, db, &err), 0);
		assert_string_not_equal(da, db);
		assert_int_equal(cw_identity_compare(&a, &b, false, &err), CW_E_IDENTITY);
		assert_true(err.message[0]);
	}
}

static void test_refusal_does_not_give_the_serial_away(void **state)
{
	struct cw_medium a = stick("60A44C3FAE93"), b = stick("60A44C3FAE94");
	struct cw_error err = { 0 };

	(void)state;
	assert_int_equal(cw_identity_compare(&a, &b, false, &err), CW_E_IDENTITY);
	assert_null(strstr(err.message, "3FAE93"));
	assert_null(strstr(err.message, "3FAE94"));
}

static void test_replugged_medium_is_the_same_medium_elsewhere(void **state)
{
	struct cw_medium a = stick("60A44C3FAE93"), b = a;
	struct cw_error err = { 0 };
	char da[CW_SHA256_HEX], db[CW_SHA256_HEX];

	(void)state;
	cw_strlcpy(b.node, "/dev/sdc", sizeof(b.node));
	assert_int_equal(cw_identity_compare(&a, &b, true, &err), CW_E_IDENTITY);
	b = a;
	b.diskseq++;
	assert_int_equal(cw_identity_compare(&a, &b, true, &err), CW_E_IDENTITY);
	b = a;
	a.disc_changed_ms = 5;
	assert_int_equal(cw_identity_compare(&a, &b, true, &err), 0); /* not told of one of them */
	b.disc_changed_ms = 6;
	assert_int_equal(cw_identity_compare(&a, &b, true, &err), CW_E_IDENTITY);
	assert_int_equal(cw_identity_compare(&a, &b, false, &err), 0);
	b = a;
	cw_strlcpy(b.port, "usb-2", sizeof(b.port));
	assert_int_equal(cw_identity_compare(&a, &b, true, &err), CW_E_IDENTITY);
	assert_int_equal(cw_identity_compare(&a, &b, false, &err), 0);
	assert_int_equal(cw_identity_digest(&a, da, &err) | cw_identity_digest(&b, db, &err), 0);
	assert_string_equal(da, db);
}

static void test_identity_that_is_no_text_is_refused(void **state)
{
	struct cw_medium m = stick("60A44C3FAE93");
	struct cw_error err = { 0 };
	char digest[CW_SHA256_HEX];

	(void)state;
	set(&m.vendor, "\xff\xfe", CW_SOURCE_INQUIRY);
	assert_int_equal(cw_identity_digest(&m, digest, &err), CW_E_INVALID);
}

/* ---- JSON ---- */

static void test_journal_gives_back_the_same_medium(void **state)
{
	struct cw_medium a = stick("60A44C3FAE93"), b;
	struct cw_error err = { 0 };
	char da[CW_SHA256_HEX], db[CW_SHA256_HEX];
	CW_AUTO_JSON json_t *medium, *attachment;
	CW_AUTO_BUF struct cw_buf canonical = { 0 };

	(void)state;
	a.hidden = CW_HIDDEN_PRESENT;
	a.hidden_bytes = 512;
	cw_strlcpy(a.hidden_why, "why", sizeof(a.hidden_why));
	a.namespaces = 2;
	medium = cw_medium_json(&a);
	attachment = cw_attachment_json(&a);
	assert_int_equal(cw_json_canonical(medium, &canonical, &err), 0);
	assert_int_equal(cw_medium_of_json(medium, attachment, &b, &err), 0);
	assert_int_equal(cw_identity_compare(&a, &b, true, &err), 0);
	assert_int_equal(cw_identity_digest(&a, da, &err) | cw_identity_digest(&b, db, &err), 0);
	assert_string_equal(da, db);
	assert_memory_equal(&a, &b, sizeof(a));
}

static void test_damaged_journal_gives_no_medium(void **state)
{
	static const char *const keys[] = { "bus", "class", "sizeBytes", "logicalBytes", "removable", "virtual", "namespaces", "hidden", "serial", "fullSerial" };
	struct cw_medium a = stick("60A44C3FAE93"), b;
	struct cw_error err = { 0 };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(keys); i++) {
		CW_AUTO_JSON json_t *medium = cw_medium_json(&a);

		json_object_set_new(medium, keys[i], json_array());
		assert_int_equal(cw_medium_of_json(medium, NULL, &b, &err), CW_E_INVALID);
	}
	CW_AUTO_JSON json_t *medium = cw_medium_json(&a);
	CW_AUTO_JSON json_t *attachment = cw_attachment_json(&a);

	json_object_set_new(json_object_get(medium, "serial"), "text", json_string("\x1b[2J"));
	assert_int_equal(cw_medium_of_json(medium, NULL, &b, &err), CW_E_INVALID);
	json_object_set_new(json_object_get(medium, "serial"), "text", json_string("x"));
	json_object_set_new(json_object_get(medium, "serial"), "rawHex", json_string("0"));
	assert_int_equal(cw_medium_of_json(medium, NULL, &b, &err), CW_E_INVALID);
	json_object_set_new(json_object_get(medium, "serial"), "rawHex", json_string(""));
	json_object_set_new(attachment, "major", json_integer(-1));
	assert_int_equal(cw_medium_of_json(medium, attachment, &b, &err), CW_E_INVALID);
	assert_int_equal(cw_medium_of_json(NULL, NULL, &b, &err), CW_E_INVALID);
}

static void test_names(void **state)
{
	(void)state;
	for (uint32_t c = 0; c < CW_CLASS_COUNT; c++) {
		assert_int_equal(cw_class_of_name(cw_class_name(c)), c);
		assert_true(cw_class_words(c)[0]);
		assert_false(cw_class_is_flash(c) && cw_class_is_optical(c));
		assert_true(!cw_class_is_write_once(c) || cw_class_is_optical(c));
	}
	assert_int_equal(cw_class_of_name("no such"), CW_CLASS_UNKNOWN);
	assert_string_equal(cw_class_name(9999), "UNKNOWN");
	assert_string_equal(cw_bus_name(9999), "unknown");
	assert_string_equal(cw_source_name(9999), "none");
	assert_string_equal(cw_quality_name(9999), "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mask_hides_the_answer),
		cmocka_unit_test(test_mask_never_shows_any_of_the_answer),
		cmocka_unit_test(test_typed_serial_matches),
		cmocka_unit_test(test_serial_that_says_nothing_never_matches),
		cmocka_unit_test(test_virtual_medium_is_named_by_its_path),
		cmocka_unit_test(test_quality),
		cmocka_unit_test(test_wwn_of_zeros_is_no_name),
		cmocka_unit_test(test_what_the_finder_called_weak_stays_weak),
		cmocka_unit_test(test_any_other_medium_is_refused),
		cmocka_unit_test(test_refusal_does_not_give_the_serial_away),
		cmocka_unit_test(test_replugged_medium_is_the_same_medium_elsewhere),
		cmocka_unit_test(test_identity_that_is_no_text_is_refused),
		cmocka_unit_test(test_journal_gives_back_the_same_medium),
		cmocka_unit_test(test_damaged_journal_gives_no_medium),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
