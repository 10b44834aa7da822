/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks an ATA drive, whatever stands between: libata, the translation layer of a SAS adapter, a USB bridge.  Of the last nothing is believed before it has shown that it passes
 * commands on to the very drive of this medium, and brings whole answers back.
 */
#include <inttypes.h>
#include <string.h>

#include "ask.h"
#include "identify.h"

#define LBA_MODE 0x40 /* of the device register */

/* Commands, ACS-4 clause 7, READ NATIVE MAX and DEVICE CONFIGURATION ACS-2 */
#define IDENTIFY_DEVICE 0xec
#define READ_LOG_EXT 0x2f
#define IDENTIFY_LOG_SECURITY 0x0630 /* LBA: page 06h of log 30h */
#define SMART 0xb0
#define SMART_READ_DATA 0x00d0
#define SMART_KEY 0xc24f00
#define SANITIZE_DEVICE 0xb4
#define READ_NATIVE_MAX_EXT 0x27
#define ACCESSIBLE_MAX_CONFIGURATION 0x78
#define DEVICE_CONFIGURATION 0xb1
#define DCO_IDENTIFY 0x00c2
#define CHECK_POWER_MODE 0xe5

/* COUNT of SANITIZE STATUS EXT, ACS-4 7.36.7 */
#define SANITIZE_COMPLETED 0x8000
#define SANITIZE_IN_PROGRESS 0x4000
#define SANITIZE_IS_FROZEN 0x2000

static const enum cw_feature sanitizes[] = { CW_FEATURE_ATA_SANITIZE_CRYPTO, CW_FEATURE_ATA_SANITIZE_BLOCK, CW_FEATURE_ATA_SANITIZE_OVERWRITE };
static const uint16_t sanitize_bits[] = { IDENTIFY_CRYPTO, IDENTIFY_BLOCK, IDENTIFY_OVERWRITE };

static bool is_behind_bridge(const struct ask *a)
{
	return a->m->bus != CW_BUS_ATA && a->m->bus != CW_BUS_SCSI;
}

/* ---- commands ---- */

static struct cw_ata reading(uint8_t command, uint8_t data[ATA_SECTOR_BYTES])
{
	return (struct cw_ata){ .command = command, .count = 1, .protocol = CW_ATA_PIO_IN, .data = data, .data_len = ATA_SECTOR_BYTES, .timeout_ms = ASK_TIMEOUT_MS };
}

static struct cw_ata asking(uint8_t command, bool extend)
{
	return (struct cw_ata){ .command = command, .device = extend ? LBA_MODE : 0, .extend = extend, .protocol = CW_ATA_NO_DATA, .want_registers = true,
				.timeout_ms = ASK_TIMEOUT_MS };
}

/* ---- who answers ---- */

static bool ask_identify(struct ask *a, struct identify *out)
{
	uint8_t data[ATA_SECTOR_BYTES] = { 0 };
	struct cw_ata c = reading(IDENTIFY_DEVICE, data);

	/* A checksum is a matter of the drive's choice; but a bridge may make anything up. */
	return ask_ata(a, &c) && identify_parse(data, out) && (out->checked || !is_behind_bridge(a));
}

static void take_identity(struct ask *a, const struct identify *i)
{
	struct cw_capabilities *out = a->out;

	out->ata.identified = 1;
	out->ata.sector_bytes = i->sector_bytes;
	out->ata.sectors = i->sectors;
	out->ata.rotation = i->rotation;
	out->ata.security = i->security;
	out->ata.ama = i->ama;
	out->ata.write_cache = i->write_cache;
	out->ata.erase_minutes = i->erase_minutes;
	out->ata.enhanced_minutes = i->enhanced_minutes;
	if (!is_behind_bridge(a))
		return;
	ask_text(&out->model, i->model, sizeof(i->model), CW_SOURCE_IDENTIFY);
	ask_text(&out->serial, i->serial, sizeof(i->serial), CW_SOURCE_IDENTIFY);
	ask_text(&out->firmware, i->firmware, sizeof(i->firmware), CW_SOURCE_IDENTIFY);
}

static void tell_passthrough(struct ask *a, enum cw_known state, const char *why)
{
	a->out->passthrough = state;
	cw_strlcpy(a->out->passthrough_why, why, sizeof(a->out->passthrough_why));
}

/*
 * A command whose answer is known beforehand: COUNT tells the power mode, and it is one of few values (ACS-4 7.3).  A drive that is busy with itself aborts it, and that has
 * come back, too.
 */
static bool brings_registers_back(struct ask *a)
{
	struct cw_ata c = asking(CHECK_POWER_MODE, false);
	unsigned mode;

	if (!ask_ata(a, &c) || !c.registers)
		return c.end == CW_ATA_ABORTED && c.registers;
	mode = c.count_after & 0xff;
	return mode == 0x00 || mode == 0x01 || mode == 0x40 || mode == 0x41 || (mode >= 0x80 && mode <= 0x83) || mode == 0xff;
}

/*
 * A case with several drives has one capacity and passes commands to one of them; a bridge that keeps a part for itself leaves a drive that is larger than its medium, which is
 * a hidden area and no other drive.
 */
static bool is_drive_of_medium(const struct ask *a, const struct identify *i)
{
	return i->sectors * i->sector_bytes >= a->m->size_bytes;
}

static bool prove_passthrough(struct ask *a, const struct identify *i)
{
	if (!is_drive_of_medium(a, i)) {
		tell_passthrough(a, CW_KNOWN_NO, N_("The drive that answers commands is smaller than the medium: it is not the whole of it."));
		return false;
	}
	if (!brings_registers_back(a)) {
		tell_passthrough(a, CW_KNOWN_NO, N_("What stands between passes commands on, but does not bring back how they ended. Attach the drive to a SATA port."));
		return false;
	}
	tell_passthrough(a, CW_KNOWN_YES, "");
	return true;
}

/* ---- SANITIZE ---- */

static void tell_sanitize(struct ask *a, const struct identify *i, enum cw_known state, const char *why)
{
	char says[CW_NODE_MAX];

	snprintf(says, sizeof(says), "IDENTIFY DEVICE word 59: %04xh", i->sanitize);
	for (size_t n = 0; n < CW_ARRAY_LEN(sanitizes); n++) {
		bool has = i->sanitize & sanitize_bits[n];

		ask_tell(a, sanitizes[n], has ? state : CW_KNOWN_NO, says, has ? why : N_("The drive does not have it."));
	}
}

/* What stands against it although the drive has it; NULL: nothing. */
static const char *sanitize_obstacle(const struct cw_capabilities *c)
{
	if (c->sanitizing == CW_SANITIZING_RUNNING)
		return N_("The drive is sanitising itself just now: wait until it has ended.");
	if (c->sanitizing == CW_SANITIZING_FAILED)
		return N_("An earlier SANITIZE failed, and the drive is closed until one succeeds.");
	if (c->sanitize_frozen)
		return N_("SANITIZE is frozen until the drive loses its power: unplug it and plug it in again, or suspend the computer and wake it up.");
	if (c->ata.security & SECURITY_LOCKED)
		return N_("The drive is locked by a password: unlock it, or revert it with the PSID on its label.");
	return NULL;
}

/* Of an aborted STATUS EXT, LBA 7:0 tells the reason; 2 is "not supported", 3 "frozen", anything else a failed operation. */
static void take_aborted_status(struct ask *a, const struct cw_ata *c)
{
	unsigned reason = c->registers ? c->lba_after & 0xff : 2;

	if (reason == 3)
		a->out->sanitize_frozen = 1;
	else if (reason != 2)
		a->out->sanitizing = CW_SANITIZING_FAILED;
}

/* False: the answer does not come back whole, so that the drive could not be watched while it works. */
static bool ask_sanitize_status(struct ask *a)
{
	struct cw_ata c = asking(SANITIZE_DEVICE, true);
	struct cw_capabilities *out = a->out;

	if (!ask_ata(a, &c)) {
		if (c.end == CW_ATA_ABORTED)
			take_aborted_status(a, &c);
		return c.end == CW_ATA_ABORTED && c.registers;
	}
	if (!c.registers || !c.complete)
		return false;
	out->sanitize_frozen = (c.count_after & SANITIZE_IS_FROZEN) != 0;
	out->sanitizing = c.count_after & SANITIZE_IN_PROGRESS ? CW_SANITIZING_RUNNING : c.count_after & SANITIZE_COMPLETED ? CW_SANITIZING_DONE : CW_SANITIZING_NEVER;
	out->sanitize_progress = out->sanitizing == CW_SANITIZING_RUNNING ? (uint32_t)(c.lba_after & 0xffff) : 0;
	return true;
}

static void ask_sanitize(struct ask *a, const struct identify *i)
{
	const char *obstacle;

	if (!i->sanitize) {
		tell_sanitize(a, i, CW_KNOWN_NO, NULL);
		return;
	}
	if (a->out->passthrough != CW_KNOWN_YES) {
		tell_sanitize(a, i, CW_KNOWN_NOT, N_("Commands do not reach the drive for certain. Attach it to a SATA port."));
		return;
	}
	if (!ask_sanitize_status(a)) {
		tell_sanitize(a, i, CW_KNOWN_NOT,
			      N_("Its progress could not be watched: the answer to SANITIZE STATUS does not come back whole. Attach the drive to a SATA port."));
		return;
	}
	obstacle = sanitize_obstacle(a->out);
	tell_sanitize(a, i, obstacle ? CW_KNOWN_NO : CW_KNOWN_YES, obstacle);
}

/* ---- SECURITY ERASE UNIT ---- */

static const char *erase_obstacle(const struct ask *a, const struct identify *i)
{
	if (is_behind_bridge(a))
		return N_("Behind a USB bridge it may leave the drive locked. Attach it to a SATA port.");
	if (i->security & SECURITY_FROZEN)
		return N_("Security is frozen until the drive loses its power: unplug it and plug it in again, or suspend the computer and wake it up.");
	if (i->security & (SECURITY_LOCKED | SECURITY_ENABLED))
		return N_("A password is set. If it was left by an interrupted job: `certwipe unlock`. Else disable it with whoever set it, or revert the drive with the PSID on its label.");
	if (i->security & SECURITY_EXPIRED)
		return N_("Too many wrong passwords were given: unplug the drive and plug it in again.");
	return NULL;
}

static void tell_erase(struct ask *a, const struct identify *i, enum cw_feature feature, bool has, uint32_t expected_minutes)
{
	const char *obstacle = has ? erase_obstacle(a, i) : N_("The drive does not have it.");
	char says[CW_NODE_MAX];

	snprintf(says, sizeof(says), "IDENTIFY DEVICE word 128: %04xh", i->security);
	ask_tell(a, feature, obstacle ? CW_KNOWN_NO : CW_KNOWN_YES, says, obstacle);
	a->out->features[feature].expected_seconds = has ? (uint64_t)expected_minutes * 60 : 0;
}

/* ---- hidden areas ---- */

/* Of READ NATIVE MAX ADDRESS EXT or GET NATIVE MAX ADDRESS EXT: 0 when it does not say, or says what cannot be. */
static uint64_t ask_native_max(struct ask *a, const struct identify *i, uint8_t command)
{
	struct cw_ata c = asking(command, true);

	if (!ask_ata(a, &c) || !c.registers || !c.complete || c.lba_after + 1 < i->sectors)
		return 0;
	return c.lba_after + 1;
}

/* False: there may be something that nobody can tell, and out->hidden_why says why. */
static bool find_native(struct ask *a, const struct identify *i, uint64_t *native)
{
	*native = i->sectors;
	if (!i->hpa && !i->ama)
		return true;
	if (i->long_addresses)
		*native = ask_native_max(a, i, i->ama ? ACCESSIBLE_MAX_CONFIGURATION : READ_NATIVE_MAX_EXT);
	if (i->long_addresses && *native)
		return true;
	ask_hidden(a, CW_HIDDEN_UNKNOWN, 0, N_("The drive can hide sectors from the host, and did not tell how many it really has."));
	return false;
}

static bool find_factory(struct ask *a, const struct identify *i, uint64_t native, uint64_t *factory)
{
	uint8_t data[ATA_SECTOR_BYTES] = { 0 };
	struct cw_ata c = reading(DEVICE_CONFIGURATION, data);

	*factory = native;
	if (!i->dco)
		return true;
	c.feature = DCO_IDENTIFY;
	c.device = LBA_MODE;
	c.want_registers = true;
	if (ask_ata(a, &c) && dco_parse(data, native, factory)) {
		a->out->ata.dco_sectors = *factory;
		return true;
	}
	ask_hidden(a, CW_HIDDEN_UNKNOWN, 0, N_("The drive's configuration (DCO) may hide sectors, and it did not tell how many it was made with. "
					       "After it was unplugged and plugged in again it may tell."));
	return false;
}

/* Whose doing it is. */
static const char *hider(const struct identify *i, uint64_t native, uint64_t factory)
{
	if (factory > native)
		return native > i->sectors ? "DCO, HPA" : "DCO";
	return native > i->sectors ? i->ama ? "AMA" : "HPA" : "the bridge before it";
}

static void ask_hidden_areas(struct ask *a, const struct identify *i)
{
	uint64_t native, factory, accessible = a->m->size_bytes, bytes;
	char why[CW_TEXT_MAX];

	if (!find_native(a, i, &native) || !find_factory(a, i, native, &factory))
		return;
	a->out->ata.native_sectors = native;
	bytes = factory * i->sector_bytes;
	if (bytes <= accessible) {
		ask_hidden(a, CW_HIDDEN_NONE, 0, "");
		return;
	}
	snprintf(why, sizeof(why), "Of the drive's %" PRIu64 " sectors of %" PRIu32 " bytes, %" PRIu64 " bytes are hidden (%s).", factory, i->sector_bytes, bytes - accessible,
		 hider(i, native, factory));
	ask_hidden(a, CW_HIDDEN_PRESENT, bytes - accessible, why);
}

/* ---- the rest ---- */

static void ask_security_page(struct ask *a)
{
	uint8_t data[ATA_SECTOR_BYTES] = { 0 };
	struct cw_ata c = reading(READ_LOG_EXT, data);

	c.extend = true;
	c.device = LBA_MODE;
	c.lba = IDENTIFY_LOG_SECURITY;
	if (ask_ata(a, &c) && !security_page_parse(data, &a->out->ata.encrypts, &a->out->ata.overrides_security))
		a->out->ata.encrypts = a->out->ata.overrides_security = CW_KNOWN_NOT;
}

static void ask_health(struct ask *a)
{
	uint8_t data[ATA_SECTOR_BYTES] = { 0 };
	struct cw_ata c = reading(SMART, data);
	struct cw_health health = a->out->health;

	c.feature = SMART_READ_DATA;
	c.lba = SMART_KEY;
	if (ask_ata(a, &c) && smart_parse(data, &health))
		a->out->health = health;
}

#define SECURITY_PROTOCOL_IN 0xa2 /* SPC-4 6.40: libata turns it into TRUSTED RECEIVE */
#define TCG_PROTOCOL 0x01
#define DISCOVERY_COM_ID 0x01
#define INC_512 0x80 /* the length is in units of 512 bytes */

static void ask_discovery(struct ask *a)
{
	uint8_t data[2048] = { 0 };
	struct cw_scsi c = { .cdb = { SECURITY_PROTOCOL_IN, TCG_PROTOCOL, 0, DISCOVERY_COM_ID, INC_512, 0, 0, 0, 0, sizeof(data) / 512 }, .cdb_len = 12, .dir = CW_DATA_IN,
			     .data = data, .data_len = sizeof(data), .timeout_ms = ASK_TIMEOUT_MS };

	if (ask_scsi(a, &c) && c.resid <= sizeof(data))
		ask_take_discovery(a, data, sizeof(data) - c.resid);
}

#define TRUSTED_RECEIVE 0x5c

/* libata does not let this one pass, and bridges seldom know the other. */
static void ask_discovery_through_bridge(struct ask *a)
{
	uint8_t data[2048] = { 0 };
	struct cw_ata c = { .command = TRUSTED_RECEIVE, .feature = TCG_PROTOCOL, .count = sizeof(data) / 512, .lba = DISCOVERY_COM_ID << 8, .protocol = CW_ATA_PIO_IN,
			    .data = data, .data_len = sizeof(data), .timeout_ms = ASK_TIMEOUT_MS };

	if (ask_ata(a, &c))
		ask_take_discovery(a, data, c.data_done);
}

/* What is asked last is what a drive is most likely to trip over. */
static void ask_identified(struct ask *a, const struct identify *i)
{
	ask_sanitize(a, i);
	tell_erase(a, i, CW_FEATURE_ATA_ERASE, i->security, i->erase_minutes);
	tell_erase(a, i, CW_FEATURE_ATA_ERASE_ENHANCED, i->security & SECURITY_ENHANCED, i->enhanced_minutes);
	if (i->smart)
		ask_health(a);
	if (a->out->passthrough == CW_KNOWN_YES)
		ask_hidden_areas(a, i);
	if (i->logs)
		ask_security_page(a);
	if (i->trusted && is_behind_bridge(a))
		ask_discovery_through_bridge(a);
	else if (i->trusted)
		ask_discovery(a);
}

void ask_ata_drive(struct ask *a)
{
	struct identify i;

	if (!ask_identify(a, &i)) {
		tell_passthrough(a, CW_KNOWN_NOT, N_("No ATA drive answers behind it."));
		return;
	}
	take_identity(a, &i);
	if (prove_passthrough(a, &i) || !is_behind_bridge(a)) {
		ask_identified(a, &i);
		return;
	}
	ask_sanitize(a, &i);
	ask_hidden(a, CW_HIDDEN_UNKNOWN, 0, N_("Commands do not reach the drive for certain, so that nobody can tell whether it hides sectors. Attach it to a SATA port."));
}
