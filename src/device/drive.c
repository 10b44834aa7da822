/* SPDX-License-Identifier: Apache-2.0 */
/* What an optical drive can do, whatever lies in it: as it told udev's cdrom_id, and whether its tray is out. */
#include <fcntl.h>
#include <linux/cdrom.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "disc.h"

/* The profiles that it lists as its own (MMC-6 5.3.1); what can only be read stands under other names. */
static const struct {
	const char *property, *name;
	bool is_blanked;
} kinds[] = {
	{ "ID_CDROM_CD_R", "CD-R", false },
	{ "ID_CDROM_CD_RW", "CD-RW", true },
	{ "ID_CDROM_DVD_R", "DVD-R", false },
	{ "ID_CDROM_DVD_RW", "DVD-RW", true },
	{ "ID_CDROM_DVD_RAM", "DVD-RAM", false },
	{ "ID_CDROM_DVD_PLUS_R", "DVD+R", false },
	{ "ID_CDROM_DVD_PLUS_RW", "DVD+RW", false },
	{ "ID_CDROM_BD_R", "BD-R", false },
	{ "ID_CDROM_BD_RE", "BD-RE", false },
};

static json_t *names(const struct cw_dev *d, bool only_blanked)
{
	json_t *out = json_array();

	for (size_t i = 0; i < CW_ARRAY_LEN(kinds); i++)
		if (!strcmp(cw_dev_property(d, kinds[i].property), "1") && (kinds[i].is_blanked || !only_blanked))
			json_array_append_new(out, json_string(kinds[i].name));
	return out;
}

json_t *cw_disc_drive_json(const struct cw_dev *d)
{
	if (!cw_dev_property(d, "ID_CDROM")[0])
		return NULL;
	return json_pack("{s:o, s:o}", "writes", names(d, false), "blanks", names(d, true));
}

const char *cw_drive_tray(const struct cw_medium *m)
{
	CW_AUTO_FD int fd = m->has_medium ? -1 : open(m->node, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || !S_ISBLK(st.st_mode) || st.st_rdev != makedev(m->dev_major, m->dev_minor))
		return "";
	switch (ioctl(fd, CDROM_DRIVE_STATUS, CDSL_CURRENT)) {
	case CDS_TRAY_OPEN:
		return "open";
	case CDS_NO_DISC:
		return "closed";
	default:
		return "";
	}
}
