/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/tcg.h"

#include <stdlib.h>
#include <string.h>

#include "sim/drive.h"

#define TOKENS 56u
#define SESSION 0x1001u

static void put_be(uint8_t *p, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
}

static uint64_t be(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

/* ---- level 0 discovery ---- */

static size_t discovery(const struct sim_tcg *t, uint8_t *p)
{
	const uint8_t locking = (uint8_t)(1 | t->locking_enabled << 1 | t->locked << 2 | t->encrypts << 3 | t->mbr_shadow << 4);
	const uint8_t features[] = { 0x00, 0x02, 0x10, 12, locking, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (uint8_t)(t->class_ >> 8), (uint8_t)t->class_, 0x20, 16,
				     (uint8_t)(t->com_id >> 8), (uint8_t)t->com_id, 0, 1, 0, 0, 4, 0, 8, 0, 0, 0, 0, 0, 0, 0 };
	const uint8_t sid[] = { 0x04, 0x02, 0x10, 12, (uint8_t)(t->sid_is_owned | t->sid_blocked << 1), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	size_t len = 48 + sizeof(features) + (t->tells_sid ? sizeof(sid) : 0);

	memset(p, 0, 48);
	put_be(p, len - 4, 4);
	p[7] = 1;
	memcpy(p + 48, features, sizeof(features));
	memcpy(p + 48 + sizeof(features), sid, t->tells_sid ? sizeof(sid) : 0);
	return len;
}

/* ---- answers ---- */

static void reply(struct sim_tcg *t, uint32_t session, const void *tokens, size_t len)
{
	size_t filled = (len + 3) / 4 * 4;

	memset(t->answer, 0, sizeof(t->answer));
	put_be(t->answer + 4, t->com_id, 2);
	put_be(t->answer + 16, filled + 36, 4);
	put_be(t->answer + 20, session, 4);
	put_be(t->answer + 24, session ? 1 : 0, 4);
	put_be(t->answer + 40, filled + 12, 4);
	put_be(t->answer + 52, len, 4);
	memcpy(t->answer + TOKENS, tokens, len);
	t->answer_len = TOKENS + filled;
	t->asked = 0;
}

static void sync_session(struct sim_tcg *t, uint8_t status)
{
	uint8_t ok[] = { 0xf8, 0xa8, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xa8, 0, 0, 0, 0, 0, 0, 0xff, 0x03, 0xf0, 0x01, 0x82, 0x10, 0x01, 0xf1, 0xf9, 0xf0, 0, 0, 0, 0xf1 };
	uint8_t no[] = { 0xf8, 0xa8, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xa8, 0, 0, 0, 0, 0, 0, 0xff, 0x03, 0xf0, 0xf1, 0xf9, 0xf0, status, 0, 0, 0xf1 };

	if (status)
		reply(t, 0, no, sizeof(no));
	else
		reply(t, 0, ok, sizeof(ok));
}

static void result(struct sim_tcg *t, uint8_t status)
{
	const uint8_t tokens[] = { 0xf0, 0xf1, 0xf9, 0xf0, status, 0, 0, 0xf1 };

	reply(t, SESSION, tokens, sizeof(tokens));
}

/* ---- calls ---- */

static const uint8_t start_session[] = { 0xf8, 0xa8, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xa8, 0, 0, 0, 0, 0, 0, 0xff, 0x02, 0xf0, 0x01, 0xa8, 0, 0, 0x02, 0x05, 0, 0, 0, 0x01, 0x01 };
static const uint8_t revert_call[] = { 0xf8, 0xa8, 0, 0, 0x02, 0x05, 0, 0, 0, 0x01, 0xa8, 0, 0, 0, 0x06, 0, 0, 0x02, 0x02, 0xf0, 0xf1, 0xf9, 0xf0, 0, 0, 0, 0xf1 };
static const uint8_t get_msid[] = { 0xf8, 0xa8, 0, 0, 0, 0x0b, 0, 0, 0x84, 0x02, 0xa8, 0, 0, 0, 0x06, 0, 0, 0, 0x16, 0xf0, 0xf0, 0xf2, 0x03, 0x03, 0xf3, 0xf2, 0x04, 0x03, 0xf3,
				    0xf1, 0xf1, 0xf9, 0xf0, 0, 0, 0, 0xf1 };
static const uint8_t psid_uid[] = { 0, 0, 0, 0x09, 0, 0x01, 0xff, 0x01 }, sid_uid[] = { 0, 0, 0, 0x09, 0, 0, 0, 0x06 };

/* f2 00 d0 20 PIN f3 f2 03 a8 AUTHORITY f3 f1 f9 f0 00 00 00 f1 */
static bool is_pin(const uint8_t *p, const char *pin, const uint8_t authority[8])
{
	return p[0] == 0xf2 && p[1] == 0 && p[2] == 0xd0 && p[3] == 32 && !memcmp(p + 4, pin, 32) && p[36] == 0xf3 && p[37] == 0xf2 && p[38] == 3 && p[39] == 0xa8 &&
	       !memcmp(p + 40, authority, 8) && p[48] == 0xf3 && p[49] == 0xf1;
}

static void open_session(struct sim_tcg *t, const uint8_t *p)
{
	bool anybody = p[0] == 0xf1, sid = !t->sid_is_owned && is_pin(p, t->msid, sid_uid), psid = is_pin(p, t->psid, psid_uid);
	bool is_wrong = !anybody && !psid && (!sid || t->sid_blocked);

	t->sessions++;
	t->wrong += is_wrong;
	if (!anybody && !t->tries_left) {
		sync_session(t, 0x12);
	} else if (is_wrong) {
		t->tries_left--;
		sync_session(t, 0x01);
	} else if (t->session) {
		sync_session(t, 0x07);
	} else {
		t->session = SESSION;
		t->of_owner = !anybody;
		sync_session(t, 0);
	}
}

static void revert(struct sim_tcg *t)
{
	t->reverts++;
	if (t->revert_status || !t->of_owner) {
		result(t, t->of_owner ? t->revert_status : 0x01);
		return;
	}
	result(t, 0);
	t->session = 0;
	t->op->erases_nothing = t->erases_nothing || !t->encrypts;
	sim_operation_begin(t->op, SIM_FILL_RANDOM, NULL);
	t->locking_enabled = t->keeps_locking;
	t->locked = t->mbr_shadow = t->sid_is_owned = false;
	if (t->loses_revert)
		t->answer_len = 0;
	if (t->garbles)
		memset(t->answer + TOKENS, 0x5a, 8);
}

static void call(struct sim_tcg *t, const uint8_t *p, size_t len)
{
	static const uint8_t pin_head[] = { 0xf0, 0xf0, 0xf2, 0x03, 0xd0, 0x20 }, pin_tail[] = { 0xf3, 0xf1, 0xf1, 0xf9, 0xf0, 0, 0, 0, 0xf1 };
	uint8_t pin[sizeof(pin_head) + 32 + sizeof(pin_tail)];

	if (len == sizeof(revert_call) && !memcmp(p, revert_call, len)) {
		revert(t);
	} else if (len == sizeof(get_msid) && !memcmp(p, get_msid, len)) {
		memcpy(pin, pin_head, sizeof(pin_head));
		memcpy(pin + sizeof(pin_head), t->msid, 32);
		memcpy(pin + sizeof(pin_head) + 32, pin_tail, sizeof(pin_tail));
		reply(t, SESSION, pin, sizeof(pin));
	} else if (len == 1 && p[0] == 0xfa) {
		reply(t, SESSION, p, 1);
		t->session = 0;
		t->ended++;
	} else {
		result(t, 0x0c);
	}
}

bool sim_tcg_send(struct sim_tcg *t, uint8_t protocol, uint16_t com_id, const uint8_t *data, size_t len)
{
	uint64_t tokens = len >= TOKENS ? be(data + 52, 4) : 0, filled = (tokens + 3) / 4 * 4;

	if (protocol != 1 || com_id != t->com_id || len % 512 || !tokens || TOKENS + tokens > len || be(data + 4, 2) != com_id || be(data + 16, 4) != filled + 36 ||
	    be(data + 40, 4) != filled + 12)
		return false;
	t->answer_len = 0;
	if (!be(data + 20, 4) && tokens > sizeof(start_session) && !memcmp(data + TOKENS, start_session, sizeof(start_session)))
		open_session(t, data + TOKENS + sizeof(start_session));
	else if (t->session && be(data + 20, 4) == t->session && be(data + 24, 4) == 1)
		call(t, data + TOKENS, tokens);
	return true;
}

bool sim_tcg_receive(struct sim_tcg *t, uint8_t protocol, uint16_t com_id, uint8_t *out, size_t len)
{
	uint8_t data[2048] = { 0 };

	if (protocol != 1 || (com_id != 1 && com_id != t->com_id))
		return false;
	if (com_id == 1) {
		discovery(t, data);
	} else if (t->silent || t->asked++ < t->late || !t->answer_len) {
		put_be(data + 4, com_id, 2);
		data[11] = t->answer_len ? 1 : 0;
	} else {
		memcpy(data, t->answer, t->answer_len);
		t->answer_len = 0;
	}
	memcpy(out, data, len < sizeof(data) ? len : sizeof(data));
	return true;
}

void sim_tcg_power_cut(struct sim_tcg *t)
{
	t->session = 0;
	t->answer_len = 0;
	t->sid_blocked = false;
	t->locked = t->locking_enabled;
}

struct sim_tcg *sim_tcg_new(struct sim_operation *op)
{
	struct sim_tcg *t = calloc(1, sizeof(*t));

	if (!t)
		abort();
	*t = (struct sim_tcg){ .class_ = 0x0203, .com_id = 0x07fe, .encrypts = true, .tells_sid = true, .psid = "ABCDEFGH23456789JKLMNPQRSTUVWXYZ", .msid = "msid-of-this-drive-for-everybody",
			       .tries_left = 5, .late = 1, .op = op };
	op->asks = 0;
	return t;
}
