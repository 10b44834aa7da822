/* SPDX-License-Identifier: Apache-2.0 */
/* Which glyph shows which characters, and how wide it is.  Filled by the typesetter's answer, or by what a PDF says of its own font. */
#include <stdlib.h>
#include <string.h>

#include "typeface.h"

#define COLLECTED_ADVANCE 500 /* while nobody knows yet */
#define HEAD "certwipe-typeset 1\n"

struct cw_typeface *cw_typeface_collector(void)
{
	struct cw_typeface *t = calloc(1, sizeof *t);

	if (t)
		t->collects = true;
	return t;
}

void cw_typeface_free(struct cw_typeface *t)
{
	if (!t)
		return;
	free(t->glyphs);
	cw_buf_clear(&t->program);
	cw_buf_clear(&t->request);
	free(t);
}

/* ---- characters ---- */

size_t face_character(const char *text)
{
	const unsigned char c = (unsigned char)*text;

	return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

uint32_t face_code_point(const char *text)
{
	size_t n = face_character(text);
	uint32_t c = n == 1 ? (unsigned char)*text : (unsigned char)*text & (0x7fu >> n);

	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)text[i] & 0x3f);
	return c;
}

/* ---- look up ---- */

static int compare_text(const struct face_glyph *g, enum face_font font, const char *text, size_t len)
{
	int order = (int)g->font - (int)font;

	if (!order)
		order = strncmp(g->text, text, len);
	return order ? order : g->text[len] != '\0';
}

/* Where it stands, or would. */
static size_t place_of(const struct cw_typeface *t, enum face_font font, const char *text, size_t len, bool *found)
{
	size_t low = 0, high = t->n;

	*found = false;
	while (low < high && !*found) {
		size_t middle = low + (high - low) / 2;
		int order = compare_text(&t->glyphs[middle], font, text, len);

		*found = order == 0;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return high;
}

const struct face_glyph *face_glyph_at(const struct cw_typeface *t, enum face_font font, const char *text, size_t *len)
{
	static const struct face_glyph any = { .advance = COLLECTED_ADVANCE };
	const struct face_glyph *found = NULL;
	bool known;

	*len = face_character(text);
	if (t->collects)
		return &any;
	for (size_t n = *len; n < FACE_TEXT_MAX; n += face_character(text + n)) {
		size_t at = place_of(t, font, text, n, &known);

		if (known) {
			found = &t->glyphs[at];
			*len = n;
		}
		if (!text[n] || text[n] == ' ' || (unsigned char)text[n] < 0x80)
			break; /* nothing combines with what comes before by being ASCII */
	}
	return found;
}

void face_note(struct cw_typeface *t, enum face_font font, const char *text, size_t len)
{
	if (!t->collects)
		return;
	cw_buf_add(&t->request, font == FACE_MONO ? "M" : "R", 1);
	cw_buf_add(&t->request, text, len);
	cw_buf_add(&t->request, "\n", 1);
}

int cw_typeface_request(const struct cw_typeface *collector, struct cw_buf *out, struct cw_error *err)
{
	cw_buf_add(out, collector->request.data ? collector->request.data : "", collector->request.len);
	return out->failed || collector->request.failed ? cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the page.")) : 0;
}

/* ---- fill ---- */

static int broken(struct cw_error *err)
{
	return cw_fail(err, CW_E_INVALID, 0, CW_TYPESETTER_NAME, NULL, _("The font of the page is not in the form that certwipe writes."));
}

static bool make_room(struct cw_typeface *t)
{
	size_t room = t->room ? 2 * t->room : 256;
	struct face_glyph *grown = t->n < t->room ? t->glyphs : realloc(t->glyphs, room * sizeof *grown);

	if (!grown)
		return false;
	t->room = t->n < t->room ? t->room : room;
	t->glyphs = grown;
	return true;
}

int face_add(struct cw_typeface *t, enum face_font font, const char *text, unsigned long cid, unsigned long advance, struct cw_error *err)
{
	struct face_glyph g = { .font = (uint8_t)font, .cid = (uint16_t)cid, .advance = (uint16_t)advance };
	bool found, fits = cw_strlcpy(g.text, text, sizeof g.text);
	size_t at = place_of(t, font, g.text, strlen(g.text), &found);

	if (!fits || found || t->n == FACE_GLYPHS_MAX || !cid || cid > UINT16_MAX || advance > 4 * FACE_EM || !*text || !cw_text_is_printable(text))
		return broken(err);
	if (!make_room(t))
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the page."));
	memmove(t->glyphs + at + 1, t->glyphs + at, (t->n - at) * sizeof g);
	t->glyphs[at] = g;
	t->n++;
	return 0;
}

/* ---- the typesetter's answer ---- */

static bool take_line(const char **at, const char *end, char *line, size_t size)
{
	const char *newline = memchr(*at, '\n', (size_t)(end - *at));
	size_t n = newline ? (size_t)(newline - *at) : 0;

	if (!newline || n >= size || memchr(*at, 0, n))
		return false;
	memcpy(line, *at, n);
	line[n] = 0;
	*at = newline + 1;
	return true;
}

static int unsupported(const char *said, struct cw_error *err)
{
	uint8_t bytes[FACE_TEXT_MAX] = "";
	size_t n = strlen(said) / 2;

	if (!strcmp(said, "nofont"))
		return cw_fail(err, CW_E_TYPESET, 0, NULL, _("Install the package fonts-noto-cjk (Fedora: google-noto-sans-cjk-fonts) and print again. The evidence itself is complete."),
			       _("The font Noto Sans CJK TC is not on this computer, and pages are set in it."));
	if (n >= sizeof bytes || !cw_unhex(bytes, n, said) || !cw_text_is_printable((const char *)bytes))
		return broken(err);
	return cw_fail(err, CW_E_TYPESET, 0, NULL, _("The evidence itself is complete: certwipe certificate export."),
		       _("The font Noto Sans CJK TC cannot show \"%s\" (U+%04X), so no page was made: a blank there could mislead."), (const char *)bytes,
		       (unsigned)face_code_point((const char *)bytes));
}

static int take_glyph(struct cw_typeface *t, const char *line, struct cw_error *err)
{
	unsigned long cid, advance;
	uint8_t text[FACE_TEXT_MAX] = "";
	char font, hex[2 * FACE_TEXT_MAX];
	int end = 0;

	if (sscanf(line, "%c %5lu %5lu %63[0-9a-f]%n", &font, &cid, &advance, hex, &end) != 4 || line[end] || (font != 'R' && font != 'M') || strlen(hex) / 2 >= sizeof text ||
	    !cw_unhex(text, strlen(hex) / 2, hex))
		return broken(err);
	return face_add(t, font == 'M' ? FACE_MONO : FACE_REGULAR, (const char *)text, cid, advance, err);
}

static int take_answer(const char *at, const char *end, struct cw_typeface *t, struct cw_error *err)
{
	char line[CW_TEXT_MAX];
	size_t len;

	while (take_line(&at, end, line, sizeof line)) {
		if (!strncmp(line, "cannot ", 7))
			return unsupported(line + 7, err);
		if (!strncmp(line, "origin ", 7)) {
			cw_strlcpy(t->origin, line + 7, sizeof t->origin);
			continue;
		}
		if (sscanf(line, "program %zu", &len) == 1) {
			if (len != (size_t)(end - at) || !len || len > FACE_PROGRAM_MAX)
				return broken(err);
			cw_buf_add(&t->program, at, len);
			return 0;
		}
		int rc = take_glyph(t, line, err);

		if (rc)
			return rc;
	}
	return broken(err);
}

int cw_typeface_answer(const char *answer, size_t len, struct cw_typeface **out, struct cw_error *err)
{
	struct cw_typeface *t = calloc(1, sizeof *t);

	*out = NULL;
	if (!t)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the page."));
	int rc = len > strlen(HEAD) && !memcmp(answer, HEAD, strlen(HEAD)) ? take_answer(answer + strlen(HEAD), answer + len, t, err) : broken(err);

	if (rc)
		cw_typeface_free(t);
	else
		*out = t;
	return rc;
}
