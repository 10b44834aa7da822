/* SPDX-License-Identifier: Apache-2.0 */
#include "device_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/device/describe.h"

/* The checks below are what the fixtures hang on, also in builds without assertions. */
static void need(bool ok, const char *what)
{
	if (!ok) {
		perror(what);
		abort();
	}
}

static bool place_of(void *user, const char *path, struct cw_place *out)
{
	const struct tree *t = user;
	const char *below = strncmp(path, t->root, strlen(t->root)) ? path : path + strlen(t->root);

	for (unsigned i = 0; i < t->n_places; i++)
		if (!strcmp(t->places[i].path, below)) {
			*out = t->places[i].place;
			return true;
		}
	return false;
}

static bool behind_loop(void *user, const char *name, struct cw_place *out)
{
	const struct tree *t = user;

	for (unsigned i = 0; i < t->n_loops; i++)
		if (!strcmp(t->loops[i].name, name)) {
			*out = t->loops[i].place;
			return true;
		}
	return false;
}

void tree_make(struct tree *t)
{
	memset(t, 0, sizeof(*t));
	snprintf(t->root, sizeof(t->root), "/tmp/cw-tree-XXXXXX");
	need(mkdtemp(t->root), t->root);
	snprintf(t->sys, sizeof(t->sys), "%s/sys", t->root);
	snprintf(t->proc, sizeof(t->proc), "%s/proc", t->root);
	t->world = (struct cw_world){ .sys = t->sys, .proc = t->proc, .place_of = place_of, .behind_loop = behind_loop, .user = t };
	tree_text(t, "proc/self/mountinfo", "%s", "");
	tree_text(t, "proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n");
	tree_place(t, "/proc/self/exe", 1, 0, 1); /* the first mount of every test is its root */
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void tree_remove(struct tree *t)
{
	nftw(t->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void make_parents(char *path)
{
	for (char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		need(!mkdir(path, 0700) || errno == EEXIST, path);
		*p = '/';
	}
}

static void full_path(const struct tree *t, const char *path, char out[PATH_MAX])
{
	need(cw_path_join(out, t->root, path), path);
}

void tree_bytes(struct tree *t, const char *path, const void *data, size_t len)
{
	char full[PATH_MAX];
	int fd;

	full_path(t, path, full);
	make_parents(full);
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	need(fd >= 0 && write(fd, data, len) == (ssize_t)len, full);
	close(fd);
}

static void tree_vtext(struct tree *t, const char *path, const char *fmt, va_list ap)
{
	char text[4096];
	int n = vsnprintf(text, sizeof(text), fmt, ap);

	need(n >= 0 && (size_t)n < sizeof(text), path);
	tree_bytes(t, path, text, (size_t)n);
}

void tree_text(struct tree *t, const char *path, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tree_vtext(t, path, fmt, ap);
	va_end(ap);
}

void tree_link(struct tree *t, const char *path, const char *target)
{
	char full[PATH_MAX], to[PATH_MAX];

	full_path(t, path, full);
	full_path(t, target, to);
	make_parents(full);
	need(!symlink(to, full), full);
}

/* Relative to the tree. */
static void dir_of(const struct tree *t, const char *name, char dir[PATH_MAX])
{
	char full[PATH_MAX];

	tree_dir(t, name, full);
	need(cw_strlcpy(dir, full + strlen(t->root) + 1, PATH_MAX), name);
}

void tree_dir(const struct tree *t, const char *name, char dir[PATH_MAX])
{
	char link[PATH_MAX];

	snprintf(link, sizeof(link), "%s/class/%s", t->root, name);
	need(realpath(link, dir), link);
}

static void add_block(struct tree *t, const char *dir, const char *name, unsigned major, unsigned minor, uint64_t sectors)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/dev", dir);
	tree_text(t, path, "%u:%u\n", major, minor);
	snprintf(path, sizeof(path), "%s/size", dir);
	tree_text(t, path, "%llu\n", (unsigned long long)sectors);
	snprintf(path, sizeof(path), "sys/dev/block/%u:%u", major, minor);
	tree_link(t, path, dir);
	snprintf(path, sizeof(path), "class/%s", name);
	tree_link(t, path, dir);
}

void tree_disk(struct tree *t, const char *where, const char *name, unsigned major, unsigned minor, uint64_t sectors)
{
	char dir[PATH_MAX], path[PATH_MAX];

	snprintf(dir, sizeof(dir), "sys/devices/%s/%s", where, name);
	add_block(t, dir, name, major, minor, sectors);
	snprintf(path, sizeof(path), "sys/block/%s", name);
	tree_link(t, path, dir);
	tree_attr(t, name, "ro", "0\n");
	tree_attr(t, name, "removable", "0\n");
	tree_attr(t, name, "diskseq", "%u\n", major * 100 + minor);
	tree_attr(t, name, "queue/rotational", "1\n");
	tree_attr(t, name, "queue/zoned", "none\n");
	tree_attr(t, name, "queue/logical_block_size", "512\n");
	tree_attr(t, name, "queue/physical_block_size", "4096\n");
}

void tree_part(struct tree *t, const char *disk, const char *name, unsigned major, unsigned minor)
{
	char parent[PATH_MAX], dir[PATH_MAX];

	dir_of(t, disk, parent);
	need(cw_path_join(dir, parent, name), name);
	add_block(t, dir, name, major, minor, 2048);
	tree_attr(t, name, "partition", "%u\n", minor);
}

void tree_virtual(struct tree *t, const char *name, unsigned major, unsigned minor, uint64_t sectors)
{
	tree_disk(t, "virtual/block", name, major, minor, sectors);
}

void tree_holds(struct tree *t, const char *upper, const char *lower)
{
	char from[PATH_MAX], to[PATH_MAX], path[2 * PATH_MAX];

	dir_of(t, upper, from);
	dir_of(t, lower, to);
	snprintf(path, sizeof(path), "%s/slaves/%s", from, lower);
	tree_link(t, path, to);
	snprintf(path, sizeof(path), "%s/holders/%s", to, upper);
	tree_link(t, path, from);
}

void tree_attr(struct tree *t, const char *name, const char *attribute, const char *fmt, ...)
{
	char dir[PATH_MAX], path[PATH_MAX];
	va_list ap;

	dir_of(t, name, dir);
	need(cw_path_join(path, dir, attribute), attribute);
	va_start(ap, fmt);
	tree_vtext(t, path, fmt, ap);
	va_end(ap);
}

void tree_attr_bytes(struct tree *t, const char *name, const char *attribute, const void *data, size_t len)
{
	char dir[PATH_MAX], path[PATH_MAX];

	dir_of(t, name, dir);
	need(cw_path_join(path, dir, attribute), attribute);
	tree_bytes(t, path, data, len);
}

static struct cw_place *add_place(struct tree *t, const char *path)
{
	need(t->n_places < TREE_PLACES_MAX, path);
	cw_strlcpy(t->places[t->n_places].path, path, sizeof(t->places[0].path));
	return &t->places[t->n_places++].place;
}

void tree_place(struct tree *t, const char *path, uint64_t mount_id, unsigned major, unsigned minor)
{
	*add_place(t, path) = (struct cw_place){ .mount_id = mount_id, .major_ = major, .minor_ = minor };
}

void tree_node(struct tree *t, const char *path, unsigned major, unsigned minor)
{
	*add_place(t, path) = (struct cw_place){ .major_ = 0, .minor_ = 6, .is_block = true, .node_major = major, .node_minor = minor };
}

void tree_behind_loop(struct tree *t, const char *name, unsigned major, unsigned minor)
{
	need(t->n_loops < CW_ARRAY_LEN(t->loops), name);
	cw_strlcpy(t->loops[t->n_loops].name, name, sizeof(t->loops[0].name));
	t->loops[t->n_loops++].place = (struct cw_place){ .major_ = major, .minor_ = minor };
}

void tree_loop_over(struct tree *t, const char *name, unsigned major, unsigned minor)
{
	tree_behind_loop(t, name, 0, 6);
	t->loops[t->n_loops - 1].place = (struct cw_place){ .minor_ = 6, .is_block = true, .node_major = major, .node_minor = minor };
}

struct cw_medium tree_describe(const struct tree *t, const char *name, const char *(*property)(void *user, const char *name), void *user)
{
	char dir[PATH_MAX];
	struct cw_dev d = { .root = t->sys, .dir = dir, .property = property, .user = user };
	struct cw_medium m;

	tree_dir(t, name, dir);
	cw_describe(&d, &m);
	return m;
}

struct cw_media tree_media(const struct tree *t, const char *const *names)
{
	struct cw_media media = { 0 };

	for (; names[media.n]; media.n++) {
		media.at = reallocarray(media.at, media.n + 1, sizeof(*media.at));
		need(media.at, "memory");
		media.at[media.n] = tree_describe(t, names[media.n], NULL, NULL);
	}
	return media;
}
