/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <qrencode.h>

#include "qr.h"

int qr_make(const char *bytes, size_t len, struct qr *out, struct cw_error *err)
{
	QRcode *code = len && len <= INT16_MAX ? QRcode_encodeData((int)len, (const unsigned char *)bytes, 0, QR_ECLEVEL_M) : NULL;

	out->modules = 0;
	if (!code && errno == ENOMEM)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the QR code."));
	if (!code || code->width > QR_MODULES_MAX)
		return cw_fail(err, CW_E_TOO_LARGE, 0, "QR", NULL, _("The summary of the document does not fit into a QR code."));
	out->modules = code->width;
	for (int i = 0; i < code->width * code->width; i++)
		out->dark[i] = code->data[i] & 1;
	QRcode_free(code);
	return 0;
}
