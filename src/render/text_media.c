/* SPDX-License-Identifier: Apache-2.0 */
/* Media and plans as text. */
#include <string.h>

#include "text.h"

static const char *state_words(const char *state)
{
	static const struct { const char *state, *words; } known[] = {
		{ "ready", N_("ready") }, { "in-use", N_("in use") }, { "system", N_("system: locked") }, { "read-only", N_("read-only") }, { "no-medium", N_("no medium") },
		{ "ambiguous", N_("ambiguous") }, { "write-once", N_("write-once") }, { "zoned", N_("zoned: cannot be overwritten") }, { "unreadable", N_("unreadable") },
		{ "no-technique", N_("cannot be wiped by this program") },
	};

	for (size_t i = 0; i < CW_ARRAY_LEN(known); i++)
		if (!strcmp(known[i].state, state))
			return known[i].words;
	return state;
}

static void size_text(char *dst, size_t size, const json_t *j, const char *key)
{
	uint64_t bytes = cw_json_u64(j, key, 0);

	*dst = 0;
	if (bytes)
		cw_text_bytes(dst, size, bytes);
}

static void name_text(char *dst, size_t size, const json_t *j)
{
	const char *vendor = cw_json_str(j, "vendor", ""), *model = cw_json_str(j, "model", "");
	unsigned long long namespaces = cw_json_u64(j, "namespaces", 0);
	char part[64] = "";

	if (namespaces > 1)
		snprintf(part, sizeof part, _(", one of %llu namespaces"), namespaces);
	snprintf(dst, size, "%s%s%s%s%s%s", cw_json_str(j, "words", ""), *vendor || *model ? ", " : "", vendor, *vendor && *model ? " " : "", model, part);
}

void cw_text_list(const json_t *doc, size_t width, struct cw_buf *out)
{
	const char *const titles[] = { _("MEDIUM"), _("WHAT IT IS"), _(">SIZE"), _("SERIAL"), _("CONTENTS"), _("STATE") };
	struct cw_table *t = cw_table_new(titles, CW_ARRAY_LEN(titles), width);
	const json_t *media = json_object_get(doc, "media"), *m;
	size_t i;

	json_array_foreach(media, i, m) {
		char name[600], size[32], serial[1200], state[700];
		const char *quality = cw_json_str(m, "serialQuality", ""), *why = cw_json_str(m, "why", "");

		name_text(name, sizeof name, m);
		size_text(size, sizeof size, m, "sizeBytes");
		snprintf(serial, sizeof serial, "%s%s", cw_json_str(m, "serialMasked", ""),
			 !strcmp(quality, "weak") ? _(" (weak)") : !strcmp(quality, "none") ? _("none") : "");
		snprintf(state, sizeof state, "%s%s%s", _(state_words(cw_json_str(m, "state", ""))), *why ? ": " : "", why);
		cw_table_row(t, (const char *const[]){ cw_json_str(m, "node", ""), name, size, serial, cw_json_str(m, "contentsPhrase", ""), state });
	}
	cw_table_take(t, out);
	if (!json_array_size(media))
		cw_buf_printf(out, "%s\n", cw_json_bool(doc, "all", false) ? _("There are no media.") :
									     _("There are no removable media. `certwipe list --all` shows fixed drives and virtual media too."));
}

/* ---- inspect ---- */

/* A card's identification has its serial number in it: bytes 9 to 12 of SD's, 10 to 13 of eMMC's (JESD84-B51 7.2). */
static void mask_cid(char *dst, size_t size, const char *cid)
{
	if (strlen(cid) == 32)
		snprintf(dst, size, "%.18s......%s", cid, cid + 28);
	else
		cw_serial_mask(dst, size, cid);
}

static void id_line(struct cw_buf *out, const char *label, const json_t *medium, const char *key, bool mask)
{
	const json_t *id = json_object_get(medium, key);
	const char *text = mask ? cw_json_str(medium, "fullSerial", "") : cw_json_str(id, "text", ""), *why = cw_json_str(id, "why", "");
	char shown[CW_SERIAL_MAX];

	if (!id || (!*text && strcmp(key, "serial") != 0))
		return;
	/* Many bridges repeat the serial of the drive inside. */
	if ((mask || !strcmp(key, "bridgeSerial")) && !cw_json_bool(medium, "virtual", false))
		cw_serial_mask(shown, sizeof shown, text);
	else if (!strcmp(key, "cid"))
		mask_cid(shown, sizeof shown, text);
	else
		cw_strlcpy(shown, text, sizeof shown);
	cw_field_printf(out, label, "%s  (%s, %s%s%s)", *shown ? shown : "-", cw_json_str(id, "source", ""), cw_json_str(id, "quality", ""), *why ? ": " : "", why);
}

/* A row that only says why nothing was found is no part of the medium. */
static bool says_something(const json_t *part)
{
	return cw_json_u64(part, "number", 0) || *cw_json_str(part, "type", "") || *cw_json_str(part, "usage", "") || *cw_json_str(part, "table", "");
}

static void contents_lines(struct cw_buf *out, const json_t *contents, size_t width)
{
	const char *const titles[] = { _("  PART"), _(">OFFSET"), _(">SIZE"), _("TYPE"), _("LABEL") };
	struct cw_table *t = cw_table_new(titles, CW_ARRAY_LEN(titles), width);
	const json_t *part;
	size_t i;

	json_array_foreach(contents, i, part) {
		char number[32], offset[32], size[32];

		if (!says_something(part))
			continue;
		snprintf(number, sizeof number, "  %s", cw_json_u64(part, "number", 0) ? "" : _("whole"));
		if (cw_json_u64(part, "number", 0))
			snprintf(number, sizeof number, "  %llu", (unsigned long long)cw_json_u64(part, "number", 0));
		snprintf(offset, sizeof offset, "%llu", (unsigned long long)cw_json_u64(part, "offsetBytes", 0));
		size_text(size, sizeof size, part, "sizeBytes");
		cw_table_row(t, (const char *const[]){ number, offset, size,
						       *cw_json_str(part, "type", "") ? cw_json_str(part, "type", "") : cw_json_str(part, "table", "-"),
						       cw_json_str(part, "label", "") });
	}
	cw_table_take(t, out);
}

static const char *contents_words(const json_t *doc, const json_t *medium)
{
	const char *why = cw_json_str(doc, "contentsWhy", "");

	if (*why || !cw_json_bool(doc, "contentsKnown", false))
		return why;
	if (!strcmp(cw_json_str(medium, "disc", ""), "blank"))
		return _("blank");
	return json_array_size(json_object_get(doc, "contents")) ? " " : _("nothing recognised");
}

static const char *disc_words(const char *disc)
{
	if (!strcmp(disc, "blank"))
		return _("blank: nothing is recorded on it, says the drive");
	return !strcmp(disc, "appendable") ? _("appendable: more can be recorded") : _("closed: nothing can be added");
}

/* What is said of a medium only when there is one: an empty drive has neither size nor areas. */
static void medium_lines(struct cw_buf *out, const json_t *doc, const json_t *m)
{
	const json_t *hidden = json_object_get(m, "hidden");
	const char *disc = cw_json_str(m, "disc", "");
	char size[32];

	if (!cw_json_bool(m, "hasMedium", true))
		return;
	cw_field(out, _("identity"), cw_json_bool(doc, "weakIdentity", false) ? _("weak: this medium cannot be told from others of its kind by what it says of itself") : _("good"));
	size_text(size, sizeof size, m, "sizeBytes");
	if (*size)
		cw_field_printf(out, _("size"), _("%s (%llu bytes; sectors of %llu, physical %llu)"), size, (unsigned long long)cw_json_u64(m, "sizeBytes", 0),
				(unsigned long long)cw_json_u64(m, "logicalBytes", 0), (unsigned long long)cw_json_u64(m, "physicalBytes", 0));
	if (*disc)
		cw_field(out, _("disc"), disc_words(disc));
	cw_field_printf(out, _("hidden areas"), "%s%s%s", cw_json_str(hidden, "state", ""), *cw_json_str(hidden, "why", "") ? ": " : "", cw_json_str(hidden, "why", ""));
}

static void use_lines(struct cw_buf *out, const json_t *doc)
{
	const json_t *use;
	size_t i;

	json_array_foreach(json_object_get(doc, "uses"), i, use) {
		/* Empty for what the system runs from: nobody is told how to let go of that. */
		const char *release = cw_json_str(use, "release", "");

		cw_field_printf(out, _("used"), "%s%s%s", cw_json_str(use, "what", ""), *release ? _("; release it with: ") : "", release);
	}
}

/* ---- optical drives ---- */

static void joined(struct cw_buf *line, const json_t *names)
{
	const json_t *name;
	size_t i;

	json_array_foreach(names, i, name)
		cw_buf_printf(line, "%s%s", i ? ", " : "", json_string_value(name));
}

static void drive_lines(struct cw_buf *out, const json_t *drive)
{
	const char *tray = cw_json_str(drive, "tray", "");
	CW_AUTO_BUF struct cw_buf writes = { 0 }, blanks = { 0 };

	if (!drive)
		return;
	joined(&writes, json_object_get(drive, "writes"));
	joined(&blanks, json_object_get(drive, "blanks"));
	cw_field(out, _("drive writes"), writes.len ? writes.data : _("nothing: it only reads"));
	cw_field(out, _("drive blanks"), blanks.data);
	if (*tray)
		cw_field(out, _("tray"), !strcmp(tray, "open") ? _("open") : _("closed; there is no disc in it, or none that the drive recognises"));
}

/* What no software does anything about has one way left, which can be typed as it stands here. */
static void then_line(struct cw_buf *out, const json_t *doc)
{
	const char *state = cw_json_str(doc, "state", "");

	if (!strcmp(state, "write-once") || !strcmp(state, "no-technique"))
		cw_field_printf(out, _("then"), _("destroy it physically, and record that: certwipe destroy %s"), cw_json_str(json_object_get(doc, "attachment"), "node", ""));
}

void cw_text_inspect(const json_t *doc, size_t width, struct cw_buf *out)
{
	const json_t *m = json_object_get(doc, "medium"), *a = json_object_get(doc, "attachment");

	cw_buf_printf(out, "%s  %s\n", cw_json_str(a, "node", ""), cw_json_str(doc, "words", ""));
	id_line(out, _("vendor"), m, "vendor", false);
	id_line(out, _("model"), m, "model", false);
	id_line(out, _("serial"), m, "serial", true);
	id_line(out, _("firmware"), m, "firmware", false);
	id_line(out, _("world-wide name"), m, "wwn", false);
	id_line(out, _("USB id"), m, "usbId", false);
	id_line(out, _("bridge serial"), m, "bridgeSerial", false);
	id_line(out, _("card id"), m, "cid", false);
	medium_lines(out, doc, m);
	cw_field(out, _("attached at"), cw_json_str(a, "port", ""));
	cw_field_printf(out, _("state"), "%s%s%s", _(state_words(cw_json_str(doc, "state", ""))), *cw_json_str(doc, "why", "") ? ": " : "", cw_json_str(doc, "why", ""));
	use_lines(out, doc);
	then_line(out, doc);
	drive_lines(out, json_object_get(doc, "drive"));
	if (!cw_json_bool(m, "hasMedium", true))
		return;
	cw_text_capabilities(json_object_get(doc, "capabilities"), out);
	cw_field(out, _("contents"), contents_words(doc, m));
	contents_lines(out, json_object_get(doc, "contents"), width);
}

/* ---- plans ---- */

static void what_text(char *dst, size_t size, const json_t *step)
{
	static const struct { const char *does, *words; } native[] = {
		{ "mark", N_("write markers") },          { "mark-check", N_("read the markers back") },
		{ "native", N_("the medium sanitises itself") }, { "look", N_("look at all of it") },
		{ "open", N_("open the hidden area") }, { "reload", N_("eject and load the disc") },
		{ "look-marks", N_("look where the markers were") }, { "look-sample", N_("look at a sample") },
		{ "keys", N_("destroy keys of encrypted volumes") }, { "keys-check", N_("read the places of the keys back") },
	};
	const char *pattern = cw_json_str(step, "patternHex", "");

	for (size_t i = 0; i < CW_ARRAY_LEN(native); i++)
		if (!strcmp(native[i].does, cw_json_str(step, "do", ""))) {
			cw_strlcpy(dst, _(native[i].words), size);
			return;
		}
	snprintf(dst, size, _("%s pass %llu: %s%s%s"), cw_json_str(step, "do", ""), (unsigned long long)cw_json_u64(step, "pass", 0), cw_json_str(step, "stream", ""),
		 *pattern ? " " : "", pattern);
}

static void caveat_lines(struct cw_buf *out, const json_t *plan, size_t width)
{
	const json_t *id;
	size_t i;

	json_array_foreach(json_object_get(plan, "caveats"), i, id) {
		CW_AUTO_BUF struct cw_buf line = { 0 };
		const char *text = cw_caveat_text(json_string_value(id), "en");

		cw_buf_printf(&line, "%s: %s", json_string_value(id), text ? text : "");
		cw_paragraph(out, "  ", line.data ? line.data : "", width);
	}
}

static void key_lines(struct cw_buf *out, const json_t *keys)
{
	const json_t *v;
	size_t i;

	json_array_foreach(json_object_get(keys, "volumes"), i, v)
		cw_field_printf(out, _("keys of"), _("%s, %llu bytes at %llu"), cw_volume_words(cw_volume_of_slug(cw_json_str(v, "kind", ""))),
				(unsigned long long)cw_json_u64(v, "sizeBytes", 0), (unsigned long long)cw_json_u64(v, "offsetBytes", 0));
}

/* Both sizes of a medium that hides something. */
static void shown_line(struct cw_buf *out, const json_t *plan)
{
	char shown[32], whole[32];

	if (!json_object_get(plan, "shownBytes"))
		return;
	cw_text_bytes(shown, sizeof shown, cw_json_u64(plan, "shownBytes", 0));
	cw_text_bytes(whole, sizeof whole, cw_json_u64(plan, "sizeBytes", 0));
	cw_field_printf(out, _("size"), _("%s; with what it hides %s, which is all wiped"), shown, whole);
}

static void plan_lines(struct cw_buf *out, const json_t *plan, size_t width)
{
	const json_t *step, *r;
	char time[64], what[256];
	size_t i;

	cw_field_printf(out, _("policy"), "%s (%s)", cw_json_str(plan, "policy", ""), cw_json_str(plan, "standard", ""));
	cw_field_printf(out, _("technique"), "%s, %s", cw_json_str(plan, "technique", ""), cw_json_str(plan, "scheme", ""));
	cw_field(out, _("can reach"), cw_json_str(plan, "level", ""));
	cw_text_duration(time, sizeof time, cw_json_u64(plan, "expectedSeconds", 0));
	cw_field_printf(out, _("takes about"), _("%s (a guess from the kind of medium)"), time);
	shown_line(out, plan);
	caveat_lines(out, plan, width);
	key_lines(out, json_object_get(plan, "keys"));
	json_array_foreach(json_object_get(plan, "steps"), i, step) {
		what_text(what, sizeof what, step);
		cw_buf_printf(out, "  %2zu. %s\n", i + 1, what);
		cw_paragraph(out, "      ", _(cw_json_str(step, "reason", "")), width);
	}
	json_array_foreach(json_object_get(plan, "rejected"), i, r)
		cw_buf_printf(out, _("  not taken: %s: %s\n"), cw_json_str(r, "what", ""), _(cw_json_str(r, "why", "")));
	if (cw_json_bool(plan, "unconfirmed", false))
		cw_paragraph(out, "  ", _("What the technique is worth nobody has confirmed; it is planned because that is allowed, and the document says so."), width);
	json_array_foreach(json_object_get(plan, "alsoErased"), i, r) {
		cw_text_bytes(what, sizeof what, cw_json_u64(r, "sizeBytes", 0));
		cw_buf_printf(out, _("  ALSO ERASED: namespace %llu of the drive, %s %s\n"), (unsigned long long)cw_json_u64(r, "namespace", 0), what, cw_json_str(r, "node", ""));
	}
	if (cw_json_bool(plan, "replug", false))
		cw_paragraph(out, "  ", _("Before it is read back, the medium has to be unplugged and plugged in again."), width);
	if (!cw_json_bool(plan, "wipeClosesCase", true))
		cw_paragraph(out, "  ", _("Under this policy wiping is not enough: the medium must then be destroyed physically."), width);
}

void cw_text_planned(const json_t *doc, size_t width, struct cw_buf *out)
{
	cw_buf_printf(out, "%s  %s\n", cw_json_str(doc, "node", ""), cw_json_str(doc, "words", ""));
	use_lines(out, doc);
	plan_lines(out, json_object_get(doc, "plan"), width);
	cw_field(out, _("plan digest"), cw_json_str(doc, "planSha256", ""));
}

static bool asks_for(const json_t *doc, const char *how)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(doc, "ask"), i, one)
		if (!strcmp(json_string_value(one), how))
			return true;
	return false;
}

/* The serial number that is shown of a disc is that of the drive, and the next disc in it has the same. */
static void weak_lines(struct cw_buf *out, const json_t *doc, size_t width)
{
	bool is_disc = cw_class_is_optical(cw_class_of_name(cw_json_str(json_object_get(doc, "plan"), "class", "")));

	if (!cw_json_bool(doc, "weakIdentity", false))
		return;
	if (is_disc && asks_for(doc, "asset-tag"))
		cw_paragraph(out, "  ", _("Its identity is weak: the serial number is that of the drive, and the next disc in it would have the same. Look at the number that is written on the disc."), width);
	else if (is_disc)
		cw_paragraph(out, "  ", _("Its identity is weak: the serial number is that of the drive, and the next disc in it would have the same. Write a number on the disc and name it in a case "
					  "(certwipe case new assetTag=NUMBER --out disc.case, then wipe with --case disc.case): it is asked for then, and stands in the document."), width);
	else
		cw_paragraph(out, "  ", _("Its identity is weak: it cannot be told from others of its kind by what it says of itself. Look twice."), width);
}

void cw_text_prepared(const json_t *doc, size_t width, struct cw_buf *out)
{
	bool only_keys = !strcmp(cw_json_str(json_object_get(doc, "plan"), "technique", ""), "key_destroy");
	char name[600], size[32];

	name_text(name, sizeof name, doc);
	size_text(size, sizeof size, doc, "sizeBytes");
	cw_buf_printf(out, "\n%s\n  %s  %s  %s  %s\n", only_keys ? _("The keys of everything that is encrypted on this medium will be destroyed, and all else will stay on it:") :
							       _("Everything on this medium will be destroyed:"), cw_json_str(doc, "node", ""), name, size,
		      cw_json_str(doc, "serialMasked", ""));
	contents_lines(out, json_object_get(doc, "contents"), width);
	weak_lines(out, doc, width);
	if (cw_json_bool(doc, "virtual", false))
		cw_paragraph(out, "  ", _("LABORATORY: this is an image file or loop device; its document will say so."), width);
	plan_lines(out, json_object_get(doc, "plan"), width);
}

/* ---- dry run: what would be sent ---- */

static void dry_run_commands(struct cw_buf *out, const json_t *commands)
{
	const json_t *c;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)commands, i, c)
		cw_buf_printf(out, "      %s %s%s%s\n", cw_json_str(c, "set", ""), cw_json_str(c, "requestHex", ""), json_object_get(c, "dataOutHex") ? " + " : "",
			      cw_json_str(c, "dataOutHex", ""));
}

static void dry_run_spans(struct cw_buf *out, const json_t *planned, const char *what, bool writes)
{
	const json_t *s;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(json_object_get(planned, "plan"), "keys"), "spans"), i, s) {
		unsigned long long from = cw_json_u64(s, "offsetBytes", 0), upto = from + cw_json_u64(s, "lengthBytes", 0);

		if (writes)
			cw_buf_printf(out, _("  WRITE bytes %llu to %llu, at most %u at a time (%s); then FLUSH\n"), from, upto, CW_SLOT_BYTES, what);
		else
			cw_buf_printf(out, _("  READ bytes %llu to %llu, at most %u at a time (%s)\n"), from, upto, CW_SLOT_BYTES, what);
	}
}

static void dry_run_step(struct cw_buf *out, const json_t *planned, const json_t *step)
{
	const char *does = cw_json_str(step, "do", "");
	unsigned long long size = cw_json_u64(json_object_get(planned, "plan"), "sizeBytes", 0);
	char what[256];

	what_text(what, sizeof what, step);
	if (!strcmp(does, "native")) {
		cw_buf_printf(out, _("  COMMANDS (%s); those that ask are sent until it says that it has ended\n"), what);
		dry_run_commands(out, json_object_get(planned, "commands"));
	} else if (!strcmp(does, "open")) {
		cw_buf_printf(out, _("  COMMANDS (%s)\n"), what);
		dry_run_commands(out, json_object_get(planned, "opening"));
	} else if (!strcmp(does, "reload")) {
		cw_buf_printf(out, _("  COMMANDS (%s); then it is compared anew\n"), what);
		dry_run_commands(out, json_object_get(planned, "reloading"));
	} else if (!strcmp(does, "write") && json_object_get(planned, "recording")) {
		cw_buf_printf(out, _("  COMMANDS (%s); WRITE(10) again and again, up to %llu bytes, 64 KiB at a time\n"), what, size);
		dry_run_commands(out, json_object_get(planned, "recording"));
	} else if (!strcmp(does, "keys") || !strcmp(does, "keys-check"))
		dry_run_spans(out, planned, what, !strcmp(does, "keys"));
	else if (!strcmp(does, "write") || !strcmp(does, "mark"))
		cw_buf_printf(out, _("  WRITE bytes 0 to %llu, at most %u at a time (%s); then FLUSH\n"), size, CW_SLOT_BYTES, what);
	else
		cw_buf_printf(out, _("  READ bytes 0 to %llu, at most %u at a time (%s)\n"), size, CW_SLOT_BYTES, what);
}

static void dry_run_plan(struct cw_buf *out, const json_t *planned)
{
	const json_t *step;
	size_t i;

	cw_buf_printf(out, "%s\n", cw_json_str(planned, "node", ""));
	json_array_foreach(json_object_get(json_object_get(planned, "plan"), "steps"), i, step)
		dry_run_step(out, planned, step);
}

void cw_text_dry_run(const json_t *doc, size_t width, struct cw_buf *out)
{
	const json_t *r;
	size_t i;

	(void)width;
	json_array_foreach(json_object_get(doc, "results"), i, r) {
		if (json_object_get(r, "plan"))
			dry_run_plan(out, r);
		else
			cw_buf_printf(out, "%s: %s\n", cw_json_str(r, "node", ""), cw_json_str(json_object_get(r, "error"), "message", ""));
	}
	cw_buf_printf(out, "%s\n", _("Nothing was written, and no command was sent but those that ask."));
}
