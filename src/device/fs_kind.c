/* SPDX-License-Identifier: Apache-2.0 */
/* fs_kind: is what we write there still there after a power cut? */
#include "use.h"

#include <string.h>

#define DEPTH_MAX 4

struct upper {
	const struct cw_world *world;
	const struct cw_mounts *mounts;
	unsigned depth;
	bool persistent;
};

static bool is_ram_disk(const struct cw_world *w, const struct cw_mount *m)
{
	char dir[PATH_MAX];
	const char *name;

	if (!cw_dev_dir(w, m->major_, m->minor_, dir))
		return false;
	name = strrchr(dir, '/') + 1;
	return !strncmp(name, "zram", 4) || !strncmp(name, "ram", 3);
}

static const struct cw_mount *mount_of(const struct cw_world *w, const struct cw_mounts *mounts, const char *path)
{
	const struct cw_mount *m = NULL;
	struct cw_place place;

	if (w->place_of(w->user, path, &place) && !(m = cw_mounts_by_id(mounts, place.mount_id)))
		m = cw_mounts_by_dev(mounts, place.major_, place.minor_);
	return m;
}

static bool is_persistent(const struct cw_world *w, const struct cw_mounts *mounts, const struct cw_mount *m, unsigned depth);

static void look_at_upper(void *user, const char *path)
{
	struct upper *u = user;
	const struct cw_mount *m = mount_of(u->world, u->mounts, path);

	u->persistent = m && is_persistent(u->world, u->mounts, m, u->depth + 1);
}

/* An overlay keeps what its upper layer keeps: on a live system that is RAM.  What cannot be told does not count as kept. */
static bool is_persistent(const struct cw_world *w, const struct cw_mounts *mounts, const struct cw_mount *m, unsigned depth)
{
	struct upper u = { .world = w, .mounts = mounts, .depth = depth };

	if (strcmp(m->type, "overlay"))
		return !cw_is_ram_fs(m->type) && !(m->major_ && is_ram_disk(w, m));
	if (depth < DEPTH_MAX)
		cw_overlay_each(m, true, look_at_upper, &u);
	return u.persistent;
}

int cw_fs_kind_in(const struct cw_world *w, const char *path, char type[32], bool *persistent, struct cw_error *err)
{
	char mountinfo[PATH_MAX], nearest[PATH_MAX];
	const struct cw_mount *m;
	struct cw_mounts mounts;
	int rc;

	*persistent = false;
	cw_strlcpy(type, "unknown", 32);
	if (!cw_nearest_existing(w, path, nearest) || !cw_path_join(mountinfo, w->proc, "self/mountinfo"))
		return cw_fail(err, CW_E_STATE, 0, path, NULL, _("Nothing of this path exists, so its file system cannot be told."));
	rc = cw_mounts_read(mountinfo, &mounts, err);
	if (rc)
		return rc;
	m = mount_of(w, &mounts, nearest);
	if (m) {
		cw_text_printable(type, 32, m->type, strlen(m->type));
		*persistent = is_persistent(w, &mounts, m, 0);
	}
	cw_mounts_clear(&mounts);
	return 0;
}

int cw_fs_kind(const char *path, char type[32], bool *persistent, struct cw_error *err)
{
	return cw_fs_kind_in(&cw_running_world, path, type, persistent, err);
}
