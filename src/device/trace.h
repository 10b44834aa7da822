/* SPDX-License-Identifier: Apache-2.0 */
/* trace: from a file system, a path or a device down to the whole media that carry it. */
#ifndef CW_DEVICE_TRACE_H
#define CW_DEVICE_TRACE_H

#include "mounts.h"
#include "world.h"

struct cw_trace {
	const struct cw_world *world;
	const struct cw_media *media;
	const struct cw_mounts *mounts; /* of our own mount namespace */
	bool hit[CW_MEDIA_MAX];         /* media that carry it, in the order of media */
	uint8_t devices[CW_MEDIA_MAX];  /* of those that were hit: on the longest way, steps down to the medium; a device, a layer and the medium are one each */
	bool lost;                      /* some of it could not be followed: other media may carry it too */
	unsigned depth, steps;
};

void cw_trace_begin(struct cw_trace *t, const struct cw_world *w, const struct cw_media *media, const struct cw_mounts *mounts);
void cw_trace_dev(struct cw_trace *t, uint32_t major, uint32_t minor);
void cw_trace_path(struct cw_trace *t, const char *path); /* the file system that holds it; of a block device node the device */
void cw_trace_mount(struct cw_trace *t, const struct cw_mount *m);
void cw_trace_loop(struct cw_trace *t, const char *dir); /* what stands behind the loop device with this directory in sysfs */

/* Directory of a block device in sysfs, without symbolic links. */
bool cw_dev_dir(const struct cw_world *w, uint32_t major, uint32_t minor, char dir[PATH_MAX]);
/* tmpfs and its like: gone with the power. */
bool cw_is_ram_fs(const char *type);

#endif
