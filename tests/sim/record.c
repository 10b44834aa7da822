/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include <string.h>

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void refuse(struct cw_scsi *c, uint8_t key, uint8_t asc, uint8_t ascq)
{
	const uint8_t sense[] = { 0x70, 0, key, 0, 0, 0, 0, 10, 0, 0, 0, 0, asc, ascq, 0, 0, 0, 0 };

	c->status = 2;
	c->sense_len = sizeof(sense);
	memcpy(c->sense, sense, sizeof(sense));
}

static void answer(struct cw_scsi *c, const uint8_t *data, uint32_t len)
{
	uint32_t n = len < c->data_len ? len : c->data_len;

	memcpy(c->data, data, n);
	c->resid = c->data_len - n;
}

/* Only the feature that is asked for, where it is the one that is current. */
static void tell_configuration(const struct sim_record *d, struct cw_scsi *c)
{
	uint8_t a[16] = { 0 };
	bool is_current = d->way == (c->cdb[2] << 8 | c->cdb[3]);

	put32(a, is_current ? 8 : 4);
	put16(a + 6, d->profile);
	put16(a + 8, d->way);
	a[10] = 1;
	answer(c, a, is_current ? 12 : 8);
}

static void tell_track(const struct sim_record *d, struct cw_scsi *c)
{
	uint8_t a[36] = { 0 };

	put16(a, 34);
	a[7] = !d->closed;
	put32(a + 12, d->used);
	answer(c, a, sizeof(a));
}

static void tell_disc(const struct sim_record *d, struct cw_scsi *c)
{
	uint8_t a[34] = { 0, 32, (uint8_t)(0x10 | (d->closed ? 2 : d->used ? 1 : 0)) };

	answer(c, a, sizeof(a));
}

static bool holds(uint32_t at, uint32_t lba, uint32_t n)
{
	return at && at >= lba && at < lba + n;
}

static void record(struct sim_record *d, struct cw_scsi *c)
{
	uint32_t lba = get32(c->cdb + 2), n = c->data_len / 2048;
	bool silent = holds(d->silent_at, lba, n);

	d->writes++;
	if (d->closed || lba != d->used || lba + n > d->blocks) {
		refuse(c, 5, 0x21, 2);
		return;
	}
	if (holds(d->write_fails_at, lba, n)) {
		refuse(c, 3, 0x0c, 0);
		return;
	}
	if (silent)
		d->silent_at = 0;
	if (!silent || !d->not_carried_out) {
		if (!d->drops_from || lba < d->drops_from)
			memcpy(d->cells + (size_t)lba * 2048, c->data, c->data_len);
		d->used += n;
	}
	c->host_status = silent ? 3 : 0; /* DID_TIME_OUT */
}

static void read_back(const struct sim_record *d, struct cw_scsi *c)
{
	uint32_t lba = get32(c->cdb + 2), n = c->data_len / 2048;

	if (lba + n > d->used)
		refuse(c, 5, 0x21, 0);
	else
		memcpy(c->data, d->cells + (size_t)lba * 2048, c->data_len);
}

static void close_session(struct sim_record *d, struct cw_scsi *c)
{
	d->closes++;
	if (d->closed)
		refuse(c, 5, 0x72, 3);
	else
		d->closed = c->cdb[2] == 2;
}

static void select_page(struct sim_record *d, struct cw_scsi *c)
{
	const uint8_t *page = c->data;

	if (d->no_underrun_free && page[10] & 0x40)
		refuse(c, 5, 0x26, 0);
	else
		memcpy(d->page, page, sizeof(d->page));
}

static void obey(struct sim_record *d, struct cw_scsi *c)
{
	switch (c->cdb[0]) {
	case 0x00: /* TEST UNIT READY */
	case 0x53: /* RESERVE TRACK */
		break;
	case 0x28:
		read_back(d, c);
		break;
	case 0x2a:
		record(d, c);
		break;
	case 0x35:
		d->synchronized++;
		break;
	case 0x46:
		tell_configuration(d, c);
		break;
	case 0x51:
		tell_disc(d, c);
		break;
	case 0x52:
		tell_track(d, c);
		break;
	case 0x55:
		select_page(d, c);
		break;
	case 0x5b:
		close_session(d, c);
		break;
	default:
		refuse(c, 5, 0x20, 0);
	}
}

static int record_scsi(struct cw_transport *t, struct cw_scsi *c)
{
	struct sim_record *d = (struct sim_record *)t;

	c->status = 0;
	c->sense_len = c->resid = c->host_status = 0;
	if (d->is_out)
		refuse(c, 2, 0x3a, 2);
	else if (d->busy && d->busy--)
		refuse(c, 2, 4, 8);
	else
		obey(d, c);
	return 0;
}

void sim_record_begin(struct sim_record *d)
{
	static const struct cw_transport_ops ops = { .name = "record", .scsi = record_scsi };

	d->t.ops = &ops;
}
