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

static const json_t *list_of(const json_t *payload)
{
	return json_object_get(json_object_get(payload, "destruction"), "attachments");
}

static int open_one(int folder, const json_t *one)
{
	const char *name = cw_json_str(one, "name", "");
	return cw_attachment_name_ok(name) ? openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
}

static int missing(const json_t *one, struct cw_error *err)
{
	const char *name = cw_json_str(one, "name", "");
	return cw_fail(err, CW_E_CANNOT_TELL, errno, name, _("Ask for the whole folder of the document."), _("The attached file %s is missing or cannot be read."), name);
}

static int compare(const json_t *one, const char *found_sha256, struct cw_error *err)
{
	const char *name = cw_json_str(one, "name", "");
	if (strcmp(found_sha256, cw_json_str(one, "sha256", "")) != 0)
		return cw_fail(err, CW_E_INVALID, 0, name, NULL, _("The attached file %s was changed: its SHA-256 is not that of the document."), name);
	return 0;
}

static int check_one(int folder, const json_t *one, struct cw_error *err)
{
	char found[CW_SHA256_HEX];
	CW_AUTO_FD int fd = open_one(folder, one);
	return fd < 0 || cw_sha256_fd(fd, found, err) ? missing(one, err) : compare(one, found, err);
}

static int open_folder(int folder_dirfd)
{
	return folder_dirfd < 0 ? -1 : openat(folder_dirfd, CW_ATTACHMENTS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* One that was changed counts more than one that is missing. */
int cw_attachments_check(int folder_dirfd, const json_t *payload, struct cw_error *err)
{
	const json_t *list = list_of(payload);
	CW_AUTO_FD int folder = open_folder(folder_dirfd);
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

size_t cw_attachments_count(const json_t *payload)
{
	return json_array_size(list_of(payload));
}

bool cw_attachment_find(const json_t *payload, const char *sha256, size_t *index)
{
	for (; *index < cw_attachments_count(payload); ++*index)
		if (strcmp(cw_json_str(json_array_get(list_of(payload), *index), "sha256", ""), sha256) == 0)
			return true;
	return false;
}

int cw_attachment_read(int folder_dirfd, const json_t *payload, size_t index, size_t most, struct cw_buf *out, struct cw_error *err)
{
	const json_t *one = json_array_get(list_of(payload), index);
	CW_AUTO_FD int folder = open_folder(folder_dirfd);
	CW_AUTO_FD int fd = open_one(folder, one);
	char found[CW_SHA256_HEX];
	if (fd < 0 || cw_fd_read(fd, cw_json_str(one, "name", ""), most, out, err))
		return missing(one, err);
	cw_sha256_hex(out->len ? out->data : "", out->len, found);
	return compare(one, found, err);
}
