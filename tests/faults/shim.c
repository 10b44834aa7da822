/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim: preloaded into certwipe, it stands between the program and the libraries that it asks for memory, for system calls and for cryptography.  It counts these
 * calls by process, writes down those that make things durable in their order, and lets one call fail, or the process die on it.  Which one, and all that it
 * found, stands in a file that the driver (shim.py) made; the file is mapped at the start, so that neither closed descriptors nor a filter of system calls are in
 * the way.
 *
 * A wrapper takes and passes on eight words, whatever the function has: the calling conventions of Linux let a callee ignore what it does not know.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim.h"

static struct shared *shared; /* NULL: only pass on */
static bool counted;          /* this process is one of those whose calls count */
static struct process *self;

/* ---- what happens to a call ---- */

static struct process *register_process(const char *name)
{
	uint32_t i = atomic_fetch_add(&shared->n_processes, 1);
	struct process *p = i < PROCESSES_MAX ? &shared->processes[i] : &shared->processes[PROCESSES_MAX - 1];

	p->pid = (int32_t)syscall(SYS_getpid);
	strncpy(p->name, name, sizeof p->name - 1);
	p->state = RUNS;
	return p;
}

static void become(const char *name)
{
	if (!shared)
		return;
	self = register_process(name);
	counted = !strcmp(shared->victim, name);
}

static void die(void)
{
	self->state = DIED_AS_ASKED;
	syscall(SYS_tgkill, syscall(SYS_getpid), syscall(SYS_gettid), SIGKILL);
}

/* Is it this one?  Counts it in any case. */
static bool is_the_one(enum call call)
{
	uint64_t n, any = 0;
	bool chosen;

	if (!counted)
		return false;
	n = atomic_fetch_add(&shared->calls[call].n, 1) + 1;
	if (shared->calls[call].is_system)
		any = atomic_fetch_add(&shared->calls[CALL_any].n, 1) + 1;
	chosen = shared->target == call ? n == shared->nth : shared->target == CALL_any && any == shared->nth;
	if (chosen) {
		shared->fired = 1;
		shared->fired_call = call;
	}
	return chosen;
}

/* True: the call is to fail, and errno is set. */
static bool trips(enum call call)
{
	if (!is_the_one(call))
		return false;
	if (shared->action == DIE_BEFORE)
		die();
	if (shared->action == STOP || shared->action == PAUSE)
		syscall(SYS_tgkill, syscall(SYS_getpid), syscall(SYS_gettid), shared->action == STOP ? SIGTERM : SIGSTOP);
	if (shared->action == FAIL)
		errno = shared->sys_errno;
	return shared->action == FAIL;
}

/* The one that moves bytes moves half of them. */
static size_t cut_short(enum call call, size_t len)
{
	bool chosen = shared && counted && shared->action == CUT_SHORT && shared->fired && shared->fired_call == (uint32_t)call;

	return chosen && !atomic_exchange(&shared->cut, 1) ? len / 2 : len;
}

/* Behind the call that was to be the last. */
static void die_behind(enum call call)
{
	if (shared && counted && shared->action == DIE_BEHIND && shared->fired && shared->fired_call == (uint32_t)call)
		die();
}

/* A bad spot of the medium, besides the one fault. */
static bool is_bad(mode_t mode, uint64_t offset, size_t len)
{
	return shared && counted && S_ISBLK(mode) && offset < shared->bad_upto && offset + len > shared->bad_from;
}

static void lie(mode_t mode, uint64_t offset, unsigned char *bytes, ssize_t n)
{
	uint64_t at = shared && counted && S_ISBLK(mode) ? shared->lies_at : 0;

	if (at && n > 0 && offset <= at && at - offset < (uint64_t)n)
		bytes[at - offset] ^= 1;
}

/* ---- what is written down ---- */

static struct io_uring *the_ring;
static unsigned ring_requests;
static _Atomic unsigned under_way; /* writes by pwrite(2) */

/* A flush while there are any covers nobody knows what. */
static unsigned in_flight(void)
{
	return under_way + (the_ring ? ring_requests - *(volatile unsigned *)the_ring->cq.ktail : 0);
}

/* The event of a journal's line, which tells more than its length. */
static void take_text(struct event *e, const char *bytes, size_t len)
{
	static const char key[] = "\"event\":\"";
	const char *at = bytes ? memmem(bytes, len, key, sizeof key - 1) : NULL;

	if (!at)
		return;
	at += sizeof key - 1;
	for (size_t i = 0; i < sizeof e->text - 1 && at + i < bytes + len && at[i] != '"'; i++)
		e->text[i] = at[i];
}

static struct event *note(enum call call, int fd, long result)
{
	struct stat st = { 0 };
	int saved = errno;
	uint32_t i;

	if (!shared)
		return NULL;
	i = atomic_fetch_add(&shared->n_events, 1);
	if (i >= EVENTS_MAX)
		return NULL;
	struct event *e = &shared->events[i];

	if (fd >= 0)
		syscall(SYS_newfstatat, fd, "", &st, AT_EMPTY_PATH);
	e->pid = self ? self->pid : 0;
	e->call = (uint32_t)call;
	e->in_flight = in_flight();
	e->mode = st.st_mode;
	e->file = S_ISBLK(st.st_mode) ? st.st_rdev : st.st_ino;
	e->result = result;
	errno = saved;
	return e;
}

/* ---- the file, and the names of the calls ---- */

#define NAME(name_, system_) [CALL_##name_] = { .name = #name_, .is_system = system_ },
static const struct { const char *name; bool is_system; } names[CALLS] = { CALLS_OF_ALL(NAME) };
#undef NAME

static void map_file(const char *path)
{
	int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
	long at = fd < 0 ? -1 : syscall(SYS_mmap, NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at < 0 && at > -4096)
		abort();
	syscall(SYS_close, fd);
	shared = (struct shared *)at;
	for (int i = 0; i < CALLS; i++) {
		strncpy(shared->calls[i].name, names[i].name, sizeof shared->calls[i].name - 1);
		shared->calls[i].is_system = names[i].is_system;
	}
}

/* The sanitizers have handlers of their own, and write their own reports. */
static void on_crash(int signal_number)
{
	if (self) {
		self->state = CRASHED;
		self->status = signal_number;
	}
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

static void watch_crashes(void)
{
	static const int deadly[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP };

	for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++)
		if (signal(deadly[i], on_crash) != SIG_DFL && getenv("ASAN_OPTIONS"))
			continue;
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("CERTWIPE_SHIM");

	/* It may be started by something else, which is preloaded as well. */
	if (!path || strcmp(program_invocation_short_name, "certwipe") != 0)
		return;
	map_file(path);
	watch_crashes();
	become("certwipe");
}

/* ---- memory ---- */

/* dlsym(3) itself asks for memory before we know where to get it. */
static _Alignas(16) char first_bytes[8192];
static size_t first_used;
static volatile bool finding; /* dlsym(3) is declared to call nothing here, and does */

static bool is_first(const char *p)
{
	return p >= first_bytes && p < first_bytes + sizeof first_bytes;
}

static void *first_memory(size_t len)
{
	size_t at = first_used;

	first_used += (len + 15) & ~(size_t)15;
	return first_used <= sizeof first_bytes ? first_bytes + at : NULL;
}

static void *find(const char *name)
{
	void *found;

	finding = true;
	found = dlsym(RTLD_NEXT, name);
	finding = false;
	if (!found)
		abort();
	return found;
}

#define REAL(type, name, ...) \
	static type (*real)(__VA_ARGS__); \
	if (!real) \
	real = (type(*)(__VA_ARGS__))find(name)

void *malloc(size_t len)
{
	if (finding)
		return first_memory(len);
	REAL(void *, "malloc", size_t);
	return trips(CALL_malloc) ? NULL : real(len);
}

void *calloc(size_t n, size_t len)
{
	if (finding)
		return first_memory(n * len);
	REAL(void *, "calloc", size_t, size_t);
	return trips(CALL_calloc) ? NULL : real(n, len);
}

void *realloc(void *p, size_t len)
{
	if (finding || is_first(p))
		abort();
	REAL(void *, "realloc", void *, size_t);
	return trips(CALL_realloc) ? NULL : real(p, len);
}

void free(void *p)
{
	if (finding || is_first(p))
		return;
	REAL(void, "free", void *);
	real(p);
}

/* ---- all that is only counted and failed ---- */

typedef long (*function)(long, long, long, long, long, long, long, long);

/* The name in C differs from that of the symbol, so that the types of the headers are not in the way. */
#define PASS(name_, failure) \
	long pass_##name_(long a, long b, long c, long d, long e, long f, long g, long h) __asm__(#name_); \
	long pass_##name_(long a, long b, long c, long d, long e, long f, long g, long h) \
	{ \
		static function real; \
		if (!real) \
			real = (function)find(#name_); \
		if (trips(CALL_##name_)) \
			return failure; \
		long result = real(a, b, c, d, e, f, g, h); \
		die_behind(CALL_##name_); \
		return result; \
	}
#define PASS_ERRNO(name, system) PASS(name, -1)
#define PASS_NUMBER(name, system) PASS(name, -shared->sys_errno)
#define PASS_POSITIVE(name, system) PASS(name, shared->sys_errno)
#define PASS_ZERO(name, system) PASS(name, 0)
CALLS_WITH_ERRNO(PASS_ERRNO)
CALLS_WITH_NUMBER(PASS_NUMBER)
CALLS_WITH_POSITIVE(PASS_POSITIVE)
CALLS_WITH_ZERO(PASS_ZERO)

/* ---- what is written down besides ---- */

#define DEFINE(type, name_, ...) \
	type noted_##name_(__VA_ARGS__) __asm__(#name_); \
	type noted_##name_(__VA_ARGS__)

/* Written down when it begins: what it announces must have been durable by then. */
static struct event *note_bytes(enum call call, int fd, size_t len, off_t offset)
{
	struct event *e = note(call, fd, 0);

	if (e) {
		e->len = len;
		e->offset = (uint64_t)offset;
	}
	return e;
}

static ssize_t moved(enum call call, struct event *e, const void *bytes, ssize_t n)
{
	if (e)
		e->result = n;
	if (e && n > 0)
		take_text(e, bytes, (size_t)n);
	die_behind(call);
	return n;
}

DEFINE(ssize_t, write, int fd, const void *bytes, size_t len)
{
	REAL(ssize_t, "write", int, const void *, size_t);
	struct event *e = note_bytes(CALL_write, fd, len, 0);

	return moved(CALL_write, e, bytes, trips(CALL_write) ? -1 : real(fd, bytes, cut_short(CALL_write, len)));
}

DEFINE(ssize_t, pwrite, int fd, const void *bytes, size_t len, off_t offset)
{
	REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
	struct event *e = note_bytes(CALL_pwrite, fd, len, offset);
	bool fails = trips(CALL_pwrite);
	ssize_t n;

	if (e && is_bad(e->mode, (uint64_t)offset, len)) {
		errno = EIO;
		fails = true;
	}
	under_way++;
	n = fails ? -1 : real(fd, bytes, cut_short(CALL_pwrite, len), offset);
	under_way--;
	return moved(CALL_pwrite, e, NULL, n);
}

DEFINE(ssize_t, pwrite64, int fd, const void *bytes, size_t len, off_t offset)
{
	return noted_pwrite(fd, bytes, len, offset);
}

DEFINE(ssize_t, read, int fd, void *bytes, size_t len)
{
	REAL(ssize_t, "read", int, void *, size_t);
	return trips(CALL_read) ? -1 : real(fd, bytes, cut_short(CALL_read, len));
}

DEFINE(ssize_t, pread, int fd, void *bytes, size_t len, off_t offset)
{
	REAL(ssize_t, "pread", int, void *, size_t, off_t);
	struct event *e = note_bytes(CALL_pread, fd, len, offset);
	bool fails = trips(CALL_pread);

	if (e && is_bad(e->mode, (uint64_t)offset, len)) {
		errno = EIO;
		fails = true;
	}
	ssize_t n = fails ? -1 : real(fd, bytes, cut_short(CALL_pread, len), offset);

	if (e)
		lie(e->mode, (uint64_t)offset, bytes, n);
	return moved(CALL_pread, e, NULL, n);
}

DEFINE(ssize_t, pread64, int fd, void *bytes, size_t len, off_t offset)
{
	return noted_pread(fd, bytes, len, offset);
}

static uint64_t folder_of(int dir, const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[256] = "";
	struct stat st = { 0 };

	if (slash && (size_t)(slash - path) < sizeof folder)
		memcpy(folder, path, (size_t)(slash - path));
	syscall(SYS_newfstatat, dir, folder, &st, AT_EMPTY_PATH);
	return st.st_ino;
}

/* A name that came to be in a folder. */
static int named(enum call call, int dir, const char *path, int rc)
{
	int saved = errno;
	struct event *e = note(call, -1, rc);

	if (e)
		e->file = folder_of(dir, path);
	errno = saved;
	die_behind(call);
	return rc;
}

/* Written down when it has ended: not before then is anything durable.  What was in flight when it began is not covered. */
static int synced(enum call call, int fd, unsigned before, int rc)
{
	struct event *e = note(call, fd, rc);

	if (e)
		e->in_flight = before;
	die_behind(call);
	return rc;
}

DEFINE(int, fdatasync, int fd)
{
	REAL(int, "fdatasync", int);
	unsigned before = in_flight();

	return synced(CALL_fdatasync, fd, before, trips(CALL_fdatasync) ? -1 : real(fd));
}

DEFINE(int, fsync, int fd)
{
	REAL(int, "fsync", int);
	unsigned before = in_flight();

	return synced(CALL_fsync, fd, before, trips(CALL_fsync) ? -1 : real(fd));
}

DEFINE(pid_t, fork, void)
{
	REAL(pid_t, "fork", void);
	pid_t pid = trips(CALL_fork) ? -1 : real();

	if (pid)
		note(CALL_fork, -1, pid);
	die_behind(CALL_fork);
	return pid;
}

/* Who was killed on purpose did not crash. */
DEFINE(int, kill, pid_t pid, int signal_number)
{
	REAL(int, "kill", pid_t, int);
	struct event *e = note(CALL_kill, -1, pid);

	if (e)
		e->len = (uint64_t)signal_number;
	return real(pid, signal_number);
}

DEFINE(int, renameat2, int from, const char *old, int to, const char *new, unsigned flags)
{
	REAL(int, "renameat2", int, const char *, int, const char *, unsigned);
	return named(CALL_renameat2, to, new, trips(CALL_renameat2) ? -1 : real(from, old, to, new, flags));
}

static bool is_there(int dir, const char *path)
{
	struct stat st;

	return syscall(SYS_newfstatat, dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int opened(enum call call, int dir, const char *path, bool is_new, int fd)
{
	int saved = errno;
	struct event *e = is_new && fd >= 0 ? note(call, fd, fd) : NULL;

	if (e)
		e->offset = folder_of(dir, path);
	errno = saved;
	die_behind(call);
	return fd;
}

DEFINE(int, open, const char *path, int flags, ...)
{
	REAL(int, "open", const char *, int, ...);
	va_list args;
	va_start(args, flags);
	unsigned mode = va_arg(args, unsigned);
	va_end(args);
	bool is_new = (flags & O_CREAT) && shared && !is_there(AT_FDCWD, path);

	return opened(CALL_open, AT_FDCWD, path, is_new, trips(CALL_open) ? -1 : real(path, flags, mode));
}

DEFINE(int, open64, const char *path, int flags, ...)
{
	va_list args;
	va_start(args, flags);
	unsigned mode = va_arg(args, unsigned);
	va_end(args);
	return noted_open(path, flags, mode);
}

DEFINE(int, openat, int dir, const char *path, int flags, ...)
{
	REAL(int, "openat", int, const char *, int, ...);
	va_list args;
	va_start(args, flags);
	unsigned mode = va_arg(args, unsigned);
	va_end(args);
	bool is_new = (flags & O_CREAT) && shared && !is_there(dir, path);

	return opened(CALL_openat, dir, path, is_new, trips(CALL_openat) ? -1 : real(dir, path, flags, mode));
}

DEFINE(int, mkdir, const char *path, mode_t mode)
{
	REAL(int, "mkdir", const char *, mode_t);
	return named(CALL_mkdir, AT_FDCWD, path, trips(CALL_mkdir) ? -1 : real(path, mode));
}

DEFINE(int, mkdirat, int dir, const char *path, mode_t mode)
{
	REAL(int, "mkdirat", int, const char *, mode_t);
	return named(CALL_mkdirat, dir, path, trips(CALL_mkdirat) ? -1 : real(dir, path, mode));
}

DEFINE(int, ioctl, int fd, unsigned long request, ...)
{
	REAL(int, "ioctl", int, unsigned long, ...);
	va_list args;
	va_start(args, request);
	void *arg = va_arg(args, void *);
	va_end(args);
	return trips(CALL_ioctl) ? -1 : real(fd, request, arg);
}

DEFINE(int, fcntl, int fd, int command, ...)
{
	REAL(int, "fcntl", int, int, ...);
	va_list args;
	va_start(args, command);
	void *arg = va_arg(args, void *);
	va_end(args);
	return trips(CALL_fcntl) ? -1 : real(fd, command, arg);
}

DEFINE(int, fcntl64, int fd, int command, ...)
{
	va_list args;
	va_start(args, command);
	void *arg = va_arg(args, void *);
	va_end(args);
	return noted_fcntl(fd, command, arg);
}

DEFINE(int, prctl, int option, ...)
{
	REAL(int, "prctl", int, ...);
	long a[4];
	va_list args;
	va_start(args, option);
	for (int i = 0; i < 4; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (option == PR_SET_NAME) {
		become((const char *)a[0]);
		note(CALL_prctl, -1, 0);
	}
	return trips(CALL_prctl) ? -1 : real(option, a[0], a[1], a[2], a[3]);
}

DEFINE(void, _exit, int status)
{
	if (self) {
		self->status = status;
		self->state = ENDED;
		note(CALL__exit, -1, status);
	}
	syscall(SYS_exit_group, status);
	/* Not even that is allowed. */
	if (self)
		self->state = CRASHED;
	for (;;)
		__builtin_trap();
}

/* The front ends by return from main. */
__attribute__((destructor)) static void end(void)
{
	if (self && self->state == RUNS)
		self->state = ENDED;
}

/* ---- the ring ---- */

static void note_request(const struct io_uring_sqe *sqe, enum call call)
{
	struct event *e = note(call, -1, (long)sqe->len);

	if (e) {
		e->len = sqe->len;
		e->offset = sqe->off;
	}
}

DEFINE(int, io_uring_submit, struct io_uring *ring)
{
	REAL(int, "io_uring_submit", struct io_uring *);
	struct io_uring_sq *sq = &ring->sq;

	if (trips(CALL_io_uring_submit))
		return -shared->sys_errno;
	for (unsigned at = sq->sqe_head; at != sq->sqe_tail; at++) {
		struct io_uring_sqe *sqe = &sq->sqes[at & sq->ring_mask];
		enum call call = sqe->opcode == IORING_OP_WRITE_FIXED ? CALL_ring_write : CALL_ring_read;

		note_request(sqe, call);
		if (trips(call) || is_bad(S_IFBLK, sqe->off, sqe->len))
			sqe->buf_index = UINT16_MAX; /* the kernel answers this one request with EFAULT */
		ring_requests++;
	}
	the_ring = ring;
	int rc = real(ring);

	die_behind(CALL_io_uring_submit);
	return rc;
}

DEFINE(void, io_uring_queue_exit, struct io_uring *ring)
{
	REAL(void, "io_uring_queue_exit", struct io_uring *);

	the_ring = NULL;
	real(ring);
}
