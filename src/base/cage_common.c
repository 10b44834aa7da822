/* SPDX-License-Identifier: Apache-2.0 */
/* What all cages have in common. */
#include "cage.h"

#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include "text.h"

/* Memory without new code, time, signals, the end of itself. */
static const struct filter_row common[] = {
	ALLOW(brk), ALLOW(munmap), ALLOW(mremap), ALLOW(madvise), ALLOW_IF(mmap, 3, PROT_EXEC, 0), ALLOW_IF(mprotect, 3, PROT_EXEC, 0),
	ALLOW(futex), ALLOW(sched_yield), ALLOW(restart_syscall), ALLOW(rt_sigreturn), ALLOW(rt_sigprocmask), ALLOW(rt_sigaction),
	ALLOW(clock_gettime), ALLOW(gettimeofday), ALLOW(getrandom), ALLOW(uname), ALLOW(getpid), ALLOW(gettid), ALLOW(exit), ALLOW(exit_group),
	ALLOW(sysinfo), /* qsort(3) sizes its buffer by it and does not look at a failure */
#ifdef CW_SANITIZED
	ALLOW(sigaltstack), ALLOW(prctl), ALLOW(prlimit64), ALLOW(sched_getaffinity), ALLOW(readlink),
#endif
};

static const struct filter_row deadly[] = {
	KILL(execve), KILL(execveat), KILL(fork), KILL(vfork), KILL(clone), KILL(clone3), KILL(ptrace), KILL(process_vm_readv), KILL(process_vm_writev), KILL(mount),
	KILL(umount2), KILL(pivot_root), KILL(chroot), KILL(unshare), KILL(setns), KILL(init_module), KILL(finit_module), KILL(delete_module), KILL(kexec_load),
	KILL(kexec_file_load), KILL(reboot), KILL(swapon), KILL(swapoff), KILL(bpf), KILL(perf_event_open), KILL(userfaultfd), KILL(io_uring_setup),
	KILL(open_by_handle_at), KILL(add_key), KILL(request_key), KILL(keyctl),
};

void cage_prepare(void)
{
	uint8_t unused[CW_SHA256_BYTES];

	cw_text_prepare();
	cw_sha256("", 0, unused);
	(void)gettext("certwipe");
	json_object_seed(0);
}

int cage_enter(const struct filter_row *mine, size_t n, struct cw_error *err)
{
	/* abort(3) */
	const struct filter_row own[] = { ALLOW_IF(tgkill, 1, WHOLE, (uint32_t)getpid()) };
	const struct filter_table tables[] = { { mine, n }, { common, CW_ARRAY_LEN(common) }, { own, CW_ARRAY_LEN(own) }, { deadly, CW_ARRAY_LEN(deadly) } };
	int failed = filter_load(tables, CW_ARRAY_LEN(tables));

	return failed ? sandbox_failed(err, failed, "seccomp") : 0;
}
