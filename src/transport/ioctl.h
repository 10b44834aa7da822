/* SPDX-License-Identifier: Apache-2.0 */
/* Private to transport: the kernel's doors to a medium's own commands. */
#ifndef CERTWIPE_TRANSPORT_IOCTL_H
#define CERTWIPE_TRANSPORT_IOCTL_H

#include "certwipe/transport.h"

/* Each sends one command through fd: 0 with the answer filled in, or -errno. */
CW_MUST_CHECK int ioctl_scsi(int fd, struct cw_scsi *c);
CW_MUST_CHECK int ioctl_nvme(int fd, struct cw_nvme *c);
CW_MUST_CHECK int ioctl_mmc(int fd, struct cw_mmc *c);

/* flush.c: SYNCHRONIZE CACHE(10) of everything (SBC-4 5.27).  0: flushed; 1: nobody knows that command here; -EAGAIN: ask again; otherwise -errno. */
CW_MUST_CHECK int scsi_synchronize_cache(struct cw_transport *t);
/* What an answer to it means, in the same numbers. */
int scsi_synchronize_meaning(const struct cw_scsi *c);

#endif
