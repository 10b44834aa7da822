/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/drive.h"

#include <stdlib.h>
#include <string.h>

#define IDENTIFY_DEVICE 0xec
#define READ_LOG_EXT 0x2f
#define TRUSTED_RECEIVE 0x5c
#define TRUSTED_SEND 0x5e
#define SMART 0xb0
#define SMART_READ_DATA 0xd0
#define SANITIZE_DEVICE 0xb4
#define DEVICE_CONFIGURATION 0xb1
#define DCO_IDENTIFY 0xc2
#define READ_NATIVE_MAX_EXT 0x27
#define SET_MAX_EXT 0x37
#define ACCESSIBLE_MAX 0x78
#define FLUSH_CACHE_EXT 0xea
#define CHECK_POWER_MODE 0xe5
#define SET_FEATURES 0xef
#define SET_PASSWORD 0xf1
#define UNLOCK 0xf2
#define ERASE_PREPARE 0xf3
#define ERASE_UNIT 0xf4
#define FREEZE_LOCK 0xf5
#define DISABLE_PASSWORD 0xf6

#define READY 0x50
#define FAILED 0x51
#define ABRT 0x04

/* SANITIZE DEVICE (ACS-4 7.36) */
#define COMPLETED 0x8000
#define IN_PROGRESS 0x4000
#define SANITIZE_FROZEN 0x2000

/* The command on its way in, the registers on their way out. */
struct registers {
	uint8_t command, status, error, device;
	uint16_t feature, count;
	uint64_t lba;
	bool extend, wants;
	uint8_t *data;
	uint32_t data_len, moved;
	bool timed_out;
};

static void abort_command(struct registers *r)
{
	r->status = FAILED;
	r->error = ABRT;
}

/* ---- what it says of itself ---- */

static void put_word(uint8_t *data, unsigned word, uint64_t v)
{
	data[2 * word] = (uint8_t)v;
	data[2 * word + 1] = (uint8_t)(v >> 8);
}

static void put_text(uint8_t *data, unsigned word, unsigned words, const char *text)
{
	size_t len = strlen(text);

	for (unsigned i = 0; i < 2 * words; i++)
		data[2 * word + (i ^ 1)] = i < len ? (uint8_t)text[i] : ' ';
}

static void put_checksum(uint8_t data[512])
{
	uint8_t sum = 0;

	for (unsigned i = 0; i < 511; i++)
		sum = (uint8_t)(sum + data[i]);
	data[511] = (uint8_t)-sum;
}

static uint16_t security_word(const struct sim_ata *a)
{
	unsigned word = 0x21u | (a->has_password ? 2u : 0) | (a->locked ? 4u : 0) | (a->frozen ? 8u : 0) | (a->wrong >= 5 ? 0x10u : 0);

	return a->security ? (uint16_t)word : 0;
}

void sim_ata_identify(const struct sim_ata *a, uint8_t out[512])
{
	memset(out, 0, 512);
	put_word(out, 0, 0x0040);
	put_text(out, 10, 10, a->serial);
	put_text(out, 23, 4, a->firmware);
	put_text(out, 27, 20, a->model);
	put_word(out, 48, (uint64_t)(0x4000 | (a->tcg != NULL)));
	put_word(out, 49, 0x0f00);
	put_word(out, 53, 0x0007);
	put_word(out, 59, (uint64_t)((a->sanitize ? 1 << 12 : 0) | (a->sanitize & SIM_CRYPTO ? 1 << 13 : 0) | (a->sanitize & SIM_OVERWRITE ? 1 << 14 : 0) |
				     (a->sanitize & SIM_BLOCK ? 1 << 15 : 0)));
	put_word(out, 60, (a->sectors < 0xfffffff ? a->sectors : 0xfffffff) & 0xffff);
	put_word(out, 61, (a->sectors < 0xfffffff ? a->sectors : 0xfffffff) >> 16);
	put_word(out, 80, 0x03f0);
	put_word(out, 82, (uint64_t)(0x0020 | a->smart | a->security << 1 | a->hpa << 10));
	put_word(out, 83, (uint64_t)(0x7400 | (a->dco_sectors != 0) << 11));
	put_word(out, 84, 0x4020);
	put_word(out, 85, (uint64_t)(0x0020 | a->smart | a->has_password << 1 | a->hpa << 10));
	put_word(out, 86, (uint64_t)(0x3400 | (a->dco_sectors != 0) << 11));
	put_word(out, 87, 0x4020);
	put_word(out, 89, a->security ? 30 : 0);
	put_word(out, 90, a->security ? 2 : 0);
	for (unsigned i = 0; i < 4; i++)
		put_word(out, 100 + i, a->sectors >> (16 * i));
	put_word(out, 106, 0x4000);
	put_word(out, 119, (uint64_t)(0x4000 | a->ama << 8));
	put_word(out, 120, (uint64_t)(0x4000 | a->ama << 8));
	put_word(out, 128, security_word(a));
	put_word(out, 217, a->rotation);
	out[510] = 0xa5;
	put_checksum(out);
	out[511] = (uint8_t)(out[511] + a->identify_is_bad);
	if (a->no_checksum)
		out[510] = out[511] = 0;
}

static void put_attribute(uint8_t *data, unsigned i, uint8_t id, uint64_t raw)
{
	uint8_t *p = data + 2 + 12 * i;

	p[0] = id;
	for (unsigned n = 0; n < 6; n++)
		p[5 + n] = (uint8_t)(raw >> (8 * n));
}

static void smart_data(const struct sim_ata *a, uint8_t data[512])
{
	memset(data, 0, 512);
	data[0] = 16;
	put_attribute(data, 0, 5, a->reallocated);
	put_attribute(data, 1, 9, a->hours);
	put_attribute(data, 2, 197, a->pending);
	put_attribute(data, 3, 198, a->uncorrectable);
	put_checksum(data);
}

/* Log 30h page 06h: security (ACS-4 9.11.8). */
static void security_page(const struct sim_ata *a, uint8_t data[512])
{
	memset(data, 0, 512);
	data[0] = 1;
	data[2] = 6;
	data[48] = a->encrypts;
	data[55] = 0x80;
}

static void dco_data(const struct sim_ata *a, uint8_t data[512])
{
	uint64_t max_lba = a->dco_sectors - 1;

	memset(data, 0, 512);
	data[0] = 2;
	for (unsigned i = 0; i < 8; i++)
		data[6 + i] = (uint8_t)(max_lba >> (8 * i));
	data[510] = 0xa5;
	put_checksum(data);
}

static void give(struct registers *r, const uint8_t data[512])
{
	r->moved = r->data_len < 512 ? r->data_len : 512;
	if (r->data && r->moved)
		memcpy(r->data, data, r->moved);
}

/* ---- SANITIZE ---- */

static void sanitize_status(struct sim_ata *a, struct registers *r)
{
	bool running = sim_operation_asked(&a->op);

	r->count = (uint16_t)((running ? IN_PROGRESS : a->op.succeeded ? COMPLETED : 0) | (a->sanitize_frozen ? SANITIZE_FROZEN : 0));
	r->lba = sim_operation_progress(&a->op);
	if (a->status_lies_idle)
		r->count = 0;
	if (a->op.failed && !running) {
		abort_command(r);
		r->lba = 0;
	}
}

static void erase(struct sim_ata *a, struct registers *r, unsigned kind)
{
	const uint8_t pattern[4] = { (uint8_t)(r->lba >> 24), (uint8_t)(r->lba >> 16), (uint8_t)(r->lba >> 8), (uint8_t)r->lba };

	if (!(a->sanitize & kind) || a->sanitize_frozen || a->locked || a->op.running) {
		abort_command(r);
		r->lba = a->sanitize_frozen ? 3 : a->sanitize & kind ? 0 : 2;
		return;
	}
	r->count = 0;
	r->lba = 0;
	r->timed_out = a->submit_hangs;
	if (a->accepts_only)
		return;
	sim_operation_begin(&a->op, kind == SIM_CRYPTO ? SIM_FILL_RANDOM : kind == SIM_BLOCK ? SIM_FILL_ZEROS : SIM_FILL_PATTERN, pattern);
	r->count = a->op.running ? IN_PROGRESS : COMPLETED;
}

static void sanitize(struct sim_ata *a, struct registers *r)
{
	if (r->feature == 0x0000)
		sanitize_status(a, r);
	else if (r->feature == 0x0011 && r->lba == 0x43727970)
		erase(a, r, SIM_CRYPTO);
	else if (r->feature == 0x0012 && r->lba == 0x426b4572)
		erase(a, r, SIM_BLOCK);
	else if (r->feature == 0x0014 && r->lba >> 32 == 0x4f57)
		erase(a, r, SIM_OVERWRITE);
	else
		abort_command(r);
}

/* ---- security ---- */

#define WRONG_MAX 5

static void erase_unit(struct sim_ata *a, struct registers *r, bool enhanced)
{
	if (!a->prepared || a->erase_is_refused || memcmp(r->data + 2, a->password, 32)) {
		abort_command(r);
		return;
	}
	sim_operation_begin(&a->op, enhanced ? SIM_FILL_RANDOM : SIM_FILL_ZEROS, NULL);
	while (sim_operation_asked(&a->op))
		;
	a->has_password = a->has_password && (a->op.failed || a->erase_keeps_password);
	a->locked = a->locked && a->has_password;
	if (a->op.failed)
		abort_command(r);
	a->op.failed = false; /* of SANITIZE, it closes a drive; of this it does not */
}

static void unlock(struct sim_ata *a, struct registers *r, bool matches)
{
	a->wrong += !matches;
	a->locked = a->locked && !matches;
	if (!matches)
		abort_command(r);
}

/* False: not as things are. */
static bool takes_security(const struct sim_ata *a, const struct registers *r)
{
	bool has_data = r->data && r->data_len == 512, wants_data = r->command != ERASE_PREPARE && r->command != FREEZE_LOCK;

	return a->security && !a->frozen && a->wrong < WRONG_MAX && (has_data || !wants_data);
}

static void security(struct sim_ata *a, struct registers *r)
{
	bool matches = r->data && r->data_len == 512 && !memcmp(r->data + 2, a->password, 32);

	if (!takes_security(a, r)) {
		abort_command(r);
	} else if (r->command == FREEZE_LOCK) {
		a->frozen = true;
	} else if (r->command == ERASE_PREPARE) {
		a->prepared = true;
		return;
	} else if (r->command == SET_PASSWORD && !a->locked) {
		memcpy(a->password, r->data + 2, 32);
		a->has_password = true;
	} else if (r->command == ERASE_UNIT && a->has_password) {
		erase_unit(a, r, r->data[0] & 2);
	} else if (r->command == UNLOCK && a->has_password) {
		unlock(a, r, matches);
	} else if (r->command == DISABLE_PASSWORD && !a->locked && matches) {
		a->has_password = false;
	} else {
		abort_command(r);
	}
	a->prepared = false;
}

/* What was under way is lost, half of the medium is erased, and the password stays. */
static void cut_security(struct sim_ata *a, struct registers *r)
{
	bool fails = a->op.fails, had_password = a->has_password;

	a->op.fails = true;
	security(a, r);
	a->op.fails = fails;
	a->has_password = a->has_password || had_password;
	sim_ata_power_cut(a);
	r->timed_out = true;
}

/* ---- TRUSTED SEND and RECEIVE ---- */

static void trusted(struct sim_ata *a, struct registers *r)
{
	uint16_t com_id = (uint16_t)(r->lba >> 8);
	uint32_t bytes = (uint32_t)((r->lba & 0xff) << 8 | (r->count & 0xff)) * 512;
	bool taken = a->tcg && r->data && bytes == r->data_len &&
		     (r->command == TRUSTED_SEND ? sim_tcg_send(a->tcg, (uint8_t)r->feature, com_id, r->data, r->data_len) :
						   sim_tcg_receive(a->tcg, (uint8_t)r->feature, com_id, r->data, r->data_len));

	if (!taken)
		abort_command(r);
	r->moved = r->data_len;
}

/* ---- all commands ---- */

static void read_log(const struct sim_ata *a, struct registers *r)
{
	uint8_t data[512];

	if ((r->lba & 0xff) != 0x30 || (r->lba >> 8 & 0xff) != 6) {
		abort_command(r);
		return;
	}
	security_page(a, data);
	give(r, data);
}

static void identify(const struct sim_ata *a, struct registers *r)
{
	uint8_t data[512];

	sim_ata_identify(a, data);
	give(r, data);
}

static void smart(const struct sim_ata *a, struct registers *r)
{
	uint8_t data[512];

	if (!a->smart || r->feature != SMART_READ_DATA || r->lba != 0xc24f00) {
		abort_command(r);
		return;
	}
	smart_data(a, data);
	give(r, data);
}

static void device_configuration(const struct sim_ata *a, struct registers *r)
{
	uint8_t data[512];

	if (!a->dco_sectors || r->feature != DCO_IDENTIFY) {
		abort_command(r);
		return;
	}
	dco_data(a, data);
	give(r, data);
}

static void native_max(struct sim_ata *a, struct registers *r, bool set)
{
	if (set && (r->lba >= a->native_sectors || a->max_was_set || (!a->ama && !a->max_was_asked))) {
		abort_command(r);
	} else if (set) {
		a->sectors = a->max_lies ? a->sectors : r->lba + 1;
		a->max_was_set = true;
	} else {
		r->lba = a->native_sectors - 1;
	}
}

static bool allowed_while_sanitizing(const struct registers *r)
{
	return r->command == IDENTIFY_DEVICE || r->command == SANITIZE_DEVICE || r->command == READ_LOG_EXT;
}

static void carry_out(struct sim_ata *a, struct registers *r)
{
	if (a->op.running && !allowed_while_sanitizing(r))
		abort_command(r);
	else if (r->command == IDENTIFY_DEVICE)
		identify(a, r);
	else if (r->command == READ_LOG_EXT)
		read_log(a, r);
	else if (r->command == SMART)
		smart(a, r);
	else if (r->command == CHECK_POWER_MODE)
		r->count = 0xff;
	else if (r->command == SANITIZE_DEVICE && a->sanitize)
		sanitize(a, r);
	else if (r->command == TRUSTED_SEND || r->command == TRUSTED_RECEIVE)
		trusted(a, r);
	else if (r->command == DEVICE_CONFIGURATION)
		device_configuration(a, r);
	else if ((r->command == READ_NATIVE_MAX_EXT || r->command == SET_MAX_EXT) && a->hpa)
		native_max(a, r, r->command == SET_MAX_EXT);
	else if (r->command == ACCESSIBLE_MAX && a->ama && r->feature <= 1)
		native_max(a, r, r->feature == 1);
	else if (r->command >= SET_PASSWORD && r->command <= DISABLE_PASSWORD && ++a->security_calls == a->cut_at)
		cut_security(a, r);
	else if (r->command >= SET_PASSWORD && r->command <= DISABLE_PASSWORD)
		security(a, r);
	else if (r->command != FLUSH_CACHE_EXT && r->command != SET_FEATURES)
		abort_command(r);
	if (r->command != ERASE_PREPARE)
		a->prepared = false;
	a->max_was_asked = r->command == READ_NATIVE_MAX_EXT;
}

static void note(struct sim_ata *a, const struct registers *r)
{
	if (a->calls < CW_ARRAY_LEN(a->log))
		a->log[a->calls] = (struct sim_ata_call){ r->command, r->feature, r->count, r->lba };
	a->calls++;
}

/* ---- the layer before it ---- */

static void take_cdb(const struct cw_scsi *c, struct registers *r)
{
	const uint8_t *b = c->cdb;

	*r = (struct registers){ .status = READY, .data = c->data, .data_len = c->dir == CW_DATA_NONE ? 0 : c->data_len, .wants = b[2] & 0x20 };
	if (b[0] == 0x85) {
		r->extend = b[1] & 1;
		r->feature = (uint16_t)(b[3] << 8 | b[4]);
		r->count = (uint16_t)(b[5] << 8 | b[6]);
		r->lba = (uint64_t)b[11] << 40 | (uint64_t)b[9] << 32 | (uint64_t)b[7] << 24 | (uint64_t)b[12] << 16 | (uint64_t)b[10] << 8 | b[8];
		r->device = b[13];
		r->command = b[14];
	} else {
		r->feature = b[3];
		r->count = b[4];
		r->lba = (uint64_t)b[7] << 16 | (uint64_t)b[6] << 8 | b[5];
		r->device = b[8];
		r->command = b[9];
	}
}

static void put_descriptor(const struct registers *r, struct cw_scsi *c, bool failed)
{
	const uint8_t sense[22] = { 0x72, failed ? 0x0b : 0x01, 0x00, failed ? 0x00 : 0x1d, 0, 0, 0, 14, 0x09, 0x0c, r->extend, r->error, (uint8_t)(r->count >> 8), (uint8_t)r->count,
				    (uint8_t)(r->lba >> 24), (uint8_t)r->lba, (uint8_t)(r->lba >> 32), (uint8_t)(r->lba >> 8), (uint8_t)(r->lba >> 40), (uint8_t)(r->lba >> 16),
				    r->device, r->status };

	memcpy(c->sense, sense, sizeof(sense));
	c->sense_len = sizeof(sense);
}

static void put_fixed(const struct registers *r, struct cw_scsi *c, bool failed)
{
	const uint8_t sense[18] = { 0x70, 0, failed ? 0x0b : 0x01, r->error, r->status, r->device, (uint8_t)r->count, 10,
				    (uint8_t)(r->extend << 7 | (r->count > 0xff) << 6 | (r->lba > 0xffffff) << 5), (uint8_t)r->lba, (uint8_t)(r->lba >> 8), (uint8_t)(r->lba >> 16),
				    0x00, 0x1d };

	memcpy(c->sense, sense, sizeof(sense));
	c->sense_len = sizeof(sense);
}

static void put_answer(const struct sim_ata *a, const struct registers *r, struct cw_scsi *c)
{
	bool failed = r->status & 1;

	c->resid = c->dir == CW_DATA_IN ? c->data_len - r->moved : failed ? c->data_len : 0;
	if (r->timed_out) {
		c->host_status = 0x03;
		return;
	}
	c->status = failed || (r->wants && a->registers != SIM_REGISTERS_GOOD) ? 0x02 : 0x00;
	if (!c->status || a->registers == SIM_REGISTERS_EMPTY)
		return;
	if (a->registers == SIM_REGISTERS_DESCRIPTOR)
		put_descriptor(r, c, failed);
	else if (a->registers == SIM_REGISTERS_FIXED)
		put_fixed(r, c, failed);
	else
		sim_check(c, false, 0x0b, 0x00, 0x00, -1);
}

void sim_ata_pass_through(struct sim_ata *a, struct cw_scsi *c)
{
	struct registers r;

	if (c->cdb[0] == 0x85 ? a->no_16 : a->no_12) {
		sim_check(c, false, 0x05, 0x20, 0x00, -1);
		return;
	}
	take_cdb(c, &r);
	note(a, &r);
	carry_out(a, &r);
	put_answer(a, &r, c);
}

/* ---- life ---- */

struct sim_ata *sim_ata_new(struct sim *medium)
{
	struct sim_ata *a = calloc(1, sizeof(*a));

	if (!a)
		abort();
	*a = (struct sim_ata){ .model = "LAB ATA SSD", .serial = "ATASER01", .firmware = "LAB1", .rotation = 1, .smart = true, .hours = 1234,
			       .sanitize = SIM_CRYPTO | SIM_BLOCK | SIM_OVERWRITE, .security = true, .hpa = true, .op = { .asks = 3, .medium = medium } };
	a->sectors = a->native_sectors = medium->size_bytes / 512;
	return a;
}

bool sim_ata_reads_fail(struct sim_ata *a)
{
	return a->locked || a->op.running;
}

void sim_ata_power_cut(struct sim_ata *a)
{
	sim_operation_power_cut(&a->op);
	a->locked = a->has_password;
	a->frozen = a->sanitize_frozen = a->prepared = false;
	a->max_was_set = a->max_was_asked = false;
	a->wrong = 0;
}

unsigned sim_ata_count(const struct sim_ata *a, uint8_t command, uint16_t feature)
{
	unsigned n = 0;

	for (unsigned i = 0; i < a->calls && i < CW_ARRAY_LEN(a->log); i++)
		n += a->log[i].command == command && a->log[i].feature == feature;
	return n;
}
