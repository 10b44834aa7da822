/* SPDX-License-Identifier: Apache-2.0 */
#include "sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *cw_dev_name(const struct cw_dev *d)
{
	const char *slash = strrchr(d->dir, '/');

	return slash ? slash + 1 : d->dir;
}

const char *cw_dev_property(const struct cw_dev *d, const char *name)
{
	const char *value = d->property ? d->property(d->user, name) : NULL;

	return value ? value : "";
}

int cw_dev_look(const struct cw_dev *d, const char *path, struct stat *st)
{
	return d->look ? d->look(d->user, path, st) : stat(path, st);
}

/* ---- who listens ---- */

/* No process here has threads. */
static struct {
	cw_asked_handler asked;
	void *user;
} listener;

void cw_sysfs_listen(cw_asked_handler asked, void *user)
{
	listener.asked = asked;
	listener.user = user;
}

static void tell(const char *dir, const char *name)
{
	cw_asked_handler asked = listener.asked;

	if (!asked)
		return;
	listener.asked = NULL;
	asked(listener.user, dir, name);
	listener.asked = asked;
}

/* ---- what we were too short of to see ---- */

static int shortage;

int cw_sysfs_shortage(void)
{
	int was = shortage;

	shortage = 0;
	return was;
}

/* With errno as the failed call left it.  An attribute that is not there, or whose device is gone, is an answer; this is none. */
static int note_failure(void)
{
	if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
		shortage = errno;
	return -1;
}

/* ---- attributes ---- */

bool cw_path_join(char dst[PATH_MAX], const char *dir, const char *name)
{
	int n = snprintf(dst, PATH_MAX, "%s/%s", dir, name);

	return n > 0 && n < PATH_MAX;
}

ssize_t cw_attr_raw(const char *dir, const char *name, void *buf, size_t size)
{
	char path[PATH_MAX];
	CW_AUTO_FD int fd = -1;
	size_t have = 0;

	tell(dir, name);
	if (!cw_path_join(path, dir, name))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return note_failure();
	while (have < size) {
		ssize_t n = read(fd, (char *)buf + have, size - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return note_failure();
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

bool cw_attr_text(const char *dir, const char *name, char *dst, size_t size)
{
	ssize_t n = cw_attr_raw(dir, name, dst, size - 1);

	dst[n > 0 ? n : 0] = '\0';
	if (n > 0 && dst[n - 1] == '\n')
		dst[n - 1] = '\0';
	return n >= 0;
}

uint64_t cw_attr_u64(const char *dir, const char *name, uint64_t fallback)
{
	char text[32], *end;
	unsigned long long value;

	if (!cw_attr_text(dir, name, text, sizeof(text)) || text[0] < '0' || text[0] > '9')
		return fallback;
	errno = 0;
	value = strtoull(text, &end, 10);
	return errno || *end ? fallback : value;
}

bool cw_attr_is(const char *dir, const char *name, const char *value)
{
	char text[64];

	return cw_attr_text(dir, name, text, sizeof(text)) && !strcmp(text, value);
}

bool cw_attr_exists(const char *dir, const char *name)
{
	char path[PATH_MAX];

	tell(dir, name);
	return cw_path_join(path, dir, name) && (access(path, F_OK) == 0 || note_failure() == 0);
}

bool cw_sysfs_up(const char *root, char dir[PATH_MAX])
{
	char *slash = strrchr(dir, '/');

	if (!slash || (size_t)(slash - dir) <= strlen(root))
		return false;
	*slash = '\0';
	return true;
}

bool cw_sysfs_above_with(const struct cw_dev *d, const char *attribute, char dir[PATH_MAX])
{
	if (!cw_strlcpy(dir, d->dir, PATH_MAX))
		return false;
	do
		if (cw_attr_exists(dir, attribute))
			return true;
	while (cw_sysfs_up(d->root, dir));
	return false;
}

bool cw_sysfs_subsystem(const char *dir, char name[NAME_MAX + 1])
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *slash;
	ssize_t n;

	tell(dir, "subsystem");
	if (!cw_path_join(path, dir, "subsystem"))
		return false;
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		note_failure();
	if (n <= 0)
		return false;
	target[n] = '\0';
	slash = strrchr(target, '/');
	return cw_strlcpy(name, slash ? slash + 1 : target, NAME_MAX + 1);
}

void cw_dir_each(const char *dir, cw_entry_handler each, void *user)
{
	const struct dirent *e;
	DIR *d;

	tell(dir, "");
	d = opendir(dir);
	if (!d) {
		note_failure();
		return;
	}
	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") && !each(user, dir, e->d_name))
			break;
	closedir(d);
}

bool cw_dev_parse(const char *text, uint32_t *major_out, uint32_t *minor_out)
{
	int end = 0;

	return sscanf(text, "%9u:%9u%n", major_out, minor_out, &end) == 2 && text[end] == '\0';
}
