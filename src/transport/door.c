/* SPDX-License-Identifier: Apache-2.0 */
/* door: the medium's own commands and nothing else, through descriptors that need not be open for writing. */
#include "ioctl.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct door {
	struct cw_transport t; /* first, so that one pointer is both */
	int fd, controller_fd;
};

static int door_scsi(struct cw_transport *t, struct cw_scsi *c)
{
	return ioctl_scsi(((const struct door *)t)->fd, c);
}

static int door_nvme(struct cw_transport *t, struct cw_nvme *c)
{
	int fd = ((const struct door *)t)->controller_fd;

	return fd < 0 ? -ENOTTY : ioctl_nvme(fd, c);
}

static int door_mmc(struct cw_transport *t, struct cw_mmc *c)
{
	return ioctl_mmc(((const struct door *)t)->fd, c);
}

static void close_both(int fd, int controller_fd)
{
	close(fd);
	if (controller_fd >= 0)
		close(controller_fd);
}

static void door_free(struct cw_transport *t)
{
	struct door *d = (struct door *)t;

	close_both(d->fd, d->controller_fd);
	free(d);
}

static const struct cw_transport_ops door_ops = { .name = "door", .scsi = door_scsi, .nvme = door_nvme, .mmc = door_mmc, .free = door_free };

int cw_transport_door_new(int fd_take, int controller_fd_take, struct cw_transport **out, struct cw_error *err)
{
	struct door *d = calloc(1, sizeof(*d));

	if (!d) {
		close_both(fd_take, controller_fd_take);
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory."));
	}
	*d = (struct door){ .t = { .ops = &door_ops }, .fd = fd_take, .controller_fd = controller_fd_take };
	*out = &d->t;
	return 0;
}
