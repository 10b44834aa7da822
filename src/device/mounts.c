/* SPDX-License-Identifier: Apache-2.0 */
#include "mounts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define MOUNTINFO_MAX (32u * 1024u * 1024u)
#define SWAPS_MAX (1024u * 1024u)

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

void cw_octal_decode(char *text)
{
	char *out = text;

	while (*text) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && is_octal(text[2]) && is_octal(text[3])) {
			char c = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));

			if (c) { /* a NUL would hide the rest */
				*out++ = c;
				text += 4;
				continue;
			}
		}
		*out++ = *text++;
	}
	*out = '\0';
}

/* 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue: proc(5); the optional fields end with "-". */
static bool parse_line(char *line, struct cw_mount *m)
{
	char *save, *field[6], *word;
	unsigned major_, minor_;
	int end = 0;

	for (size_t i = 0; i < CW_ARRAY_LEN(field); i++)
		if (!(field[i] = strtok_r(i ? NULL : line, " ", &save)))
			return false;
	while ((word = strtok_r(NULL, " ", &save)) && strcmp(word, "-"))
		continue;
	m->type = strtok_r(NULL, " ", &save);
	/* A file system may have an empty source, which leaves nothing between two blanks. */
	m->source = m->type ? save : NULL;
	if (!m->source || sscanf(field[2], "%9u:%9u%n", &major_, &minor_, &end) != 2 || field[2][end])
		return false;
	m->options = strchr(m->source, ' ');
	if (m->options)
		*m->options++ = '\0';
	else
		m->options = m->source + strlen(m->source);
	m->id = strtoull(field[0], NULL, 10);
	m->major_ = major_;
	m->minor_ = minor_;
	m->point = field[4];
	cw_octal_decode(m->point);
	cw_octal_decode(m->source);
	return true;
}

static size_t count_lines(const char *text)
{
	size_t n = 1;

	for (; (text = strchr(text, '\n')); text++)
		n++;
	return n;
}

int cw_mounts_read(const char *path, struct cw_mounts *out, struct cw_error *err)
{
	char *save, *line;
	int rc;

	memset(out, 0, sizeof(*out));
	out->text.max_bytes = MOUNTINFO_MAX;
	rc = cw_file_read(AT_FDCWD, path, MOUNTINFO_MAX, &out->text, err);
	if (rc == 0 && out->text.data && !(out->at = calloc(count_lines(out->text.data), sizeof(*out->at))))
		rc = cw_fail(err, CW_E_NO_MEMORY, 0, path, NULL, _("There is not enough memory to read the list of mounts."));
	if (rc) {
		cw_mounts_clear(out);
		return rc;
	}
	for (line = out->text.data ? strtok_r(out->text.data, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save))
		if (parse_line(line, &out->at[out->n]))
			out->n++;
	return 0;
}

void cw_mounts_clear(struct cw_mounts *m)
{
	cw_buf_clear(&m->text);
	free(m->at);
	m->at = NULL;
	m->n = 0;
}

const struct cw_mount *cw_mounts_by_id(const struct cw_mounts *m, uint64_t id)
{
	for (size_t i = 0; id && i < m->n; i++)
		if (m->at[i].id == id)
			return &m->at[i];
	return NULL;
}

const struct cw_mount *cw_mounts_by_dev(const struct cw_mounts *m, uint32_t major, uint32_t minor)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->at[i].major_ == major && m->at[i].minor_ == minor)
			return &m->at[i];
	return NULL;
}

/* ---- overlay ---- */

/* Layers stand between colons; a colon that belongs to a path has a backslash before it. */
static void each_layer(char *list, void (*each)(void *user, const char *path), void *user)
{
	char *out = list, *start = list;

	for (;; list++) {
		if (list[0] == '\\' && list[1]) {
			*out++ = *++list;
			continue;
		}
		if (list[0] && list[0] != ':') {
			*out++ = list[0];
			continue;
		}
		bool last = !list[0];

		*out++ = '\0';
		if (start[0])
			each(user, start);
		if (last)
			return;
		start = out;
	}
}

void cw_overlay_each(const struct cw_mount *m, bool only_upper, void (*each)(void *user, const char *path), void *user)
{
	static const char *const keys[] = { "upperdir=", "lowerdir=", "lowerdir+=", "datadir+=" };
	CW_AUTO_FREE char *copy = strdup(m->options);
	char *save, *option;

	for (option = copy ? strtok_r(copy, ",", &save) : NULL; option; option = strtok_r(NULL, ",", &save))
		for (size_t i = 0; i < (only_upper ? 1 : CW_ARRAY_LEN(keys)); i++)
			if (!strncmp(option, keys[i], strlen(keys[i]))) {
				option += strlen(keys[i]);
				cw_octal_decode(option);
				each_layer(option, each, user);
				break;
			}
}

/* ---- swap ---- */

int cw_swaps_each(const char *path, void (*each)(void *user, const char *swap), void *user, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf text = { .max_bytes = SWAPS_MAX };
	char *save, *line;
	int rc = cw_file_read(AT_FDCWD, path, SWAPS_MAX, &text, err);

	if (rc || !text.data)
		return rc;
	/* The first line names the columns. */
	for (line = strtok_r(text.data, "\n", &save); line && (line = strtok_r(NULL, "\n", &save)); ) {
		line[strcspn(line, " \t")] = '\0';
		cw_octal_decode(line);
		each(user, line);
	}
	return 0;
}
