/* SPDX-License-Identifier: Apache-2.0 */
/* hidden: what is known of areas that plain reads and writes do not reach.  Nothing is sent to the medium here, so for most the truth is "not examined". */
#include "describe.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void say(struct cw_medium *m, enum cw_hidden state, uint64_t bytes, const char *why)
{
	m->hidden = state;
	m->hidden_bytes = bytes;
	cw_strlcpy(m->hidden_why, why, sizeof(m->hidden_why));
}

/* A loop device shows a part of its file: from an offset, up to a limit, in whole sectors. */
static void hidden_of_loop(const struct cw_dev *d, struct cw_medium *m)
{
	char path[PATH_MAX], why[CW_TEXT_MAX];
	struct stat st;
	bool deleted = false;
	uint64_t file_bytes;

	if (!cw_loop_backing(d->dir, path, &deleted) || deleted || cw_dev_look(d, path, &st)) {
		say(m, CW_HIDDEN_UNKNOWN, 0, _("Not examined: the backing file cannot be looked at."));
		return;
	}
	if (!S_ISREG(st.st_mode)) {
		say(m, CW_HIDDEN_UNKNOWN, 0, _("Not examined: the loop device stands on another device, not on a file."));
		return;
	}
	file_bytes = (uint64_t)st.st_size;
	if (file_bytes < m->size_bytes) {
		say(m, CW_HIDDEN_UNKNOWN, 0, _("The backing file is shorter than the loop device says."));
		return;
	}
	if (file_bytes == m->size_bytes) {
		say(m, CW_HIDDEN_NONE, 0, "");
		return;
	}
	snprintf(why, sizeof(why), _("%" PRIu64 " bytes of the backing file lie outside the loop device (offset %" PRIu64 ", size limit %" PRIu64 ")."),
		 file_bytes - m->size_bytes, cw_attr_u64(d->dir, "loop/offset", 0), cw_attr_u64(d->dir, "loop/sizelimit", 0));
	say(m, CW_HIDDEN_PRESENT, file_bytes - m->size_bytes, why);
}

#define AREAS_MAX 8 /* two boot partitions, RPMB, four general-purpose partitions (JESD84-B51 6.2) */

struct areas {
	const char *disk; /* "mmcblk0" */
	uint32_t n;
	char names[AREAS_MAX][CW_NODE_MAX / 2];
};

/* In an order that does not change, as those of namespaces below. */
static bool add_area(void *user, const char *dir, const char *name)
{
	struct areas *a = user;
	uint32_t at = a->n;

	(void)dir;
	if (strncmp(name, a->disk, strlen(a->disk)) || !cw_is_mmc_area(name) || a->n == AREAS_MAX)
		return true;
	for (; at > 0 && strverscmp(a->names[at - 1], name) > 0; at--)
		memcpy(a->names[at], a->names[at - 1], sizeof(a->names[0]));
	cw_strlcpy(a->names[at], name, sizeof(a->names[0]));
	a->n++;
	return true;
}

/*
 * Boot partitions, RPMB and general-purpose partitions are disks of their own to the kernel, and hang below the user area's.  They are named, but their sum is
 * no answer to how much is hidden: the size of RPMB and of what the maker keeps for himself is not among them.
 */
static void hidden_of_emmc(const struct cw_dev *d, struct cw_medium *m)
{
	struct areas a = { .disk = cw_dev_name(d) };
	char names[CW_TEXT_MAX / 2] = "", why[CW_TEXT_MAX];

	cw_dir_each(d->dir, add_area, &a);
	for (uint32_t i = 0; i < a.n; i++) {
		size_t used = strlen(names);

		snprintf(names + used, sizeof(names) - used, "%s%s", used ? " " : "", a.names[i]);
	}
	if (!names[0]) {
		say(m, CW_HIDDEN_UNKNOWN, 0, _("Not examined: the chip was not asked for its boot and protected areas."));
		return;
	}
	snprintf(why, sizeof(why), _("The chip has areas beside the one that is wiped, and was not asked for their whole size: %s."), names);
	say(m, CW_HIDDEN_UNKNOWN, 0, why);
}

/* ---- NVMe ---- */

#define NAMESPACES_MAX 128 /* that are looked at; more are counted only */

struct namespaces {
	const char *self; /* "nvme0n1" */
	uint32_t n, n_others;
	struct namespace_ {
		char name[CW_NODE_MAX];
		uint64_t size_bytes;
	} others[NAMESPACES_MAX];
};

/* "nvme0n2": neither a path to a namespace (nvme0c1n2) nor its character device (ng0n2). */
static bool names_namespace(const char *name)
{
	unsigned drive, number;
	int end = 0;

	return sscanf(name, "nvme%9un%9u%n", &drive, &number, &end) == 2 && name[end] == '\0';
}

static bool add_namespace(void *user, const char *dir, const char *name)
{
	struct namespaces *all = user;
	char path[PATH_MAX];

	if (!names_namespace(name))
		return true;
	all->n++;
	if (!strcmp(name, all->self) || all->n_others == NAMESPACES_MAX || !cw_path_join(path, dir, name))
		return true;
	cw_strlcpy(all->others[all->n_others].name, name, sizeof(all->others[0].name));
	all->others[all->n_others++].size_bytes = cw_attr_u64(path, "size", 0) * 512;
	return true;
}

static int by_namespace(const void *a, const void *b)
{
	return strverscmp(((const struct namespace_ *)a)->name, ((const struct namespace_ *)b)->name);
}

/* Those that fit, in an order that does not change: the sentence becomes part of the plan, and of its digest. */
static void list_namespaces(struct namespaces *all, char *dst, size_t size)
{
	static const char more[] = ", .."; /* the sentence adds its full stop */
	size_t used = 0;

	qsort(all->others, all->n_others, sizeof(all->others[0]), by_namespace);
	*dst = '\0';
	for (uint32_t i = 0; i < all->n_others; i++) {
		char bytes[32], entry[CW_NODE_MAX + 64];
		int n;

		cw_text_bytes(bytes, sizeof(bytes), all->others[i].size_bytes);
		n = snprintf(entry, sizeof(entry), "%s%s (%s)", used ? ", " : "", all->others[i].name, bytes);
		if (used + (size_t)n + sizeof(more) > size) {
			cw_strlcpy(dst + used, more, size - used);
			return;
		}
		used += (size_t)snprintf(dst + used, size - used, "%s", entry);
	}
}

/*
 * To the kernel each namespace is a disk of its own; the medium is the drive with all of them.  Those that are there are named, but what they have together is no
 * answer either: capacity that no namespace uses, and namespaces that are not attached to this controller, are seen only by asking the drive.
 */
static void hidden_of_nvme(const struct cw_dev *d, struct cw_medium *m)
{
	struct namespaces all = { .self = cw_dev_name(d) };
	char dir[PATH_MAX], others[CW_TEXT_MAX / 2], why[CW_TEXT_MAX];

	if (cw_strlcpy(dir, d->dir, sizeof(dir)) && cw_sysfs_up(d->root, dir))
		cw_dir_each(dir, add_namespace, &all);
	m->namespaces = all.n;
	m->nsid = (uint32_t)cw_attr_u64(d->dir, "nsid", 0);
	if (!all.n_others) {
		say(m, CW_HIDDEN_UNKNOWN, 0, _("Not examined: the drive was not asked for further namespaces and unallocated capacity."));
		return;
	}
	list_namespaces(&all, others, sizeof(others));
	snprintf(why, sizeof(why), _("This is one of %u namespaces of the drive; not reached with it: %s. The drive was not asked for unallocated capacity."), all.n, others);
	say(m, CW_HIDDEN_UNKNOWN, 0, why);
}

/* ---- all ---- */

void cw_describe_hidden(const struct cw_dev *d, struct cw_medium *m)
{
	if (m->bus == CW_BUS_LOOP) {
		hidden_of_loop(d, m);
		return;
	}
	if (m->bus == CW_BUS_UFS) {
		say(m, CW_HIDDEN_UNKNOWN, 0, _("The chip may have other logical units than this one, two for starting up and a protected one (RPMB) among them, which are not reached."));
		return;
	}
	if (cw_class_is_optical(m->class_)) {
		say(m, CW_HIDDEN_UNKNOWN, 0, cw_class_is_write_once(m->class_) ? _("Not examined: the lead-in and the spare areas of a disc cannot be read like its data.") :
			_("Not examined: the lead-in and the spare areas of a disc, and what a quick blanking left, cannot be read like its data."));
		return;
	}
	switch (m->class_) {
	case CW_CLASS_USB_STICK:
	case CW_CLASS_SD_CARD:
	case CW_CLASS_FLOPPY:
		say(m, CW_HIDDEN_NONE, 0, "");
		break;
	case CW_CLASS_EMMC:
		hidden_of_emmc(d, m);
		break;
	case CW_CLASS_VIRTUAL:
		if (m->bus == CW_BUS_RAM)
			say(m, CW_HIDDEN_NONE, 0, "");
		else
			say(m, CW_HIDDEN_UNKNOWN, 0, _("Not examined: what stands behind a software device cannot be seen from here."));
		break;
	case CW_CLASS_NVME:
		hidden_of_nvme(d, m);
		break;
	case CW_CLASS_USB_BRIDGE_HDD:
	case CW_CLASS_USB_BRIDGE_SSD:
		say(m, CW_HIDDEN_UNKNOWN, 0, _("Not examined: the drive behind the bridge was not asked for its native size."));
		break;
	default:
		say(m, CW_HIDDEN_UNKNOWN, 0, _("Not examined: the drive was not asked for its native size."));
		break;
	}
}
