/* SPDX-License-Identifier: Apache-2.0 */
/* Asks a SCSI drive which commands it has.  A drive behind a translation layer says so by its ATA information page, and is asked as an ATA drive. */
#include <string.h>

#include "ask.h"
#include "scsi_pages.h"

#define INQUIRY 0x12
#define EVPD 0x01
#define MAINTENANCE_IN 0xa3
#define REPORT_SUPPORTED_OPERATION_CODES 0x0c
#define ONE_COMMAND_WITH_ACTION 0x03 /* fails where the command has no service actions ... */
#define ONE_COMMAND 0x01             /* ... and this one where it has some */
#define SANITIZE 0x48
#define FORMAT_UNIT 0x04
#define SECURITY_PROTOCOL_IN 0xa2

#define PAGE_BYTES 255u /* the allocation length that all drives take */

/* ---- what it answers ---- */

/* Bytes of the page that came, 0: none. */
static size_t ask_page(struct ask *a, uint8_t code, uint8_t page[PAGE_BYTES])
{
	struct cw_scsi c = { .cdb = { INQUIRY, EVPD, code, 0, PAGE_BYTES, 0 }, .cdb_len = 6, .dir = CW_DATA_IN, .data = page, .data_len = PAGE_BYTES, .timeout_ms = ASK_TIMEOUT_MS };

	return ask_scsi(a, &c) && c.resid <= PAGE_BYTES ? PAGE_BYTES - c.resid : 0;
}

static uint32_t ask_support(struct ask *a, uint8_t options, uint8_t opcode, uint8_t action)
{
	uint8_t data[64] = { 0 }, usage;
	struct cw_scsi c = { .cdb = { MAINTENANCE_IN, REPORT_SUPPORTED_OPERATION_CODES, options, opcode, 0, action, 0, 0, 0, sizeof(data), 0, 0 }, .cdb_len = 12,
			     .dir = CW_DATA_IN, .data = data, .data_len = sizeof(data), .timeout_ms = ASK_TIMEOUT_MS };

	if (!ask_scsi(a, &c) || c.resid > sizeof(data))
		return CW_KNOWN_NOT;
	return rsoc_support(data, sizeof(data) - c.resid, &usage);
}

/* ---- features ---- */

static void tell_support(struct ask *a, enum cw_feature feature, uint32_t known, uint8_t opcode, uint8_t action)
{
	static const char *const whys[] = { [CW_KNOWN_NOT] = N_("The drive does not tell which commands it has."), [CW_KNOWN_NO] = N_("The drive does not have it."), [CW_KNOWN_YES] = "" };
	char says[CW_NODE_MAX];

	snprintf(says, sizeof(says), "supported operation codes, %02xh/%02xh: %s", opcode, action, cw_known_name(known));
	ask_tell(a, feature, known, says, whys[known]);
}

static void ask_commands(struct ask *a)
{
	static const struct { enum cw_feature feature; uint8_t action; } sanitizes[] = {
		{ CW_FEATURE_SCSI_SANITIZE_OVERWRITE, 0x01 }, { CW_FEATURE_SCSI_SANITIZE_BLOCK, 0x02 }, { CW_FEATURE_SCSI_SANITIZE_CRYPTO, 0x03 },
	};

	for (size_t i = 0; i < CW_ARRAY_LEN(sanitizes); i++)
		tell_support(a, sanitizes[i].feature, ask_support(a, ONE_COMMAND_WITH_ACTION, SANITIZE, sanitizes[i].action), SANITIZE, sanitizes[i].action);
	tell_support(a, CW_FEATURE_SCSI_FORMAT, ask_support(a, ONE_COMMAND, FORMAT_UNIT, 0), FORMAT_UNIT, 0);
}

static void ask_characteristics(struct ask *a)
{
	uint8_t page[PAGE_BYTES] = { 0 }, wabereq, wacereq;

	vpd_block_characteristics(page, ask_page(a, 0xb1, page), &wabereq, &wacereq);
	a->out->scsi.after_block_erase = wabereq;
	a->out->scsi.after_crypto_erase = wacereq;
}

static void ask_discovery(struct ask *a)
{
	uint8_t data[2048] = { 0 };
	struct cw_scsi c = { .cdb = { SECURITY_PROTOCOL_IN, 0x01, 0, 0x01, 0x80, 0, 0, 0, 0, sizeof(data) / 512 }, .cdb_len = 12, .dir = CW_DATA_IN, .data = data,
			     .data_len = sizeof(data), .timeout_ms = ASK_TIMEOUT_MS };

	if (ask_support(a, ONE_COMMAND, SECURITY_PROTOCOL_IN, 0) == CW_KNOWN_YES && ask_scsi(a, &c) && c.resid <= sizeof(data))
		ask_take_discovery(a, data, sizeof(data) - c.resid);
}

void ask_scsi_drive(struct ask *a)
{
	uint8_t page[PAGE_BYTES] = { 0 };
	size_t len = ask_page(a, 0x00, page);

	if (!len)
		return;
	if (vpd_lists(page, len, 0x89)) {
		ask_ata_drive(a);
		return;
	}
	/* Nothing stands between that could swallow a command or its answer. */
	a->out->passthrough = CW_KNOWN_YES;
	if (vpd_lists(page, len, 0xb1))
		ask_characteristics(a);
	ask_commands(a);
	ask_discovery(a);
}
