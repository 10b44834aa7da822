/* SPDX-License-Identifier: Apache-2.0 */
/* describe: one medium as the kernel and udev tell it, without opening it. */
#ifndef CW_DEVICE_DESCRIBE_H
#define CW_DEVICE_DESCRIBE_H

#include "classify.h"

/* Fills everything but uses and is_system, and grades the identity. */
void cw_describe(const struct cw_dev *d, struct cw_medium *out);

/* hidden.c: needs bus, class and size of m. */
void cw_describe_hidden(const struct cw_dev *d, struct cw_medium *m);

/* The path of a loop device's backing file as the kernel tells it, raw; deleted says whether the kernel calls it so (and takes that mark off).  False: none. */
bool cw_loop_backing(const char *dir, char path[PATH_MAX], bool *deleted);

#endif
