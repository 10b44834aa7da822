/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the TCG techniques share: packets and what stands in them (TCG Storage Architecture Core Specification 2.01, 3.2), the way that they go to a drive, and the course of a
 * revert.  Everything that is concluded from bytes of a drive is concluded by tcg_read(), from the bytes as journals keep them.
 */
#ifndef CW_TECHNIQUE_NATIVE_TCG_H
#define CW_TECHNIQUE_NATIVE_TCG_H

#include "certwipe/technique.h"

/* ---- packets: native_tcg_packet.c ---- */

#define TCG_SEND_BYTES 512u
#define TCG_HOST_SESSION 1u /* the number that we give each of our sessions */

/* One method call, or the end of a session, in a ComPacket of one packet of one subpacket. */
struct tcg_packet {
	uint8_t bytes[TCG_SEND_BYTES];
	size_t len;
	bool full; /* something did not fit: it is not to be sent */
};
void tcg_begin(struct tcg_packet *p, uint16_t com_id, uint32_t session);
void tcg_call(struct tcg_packet *p, uint64_t object, uint64_t method); /* up to the list of parameters, which is open then */
void tcg_uint(struct tcg_packet *p, uint64_t value);
void tcg_bytes(struct tcg_packet *p, const void *bytes, size_t len);
void tcg_uid(struct tcg_packet *p, uint64_t uid);
void tcg_token(struct tcg_packet *p, uint8_t token);
void tcg_end_call(struct tcg_packet *p); /* closes the list, adds the status, and fills the lengths in */
void tcg_end(struct tcg_packet *p);      /* fills the lengths in */

enum {
	TCG_START_LIST = 0xf0,
	TCG_END_LIST = 0xf1,
	TCG_START_NAME = 0xf2,
	TCG_END_NAME = 0xf3,
	TCG_CALL = 0xf8,
	TCG_END_OF_DATA = 0xf9,
	TCG_END_OF_SESSION = 0xfa,
	TCG_EMPTY = 0xff,
};

/* device-commands.md 4.3 */
#define TCG_SESSION_MANAGER UINT64_C(0x00000000000000ff)
#define TCG_THIS_SP UINT64_C(0x0000000000000001)
#define TCG_ADMIN_SP UINT64_C(0x0000020500000001)
#define TCG_SID UINT64_C(0x0000000900000006)
#define TCG_PSID UINT64_C(0x000000090001ff01)
#define TCG_C_PIN_MSID UINT64_C(0x0000000b00008402)
#define TCG_START_SESSION UINT64_C(0x000000000000ff02)
#define TCG_SYNC_SESSION UINT64_C(0x000000000000ff03)
#define TCG_CLOSE_SESSION UINT64_C(0x000000000000ff06)
#define TCG_GET UINT64_C(0x0000000600000016)
#define TCG_REVERT UINT64_C(0x0000000600000202)

/* What stands in a ComPacket, whoever made it. */
enum tcg_kind {
	TCG_BAD,     /* it is none, or holds what has no place in one of ours and in the answers to them */
	TCG_NONE,    /* it is empty: there is no answer, or not yet */
	TCG_METHOD,  /* a method call: object and method */
	TCG_RESULT,  /* what a method has to tell */
	TCG_ENDED,   /* the end of the session */
};
#define TCG_VALUES_MAX 2
struct tcg_told {
	enum tcg_kind kind;
	uint16_t com_id;
	uint32_t session, host_session; /* of the packet's head */
	uint64_t object, method;        /* of METHOD */
	uint32_t n_values;              /* numbers that stand directly in its list of parameters, or of results; only the first are kept */
	uint64_t values[TCG_VALUES_MAX];
	uint32_t n_items;               /* everything that stands in that list, at whatever depth */
	const uint8_t *bytes;           /* the first byte string in it that is no identifier (8 bytes); borrowed; NULL: none */
	size_t bytes_len;
	uint8_t status;                 /* of METHOD and RESULT */
};
/* Any bytes. */
void tcg_take(const uint8_t *data, size_t len, struct tcg_told *out);

/* ---- the way to the drive: native_tcg_carrier.c ---- */

enum { TCG_PROTOCOL = 0x01, TCG_DISCOVERY_COM_ID = 0x0001 };
/* One transfer as it was heard. */
enum tcg_moved { TCG_MOVED, TCG_REFUSED /* for certain: nothing came of it */, TCG_UNKNOWN, TCG_GONE };
struct tcg_transfer {
	bool out;             /* to the drive */
	uint16_t com_id;
	enum tcg_moved moved;
	uint8_t data[CW_HEARD_DATA_MAX];
	size_t data_len;      /* as many as were moved and fit; 0: they were not kept, or nothing was moved */
};
CW_MUST_CHECK bool tcg_transfer_of(const struct cw_heard *h, struct tcg_transfer *out); /* false: it is none */
/* Answers a command as a drive does that has nothing to complain of; NULL: it is none of ours that wants data, which is then to be put there. */
uint8_t *tcg_answer(uint32_t set, void *command, uint16_t *com_id);
/* Both say in *seen how it went.  0, or -errno as of cw_scsi_send. */
CW_MUST_CHECK int tcg_send(struct cw_transport *t, uint32_t bus, uint16_t com_id, struct tcg_packet *p, struct tcg_transfer *seen);
#define TCG_RECEIVE_BYTES 2048u
CW_MUST_CHECK int tcg_receive(struct cw_transport *t, uint32_t bus, uint16_t com_id, struct tcg_transfer *seen);

/* ---- the course of a revert: native_tcg.c ---- */

uint32_t tcg_scope(const struct cw_nvme_told *n);
int tcg_ask(struct cw_transport *t, struct cw_native_use *use);
int tcg_submit_psid(struct cw_transport *t, struct cw_native_use *use);
int tcg_submit_default(struct cw_transport *t, struct cw_native_use *use);
void tcg_read(const struct cw_heard *h, struct cw_native_seen *out);
void tcg_keep(const struct cw_heard *h, uint8_t room[CW_HEARD_DATA_MAX], struct cw_heard *kept);
void tcg_obey(struct cw_native_use *use, uint32_t set, void *command);

#endif
