/* SPDX-License-Identifier: Apache-2.0 */
/* Results and jobs as text: what became of each medium, and what happens next. */
#include <string.h>

#include "text.h"

/* "Wiped" would say too much. */
static void keys_destroyed(const json_t *r, size_t width, struct cw_buf *out)
{
	if (cw_json_bool(r, "laboratory", false))
		cw_paragraph(out, "", _("LABORATORY: this document proves a test, not a disposal."), width);
	cw_paragraph(out, "", _(cw_json_str(r, "reason", "")), width);
	cw_field(out, _("level"), cw_json_str(r, "level", ""));
	cw_paragraph(out, "  ", cw_json_bool(r, "wipeClosesCase", true) ?
				_("Next: have the certificate validated by somebody other than you; until then do not release the medium.") :
				_("The keys are destroyed, the encrypted data are still there. Now shred it: the case stays open until the physical destruction is recorded."), width);
}

static void success(const json_t *r, size_t width, struct cw_buf *out)
{
	if (cw_json_bool(r, "onlyKeys", false)) {
		keys_destroyed(r, width, out);
		return;
	}
	cw_paragraph(out, "", cw_json_bool(r, "laboratory", false) ? _("LABORATORY: wiped, read back and found as written. This document proves a test, not a disposal.") :
								     _("Wiped, read back and found as written."), width);
	cw_field(out, _("level"), cw_json_str(r, "level", ""));
	if (cw_json_bool(r, "laboratory", false))
		return;
	cw_paragraph(out, "  ", cw_json_bool(r, "wipeClosesCase", true) ? _("Next: have the certificate validated by somebody other than you; until then do not release the medium.") :
									   _("Wiped. Now shred it: the case stays open until the physical destruction is recorded."), width);
}

static void failure(const json_t *r, size_t width, struct cw_buf *out)
{
	const json_t *e = json_object_get(r, "error");
	const char *reason = e ? cw_json_str(e, "message", "") : _(cw_json_str(r, "reason", ""));
	long long code = (long long)cw_json_u64(r, "exit", 0);

	cw_paragraph(out, "", *reason ? reason : _("The wipe did not succeed."), width);
	if (e && *cw_json_str(e, "hint", ""))
		cw_paragraph(out, "  ", cw_json_str(e, "hint", ""), width);
	else if (code == CW_EXIT_STOPPED)
		cw_paragraph(out, "  ", _("Next: go on with `certwipe resume`, or treat the medium as not wiped."), width);
	else if (!e)
		cw_paragraph(out, "  ", _("Next: the medium counts as not wiped. Destroy it physically, or wipe it again if that can reach more."), width);
}

/* The command to type when it was shredded. */
static bool awaits_destruction(const json_t *r, bool certificate)
{
	if (!*cw_json_str(r, "jobId", "") || !*cw_json_str(r, "documentId", "") || json_object_get(r, "error"))
		return false;
	return certificate ? !cw_json_bool(r, "wipeClosesCase", true) : cw_json_u64(r, "exit", 0) != CW_EXIT_STOPPED;
}

static void result(const json_t *r, size_t width, struct cw_buf *out)
{
	bool certificate = !strcmp(cw_json_str(r, "type", ""), CW_TYPE_CERTIFICATE);

	const char *node = cw_json_str(r, "node", ""), *said = cw_json_str(json_object_get(r, "error"), "message", "");

	/* Most sentences of refusals name the medium themselves. */
	if (!*node || strncmp(said, node, strlen(node)) != 0)
		cw_buf_printf(out, "%s: ", node);
	if (certificate && cw_json_u64(r, "exit", 1) == 0)
		success(r, width, out);
	else
		failure(r, width, out);
	cw_field(out, certificate ? _("certificate") : _("report"), cw_json_str(r, "documentId", ""));
	cw_field(out, _("job"), cw_json_str(r, "jobId", ""));
	if (awaits_destruction(r, certificate))
		cw_field_printf(out, _("then"), "certwipe destroy --job %s", cw_json_str(r, "jobId", ""));
	cw_field(out, _("SHA-256"), cw_json_str(r, "jsonSha256", ""));
}

void cw_text_wipe(const json_t *doc, size_t width, struct cw_buf *out)
{
	const json_t *r;
	size_t i;

	json_array_foreach(json_object_get(doc, "results"), i, r)
		result(r, width, out);
}

void cw_text_jobs(const json_t *doc, size_t width, struct cw_buf *out)
{
	const char *const titles[] = { _("JOB"), _("MEDIUM"), _("STATE"), _(">STEP"), _(">DONE"), _("WHAT IT MEANS") };
	struct cw_table *t = cw_table_new(titles, CW_ARRAY_LEN(titles), width);
	const json_t *jobs = json_object_get(doc, "jobs"), *j;
	size_t i;

	json_array_foreach(jobs, i, j) {
		/* Of one that runs, where it is; of the others, what their journal has. */
		const json_t *now = json_object_get(j, "progress");
		uint64_t size = cw_json_u64(now ? now : j, "sizeBytes", 0), reached = cw_json_u64(now ? now : j, now ? "completedBytes" : "watermarkBytes", 0);
		char step[32], done[32];

		snprintf(step, sizeof step, "%llu/%llu", (unsigned long long)cw_json_u64(now ? now : j, "step", 0), (unsigned long long)cw_json_u64(j, "steps", 0));
		snprintf(done, sizeof done, "%llu %%", size ? (unsigned long long)(reached * 100 / size) : 0);
		cw_table_row(t, (const char *const[]){ cw_json_str(j, "jobId", ""), cw_json_str(j, "node", ""), cw_json_str(j, "state", ""), step, done,
						       cw_json_str(j, "words", "") });
	}
	cw_table_take(t, out);
	if (!json_array_size(jobs))
		cw_buf_printf(out, "%s\n", _("No job is running or unfinished."));
}

void cw_text_stopping(const json_t *doc, size_t width, struct cw_buf *out)
{
	(void)width;
	cw_buf_printf(out, _("Job %s stops at a checkpoint.\n"), cw_json_str(doc, "jobId", ""));
}

void cw_text_unlocked(const json_t *doc, size_t width, struct cw_buf *out)
{
	(void)width;
	cw_buf_printf(out, _("No password is set on %s any more. It was not erased: wipe it, or resume its job.\n"), cw_json_str(doc, "node", ""));
}

void cw_text_abandoned(const json_t *doc, size_t width, struct cw_buf *out)
{
	CW_AUTO_BUF struct cw_buf line = { 0 };

	cw_buf_printf(&line, cw_json_bool(doc, "processEnded", false) ? _("Job %s was given up. It can be resumed when its medium answers again.") :
									  _("Job %s was given up, but its process hangs in the kernel. Unplug the medium."),
		      cw_json_str(doc, "jobId", ""));
	cw_paragraph(out, "", line.data ? line.data : "", width);
}

static const char *recheck_words(const json_t *doc)
{
	if (cw_json_u64(doc, "mismatchBytes", 0))
		return _("The medium is not what the certificate says any more.");
	if (!cw_json_bool(doc, "same", false))
		return _("The medium could not be read whole. What could be read is what the certificate says; of the rest nothing is known.");
	if (!cw_json_bool(doc, "proven", false))
		return _("Every byte is what the document says, but the document itself proves nothing here:");
	return _("Every byte is still what the certificate says.");
}

void cw_text_recheck(const json_t *doc, size_t width, struct cw_buf *out)
{
	CW_AUTO_BUF struct cw_buf line = { 0 };

	if (cw_json_bool(doc, "laboratory", false))
		cw_buf_str(out, CW_STAMP "\n");
	cw_buf_printf(&line, "%s: %s", cw_json_str(doc, "medium", ""), recheck_words(doc));
	cw_paragraph(out, "", line.data ? line.data : "", width);
	if (*cw_json_str(doc, "reason", ""))
		cw_paragraph(out, "  ", cw_json_str(doc, "reason", ""), width);
	cw_field(out, _("certificate"), cw_json_str(doc, "documentId", ""));
	cw_field(out, _("its signature"), cw_json_str(doc, "finding", ""));
	cw_field_printf(out, _("compared"), _("%llu of %llu bytes"), (unsigned long long)cw_json_u64(doc, "comparedBytes", 0),
			(unsigned long long)cw_json_u64(doc, "sizeBytes", 0));
	if (cw_json_u64(doc, "mismatchBytes", 0))
		cw_field_printf(out, _("different"), _("%llu bytes, the first at %llu"), (unsigned long long)cw_json_u64(doc, "mismatchBytes", 0),
				(unsigned long long)cw_json_u64(doc, "firstMismatchBytes", 0));
	if (cw_json_u64(doc, "unreadableBytes", 0))
		cw_field_printf(out, _("unreadable"), _("%llu bytes"), (unsigned long long)cw_json_u64(doc, "unreadableBytes", 0));
}
