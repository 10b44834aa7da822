/* SPDX-License-Identifier: Apache-2.0 */
#include "keys.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *slug, *words;
} kinds[CW_VOLUME_COUNT] = {
#define X(name, slug_, words_) [CW_VOLUME_##name] = { slug_, words_ },
	CW_VOLUME_KINDS(X)
#undef X
};

const char *cw_volume_slug(uint32_t kind)
{
	return kind < CW_VOLUME_COUNT && kinds[kind].slug ? kinds[kind].slug : "";
}

uint32_t cw_volume_of_slug(const char *slug)
{
	for (uint32_t kind = CW_VOLUME_NONE + 1; kind < CW_VOLUME_COUNT; kind++)
		if (!strcmp(kinds[kind].slug, slug))
			return kind;
	return CW_VOLUME_NONE;
}

const char *cw_volume_words(uint32_t kind)
{
	return kind < CW_VOLUME_COUNT && kinds[kind].words ? kinds[kind].words : "";
}

/* ---- spans ---- */

static uint64_t end_of(const struct cw_span *s)
{
	return s->offset_bytes + s->len_bytes;
}

static void take_out(struct cw_keys *k, uint32_t i)
{
	memmove(&k->spans[i], &k->spans[i + 1], (--k->n_spans - i) * sizeof(k->spans[0]));
}

/* Swallows what overlaps it or touches it. */
static struct cw_span join(struct cw_keys *k, struct cw_span s)
{
	for (uint32_t i = k->n_spans; i-- > 0;) {
		struct cw_span *there = &k->spans[i];
		uint64_t from = there->offset_bytes < s.offset_bytes ? there->offset_bytes : s.offset_bytes;
		uint64_t end = end_of(there) > end_of(&s) ? end_of(there) : end_of(&s);

		if (there->offset_bytes > end_of(&s) || end_of(there) < s.offset_bytes)
			continue;
		s = (struct cw_span){ from, end - from };
		take_out(k, i);
	}
	return s;
}

bool cw_keys_add_span(struct cw_keys *k, uint64_t offset_bytes, uint64_t len_bytes)
{
	struct cw_span s = join(k, (struct cw_span){ offset_bytes, len_bytes });
	uint32_t at = 0;

	if (k->n_spans == CW_SPANS_MAX) {
		k->incomplete = 1;
		return false;
	}
	while (at < k->n_spans && k->spans[at].offset_bytes < s.offset_bytes)
		at++;
	memmove(&k->spans[at + 1], &k->spans[at], (k->n_spans - at) * sizeof(k->spans[0]));
	k->spans[at] = s;
	k->n_spans++;
	return true;
}

uint64_t cw_keys_bytes(const struct cw_keys *k)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < k->n_spans; i++)
		sum += k->spans[i].len_bytes;
	return sum;
}

/* ---- one volume ---- */

static bool lies_within(const struct key_volume *v, uint64_t at_bytes, uint64_t len_bytes)
{
	return at_bytes <= v->size_bytes && len_bytes <= v->size_bytes - at_bytes;
}

bool keys_read(const struct key_volume *v, uint64_t at_bytes, void *buf, size_t len)
{
	if (!lies_within(v, at_bytes, len))
		return false;
	for (size_t done = 0; done < len;) {
		ssize_t n = pread(v->fd, (uint8_t *)buf + done, len - done, (off_t)(v->offset_bytes + at_bytes + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

bool keys_span(struct key_volume *v, uint64_t at_bytes, uint64_t len_bytes)
{
	return len_bytes && lies_within(v, at_bytes, len_bytes) && cw_keys_add_span(v->keys, v->offset_bytes + at_bytes, len_bytes);
}

void keys_object(struct key_volume *v, const char *why)
{
	if (!v->why)
		v->why = why;
}

/* ---- all of them ---- */

static void take_volume(const struct key_volume *found, uint32_t number, struct cw_keys *k)
{
	struct cw_volume *v = &k->volumes[k->n_volumes];

	if (k->n_volumes == CW_VOLUMES_MAX) {
		k->incomplete = 1;
		return;
	}
	k->n_volumes++;
	*v = (struct cw_volume){ .kind = found->kind, .number = number, .offset_bytes = found->offset_bytes, .size_bytes = found->size_bytes };
	cw_strlcpy(v->why, found->why ? found->why : "", sizeof(v->why));
}

void keys_find(int fd, struct cw_contents *c)
{
	static const struct {
		const char *type;
		void (*read)(struct key_volume *v);
	} readers[] = { { "crypto_LUKS", keys_luks }, { "BitLocker", keys_bitlocker } };

	for (uint32_t i = 0; i < c->n_parts; i++) {
		const struct cw_part *p = &c->parts[i];
		struct key_volume v = { .fd = fd, .offset_bytes = p->offset_bytes, .size_bytes = p->size_bytes, .keys = &c->keys };

		for (size_t r = 0; r < CW_ARRAY_LEN(readers); r++) {
			if (strcmp(p->type, readers[r].type) != 0)
				continue;
			readers[r].read(&v);
			take_volume(&v, p->number, &c->keys);
		}
	}
}

/* ---- JSON ---- */

static json_t *volume_json(const struct cw_volume *v)
{
	json_t *o = json_pack("{s:s, s:I, s:I, s:I}", "kind", v->kind ? cw_volume_slug(v->kind) : "unknown", "number", (json_int_t)v->number, "offsetBytes",
			      (json_int_t)v->offset_bytes, "sizeBytes", (json_int_t)v->size_bytes);

	if (o && v->why[0] && json_object_set_new(o, "why", json_string(v->why))) {
		json_decref(o);
		return NULL;
	}
	return o;
}

json_t *cw_keys_json(const struct cw_keys *k)
{
	CW_AUTO_JSON json_t *volumes = json_array(), *spans = json_array();

	for (uint32_t i = 0; i < k->n_volumes; i++)
		if (json_array_append_new(volumes, volume_json(&k->volumes[i])))
			return NULL;
	for (uint32_t i = 0; i < k->n_spans; i++)
		if (json_array_append_new(spans, json_pack("{s:I, s:I}", "offsetBytes", (json_int_t)k->spans[i].offset_bytes, "lengthBytes",
							   (json_int_t)k->spans[i].len_bytes)))
			return NULL;
	return json_pack("{s:O, s:O}", "volumes", volumes, "spans", spans);
}
