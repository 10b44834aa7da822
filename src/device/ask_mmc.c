/* SPDX-License-Identifier: Apache-2.0 */
/* Asks an eMMC chip: its extended CSD register (JESD84-B51 7.4) tells what it can erase, and which areas it has beside the one that is its medium. */
#include <string.h>

#include "ask.h"

#define SEND_EXT_CSD 8
#define EXT_CSD_BYTES 512u
#define RESPONSE_R1 0x15u        /* as the kernel's MMC_RSP_R1: present, with CRC and opcode */
#define DATA_TRANSFER (1u << 5)  /* MMC_CMD_ADTC */

/* Bytes of the register. */
#define SECURE_REMOVAL_TYPE 16
#define GP_SIZE_MULT 143         /* four of three bytes, to 154 */
#define GP_SIZE_MULT_END 155
#define RPMB_SIZE_MULT 168
#define REVISION 192
#define SEC_COUNT 212
#define BOOT_SIZE_MULT 226
#define SEC_FEATURE_SUPPORT 231
#define LIFE_TIME_A 268
#define LIFE_TIME_B 269
#define AREA_UNIT_BYTES 131072u  /* of boot and replay protected areas */
#define BOOT_AREAS 2u

#define CAN_SECURE_ERASE (1u << 0)
#define CAN_TRIM (1u << 4)
#define CAN_SANITIZE (1u << 6)
#define VERSION_4_5 6 /* as REVISION has it */

static bool ask_register(struct ask *a, uint8_t data[EXT_CSD_BYTES])
{
	struct cw_mmc c = { .opcode = SEND_EXT_CSD, .flags = RESPONSE_R1 | DATA_TRANSFER, .block_bytes = EXT_CSD_BYTES, .blocks = 1, .dir = CW_DATA_IN, .data = data,
			    .timeout_ms = ASK_TIMEOUT_MS };

	memset(data, 0, EXT_CSD_BYTES);
	return !a->over && !cw_mmc_send(a->t, &c);
}

static uint64_t capacity_bytes(const uint8_t *r)
{
	return ((uint64_t)r[SEC_COUNT] | (uint64_t)r[SEC_COUNT + 1] << 8 | (uint64_t)r[SEC_COUNT + 2] << 16 | (uint64_t)r[SEC_COUNT + 3] << 24) * 512;
}

/* General purpose partitions hold data of somebody's: without looking into them nothing is known of what is beside the medium. */
static void take_areas(struct ask *a, const uint8_t *r)
{
	uint64_t boot_bytes = (uint64_t)r[BOOT_SIZE_MULT] * AREA_UNIT_BYTES * BOOT_AREAS, protected_bytes = (uint64_t)r[RPMB_SIZE_MULT] * AREA_UNIT_BYTES;
	char why[CW_TEXT_MAX];

	for (size_t i = GP_SIZE_MULT; i < GP_SIZE_MULT_END; i++)
		if (r[i]) {
			ask_hidden(a, CW_HIDDEN_PRESENT, 0, N_("The chip is divided: it has general purpose partitions, which are media of their own and are not erased with this one."));
			return;
		}
	snprintf(why, sizeof(why), "Beside the area that is wiped the chip has two boot partitions of %llu bytes together and a replay protected area (RPMB) of %llu bytes, which are not erased.",
		 (unsigned long long)boot_bytes, (unsigned long long)protected_bytes);
	ask_hidden(a, boot_bytes + protected_bytes ? CW_HIDDEN_PRESENT : CW_HIDDEN_NONE, boot_bytes + protected_bytes, boot_bytes + protected_bytes ? why : "");
}

/* In steps of a tenth; 0: not told, 11: beyond its life. */
static void take_health(struct ask *a, const uint8_t *r)
{
	uint8_t worst = r[LIFE_TIME_A] > r[LIFE_TIME_B] ? r[LIFE_TIME_A] : r[LIFE_TIME_B];

	if (worst >= 1 && worst <= 11)
		a->out->health.percentage_used = 10u * worst;
}

/* JESD84-B51 6.6.9: what is secure about it is there for old software, and SANITIZE for all else. */
static void tell_secure(struct ask *a, enum cw_feature feature, bool has, const uint8_t *r)
{
	const char *why = !has ? N_("The chip does not have it.") :
			  r[REVISION] >= VERSION_4_5 && r[SEC_FEATURE_SUPPORT] & CAN_SANITIZE ?
				 N_("From version 4.5 on chips keep it for old software only, and have SANITIZE in its place: take that (mmc_sanitize).") :
				 NULL;
	char says[CW_NODE_MAX];

	snprintf(says, sizeof(says), "EXT_CSD byte 231: %02xh, byte 192: %02xh", r[SEC_FEATURE_SUPPORT], r[REVISION]);
	ask_tell(a, feature, why ? CW_KNOWN_NO : CW_KNOWN_YES, says, why);
}

static void take_features(struct ask *a, const uint8_t *r)
{
	uint8_t can = r[SEC_FEATURE_SUPPORT];
	char says[CW_NODE_MAX];

	snprintf(says, sizeof(says), "EXT_CSD byte 231: %02xh, byte 16: %02xh", can, r[SECURE_REMOVAL_TYPE]);
	ask_tell(a, CW_FEATURE_MMC_SANITIZE, can & CAN_SANITIZE ? CW_KNOWN_YES : CW_KNOWN_NO, says, can & CAN_SANITIZE ? NULL : N_("The chip does not have it."));
	tell_secure(a, CW_FEATURE_MMC_SECURE_ERASE, can & CAN_SECURE_ERASE, r);
	tell_secure(a, CW_FEATURE_MMC_SECURE_TRIM, (can & CAN_SECURE_ERASE) && (can & CAN_TRIM), r);
}

void ask_mmc_chip(struct ask *a)
{
	uint8_t r[EXT_CSD_BYTES];

	if (!ask_register(a, r))
		return;
	/* A chip of up to 2 GiB keeps its size elsewhere, and takes other addresses. */
	if (capacity_bytes(r) != a->m->size_bytes) {
		a->out->passthrough = CW_KNOWN_NO;
		cw_strlcpy(a->out->passthrough_why, N_("The size that the chip tells is not that of the medium."), sizeof(a->out->passthrough_why));
		return;
	}
	a->out->passthrough = CW_KNOWN_YES;
	take_features(a, r);
	take_areas(a, r);
	take_health(a, r);
}
