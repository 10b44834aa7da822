/* SPDX-License-Identifier: Apache-2.0 */
#include "trace.h"

#include <stdlib.h>
#include <string.h>

#include "describe.h"

/* No sane stack is deeper; what is gets reported as lost, which locks media instead of offering them. */
#define DEPTH_MAX 24
#define STEPS_MAX 20000

void cw_trace_begin(struct cw_trace *t, const struct cw_world *w, const struct cw_media *media, const struct cw_mounts *mounts)
{
	*t = (struct cw_trace){ .world = w, .media = media, .mounts = mounts };
}

static bool enter(struct cw_trace *t)
{
	if (t->depth >= DEPTH_MAX || t->steps >= STEPS_MAX) {
		t->lost = true;
		return false;
	}
	t->depth++;
	t->steps++;
	return true;
}

bool cw_dev_dir(const struct cw_world *w, uint32_t major, uint32_t minor, char dir[PATH_MAX])
{
	char link[PATH_MAX];
	int n = snprintf(link, sizeof(link), "%s/dev/block/%u:%u", w->sys, major, minor);

	return n > 0 && (size_t)n < sizeof(link) && realpath(link, dir);
}

static bool hit_medium(struct cw_trace *t, uint32_t major, uint32_t minor)
{
	for (uint32_t i = 0; i < t->media->n; i++)
		if (t->media->at[i].dev_major == major && t->media->at[i].dev_minor == minor) {
			t->hit[i] = true;
			if (t->devices[i] < t->depth)
				t->devices[i] = (uint8_t)t->depth; /* at most DEPTH_MAX */
			return true;
		}
	return false;
}

/* The device whose directory or link this is. */
static bool trace_dir(struct cw_trace *t, const char *dir)
{
	char dev[32];
	uint32_t major, minor;

	if (!cw_attr_text(dir, "dev", dev, sizeof(dev)) || !cw_dev_parse(dev, &major, &minor))
		return false;
	cw_trace_dev(t, major, minor);
	return true;
}

struct below {
	struct cw_trace *trace;
	unsigned n;
};

static bool trace_entry(void *user, const char *dir, const char *name)
{
	struct below *b = user;
	char entry[PATH_MAX];

	if (!cw_path_join(entry, dir, name) || !trace_dir(b->trace, entry))
		b->trace->lost = true;
	b->n++;
	return true;
}

/* All devices that a directory of links names; how many there were. */
static unsigned trace_entries(struct cw_trace *t, const char *dir, const char *name)
{
	struct below b = { .trace = t };
	char entries[PATH_MAX];

	if (cw_path_join(entries, dir, name))
		cw_dir_each(entries, trace_entry, &b);
	return b.n;
}

/* A partition or an area lies in the directory of its disk.  Only block devices have a size: an NVMe namespace lies in that of a character device. */
static bool trace_parent_disk(struct cw_trace *t, const char *dir)
{
	char parent[PATH_MAX];

	return cw_strlcpy(parent, dir, sizeof(parent)) && cw_sysfs_up(t->world->sys, parent) && cw_attr_exists(parent, "size") && trace_dir(t, parent);
}

static void trace_block(struct cw_trace *t, uint32_t major, uint32_t minor)
{
	bool carried = hit_medium(t, major, minor);
	char dir[PATH_MAX];

	if (!cw_dev_dir(t->world, major, minor, dir)) {
		t->lost |= !carried;
		return;
	}
	if (!carried && trace_parent_disk(t, dir))
		return;
	if (cw_attr_exists(dir, "loop/backing_file")) {
		cw_trace_loop(t, dir);
		return;
	}
	if (!trace_entries(t, dir, "slaves") && !carried)
		t->lost = true;
}

void cw_trace_dev(struct cw_trace *t, uint32_t major, uint32_t minor)
{
	const struct cw_mount *m;

	if (!enter(t))
		return;
	if (major)
		trace_block(t, major, minor);
	else if ((m = cw_mounts_by_dev(t->mounts, major, minor)))
		cw_trace_mount(t, m);
	else
		t->lost = true;
	t->depth--;
}

void cw_trace_loop(struct cw_trace *t, const char *dir)
{
	const char *slash = strrchr(dir, '/');
	char path[PATH_MAX];
	struct cw_place place;
	bool deleted;

	if (t->world->behind_loop(t->world->user, slash ? slash + 1 : dir, &place)) {
		if (place.is_block) {
			cw_trace_dev(t, place.node_major, place.node_minor);
			return;
		}
		if (place.major_ || cw_mounts_by_dev(t->mounts, place.major_, place.minor_)) {
			cw_trace_dev(t, place.major_, place.minor_);
			return;
		}
	}
	if (cw_loop_backing(dir, path, &deleted) && !deleted)
		cw_trace_path(t, path);
	else
		t->lost = true;
}

void cw_trace_path(struct cw_trace *t, const char *path)
{
	const struct cw_mount *m;
	struct cw_place place;

	if (!t->world->place_of(t->world->user, path, &place)) {
		t->lost = true;
		return;
	}
	if (place.is_block)
		cw_trace_dev(t, place.node_major, place.node_minor);
	/* btrfs shows other device numbers for its files than for its mounts, so the mount comes first. */
	else if ((m = cw_mounts_by_id(t->mounts, place.mount_id)))
		cw_trace_mount(t, m);
	else
		cw_trace_dev(t, place.major_, place.minor_);
}

/* ---- file systems without a device number of their own ---- */

static bool is_one_of(const char *type, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(type, list[i]))
			return true;
	return false;
}

bool cw_is_ram_fs(const char *type)
{
	static const char *const ram[] = { "tmpfs", "ramfs", "rootfs", "devtmpfs" };

	return is_one_of(type, ram, CW_ARRAY_LEN(ram));
}

/* Carried by no medium of this machine. */
static bool is_elsewhere(const char *type)
{
	static const char *const away[] = { "autofs", "nfs", "nfs4", "cifs", "smb3", "9p", "virtiofs", "ceph", "afs" };

	return cw_is_ram_fs(type) || is_one_of(type, away, CW_ARRAY_LEN(away));
}

struct btrfs {
	struct cw_trace *trace;
	const char *wanted; /* "8:2", NULL: every file system */
	bool has_wanted, found;
};

static bool is_wanted_device(void *user, const char *dir, const char *name)
{
	struct btrfs *b = user;
	char device[PATH_MAX];

	b->has_wanted = cw_path_join(device, dir, name) && cw_attr_is(device, "dev", b->wanted);
	return !b->has_wanted;
}

static bool trace_btrfs_fs(void *user, const char *dir, const char *name)
{
	struct btrfs *b = user;
	char fs[PATH_MAX], devices[PATH_MAX];

	if (!cw_path_join(fs, dir, name) || !cw_path_join(devices, fs, "devices"))
		return true;
	b->has_wanted = !b->wanted;
	if (b->wanted)
		cw_dir_each(devices, is_wanted_device, b);
	if (b->has_wanted && trace_entries(b->trace, fs, "devices"))
		b->found = true;
	return true;
}

/* A mount names one device of a file system that may span several.  When that name leads nowhere, every mounted btrfs is meant. */
static void trace_btrfs(struct cw_trace *t, const struct cw_mount *m)
{
	struct btrfs b = { .trace = t };
	char filesystems[PATH_MAX], wanted[32];
	struct cw_place place;
	bool known = t->world->place_of(t->world->user, m->source, &place) && place.is_block;

	if (known) {
		snprintf(wanted, sizeof(wanted), "%u:%u", place.node_major, place.node_minor);
		b.wanted = wanted;
		cw_trace_dev(t, place.node_major, place.node_minor);
	}
	if (cw_path_join(filesystems, t->world->sys, "fs/btrfs"))
		cw_dir_each(filesystems, trace_btrfs_fs, &b);
	if (!known && !b.found)
		t->lost = true;
}

static void trace_layer(void *user, const char *path)
{
	struct cw_trace *t = user;

	if (!enter(t))
		return;
	cw_trace_path(t, path);
	t->depth--;
}

/* bcachefs names its devices with colons between them. */
static void trace_sources(struct cw_trace *t, const char *source)
{
	CW_AUTO_FREE char *copy = strdup(source);
	struct cw_place place;
	char *save, *one;

	if (!copy || source[0] != '/') {
		t->lost = true;
		return;
	}
	for (one = strtok_r(copy, ":", &save); one; one = strtok_r(NULL, ":", &save)) {
		if (t->world->place_of(t->world->user, one, &place) && place.is_block)
			cw_trace_dev(t, place.node_major, place.node_minor);
		else
			t->lost = true;
	}
}

void cw_trace_mount(struct cw_trace *t, const struct cw_mount *m)
{
	if (m->major_)
		cw_trace_dev(t, m->major_, m->minor_);
	else if (is_elsewhere(m->type))
		return;
	else if (!strcmp(m->type, "btrfs"))
		trace_btrfs(t, m);
	else if (!strcmp(m->type, "overlay"))
		cw_overlay_each(m, false, trace_layer, t);
	else if (!strncmp(m->type, "fuse", 4)) /* whoever mounted it wrote what he liked for a source */
		t->lost = true;
	else
		trace_sources(t, m->source);
}
