/* SPDX-License-Identifier: Apache-2.0 */
/* Files that lie beside a document and belong to it (photographs): only a folder has them. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

void cw_verify_attachments(const struct cw_bundle *b, struct cw_verify_result *result)
{
	CW_AUTO_JSON json_t *document = NULL;
	CW_AUTO_BUF struct cw_buf folder = { 0 };
	const char *slash = strrchr(b->path, '/');
	struct cw_error err = { 0 };

	if (result->finding == CW_FINDING_INVALID || cw_json_parse_canonical(b->json.data ? b->json.data : "", b->json.len, &document, &err))
		return;
	if (!json_array_size(json_object_get(json_object_get(document, "destruction"), "attachments")))
		return;
	cw_buf_add(&folder, slash ? b->path : ".", slash ? (size_t)(slash - b->path) + 1 : 1);
	CW_AUTO_FD int dir = open(folder.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = cw_attachments_check(dir, document, &err);

	cw_verify_record(result, "attachments", rc, &err);
}
