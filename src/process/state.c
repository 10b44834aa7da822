/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state directory: journals and keys are root's alone, certificates belong to the signer.  The signer is the account certwipe; where nobody
 * made one (a try from the source tree) it is a number that no account has, so that it shares its files with no other program.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "internal.h"

/* Above systemd's dynamic accounts (61184..65519), below nobody: no allocator hands it out. */
#define SIGNER_FALLBACK_ID 65525u

static void find_signer(struct cw_state *s)
{
	const struct passwd *account = getpwnam("certwipe");

	s->signer_uid = account ? account->pw_uid : SIGNER_FALLBACK_ID;
	s->signer_gid = account ? account->pw_gid : SIGNER_FALLBACK_ID;
}

static int state_failed(struct cw_error *err, int e, const char *path, const char *sentence)
{
	if (e == EACCES || e == EPERM)
		return cw_fail(err, CW_E_NO_PRIVILEGE, e, path, _("Run it through sudo."), "%s: %s", path, sentence);
	return cw_fail(err, CW_E_STATE, e, path, _("Name a directory on a writable disk with --state DIR, or make this one usable."), "%s: %s", path, sentence);
}

static int make_folder(struct cw_state *s, const char *name, mode_t mode, struct cw_error *err)
{
	int rc = cw_dir_make(s->dir, name, mode, err);

	if (rc)
		return state_failed(err, err->sys_errno, s->path, _("A folder in the state directory cannot be made."));
	return 0;
}

static int make_all(struct cw_state *s, struct cw_error *err)
{
	struct stat st;
	int rc = make_folder(s, "journals", 0700, err);

	if (!rc)
		rc = make_folder(s, "keys", 0700, err);
	if (!rc)
		rc = make_folder(s, "certificates", 0750, err);
	if (rc)
		return rc;
	/* Only when it has to be: a state directory that cannot be written is told by its own sentence later. */
	if (geteuid() == 0 && (fstatat(s->dir, "certificates", &st, AT_SYMLINK_NOFOLLOW) < 0 ||
			       (st.st_uid != s->signer_uid && fchownat(s->dir, "certificates", s->signer_uid, s->signer_gid, AT_SYMLINK_NOFOLLOW) < 0)))
		return state_failed(err, errno, s->path, _("The folder for certificates cannot be given to the signer."));
	return 0;
}

static int open_folder(struct cw_state *s, const char *name)
{
	int fd = openat(s->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	s->denied |= fd < 0 && (errno == EACCES || errno == EPERM);
	return fd;
}

int cw_state_open(const char *path, bool make, struct cw_state *out, struct cw_error *err)
{
	*out = (struct cw_state){ .dir = -1, .journals = -1, .certificates = -1, .keys = -1 };
	if (!cw_strlcpy(out->path, path, sizeof out->path))
		return state_failed(err, ENAMETOOLONG, path, _("The path of the state directory is too long."));
	find_signer(out);
	if (make && cw_dir_make(AT_FDCWD, path, 0711, err))
		return state_failed(err, err->sys_errno, path, _("The state directory cannot be made."));
	out->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	out->denied = out->dir < 0 && errno == EACCES;
	if (out->dir < 0)
		return make ? state_failed(err, errno, path, _("The state directory cannot be opened.")) : 0;
	int rc = make ? make_all(out, err) : 0;

	out->journals = open_folder(out, "journals");
	out->certificates = open_folder(out, "certificates");
	out->keys = open_folder(out, "keys");
	if (!rc && make && (out->journals < 0 || out->certificates < 0 || out->keys < 0))
		rc = state_failed(err, errno, path, _("A folder in the state directory cannot be opened."));
	return rc;
}

void cw_state_close(struct cw_state *s)
{
	const int fds[] = { s->dir, s->journals, s->certificates, s->keys };

	for (size_t i = 0; i < CW_ARRAY_LEN(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	s->dir = s->journals = s->certificates = s->keys = -1;
}

void cw_document_path(const struct cw_state *s, const char *document_id, char *out, size_t size)
{
	CW_AUTO_BUF struct cw_buf path = { 0 };

	cw_buf_printf(&path, "%s/certificates/%.4s/%s", s->path, document_id, document_id);
	cw_strlcpy(out, path.failed ? document_id : path.data, size);
}

/* Documents and the register need room when the wipe is over; a job must not start that could not be signed. */
#define EVIDENCE_ROOM_BYTES (4u * 1024u * 1024u)

static int check_room(const struct cw_state *s, uint64_t need_bytes, struct cw_error *err)
{
	struct statvfs fs;
	uint64_t room;

	if (fstatvfs(s->dir, &fs) < 0)
		return state_failed(err, errno, s->path, _("The file system of the state directory does not answer."));
	if (fs.f_flag & ST_RDONLY)
		return state_failed(err, EROFS, s->path, _("The state directory is on a read-only file system, so no journal could be kept."));
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	need_bytes += EVIDENCE_ROOM_BYTES;
	if (room < need_bytes)
		return cw_fail(err, CW_E_STATE, ENOSPC, s->path, _("Free some space there, or name another directory with --state DIR."),
			       _("The state directory has %llu bytes left; this job needs %llu for its journal and evidence."), (unsigned long long)room,
			       (unsigned long long)need_bytes);
	return 0;
}

int cw_state_check(const struct cw_state *s, bool tmpfs_allowed, uint64_t need_bytes, json_t **described, struct cw_error *err)
{
	char type[32];
	bool persistent;
	int rc = cw_fs_kind(s->path, type, &persistent, err);

	if (rc)
		return rc;
	if (!persistent && !tmpfs_allowed)
		return cw_fail(err, CW_E_STATE, 0, s->path, _("Name a directory on a disk with --state DIR, or use a policy that allows this."),
			       _("The state directory is on %s, which is gone after a power cut, and the evidence with it."), type);
	rc = check_room(s, need_bytes, err);
	if (rc)
		return rc;
	if (faccessat(s->keys, "station.key", F_OK, 0) < 0 || faccessat(s->keys, "station.pem", F_OK, 0) < 0)
		return cw_fail(err, CW_E_NO_KEY, 0, s->path, _("Make one first: certwipe key create --organisation NAME --station NAME"),
			       _("There is no station key, so nothing that is done here could be certified."));
	if (described)
		*described = json_pack("{s:s, s:b}", "type", type, "persistent", persistent);
	return 0;
}
