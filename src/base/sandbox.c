/* SPDX-License-Identifier: Apache-2.0 */
/* Giving up privilege for good, and the cage for parsers of bytes that a stranger wrote. */
#include "certwipe/base.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/blkzoned.h>
#include <linux/cdrom.h>
#include <linux/fs.h>
#include <seccomp.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "text.h"

#ifdef CW_SANITIZED
#define SANITIZED true
#else
#define SANITIZED false
#endif

static int fail_step(struct cw_error *err, int number, const char *step)
{
	return cw_fail(err, CW_E_FAILED, number, NULL, NULL, _("Privilege could not be given up (%s: %s); nothing was done."), step,
		strerror(number));
}

/* ---- dropping privilege ---- */

/* Needs CAP_SETPCAP; without it the set stays, and no_new_privs keeps anyone from using it. */
static void drop_bounding_set(void)
{
	for (cap_value_t cap = 0; cap_get_bound(cap) >= 0; cap++)
		(void)cap_drop_bound(cap);
}

static bool set_no_capabilities(void)
{
	cap_t none = cap_init();
	bool done = none && cap_set_proc(none) == 0;

	cap_free(none);
	return done;
}

static bool has_no_capabilities(void)
{
	cap_t none = cap_init(), mine = cap_get_proc();
	bool same = none && mine && cap_compare(none, mine) == 0;

	cap_free(none);
	cap_free(mine);
	return same;
}

/* Asks the kernel, and does not trust the return values of the calls before. */
static bool is_dropped(uid_t uid, gid_t gid)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (getresuid(&ruid, &euid, &suid) != 0 || ruid != uid || euid != uid || suid != uid)
		return false;
	if (getresgid(&rgid, &egid, &sgid) != 0 || rgid != gid || egid != gid || sgid != gid)
		return false;
	if (uid != 0 && (setresuid(0, 0, 0) == 0 || seteuid(0) == 0))
		return false;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && has_no_capabilities();
}

int cw_sandbox_drop(uid_t uid, gid_t gid, struct cw_error *err)
{
	bool privileged = geteuid() == 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fail_step(err, errno, "no_new_privs");
	drop_bounding_set();
	if (cap_reset_ambient() != 0)
		return fail_step(err, errno, "ambient");
	if (setgroups(0, NULL) != 0 && privileged)
		return fail_step(err, errno, "setgroups");
	if (setresgid(gid, gid, gid) != 0)
		return fail_step(err, errno, "setresgid");
	if (setresuid(uid, uid, uid) != 0)
		return fail_step(err, errno, "setresuid");
	if (!set_no_capabilities())
		return fail_step(err, errno, "capset");
	/* The leak checker of the sanitizer build attaches to the process itself, which needs it dumpable. */
	if (!SANITIZED && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return fail_step(err, errno, "dumpable");
	if (!is_dropped(uid, gid))
		return fail_step(err, EPERM, "check");
	return 0;
}

/* ---- limits ---- */

static bool limit(__rlimit_resource_t resource, rlim_t value)
{
	struct rlimit now, wanted = { .rlim_cur = value, .rlim_max = value };

	if (getrlimit(resource, &now) != 0)
		return false;
	if (now.rlim_max < value) /* already stricter, and cannot be raised */
		wanted.rlim_cur = wanted.rlim_max = now.rlim_max;
	return setrlimit(resource, &wanted) == 0;
}

/* Address space in use, so that memory_bytes means what the parser may add to it. */
static bool mapped_bytes(size_t *bytes)
{
	CW_AUTO_FD int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	char text[64];
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	unsigned long pages;

	if (len <= 0)
		return false;
	text[len] = '\0';
	if (sscanf(text, "%lu", &pages) != 1)
		return false;
	*bytes = (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
	return true;
}

static int set_limits(unsigned cpu_seconds, size_t memory_bytes, struct cw_error *err)
{
	size_t mapped;

	if (!limit(RLIMIT_CORE, 0) || !limit(RLIMIT_FSIZE, 0) || !limit(RLIMIT_NPROC, 0) || !limit(RLIMIT_CPU, cpu_seconds))
		return fail_step(err, errno, "setrlimit");
	/* The sanitizer's shadow takes terabytes of address space, and its reports open files. */
	if (SANITIZED)
		return 0;
	if (!mapped_bytes(&mapped))
		return fail_step(err, errno, "/proc/self/statm");
	if (!limit(RLIMIT_AS, mapped + memory_bytes) || !limit(RLIMIT_NOFILE, 0))
		return fail_step(err, errno, "setrlimit");
	return 0;
}

/* ---- the filter ---- */

static const int allowed_calls[] = {
	SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(sendmsg), SCMP_SYS(sendto),
	SCMP_SYS(lseek), SCMP_SYS(fstat), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk), SCMP_SYS(madvise), SCMP_SYS(close),
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction),
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(getrandom), SCMP_SYS(futex), SCMP_SYS(fadvise64), SCMP_SYS(uname),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(sched_yield), SCMP_SYS(restart_syscall),
	SCMP_SYS(sysinfo), /* qsort(3) sizes its buffer by it and does not look at a failure */
#ifdef CW_SANITIZED
	SCMP_SYS(sigaltstack), SCMP_SYS(prctl), SCMP_SYS(prlimit64), SCMP_SYS(sched_getaffinity), SCMP_SYS(readlink),
#endif
};

/* Nothing that parses has a use for these: whoever calls one has taken the process over. */
static const int deadly_calls[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root),
	SCMP_SYS(chroot), SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(reboot), SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup), SCMP_SYS(open_by_handle_at), SCMP_SYS(add_key),
	SCMP_SYS(request_key), SCMP_SYS(keyctl),
};

/* The questions that libblkid asks of a device; none changes it. */
static const unsigned long allowed_ioctls[] = {
	BLKGETSIZE64, BLKSSZGET, BLKPBSZGET, BLKIOMIN, BLKIOOPT, BLKALIGNOFF, BLKGETZONESZ, BLKROGET, BLKGETDISKSEQ,
	CDROM_GET_CAPABILITY, CDROM_LAST_WRITTEN, CDROMMULTISESSION, CDROM_DRIVE_STATUS,
};

static int add_plain_rules(scmp_filter_ctx ctx)
{
	int rc = 0;

	for (size_t i = 0; i < CW_ARRAY_LEN(allowed_calls) && rc == 0; i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed_calls[i], 0);
	for (size_t i = 0; i < CW_ARRAY_LEN(deadly_calls) && rc == 0; i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, deadly_calls[i], 0);
	return rc;
}

/* Calls that are harmless with some arguments only.  Commands are compared as the 32 bits that the kernel looks at. */
static int add_argument_rules(scmp_filter_ctx ctx)
{
	static const unsigned fcntl_commands[] = { F_GETFD, F_GETFL };
	const uint64_t low = UINT32_MAX;
	int rc = 0;

	for (size_t i = 0; i < CW_ARRAY_LEN(allowed_ioctls) && rc == 0; i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_MASKED_EQ, low, allowed_ioctls[i]));
	for (size_t i = 0; i < CW_ARRAY_LEN(fcntl_commands) && rc == 0; i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, SCMP_A1(SCMP_CMP_MASKED_EQ, low, fcntl_commands[i]));
	if (rc == 0)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (rc == 0)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (rc == 0) /* fstat(3) is this call with an empty path */
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1,
			SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH));
	if (rc == 0) /* abort(3) */
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, low, (scmp_datum_t)getpid()));
	return rc;
}

static int load_filter(struct cw_error *err)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc = ctx ? seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) : -ENOMEM;

	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	if (rc == 0)
		rc = add_plain_rules(ctx);
	if (rc == 0)
		rc = add_argument_rules(ctx);
	if (rc == 0)
		rc = seccomp_load(ctx);
	seccomp_release(ctx);
	return rc == 0 ? 0 : fail_step(err, -rc, "seccomp");
}

int cw_sandbox_parser(unsigned cpu_seconds, size_t memory_bytes, struct cw_error *err)
{
	uint8_t unused[CW_SHA256_BYTES];
	int rc;

	/* What these libraries open on first use has to be opened now: tables, translations, configuration, the seed of hashes. */
	cw_text_prepare();
	cw_sha256("", 0, unused);
	(void)gettext("certwipe");
	json_object_seed(0);
	rc = set_limits(cpu_seconds, memory_bytes, err);
	return rc < 0 ? rc : load_filter(err);
}
