/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writer of journals.  One rule carries everything: a line is on the disk before the act that it announces, and when that cannot be known the writer is dead for
 * good, so that whoever relies on it stops.
 */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema.h"

#define NAME_ROOM (CW_JOB_ID_MAX + sizeof(".jsonl"))

struct cw_journal {
	int fd;
	char name[NAME_ROOM];
	char prev[CW_SHA256_HEX];
	uint64_t seq;        /* of the next line */
	uint64_t size_bytes; /* what the file must measure now */
	bool preallocated, dead;
};

static int journal_name(const char *job_id, char out[NAME_ROOM], struct cw_error *err)
{
	if (!cw_job_id_valid(job_id))
		return cw_fail(err, CW_E_USAGE, 0, NULL, _("`certwipe jobs` lists them."), _("A job is named by its date, time and random digits."));
	snprintf(out, NAME_ROOM, "%s.jsonl", job_id);
	return 0;
}

/* Takes fd. */
static int journal_new(int fd, const char *name, struct cw_journal **out, struct cw_error *err)
{
	struct cw_journal *j = calloc(1, sizeof(*j));
	if (j == NULL) {
		close(fd);
		return cw_fail(err, CW_E_NO_MEMORY, 0, name, NULL, _("There is not enough memory for a journal."));
	}
	j->fd = fd;
	cw_strlcpy(j->name, name, sizeof(j->name));
	memset(j->prev, '0', sizeof(j->prev) - 1);
	*out = j;
	return 0;
}

void cw_journal_free(struct cw_journal *j)
{
	if (j == NULL)
		return;
	close(j->fd);
	free(j);
}

static void journal_cleanup(struct cw_journal **j)
{
	cw_journal_free(*j);
}
#define AUTO_JOURNAL __attribute__((cleanup(journal_cleanup)))

/* ---- create ---- */

/* A file system that cannot reserve is no reason to refuse; one without room is, because the job would stop in the middle. */
static int reserve(struct cw_journal *j, uint64_t bytes, struct cw_error *err)
{
	int rc;
	if (bytes == 0)
		return 0;
	do
		rc = fallocate(j->fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)bytes);
	while (rc < 0 && errno == EINTR);
	j->preallocated = rc == 0;
	if (rc == 0 || errno == EOPNOTSUPP || errno == ENOSYS)
		return 0;
	return cw_fail(err, CW_E_STATE, errno, j->name, _("Free some space in the state directory and start again."),
		       _("There is no room for the journal of this job: %llu bytes needed. Nothing was written to the medium."), (unsigned long long)bytes);
}

static int sync_new(struct cw_journal *j, int dirfd, struct cw_error *err)
{
	if (fsync(j->fd) < 0)
		return cw_fail(err, CW_E_STATE, errno, j->name, _("Check the disk that holds the state directory."),
			       _("The new journal could not be brought to disk."));
	return cw_dir_sync(dirfd, ".", err);
}

int cw_journal_create(int dirfd, const char *job_id, uint64_t reserve_bytes, struct cw_journal **out, struct cw_error *err)
{
	AUTO_JOURNAL struct cw_journal *j = NULL;
	char name[NAME_ROOM];
	int rc = journal_name(job_id, name, err);
	if (rc < 0)
		return rc;
	int fd = openat(dirfd, name, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return cw_fail(err, errno == EEXIST ? CW_E_EXISTS : CW_E_STATE, errno, name, NULL, _("The journal of the job could not be created."));
	rc = journal_new(fd, name, &j, err);
	if (rc == 0)
		rc = reserve(j, reserve_bytes, err);
	if (rc == 0)
		rc = sync_new(j, dirfd, err);
	if (rc < 0) {
		unlinkat(dirfd, name, 0);
		return rc;
	}
	*out = j;
	j = NULL;
	return 0;
}

/* ---- open ---- */

/* Cutting gives the room reserved behind the end back, so it is reserved again; when that fails the append that needs it says so. */
static int cut_tail(int fd, const char *name, uint64_t keep_bytes, struct cw_error *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0 || ftruncate(fd, (off_t)keep_bytes) < 0 || fsync(fd) < 0)
		return cw_fail(err, CW_E_STATE, errno, name, _("Check the disk that holds the state directory."),
			       _("The unfinished last line of the journal could not be cut off."));
	off_t reserved = (off_t)st.st_blocks * 512;
	if (reserved > (off_t)keep_bytes && fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, reserved) < 0)
		return 0;
	return 0;
}

static int open_locked(struct cw_journal *j, const char *job_id, bool *dropped_tail, struct cw_error *err)
{
	struct cw_journal_text t;
	int rc = cw_journal_read_fd(j->fd, &t, err);
	if (rc < 0)
		return rc;
	const json_t *job = json_array_get(t.lines, 0);
	j->seq = json_array_size(t.lines);
	j->size_bytes = t.bytes.len;
	j->preallocated = cw_json_bool(job, "preallocated", false);
	cw_strlcpy(j->prev, t.last_line_sha256, sizeof(j->prev));
	*dropped_tail = t.torn;
	if (strcmp(cw_json_str(job, "jobId", ""), job_id) != 0)
		rc = cw_fail(err, CW_E_INVALID, 0, j->name, _("Do not rename journals."), _("The file is the journal of another job, %s."),
			     cw_json_str(job, "jobId", ""));
	else if (t.torn)
		rc = cut_tail(j->fd, j->name, j->size_bytes, err);
	cw_journal_text_clear(&t);
	return rc;
}

int cw_journal_open_fd(int fd_take, const char *job_id, struct cw_journal **out, bool *dropped_tail, struct cw_error *err)
{
	AUTO_JOURNAL struct cw_journal *j = NULL;
	char name[NAME_ROOM];
	int rc = journal_name(job_id, name, err);
	if (rc < 0) {
		close(fd_take);
		return rc;
	}
	rc = journal_new(fd_take, name, &j, err);
	if (rc == 0)
		rc = cw_journal_lock(j->fd, err); /* a torn line must not be one that somebody is writing */
	if (rc == 0)
		rc = open_locked(j, job_id, dropped_tail, err);
	if (rc < 0)
		return rc;
	*out = j;
	j = NULL;
	return 0;
}

int cw_journal_open(int dirfd, const char *job_id, struct cw_journal **out, bool *dropped_tail, struct cw_error *err)
{
	struct stat st;
	char name[NAME_ROOM];
	int rc = journal_name(job_id, name, err);
	if (rc < 0)
		return rc;
	int fd = openat(dirfd, name, O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return cw_fail(err, errno == ENOENT ? CW_E_NO_FILE : CW_E_STATE, errno, name, _("`certwipe jobs` lists the jobs of this station."),
			       _("The journal of the job could not be opened."));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return cw_fail(err, CW_E_INVALID, 0, name, NULL, _("The journal of the job is not a regular file."));
	}
	return cw_journal_open_fd(fd, job_id, out, dropped_tail, err);
}

/* ---- append ---- */

static int die(struct cw_journal *j, int sys_errno, const char *sentence, struct cw_error *err)
{
	j->dead = true;
	return cw_fail(err, CW_E_STATE, sys_errno, j->name, _("See to the disk that holds the state directory, then resume the job."), "%s", sentence);
}

/* Lays the common keys over the line's fields; false when there is no memory.  Not over a copy: jansson does not say when one lacks something. */
static bool make_line(const struct cw_journal *j, const char *event, json_t *fields)
{
	char at[CW_TIME_TEXT];
	cw_time_now(at);
	CW_AUTO_JSON json_t *head = json_pack("{s:I, s:s, s:I, s:s, s:s}", "seq", (json_int_t)j->seq, "at", at, "bootMs", (json_int_t)cw_boot_ms(), "event", event, "prev", j->prev);
	return head != NULL && fields != NULL && json_object_update(fields, head) == 0;
}

static int encode(const struct cw_journal *j, const char *event, json_t *fields, struct cw_buf *out, struct cw_error *err)
{
	const struct event_rule *rule;
	if (!make_line(j, event, fields))
		return cw_fail(err, CW_E_NO_MEMORY, 0, j->name, NULL, _("There is not enough memory for a line of the journal."));
	int rc = job_line_check(fields, j->seq, &rule, err);
	if (rc == 0)
		rc = cw_json_canonical(fields, out, err);
	if (rc < 0)
		return rc;
	cw_buf_add(out, "\n", 1);
	if (out->failed)
		return cw_fail(err, CW_E_NO_MEMORY, 0, j->name, NULL, _("There is not enough memory for a line of the journal."));
	if (out->len - 1 > CW_JOURNAL_LINE_MAX || j->size_bytes + out->len > CW_JOURNAL_MAX_BYTES)
		return cw_fail(err, CW_E_TOO_LARGE, 0, j->name, NULL, _("The journal would grow larger than a journal can be."));
	return 0;
}

/* Only what the kernel reports as not begun may be tried again; everything else leaves the file in a state that nobody knows. */
static int put(struct cw_journal *j, const struct cw_buf *line, struct cw_error *err)
{
	struct stat st;
	ssize_t n;
	int rc;
	if (fstat(j->fd, &st) < 0 || (uint64_t)st.st_size != j->size_bytes)
		return die(j, 0, _("The journal was changed by somebody else while the job had it."), err);
	do
		n = write(j->fd, line->data, line->len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return die(j, errno, _("The journal could not be written."), err);
	if ((size_t)n != line->len)
		return die(j, ENOSPC, _("The journal could be written only in part."), err);
	do
		rc = fdatasync(j->fd);
	while (rc < 0 && errno == EINTR);
	return rc == 0 ? 0 : die(j, errno, _("The journal could not be brought to disk."), err);
}

int cw_journal_append(struct cw_journal *j, const char *event, json_t *fields_take, struct cw_error *err)
{
	CW_AUTO_JSON json_t *fields = fields_take;
	CW_AUTO_BUF struct cw_buf line = { .max_bytes = CW_JOURNAL_LINE_MAX + 2 };
	if (j->dead)
		return die(j, 0, _("The journal failed before; nothing more is written to it."), err);
	int rc = encode(j, event, fields, &line, err);
	if (rc == 0)
		rc = put(j, &line, err);
	if (rc < 0)
		return rc;
	cw_sha256_hex(line.data, line.len - 1, j->prev);
	j->size_bytes += line.len;
	j->seq++;
	return 0;
}

/* ---- what it is ---- */

int cw_journal_fd(const struct cw_journal *j)
{
	return j->fd;
}

bool cw_journal_preallocated(const struct cw_journal *j)
{
	return j->preallocated;
}

int job_journal_at(const struct cw_journal *j, const struct cw_journal_text *t, struct cw_error *err)
{
	if (j->seq == json_array_size(t->lines) && strcmp(j->prev, t->last_line_sha256) == 0)
		return 0;
	return cw_fail(err, CW_E_STATE, 0, j->name, _("Read the journal again."), _("The journal went on since it was read."));
}
