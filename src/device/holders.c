/* SPDX-License-Identifier: Apache-2.0 */
/* holders: the devices that are built on a medium: LUKS, LVM, multipath, RAID, bcache. */
#include "use.h"

#include <string.h>

#define DEVICES_MAX 10

struct holders {
	const struct cw_world *world;
	struct cw_medium *medium;
	unsigned devices; /* from the holders that are looked at down to the medium, both counted */
};

/* The kind of a device-mapper target stands in front of its UUID.  Returns the command that lets go of it. */
static const char *dm_words(const char *uuid, const char *name, char what[CW_TEXT_MAX])
{
	if (!strncmp(uuid, "CRYPT-", 6)) {
		snprintf(what, CW_TEXT_MAX, _("encrypted volume %s"), name);
		return "cryptsetup close";
	}
	if (!strncmp(uuid, "LVM-", 4)) {
		snprintf(what, CW_TEXT_MAX, _("LVM volume %s"), name);
		return "lvchange -an";
	}
	if (!strncmp(uuid, "mpath-", 6)) {
		snprintf(what, CW_TEXT_MAX, _("multipath device %s"), name);
		return "multipath -f";
	}
	snprintf(what, CW_TEXT_MAX, _("device-mapper target %s"), name);
	return "dmsetup remove";
}

static void add_dm(struct holders *h, const char *dir, const char *node)
{
	char name[CW_TEXT_MAX], uuid[CW_TEXT_MAX], shown[CW_TEXT_MAX / 2], what[CW_TEXT_MAX], release[CW_TEXT_MAX], path[CW_TEXT_MAX + 16];
	const char *verb;

	cw_attr_text(dir, "dm/name", name, sizeof(name));
	cw_attr_text(dir, "dm/uuid", uuid, sizeof(uuid));
	cw_text_printable(shown, sizeof(shown), name, strlen(name));
	verb = dm_words(uuid, shown, what);
	/* lvchange wants a path; the others take the bare name. */
	snprintf(path, sizeof(path), "%s%s", !strcmp(verb, "lvchange -an") ? "/dev/mapper/" : "", name);
	cw_use_command(release, verb, path, node);
	cw_use_add(h->medium, CW_USE_HEIGHT(h->devices, CW_STANDS_DEVICE), what, release, false);
}

static void add_other(struct holders *h, const char *dir, const char *name)
{
	char what[CW_TEXT_MAX], release[CW_TEXT_MAX] = "", node[CW_NODE_MAX];

	if (cw_attr_exists(dir, "md")) {
		snprintf(what, sizeof(what), _("RAID array %.*s"), CW_NODE_MAX, name);
		snprintf(node, sizeof(node), "/dev/%.*s", CW_NODE_MAX - 6, name);
		cw_use_command(release, "mdadm --stop", node, NULL);
	} else {
		snprintf(what, sizeof(what), _("held by device %.*s"), CW_NODE_MAX, name);
	}
	cw_use_add(h->medium, CW_USE_HEIGHT(h->devices, CW_STANDS_DEVICE), what, release, false);
}

static bool add_holder(void *user, const char *dir, const char *name)
{
	struct holders *h = user;
	char entry[PATH_MAX], above[PATH_MAX], node[CW_NODE_MAX];

	if (h->devices >= DEVICES_MAX || !cw_path_join(entry, dir, name))
		return true;
	h->devices++;
	if (cw_path_join(above, entry, "holders"))
		cw_dir_each(above, add_holder, h);
	snprintf(node, sizeof(node), "/dev/%.*s", CW_NODE_MAX - 6, name);
	if (cw_attr_exists(entry, "dm"))
		add_dm(h, entry, node);
	else
		add_other(h, entry, name);
	h->devices--;
	return true;
}

static bool add_partition(void *user, const char *dir, const char *name)
{
	struct holders *h = user;
	char part[PATH_MAX], holders[PATH_MAX];

	h->devices++;
	if (cw_path_join(part, dir, name) && cw_attr_exists(part, "partition") && cw_path_join(holders, part, "holders"))
		cw_dir_each(holders, add_holder, h);
	h->devices--;
	return true;
}

void cw_holders_find(const struct cw_world *w, struct cw_medium *m)
{
	struct holders h = { .world = w, .medium = m, .devices = 1 };
	char dir[PATH_MAX], holders[PATH_MAX];

	if (!cw_dev_dir(w, m->dev_major, m->dev_minor, dir))
		return;
	if (cw_path_join(holders, dir, "holders"))
		cw_dir_each(holders, add_holder, &h);
	cw_dir_each(dir, add_partition, &h);
}
