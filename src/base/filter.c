/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter of system calls, assembled by hand.  libseccomp does the same with hundreds of small allocations, and where one of them fails it makes a filter
 * that lacks something and says nothing; here nothing is allocated, so that a filter is the one that is meant or there is none.
 */
#include "cage.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define INSTRUCTIONS_MAX 1024
#define X32_BIT 0x40000000u /* the other way of a 64-bit PC to number the same calls */

struct program {
	struct sock_filter at[INSTRUCTIONS_MAX];
	size_t n;
	bool full;
};

static void add(struct program *p, uint16_t code, uint8_t if_true, uint8_t if_false, uint32_t k)
{
	if (p->n == INSTRUCTIONS_MAX)
		p->full = true;
	else
		p->at[p->n++] = (struct sock_filter){ .code = code, .jt = if_true, .jf = if_false, .k = k };
}

static void add_load(struct program *p, size_t offset)
{
	add(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

static void add_return(struct program *p, uint32_t what)
{
	add(p, BPF_RET | BPF_K, 0, 0, what);
}

/* ---- rows ---- */

static size_t argument_offset(unsigned argument)
{
	size_t low_word = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? sizeof(uint32_t) : 0;

	return offsetof(struct seccomp_data, args) + (argument - 1) * sizeof(uint64_t) + low_word;
}

static uint32_t answer_of(const struct filter_row *r)
{
	switch (r->answer) {
	case FILTER_KILL:
		return SECCOMP_RET_KILL_PROCESS;
	case FILTER_UNKNOWN:
		return SECCOMP_RET_ERRNO | ENOSYS;
	default:
		return SECCOMP_RET_ALLOW;
	}
}

/* The number of the call is loaded, before and after. */
static void add_row(struct program *p, const struct filter_row *r)
{
	if (r->call < 0)
		return;
	if (!r->argument) {
		add(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (uint32_t)r->call);
		add_return(p, answer_of(r));
		return;
	}
	add(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 5, (uint32_t)r->call);
	add_load(p, argument_offset(r->argument));
	add(p, BPF_ALU | BPF_AND | BPF_K, 0, 0, r->mask);
	add(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, r->value);
	add_return(p, answer_of(r));
	add_load(p, offsetof(struct seccomp_data, nr));
}

/* Numbers mean something else where somebody calls as another architecture does. */
static void add_head(struct program *p)
{
	uint32_t native = seccomp_arch_native();

	add_load(p, offsetof(struct seccomp_data, arch));
	add(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, native);
	add_return(p, SECCOMP_RET_KILL_PROCESS);
	add_load(p, offsetof(struct seccomp_data, nr));
	if (native == SCMP_ARCH_X86_64) {
		add(p, BPF_JMP | BPF_JGE | BPF_K, 0, 1, X32_BIT);
		add_return(p, SECCOMP_RET_KILL_PROCESS);
	}
}

int filter_load(const struct filter_table *tables, size_t n)
{
	static struct program p;
	struct sock_fprog whole;
	long rc;

	p = (struct program){ .n = 0 };
	add_head(&p);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < tables[i].n; j++)
			add_row(&p, &tables[i].rows[j]);
	add_return(&p, SECCOMP_RET_ERRNO | EPERM);
	if (p.full)
		return E2BIG;
	whole = (struct sock_fprog){ .len = (unsigned short)p.n, .filter = p.at };
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return errno;
	rc = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &whole);
	return rc < 0 ? errno : rc > 0 ? EAGAIN : 0; /* a positive answer is the thread that did not follow */
}
