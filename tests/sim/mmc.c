/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/mmc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TRANSFER (4u << 9)
#define PROGRAMMING (7u << 9)

static struct sim_mmc *chip_of(struct cw_transport *t)
{
	return (struct sim_mmc *)t;
}

/* ---- reading and writing are the sim's ---- */

static ssize_t chip_read(struct cw_transport *t, void *buf, size_t len, uint64_t offset_bytes)
{
	struct sim *m = chip_of(t)->medium;

	return chip_of(t)->gone ? -ENOMEDIUM : m->t.ops->read(&m->t, buf, len, offset_bytes);
}

static ssize_t chip_write(struct cw_transport *t, const void *buf, size_t len, uint64_t offset_bytes)
{
	struct sim *m = chip_of(t)->medium;

	return chip_of(t)->gone ? -ENOMEDIUM : m->t.ops->write(&m->t, buf, len, offset_bytes);
}

static int chip_flush(struct cw_transport *t)
{
	struct sim *m = chip_of(t)->medium;

	return m->t.ops->flush(&m->t);
}

static void chip_drop_caches(struct cw_transport *t)
{
	struct sim *m = chip_of(t)->medium;

	m->t.ops->drop_caches(&m->t);
}

static int chip_size(struct cw_transport *t, uint64_t *bytes)
{
	*bytes = chip_of(t)->medium->size_bytes;
	return 0;
}

/* ---- commands ---- */

#define ERASE_PARAM (1u << 27)
#define SECURE_ERASE 0x80000000u
#define SECURE_TRIM_1 0x80000001u
#define SECURE_TRIM_2 0x80008000u

static void clear(struct sim_mmc *c)
{
	struct sim *m = c->medium;

	for (uint64_t at = 0; at < m->size_bytes && !c->erase_keeps; at++)
		if (at < c->keeps_from_bytes || at >= c->keeps_upto_bytes)
			m->bytes[at] = m->before[at] = m->flushed[at] = c->ext_csd[181] ? 0xff : 0;
}

/* All groups from the first to the last address, which small chips count in bytes. */
static uint32_t erase(struct sim_mmc *c, uint32_t arg)
{
	bool secure = arg == SECURE_ERASE || arg == SECURE_TRIM_2, has_secure = !c->card && c->ext_csd[231] & 1;

	if (c->erase_error)
		return c->erase_error;
	if (c->first != 0 || c->last != c->medium->size_bytes - 512 || (arg && !has_secure) || (arg == SECURE_TRIM_2 && !c->marked))
		return ERASE_PARAM;
	c->marked = arg == SECURE_TRIM_1;
	if (c->marked)
		return 0;
	if (arg && !secure)
		return ERASE_PARAM;
	clear(c);
	c->dirty = !secure;
	return 0;
}

/* The kernel runs it by itself, and tells nothing of the response. */
static int sanitize(struct sim_mmc *c, struct cw_mmc *cmd)
{
	bool fails = (c->sanitize_errno || c->sanitize_error) && (!c->sanitize_fails_times || c->sanitised++ < c->sanitize_fails_times);

	memset(cmd->response, 0, sizeof(cmd->response));
	if (fails && c->sanitize_errno)
		return -c->sanitize_errno;
	if (fails) {
		cmd->response[0] = c->sanitize_error;
		return 0;
	}
	c->dirty = false;
	c->sanitised++;
	return 0;
}

static uint32_t state_of(struct sim_mmc *c)
{
	if (!c->busy)
		return TRANSFER;
	c->busy--;
	return PROGRAMMING;
}

/* Errors are told once. */
static uint32_t told(struct sim_mmc *c)
{
	uint32_t error = sim_mmc_count(c, 38) ? c->status_error : 0;

	c->status_error = error ? 0 : c->status_error;
	return state_of(c) | error;
}

/* A card knows no other application command here, and none of what only chips know. */
static int card_mmc(struct sim_mmc *c, struct cw_mmc *cmd)
{
	switch (cmd->opcode) {
	case 13:
		if (!cmd->app_command)
			return -ETIMEDOUT; /* nobody has the address */
		memcpy(cmd->data, c->sd_status, sizeof(c->sd_status));
		cmd->response[0] = told(c);
		return 0;
	case 32:
		c->first = cmd->arg;
		return 0;
	case 33:
		c->last = cmd->arg;
		return 0;
	case 38:
		cmd->response[0] |= erase(c, cmd->arg);
		return 0;
	default:
		return -ETIMEDOUT;
	}
}

static int chip_mmc(struct cw_transport *t, struct cw_mmc *cmd)
{
	struct sim_mmc *c = chip_of(t);

	if (c->gone)
		return -ENOMEDIUM;
	if (c->calls < sizeof(c->log) / sizeof(c->log[0]))
		c->log[c->calls++] = (struct sim_mmc_call){ cmd->opcode, cmd->arg };
	memset(cmd->response, 0, sizeof(cmd->response));
	cmd->response[0] = TRANSFER;
	if (c->card)
		return card_mmc(c, cmd);
	switch (cmd->opcode) {
	case 6:
		return cmd->arg == 0x03a50101 ? sanitize(c, cmd) : -EINVAL;
	case 8:
		memcpy(cmd->data, c->ext_csd, sizeof(c->ext_csd));
		return 0;
	case 13:
		cmd->response[0] = told(c);
		return 0;
	case 35:
		c->first = cmd->arg;
		return 0;
	case 36:
		c->last = cmd->arg;
		return 0;
	case 38:
		cmd->response[0] |= erase(c, cmd->arg);
		return 0;
	default:
		return -EINVAL;
	}
}

static void chip_free(struct cw_transport *t)
{
	cw_transport_free(&chip_of(t)->medium->t);
	free(t);
}

static const struct cw_transport_ops ops = { .name = "sim-mmc", .read = chip_read, .write = chip_write, .flush = chip_flush, .drop_caches = chip_drop_caches,
					     .size = chip_size, .mmc = chip_mmc, .free = chip_free };

struct sim_mmc *sim_mmc_new(struct sim *medium_take)
{
	struct sim_mmc *c = calloc(1, sizeof(*c));
	uint64_t sectors = medium_take->size_bytes / 512;

	if (!c)
		abort();
	c->t = (struct cw_transport){ .ops = &ops, .logical_bytes = 512, .physical_bytes = 512 };
	c->medium = medium_take;
	for (unsigned i = 0; i < 4; i++)
		c->ext_csd[212 + i] = (uint8_t)(sectors >> 8 * i);
	c->ext_csd[192] = 8;
	c->ext_csd[231] = 0x55;
	c->ext_csd[226] = 32;
	c->ext_csd[168] = 32;
	c->ext_csd[268] = 2;
	c->ext_csd[269] = 1;
	return c;
}

struct sim_mmc *sim_sd_new(struct sim *medium_take)
{
	static const uint8_t erasing[] = { 0x90, 0x00, 0x0f, 1 << 2 | 2 }; /* from byte 10 on */
	struct sim_mmc *c = sim_mmc_new(medium_take);

	memset(c->ext_csd, 0, sizeof(c->ext_csd));
	memcpy(c->sd_status + 10, erasing, sizeof(erasing));
	c->card = true;
	return c;
}

unsigned sim_mmc_count(const struct sim_mmc *c, uint32_t opcode)
{
	unsigned n = 0;

	for (unsigned i = 0; i < c->calls; i++)
		n += c->log[i].opcode == opcode;
	return n;
}
