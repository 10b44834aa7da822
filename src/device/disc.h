/* SPDX-License-Identifier: Apache-2.0 */
/* disc: what lies in an optical drive, as the drive told udev's cdrom_id (device-commands.md 7.1).  Nothing is sent to the drive but for cw_drive_tray(). */
#ifndef CW_DEVICE_DISC_H
#define CW_DEVICE_DISC_H

#include "sysfs.h"

/* The optical drive's node: "sr0". */
bool cw_is_optical_drive(const struct cw_dev *d);
/* kernel_bytes: what the kernel holds for its size. */
bool cw_disc_is_there(const struct cw_dev *d, uint64_t kernel_bytes);
uint32_t cw_disc_class(const struct cw_dev *d);
/* enum cw_disc: what the drive says is recorded. */
uint32_t cw_disc_recorded(const struct cw_dev *d);
/* Bytes that can be read, 0 when the kernel's number is none: on a blank disc, or after the drive did not answer. */
uint64_t cw_disc_bytes(const struct cw_dev *d, uint64_t kernel_bytes);
/* In this drive nothing can be written to it: the drive only reads such discs, or the disc is protected. */
bool cw_disc_is_read_only(const struct cw_dev *d);
/* {writes, blanks: names of discs}: what the drive can do, whatever lies in it.  NULL: it is no optical drive, or udev does not tell. */
json_t *cw_disc_drive_json(const struct cw_dev *d);
/* "open", "closed": there is no disc, or none that the drive recognises.  "": there is one, or nobody knows. */
const char *cw_drive_tray(const struct cw_medium *m);

#endif
