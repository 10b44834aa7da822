/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a physical destruction: how a person writes it down, and what of it must be there. */
#include "certwipe/policy.h"

#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX 1000000000u
#define AREA_MAX_MM2 1000000u /* a square metre */

enum measure { NOTHING, PARTICLE, FIELD };

static const struct method {
	const char *word;
	enum measure measure;
	uint32_t paragraph;
} methods[CW_DESTROY_COUNT] = {
#define METHOD(name, word_, code, measure_, paragraph_) [CW_DESTROY_##name] = { word_, measure_, paragraph_ },
#include "destruction.def"
#undef METHOD
};

const char *cw_destruction_method_name(uint32_t method)
{
	return method < CW_DESTROY_COUNT && methods[method].word ? methods[method].word : "";
}

uint32_t cw_destruction_method_of_name(const char *word)
{
	for (uint32_t i = CW_DESTROY_UNNAMED + 1; i < CW_DESTROY_COUNT; i++)
		if (strcmp(methods[i].word, word) == 0)
			return i;
	return CW_DESTROY_UNNAMED;
}

/* ---- values ---- */

static const struct text {
	const char *key;
	size_t offset;
} texts[] = {
#define X(field, key_, json) { key_, offsetof(struct cw_destruction, field) },
	CW_DESTRUCTION_TEXTS(X)
#undef X
};
static const struct text numbers[] = {
#define X(field, key_, json) { key_, offsetof(struct cw_destruction, field) },
	CW_DESTRUCTION_NUMBERS(X)
#undef X
};

static int bad(struct cw_error *err, const char *key, const char *expected)
{
	return cw_fail(err, CW_E_SYNTAX, 0, key, _("Correct this value."), _("\"%s\" must be %s."), key, expected);
}

static bool whole_number(const char *text, uint64_t most, uint64_t *out)
{
	char *end;

	if (!*text || strspn(text, "0123456789") != strlen(text) || strlen(text) > 18)
		return false;
	*out = strtoull(text, &end, 10);
	return *out <= most;
}

/* "30", "0.25": square millimetres with up to six places. */
static bool area_um2(const char *text, uint64_t *out)
{
	const char *point = strchr(text, '.');
	char whole[24] = "", places[8] = "000000";
	uint64_t mm2, part;
	size_t n = point ? strlen(point + 1) : 0;

	if ((point && (!n || n > 6)) || !cw_strlcpy(whole, text, sizeof(whole)))
		return false;
	whole[point ? (size_t)(point - text) : strlen(whole)] = '\0';
	memcpy(places, point ? point + 1 : "", n);
	if (!whole_number(whole, AREA_MAX_MM2, &mm2) || !whole_number(places, 999999, &part))
		return false;
	*out = mm2 * 1000000u + part;
	return *out != 0;
}

static int set_text(char *field, size_t size, const char *key, const char *value, struct cw_error *err)
{
	if (cw_text_is_printable(value) && cw_strlcpy(field, value, size))
		return CW_OK;
	return bad(err, key, _("printable text of less than 256 bytes"));
}

static int set_number(uint32_t *field, const char *key, const char *value, struct cw_error *err)
{
	uint64_t n = 0;
	bool category = strcmp(key, "low-category") == 0;

	if (category && (strcmp(value, "yes") == 0 || strcmp(value, "no") == 0))
		n = strcmp(value, "yes") == 0;
	else if (category)
		return bad(err, key, _("yes or no"));
	else if (!whole_number(value, NUMBER_MAX, &n) || (!n && strcmp(key, "count") == 0))
		return bad(err, key, _("a whole number"));
	*field = (uint32_t)n;
	return CW_OK;
}

static int set_method(struct cw_destruction *d, const char *value, struct cw_error *err)
{
	d->method = cw_destruction_method_of_name(value);
	return d->method ? CW_OK : bad(err, "method", _("one of: degauss, disintegrate, incinerate, melt, shred, pulverize, grind, crush, punch"));
}

/* An empty value is one that was not given. */
int cw_destruction_set(struct cw_destruction *d, const char *key, const char *value, struct cw_error *err)
{
	if (!*value)
		return CW_OK;
	if (strcmp(key, "method") == 0)
		return set_method(d, value, err);
	if (strcmp(key, "particle-mm2") == 0)
		return area_um2(value, &d->particle_um2) ? CW_OK : bad(err, key, _("the area of the largest particles in square millimetres, such as 30 or 0.25"));
	if (strcmp(key, "started") == 0)
		return set_text(d->started, sizeof(d->started), key, value, err);
	if (strcmp(key, "ended") == 0)
		return set_text(d->ended, sizeof(d->ended), key, value, err);
	for (size_t i = 0; i < CW_ARRAY_LEN(texts); i++)
		if (strcmp(texts[i].key, key) == 0)
			return set_text((char *)d + texts[i].offset, CW_TEXT_MAX, key, value, err);
	for (size_t i = 0; i < CW_ARRAY_LEN(numbers); i++)
		if (strcmp(numbers[i].key, key) == 0)
			return set_number((uint32_t *)(void *)((char *)d + numbers[i].offset), key, value, err);
	return cw_fail(err, CW_E_SYNTAX, 0, key, _("certwipe(8) lists the keys."), _("The record of a destruction has no field \"%s\"."), key);
}

bool cw_destruction_has(const struct cw_destruction *d, const char *key)
{
	if (strcmp(key, "method") == 0)
		return d->method != CW_DESTROY_UNNAMED;
	if (strcmp(key, "particle-mm2") == 0)
		return d->particle_um2 != 0;
	if (strcmp(key, "started") == 0 || strcmp(key, "ended") == 0)
		return *(strcmp(key, "started") == 0 ? d->started : d->ended) != '\0';
	for (size_t i = 0; i < CW_ARRAY_LEN(texts); i++)
		if (strcmp(texts[i].key, key) == 0)
			return *((const char *)d + texts[i].offset) != '\0';
	for (size_t i = 0; i < CW_ARRAY_LEN(numbers); i++)
		if (strcmp(numbers[i].key, key) == 0)
			return *(const uint32_t *)(const void *)((const char *)d + numbers[i].offset) != 0;
	return false;
}

bool cw_destruction_wants(const struct cw_destruction *d, const char *key)
{
	enum measure measure = d->method < CW_DESTROY_COUNT ? methods[d->method].measure : NOTHING;

	if (strncmp(key, "particle-", 9) == 0)
		return measure == PARTICLE;
	if (strncmp(key, "field-", 6) == 0 || strcmp(key, "coercivity-oersted") == 0)
		return measure == FIELD;
	if (strcmp(key, "machine-serial") == 0)
		return *d->machine != '\0';
	if (strcmp(key, "contractor-document") == 0)
		return *d->contractor != '\0';
	return true;
}

/* ---- the file ---- */

struct reader {
	const char *file;
	struct cw_destruction_form *form;
};

static int take_medium(struct cw_label *l, const char *key, const char *value, struct cw_error *err)
{
	static const struct text fields[] = { { "vendor", offsetof(struct cw_label, vendor) }, { "model", offsetof(struct cw_label, model) },
					      { "serial", offsetof(struct cw_label, serial) }, { "enclosure-serial", offsetof(struct cw_label, enclosure_serial) } };

	if (strcmp(key, "kind") == 0) {
		l->class_ = cw_class_of_name(value);
		return l->class_ != CW_CLASS_UNKNOWN && l->class_ != CW_CLASS_VIRTUAL ? CW_OK : bad(err, key, _("a kind of medium such as USB_STICK; certwipe(8) lists them"));
	}
	for (size_t i = 0; i < CW_ARRAY_LEN(fields); i++)
		if (strcmp(fields[i].key, key) == 0)
			return set_text((char *)l + fields[i].offset, CW_TEXT_MAX, key, value, err);
	return cw_fail(err, CW_E_SYNTAX, 0, key, _("certwipe(8) lists the keys."), _("The description of a medium has no field \"%s\"."), key);
}

static int take_key(struct cw_destruction_form *form, const char *section, const char *key, const char *value, struct cw_error *err)
{
	bool photo = strncmp(key, "photo-", 6) == 0 && key[6] >= '1' && key[6] <= '0' + CW_PHOTOS_MAX && !key[7];

	if (strcmp(section, "medium") == 0)
		return take_medium(&form->label, key, value, err);
	if (strcmp(section, "destruction") == 0 && photo)
		return cw_strlcpy(form->photos[key[6] - '1'], value, CW_SERIAL_MAX) ? CW_OK : bad(err, key, _("the path of a file"));
	if (strcmp(section, "destruction") == 0)
		return cw_destruction_set(&form->record, key, value, err);
	return cw_fail(err, CW_E_SYNTAX, 0, section, NULL, _("The record of a destruction has no section [%s]."), section);
}

static int read_key(void *user, const char *section, const char *key, const char *value, unsigned line, struct cw_error *err)
{
	struct reader *r = user;
	struct cw_error why = { 0 };

	if (!take_key(r->form, section, key, value, &why))
		return CW_OK;
	return cw_fail(err, CW_E_SYNTAX, 0, r->file, why.hint, _("%s, line %u: %s"), r->file, line, why.message);
}

int cw_destruction_parse(const char *name, const char *text, size_t len, struct cw_destruction_form *out, struct cw_error *err)
{
	struct reader r = { name, out };

	memset(out, 0, sizeof(*out));
	return cw_ini_parse(name, text, len, read_key, &r, err);
}

/* ---- what must be there ---- */

static int missing(struct cw_error *err, const char *key)
{
	return cw_fail(err, CW_E_CASE, 0, key, _("Write it into the file for --record, or answer the questions at a terminal."), _("The record of the destruction lacks \"%s\"."), key);
}

int cw_destruction_check_times(const struct cw_destruction *d, int64_t now_unix_s, struct cw_error *err)
{
	int64_t started, ended;

	if (!cw_time_parse(d->started, &started))
		return bad(err, "started", _("a time such as 2026-11-30 14:05"));
	if (!cw_time_parse(d->ended, &ended))
		return bad(err, "ended", _("a time such as 2026-11-30 14:05"));
	if (ended < started)
		return cw_fail(err, CW_E_SYNTAX, 0, "ended", _("Correct one of the two."), _("The destruction ended (%s) before it began (%s)."), d->ended, d->started);
	if (ended > now_unix_s)
		return cw_fail(err, CW_E_SYNTAX, 0, "ended", _("Record it when it is done."), _("The destruction ends (%s) later than now."), d->ended);
	return CW_OK;
}

int cw_destruction_check(struct cw_destruction *d, int64_t now_unix_s, struct cw_error *err)
{
	static const char *const needed[] = { "method", "place", "operator", "count", "started", "ended" };

	for (size_t i = 0; i < CW_ARRAY_LEN(needed); i++)
		if (!cw_destruction_has(d, needed[i]))
			return missing(err, needed[i]);
	if (!*d->machine && !*d->contractor)
		return missing(err, "machine");
	if (d->count > CW_DESTROYED_MAX)
		return bad(err, "count", _("a number of media up to 100000"));
	if (d->statutory_method > 7)
		return bad(err, "statutory-method", _("a number from 1 to 7"));
	if (!d->statutory_method)
		d->statutory_method = methods[d->method].paragraph;
	return cw_destruction_check_times(d, now_unix_s, err);
}
