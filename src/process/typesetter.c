/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certwipe-typeset: reads a font, and which text it shall show, and answers which glyphs show it.  A program of its own, because fonts and the libraries that read
 * them have no place in a process that holds a medium or a key; it gives up all but what it has open before it looks at a byte of either.
 *
 *	certwipe-typeset [FONT] <request >answer
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certwipe/render.h"

#define REQUEST_MAX (4u * 1024u * 1024u)
#define FONT_MAX (128u * 1024u * 1024u)
#define CPU_SECONDS 10
#define MEMORY_BYTES (256u * 1024u * 1024u)

struct font { const void *bytes; size_t len; };

static void map_font(const char *path, struct font *out)
{
	CW_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > FONT_MAX)
		return;
	void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

	if (bytes != MAP_FAILED)
		*out = (struct font){ bytes, (size_t)st.st_size };
}

int main(int argc, char **argv)
{
	CW_AUTO_BUF struct cw_buf request = { 0 }, answer = { 0 };
	struct font font = { "", 0 };
	struct cw_error err = { 0 };
	int rc = 0;

	map_font(argc == 2 ? argv[1] : cw_typeset_font(), &font);
	rc = cw_sandbox_parser(CPU_SECONDS, MEMORY_BYTES, &err);
	if (!rc)
		rc = cw_fd_read(STDIN_FILENO, "request", REQUEST_MAX, &request, &err);
	if (!rc)
		rc = cw_typeset(font.bytes, font.len, request.data ? request.data : "", request.len, &answer, &err);
	if (!rc)
		rc = cw_fd_write_all(STDOUT_FILENO, "answer", answer.data, answer.len, &err);
	if (rc)
		fprintf(stderr, "%s: %s\n", CW_TYPESETTER_NAME, err.message);
	_exit(rc ? 1 : 0);
}
