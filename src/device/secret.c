/* SPDX-License-Identifier: Apache-2.0 */
#include "secret.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "serial.h"

#define WORD_MAX 4096       /* characters */
#define BETWEEN_MAX 16      /* fillers between two characters of a word: blanks of a fixed field, dashes, "\x20" */
#define ALONE_BELOW 8       /* a shorter word counts only when it stands alone: 2048 is no part of 20480 */
#define BINARY_LEAST 8      /* hex digits that also count as a number in a raw page */
#define TRIES 100

/* ---- characters ---- */

enum kind { FILLER, ASCII, WIDE /* several bytes of UTF-8 that can be shown */, BYTE /* any other beyond ASCII */, ESCAPE /* such a byte, spelled \xNN */ };

/* Case does not count; a WIDE one holds its bytes, which makes it larger than any single byte. */
struct character {
	enum kind kind;
	uint32_t value;
	size_t len;
};

static size_t wide_len(const uint8_t *s, size_t len)
{
	size_t n = s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;
	char one[5] = "";

	if (n == 0 || n > len)
		return 0;
	memcpy(one, s, n);
	return cw_text_is_printable(one) ? n : 0;
}

static bool read_escape(const uint8_t *s, size_t len, struct character *c)
{
	uint8_t byte;
	char hex[3];

	if (len < 4 || s[0] != '\\' || s[1] != 'x')
		return false;
	snprintf(hex, sizeof(hex), "%c%c", s[2], s[3]);
	if (!cw_unhex(&byte, 1, hex))
		return false;
	*c = (struct character){ .kind = byte < 0x80 ? FILLER : ESCAPE, .value = byte, .len = 4 };
	return true;
}

static struct character character_at(const uint8_t *s, size_t len, enum cw_spelling spelling)
{
	struct character c = { .kind = FILLER, .len = 1 };

	if (spelling == CW_ESCAPED && read_escape(s, len, &c))
		return c;
	if (s[0] < 0x80) {
		c.kind = isalnum(s[0]) ? ASCII : FILLER;
		c.value = (uint32_t)tolower(s[0]);
	} else if ((c.len = wide_len(s, len))) {
		c.kind = WIDE;
		for (size_t i = 0; i < c.len; i++)
			c.value = c.value << 8 | s[i];
	} else {
		c = (struct character){ .kind = BYTE, .value = s[0], .len = 1 };
	}
	return c;
}

/* Only what has the same kind and length is ever written over a character. */
static void write_character(uint8_t *s, const struct character *old, uint32_t value)
{
	char hex[3];

	switch (old->kind) {
	case FILLER:
		break;
	case ASCII:
		s[0] = (uint8_t)(isupper(s[0]) ? toupper((int)value) : (int)value);
		break;
	case WIDE:
		for (size_t i = 0; i < old->len; i++)
			s[i] = (uint8_t)(value >> 8 * (old->len - 1 - i));
		break;
	case BYTE:
		s[0] = (uint8_t)value;
		break;
	case ESCAPE:
		snprintf(hex, sizeof(hex), "%02x", (uint8_t)value);
		memcpy(s + 2, hex, 2);
		break;
	}
}

/* ---- random replacements ---- */

static unsigned random_below(struct cw_secrets *s, unsigned limit)
{
	struct cw_error err = { 0 };

	if (s->random_used == 0 && cw_random(s->random, sizeof(s->random), &err))
		s->failed = true;
	unsigned n = s->random[s->random_used] % limit;

	s->random_used = (s->random_used + 1) % sizeof(s->random);
	return n;
}

static bool is_hex(uint32_t value)
{
	return value < 0x80 && isxdigit((int)value);
}

/* Letters of many scripts become Chinese characters or Latin letters: of the same length in UTF-8, and always such that can be shown. */
static uint32_t random_wide(struct cw_secrets *s, uint32_t value)
{
	if (value < 0x10000)
		return 0xc3a0 + random_below(s, 16); /* U+00E0 to U+00EF */
	if (value < 0x1000000)
		return (0xe5 + random_below(s, 4)) << 16 | (0x80 + random_below(s, 64)) << 8 | (0x80 + random_below(s, 64)); /* U+5000 to U+8FFF */
	return 0xf0u << 24 | (0xa0 + random_below(s, 8)) << 16 | (0x80 + random_below(s, 64)) << 8 | (0x80 + random_below(s, 64)); /* from U+20000 */
}

static uint32_t random_like(struct cw_secrets *s, uint32_t value, bool hex)
{
	if (value >= 0x100)
		return random_wide(s, value);
	if (value >= 0x80)
		return 0xf8 + random_below(s, 8); /* in no UTF-8 */
	if (isdigit((int)value))
		return '0' + random_below(s, 10);
	return 'a' + random_below(s, hex ? 6 : 26);
}

/* ---- words ---- */

static size_t read_word(const uint8_t *text, size_t len, enum cw_spelling spelling, uint32_t *word)
{
	size_t n = 0;

	for (size_t at = 0; at < len && n < WORD_MAX;) {
		struct character c = character_at(text + at, len - at, spelling);

		if (c.kind != FILLER)
			word[n++] = c.value;
		at += c.len;
	}
	return n;
}

/* Nothing is gained by hiding what thousands of media carry, and its quality would change. */
static bool distinguishes(const uint32_t *word, size_t n)
{
	char text[CW_SERIAL_MAX];

	if (n >= sizeof(text))
		return true;
	for (size_t i = 0; i < n; i++) {
		if (word[i] >= 0x80)
			return true;
		text[i] = (char)word[i];
	}
	text[n] = '\0';
	return !cw_serial_flaw(text);
}

static size_t prefix_len(const void *text, size_t len)
{
	static const char *const prefixes[] = { "naa.", "eui.", "uuid.", "nvme.", "t10.", "0x" };

	for (size_t i = 0; i < CW_ARRAY_LEN(prefixes); i++) {
		size_t n = strlen(prefixes[i]);

		if (len > n && !memcmp(text, prefixes[i], n))
			return n;
	}
	return 0;
}

static struct cw_secret *find(struct cw_secrets *s, const uint32_t *word, size_t n, unsigned scope)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->at[i].scope == scope && s->at[i].n == n && !memcmp(s->at[i].from, word, n * sizeof(*word)))
			return &s->at[i];
	return NULL;
}

static uint32_t *copy_of(struct cw_secrets *s, const uint32_t *word, size_t n)
{
	uint32_t *copy = calloc(n, sizeof(*copy));

	s->failed |= !copy;
	return copy ? memcpy(copy, word, n * sizeof(*word)) : NULL;
}

static void append(struct cw_secrets *s, const uint32_t *word, size_t n, unsigned scope, size_t kept)
{
	struct cw_secret *grown = reallocarray(s->at, s->n + 1, sizeof(*grown));

	if (!grown) {
		s->failed = true;
		return;
	}
	s->at = grown;
	grown += s->n++;
	*grown = (struct cw_secret){ .from = copy_of(s, word, n), .to = copy_of(s, word, n), .n = n, .kept = kept, .scope = scope, .is_hex = true };
	for (size_t i = 0; i < n; i++)
		grown->is_hex &= is_hex(word[i]);
}

void cw_secrets_add(struct cw_secrets *s, const void *text, size_t len, enum cw_spelling spelling, unsigned scope, size_t kept)
{
	size_t prefix = prefix_len(text, len);
	uint32_t word[WORD_MAX];
	size_t n = read_word((const uint8_t *)text + prefix, len - prefix, spelling, word);
	struct cw_secret *known = find(s, word, n, scope);

	if (known && known->kept < kept)
		known->kept = kept;
	if (!known && n > kept && (!(scope & (CW_SCOPE_ANY | CW_SCOPE_NAMES)) || distinguishes(word, n)))
		append(s, word, n, scope, kept);
}

static int longest_first(const void *a, const void *b)
{
	const struct cw_secret *x = a, *y = b;

	return (y->n > x->n) - (y->n < x->n);
}

/* From the left and without overlap, as they are found in a text. */
static bool overlay(struct cw_secret *outer, const struct cw_secret *inner)
{
	bool any = false, here;

	for (size_t i = 0; i + inner->n <= outer->n; i += here ? inner->n : 1) {
		here = !memcmp(outer->from + i, inner->from, inner->n * sizeof(*inner->from));
		if (here)
			memcpy(outer->to + i, inner->to, inner->n * sizeof(*inner->to));
		any |= here;
	}
	return any;
}

/* A label does not stand in a serial number because both hold "USB": only names of one kind are put together. */
static bool may_hold(const struct cw_secret *outer, const struct cw_secret *inner)
{
	const unsigned names = CW_SCOPE_ANY | CW_SCOPE_NAMES;

	return outer->scope == inner->scope || ((outer->scope & names) && (inner->scope & names));
}

/* Those that are shorter come behind. */
static bool overlay_shorter(struct cw_secrets *s, size_t which)
{
	bool any = false;

	for (size_t i = s->n; i-- > which + 1;)
		if (may_hold(&s->at[which], &s->at[i]))
			any |= overlay(&s->at[which], &s->at[i]);
	return any;
}

static void choose(struct cw_secrets *s, size_t which)
{
	struct cw_secret *w = &s->at[which];

	/* Of a name that was put together of others, what is no secret stays. */
	if (w->scope == CW_SCOPE_NAMES && overlay_shorter(s, which))
		return;
	for (int tries = 0; tries < TRIES && !s->failed; tries++) {
		for (size_t i = w->kept; i < w->n; i++)
			w->to[i] = random_like(s, w->from[i], w->is_hex);
		overlay_shorter(s, which);
		if (memcmp(w->from, w->to, w->n * sizeof(*w->from)) && (distinguishes(w->to, w->n) || w->scope >= CW_SCOPE_LABELS))
			return;
	}
}

void cw_secrets_choose(struct cw_secrets *s)
{
	if (s->failed || s->n == 0)
		return;
	qsort(s->at, s->n, sizeof(*s->at), longest_first);
	for (size_t i = s->n; i-- > 0;)
		choose(s, i);
}

/* ---- finding ---- */

/* Where the word ends that begins here; 0: it does not stand here. */
static size_t match(const struct cw_secret *w, const uint8_t *text, size_t len, enum cw_spelling spelling)
{
	size_t at = 0, k = 0;

	for (unsigned fillers = 0; at < len && k < w->n;) {
		struct character c = character_at(text + at, len - at, spelling);

		if (c.kind == FILLER && ++fillers > BETWEEN_MAX)
			return 0;
		if (c.kind != FILLER) {
			if (c.value != w->from[k++])
				return 0;
			fillers = 0;
		}
		at += c.len;
	}
	if (k < w->n)
		return 0;
	if (w->n < ALONE_BELOW && at < len && character_at(text + at, len - at, spelling).kind != FILLER)
		return 0;
	return at;
}

static void overwrite(const struct cw_secret *w, uint8_t *text, size_t len, enum cw_spelling spelling)
{
	for (size_t at = 0, k = 0; at < len && k < w->n;) {
		struct character c = character_at(text + at, len - at, spelling);

		if (c.kind != FILLER)
			write_character(text + at, &c, w->to[k++]);
		at += c.len;
	}
}

static const struct cw_secret *word_at(const struct cw_secrets *s, unsigned scopes, const uint8_t *text, size_t len, enum cw_spelling spelling, bool alone, size_t *end)
{
	for (size_t i = 0; i < s->n; i++)
		if ((s->at[i].scope & scopes) && (alone || s->at[i].n >= ALONE_BELOW) && (*end = match(&s->at[i], text, len, spelling)))
			return &s->at[i];
	return NULL;
}

bool cw_secrets_replace(const struct cw_secrets *s, unsigned scopes, void *text, size_t len, enum cw_spelling spelling)
{
	uint8_t *bytes = text;
	bool alone = true, any = false;

	for (size_t at = 0, end; at < len;) {
		struct character c = character_at(bytes + at, len - at, spelling);
		const struct cw_secret *w = c.kind == FILLER ? NULL : word_at(s, scopes, bytes + at, len - at, spelling, alone, &end);

		if (w)
			overwrite(w, bytes + at, end, spelling);
		any |= w != NULL;
		alone = c.kind == FILLER;
		at += w ? end : c.len;
	}
	return any;
}

/* ---- raw pages ---- */

static void replace_numbers(const struct cw_secrets *s, unsigned scopes, uint8_t *page, size_t len)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct cw_secret *w = &s->at[i];
		char from[WORD_MAX + 1] = "", to[WORD_MAX + 1] = "";
		uint8_t old[WORD_MAX / 2], new[WORD_MAX / 2];
		size_t n = w->n / 2;

		if (!(w->scope & scopes) || !w->is_hex || w->n < BINARY_LEAST || w->n % 2)
			continue;
		for (size_t k = 0; k < w->n; k++) {
			from[k] = (char)w->from[k];
			to[k] = (char)w->to[k];
		}
		if (!cw_unhex(old, n, from) || !cw_unhex(new, n, to))
			continue;
		for (uint8_t *at = page; (at = memmem(at, len - (size_t)(at - page), old, n)); at += n)
			memcpy(at, new, n);
	}
}

static void swap_words(uint8_t *page, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2) {
		uint8_t first = page[i];

		page[i] = page[i + 1];
		page[i + 1] = first;
	}
}

void cw_secrets_replace_binary(const struct cw_secrets *s, unsigned scopes, uint8_t *page, size_t len)
{
	replace_numbers(s, scopes, page, len);
	swap_words(page, len);
	cw_secrets_replace(s, scopes, page, len, CW_RAW);
	replace_numbers(s, scopes, page, len);
	swap_words(page, len);
}

void cw_secrets_scramble(struct cw_secrets *s, void *text, size_t len, enum cw_spelling spelling)
{
	uint8_t *bytes = text;

	for (size_t at = 0; at < len;) {
		struct character c = character_at(bytes + at, len - at, spelling);

		if (c.kind != FILLER)
			write_character(bytes + at, &c, random_like(s, c.value, false));
		at += c.len;
	}
}

void cw_secrets_clear(struct cw_secrets *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->at[i].from);
		free(s->at[i].to);
	}
	free(s->at);
	*s = (struct cw_secrets){ 0 };
}
