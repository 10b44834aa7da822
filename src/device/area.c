/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shows what a drive hides by HPA (ACS-2 7.31 and 7.53) or AMA (ACS-3 7.1), for good: a setting that ends with the power would hide what was not looked at yet.  What the
 * factory took away (DCO) is left alone, because restoring it may change much else.
 */
#include <errno.h>
#include <string.h>

#include "identify.h"

#define IDENTIFY_DEVICE 0xec
#define READ_NATIVE_MAX_EXT 0x27
#define SET_MAX_EXT 0x37
#define ACCESSIBLE_MAX_CONFIGURATION 0x78
#define SET_ACCESSIBLE_MAX 0x0001 /* its feature */
#define SET_FEATURES 0xef
#define ENABLE_WRITE_CACHE 0x02
#define DISABLE_WRITE_CACHE 0x82

#define LBA_MODE 0x40
#define FOR_GOOD 0x0001 /* COUNT of SET MAX: it outlasts the power */
#define TIMEOUT_MS 30000u
#define TRIES_MAX 3 /* another command in between, of whomever, undoes READ NATIVE MAX */

static int identify(struct cw_transport *t, struct identify *out)
{
	uint8_t data[ATA_SECTOR_BYTES] = { 0 };
	struct cw_ata a = { .command = IDENTIFY_DEVICE, .count = 1, .protocol = CW_ATA_PIO_IN, .data = data, .data_len = sizeof(data), .timeout_ms = TIMEOUT_MS,
			    .end = CW_ATA_ATTENTION };

	for (int tries = 0; tries < TRIES_MAX && a.end == CW_ATA_ATTENTION; tries++) {
		int rc = cw_ata_send(t, &a);

		if (rc)
			return rc;
	}
	return a.end == CW_ATA_GONE ? -ENODEV : a.end == CW_ATA_DONE && a.data_done == sizeof(data) && identify_parse(data, out) ? 0 : -EIO;
}

static struct cw_ata plain(uint8_t command, uint16_t feature, uint16_t count, uint64_t lba)
{
	return (struct cw_ata){ .command = command, .device = LBA_MODE, .feature = feature, .count = count, .lba = lba, .extend = true, .protocol = CW_ATA_NO_DATA,
				.want_registers = true, .timeout_ms = TIMEOUT_MS };
}

static int why_not(const struct cw_ata *a)
{
	switch (a->end) {
	case CW_ATA_GONE:
		return -ENODEV;
	case CW_ATA_ABORTED:
	case CW_ATA_ATTENTION:
		return -EAGAIN;
	default:
		return -EIO;
	}
}

/* Asks for the native maximum, and sets it with the very next command.  -EAGAIN: it was not taken, and may be another time. */
static int set_max(struct cw_transport *t, bool ama, uint64_t whole_sectors)
{
	struct cw_ata asked = plain(ama ? ACCESSIBLE_MAX_CONFIGURATION : READ_NATIVE_MAX_EXT, 0, 0, 0), set;
	int rc = cw_ata_send(t, &asked);

	if (rc || asked.end != CW_ATA_DONE || !asked.registers || !asked.complete)
		return rc ? rc : why_not(&asked);
	if (asked.lba_after + 1 != whole_sectors)
		return -ERANGE;
	set = ama ? plain(ACCESSIBLE_MAX_CONFIGURATION, SET_ACCESSIBLE_MAX, 0, asked.lba_after) : plain(SET_MAX_EXT, 0, FOR_GOOD, asked.lba_after);
	rc = cw_ata_send(t, &set);
	return rc || set.end == CW_ATA_DONE ? rc : why_not(&set);
}

/* Sets what is set already: libata looks at the drive anew after that, and tells the rest of the kernel what it has found. */
static void have_it_noticed(struct cw_transport *t, const struct identify *i)
{
	struct cw_ata a = { .command = SET_FEATURES, .feature = i->write_cache ? ENABLE_WRITE_CACHE : DISABLE_WRITE_CACHE, .protocol = CW_ATA_NO_DATA, .want_registers = true,
			    .timeout_ms = TIMEOUT_MS };

	(void)!cw_ata_send(t, &a);
}

static uint64_t shown_bytes(const struct identify *i)
{
	return i->sectors * i->sector_bytes;
}

int cw_area_open(struct cw_transport *t, uint64_t whole_bytes)
{
	struct identify i;
	int rc = identify(t, &i);

	for (int tries = 0; !rc && shown_bytes(&i) < whole_bytes && tries < TRIES_MAX; tries++) {
		rc = set_max(t, i.ama, whole_bytes / i.sector_bytes);
		if (!rc || rc == -EAGAIN)
			rc = identify(t, &i);
	}
	if (!rc && shown_bytes(&i) != whole_bytes)
		return shown_bytes(&i) < whole_bytes ? -EPERM : -ERANGE;
	if (!rc)
		have_it_noticed(t, &i);
	return rc;
}

/* ---- what a command and its answer show ---- */

static bool sets_max(const struct cw_ata *a)
{
	return a->extend && ((a->command == SET_MAX_EXT && a->count == FOR_GOOD) || (a->command == ACCESSIBLE_MAX_CONFIGURATION && a->feature == SET_ACCESSIBLE_MAX));
}

static bool asks_max(const struct cw_ata *a)
{
	return a->extend && (a->command == READ_NATIVE_MAX_EXT || (a->command == ACCESSIBLE_MAX_CONFIGURATION && !a->feature));
}

void cw_area_read(const struct cw_heard *h, struct cw_area_seen *out)
{
	struct identify i;
	struct cw_ata a;

	*out = (struct cw_area_seen){ 0 };
	if (!cw_ata_of(h, &a))
		return;
	if (a.command == IDENTIFY_DEVICE && a.end == CW_ATA_DONE && a.data && a.data_done == ATA_SECTOR_BYTES && identify_parse(a.data, &i))
		out->shown_bytes = i.sectors * i.sector_bytes;
	else if (asks_max(&a) && a.end == CW_ATA_DONE && a.registers && a.complete)
		out->native_sectors = a.lba_after + 1;
	else if (sets_max(&a))
		out->set = a.end == CW_ATA_DONE;
}

bool cw_area_can_be_opened(const struct cw_medium *m, const struct cw_capabilities *c)
{
	const struct cw_ata_told *a = &c->ata;
	bool at_port = m->bus == CW_BUS_ATA || m->bus == CW_BUS_SCSI;

	return c->asked && at_port && c->passthrough == CW_KNOWN_YES && m->hidden == CW_HIDDEN_PRESENT && a->identified && a->sector_bytes == m->logical_bytes &&
	       a->sectors * a->sector_bytes == m->size_bytes && a->native_sectors > a->sectors && (!a->dco_sectors || a->dco_sectors == a->native_sectors);
}
