/* SPDX-License-Identifier: Apache-2.0 */
/* An answer of SCSI: its sense data, who has spoken, and the registers of an ATA drive in it. */
#include "certwipe/transport.h"
#include "fuzz.h"

static void decode(const uint8_t *sense, size_t len)
{
	struct cw_sense s;
	size_t n = 0;

	cw_sense_decode(sense, len, &s);
	CLAIM(cw_sense_action(&s) <= CW_SENSE_UNSUPPORTED);
	CLAIM(s.present || (!s.has_progress && !s.has_information));
	CLAIM(!s.deferred || cw_sense_action(&s) != CW_SENSE_GOOD);
	for (unsigned type = 0; type < 16; type++) {
		const uint8_t *d = cw_sense_descriptor(sense, len, (uint8_t)type, &n);

		CLAIM(!d || (d >= sense && n <= (size_t)(sense + len - d)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct cw_heard h = { .set = CW_SET_SCSI };
	struct cw_sense s;
	struct cw_scsi c;
	struct cw_ata a;

	fuzz_take(&data, &len, h.request, CW_CDB_MAX);
	h.request_len = h.request[0] == 0x85 ? 16 : 12;
	h.dir = h.request[15] & 3 ? CW_DATA_IN : CW_DATA_NONE;
	fuzz_take(&data, &len, h.answer, 8);
	h.answer_len = 8 + (uint32_t)(len < CW_SENSE_MAX ? len : CW_SENSE_MAX);
	if (len)
		memcpy(h.answer + 8, data, h.answer_len - 8);
	uint8_t *sense = fuzz_bytes(h.answer + 8, h.answer_len - 8, h.answer_len - 8);

	decode(sense, h.answer_len - 8);
	free(sense);
	if (cw_scsi_of(&h, &c)) {
		uint32_t end = cw_scsi_end(&c, &s);

		CLAIM(end <= CW_SCSI_GONE);
		CLAIM(end != CW_SCSI_ANSWERED || !c.host_status);
	}
	if (cw_ata_of(&h, &a)) {
		CLAIM(!a.complete || a.registers);
		CLAIM(a.end != CW_ATA_DONE || !a.registers || !(a.status & (CW_ATA_ERR | CW_ATA_DF | CW_ATA_BSY)));
	}
	return 0;
}
