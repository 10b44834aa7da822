/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authorisation by unplugging: exactly this medium must be seen to go and come back, which only the person who holds it can do.  Of a medium that says nothing
 * reliable of itself, what it holds is compared besides: the next stick of the same batch looks the same and holds something else.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

#define REPLUG_SECONDS 180
#define POLL_MS 200
#define SETTLE_TRIES 10 /* a second apart */

/* Few enough to be read in a moment, and spread so that a mount on a desktop, which touches the beginning, changes none of them. */
#define SAMPLES_MAX 128
#define SAMPLE_BYTES 4096

/* ---- what it holds ---- */

static void add_sample(int fd, uint64_t offset, void *block, struct cw_buf *sums)
{
	char sum[CW_SHA256_HEX] = "unreadable";

	if (pread(fd, block, SAMPLE_BYTES, (off_t)offset) == SAMPLE_BYTES)
		cw_sha256_hex(block, SAMPLE_BYTES, sum);
	cw_buf_str(sums, sum);
}

int cw_broker_sample(int fd, uint64_t size_bytes, char digest[CW_SHA256_HEX], struct cw_error *err)
{
	CW_AUTO_FREE void *block = aligned_alloc(SAMPLE_BYTES, SAMPLE_BYTES);
	CW_AUTO_BUF struct cw_buf sums = { 0 };
	uint64_t n = size_bytes / (2 * SAMPLE_BYTES), apart;

	n = n > SAMPLES_MAX ? SAMPLES_MAX : n;
	apart = n ? size_bytes / n : 0;
	for (uint64_t i = 0; block && i < n; i++) {
		uint64_t middle = i * apart + apart / 2;

		add_sample(fd, middle - middle % SAMPLE_BYTES, block, &sums);
	}
	if (!block || sums.failed)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory to look at the medium."));
	cw_sha256_hex(sums.data, sums.len, digest);
	return 0;
}

/* ---- whether it is there ---- */

struct seen {
	uint32_t same;           /* media with its identity */
	struct cw_medium medium; /* the last of them */
	bool other;              /* something else is plugged in where it was */
};

static int look(struct cw_broker *b, const struct cw_medium *wanted, struct seen *out, struct cw_error *err)
{
	struct cw_media all = { 0 };
	struct cw_error differs;
	int rc = cw_media_find(b->state.path, &all, err);

	out->same = 0;
	out->other = false;
	for (uint32_t i = 0; !rc && i < all.n; i++) {
		const struct cw_medium *m = &all.at[i];

		if (m->has_medium && !cw_identity_compare(wanted, m, false, &differs)) {
			out->medium = *m;
			out->same++;
		} else if (m->has_medium && m->size_bytes && !strcmp(m->port, wanted->port) && m->diskseq != wanted->diskseq) {
			out->other = true;
		}
	}
	cw_media_clear(&all);
	return rc;
}

bool cw_broker_is_told(const struct cw_medium *m)
{
	return !m->fresh || access("/run/udev/control", F_OK) != 0; /* where no udev runs, nothing comes */
}

bool cw_broker_front_speaks(const struct cw_broker *b, int within_ms)
{
	struct pollfd p = { .fd = b->front, .events = POLLIN };

	return poll(&p, 1, within_ms) > 0;
}

static int refuse_other(const struct cw_medium *m, struct cw_error *err)
{
	return cw_fail(err, CW_E_IDENTITY, 0, m->node, _("List the media again and check which one is meant."),
		       _("Where %s was, another medium was plugged in; nothing is done to either."), m->node);
}

static int await_count(struct cw_broker *b, const struct cw_medium *wanted, uint32_t count, struct cw_medium *found, struct cw_error *err)
{
	uint64_t until = cw_monotonic_ms() + REPLUG_SECONDS * 1000u;
	struct seen seen;
	bool other = false;

	do {
		int rc = look(b, wanted, &seen, err);

		if (rc)
			return rc;
		if (seen.same == count) {
			*found = count ? seen.medium : *wanted;
			return 0;
		}
		if (seen.same > 1)
			return cw_fail(err, CW_E_AMBIGUOUS, 0, wanted->node, _("Unplug the other one and start again."),
				       _("Two media that cannot be told apart are plugged in."));
		/* Seen twice, because what has only just come may not have told all of itself. */
		if (seen.other && other)
			return refuse_other(wanted, err);
		other = seen.other;
		if (cw_broker_front_speaks(b, POLL_MS))
			return cw_fail(err, CW_E_UNAUTHORISED, 0, wanted->node, NULL, _("Waiting for the medium to be unplugged and plugged in was given up."));
	} while (cw_monotonic_ms() < until);
	return cw_fail(err, CW_E_UNAUTHORISED, ETIMEDOUT, wanted->node, _("Start again and unplug the medium when asked."),
		       _("The medium was not unplugged and plugged in again within %d seconds."), REPLUG_SECONDS);
}

/* udev tells more of a medium a moment after the kernel does; what is compared later must be what is there to stay. */
static int await_settled(struct cw_broker *b, const struct cw_medium *wanted, struct cw_medium *found, struct cw_error *err)
{
	struct cw_error moving;
	struct seen again;

	for (int tries = 0; tries < SETTLE_TRIES; tries++) {
		poll(NULL, 0, 1000);
		int rc = look(b, wanted, &again, err);

		if (rc)
			return rc;
		if (again.same == 1 && !cw_identity_compare(found, &again.medium, true, &moving))
			return 0;
		if (again.same)
			*found = again.medium;
	}
	return cw_fail(err, CW_E_IDENTITY, 0, wanted->node, _("Start again."), _("The medium that came back does not settle."));
}

static int await_return(struct cw_broker *b, const struct cw_medium *gone, struct cw_medium *found, struct cw_error *err)
{
	int rc = await_count(b, gone, 0, found, err);

	if (!rc)
		rc = await_count(b, gone, 1, found, err);
	if (!rc && gone->diskseq && found->diskseq == gone->diskseq)
		rc = cw_fail(err, CW_E_IDENTITY, 0, gone->node, _("Start again."), _("The medium that came back was never away."));
	return rc ? rc : await_settled(b, gone, found, err);
}

int cw_broker_is_replugged(struct cw_broker *b, struct cw_slot *s, struct cw_error *err)
{
	struct seen seen;
	int rc = look(b, &s->medium, &seen, err);

	/* Two that cannot be told apart: one of them has to go again. */
	if (rc || seen.same != 1 || !cw_broker_is_told(&seen.medium) || seen.medium.diskseq == s->medium.diskseq)
		return rc;
	rc = cw_broker_may_touch(&seen.medium, err);
	if (!rc)
		rc = cw_broker_hold(&seen.medium, &s->medium_fd, err);
	if (rc)
		return rc;
	s->medium = seen.medium;
	s->replug_due = false;
	return 1;
}

static int compare_samples(const struct cw_slot *s, const struct cw_medium *m, struct cw_error *err)
{
	char now[CW_SHA256_HEX];
	int rc = *s->samples ? cw_broker_sample(s->medium_fd, m->size_bytes, now, err) : 0;

	if (!rc && *s->samples && strcmp(s->samples, now) != 0)
		rc = cw_fail(err, CW_E_IDENTITY, 0, m->node, _("If it is the right one, something has written to it meanwhile: start again."),
			     _("What came back in %s holds something else than what was unplugged; it may be another medium that looks the same."), m->node);
	return rc;
}

int cw_broker_await_replug(struct cw_broker *b, struct cw_slot *s, struct cw_error *err)
{
	struct cw_medium found = s->medium;

	close(s->medium_fd);
	s->medium_fd = -1;
	cw_broker_release_others(s);
	int rc = await_return(b, &s->medium, &found, err);

	if (!rc)
		rc = cw_broker_may_touch(&found, err);
	if (!rc)
		rc = cw_broker_hold(&found, &s->medium_fd, err);
	if (!rc)
		rc = compare_samples(s, &found, err);
	if (rc)
		return rc;
	s->medium = found;
	rc = cw_broker_hold_others(b, s, err);
	if (rc)
		return rc;
	/* It was out of our hands: what was seen before may not be so any more. */
	cw_broker_ask(&s->medium, &s->capabilities);
	cw_broker_probe(&s->medium, &s->contents);
	return 0;
}
