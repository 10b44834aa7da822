/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The neighbourhood check of a resume (design section 3): a medium that came back must hold our stream in the 16 MiB below the watermark.  A keystream found there
 * is proof; a constant pattern is worth little, because any blank medium may show it, and is checked all the same: that it is missing says enough.
 */
#include "resume.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_BYTES (16u * 1024u * 1024u)
#define NO_PASS UINT32_MAX

/* What may stand in the window: `is`, or, where the step in work may have been since its last checkpoint, `or_is`. */
struct window {
	uint64_t from_bytes, upto_bytes;
	uint32_t is, or_is; /* passes, or NO_PASS */
	uint64_t bad_bytes; /* that the medium is known to have refused: so many may differ */
	bool any_tells;     /* one sector of ours says that it is the one; what is missing is for the reading to show that follows */
	uint64_t equal_bytes, unequal_bytes;
};

struct check {
	struct cw_transport *medium;
	struct window w;
	struct cw_stream_ctx *is, *or_is;
	uint8_t *found, *expected;
};

static void check_clear(struct check *c)
{
	cw_stream_free(c->is);
	cw_stream_free(c->or_is);
	free(c->found);
	free(c->expected);
}

static void place_window(struct window *w, uint64_t upto_bytes, uint32_t logical_bytes)
{
	w->upto_bytes = upto_bytes;
	w->from_bytes = upto_bytes > WINDOW_BYTES ? upto_bytes - WINDOW_BYTES : 0;
	w->from_bytes -= w->from_bytes % logical_bytes;
}

/* Before anything else was written, there is what stands where keys were: the end of the last of these places. */
static bool find_keys(const struct cw_plan *plan, const struct job_position *p, struct window *w)
{
	uint32_t keys = job_keys_step(plan, p->step);
	if (keys == 0)
		return false;
	const struct cw_span *last = &plan->keys.spans[plan->keys.n_spans - 1];
	w->is = 0;
	w->bad_bytes = p->bad_bytes[keys];
	place_window(w, last->offset_bytes + last->len_bytes, plan->logical_bytes);
	if (w->from_bytes < last->offset_bytes)
		w->from_bytes = last->offset_bytes;
	return true;
}

/* False: nothing of ours can be expected anywhere. */
static bool find_window(const struct cw_plan *plan, const struct job_position *p, struct window *w)
{
	bool writing = p->in_step && plan->steps[p->step - 1].kind == CW_STEP_WRITE;
	uint32_t now = writing ? plan->steps[p->step - 1].pass : NO_PASS;
	uint32_t before = job_written_step(plan, p->step), erased = job_native_step(plan, p->step + p->in_step);
	*w = (struct window){ .is = NO_PASS, .or_is = NO_PASS };
	if (writing && p->watermark_bytes > 0) {
		w->is = now;
		w->bad_bytes = p->bad_bytes[p->step];
		place_window(w, p->watermark_bytes, plan->logical_bytes);
		return true;
	}
	w->or_is = now;
	if (before < erased)
		return false; /* the medium has sanitised itself since, or has begun to */
	if (before == 0)
		return find_keys(plan, p, w);
	w->is = plan->steps[before - 1].pass;
	w->bad_bytes = p->bad_bytes[before];
	w->any_tells = job_wants_reload(plan, p->step);
	/* What does not reach the medium is mostly its end: that a disc is the one shows at its beginning. */
	place_window(w, w->any_tells && plan->size_bytes > WINDOW_BYTES ? WINDOW_BYTES : plan->size_bytes, plan->logical_bytes);
	return true;
}

static int open_stream(const struct cw_plan *plan, uint32_t pass, const struct cw_job_secrets *secrets, struct cw_stream_ctx **out, struct cw_error *err)
{
	struct cw_stream s;
	if (pass == NO_PASS)
		return 0;
	int rc = cw_job_stream(plan, pass, secrets, &s, err);
	return rc < 0 ? rc : cw_stream_new(&s, out, err);
}

static int check_new(struct check *c, const struct cw_plan *plan, const struct cw_job_secrets *secrets, struct cw_error *err)
{
	c->found = aligned_alloc(CW_IO_ALIGN, CW_SLOT_BYTES);
	c->expected = malloc(CW_SLOT_BYTES);
	if (c->found == NULL || c->expected == NULL)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory to check the medium."));
	int rc = open_stream(plan, c->w.is, secrets, &c->is, err);
	return rc < 0 ? rc : open_stream(plan, c->w.or_is, secrets, &c->or_is, err);
}

static int compare_sector(struct check *c, const uint8_t *found, uint64_t offset, size_t len, struct cw_error *err)
{
	bool equal = false;
	for (int i = 0; i < 2 && !equal; i++) {
		struct cw_stream_ctx *s = i == 0 ? c->is : c->or_is;
		if (s == NULL)
			continue;
		int rc = cw_stream_fill(s, offset, c->expected, len, err);
		if (rc < 0)
			return rc;
		equal = memcmp(found, c->expected, len) == 0;
	}
	*(equal ? &c->w.equal_bytes : &c->w.unequal_bytes) += len;
	return 0;
}

/* Bytes read, 0 when they cannot be, or a negative code when the medium is gone. */
static ssize_t read_some(struct check *c, uint64_t offset, size_t len, struct cw_error *err)
{
	ssize_t n;
	do
		n = c->medium->ops->read(c->medium, c->found, len, offset);
	while (n == -EINTR);
	if (n == -ENODEV || n == -ENXIO || n == -ENOMEDIUM)
		return cw_fail(err, CW_E_LOST, (int)-n, NULL, _("Attach the medium again and resume the job."), _("The medium does not answer any more."));
	return n > 0 && (size_t)n <= len ? n - n % (ssize_t)c->medium->logical_bytes : 0;
}

/* A range that cannot be read says nothing for or against the medium: it is narrowed down to sectors and passed over. */
static int compare_range(struct check *c, uint64_t *offset, size_t *len, struct cw_error *err)
{
	size_t sector = c->medium->logical_bytes;
	ssize_t n = read_some(c, *offset, *len, err);
	if (n < 0)
		return (int)n;
	if (n == 0 && *len > sector) {
		*len = sector;
		return 0;
	}
	for (size_t at = 0; at < (size_t)n; at += sector) {
		int rc = compare_sector(c, c->found + at, *offset + at, sector, err);
		if (rc < 0)
			return rc;
	}
	*offset += n > 0 ? (uint64_t)n : sector;
	return 0;
}

static int compare_window(struct check *c, struct cw_error *err)
{
	for (uint64_t at = c->w.from_bytes; at < c->w.upto_bytes;) {
		uint64_t slot_end = at - at % CW_SLOT_BYTES + CW_SLOT_BYTES;
		uint64_t end = slot_end < c->w.upto_bytes ? slot_end : c->w.upto_bytes;
		size_t len = (size_t)(end - at);
		while (at < end) {
			if (len > end - at)
				len = (size_t)(end - at);
			int rc = compare_range(c, &at, &len, err);
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

/* At least half of it must be there to prove anything, and no more may differ than the medium refused when it was written. */
static bool is_ours(const struct window *w)
{
	if (w->any_tells)
		return w->equal_bytes > 0;
	return w->unequal_bytes <= w->bad_bytes && w->equal_bytes > 0 && 2 * w->equal_bytes >= w->upto_bytes - w->from_bytes;
}

int job_check_ours(struct cw_transport *medium, const struct cw_plan *plan, const struct cw_job_secrets *secrets, const struct job_position *p,
		   uint64_t *checked_bytes, struct cw_error *err)
{
	__attribute__((cleanup(check_clear))) struct check c = { .medium = medium };
	*checked_bytes = 0;
	if (!find_window(plan, p, &c.w))
		return 0;
	int rc = check_new(&c, plan, secrets, err);
	if (rc == 0) {
		medium->ops->drop_caches(medium); /* the medium must answer, not our memory */
		rc = compare_window(&c, err);
	}
	if (rc < 0)
		return rc;
	*checked_bytes = c.w.equal_bytes;
	if (is_ours(&c.w))
		return 0;
	return cw_fail(err, CW_E_IDENTITY, 0, NULL, _("Look whether it is the right medium. If it is, it lost what was written: close the job and destroy the medium."),
		       _("The medium does not hold what this job wrote: of %llu bytes below its mark, %llu are ours."),
		       (unsigned long long)(c.w.upto_bytes - c.w.from_bytes), (unsigned long long)c.w.equal_bytes);
}
