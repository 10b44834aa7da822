/* SPDX-License-Identifier: Apache-2.0 */
/* The medium as evidence: what it said of itself, with the source of each word; labels of contents only as far as the policy let them into the journal. */
#include "payload_parts.h"

/* The words of certificate.md section 7. */
static const char *media_type(uint32_t class_)
{
	switch (class_) {
	case CW_CLASS_HDD_ATA:
	case CW_CLASS_HDD_SCSI:
	case CW_CLASS_USB_BRIDGE_HDD:
		return "hdd";
	case CW_CLASS_SSD_ATA:
	case CW_CLASS_SSD_SAS:
	case CW_CLASS_USB_BRIDGE_SSD:
		return "ssd";
	case CW_CLASS_NVME:
		return "nvme";
	case CW_CLASS_USB_STICK:
		return "usb_flash";
	case CW_CLASS_SD_CARD:
		return "sd";
	case CW_CLASS_EMMC:
		return "emmc";
	default:
		return cw_class_is_optical(class_) ? "optical" : "other";
	}
}

static json_t *hidden_area(struct cw_payload_maker *m)
{
	const struct cw_medium *from = &m->replay.medium;
	json_t *o = json_object();
	switch (from->hidden) {
	case CW_HIDDEN_NONE:
		cw_put_text(m, o, "state", "none");
		break;
	case CW_HIDDEN_PRESENT:
		cw_put_text(m, o, "state", m->replay.opening.done ? "opened" : "present");
		cw_put_u64(m, o, "bytes", from->hidden_bytes);
		if (m->replay.opening.done)
			cw_put_u64(m, o, "line", m->replay.opening.shown_line);
		break;
	default:
		cw_put_text(m, o, "state", "unknown");
	}
	cw_put_text(m, o, "why", from->hidden_why);
	return o;
}

static json_t *content(struct cw_payload_maker *m, const json_t *from)
{
	static const char *const numbers[] = { "number", "offsetBytes", "sizeBytes" };
	static const char *const texts[] = { "table", "type", "usage", "label", "uuid", "partType", "why" };
	json_t *o = json_object();
	for (size_t i = 0; i < CW_ARRAY_LEN(numbers); i++)
		if (json_is_integer(json_object_get(from, numbers[i])))
			cw_put_u64(m, o, numbers[i], cw_json_u64(from, numbers[i], 0));
	for (size_t i = 0; i < CW_ARRAY_LEN(texts); i++)
		cw_put_text(m, o, texts[i], cw_json_str(from, texts[i], ""));
	return o;
}

static json_t *contents_before(struct cw_payload_maker *m)
{
	const json_t *from = json_object_get(m->job, "contents");
	json_t *list = json_array();
	size_t n = json_array_size(from);
	for (size_t i = 0; i < n && i < CW_CONTENTS_MAX; i++)
		cw_put_add(m, list, content(m, json_array_get(from, i)));
	return list;
}

static void put_serial(struct cw_payload_maker *m, json_t *o)
{
	const struct cw_medium *from = &m->replay.medium;
	const char *serial = from->full_serial[0] ? from->full_serial : from->serial.text;
	cw_put_serial(m, o, "serial", serial);
	cw_put_text(m, o, "serialSource", cw_source_name(from->serial.source));
	cw_put_text(m, o, "serialQuality", cw_quality_name(from->serial.quality));
	cw_put_text(m, o, "serialWhy", from->serial.why);
}

/* Before and after: what has become worse can be seen, and is said. */
static void put_health(struct cw_payload_maker *m, json_t *medium)
{
	struct cw_health before, after;
	json_t *was, *is, *o;
	bool worse = false;
	if (!cw_replay_health(&m->replay, &before, &after))
		return;
	o = json_object(), was = json_object(), is = json_object();
	for (size_t i = 0; cw_replay_health_key(i); i++) {
		const char *key = cw_replay_health_key(i);
		if (cw_replay_health_count(&before, i) != CW_NOT_TOLD)
			cw_put_u64(m, was, key, cw_replay_health_count(&before, i));
		if (cw_replay_health_count(&after, i) != CW_NOT_TOLD)
			cw_put_u64(m, is, key, cw_replay_health_count(&after, i));
		worse = worse || cw_replay_health_worse(&before, &after, i);
	}
	cw_put(m, o, "before", was);
	cw_put(m, o, "after", is);
	cw_put_bool(m, o, "worse", worse);
	cw_put_u64(m, o, "line", m->replay.health_line);
	cw_put(m, medium, "health", o);
}

json_t *cw_payload_medium(struct cw_payload_maker *m)
{
	const struct cw_medium *from = &m->replay.medium;
	json_t *o = json_object();
	cw_put_text(m, o, "class", cw_class_name(from->class_));
	cw_put_text(m, o, "mediaType", media_type(from->class_));
	cw_put_text(m, o, "transport", cw_bus_name(from->bus));
	cw_put_known(m, o, "vendor", from->vendor.text);
	cw_put_known(m, o, "model", from->model.text);
	cw_put_known(m, o, "firmware", from->firmware.text);
	put_serial(m, o);
	cw_put_text(m, o, "wwn", from->wwn.text);
	cw_put_text(m, o, "cid", from->cid.text);
	cw_put_text(m, o, "usbVidPid", from->usb_id.text);
	cw_put_text(m, o, "bridgeSerial", from->bridge_serial.text);
	/* Where a hidden area is opened, all of it counts, and what it showed before is told besides. */
	cw_put_u64(m, o, "capacityBytes", m->replay.plan.shown_bytes || cw_plan_resizes(&m->replay.plan) ? m->replay.plan.size_bytes : from->size_bytes);
	if (m->replay.plan.shown_bytes)
		cw_put_u64(m, o, "shownBytes", from->size_bytes);
	cw_put_u64(m, o, "logicalBlockBytes", from->logical_bytes);
	cw_put_u64(m, o, "physicalBlockBytes", from->physical_bytes);
	cw_put_bool(m, o, "virtual", m->verdict.laboratory);
	cw_put(m, o, "hiddenArea", hidden_area(m));
	cw_put_text(m, o, "identitySha256", m->replay.opening.done ? m->replay.opening.identity_sha256 : m->replay.identity_sha256);
	cw_put_known(m, o, "node", cw_json_str(json_object_get(m->job, "attachment"), "node", ""));
	cw_put_known(m, o, "port", cw_json_str(json_object_get(m->job, "attachment"), "port", ""));
	cw_put(m, o, "contentsBefore", contents_before(m));
	put_health(m, o);
	return o;
}
