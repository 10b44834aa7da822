/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RENDER_QR_H
#define RENDER_QR_H

#include "certwipe/base.h"

#define QR_MODULES_MAX 177
struct qr { int modules; /* a side */ uint8_t dark[QR_MODULES_MAX * QR_MODULES_MAX]; /* 0 or 1, row by row */ };
/* Error correction M, bytes.  CW_E_TOO_LARGE: it does not fit. */
CW_MUST_CHECK int qr_make(const char *bytes, size_t len, struct qr *out, struct cw_error *err);

#endif
