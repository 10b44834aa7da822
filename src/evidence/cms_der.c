/* SPDX-License-Identifier: Apache-2.0 */
/* Strict DER (X.690 clauses 8, 10, 11) for the types that a SignedData holds.  One value has one encoding, so no byte can be changed without a meaning. */
#include <ctype.h>
#include <string.h>

#include "cms.h"

#define DEPTH_MAX 24
#define CLASS_AND_FORM 0xe0
#define CONSTRUCTED 0x20
#define CONTEXT_CLASS 0x80

/* NULL, or why the next item of *in is no DER. */
static const char *next(struct der *in, struct der_item *out)
{
	size_t head = 2, len;

	if (in->len < 2)
		return "cut short";
	if ((in->p[0] & 0x1f) == 0x1f)
		return "long tag";
	len = in->p[1];
	if (len == 0x80)
		return "indefinite length";
	if (len > 0x80) {
		size_t n = len & 0x7f;

		if (n > 3 || in->len < 2 + n)
			return "length out of bounds";
		len = 0;
		for (size_t i = 0; i < n; i++)
			len = len << 8 | in->p[2 + i];
		if (len < 0x80 || in->p[2] == 0)
			return "length is not minimal";
		head += n;
	}
	if (len > in->len - head)
		return "cut short";
	*out = (struct der_item){ .tag = in->p[0], .body = { in->p + head, len }, .whole = { in->p, head + len } };
	in->p += head + len;
	in->len -= head + len;
	return NULL;
}

bool der_take(struct der *in, uint8_t tag, struct der_item *out)
{
	struct der rest = *in;

	if (next(&rest, out) || out->tag != tag)
		return false;
	*in = rest;
	return true;
}

bool der_equal(struct der a, struct der b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

/* X.690 11.6: as octet strings, the shorter one padded with zeros; of two items the length octets decide before padding could. */
static bool in_order(struct der a, struct der b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = memcmp(a.p, b.p, n);

	return order < 0 || (order == 0 && a.len <= b.len);
}

bool der_sorted(struct der set)
{
	struct der_item before = { 0 }, item;

	while (set.len) {
		if (next(&set, &item) || (before.whole.len && !in_order(before.whole, item.whole)))
			return false;
		before = item;
	}
	return true;
}

static bool integer_ok(struct der v)
{
	if (v.len == 0)
		return false;
	return v.len == 1 || !((v.p[0] == 0 && !(v.p[1] & 0x80)) || (v.p[0] == 0xff && (v.p[1] & 0x80)));
}

static bool bit_string_ok(struct der v)
{
	if (v.len == 0 || v.p[0] > 7 || (v.len == 1 && v.p[0] != 0))
		return false;
	return v.len == 1 || !(v.p[v.len - 1] & ((1u << v.p[0]) - 1));
}

static bool oid_ok(struct der v)
{
	bool first = true;

	for (size_t i = 0; i < v.len; i++) {
		if (first && v.p[i] == 0x80)
			return false;
		first = !(v.p[i] & 0x80);
	}
	return v.len > 0 && first;
}

static bool time_ok(struct der v, size_t digits)
{
	if (v.len != digits + 1 || v.p[digits] != 'Z')
		return false;
	for (size_t i = 0; i < digits; i++)
		if (!isdigit(v.p[i]))
			return false;
	return true;
}

static const char *primitive(const struct der_item *item)
{
	bool ok;

	switch (item->tag) {
	case 0x01: ok = item->body.len == 1 && (item->body.p[0] == 0 || item->body.p[0] == 0xff); break;
	case DER_INTEGER:
	case 0x0a: ok = integer_ok(item->body); break;
	case 0x03: ok = bit_string_ok(item->body); break;
	case 0x05: ok = item->body.len == 0; break;
	case DER_OID: ok = oid_ok(item->body); break;
	case DER_UTC_TIME: ok = time_ok(item->body, 12); break;
	case DER_GENERALIZED_TIME: ok = time_ok(item->body, 14); break;
	case DER_OCTET_STRING:
	case 0x0c: case 0x13: case 0x14: case 0x16: case 0x1e: /* UTF8, Printable, T61, IA5, BMP strings in names */
		ok = true;
		break;
	default:
		return "a type that has no place in it";
	}
	return ok ? NULL : "a value that is not in its canonical form";
}

/* NULL, or why; *at is where. */
static const char *walk(struct der items, unsigned depth, const uint8_t **at)
{
	struct der_item item;
	const char *why;

	if (depth > DEPTH_MAX)
		return "nested too deeply";
	while (items.len) {
		*at = items.p;
		why = next(&items, &item);
		if (why)
			return why;
		if (item.tag == DER_SEQUENCE || item.tag == DER_SET || (item.tag & CLASS_AND_FORM) == (CONTEXT_CLASS | CONSTRUCTED))
			why = walk(item.body, depth + 1, at);
		else if ((item.tag & CLASS_AND_FORM) != CONTEXT_CLASS)
			why = primitive(&item);
		if (!why && item.tag == DER_SET && !der_sorted(item.body))
			why = "a set out of order";
		if (why)
			return why;
	}
	return NULL;
}

int der_check(const uint8_t *bytes, size_t len, struct cw_error *err)
{
	struct der in = { bytes, len };
	struct der_item item = { 0 };
	const uint8_t *at = bytes;
	const char *why = next(&in, &item);

	if (!why)
		why = walk(item.whole, 0, &at);
	if (why)
		return cms_bad(err, _("The signature is not in the strict DER encoding: at offset %zu: %s."), (size_t)(at - bytes), why);
	if (in.len)
		return cms_bad(err, _("The signature has %zu bytes behind its end, at offset %zu."), in.len, item.whole.len);
	return 0;
}
