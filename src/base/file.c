/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are there whole and durably, or not at all. */
#include "certwipe/base.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_BYTES 65536
#define TEMPORARY_BYTES 24

static enum cw_code code_of(int number)
{
	switch (number) {
	case ENOENT:
	case ENOTDIR:
		return CW_E_NO_FILE;
	case EACCES:
	case EPERM:
		return CW_E_NO_PRIVILEGE;
	default:
		return CW_E_IO;
	}
}

static int fail_open(struct cw_error *err, int number, const char *path)
{
	return cw_fail(err, code_of(number), number, path, _("Check the name, and whether you may read it."), _("%s could not be opened: %s."), path, strerror(number));
}

static int fail_write(struct cw_error *err, int number, const char *path)
{
	const char *hint = number == ENOSPC || number == EDQUOT ? _("Free some space there and try again.") : NULL;

	return cw_fail(err, code_of(number), number, path, hint, _("%s could not be written: %s."), path, strerror(number));
}

int cw_fd_read(int fd, const char *name, size_t max_bytes, struct cw_buf *out, struct cw_error *err)
{
	CW_AUTO_FREE char *chunk = malloc(CHUNK_BYTES);
	size_t total = 0;

	while (chunk) {
		ssize_t n = read(fd, chunk, CHUNK_BYTES);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cw_fail(err, CW_E_IO, errno, name, NULL, _("%s could not be read: %s."), name, strerror(errno));
		if ((size_t)n > max_bytes - total)
			return cw_fail(err, CW_E_TOO_LARGE, 0, name, _("It is not what is expected here: check the name."), _("%s is larger than the %zu bytes that are allowed."), name,
				max_bytes);
		cw_buf_add(out, chunk, (size_t)n);
		total += (size_t)n;
		if (out->failed || n == 0)
			break;
	}
	if (!chunk || out->failed)
		return cw_fail(err, CW_E_NO_MEMORY, 0, name, NULL, _("Out of memory while reading %s."), name);
	return 0;
}

int cw_file_read(int dirfd, const char *path, size_t max_bytes, struct cw_buf *out, struct cw_error *err)
{
	CW_AUTO_FD int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return fail_open(err, errno, path);
	return cw_fd_read(fd, path, max_bytes, out, err);
}

int cw_fd_write_all(int fd, const char *name, const void *data, size_t len, struct cw_error *err)
{
	const char *at = data;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail_write(err, n < 0 ? errno : EIO, name);
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Splits path into its directory (opened) and *name within it.  Returns the descriptor or a negative code. */
static int open_parent(int dirfd, const char *path, const char **name, struct cw_error *err)
{
	const char *slash = strrchr(path, '/');
	CW_AUTO_FREE char *parent = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
	int fd;

	*name = slash ? slash + 1 : path;
	if (!parent)
		return cw_fail(err, CW_E_NO_MEMORY, 0, path, NULL, _("Out of memory while opening %s."), path);
	if (**name == '\0' || strlen(*name) > NAME_MAX - TEMPORARY_BYTES)
		return cw_fail(err, CW_E_USAGE, 0, path, NULL, _("%s is not a usable file name."), path);
	fd = openat(dirfd, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? fail_open(err, errno, parent) : fd;
}

/* Gives the finished file its name; 0 or an errno. */
static int put_in_place(int parent, const char *temporary, const char *name, bool replace)
{
	if (replace)
		return renameat(parent, temporary, parent, name) == 0 ? 0 : errno;
	if (renameat2(parent, temporary, parent, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return errno;
	/* File systems that do not know the flag (NFS) refuse to replace in link(2). */
	if (linkat(parent, temporary, parent, name, 0) != 0)
		return errno;
	return unlinkat(parent, temporary, 0) == 0 ? 0 : errno;
}

static int write_temporary(int parent, const char *temporary, const char *path, const void *data, size_t len, mode_t mode,
	struct cw_error *err)
{
	CW_AUTO_FD int fd = openat(parent, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	int rc;

	if (fd < 0)
		return fail_write(err, errno, path);
	rc = cw_fd_write_all(fd, path, data, len, err);
	if (rc == 0 && fsync(fd) != 0)
		rc = fail_write(err, errno, path);
	return rc;
}

int cw_file_write(int dirfd, const char *path, const void *data, size_t len, mode_t mode, bool replace, struct cw_error *err)
{
	uint64_t random;
	char temporary[NAME_MAX + 1];
	const char *name;
	CW_AUTO_FD int parent = open_parent(dirfd, path, &name, err);
	int rc = parent < 0 ? parent : cw_random(&random, sizeof random, err);
	int failed;

	if (rc < 0)
		return rc;
	snprintf(temporary, sizeof temporary, ".%s.%016llx", name, (unsigned long long)random);
	rc = write_temporary(parent, temporary, path, data, len, mode, err);
	failed = rc == 0 ? put_in_place(parent, temporary, name, replace) : 0;
	if (rc < 0 || failed)
		unlinkat(parent, temporary, 0);
	if (failed == EEXIST)
		return cw_fail(err, CW_E_EXISTS, 0, path, _("Choose another name, or move the old file away first."),
			_("%s exists already and was left as it is."), path);
	if (failed)
		return fail_write(err, failed, path);
	if (rc == 0 && fsync(parent) != 0)
		return fail_write(err, errno, path);
	return rc;
}

int cw_dir_make(int dirfd, const char *path, mode_t mode, struct cw_error *err)
{
	bool made = mkdirat(dirfd, path, mode) == 0;

	if (!made && errno != EEXIST)
		return fail_write(err, errno, path);
	CW_AUTO_FD int dir = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 && errno == ENOTDIR)
		return cw_fail(err, CW_E_EXISTS, 0, path, NULL, _("%s is there already, but it is not a directory."), path);
	if (dir < 0)
		return fail_open(err, errno, path);
	CW_AUTO_FD int parent = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0 && errno == EACCES && !made) /* somebody else's, who made it durable */
		return 0;
	if (parent < 0)
		return fail_open(err, errno, path);
	return fsync(parent) == 0 ? 0 : fail_write(err, errno, path);
}

int cw_dir_sync(int dirfd, const char *path, struct cw_error *err)
{
	CW_AUTO_FD int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail_open(err, errno, path);
	return fsync(fd) == 0 ? 0 : fail_write(err, errno, path);
}
