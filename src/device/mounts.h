/* SPDX-License-Identifier: Apache-2.0 */
/* mounts: /proc/PID/mountinfo and /proc/swaps, whose paths any user may have chosen. */
#ifndef CW_DEVICE_MOUNTS_H
#define CW_DEVICE_MOUNTS_H

#include "certwipe/base.h"

/* Texts are raw bytes and belong to the table.  point and source are decoded; options are not, for their commas come escaped. */
struct cw_mount {
	uint64_t id;
	uint32_t major_, minor_;
	char *point, *type, *source, *options;
};
struct cw_mounts {
	struct cw_buf text;
	struct cw_mount *at;
	size_t n;
};

CW_MUST_CHECK int cw_mounts_read(const char *path, struct cw_mounts *out, struct cw_error *err);
void cw_mounts_clear(struct cw_mounts *m);
const struct cw_mount *cw_mounts_by_id(const struct cw_mounts *m, uint64_t id);                        /* NULL: none */
const struct cw_mount *cw_mounts_by_dev(const struct cw_mounts *m, uint32_t major, uint32_t minor); /* the first of that file system */

/* Decodes \040 and the like in place. */
void cw_octal_decode(char *text);

/* Calls each for every value of an overlay's layer options (lowerdir, upperdir ...), or only for upperdir. */
void cw_overlay_each(const struct cw_mount *m, bool only_upper, void (*each)(void *user, const char *path), void *user);

/* Paths in /proc/swaps, decoded. */
CW_MUST_CHECK int cw_swaps_each(const char *path, void (*each)(void *user, const char *swap), void *user, struct cw_error *err);

#endif
