/* SPDX-License-Identifier: Apache-2.0 */
/* use: what the files that look for users of a medium share. */
#ifndef CW_DEVICE_USE_H
#define CW_DEVICE_USE_H

#include "trace.h"

/* cw_uses_find() in a world of the caller's. */
CW_MUST_CHECK int cw_uses_find_in(const struct cw_world *w, struct cw_media *media, const char *state_dir, struct cw_error *err);
CW_MUST_CHECK int cw_fs_kind_in(const struct cw_world *w, const char *path, char type[32], bool *persistent, struct cw_error *err);

/*
 * How far above the medium a use stands: by the devices from its own down to the medium, and by what stands on one device, which can only be let go of in this
 * order.  A swap file keeps its file system mounted, a mount its device open.
 */
enum cw_stands { CW_STANDS_DEVICE, CW_STANDS_MOUNT, CW_STANDS_SWAP };
#define CW_USE_HEIGHT(devices, stands) (4 * (uint32_t)(devices) + (uint32_t)(stands))

/* Adds a use unless it is there, behind those that stand as high or higher: who has to let go first comes first.  Beyond CW_USES_MAX the last one says that there are more. */
void cw_use_add(struct cw_medium *m, uint32_t height, const char *what, const char *release, bool system);
/* The same for all media that a trace has hit. */
void cw_use_add_traced(const struct cw_trace *t, struct cw_media *media, enum cw_stands stands, const char *what, const char *release, bool system);
/*
 * A command for a person to copy: verb and the argument, which any user may have chosen.  Quoted for a shell; when that cannot be done safely (quotes, controls
 * or bidi controls in it) fallback takes its place; without one the command stays empty.
 */
void cw_use_command(char dst[CW_TEXT_MAX], const char *verb, const char *raw, const char *fallback);

/* holders.c: dm, md and their like above the medium and its partitions. */
void cw_holders_find(const struct cw_world *w, struct cw_medium *m);

/* openers.c: processes that have a medium, or something that is built on it, open for writing. */
void cw_openers_find(const struct cw_world *w, struct cw_media *media, const struct cw_mounts *mounts);

/* The path, or the nearest directory above it that exists. */
bool cw_nearest_existing(const struct cw_world *w, const char *path, char out[PATH_MAX]);

#endif
