/* SPDX-License-Identifier: Apache-2.0 */
/* The queues that the product uses, on a file instead of a medium: what they move, when the ring is done without, and what a ring must not be able to do. */
#include "../../src/transport/queue.h"
#include "../../src/transport/ioctl.h"
#include "sim/watch.h"

#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SLOT ((uint64_t)CW_SLOT_BYTES)
#define SIZE (11 * SLOT + 3 * 512)

/* ---- a medium that is a file in memory ---- */

struct file {
	struct cw_transport t;
	int fd;
	uint64_t size_bytes;
};

static ssize_t file_read(struct cw_transport *t, void *buf, size_t len, uint64_t offset_bytes)
{
	ssize_t n = pread(((struct file *)t)->fd, buf, len, (off_t)offset_bytes);

	return n < 0 ? -errno : n;
}

static ssize_t file_write(struct cw_transport *t, const void *buf, size_t len, uint64_t offset_bytes)
{
	ssize_t n = pwrite(((struct file *)t)->fd, buf, len, (off_t)offset_bytes);

	return n < 0 ? -errno : n;
}

static int file_flush(struct cw_transport *t)
{
	return fdatasync(((struct file *)t)->fd) ? -errno : 0;
}

static void file_drop_caches(struct cw_transport *t)
{
	(void)t;
}

static int file_size(struct cw_transport *t, uint64_t *bytes)
{
	*bytes = ((struct file *)t)->size_bytes;
	return 0;
}

static void file_free(struct cw_transport *t)
{
	close(((struct file *)t)->fd);
	free(t);
}

static const struct cw_transport_ops file_ops = {
	.name = "file", .read = file_read, .write = file_write, .flush = file_flush, .drop_caches = file_drop_caches, .size = file_size, .free = file_free,
};

static struct file *file_new(uint64_t size_bytes)
{
	struct file *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	*f = (struct file){ .t = { .ops = &file_ops, .logical_bytes = 512, .physical_bytes = 4096 }, .fd = memfd_create("medium", MFD_CLOEXEC), .size_bytes = size_bytes };
	assert_true(f->fd >= 0);
	assert_int_equal(ftruncate(f->fd, (off_t)size_bytes), 0);
	return f;
}

static void flip_a_bit(struct file *f, uint64_t at)
{
	uint8_t byte;

	assert_int_equal(pread(f->fd, &byte, 1, (off_t)at), 1);
	byte ^= 0x10;
	assert_int_equal(pwrite(f->fd, &byte, 1, (off_t)at), 1);
}

static void assert_sweeps_work(struct file *f)
{
	const struct cw_stream streams[] = { watch_keystream(1), watch_pattern("\x00", 1), watch_pattern("\x92\x49\x24", 3) };

	for (size_t i = 0; i < CW_ARRAY_LEN(streams); i++) {
		struct cw_sweep_result r = watch_sweep(cw_sweep_write, &f->t, &streams[i], 0, f->size_bytes);

		assert_true(watch_claims_success(&r, 0, f->size_bytes));
		r = watch_sweep(cw_sweep_verify, &f->t, &streams[i], 0, f->size_bytes);
		assert_true(watch_claims_success(&r, 0, f->size_bytes));
		flip_a_bit(f, 7 * SLOT + 12345);
		r = watch_sweep(cw_sweep_verify, &f->t, &streams[i], 0, f->size_bytes);
		assert_int_equal(r.mismatch_bytes, 512);
		assert_int_equal(r.first_mismatch.offset_bytes, 7 * SLOT + 12345 / 512 * 512);
	}
}

/* A medium shorter than it says: requests are cut short, and then there is nothing. */
static void assert_the_end_is_found(struct file *f)
{
	struct cw_stream s = watch_keystream(1);
	uint64_t real = 5 * SLOT + 1024;
	struct cw_sweep_result r;

	(void)watch_sweep(cw_sweep_write, &f->t, &s, 0, f->size_bytes);
	assert_int_equal(ftruncate(f->fd, (off_t)real), 0);
	r = watch_sweep(cw_sweep_verify, &f->t, &s, 0, f->size_bytes);
	assert_int_equal(r.end, CW_SWEEP_DONE);
	assert_int_equal(r.done_bytes, real);
	assert_int_equal(r.bad.total_bytes, f->size_bytes - real);
	assert_int_equal(r.bad.at[0].offset_bytes, real);
	assert_int_equal(r.bad.at[0].sys_errno, ENODATA);
}

/* ---- the ring ---- */

static struct cw_queue *ring(int fd, uint32_t n_slots)
{
	struct cw_queue *q = NULL;

	assert_int_equal(ring_new(fd, n_slots, &q), 0);
	return q;
}

/* A test of the ring says nothing where the kernel has none. */
static void need_ring(void)
{
	struct file *f = file_new(512);
	int rc = ring_new(f->fd, CW_QUEUE_SLOTS, &f->t.queue);

	cw_transport_free(&f->t);
	if (rc) {
		print_message("# no ring here: %s\n", strerror(-rc));
		skip();
	}
}

static void a_ring_carries_sweeps(void **state)
{
	struct file *f;

	(void)state;
	need_ring();
	f = file_new(SIZE);
	f->t.queue = ring(f->fd, CW_QUEUE_SLOTS_MAX);
	assert_string_equal(cw_transport_engine(&f->t), "ring");
	assert_sweeps_work(f);
	assert_the_end_is_found(f);
	cw_transport_free(&f->t);
}

static int ring_answer(struct io_uring *u)
{
	struct io_uring_cqe *cqe;
	int rc = io_uring_submit(u);

	if (rc < 0)
		return rc;
	assert_int_equal(io_uring_wait_cqe(u, &cqe), 0);
	rc = cqe->res;
	io_uring_cqe_seen(u, cqe);
	return rc;
}

static void a_ring_moves_bytes_of_its_file_and_does_nothing_else(void **state)
{
	enum { NOP, FSYNC, WRITE, WRITEV, READ, CLOSE, OPEN, FOREIGN_WRITE, FOREIGN_READ, DRAINED, ALLOWED };
	struct file *f, *other;
	struct cw_queue *q;
	struct io_uring *u;
	struct iovec v;

	(void)state;
	need_ring();
	f = file_new(SIZE);
	other = file_new(SIZE);
	q = ring(f->fd, CW_QUEUE_SLOTS);
	u = ring_get(q);
	v = (struct iovec){ .iov_base = q->memory, .iov_len = 4096 };
	for (int what = NOP; what <= ALLOWED; what++) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(u);

		assert_non_null(sqe);
		switch (what) {
		case NOP:
			io_uring_prep_nop(sqe);
			break;
		case FSYNC:
			io_uring_prep_fsync(sqe, 0, IORING_FSYNC_DATASYNC);
			break;
		case WRITE:
			io_uring_prep_write(sqe, 0, q->memory, 4096, 0);
			break;
		case WRITEV:
			io_uring_prep_writev(sqe, 0, &v, 1, 0);
			break;
		case READ:
			io_uring_prep_read(sqe, 0, q->memory, 4096, 0);
			break;
		case CLOSE:
			io_uring_prep_close(sqe, f->fd);
			break;
		case OPEN:
			io_uring_prep_openat(sqe, -1, "/etc/passwd", 0, 0);
			break;
		case FOREIGN_READ:
			io_uring_prep_read_fixed(sqe, other->fd, q->memory, 4096, 0, 0);
			break;
		case FOREIGN_WRITE:
			io_uring_prep_write_fixed(sqe, other->fd, q->memory, 4096, 0, 0);
			break;
		default:
			io_uring_prep_write_fixed(sqe, 0, q->memory, 4096, 0, 0);
			break;
		}
		if (what != FOREIGN_READ && what != FOREIGN_WRITE && what != CLOSE && what != OPEN)
			io_uring_sqe_set_flags(sqe, what == DRAINED ? IOSQE_FIXED_FILE | IOSQE_IO_DRAIN : IOSQE_FIXED_FILE);
		assert_int_equal(ring_answer(u), what == ALLOWED ? 4096 : -EACCES);
	}
	assert_int_equal(io_uring_register_files(u, &other->fd, 1), -EACCES);
	assert_int_equal(io_uring_register_files_update(u, 0, &other->fd, 1), -EACCES);
	assert_int_equal(io_uring_register_buffers(u, &v, 1), -EACCES);
	assert_int_equal(io_uring_register_personality(u), -EACCES);
	cw_queue_free(q);
	cw_transport_free(&f->t);
	cw_transport_free(&other->t);
}

/* Otherwise the medium would stay busy for whoever comes next. */
static void a_freed_ring_lets_go_of_its_file_at_once(void **state)
{
	int ends[2];
	struct cw_queue *q;
	struct pollfd p;

	(void)state;
	need_ring();
	assert_int_equal(pipe(ends), 0);
	q = ring(ends[1], CW_QUEUE_SLOTS);
	close(ends[1]);
	p = (struct pollfd){ .fd = ends[0], .events = POLLIN };
	assert_int_equal(poll(&p, 1, 0), 0);
	cw_queue_free(q);
	assert_int_equal(poll(&p, 1, 0), 1);
	assert_true(p.revents & POLLHUP);
	close(ends[0]);
}

/* ---- threads ---- */

static void threads_carry_sweeps(void **state)
{
	(void)state;
	for (uint32_t n = 0; n <= 4; n += 2) {
		struct file *f = file_new(SIZE);
		struct cw_error err = { 0 };

		assert_int_equal(cw_queue_threads_new(&f->t, 4, n, &f->t.queue, &err), 0);
		assert_string_equal(cw_transport_engine(&f->t), "threads");
		assert_sweeps_work(f);
		assert_the_end_is_found(f);
		cw_transport_free(&f->t);
	}
}

static unsigned count_threads(void)
{
	CW_AUTO_BUF struct cw_buf status = { 0 };
	struct cw_error err = { 0 };
	unsigned n = 0;
	const char *line;

	assert_int_equal(cw_file_read(-1, "/proc/self/status", 65536, &status, &err), 0);
	line = strstr(status.data, "\nThreads:");
	assert_non_null(line);
	assert_int_equal(sscanf(line, "\nThreads: %u", &n), 1);
	return n;
}

/* A thread that ran already would keep what the process gives up before it begins to work. */
static void threads_start_with_the_first_request(void **state)
{
	struct file *f = file_new(SIZE);
	struct cw_error err = { 0 };
	unsigned before = count_threads();
	uint32_t slot;
	ssize_t answer;

	(void)state;
	assert_int_equal(cw_queue_threads_new(&f->t, 4, 4, &f->t.queue, &err), 0);
	assert_int_equal(count_threads(), before);
	assert_int_equal(f->t.queue->ops->submit(f->t.queue, 3, true, f->t.queue->memory, 512, 0), 0);
	assert_int_equal(count_threads(), before + 4);
	assert_int_equal(f->t.queue->ops->reap(f->t.queue, &slot, &answer), 0);
	assert_int_equal(slot, 3);
	assert_int_equal(answer, 512);
	cw_transport_free(&f->t);
	assert_int_equal(count_threads(), before);
}

/* ---- which of the two ---- */

enum obstacle { NO_OBSTACLE, FILTER_ENOSYS, FILTER_EPERM, FILTER_NO_REGISTER, NO_LOCKABLE_MEMORY };

static bool put_in_the_way(enum obstacle o)
{
	int sys_errno = o == FILTER_ENOSYS ? ENOSYS : EPERM;
	scmp_filter_ctx ctx;
	cap_t none;

	if (o == NO_OBSTACLE)
		return true;
	if (o == NO_LOCKABLE_MEMORY) {
		none = cap_init();
		return !setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ .rlim_cur = 64 << 10, .rlim_max = 64 << 10 }) && none && !cap_set_proc(none) && !cap_free(none);
	}
	ctx = seccomp_init(SCMP_ACT_ALLOW);
	return ctx && !seccomp_rule_add(ctx, SCMP_ACT_ERRNO((uint32_t)sys_errno), o == FILTER_NO_REGISTER ? SCMP_SYS(io_uring_register) : SCMP_SYS(io_uring_setup), 0) &&
	       !seccomp_load(ctx);
}

/* In a process of its own: 'r' and 't' for what was chosen, '!' when it does not work. */
static char choice_behind(enum obstacle o)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		struct file *f = file_new(SIZE);
		struct cw_stream s = watch_keystream(1);
		struct cw_error err = { 0 };
		struct cw_sweep_result w, v;

		if (!put_in_the_way(o) || cw_queue_new(&f->t, f->fd, CW_QUEUE_SLOTS, &f->t.queue, &err))
			_exit('!');
		w = watch_sweep(cw_sweep_write, &f->t, &s, 0, SIZE);
		v = watch_sweep(cw_sweep_verify, &f->t, &s, 0, SIZE);
		_exit(watch_claims_success(&w, 0, SIZE) && watch_claims_success(&v, 0, SIZE) ? cw_transport_engine(&f->t)[0] : '!');
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return (char)WEXITSTATUS(status);
}

static void threads_are_taken_where_there_is_no_ring(void **state)
{
	(void)state;
	assert_int_equal(choice_behind(FILTER_ENOSYS), 't');
	assert_int_equal(choice_behind(FILTER_EPERM), 't');
	assert_int_equal(choice_behind(FILTER_NO_REGISTER), 't');
	assert_int_equal(choice_behind(NO_LOCKABLE_MEMORY), 't');
}

static void the_ring_is_taken_where_there_is_one(void **state)
{
	(void)state;
	need_ring();
	assert_int_equal(choice_behind(NO_OBSTACLE), 'r');
}

/* ---- SYNCHRONIZE CACHE ---- */

static struct cw_scsi check_condition(uint8_t response_code, uint8_t key, uint8_t asc)
{
	struct cw_scsi a = { .status = 2, .sense = { response_code }, .sense_len = 18 };
	bool fixed = (response_code & 0x7f) <= 0x71;

	a.sense[fixed ? 2 : 1] = key;
	a.sense[fixed ? 12 : 2] = asc;
	return a;
}

static void the_answer_to_a_flush_is_understood(void **state)
{
	const struct { uint8_t key, asc; int meaning; } cases[] = {
		{ 0x0, 0x00, 0 }, { 0x1, 0x17, 0 }, { 0x2, 0x3a, -ENOMEDIUM }, { 0x2, 0x04, -EIO }, { 0x3, 0x0c, -EIO }, { 0x4, 0x44, -EIO }, { 0x5, 0x20, 1 }, { 0x5, 0x24, 1 },
		{ 0x5, 0x25, -EIO }, { 0x5, 0x26, -EIO }, { 0x6, 0x29, -EAGAIN }, { 0x7, 0x27, -EIO }, { 0xb, 0x00, -EIO }, { 0xd, 0x00, -EIO }, { 0xf, 0xff, -EIO },
	};
	const uint8_t codes[] = { 0x70, 0xf0, 0x72 };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(cases); i++)
		for (size_t j = 0; j < CW_ARRAY_LEN(codes); j++) {
			struct cw_scsi a = check_condition(codes[j], cases[i].key, cases[i].asc);

			assert_int_equal(scsi_synchronize_meaning(&a), cases[i].meaning);
		}
}

static void an_answer_that_makes_no_sense_is_no_flush(void **state)
{
	const struct { struct cw_scsi a; int meaning; } cases[] = {
		{ { .status = 0 }, 0 },
		{ { .status = 8 }, -EIO },                                           /* busy */
		{ { .status = 2 }, -EIO },                                           /* without sense */
		{ { .status = 2, .sense_len = 18 }, -EIO },                          /* all zeros: no format of sense */
		{ { .status = 2, .sense = { 0x7f, 0, 0x05 }, .sense_len = 18 }, -EIO }, /* vendor's own */
		{ { .status = 2, .sense = { 0x70, 0, 0x00 }, .sense_len = 4 }, -EIO },  /* cut short */
		{ { .host_status = 1 }, -ENODEV },
		{ { .host_status = 4 }, -ENODEV },
		{ { .host_status = 3 }, -ETIMEDOUT },
		{ { .host_status = 7 }, -EIO },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(cases); i++)
		assert_int_equal(scsi_synchronize_meaning(&cases[i].a), cases[i].meaning);
}

static void what_is_no_scsi_device_knows_no_such_command(void **state)
{
	struct file *f = file_new(512);
	struct cw_scsi c = { .cdb_len = 6 };

	(void)state;
	assert_int_equal(scsi_synchronize_cache(&f->t), 1);
	assert_int_equal(ioctl_scsi(f->fd, &c), -ENOTTY);
	assert_int_equal(ioctl_scsi(-1, &c), -EBADF);
	cw_transport_free(&f->t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ring_carries_sweeps),
		cmocka_unit_test(a_ring_moves_bytes_of_its_file_and_does_nothing_else),
		cmocka_unit_test(a_freed_ring_lets_go_of_its_file_at_once),
		cmocka_unit_test(threads_carry_sweeps),
		cmocka_unit_test(threads_start_with_the_first_request),
		cmocka_unit_test(threads_are_taken_where_there_is_no_ring),
		cmocka_unit_test(the_ring_is_taken_where_there_is_one),
		cmocka_unit_test(the_answer_to_a_flush_is_understood),
		cmocka_unit_test(an_answer_that_makes_no_sense_is_no_flush),
		cmocka_unit_test(what_is_no_scsi_device_knows_no_such_command),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
