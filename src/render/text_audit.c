/* SPDX-License-Identifier: Apache-2.0 */
/* What leaves the register, and what is found in it, as text. */
#include <string.h>

#include "text.h"

void cw_text_head(const json_t *doc, struct cw_buf *out)
{
	const json_t *c = json_object_get(doc, "checkpoint");

	if (*cw_json_str(c, "root", ""))
		cw_buf_printf(out, _("%s: %llu entries, root %s\n"), cw_json_str(c, "origin", ""), (unsigned long long)cw_json_u64(c, "size", 0), cw_json_str(c, "root", ""));
}

static void findings(const json_t *list, size_t width, struct cw_buf *out)
{
	const json_t *f;
	size_t i;

	json_array_foreach(list, i, f) {
		CW_AUTO_BUF struct cw_buf line = { 0 };

		if (json_object_get(f, "index"))
			cw_buf_printf(&line, _("entry %llu: %s"), (unsigned long long)cw_json_u64(f, "index", 0), cw_json_str(f, "what", ""));
		else
			cw_buf_str(&line, cw_json_str(f, "what", ""));
		cw_paragraph(out, "", line.data ? line.data : "", width);
	}
}

void cw_text_register_check(const json_t *doc, size_t width, struct cw_buf *out)
{
	const json_t *list = json_object_get(doc, "answer");

	findings(list, width, out);
	if (!json_array_size(list))
		cw_buf_printf(out, "%s\n", _("The register is whole: no gap, no changed entry, no changed document, no start without an end."));
	cw_text_head(doc, out);
}

/* Nothing but the note, so that what was printed or saved is the note. */
void cw_text_checkpoint(const json_t *doc, size_t width, struct cw_buf *out)
{
	(void)width;
	cw_buf_str(out, cw_json_str(json_object_get(doc, "answer"), "note", ""));
}

void cw_text_register_exported(const json_t *doc, size_t width, struct cw_buf *out)
{
	const char *folder = cw_json_str(doc, "folder", "");

	cw_buf_printf(out, _("The register is in %s: %llu entries, %llu documents.\n"), folder, (unsigned long long)cw_json_u64(doc, "entries", 0),
		      (unsigned long long)cw_json_u64(doc, "documents", 0));
	cw_paragraph(out, "", _("Compare the fingerprint of root.pem with the one on paper first, and the checkpoint with the one on the last disposal list."), width);
	cw_fingerprint(out, cw_json_str(doc, "rootSha256", ""));
	cw_buf_printf(out, _("Then: certwipe verify %s --trust %s/root.pem\n"), folder, folder);
	cw_paragraph(out, "", _("Whoever shall not learn the serial numbers is given the folder without subjects.jsonl."), width);
}

void cw_text_audit(const json_t *doc, size_t width, struct cw_buf *out)
{
	const json_t *list = json_object_get(doc, "findings"), *since = json_object_get(doc, "sinceCheckpoint");
	unsigned long long from = cw_json_u64(doc, "from", 0);
	size_t errors = 0, i;
	const json_t *f;

	findings(list, width, out);
	json_array_foreach(list, i, f)
		errors += strcmp(cw_json_str(f, "severity", ""), "error") == 0;
	if (since && !errors)
		cw_buf_printf(out, _("Nothing before the checkpoint of %llu entries was changed.\n"), (unsigned long long)cw_json_u64(since, "size", 0));
	if (since && !cw_json_bool(since, "signed", false))
		cw_paragraph(out, "", _("The checkpoint had no signature: it was taken as it stands, as one typed from paper."), width);
	if (!json_array_size(list) && from)
		cw_buf_printf(out, _("No findings from the entry %llu on.\n"), from);
	else if (!json_array_size(list))
		cw_buf_printf(out, "%s\n", _("No findings."));
	cw_text_head(doc, out);
}
