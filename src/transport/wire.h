/* SPDX-License-Identifier: Apache-2.0 */
/* Private to transport: requests and answers as the bytes that certwipe/transport.h lays out. */
#ifndef CERTWIPE_TRANSPORT_WIRE_H
#define CERTWIPE_TRANSPORT_WIRE_H

#include "certwipe/transport.h"

/* Fill all of *h but sys_errno and data_len. */
void wire_put_scsi(const struct cw_scsi *c, struct cw_heard *h);
void wire_put_nvme(const struct cw_nvme *c, struct cw_heard *h);
void wire_put_mmc(const struct cw_mmc *c, struct cw_heard *h);

#endif
