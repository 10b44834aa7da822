/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of the medium's own: the bytes that go out, what is made of the answers that come back, and that both can be written down and read again. */
#include "sim/drive.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- a transport that keeps the last command and gives an answer that a test has set ---- */

static struct {
	struct cw_scsi asked[4];
	unsigned n;
	struct cw_scsi answer; /* of the first ... */
	struct cw_scsi second; /* ... and of those behind it */
	int rc;
} said;

static int canned_scsi(struct cw_transport *t, struct cw_scsi *c)
{
	const struct cw_scsi *a = said.n ? &said.second : &said.answer;

	(void)t;
	if (said.n < CW_ARRAY_LEN(said.asked))
		said.asked[said.n] = *c;
	said.n++;
	c->status = a->status;
	c->host_status = a->host_status;
	c->resid = a->resid;
	c->sense_len = a->sense_len;
	memcpy(c->sense, a->sense, sizeof(c->sense));
	return said.rc;
}

static const struct cw_transport_ops canned_ops = { .name = "canned", .scsi = canned_scsi };

static struct cw_transport canned(void)
{
	memset(&said, 0, sizeof(said));
	return (struct cw_transport){ .ops = &canned_ops, .logical_bytes = 512, .physical_bytes = 512 };
}

static size_t bytes_of(const char *hex, uint8_t *out)
{
	size_t n = 0;

	for (unsigned v; sscanf(hex, "%2x", &v) == 1; n++) {
		out[n] = (uint8_t)v;
		hex += 2;
		hex += strspn(hex, " ");
	}
	return n;
}

static void set_sense(struct cw_scsi *c, const char *hex)
{
	c->status = 0x02;
	c->sense_len = (uint32_t)bytes_of(hex, c->sense);
}

static void assert_cdb(const struct cw_scsi *c, const char *hex)
{
	uint8_t expected[CW_CDB_MAX];
	size_t n = bytes_of(hex, expected);

	assert_int_equal(c->cdb_len, n);
	assert_memory_equal(c->cdb, expected, n);
}

/* ---- ATA PASS-THROUGH ---- */

/* device-commands.md 1.1 */
static void ata_commands_become_the_bytes_of_the_standard(void **state)
{
	static uint8_t data[512];
	static const struct { struct cw_ata a; const char *cdb; uint32_t dir; } cases[] = {
		{ { .command = 0xec, .count = 1, .protocol = CW_ATA_PIO_IN, .data = data, .data_len = 512 }, "85 08 0E 00 00 00 01 00 00 00 00 00 00 00 EC 00", CW_DATA_IN },
		{ { .command = 0x2f, .count = 1, .lba = 0x630, .device = 0x40, .extend = true, .protocol = CW_ATA_PIO_IN, .data = data, .data_len = 512 },
		  "85 09 0E 00 00 00 01 00 30 00 06 00 00 40 2F 00", CW_DATA_IN },
		{ { .command = 0xf3, .protocol = CW_ATA_NO_DATA, .want_registers = true }, "85 06 20 00 00 00 00 00 00 00 00 00 00 00 F3 00", CW_DATA_NONE },
		{ { .command = 0xf1, .count = 1, .protocol = CW_ATA_PIO_OUT, .want_registers = true, .data = data, .data_len = 512 },
		  "85 0A 26 00 00 00 01 00 00 00 00 00 00 00 F1 00", CW_DATA_OUT },
		{ { .command = 0xb4, .device = 0x40, .extend = true, .protocol = CW_ATA_NO_DATA, .want_registers = true }, "85 07 20 00 00 00 00 00 00 00 00 00 00 40 B4 00", CW_DATA_NONE },
		{ { .command = 0xb4, .feature = 0x11, .lba = 0x43727970, .device = 0x40, .extend = true, .protocol = CW_ATA_NO_DATA, .want_registers = true },
		  "85 07 20 00 11 00 00 43 70 00 79 00 72 40 B4 00", CW_DATA_NONE },
		{ { .command = 0xb4, .feature = 0x12, .lba = 0x426b4572, .device = 0x40, .extend = true, .protocol = CW_ATA_NO_DATA, .want_registers = true },
		  "85 07 20 00 12 00 00 42 72 00 45 00 6B 40 B4 00", CW_DATA_NONE },
		{ { .command = 0xb4, .feature = 0x14, .count = 1, .lba = 0x4f5700000000, .device = 0x40, .extend = true, .protocol = CW_ATA_NO_DATA, .want_registers = true },
		  "85 07 20 00 14 00 01 00 00 57 00 4F 00 40 B4 00", CW_DATA_NONE },
		{ { .command = 0x27, .device = 0x40, .extend = true, .protocol = CW_ATA_NO_DATA, .want_registers = true }, "85 07 20 00 00 00 00 00 00 00 00 00 00 40 27 00", CW_DATA_NONE },
		{ { .command = 0x37, .count = 1, .lba = 0xa5a4a3a2a1a0, .device = 0x40, .extend = true, .protocol = CW_ATA_NO_DATA, .want_registers = true },
		  "85 07 20 00 00 00 01 A3 A0 A4 A1 A5 A2 40 37 00", CW_DATA_NONE },
		{ { .command = 0xb1, .feature = 0xc2, .count = 1, .device = 0x40, .protocol = CW_ATA_PIO_IN, .want_registers = true, .data = data, .data_len = 512 },
		  "85 08 2E 00 C2 00 01 00 00 00 00 00 00 40 B1 00", CW_DATA_IN },
		{ { .command = 0xb0, .feature = 0xd0, .count = 1, .lba = 0xc24f00, .protocol = CW_ATA_PIO_IN, .data = data, .data_len = 512 },
		  "85 08 0E 00 D0 00 01 00 00 00 4F 00 C2 00 B0 00", CW_DATA_IN },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(cases); i++) {
		struct cw_transport t = canned();
		struct cw_ata a = cases[i].a;

		a.timeout_ms = 12345;
		assert_int_equal(cw_ata_send(&t, &a), 0);
		assert_int_equal(said.n, 1);
		assert_cdb(&said.asked[0], cases[i].cdb);
		assert_int_equal(said.asked[0].dir, cases[i].dir);
		assert_int_equal(said.asked[0].timeout_ms, 12345);
	}
}

static struct cw_ata status_ext(void)
{
	return (struct cw_ata){ .command = 0xb4, .device = 0x40, .extend = true, .protocol = CW_ATA_NO_DATA, .want_registers = true };
}

static struct cw_ata ask(const struct cw_scsi *answer)
{
	struct cw_transport t = canned();
	struct cw_ata a = status_ext();

	said.answer = *answer;
	assert_int_equal(cw_ata_send(&t, &a), 0);
	return a;
}

static struct cw_ata ask_sense(const char *hex)
{
	struct cw_scsi answer = { 0 };

	set_sense(&answer, hex);
	return ask(&answer);
}

#define DESCRIPTOR "72 01 00 1d 00 00 00 0e 09 0c "

static void registers_come_back_whole_in_a_descriptor(void **state)
{
	struct cw_ata a;

	(void)state;
	a = ask_sense(DESCRIPTOR "01 00 40 12 a3 a0 a4 a1 a5 a2 40 50");
	assert_int_equal(a.end, CW_ATA_DONE);
	assert_true(a.registers && a.complete);
	assert_int_equal(a.count_after, 0x4012);
	assert_int_equal(a.lba_after, 0xa5a4a3a2a1a0);
	/* behind another descriptor */
	a = ask_sense("72 01 00 1d 00 00 00 1a 00 0a 80 00 00 00 00 00 00 00 00 00 09 0c 01 00 80 00 00 00 00 00 00 00 40 50");
	assert_true(a.end == CW_ATA_DONE && a.complete);
	assert_int_equal(a.count_after, 0x8000);
	/* without EXTEND the upper bytes are not there, whatever stands in them */
	a = ask_sense(DESCRIPTOR "00 00 ff 12 ff a0 ff a1 ff a2 40 50");
	assert_true(a.registers && !a.complete);
	assert_int_equal(a.count_after, 0x12);
	assert_int_equal(a.lba_after, 0xa2a1a0);
}

static void what_the_drive_refused_is_told_from_what_is_not_known(void **state)
{
	static const struct { const char *sense; uint32_t end; bool registers; } cases[] = {
		{ "72 0b 00 00 00 00 00 0e 09 0c 01 04 00 00 00 03 00 00 00 00 40 51", CW_ATA_ABORTED, true },
		{ DESCRIPTOR "01 04 00 00 00 00 00 00 00 00 40 51", CW_ATA_ABORTED, true },       /* a recovered error with ERR set is an error */
		{ DESCRIPTOR "01 00 00 00 00 00 00 00 00 00 40 70", CW_ATA_ABORTED, true },       /* DF */
		{ DESCRIPTOR "01 00 00 00 00 00 00 00 00 00 40 d0", CW_ATA_UNKNOWN, true },       /* BSY: still at it */
		{ DESCRIPTOR "01 00 00 00 00 00 00 00 00 00 00 00", CW_ATA_UNKNOWN, true },       /* no status at all */
		{ "72 0b 00 00 00 00 00 0e 09 0c 01 00 00 00 a3 a0 a4 a1 a5 a2 40 50", CW_ATA_UNKNOWN, true }, /* libata after a time-out: registers of another moment */
		{ "72 04 44 00 00 00 00 0e 09 0c 01 00 80 00 a3 a0 a4 a1 a5 a2 40 50", CW_ATA_UNKNOWN, true },
		{ "70 00 05 04 51 40 01 0a 00 00 00 00 21 04 00 00 00 00", CW_ATA_ABORTED, true }, /* libata of any abort */
		{ "f0 00 05 00 00 51 01 0a 00 00 00 00 21 04 00 00 00 00", CW_ATA_UNKNOWN, false }, /* with INFORMATION valid those are no registers */
		{ "70 00 01 00 50 40 12 0a 80 a0 a1 a2 00 1d 00 00 00 00", CW_ATA_DONE, true },
		{ "70 00 01 00 00 40 12 0a 80 a0 a1 a2 00 1d 00 00 00 00", CW_ATA_DONE, false },    /* fields elsewhere: nothing is taken from them */
		{ "70 00 05 00 00 00 00 0a 00 00 00 00 20 00 00 00 00 00", CW_ATA_NOT_PASSED, false },
		{ "70 00 05 00 00 00 00 0a 00 00 00 00 24 00 00 00 00 00", CW_ATA_NOT_PASSED, false },
		{ "70 00 06 00 00 00 00 0a 00 00 00 00 29 00 00 00 00 00", CW_ATA_ATTENTION, false },
		{ "70 00 04 00 00 00 00 0a 00 00 00 00 44 00 00 00 00 00", CW_ATA_UNKNOWN, false }, /* USB bridges say so of anything */
		{ "70 00 0b 00 00 00 00 0a 00 00 00 00 00 00 00 00 00 00", CW_ATA_ABORTED, false },
		{ "71 00 01 00 50 40 12 0a 80 a0 a1 a2 00 1d 00 00 00 00", CW_ATA_UNKNOWN, false }, /* deferred: of an earlier command */
		{ "", CW_ATA_UNKNOWN, false },
		{ "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", CW_ATA_UNKNOWN, false },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(cases); i++) {
		struct cw_ata a = ask_sense(cases[i].sense);

		if (a.end != cases[i].end || a.registers != cases[i].registers)
			fail_msg("case %zu: end %u, registers %d", i, a.end, a.registers);
	}
}

/* SANITIZE STATUS stands in bits 15:12 of COUNT: fixed format loses them, so they must not read as "nothing runs". */
static void fixed_format_never_passes_for_whole_registers(void **state)
{
	struct cw_ata a = ask_sense("70 00 01 00 50 40 00 0a c0 ff ff 00 00 1d 00 00 00 00");

	(void)state;
	assert_true(a.registers);
	assert_false(a.complete);
}

static void without_an_answer_nothing_is_known(void **state)
{
	struct cw_scsi answer = { .host_status = 0x03 };
	struct cw_ata a = ask(&answer);

	(void)state;
	assert_int_equal(a.end, CW_ATA_UNKNOWN);
	answer = (struct cw_scsi){ .host_status = 0x08 };
	a = ask(&answer);
	assert_int_equal(a.end, CW_ATA_UNKNOWN);
	answer = (struct cw_scsi){ .host_status = 0x01 };
	a = ask(&answer);
	assert_int_equal(a.end, CW_ATA_GONE);
	answer = (struct cw_scsi){ .status = 0x08 };
	a = ask(&answer);
	assert_int_equal(a.end, CW_ATA_ATTENTION);
	answer = (struct cw_scsi){ 0 };
	a = ask(&answer); /* GOOD without sense data: some bridges drop what they were asked for */
	assert_int_equal(a.end, CW_ATA_DONE);
	assert_false(a.registers);
}

static void a_short_answer_is_counted(void **state)
{
	uint8_t data[512];
	struct cw_transport t = canned();
	struct cw_ata a = { .command = 0xec, .count = 1, .protocol = CW_ATA_PIO_IN, .data = data, .data_len = 512 };

	(void)state;
	said.answer.resid = 100;
	assert_int_equal(cw_ata_send(&t, &a), 0);
	assert_int_equal(a.data_done, 412);
	t = canned();
	said.answer.resid = 1000; /* more than was asked for: a lie */
	assert_int_equal(cw_ata_send(&t, &a), 0);
	assert_int_equal(a.data_done, 0);
}

static void the_short_form_is_tried_where_the_long_one_is_not_known(void **state)
{
	uint8_t data[512];
	struct cw_transport t = canned();
	struct cw_ata a = { .command = 0xec, .count = 1, .protocol = CW_ATA_PIO_IN, .data = data, .data_len = 512 }, long_one = status_ext();

	(void)state;
	set_sense(&said.answer, "70 00 05 00 00 00 00 0a 00 00 00 00 20 00 00 00 00 00");
	assert_int_equal(cw_ata_send(&t, &a), 0);
	assert_int_equal(a.end, CW_ATA_DONE);
	assert_int_equal(said.n, 2);
	assert_cdb(&said.asked[1], "A1 08 0E 00 01 00 00 00 00 EC 00 00");
	/* and from then on at once */
	assert_int_equal(cw_ata_send(&t, &a), 0);
	assert_int_equal(said.n, 3);
	assert_int_equal(said.asked[2].cdb[0], 0xa1);
	/* but a 48-bit command does not fit in it */
	t = canned();
	set_sense(&said.answer, "70 00 05 00 00 00 00 0a 00 00 00 00 20 00 00 00 00 00");
	assert_int_equal(cw_ata_send(&t, &long_one), 0);
	assert_int_equal(said.n, 1);
	assert_int_equal(long_one.end, CW_ATA_NOT_PASSED);
}

/* ---- sense data ---- */

static struct cw_sense decode(const char *hex)
{
	uint8_t bytes[CW_SENSE_MAX];
	struct cw_sense s;

	cw_sense_decode(bytes, bytes_of(hex, bytes), &s);
	return s;
}

static void sense_data_of_both_formats_is_read(void **state)
{
	struct cw_sense s;

	(void)state;
	s = decode("f0 00 03 00 01 02 03 0a 00 00 00 00 11 00 00 00 00 00");
	assert_true(s.present && s.fixed && !s.deferred && s.has_information);
	assert_int_equal(s.information, 0x010203);
	s = decode("70 00 02 00 00 00 00 0a 00 00 00 00 04 1b 00 80 40 00");
	assert_true(s.key == 2 && s.asc == 4 && s.ascq == 0x1b && s.has_progress);
	assert_int_equal(s.progress, 0x4000);
	s = decode("72 02 04 1b 00 00 00 08 02 06 00 00 80 40 00 00");
	assert_true(s.key == 2 && s.asc == 4 && s.ascq == 0x1b && s.has_progress && !s.fixed);
	assert_int_equal(s.progress, 0x4000);
	s = decode("72 03 11 00 00 00 00 0c 00 0a 80 00 00 00 00 00 12 34 56 78");
	assert_true(s.has_information);
	assert_int_equal(s.information, 0x12345678);
	assert_true(decode("73 03 0c 00 00 00 00 00").deferred);
}

/* Lengths that reach beyond what there is, and every cut of a good one. */
static void hostile_sense_data_does_no_harm(void **state)
{
	const char *const whole = "72 02 04 1b 00 00 00 16 02 06 00 00 80 40 00 00 09 0c 01 00 40 12 a3 a0 a4 a1 a5 a2 40 50";
	uint8_t bytes[CW_SENSE_MAX];
	size_t n = bytes_of(whole, bytes), got;

	(void)state;
	for (size_t len = 0; len <= n; len++) {
		CW_AUTO_FREE uint8_t *exact = malloc(len ? len : 1); /* so that a sanitizer sees a read behind it */
		struct cw_sense s;

		memcpy(exact, bytes, len);
		cw_sense_decode(exact, len, &s);
		assert_int_equal(s.has_progress, len >= 16);
		assert_int_equal(cw_sense_descriptor(exact, len, 0x09, &got) != NULL, len >= 30);
	}
	bytes[9] = 0xff;
	assert_null(cw_sense_descriptor(bytes, n, 0x09, &got));
	bytes[7] = 0xff;
	assert_null(cw_sense_descriptor(bytes, n, 0x09, &got));
	for (unsigned seed = 0; seed < 20000; seed++) {
		struct cw_sense s;

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)rand();
		bytes[0] = (uint8_t)(0x70 + seed % 4);
		cw_sense_decode(bytes, seed % sizeof(bytes), &s);
		(void)cw_sense_descriptor(bytes, seed % sizeof(bytes), 0x09, &got);
	}
}

/* device-commands.md 0.7 */
static void each_code_has_its_action(void **state)
{
	static const struct { uint8_t key, asc, ascq; uint32_t action; } cases[] = {
		{ 0x0, 0x00, 0x00, CW_SENSE_GOOD },     { 0x1, 0x5d, 0x00, CW_SENSE_GOOD },  { 0x2, 0x04, 0x01, CW_SENSE_WAIT },        { 0x2, 0x04, 0x02, CW_SENSE_START },
		{ 0x2, 0x04, 0x04, CW_SENSE_WAIT },     { 0x2, 0x04, 0x1b, CW_SENSE_WAIT },  { 0x2, 0x3a, 0x00, CW_SENSE_FATAL },       { 0x3, 0x11, 0x00, CW_SENSE_BLOCK },
		{ 0x3, 0x0c, 0x02, CW_SENSE_BLOCK },    { 0x3, 0x31, 0x03, CW_SENSE_FATAL }, { 0x3, 0x31, 0x01, CW_SENSE_FATAL },       { 0x4, 0x44, 0x00, CW_SENSE_RETRY },
		{ 0x5, 0x20, 0x00, CW_SENSE_UNSUPPORTED }, { 0x5, 0x24, 0x00, CW_SENSE_UNSUPPORTED }, { 0x5, 0x26, 0x00, CW_SENSE_UNSUPPORTED }, { 0x5, 0x21, 0x00, CW_SENSE_FATAL },
		{ 0x6, 0x29, 0x00, CW_SENSE_ATTENTION }, { 0x7, 0x27, 0x00, CW_SENSE_FATAL }, { 0x7, 0x74, 0x71, CW_SENSE_FATAL },      { 0xb, 0x47, 0x00, CW_SENSE_RETRY },
		{ 0x9, 0x00, 0x00, CW_SENSE_FATAL },    { 0xd, 0x00, 0x00, CW_SENSE_FATAL }, { 0xf, 0xff, 0xff, CW_SENSE_FATAL },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(cases); i++) {
		struct cw_sense s = { .present = true, .key = cases[i].key, .asc = cases[i].asc, .ascq = cases[i].ascq };

		assert_int_equal(cw_sense_action(&s), cases[i].action);
		s.deferred = true;
		assert_int_equal(cw_sense_action(&s), CW_SENSE_FATAL);
	}
}

/* ---- written down and read again ---- */

static struct cw_heard heard_last; /* its data is that of the test */
static unsigned heard_n;

static void keep(void *user, const struct cw_heard *h)
{
	(void)user;
	heard_last = *h;
	heard_n++;
}

/* Through JSON and back. */
static struct cw_heard rewritten(const struct cw_heard *h, uint8_t room[512])
{
	CW_AUTO_JSON json_t *j = cw_heard_json(h, CW_HEARD_DATA_MAX);
	struct cw_error err = { 0 };
	struct cw_heard out;

	assert_non_null(j);
	if (cw_heard_of_json(j, room, 512, &out, &err))
		fail_msg("%s", err.message);
	return out;
}

static void an_ata_command_is_the_same_after_it_was_written_down(void **state)
{
	struct sim *medium = sim_new(64 * 512, 512, 512);
	struct sim_scsi *s = sim_scsi_new(&medium->t, medium, sim_ata_new(medium));
	uint8_t data[512], room[512];
	struct cw_ata a = { .command = 0xec, .count = 1, .protocol = CW_ATA_PIO_IN, .data = data, .data_len = 512 }, status = status_ext(), read_back;
	struct cw_heard h;

	(void)state;
	s->t.heard = keep;
	s->ata->op.succeeded = true;
	assert_int_equal(cw_ata_send(&s->t, &status), 0);
	h = rewritten(&heard_last, room);
	assert_true(cw_ata_of(&h, &read_back));
	assert_int_equal(read_back.end, CW_ATA_DONE);
	assert_int_equal(read_back.command, 0xb4);
	assert_true(read_back.complete && read_back.extend && read_back.want_registers);
	assert_int_equal(read_back.count_after, 0x8000);
	assert_int_equal(cw_ata_send(&s->t, &a), 0);
	h = rewritten(&heard_last, room);
	assert_true(cw_ata_of(&h, &read_back));
	assert_int_equal(read_back.data_done, 512);
	assert_memory_equal(read_back.data, data, 512);
	cw_transport_free(&s->t);
}

static void an_nvme_command_is_the_same_after_it_was_written_down(void **state)
{
	struct sim *medium = sim_new(64 * 512, 512, 512);
	struct sim_nvme *n = sim_nvme_new(&medium->t, medium);
	uint8_t data[512], room[512];
	struct cw_nvme c = { .opcode = 0x02, .nsid = 0xffffffff, .cdw10 = 0x007f0081, .dir = CW_DATA_IN, .data = data, .data_len = sizeof(data) }, read_back;
	struct cw_heard h;

	(void)state;
	n->t.heard = keep;
	assert_int_equal(cw_nvme_send(&n->t, &c), 0);
	h = rewritten(&heard_last, room);
	assert_true(cw_nvme_of(&h, &read_back));
	assert_int_equal(read_back.opcode, 0x02);
	assert_int_equal(read_back.nsid, 0xffffffff);
	assert_int_equal(read_back.cdw10, 0x007f0081);
	assert_int_equal(read_back.status, 0);
	assert_memory_equal(read_back.data, data, 512);
	c = (struct cw_nvme){ .opcode = 0x84, .cdw10 = 7 };
	assert_int_equal(cw_nvme_send(&n->t, &c), 0);
	h = rewritten(&heard_last, room);
	assert_true(cw_nvme_of(&h, &read_back));
	assert_int_equal(read_back.status, 0x002);
	assert_true(read_back.do_not_retry);
	assert_false(read_back.more);
	cw_transport_free(&n->t);
}

static void what_was_not_answered_has_no_answer_to_read(void **state)
{
	struct sim *medium = sim_new(64 * 512, 512, 512);
	struct fault *f = fault_new(&sim_scsi_new(&medium->t, medium, sim_ata_new(medium))->t);
	struct cw_ata a = status_ext(), read_back;
	uint8_t room[512];
	struct cw_heard h;

	(void)state;
	f->t.heard = keep;
	f->native_fails_at = 1;
	f->native_errno = EIO;
	assert_int_equal(cw_ata_send(&f->t, &a), -EIO);
	h = rewritten(&heard_last, room);
	assert_int_equal(h.sys_errno, EIO);
	assert_false(cw_ata_of(&h, &read_back));
	cw_transport_free(&f->t);
}

static void long_data_is_kept_as_a_digest(void **state)
{
	uint8_t data[4096] = { 1 }, room[512];
	const struct cw_heard h = { .set = CW_SET_NVME, .request_len = 64, .answer_len = 16, .dir = CW_DATA_IN, .data = data, .data_len = sizeof(data) };
	CW_AUTO_JSON json_t *j = cw_heard_json(&h, CW_HEARD_DATA_MAX);
	struct cw_error err = { 0 };
	char digest[CW_SHA256_HEX];
	struct cw_heard out;

	(void)state;
	cw_sha256_hex(data, sizeof(data), digest);
	assert_string_equal(cw_json_str(j, "dataInSha256", ""), digest);
	assert_null(json_object_get(j, "dataInHex"));
	assert_int_equal(cw_heard_of_json(j, room, sizeof(room), &out, &err), 0);
	assert_int_equal(out.data_len, 4096);
	assert_null(out.data);
}

static void a_recording_that_is_none_is_refused(void **state)
{
	static const char *const bad[] = {
		"{}",
		"{\"set\":\"scsi\",\"requestHex\":\"000000000000\",\"durationMs\":0}",
		"{\"set\":\"usb\",\"requestHex\":\"000000000000\",\"durationMs\":0,\"answerHex\":\"0000000000000000\"}",
		"{\"set\":\"scsi\",\"requestHex\":\"00\",\"durationMs\":0,\"answerHex\":\"0000000000000000\"}",
		"{\"set\":\"scsi\",\"requestHex\":\"0000000000\",\"durationMs\":0,\"answerHex\":\"0000000000000000\"}",
		"{\"set\":\"scsi\",\"requestHex\":\"00000000000g\",\"durationMs\":0,\"answerHex\":\"0000000000000000\"}",
		"{\"set\":\"scsi\",\"requestHex\":\"000000000000\",\"durationMs\":0,\"answerHex\":\"0000000000000000\",\"errno\":5}",
		"{\"set\":\"scsi\",\"requestHex\":\"000000000000\",\"durationMs\":4294967296,\"answerHex\":\"0000000000000000\"}",
		"{\"set\":\"scsi\",\"requestHex\":\"000000000000\",\"durationMs\":0,\"answerHex\":\"0000000000000000\",\"dataInBytes\":2,\"dataInHex\":\"00\"}",
		"{\"set\":\"scsi\",\"requestHex\":\"000000000000\",\"durationMs\":0,\"answerHex\":\"0000000000000000\",\"dataInBytes\":1,\"dataOutBytes\":1}",
	};
	uint8_t room[512];

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(bad); i++) {
		CW_AUTO_JSON json_t *j = json_loads(bad[i], 0, NULL);
		struct cw_error err = { 0 };
		struct cw_heard out;

		assert_non_null(j);
		assert_int_equal(cw_heard_of_json(j, room, sizeof(room), &out, &err), CW_E_INVALID);
	}
	/* Answers too short to be one */
	assert_false(cw_scsi_of(&(struct cw_heard){ .set = CW_SET_SCSI, .request_len = 6, .answer_len = 7 }, &(struct cw_scsi){ 0 }));
	assert_false(cw_nvme_of(&(struct cw_heard){ .set = CW_SET_NVME, .request_len = 64, .answer_len = 15 }, &(struct cw_nvme){ 0 }));
	assert_false(cw_nvme_of(&(struct cw_heard){ .set = CW_SET_SCSI, .request_len = 64, .answer_len = 16 }, &(struct cw_nvme){ 0 }));
	assert_false(cw_mmc_of(&(struct cw_heard){ .set = CW_SET_MMC, .request_len = 28, .answer_len = 17 }, &(struct cw_mmc){ 0 }));
}

/* ---- everybody who listens hears everything ---- */

static void each_command_is_heard_once_and_where_there_is_no_door_that_is_heard_too(void **state)
{
	struct sim *medium = sim_new(64 * 512, 512, 512);
	struct cw_scsi c = { .cdb_len = 6 };
	struct cw_nvme n = { 0 };
	struct cw_mmc m = { 0 };

	(void)state;
	medium->t.heard = keep;
	heard_n = 0;
	assert_int_equal(cw_scsi_send(&medium->t, &c), -ENOTTY);
	assert_int_equal(heard_last.sys_errno, ENOTTY);
	assert_int_equal(cw_nvme_send(&medium->t, &n), -ENOTTY);
	assert_int_equal(cw_mmc_send(&medium->t, &m), -ENOTTY);
	assert_int_equal(heard_n, 3);
	cw_transport_free(&medium->t);
}

/* What one transport heard, another one plays: the same requests get the same answers, and any other none. */
static void a_recording_is_played_in_its_order_and_nothing_else(void **state)
{
	struct sim *medium = sim_new(64 * 512, 512, 512);
	struct sim_scsi *s = sim_scsi_new(&medium->t, medium, sim_ata_new(medium));
	uint8_t first[512], again[512];
	struct cw_ata identify = { .command = 0xec, .count = 1, .protocol = CW_ATA_PIO_IN, .data = first, .data_len = 512 }, status = status_ext();
	struct hearing h;
	struct recorded *r;

	(void)state;
	hear(&h, &s->t);
	assert_int_equal(cw_ata_send(&s->t, &identify), 0);
	assert_int_equal(cw_ata_send(&s->t, &status), 0);
	r = recorded_new(json_incref(h.commands));
	identify.data = again;
	assert_int_equal(cw_ata_send(&r->t, &identify), 0);
	assert_memory_equal(first, again, 512);
	assert_int_equal(cw_ata_send(&r->t, &identify), -EIO);
	assert_true(r->strayed);
	assert_int_equal(cw_ata_send(&r->t, &status), -EIO);
	hearing_clear(&h);
	cw_transport_free(&s->t);
	cw_transport_free(&r->t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ata_commands_become_the_bytes_of_the_standard),
		cmocka_unit_test(registers_come_back_whole_in_a_descriptor),
		cmocka_unit_test(what_the_drive_refused_is_told_from_what_is_not_known),
		cmocka_unit_test(fixed_format_never_passes_for_whole_registers),
		cmocka_unit_test(without_an_answer_nothing_is_known),
		cmocka_unit_test(a_short_answer_is_counted),
		cmocka_unit_test(the_short_form_is_tried_where_the_long_one_is_not_known),
		cmocka_unit_test(sense_data_of_both_formats_is_read),
		cmocka_unit_test(hostile_sense_data_does_no_harm),
		cmocka_unit_test(each_code_has_its_action),
		cmocka_unit_test(an_ata_command_is_the_same_after_it_was_written_down),
		cmocka_unit_test(an_nvme_command_is_the_same_after_it_was_written_down),
		cmocka_unit_test(what_was_not_answered_has_no_answer_to_read),
		cmocka_unit_test(long_data_is_kept_as_a_digest),
		cmocka_unit_test(a_recording_that_is_none_is_refused),
		cmocka_unit_test(each_command_is_heard_once_and_where_there_is_no_door_that_is_heard_too),
		cmocka_unit_test(a_recording_is_played_in_its_order_and_nothing_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
