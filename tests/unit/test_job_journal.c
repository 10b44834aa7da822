/* SPDX-License-Identifier: Apache-2.0 */
/* The journal: what was written reads back, an unfinished last line is dropped, everything else that is wrong is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/job_fixture.h"

static struct fixture fx;
static struct cw_error err;

static int setup(void **state)
{
	(void)state;
	fixture_init(&fx, 1u << 20, "keystream", false);
	memset(&err, 0, sizeof(err));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fixture_clear(&fx);
	return 0;
}

static json_t *end_line(const char *status)
{
	return json_pack("{s:s}", "status", status);
}

static void append(struct cw_journal *j, const char *event, json_t *fields)
{
	int rc = cw_journal_append(j, event, fields, &err);
	if (rc < 0)
		fail_msg("%s: %s", event, err.message);
}

/* Bytes of a journal with four lines. */
static void make_journal(struct cw_journal_text *t)
{
	struct cw_journal *j = fixture_journal(&fx);
	append(j, "end", end_line("failed"));
	cw_journal_free(j);
	fixture_read(&fx, t);
}

static void put_file(const char *bytes, size_t len)
{
	char path[128];
	fixture_path(&fx, path);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	close(fd);
}

static int parse(const char *bytes, size_t len, size_t *n_lines, bool *torn)
{
	struct cw_journal_text t;
	int rc = cw_journal_parse(bytes, len, &t, &err);
	if (rc < 0)
		return rc;
	*n_lines = json_array_size(t.lines);
	*torn = t.torn;
	cw_journal_text_clear(&t);
	return 0;
}

static void written_lines_read_back(void **state)
{
	(void)state;
	struct cw_journal_text t;
	char hash[CW_SHA256_HEX], path[128];
	struct stat st;
	make_journal(&t);
	assert_int_equal(json_array_size(t.lines), 4);
	assert_false(t.torn);
	assert_string_equal(cw_json_str(json_array_get(t.lines, 0), "jobId", ""), FIXTURE_JOB);
	assert_string_equal(cw_json_str(json_array_get(t.lines, 3), "status", ""), "failed");
	cw_sha256_hex(t.bytes.data, t.bytes.len, hash);
	assert_string_equal(t.sha256, hash);
	fixture_path(&fx, path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	cw_journal_text_clear(&t);
}

static void plan_and_medium_come_back_from_line_0(void **state)
{
	(void)state;
	struct cw_journal_text t;
	struct cw_plan plan;
	struct cw_medium medium;
	char digest[CW_SHA256_HEX];
	make_journal(&t);
	if (cw_job_plan(&t, &plan, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(cw_plan_digest(&plan, digest, &err), 0);
	assert_string_equal(digest, fx.plan_sha256);
	assert_int_equal(cw_job_medium(&t, &medium, &err), 0);
	assert_int_equal(cw_identity_compare(&fx.medium, &medium, true, &err), 0);
	json_object_set_new(json_array_get(t.lines, 0), "planSha256", json_string(t.sha256));
	assert_int_equal(cw_job_plan(&t, &plan, &err), CW_E_INVALID);
	cw_journal_text_clear(&t);
}

/* A power cut may leave any prefix of the last line, or blocks that read as zeros. */
static void torn_tail_is_dropped_at_every_length(void **state)
{
	(void)state;
	struct cw_journal_text t;
	make_journal(&t);
	const char *before = memrchr(t.bytes.data, '\n', t.bytes.len - 1);
	size_t keep = (size_t)(before - t.bytes.data) + 1;
	for (size_t len = keep; len < t.bytes.len; len++) {
		size_t n = 0;
		bool torn = false;
		assert_int_equal(parse(t.bytes.data, len, &n, &torn), 0);
		assert_int_equal(n, 3);
		assert_int_equal(torn, len > keep);
	}
	cw_journal_text_clear(&t);
}

static void zeros_in_the_last_line_are_a_torn_tail(void **state)
{
	(void)state;
	struct cw_journal_text t;
	size_t n = 0;
	bool torn = false;
	make_journal(&t);
	const char *before = memrchr(t.bytes.data, '\n', t.bytes.len - 1);
	size_t keep = (size_t)(before - t.bytes.data) + 1;
	memset(t.bytes.data + keep, 0, 20); /* the block with the newline reached the disk, the one before it did not */
	assert_int_equal(parse(t.bytes.data, t.bytes.len, &n, &torn), 0);
	assert_int_equal(n, 3);
	assert_true(torn);
	t.bytes.data[100] = '\0'; /* but not further up */
	assert_int_equal(parse(t.bytes.data, t.bytes.len, &n, &torn), CW_E_INVALID);
	cw_journal_text_clear(&t);
}

static void open_cuts_the_torn_tail_and_goes_on(void **state)
{
	(void)state;
	struct cw_journal_text t, again;
	struct cw_journal *j = NULL;
	bool dropped = false;
	make_journal(&t);
	put_file(t.bytes.data, t.bytes.len - 1); /* whole but for its newline: it counts as unfinished */
	assert_int_equal(cw_journal_open(fx.dirfd, FIXTURE_JOB, &j, &dropped, &err), 0);
	assert_true(dropped);
	assert_true(cw_journal_preallocated(j));
	append(j, "end", end_line("closed"));
	cw_journal_free(j);
	fixture_read(&fx, &again);
	assert_int_equal(json_array_size(again.lines), 4);
	assert_false(again.torn);
	assert_string_equal(cw_json_str(json_array_get(again.lines, 3), "status", ""), "closed");
	cw_journal_text_clear(&again);
	cw_journal_text_clear(&t);
}

static void flipped_bits_are_refused_or_torn(void **state)
{
	(void)state;
	struct cw_journal_text t;
	make_journal(&t);
	const char *before = memrchr(t.bytes.data, '\n', t.bytes.len - 1);
	size_t last = (size_t)(before - t.bytes.data) + 1;
	for (size_t i = 0; i < t.bytes.len; i++) {
		size_t n = 0;
		bool torn = false;
		t.bytes.data[i] ^= (char)(1 << (i % 8));
		int rc = parse(t.bytes.data, t.bytes.len, &n, &torn);
		/* The last line has nobody behind it who knows its hash: there the signature over the journal is the guard. */
		if (i < last - 1)
			assert_int_equal(rc, CW_E_INVALID);
		else if (rc == 0)
			assert_true(torn || n == 4);
		t.bytes.data[i] ^= (char)(1 << (i % 8));
	}
	cw_journal_text_clear(&t);
}

static void refuse(const char *bytes, size_t len, const char *why)
{
	size_t n;
	bool torn;
	assert_int_equal(parse(bytes, len, &n, &torn), CW_E_INVALID);
	if (strstr(err.message, why) == NULL)
		fail_msg("expected \"%s\", got \"%s\"", why, err.message);
}

static void lines_swapped_dropped_or_repeated_are_refused(void **state)
{
	(void)state;
	struct cw_journal_text t;
	CW_AUTO_BUF struct cw_buf b = { 0 };
	make_journal(&t);
	char *at = t.bytes.data, *line[5] = { at };
	for (int i = 1; i <= 4; i++)
		line[i] = (char *)memchr(line[i - 1], '\n', 1u << 20) + 1;
	cw_buf_add(&b, line[0], (size_t)(line[1] - line[0]));
	cw_buf_add(&b, line[2], (size_t)(line[4] - line[2])); /* without line 1 */
	refuse(b.data, b.len, "Line 1");
	refuse(line[1], (size_t)(line[4] - line[1]), "Line 0");
	b.len = 0;
	cw_buf_add(&b, line[0], (size_t)(line[1] - line[0]));
	cw_buf_add(&b, line[0], (size_t)(line[1] - line[0]));
	refuse(b.data, b.len, "Line 1");
	refuse("", 0, "no finished line");
	refuse("\n", 1, "Line 0");
	refuse("{}\n", 3, "Line 0");
	cw_journal_text_clear(&t);
}

static void refuse_fields(struct cw_journal *j, const char *event, json_t *fields)
{
	assert_int_equal(cw_journal_append(j, event, fields, &err), CW_E_INVALID);
}

/* What the reader would refuse never gets to the disk, and does not harm the writer. */
static void writer_refuses_what_the_schema_does_not_know(void **state)
{
	(void)state;
	struct cw_journal_text t;
	struct cw_journal *j = fixture_journal(&fx);
	refuse_fields(j, "enough", json_object());
	refuse_fields(j, "end", json_object());
	assert_int_equal(cw_journal_append(j, "end", NULL, &err), CW_E_NO_MEMORY); /* what json_pack() gives when there is none */
	refuse_fields(j, "end", end_line("sanitised"));
	refuse_fields(j, "end", json_pack("{s:s, s:i}", "status", "failed", "extra", 1));
	refuse_fields(j, "end", json_pack("{s:i}", "status", 1));
	refuse_fields(j, "closed", json_pack("{s:s, s:s}", "by", "me", "reason", "x"));
	refuse_fields(j, "closed", json_pack("{s:{s:i, s:s, s:i}, s:s}", "by", "uid", 1, "name", "n", "more", 1, "reason", "x"));
	refuse_fields(j, "stopped", json_pack("{s:s, s:i, s:i}", "by", "operator", "step", 0, "watermarkBytes", 1));
	refuse_fields(j, "stopped", json_pack("{s:s, s:i, s:i}", "by", "operator", "step", 1, "watermarkBytes", -1));
	refuse_fields(j, "lost", json_pack("{s:s, s:s}", "what", "medium", "message", "line\nbreak"));
	append(j, "end", end_line("failed"));
	cw_journal_free(j);
	fixture_read(&fx, &t);
	assert_int_equal(json_array_size(t.lines), 4);
	cw_journal_text_clear(&t);
}

static void limit_files(uint64_t bytes)
{
	struct rlimit l;
	getrlimit(RLIMIT_FSIZE, &l);
	l.rlim_cur = bytes;
	setrlimit(RLIMIT_FSIZE, &l);
}

static void a_failed_write_kills_the_writer(void **state)
{
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	for (uint64_t room = 0; room <= 10; room += 10) { /* nothing of the line, and a part of it */
		struct cw_journal_text t;
		struct stat st;
		if (room > 0)
			setup(NULL);
		struct cw_journal *j = fixture_journal(&fx);
		assert_int_equal(fstat(cw_journal_fd(j), &st), 0);
		limit_files((uint64_t)st.st_size + room);
		int rc = cw_journal_append(j, "end", end_line("failed"), &err);
		limit_files(RLIM_INFINITY);
		assert_int_equal(rc, CW_E_STATE);
		/* There is room again, but nobody knows what stands on the disk. */
		assert_int_equal(cw_journal_append(j, "end", end_line("failed"), &err), CW_E_STATE);
		cw_journal_free(j);
		fixture_read(&fx, &t);
		assert_int_equal(t.torn, room > 0);
		assert_int_equal(json_array_size(t.lines), 3);
		cw_journal_text_clear(&t);
		if (room == 0)
			teardown(NULL);
	}
}

static void a_journal_that_somebody_changed_is_not_written(void **state)
{
	(void)state;
	struct cw_journal *j = fixture_journal(&fx);
	assert_int_equal(write(cw_journal_fd(j), "x", 1), 1);
	assert_int_equal(cw_journal_append(j, "end", end_line("failed"), &err), CW_E_STATE);
	cw_journal_free(j);
}

static void no_room_refuses_the_job(void **state)
{
	(void)state;
	struct cw_journal *j = NULL;
	char path[128];
	int rc = cw_journal_create(fx.dirfd, FIXTURE_JOB, 1ull << 50, &j, &err); /* more than there is anywhere */
	/* Some file systems cannot reserve at all: then there is nothing to refuse. */
	if (rc == 0 && !cw_journal_preallocated(j)) {
		cw_journal_free(j);
		skip();
	}
	assert_int_equal(rc, CW_E_STATE);
	assert_non_null(strstr(err.message, "1125899906842624 bytes needed"));
	fixture_path(&fx, path);
	assert_int_equal(access(path, F_OK), -1);
}

static void names_and_files_that_are_no_journal_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "../x", "20261123-185522-", "20261123-185522-7f3", "20261123-185522-7F3A", "20261123-185522-7f3a09c1x",
					   "20261123-185522-7f3a/../x", "2026112a-185522-7f3a", "20261123_185522-7f3a" };
	struct cw_journal *j = NULL;
	bool dropped;
	char id[CW_JOB_ID_MAX], path[128];
	for (size_t i = 0; i < CW_ARRAY_LEN(bad); i++) {
		assert_false(cw_job_id_valid(bad[i]));
		assert_int_equal(cw_journal_create(fx.dirfd, bad[i], 0, &j, &err), CW_E_USAGE);
		assert_int_equal(cw_journal_open(fx.dirfd, bad[i], &j, &dropped, &err), CW_E_USAGE);
	}
	cw_job_id_new(id);
	assert_true(cw_job_id_valid(id));
	assert_int_equal(cw_journal_open(fx.dirfd, FIXTURE_JOB, &j, &dropped, &err), CW_E_NO_FILE);
	fixture_path(&fx, path);
	assert_int_equal(symlink("/etc/hostname", path), 0);
	assert_int_equal(cw_journal_open(fx.dirfd, FIXTURE_JOB, &j, &dropped, &err), CW_E_STATE);
	assert_int_equal(cw_journal_create(fx.dirfd, FIXTURE_JOB, 0, &j, &err), CW_E_EXISTS);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(cw_journal_open(fx.dirfd, FIXTURE_JOB, &j, &dropped, &err), CW_E_INVALID);
}

static void a_renamed_journal_is_not_opened(void **state)
{
	(void)state;
	static const char other[] = "20261123-185522-00000000";
	struct cw_journal_text t;
	struct cw_journal *j = NULL;
	bool dropped;
	char path[128];
	make_journal(&t);
	fixture_path(&fx, path);
	assert_int_equal(renameat(AT_FDCWD, path, fx.dirfd, "20261123-185522-00000000.jsonl"), 0);
	assert_int_equal(cw_journal_open(fx.dirfd, other, &j, &dropped, &err), CW_E_INVALID);
	assert_int_equal(unlinkat(fx.dirfd, "20261123-185522-00000000.jsonl", 0), 0);
	cw_journal_text_clear(&t);
}

/* The writer of a journal can be seen from other processes and keeps them out; its death lets go. */
static void one_process_writes_at_a_time(void **state)
{
	(void)state;
	struct cw_journal_text t;
	struct cw_journal *j = NULL;
	bool dropped;
	make_journal(&t);
	cw_journal_text_clear(&t);
	assert_int_equal(cw_journal_open(fx.dirfd, FIXTURE_JOB, &j, &dropped, &err), 0);
	pid_t parent = getpid(), child = fork();
	if (child == 0) {
		struct cw_journal *mine = NULL;
		bool ok = cw_journal_owner(cw_journal_fd(j)) == parent && cw_journal_open(fx.dirfd, FIXTURE_JOB, &mine, &dropped, &err) == CW_E_BUSY &&
			  cw_journal_lock(cw_journal_fd(j), &err) == CW_E_BUSY;
		_exit(ok ? 0 : 1);
	}
	int wstatus = 0;
	assert_int_equal(waitpid(child, &wstatus, 0), child);
	assert_int_equal(wstatus, 0);
	assert_int_equal(cw_journal_owner(cw_journal_fd(j)), 0); /* our own lock keeps nobody of us out */
	cw_journal_free(j);
}

static void random_bytes_never_parse(void **state)
{
	(void)state;
	unsigned seed = 42;
	char bytes[512];
	for (int round = 0; round < 500; round++) {
		size_t len = (size_t)rand_r(&seed) % sizeof(bytes), n;
		bool torn;
		for (size_t i = 0; i < len; i++)
			bytes[i] = "{}[]\":,\n\\0a1 \x80"[rand_r(&seed) % 14];
		assert_int_equal(parse(bytes, len, &n, &torn), CW_E_INVALID);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(written_lines_read_back), T(plan_and_medium_come_back_from_line_0), T(torn_tail_is_dropped_at_every_length),
		T(zeros_in_the_last_line_are_a_torn_tail), T(open_cuts_the_torn_tail_and_goes_on), T(flipped_bits_are_refused_or_torn),
		T(lines_swapped_dropped_or_repeated_are_refused), T(writer_refuses_what_the_schema_does_not_know), T(a_failed_write_kills_the_writer),
		T(a_journal_that_somebody_changed_is_not_written), T(no_room_refuses_the_job), T(names_and_files_that_are_no_journal_are_refused),
		T(a_renamed_journal_is_not_opened), T(one_process_writes_at_a_time), T(random_bytes_never_parse),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
