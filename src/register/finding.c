/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "finding.h"

static void put(struct findings *f, json_t *finding, const char *key, const char *raw)
{
	char clean[CW_SERIAL_MAX];

	if (!raw || !*raw)
		return;
	cw_text_printable(clean, sizeof(clean), raw, strlen(raw));
	if (json_object_set_new(finding, key, json_string(clean)) < 0)
		f->no_memory = true;
}

void finding_add(struct findings *f, const char *kind, const struct about *about, const char *fmt, ...)
{
	char text[2 * CW_SERIAL_MAX];
	json_t *finding = json_pack("{s:s, s:s}", "severity", strcmp(kind, BROKEN) == 0 ? "error" : "finding", "kind", kind);
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	put(f, finding, "what", text);
	put(f, finding, "documentId", about->document_id);
	put(f, finding, "jobId", about->job_id);
	put(f, finding, "asset", about->asset);
	if (about->index != NO_INDEX && json_object_set_new(finding, "index", json_integer((json_int_t)about->index)) < 0)
		f->no_memory = true;
	if (json_array_append_new(f->list, finding) < 0)
		f->no_memory = true;
}
