/* SPDX-License-Identifier: Apache-2.0 */
/* What a command prints: one document on standard output, everything said to the person on standard error. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "internal.h"

size_t cw_screen_width(int fd)
{
	struct winsize w;

	return isatty(fd) && ioctl(fd, TIOCGWINSZ, &w) == 0 && w.ws_col >= 40 ? w.ws_col : 80;
}

int cw_emit(const struct cw_context *c, json_t *doc_take, struct cw_error *err)
{
	CW_AUTO_JSON json_t *doc = doc_take;
	CW_AUTO_BUF struct cw_buf out = { 0 };
	const struct cw_renderer *r = cw_renderer_get(c->o->json ? "json" : "text");

	if (!doc)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the answer."));
	if (c->o->quiet && !c->o->json)
		return 0;
	out.max_bytes = CW_DOC_MAX * 2;
	int rc = r->render(doc, isatty(STDOUT_FILENO) ? cw_screen_width(STDOUT_FILENO) : 0, &out, err);

	if (rc)
		return rc;
	return cw_fd_write_all(STDOUT_FILENO, _("standard output"), out.data, out.len, err);
}

int cw_findings_exit(const json_t *findings)
{
	const json_t *one;
	size_t i;
	int exit_code = json_array_size(findings) ? CW_EXIT_INCONCLUSIVE : CW_EXIT_DONE;

	json_array_foreach(findings, i, one)
		if (!strcmp(cw_json_str(one, "severity", ""), "error"))
			exit_code = CW_EXIT_INVALID;
	return exit_code;
}

void cw_tell_error(bool json, const struct cw_error *err)
{
	CW_AUTO_JSON json_t *doc = json ? json_pack("{s:s, s:o}", "schema", "certwipe/error/1", "error", cw_error_json(err)) : NULL;

	if (doc) {
		json_dumpf(doc, stdout, JSON_INDENT(2));
		putchar('\n');
		fflush(stdout);
	}
	fprintf(stderr, "certwipe: %s\n", err->message);
	if (err->sys_errno && !strstr(err->message, strerror(err->sys_errno)))
		fprintf(stderr, "  (%s)\n", strerror(err->sys_errno));
	if (*err->hint)
		fprintf(stderr, "  %s\n", err->hint);
}

void cw_say(const struct cw_context *c, const char *fmt, ...)
{
	va_list args;

	if (c->o->quiet)
		return;
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}
