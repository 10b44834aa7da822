/* SPDX-License-Identifier: Apache-2.0 */
/* Giving up privilege for good. */
#include "cage.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

int sandbox_failed(struct cw_error *err, int number, const char *step)
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

#define NO_CAPABILITY (-1)

/* None, or one that is permitted and effective, and never inherited; the caller frees it with cap_free(). */
static cap_t capabilities_of(int capability)
{
	cap_value_t kept = capability;
	cap_t set = cap_init();
	bool ok = set && (capability == NO_CAPABILITY || (cap_set_flag(set, CAP_PERMITTED, 1, &kept, CAP_SET) == 0 && cap_set_flag(set, CAP_EFFECTIVE, 1, &kept, CAP_SET) == 0));

	if (ok)
		return set;
	cap_free(set);
	return NULL;
}

static bool set_capabilities(int capability)
{
	cap_t wanted = capabilities_of(capability);
	bool done = wanted && cap_set_proc(wanted) == 0;

	cap_free(wanted);
	return done;
}

static bool has_only(int capability)
{
	cap_t wanted = capabilities_of(capability), mine = cap_get_proc();
	bool same = wanted && mine && cap_compare(wanted, mine) == 0;

	cap_free(wanted);
	cap_free(mine);
	return same;
}

/* Asks the kernel, and does not trust the return values of the calls before. */
static bool is_dropped(uid_t uid, gid_t gid, int capability)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (getresuid(&ruid, &euid, &suid) != 0 || ruid != uid || euid != uid || suid != uid)
		return false;
	if (getresgid(&rgid, &egid, &sgid) != 0 || rgid != gid || egid != gid || sgid != gid)
		return false;
	if (uid != 0 && (setresuid(0, 0, 0) == 0 || seteuid(0) == 0))
		return false;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && has_only(capability);
}

static int drop(uid_t uid, gid_t gid, int capability, struct cw_error *err)
{
	bool privileged = geteuid() == 0;

	/* Over the change of user; a flag that the next execve(2) clears, of which there is none. */
	if (capability != NO_CAPABILITY && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
		return sandbox_failed(err, errno, "keepcaps");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return sandbox_failed(err, errno, "no_new_privs");
	drop_bounding_set();
	if (cap_reset_ambient() != 0)
		return sandbox_failed(err, errno, "ambient");
	if (setgroups(0, NULL) != 0 && privileged)
		return sandbox_failed(err, errno, "setgroups");
	if (setresgid(gid, gid, gid) != 0)
		return sandbox_failed(err, errno, "setresgid");
	if (setresuid(uid, uid, uid) != 0)
		return sandbox_failed(err, errno, "setresuid");
	if (!set_capabilities(capability))
		return sandbox_failed(err, errno, "capset");
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0)
		return sandbox_failed(err, errno, "keepcaps");
	/* The leak checker of the sanitizer build attaches to the process itself, which needs it dumpable. */
	if (!SANITIZED && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return sandbox_failed(err, errno, "dumpable");
	if (!is_dropped(uid, gid, capability))
		return sandbox_failed(err, EPERM, "check");
	return 0;
}

int cw_sandbox_drop(uid_t uid, gid_t gid, struct cw_error *err)
{
	return drop(uid, gid, NO_CAPABILITY, err);
}

int cw_sandbox_drop_but(uid_t uid, gid_t gid, int capability, struct cw_error *err)
{
	return drop(uid, gid, capability, err);
}
