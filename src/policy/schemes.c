/* SPDX-License-Identifier: Apache-2.0 */
/* Overwrite schemes: the table, and the reader of a pass list ("FF E4FFFFFF R"). */
#include "certwipe/policy.h"

#include <string.h>

const struct cw_scheme cw_schemes[] = {
#define SCHEME(scheme_id, scheme_name, pass_list, from, state, scheme_group) \
	{ .id = scheme_id, .name = scheme_name, .passes = pass_list, .source = from, .status = state, .group = CW_SCHEME_##scheme_group },
#include "schemes.def"
#undef SCHEME
	{ .id = NULL },
};

const struct cw_scheme *cw_scheme_get(const char *id)
{
	for (const struct cw_scheme *s = cw_schemes; s->id; s++) {
		if (strcmp(s->id, id) == 0)
			return s;
	}
	return NULL;
}

static const char *const group_names[] = { "recommended", "required", "historic" };

const char *cw_scheme_group_name(uint32_t group)
{
	return group < CW_ARRAY_LEN(group_names) ? group_names[group] : "unknown";
}

const char *cw_scheme_group_text(uint32_t group)
{
	switch (group) {
	case CW_SCHEME_RECOMMENDED:
		return _("Recommended");
	case CW_SCHEME_REQUIRED:
		return _("Required by a named authority or a contract");
	case CW_SCHEME_HISTORIC:
		return _("Historic, no added assurance. More passes do not raise the level that can be claimed.");
	default:
		return "";
	}
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static bool read_pattern(const char *token, size_t len, struct cw_pass *pass)
{
	if (len == 0 || len % 2 != 0 || len / 2 > CW_PATTERN_MAX)
		return false;
	for (size_t i = 0; i < len / 2; i++) {
		int high = hex_digit(token[2 * i]), low = hex_digit(token[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		pass->pattern[i] = (uint8_t)(high << 4 | low);
	}
	pass->kind = CW_PASS_PATTERN;
	pass->pattern_len = (uint32_t)(len / 2);
	return true;
}

static bool was_drawn(const struct cw_pass *passes, size_t n, uint32_t slot)
{
	for (size_t i = 0; i < n; i++) {
		if (passes[i].kind == CW_PASS_DRAWN && passes[i].slot == slot)
			return true;
	}
	return false;
}

/* Reads the token of pass n into passes[n].  A complement needs something before it that it complements. */
static bool read_token(const char *token, size_t len, struct cw_pass *passes, size_t n)
{
	struct cw_pass *pass = &passes[n];
	bool complement = len > 0 && token[0] == '~';
	const char *body = token + complement;
	size_t body_len = len - complement;

	if (body_len == 1 && body[0] == 'R') {
		pass->kind = complement ? CW_PASS_COMPLEMENT : CW_PASS_KEYSTREAM;
		return !complement || (n > 0 && passes[n - 1].kind == CW_PASS_KEYSTREAM);
	}
	if (body_len == 2 && body[0] == '$' && body[1] >= '1' && body[1] <= '9') {
		pass->kind = complement ? CW_PASS_DRAWN_COMPLEMENT : CW_PASS_DRAWN;
		pass->slot = (uint32_t)(body[1] - '0');
		return !complement || was_drawn(passes, n, pass->slot);
	}
	return !complement && read_pattern(body, body_len, pass);
}

int cw_scheme_passes(const char *passes, struct cw_pass out[CW_PASSES_MAX], struct cw_error *err)
{
	size_t n = 0;

	memset(out, 0, CW_PASSES_MAX * sizeof(*out));
	for (const char *at = passes; *at;) {
		size_t len = strcspn(at, " ");

		if (n == CW_PASSES_MAX)
			return cw_fail(err, CW_E_SYNTAX, 0, passes, NULL, _("The pass list has more than %d passes."), CW_PASSES_MAX);
		if (!read_token(at, len, out, n))
			return cw_fail(err, CW_E_SYNTAX, 0, passes, NULL, _("Pass %zu of the pass list, \"%.*s\", means nothing."), n + 1,
				       (int)(len < 32 ? len : 32), at);
		n++;
		at += len;
		if (*at == ' ' && *++at == '\0')
			return cw_fail(err, CW_E_SYNTAX, 0, passes, NULL, _("The pass list ends with a blank."));
	}
	if (n == 0)
		return cw_fail(err, CW_E_SYNTAX, 0, passes, NULL, _("The pass list is empty."));
	return (int)n;
}
