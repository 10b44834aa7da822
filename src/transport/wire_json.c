/* SPDX-License-Identifier: Apache-2.0 */
/* A native command and its answer in JSON: for journals, captures and replays. */
#include "certwipe/transport.h"

#include <stdlib.h>
#include <string.h>

/* ---- writing ---- */

static bool put(json_t *o, const char *key, json_t *value_take)
{
	return json_object_set_new(o, key, value_take) == 0;
}

static bool put_hex(json_t *o, const char *key, const void *bytes, size_t len)
{
	CW_AUTO_FREE char *hex = malloc(2 * len + 1);

	if (!hex)
		return false;
	cw_hex(hex, bytes, len);
	return put(o, key, json_string(hex));
}

static bool put_left_out(json_t *o, const struct cw_heard *h)
{
	char digest[CW_SHA256_HEX];

	cw_hex(digest, h->hidden_sha256, sizeof(h->hidden_sha256));
	return (!h->zeros || put(o, "dataZeros", json_integer(h->zeros))) &&
	       (!h->hidden_len || put(o, "hidden", json_pack("{s:i, s:i, s:s}", "at", (int)h->hidden_at, "bytes", (int)h->hidden_len, "sha256", digest)));
}

static bool put_data(json_t *o, const struct cw_heard *h, uint32_t keep_bytes)
{
	bool in = h->dir == CW_DATA_IN;
	char digest[CW_SHA256_HEX];

	if (h->dir == CW_DATA_NONE)
		return true;
	if (!put(o, in ? "dataInBytes" : "dataOutBytes", json_integer(h->data_len)))
		return false;
	if (!h->data || h->data_len <= h->zeros)
		return true;
	if (h->data_len - h->zeros <= keep_bytes)
		return put_hex(o, in ? "dataInHex" : "dataOutHex", h->data, h->data_len - h->zeros) && put_left_out(o, h);
	if (h->zeros || h->hidden_len)
		return false;
	cw_sha256_hex(h->data, h->data_len, digest);
	return put(o, in ? "dataInSha256" : "dataOutSha256", json_string(digest));
}

json_t *cw_heard_json(const struct cw_heard *h, uint32_t keep_bytes)
{
	CW_AUTO_JSON json_t *o = json_object();
	bool ok = put(o, "set", json_string(cw_set_name(h->set))) && put_hex(o, "requestHex", h->request, h->request_len) &&
		  put(o, "durationMs", json_integer(h->duration_ms)) && put_data(o, h, keep_bytes);

	if (ok && h->sys_errno)
		ok = put(o, "errno", json_integer(h->sys_errno));
	else if (ok)
		ok = put_hex(o, "answerHex", h->answer, h->answer_len);
	return ok ? json_incref(o) : NULL;
}

/* ---- reading ---- */

static int wrong(const char *key, struct cw_error *err)
{
	return cw_fail(err, CW_E_INVALID, 0, key, NULL, _("A recorded command lacks the key \"%s\" or holds in it what may not stand there."), key);
}

/* Bytes of a hex text; *len of at least min and at most max. */
static bool take_hex(const json_t *j, const char *key, uint8_t *out, uint32_t min, uint32_t max, uint32_t *len)
{
	const char *hex = cw_json_str(j, key, "");
	size_t n = strlen(hex);

	if (n % 2 || n / 2 < min || n / 2 > max || !cw_unhex(out, n / 2, hex))
		return false;
	*len = (uint32_t)(n / 2);
	return true;
}

static uint32_t set_of(const char *name)
{
	for (uint32_t set = CW_SET_SCSI; set <= CW_SET_MMC; set++)
		if (!strcmp(name, cw_set_name(set)))
			return set;
	return 0;
}

static bool take_count(const json_t *j, const char *key, uint32_t *out)
{
	uint64_t n = cw_json_u64(j, key, UINT64_MAX);

	*out = n <= UINT32_MAX ? (uint32_t)n : 0;
	return n <= UINT32_MAX;
}

/* Where something was hidden it stands within what is there. */
static bool take_left_out(const json_t *j, uint32_t len, struct cw_heard *out)
{
	const json_t *hidden = json_object_get(j, "hidden");
	uint32_t n;

	if (json_object_get(j, "dataZeros") && (!take_count(j, "dataZeros", &out->zeros) || out->zeros >= out->data_len))
		return false;
	if (!hidden)
		return true;
	return take_count(hidden, "at", &out->hidden_at) && take_count(hidden, "bytes", &out->hidden_len) && out->hidden_len && out->hidden_len <= len &&
	       out->hidden_at <= len - out->hidden_len && take_hex(hidden, "sha256", out->hidden_sha256, CW_SHA256_BYTES, CW_SHA256_BYTES, &n);
}

static int take_data(const json_t *j, bool in, uint8_t *room, size_t room_len, struct cw_heard *out, struct cw_error *err)
{
	const char *bytes_key = in ? "dataInBytes" : "dataOutBytes", *hex_key = in ? "dataInHex" : "dataOutHex";
	uint32_t len = 0, max = room_len < UINT32_MAX ? (uint32_t)room_len : UINT32_MAX;

	if (!json_object_get(j, bytes_key))
		return 0;
	out->dir = in ? CW_DATA_IN : CW_DATA_OUT;
	if (!take_count(j, bytes_key, &out->data_len))
		return wrong(bytes_key, err);
	if (!json_object_get(j, hex_key))
		return 0;
	if (!take_hex(j, hex_key, room, 1, max, &len) || !take_left_out(j, len, out) || len != out->data_len - out->zeros)
		return wrong(hex_key, err);
	out->data = room;
	return 0;
}

/* Either the answer, or why there is none. */
static int take_answer(const json_t *j, struct cw_heard *out, struct cw_error *err)
{
	uint64_t sys_errno = cw_json_u64(j, "errno", 0);
	bool answered = json_object_get(j, "answerHex") != NULL;

	if (answered == (sys_errno != 0) || sys_errno > INT16_MAX)
		return wrong("errno", err);
	out->sys_errno = (int32_t)sys_errno;
	if (answered && !take_hex(j, "answerHex", out->answer, 1, CW_ANSWER_MAX, &out->answer_len))
		return wrong("answerHex", err);
	return 0;
}

int cw_heard_of_json(const json_t *j, uint8_t *room, size_t room_len, struct cw_heard *out, struct cw_error *err)
{
	int rc;

	memset(out, 0, sizeof(*out));
	out->set = set_of(cw_json_str(j, "set", ""));
	if (!out->set)
		return wrong("set", err);
	if (!take_hex(j, "requestHex", out->request, 6, CW_REQUEST_MAX, &out->request_len))
		return wrong("requestHex", err);
	if (!take_count(j, "durationMs", &out->duration_ms))
		return wrong("durationMs", err);
	rc = take_answer(j, out, err);
	if (!rc)
		rc = take_data(j, true, room, room_len, out, err);
	if (!rc && !(out->dir == CW_DATA_IN && json_object_get(j, "dataOutBytes")))
		return take_data(j, false, room, room_len, out, err);
	return rc ? rc : wrong("dataOutBytes", err);
}
