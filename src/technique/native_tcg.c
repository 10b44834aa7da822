/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The course of a revert (TCG Storage Opal SSC 5.1.2.2, device-commands.md 4.4): a session with the Admin SP by the PIN of an authority, Revert, and its answer; the drive ends the
 * session itself.  Level 0 discovery says nothing of a revert that was: where the answer was lost it is done again, which does no harm.
 */
#include <errno.h>
#include <string.h>

#include "native_tcg.h"

enum stage {
	NO_STAGE,
	OPENING_ANYBODY, /* each: its answer is to be fetched */
	GETTING,
	CLOSING,
	OPENING_OWNER,
	REVERTING,
};
#define POLLS_MAX 1200u /* questions for one answer: five minutes */
#define PIN_COLUMN 3u   /* of the C_PIN table */

/* Status of a method (Core 5.1.5). */
#define NOT_AUTHORIZED 0x01
#define SP_BUSY 0x03
#define NO_SESSIONS 0x07
#define LOCKED_OUT 0x12

/* ---- what one transfer shows ---- */

static const char *reason_of(uint8_t status)
{
	switch (status) {
	case NOT_AUTHORIZED:
		return N_("The drive does not accept this PIN: compare the PSID with the drive's label, character by character, and wipe it anew.");
	case SP_BUSY:
	case NO_SESSIONS:
		return N_("The drive has no session free: switch it off and on.");
	case LOCKED_OUT:
		return N_("The drive takes no more PINs after so many wrong ones: switch it off and on.");
	default:
		return NULL;
	}
}

static uint32_t refused(const char *why, struct cw_native_seen *out)
{
	out->why = out->left = why;
	return CW_SHOWS_REFUSED;
}

static bool is_revert(const struct tcg_told *told)
{
	return told->kind == TCG_METHOD && told->object == TCG_ADMIN_SP && told->method == TCG_REVERT;
}

static uint32_t shown_by_request(const struct tcg_transfer *x, struct cw_native_seen *out)
{
	struct tcg_told told;
	bool decides;

	tcg_take(x->data, x->data_len, &told);
	decides = is_revert(&told);
	switch (x->moved) {
	case TCG_MOVED:
		return decides ? CW_SHOWS_CARRIED : CW_SHOWS_UNDER_WAY;
	case TCG_REFUSED:
		return refused(NULL, out);
	default:
		return decides ? CW_SHOWS_PERHAPS : CW_SHOWS_LOST;
	}
}

static bool opens_ours(const struct tcg_told *told)
{
	return told->n_values >= 2 && told->values[0] == TCG_HOST_SESSION && told->values[1] && told->values[1] <= UINT32_MAX;
}

static uint32_t shown_by_reply(const struct tcg_told *told, struct cw_native_seen *out)
{
	bool opens = told->kind == TCG_METHOD && told->object == TCG_SESSION_MANAGER && told->method == TCG_SYNC_SESSION && !told->session;
	bool results = told->kind == TCG_RESULT && told->session && told->host_session == TCG_HOST_SESSION;

	if (told->kind == TCG_NONE)
		return CW_SHOWS_PENDING;
	if ((opens || results) && told->status)
		return refused(reason_of(told->status), out);
	if (opens)
		return opens_ours(told) ? CW_SHOWS_UNDER_WAY : CW_SHOWS_LOST;
	if (results)
		return told->n_items ? CW_SHOWS_UNDER_WAY : CW_SHOWS_REPLIED;
	return told->kind == TCG_ENDED ? CW_SHOWS_UNDER_WAY : CW_SHOWS_LOST;
}

/* An answer that was not kept whole is no answer. */
static void take_reply(const struct tcg_transfer *x, struct tcg_told *told)
{
	*told = (struct tcg_told){ .kind = TCG_BAD };
	if (x->moved == TCG_MOVED && x->data_len)
		tcg_take(x->data, x->data_len, told);
	if (told->kind != TCG_NONE && told->com_id != x->com_id)
		told->kind = TCG_BAD;
}

/* With locking switched on it is certain that none was reverted since. */
static uint32_t shown_by_discovery(const struct tcg_transfer *x)
{
	struct cw_tcg_told told;

	if (x->moved == TCG_GONE)
		return CW_SHOWS_GONE;
	if (x->moved != TCG_MOVED || !cw_tcg_discovered(x->data, x->data_len, &told))
		return CW_SHOWS_NOTHING;
	return told.locking_enabled ? CW_SHOWS_IDLE : CW_SHOWS_QUIET;
}

static uint32_t shown_by(const struct tcg_transfer *x, struct cw_native_seen *out)
{
	struct tcg_told told;

	if (x->out)
		return shown_by_request(x, out);
	if (x->com_id == TCG_DISCOVERY_COM_ID)
		return shown_by_discovery(x);
	take_reply(x, &told);
	return shown_by_reply(&told, out);
}

void tcg_read(const struct cw_heard *h, struct cw_native_seen *out)
{
	struct tcg_transfer x;

	*out = (struct cw_native_seen){ .shows = CW_SHOWS_NOTHING };
	if (tcg_transfer_of(h, &x))
		out->shows = shown_by(&x, out);
}

/* ---- what is kept of one ---- */

#define KEPT_LEAST 64u /* a ComPacket's heads, whatever stands in them */

/* Without the zeros that fill it up; what is too long even so is kept as its hash. */
static void cut_zeros(struct cw_heard *h)
{
	const uint8_t *data = h->data;
	uint32_t n = data ? h->data_len : 0;

	while (n > KEPT_LEAST && !data[n - 1])
		n--;
	h->zeros = data && n <= CW_HEARD_DATA_MAX ? h->data_len - n : 0;
}

/* A PIN stands in what opens a session, and nowhere else. */
static void hide_pin(uint8_t room[CW_HEARD_DATA_MAX], struct cw_heard *h)
{
	uint32_t n = h->data_len - h->zeros;
	struct tcg_told told;

	memcpy(room, h->data, n);
	h->data = room;
	tcg_take(room, n, &told);
	if (told.kind == TCG_ENDED || (told.kind == TCG_METHOD && (told.method != TCG_START_SESSION || !told.bytes)))
		return;
	h->hidden_at = told.kind == TCG_METHOD ? (uint32_t)(told.bytes - room) : 0;
	h->hidden_len = told.kind == TCG_METHOD ? (uint32_t)told.bytes_len : n;
	cw_sha256(room + h->hidden_at, h->hidden_len, h->hidden_sha256);
	memset(room + h->hidden_at, 0, h->hidden_len);
}

void tcg_keep(const struct cw_heard *h, uint8_t room[CW_HEARD_DATA_MAX], struct cw_heard *kept)
{
	struct tcg_transfer x;
	bool ours = tcg_transfer_of(h, &x);

	*kept = *h;
	if (!ours)
		return;
	cut_zeros(kept);
	if (x.out && kept->data && kept->data_len - kept->zeros <= CW_HEARD_DATA_MAX)
		hide_pin(room, kept);
}

/* ---- what is sent ---- */

static int send(struct cw_transport *t, struct cw_native_use *use, struct tcg_packet *p, enum stage next)
{
	struct tcg_transfer seen = { 0 };
	struct cw_native_seen shows = { 0 };
	int rc = tcg_send(t, use->bus, (uint16_t)use->com_id, p, &seen);

	shows.shows = rc ? CW_SHOWS_LOST : shown_by(&seen, &shows);
	use->polls = 0;
	use->stage = shows.shows == CW_SHOWS_UNDER_WAY || shows.shows == CW_SHOWS_CARRIED ? next : NO_STAGE;
	explicit_bzero(p, sizeof(*p));
	return rc;
}

/* Core 5.2.3.1; authority 0: nobody in particular, without a PIN. */
static int open_session(struct cw_transport *t, struct cw_native_use *use, uint64_t authority, enum stage next)
{
	struct tcg_packet p;

	tcg_begin(&p, (uint16_t)use->com_id, 0);
	tcg_call(&p, TCG_SESSION_MANAGER, TCG_START_SESSION);
	tcg_uint(&p, TCG_HOST_SESSION);
	tcg_uid(&p, TCG_ADMIN_SP);
	tcg_uint(&p, 1); /* for writing */
	if (authority) {
		tcg_token(&p, TCG_START_NAME);
		tcg_uint(&p, 0); /* the host's challenge */
		tcg_bytes(&p, use->secret, use->secret_len);
		tcg_token(&p, TCG_END_NAME);
		tcg_token(&p, TCG_START_NAME);
		tcg_uint(&p, 3); /* the authority that it is signed by */
		tcg_uid(&p, authority);
		tcg_token(&p, TCG_END_NAME);
	}
	tcg_end_call(&p);
	return send(t, use, &p, next);
}

static int revert(struct cw_transport *t, struct cw_native_use *use)
{
	struct tcg_packet p;

	tcg_begin(&p, (uint16_t)use->com_id, use->session);
	tcg_call(&p, TCG_ADMIN_SP, TCG_REVERT);
	tcg_end_call(&p);
	return send(t, use, &p, REVERTING);
}

/* The PIN that the drive was made with, which it tells to everybody. */
static int get_default_pin(struct cw_transport *t, struct cw_native_use *use)
{
	struct tcg_packet p;

	tcg_begin(&p, (uint16_t)use->com_id, use->session);
	tcg_call(&p, TCG_C_PIN_MSID, TCG_GET);
	tcg_token(&p, TCG_START_LIST);
	for (uint8_t name = 3; name <= 4; name++) { /* first column, last column */
		tcg_token(&p, TCG_START_NAME);
		tcg_uint(&p, name);
		tcg_uint(&p, PIN_COLUMN);
		tcg_token(&p, TCG_END_NAME);
	}
	tcg_token(&p, TCG_END_LIST);
	tcg_end_call(&p);
	return send(t, use, &p, GETTING);
}

static int close_session(struct cw_transport *t, struct cw_native_use *use)
{
	struct tcg_packet p;

	tcg_begin(&p, (uint16_t)use->com_id, use->session);
	tcg_token(&p, TCG_END_OF_SESSION);
	tcg_end(&p);
	return send(t, use, &p, CLOSING);
}

/* ---- from one answer to the next request ---- */

static int discover(struct cw_transport *t, struct cw_native_use *use)
{
	struct tcg_transfer seen = { 0 };
	struct cw_tcg_told told;
	int rc = tcg_receive(t, use->bus, TCG_DISCOVERY_COM_ID, &seen);

	if (!rc && seen.moved == TCG_MOVED && cw_tcg_discovered(seen.data, seen.data_len, &told))
		use->com_id = told.com_id;
	return rc;
}

static int take_default_pin(struct cw_transport *t, struct cw_native_use *use, const struct tcg_told *told)
{
	bool fits = told->bytes && told->bytes_len && told->bytes_len <= sizeof(use->secret);

	use->secret_len = fits ? (uint32_t)told->bytes_len : 0;
	if (fits)
		memcpy(use->secret, told->bytes, told->bytes_len);
	return close_session(t, use);
}

static int next(struct cw_transport *t, struct cw_native_use *use, const struct tcg_told *told)
{
	switch (use->stage) {
	case OPENING_ANYBODY:
		use->session = (uint32_t)told->values[1];
		return get_default_pin(t, use);
	case OPENING_OWNER:
		use->session = (uint32_t)told->values[1];
		return revert(t, use);
	case GETTING:
		return take_default_pin(t, use, told);
	case CLOSING:
		if (use->secret_len)
			return open_session(t, use, TCG_SID, OPENING_OWNER);
		break;
	default:
		break;
	}
	use->stage = NO_STAGE;
	return 0;
}

/* Which answer each stage waits for. */
static bool fits(uint32_t stage, const struct tcg_told *told)
{
	static const enum tcg_kind kinds[] = { [OPENING_ANYBODY] = TCG_METHOD, [GETTING] = TCG_RESULT, [CLOSING] = TCG_ENDED, [OPENING_OWNER] = TCG_METHOD, [REVERTING] = TCG_RESULT };

	return stage < CW_ARRAY_LEN(kinds) && told->kind == kinds[stage];
}

static int fetch(struct cw_transport *t, struct cw_native_use *use)
{
	struct cw_native_seen ignored = { 0 };
	struct tcg_transfer seen = { 0 };
	struct tcg_told told;
	uint32_t shows, stage = use->stage;
	int rc = tcg_receive(t, use->bus, (uint16_t)use->com_id, &seen);

	take_reply(&seen, &told);
	shows = rc ? CW_SHOWS_LOST : shown_by_reply(&told, &ignored);
	if (shows == CW_SHOWS_PENDING && use->polls++ < POLLS_MAX)
		return 0;
	if (shows == CW_SHOWS_UNDER_WAY && fits(stage, &told))
		return next(t, use, &told);
	use->stage = NO_STAGE;
	/* What refuses a method has left the session open. */
	if (shows == CW_SHOWS_REFUSED && told.kind == TCG_RESULT && !close_session(t, use) && use->stage == CLOSING)
		rc = tcg_receive(t, use->bus, (uint16_t)use->com_id, &seen);
	use->stage = NO_STAGE;
	return shows == CW_SHOWS_REPLIED ? discover(t, use) : rc;
}

int tcg_ask(struct cw_transport *t, struct cw_native_use *use)
{
	return use->stage == NO_STAGE ? discover(t, use) : fetch(t, use);
}

int tcg_submit_psid(struct cw_transport *t, struct cw_native_use *use)
{
	if (use->secret_len != CW_PSID_CHARS)
		return -EINVAL;
	return open_session(t, use, TCG_PSID, OPENING_OWNER);
}

int tcg_submit_default(struct cw_transport *t, struct cw_native_use *use)
{
	use->secret_len = 0;
	return open_session(t, use, 0, OPENING_ANYBODY);
}

/* A TPer keeps the keys of all namespaces. */
uint32_t tcg_scope(const struct cw_nvme_told *n)
{
	(void)n;
	return CW_SCOPE_DRIVE;
}

/* ---- rehearsal ---- */

#define REHEARSED_SESSION 0x1001u /* of a drive that begins to count there, as many do */

/* A header, the class with its ComID; and locking is off. */
static void answer_discovery(uint16_t com_id, uint8_t *data)
{
	static const uint8_t features[] = { 0x00, 0x02, 0x10, 0x0c, 0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x03, 0x20, 0x10, [35] = 0 };

	data[3] = 44 + sizeof(features);
	memcpy(data + 48, features, sizeof(features));
	data[68] = (uint8_t)(com_id >> 8);
	data[69] = (uint8_t)com_id;
}

static void answer(const struct cw_native_use *use, uint16_t com_id, struct tcg_packet *p)
{
	static const uint8_t pin[CW_SECRET_MAX];
	bool opens = use->stage == OPENING_ANYBODY || use->stage == OPENING_OWNER;

	tcg_begin(p, com_id, opens ? 0 : REHEARSED_SESSION);
	if (use->stage == CLOSING) {
		tcg_token(p, TCG_END_OF_SESSION);
		tcg_end(p);
		return;
	}
	if (opens)
		tcg_call(p, TCG_SESSION_MANAGER, TCG_SYNC_SESSION);
	else
		tcg_token(p, TCG_START_LIST);
	if (opens) {
		tcg_uint(p, TCG_HOST_SESSION);
		tcg_uint(p, REHEARSED_SESSION);
	} else if (use->stage == GETTING) {
		tcg_bytes(p, pin, sizeof(pin));
	}
	tcg_end_call(p);
}

void tcg_obey(struct cw_native_use *use, uint32_t set, void *command)
{
	struct tcg_packet p;
	uint16_t com_id;
	uint8_t *data = tcg_answer(set, command, &com_id);

	if (!data)
		return;
	if (com_id == TCG_DISCOVERY_COM_ID) {
		answer_discovery((uint16_t)use->com_id, data);
		return;
	}
	answer(use, com_id, &p);
	memcpy(data, p.bytes, p.len);
}
