/* SPDX-License-Identifier: Apache-2.0 */
/* The controller that an NVMe namespace belongs to.  Its commands for all namespaces go to a character device of its own. */
#include <stdio.h>
#include <string.h>

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
