/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/drive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TEST_UNIT_READY 0x00
#define REQUEST_SENSE 0x03
#define FORMAT_UNIT 0x04
#define INQUIRY 0x12
#define MODE_SENSE_6 0x1a
#define READ_CAPACITY_10 0x25
#define SYNCHRONIZE_CACHE_10 0x35
#define SANITIZE 0x48
#define SERVICE_ACTION_IN_16 0x9e
#define SECURITY_PROTOCOL_IN 0xa2
#define SECURITY_PROTOCOL_OUT 0xb5
#define MAINTENANCE_IN 0xa3

static struct sim_scsi *scsi_of(struct cw_transport *t)
{
	return (struct sim_scsi *)t;
}

void sim_check(struct cw_scsi *c, bool descriptor, uint8_t key, uint8_t asc, uint8_t ascq, int progress)
{
	const uint8_t fixed[18] = { 0x70, 0, key, 0, 0, 0, 0, 10, 0, 0, 0, 0, asc, ascq, 0, progress >= 0 ? 0x80 : 0, (uint8_t)(progress >> 8), (uint8_t)progress };
	const uint8_t with[16] = { 0x72, key, asc, ascq, 0, 0, 0, 8, 0x02, 0x06, 0, 0, 0x80, (uint8_t)(progress >> 8), (uint8_t)progress, 0 };

	c->status = 0x02;
	c->sense_len = descriptor ? (progress >= 0 ? 16 : 8) : 18;
	memcpy(c->sense, descriptor ? with : fixed, c->sense_len);
	if (descriptor && progress < 0)
		c->sense[7] = 0;
	c->resid = c->dir == CW_DATA_NONE ? 0 : c->data_len;
}

static void refuse(struct sim_scsi *s, struct cw_scsi *c, uint8_t asc)
{
	sim_check(c, s->descriptor_sense, 0x05, asc, 0x00, -1);
}

static void give(struct cw_scsi *c, const uint8_t *data, size_t len)
{
	size_t n = c->dir == CW_DATA_IN && len > c->data_len ? c->data_len : len;

	if (c->dir == CW_DATA_IN && n)
		memcpy(c->data, data, n);
	c->resid = c->dir == CW_DATA_IN ? (uint32_t)(c->data_len - n) : 0;
}

static void put_be(uint8_t *p, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
}

/* ---- INQUIRY ---- */

static void pad(uint8_t *p, const char *text, size_t n)
{
	memset(p, ' ', n);
	memcpy(p, text, strlen(text) < n ? strlen(text) : n);
}

static void standard_inquiry(const struct sim_scsi *s, struct cw_scsi *c)
{
	uint8_t data[36] = { 0, 0, 6, 2, 31 };

	pad(data + 8, s->vendor, 8);
	pad(data + 16, s->product, 16);
	pad(data + 32, s->revision, 4);
	give(c, data, sizeof(data));
}

static size_t page_of(const struct sim_scsi *s, uint8_t page, uint8_t *p)
{
	switch (page) {
	case 0x00:
		memcpy(p, s->ata ? "\x00\x80\x89\xb1" : "\x00\x80\xb1", s->ata ? 4 : 3);
		return s->ata ? 4 : 3;
	case 0x80:
		pad(p, s->serial, strlen(s->serial));
		return strlen(s->serial);
	case 0x89:
		if (!s->ata)
			return 0;
		memset(p, 0, 568);
		p[52] = 0xec;
		sim_ata_identify(s->ata, p + 56);
		return 568;
	case 0xb1:
		memset(p, 0, 60);
		put_be(p, s->rotation, 2);
		p[3] = (uint8_t)(s->wabereq << 6 | s->wacereq << 4);
		return 60;
	default:
		return 0;
	}
}

static void inquiry(struct sim_scsi *s, struct cw_scsi *c)
{
	uint8_t data[4 + 568] = { 0, c->cdb[2] };
	size_t len;

	if (!(c->cdb[1] & 1)) {
		standard_inquiry(s, c);
		return;
	}
	len = s->no_vpd ? 0 : page_of(s, c->cdb[2], data + 4);
	if (!len) {
		refuse(s, c, 0x24);
		return;
	}
	put_be(data + 2, len, 2);
	give(c, data, 4 + len);
}

/* ---- capacity, mode, opcodes ---- */

static void read_capacity(const struct sim_scsi *s, struct cw_scsi *c, bool long_form)
{
	uint64_t last = s->medium->size_bytes / s->t.logical_bytes - 1;
	uint8_t data[32] = { 0 };

	put_be(data, long_form ? last : last < UINT32_MAX ? last : UINT32_MAX, long_form ? 8 : 4);
	put_be(data + (long_form ? 8 : 4), s->t.logical_bytes, 4);
	give(c, data, long_form ? 32 : 8);
}

static void mode_sense(const struct sim_scsi *s, struct cw_scsi *c)
{
	uint8_t data[4 + 12] = { 15, 0, s->write_protected ? 0x80 : 0, 0, 0x0a, 10, s->descriptor_sense ? 0x04 : 0 };

	give(c, data, sizeof(data));
}

static unsigned kind_of(uint8_t action)
{
	return action == 1 ? SIM_OVERWRITE : action == 2 ? SIM_BLOCK : action == 3 ? SIM_CRYPTO : 0;
}

static bool knows(const struct sim_scsi *s, uint8_t opcode, uint8_t action)
{
	switch (opcode) {
	case SANITIZE:
		return (s->sanitize & kind_of(action)) || (s->sanitize && action == 0x1f);
	case SECURITY_PROTOCOL_IN:
		return s->discovery || s->tcg;
	case 0x85:
	case 0xa1:
		return s->ata && !(opcode == 0x85 ? s->ata->no_16 : s->ata->no_12);
	case FORMAT_UNIT:
		return !s->no_format && !s->ata;
	default:
		return opcode == TEST_UNIT_READY || opcode == REQUEST_SENSE || opcode == INQUIRY;
	}
}

static void report_opcodes(struct sim_scsi *s, struct cw_scsi *c)
{
	bool known = knows(s, c->cdb[3], (uint8_t)(c->cdb[5]));
	uint8_t data[4 + 10] = { 0, known ? 3 : 1, 0, known ? 10 : 0, c->cdb[3], s->blocks ? 0x00 : 0xff };

	if (s->no_opcodes)
		refuse(s, c, 0x20);
	else if ((c->cdb[1] & 0x1f) != 0x0c || (c->cdb[2] & 7) != (c->cdb[3] == SANITIZE ? 3 : 1))
		refuse(s, c, 0x24);
	else
		give(c, data, known ? 14 : 4);
}

static void security(struct sim_scsi *s, struct cw_scsi *c)
{
	uint16_t com_id = (uint16_t)(c->cdb[2] << 8 | c->cdb[3]);
	uint32_t bytes = (uint32_t)(c->cdb[8] << 8 | c->cdb[9]) * 512;
	bool taken = c->cdb[4] == 0x80 && bytes == c->data_len &&
		     (c->cdb[0] == SECURITY_PROTOCOL_OUT ? sim_tcg_send(s->tcg, c->cdb[1], com_id, c->data, c->data_len) :
							   sim_tcg_receive(s->tcg, c->cdb[1], com_id, c->data, c->data_len));

	if (!taken)
		refuse(s, c, 0x24);
	if (s->hangs_at_security && !--s->hangs_at_security)
		c->host_status = 0x03;
}

static void discovery(struct sim_scsi *s, struct cw_scsi *c)
{
	if (s->tcg)
		security(s, c);
	else if (!s->discovery || c->cdb[1] != 1 || c->cdb[3] != 1)
		refuse(s, c, s->discovery ? 0x24 : 0x20);
	else
		give(c, s->discovery, s->discovery_len);
}

/* ---- what it does for a while: SANITIZE, FORMAT UNIT ---- */

static void begin(struct sim_scsi *s, bool format, enum sim_fill fill, const uint8_t *pattern)
{
	size_t blocks = s->medium->size_bytes / s->t.logical_bytes;

	s->formatting = format;
	s->unformatted = false;
	if (s->reads_fail_after) {
		free(s->unwritten);
		s->unwritten = malloc(blocks * sizeof(bool));
		if (!s->unwritten)
			abort();
		memset(s->unwritten, true, blocks);
	}
	sim_operation_begin(&s->op, fill, pattern);
}

/* What a command that erases gets beforehand; true: that was all. */
static bool is_refused(struct sim_scsi *s, struct cw_scsi *c)
{
	if (!s->refusal.status && !s->refusal.host_status)
		return false;
	c->status = s->refusal.status;
	c->host_status = s->refusal.host_status;
	if (c->status == 0x02)
		sim_check(c, s->descriptor_sense, s->refusal.key, s->refusal.asc, s->refusal.ascq, -1);
	if (s->refusals && !--s->refusals)
		memset(&s->refusal, 0, sizeof(s->refusal));
	return true;
}

static void answer(struct sim_scsi *s, struct cw_scsi *c)
{
	if (s->submit_hangs)
		c->host_status = 0x03;
}

static void format(struct sim_scsi *s, struct cw_scsi *c)
{
	const uint8_t *list = c->data;

	if (!knows(s, FORMAT_UNIT, 0)) {
		refuse(s, c, 0x20);
	} else if (s->op.running || c->cdb[1] != 0x10 || c->data_len != 4 || !list || list[1] != 0x02 || s->blocks) {
		refuse(s, c, 0x24);
	} else if (!is_refused(s, c)) {
		begin(s, true, SIM_FILL_ZEROS, NULL);
		answer(s, c);
	}
}

/* What it cannot do now, as all commands that want the medium are told: false, and c says so. */
static bool is_open(struct sim_scsi *s, struct cw_scsi *c)
{
	if (s->op.running)
		sim_check(c, s->descriptor_sense, 0x02, 0x04, s->formatting ? 0x04 : 0x1b, sim_operation_progress(&s->op));
	else if (s->op.failed)
		sim_check(c, s->descriptor_sense, 0x03, 0x31, s->formatting ? 0x01 : 0x03, -1);
	else if (s->unformatted)
		sim_check(c, s->descriptor_sense, 0x03, 0x31, 0x00, -1);
	return !s->op.running && !s->op.failed && !s->unformatted;
}

static void sanitize(struct sim_scsi *s, struct cw_scsi *c)
{
	uint8_t action = c->cdb[1] & 0x1f;
	const uint8_t *list = c->data;
	bool is_overwrite = kind_of(action) == SIM_OVERWRITE, wants_out = c->cdb[1] & 0x20;

	if (!s->sanitize) {
		refuse(s, c, 0x20);
	} else if (!knows(s, SANITIZE, action) || (is_overwrite && (c->data_len < 8 || !list)) || (wants_out && s->no_exit)) {
		refuse(s, c, 0x24);
	} else if (action == 0x1f) {
		if (!s->unrestricted || s->no_exit)
			refuse(s, c, 0x24);
		s->op.failed &= !s->unrestricted || s->no_exit;
	} else if (s->op.running) {
		(void)is_open(s, c);
	} else if (s->op.failed && wants_out && !s->unrestricted) {
		refuse(s, c, 0x24);
	} else if (!is_refused(s, c)) {
		s->unrestricted = wants_out;
		begin(s, false, is_overwrite ? SIM_FILL_PATTERN : kind_of(action) == SIM_BLOCK ? SIM_FILL_ZEROS : SIM_FILL_RANDOM, is_overwrite ? list + 4 : NULL);
		answer(s, c);
	}
}

static void request_sense(struct sim_scsi *s, struct cw_scsi *c)
{
	struct cw_scsi told = { 0 };
	bool descriptor = s->descriptor_sense;
	uint16_t attention = s->attention;

	(void)sim_operation_asked(&s->op);
	s->descriptor_sense = c->cdb[1] & 1; /* DESC */
	s->attention = 0; /* a unit attention goes before all else (SPC-5 6.39) */
	if (attention)
		sim_check(&told, s->descriptor_sense, 0x06, (uint8_t)(attention >> 8), (uint8_t)attention, -1);
	else if (s->told_by_ready_only || is_open(s, &told))
		sim_check(&told, s->descriptor_sense, 0x00, 0x00, 0x00, -1);
	s->descriptor_sense = descriptor;
	give(c, told.sense, told.sense_len);
}

/* ---- all commands ---- */

static bool is_answered_while_busy(const struct cw_scsi *c)
{
	return c->cdb[0] == FORMAT_UNIT || c->cdb[0] == INQUIRY || c->cdb[0] == REQUEST_SENSE || c->cdb[0] == MAINTENANCE_IN || c->cdb[0] == 0x85 || c->cdb[0] == 0xa1 || c->cdb[0] == SANITIZE;
}

static void carry_out(struct sim_scsi *s, struct cw_scsi *c)
{
	switch (c->cdb[0]) {
	case TEST_UNIT_READY:
	case SYNCHRONIZE_CACHE_10:
		break;
	case REQUEST_SENSE:
		request_sense(s, c);
		break;
	case INQUIRY:
		inquiry(s, c);
		break;
	case MODE_SENSE_6:
		mode_sense(s, c);
		break;
	case READ_CAPACITY_10:
		read_capacity(s, c, false);
		break;
	case SERVICE_ACTION_IN_16:
		read_capacity(s, c, true);
		break;
	case MAINTENANCE_IN:
		report_opcodes(s, c);
		break;
	case SECURITY_PROTOCOL_IN:
		discovery(s, c);
		break;
	case SECURITY_PROTOCOL_OUT:
		if (s->tcg)
			security(s, c);
		else
			refuse(s, c, 0x20);
		break;
	case SANITIZE:
		sanitize(s, c);
		break;
	case FORMAT_UNIT:
		format(s, c);
		break;
	case 0x85:
	case 0xa1:
		if (s->ata)
			sim_ata_pass_through(s->ata, c);
		else
			refuse(s, c, 0x20);
		break;
	default:
		refuse(s, c, 0x20);
		break;
	}
}

static int sim_scsi_command(struct cw_transport *t, struct cw_scsi *c)
{
	struct sim_scsi *s = scsi_of(t);
	uint16_t attention = s->attention;

	c->status = c->driver_status = 0;
	c->host_status = 0;
	c->sense_len = c->resid = 0;
	s->commands++;
	if (s->hangs) {
		c->host_status = 0x03;
	} else if (attention && c->cdb[0] != INQUIRY && c->cdb[0] != REQUEST_SENSE) {
		s->attention = 0;
		sim_check(c, s->descriptor_sense, 0x06, (uint8_t)(attention >> 8), (uint8_t)attention, -1);
	} else if (is_answered_while_busy(c) || is_open(s, c)) {
		carry_out(s, c);
	}
	return 0;
}

/* ---- reads and writes ---- */

static bool is_closed(struct sim_scsi *s)
{
	return s->op.running || s->op.failed || s->unformatted || (s->tcg && s->tcg->locked) || (s->ata && sim_ata_reads_fail(s->ata));
}

static bool any_unwritten(const struct sim_scsi *s, size_t len, uint64_t offset_bytes)
{
	uint64_t block = offset_bytes / s->t.logical_bytes, n = s->unwritten ? len / s->t.logical_bytes : 0;

	for (uint64_t i = 0; i < n; i++)
		if (s->unwritten[block + i])
			return true;
	return false;
}

static ssize_t scsi_read(struct cw_transport *t, void *buf, size_t len, uint64_t offset_bytes)
{
	struct sim_scsi *s = scsi_of(t);

	return is_closed(s) || any_unwritten(s, len, offset_bytes) ? -EIO : s->inner->ops->read(s->inner, buf, len, offset_bytes);
}

static ssize_t scsi_write(struct cw_transport *t, const void *buf, size_t len, uint64_t offset_bytes)
{
	struct sim_scsi *s = scsi_of(t);

	if (!is_closed(s) && s->unwritten)
		memset(s->unwritten + offset_bytes / s->t.logical_bytes, false, len / s->t.logical_bytes);
	return is_closed(s) ? -EIO : s->inner->ops->write(s->inner, buf, len, offset_bytes);
}

static int scsi_flush(struct cw_transport *t)
{
	struct sim_scsi *s = scsi_of(t);

	return is_closed(s) ? -EIO : s->inner->ops->flush(s->inner);
}

static void scsi_drop_caches(struct cw_transport *t)
{
	scsi_of(t)->inner->ops->drop_caches(scsi_of(t)->inner);
}

static int scsi_size(struct cw_transport *t, uint64_t *bytes)
{
	return scsi_of(t)->inner->ops->size(scsi_of(t)->inner, bytes);
}

static void scsi_free(struct cw_transport *t)
{
	cw_transport_free(scsi_of(t)->inner);
	free(scsi_of(t)->ata);
	free(scsi_of(t)->unwritten);
	free(scsi_of(t)->tcg);
	free(t);
}

static const struct cw_transport_ops scsi_ops = {
	.name = "sim-scsi",
	.read = scsi_read,
	.write = scsi_write,
	.flush = scsi_flush,
	.drop_caches = scsi_drop_caches,
	.size = scsi_size,
	.scsi = sim_scsi_command,
	.free = scsi_free,
};

struct sim_scsi *sim_scsi_new(struct cw_transport *inner_take, struct sim *medium, struct sim_ata *ata_take)
{
	struct sim_scsi *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	*s = (struct sim_scsi){ .t = { .ops = &scsi_ops, .logical_bytes = inner_take->logical_bytes, .physical_bytes = inner_take->physical_bytes }, .inner = inner_take,
				.medium = medium, .ata = ata_take, .vendor = "LAB", .product = "SCSI DISK", .revision = "1.00", .serial = "SCSISER01", .rotation = 1,
				.sanitize = ata_take ? 0 : SIM_CRYPTO | SIM_BLOCK | SIM_OVERWRITE, .op = { .asks = 3, .medium = medium } };
	return s;
}

void sim_scsi_power_cut(struct sim_scsi *s)
{
	s->unformatted |= s->op.running && s->op.forgets && s->formatting;
	sim_operation_power_cut(&s->op);
	if (s->tcg)
		sim_tcg_power_cut(s->tcg);
	if (s->ata)
		sim_ata_power_cut(s->ata);
	s->attention = 0x2900;
}
