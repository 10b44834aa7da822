/* SPDX-License-Identifier: Apache-2.0 */
/* world: where the walk over mounts and devices looks.  The product looks at the running system; tests give trees and answers of their own. */
#ifndef CW_DEVICE_WORLD_H
#define CW_DEVICE_WORLD_H

#include "classify.h"

/* Where a path lies. */
struct cw_place {
	uint64_t mount_id;      /* first field of /proc/self/mountinfo, 0: the kernel does not say */
	uint32_t major_, minor_; /* of the file system; major 0: it has no device of its own */
	bool is_block;          /* the path is a block device node: */
	uint32_t node_major, node_minor;
};

struct cw_world {
	const char *sys, *proc;
	bool (*place_of)(void *user, const char *path, struct cw_place *out); /* false: no such path, or not ours to see */
	/* What stands behind a loop device in the kernel's own words, which hold in any mount namespace. */
	bool (*behind_loop)(void *user, const char *name, struct cw_place *out);
	void *user;
};

extern const struct cw_world cw_running_world;

/* cw_kind_of(), and a loop device over a block device is no image file: it is built on another medium, whatever policy allows virtual ones. */
enum cw_kind cw_kind_in(const struct cw_world *w, const struct cw_dev *d);

#endif
