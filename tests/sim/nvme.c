/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/drive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define GET_LOG_PAGE 0x02
#define IDENTIFY 0x06
#define FORMAT_NVM 0x80
#define SECURITY_SEND 0x81
#define SECURITY_RECEIVE 0x82
#define SANITIZE 0x84

#define INVALID_OPCODE 0x001
#define INVALID_FIELD 0x002
#define INTERNAL_ERROR 0x006
#define INVALID_NAMESPACE 0x00b
#define SANITIZE_FAILED 0x01c
#define SANITIZE_IN_PROGRESS 0x01d

static struct sim_nvme *nvme_of(struct cw_transport *t)
{
	return (struct sim_nvme *)t;
}

static void put_le(uint8_t *p, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static void pad(uint8_t *p, const char *text, size_t n)
{
	memset(p, ' ', n);
	memcpy(p, text, strlen(text) < n ? strlen(text) : n);
}

static void give(struct cw_nvme *c, const void *data, size_t len)
{
	if (c->dir == CW_DATA_IN)
		memcpy(c->data, data, len < c->data_len ? len : c->data_len);
}

/* ---- Identify ---- */

static void identify_controller(const struct sim_nvme *n, uint8_t *p)
{
	pad(p + 4, n->serial, 20);
	pad(p + 24, n->model, 40);
	pad(p + 64, n->firmware, 8);
	p[76] = (uint8_t)(n->several_controllers << 1);
	p[77] = 5;
	put_le(p + 80, 0x00010400, 4);
	put_le(p + 256, (uint64_t)(n->formats << 1 | (n->discovery || n->tcg) | 1 << 3), 2);
	put_le(p + 280, n->medium->size_bytes + n->unallocated_bytes, 8);
	put_le(p + 296, n->unallocated_bytes, 8);
	put_le(p + 312, n->rpmb, 4);
	put_le(p + 328, n->sanitize | (uint64_t)n->no_deallocate_inhibited << 29 | (uint64_t)n->verifies << 3, 4);
	put_le(p + 516, SIM_NAMESPACES_MAX, 4);
	p[102] = n->boot_partition ? 1 : 0;
	p[524] = (uint8_t)(n->format_all | n->erase_all << 1 | n->format_crypto << 2);
}

static void identify_namespace(const struct sim_nvme *n, uint8_t *p)
{
	uint64_t blocks = n->medium->size_bytes / n->t.logical_bytes;

	put_le(p, blocks, 8);
	put_le(p + 8, blocks, 8);
	put_le(p + 16, blocks, 8);
	p[128 + 2] = n->t.logical_bytes == 4096 ? 12 : 9;
}

static void list(uint32_t n, uint8_t *p)
{
	for (uint32_t i = 0; i < n; i++)
		put_le(p + 4 * i, i + 1, 4);
}

static uint16_t identify(const struct sim_nvme *n, struct cw_nvme *c)
{
	uint8_t data[4096] = { 0 };

	switch (c->cdw10 & 0xff) {
	case 0x00:
	case 0x11:
		if (!c->nsid || c->nsid > ((c->cdw10 & 0xff) == 0x11 ? n->n_allocated : n->n_namespaces))
			return INVALID_NAMESPACE;
		identify_namespace(n, data);
		break;
	case 0x01:
		identify_controller(n, data);
		break;
	case 0x02:
		list(n->n_namespaces, data);
		break;
	case 0x10:
		list(n->n_allocated, data);
		break;
	default:
		return INVALID_FIELD;
	}
	give(c, data, sizeof(data));
	return 0;
}

/* ---- logs ---- */

static uint16_t sanitize_state(struct sim_nvme *n)
{
	bool running = sim_operation_asked(&n->op);
	uint16_t state = running ? 2 : n->op.succeeded || n->log_lies_success ? 1 : n->op.failed ? 3 : 0;

	if (n->state_told)
		return n->state_told;
	return (uint16_t)(state | (n->global_data_erased && !running) << 8);
}

static uint16_t get_log(struct sim_nvme *n, struct cw_nvme *c)
{
	uint8_t data[512] = { 0 };

	if ((c->cdw10 & 0xff) == 0x02) {
		data[5] = n->percentage_used;
		put_le(data + 128, n->hours, 8);
		put_le(data + 160, n->media_errors, 8);
	} else if ((c->cdw10 & 0xff) == 0x81 && n->sanitize) {
		uint16_t state = sanitize_state(n);

		put_le(data, sim_operation_progress(&n->op), 2);
		put_le(data + 2, state | (unsigned)n->verification_canceled << 9, 2);
		data[36] = n->ssi;
		put_le(data + 4, n->scdw10, 4);
		put_le(data + 8, 3600, 4);
		put_le(data + 12, 60, 4);
		put_le(data + 16, 5, 4);
		memset(data + 20, 0xff, 12);
	} else {
		return INVALID_FIELD;
	}
	give(c, data, sizeof(data));
	return 0;
}

/* ---- Sanitize, Format ---- */

static uint16_t sanitize(struct sim_nvme *n, struct cw_nvme *c)
{
	const uint8_t pattern[4] = { (uint8_t)c->cdw11, (uint8_t)(c->cdw11 >> 8), (uint8_t)(c->cdw11 >> 16), (uint8_t)(c->cdw11 >> 24) };
	uint32_t action = c->cdw10 & 7;
	unsigned kind = action == 2 ? SIM_BLOCK : action == 3 ? SIM_OVERWRITE : action == 4 ? SIM_CRYPTO : 0;

	if (action == 1) {
		n->op.failed = false;
		return 0;
	}
	if (!kind || !(n->sanitize & kind) || (c->cdw10 >> 9 & 1 && n->no_deallocate_inhibited))
		return INVALID_FIELD;
	if (n->ignores)
		return 0;
	n->scdw10 = c->cdw10;
	sim_operation_begin(&n->op, kind == SIM_BLOCK ? SIM_FILL_ZEROS : kind == SIM_CRYPTO ? SIM_FILL_RANDOM : SIM_FILL_PATTERN, pattern);
	n->global_data_erased = true;
	return 0;
}

static uint16_t format(struct sim_nvme *n, struct cw_nvme *c)
{
	uint32_t erase = c->cdw10 >> 9 & 7;

	if (!n->formats || erase > 2 || (erase == 2 && !n->format_crypto))
		return n->formats ? INVALID_FIELD : INVALID_OPCODE;
	if (c->nsid != 1)
		return INVALID_NAMESPACE;
	if (erase && !n->ignores) {
		sim_operation_begin(&n->op, erase == 2 ? SIM_FILL_RANDOM : SIM_FILL_ZEROS, NULL);
		while (sim_operation_asked(&n->op))
			;
		if (n->op.failed) {
			n->op.failed = false;
			return INTERNAL_ERROR;
		}
	}
	return 0;
}

static uint16_t security(struct sim_nvme *n, struct cw_nvme *c)
{
	uint8_t protocol = (uint8_t)(c->cdw10 >> 24);
	uint16_t com_id = (uint16_t)(c->cdw10 >> 8);
	bool taken = c->cdw11 == c->data_len && (c->opcode == SECURITY_SEND ? sim_tcg_send(n->tcg, protocol, com_id, c->data, c->data_len) :
									      sim_tcg_receive(n->tcg, protocol, com_id, c->data, c->data_len));

	return taken ? 0 : INVALID_FIELD;
}

static uint16_t security_receive(const struct sim_nvme *n, struct cw_nvme *c)
{
	if (!n->discovery)
		return INVALID_OPCODE;
	if (c->cdw10 >> 24 != 1 || (c->cdw10 >> 8 & 0xffff) != 1)
		return INVALID_FIELD;
	give(c, n->discovery, n->discovery_len);
	return 0;
}

static uint16_t carry_out(struct sim_nvme *n, struct cw_nvme *c)
{
	bool reads = c->opcode == IDENTIFY || c->opcode == GET_LOG_PAGE, erases = c->opcode == SANITIZE || c->opcode == FORMAT_NVM;

	if (erases && n->n_erasing < CW_ARRAY_LEN(n->erasing))
		n->erasing[n->n_erasing++] = (struct sim_nvme_call){ c->opcode, c->nsid, c->cdw10, c->cdw11 };
	if (erases && n->refuses)
		return n->refuses;

	if (n->op.running && !reads)
		return SANITIZE_IN_PROGRESS;
	if (n->op.failed && !reads && c->opcode != SANITIZE)
		return SANITIZE_FAILED;
	switch (c->opcode) {
	case IDENTIFY:
		return identify(n, c);
	case GET_LOG_PAGE:
		return get_log(n, c);
	case SANITIZE:
		return sanitize(n, c);
	case FORMAT_NVM:
		return format(n, c);
	case SECURITY_SEND:
		return n->tcg ? security(n, c) : INVALID_OPCODE;
	case SECURITY_RECEIVE:
		return n->tcg ? security(n, c) : security_receive(n, c);
	default:
		return INVALID_OPCODE;
	}
}

static int sim_nvme_command(struct cw_transport *t, struct cw_nvme *c)
{
	struct sim_nvme *n = nvme_of(t);

	n->commands++;
	if (n->hangs)
		return -ETIMEDOUT;
	c->result = 0;
	c->more = 0;
	c->status = carry_out(n, c);
	c->do_not_retry = c->status != 0;
	return 0;
}

/* ---- reads and writes ---- */

static bool is_closed(const struct sim_nvme *n)
{
	return n->op.running || n->op.failed;
}

static ssize_t nvme_read(struct cw_transport *t, void *buf, size_t len, uint64_t offset_bytes)
{
	struct sim_nvme *n = nvme_of(t);

	return is_closed(n) ? -EIO : n->inner->ops->read(n->inner, buf, len, offset_bytes);
}

static ssize_t nvme_write(struct cw_transport *t, const void *buf, size_t len, uint64_t offset_bytes)
{
	struct sim_nvme *n = nvme_of(t);

	n->global_data_erased &= is_closed(n);
	return is_closed(n) ? -EIO : n->inner->ops->write(n->inner, buf, len, offset_bytes);
}

static int nvme_flush(struct cw_transport *t)
{
	struct sim_nvme *n = nvme_of(t);

	return is_closed(n) ? -EIO : n->inner->ops->flush(n->inner);
}

static void nvme_drop_caches(struct cw_transport *t)
{
	nvme_of(t)->inner->ops->drop_caches(nvme_of(t)->inner);
}

static int nvme_size(struct cw_transport *t, uint64_t *bytes)
{
	return nvme_of(t)->inner->ops->size(nvme_of(t)->inner, bytes);
}

static void nvme_free(struct cw_transport *t)
{
	cw_transport_free(nvme_of(t)->inner);
	free(nvme_of(t)->tcg);
	free(t);
}

static const struct cw_transport_ops nvme_ops = {
	.name = "sim-nvme",
	.read = nvme_read,
	.write = nvme_write,
	.flush = nvme_flush,
	.drop_caches = nvme_drop_caches,
	.size = nvme_size,
	.nvme = sim_nvme_command,
	.free = nvme_free,
};

struct sim_nvme *sim_nvme_new(struct cw_transport *inner_take, struct sim *medium)
{
	struct sim_nvme *n = calloc(1, sizeof(*n));

	if (!n)
		abort();
	*n = (struct sim_nvme){ .t = { .ops = &nvme_ops, .logical_bytes = inner_take->logical_bytes, .physical_bytes = inner_take->physical_bytes }, .inner = inner_take,
				.medium = medium, .model = "LAB NVME", .serial = "NVMESER01", .firmware = "LAB1", .sanitize = SIM_CRYPTO | SIM_BLOCK | SIM_OVERWRITE,
				.formats = true, .format_crypto = true, .n_namespaces = 1, .n_allocated = 1, .percentage_used = 3, .hours = 1234,
				.op = { .asks = 3, .medium = medium } };
	return n;
}
