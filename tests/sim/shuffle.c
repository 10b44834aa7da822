/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct shuffle *shuffle_of(struct cw_queue *q)
{
	return (struct shuffle *)q;
}

static void must(bool kept)
{
	if (!kept)
		abort();
}

static int shuffle_submit(struct cw_queue *q, uint32_t slot, bool write, void *buf, size_t len, uint64_t offset_bytes)
{
	struct shuffle *s = shuffle_of(q);
	struct shuffle_request *r = &s->requests[slot];

	must(slot < q->n_slots && !r->pending);
	must((uint8_t *)buf >= q->memory && (uint8_t *)buf + len <= q->memory + (size_t)q->n_slots * CW_SLOT_BYTES);
	s->submitted++;
	if (s->submit_fails_at && s->submitted >= s->submit_fails_at)
		return -EIO;
	*r = (struct shuffle_request){ .pending = true, .write = write, .buf = buf, .len = len, .offset_bytes = offset_bytes, .number = s->submitted };
	cw_sha256(buf, len, r->digest);
	s->pending++;
	s->most_pending = s->pending > s->most_pending ? s->pending : s->most_pending;
	return 0;
}

static uint32_t draw(struct shuffle *s)
{
	s->seed ^= s->seed << 13;
	s->seed ^= s->seed >> 17;
	s->seed ^= s->seed << 5;
	return s->seed;
}

/* The newest, or any. */
static uint32_t choose(struct shuffle *s)
{
	uint32_t chosen = 0, skip = s->seed ? draw(s) % s->pending : 0;

	for (uint32_t i = 0; !s->seed && i < s->q.n_slots; i++)
		if (s->requests[i].pending && (!s->requests[chosen].pending || s->requests[i].number > s->requests[chosen].number))
			chosen = i;
	for (uint32_t i = 0; s->seed && i < s->q.n_slots; i++)
		if (s->requests[i].pending && !skip--)
			chosen = i;
	return chosen;
}

static bool overtakes(const struct shuffle *s, const struct shuffle_request *r)
{
	for (uint32_t i = 0; i < s->q.n_slots; i++)
		if (s->requests[i].pending && s->requests[i].number < r->number)
			return true;
	return false;
}

static int shuffle_reap(struct cw_queue *q, uint32_t *slot, ssize_t *answer)
{
	struct shuffle *s = shuffle_of(q);
	struct shuffle_request *r;
	uint8_t digest[CW_SHA256_BYTES];

	must(s->pending > 0);
	s->reaped++;
	if (s->reap_fails_at && s->reaped >= s->reap_fails_at)
		return -EIO;
	*slot = choose(s);
	r = &s->requests[*slot];
	cw_sha256(r->buf, r->len, digest);
	must(!memcmp(digest, r->digest, sizeof(digest)));
	*answer = r->write ? s->t->ops->write(s->t, r->buf, r->len, r->offset_bytes) : s->t->ops->read(s->t, r->buf, r->len, r->offset_bytes);
	s->overtaken += overtakes(s, r);
	r->pending = false;
	s->pending--;
	return 0;
}

static void shuffle_free(struct cw_queue *q)
{
	struct shuffle *s = shuffle_of(q);

	must(!s->pending || s->reap_fails_at);
	free(q->memory);
	free(s);
}

static const struct cw_queue_ops shuffle_ops = { .name = "shuffle", .submit = shuffle_submit, .reap = shuffle_reap, .free = shuffle_free };

struct shuffle *shuffle_new(struct cw_transport *t, uint32_t n_slots, uint32_t seed)
{
	struct shuffle *s = calloc(1, sizeof(*s));

	must(s && !t->queue);
	s->q = (struct cw_queue){ .ops = &shuffle_ops, .n_slots = n_slots, .memory = aligned_alloc(CW_IO_ALIGN, (size_t)n_slots * CW_SLOT_BYTES) };
	must(s->q.memory);
	s->t = t;
	s->seed = seed;
	t->queue = &s->q;
	return s;
}
