/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openers: processes that have a medium, a partition of it or what is built on it open for writing, as a virtual machine has its disk.  The kernel lets any number
 * of them do so side by side, and with us: only O_EXCL keeps others out, and they did not ask for it.  Who only reads is passed over: udev, blkid and monitors come
 * and go on every medium.
 */
#include "use.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct openers {
	const struct cw_world *world;
	struct cw_media *media;
	const struct cw_mounts *mounts;
	const char *process; /* its directory */
	const char *pid;
};

/* "flags:\t0100002" in fdinfo, octal: proc(5). */
static bool is_for_writing(const struct openers *o, const char *fd)
{
	char dir[PATH_MAX], text[512];
	const char *flags;

	if (!cw_path_join(dir, o->process, "fdinfo") || !cw_attr_text(dir, fd, text, sizeof(text)) || !(flags = strstr(text, "flags:")))
		return false;
	return (strtoul(flags + strlen("flags:"), NULL, 8) & O_ACCMODE) != O_RDONLY;
}

/* Most descriptors are pipes, sockets and the like, whose links are no paths: they cost one call. */
static bool is_block_node(const struct openers *o, const char *link, struct cw_place *place)
{
	char first;

	return readlink(link, &first, 1) == 1 && first == '/' && o->world->place_of(o->world->user, link, place) && place->is_block;
}

static void add_opener(const struct openers *o, const struct cw_place *place)
{
	char name[CW_NODE_MAX], shown[CW_NODE_MAX], what[CW_TEXT_MAX];
	struct cw_trace t;

	cw_attr_text(o->process, "comm", name, sizeof(name));
	cw_text_printable(shown, sizeof(shown), name, strlen(name));
	snprintf(what, sizeof(what), _("open for writing by process %.16s (%s)"), o->pid, shown);
	cw_trace_begin(&t, o->world, o->media, o->mounts);
	cw_trace_dev(&t, place->node_major, place->node_minor);
	/* No command: how a program is ended well, only its user knows. */
	cw_use_add_traced(&t, o->media, CW_STANDS_MOUNT, what, "", false);
}

static bool look_at_descriptor(void *user, const char *dir, const char *name)
{
	const struct openers *o = user;
	char link[PATH_MAX];
	struct cw_place place;

	if (cw_path_join(link, dir, name) && is_block_node(o, link, &place) && is_for_writing(o, name))
		add_opener(o, &place);
	return true;
}

static bool look_at_process(void *user, const char *dir, const char *name)
{
	struct openers *o = user;
	char process[PATH_MAX], descriptors[PATH_MAX];

	/* What we hold ourselves is the medium that is being worked on. */
	if (!isdigit((unsigned char)name[0]) || strtol(name, NULL, 10) == getpid() || !cw_path_join(process, dir, name) || !cw_path_join(descriptors, process, "fd"))
		return true;
	o->process = process;
	o->pid = name;
	cw_dir_each(descriptors, look_at_descriptor, o);
	return true;
}

void cw_openers_find(const struct cw_world *w, struct cw_media *media, const struct cw_mounts *mounts)
{
	struct openers o = { .world = w, .media = media, .mounts = mounts };

	cw_dir_each(w->proc, look_at_process, &o);
}
