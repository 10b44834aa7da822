/* SPDX-License-Identifier: Apache-2.0 */
/* JSON for scripts: the document as it is, one on standard output, `schema` first. */
#include "certwipe/render.h"

static int render(const json_t *doc, size_t width, struct cw_buf *out, struct cw_error *err)
{
	CW_AUTO_FREE char *text = json_dumps(doc, JSON_INDENT(2) | JSON_PRESERVE_ORDER);

	(void)width;
	if (!text)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the answer."));
	cw_buf_str(out, text);
	cw_buf_str(out, "\n");
	return 0;
}

const struct cw_renderer cw_renderer_json = { .id = "json", .render = render };
