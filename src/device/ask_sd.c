/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks an SD card at a host of this machine: its SD status (SD Physical Layer 4.10.2) tells how long it takes to erase itself.  Its CSD, where erasing is listed, is only told
 * before a card is selected, so that a card that gives no time stays unknown.
 */
#include <string.h>

#include "ask.h"

#define SD_STATUS 13            /* behind CMD55 */
#define STATUS_BYTES 64u
#define RESPONSE_R1 0x15u       /* as the kernel's MMC_RSP_R1: present, with CRC and opcode */
#define DATA_TRANSFER (1u << 5) /* MMC_CMD_ADTC */

/* Bytes of it, which begins with bit 511. */
#define AU_SIZE 10     /* bits 431:428 */
#define ERASE_SIZE 11  /* 423:408, in allocation units */
#define ERASE_TIMES 13 /* 407:402 seconds for so many, 401:400 seconds besides */

static bool ask_status(struct ask *a, uint8_t data[STATUS_BYTES])
{
	struct cw_mmc c = { .opcode = SD_STATUS, .app_command = 1, .flags = RESPONSE_R1 | DATA_TRANSFER, .block_bytes = STATUS_BYTES, .blocks = 1, .dir = CW_DATA_IN, .data = data,
			    .timeout_ms = ASK_TIMEOUT_MS };

	memset(data, 0, STATUS_BYTES);
	return !a->over && !cw_mmc_send(a->t, &c);
}

/* 0: it does not say. */
static uint64_t unit_bytes(const uint8_t *s)
{
	static const uint32_t large_mib[] = { 8, 12, 16, 24, 32, 64 };
	uint32_t code = s[AU_SIZE] >> 4;

	return code > 9 ? (uint64_t)large_mib[code - 10] << 20 : code ? UINT64_C(8192) << code : 0;
}

static uint64_t erase_seconds(const uint8_t *s, uint32_t units, uint64_t size_bytes)
{
	uint64_t unit = unit_bytes(s);

	return unit && units ? size_bytes / unit * (s[ERASE_TIMES] >> 2) / units + (s[ERASE_TIMES] & 3) : 0;
}

void ask_sd_card(struct ask *a)
{
	uint8_t s[STATUS_BYTES];
	char says[CW_NODE_MAX];
	uint32_t units;

	if (!ask_status(a, s))
		return;
	units = (uint32_t)s[ERASE_SIZE] << 8 | s[ERASE_SIZE + 1];
	a->out->passthrough = CW_KNOWN_YES;
	snprintf(says, sizeof(says), "SD status bits 423:400: %04xh %02xh", units, s[ERASE_TIMES]);
	ask_tell(a, CW_FEATURE_SD_ERASE, units ? CW_KNOWN_YES : CW_KNOWN_NOT, says, units ? NULL : N_("The card does not tell how long it takes to erase itself, so that it is not certain that it does."));
	a->out->features[CW_FEATURE_SD_ERASE].expected_seconds = erase_seconds(s, units, a->m->size_bytes);
}
