/* SPDX-License-Identifier: Apache-2.0 */
/* Growing byte strings, and the cleanup functions behind CW_AUTO_*. */
#include "certwipe/base.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_MAX_BYTES ((size_t)64 << 20)
#define FIRST_CAP 256u

void cw_buf_clear(struct cw_buf *b)
{
	free(b->data);
	*b = (struct cw_buf){ .max_bytes = b->max_bytes };
}

/* Makes room for len more bytes and the NUL. */
static bool reserve(struct cw_buf *b, size_t len)
{
	size_t max = b->max_bytes ? b->max_bytes : DEFAULT_MAX_BYTES;
	size_t cap = b->cap ? b->cap : FIRST_CAP;
	char *grown;

	if (b->failed || b->len > max || len > max - b->len) {
		b->failed = true;
		return false;
	}
	if (b->len + len < b->cap)
		return true;
	while (cap <= b->len + len)
		cap *= 2;
	grown = realloc(b->data, cap);
	if (!grown) {
		b->failed = true;
		return false;
	}
	b->data = grown;
	b->cap = cap;
	return true;
}

void cw_buf_add(struct cw_buf *b, const void *data, size_t len)
{
	if (!reserve(b, len))
		return;
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void cw_buf_str(struct cw_buf *b, const char *s)
{
	cw_buf_add(b, s, strlen(s));
}

void cw_buf_printf(struct cw_buf *b, const char *fmt, ...)
{
	va_list args, again;
	int len;

	va_start(args, fmt);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, args);
	if (len < 0) {
		b->failed = true;
	} else if (reserve(b, (size_t)len)) {
		vsnprintf(b->data + b->len, (size_t)len + 1, fmt, again);
		b->len += (size_t)len;
	}
	va_end(again);
	va_end(args);
}

char *cw_buf_take(struct cw_buf *b)
{
	char *taken;

	cw_buf_add(b, "", 0); /* an empty buffer gives an empty string */
	if (b->failed) {
		cw_buf_clear(b);
		return NULL;
	}
	taken = b->data;
	*b = (struct cw_buf){ .max_bytes = b->max_bytes };
	return taken;
}

void cw_cleanup_free(void *p)
{
	free(*(void **)p);
}

void cw_cleanup_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

void cw_cleanup_json(json_t **j)
{
	json_decref(*j);
}

void cw_cleanup_buf(struct cw_buf *b)
{
	cw_buf_clear(b);
}
