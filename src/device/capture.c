/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture: the recorder.  It listens while cw_describe() looks at a medium and keeps every attribute, link and list of names that was asked for, so that it cannot
 * miss one; then it adds what else may explain a medium that was taken for something wrong.  Nothing is read here that has an effect on the device.
 */
#include "capture.h"

#include <libudev.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>

#define ANCESTORS_MAX 32

struct recorder {
	const struct cw_dev *dev;
	json_t *attributes, *links, *entries; /* of the document, borrowed; paths are below /sys */
	json_t *backing;                      /* what stands behind a loop device, NULL: nobody asked */
	size_t items, bytes;
	bool no_memory;
};

/* ---- keeping ---- */

/* The path below /sys; NULL when it lies elsewhere, or when its name cannot stand in a document. */
static const char *below(const struct recorder *r, const char *path)
{
	size_t n = strlen(r->dev->root);

	return !strncmp(path, r->dev->root, n) && path[n] == '/' && cw_text_is_printable(path) ? path + n + 1 : NULL;
}

static void keep(struct recorder *r, json_t *where, const char *key, json_t *value_take, size_t bytes)
{
	bool known = json_object_get(where, key) != NULL;

	r->items += !known;
	r->bytes += known ? 0 : bytes;
	/* The first answer counts.  Beyond the limits they are only counted: cw_capture_dev() then fails. */
	if (known || r->items > CW_CAPTURE_ITEMS_MAX || r->bytes > CW_CAPTURE_BYTES_MAX)
		json_decref(value_take);
	else if (json_object_set_new(where, key, value_take))
		r->no_memory = true;
}

static json_t *hex_json(const void *data, size_t len)
{
	char hex[2 * CW_CAPTURE_VALUE_MAX + 1];

	cw_hex(hex, data, len < CW_CAPTURE_VALUE_MAX ? len : CW_CAPTURE_VALUE_MAX);
	return json_string(hex);
}

/* An attribute that is there but cannot be read is kept as such: "" would be an empty one. */
static void keep_attribute(struct recorder *r, const char *dir, const char *name, const char *key)
{
	uint8_t value[CW_CAPTURE_VALUE_MAX];
	ssize_t n = cw_attr_raw(dir, name, value, sizeof(value));

	keep(r, r->attributes, key, n < 0 ? json_false() : hex_json(value, (size_t)n), n < 0 ? 0 : (size_t)n);
}

static bool add_name(void *user, const char *dir, const char *name)
{
	struct recorder *r = user;
	const char *key = below(r, dir);

	if (!key || !cw_text_is_printable(name) || ++r->items > CW_CAPTURE_ITEMS_MAX)
		return key != NULL;
	r->bytes += strlen(name);
	return json_array_append_new(json_object_get(r->entries, key), json_string(name)) == 0;
}

static void keep_entries(struct recorder *r, const char *dir)
{
	const char *key = below(r, dir);

	if (!key || json_object_get(r->entries, key))
		return;
	keep(r, r->entries, key, json_array(), 0);
	cw_dir_each(dir, add_name, r);
}

/* ---- following a path ---- */

/* A link is kept with the directory that it leads to, so that a replay finds there what was asked for through it. */
static bool follow_link(struct recorder *r, const char *path, char target[PATH_MAX])
{
	const char *key = below(r, path), *to = realpath(path, target) ? below(r, target) : NULL;

	if (key && to)
		keep(r, r->links, key, json_string(to), strlen(to));
	return key && to;
}

static void keep_last(struct recorder *r, const char *dir, const char *name)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *key = cw_path_join(path, dir, name) ? below(r, path) : NULL;
	struct stat st;

	if (!key || lstat(path, &st))
		return;
	if (S_ISLNK(st.st_mode))
		follow_link(r, path, target);
	else if (S_ISDIR(st.st_mode))
		keep_entries(r, path);
	else if (S_ISREG(st.st_mode))
		keep_attribute(r, dir, name, key);
}

/* "device/vpd_pg80" leads through a link: it is kept where it really stands. */
static void on_asked(void *user, const char *dir, const char *name)
{
	struct recorder *r = user;
	char here[PATH_MAX], step[NAME_MAX + 1], path[PATH_MAX];
	struct stat st;

	if (!cw_strlcpy(here, dir, sizeof(here)))
		return;
	for (const char *slash; (slash = strchr(name, '/')); name = slash + 1) {
		snprintf(step, sizeof(step), "%.*s", (int)(slash - name), name);
		if (!cw_path_join(path, here, step) || lstat(path, &st))
			return;
		if (!S_ISLNK(st.st_mode))
			cw_strlcpy(here, path, sizeof(here));
		else if (!follow_link(r, path, here))
			return;
	}
	if (*name)
		keep_last(r, here, name);
	else
		keep_entries(r, here);
}

static const char *asked_property(void *user, const char *name)
{
	const struct recorder *r = user;

	return r->dev->property ? r->dev->property(r->dev->user, name) : NULL;
}

static int asked_look(void *user, const char *path, struct stat *st)
{
	struct recorder *r = user;
	int rc = cw_dev_look(r->dev, path, st);

	json_decref(r->backing);
	r->backing = rc ? json_pack("{s:b}", "found", 0) :
			  json_pack("{s:b, s:b, s:I}", "found", 1, "isFile", S_ISREG(st->st_mode) != 0, "sizeBytes", (json_int_t)st->st_size);
	return rc;
}

/* ---- what nobody asked for ---- */

/* Plain text that the kernel holds in memory, or pages that it read when the device came; no attribute here asks the device. */
static const char *const of_block[] = {
	"uevent", "dev", "diskseq", "size", "ro", "removable", "hidden", "partition", "range", "ext_range", "capability", "events", "alignment_offset",
	"discard_alignment", "nsid", "nguid", "eui", "uuid", "wwid", "serial", "device", "subsystem", "loop/backing_file", "loop/offset", "loop/sizelimit",
	"loop/autoclear", "loop/partscan", "loop/dio", "holders", "slaves",
};
static const char *const of_ancestor[] = {
	"uevent", "subsystem", "driver",
	/* SCSI */ "vendor", "model", "rev", "type", "scsi_level", "state", "inquiry", "wwid", "vpd_pg0", "vpd_pg80", "vpd_pg83", "vpd_pg89", "vpd_pgb0", "vpd_pgb1",
	"vpd_pgb2", "sas_address",
	/* USB */ "idVendor", "idProduct", "bcdDevice", "version", "speed", "manufacturer", "product", "serial", "bDeviceClass", "bInterfaceNumber", "bInterfaceClass",
	"bInterfaceSubClass", "bInterfaceProtocol",
	/* NVMe; model and serial as above */ "firmware_rev", "cntlid", "transport", "address", "subsysnqn",
	/* SD and MMC */ "cid", "csd", "scr", "date", "manfid", "oemid", "name", "fwrev", "hwrev", "prv", "ocr", "erase_size", "preferred_erase_size",
	/* PCI */ "device", "class", "subsystem_vendor", "subsystem_device",
};

static bool ask_entry(void *user, const char *dir, const char *name)
{
	on_asked(user, dir, name);
	return true;
}

static void keep_surroundings(struct recorder *r)
{
	char dir[PATH_MAX], queue[PATH_MAX];

	for (size_t i = 0; i < CW_ARRAY_LEN(of_block); i++)
		on_asked(r, r->dev->dir, of_block[i]);
	if (cw_path_join(queue, r->dev->dir, "queue"))
		cw_dir_each(queue, ask_entry, r);
	if (!cw_strlcpy(dir, r->dev->dir, sizeof(dir)))
		return;
	for (int level = 0; level < ANCESTORS_MAX && cw_sysfs_up(r->dev->root, dir); level++)
		for (size_t i = 0; i < CW_ARRAY_LEN(of_ancestor); i++)
			on_asked(r, dir, of_ancestor[i]);
}

/* ---- the document ---- */

static int no_memory(struct cw_error *err)
{
	return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory to record the medium."));
}

static int too_much(const struct cw_medium *m, struct cw_error *err)
{
	return cw_fail(err, CW_E_TOO_LARGE, 0, m->node, _("Look at it with `udevadm info --attribute-walk` instead."),
		       _("The kernel tells more of %s than a capture may hold (%u values, %u bytes)."), m->node, CW_CAPTURE_ITEMS_MAX, CW_CAPTURE_BYTES_MAX);
}

static json_t *seen_json(struct recorder *r, json_t *properties, json_t *contents)
{
	const char *dir = below(r, r->dev->dir);
	struct utsname kernel = { 0 };
	json_t *seen;

	uname(&kernel);
	seen = json_pack("{s:s, s:O, s:O, s:O, s:O, s:O, s:{s:s, s:s}}", "directory", dir ? dir : "", "attributes", r->attributes, "links", r->links, "entries",
			 r->entries, "properties", properties, "contents", contents, "kernel", "release", kernel.release, "machine", kernel.machine);
	if (seen && r->backing && json_object_set(seen, "backing", r->backing))
		r->no_memory = true;
	return seen;
}

static json_t *document(struct recorder *r, const struct cw_medium *told, json_t *properties, json_t *contents)
{
	/* The names of the members are in the order of the canonical form, with the schema first. */
	return json_pack("{s:s, s:o, s:s, s:{s:o, s:o}, s:{s:s, s:s}}", "schema", CW_CAPTURE_SCHEMA, "seen", seen_json(r, properties, contents), "serials", "real",
			 "told", "medium", cw_medium_json(told), "attachment", cw_attachment_json(told), "tool", "name", "certwipe", "version", CW_VERSION);
}

static void count_properties(struct recorder *r, json_t *properties)
{
	const char *name;
	json_t *value;

	json_object_foreach(properties, name, value) {
		r->items++;
		r->bytes += json_string_length(value) / 2;
	}
}

/* ---- what it answered ---- */

/* The node of another namespace is the kernel's word, and nothing that the drive said. */
static void forget_nodes(json_t *capabilities)
{
	json_t *other;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(capabilities, "nvme"), "others"), i, other)
		json_object_del(other, "node");
}

static bool put_asked(json_t *doc, const struct cw_capabilities *asked)
{
	CW_AUTO_JSON json_t *capabilities = cw_capabilities_json(asked, true);
	json_t *answers = json_object_get(capabilities, "answers");

	if (!answers || json_object_set(json_object_get(doc, "seen"), "answers", answers) || json_object_del(capabilities, "answers"))
		return false;
	forget_nodes(capabilities);
	return json_object_set(json_object_get(doc, "told"), "capabilities", capabilities) == 0;
}

int cw_capture_dev(const struct cw_dev *d, json_t *properties_take, json_t *contents_take, const struct cw_capabilities *asked, struct cw_medium *told, json_t **out,
		   struct cw_error *err)
{
	CW_AUTO_JSON json_t *properties = properties_take, *contents = contents_take, *attributes = json_object(), *links = json_object(), *entries = json_object();
	struct recorder r = { .dev = d, .attributes = attributes, .links = links, .entries = entries };
	struct cw_dev listened = { .root = d->root, .dir = d->dir, .property = asked_property, .look = asked_look, .user = &r };

	*out = NULL;
	if (!properties || !contents || !attributes || !links || !entries)
		return no_memory(err);
	count_properties(&r, properties);
	cw_sysfs_listen(on_asked, &r);
	cw_describe(&listened, told);
	cw_sysfs_listen(NULL, NULL);
	keep_surroundings(&r);
	if (r.items <= CW_CAPTURE_ITEMS_MAX && r.bytes <= CW_CAPTURE_BYTES_MAX)
		*out = document(&r, told, properties, contents);
	if (*out && asked && asked->asked)
		r.no_memory |= !put_asked(*out, asked);
	json_decref(r.backing);
	if (*out && !r.no_memory)
		return 0;
	json_decref(*out);
	*out = NULL;
	return r.items > CW_CAPTURE_ITEMS_MAX || r.bytes > CW_CAPTURE_BYTES_MAX ? too_much(told, err) : no_memory(err);
}

/* ---- a medium of this machine ---- */

static const char *udev_property(void *user, const char *name)
{
	return udev_device_get_property_value(user, name);
}

static json_t *properties_json(struct udev_device *device)
{
	json_t *all = json_object();
	struct udev_list_entry *entry;

	udev_list_entry_foreach(entry, udev_device_get_properties_list_entry(device)) {
		const char *name = udev_list_entry_get_name(entry), *value = udev_list_entry_get_value(entry);

		if (value && cw_text_is_printable(name) && json_object_set_new(all, name, hex_json(value, strlen(value)))) {
			json_decref(all);
			return NULL;
		}
	}
	return all;
}

int cw_capture_medium(const struct cw_medium *m, const struct cw_contents *contents, const struct cw_capabilities *asked, json_t **out, struct cw_error *err)
{
	struct udev *udev = udev_new();
	struct udev_device *device = udev ? udev_device_new_from_devnum(udev, 'b', makedev(m->dev_major, m->dev_minor)) : NULL;
	struct cw_medium told;
	int rc;

	*out = NULL;
	if (device) {
		struct cw_dev d = { .root = "/sys", .dir = udev_device_get_syspath(device), .property = udev_property, .user = device };

		rc = cw_capture_dev(&d, properties_json(device), cw_contents_json(contents, true), asked, &told, out, err);
		/* Another medium may have come to the same number since this one was found. */
		if (!rc)
			rc = cw_identity_compare(m, &told, true, err);
	} else {
		rc = cw_fail(err, CW_E_LOST, 0, m->node, _("Attach it again and start over."), _("%s is not attached any more."), m->node);
	}
	udev_device_unref(device);
	udev_unref(udev);
	if (rc) {
		json_decref(*out);
		*out = NULL;
	}
	return rc;
}
