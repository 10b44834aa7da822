/* SPDX-License-Identifier: Apache-2.0 */
/* What a medium can do by itself, and how it is, as text. */
#include <string.h>

#include "text.h"

static const char *state_words(const char *state)
{
	return !strcmp(state, "yes") ? _("yes") : !strcmp(state, "no") ? _("no") : _("not known");
}

/* In the order of the features, under one label. */
static void feature_lines(struct cw_buf *out, const json_t *features)
{
	bool first = true;

	for (uint32_t f = CW_FEATURE_NONE + 1; f < CW_FEATURE_COUNT; f++) {
		const json_t *told = json_object_get(features, cw_feature_slug(f));
		const char *why = cw_json_str(told, "why", ""), *says = cw_json_str(told, "says", "");

		if (!told)
			continue;
		cw_field_printf(out, first ? _("own commands") : "", "%s: %s%s%s%s%s%s", cw_feature_words(f), state_words(cw_json_str(told, "state", "")), *says ? " (" : "", says,
				*says ? ")" : "", *why ? ": " : "", *why ? _(why) : "");
		first = false;
	}
}

static void health_line(struct cw_buf *out, const json_t *health)
{
	static const struct { const char *key, *words; } parts[] = {
		{ "reallocatedSectors", N_("%s%llu reallocated sectors") }, { "pendingSectors", N_("%s%llu pending sectors") },
		{ "uncorrectableSectors", N_("%s%llu uncorrectable sectors") }, { "mediaErrors", N_("%s%llu errors of the medium") },
		{ "percentageUsed", N_("%s%llu %% of its life used") }, { "powerOnHours", N_("%s%llu hours of operation") },
	};
	CW_AUTO_BUF struct cw_buf line = { 0 };

	for (size_t i = 0; i < CW_ARRAY_LEN(parts); i++)
		if (json_object_get(health, parts[i].key)) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			/* Ours, with the same two arguments in each. */
			cw_buf_printf(&line, _(parts[i].words), line.len ? ", " : "", (unsigned long long)cw_json_u64(health, parts[i].key, 0));
#pragma GCC diagnostic pop
		}
	cw_field(out, _("health"), line.data);
}

static const char *id_text(const json_t *drive, const char *key)
{
	return cw_json_str(json_object_get(drive, key), "text", "");
}

/* Its serial number is masked as that of the medium: it may be what stands on the label. */
static void drive_line(struct cw_buf *out, const json_t *drive)
{
	char serial[CW_SERIAL_MAX];

	if (!drive)
		return;
	cw_serial_mask(serial, sizeof serial, id_text(drive, "serial"));
	cw_field_printf(out, _("drive behind it"), "%s, %s, %s", id_text(drive, "model"), serial, id_text(drive, "firmware"));
}

static void sanitizing_line(struct cw_buf *out, const json_t *c)
{
	const char *state = cw_json_str(c, "sanitizing", "");

	if (!strcmp(state, "running"))
		cw_field_printf(out, _("just now"), _("it is sanitising itself, %llu %% done"), (unsigned long long)cw_json_u64(c, "sanitizeProgress", 0) * 100 / 65536);
	else if (!strcmp(state, "failed"))
		cw_field(out, _("just now"), _("closed: it could not sanitise itself"));
	else if (!strcmp(state, "verifying"))
		cw_field(out, _("just now"), _("closed: it has erased itself, and waits to be looked at (media verification)"));
	if (cw_json_bool(json_object_get(c, "nvme"), "mediaVerificationCanceled", false))
		cw_field(out, _("last Sanitize"), _("its media verification was broken off"));
}

/* ---- discs ---- */

static void recorded_line(struct cw_buf *out, const json_t *disc)
{
	static const struct { const char *name, *words; } statuses[] = {
		{ "empty", N_("blank") }, { "appendable", N_("appendable") }, { "complete", N_("complete") }, { "other", N_("written at any block") },
	};
	const char *status = cw_json_str(disc, "status", ""), *words = "";

	for (size_t i = 0; i < CW_ARRAY_LEN(statuses); i++)
		if (!strcmp(status, statuses[i].name))
			words = statuses[i].words;
	if (*words)
		cw_field_printf(out, _("recorded"), _("%s; sessions: %llu, tracks: %llu; %s"), _(words), (unsigned long long)cw_json_u64(disc, "sessions", 0),
				(unsigned long long)cw_json_u64(disc, "tracks", 0), cw_json_bool(disc, "erasable", false) ? _("can be erased") : _("cannot be erased"));
}

static void disc_capacity_line(struct cw_buf *out, const json_t *disc)
{
	char size[32];

	if (!json_object_get(disc, "capacityBytes"))
		return;
	cw_text_bytes(size, sizeof size, cw_json_u64(disc, "capacityBytes", 0));
	/* What is written only once is not formatted, whatever the drive calls it. */
	cw_field_printf(out, _("capacity"), "%s%s%s", size,
			!cw_json_bool(disc, "erasable", false) ? "" : cw_json_bool(disc, "formatted", false) ? _(", formatted") : _(", not formatted"),
			cw_json_bool(disc, "protected", false) ? _(", write-protected") : "");
}

static void disc_identity_lines(struct cw_buf *out, const json_t *disc)
{
	const json_t *maker = json_object_get(disc, "maker");
	const char *id = cw_json_str(disc, "idHex", "");

	if (*id)
		cw_field_printf(out, _("disc id"), "%s  (%s)", id, _("weak: the program that wrote the disc chose it"));
	if (maker)
		cw_field_printf(out, _("maker's code"), "%s  (%s)", cw_json_str(maker, "text", ""), _("weak: all discs of this make have the same"));
	cw_field(out, _("number"), _("What is read from a disc does not tell it from others: write a number on it, and name that in its case (assetTag)."));
}

static void disc_lines(struct cw_buf *out, const json_t *disc)
{
	const char *writes = cw_json_str(disc, "driveWrites", "");

	if (!disc)
		return;
	cw_field_printf(out, _("kind of disc"), "%s (%04llxh), %s", cw_json_str(disc, "profileName", ""), (unsigned long long)cw_json_u64(disc, "profile", 0),
			!strcmp(writes, "yes") ? _("which this drive writes as it is") : !strcmp(writes, "no") ? _("which this drive does not write as it is") :
												 _("of which the drive does not tell whether it writes it"));
	recorded_line(out, disc);
	disc_capacity_line(out, disc);
	disc_identity_lines(out, disc);
}

void cw_text_capabilities(const json_t *c, struct cw_buf *out)
{
	if (!c)
		return;
	if (!cw_json_bool(c, "asked", false)) {
		cw_field(out, _("own commands"), _(cw_json_str(c, "why", "")));
		return;
	}
	drive_line(out, json_object_get(c, "drive"));
	disc_lines(out, json_object_get(c, "disc"));
	sanitizing_line(out, c);
	feature_lines(out, json_object_get(c, "features"));
	if (!json_object_size(json_object_get(c, "features")))
		cw_field(out, _("own commands"), *cw_json_str(c, "passThroughWhy", "") ? _(cw_json_str(c, "passThroughWhy", "")) : _("none that it told of"));
	health_line(out, json_object_get(c, "health"));
	cw_field(out, _("asking it"), _(cw_json_str(c, "why", "")));
}
