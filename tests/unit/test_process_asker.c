/* SPDX-License-Identifier: Apache-2.0 */
/* Prober and asker: what the one wants to know, the other asks the medium; and whatever the one wants, the other sends nothing that does more than read. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/process/asker.h"
#include "sim/drive.h"

#define SIZE (2048u * 512u)

struct bench {
	int ends[2]; /* the prober's, the asker's */
	pthread_t asker;
	struct cw_transport *drive;
	int ended; /* of the asker, once it has */
};

static void *serve(void *user)
{
	struct bench *b = user;

	b->ended = cw_asker_serve(b->ends[1], b->drive);
	return NULL;
}

static void begin(struct bench *b, struct cw_transport *drive)
{
	*b = (struct bench){ .drive = drive, .ended = -1 };
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, b->ends), 0);
	assert_int_equal(pthread_create(&b->asker, NULL, serve, b), 0);
}

static int end(struct bench *b)
{
	close(b->ends[0]);
	pthread_join(b->asker, NULL);
	close(b->ends[1]);
	return b->ended;
}

static struct sim_scsi *sata(void)
{
	struct sim *medium = sim_new(SIZE, 512, 512);

	return sim_scsi_new(&medium->t, medium, sim_ata_new(medium));
}

static void what_the_prober_learns_is_what_the_drive_says(void **state)
{
	static struct cw_capabilities direct, through;
	struct cw_medium m = { .class_ = CW_CLASS_USB_BRIDGE_SSD, .bus = CW_BUS_USB, .size_bytes = SIZE, .has_medium = 1, .node = "/dev/sdx" };
	struct sim_scsi *s = sata();
	struct cw_transport *t = NULL;
	struct cw_error err = { 0 };
	struct bench b;

	(void)state;
	cw_capabilities_ask(&s->t, &m, &direct);
	begin(&b, &s->t);
	assert_int_equal(cw_transport_asked_new(b.ends[0], &t, &err), 0);
	cw_capabilities_ask(t, &m, &through);
	cw_transport_free(t);
	assert_int_equal(end(&b), 0);
	assert_int_equal(through.features[CW_FEATURE_ATA_SANITIZE_BLOCK].state, CW_KNOWN_YES);
	assert_memory_equal(&direct, &through, sizeof(direct));
	cw_transport_free(&s->t);
}

static void nvme_goes_the_same_way(void **state)
{
	static struct cw_capabilities direct, through;
	struct cw_medium m = { .class_ = CW_CLASS_NVME, .bus = CW_BUS_NVME, .size_bytes = SIZE, .has_medium = 1, .node = "/dev/nvme0n1" };
	struct sim *medium = sim_new(SIZE, 512, 512);
	struct sim_nvme *n = sim_nvme_new(&medium->t, medium);
	struct cw_transport *t = NULL;
	struct cw_error err = { 0 };
	struct bench b;

	(void)state;
	cw_capabilities_ask(&n->t, &m, &direct);
	begin(&b, &n->t);
	assert_int_equal(cw_transport_asked_new(b.ends[0], &t, &err), 0);
	cw_capabilities_ask(t, &m, &through);
	cw_transport_free(t);
	assert_int_equal(end(&b), 0);
	assert_memory_equal(&direct, &through, sizeof(direct));
	cw_transport_free(&n->t);
}

/* The prober may be in the hands of whoever wrote the bytes that it parses. */
static void a_prober_that_was_taken_over_can_do_no_more_than_read(void **state)
{
	static const struct cw_question bad[] = {
		{ .set = CW_SET_SCSI, .timeout_ms = 1000, .request_len = 16, .request = { 0x85, 0x07, 0x20, 0, 0x12, 0, 0, 0x42, 0x72, 0, 0x45, 0, 0x6b, 0x40, 0xb4, 0 } },
		{ .set = CW_SET_SCSI, .timeout_ms = 1000, .request_len = 10, .request = { 0x48, 0x82 } },
		{ .set = CW_SET_SCSI, .timeout_ms = 1000, .request_len = 6, .request = { 0x04, 0x10 } },
		{ .set = CW_SET_SCSI, .timeout_ms = 1000, .request_len = 10, .dir = CW_DATA_OUT, .data_len = 512, .request = { 0x2a } },
		{ .set = CW_SET_SCSI, .timeout_ms = 1000, .request_len = 6, .dir = CW_DATA_OUT, .data_len = 36, .request = { 0x12, 0, 0, 0, 36 } },
		{ .set = CW_SET_SCSI, .timeout_ms = 1000, .request_len = 6, .dir = CW_DATA_IN, .data_len = CW_ASKED_DATA_MAX + 1, .request = { 0x12, 0, 0, 0, 36 } },
		{ .set = CW_SET_SCSI, .timeout_ms = UINT32_MAX, .request_len = 6, .request = { 0x00 } },
		{ .set = CW_SET_SCSI, .timeout_ms = 1000, .request_len = CW_REQUEST_MAX + 1, .request = { 0x00 } },
		{ .set = CW_SET_NVME, .timeout_ms = 1000, .request_len = 64, .request = { 0x84 } },
		{ .set = 77, .timeout_ms = 1000, .request_len = 6, .request = { 0x00 } },
	};
	const struct cw_question good = { .set = CW_SET_SCSI, .timeout_ms = 1000, .request_len = 6, .request = { 0x00 } };
	static struct cw_reply reply;
	struct sim_scsi *s = sata();
	struct bench b;

	(void)state;
	begin(&b, &s->t);
	for (size_t i = 0; i < CW_ARRAY_LEN(bad); i++) {
		assert_int_equal(write(b.ends[0], &bad[i], sizeof bad[i]), sizeof bad[i]);
		assert_int_equal(read(b.ends[0], &reply, sizeof reply), sizeof reply);
		assert_int_equal(reply.sys_errno, EPERM);
		assert_int_equal(reply.answer_len, 0);
	}
	assert_int_equal(s->commands, 0);
	assert_int_equal(write(b.ends[0], &good, sizeof good), sizeof good);
	assert_int_equal(read(b.ends[0], &reply, sizeof reply), sizeof reply);
	assert_int_equal(reply.sys_errno, 0);
	assert_int_equal(s->commands, 1);
	/* What is no question at all ends it. */
	assert_int_equal(write(b.ends[0], &good, 7), 7);
	assert_int_equal(end(&b), 1);
	assert_int_equal(s->ata->op.begun, 0);
	cw_transport_free(&s->t);
}

/* The asker may be in the hands of the medium's firmware, in theory. */
static void a_reply_that_is_none_is_not_believed(void **state)
{
	static struct cw_reply reply;
	struct cw_scsi c = { .cdb_len = 6, .dir = CW_DATA_IN, .data_len = 16, .timeout_ms = 1000 };
	uint8_t data[16];
	struct cw_transport *t = NULL;
	struct cw_error err = { 0 };
	int ends[2];

	(void)state;
	c.data = data;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	assert_int_equal(cw_transport_asked_new(ends[0], &t, &err), 0);
	for (int kind = 0; kind < 4; kind++) {
		reply = (struct cw_reply){ .answer_len = 8, .data_len = 16 };
		if (kind == 0)
			reply.answer_len = CW_ANSWER_MAX + 1;
		if (kind == 1)
			reply.data_len = 17; /* more than was asked for */
		if (kind == 2)
			reply.sys_errno = -5;
		assert_int_equal(write(ends[1], &reply, kind == 3 ? sizeof reply - 1 : sizeof reply), kind == 3 ? sizeof reply - 1 : sizeof reply);
		assert_int_equal(cw_scsi_send(t, &c), -EIO);
	}
	close(ends[1]);
	assert_int_equal(cw_scsi_send(t, &c), -EIO);
	cw_transport_free(t);
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_prober_learns_is_what_the_drive_says),
		cmocka_unit_test(nvme_goes_the_same_way),
		cmocka_unit_test(a_prober_that_was_taken_over_can_do_no_more_than_read),
		cmocka_unit_test(a_reply_that_is_none_is_not_believed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
