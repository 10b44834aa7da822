/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CERTWIPE_TRANSPORT_TEMPERATURE_H
#define CERTWIPE_TRANSPORT_TEMPERATURE_H

/* The sensor that the kernel shows below a medium's folder in sysfs: a descriptor, or -1 when there is none.  Anybody may read it later. */
int temperature_open(int folder);
/* 0 or -errno. */
int temperature_read(int fd, int *celsius);

#endif
