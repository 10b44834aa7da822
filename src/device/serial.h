/* SPDX-License-Identifier: Apache-2.0 */
/* serial: what is in a serial number that tells one medium from another. */
#ifndef CW_DEVICE_SERIAL_H
#define CW_DEVICE_SERIAL_H

#include "certwipe/device.h"

#define CW_SERIAL_ASKED 6    /* characters of the serial that a person reads from the label (design section 5) */
#define CW_SERIAL_SHORTEST 4 /* shorter ones tell too few media apart */

/* The serial as it stands in the medium: the whole one, also when the field's text had to be cut. */
const char *cw_serial_of(const struct cw_medium *m);
/* Blanks, dashes and ASCII case taken away, so that what stands on a label and what the device says can be compared.  Returns the length. */
size_t cw_serial_fold(char *dst, size_t size, const char *serial);
/* Why this serial, WWN or CID distinguishes nothing, as a sentence through gettext; NULL when it looks like a real one. */
const char *cw_serial_flaw(const char *serial);

#endif
