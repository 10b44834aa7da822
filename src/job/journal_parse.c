/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict reader of journals.  A journal is evidence: whatever is not exactly what the writer writes is refused with the line's number.
 * The one thing forgiven is an unfinished last line, because a power cut leaves one and nothing was done on the strength of it.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "certwipe/job.h"
#include "schema.h"

#define NO_PREV "0000000000000000000000000000000000000000000000000000000000000000"

#define INVALID(err, number, sentence) \
	cw_fail(err, CW_E_INVALID, 0, "journal", _("The journal was damaged or altered; nothing can be claimed from it."), sentence, (unsigned long long)(number))

/*
 * Length of the part that counts.  What follows the last newline is torn.  So is a last line with a NUL in it: JSON has none, but blocks of a file that
 * never reached the disk read as zeros, even when the block with the newline did.
 */
static size_t finished_len(const char *bytes, size_t len)
{
	const char *newline = len > 0 ? memrchr(bytes, '\n', len) : NULL;
	if (newline == NULL)
		return 0;
	const char *before = memrchr(bytes, '\n', (size_t)(newline - bytes));
	const char *line = before != NULL ? before + 1 : bytes;
	if (memchr(line, '\0', (size_t)(newline - line)) != NULL)
		return (size_t)(line - bytes);
	return (size_t)(newline - bytes) + 1;
}

static int check_place(const json_t *line, uint64_t number, const char *prev, struct cw_error *err)
{
	bool is_job = job_event_is(line, "job");
	if (cw_json_u64(line, "seq", UINT64_MAX) != number)
		return INVALID(err, number, _("Line %llu of the journal carries another number."));
	if (strcmp(cw_json_str(line, "prev", ""), prev) != 0)
		return INVALID(err, number, _("Line %llu of the journal does not follow from the line before it."));
	if (is_job != (number == 0))
		return INVALID(err, number, _("Line %llu of the journal is wrong: the first line, and no other, is the job."));
	if (is_job && !cw_job_id_valid(cw_json_str(line, "jobId", "")))
		return INVALID(err, number, _("Line %llu of the journal names its job in another form."));
	return 0;
}

static int parse_line(const char *text, size_t len, unsigned *seen, struct cw_journal_text *out, struct cw_error *err)
{
	uint64_t number = json_array_size(out->lines);
	CW_AUTO_JSON json_t *line = NULL;
	const struct event_rule *rule = NULL;
	if (len > CW_JOURNAL_LINE_MAX)
		return INVALID(err, number, _("Line %llu of the journal is longer than a line can be."));
	int rc = cw_json_parse_canonical(text, len, &line, err);
	if (rc < 0)
		return rc == CW_E_NO_MEMORY ? rc : INVALID(err, number, _("Line %llu of the journal is not canonical JSON."));
	rc = job_line_check(line, number, &rule, err);
	if (rc == 0)
		rc = check_place(line, number, out->last_line_sha256, err);
	if (rc < 0)
		return rc;
	if ((*seen & job_event_once(rule)) != 0)
		return INVALID(err, number, _("Line %llu of the journal repeats an event that happens only once."));
	*seen |= job_event_once(rule);
	cw_sha256_hex(text, len, out->last_line_sha256);
	if (json_array_append(out->lines, line) < 0)
		return cw_fail(err, CW_E_NO_MEMORY, 0, "journal", NULL, _("There is not enough memory to read the journal."));
	return 0;
}

static int parse_lines(const char *bytes, size_t len, struct cw_journal_text *out, struct cw_error *err)
{
	unsigned seen = 0;
	for (size_t at = 0; at < len;) {
		const char *newline = memchr(bytes + at, '\n', len - at);
		size_t n = (size_t)(newline - bytes) - at; /* finished_len: every line has its newline */
		int rc = parse_line(bytes + at, n, &seen, out, err);
		if (rc < 0)
			return rc;
		at += n + 1;
	}
	return 0;
}

int cw_journal_parse(const char *bytes, size_t len, struct cw_journal_text *out, struct cw_error *err)
{
	memset(out, 0, sizeof(*out));
	if (len > CW_JOURNAL_MAX_BYTES)
		return cw_fail(err, CW_E_INVALID, 0, "journal", NULL, _("The journal is larger than a journal can be (%zu bytes)."), len);
	size_t counts = finished_len(bytes, len);
	if (counts == 0)
		return cw_fail(err, CW_E_INVALID, 0, "journal", _("The job ended before it began; nothing was written to a medium."),
			       _("The journal holds no finished line."));
	out->torn = counts != len;
	out->bytes.max_bytes = CW_JOURNAL_MAX_BYTES + 1;
	cw_buf_add(&out->bytes, bytes, counts);
	out->lines = json_array();
	cw_strlcpy(out->last_line_sha256, NO_PREV, sizeof(out->last_line_sha256));
	int rc = 0;
	if (out->bytes.failed || out->lines == NULL)
		rc = cw_fail(err, CW_E_NO_MEMORY, 0, "journal", NULL, _("There is not enough memory to read the journal."));
	if (rc == 0)
		rc = parse_lines(bytes, counts, out, err);
	if (rc < 0)
		cw_journal_text_clear(out);
	else
		cw_sha256_hex(bytes, counts, out->sha256);
	return rc;
}

int cw_journal_read_fd(int fd, struct cw_journal_text *out, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf b = { .max_bytes = CW_JOURNAL_MAX_BYTES + 1 };
	memset(out, 0, sizeof(*out));
	if (lseek(fd, 0, SEEK_SET) < 0)
		return cw_fail(err, CW_E_IO, errno, "journal", NULL, _("The journal cannot be read from its beginning."));
	int rc = cw_fd_read(fd, "journal", CW_JOURNAL_MAX_BYTES, &b, err);
	return rc < 0 ? rc : cw_journal_parse(b.data != NULL ? b.data : "", b.len, out, err);
}

void cw_journal_text_clear(struct cw_journal_text *t)
{
	json_decref(t->lines);
	t->lines = NULL;
	cw_buf_clear(&t->bytes);
}
