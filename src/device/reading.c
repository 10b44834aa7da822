/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands that may be sent to a medium before anybody has authorised anything: they read, and change nothing that outlasts them.  The process that holds the medium
 * compares with this list whatever the one that parses the answers asks of it.
 */
#include "certwipe/device.h"

#define ANY (-1)

/* TCG's level 0 discovery is the only answer that is there without somebody having asked for it (TCG Storage Architecture Core 2.01, 3.3.6). */
static bool is_discovery(unsigned protocol, unsigned specific)
{
	return protocol == 0x01 && specific == 0x0001;
}

/* ---- ATA: command and feature, in both forms of pass-through ---- */

static const struct {
	uint8_t command;
	int feature;
} ata_commands[] = {
	{ 0xec, ANY },    /* IDENTIFY DEVICE */
	{ 0x2f, ANY },    /* READ LOG EXT */
	{ 0xb0, 0x00d0 }, /* SMART READ DATA */
	{ 0xb0, 0x00da }, /* SMART RETURN STATUS */
	{ 0xb4, 0x0000 }, /* SANITIZE STATUS EXT */
	{ 0x27, ANY },    /* READ NATIVE MAX ADDRESS EXT */
	{ 0x78, 0x0000 }, /* GET NATIVE MAX ADDRESS EXT */
	{ 0xb1, 0x00c2 }, /* DEVICE CONFIGURATION IDENTIFY */
	{ 0xe5, ANY },    /* CHECK POWER MODE */
};
#define TRUSTED_RECEIVE 0x5c
#define SANITIZE_DEVICE 0xb4
#define CLEAR_FAILURE 0x01 /* in COUNT of SANITIZE STATUS EXT: it changes something */

static bool ata_reads(uint8_t command, unsigned feature, unsigned count)
{
	for (size_t i = 0; i < CW_ARRAY_LEN(ata_commands); i++)
		if (ata_commands[i].command == command && (ata_commands[i].feature == ANY || ata_commands[i].feature == (int)feature))
			return command != SANITIZE_DEVICE || !(count & CLEAR_FAILURE);
	return false;
}

static bool pass_through_reads(const uint8_t *b, uint32_t len)
{
	if (b[0] == 0x85 && len == 16 && b[14] == TRUSTED_RECEIVE)
		return is_discovery(b[4], (unsigned)b[12] << 8 | b[10]);
	if (b[0] == 0x85)
		return len == 16 && ata_reads(b[14], (unsigned)b[3] << 8 | b[4], b[6]);
	if (len == 12 && b[9] == TRUSTED_RECEIVE)
		return is_discovery(b[3], (unsigned)b[7] << 8 | b[6]);
	/* The same opcode with bit 7 of byte 1 is how some bridges take NVMe commands. */
	return len == 12 && !(b[1] & 0x80) && ata_reads(b[9], b[3], b[4]);
}

/* ---- SCSI: opcode, length, and service action in byte 1 ---- */

static const struct {
	uint8_t opcode, len;
	int action;
} scsi_commands[] = {
	{ 0x00, 6, ANY },   /* TEST UNIT READY */
	{ 0x03, 6, ANY },   /* REQUEST SENSE */
	{ 0x12, 6, ANY },   /* INQUIRY */
	{ 0x1a, 6, ANY },   /* MODE SENSE(6) */
	{ 0x5a, 10, ANY },  /* MODE SENSE(10) */
	{ 0x25, 10, ANY },  /* READ CAPACITY(10) */
	{ 0x9e, 16, 0x10 }, /* READ CAPACITY(16) */
	{ 0xa3, 12, 0x0c }, /* REPORT SUPPORTED OPERATION CODES */
	{ 0xb7, 12, ANY },  /* READ DEFECT DATA(12) */
};
#define LOG_SENSE 0x4d
#define SAVE_PARAMETERS 0x01
#define SECURITY_PROTOCOL_IN 0xa2

static bool scsi_reads(const uint8_t *b, uint32_t len)
{
	if (len < 6)
		return false;
	if (b[0] == 0x85 || b[0] == 0xa1)
		return pass_through_reads(b, len);
	if (b[0] == LOG_SENSE)
		return len == 10 && !(b[1] & SAVE_PARAMETERS);
	if (b[0] == SECURITY_PROTOCOL_IN)
		return len == 12 && is_discovery(b[1], (unsigned)b[2] << 8 | b[3]);
	for (size_t i = 0; i < CW_ARRAY_LEN(scsi_commands); i++)
		if (scsi_commands[i].opcode == b[0] && scsi_commands[i].len == len && (scsi_commands[i].action == ANY || scsi_commands[i].action == (b[1] & 0x1f)))
			return true;
	return false;
}

/* ---- drives of discs (MMC-6 clause 6) ---- */

static const struct {
	uint8_t opcode, len;
} disc_commands[] = {
	{ 0x23, 10 }, /* READ FORMAT CAPACITIES */
	{ 0x43, 10 }, /* READ TOC/PMA/ATIP */
	{ 0x46, 10 }, /* GET CONFIGURATION */
	{ 0x51, 10 }, /* READ DISC INFORMATION */
	{ 0xad, 12 }, /* READ DISC STRUCTURE */
};

bool cw_disc_command_reads(uint32_t set, const uint8_t *request, uint32_t len)
{
	for (size_t i = 0; set == CW_SET_SCSI && i < CW_ARRAY_LEN(disc_commands); i++)
		if (len == disc_commands[i].len && request[0] == disc_commands[i].opcode)
			return true;
	return false;
}

/* ---- NVMe and MMC ---- */

#define SQE_BYTES 64u
#define GET_LOG_PAGE 0x02
#define IDENTIFY 0x06
#define GET_FEATURES 0x0a
#define SECURITY_RECEIVE 0x82

static bool nvme_reads(const uint8_t *b, uint32_t len)
{
	if (len != SQE_BYTES)
		return false;
	/* Command dword 10 stands in bytes 40 to 43: of Security Receive, protocol in the last, what is its own in the two before. */
	if (b[0] == SECURITY_RECEIVE)
		return is_discovery(b[43], (unsigned)b[42] << 8 | b[41]);
	return b[0] == GET_LOG_PAGE || b[0] == IDENTIFY || b[0] == GET_FEATURES;
}

#define MMC_REQUEST_BYTES 28u
#define SEND_EXT_CSD 8
#define SEND_STATUS 13
#define SD_STATUS 13 /* behind CMD55 */

static bool mmc_reads(const uint8_t *b, uint32_t len)
{
	bool opcode_is_small = len == MMC_REQUEST_BYTES && !b[0] && !b[1] && !b[2];
	bool is_plain = opcode_is_small && !b[12] && !b[13] && !b[14] && !b[27]; /* and takes no data */

	if (is_plain && b[15] == 1)
		return b[3] == SD_STATUS;
	return is_plain && !b[15] && (b[3] == SEND_EXT_CSD || b[3] == SEND_STATUS);
}

bool cw_command_reads(uint32_t set, const uint8_t *request, uint32_t len)
{
	switch (set) {
	case CW_SET_SCSI:
		return scsi_reads(request, len);
	case CW_SET_NVME:
		return nvme_reads(request, len);
	case CW_SET_MMC:
		return mmc_reads(request, len);
	default:
		return false;
	}
}
