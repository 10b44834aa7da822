/* SPDX-License-Identifier: Apache-2.0 */
#include "native_nvme.h"

#include <errno.h>
#include <string.h>

bool nvme_is_gone(const struct cw_heard *h)
{
	return h->sys_errno == ENODEV || h->sys_errno == ENXIO || h->sys_errno == ENOMEDIUM;
}

/* The same bytes with an answer that is all zero, because without one they are not taken for a command. */
bool nvme_take_request(const struct cw_heard *h, struct cw_nvme *out)
{
	struct cw_heard asked = { .set = h->set, .dir = h->dir, .request_len = h->request_len, .answer_len = 16 };

	memcpy(asked.request, h->request, sizeof(asked.request));
	return cw_nvme_of(&asked, out);
}

static const struct {
	uint16_t status;
	const char *why;
} refusals[] = {
	{ 0x001, N_("The drive says that it does not know this command.") },
	{ 0x002, N_("The drive says that it does not take this command in this form.") },
	{ 0x00b, N_("The drive says that there is no such namespace.") },
	{ 0x015, N_("The drive says that it may not do this.") },
	{ 0x01c, N_("The drive says that it is closed, because an earlier Sanitize failed.") },
	{ NVME_SANITIZE_IN_PROGRESS, N_("The drive says that it is sanitising itself already.") },
	{ 0x020, N_("The drive says that a namespace is write-protected.") },
	{ 0x023, N_("The drive says that this command is locked down.") },
	{ 0x10a, N_("The drive says that it does not know the format that the namespace has.") },
	{ 0x10b, N_("The drive says that it must be reset first, because it has new firmware.") },
	{ 0x110, N_("The drive says that it must be reset first, because it has new firmware.") },
	{ 0x111, N_("The drive says that it must be reset first, because it has new firmware.") },
	{ 0x123, N_("The drive says that it may not do this while its persistent memory region is in use.") },
};

void nvme_read_refusal(uint16_t status, struct cw_native_seen *out)
{
	out->shows = CW_SHOWS_PERHAPS;
	for (size_t i = 0; i < CW_ARRAY_LEN(refusals); i++) {
		if (refusals[i].status != status)
			continue;
		out->shows = CW_SHOWS_REFUSED;
		out->why = refusals[i].why;
	}
}
