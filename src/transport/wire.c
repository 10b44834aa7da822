/* SPDX-License-Identifier: Apache-2.0 */
#include "certwipe/transport.h"

#include <endian.h>
#include <string.h>

#define SCSI_HEAD 8u     /* of the answer, before the sense data */
#define SQE_BYTES 64u    /* submission queue entry, NVMe Base 2.0 3.3.3.1 */
#define CQE_BYTES 16u    /* completion queue entry, 3.3.3.2 */
#define CDW2_AT 8u
#define CDW10_AT 40u
#define MMC_REQUEST_BYTES (7u * 4u)
#define MMC_ANSWER_BYTES (4u * 4u)

/* Status field of the completion: bits 31:17 of dword 3. */
#define MORE (1u << 30)
#define DO_NOT_RETRY (1u << 31)

const char *cw_set_name(uint32_t set)
{
	static const char *const names[] = { [CW_SET_SCSI] = "scsi", [CW_SET_NVME] = "nvme", [CW_SET_MMC] = "mmc" };

	return set < CW_ARRAY_LEN(names) && names[set] ? names[set] : "unknown";
}

static void begin(struct cw_heard *h, uint32_t set, uint32_t dir, const void *data, uint32_t data_len, uint32_t duration_ms)
{
	bool has_data = dir != CW_DATA_NONE;

	*h = (struct cw_heard){ .set = set, .dir = dir, .data = has_data ? data : NULL, .data_len = has_data ? data_len : 0, .duration_ms = duration_ms };
}

/* Bytes that were really moved. */
static uint32_t moved(const struct cw_scsi *c)
{
	if (c->dir == CW_DATA_OUT)
		return c->data_len;
	return c->resid <= c->data_len ? c->data_len - c->resid : 0;
}

static void put_be32(uint8_t *p, uint32_t v)
{
	v = htobe32(v);
	memcpy(p, &v, sizeof(v));
}

static uint32_t get_be32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

static void put_le32(uint8_t *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof(v));
}

static uint32_t get_le32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

/* Has it this set's request, and an answer of this length or more? */
static bool has(const struct cw_heard *h, uint32_t set, uint32_t answer_min)
{
	return h->set == set && !h->sys_errno && h->request_len <= CW_REQUEST_MAX && h->answer_len >= answer_min && h->answer_len <= CW_ANSWER_MAX;
}

/* ---- SCSI ---- */

void cw_scsi_to(const struct cw_scsi *c, struct cw_heard *h)
{
	uint32_t sense_len = c->sense_len < CW_SENSE_MAX ? c->sense_len : CW_SENSE_MAX;

	begin(h, CW_SET_SCSI, c->dir, c->data, moved(c), c->duration_ms);
	h->request_len = c->cdb_len < CW_CDB_MAX ? c->cdb_len : CW_CDB_MAX;
	memcpy(h->request, c->cdb, h->request_len);
	h->answer[0] = c->status;
	h->answer[1] = c->driver_status;
	h->answer[2] = (uint8_t)(c->host_status >> 8);
	h->answer[3] = (uint8_t)c->host_status;
	put_be32(h->answer + 4, c->resid);
	memcpy(h->answer + SCSI_HEAD, c->sense, sense_len);
	h->answer_len = SCSI_HEAD + sense_len;
}

bool cw_scsi_of(const struct cw_heard *h, struct cw_scsi *out)
{
	memset(out, 0, sizeof(*out));
	if (!has(h, CW_SET_SCSI, SCSI_HEAD) || h->request_len < 6 || h->request_len > CW_CDB_MAX)
		return false;
	memcpy(out->cdb, h->request, h->request_len);
	out->cdb_len = h->request_len;
	out->dir = h->dir;
	out->data = (void *)(uintptr_t)h->data;
	out->status = h->answer[0];
	out->driver_status = h->answer[1];
	out->host_status = (uint16_t)(h->answer[2] << 8 | h->answer[3]);
	out->resid = get_be32(h->answer + 4);
	/* What was heard is what was moved; asked for was that and the rest. */
	out->data_len = h->dir == CW_DATA_IN && out->resid <= UINT32_MAX - h->data_len ? h->data_len + out->resid : h->data_len;
	out->sense_len = h->answer_len - SCSI_HEAD;
	memcpy(out->sense, h->answer + SCSI_HEAD, out->sense_len);
	out->duration_ms = h->duration_ms;
	return true;
}

/* ---- NVMe ---- */

void cw_nvme_to(const struct cw_nvme *c, struct cw_heard *h)
{
	const uint32_t dwords[] = { c->cdw10, c->cdw11, c->cdw12, c->cdw13, c->cdw14, c->cdw15 };

	begin(h, CW_SET_NVME, c->dir, c->data, c->data_len, c->duration_ms);
	h->request[0] = c->opcode;
	put_le32(h->request + 4, c->nsid);
	put_le32(h->request + CDW2_AT, c->cdw2);
	put_le32(h->request + CDW2_AT + 4, c->cdw3);
	for (size_t i = 0; i < CW_ARRAY_LEN(dwords); i++)
		put_le32(h->request + CDW10_AT + 4 * i, dwords[i]);
	h->request_len = SQE_BYTES;
	put_le32(h->answer, c->result);
	put_le32(h->answer + 12, (uint32_t)(c->status & 0x7ff) << 17 | (c->more ? MORE : 0) | (c->do_not_retry ? DO_NOT_RETRY : 0));
	h->answer_len = CQE_BYTES;
}

bool cw_nvme_of(const struct cw_heard *h, struct cw_nvme *out)
{
	uint32_t *const dwords[] = { &out->cdw10, &out->cdw11, &out->cdw12, &out->cdw13, &out->cdw14, &out->cdw15 };
	uint32_t status;

	memset(out, 0, sizeof(*out));
	if (!has(h, CW_SET_NVME, CQE_BYTES) || h->answer_len != CQE_BYTES || h->request_len != SQE_BYTES)
		return false;
	out->opcode = h->request[0];
	out->nsid = get_le32(h->request + 4);
	out->cdw2 = get_le32(h->request + CDW2_AT);
	out->cdw3 = get_le32(h->request + CDW2_AT + 4);
	for (size_t i = 0; i < CW_ARRAY_LEN(dwords); i++)
		*dwords[i] = get_le32(h->request + CDW10_AT + 4 * i);
	out->dir = h->dir;
	out->data = (void *)(uintptr_t)h->data;
	out->data_len = h->data_len;
	out->result = get_le32(h->answer);
	status = get_le32(h->answer + 12);
	out->status = status >> 17 & 0x7ff;
	out->more = (status & MORE) != 0;
	out->do_not_retry = (status & DO_NOT_RETRY) != 0;
	out->duration_ms = h->duration_ms;
	return true;
}

/* ---- MMC ---- */

void cw_mmc_to(const struct cw_mmc *c, struct cw_heard *h)
{
	const uint32_t words[] = { c->opcode, c->arg, c->flags, c->app_command, c->block_bytes, c->blocks, c->dir == CW_DATA_OUT };

	begin(h, CW_SET_MMC, c->dir, c->data, c->block_bytes * c->blocks, c->duration_ms);
	for (size_t i = 0; i < CW_ARRAY_LEN(words); i++)
		put_be32(h->request + 4 * i, words[i]);
	h->request_len = MMC_REQUEST_BYTES;
	for (size_t i = 0; i < 4; i++)
		put_be32(h->answer + 4 * i, c->response[i]);
	h->answer_len = MMC_ANSWER_BYTES;
}

bool cw_mmc_of(const struct cw_heard *h, struct cw_mmc *out)
{
	uint32_t *const words[] = { &out->opcode, &out->arg, &out->flags, &out->app_command, &out->block_bytes, &out->blocks };

	memset(out, 0, sizeof(*out));
	if (!has(h, CW_SET_MMC, MMC_ANSWER_BYTES) || h->answer_len != MMC_ANSWER_BYTES || h->request_len != MMC_REQUEST_BYTES)
		return false;
	for (size_t i = 0; i < CW_ARRAY_LEN(words); i++)
		*words[i] = get_be32(h->request + 4 * i);
	out->dir = h->dir;
	out->data = (void *)(uintptr_t)h->data;
	for (size_t i = 0; i < 4; i++)
		out->response[i] = get_be32(h->answer + 4 * i);
	out->duration_ms = h->duration_ms;
	return true;
}
