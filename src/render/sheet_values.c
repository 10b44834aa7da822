/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and times as paper shows them: the same on every machine, so neither locale nor time zone plays a part. */
#include <stdlib.h>
#include <string.h>

#include "sheet.h"

#define TAIWAN_S (8 * 3600)   /* UTC+8, without summer time since 1980 */
#define ROC_EPOCH_YEAR 1911   /* the year before the first of the calendar in use in Taiwan */

/* Takes text; what was lost for want of memory is told once at the end. */
static const char *own(struct sheet *s, char *text)
{
	char **grown = text ? realloc(s->owned, (s->n_owned + 1) * sizeof *grown) : NULL;

	if (!grown) {
		free(text);
		s->failed = true;
		return "";
	}
	s->owned = grown;
	return grown[s->n_owned++] = text;
}

const char *sheet_printf(struct sheet *s, const char *fmt, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, fmt);
	int n = vasprintf(&text, fmt, args);

	va_end(args);
	return own(s, n < 0 ? NULL : text);
}

const char *sheet_number(struct sheet *s, uint64_t n)
{
	char digits[24], out[32];
	size_t len = (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)n), used = 0;

	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			out[used++] = ',';
		out[used++] = digits[i];
	}
	out[used] = 0;
	return sheet_printf(s, "%s", out);
}

/* Powers of ten, as printed on media. */
const char *sheet_size(struct sheet *s, uint64_t bytes)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB", "PB" };
	uint64_t unit = 1000;
	size_t i = 0;

	while (i + 1 < CW_ARRAY_LEN(units) && bytes >= unit * 1000 - unit / 20) {
		unit *= 1000;
		i++;
	}
	uint64_t tenths = (bytes + unit / 20) / (unit / 10);

	return sheet_printf(s, "%llu.%llu %s", (unsigned long long)(tenths / 10), (unsigned long long)(tenths % 10), units[i]);
}

const char *sheet_groups(struct sheet *s, const char *hex)
{
	char out[2 * CW_SHA256_HEX];
	size_t used = 0;

	for (size_t i = 0; hex[i] && used + 2 < sizeof out; i++) {
		if (i && i % 4 == 0)
			out[used++] = ' ';
		out[used++] = hex[i];
	}
	out[used] = 0;
	return sheet_printf(s, "%s", out);
}

const char *sheet_known(const json_t *o, const char *key)
{
	const char *text = cw_json_str(o, key, NULL);

	return text && *text && strcmp(text, "unknown") != 0 ? text : NULL;
}

struct sheet_text sheet_both(const json_t *words)
{
	return (struct sheet_text){ cw_json_str(words, "zh_TW", ""), cw_json_str(words, "en", "") };
}

/* ---- times ---- */

struct moment { char utc[CW_TIME_TEXT], local[CW_TIME_TEXT]; int roc_year; };

static bool moment_of(const char *utc, struct moment *m)
{
	int64_t at;

	if (!cw_time_parse(utc, &at))
		return false;
	cw_strlcpy(m->utc, utc, sizeof m->utc);
	cw_time_format(at + TAIWAN_S, m->local);
	m->roc_year = atoi(m->local) - ROC_EPOCH_YEAR;
	return true;
}

/* "2026-11-24T02:55:22Z": the parts of it by their places. */
#define DAY(t) (t) + 8
#define MONTH(t) (t) + 5
#define CLOCK(t) (t) + 11

struct sheet_text sheet_time(struct sheet *s, const char *utc)
{
	struct moment m;

	if (!moment_of(utc, &m))
		return sheet_unknown;
	return (struct sheet_text){ sheet_printf(s, "民國%d年%.2s月%.2s日 %.8s（臺灣時間）", m.roc_year, MONTH(m.local), DAY(m.local), CLOCK(m.local)),
				    sheet_printf(s, "%.10s %.8s UTC", m.utc, CLOCK(m.utc)) };
}

/* The day once when both are of it. */
struct sheet_text sheet_period(struct sheet *s, const char *from, const char *to)
{
	struct sheet_text a = sheet_time(s, from), b = sheet_time(s, to);
	struct moment x, y;

	if (!moment_of(from, &x) || !moment_of(to, &y))
		return sheet_unknown;
	return (struct sheet_text){ strncmp(x.local, y.local, 10) ? sheet_printf(s, "%s至%s", a.zh, b.zh) :
								    sheet_printf(s, "民國%d年%.2s月%.2s日 %.8s 至 %.8s（臺灣時間）", x.roc_year, MONTH(x.local), DAY(x.local),
										 CLOCK(x.local), CLOCK(y.local)),
				    strncmp(x.utc, y.utc, 10) ? sheet_printf(s, "%s to %s", a.en, b.en) :
								sheet_printf(s, "%.10s %.8s to %.8s UTC", x.utc, CLOCK(x.utc), CLOCK(y.utc)) };
}
