/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ComPackets, packets, subpackets and tokens (TCG Storage Architecture Core Specification 2.01, 3.2.2 and 3.2.3): strict, and bounded by what there is.  No session of ours has
 * more than one call under way, so that a ComPacket with several packets, or a packet with several subpackets, is not one that answers us.
 */
#include <string.h>

#include "native_tcg.h"

/* Offsets of a ComPacket's head, a packet's, a subpacket's. */
#define COM_ID 4u
#define OUTSTANDING 8u
#define COM_LENGTH 16u
#define SESSION 20u
#define HOST_SESSION 24u
#define PACKET_LENGTH 40u
#define SUBPACKET_KIND 50u
#define SUBPACKET_LENGTH 52u
#define TOKENS 56u

#define COM_HEAD 20u
#define PACKET_HEAD 24u
#define SUBPACKET_HEAD 12u

#define DEPTH_MAX 8u
#define UID_BYTES 8u

static uint64_t get(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

static void put(uint8_t *p, uint64_t v, size_t n)
{
	while (n--) {
		p[n] = (uint8_t)v;
		v >>= 8;
	}
}

/* ---- making ---- */

static void add(struct tcg_packet *p, const void *bytes, size_t len)
{
	p->full = p->full || len > sizeof(p->bytes) - p->len;
	if (p->full)
		return;
	memcpy(p->bytes + p->len, bytes, len);
	p->len += len;
}

void tcg_begin(struct tcg_packet *p, uint16_t com_id, uint32_t session)
{
	*p = (struct tcg_packet){ .len = TOKENS };
	put(p->bytes + COM_ID, com_id, 2);
	put(p->bytes + SESSION, session, 4);
	put(p->bytes + HOST_SESSION, session ? TCG_HOST_SESSION : 0, 4);
}

void tcg_token(struct tcg_packet *p, uint8_t token)
{
	add(p, &token, 1);
}

/* 3.2.2.3.1: tiny atoms hold six bits, short ones up to 15 bytes, medium ones up to 2047. */
void tcg_uint(struct tcg_packet *p, uint64_t value)
{
	uint8_t bytes[8];
	size_t n = 1;

	if (value < 0x40) {
		tcg_token(p, (uint8_t)value);
		return;
	}
	while (n < sizeof(bytes) && value >> (8 * n))
		n++;
	put(bytes, value, n);
	tcg_token(p, (uint8_t)(0x80 | n));
	add(p, bytes, n);
}

void tcg_bytes(struct tcg_packet *p, const void *bytes, size_t len)
{
	if (len < 0x10) {
		tcg_token(p, (uint8_t)(0xa0 | len));
	} else {
		tcg_token(p, (uint8_t)(0xd0 | (len >> 8 & 7)));
		tcg_token(p, (uint8_t)len);
	}
	p->full = p->full || len > 0x7ff;
	add(p, bytes, len);
}

void tcg_uid(struct tcg_packet *p, uint64_t uid)
{
	uint8_t bytes[UID_BYTES];

	put(bytes, uid, sizeof(bytes));
	tcg_bytes(p, bytes, sizeof(bytes));
}

void tcg_call(struct tcg_packet *p, uint64_t object, uint64_t method)
{
	tcg_token(p, TCG_CALL);
	tcg_uid(p, object);
	tcg_uid(p, method);
	tcg_token(p, TCG_START_LIST);
}

void tcg_end_call(struct tcg_packet *p)
{
	static const uint8_t status[] = { TCG_END_LIST, TCG_END_OF_DATA, TCG_START_LIST, 0, 0, 0, TCG_END_LIST };

	add(p, status, sizeof(status));
	tcg_end(p);
}

/* A subpacket's length is that of its tokens; those around it count the bytes that fill it up to four. */
void tcg_end(struct tcg_packet *p)
{
	size_t tokens = p->len - TOKENS, filled = (tokens + 3) & ~(size_t)3;

	p->full = p->full || TOKENS + filled > sizeof(p->bytes);
	if (p->full)
		return;
	p->len = TOKENS + filled;
	put(p->bytes + SUBPACKET_LENGTH, tokens, 4);
	put(p->bytes + PACKET_LENGTH, filled + SUBPACKET_HEAD, 4);
	put(p->bytes + COM_LENGTH, filled + SUBPACKET_HEAD + PACKET_HEAD, 4);
}

/* ---- taking ---- */

struct tokens {
	const uint8_t *at, *end;
};
enum token_kind { WRONG, NUMBER, BYTES, CONTROL };
struct token {
	enum token_kind kind;
	uint8_t control;
	uint64_t number;
	const uint8_t *bytes;
	size_t len;
};

/* The head of an atom: how long it is, how long its head is, whether it is a byte string.  Continued ones and signed numbers do not occur. */
static bool take_head(const struct tokens *t, size_t *head, size_t *len, bool *is_bytes)
{
	uint8_t b = t->at[0];
	size_t there = (size_t)(t->end - t->at);

	if (b < 0xc0) {
		*head = 1;
		*len = b & 0x0f;
		*is_bytes = b & 0x20;
		return !(b & 0x10);
	}
	if (b < 0xe0) {
		*head = 2;
		*len = there >= 2 ? (size_t)(b & 7) << 8 | t->at[1] : 0;
		*is_bytes = b & 0x10;
		return there >= 2 && !(b & 0x08);
	}
	*head = 4;
	*len = there >= 4 ? (size_t)get(t->at + 1, 3) : 0;
	*is_bytes = b & 0x02;
	return there >= 4 && (b == 0xe0 || b == 0xe2);
}

static struct token take_atom(struct tokens *t)
{
	struct token out = { .kind = WRONG };
	size_t head, len;
	bool is_bytes;

	if (!take_head(t, &head, &len, &is_bytes) || len > (size_t)(t->end - t->at) - head || (!is_bytes && (!len || len > 8)))
		return out;
	out.kind = is_bytes ? BYTES : NUMBER;
	out.bytes = t->at + head;
	out.len = len;
	out.number = is_bytes ? 0 : get(out.bytes, len);
	t->at += head + len;
	return out;
}

/* The next one; an empty one says nothing, and stands wherever it likes (3.2.2.3.1.5). */
static struct token take(struct tokens *t)
{
	while (t->at < t->end && *t->at == TCG_EMPTY)
		t->at++;
	if (t->at == t->end)
		return (struct token){ .kind = WRONG };
	if (*t->at < 0x40)
		return (struct token){ .kind = NUMBER, .number = *t->at++ };
	if (*t->at >= 0xf0)
		return (struct token){ .kind = CONTROL, .control = *t->at++ };
	if (*t->at < 0x80 || *t->at >= 0xe4)
		return (struct token){ .kind = WRONG };
	return take_atom(t);
}

static bool take_control(struct tokens *t, uint8_t control)
{
	struct token k = take(t);

	return k.kind == CONTROL && k.control == control;
}

static bool take_uid(struct tokens *t, uint64_t *out)
{
	struct token k = take(t);

	*out = k.kind == BYTES && k.len == UID_BYTES ? get(k.bytes, k.len) : 0;
	return k.kind == BYTES && k.len == UID_BYTES;
}

static void note(const struct token *k, size_t depth, struct tcg_told *out)
{
	out->n_items++;
	if (k->kind == BYTES && k->len != UID_BYTES && !out->bytes) {
		out->bytes = k->bytes;
		out->bytes_len = k->len;
	}
	if (k->kind == NUMBER && depth == 1) {
		if (out->n_values < TCG_VALUES_MAX)
			out->values[out->n_values] = k->number;
		out->n_values++;
	}
}

/* A list whole, with what is nested in it: each end belongs to the start before it. */
static bool take_list(struct tokens *t, struct tcg_told *out)
{
	uint8_t open[DEPTH_MAX];
	size_t depth = 0;

	do {
		struct token k = take(t);
		bool starts = k.kind == CONTROL && (k.control == TCG_START_LIST || k.control == TCG_START_NAME);

		if (k.kind == WRONG || (!depth && (!starts || k.control != TCG_START_LIST)) || (starts && depth == DEPTH_MAX))
			return false;
		if (starts)
			open[depth++] = k.control;
		else if (k.kind == CONTROL && k.control != open[depth - 1] + 1)
			return false;
		else if (k.kind == CONTROL)
			depth--;
		else
			note(&k, depth, out);
		out->n_items += starts && depth > 1;
	} while (depth);
	return true;
}

/* End of data, and the list of status: the first number says how it went, the others are reserved (5.1.5). */
static bool take_status(struct tokens *t, struct tcg_told *out)
{
	struct token k[3];

	if (!take_control(t, TCG_END_OF_DATA) || !take_control(t, TCG_START_LIST))
		return false;
	for (size_t i = 0; i < CW_ARRAY_LEN(k); i++)
		k[i] = take(t);
	out->status = (uint8_t)k[0].number;
	return k[0].kind == NUMBER && k[0].number <= 0xff && k[1].kind == NUMBER && k[2].kind == NUMBER && take_control(t, TCG_END_LIST);
}

static bool is_over(struct tokens *t)
{
	while (t->at < t->end && *t->at == TCG_EMPTY)
		t->at++;
	return t->at == t->end;
}

static enum tcg_kind take_tokens(struct tokens *t, struct tcg_told *out)
{
	enum tcg_kind kind;

	if (t->at == t->end)
		return TCG_BAD;
	if (*t->at == TCG_END_OF_SESSION) {
		t->at++;
		return is_over(t) ? TCG_ENDED : TCG_BAD;
	}
	kind = *t->at == TCG_CALL ? TCG_METHOD : TCG_RESULT;
	if (kind == TCG_METHOD && (!take_control(t, TCG_CALL) || !take_uid(t, &out->object) || !take_uid(t, &out->method)))
		return TCG_BAD;
	return take_list(t, out) && take_status(t, out) && is_over(t) ? kind : TCG_BAD;
}

/* Each length is that of what it holds, and all of it is there.  Bytes that only fill up may be missing. */
static bool take_heads(const uint8_t *data, size_t len, struct tokens *out)
{
	uint64_t com = get(data + COM_LENGTH, 4), packet = len >= TOKENS ? get(data + PACKET_LENGTH, 4) : 0, sub = len >= TOKENS ? get(data + SUBPACKET_LENGTH, 4) : 0;
	uint64_t filled = (sub + 3) & ~UINT64_C(3);

	if (len < TOKENS || packet + PACKET_HEAD != com || sub > len - TOKENS || get(data + SUBPACKET_KIND, 2))
		return false;
	if (packet != sub + SUBPACKET_HEAD && packet != filled + SUBPACKET_HEAD)
		return false;
	*out = (struct tokens){ data + TOKENS, data + TOKENS + sub };
	return true;
}

void tcg_take(const uint8_t *data, size_t len, struct tcg_told *out)
{
	struct tokens t;

	*out = (struct tcg_told){ .kind = TCG_BAD };
	if (len < COM_HEAD)
		return;
	out->com_id = (uint16_t)get(data + COM_ID, 2);
	if (!get(data + COM_LENGTH, 4)) {
		out->kind = TCG_NONE;
		return;
	}
	if (!take_heads(data, len, &t))
		return;
	out->session = (uint32_t)get(data + SESSION, 4);
	out->host_session = (uint32_t)get(data + HOST_SESSION, 4);
	out->kind = take_tokens(&t, out);
}
