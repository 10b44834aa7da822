/* SPDX-License-Identifier: Apache-2.0 */
/* The same page for a browser: one file that loads nothing.  It has neither seal nor evidence, and says so. */
#include <string.h>

#include "sheet.h"

static const char style[] =
	"body{font:16px/1.5 \"Noto Sans TC\",\"Noto Sans CJK TC\",\"Microsoft JhengHei\",sans-serif;max-width:50em;margin:2em auto;padding:1.5em;color:#000;background:#fff;border:4px double #000}"
	"body.report{border:12px solid #000}h1{margin:.2em 0}h1 span,h2 span{font-weight:400;font-size:.7em}h2{border-bottom:1px solid #000;font-size:1.1em;margin:1.2em 0 .3em}"
	".stamp{background:#000;color:#fff;padding:.3em .6em;font-size:1.3em;font-weight:700}.laboratory{border:3px solid #000;padding:.3em .6em;font-size:1.3em;font-weight:700}"
	".verdict{background:#eee;border-left:8px solid #000;padding:.6em 1em}.report .verdict{background:#fff;border:4px solid #000}.next{border:1px solid #000;padding:.4em 1em}"
	"table{border-collapse:collapse;width:100%}th{text-align:left;vertical-align:top;width:13em;font-weight:400}th,td{border-bottom:1px solid #bbb;padding:.15em .3em}"
	".strong{font-weight:700}.mono,code{font-family:monospace;overflow-wrap:anywhere}li,.small{font-size:.85em}";

static const struct sheet_text reading_only = {
	"本頁僅供閱讀，無數位簽章。先比對根憑證指紋與檔案中之紙本，相符者再驗證證據檔：",
	"This page is for reading only and has no seal. First compare the fingerprint of the root with the one on paper in your files. Only if it is the same, check the files of the evidence:" };

static void escaped(struct cw_buf *b, const char *text)
{
	for (const char *p = text; *p; p++) {
		const char *by = *p == '&' ? "&amp;" : *p == '<' ? "&lt;" : *p == '>' ? "&gt;" : *p == '"' ? "&quot;" : NULL;

		cw_buf_add(b, by ? by : p, by ? strlen(by) : 1);
	}
}

/* Each language in an element of its own, for what reads aloud. */
static void both(struct cw_buf *b, const struct sheet_text *text, bool alone_is_english)
{
	if (text->zh)
		escaped(b, text->zh);
	if (!text->en)
		return;
	cw_buf_str(b, text->zh ? " <span lang=\"en\">" : alone_is_english ? "<span lang=\"en\">" : "<span>");
	escaped(b, text->en);
	cw_buf_str(b, "</span>");
}

static void part(struct cw_buf *b, const char *open, const struct sheet_text *text, const char *close)
{
	cw_buf_str(b, open);
	both(b, text, true);
	cw_buf_str(b, close);
}

static void section(struct cw_buf *b, const struct sheet_section *s)
{
	if (s->heading.zh)
		part(b, "<h2>", &s->heading, "</h2>\n");
	cw_buf_str(b, "<table>\n");
	for (size_t i = 0; i < s->n; i++) {
		part(b, "<tr><th scope=\"row\">", &s->rows[i].label, "</th><td");
		cw_buf_printf(b, " class=\"%s%s\">", s->rows[i].style & SHEET_STRONG ? "strong " : "", s->rows[i].style & SHEET_MONO ? "mono" : "");
		both(b, &s->rows[i].value, false);
		cw_buf_str(b, "</td></tr>\n");
	}
	cw_buf_str(b, "</table>\n");
}

static void code(struct cw_buf *b, const char *text)
{
	cw_buf_str(b, "<p><code>");
	escaped(b, text);
	cw_buf_str(b, "</code></p>\n");
}

static void head(struct cw_buf *b, const struct sheet *s)
{
	cw_buf_str(b, "<!DOCTYPE html>\n<html lang=\"zh-TW\"><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
		      "<meta name=\"viewport\" content=\"width=device-width\"><title>");
	escaped(b, s->title.zh);
	cw_buf_str(b, " ");
	escaped(b, s->number);
	cw_buf_printf(b, "</title><style>%s</style></head>\n<body%s>\n", style, s->certificate ? "" : " class=\"report\"");
	if (s->laboratory)
		part(b, "<p class=\"laboratory\">", &s->laboratory_stamp, "</p>\n");
	if (!s->certificate)
		part(b, "<p class=\"stamp\">", &s->stamp, "</p>\n");
	cw_buf_str(b, "<p class=\"strong\">");
	escaped(b, s->issuer);
	part(b, "</p>\n<h1>", &s->title, "</h1>\n<p>");
	both(b, &sheet_number_label, true);
	cw_buf_str(b, " <span class=\"strong mono\">");
	escaped(b, s->number);
	cw_buf_str(b, "</span></p>\n");
}

static void body(struct cw_buf *b, const struct sheet *s)
{
	section(b, &s->facts);
	part(b, "<p class=\"verdict strong\">", &s->verdict, "</p>\n");
	part(b, "<div class=\"next\"><h2>", &sheet_next_heading, "</h2>\n");
	part(b, "<p class=\"strong\">", &s->next, "</p></div>\n");
	section(b, &s->medium);
	section(b, &s->work);
	section(b, &s->people);
	part(b, "<h2>", &sheet_limits_heading, "</h2>\n<ul>\n");
	for (size_t i = 0; i < s->n_limits; i++)
		part(b, "<li>", &s->limits[i], "</li>\n");
	part(b, "</ul>\n<h2>", &sheet_check_heading, "</h2>\n");
	part(b, "<p class=\"small strong\">", &reading_only, "</p>\n");
	if (s->root_sha256)
		code(b, s->root_sha256);
	code(b, s->openssl_line);
	cw_buf_str(b, "<p class=\"small\">evidence.json SHA-256</p>\n");
	code(b, s->json_sha256);
	cw_buf_str(b, "</body></html>\n");
}

static int print(const struct cw_paper *p, struct cw_buf *out, struct cw_error *err)
{
	struct cw_paper unsealed = *p;
	struct sheet s;

	unsealed.sealed_at = NULL; /* whatever the PDF has */
	int rc = sheet_make(&unsealed, &s, err);

	if (!rc) {
		head(out, &s);
		body(out, &s);
	}
	sheet_clear(&s);
	return rc || !out->failed ? rc : cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the page."));
}

const struct cw_renderer cw_renderer_html = { .id = "html", .print = print, .suffix = ".html" };
