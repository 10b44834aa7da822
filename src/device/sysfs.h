/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sysfs: attributes of a device as the kernel shows them, bytes and all.  libudev finds the devices and knows udev's properties, but it hands attributes out as
 * C strings, which loses what stands behind a NUL, and nothing says that udevd has run at all.
 */
#ifndef CW_DEVICE_SYSFS_H
#define CW_DEVICE_SYSFS_H

#include "certwipe/device.h"

#include <limits.h>
#include <sys/stat.h>

/* One block device to be described.  Tests give a tree of their own. */
struct cw_dev {
	const char *root; /* "/sys" */
	const char *dir;  /* its own directory below root, without symbolic links */
	const char *(*property)(void *user, const char *name); /* what udev says, NULL: nothing */
	int (*look)(void *user, const char *path, struct stat *st); /* at a file that stands behind the device; NULL: stat(2) */
	void *user;
};

const char *cw_dev_name(const struct cw_dev *d);                        /* "sdb" */
const char *cw_dev_property(const struct cw_dev *d, const char *name); /* "" when there is none */
int cw_dev_look(const struct cw_dev *d, const char *path, struct stat *st); /* as stat(2) */

/* Bytes of an attribute, -1 when there is none.  At most size bytes. */
ssize_t cw_attr_raw(const char *dir, const char *name, void *buf, size_t size);
/* The same as a C string without the newline at its end; up to the first NUL.  "" and false when there is none. */
bool cw_attr_text(const char *dir, const char *name, char *dst, size_t size);
uint64_t cw_attr_u64(const char *dir, const char *name, uint64_t fallback);
bool cw_attr_is(const char *dir, const char *name, const char *value);
bool cw_attr_exists(const char *dir, const char *name);

/*
 * Tells the recorder (capture.c) everything that is asked for below /sys from here on, before it is read: a directory and the name in it, "" for the list of its
 * entries.  It only listens, no answer can be changed through it, and what the listener itself reads is not told.  NULL ends it.
 */
typedef void (*cw_asked_handler)(void *user, const char *dir, const char *name);
void cw_sysfs_listen(cw_asked_handler asked, void *user);

/*
 * EMFILE, ENFILE or ENOMEM when anything above could not be looked at since the last call for want of descriptors or memory, and was taken for missing; else 0.  What was
 * described meanwhile is not to be believed.
 */
int cw_sysfs_shortage(void);

/* Strips the last component; false at the top of the device tree (root). */
bool cw_sysfs_up(const char *root, char dir[PATH_MAX]);
/* Nearest directory at or above d that has the attribute. */
bool cw_sysfs_above_with(const struct cw_dev *d, const char *attribute, char dir[PATH_MAX]);
bool cw_sysfs_subsystem(const char *dir, char name[NAME_MAX + 1]);

/* Joins with '/'; false when it does not fit. */
bool cw_path_join(char dst[PATH_MAX], const char *dir, const char *name);

/* Calls each for every entry of a directory but . and ..; each returns false to end early. */
typedef bool (*cw_entry_handler)(void *user, const char *dir, const char *name);
void cw_dir_each(const char *dir, cw_entry_handler each, void *user);

/* "254:3" into numbers. */
bool cw_dev_parse(const char *text, uint32_t *major_out, uint32_t *minor_out);

#endif
