/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that may be hostile, made fit to show, and its width on a terminal.  UTF-8 is decoded here and classified with the
 * tables of C.UTF-8, whatever the person's locale is: the same bytes must look the same on every station.
 */
#include "certwipe/base.h"

#include <inttypes.h>
#include <locale.h>
#include <pthread.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "text.h"

bool cw_strlcpy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src);
	size_t kept = len < size ? len : size - 1;

	if (size == 0)
		return false;
	while (kept < len && kept && ((uint8_t)src[kept] & 0xc0) == 0x80) /* half a character would spoil the whole text */
		kept--;
	memcpy(dst, src, kept);
	dst[kept] = '\0';
	return kept == len;
}

/* ---- characters ---- */

static locale_t utf8_locale;

static void load_locale(void)
{
	utf8_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

void cw_text_prepare(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load_locale);
}

size_t cw_utf8_decode(const char *s, size_t len, uint32_t *code_point)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 }; /* below it the form is overlong */
	const uint8_t *u = (const uint8_t *)s;
	size_t n;
	uint32_t cp;

	if (len == 0)
		return 0;
	n = u[0] < 0x80 ? 1 : u[0] >> 5 == 6 ? 2 : u[0] >> 4 == 14 ? 3 : u[0] >> 3 == 30 ? 4 : 0;
	if (n == 0 || n > len)
		return 0;
	cp = n == 1 ? u[0] : u[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if (u[i] >> 6 != 2)
			return 0;
		cp = cp << 6 | (u[i] & 0x3fu);
	}
	if (cp < least[n] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	*code_point = cp;
	return n;
}

/* What has a glyph in no font but changes how the text around it reads: bidi controls, zero-width and filler characters. */
static bool is_deceptive(uint32_t cp)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00ad, 0x00ad }, { 0x034f, 0x034f }, { 0x061c, 0x061c }, { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, { 0x180e, 0x180e },
		{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0x3164, 0x3164 }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 },
		{ 0xfff9, 0xfffb }, { 0xe0000, 0xe007f },
	};

	for (size_t i = 0; i < CW_ARRAY_LEN(ranges); i++) {
		if (cp >= ranges[i].first && cp <= ranges[i].last)
			return true;
	}
	return false;
}

/* Cells of one character; negative: not to be shown.  Without the tables nothing beyond ASCII is trusted. */
static int cells_of(uint32_t cp)
{
	locale_t before;
	int cells;

	if (cp < 0x80)
		return cp >= 0x20 && cp < 0x7f ? 1 : -1;
	cw_text_prepare();
	if (!utf8_locale || is_deceptive(cp))
		return -1;
	before = uselocale(utf8_locale);
	cells = iswprint((wint_t)cp) ? wcwidth((wchar_t)cp) : -1;
	uselocale(before);
	return cells;
}

/* Length of the character at s when it can be shown (its cells in *cells), else 0. */
static size_t shown_char(const char *s, size_t len, int *cells)
{
	uint32_t cp;
	size_t n = cw_utf8_decode(s, len, &cp);

	if (n == 0)
		return 0;
	*cells = cells_of(cp);
	return *cells < 0 ? 0 : n;
}

/* ---- printable ---- */

static void escape(char *dst, size_t size, const char *raw, size_t len, bool keep_backslash)
{
	size_t out = 0;
	int cells;

	while (len && (raw[len - 1] == '\0' || raw[len - 1] == ' '))
		len--;
	while (len && *raw == ' ')
		raw++, len--;
	for (size_t in = 0, n; in < len; in += n) {
		char hex[5];
		const char *piece = raw + in;
		size_t piece_len;

		n = raw[in] == '\\' && !keep_backslash ? 0 : shown_char(piece, len - in, &cells);
		piece_len = n;
		if (n == 0) {
			snprintf(hex, sizeof hex, "\\x%02x", (uint8_t)raw[in]);
			piece = hex;
			piece_len = 4;
			n = 1;
		}
		if (piece_len >= size - out)
			break;
		memcpy(dst + out, piece, piece_len);
		out += piece_len;
	}
	dst[out] = '\0';
}

void cw_text_printable(char *dst, size_t size, const void *raw, size_t len)
{
	if (size)
		escape(dst, size, raw, len, false);
}

void cw_text_sentence(char *dst, size_t size, const char *raw, size_t len)
{
	escape(dst, size, raw, len, true);
}

bool cw_text_is_printable_n(const char *s, size_t len)
{
	int cells;

	for (size_t i = 0, n; i < len; i += n) {
		n = shown_char(s + i, len - i, &cells);
		if (n == 0)
			return false;
	}
	return true;
}

bool cw_text_is_printable(const char *s)
{
	return cw_text_is_printable_n(s, strlen(s));
}

/* ---- cells ---- */

/* Length in bytes of the next character; what cannot be shown counts as one byte of one cell. */
static size_t next_char(const char *s, size_t len, size_t *cells, bool *shown)
{
	int width;
	size_t n = shown_char(s, len, &width);

	*shown = n > 0;
	*cells = n ? (size_t)width : 1;
	return n ? n : 1;
}

size_t cw_text_cells(const char *utf8)
{
	size_t len = strlen(utf8), total = 0, cells;
	bool shown;

	for (size_t i = 0; i < len; i += next_char(utf8 + i, len - i, &cells, &shown), total += cells)
		;
	return total;
}

/* Copies whole characters while they fit into cells and size; returns the bytes written. */
static size_t copy_cells(char *dst, size_t size, const char *utf8, size_t cells)
{
	size_t len = strlen(utf8), out = 0, used = 0;

	for (size_t i = 0; i < len;) {
		size_t width;
		bool shown;
		size_t n = next_char(utf8 + i, len - i, &width, &shown);

		if (used + width > cells || out + n >= size)
			break;
		memcpy(dst + out, shown ? utf8 + i : "?", n);
		out += n;
		used += width;
		i += n;
	}
	dst[out] = '\0';
	return out;
}

void cw_text_fit(char *dst, size_t size, const char *utf8, size_t cells)
{
	bool room_for_dots = cells >= 2 && size >= 3;
	size_t out;

	if (size == 0)
		return;
	if (copy_cells(dst, size, utf8, cells) == strlen(utf8) || !room_for_dots)
		return;
	out = copy_cells(dst, size - 2, utf8, cells - 2);
	memcpy(dst + out, "..", 3);
}

void cw_text_pad(char *dst, size_t size, const char *utf8, size_t cells)
{
	size_t len, used;

	if (size == 0)
		return;
	cw_text_fit(dst, size, utf8, cells);
	len = strlen(dst);
	for (used = cw_text_cells(dst); used < cells && len + 1 < size; used++)
		dst[len++] = ' ';
	dst[len] = '\0';
}

/* ---- numbers for people ---- */

void cw_text_bytes(char *dst, size_t size, uint64_t bytes)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB", "PB", "EB" };
	uint64_t unit = 1000;
	size_t i = 0;
	uint64_t tenths;

	if (bytes < 1000) {
		snprintf(dst, size, "%" PRIu64 " B", bytes);
		return;
	}
	/* 999.95 of a unit rounds to 1000.0: that is 1.0 of the next one. */
	while (i + 1 < CW_ARRAY_LEN(units) && bytes / unit * 20 + bytes % unit * 20 / unit >= 19999) {
		unit *= 1000;
		i++;
	}
	tenths = bytes / unit * 10 + (bytes % unit / (unit / 100) + 5) / 10;
	snprintf(dst, size, "%" PRIu64 ".%" PRIu64 " %s", tenths / 10, tenths % 10, units[i]);
}

void cw_text_duration(char *dst, size_t size, uint64_t seconds)
{
	unsigned long long h = seconds / 3600, min = seconds / 60 % 60, s = seconds % 60;

	if (h)
		snprintf(dst, size, _("%llu h %02llu min"), h, min);
	else if (min)
		snprintf(dst, size, _("%llu min %02llu s"), min, s);
	else
		snprintf(dst, size, _("%llu s"), s);
}

/* ---- hex ---- */

void cw_hex(char *dst, const void *src, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *bytes = src;

	for (size_t i = 0; i < len; i++) {
		dst[2 * i] = digits[bytes[i] >> 4];
		dst[2 * i + 1] = digits[bytes[i] & 15];
	}
	dst[2 * len] = '\0';
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool cw_unhex(uint8_t *dst, size_t len, const char *hex)
{
	for (size_t i = 0; i < len; i++) {
		int high = digit(hex[2 * i]);
		int low = high < 0 ? -1 : digit(hex[2 * i + 1]);

		if (low < 0)
			return false;
		dst[i] = (uint8_t)(high << 4 | low);
	}
	return hex[2 * len] == '\0';
}
