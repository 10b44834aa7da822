/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static bool place_of(void *user, const char *path, struct cw_place *out)
{
	struct statx st;

	(void)user;
	if (statx(AT_FDCWD, path, AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, STATX_BASIC_STATS | STATX_MNT_ID, &st))
		return false;
	*out = (struct cw_place){ .mount_id = st.stx_mask & STATX_MNT_ID ? st.stx_mnt_id : 0,
				  .major_ = st.stx_dev_major,
				  .minor_ = st.stx_dev_minor,
				  .is_block = S_ISBLK(st.stx_mode),
				  .node_major = st.stx_rdev_major,
				  .node_minor = st.stx_rdev_minor };
	return true;
}

static bool behind_loop(void *user, const char *name, struct cw_place *out)
{
	char node[PATH_MAX];
	struct loop_info64 info;
	CW_AUTO_FD int fd = -1;

	(void)user;
	if (!cw_path_join(node, "/dev", name))
		return false;
	fd = open(node, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || ioctl(fd, LOOP_GET_STATUS64, &info))
		return false;
	*out = (struct cw_place){ .major_ = major(info.lo_device),
				  .minor_ = minor(info.lo_device),
				  .is_block = info.lo_rdevice != 0,
				  .node_major = major(info.lo_rdevice),
				  .node_minor = minor(info.lo_rdevice) };
	return true;
}

const struct cw_world cw_running_world = { .sys = "/sys", .proc = "/proc", .place_of = place_of, .behind_loop = behind_loop };

enum cw_kind cw_kind_in(const struct cw_world *w, const struct cw_dev *d)
{
	enum cw_kind kind = cw_kind_of(d);
	struct cw_place behind;

	if (kind == CW_KIND_MEDIUM && cw_attr_exists(d->dir, "loop/backing_file") && w->behind_loop(w->user, cw_dev_name(d), &behind) && behind.is_block)
		return CW_KIND_STACKED;
	return kind;
}
