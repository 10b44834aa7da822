/* SPDX-License-Identifier: Apache-2.0 */
/* Level 0 discovery, packets of TCG, and what is concluded of a transfer: the same from what was heard and from what a journal keeps of it. */
#include "../../src/technique/native_tcg.h"
#include "fuzz.h"

static void discovery(const uint8_t *data, size_t len)
{
	struct cw_tcg_told told;

	if (!cw_tcg_discovered(data, len, &told))
		return;
	CLAIM(told.answered == 1 && strlen(told.ssc) < sizeof(told.ssc) && told.com_id <= 0xffff);
	CLAIM((told.locked | told.encrypts | told.locking_enabled | told.mbr_enabled | told.mbr_done | told.sid_blocked) <= 1 && told.sid_is_default <= CW_KNOWN_YES);
}

static void packet(const uint8_t *data, size_t len)
{
	struct tcg_told told;

	tcg_take(data, len, &told);
	CLAIM(!told.bytes || (told.bytes >= data && told.bytes_len <= (size_t)(data + len - told.bytes)));
	CLAIM(told.kind == TCG_METHOD || (!told.object && !told.method) || told.kind == TCG_BAD);
}

static void read_again(const struct cw_native *n, const struct cw_heard *kept, const struct cw_native_seen *first)
{
	CW_AUTO_JSON json_t *line = cw_heard_json(kept, CW_HEARD_DATA_MAX);
	struct cw_error err = { 0 };
	struct cw_native_seen second;
	uint8_t room[CW_HEARD_DATA_MAX];
	struct cw_heard h;

	CLAIM(line && !cw_heard_of_json(line, room, sizeof(room), &h, &err));
	n->read(&h, &second);
	CLAIM(second.shows == first->shows && second.why == first->why);
}

static void transfer(bool out, const uint8_t *data, size_t len)
{
	const struct cw_native *n = cw_technique_get("tcg_psid_revert")->native;
	struct cw_scsi c = { .cdb = { out ? 0xb5 : 0xa2, 1, 0x07, 0xfe, 0x80, 0, 0, 0, 0, 4 }, .cdb_len = 12, .dir = out ? CW_DATA_OUT : CW_DATA_IN, .data_len = (uint32_t)len };
	uint8_t *copy = fuzz_bytes(data, len, len), room[CW_HEARD_DATA_MAX];
	struct cw_native_seen seen;
	struct cw_heard h, kept;

	c.data = copy;
	cw_scsi_to(&c, &h);
	n->keep(&h, room, &kept);
	CLAIM(kept.zeros <= kept.data_len && (!kept.hidden_len || kept.hidden_at + kept.hidden_len <= kept.data_len - kept.zeros));
	for (uint32_t i = 0; i < kept.hidden_len; i++)
		CLAIM(!((const uint8_t *)kept.data)[kept.hidden_at + i]);
	n->read(&kept, &seen);
	CLAIM(seen.shows != CW_SHOWS_SUCCEEDED && seen.shows != CW_SHOWS_COMPLETED && (!out || seen.shows != CW_SHOWS_REPLIED));
	read_again(n, &kept, &seen);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len > TCG_RECEIVE_BYTES)
		return 0;
	discovery(data, len);
	packet(data, len);
	transfer(false, data, len);
	transfer(true, data, len);
	return 0;
}
