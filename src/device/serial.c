/* SPDX-License-Identifier: Apache-2.0 */
/* serial: compared as people read it from a label, masked as screens may show it, and judged for what it is worth. */
#include "serial.h"

#include <ctype.h>
#include <string.h>

/* Serials that whole batches share: controller defaults, firmware place-holders (device-commands.md 6.1).  Folded spelling. */
static const char *const well_known[] = {
	"NONE", "NULL", "UNKNOWN", "DEFAULT", "SERIAL", "SERIALNUMBER", "NOSERIAL", "NOTAVAILABLE", "NOTSPECIFIED", "TOBEFILLEDBYO.E.M.", "USBDEVICE",
	"DEADBEEF", "CAFEBABE", "A1B2C3D4", "1A2B3C4D", "AABBCCDD", "ABCDEF", "ABCDEFGH", "ABCD1234", "1234ABCD", "0123456789ABCDEFGHIJ",
	"1234567890ABCDEF", "1234567890ABCDEFGHIJ", "1234567890AB", "1234567890ABC", "152D00539000", "20070818000000000", "DISK00000000001", "MSFT30",
};

const char *cw_serial_of(const struct cw_medium *m)
{
	return m->full_serial[0] ? m->full_serial : m->serial.text;
}

static bool is_filler(char c)
{
	return c == ' ' || c == '-';
}

size_t cw_serial_fold(char *dst, size_t size, const char *serial)
{
	size_t n = 0;

	for (; *serial && n + 1 < size; serial++)
		if (!is_filler(*serial))
			dst[n++] = (char)toupper((unsigned char)*serial);
	dst[n] = '\0';
	return n;
}

static bool is_one_character(const char *s)
{
	return s[strspn(s, (char[2]){ s[0], '\0' })] == '\0';
}

/* 01234567, 9ABCDEF0, 1234567890, FEDCBA98: each digit the neighbour of the one before, in base 10 or 16. */
static bool is_counting(const char *s, const char *digits, size_t step)
{
	size_t base = strlen(digits);

	for (; s[1]; s++) {
		const char *here = strchr(digits, s[0]);
		const char *next = strchr(digits, s[1]);

		if (!here || !next || ((size_t)(here - digits) + step) % base != (size_t)(next - digits))
			return false;
	}
	return true;
}

static bool is_counting_run(const char *s)
{
	static const char hex[] = "0123456789ABCDEF", decimal[] = "0123456789";

	return is_counting(s, hex, 1) || is_counting(s, hex, 15) || is_counting(s, decimal, 1) || is_counting(s, decimal, 9);
}

static bool is_well_known(const char *s)
{
	for (size_t i = 0; i < CW_ARRAY_LEN(well_known); i++)
		if (!strcmp(s, well_known[i]))
			return true;
	return false;
}

/* The part behind what every identifier of its kind begins with. */
static const char *behind_prefix(const char *s)
{
	static const char *const prefixes[] = { "NAA.", "EUI.", "UUID.", "0X" };

	for (size_t i = 0; i < CW_ARRAY_LEN(prefixes); i++)
		if (!strncmp(s, prefixes[i], strlen(prefixes[i])))
			return s + strlen(prefixes[i]);
	return s;
}

const char *cw_serial_flaw(const char *serial)
{
	char folded[CW_SERIAL_MAX];
	const char *s;

	cw_serial_fold(folded, sizeof(folded), serial);
	s = behind_prefix(folded);
	if (!s[0])
		return _("It is empty.");
	if (strstr(s, "\\X"))
		return _("It has bytes that cannot be printed, so nobody can compare it with a label.");
	/* The first digit of an NAA name only says which form follows: 5000000000000000 names nothing. */
	if (is_one_character(s) || (s != folded && is_one_character(s + 1)))
		return _("It is one character over and over.");
	if (strlen(s + strspn(s, "0")) < CW_SERIAL_SHORTEST)
		return _("It has fewer than four characters that say something.");
	if (is_counting_run(s))
		return _("It only counts up or down, as place-holders do.");
	if (is_well_known(s))
		return _("Many media are known to carry this same one.");
	return NULL;
}

/* Where the part begins that a person has to read from the label: the last six characters that are not filler.  NULL: all of it. */
static const char *asked_part(const char *serial)
{
	const char *p = serial + strlen(serial);
	unsigned asked = 0;

	while (p > serial && asked < CW_SERIAL_ASKED) {
		p--;
		/* Bytes inside a UTF-8 character are no characters of their own. */
		if (!is_filler(*p) && ((unsigned char)*p & 0xC0) != 0x80)
			asked++;
	}
	return p;
}

void cw_serial_mask(char *dst, size_t size, const char *serial)
{
	static const char mask[] = "......";
	size_t shown = (size_t)(asked_part(serial) - serial);

	if (size > 0)
		*dst = 0;
	if (!*serial)
		return; /* nothing to hide, and nothing that looks as if there were */
	/* What does not fit is taken from the part that is shown, at a character's border. */
	while (shown > 0 && (shown + sizeof(mask) > size || ((unsigned char)serial[shown] & 0xC0) == 0x80))
		shown--;
	if (size > 0)
		snprintf(dst, size, "%.*s%s", (int)shown, serial, mask);
}

static bool matches_path(const char *path, const char *typed)
{
	size_t len = strlen(path);

	return !strcmp(typed, path) || (strlen(typed) == CW_SERIAL_ASKED && len > CW_SERIAL_ASKED && !strcmp(typed, path + len - CW_SERIAL_ASKED));
}

bool cw_serial_matches(const struct cw_medium *m, const char *typed)
{
	char want[CW_SERIAL_MAX], got[CW_SERIAL_MAX];
	const char *serial = cw_serial_of(m);
	size_t want_len, got_len;

	if (!serial[0] || !typed[0])
		return false;
	if (m->virtual_)
		return matches_path(serial, typed);
	if (cw_serial_flaw(serial) || strlen(typed) >= sizeof(got))
		return false;
	want_len = cw_serial_fold(want, sizeof(want), serial);
	got_len = cw_serial_fold(got, sizeof(got), typed);
	if (got_len == want_len)
		return !strcmp(got, want);
	return got_len == CW_SERIAL_ASKED && want_len > CW_SERIAL_ASKED && !strcmp(got, want + want_len - CW_SERIAL_ASKED);
}
