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
#define SANITIZE_IMMED 0x80
#define FORMAT_UNIT 0x04
#define FORMAT_FMTDATA 0x10 /* a parameter list, which has its IMMED */
#define SECURITY_PROTOCOL_IN 0xa2

#define REQUEST_SENSE 0x03
#define SENSE_BYTES 252u

/* Additional sense codes and their qualifiers (SPC-5 annex F) */
#define LOGICAL_UNIT_NOT_READY 0x04
#define SANITIZE_IN_PROGRESS 0x1b
#define FORMAT_CORRUPTED 0x31
#define SANITIZE_FAILED 0x03

#define PAGE_BYTES 255u /* the allocation length that all drives take */

/* ---- what it answers ---- */

/* Bytes of the page that came, 0: none. */
static size_t ask_page(struct ask *a, uint8_t code, uint8_t page[PAGE_BYTES])
{
	struct cw_scsi c = { .cdb = { INQUIRY, EVPD, code, 0, PAGE_BYTES, 0 }, .cdb_len = 6, .dir = CW_DATA_IN, .data = page, .data_len = PAGE_BYTES, .timeout_ms = ASK_TIMEOUT_MS };

	return ask_scsi(a, &c) && c.resid <= PAGE_BYTES ? PAGE_BYTES - c.resid : 0;
}

/* flags: of byte 1 of the CDB, as far as the drive has them. */
static uint32_t ask_support(struct ask *a, uint8_t options, uint8_t opcode, uint8_t action, uint8_t *flags)
{
	uint8_t data[64] = { 0 };
	struct cw_scsi c = { .cdb = { MAINTENANCE_IN, REPORT_SUPPORTED_OPERATION_CODES, options, opcode, 0, action, 0, 0, 0, sizeof(data), 0, 0 }, .cdb_len = 12,
			     .dir = CW_DATA_IN, .data = data, .data_len = sizeof(data), .timeout_ms = ASK_TIMEOUT_MS };

	*flags = 0;
	if (!ask_scsi(a, &c) || c.resid > sizeof(data))
		return CW_KNOWN_NOT;
	return rsoc_support(data, sizeof(data) - c.resid, flags);
}

/* ---- features ---- */

struct command {
	enum cw_feature feature;
	uint8_t options, opcode, action;
	uint8_t immediate; /* the flag without which it is not answered before it has ended */
};

/* What stands against all of them although the drive has them; NULL: nothing. */
static const char *obstacle(uint32_t sanitizing)
{
	if (sanitizing == CW_SANITIZING_RUNNING)
		return N_("The drive is sanitising itself just now: wait until it has ended.");
	if (sanitizing == CW_SANITIZING_FAILED)
		return N_("An earlier SANITIZE failed, and the drive is closed: have it exit its failure mode, or sanitise again (sg_sanitize).");
	return NULL;
}

/* Of a command that takes hours nobody could say where it stands, and what happens when the answer gets lost. */
static bool is_blocking(const struct command *c, uint32_t known, uint8_t flags)
{
	return known == CW_KNOWN_YES && !(flags & c->immediate);
}

static void ask_command(struct ask *a, const struct command *c)
{
	static const char *const whys[] = { [CW_KNOWN_NOT] = N_("The drive does not tell which commands it has."), [CW_KNOWN_NO] = N_("The drive does not have it."), [CW_KNOWN_YES] = "" };
	char says[CW_NODE_MAX];
	uint8_t flags;
	uint32_t known = ask_support(a, c->options, c->opcode, c->action, &flags);

	snprintf(says, sizeof(says), "supported operation codes, %02xh/%02xh: %s", c->opcode, c->action, cw_known_name(known));
	if (is_blocking(c, known, flags))
		ask_tell(a, c->feature, CW_KNOWN_NO, says, N_("The drive does not do it in the background (IMMED): it could not be watched."));
	else if (known == CW_KNOWN_YES && obstacle(a->out->sanitizing))
		ask_tell(a, c->feature, CW_KNOWN_NO, says, obstacle(a->out->sanitizing));
	else
		ask_tell(a, c->feature, known, says, whys[known]);
}

static void ask_commands(struct ask *a)
{
	static const struct command commands[] = {
		{ CW_FEATURE_SCSI_SANITIZE_OVERWRITE, ONE_COMMAND_WITH_ACTION, SANITIZE, 0x01, SANITIZE_IMMED },
		{ CW_FEATURE_SCSI_SANITIZE_BLOCK, ONE_COMMAND_WITH_ACTION, SANITIZE, 0x02, SANITIZE_IMMED },
		{ CW_FEATURE_SCSI_SANITIZE_CRYPTO, ONE_COMMAND_WITH_ACTION, SANITIZE, 0x03, SANITIZE_IMMED },
		{ CW_FEATURE_SCSI_FORMAT, ONE_COMMAND, FORMAT_UNIT, 0, FORMAT_FMTDATA },
	};

	for (size_t i = 0; i < CW_ARRAY_LEN(commands); i++)
		ask_command(a, &commands[i]);
}

/* It tells of what runs and of what failed; of what ended well it says nothing. */
static void ask_state(struct ask *a)
{
	uint8_t data[SENSE_BYTES] = { 0 };
	struct cw_scsi c = { .cdb = { REQUEST_SENSE, 0, 0, 0, SENSE_BYTES, 0 }, .cdb_len = 6, .dir = CW_DATA_IN, .data = data, .data_len = SENSE_BYTES, .timeout_ms = ASK_TIMEOUT_MS };
	struct cw_sense s;

	if (!ask_scsi(a, &c) || c.resid > SENSE_BYTES)
		return;
	cw_sense_decode(data, SENSE_BYTES - c.resid, &s);
	if (s.asc == LOGICAL_UNIT_NOT_READY && s.ascq == SANITIZE_IN_PROGRESS)
		a->out->sanitizing = CW_SANITIZING_RUNNING;
	else if (s.asc == FORMAT_CORRUPTED && s.ascq == SANITIZE_FAILED)
		a->out->sanitizing = CW_SANITIZING_FAILED;
	a->out->sanitize_progress = a->out->sanitizing == CW_SANITIZING_RUNNING && s.has_progress ? s.progress : 0;
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

	uint8_t flags;

	if (ask_support(a, ONE_COMMAND, SECURITY_PROTOCOL_IN, 0, &flags) == CW_KNOWN_YES && ask_scsi(a, &c) && c.resid <= sizeof(data))
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
	ask_state(a);
	ask_commands(a);
	ask_discovery(a);
}
