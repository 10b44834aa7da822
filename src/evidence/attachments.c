/* SPDX-License-Identifier: Apache-2.0 */
/* Files that belong to a document besides its evidence, such as photographs: they are what their digests say, or the document is not whole. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "certwipe/evidence.h"

bool cw_attachment_name_ok(const char *name)
{
	const char *point = strchr(name, '.');
	size_t n = strlen(name);
	return n > 0 && n < CW_NODE_MAX && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") == n && name[0] != '-' && point && point != name && point[1] && !strchr(point + 1, '.');
}

static int check_one(int folder, const json_t *one, struct cw_error *err)
{
	const char *name = cw_json_str(one, "name", "");
	char found[CW_SHA256_HEX];
	CW_AUTO_FD int fd = cw_attachment_name_ok(name) ? openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
	if (fd < 0 || cw_sha256_fd(fd, found, err))
		return cw_fail(err, CW_E_CANNOT_TELL, errno, name, _("Ask for the whole folder of the document."), _("The attached file %s is missing or cannot be read."), name);
	if (strcmp(found, cw_json_str(one, "sha256", "")) != 0)
		return cw_fail(err, CW_E_INVALID, 0, name, NULL, _("The attached file %s was changed: its SHA-256 is not that of the document."), name);
	return 0;
}

/* One that was changed counts more than one that is missing. */
int cw_attachments_check(int folder_dirfd, const json_t *payload, struct cw_error *err)
{
	const json_t *list = json_object_get(json_object_get(payload, "destruction"), "attachments");
	CW_AUTO_FD int folder = folder_dirfd < 0 ? -1 : openat(folder_dirfd, CW_ATTACHMENTS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	json_t *one;
	size_t i;
	int rc = 0;
	json_array_foreach(list, i, one) {
		struct cw_error why = {0};
		int found = check_one(folder, one, &why);
		if (found && (!rc || (rc == CW_E_CANNOT_TELL && found == CW_E_INVALID))) {
			rc = found;
			*err = why;
		}
	}
	return rc;
}
