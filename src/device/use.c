/* SPDX-License-Identifier: Apache-2.0 */
/* use: who holds which medium, and which of them the running system stands on. */
#include "use.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "describe.h"

struct search {
	const struct cw_world *world;
	struct cw_media *media;
	struct cw_mounts mounts;   /* of our own mount namespace */
	char untraced[CW_TEXT_MAX]; /* first part of the running system whose medium cannot be told */
	const char *process;       /* whose mounts are looked at, NULL: our own */
	uint64_t *seen;            /* mount namespaces that were looked at */
	size_t n_seen;
};

/* ---- texts ---- */

/* Room for one more among those that stand as high or lower; those that stand higher keep their place. */
static struct cw_use *make_room(struct cw_medium *m, uint32_t height)
{
	uint32_t at = m->n_uses++;

	for (; at > 0 && m->uses[at - 1].height < height; at--)
		m->uses[at] = m->uses[at - 1];
	return &m->uses[at];
}

void cw_use_add(struct cw_medium *m, uint32_t height, const char *what, const char *release, bool system)
{
	struct cw_use *u;

	for (uint32_t i = 0; i < m->n_uses; i++)
		if (!strcmp(m->uses[i].what, what)) {
			m->uses[i].system |= system;
			return;
		}
	if (m->n_uses == CW_USES_MAX) {
		u = &m->uses[CW_USES_MAX - 1];
		cw_strlcpy(u->what, _("further uses than are listed here"), sizeof(u->what));
		u->release[0] = '\0';
		u->system |= system;
		return;
	}
	u = make_room(m, height);
	cw_strlcpy(u->what, what, sizeof(u->what));
	cw_strlcpy(u->release, release, sizeof(u->release));
	u->system = system;
	u->height = height;
}

void cw_use_add_traced(const struct cw_trace *t, struct cw_media *media, enum cw_stands stands, const char *what, const char *release, bool system)
{
	for (uint32_t i = 0; i < media->n; i++)
		if (t->hit[i])
			cw_use_add(&media->at[i], CW_USE_HEIGHT(t->devices[i], stands), what, release, system);
}

static bool is_plain_word(const char *s)
{
	return s[0] && s[0] != '-' && s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_.,:+@%=-")] == '\0';
}

/* Between single quotes a shell takes everything as it is, but a quote. */
static bool is_quotable(const char *s)
{
	return s[0] && s[0] != '-' && !strchr(s, '\'') && cw_text_is_printable(s);
}

void cw_use_command(char dst[CW_TEXT_MAX], const char *verb, const char *raw, const char *fallback)
{
	int n = 0;

	if (is_plain_word(raw))
		n = snprintf(dst, CW_TEXT_MAX, "%s %s", verb, raw);
	else if (is_quotable(raw))
		n = snprintf(dst, CW_TEXT_MAX, "%s '%s'", verb, raw);
	else if (fallback)
		n = snprintf(dst, CW_TEXT_MAX, "%s %s", verb, fallback);
	/* Half a command would name something else. */
	if (n <= 0 || n >= CW_TEXT_MAX)
		dst[0] = '\0';
}

static void mark_system(struct cw_medium *m, const char *why)
{
	if (!m->is_system)
		cw_strlcpy(m->system_why, why, sizeof(m->system_why));
	m->is_system = 1;
}

static void mark_untraced(struct search *s, const char *what)
{
	if (!s->untraced[0])
		cw_strlcpy(s->untraced, what, sizeof(s->untraced));
}

/* ---- what the running system stands on ---- */

static bool is_system_point(const char *point)
{
	/* Not /home: it holds data, and a person may well want to dispose of it once it is unmounted. */
	static const char *const points[] = { "/", "/boot", "/boot/efi", "/efi", "/usr", "/var", "/etc" };

	for (size_t i = 0; i < CW_ARRAY_LEN(points); i++)
		if (!strcmp(point, points[i]))
			return true;
	return false;
}

static void mark_hits(struct search *s, const struct cw_trace *t, const char *why, const char *what)
{
	for (uint32_t i = 0; i < s->media->n; i++)
		if (t->hit[i])
			mark_system(&s->media->at[i], why);
	if (t->lost)
		mark_untraced(s, what);
}

static void mark_carrier(struct search *s, const char *path, const char *why, const char *what)
{
	struct cw_trace t;

	cw_trace_begin(&t, s->world, s->media, &s->mounts);
	cw_trace_path(&t, path);
	mark_hits(s, &t, why, what);
}

static void mark_program(struct search *s)
{
	char exe[PATH_MAX];

	if (cw_path_join(exe, s->world->proc, "self/exe"))
		mark_carrier(s, exe, _("It carries the program that is running."), _("this program"));
}

bool cw_nearest_existing(const struct cw_world *w, const char *path, char out[PATH_MAX])
{
	struct cw_place place;
	char *slash;

	if (!cw_strlcpy(out, path, PATH_MAX))
		return false;
	while (!w->place_of(w->user, out, &place)) {
		slash = strrchr(out, '/');
		if (!strcmp(out, "/") || !strcmp(out, "."))
			return false;
		if (!slash)
			cw_strlcpy(out, ".", PATH_MAX);
		else
			slash[slash == out ? 1 : 0] = '\0';
	}
	return true;
}

static void mark_state(struct search *s, const char *state_dir)
{
	char path[PATH_MAX], shown[CW_TEXT_MAX / 2], why[CW_TEXT_MAX];

	cw_text_printable(shown, sizeof(shown), state_dir, strlen(state_dir));
	snprintf(why, sizeof(why), _("It carries the state directory %s."), shown);
	if (cw_nearest_existing(s->world, state_dir, path))
		mark_carrier(s, path, why, _("the state directory"));
	else
		mark_untraced(s, _("the state directory"));
}

/* ---- mounts ---- */

/* Node of the mounted device, for when the mount point cannot stand in a command. */
static bool mounted_node(const struct search *s, const struct cw_mount *m, char node[CW_NODE_MAX])
{
	char dir[PATH_MAX];
	int n;

	if (!m->major_ || !cw_dev_dir(s->world, m->major_, m->minor_, dir))
		return false;
	n = snprintf(node, CW_NODE_MAX, "/dev/%s", strrchr(dir, '/') + 1);
	return n > 0 && n < CW_NODE_MAX;
}

enum whose { WHOSE_OURS, WHOSE_INIT, WHOSE_OTHER };

static void add_mount(struct search *s, const struct cw_mount *m, enum whose whose)
{
	char shown[CW_TEXT_MAX / 2], what[CW_TEXT_MAX], verb[CW_NODE_MAX] = "umount", release[CW_TEXT_MAX], why[CW_TEXT_MAX], node[CW_NODE_MAX];
	bool system = whose != WHOSE_OTHER && is_system_point(m->point);
	struct cw_trace t;

	cw_trace_begin(&t, s->world, s->media, &s->mounts);
	cw_trace_mount(&t, m);
	cw_text_printable(shown, sizeof(shown), m->point, strlen(m->point));
	snprintf(what, sizeof(what), whose == WHOSE_OURS ? _("mounted at %s") : _("mounted at %s for other processes"), shown);
	if (whose != WHOSE_OURS)
		snprintf(verb, sizeof(verb), "nsenter -t %.16s -m umount", s->process);
	cw_use_command(release, verb, m->point, mounted_node(s, m, node) ? node : NULL);
	cw_use_add_traced(&t, s->media, CW_STANDS_MOUNT, what, system ? "" : release, system);
	if (!system)
		return;
	snprintf(why, sizeof(why), _("It carries %s of the running system."), shown);
	snprintf(what, sizeof(what), "%s (%.32s)", shown, cw_text_is_printable(m->type) ? m->type : "?");
	mark_hits(s, &t, why, what);
}

/* The same mount seen from a copy of our namespace, as every sandboxed service has one, is nothing new. */
static bool is_ours(const struct search *s, const struct cw_mount *m)
{
	for (size_t i = 0; i < s->mounts.n; i++)
		if (s->mounts.at[i].major_ == m->major_ && s->mounts.at[i].minor_ == m->minor_ && !strcmp(s->mounts.at[i].point, m->point))
			return true;
	return false;
}

/* In other namespaces only what the kernel vouches for counts: the paths in the rest mean something else there. */
static void add_foreign_mounts(struct search *s, const char *mountinfo, enum whose whose)
{
	struct cw_mounts mounts;
	struct cw_error gone;

	/* Processes end while we look, and without root most are closed to us: O_EXCL is the gate, this is the explanation. */
	if (cw_mounts_read(mountinfo, &mounts, &gone))
		return;
	for (size_t i = 0; i < mounts.n; i++)
		if ((mounts.at[i].major_ || !strcmp(mounts.at[i].type, "btrfs")) && !is_ours(s, &mounts.at[i]))
			add_mount(s, &mounts.at[i], whose);
	cw_mounts_clear(&mounts);
}

/* True for a mount namespace that was not looked at yet. */
static bool is_new_namespace(struct search *s, const char *process)
{
	char link[PATH_MAX], target[64];
	unsigned long long inode;
	uint64_t *grown;
	ssize_t n;

	if (!cw_path_join(link, process, "ns/mnt") || (n = readlink(link, target, sizeof(target) - 1)) <= 0)
		return false;
	target[n] = '\0';
	if (sscanf(target, "mnt:[%llu]", &inode) != 1)
		return false;
	for (size_t i = 0; i < s->n_seen; i++)
		if (s->seen[i] == inode)
			return false;
	grown = reallocarray(s->seen, s->n_seen + 1, sizeof(*s->seen));
	if (!grown)
		return false;
	s->seen = grown;
	s->seen[s->n_seen++] = inode;
	return true;
}

static bool add_process(void *user, const char *dir, const char *name)
{
	struct search *s = user;
	char process[PATH_MAX], mountinfo[PATH_MAX];

	if (!isdigit((unsigned char)name[0]) || !cw_path_join(process, dir, name) || !cw_path_join(mountinfo, process, "mountinfo"))
		return true;
	s->process = name;
	if (is_new_namespace(s, process))
		add_foreign_mounts(s, mountinfo, !strcmp(name, "1") ? WHOSE_INIT : WHOSE_OTHER);
	return true;
}

static int add_mounts(struct search *s, struct cw_error *err)
{
	char path[PATH_MAX];
	int rc;

	if (!cw_path_join(path, s->world->proc, "self/mountinfo"))
		return cw_fail(err, CW_E_FAILED, 0, s->world->proc, NULL, _("The list of mounts has too long a path."));
	rc = cw_mounts_read(path, &s->mounts, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < s->mounts.n; i++)
		add_mount(s, &s->mounts.at[i], WHOSE_OURS);
	if (cw_path_join(path, s->world->proc, "self"))
		is_new_namespace(s, path);
	/* First of all others the first process, so that a namespace it shares counts as its own. */
	add_process(s, s->world->proc, "1");
	cw_dir_each(s->world->proc, add_process, s);
	return 0;
}

/* ---- swap, loop devices ---- */

static void add_swap(void *user, const char *swap)
{
	struct search *s = user;
	char shown[CW_TEXT_MAX / 2], what[CW_TEXT_MAX], release[CW_TEXT_MAX];
	struct cw_trace t;

	cw_trace_begin(&t, s->world, s->media, &s->mounts);
	cw_trace_path(&t, swap);
	cw_text_printable(shown, sizeof(shown), swap, strlen(swap));
	snprintf(what, sizeof(what), _("swap space %s"), shown);
	cw_use_command(release, "swapoff", swap, NULL);
	cw_use_add_traced(&t, s->media, CW_STANDS_SWAP, what, release, true);
	mark_hits(s, &t, _("It holds swap space that is in use."), what);
}

static int add_swaps(struct search *s, struct cw_error *err)
{
	char path[PATH_MAX];

	/* A kernel without swap has no such file. */
	if (!cw_path_join(path, s->world->proc, "swaps") || access(path, F_OK))
		return 0;
	return cw_swaps_each(path, add_swap, s, err);
}

/* A loop device whose file lies on a medium is a use of that medium. */
static bool add_loop(void *user, const char *dir, const char *name)
{
	struct search *s = user;
	char link[PATH_MAX], loop[PATH_MAX], path[PATH_MAX], shown[CW_TEXT_MAX / 2], what[CW_TEXT_MAX], release[CW_TEXT_MAX], node[CW_NODE_MAX];
	bool deleted;
	struct cw_trace t;

	if (strncmp(name, "loop", 4) || !cw_path_join(link, dir, name) || !realpath(link, loop) || !cw_loop_backing(loop, path, &deleted))
		return true;
	cw_trace_begin(&t, s->world, s->media, &s->mounts);
	cw_trace_loop(&t, loop);
	cw_text_printable(shown, sizeof(shown), path, strlen(path));
	snprintf(what, sizeof(what), _("%s is open as loop device %.16s"), shown, name);
	snprintf(node, sizeof(node), "/dev/%.*s", CW_NODE_MAX - 6, name);
	/* One that `mount -o loop` made goes with its last user. */
	release[0] = '\0';
	if (!cw_attr_is(loop, "loop/autoclear", "1"))
		cw_use_command(release, "losetup -d", node, NULL);
	for (uint32_t i = 0; i < s->media->n; i++)
		t.devices[i]++; /* the loop device itself */
	cw_use_add_traced(&t, s->media, CW_STANDS_DEVICE, what, release, false);
	return true;
}

/* ---- all of it ---- */

/*
 * Part of the running system lies where we cannot follow (ZFS, a container's root).  Then nothing is offered that could carry it: no built-in medium and none in use.
 * A loop device is followed through its file and counts only when it is in use.
 */
static void lock_for_untraced(struct search *s)
{
	char why[CW_TEXT_MAX];

	snprintf(why, sizeof(why), _("It may carry %s of the running system, which cannot be traced to its medium."), s->untraced);
	for (uint32_t i = 0; i < s->media->n; i++) {
		struct cw_medium *m = &s->media->at[i];

		if (m->n_uses || (!m->hotplug && !m->virtual_))
			mark_system(m, why);
	}
}

int cw_uses_find_in(const struct cw_world *w, struct cw_media *media, const char *state_dir, struct cw_error *err)
{
	struct search s = { .world = w, .media = media };
	char blocks[PATH_MAX];
	int rc;

	if (media->n > CW_MEDIA_MAX)
		return cw_fail(err, CW_E_TOO_LARGE, 0, NULL, NULL, _("There are more than %d media."), CW_MEDIA_MAX);
	for (uint32_t i = 0; i < media->n; i++) {
		media->at[i].n_uses = media->at[i].is_system = 0;
		media->at[i].system_why[0] = '\0';
	}
	rc = add_mounts(&s, err);
	if (rc == 0)
		rc = add_swaps(&s, err);
	if (rc == 0) {
		for (uint32_t i = 0; i < media->n; i++)
			cw_holders_find(w, &media->at[i]);
		if (cw_path_join(blocks, w->sys, "block"))
			cw_dir_each(blocks, add_loop, &s);
		cw_openers_find(w, media, &s.mounts);
		mark_program(&s);
		if (state_dir)
			mark_state(&s, state_dir);
		if (s.untraced[0])
			lock_for_untraced(&s);
	}
	cw_mounts_clear(&s.mounts);
	free(s.seen);
	return rc;
}

int cw_uses_find(struct cw_media *media, const char *state_dir, struct cw_error *err)
{
	return cw_uses_find_in(&cw_running_world, media, state_dir, err);
}
