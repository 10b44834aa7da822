/* SPDX-License-Identifier: Apache-2.0 */
#include "burner.h"

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

static size_t configuration(const struct sim_burner *d, uint8_t *a)
{
	size_t len = 8;

	put16(a + 6, d->profile);
	if (d->way) {
		put16(a + len, d->way);
		a[len + 2] = 1;
		len += 4;
	}
	if (d->serial) {
		put32(a + len, 0x01080308);
		memcpy(a + len + 4, d->serial, 8);
		len += 12;
	}
	put32(a, (uint32_t)len - 4);
	return len;
}

static size_t information(const struct sim_burner *d, uint8_t *a)
{
	put16(a, 32);
	a[2] = d->flags;
	a[3] = 1;
	a[4] = a[5] = a[6] = d->sessions;
	a[7] = d->id ? 0x80 : 0;
	put32(a + 12, d->id);
	return 34;
}

static size_t capacities(const struct sim_burner *d, uint8_t *a)
{
	a[3] = 8;
	put32(a + 4, d->blocks);
	put32(a + 8, (uint32_t)d->capacity_type << 24 | 2048);
	return 12;
}

static size_t atip(const struct sim_burner *d, uint8_t *a)
{
	put16(a, 26);
	memcpy(a + 8, d->lead_in, 3);
	return 28;
}

static size_t structure(const struct sim_burner *d, const uint8_t *cdb, uint8_t *a)
{
	if (cdb[7] == 0xc0)
		a[4] = (uint8_t)(d->protected_ << 1);
	else if (cdb[7] == 0x11)
		memcpy(a + 4 + 19, "RICOHJPNW11", 11);
	return cdb[7] == 0xc0 ? 8 : cdb[7] == 0x11 ? 252 : 0;
}

static size_t answer(const struct sim_burner *d, const uint8_t *cdb, uint8_t *a)
{
	switch (cdb[0]) {
	case 0x46:
		return configuration(d, a);
	case 0x51:
		return information(d, a);
	case 0x23:
		return capacities(d, a);
	case 0x43:
		return d->lead_in[0] ? atip(d, a) : 0;
	case 0xad:
		return structure(d, cdb, a);
	default:
		return 0;
	}
}

static int burner_scsi(struct cw_transport *t, struct cw_scsi *c)
{
	static const uint8_t invalid_field[] = { 0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x24, 0, 0, 0, 0, 0 };
	struct sim_burner *d = (struct sim_burner *)t;
	uint8_t room[512] = { 0 };
	size_t len = d->is_silent ? 0 : answer(d, c->cdb, room);

	if (!cw_command_reads(CW_SET_SCSI, c->cdb, c->cdb_len) && !cw_disc_command_reads(CW_SET_SCSI, c->cdb, c->cdb_len))
		d->asked_others++;
	if (!len) {
		c->status = 2;
		c->sense_len = sizeof(invalid_field);
		memcpy(c->sense, invalid_field, sizeof(invalid_field));
		return 0;
	}
	len = len < d->cut ? 0 : len - d->cut;
	len = len < c->data_len ? len : c->data_len;
	memcpy(c->data, room, len);
	c->resid = c->data_len - (uint32_t)len;
	return 0;
}

static const struct cw_transport_ops burner_ops = { .name = "burner", .scsi = burner_scsi };

void sim_burner_begin(struct sim_burner *d)
{
	d->t.ops = &burner_ops;
}
