/* SPDX-License-Identifier: Apache-2.0 */
/* identity_json: a medium as the journal carries it, and back.  One table of keys serves both directions. */
#include "certwipe/device.h"

#include <string.h>

#define AT(member) offsetof(struct cw_medium, member)
#define FIELD_AT(m, offset, type) ((type *)(void *)((char *)(m) + (offset)))
#define CONST_FIELD_AT(m, offset, type) ((const type *)(const void *)((const char *)(m) + (offset)))

struct key {
	const char *name;
	size_t offset, size;
};

static const struct key ids[] = {
	{ "vendor", AT(vendor), 0 }, { "model", AT(model), 0 },  { "firmware", AT(firmware), 0 },          { "serial", AT(serial), 0 },
	{ "wwn", AT(wwn), 0 },       { "usbId", AT(usb_id), 0 }, { "bridgeSerial", AT(bridge_serial), 0 }, { "cid", AT(cid), 0 },
};
static const struct key flags[] = {
	{ "removable", AT(removable), 0 },   { "rotational", AT(rotational), 0 }, { "hotplug", AT(hotplug), 0 }, { "readOnly", AT(read_only), 0 },
	{ "hasMedium", AT(has_medium), 0 }, { "virtual", AT(virtual_), 0 },      { "zoned", AT(zoned), 0 },
};
static const struct key attachment_texts[] = { { "node", AT(node), CW_NODE_MAX }, { "name", AT(name), CW_NODE_MAX }, { "port", AT(port), CW_TEXT_MAX } };

static const char *const hidden_words[] = { [CW_HIDDEN_UNKNOWN] = "unknown", [CW_HIDDEN_NONE] = "none", [CW_HIDDEN_PRESENT] = "present" };

/* ---- out ---- */

static json_t *id_json(const struct cw_id *id)
{
	char hex[2 * CW_RAW_MAX + 1];

	cw_hex(hex, id->raw, id->raw_len < CW_RAW_MAX ? id->raw_len : CW_RAW_MAX);
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "text", id->text, "rawHex", hex, "source", cw_source_name(id->source), "quality",
			 cw_quality_name(id->quality), "why", id->why);
}

static json_t *hidden_json(const struct cw_medium *m)
{
	uint32_t state = m->hidden < CW_ARRAY_LEN(hidden_words) ? m->hidden : CW_HIDDEN_UNKNOWN;

	return json_pack("{s:s, s:I, s:s}", "state", hidden_words[state], "bytes", (json_int_t)m->hidden_bytes, "why", m->hidden_why);
}

/* Sets all or nothing is kept: a document that lacks a field without saying so would be worse than none. */
static bool fill_medium(json_t *doc, const struct cw_medium *m)
{
	int bad = 0;

	bad |= json_object_set_new(doc, "bus", json_string(cw_bus_name(m->bus)));
	bad |= json_object_set_new(doc, "class", json_string(cw_class_name(m->class_)));
	bad |= json_object_set_new(doc, "sizeBytes", json_integer((json_int_t)m->size_bytes));
	bad |= json_object_set_new(doc, "logicalBytes", json_integer(m->logical_bytes));
	bad |= json_object_set_new(doc, "physicalBytes", json_integer(m->physical_bytes));
	bad |= json_object_set_new(doc, "hidden", hidden_json(m));
	if (m->full_serial[0])
		bad |= json_object_set_new(doc, "fullSerial", json_string(m->full_serial));
	if (m->namespaces)
		bad |= json_object_set_new(doc, "namespaces", json_integer(m->namespaces));
	if (m->disc)
		bad |= json_object_set_new(doc, "disc", json_string(cw_disc_name(m->disc)));
	for (size_t i = 0; i < CW_ARRAY_LEN(flags); i++)
		bad |= json_object_set_new(doc, flags[i].name, json_boolean(*CONST_FIELD_AT(m, flags[i].offset, uint32_t)));
	for (size_t i = 0; i < CW_ARRAY_LEN(ids); i++) {
		const struct cw_id *id = CONST_FIELD_AT(m, ids[i].offset, struct cw_id);

		if (id->text[0] || id->why[0])
			bad |= json_object_set_new(doc, ids[i].name, id_json(id));
	}
	return bad == 0;
}

json_t *cw_medium_json(const struct cw_medium *m)
{
	CW_AUTO_JSON json_t *doc = json_object();

	return doc && fill_medium(doc, m) ? json_incref(doc) : NULL;
}

json_t *cw_attachment_json(const struct cw_medium *m)
{
	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "node", m->node, "name", m->name, "port", m->port, "diskseq", (json_int_t)m->diskseq, "major",
			 (json_int_t)m->dev_major, "minor", (json_int_t)m->dev_minor);
}

/* ---- in ---- */

static int refuse(const char *key, struct cw_error *err)
{
	return cw_fail(err, CW_E_INVALID, 0, key, NULL, _("The description of the medium in the journal has no valid \"%s\"."), key);
}

static int read_text(const json_t *doc, const char *key, char *dst, size_t size, struct cw_error *err)
{
	const char *text = json_string_value(json_object_get(doc, key));

	if (!text || !cw_text_is_printable(text) || !cw_strlcpy(dst, text, size))
		return refuse(key, err);
	return 0;
}

static int read_number(const json_t *doc, const char *key, uint64_t max, uint64_t *out, struct cw_error *err)
{
	const json_t *value = json_object_get(doc, key);
	json_int_t n = json_integer_value(value);

	if (!json_is_integer(value) || n < 0 || (uint64_t)n > max)
		return refuse(key, err);
	*out = (uint64_t)n;
	return 0;
}

static int read_u32(const json_t *doc, const char *key, uint32_t *out, struct cw_error *err)
{
	uint64_t n = 0;
	int rc = read_number(doc, key, UINT32_MAX, &n, err);

	*out = (uint32_t)n;
	return rc;
}

/* A word of an enum: the number whose name it is. */
static int read_word(const json_t *doc, const char *key, const char *(*name)(uint32_t), uint32_t count, uint32_t *out, struct cw_error *err)
{
	const char *word = json_string_value(json_object_get(doc, key));

	for (uint32_t i = 0; word && i < count; i++)
		if (!strcmp(name(i), word)) {
			*out = i;
			return 0;
		}
	return refuse(key, err);
}

static const char *hidden_name(uint32_t state)
{
	return hidden_words[state];
}

static int read_raw(const json_t *doc, struct cw_id *id, struct cw_error *err)
{
	const char *hex = json_string_value(json_object_get(doc, "rawHex"));
	size_t len = hex ? strlen(hex) : 0;

	if (!hex || len % 2 || len > 2 * CW_RAW_MAX || !cw_unhex(id->raw, len / 2, hex))
		return refuse("rawHex", err);
	id->raw_len = (uint32_t)(len / 2);
	return 0;
}

#define X(name, slug) + 1
enum { BUS_COUNT = 0 CW_BUSES(X), SOURCE_COUNT = 0 CW_SOURCES(X) };
#undef X

static int read_id(const json_t *doc, struct cw_id *id, struct cw_error *err)
{
	int rc = read_text(doc, "text", id->text, sizeof(id->text), err);

	if (!rc)
		rc = read_text(doc, "why", id->why, sizeof(id->why), err);
	if (!rc)
		rc = read_raw(doc, id, err);
	if (!rc)
		rc = read_word(doc, "source", cw_source_name, SOURCE_COUNT, &id->source, err);
	if (!rc)
		rc = read_word(doc, "quality", cw_quality_name, CW_QUALITY_GOOD + 1, &id->quality, err);
	return rc;
}

static int read_ids(const json_t *doc, struct cw_medium *m, struct cw_error *err)
{
	for (size_t i = 0; i < CW_ARRAY_LEN(ids); i++) {
		const json_t *value = json_object_get(doc, ids[i].name);
		int rc = value ? read_id(value, FIELD_AT(m, ids[i].offset, struct cw_id), err) : 0;

		if (rc)
			return rc;
	}
	return json_object_get(doc, "fullSerial") ? read_text(doc, "fullSerial", m->full_serial, sizeof(m->full_serial), err) : 0;
}

static int read_flags(const json_t *doc, struct cw_medium *m, struct cw_error *err)
{
	for (size_t i = 0; i < CW_ARRAY_LEN(flags); i++) {
		const json_t *value = json_object_get(doc, flags[i].name);

		if (!json_is_boolean(value))
			return refuse(flags[i].name, err);
		*FIELD_AT(m, flags[i].offset, uint32_t) = json_is_true(value);
	}
	return 0;
}

static int read_hidden(const json_t *doc, struct cw_medium *m, struct cw_error *err)
{
	const json_t *hidden = json_object_get(doc, "hidden");
	int rc = read_word(hidden, "state", hidden_name, CW_ARRAY_LEN(hidden_words), &m->hidden, err);

	if (!rc)
		rc = read_number(hidden, "bytes", INT64_MAX, &m->hidden_bytes, err);
	if (!rc)
		rc = read_text(hidden, "why", m->hidden_why, sizeof(m->hidden_why), err);
	return rc;
}

static int read_medium(const json_t *doc, struct cw_medium *m, struct cw_error *err)
{
	int rc = read_word(doc, "bus", cw_bus_name, BUS_COUNT, &m->bus, err);

	if (!rc)
		rc = read_word(doc, "class", cw_class_name, CW_CLASS_COUNT, &m->class_, err);
	if (!rc)
		rc = read_number(doc, "sizeBytes", INT64_MAX, &m->size_bytes, err);
	if (!rc)
		rc = read_u32(doc, "logicalBytes", &m->logical_bytes, err);
	if (!rc)
		rc = read_u32(doc, "physicalBytes", &m->physical_bytes, err);
	if (!rc && json_object_get(doc, "disc"))
		rc = read_word(doc, "disc", cw_disc_name, CW_DISC_COUNT, &m->disc, err);
	if (!rc && json_object_get(doc, "namespaces"))
		rc = read_u32(doc, "namespaces", &m->namespaces, err);
	if (!rc)
		rc = read_flags(doc, m, err);
	if (!rc)
		rc = read_hidden(doc, m, err);
	if (!rc)
		rc = read_ids(doc, m, err);
	return rc;
}

static int read_attachment(const json_t *doc, struct cw_medium *m, struct cw_error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < CW_ARRAY_LEN(attachment_texts); i++)
		rc = read_text(doc, attachment_texts[i].name, FIELD_AT(m, attachment_texts[i].offset, char), attachment_texts[i].size, err);
	if (!rc)
		rc = read_number(doc, "diskseq", INT64_MAX, &m->diskseq, err);
	if (!rc)
		rc = read_u32(doc, "major", &m->dev_major, err);
	if (!rc)
		rc = read_u32(doc, "minor", &m->dev_minor, err);
	return rc;
}

int cw_medium_of_json(const json_t *medium, const json_t *attachment, struct cw_medium *out, struct cw_error *err)
{
	int rc;

	memset(out, 0, sizeof(*out));
	rc = read_medium(medium, out, err);
	if (!rc && attachment)
		rc = read_attachment(attachment, out, err);
	return rc;
}
