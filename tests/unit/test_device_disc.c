/* SPDX-License-Identifier: Apache-2.0 */
/* What udev's cdrom_id says of a drive becomes the disc in it; the property sets are those that Linux 6.1 and systemd 252 gave in the lab. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/device/describe.h"
#include "../../src/device/disc.h"
#include "../sim/device_tree.h"

#define BURNER "pci0000:00/0000:00:05.0/usb1/1-1/1-1:1.0/host6/target6:0:0/6:0:0:0/block"
#define INVENTED_SECTORS 0x1fffff

/* The profiles of a burner and of a drive that only reads. */
#define WRITES "ID_CDROM", "1", "ID_CDROM_CD", "1", "ID_CDROM_CD_R", "1", "ID_CDROM_CD_RW", "1", "ID_CDROM_DVD", "1", "ID_CDROM_DVD_R", "1", "ID_CDROM_BD", "1", \
	"ID_CDROM_BD_RE", "1"
#define READS "ID_CDROM", "1", "ID_CDROM_CD", "1", "ID_CDROM_DVD", "1", "ID_CDROM_BD", "1"
#define DISC(name) "ID_CDROM_MEDIA", "1", "ID_CDROM_MEDIA_" name, "1"
#define STATE(state) "ID_CDROM_MEDIA_STATE", state
#define PROPERTIES(...) ((const char *[]){ __VA_ARGS__, NULL })

static int make(void **state)
{
	const char vpd80[] = "\0\x80\0\x0b" "K98D2GH1234";
	struct tree *t = calloc(1, sizeof(*t));

	tree_make(t);
	tree_disk(t, BURNER, "sr0", 11, 0, 736);
	tree_link(t, "sys/devices/pci0000:00/0000:00:05.0/usb1/1-1/subsystem", "sys/bus/usb");
	tree_link(t, "sys/devices/pci0000:00/0000:00:05.0/usb1/1-1/1-1:1.0/host6/target6:0:0/6:0:0:0/subsystem", "sys/bus/scsi");
	tree_attr(t, "sr0", "device/vendor", "HL-DT-ST\n");
	tree_attr(t, "sr0", "device/model", "DVDRAM GH24NSD1 \n");
	tree_attr(t, "sr0", "device/type", "5\n");
	tree_attr_bytes(t, "sr0", "device/vpd_pg80", vpd80, sizeof(vpd80) - 1);
	tree_attr(t, "sr0", "removable", "1\n");
	*state = t;
	return 0;
}

static int drop(void **state)
{
	tree_remove(*state);
	free(*state);
	return 0;
}

static const char *properties(void *user, const char *name)
{
	const char *const *pairs = user;

	for (; pairs[0]; pairs += 2)
		if (!strcmp(pairs[0], name))
			return pairs[1];
	return NULL;
}

static struct cw_medium insert(struct tree *t, uint64_t sectors, const char **pairs)
{
	tree_attr(t, "sr0", "size", "%llu\n", (unsigned long long)sectors);
	return tree_describe(t, "sr0", properties, pairs);
}

static void test_kinds(void **state)
{
	static const struct {
		const char *property;
		uint32_t class_;
	} kinds[] = {
		{ "CD", CW_CLASS_OPTICAL_PRESSED }, { "CD_R", CW_CLASS_CD_R },           { "CD_RW", CW_CLASS_CD_RW },       { "DVD", CW_CLASS_OPTICAL_PRESSED },
		{ "DVD_R", CW_CLASS_DVD_R },        { "DVD_R_DL", CW_CLASS_DVD_R },      { "DVD_RAM", CW_CLASS_DVD_RAM },   { "DVD_RW", CW_CLASS_DVD_RW },
		{ "DVD_RW_DL", CW_CLASS_DVD_RW },   { "DVD_PLUS_R", CW_CLASS_DVD_R },    { "DVD_PLUS_R_DL", CW_CLASS_DVD_R }, { "DVD_PLUS_RW", CW_CLASS_DVD_PLUS_RW },
		{ "BD", CW_CLASS_OPTICAL_PRESSED }, { "DVD_PLUS_RW_DL", CW_CLASS_DVD_PLUS_RW }, { "BD_R", CW_CLASS_BD_R },  { "BD_RE", CW_CLASS_BD_RE },
		{ "HDDVD", CW_CLASS_UNKNOWN },
	};

	for (size_t i = 0; i < CW_ARRAY_LEN(kinds); i++) {
		char property[64];
		struct cw_medium m;

		snprintf(property, sizeof(property), "ID_CDROM_MEDIA_%s", kinds[i].property);
		m = insert(*state, 736, PROPERTIES(WRITES, "ID_CDROM_MEDIA", "1", property, "1", STATE("complete")));
		assert_int_equal(m.class_, kinds[i].class_);
		assert_int_equal(m.bus, CW_BUS_USB);
		assert_int_equal(m.has_medium, 1);
		assert_int_equal(m.size_bytes, 736 * 512);
	}
}

static void test_serial_is_the_drives(void **state)
{
	struct cw_medium m = insert(*state, 736, PROPERTIES(WRITES, DISC("CD_RW"), STATE("complete")));

	assert_string_equal(m.full_serial, "K98D2GH1234");
	assert_int_equal(m.serial.source, CW_SOURCE_VPD80);
	assert_int_equal(m.serial.quality, CW_QUALITY_WEAK);
	assert_true(m.serial.why[0] && cw_identity_is_weak(&m));
}

static void test_maker_of_a_drive_on_an_ata_port(void **state)
{
	struct tree *t = *state;
	struct cw_medium m;

	tree_disk(t, "pci0000:00/0000:00:1f.2/ata3/host2/target2:0:0/2:0:0:0/block", "sr1", 11, 1, 736);
	tree_link(t, "sys/devices/pci0000:00/0000:00:1f.2/ata3/host2/target2:0:0/2:0:0:0/subsystem", "sys/bus/scsi");
	tree_attr(t, "sr1", "device/vendor", "HL-DT-ST\n");
	tree_attr(t, "sr1", "device/model", "DVDRAM GH24NSD1 \n");
	m = tree_describe(t, "sr1", properties, PROPERTIES(WRITES, DISC("DVD")));
	assert_int_equal(m.bus, CW_BUS_ATA);
	assert_string_equal(m.vendor.text, "HL-DT-ST");
	assert_string_equal(m.model.text, "DVDRAM GH24NSD1");
}

static void test_empty_tray(void **state)
{
	/* The kernel's made-up size, with udev and without. */
	struct cw_medium m = insert(*state, INVENTED_SECTORS, PROPERTIES(WRITES));

	assert_int_equal(m.has_medium, 0);
	assert_int_equal(m.size_bytes, 0);
	assert_int_equal(m.class_, CW_CLASS_UNKNOWN);
	assert_int_equal(m.disc, CW_DISC_UNKNOWN);
	assert_string_equal(cw_medium_words(&m), "empty drive or slot");
	assert_int_equal(insert(*state, INVENTED_SECTORS, PROPERTIES("DEVTYPE", "disk")).has_medium, 0);
	assert_int_equal(insert(*state, 736, PROPERTIES("DEVTYPE", "disk")).has_medium, 1);
}

static void test_blank_disc_has_no_size_whatever_the_kernel_holds(void **state)
{
	static const uint64_t sectors[] = { 4, 0, INVENTED_SECTORS, 16384 }; /* READ CAPACITY of one block; after a read error; no answer; the disc before */

	for (size_t i = 0; i < CW_ARRAY_LEN(sectors); i++) {
		struct cw_medium m = insert(*state, sectors[i], PROPERTIES(WRITES, DISC("CD_R"), STATE("blank"), "ID_CDROM_MEDIA_SESSION_NEXT", "1"));

		assert_int_equal(m.has_medium, 1);
		assert_int_equal(m.class_, CW_CLASS_CD_R);
		assert_int_equal(m.disc, CW_DISC_BLANK);
		assert_int_equal(m.size_bytes, 0);
	}
}

static void test_zeros_that_udev_calls_blank_are_no_blank_disc(void **state)
{
	static const char *const kinds[] = { "ID_CDROM_MEDIA_DVD_PLUS_RW", "ID_CDROM_MEDIA_DVD_RAM", "ID_CDROM_MEDIA_DVD_RW_RO" };

	for (size_t i = 0; i < CW_ARRAY_LEN(kinds); i++) {
		struct cw_medium m = insert(*state, 16384, PROPERTIES(WRITES, "ID_CDROM_MEDIA", "1", kinds[i], "1", STATE("blank"), "ID_CDROM_MEDIA_SESSION_COUNT", "1"));

		assert_int_equal(m.disc, CW_DISC_UNKNOWN);
		assert_int_equal(m.size_bytes, 16384 * 512);
		/* the drive itself says so of one that was never formatted */
		m = insert(*state, 4, PROPERTIES(WRITES, "ID_CDROM_MEDIA", "1", kinds[i], "1", STATE("blank"), "ID_CDROM_MEDIA_SESSION_NEXT", "1"));
		assert_int_equal(m.disc, CW_DISC_BLANK);
		assert_int_equal(m.size_bytes, 0);
	}
}

static void test_appendable_and_closed(void **state)
{
	assert_int_equal(insert(*state, 736, PROPERTIES(WRITES, DISC("DVD_PLUS_R"), STATE("appendable"))).disc, CW_DISC_APPENDABLE);
	assert_int_equal(insert(*state, 736, PROPERTIES(WRITES, DISC("CD_RW"), STATE("complete"))).disc, CW_DISC_CLOSED);
	/* what is written at any block is never closed */
	assert_int_equal(insert(*state, 16384, PROPERTIES(WRITES, DISC("BD_RE"), STATE("complete"))).disc, CW_DISC_UNKNOWN);
	assert_int_equal(insert(*state, 16384, PROPERTIES(WRITES, DISC("DVD_RAM"), STATE("other"))).disc, CW_DISC_UNKNOWN);
	assert_int_equal(insert(*state, 736, PROPERTIES(WRITES, DISC("CD"))).disc, CW_DISC_UNKNOWN);
}

static void test_disc_that_does_not_answer_is_there_without_a_size(void **state)
{
	struct cw_medium m = insert(*state, INVENTED_SECTORS, PROPERTIES(WRITES, DISC("DVD_R"), STATE("complete")));

	assert_int_equal(m.has_medium, 1);
	assert_int_equal(m.size_bytes, 0);
	assert_int_equal(m.class_, CW_CLASS_DVD_R);
}

static void test_drive_that_only_reads_cannot_tell(void **state)
{
	struct cw_medium m = insert(*state, 736, PROPERTIES(READS, DISC("CD")));

	assert_int_equal(m.class_, CW_CLASS_OPTICAL_PRESSED);
	assert_int_equal(m.read_only, 1);
	assert_string_not_equal(cw_medium_words(&m), cw_class_words(m.class_));
	/* writes CDs, reads DVDs */
	m = insert(*state, 736, PROPERTIES(READS, "ID_CDROM_CD_RW", "1", DISC("DVD")));
	assert_int_equal(m.read_only, 1);
	m = insert(*state, 736, PROPERTIES(READS, "ID_CDROM_CD_RW", "1", DISC("CD")));
	assert_int_equal(m.read_only, 0);
	assert_string_equal(cw_medium_words(&m), cw_class_words(m.class_));
	assert_int_equal(insert(*state, 736, PROPERTIES(WRITES, DISC("BD"))).read_only, 0);
}

static void test_write_protected_dvd_ram(void **state)
{
	assert_int_equal(insert(*state, 16384, PROPERTIES(WRITES, DISC("DVD_RAM"), STATE("complete"))).read_only, 1);
	assert_int_equal(insert(*state, 16384, PROPERTIES(WRITES, DISC("DVD_RAM"), STATE("other"))).read_only, 0);
}

static void test_what_is_recorded_survives_the_journal(void **state)
{
	struct cw_medium m = insert(*state, 4, PROPERTIES(WRITES, DISC("BD_R"), STATE("blank"))), back;
	CW_AUTO_JSON json_t *doc = cw_medium_json(&m);
	struct cw_error err;

	assert_string_equal(cw_json_str(doc, "disc", ""), "blank");
	assert_int_equal(cw_medium_of_json(doc, NULL, &back, &err), 0);
	assert_int_equal(back.disc, CW_DISC_BLANK);
	json_object_set_new(doc, "disc", json_string("molten"));
	assert_int_equal(cw_medium_of_json(doc, NULL, &back, &err), CW_E_INVALID);
	json_object_del(doc, "disc"); /* everything else has no such key */
	assert_int_equal(cw_medium_of_json(doc, NULL, &back, &err), 0);
}

static void test_contents_of_a_blank_disc(void **state)
{
	struct cw_medium m = insert(*state, 4, PROPERTIES(WRITES, DISC("CD_R"), STATE("blank")));
	CW_AUTO_JSON json_t *once = NULL, *again = NULL;
	struct cw_contents c;
	char phrase[64];

	cw_contents_blank(&m, &c);
	once = cw_contents_json(&c, true);
	assert_true(c.known && json_array_size(once) == 0);
	cw_contents_phrase(&c, phrase, sizeof(phrase));
	assert_string_equal(phrase, "blank");
	/* a rewritable one may have been blanked quickly: it must not look like an empty medium */
	m = insert(*state, 4, PROPERTIES(WRITES, DISC("CD_RW"), STATE("blank")));
	cw_contents_blank(&m, &c);
	again = cw_contents_json(&c, true);
	assert_int_equal(json_array_size(again), 1);
	assert_non_null(strstr(cw_json_str(json_array_get(again, 0), "why", ""), "old data"));
}

static void assert_drive(const char **pairs, const char *expected)
{
	const struct cw_dev d = { .root = "/sys", .dir = "/sys/devices/x/sr0", .property = properties, .user = pairs };
	CW_AUTO_JSON json_t *doc = cw_disc_drive_json(&d);
	CW_AUTO_FREE char *text = doc ? json_dumps(doc, JSON_COMPACT) : NULL;

	assert_string_equal(text ? text : "none", expected);
}

static void test_what_a_drive_can_do_whatever_lies_in_it(void **state)
{
	(void)state;
	assert_drive(PROPERTIES(WRITES), "{\"writes\":[\"CD-R\",\"CD-RW\",\"DVD-R\",\"BD-RE\"],\"blanks\":[\"CD-RW\"]}");
	assert_drive(PROPERTIES(READS, DISC("CD_RW")), "{\"writes\":[],\"blanks\":[]}");
	assert_drive(PROPERTIES("ID_BUS", "usb"), "none");
}

#define WITH_DRIVE(test) cmocka_unit_test_setup_teardown(test, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DRIVE(test_kinds),
		WITH_DRIVE(test_serial_is_the_drives),
		WITH_DRIVE(test_maker_of_a_drive_on_an_ata_port),
		WITH_DRIVE(test_empty_tray),
		WITH_DRIVE(test_blank_disc_has_no_size_whatever_the_kernel_holds),
		WITH_DRIVE(test_zeros_that_udev_calls_blank_are_no_blank_disc),
		WITH_DRIVE(test_appendable_and_closed),
		WITH_DRIVE(test_disc_that_does_not_answer_is_there_without_a_size),
		WITH_DRIVE(test_drive_that_only_reads_cannot_tell),
		WITH_DRIVE(test_write_protected_dvd_ram),
		WITH_DRIVE(test_what_is_recorded_survives_the_journal),
		WITH_DRIVE(test_contents_of_a_blank_disc),
		cmocka_unit_test(test_what_a_drive_can_do_whatever_lies_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
