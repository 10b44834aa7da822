/* SPDX-License-Identifier: Apache-2.0 */
/* What a medium answered of itself, masked by what it was asked: where its names stand is the same in all of a kind, whoever made them. */
#include <string.h>

#include "capture.h"
#include "capture_mask.h"

#define NAMES (CW_SCOPE_ANY | CW_SCOPE_NAMES)
#define PAGE_HEAD 4 /* bytes before what a page of vital product data says (SPC-4 7.8.1) */
#define NAA_KEPT 1  /* the digit that tells the form of the name (SPC-4 7.8.6.6) */
#define NUMBER_BYTES_MAX 16

struct field { uint16_t at, len; };

/* ---- which answer it is ---- */

enum kind { OTHER, ATA_IDENTIFY, ATA_DATA, SCSI_PAGE, DISC_FEATURES, DISC_INFORMATION, NVME_CONTROLLER, NVME_NAMESPACE };

static enum kind kind_of_scsi(const struct cw_heard *h)
{
	const uint8_t *r = h->request;
	bool is_long = r[0] == 0x85 && h->request_len == 16, is_ata = is_long || (r[0] == 0xa1 && h->request_len == 12);

	if (is_ata)
		return r[is_long ? 14 : 9] == 0xec ? ATA_IDENTIFY : ATA_DATA;
	if (h->request_len == 10 && (r[0] == 0x46 || r[0] == 0x51))
		return r[0] == 0x46 ? DISC_FEATURES : DISC_INFORMATION;
	return r[0] == 0x12 && r[1] & 1 ? SCSI_PAGE : OTHER;
}

/* Identify, by its CNS (NVM Express Base 2.1, 5.1.13). */
static enum kind kind_of(const struct cw_heard *h)
{
	if (h->set == CW_SET_SCSI)
		return kind_of_scsi(h);
	if (h->set != CW_SET_NVME || h->request_len != 64 || h->request[0] != 0x06)
		return OTHER;
	return h->request[40] == 0x01 ? NVME_CONTROLLER : h->request[40] == 0x00 || h->request[40] == 0x11 ? NVME_NAMESPACE : OTHER;
}

/* In words of two bytes, of which the second comes first. */
static void unswap(uint8_t *out, const uint8_t *in, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = in[i ^ 1];
}

/* ---- gathering ---- */

static void gather_number(struct cw_secrets *s, const uint8_t *bytes, size_t len, size_t kept)
{
	char hex[2 * NUMBER_BYTES_MAX + 1];

	cw_hex(hex, bytes, len);
	cw_secrets_add(s, hex, 2 * len, CW_RAW, CW_SCOPE_ANY, kept);
}

void cw_mask_gather_identify(struct cw_secrets *s, const uint8_t *identify, size_t len)
{
	/* Serial number in words 10 to 19, of an exchangeable medium in words 176 to 205; world-wide name in words 108 to 111. */
	static const struct field texts[] = { { 2 * 10, 20 }, { 2 * 176, 60 } }, name = { 2 * 108, 8 };
	uint8_t plain[60];

	for (size_t i = 0; i < CW_ARRAY_LEN(texts); i++) {
		if (len < (size_t)texts[i].at + texts[i].len)
			continue;
		unswap(plain, identify + texts[i].at, texts[i].len);
		cw_secrets_add(s, plain, texts[i].len, CW_RAW, CW_SCOPE_ANY, 0);
	}
	if (len < (size_t)name.at + name.len)
		return;
	unswap(plain, identify + name.at, name.len);
	gather_number(s, plain, name.len, NAA_KEPT);
}

/* Serial number; FGUID; of the name of the subsystem what stands behind its last colon (NVM Express Base 2.1, figure of Identify Controller). */
static void gather_controller(struct cw_secrets *s, const uint8_t *data, size_t len)
{
	enum { SERIAL = 4, SERIAL_BYTES = 20, FGUID = 112, FGUID_BYTES = 16, NQN = 768, NQN_END = 1024 };
	const uint8_t *colon = len >= NQN_END ? memrchr(data + NQN, ':', NQN_END - NQN) : NULL;

	if (len >= SERIAL + SERIAL_BYTES)
		cw_secrets_add(s, data + SERIAL, SERIAL_BYTES, CW_RAW, CW_SCOPE_ANY, 0);
	if (len >= FGUID + FGUID_BYTES)
		gather_number(s, data + FGUID, FGUID_BYTES, 0);
	if (colon)
		cw_secrets_add(s, colon + 1, (size_t)(data + NQN_END - (colon + 1)), CW_RAW, CW_SCOPE_NAMES, 0);
}

/* NGUID, EUI64 (NVM Express NVM Command Set 1.0, Identify Namespace). */
static void gather_namespace(struct cw_secrets *s, const uint8_t *data, size_t len)
{
	enum { NGUID = 104, NGUID_BYTES = 16, EUI64 = 120, EUI64_BYTES = 8 };

	if (len < EUI64 + EUI64_BYTES)
		return;
	gather_number(s, data + NGUID, NGUID_BYTES, 0);
	gather_number(s, data + EUI64, EUI64_BYTES, 0);
}

/* Of the pages that are asked for only the ATA information page names the medium (SAT-4 12.4.2): its IDENTIFY DEVICE data. */
static void gather_page(struct cw_secrets *s, const uint8_t *data, size_t len)
{
	enum { ATA_INFORMATION = 0x89, IDENTIFY = 60 };

	if (len > IDENTIFY && data[1] == ATA_INFORMATION)
		cw_mask_gather_identify(s, data + IDENTIFY, len - IDENTIFY);
}

/* Drive serial number (MMC-6 5.3.47), a feature like the others. */
static void gather_features(struct cw_secrets *s, const uint8_t *data, size_t len)
{
	enum { HEAD = 8, FEATURE_HEAD = 4 };

	for (size_t at = HEAD; at + FEATURE_HEAD <= len && at + FEATURE_HEAD + data[at + 3] <= len; at += FEATURE_HEAD + (size_t)data[at + 3])
		if (data[at] == 0x01 && data[at + 1] == 0x08)
			cw_secrets_add(s, data + at + FEATURE_HEAD, data[at + 3], CW_RAW, CW_SCOPE_ANY, 0);
}

/* Disc identification, where it is said to be one (MMC-6 6.21.3.1). */
static void gather_disc(struct cw_secrets *s, const uint8_t *data, size_t len)
{
	enum { ID = 12, ID_BYTES = 4 };

	if (len >= ID + ID_BYTES && data[7] & 0x80)
		gather_number(s, data + ID, ID_BYTES, 0);
}

static void gather_answer(struct cw_secrets *s, const struct cw_heard *h)
{
	switch (kind_of(h)) {
	case ATA_IDENTIFY:
		cw_mask_gather_identify(s, h->data, h->data_len);
		break;
	case SCSI_PAGE:
		gather_page(s, h->data, h->data_len);
		break;
	case DISC_FEATURES:
		gather_features(s, h->data, h->data_len);
		break;
	case DISC_INFORMATION:
		gather_disc(s, h->data, h->data_len);
		break;
	case NVME_CONTROLLER:
		gather_controller(s, h->data, h->data_len);
		break;
	case NVME_NAMESPACE:
		gather_namespace(s, h->data, h->data_len);
		break;
	default:
		break;
	}
}

/* False: there is no data in it, or none that could be read. */
static bool read_answer(const json_t *answer, uint8_t data[CW_CAPTURE_VALUE_MAX], struct cw_heard *h)
{
	struct cw_error ignored = { 0 };

	return !cw_heard_of_json(answer, data, CW_CAPTURE_VALUE_MAX, h, &ignored) && h->dir == CW_DATA_IN && h->data;
}

void cw_mask_gather_answers(struct cw_secrets *s, const json_t *answers)
{
	uint8_t data[CW_CAPTURE_VALUE_MAX];
	struct cw_heard h;
	json_t *answer;
	size_t i;

	json_array_foreach(answers, i, answer)
		if (read_answer(answer, data, &h))
			gather_answer(s, &h);
}

/* ---- replacing ---- */

/* The last byte of IDENTIFY DEVICE data, SMART data and the like makes the sum of all zero (ACS-3 7.12). */
static uint8_t sum_of(const uint8_t *data, size_t len)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + data[i]);
	return sum;
}

/* Field by field, because each is a text of its own, whatever stands before it. */
static void mask_controller(struct cw_secrets *s, uint8_t *data, size_t len)
{
	static const struct field fields[] = { { 4, 20 }, { 24, 40 }, { 64, 8 } }, nqn = { 768, 256 };

	for (size_t i = 0; i < CW_ARRAY_LEN(fields); i++)
		if (len >= (size_t)fields[i].at + fields[i].len)
			cw_secrets_replace(s, CW_SCOPE_ANY, data + fields[i].at, fields[i].len, CW_RAW);
	if (len >= (size_t)nqn.at + nqn.len)
		cw_secrets_replace(s, NAMES, data + nqn.at, nqn.len, CW_RAW);
}

static void mask_data(struct cw_secrets *s, enum kind kind, uint8_t *data, size_t len)
{
	bool has_sum = (kind == ATA_IDENTIFY || kind == ATA_DATA) && len == CW_ATA_SECTOR_BYTES && !sum_of(data, len);
	size_t head = kind == SCSI_PAGE && len > PAGE_HEAD ? PAGE_HEAD : 0;

	if (kind == NVME_CONTROLLER)
		mask_controller(s, data, len);
	cw_secrets_replace(s, CW_SCOPE_ANY, data + head, len - head, CW_RAW);
	cw_secrets_replace_binary(s, CW_SCOPE_ANY, data + head, len - head);
	if (has_sum)
		data[len - 1] = (uint8_t)(data[len - 1] - sum_of(data, len));
}

static void mask_answer(struct cw_secrets *s, json_t *answer)
{
	uint8_t data[CW_CAPTURE_VALUE_MAX];
	char hex[2 * CW_CAPTURE_VALUE_MAX + 1];
	struct cw_heard h;

	if (!read_answer(answer, data, &h)) {
		/* What cannot be read cannot be masked. */
		json_object_del(answer, "dataInHex");
		return;
	}
	mask_data(s, kind_of(&h), data, h.data_len - h.zeros);
	cw_hex(hex, data, h.data_len - h.zeros);
	s->failed |= json_object_set_new(answer, "dataInHex", json_string(hex)) != 0;
}

void cw_mask_answers(struct cw_secrets *s, json_t *answers)
{
	json_t *answer;
	size_t i;

	json_array_foreach(answers, i, answer)
		mask_answer(s, answer);
}
