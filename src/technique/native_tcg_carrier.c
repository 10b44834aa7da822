/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How packets go to a drive and come back (TCG Storage Interface Interactions Specification, device-commands.md 4.1): SECURITY PROTOCOL OUT and IN of SCSI, which libata and the
 * translation layers of host adapters turn into ATA's TRUSTED SEND and RECEIVE; those themselves through a USB bridge, which seldom does; Security Send and Receive of NVMe.
 */
#include <errno.h>
#include <string.h>

#include "native_tcg.h"

#define SECURITY_PROTOCOL_IN 0xa2
#define SECURITY_PROTOCOL_OUT 0xb5
#define INC_512 0x80 /* the length is in units of 512 bytes */

#define TRUSTED_RECEIVE 0x5c
#define TRUSTED_SEND 0x5e

#define NVME_SECURITY_SEND 0x81
#define NVME_SECURITY_RECEIVE 0x82

#define UNIT 512u
#define TIMEOUT_MS 300000u /* device-commands.md 4.4: some answer a revert only when it is done */

struct transfer {
	bool out;
	uint16_t com_id;
	void *data;
	uint32_t len;
};

/* ---- sending ---- */

static int by_scsi(struct cw_transport *t, const struct transfer *x)
{
	struct cw_scsi c = { .cdb = { x->out ? SECURITY_PROTOCOL_OUT : SECURITY_PROTOCOL_IN, TCG_PROTOCOL, (uint8_t)(x->com_id >> 8), (uint8_t)x->com_id, INC_512, 0, 0, 0, 0,
				      (uint8_t)(x->len / UNIT) },
			     .cdb_len = 12, .dir = x->out ? CW_DATA_OUT : CW_DATA_IN, .data = x->data, .data_len = x->len, .timeout_ms = TIMEOUT_MS };

	return cw_scsi_send(t, &c);
}

/* FEATURE holds the protocol, COUNT and the lower byte of LBA the length, the rest of LBA what is the protocol's own (ACS-4 7.56). */
static int by_ata(struct cw_transport *t, const struct transfer *x)
{
	struct cw_ata a = { .command = x->out ? TRUSTED_SEND : TRUSTED_RECEIVE, .feature = TCG_PROTOCOL, .count = (uint16_t)(x->len / UNIT), .lba = (uint64_t)x->com_id << 8,
			    .protocol = x->out ? CW_ATA_PIO_OUT : CW_ATA_PIO_IN, .data = x->data, .data_len = x->len, .timeout_ms = TIMEOUT_MS };

	return cw_ata_send(t, &a);
}

static int by_nvme(struct cw_transport *t, const struct transfer *x)
{
	struct cw_nvme c = { .opcode = x->out ? NVME_SECURITY_SEND : NVME_SECURITY_RECEIVE, .cdw10 = (uint32_t)TCG_PROTOCOL << 24 | (uint32_t)x->com_id << 8, .cdw11 = x->len,
			     .dir = x->out ? CW_DATA_OUT : CW_DATA_IN, .data = x->data, .data_len = x->len, .timeout_ms = TIMEOUT_MS };

	return cw_nvme_send(t, &c);
}

static int carry(struct cw_transport *t, uint32_t bus, const struct transfer *x)
{
	if (bus == CW_BUS_NVME)
		return by_nvme(t, x);
	return bus == CW_BUS_ATA || bus == CW_BUS_SCSI ? by_scsi(t, x) : by_ata(t, x);
}

/* ---- what was heard of one ---- */

static bool request_of_scsi(const uint8_t *b, uint32_t len, struct tcg_transfer *out)
{
	if (len == 12 && (b[0] == SECURITY_PROTOCOL_IN || b[0] == SECURITY_PROTOCOL_OUT)) {
		out->out = b[0] == SECURITY_PROTOCOL_OUT;
		out->com_id = (uint16_t)(b[2] << 8 | b[3]);
		return b[1] == TCG_PROTOCOL;
	}
	if (len == 16 && b[0] == 0x85 && (b[14] == TRUSTED_SEND || b[14] == TRUSTED_RECEIVE)) {
		out->out = b[14] == TRUSTED_SEND;
		out->com_id = (uint16_t)(b[12] << 8 | b[10]);
		return b[4] == TCG_PROTOCOL;
	}
	if (len == 12 && b[0] == 0xa1 && (b[9] == TRUSTED_SEND || b[9] == TRUSTED_RECEIVE)) {
		out->out = b[9] == TRUSTED_SEND;
		out->com_id = (uint16_t)(b[7] << 8 | b[6]);
		return b[3] == TCG_PROTOCOL;
	}
	return false;
}

/* Bytes 40 to 43 of a submission queue entry are dword 10, little-endian. */
static bool request_of_nvme(const uint8_t *b, uint32_t len, struct tcg_transfer *out)
{
	if (len != CW_REQUEST_MAX || (b[0] != NVME_SECURITY_SEND && b[0] != NVME_SECURITY_RECEIVE))
		return false;
	out->out = b[0] == NVME_SECURITY_SEND;
	out->com_id = (uint16_t)(b[42] << 8 | b[41]);
	return b[43] == TCG_PROTOCOL;
}

static enum tcg_moved moved_by_ata(const struct cw_heard *h)
{
	struct cw_ata a;

	if (!cw_ata_of(h, &a))
		return TCG_UNKNOWN;
	switch (a.end) {
	case CW_ATA_DONE:
		return TCG_MOVED;
	case CW_ATA_GONE:
		return TCG_GONE;
	case CW_ATA_ABORTED:
	case CW_ATA_NOT_PASSED:
		return TCG_REFUSED;
	default:
		return TCG_UNKNOWN;
	}
}

#define ILLEGAL_REQUEST 0x5
#define DATA_PROTECT 0x7

/* What was not carried out because something else was to be told first has lost the session as well: a reset has been. */
static enum tcg_moved moved_by_sense(const struct cw_sense *s)
{
	if (!s->present || cw_sense_action(s) == CW_SENSE_GOOD)
		return TCG_MOVED;
	return s->key == ILLEGAL_REQUEST || s->key == DATA_PROTECT ? TCG_REFUSED : TCG_UNKNOWN;
}

static enum tcg_moved moved_by_scsi(const struct cw_heard *h)
{
	struct cw_sense sense;
	struct cw_scsi c;

	if (h->request[0] != SECURITY_PROTOCOL_IN && h->request[0] != SECURITY_PROTOCOL_OUT)
		return moved_by_ata(h);
	if (!cw_scsi_of(h, &c))
		return TCG_UNKNOWN;
	switch (cw_scsi_end(&c, &sense)) {
	case CW_SCSI_ANSWERED:
		return moved_by_sense(&sense);
	case CW_SCSI_GONE:
		return TCG_GONE;
	default:
		return TCG_UNKNOWN;
	}
}

#define INVALID_OPCODE 0x001
#define INVALID_FIELD 0x002

static enum tcg_moved moved_by_nvme(const struct cw_heard *h)
{
	struct cw_nvme c;

	if (!cw_nvme_of(h, &c))
		return TCG_UNKNOWN;
	if (!c.status)
		return TCG_MOVED;
	return c.do_not_retry || c.status == INVALID_OPCODE || c.status == INVALID_FIELD ? TCG_REFUSED : TCG_UNKNOWN;
}

static enum tcg_moved moved(const struct cw_heard *h)
{
	if (h->sys_errno)
		return h->sys_errno == ENODEV || h->sys_errno == ENXIO || h->sys_errno == ENOMEDIUM ? TCG_GONE : TCG_UNKNOWN;
	return h->set == CW_SET_NVME ? moved_by_nvme(h) : moved_by_scsi(h);
}

bool tcg_transfer_of(const struct cw_heard *h, struct tcg_transfer *out)
{
	uint32_t kept = h->data && h->zeros <= h->data_len ? h->data_len - h->zeros : 0;
	bool ours;

	memset(out, 0, sizeof(*out));
	ours = h->set == CW_SET_NVME ? request_of_nvme(h->request, h->request_len, out) : h->set == CW_SET_SCSI && request_of_scsi(h->request, h->request_len, out);
	if (!ours || h->dir != (out->out ? CW_DATA_OUT : CW_DATA_IN))
		return false;
	out->moved = moved(h);
	if (kept && kept <= sizeof(out->data)) {
		memcpy(out->data, h->data, kept);
		out->data_len = h->data_len < sizeof(out->data) ? h->data_len : sizeof(out->data);
	}
	return true;
}

/* ---- one transfer, and how it went ---- */

struct listening {
	void (*heard)(void *user, const struct cw_heard *h);
	void *user;
	struct tcg_transfer *seen;
};

/* What is gone by afterwards is what journals keep. */
static void on_heard(void *user, const struct cw_heard *h)
{
	struct listening *l = user;
	uint8_t room[CW_HEARD_DATA_MAX];
	struct cw_heard kept;

	tcg_keep(h, room, &kept);
	if (!tcg_transfer_of(&kept, l->seen))
		l->seen->moved = TCG_UNKNOWN;
	if (l->heard)
		l->heard(l->user, h);
}

static int transfer(struct cw_transport *t, uint32_t bus, const struct transfer *x, struct tcg_transfer *seen)
{
	struct listening l = { t->heard, t->heard_user, seen };
	int rc;

	*seen = (struct tcg_transfer){ .moved = TCG_UNKNOWN };
	t->heard = on_heard;
	t->heard_user = &l;
	rc = carry(t, bus, x);
	t->heard = l.heard;
	t->heard_user = l.user;
	return rc;
}

int tcg_send(struct cw_transport *t, uint32_t bus, uint16_t com_id, struct tcg_packet *p, struct tcg_transfer *seen)
{
	const struct transfer x = { .out = true, .com_id = com_id, .data = p->bytes, .len = sizeof(p->bytes) };

	*seen = (struct tcg_transfer){ .moved = TCG_UNKNOWN };
	return p->full ? -EMSGSIZE : transfer(t, bus, &x, seen);
}

int tcg_receive(struct cw_transport *t, uint32_t bus, uint16_t com_id, struct tcg_transfer *seen)
{
	uint8_t data[TCG_RECEIVE_BYTES] = { 0 };
	const struct transfer x = { .com_id = com_id, .data = data, .len = sizeof(data) };

	return transfer(t, bus, &x, seen);
}

/* ---- rehearsal ---- */

uint8_t *tcg_answer(uint32_t set, void *command, uint16_t *com_id)
{
	struct tcg_transfer x = { 0 };
	struct cw_scsi *c = command;
	struct cw_nvme *n = command;
	struct cw_heard h;

	if (set == CW_SET_NVME) {
		cw_nvme_to(n, &h);
		n->status = 0;
		if (!request_of_nvme(h.request, h.request_len, &x) || x.out)
			return NULL;
	} else if (set != CW_SET_SCSI || !request_of_scsi(c->cdb, c->cdb_len, &x) || x.out) {
		return NULL;
	}
	*com_id = x.com_id;
	return set == CW_SET_NVME ? n->data : c->data;
}
