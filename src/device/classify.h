/* SPDX-License-Identifier: Apache-2.0 */
/* classify: what kind of thing a block device is, from the places where the kernel hangs it up. */
#ifndef CW_DEVICE_CLASSIFY_H
#define CW_DEVICE_CLASSIFY_H

#include "disc.h"

enum cw_kind {
	CW_KIND_MEDIUM,
	CW_KIND_PARTITION, /* of a medium */
	CW_KIND_STACKED,   /* built on other media: dm, md, bcache ... */
	CW_KIND_AREA,      /* an area of a medium with a node of its own: boot partitions of eMMC, one path of several */
	CW_KIND_EMPTY,     /* virtual and with nothing behind it */
};

enum cw_kind cw_kind_of(const struct cw_dev *d);
uint32_t cw_bus_of(const struct cw_dev *d);
/* Needs bus, removable and rotational of m. */
uint32_t cw_class_of(const struct cw_dev *d, const struct cw_medium *m);
/* Is there a disc in the drive, a card in the slot? */
bool cw_has_medium(const struct cw_dev *d, uint64_t size_bytes);
/* Is it a slot that takes other media, so that its serial says nothing of the medium? */
bool cw_is_slot(const struct cw_dev *d, const struct cw_medium *m);
/* mmcblk0boot0, mmcblk0rpmb, mmcblk0gp1: areas of the chip beside its user area (device-commands.md 5.1). */
bool cw_is_mmc_area(const char *name);

#endif
