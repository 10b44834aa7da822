/* SPDX-License-Identifier: Apache-2.0 */
/* find: all media that are attached, or the one that a descriptor holds. */
#include <errno.h>
#include <libudev.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "describe.h"
#include "world.h"

static const char *udev_property(void *user, const char *name)
{
	return udev_device_get_property_value(user, name);
}

static struct cw_dev dev_of(struct udev_device *d)
{
	return (struct cw_dev){ .root = "/sys", .dir = udev_device_get_syspath(d), .property = udev_property, .user = d };
}

static int no_memory(struct cw_error *err)
{
	return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory to list the media."));
}

/* A medium of which something could not be seen might be taken for another, or for one that nobody uses. */
static int check_sight(struct cw_error *err)
{
	int shortage = cw_sysfs_shortage();

	return shortage ? cw_fail(err, CW_E_FAILED, shortage, "/sys", _("Try again; other programs may use up what this one needs."),
				  _("Not all could be seen that the kernel tells of the media: %s."), strerror(shortage)) :
			  0;
}

/* ---- all ---- */

static int add_medium(struct cw_media *out, const struct cw_dev *d, bool fresh, struct cw_error *err)
{
	struct cw_medium *grown;

	if (out->n == CW_MEDIA_MAX)
		return cw_fail(err, CW_E_TOO_LARGE, 0, NULL, _("Detach some of them."), _("There are more than %d media; a list without some of them would mislead."),
			       CW_MEDIA_MAX);
	grown = reallocarray(out->at, out->n + 1, sizeof(*out->at));
	if (!grown)
		return no_memory(err);
	out->at = grown;
	cw_describe(d, &out->at[out->n]);
	out->at[out->n++].fresh = fresh;
	return 0;
}

static int add_device(struct cw_media *out, struct udev *udev, const char *syspath, struct cw_error *err)
{
	struct udev_device *device = udev_device_new_from_syspath(udev, syspath);
	struct cw_dev d;
	int rc = 0;

	if (!device) /* unplugged while we look */
		return 0;
	d = dev_of(device);
	if (cw_kind_in(&cw_running_world, &d) == CW_KIND_MEDIUM)
		rc = add_medium(out, &d, udev_device_get_is_initialized(device) == 0, err);
	udev_device_unref(device);
	return rc;
}

static int enumerate(struct cw_media *out, struct udev *udev, struct udev_enumerate *e, struct cw_error *err)
{
	struct udev_list_entry *entry;
	int rc = 0;

	if (udev_enumerate_add_match_subsystem(e, "block") < 0 || udev_enumerate_scan_devices(e) < 0)
		return cw_fail(err, CW_E_FAILED, 0, "/sys", _("Check that /sys is mounted."), _("The kernel's list of block devices cannot be read."));
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(e)) {
		rc = add_device(out, udev, udev_list_entry_get_name(entry), err);
		if (rc)
			break;
	}
	return rc;
}

static int by_name(const void *a, const void *b)
{
	return strverscmp(((const struct cw_medium *)a)->name, ((const struct cw_medium *)b)->name);
}

int cw_media_find(const char *state_dir, struct cw_media *out, struct cw_error *err)
{
	struct udev *udev = udev_new();
	struct udev_enumerate *e = udev ? udev_enumerate_new(udev) : NULL;

	(void)cw_sysfs_shortage();
	int rc = e ? enumerate(out, udev, e, err) : no_memory(err);

	udev_enumerate_unref(e);
	udev_unref(udev);
	if (rc == 0 && out->n)
		qsort(out->at, out->n, sizeof(*out->at), by_name);
	if (rc == 0)
		rc = cw_uses_find(out, state_dir, err);
	if (rc == 0)
		rc = check_sight(err);
	if (rc)
		cw_media_clear(out);
	return rc;
}

void cw_media_clear(struct cw_media *m)
{
	free(m->at);
	*m = (struct cw_media){ 0 };
}

/* ---- the one that a descriptor holds ---- */

static int fail_lost(const struct cw_medium *m, int number, struct cw_error *err)
{
	return cw_fail(err, CW_E_LOST, number, m->node, _("Attach it again and start over."), _("%s does not answer any more: %s."), m->node, strerror(number));
}

/* What the kernel answers on the descriptor itself beats what stands under its name in /sys. */
static int ask_descriptor(int fd, struct cw_medium *m, struct cw_error *err)
{
	uint64_t size_bytes, diskseq = 0;
	int logical = 0, read_only = 0;
	unsigned physical = 0;

	if (ioctl(fd, BLKGETSIZE64, &size_bytes) || ioctl(fd, BLKSSZGET, &logical) || ioctl(fd, BLKPBSZGET, &physical) || ioctl(fd, BLKROGET, &read_only))
		return fail_lost(m, errno, err);
	/* Kernels before 5.15 number no disks; sysfs has no number there either. */
	if (ioctl(fd, BLKGETDISKSEQ, &diskseq) == 0)
		m->diskseq = diskseq;
	m->disc_changed_ms = cw_disc_changed_ms(fd);
	/* Of a disc that is blank or does not answer, the kernel has a number too, but no size. */
	m->size_bytes = m->size_bytes ? size_bytes : 0;
	m->logical_bytes = logical > 0 ? (uint32_t)logical : 0;
	m->physical_bytes = physical;
	m->read_only |= read_only != 0;
	return 0;
}

static int describe_whole(int fd, const struct cw_dev *d, struct cw_medium *out, struct cw_error *err)
{
	const char *name = cw_dev_name(d);

	switch (cw_kind_in(&cw_running_world, d)) {
	case CW_KIND_MEDIUM:
		cw_describe(d, out);
		return ask_descriptor(fd, out, err);
	case CW_KIND_PARTITION:
		return cw_fail(err, CW_E_PARTITION, 0, name, _("Name the whole medium."), _("%s is a partition, not a whole medium."), name);
	default:
		return cw_fail(err, CW_E_NOT_A_MEDIUM, 0, name, _("Name the medium that it is built on."), _("%s is a block device, but not a whole medium."), name);
	}
}

int cw_medium_of_fd(int fd, struct cw_medium *out, struct cw_error *err)
{
	struct udev_device *device;
	struct udev *udev;
	struct cw_dev d;
	struct stat st;
	int rc;

	memset(out, 0, sizeof(*out));
	if (fstat(fd, &st))
		return cw_fail(err, CW_E_LOST, errno, NULL, NULL, _("The opened medium cannot be looked at: %s."), strerror(errno));
	if (!S_ISBLK(st.st_mode))
		return cw_fail(err, CW_E_NOT_A_MEDIUM, 0, NULL, NULL, _("What was opened is no block device."));
	udev = udev_new();
	if (!udev)
		return no_memory(err);
	device = udev_device_new_from_devnum(udev, 'b', st.st_rdev);
	(void)cw_sysfs_shortage();
	if (device) {
		d = dev_of(device);
		rc = describe_whole(fd, &d, out, err);
		if (!rc)
			rc = check_sight(err);
		udev_device_unref(device);
	} else {
		rc = cw_fail(err, CW_E_LOST, 0, NULL, _("Attach it again and start over."), _("Block device %u:%u is not attached any more."), major(st.st_rdev),
			     minor(st.st_rdev));
	}
	udev_unref(udev);
	return rc;
}

json_t *cw_drive_json(const struct cw_medium *m)
{
	struct udev *udev = udev_new();
	struct udev_device *device = udev ? udev_device_new_from_devnum(udev, 'b', makedev(m->dev_major, m->dev_minor)) : NULL;
	struct cw_dev d;
	json_t *out = NULL;

	if (device) {
		d = dev_of(device);
		out = cw_disc_drive_json(&d);
		udev_device_unref(device);
	}
	udev_unref(udev);
	const char *tray = out ? cw_drive_tray(m) : "";

	if (*tray)
		json_object_set_new(out, "tray", json_string(tray));
	return out;
}
