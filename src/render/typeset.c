/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The typesetter's work, and the only code with HarfBuzz: which glyph shows which characters, and a font that has only those.
 *
 * Kerning and ligatures are off: then a glyph depends on its characters alone and not on its neighbours, and whoever checks the page later can set it again from
 * what the page itself says of its font, without this font, this library or this program.
 */
#include <hb-ot.h>
#include <hb-subset.h>
#include <hb.h>
#include <string.h>

#include "typeface.h"

static const struct { char letter; const char *name; } fonts[FACE_FONTS] = { [FACE_REGULAR] = { 'R', "Noto Sans CJK TC" }, [FACE_MONO] = { 'M', "Noto Sans Mono CJK TC" } };

struct setter {
	hb_face_t *face[FACE_FONTS];
	hb_font_t *font[FACE_FONTS];
	struct cw_typeface known; /* what was set so far; kept sorted */
	hb_set_t *glyphs;         /* borrowed from subset */
	hb_subset_input_t *subset;
	struct cw_buf *answer;
};

/* ---- faces ---- */

static bool is_called(hb_face_t *face, const char *name)
{
	char found[64];
	unsigned len = sizeof found;

	hb_ot_name_get_utf8(face, HB_OT_NAME_ID_FULL_NAME, HB_LANGUAGE_INVALID, &len, found);
	if (strcmp(found, name) == 0)
		return true;
	len = sizeof found;
	hb_ot_name_get_utf8(face, HB_OT_NAME_ID_FONT_FAMILY, HB_LANGUAGE_INVALID, &len, found);
	return strcmp(found, name) == 0;
}

/* Only CFF outlines: of TrueType ones the subset gets new numbers, and the page would show other characters than its text layer says. */
static bool is_usable(hb_face_t *face)
{
	hb_blob_t *cff = hb_face_reference_table(face, HB_TAG('C', 'F', 'F', ' '));
	bool ok = hb_blob_get_length(cff) > 0 && hb_face_get_upem(face) == FACE_EM;

	hb_blob_destroy(cff);
	return ok;
}

static void find_faces(struct setter *s, hb_blob_t *collection)
{
	unsigned n = hb_face_count(collection);

	for (unsigned i = 0; i < n; i++) {
		hb_face_t *face = hb_face_create(collection, i);

		for (size_t f = 0; f < FACE_FONTS; f++)
			if (!s->face[f] && is_called(face, fonts[f].name) && is_usable(face))
				s->face[f] = hb_face_reference(face);
		hb_face_destroy(face);
	}
	for (size_t f = 0; f < FACE_FONTS; f++)
		s->font[f] = s->face[f] ? hb_font_create(s->face[f]) : NULL;
}

static void setter_clear(struct setter *s)
{
	for (size_t f = 0; f < FACE_FONTS; f++) {
		hb_font_destroy(s->font[f]);
		hb_face_destroy(s->face[f]);
	}
	hb_subset_input_destroy(s->subset);
	free(s->known.glyphs);
}

/* ---- glyphs ---- */

static void cannot(struct setter *s, const char *text, size_t len)
{
	char hex[2 * FACE_TEXT_MAX];

	cw_hex(hex, text, len < FACE_TEXT_MAX ? len : face_character(text));
	cw_buf_printf(s->answer, "cannot %s\n", hex);
}

/* A glyph stands for one text only, or the text layer could not say which. */
static bool is_taken(const struct setter *s, enum face_font font, const char *text, hb_codepoint_t glyph)
{
	for (size_t i = 0; i < s->known.n; i++)
		if (s->known.glyphs[i].font == font && s->known.glyphs[i].cid == glyph && strcmp(s->known.glyphs[i].text, text) != 0)
			return true;
	return false;
}

/* One glyph for one cluster, standing where it stands: all else would have to be placed by hand. */
static bool take_cluster(struct setter *s, enum face_font font, const char *text, size_t len, const hb_glyph_info_t *info, const hb_glyph_position_t *at, struct cw_error *err)
{
	char cluster[FACE_TEXT_MAX];
	size_t found;

	if (len >= sizeof cluster || !info->codepoint || at->x_offset || at->y_offset || at->x_advance <= 0)
		return false;
	memcpy(cluster, text, len);
	cluster[len] = 0;
	const struct face_glyph *g = face_glyph_at(&s->known, font, cluster, &found);

	if (g && found == len)
		return g->cid == info->codepoint && g->advance == at->x_advance;
	if (is_taken(s, font, cluster, info->codepoint) || face_add(&s->known, font, cluster, info->codepoint, (unsigned long)at->x_advance, err))
		return false;
	hb_set_add(s->glyphs, info->codepoint);
	return true;
}

static bool take_glyphs(struct setter *s, enum face_font font, const char *text, size_t len, hb_buffer_t *shaped, struct cw_error *err)
{
	unsigned n, m;
	const hb_glyph_info_t *info = hb_buffer_get_glyph_infos(shaped, &n);
	const hb_glyph_position_t *at = hb_buffer_get_glyph_positions(shaped, &m);

	for (unsigned i = 0; i < n; i++) {
		size_t from = info[i].cluster, upto = i + 1 < n ? info[i + 1].cluster : len;

		if (upto <= from || !take_cluster(s, font, text + from, upto - from, &info[i], &at[i], err)) {
			cannot(s, text + from, upto > from ? upto - from : face_character(text + from));
			return false;
		}
	}
	return true;
}

static bool set_line(struct setter *s, enum face_font font, const char *text, size_t len, struct cw_error *err)
{
	static const hb_feature_t plain[] = {
		{ HB_TAG('k', 'e', 'r', 'n'), 0, HB_FEATURE_GLOBAL_START, HB_FEATURE_GLOBAL_END }, { HB_TAG('l', 'i', 'g', 'a'), 0, HB_FEATURE_GLOBAL_START, HB_FEATURE_GLOBAL_END },
		{ HB_TAG('c', 'l', 'i', 'g'), 0, HB_FEATURE_GLOBAL_START, HB_FEATURE_GLOBAL_END }, { HB_TAG('c', 'a', 'l', 't'), 0, HB_FEATURE_GLOBAL_START, HB_FEATURE_GLOBAL_END },
	};
	hb_buffer_t *buffer = hb_buffer_create();

	hb_buffer_add_utf8(buffer, text, (int)len, 0, (int)len);
	hb_buffer_set_direction(buffer, HB_DIRECTION_LTR);
	hb_buffer_set_script(buffer, HB_SCRIPT_HAN);
	hb_buffer_set_language(buffer, hb_language_from_string("zh-Hant-TW", -1));
	hb_shape(s->font[font], buffer, plain, CW_ARRAY_LEN(plain));
	bool ok = take_glyphs(s, font, text, len, buffer, err);

	hb_buffer_destroy(buffer);
	return ok;
}

static bool set_all(struct setter *s, const char *request, size_t len, struct cw_error *err)
{
	const char *end = request + len;

	for (const char *line = request, *newline; line < end && (newline = memchr(line, '\n', (size_t)(end - line))); line = newline + 1) {
		enum face_font font = *line == fonts[FACE_MONO].letter ? FACE_MONO : FACE_REGULAR;

		if (newline - line > 1 && !set_line(s, font, line + 1, (size_t)(newline - line) - 1, err))
			return false;
	}
	return true;
}

/* ---- answer ---- */

/* Without hints and shared subroutines: smaller, once it is compressed. */
static bool put_program(struct setter *s)
{
	static const char *const dropped[] = { "GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "name", "post", "OS/2", "cmap" };
	hb_set_t *drop = hb_subset_input_set(s->subset, HB_SUBSET_SETS_DROP_TABLE_TAG);
	unsigned len = 0;

	for (size_t i = 0; i < CW_ARRAY_LEN(dropped); i++)
		hb_set_add(drop, hb_tag_from_string(dropped[i], 4));
	hb_subset_input_set_flags(s->subset, HB_SUBSET_FLAGS_NO_HINTING | HB_SUBSET_FLAGS_DESUBROUTINIZE);
	hb_face_t *face = hb_subset_or_fail(s->face[FACE_REGULAR], s->subset);
	hb_blob_t *cff = face ? hb_face_reference_table(face, HB_TAG('C', 'F', 'F', ' ')) : hb_blob_get_empty();
	const char *bytes = hb_blob_get_data(cff, &len);

	if (len) {
		cw_buf_printf(s->answer, "program %u\n", len);
		cw_buf_add(s->answer, bytes, len);
	}
	hb_blob_destroy(cff);
	hb_face_destroy(face);
	return len > 0;
}

/* The head of a font has a checksum over all of it, and its date. */
static void put_origin(struct setter *s)
{
	hb_blob_t *head = hb_face_reference_table(s->face[FACE_REGULAR], HB_TAG('h', 'e', 'a', 'd'));
	char hash[CW_SHA256_HEX];

	cw_sha256_hex(hb_blob_get_data(head, NULL), hb_blob_get_length(head), hash);
	cw_buf_printf(s->answer, "origin %.32s HarfBuzz %s\n", hash, hb_version_string());
	hb_blob_destroy(head);
}

static void put_glyphs(struct setter *s)
{
	for (size_t i = 0; i < s->known.n; i++) {
		const struct face_glyph *g = &s->known.glyphs[i];
		char hex[2 * FACE_TEXT_MAX];

		cw_hex(hex, g->text, strlen(g->text));
		cw_buf_printf(s->answer, "%c %u %u %s\n", fonts[g->font].letter, g->cid, g->advance, hex);
	}
}

int cw_typeset(const void *font, size_t font_len, const char *request, size_t len, struct cw_buf *answer, struct cw_error *err)
{
	struct setter s = { .answer = answer, .subset = hb_subset_input_create_or_fail() };
	hb_blob_t *blob = hb_blob_create(font, (unsigned)font_len, HB_MEMORY_MODE_READONLY, NULL, NULL);

	s.glyphs = s.subset ? hb_subset_input_glyph_set(s.subset) : NULL;
	if (s.subset)
		find_faces(&s, blob);
	cw_buf_str(answer, "certwipe-typeset 1\n");
	if (s.subset && (!s.face[FACE_REGULAR] || !s.face[FACE_MONO]))
		cw_buf_str(answer, "cannot nofont\n");
	else if (s.subset && set_all(&s, request, len, err)) {
		put_origin(&s);
		put_glyphs(&s);
		answer->failed |= !put_program(&s);
	}
	bool failed = !s.subset || answer->failed;

	setter_clear(&s);
	hb_blob_destroy(blob);
	return failed ? cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the page.")) : 0;
}
