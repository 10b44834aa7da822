/* SPDX-License-Identifier: Apache-2.0 */
/* The controller that an NVMe namespace belongs to.  Its commands for all namespaces go to a character device of its own. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "sysfs.h"

/* "nvme0": neither a namespace (nvme0n1) nor a subsystem (nvme-subsys0), whose name says nothing about the controller. */
static bool names_controller(const char *name)
{
	unsigned number;
	int end = 0;

	return sscanf(name, "nvme%9u%n", &number, &end) == 1 && end > 0 && name[end] == '\0';
}

bool cw_nvme_controller(const struct cw_medium *m, char node[CW_NODE_MAX])
{
	char link[PATH_MAX], target[PATH_MAX];
	const char *name;

	if (m->bus != CW_BUS_NVME)
		return false;
	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u/device", m->dev_major, m->dev_minor);
	if (!realpath(link, target))
		return false;
	name = strrchr(target, '/') + 1;
	if (!names_controller(name))
		return false;
	snprintf(node, CW_NODE_MAX, "/dev/%.32s", name);
	return true;
}

static bool device_of(const struct cw_medium *m, char dir[PATH_MAX])
{
	char link[PATH_MAX];

	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u/device", m->dev_major, m->dev_minor);
	return m->bus == CW_BUS_NVME && realpath(link, dir);
}

/* Its name may have gone to another one since it was read. */
static bool is_controller_of(const struct cw_medium *m, int fd)
{
	char dir[PATH_MAX], number[CW_NODE_MAX], expected[CW_NODE_MAX];
	struct stat st;

	if (fstat(fd, &st) || !S_ISCHR(st.st_mode) || !device_of(m, dir) || !cw_attr_text(dir, "dev", expected, sizeof(expected)))
		return false;
	snprintf(number, sizeof(number), "%u:%u", major(st.st_rdev), minor(st.st_rdev));
	return !strcmp(number, expected);
}

int cw_nvme_controller_open(const struct cw_medium *m)
{
	char node[CW_NODE_MAX];
	int fd = cw_nvme_controller(m, node) ? open(node, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;

	if (fd >= 0 && !is_controller_of(m, fd)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* ---- the drive with all its namespaces ---- */

/* "nvme0n2", and neither a path to it (nvme0c1n2) nor its character device (ng0n2). */
static bool names_namespace(const char *name)
{
	unsigned drive, number;
	int end = 0;

	return sscanf(name, "nvme%9un%9u%n", &drive, &number, &end) == 2 && end > 0 && name[end] == '\0';
}

bool cw_nvme_node_of(const struct cw_medium *m, uint32_t nsid, char node[CW_NODE_MAX])
{
	char dir[PATH_MAX], path[PATH_MAX];
	DIR *d = device_of(m, dir) ? opendir(dir) : NULL;
	const struct dirent *e;
	bool found = false;

	while (d && !found && (e = readdir(d)))
		if (names_namespace(e->d_name) && cw_path_join(path, dir, e->d_name) && cw_attr_u64(path, "nsid", 0) == nsid) {
			snprintf(node, CW_NODE_MAX, "/dev/%.32s", e->d_name);
			found = true;
		}
	if (d)
		closedir(d);
	return found;
}

bool cw_nvme_same_drive(const struct cw_medium *a, const struct cw_medium *b)
{
	char dir_a[PATH_MAX], dir_b[PATH_MAX], name_a[CW_TEXT_MAX], name_b[CW_TEXT_MAX];

	if (!device_of(a, dir_a) || !device_of(b, dir_b))
		return false;
	if (!strcmp(dir_a, dir_b))
		return true;
	/* The name of the subsystem, which all its controllers have in common (NVM Express Base 2.0, 4.5). */
	return cw_attr_text(dir_a, "subsysnqn", name_a, sizeof(name_a)) && cw_attr_text(dir_b, "subsysnqn", name_b, sizeof(name_b)) && name_a[0] && !strcmp(name_a, name_b);
}
