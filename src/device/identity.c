/* SPDX-License-Identifier: Apache-2.0 */
/* identity: is this the medium that was authorised?  One list of fields makes both the digest and the comparison. */
#include "serial.h"

#include <inttypes.h>
#include <string.h>

#define FIELDS_MAX 12

/* One thing that must not change: its key in the digest, its name for people, its value as text. */
struct field {
	const char *key, *words;
	const char *text;
	bool secret; /* people must read it from the label: never show it whole */
	bool is_number;
	uint64_t number;
};

static size_t medium_fields(const struct cw_medium *m, struct field out[FIELDS_MAX])
{
	size_t n = 0;

	out[n++] = (struct field){ .key = "bus", .words = _("bus"), .text = cw_bus_name(m->bus) };
	out[n++] = (struct field){ .key = "vendor", .words = _("vendor"), .text = m->vendor.text };
	out[n++] = (struct field){ .key = "model", .words = _("model"), .text = m->model.text };
	out[n++] = (struct field){ .key = "serial", .words = _("serial number"), .text = cw_serial_of(m), .secret = true };
	out[n++] = (struct field){ .key = "wwn", .words = _("world-wide name"), .text = m->wwn.text };
	out[n++] = (struct field){ .key = "cid", .words = _("card identification"), .text = m->cid.text };
	out[n++] = (struct field){ .key = "usbId", .words = _("USB vendor and product"), .text = m->usb_id.text };
	out[n++] = (struct field){ .key = "sizeBytes", .words = _("size in bytes"), .is_number = true, .number = m->size_bytes };
	out[n++] = (struct field){ .key = "logicalBytes", .words = _("sector size in bytes"), .is_number = true, .number = m->logical_bytes };
	return n;
}

static size_t attachment_fields(const struct cw_medium *m, struct field out[FIELDS_MAX])
{
	size_t n = 0;

	out[n++] = (struct field){ .key = "node", .words = _("device node"), .text = m->node };
	out[n++] = (struct field){ .key = "diskseq", .words = _("kernel's disk sequence number"), .is_number = true, .number = m->diskseq };
	out[n++] = (struct field){ .key = "port", .words = _("port"), .text = m->port };
	return n;
}

int cw_identity_digest(const struct cw_medium *m, char out[CW_SHA256_HEX], struct cw_error *err)
{
	CW_AUTO_JSON json_t *doc = json_object();
	struct field f[FIELDS_MAX];
	size_t n = medium_fields(m, f);

	for (size_t i = 0; i < n; i++) {
		json_t *value = f[i].is_number ? json_integer((json_int_t)f[i].number) : json_string(f[i].text);

		/* jansson takes no text that is no UTF-8, and hands the refusal on here. */
		if (json_object_set_new(doc, f[i].key, value))
			return cw_fail(err, CW_E_INVALID, 0, m->node, NULL, _("The identity of the medium has a field that is no valid text: %s."), f[i].words);
	}
	return cw_json_digest(doc, out, err);
}

static bool is_same(const struct field *a, const struct field *b)
{
	return a->is_number ? a->number == b->number : !strcmp(a->text, b->text);
}

static void show(char dst[CW_TEXT_MAX], const struct field *f)
{
	if (f->is_number)
		snprintf(dst, CW_TEXT_MAX, "%" PRIu64, f->number);
	else if (f->secret)
		cw_serial_mask(dst, CW_TEXT_MAX, f->text);
	else
		cw_strlcpy(dst, f->text, CW_TEXT_MAX);
}

static int differs(const struct cw_medium *m, const struct field *expected, const struct field *found, struct cw_error *err)
{
	char want[CW_TEXT_MAX], have[CW_TEXT_MAX];

	show(want, expected);
	show(have, found);
	return cw_fail(err, CW_E_IDENTITY, 0, m->node, _("List the media again and check which one is meant."),
		       _("This is not the medium that was confirmed: for its %s \"%s\" was expected and \"%s\" was found."), expected->words, want, have);
}

/* Of a disc that is held alone the sequence number stays what it was, whatever is put in. */
static int check_disc(const struct cw_medium *expected, const struct cw_medium *found, struct cw_error *err)
{
	if (!expected->disc_changed_ms || !found->disc_changed_ms || expected->disc_changed_ms == found->disc_changed_ms)
		return 0;
	return cw_fail(err, CW_E_IDENTITY, 0, expected->node, _("Put the right disc in, and begin anew."),
		       _("The tray of %s was opened since, or another disc was put in: what is in it now was not confirmed."), expected->node);
}

int cw_identity_compare(const struct cw_medium *expected, const struct cw_medium *found, bool with_attachment, struct cw_error *err)
{
	struct field want[2 * FIELDS_MAX], have[2 * FIELDS_MAX];
	size_t n = medium_fields(expected, want);

	medium_fields(found, have);
	if (with_attachment) {
		attachment_fields(found, have + n);
		n += attachment_fields(expected, want + n);
	}
	for (size_t i = 0; i < n; i++)
		if (!is_same(&want[i], &have[i]))
			return differs(expected, &want[i], &have[i], err);
	return with_attachment ? check_disc(expected, found, err) : 0;
}
