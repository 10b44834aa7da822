/* SPDX-License-Identifier: Apache-2.0 */
/* device_tree: a machine made of files: /sys and /proc in a temporary directory, and answers to "where does this path lie". */
#ifndef CW_SIM_DEVICE_TREE_H
#define CW_SIM_DEVICE_TREE_H

#include "../../src/device/world.h"

#define TREE_PLACES_MAX 32

struct tree {
	char root[64], sys[80], proc[80];
	struct {
		char path[128];
		struct cw_place place;
	} places[TREE_PLACES_MAX];
	unsigned n_places;
	struct {
		char name[16];
		struct cw_place place;
	} loops[4];
	unsigned n_loops;
	struct cw_world world;
};

void tree_make(struct tree *t);
void tree_remove(struct tree *t);

/* Paths are relative to the tree; folders on the way are made. */
void tree_bytes(struct tree *t, const char *path, const void *data, size_t len);
CW_PRINTF(3, 4) void tree_text(struct tree *t, const char *path, const char *fmt, ...);
void tree_link(struct tree *t, const char *path, const char *target); /* target relative to the tree as well */

/* A whole disk at sys/devices/<where>/<name>, known to sys/block and sys/dev/block; rotational, not removable, 512-byte sectors. */
void tree_disk(struct tree *t, const char *where, const char *name, unsigned major, unsigned minor, uint64_t sectors);
void tree_part(struct tree *t, const char *disk, const char *name, unsigned major, unsigned minor);
/* dm-0, md0, loop0 ... */
void tree_virtual(struct tree *t, const char *name, unsigned major, unsigned minor, uint64_t sectors);
void tree_holds(struct tree *t, const char *upper, const char *lower); /* any block devices of the tree */
/* Attribute of a block device of the tree, "queue/rotational" and so on. */
CW_PRINTF(4, 5) void tree_attr(struct tree *t, const char *name, const char *attribute, const char *fmt, ...);
void tree_attr_bytes(struct tree *t, const char *name, const char *attribute, const void *data, size_t len);
/* Directory of a block device of the tree, as libudev would name it. */
void tree_dir(const struct tree *t, const char *name, char dir[PATH_MAX]);

/* What the world shall answer.  mount_id 0: unknown. */
void tree_place(struct tree *t, const char *path, uint64_t mount_id, unsigned major, unsigned minor);
void tree_node(struct tree *t, const char *path, unsigned major, unsigned minor);
void tree_behind_loop(struct tree *t, const char *name, unsigned major, unsigned minor); /* a file on that device */
void tree_loop_over(struct tree *t, const char *name, unsigned major, unsigned minor);   /* that device itself */

/* Description of a block device of the tree. property may be NULL. */
struct cw_medium tree_describe(const struct tree *t, const char *name, const char *(*property)(void *user, const char *name), void *user);
/* All media of the tree among these names, NULL-terminated. */
struct cw_media tree_media(const struct tree *t, const char *const *names);

#endif
