/* SPDX-License-Identifier: Apache-2.0 */
/* Errors: one struct for all, one table (errors.def) from codes to slugs and exit codes. */
#include "certwipe/base.h"

#include <errno.h>
#include <string.h>

#include "text.h"

static const struct {
	int code;
	const char *slug;
	int exit_code;
} rows[] = {
#define CODE(name, text, status) { CW_E_##name, text, status },
#include "errors.def"
#undef CODE
};

int cw_fail(struct cw_error *err, enum cw_code code, int sys_errno, const char *where, const char *hint, const char *fmt, ...)
{
	/* Built aside, because callers wrap errors: where, hint and the arguments may point into *err. */
	struct cw_error built = { .code = code, .sys_errno = sys_errno };
	char text[2 * sizeof built.message];
	int errno_before = errno;
	va_list args;

	va_start(args, fmt);
	if (vsnprintf(text, sizeof text, fmt, args) < 0)
		text[0] = '\0';
	va_end(args);
	cw_text_sentence(built.message, sizeof built.message, text, strlen(text));
	if (where)
		cw_text_sentence(built.where, sizeof built.where, where, strlen(where));
	if (hint)
		cw_text_sentence(built.hint, sizeof built.hint, hint, strlen(hint));
	*err = built;
	errno = errno_before;
	return code;
}

const char *cw_code_slug(int code)
{
	for (size_t i = 0; i < CW_ARRAY_LEN(rows); i++) {
		if (rows[i].code == code)
			return rows[i].slug;
	}
	return code == CW_OK ? "ok" : "unknown";
}

int cw_code_exit(int code)
{
	if (code == CW_OK)
		return CW_EXIT_DONE;
	for (size_t i = 0; i < CW_ARRAY_LEN(rows); i++) {
		if (rows[i].code == code)
			return rows[i].exit_code;
	}
	return CW_EXIT_FAILED;
}

int cw_code_of_slug(const char *slug)
{
	for (size_t i = 0; i < CW_ARRAY_LEN(rows); i++) {
		if (slug && strcmp(rows[i].slug, slug) == 0)
			return rows[i].code;
	}
	return CW_OK;
}

/* Position in the order of gravity; an exit code that is none of ours weighs like "failed". */
static size_t gravity(int exit_code)
{
	static const int order[] = { CW_EXIT_VERIFY_FAILED, CW_EXIT_INCONCLUSIVE, CW_EXIT_NO_EVIDENCE, CW_EXIT_FAILED,
		CW_EXIT_STOPPED, CW_EXIT_NOT_FOUND, CW_EXIT_BUSY, CW_EXIT_REFUSED, CW_EXIT_UNAUTHORISED, CW_EXIT_USAGE,
		CW_EXIT_INVALID, CW_EXIT_DONE };

	for (size_t i = 0; i < CW_ARRAY_LEN(order); i++) {
		if (order[i] == exit_code)
			return i;
	}
	return gravity(CW_EXIT_FAILED);
}

int cw_exit_worst(int a, int b)
{
	return gravity(b) < gravity(a) ? b : a;
}

static void clean_field(char *field, size_t size)
{
	char copy[sizeof(((struct cw_error *)0)->message)];
	size_t len = strnlen(field, size);

	memcpy(copy, field, len);
	cw_text_sentence(field, size, copy, len);
}

void cw_error_receive(struct cw_error *err)
{
	if (err->code != CW_OK && strcmp(cw_code_slug(err->code), "unknown") == 0)
		err->code = CW_E_PROTOCOL;
	clean_field(err->where, sizeof err->where);
	clean_field(err->message, sizeof err->message);
	clean_field(err->hint, sizeof err->hint);
}

json_t *cw_error_json(const struct cw_error *err)
{
	return json_pack("{s:s, s:i, s:s, s:s, s:s, s:i}", "code", cw_code_slug(err->code), "exit", cw_code_exit(err->code),
		"message", err->message, "hint", err->hint, "where", err->where, "errno", (int)err->sys_errno);
}
