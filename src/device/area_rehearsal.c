/* SPDX-License-Identifier: Apache-2.0 */
/* A drive that is not there and does as it is told: what would be sent to open a hidden area comes from the code that sends it.  No byte of the real drive is looked at here. */
#include <string.h>

#include "identify.h"

struct rehearsal {
	struct cw_transport t;
	const struct cw_ata_told *told;
	uint64_t sectors; /* shown */
	json_t *commands;
	bool failed;
};

static void put_word(uint8_t *data, unsigned n, uint64_t v)
{
	data[2 * n] = (uint8_t)v;
	data[2 * n + 1] = (uint8_t)(v >> 8);
}

static void put_identify(const struct rehearsal *r, uint8_t data[ATA_SECTOR_BYTES])
{
	memset(data, 0, ATA_SECTOR_BYTES);
	put_word(data, 0, 0x0040);
	put_word(data, 27, 0x5858); /* some model */
	put_word(data, 82, 1u << 10 | 1u << 5);
	put_word(data, 83, 1u << 14 | 1u << 10);
	put_word(data, 85, r->told->write_cache ? 1u << 5 : 0);
	put_word(data, 87, 1u << 14);
	for (unsigned i = 0; i < 4; i++)
		put_word(data, 100 + i, r->sectors >> (16 * i));
	put_word(data, 106, r->told->sector_bytes == ATA_SECTOR_BYTES ? 1u << 14 : 1u << 14 | 1u << 12);
	put_word(data, 117, r->told->sector_bytes / 2);
	put_word(data, 118, r->told->sector_bytes / 2 >> 16);
	put_word(data, 119, r->told->ama ? 1u << 14 | 1u << 8 : 1u << 14);
}

/* CHECK CONDITION with the registers of a drive that has nothing to complain of (SAT-4 12.2.2.7), and the native maximum in LBA. */
static int obey(struct cw_transport *t, struct cw_scsi *c)
{
	struct rehearsal *r = (struct rehearsal *)t;
	uint64_t lba = r->told->native_sectors - 1;
	const uint8_t sense[22] = { 0x72, 0x01, 0x00, 0x1d, 0, 0, 0, 14, 0x09, 12, 0x01, 0, 0, 0, (uint8_t)(lba >> 24), (uint8_t)lba, (uint8_t)(lba >> 32), (uint8_t)(lba >> 8),
				    (uint8_t)(lba >> 40), (uint8_t)(lba >> 16), 0x40, CW_ATA_DRDY | 0x10 };

	if (c->dir == CW_DATA_IN && c->data_len == ATA_SECTOR_BYTES) {
		put_identify(r, c->data);
		return 0;
	}
	c->status = 0x02;
	memcpy(c->sense, sense, sizeof(sense));
	c->sense_len = sizeof(sense);
	return 0;
}

static void on_heard(void *user, const struct cw_heard *h)
{
	struct rehearsal *r = user;
	CW_AUTO_JSON json_t *whole = cw_heard_json(h, CW_HEARD_DATA_MAX);
	struct cw_area_seen seen;

	r->failed |= !whole || json_array_append_new(r->commands, json_pack("{s:s, s:s}", "set", "scsi", "requestHex", cw_json_str(whole, "requestHex", "")));
	cw_area_read(h, &seen);
	if (seen.set)
		r->sectors = r->told->native_sectors;
}

json_t *cw_area_rehearse(const struct cw_capabilities *c)
{
	static const struct cw_transport_ops ops = { .name = "rehearsal", .scsi = obey };
	struct rehearsal r = { .t = { .ops = &ops, .logical_bytes = 512, .physical_bytes = 512 }, .told = &c->ata, .sectors = c->ata.sectors, .commands = json_array() };

	r.t.heard = on_heard;
	r.t.heard_user = &r;
	if (!cw_area_open(&r.t, c->ata.native_sectors * c->ata.sector_bytes) && !r.failed)
		return r.commands;
	json_decref(r.commands);
	return NULL;
}
