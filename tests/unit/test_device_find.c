/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in /sys becomes the right kind of medium, with an identity that is worth as much as it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "../../src/device/describe.h"
#include "../sim/device_tree.h"

#define USB "pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host6/target6:0:0/6:0:0:0/block"
#define USB_DEVICE "sys/devices/pci0000:00/0000:00:14.0/usb1/1-2"
#define ATA "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block"
#define SAS "pci0000:00/0000:01:00.0/host1/target1:0:0/1:0:0:0/block"
#define NVME "pci0000:00/0000:00:1d.0/0000:02:00.0/nvme/nvme0"
#define MMC "pci0000:00/0000:00:1a.0/mmc_host/mmc0/mmc0:0001/block"

static int make(void **state)
{
	struct tree *t = calloc(1, sizeof(*t));

	tree_make(t);
	*state = t;
	return 0;
}

static int drop(void **state)
{
	tree_remove(*state);
	free(*state);
	return 0;
}

static void subsystem(struct tree *t, const char *dir, const char *name)
{
	char path[PATH_MAX], bus[64];

	snprintf(path, sizeof(path), "%s/subsystem", dir);
	snprintf(bus, sizeof(bus), "sys/bus/%s", name);
	tree_link(t, path, bus);
}

static void scsi_strings(struct tree *t, const char *name, const char *vendor, const char *model)
{
	tree_attr(t, name, "device/vendor", "%s\n", vendor);
	tree_attr(t, name, "device/model", "%s\n", model);
	tree_attr(t, name, "device/rev", "1.00\n");
	tree_attr(t, name, "device/type", "0\n");
}

static void usb_device(struct tree *t, const char *serial, bool removable)
{
	tree_disk(t, USB, "sdb", 8, 16, 125000000);
	subsystem(t, "sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host6/target6:0:0/6:0:0:0", "scsi");
	subsystem(t, USB_DEVICE, "usb");
	tree_attr(t, "sdb", "removable", "%d\n", removable);
	scsi_strings(t, "sdb", "Kingston", "DataTraveler 3.0");
	tree_text(t, USB_DEVICE "/idVendor", "0951\n");
	tree_text(t, USB_DEVICE "/idProduct", "1666\n");
	if (serial)
		tree_text(t, USB_DEVICE "/serial", "%s\n", serial);
}

/* ---- the kinds of media ---- */

static void test_usb_stick(void **state)
{
	struct tree *t = *state;
	struct cw_medium m;

	usb_device(t, "60A44C3FAE93", true);
	m = tree_describe(t, "sdb", NULL, NULL);
	assert_int_equal(m.bus, CW_BUS_USB);
	assert_int_equal(m.class_, CW_CLASS_USB_STICK);
	assert_string_equal(m.node, "/dev/sdb");
	assert_string_equal(m.vendor.text, "Kingston");
	assert_string_equal(m.model.text, "DataTraveler 3.0");
	assert_string_equal(m.usb_id.text, "0951:1666");
	assert_string_equal(m.full_serial, "60A44C3FAE93");
	assert_int_equal(m.serial.source, CW_SOURCE_USB);
	assert_int_equal(m.serial.quality, CW_QUALITY_GOOD);
	assert_int_equal(m.size_bytes, 64000000000);
	assert_true(m.removable && m.hotplug && m.has_medium && !m.virtual_ && !m.read_only && !m.zoned);
	assert_int_equal(m.hidden, CW_HIDDEN_NONE);
	assert_int_equal(m.diskseq, 816);
	assert_int_equal(m.dev_major, 8);
	assert_int_equal(m.dev_minor, 16);
}

static void test_bridge_needs_proof_of_rotation(void **state)
{
	struct tree *t = *state;
	const uint8_t spins[] = { 0, 0xb1, 0, 0x3c, 0x15, 0x18 }, flash[] = { 0, 0xb1, 0, 0x3c, 0, 1 };
	struct cw_medium m;

	usb_device(t, "DD5641988396B", false);
	/* "rotational" is only the kernel's default here: taking flash for a hard disk would claim too much */
	m = tree_describe(t, "sdb", NULL, NULL);
	assert_int_equal(m.class_, CW_CLASS_USB_BRIDGE_SSD);
	tree_attr_bytes(t, "sdb", "device/vpd_pgb1", spins, sizeof(spins));
	m = tree_describe(t, "sdb", NULL, NULL);
	assert_int_equal(m.class_, CW_CLASS_USB_BRIDGE_HDD);
	assert_int_equal(m.hidden, CW_HIDDEN_UNKNOWN);
	assert_true(m.hidden_why[0]);
	tree_attr_bytes(t, "sdb", "device/vpd_pgb1", flash, sizeof(flash));
	m = tree_describe(t, "sdb", NULL, NULL);
	assert_int_equal(m.class_, CW_CLASS_USB_BRIDGE_SSD);
}

static void test_drive_in_a_case_that_calls_it_removable(void **state)
{
	struct tree *t = *state;
	struct cw_medium m;

	usb_device(t, "DD5641988396B", true);
	tree_attr_bytes(t, "sdb", "device/vpd_pg89", "\0\x89", 2);
	m = tree_describe(t, "sdb", NULL, NULL);
	assert_int_equal(m.class_, CW_CLASS_USB_BRIDGE_SSD);
	assert_int_equal(m.hidden, CW_HIDDEN_UNKNOWN);
}

/* Bulk-Only Transport shows neither VPD pages nor an ATA identity of it. */
static void test_drive_behind_a_bridge_that_tells_nothing(void **state)
{
	struct tree *t = *state;
	struct cw_medium m;

	usb_device(t, "DD5641988396B", true);
	tree_text(t, USB_DEVICE "/idVendor", "174c\n");
	m = tree_describe(t, "sdb", NULL, NULL);
	assert_int_equal(m.class_, CW_CLASS_USB_BRIDGE_SSD);
	assert_int_equal(m.hidden, CW_HIDDEN_UNKNOWN);
}

static void test_bridge_serial_is_not_the_drives(void **state)
{
	struct tree *t = *state;
	const char vpd80[] = "\0\x80\0\x0f" "WD-WCC4E5ABC123";
	struct cw_medium m;

	usb_device(t, "DD5641988396B", false);
	m = tree_describe(t, "sdb", NULL, NULL);
	assert_string_equal(m.bridge_serial.text, "DD5641988396B");
	assert_int_equal(m.serial.quality, CW_QUALITY_WEAK);
	assert_true(cw_identity_is_weak(&m));
	tree_attr_bytes(t, "sdb", "device/vpd_pg80", vpd80, sizeof(vpd80) - 1);
	m = tree_describe(t, "sdb", NULL, NULL);
	assert_string_equal(m.serial.text, "WD-WCC4E5ABC123");
	assert_int_equal(m.serial.source, CW_SOURCE_VPD80);
	assert_false(cw_identity_is_weak(&m));
}

static void test_card_reader_does_not_lend_its_serial(void **state)
{
	struct tree *t = *state;
	struct cw_medium m;

	usb_device(t, "058F63666485", true);
	tree_attr(t, "sdb", "device/model", "STORAGE DEVICE\n");
	tree_text(t, "sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host6/target6:0:0/6:0:0:1/type", "0\n");
	m = tree_describe(t, "sdb", NULL, NULL);
	assert_int_equal(m.serial.quality, CW_QUALITY_WEAK);
	assert_true(cw_identity_is_weak(&m));
}

static void test_single_slot_reader_by_its_name(void **state)
{
	struct tree *t = *state;
	struct cw_medium m;

	usb_device(t, "058F63666485", true);
	tree_text(t, USB_DEVICE "/product", "USB3.0 Card Reader\n");
	m = tree_describe(t, "sdb", NULL, NULL);
	assert_true(cw_identity_is_weak(&m));
}

static void test_empty_slot(void **state)
{
	struct tree *t = *state;
	struct cw_medium m;

	usb_device(t, "058F63666485", true);
	tree_attr(t, "sdb", "size", "0\n");
	m = tree_describe(t, "sdb", NULL, NULL);
	assert_int_equal(m.has_medium, 0);
	assert_int_equal(m.size_bytes, 0);
}

static void test_floppy_drive_that_nobody_opened(void **state)
{
	struct tree *t = *state;
	struct cw_medium m;

	tree_disk(t, "platform/floppy.0/block", "fd0", 2, 0, 8);
	tree_attr(t, "fd0", "removable", "1\n");
	m = tree_describe(t, "fd0", NULL, NULL);
	assert_int_equal(m.class_, CW_CLASS_FLOPPY);
	assert_int_equal(m.has_medium, 0);
	assert_int_equal(m.size_bytes, 0);
	tree_attr(t, "fd0", "size", "2880\n");
	m = tree_describe(t, "fd0", NULL, NULL);
	assert_int_equal(m.has_medium, 1);
	assert_int_equal(m.size_bytes, 1474560);
}

static void identify_string(uint8_t *page, size_t word, size_t words, const char *text)
{
	for (size_t i = 0; i < 2 * words; i++)
		page[60 + 2 * word + (i ^ 1)] = (uint8_t)(i < strlen(text) ? text[i] : ' ');
}

static void test_sata_drive(void **state)
{
	struct tree *t = *state;
	uint8_t page[60 + 512] = { 0, 0x89 };
	const char vpd80[] = "\0\x80\0\x14" "     WD-WCC4E5ABC123";
	struct cw_medium m;

	tree_disk(t, ATA, "sda", 8, 0, 7814037168);
	subsystem(t, "sys/devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0", "scsi");
	scsi_strings(t, "sda", "ATA     ", "WDC WD40EZRZ-00G");
	identify_string(page, 27, 20, "WDC WD40EZRZ-00GXCB0");
	identify_string(page, 23, 4, "80.00A80");
	tree_attr_bytes(t, "sda", "device/vpd_pg89", page, sizeof(page));
	tree_attr_bytes(t, "sda", "device/vpd_pg80", vpd80, sizeof(vpd80) - 1);
	tree_attr(t, "sda", "device/wwid", "naa.50014ee2b1234567\n");
	m = tree_describe(t, "sda", NULL, NULL);
	assert_int_equal(m.bus, CW_BUS_ATA);
	assert_int_equal(m.class_, CW_CLASS_HDD_ATA);
	assert_string_equal(m.model.text, "WDC WD40EZRZ-00GXCB0");
	assert_string_equal(m.firmware.text, "80.00A80");
	assert_string_equal(m.vendor.text, "");
	assert_string_equal(m.serial.text, "WD-WCC4E5ABC123");
	assert_int_equal(m.serial.raw_len, 20); /* blanks and all */
	assert_string_equal(m.wwn.text, "naa.50014ee2b1234567");
	assert_false(m.hotplug);
	tree_attr(t, "sda", "queue/rotational", "0\n");
	m = tree_describe(t, "sda", NULL, NULL);
	assert_int_equal(m.class_, CW_CLASS_SSD_ATA);
}

static void test_wwn_that_spells_the_serial_out_is_not_taken(void **state)
{
	struct tree *t = *state;
	struct cw_medium m;

	tree_disk(t, ATA, "sda", 8, 0, 2048);
	tree_attr(t, "sda", "device/wwid", "t10.ATA     QEMU HARDDISK           QM00001\n");
	m = tree_describe(t, "sda", NULL, NULL);
	assert_string_equal(m.wwn.text, "");
}

static void test_sas_drive(void **state)
{
	struct tree *t = *state;
	struct cw_medium m;

	tree_disk(t, SAS, "sdc", 8, 32, 2048);
	subsystem(t, "sys/devices/pci0000:00/0000:01:00.0/host1/target1:0:0/1:0:0:0", "scsi");
	scsi_strings(t, "sdc", "SEAGATE ", "ST4000NM0023    ");
	m = tree_describe(t, "sdc", NULL, NULL);
	assert_int_equal(m.bus, CW_BUS_SCSI);
	assert_int_equal(m.class_, CW_CLASS_HDD_SCSI);
	assert_string_equal(m.vendor.text, "SEAGATE");
	assert_int_equal(m.hidden, CW_HIDDEN_UNKNOWN);
	tree_attr(t, "sdc", "queue/rotational", "0\n");
	assert_int_equal(tree_describe(t, "sdc", NULL, NULL).class_, CW_CLASS_SSD_SAS);
	tree_attr(t, "sdc", "device/type", "7\n"); /* magneto-optical */
	assert_int_equal(tree_describe(t, "sdc", NULL, NULL).class_, CW_CLASS_UNKNOWN);
}

static void test_nvme_namespaces_differ(void **state)
{
	struct tree *t = *state;
	struct cw_medium a, b;
	struct cw_error err;

	subsystem(t, "sys/devices/" NVME, "nvme");
	for (unsigned n = 1; n <= 2; n++) {
		char name[16];

		snprintf(name, sizeof(name), "nvme0n%u", n);
		tree_disk(t, NVME, name, 259, n, 2048);
		tree_attr(t, name, "device/serial", "S4EWNX0R123456  \n");
		tree_attr(t, name, "device/model", "Samsung SSD 970 EVO Plus 1TB\n");
		tree_attr(t, name, "device/firmware_rev", "2B2QEXM7\n");
		tree_attr(t, name, "nsid", "%u\n", n);
		tree_attr(t, name, "wwid", "nvme.144d-5334-53616d-0000000%u\n", n);
	}
	a = tree_describe(t, "nvme0n1", NULL, NULL);
	b = tree_describe(t, "nvme0n2", NULL, NULL);
	assert_int_equal(a.class_, CW_CLASS_NVME);
	assert_int_equal(a.serial.source, CW_SOURCE_NVME);
	assert_string_equal(a.serial.text, "S4EWNX0R123456");
	assert_int_equal(a.wwn.quality, CW_QUALITY_WEAK);
	assert_int_equal(cw_identity_compare(&a, &b, false, &err), CW_E_IDENTITY);
}

static const char *properties(void *user, const char *name)
{
	const char *const *pairs = user;

	for (; pairs[0]; pairs += 2)
		if (!strcmp(pairs[0], name))
			return pairs[1];
	return NULL;
}

static void test_nvme_over_a_network(void **state)
{
	static const char where[] = "virtual/nvme-fabrics/ctl/nvme0";
	static const char *const path[] = { "ID_PATH", "pci-0000:02:00.0-nvme-1", NULL };
	struct tree *t = *state;
	struct cw_medium m;

	subsystem(t, "sys/devices/virtual/nvme-fabrics/ctl/nvme0", "nvme");
	tree_disk(t, where, "nvme0n1", 259, 1, 2048);
	tree_attr(t, "nvme0n1", "device/transport", "tcp\n");
	tree_attr(t, "nvme0n1", "device/address", "traddr=192.0.2.7,trsvcid=4420,src_addr=192.0.2.99\n");
	m = tree_describe(t, "nvme0n1", NULL, NULL);
	assert_int_equal(m.bus, CW_BUS_NVME);
	assert_int_equal(m.virtual_, 0);
	assert_string_equal(m.port, "nvme-tcp traddr=192.0.2.7,trsvcid=4420");
	tree_attr(t, "nvme0n1", "device/address", "\x1b[2J\n");
	assert_string_equal(tree_describe(t, "nvme0n1", NULL, NULL).port, "nvme-tcp \\x1b[2J");
	tree_attr(t, "nvme0n1", "device/transport", "pcie\n");
	tree_attr(t, "nvme0n1", "device/address", "0000:02:00.0\n");
	assert_string_equal(tree_describe(t, "nvme0n1", NULL, NULL).port, "/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0n1");
	assert_string_equal(tree_describe(t, "nvme0n1", properties, (void *)path).port, "pci-0000:02:00.0-nvme-1");
}

static void test_nvme_namespace_is_not_the_drive(void **state)
{
	struct tree *t = *state;
	struct cw_medium m;

	subsystem(t, "sys/devices/" NVME, "nvme");
	tree_disk(t, NVME, "nvme0n1", 259, 1, 65536);
	tree_attr(t, "nvme0n1", "device/serial", "S4EWNX0R123456\n");
	m = tree_describe(t, "nvme0n1", NULL, NULL);
	assert_int_equal(m.namespaces, 1);
	assert_int_equal(m.hidden, CW_HIDDEN_UNKNOWN); /* others may not be attached to this controller */
	tree_disk(t, NVME, "nvme0n10", 259, 4, 2048);
	tree_disk(t, NVME, "nvme0n2", 259, 3, 49152);
	tree_part(t, "nvme0n1", "nvme0n1p1", 259, 2);
	tree_text(t, "sys/devices/" NVME "/nvme0c0n1/size", "65536\n"); /* a path to the first, no other one */
	tree_text(t, "sys/devices/" NVME "/ng0n1/dev", "240:0\n");
	m = tree_describe(t, "nvme0n1", NULL, NULL);
	assert_int_equal(m.namespaces, 3);
	assert_int_equal(m.hidden, CW_HIDDEN_UNKNOWN);
	assert_non_null(strstr(m.hidden_why, "3 namespaces"));
	assert_non_null(strstr(m.hidden_why, "nvme0n2 (25.2 MB), nvme0n10 (1.0 MB)"));
	assert_null(strstr(m.hidden_why, "nvme0n1 "));
}

static void test_many_nvme_namespaces(void **state)
{
	struct tree *t = *state;
	struct cw_medium m;

	subsystem(t, "sys/devices/" NVME, "nvme");
	for (unsigned n = 1; n <= 100; n++) {
		char name[16];

		snprintf(name, sizeof(name), "nvme0n%u", n);
		tree_disk(t, NVME, name, 259, n, 2048);
	}
	m = tree_describe(t, "nvme0n100", NULL, NULL);
	assert_int_equal(m.namespaces, 100);
	assert_non_null(strstr(m.hidden_why, "nvme0n1 (1.0 MB), nvme0n2"));
	assert_non_null(strstr(m.hidden_why, ", ... The drive was not asked")); /* the list is cut, never the sentence */
}

static void test_sd_card_and_emmc(void **state)
{
	struct tree *t = *state;
	struct cw_medium m;

	tree_disk(t, MMC, "mmcblk0", 179, 0, 4096);
	subsystem(t, "sys/devices/pci0000:00/0000:00:1a.0/mmc_host/mmc0/mmc0:0001", "mmc");
	tree_attr(t, "mmcblk0", "device/type", "SD\n");
	tree_attr(t, "mmcblk0", "device/name", "SC64G\n");
	tree_attr(t, "mmcblk0", "device/serial", "0x7f3a91c2\n");
	tree_attr(t, "mmcblk0", "device/cid", "035344534336344780 7f3a91c2013b00\n");
	m = tree_describe(t, "mmcblk0", NULL, NULL);
	assert_int_equal(m.class_, CW_CLASS_SD_CARD);
	assert_int_equal(m.serial.source, CW_SOURCE_MMC);
	assert_int_equal(m.cid.quality, CW_QUALITY_GOOD);
	assert_true(m.hotplug);
	assert_int_equal(m.hidden, CW_HIDDEN_NONE);

	tree_attr(t, "mmcblk0", "device/type", "MMC\n");
	m = tree_describe(t, "mmcblk0", NULL, NULL);
	assert_int_equal(m.class_, CW_CLASS_EMMC);
	assert_int_equal(m.hidden, CW_HIDDEN_UNKNOWN);
	assert_false(m.hotplug);
	tree_attr(t, "mmcblk0", "mmcblk0boot0/size", "8192\n");
	tree_attr(t, "mmcblk0", "mmcblk0boot1/size", "8192\n");
	tree_attr(t, "mmcblk0", "mmcblk0rpmb/dev", "240:0\n");
	m = tree_describe(t, "mmcblk0", NULL, NULL);
	assert_int_equal(m.hidden, CW_HIDDEN_UNKNOWN); /* nobody said how large RPMB is */
	assert_non_null(strstr(m.hidden_why, "mmcblk0boot1"));
	assert_non_null(strstr(m.hidden_why, "mmcblk0rpmb"));
}

static void test_optical(void **state)
{
	struct tree *t = *state;
	const char *rw[] = { "ID_CDROM", "1", "ID_CDROM_MEDIA", "1", "ID_CDROM_MEDIA_CD", "1", "ID_CDROM_MEDIA_CD_RW", "1", "ID_SERIAL_SHORT", "K98D2GH1234", NULL };
	const char *dvd_r[] = { "ID_CDROM", "1", "ID_CDROM_MEDIA", "1", "ID_CDROM_MEDIA_DVD_PLUS_R", "1", NULL };
	const char *empty[] = { "ID_CDROM", "1", NULL };
	struct cw_medium m;

	tree_disk(t, ATA, "sr0", 11, 0, 0x1fffff);
	scsi_strings(t, "sr0", "HL-DT-ST", "DVDRAM GH24NSD1 ");
	tree_attr(t, "sr0", "device/type", "5\n");
	tree_attr(t, "sr0", "removable", "1\n");
	m = tree_describe(t, "sr0", NULL, NULL); /* the kernel's made-up size, and no udev to ask */
	assert_int_equal(m.has_medium, 0);
	assert_int_equal(m.class_, CW_CLASS_UNKNOWN);
	tree_attr(t, "sr0", "size", "1439000\n");
	m = tree_describe(t, "sr0", properties, rw);
	assert_int_equal(m.has_medium, 1);
	assert_int_equal(m.class_, CW_CLASS_CD_RW);
	assert_int_equal(m.serial.quality, CW_QUALITY_WEAK); /* the drive's, not the disc's */
	assert_int_equal(tree_describe(t, "sr0", properties, dvd_r).class_, CW_CLASS_DVD_R);
	m = tree_describe(t, "sr0", properties, empty);
	assert_int_equal(m.has_medium, 0);
	assert_int_equal(m.class_, CW_CLASS_UNKNOWN);
}

static void test_virtio_and_ram(void **state)
{
	struct tree *t = *state;
	struct cw_medium m;

	tree_disk(t, "pci0000:00/0000:00:02.0/virtio1/block", "vda", 254, 0, 2048);
	subsystem(t, "sys/devices/pci0000:00/0000:00:02.0/virtio1", "virtio");
	tree_attr(t, "vda", "serial", "QM00777\n");
	m = tree_describe(t, "vda", NULL, NULL);
	assert_int_equal(m.bus, CW_BUS_VIRTIO);
	assert_int_equal(m.class_, CW_CLASS_UNKNOWN);
	assert_int_equal(m.virtual_, 0);
	assert_string_equal(m.full_serial, "QM00777");
	tree_virtual(t, "zram0", 253, 0, 2048);
	m = tree_describe(t, "zram0", NULL, NULL);
	assert_int_equal(m.bus, CW_BUS_RAM);
	assert_int_equal(m.class_, CW_CLASS_VIRTUAL);
	assert_true(m.virtual_);
}

/* ---- loop devices ---- */

static struct cw_medium loop_on(struct tree *t, size_t file_bytes, uint64_t sectors)
{
	char *zeros = calloc(1, file_bytes);

	tree_bytes(t, "image.img", zeros, file_bytes);
	free(zeros);
	tree_virtual(t, "loop3", 7, 3, sectors);
	tree_attr(t, "loop3", "loop/backing_file", "%s/image.img\n", t->root);
	tree_attr(t, "loop3", "loop/offset", "0\n");
	tree_attr(t, "loop3", "loop/sizelimit", "0\n");
	return tree_describe(t, "loop3", NULL, NULL);
}

static void test_loop(void **state)
{
	struct tree *t = *state;
	struct cw_medium m = loop_on(t, 8192, 16);
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/image.img", t->root);
	assert_int_equal(m.bus, CW_BUS_LOOP);
	assert_int_equal(m.class_, CW_CLASS_VIRTUAL);
	assert_true(m.virtual_);
	assert_string_equal(m.full_serial, path);
	assert_int_equal(m.serial.quality, CW_QUALITY_GOOD);
	assert_int_equal(m.hidden, CW_HIDDEN_NONE);
}

static void test_loop_with_a_tail(void **state)
{
	struct cw_medium m = loop_on(*state, 8192 + 100, 16);

	assert_int_equal(m.hidden, CW_HIDDEN_PRESENT);
	assert_int_equal(m.hidden_bytes, 100);
	assert_true(m.hidden_why[0]);
}

static void test_loop_on_less_than_it_says(void **state)
{
	assert_int_equal(loop_on(*state, 4096, 16).hidden, CW_HIDDEN_UNKNOWN);
}

static void test_loop_whose_file_is_gone(void **state)
{
	struct tree *t = *state;
	struct cw_medium m = loop_on(t, 8192, 16);

	tree_attr(t, "loop3", "loop/backing_file", "%s/image.img (deleted)\n", t->root);
	m = tree_describe(t, "loop3", NULL, NULL);
	assert_null(strstr(m.full_serial, "deleted"));
	assert_int_equal(m.serial.quality, CW_QUALITY_WEAK);
	assert_true(m.serial.why[0]);
	assert_int_equal(m.hidden, CW_HIDDEN_UNKNOWN);
}

/* ---- what is no medium ---- */

static enum cw_kind kind(const struct tree *t, const char *name)
{
	char dir[PATH_MAX];
	struct cw_dev d = { .root = t->sys, .dir = dir };

	tree_dir(t, name, dir);
	return cw_kind_of(&d);
}

static void test_what_is_no_medium(void **state)
{
	struct tree *t = *state;

	tree_disk(t, MMC, "mmcblk0", 179, 0, 4096);
	tree_part(t, "mmcblk0", "mmcblk0p1", 179, 1);
	tree_disk(t, MMC "/mmcblk0", "mmcblk0boot0", 179, 8, 8192);
	tree_disk(t, NVME, "nvme0c0n1", 259, 9, 2048);
	tree_attr(t, "nvme0c0n1", "hidden", "1\n");
	tree_virtual(t, "dm-0", 253, 0, 2048);
	tree_virtual(t, "md127", 9, 127, 2048);
	tree_virtual(t, "bcache0", 250, 0, 2048);
	tree_virtual(t, "loop0", 7, 0, 0);
	tree_virtual(t, "nbd0", 43, 0, 0);
	tree_virtual(t, "nbd1", 43, 1, 2048);
	assert_int_equal(kind(t, "mmcblk0"), CW_KIND_MEDIUM);
	assert_int_equal(kind(t, "mmcblk0p1"), CW_KIND_PARTITION);
	assert_int_equal(kind(t, "mmcblk0boot0"), CW_KIND_AREA);
	assert_int_equal(kind(t, "nvme0c0n1"), CW_KIND_AREA);
	assert_int_equal(kind(t, "dm-0"), CW_KIND_STACKED);
	assert_int_equal(kind(t, "md127"), CW_KIND_STACKED);
	assert_int_equal(kind(t, "bcache0"), CW_KIND_STACKED);
	assert_int_equal(kind(t, "loop0"), CW_KIND_EMPTY);
	assert_int_equal(kind(t, "nbd0"), CW_KIND_EMPTY);
	assert_int_equal(kind(t, "nbd1"), CW_KIND_MEDIUM);
}

/* ---- hostile strings ---- */

static void test_hostile_strings(void **state)
{
	struct tree *t = *state;
	char serial[300];
	struct cw_medium m;
	CW_AUTO_JSON json_t *doc = NULL;
	CW_AUTO_BUF struct cw_buf canonical = { 0 };
	struct cw_error err;

	usb_device(t, NULL, true);
	memset(serial, 'A', sizeof(serial));
	serial[299] = 'Z';
	tree_bytes(t, USB_DEVICE "/serial", serial, sizeof(serial));
	tree_attr_bytes(t, "sdb", "device/vendor", "\x1b[2Jevil\0\xff\xfe\n", 13);
	tree_attr_bytes(t, "sdb", "device/model", "gnp.\xe2\x80\xaetxt \xe2\x81\xa6\n", 15);
	tree_attr_bytes(t, "sdb", "device/vpd_pg80", "\0\x80\xff\xff" "X", 5);
	m = tree_describe(t, "sdb", NULL, NULL);
	assert_true(cw_text_is_printable(m.vendor.text) && cw_text_is_printable(m.model.text) && cw_text_is_printable(m.full_serial));
	assert_null(strchr(m.vendor.text, '\x1b'));
	assert_int_equal(m.vendor.raw[0], 0x1b); /* kept as evidence */
	assert_string_equal(m.serial.text, "X"); /* a page that claims 65535 bytes has one */
	tree_attr_bytes(t, "sdb", "device/vpd_pg80", "\0\x80", 2);
	m = tree_describe(t, "sdb", NULL, NULL);
	assert_int_equal(strlen(m.full_serial), 300);
	assert_int_equal(m.full_serial[299], 'Z');
	assert_int_equal(m.serial.raw_len, CW_RAW_MAX);
	doc = cw_medium_json(&m);
	assert_int_equal(cw_json_canonical(doc, &canonical, &err), 0);
}

static void test_attributes_that_are_no_numbers(void **state)
{
	struct tree *t = *state;
	struct cw_medium m;

	usb_device(t, "60A44C3FAE93", true);
	tree_attr(t, "sdb", "size", "-1\n");
	tree_attr(t, "sdb", "queue/logical_block_size", "99999999999999999999999\n");
	tree_attr(t, "sdb", "dev", "8:16:1\n");
	m = tree_describe(t, "sdb", NULL, NULL);
	assert_int_equal(m.has_medium, 0);
	assert_int_equal(m.logical_bytes, 512);
	assert_int_equal(m.dev_major, 0);
}

/* ---- this machine ---- */

static void test_this_machine(void **state)
{
	struct cw_media media = { 0 };
	struct cw_error err = { 0 };
	struct stat st;

	(void)state;
	if (stat("/sys/class/block", &st) || stat("/proc/self/mountinfo", &st))
		skip();
	if (cw_media_find(NULL, &media, &err))
		fail_msg("%s", err.message);
	for (uint32_t i = 0; i < media.n; i++) {
		const struct cw_medium *m = &media.at[i];

		assert_true(!strncmp(m->node, "/dev/", 5) && m->dev_major);
		assert_true(m->bus != CW_BUS_LOOP || m->full_serial[0] == '/');
		assert_true(!m->is_system || m->system_why[0]);
	}
	cw_media_clear(&media);
	assert_int_equal(media.n, 0);
}

static void test_descriptor_of_a_file_is_no_medium(void **state)
{
	struct cw_medium m;
	struct cw_error err;
	FILE *f = tmpfile();

	(void)state;
	assert_int_equal(cw_medium_of_fd(fileno(f), &m, &err), CW_E_NOT_A_MEDIUM);
	assert_int_equal(cw_medium_of_fd(-1, &m, &err), CW_E_LOST);
	fclose(f);
}

#define WITH_TREE(test) cmocka_unit_test_setup_teardown(test, make, drop)

/* ---- what cannot be looked at ---- */

static void test_want_of_descriptors_is_not_taken_for_an_attribute_that_is_not_there(void **state)
{
	struct tree *t = *state;
	struct rlimit before, none;

	usb_device(t, "60A44C3FAE93", true);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ .rlim_cur = 0, .rlim_max = before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	(void)tree_describe(t, "sdb", NULL, NULL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(cw_sysfs_shortage(), EMFILE);
	(void)tree_describe(t, "sdb", NULL, NULL);
	assert_int_equal(cw_sysfs_shortage(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TREE(test_usb_stick),
		WITH_TREE(test_bridge_needs_proof_of_rotation),
		WITH_TREE(test_drive_in_a_case_that_calls_it_removable),
		WITH_TREE(test_drive_behind_a_bridge_that_tells_nothing),
		WITH_TREE(test_bridge_serial_is_not_the_drives),
		WITH_TREE(test_card_reader_does_not_lend_its_serial),
		WITH_TREE(test_single_slot_reader_by_its_name),
		WITH_TREE(test_empty_slot),
		WITH_TREE(test_floppy_drive_that_nobody_opened),
		WITH_TREE(test_sata_drive),
		WITH_TREE(test_wwn_that_spells_the_serial_out_is_not_taken),
		WITH_TREE(test_sas_drive),
		WITH_TREE(test_nvme_over_a_network),
		WITH_TREE(test_nvme_namespaces_differ),
		WITH_TREE(test_nvme_namespace_is_not_the_drive),
		WITH_TREE(test_many_nvme_namespaces),
		WITH_TREE(test_sd_card_and_emmc),
		WITH_TREE(test_optical),
		WITH_TREE(test_virtio_and_ram),
		WITH_TREE(test_loop),
		WITH_TREE(test_loop_with_a_tail),
		WITH_TREE(test_loop_on_less_than_it_says),
		WITH_TREE(test_loop_whose_file_is_gone),
		WITH_TREE(test_what_is_no_medium),
		WITH_TREE(test_hostile_strings),
		WITH_TREE(test_attributes_that_are_no_numbers),
		cmocka_unit_test(test_this_machine),
		cmocka_unit_test(test_descriptor_of_a_file_is_no_medium),
		WITH_TREE(test_want_of_descriptors_is_not_taken_for_an_attribute_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
