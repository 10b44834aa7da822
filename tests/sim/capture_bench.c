/* SPDX-License-Identifier: Apache-2.0 */
#include "capture_bench.h"

#include <setjmp.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

const struct capture_fixture capture_fixtures[CAPTURE_FIXTURES] = {
	{ "loop", CW_BUS_LOOP, CW_CLASS_VIRTUAL, CW_QUALITY_GOOD, true, false },
	{ "nvme-namespace-1", CW_BUS_NVME, CW_CLASS_NVME, CW_QUALITY_GOOD, true, false },
	{ "nvme-namespace-2", CW_BUS_NVME, CW_CLASS_NVME, CW_QUALITY_GOOD, true, false },
	{ "nvme-zoned", CW_BUS_NVME, CW_CLASS_NVME, CW_QUALITY_GOOD, true, false },
	{ "sas-hdd", CW_BUS_SCSI, CW_CLASS_HDD_SCSI, CW_QUALITY_GOOD, true, false },
	{ "sas-ssd-4kn", CW_BUS_SCSI, CW_CLASS_SSD_SAS, CW_QUALITY_GOOD, true, false },
	{ "sata-dvd-empty", CW_BUS_ATA, CW_CLASS_UNKNOWN, CW_QUALITY_WEAK, false, true },
	{ "sata-dvd-pressed", CW_BUS_ATA, CW_CLASS_OPTICAL_PRESSED, CW_QUALITY_WEAK, true, true },
	{ "sata-hdd", CW_BUS_ATA, CW_CLASS_HDD_ATA, CW_QUALITY_GOOD, true, false },
	{ "sata-ssd", CW_BUS_ATA, CW_CLASS_SSD_ATA, CW_QUALITY_GOOD, true, false },
	{ "sd-card", CW_BUS_MMC, CW_CLASS_SD_CARD, CW_QUALITY_WEAK /* qemu gives every card deadbeef */, true, false },
	{ "usb-bridge-hdd", CW_BUS_USB, CW_CLASS_USB_BRIDGE_HDD, CW_QUALITY_WEAK, true, true },
	{ "usb-bridge-ssd", CW_BUS_USB, CW_CLASS_USB_BRIDGE_SSD, CW_QUALITY_WEAK, true, true },
	{ "usb-cd-rw", CW_BUS_USB, CW_CLASS_CD_RW, CW_QUALITY_WEAK, true, true },
	{ "usb-dvd-ram", CW_BUS_USB, CW_CLASS_DVD_RAM, CW_QUALITY_WEAK, true, true },
	{ "usb-reader-card", CW_BUS_USB, CW_CLASS_USB_STICK, CW_QUALITY_WEAK, true, true },
	{ "usb-reader-empty-slot", CW_BUS_USB, CW_CLASS_USB_STICK, CW_QUALITY_WEAK, false, true },
	{ "usb-stick", CW_BUS_USB, CW_CLASS_USB_STICK, CW_QUALITY_GOOD, true, false },
	{ "usb-stick-hostile", CW_BUS_USB, CW_CLASS_USB_STICK, CW_QUALITY_WEAK, true, true },
	{ "usb-stick-no-serial", CW_BUS_USB, CW_CLASS_USB_STICK, CW_QUALITY_NONE, true, true },
	{ "usb-uas-ssd", CW_BUS_USB, CW_CLASS_USB_BRIDGE_SSD, CW_QUALITY_GOOD, true, false },
	{ "virtio-disk", CW_BUS_VIRTIO, CW_CLASS_UNKNOWN, CW_QUALITY_GOOD, true, false },
};

void capture_good(int rc, const struct cw_error *err)
{
	if (rc)
		fail_msg("%d: %s", rc, err->message);
}

void capture_canonical(const json_t *doc, struct cw_buf *out)
{
	struct cw_error err = { 0 };

	out->len = 0;
	capture_good(cw_json_canonical(doc, out, &err), &err);
}

void capture_masked(json_t *doc, struct cw_buf *out)
{
	struct cw_error err = { 0 };

	capture_good(cw_capture_mask(doc, &err), &err);
	assert_string_equal(cw_json_str(doc, "serials", ""), "masked");
	capture_canonical(doc, out);
}

static void assert_same(const char *what, json_t *expected, json_t *found_take)
{
	CW_AUTO_JSON json_t *found = found_take;
	const char *key;
	json_t *value;

	json_object_foreach(expected, key, value)
		if (!json_equal(value, json_object_get(found, key)))
			fail_msg("%s: %s: expected %s, found %s", what, key, json_dumps(value, JSON_ENCODE_ANY), json_dumps(json_object_get(found, key), JSON_ENCODE_ANY));
	assert_int_equal(json_object_size(expected), json_object_size(found));
}

struct cw_medium capture_assert_replays(const char *name, const struct cw_buf *text)
{
	struct cw_error err = { 0 };
	struct replay r;
	struct cw_medium m;

	capture_good(replay_open(text->data, text->len, &r, &err), &err);
	m = replay_describe(&r);
	assert_same(name, json_object_get(json_object_get(r.doc, "told"), "medium"), cw_medium_json(&m));
	assert_same(name, json_object_get(json_object_get(r.doc, "told"), "attachment"), cw_attachment_json(&m));
	if (replay_answered(&r))
		assert_same(name, json_object_get(json_object_get(r.doc, "told"), "capabilities"), replay_capabilities(&r, &m));
	replay_close(&r);
	return m;
}

void capture_read_fixture(const char *name, struct cw_buf *out)
{
	struct cw_error err = { 0 };
	char path[PATH_MAX];

	snprintf(path, sizeof(path), CAPTURE_FOLDER "/%s.json", name);
	capture_good(cw_file_read(AT_FDCWD, path, CW_JSON_MAX_BYTES, out, &err), &err);
}

json_t *capture_fixture(const char *name)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };
	struct cw_error err = { 0 };
	json_t *doc;

	capture_read_fixture(name, &text);
	capture_good(cw_json_parse_canonical(text.data, text.len, &doc, &err), &err);
	return doc;
}

void capture_assert_is(const struct capture_fixture *f, const struct cw_medium *m)
{
	if (m->bus != f->bus || m->class_ != f->class_ || m->serial.quality != f->serial_quality || m->has_medium != f->has_medium || cw_identity_is_weak(m) != f->weak)
		fail_msg("%s: %s, %s, serial %s, medium %u, weak %d", f->name, cw_bus_name(m->bus), cw_class_name(m->class_), cw_quality_name(m->serial.quality), m->has_medium,
			 cw_identity_is_weak(m));
}

int bench_make(void **state)
{
	struct capture_bench *b = calloc(1, sizeof(*b));

	tree_make(&b->tree);
	*state = b;
	return 0;
}

int bench_drop(void **state)
{
	struct capture_bench *b = *state;

	tree_remove(&b->tree);
	json_decref(b->doc);
	free(b);
	return 0;
}

static const char *property(void *user, const char *name)
{
	const struct capture_bench *b = user;

	for (size_t i = 0; b->properties[i][0]; i++)
		if (!strcmp(b->properties[i][0], name))
			return b->properties[i][1];
	return NULL;
}

static json_t *properties_json(const struct capture_bench *b)
{
	json_t *all = json_object();

	for (size_t i = 0; b->properties[i][0]; i++) {
		char hex[512];

		cw_hex(hex, b->properties[i][1], strlen(b->properties[i][1]));
		json_object_set_new(all, b->properties[i][0], json_string(hex));
	}
	return all;
}

int bench_record(struct capture_bench *b, const char *name, json_t *contents, struct cw_error *err)
{
	char dir[PATH_MAX];
	struct cw_dev d = { .root = b->tree.sys, .dir = dir, .property = property, .user = b };
	struct cw_medium told;

	tree_dir(&b->tree, name, dir);
	return cw_capture_dev(&d, properties_json(b), contents ? contents : json_array(), b->asked, &told, &b->doc, err);
}

struct cw_medium bench_recorded(struct capture_bench *b, const char *name, json_t *contents, struct cw_buf *text)
{
	struct cw_error err = { 0 };

	capture_good(bench_record(b, name, contents, &err), &err);
	capture_canonical(b->doc, text);
	return capture_assert_replays(name, text);
}

const json_t *bench_attribute(const struct capture_bench *b, const char *path)
{
	return json_object_get(json_object_get(json_object_get(b->doc, "seen"), "attributes"), path);
}

void bench_link(struct capture_bench *b, const char *dir, const char *name, const char *target)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/uevent", target);
	tree_text(&b->tree, path, "%s", "");
	snprintf(path, sizeof(path), "sys/devices/%s/%s", dir, name);
	tree_link(&b->tree, path, target);
}

void bench_usb_stick(struct capture_bench *b, const char *serial)
{
	tree_disk(&b->tree, BENCH_USB "/block", "sdb", 8, 16, 125000000);
	bench_link(b, BENCH_USB, "subsystem", "sys/bus/scsi");
	bench_link(b, BENCH_USB "/block/sdb", "device", "sys/devices/" BENCH_USB);
	bench_link(b, BENCH_USB_DEVICE, "subsystem", "sys/bus/usb");
	tree_attr(&b->tree, "sdb", "removable", "1\n");
	tree_text(&b->tree, "sys/devices/" BENCH_USB "/vendor", "Kingston\n");
	tree_text(&b->tree, "sys/devices/" BENCH_USB "/model", "DataTraveler 3.0\n");
	tree_text(&b->tree, "sys/devices/" BENCH_USB_DEVICE "/idVendor", "0951\n");
	tree_text(&b->tree, "sys/devices/" BENCH_USB_DEVICE "/idProduct", "1666\n");
	tree_text(&b->tree, "sys/devices/" BENCH_USB_DEVICE "/serial", "%s\n", serial);
}

void bench_value(const struct capture_bench *b, const char *place, const char *key, char out[CW_CAPTURE_VALUE_MAX + 1])
{
	const char *hex = json_string_value(json_object_get(json_object_get(json_object_get(b->doc, "seen"), place), key));

	assert_non_null(hex);
	memset(out, 0, CW_CAPTURE_VALUE_MAX + 1);
	assert_true(cw_unhex((uint8_t *)out, strlen(hex) / 2, hex));
}
