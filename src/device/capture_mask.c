/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture_mask: takes out of a capture what names the one medium, its owner or its data.  First all places where such names stand by definition are gathered, then
 * every value, path and text of the document is searched for them.
 */
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "capture_mask.h"

#define NAMES (CW_SCOPE_ANY | CW_SCOPE_NAMES)
#define PAGE_HEAD 4 /* bytes before what a page of vital product data says (SPC-4 7.8.1) */
#define NAA_KEPT 1  /* the digit that tells the form of the name (SPC-4 7.8.6.6) */
#define CID_KEPT 18 /* maker, application, product name and revision stand before the serial number (JESD84-B51 7.2) */

struct value {
	uint8_t bytes[CW_CAPTURE_VALUE_MAX];
	size_t len;
};

static bool read_value(const json_t *hex, struct value *v)
{
	const char *text = json_string_value(hex);

	v->len = text ? strlen(text) / 2 : 0;
	return text && v->len <= sizeof(v->bytes) && cw_unhex(v->bytes, v->len, text);
}

static json_t *value_json(const struct value *v)
{
	char hex[2 * CW_CAPTURE_VALUE_MAX + 1];

	cw_hex(hex, v->bytes, v->len);
	return json_string(hex);
}

static bool is_among(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(name, list[i]))
			return true;
	return false;
}
#define IS_AMONG(name, list) is_among(name, list, CW_ARRAY_LEN(list))

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* ---- gathering: raw pages ---- */

static size_t kept_of(const char *text, size_t len)
{
	return len > 4 && (!memcmp(text, "naa.", 4) || !memcmp(text, "0x5", 3) || !memcmp(text, "0x6", 3)) ? NAA_KEPT : 0;
}

/* Page 83h: designators, four bytes of head each (SPC-4 7.8.6).  Those that tell a port or a group name no medium. */
static void gather_vpd83(struct cw_secrets *s, const struct value *v)
{
	enum { T10 = 1, NAA = 3, RELATIVE_PORT = 4, LU_GROUP = 6, VENDOR_BYTES = 8, BINARY = 1 };
	char hex[2 * 255 + 1];

	for (size_t at = PAGE_HEAD; at + 4 <= v->len; at += 4u + v->bytes[at + 3]) {
		const uint8_t *name = v->bytes + at + 4;
		unsigned type = v->bytes[at + 1] & 0x0f;
		size_t n = v->bytes[at + 3], head = type == T10 && n > VENDOR_BYTES ? VENDOR_BYTES : 0;

		if (n > v->len - at - 4)
			return;
		if (type >= RELATIVE_PORT && type <= LU_GROUP)
			continue;
		cw_hex(hex, name, n);
		if ((v->bytes[at] & 0x0f) == BINARY)
			cw_secrets_add(s, hex, 2 * n, CW_RAW, CW_SCOPE_ANY, type == NAA ? NAA_KEPT : 0);
		else
			cw_secrets_add(s, name + head, n - head, CW_RAW, type == T10 ? CW_SCOPE_NAMES : CW_SCOPE_ANY, kept_of((const char *)name, n));
	}
}

/* ATA information page (SAT-4 12.4.2) */
static void gather_vpd89(struct cw_secrets *s, const struct value *v)
{
	enum { IDENTIFY = 60 };

	if (v->len > IDENTIFY)
		cw_mask_gather_identify(s, v->bytes + IDENTIFY, v->len - IDENTIFY);
}

static void gather_page(struct cw_secrets *s, const char *name, const struct value *v)
{
	enum { INQUIRY_VENDOR = 36, INQUIRY_VENDOR_END = 56 };

	if (!strcmp(name, "vpd_pg80") && v->len > PAGE_HEAD)
		cw_secrets_add(s, v->bytes + PAGE_HEAD, v->len - PAGE_HEAD, CW_RAW, CW_SCOPE_ANY, 0);
	else if (!strcmp(name, "vpd_pg83"))
		gather_vpd83(s, v);
	else if (!strcmp(name, "vpd_pg89"))
		gather_vpd89(s, v);
	/* Vendor specific (SPC-4 6.6.2); many put the serial number there. */
	else if (!strcmp(name, "inquiry") && v->len >= INQUIRY_VENDOR_END)
		cw_secrets_add(s, v->bytes + INQUIRY_VENDOR, INQUIRY_VENDOR_END - INQUIRY_VENDOR, CW_RAW, CW_SCOPE_NAMES, 0);
}

/* ---- gathering: attributes, properties, what was told ---- */

static void gather_file(struct cw_secrets *s, const struct value *v)
{
	static const char mark[] = " (deleted)\n";
	size_t n = v->len >= sizeof(mark) - 1 && !memcmp(v->bytes + v->len - (sizeof(mark) - 1), mark, sizeof(mark) - 1) ? v->len - (sizeof(mark) - 1) : v->len;

	cw_secrets_add(s, v->bytes, n, CW_RAW, CW_SCOPE_FILE, 0);
}

static void gather_attribute(struct cw_secrets *s, const char *path, const struct value *v)
{
	static const char *const names[] = { "serial", "wwid", "nguid", "eui", "uuid", "sas_address" };
	const char *name = last_part(path), *text = (const char *)v->bytes;
	const char *colon = memrchr(text, ':', v->len);

	/* A root hub has its bus address for a serial number. */
	if (v->len > 1 && memmem(path, strlen(path), text, v->len - 1))
		return;
	if (begins(name, "vpd_pg") || !strcmp(name, "inquiry"))
		gather_page(s, name, v);
	else if (!strcmp(name, "cid"))
		cw_secrets_add(s, text, v->len, CW_RAW, CW_SCOPE_ANY, CID_KEPT);
	else if (!strcmp(name, "backing_file"))
		gather_file(s, v);
	else if (!strcmp(name, "subsysnqn") && colon)
		cw_secrets_add(s, colon + 1, v->len - (size_t)(colon + 1 - text), CW_RAW, CW_SCOPE_NAMES, 0);
	else if (IS_AMONG(name, names))
		/* A name that vendor, model and serial number were put together for is none of its own. */
		cw_secrets_add(s, text, v->len, CW_RAW, begins(text, "t10.") || begins(text, "nvme.") ? CW_SCOPE_NAMES : CW_SCOPE_ANY, kept_of(text, v->len));
}

enum property { HARMLESS, NAMES_MEDIUM, PUT_TOGETHER, LABEL, LINKS, NOT_KNOWN };

static enum property kind_of(const char *name)
{
	static const char *const harmless[] = {
		"CURRENT_TAGS", "DEVNAME", "DEVPATH", "DEVTYPE", "DISKSEQ", "ID_BUS", "ID_FS_BLOCKSIZE", "ID_FS_LASTBLOCK", "ID_FS_SIZE", "ID_FS_TYPE",
		"ID_FS_USAGE", "ID_FS_VERSION", "ID_INSTANCE", "ID_NAME", "ID_NSID", "ID_PART_TABLE_TYPE", "ID_REVISION", "ID_TYPE", "MAJOR", "MINOR", "SUBSYSTEM", "TAGS",
		"USEC_INITIALIZED",
	};
	static const char *const harmless_kinds[] = { "ID_ATA", "ID_CDROM", "ID_DRIVE_", "ID_MODEL", "ID_PATH", "ID_SCSI", "ID_USB_", "ID_VENDOR" };
	static const char *const put_together[] = { "ID_SERIAL", "ID_USB_SERIAL" };

	if (!strcmp(name, "DEVLINKS"))
		return LINKS;
	if (IS_AMONG(name, put_together))
		return PUT_TOGETHER;
	if (strstr(name, "SERIAL") || strstr(name, "WWN") || strstr(name, "UUID") || begins(name, "SCSI_IDENT_"))
		return NAMES_MEDIUM;
	if (IS_AMONG(name, harmless))
		return HARMLESS;
	for (size_t i = 0; i < CW_ARRAY_LEN(harmless_kinds); i++)
		if (begins(name, harmless_kinds[i]))
			return HARMLESS;
	return begins(name, "ID_FS_") || begins(name, "ID_PART_ENTRY_NAME") ? LABEL : NOT_KNOWN;
}

/* Only _ENC properties and links spell bytes as \xNN. */
static enum cw_spelling spelling_of(const char *name)
{
	size_t n = strlen(name);

	return !strcmp(name, "DEVLINKS") || (n > 4 && !strcmp(name + n - 4, "_ENC")) ? CW_ESCAPED : CW_RAW;
}

static void gather_property(struct cw_secrets *s, const char *name, const struct value *v)
{
	enum property kind = kind_of(name);

	if (kind == NAMES_MEDIUM)
		cw_secrets_add(s, v->bytes, v->len, spelling_of(name), CW_SCOPE_ANY, kept_of((const char *)v->bytes, v->len));
	else if (kind == LABEL)
		cw_secrets_add(s, v->bytes, v->len, spelling_of(name), CW_SCOPE_LABELS, 0);
}

static void gather_text(struct cw_secrets *s, const char *text, unsigned scope, size_t kept)
{
	if (text)
		cw_secrets_add(s, text, strlen(text), CW_ESCAPED, scope, kept);
}

/* A text may be cut where the attribute is not: what is left of it is a word of its own. */
static void gather_told(struct cw_secrets *s, const json_t *medium)
{
	static const char *const ids[] = { "serial", "wwn", "cid", "bridgeSerial" };
	unsigned scope = cw_json_bool(medium, "virtual", false) ? CW_SCOPE_FILE : CW_SCOPE_ANY;
	struct value v;

	gather_text(s, cw_json_str(medium, "fullSerial", NULL), scope, 0);
	for (size_t i = 0; i < CW_ARRAY_LEN(ids); i++) {
		const json_t *id = json_object_get(medium, ids[i]);
		const char *text = cw_json_str(id, "text", "");
		size_t kept = !strcmp(ids[i], "cid") ? CID_KEPT : kept_of(text, strlen(text));

		if (begins(text, "nsid.")) /* a number of the kernel's */
			continue;
		gather_text(s, text, scope, kept);
		if (read_value(json_object_get(id, "rawHex"), &v))
			cw_secrets_add(s, v.bytes, v.len, CW_RAW, scope, kept);
	}
}

static void gather(struct cw_secrets *s, const json_t *doc)
{
	json_t *seen = json_object_get(doc, "seen"), *hex;
	const char *key;
	struct value v;
	size_t i;

	json_object_foreach(json_object_get(seen, "attributes"), key, hex)
		if (read_value(hex, &v))
			gather_attribute(s, key, &v);
	json_object_foreach(json_object_get(seen, "properties"), key, hex)
		if (read_value(hex, &v))
			gather_property(s, key, &v);
	json_array_foreach(json_object_get(seen, "contents"), i, hex) {
		gather_text(s, cw_json_str(hex, "uuid", NULL), CW_SCOPE_ANY, 0);
		gather_text(s, cw_json_str(hex, "label", NULL), CW_SCOPE_LABELS, 0);
	}
	cw_mask_gather_answers(s, json_object_get(seen, "answers"));
	gather_told(s, json_object_get(json_object_get(doc, "told"), "medium"));
}

/* ---- replacing ---- */

/* Numbers of the kernel and of the bus: no name stands in them, but a short serial number may look like one. */
static bool is_number(const char *path)
{
	static const char *const names[] = {
		"size", "dev", "diskseq", "ro", "removable", "range", "ext_range", "capability", "hidden", "partition", "alignment_offset", "discard_alignment", "nsid", "type",
		"scsi_level", "erase_size", "preferred_erase_size", "class", "device", "subsystem_device", "subsystem_vendor", "idVendor", "idProduct", "bcdDevice",
		"version", "speed", "cntlid", "bDeviceClass", "bInterfaceNumber", "bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol", "offset", "sizelimit",
	};

	return strstr(path, "/queue/") || IS_AMONG(last_part(path), names);
}

/* Field by field, because each is a text of its own: vendor, product, revision, and what the vendor made of the rest (SPC-4 6.6.2). */
static void mask_inquiry(struct cw_secrets *s, struct value *v)
{
	static const size_t fields[] = { 8, 16, 32, 36 };
	size_t at = 0;

	for (size_t i = 0; i < CW_ARRAY_LEN(fields) && fields[i] <= v->len; at = fields[i++])
		cw_secrets_replace(s, CW_SCOPE_ANY, v->bytes + at, fields[i] - at, CW_RAW);
	cw_secrets_replace(s, NAMES, v->bytes + at, v->len - at, CW_RAW);
}

static void mask_attribute(struct cw_secrets *s, const char *path, struct value *v)
{
	static const char *const names[] = { "wwid", "subsysnqn", "vpd_pg83" };
	const char *name = last_part(path);
	unsigned scopes = IS_AMONG(name, names) ? NAMES : !strcmp(name, "backing_file") ? CW_SCOPE_FILE : CW_SCOPE_ANY;

	if (is_number(path))
		return;
	if (!strcmp(name, "inquiry")) {
		mask_inquiry(s, v);
	} else if (!begins(name, "vpd_pg")) {
		cw_secrets_replace(s, scopes, v->bytes, v->len, CW_RAW);
	} else if (v->len > PAGE_HEAD) {
		cw_secrets_replace(s, scopes, v->bytes + PAGE_HEAD, v->len - PAGE_HEAD, CW_RAW);
		if (strcmp(name, "vpd_pg80")) /* text, where four blanks are no number */
			cw_secrets_replace_binary(s, scopes, v->bytes + PAGE_HEAD, v->len - PAGE_HEAD);
	}
}

/* Links are named by udev's rules, but a station may have rules of its own. */
static void mask_link(struct cw_secrets *s, char *link, size_t len)
{
	static const char *const by_name[] = { "/dev/disk/by-id/", "/dev/disk/by-path/", "/dev/disk/by-uuid/", "/dev/disk/by-partuuid/", "/dev/disk/by-diskseq/" };
	static const char *const by_label[] = { "/dev/disk/by-label/", "/dev/disk/by-partlabel/" };
	size_t head;

	for (size_t i = 0; i < CW_ARRAY_LEN(by_name); i++)
		if (begins(link, by_name[i])) {
			cw_secrets_replace(s, NAMES, link, len, CW_ESCAPED);
			return;
		}
	for (size_t i = 0; i < CW_ARRAY_LEN(by_label); i++)
		if (begins(link, by_label[i]) && len > (head = strlen(by_label[i])) &&
		    cw_secrets_replace(s, CW_SCOPE_LABELS, link + head, len - head, CW_ESCAPED))
			return;
	head = begins(link, "/dev/disk/") ? strlen("/dev/disk/") : strlen("/dev/");
	if (len > head)
		cw_secrets_scramble(s, link + head, len - head, CW_ESCAPED);
}

static void mask_links(struct cw_secrets *s, struct value *v)
{
	for (size_t at = 0; at < v->len;) {
		char *link = (char *)v->bytes + at;
		const char *blank = memchr(link, ' ', v->len - at);
		size_t len = blank ? (size_t)(blank - link) : v->len - at;

		mask_link(s, link, len);
		at += len + 1;
	}
}

static void mask_property(struct cw_secrets *s, const char *name, struct value *v)
{
	switch (kind_of(name)) {
	case HARMLESS:
	case NAMES_MEDIUM:
	case PUT_TOGETHER:
		if (strcmp(name, "MAJOR") && strcmp(name, "MINOR") && strcmp(name, "DISKSEQ"))
			cw_secrets_replace(s, NAMES, v->bytes, v->len, spelling_of(name));
		break;
	case LABEL:
		cw_secrets_replace(s, CW_SCOPE_LABELS, v->bytes, v->len, spelling_of(name));
		break;
	case LINKS:
		mask_links(s, v);
		break;
	case NOT_KNOWN:
		cw_secrets_scramble(s, v->bytes, v->len, CW_RAW);
		break;
	}
}

static json_t *masked_text(struct cw_secrets *s, const char *text, unsigned scopes, enum cw_spelling spelling)
{
	CW_AUTO_FREE char *copy = strdup(text);

	s->failed |= !copy;
	if (!copy)
		return NULL;
	cw_secrets_replace(s, scopes, copy, strlen(copy), spelling);
	return json_string(copy);
}

static void set_text(struct cw_secrets *s, json_t *object, const char *key, unsigned scopes)
{
	const char *text = cw_json_str(object, key, NULL);

	if (text && json_object_set_new(object, key, masked_text(s, text, scopes, CW_ESCAPED)))
		s->failed = true;
}

/* A path of /sys; names that the kernel puts together are part of it. */
static json_t *masked_path(struct cw_secrets *s, const char *path)
{
	return masked_text(s, path, NAMES, CW_RAW);
}

typedef json_t *(*masker)(struct cw_secrets *s, const char *key, const json_t *value);

static json_t *masked_attribute(struct cw_secrets *s, const char *path, const json_t *hex)
{
	struct value v;

	if (!read_value(hex, &v))
		return json_false();
	mask_attribute(s, path, &v);
	return value_json(&v);
}

static json_t *masked_property(struct cw_secrets *s, const char *name, const json_t *hex)
{
	struct value v;

	if (!read_value(hex, &v))
		return NULL;
	mask_property(s, name, &v);
	return value_json(&v);
}

static json_t *masked_target(struct cw_secrets *s, const char *path, const json_t *target)
{
	(void)path;
	return masked_path(s, json_string_value(target) ? json_string_value(target) : "");
}

static json_t *masked_list(struct cw_secrets *s, const char *dir, const json_t *list)
{
	json_t *all = json_array();

	(void)dir;
	for (size_t i = 0; i < json_array_size(list); i++)
		s->failed |= json_array_append_new(all, masked_target(s, NULL, json_array_get(list, i))) != 0;
	return all;
}

/* Every value by mask, and every key that is a path. */
static void mask_object(struct cw_secrets *s, json_t *seen, const char *name, masker mask, bool keys_are_paths)
{
	json_t *masked = json_object(), *value;
	const char *key;

	json_object_foreach(json_object_get(seen, name), key, value) {
		CW_AUTO_JSON json_t *new_key = keys_are_paths ? masked_path(s, key) : json_string(key);
		const char *text = json_string_value(new_key);

		s->failed |= !text || json_object_set_new(masked, text, mask(s, key, value));
	}
	s->failed |= json_object_set_new(seen, name, masked) != 0;
}

static void mask_id(struct cw_secrets *s, json_t *id, unsigned scopes)
{
	struct value v;

	set_text(s, id, "text", scopes);
	if (!read_value(json_object_get(id, "rawHex"), &v))
		return;
	cw_secrets_replace(s, scopes, v.bytes, v.len, CW_RAW);
	s->failed |= json_object_set_new(id, "rawHex", value_json(&v)) != 0;
}

/* As if it had been told of what now stands in the document. */
static void mask_told(struct cw_secrets *s, json_t *told)
{
	static const char *const ids[] = { "vendor", "model", "firmware", "serial", "wwn", "cid", "bridgeSerial" };
	static const char *const attachment[] = { "node", "name", "port" }, *const of_drive[] = { "model", "serial", "firmware" };
	json_t *medium = json_object_get(told, "medium"), *drive = json_object_get(json_object_get(told, "capabilities"), "drive");
	unsigned scopes = CW_SCOPE_ANY | (cw_json_bool(medium, "virtual", false) ? (unsigned)CW_SCOPE_FILE : 0);

	set_text(s, medium, "fullSerial", scopes);
	for (size_t i = 0; i < CW_ARRAY_LEN(ids); i++)
		if (json_object_get(medium, ids[i]))
			mask_id(s, json_object_get(medium, ids[i]), scopes);
	for (size_t i = 0; i < CW_ARRAY_LEN(of_drive); i++)
		mask_id(s, json_object_get(drive, of_drive[i]), CW_SCOPE_ANY);
	set_text(s, json_object_get(json_object_get(told, "capabilities"), "disc"), "idHex", CW_SCOPE_ANY);
	for (size_t i = 0; i < CW_ARRAY_LEN(attachment); i++)
		set_text(s, json_object_get(told, "attachment"), attachment[i], NAMES);
}

static void mask(struct cw_secrets *s, json_t *doc)
{
	json_t *seen = json_object_get(doc, "seen"), *part;
	size_t i;

	set_text(s, seen, "directory", NAMES);
	mask_object(s, seen, "attributes", masked_attribute, true);
	mask_object(s, seen, "links", masked_target, true);
	mask_object(s, seen, "entries", masked_list, true);
	mask_object(s, seen, "properties", masked_property, false);
	json_array_foreach(json_object_get(seen, "contents"), i, part) {
		set_text(s, part, "uuid", CW_SCOPE_ANY);
		set_text(s, part, "label", CW_SCOPE_LABELS);
	}
	cw_mask_answers(s, json_object_get(seen, "answers"));
	mask_told(s, json_object_get(doc, "told"));
	s->failed |= json_object_set_new(doc, "serials", json_string("masked")) != 0;
}

int cw_capture_mask(json_t *doc, struct cw_error *err)
{
	struct cw_secrets s = { 0 };
	bool failed;

	gather(&s, doc);
	cw_secrets_choose(&s);
	if (!s.failed)
		mask(&s, doc);
	failed = s.failed;
	cw_secrets_clear(&s);
	return failed ? cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory to mask the capture; nothing was written.")) : 0;
}
