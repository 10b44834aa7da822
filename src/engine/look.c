/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The look at a medium that erased itself: what it left is not known beforehand, so each sector is told by its kind.  Only kinds that erasing leaves may be; data may not, and
 * our own markers least of all.
 */
#include "sweep.h"

#include <string.h>

const char *cw_look_name(uint32_t class)
{
	static const char *const names[] = { "zeros", "ones", "uniform", "pattern", "random", "other", "marker", "error" };

	return class < CW_ARRAY_LEN(names) ? names[class] : "other";
}

uint64_t cw_look_bytes(const struct cw_look *l, uint32_t classes)
{
	uint64_t sum = 0;

	for (uint32_t c = 0; c < CW_LOOK_CLASSES; c++)
		sum += classes & CW_LOOK_BIT(c) ? l->bytes[c] : 0;
	return sum;
}

/* ---- kinds ---- */

/*
 * Chi-square of the bytes of a sector against all 256 being as likely, 255 degrees of freedom.  Random bytes of any sector size lie around 255 with a deviation of 23: outside of
 * these bounds not once in all sectors ever made.  Text, programs, tables, pictures lie in the thousands, also base64 (1536 for 512 bytes); a counter lies at 0.
 */
#define CHI_SQUARE_MIN 100u
#define CHI_SQUARE_MAX 640u

static bool looks_random(const uint8_t *sector, uint32_t len)
{
	uint32_t counts[256] = { 0 };
	uint64_t squares = 0;

	for (uint32_t i = 0; i < len; i++)
		counts[sector[i]]++;
	for (unsigned i = 0; i < 256; i++)
		squares += (uint64_t)counts[i] * counts[i];
	/* sum((o - e)^2 / e) with e = len / 256; it is never negative. */
	squares = squares * 256 / len - len;
	return squares >= CHI_SQUARE_MIN && squares <= CHI_SQUARE_MAX;
}

static bool is_uniform(const uint8_t *sector, uint32_t len)
{
	return !memcmp(sector, sector + 1, len - 1);
}

static bool is_pattern(const struct cw_look_for *f, const uint8_t *sector, uint32_t len)
{
	return f->pattern_len && !memcmp(sector, f->pattern, f->pattern_len) && !memcmp(sector, sector + f->pattern_len, len - f->pattern_len);
}

static enum cw_look_class class_of_uniform(uint8_t byte)
{
	return byte == 0x00 ? CW_LOOK_ZEROS : byte == 0xff ? CW_LOOK_ONES : CW_LOOK_UNIFORM;
}

/* In *m besides where keystream of ours was written for. */
static enum cw_look_class classify(struct sweep *w, uint64_t offset_bytes, const uint8_t *sector, const uint8_t *marker, struct cw_mismatch_info *m)
{
	const struct cw_stream *markers = cw_stream_get(w->stream);
	uint32_t len = w->logical_bytes;

	*m = (struct cw_mismatch_info){ .offset_bytes = offset_bytes, .class = CW_MISMATCH_FOREIGN };
	if (is_uniform(sector, len))
		return class_of_uniform(sector[0]);
	if (is_pattern(w->sought, sector, len))
		return CW_LOOK_PATTERN;
	if (!memcmp(sector, marker, len)) {
		*m = (struct cw_mismatch_info){ .offset_bytes = offset_bytes, .class = CW_MISMATCH_OTHER_PASS, .written_pass = markers->pass, .written_offset_bytes = offset_bytes };
		return CW_LOOK_MARKER;
	}
	cw_mismatch_classify(w->cipher, markers, offset_bytes, sector, len, m);
	if (m->class != CW_MISMATCH_FOREIGN)
		return CW_LOOK_MARKER;
	return looks_random(sector, len) ? CW_LOOK_RANDOM : CW_LOOK_OTHER;
}

/* ---- the sweep ---- */

/* A counter in every 256 bytes is no kind that may be: what a read did not fill must not look like what the last one did. */
int sweep_look_poison(struct sweep *w, struct slot *s, uint64_t offset_bytes, size_t len, struct cw_error *err)
{
	(void)w, (void)offset_bytes, (void)err;
	for (size_t i = 0; i < len; i++)
		s->held.buf[i] = (uint8_t)i;
	return 0;
}

static uint32_t mismatch_of(enum cw_look_class class, uint32_t otherwise)
{
	switch (class) {
	case CW_LOOK_ZEROS:
		return CW_MISMATCH_ZEROS;
	case CW_LOOK_ONES:
		return CW_MISMATCH_ONES;
	case CW_LOOK_UNIFORM:
		return CW_MISMATCH_UNIFORM;
	case CW_LOOK_MARKER:
		return CW_MISMATCH_OTHER_PASS;
	default:
		return otherwise;
	}
}

static bool may_be(const struct cw_look_for *f, enum cw_look_class class)
{
	return class != CW_LOOK_MARKER && class != CW_LOOK_OTHER && (f->may_be & CW_LOOK_BIT(class));
}

static void look_at(struct sweep *w, uint64_t offset_bytes, const uint8_t *sector, const uint8_t *marker)
{
	struct cw_mismatch_info m;
	enum cw_look_class class = classify(w, offset_bytes, sector, marker, &m);

	w->result->look.bytes[class] += w->logical_bytes;
	if (may_be(w->sought, class))
		return;
	m.class = mismatch_of(class, CW_MISMATCH_FOREIGN);
	if (!w->result->mismatch_bytes)
		w->result->first_mismatch = m;
	w->result->mismatch_bytes += w->logical_bytes;
	cw_extents_add(&w->result->bad, offset_bytes, w->logical_bytes, CW_FAULT_MISMATCH, 0);
}

int sweep_look_at(struct sweep *w, const struct slot *s, uint64_t offset_bytes, size_t len, struct cw_error *err)
{
	size_t step_max = w->logical_bytes > CW_COMPARE_BYTES ? w->logical_bytes : CW_COMPARE_BYTES;

	for (size_t i = 0; i < len;) {
		size_t step = len - i < step_max ? len - i : step_max;
		int rc = cw_window_fill(&w->expected, w->stream, offset_bytes + i, step, err);

		if (rc)
			return rc;
		for (size_t at = 0; at < step; at += w->logical_bytes)
			look_at(w, offset_bytes + i + at, s->held.buf + i + at, w->expected.buf + at);
		i += step;
	}
	return 0;
}

const struct sweep_kind sweep_looks = {
	.fault = CW_FAULT_READ,
	.writes = false,
	.prepare = sweep_look_poison,
	.complete = sweep_look_at,
};

/* What could not be read, and need not be readable, is a kind like others; what nobody tried to read is none. */
static void settle_errors(const struct cw_look_for *f, struct cw_sweep_result *result)
{
	struct cw_extents kept = { 0 };
	uint64_t errors = result->bad.total_bytes - result->mismatch_bytes;

	if (!(f->may_be & CW_LOOK_BIT(CW_LOOK_ERROR)) || !errors || result->given_up_bytes)
		return;
	for (uint32_t i = 0; i < result->bad.n; i++) {
		const struct cw_extent *e = &result->bad.at[i];

		if (e->fault == CW_FAULT_MISMATCH)
			cw_extents_add(&kept, e->offset_bytes, e->len_bytes, CW_FAULT_MISMATCH, 0);
	}
	kept.total_bytes = result->mismatch_bytes;
	result->bad = kept;
	result->look.bytes[CW_LOOK_ERROR] = errors;
	result->done_bytes += errors;
}

/* The caller's hooks, to which an unreadable sector that may be is told as what it is. */
struct settled {
	const struct cw_sweep_hooks *hooks;
	const struct cw_look_for *f;
};

static bool settled_stop(void *user)
{
	const struct settled *s = user;

	return s->hooks->stop && s->hooks->stop(s->hooks->user);
}

static void settled_progress(void *user, uint64_t upto_bytes)
{
	const struct settled *s = user;

	if (s->hooks->progress)
		s->hooks->progress(s->hooks->user, upto_bytes);
}

static int settled_checkpoint(void *user, const struct cw_sweep_result *so_far, struct cw_error *err)
{
	const struct settled *s = user;
	struct cw_sweep_result now = *so_far;

	settle_errors(s->f, &now);
	return s->hooks->checkpoint(s->hooks->user, &now, err);
}

int cw_sweep_look(struct cw_transport *t, const struct cw_look_for *f, enum cw_where where, const uint8_t seed[32], uint64_t size_bytes, const struct cw_sweep_hooks *hooks,
		  struct cw_sweep_result *result, struct cw_error *err)
{
	static const struct sweep_windows *const windows[] = { [CW_WHERE_ALL] = &sweep_of_all, [CW_WHERE_MARKS] = &sweep_of_marks, [CW_WHERE_SAMPLE] = &sweep_of_sample };
	__attribute__((cleanup(sweep_clear))) struct sweep w;
	struct settled settled = { hooks, f };
	struct cw_sweep_hooks through = *hooks;
	int rc;

	through.user = &settled;
	through.stop = settled_stop;
	through.progress = settled_progress;
	through.checkpoint = settled_checkpoint;
	through.spot = NULL; /* of writes only */
	rc = sweep_begin(&w, &sweep_looks, t, &f->markers, 0, size_bytes, &through, result, err);

	if (rc)
		return rc;
	w.sought = f;
	w.cipher = cw_mismatch_cipher(f->markers.key);
	if (!w.cipher)
		return cw_fail(err, CW_E_FAILED, 0, NULL, NULL, _("The cipher that recognises markers cannot be had."));
	rc = sweep_windows(&w, windows[where], seed, err);
	settle_errors(f, result);
	return rc;
}
