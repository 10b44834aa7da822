/* SPDX-License-Identifier: Apache-2.0 */
#include "burner.h"

#include <errno.h>
#include <string.h>

#define BLOCK 2048u
#define STATUS 0x03u /* in flags */

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
	if (d->tells_zeros)
		return 34;
	put16(a, 32);
	a[2] = d->flags;
	a[3] = 1;
	a[4] = a[5] = a[6] = d->sessions;
	a[7] = d->id ? 0x80 : 0;
	put32(a + 12, d->id);
	memcpy(a + 20, d->told_lead_out, sizeof(d->told_lead_out));
	return 34;
}

static size_t capacities(const struct sim_burner *d, uint8_t *a)
{
	a[3] = 8;
	put32(a + 4, d->blocks);
	put32(a + 8, (uint32_t)d->capacity_type << 24 | 2048);
	if (!d->offers_format)
		return 12;
	a[3] = 16;
	put32(a + 12, d->format_blocks ? d->format_blocks : d->blocks);
	a[16] = (uint8_t)(d->format_type << 2);
	return 20;
}

static size_t atip(const struct sim_burner *d, uint8_t *a)
{
	put16(a, 26);
	memcpy(a + 8, d->lead_in, 3);
	memcpy(a + 12, d->lead_out, 3);
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

/* ---- what it does ---- */

static int refuse(struct cw_scsi *c, uint8_t key, uint8_t asc, uint8_t ascq)
{
	c->status = 2;
	c->sense_len = 18;
	memset(c->sense, 0, c->sense_len);
	c->sense[0] = 0x70;
	c->sense[2] = key;
	c->sense[7] = 10;
	c->sense[12] = asc;
	c->sense[13] = ascq;
	return 0;
}

static void finish(struct sim_burner *d)
{
	d->running = false;
	if (d->does_nothing)
		return;
	if (d->list[3]) {
		d->capacity_type = 2;
		return;
	}
	d->flags &= (uint8_t)~STATUS;
	if (d->keeps_data)
		return;
	if (!d->type)
		memset(d->cells, 0, (size_t)d->blocks * BLOCK);
	d->recorded = 0;
}

/* One question; true: it is still at it, and has said so. */
static bool is_busy(struct sim_burner *d, struct cw_scsi *c)
{
	if (d->running && d->asked >= d->asks)
		finish(d);
	if (!d->running)
		return false;
	refuse(c, 2, 0x04, 0x07);
	c->sense[15] = 0x80;
	put16(c->sense + 16, ++d->asked * 65535 / (d->asks + 1));
	return true;
}

static int blank(struct sim_burner *d, struct cw_scsi *c)
{
	if (d->refuses)
		return refuse(c, 5, 0x24, 0);
	d->type = c->cdb[1] & 7;
	memset(d->list, 0, sizeof(d->list));
	if (c->cdb[0] == 0x04)
		memcpy(d->list, c->data, sizeof(d->list));
	d->running = true;
	d->broken = false;
	d->begun++;
	d->asked = 0;
	return 0;
}

static int read_blocks(const struct sim_burner *d, struct cw_scsi *c)
{
	uint32_t lba = (uint32_t)c->cdb[2] << 24 | (uint32_t)c->cdb[3] << 16 | (uint32_t)c->cdb[4] << 8 | c->cdb[5], n = (uint32_t)c->cdb[7] << 8 | c->cdb[8];

	if (lba < d->scratched_upto && lba + n > d->scratched_from)
		return refuse(c, 3, 0x11, 0x05);
	if (lba + n > d->recorded)
		return refuse(c, 5, 0x21, 0);
	memcpy(c->data, d->cells + (size_t)lba * BLOCK, c->data_len);
	return 0;
}

/* In sequence, as far as there is room; a block behind drops_from is taken and forgotten. */
static int write_blocks(struct sim_burner *d, struct cw_scsi *c)
{
	uint32_t lba = (uint32_t)c->cdb[2] << 24 | (uint32_t)c->cdb[3] << 16 | (uint32_t)c->cdb[4] << 8 | c->cdb[5], n = (uint32_t)c->cdb[7] << 8 | c->cdb[8];

	if (lba != d->recorded || lba + n > d->blocks)
		return refuse(c, 5, 0x21, 2);
	if (!d->drops_from || lba < d->drops_from)
		memcpy(d->cells + (size_t)lba * BLOCK, c->data, c->data_len);
	d->recorded += n;
	d->flags |= 1;
	return 0;
}

static int close_session(struct sim_burner *d)
{
	d->flags = (uint8_t)((d->flags & ~STATUS) | 2);
	return 0;
}

static int tell_track(const struct sim_burner *d, struct cw_scsi *c)
{
	uint8_t *a = c->data;

	memset(a, 0, c->data_len);
	a[7] = (d->flags & STATUS) != 2;
	put32(a + 12, d->recorded);
	return 0;
}

static int operate(struct sim_burner *d, struct cw_scsi *c)
{
	c->status = 0;
	c->resid = c->sense_len = 0;
	if (d->was_reset) {
		d->was_reset = false;
		return refuse(c, 6, 0x29, 0);
	}
	if (is_busy(d, c))
		return 0;
	switch (c->cdb[0]) {
	case 0x00:
	case 0x1b: /* START STOP UNIT */
	case 0x1e: /* PREVENT ALLOW MEDIUM REMOVAL */
	case 0x35: /* SYNCHRONIZE CACHE */
	case 0x55: /* MODE SELECT(10) */
		return 0;
	case 0x28:
		return read_blocks(d, c);
	case 0x2a:
		return write_blocks(d, c);
	case 0x52:
		return tell_track(d, c);
	case 0x5b:
		return close_session(d);
	default:
		return blank(d, c);
	}
}

static bool is_operation(uint8_t opcode)
{
	static const uint8_t operations[] = { 0x00, 0x04, 0x1b, 0x1e, 0x28, 0x2a, 0x35, 0x52, 0x55, 0x5b, 0xa1 };

	return memchr(operations, opcode, sizeof(operations));
}

void sim_burner_power_cut(struct sim_burner *d, bool looks_blank)
{
	if (d->running && !d->type && !d->does_nothing)
		memset(d->cells, 0, (size_t)d->blocks * BLOCK / 2);
	d->broken = d->running && !looks_blank;
	if (d->running && looks_blank)
		d->flags &= (uint8_t)~STATUS;
	if (d->running)
		d->recorded = 0;
	d->running = false;
}

void sim_burner_reset(struct sim_burner *d, uint32_t recorded)
{
	d->running = false;
	d->was_reset = true;
	d->recorded = recorded;
	d->flags |= 2;
}

static int burner_scsi(struct cw_transport *t, struct cw_scsi *c)
{
	static const uint8_t invalid_field[] = { 0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x24, 0, 0, 0, 0, 0 };
	struct sim_burner *d = (struct sim_burner *)t;

	if (d->is_away)
		return -ENODEV;
	if (d->cells && is_operation(c->cdb[0]))
		return operate(d, c);
	if (d->cells && c->cdb[0] == 0x51 && is_busy(d, c))
		return 0;
	if (d->broken && c->cdb[0] == 0x51)
		return refuse(c, 3, 0x02, 0);

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

/* ---- what the kernel makes of it: as large as it was when it was put in, and written like any other where a track would be ---- */

static int burner_size(struct cw_transport *t, uint64_t *bytes)
{
	*bytes = (uint64_t)((struct sim_burner *)t)->blocks * BLOCK;
	return 0;
}

static ssize_t burner_read(struct cw_transport *t, void *buf, size_t len, uint64_t offset_bytes)
{
	const struct sim_burner *d = (const struct sim_burner *)t;

	if (offset_bytes + len > (uint64_t)d->recorded * BLOCK)
		return -EIO;
	memcpy(buf, d->cells + offset_bytes, len);
	return (ssize_t)len;
}

static ssize_t burner_write(struct cw_transport *t, const void *buf, size_t len, uint64_t offset_bytes)
{
	struct sim_burner *d = (struct sim_burner *)t;

	if (offset_bytes != (uint64_t)d->recorded * BLOCK)
		return -EIO;
	memcpy(d->cells + offset_bytes, buf, len);
	d->recorded += (uint32_t)(len / BLOCK);
	d->flags |= 2;
	return (ssize_t)len;
}

static int burner_flush(struct cw_transport *t)
{
	(void)t;
	return 0;
}

static void burner_drop_caches(struct cw_transport *t)
{
	(void)t;
}

static const struct cw_transport_ops burner_ops = { .name = "burner", .scsi = burner_scsi, .size = burner_size, .read = burner_read, .write = burner_write, .flush = burner_flush,
						    .drop_caches = burner_drop_caches };

void sim_burner_begin(struct sim_burner *d)
{
	d->t.ops = &burner_ops;
	d->t.logical_bytes = d->t.physical_bytes = BLOCK;
}
