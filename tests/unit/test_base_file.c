/* SPDX-License-Identifier: Apache-2.0 */
/* Files: whole or not at all, and what a reader refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certwipe/base.h"

struct place {
	char path[64];
	int fd;
};

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof *p);

	if (!p)
		return -1;
	cw_strlcpy(p->path, "/tmp/certwipe-test-XXXXXX", sizeof p->path);
	if (!mkdtemp(p->path))
		return -1;
	p->fd = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = p;
	return p->fd < 0 ? -1 : 0;
}

/* Calls f for each entry but . and ..; returns how many there are. */
static unsigned for_entries(int fd, void (*f)(int fd, const char *name))
{
	DIR *dir = fdopendir(openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	unsigned n = 0;

	assert_non_null(dir);
	for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		n++;
		if (f)
			f(fd, entry->d_name);
	}
	closedir(dir);
	return n;
}

static void remove_entry(int fd, const char *name)
{
	if (unlinkat(fd, name, 0) != 0)
		unlinkat(fd, name, AT_REMOVEDIR);
}

static int teardown(void **state)
{
	struct place *p = *state;

	for_entries(p->fd, remove_entry);
	close(p->fd);
	rmdir(p->path);
	free(p);
	return 0;
}

static void check_content(int fd, const char *name, const char *expected)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };
	struct cw_error err;

	assert_int_equal(cw_file_read(fd, name, 1000, &text, &err), 0);
	assert_string_equal(text.data, expected);
}

static void test_write_and_read_back(void **state)
{
	const struct place *p = *state;
	struct cw_error err;
	struct stat st;

	assert_int_equal(cw_file_write(p->fd, "a", "one", 3, 0600, false, &err), 0);
	check_content(p->fd, "a", "one");
	assert_int_equal(fstatat(p->fd, "a", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(cw_file_write(p->fd, "empty", "", 0, 0600, false, &err), 0);
	check_content(p->fd, "empty", "");
	assert_int_equal(for_entries(p->fd, NULL), 2); /* no temporary file is left */
}

static void test_an_existing_file_is_replaced_only_when_asked(void **state)
{
	const struct place *p = *state;
	struct cw_error err;

	assert_int_equal(cw_file_write(p->fd, "a", "one", 3, 0600, false, &err), 0);
	assert_int_equal(cw_file_write(p->fd, "a", "two", 3, 0600, false, &err), CW_E_EXISTS);
	check_content(p->fd, "a", "one");
	assert_int_equal(cw_file_write(p->fd, "a", "three", 5, 0600, true, &err), 0);
	check_content(p->fd, "a", "three");
	assert_int_equal(for_entries(p->fd, NULL), 1);
}

static void test_a_symbolic_link_is_not_written_through(void **state)
{
	const struct place *p = *state;
	struct cw_error err;

	assert_int_equal(cw_file_write(p->fd, "victim", "old", 3, 0600, false, &err), 0);
	assert_int_equal(symlinkat("victim", p->fd, "link"), 0);
	assert_int_equal(cw_file_write(p->fd, "link", "new", 3, 0600, false, &err), CW_E_EXISTS);
	assert_int_equal(cw_file_write(p->fd, "link", "new", 3, 0600, true, &err), 0);
	check_content(p->fd, "victim", "old");
	check_content(p->fd, "link", "new");
}

/* A file size limit stands in for the full disk: the write fails half-way. */
static void test_a_failed_write_leaves_nothing(void **state)
{
	const struct place *p = *state;
	struct rlimit before, small;
	char data[8192] = { 0 };
	struct cw_error err;
	int rc;

	assert_int_equal(cw_file_write(p->fd, "a", "one", 3, 0600, false, &err), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 4096;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	rc = cw_file_write(p->fd, "a", data, sizeof data, 0600, true, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(rc, CW_E_IO);
	assert_int_equal(err.sys_errno, EFBIG);
	check_content(p->fd, "a", "one");
	assert_int_equal(for_entries(p->fd, NULL), 1);
}

static void test_bad_names(void **state)
{
	const struct place *p = *state;
	char name[300];
	struct cw_error err;

	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	assert_int_equal(cw_file_write(p->fd, name, "x", 1, 0600, false, &err), CW_E_USAGE);
	assert_int_equal(cw_file_write(p->fd, "", "x", 1, 0600, false, &err), CW_E_USAGE);
	assert_int_equal(cw_file_write(p->fd, "dir/", "x", 1, 0600, false, &err), CW_E_USAGE);
	assert_int_equal(cw_file_write(p->fd, "no/such", "x", 1, 0600, false, &err), CW_E_NO_FILE);
	assert_int_equal(for_entries(p->fd, NULL), 0);
}

static void test_reading_has_a_limit(void **state)
{
	const struct place *p = *state;
	CW_AUTO_BUF struct cw_buf text = { 0 };
	struct cw_error err;

	assert_int_equal(cw_file_write(p->fd, "a", "12345", 5, 0600, false, &err), 0);
	assert_int_equal(cw_file_read(p->fd, "a", 5, &text, &err), 0);
	assert_int_equal(cw_file_read(p->fd, "a", 4, &text, &err), CW_E_TOO_LARGE);
	assert_int_equal(cw_file_read(AT_FDCWD, "/dev/zero", 100000, &text, &err), CW_E_TOO_LARGE);
	assert_int_equal(cw_file_read(p->fd, "missing", 5, &text, &err), CW_E_NO_FILE);
	assert_string_equal(err.where, "missing");
	assert_int_equal(cw_file_read(AT_FDCWD, p->path, 5, &text, &err), CW_E_IO); /* a directory */
}

static void test_directories(void **state)
{
	const struct place *p = *state;
	struct cw_error err;

	assert_int_equal(cw_dir_make(p->fd, "sub/", 0700, &err), 0);
	assert_int_equal(cw_dir_make(p->fd, "sub", 0700, &err), 0);
	assert_int_equal(cw_dir_sync(p->fd, "sub", &err), 0);
	assert_int_equal(cw_dir_make(AT_FDCWD, "/", 0700, &err), 0);
	assert_int_equal(cw_file_write(p->fd, "sub/a", "x", 1, 0600, false, &err), 0);
	check_content(p->fd, "sub/a", "x");
	assert_int_equal(cw_dir_make(p->fd, "sub/a", 0700, &err), CW_E_EXISTS);
	assert_int_equal(cw_dir_make(p->fd, "no/such", 0700, &err), CW_E_NO_FILE);
	assert_int_equal(cw_dir_sync(p->fd, "missing", &err), CW_E_NO_FILE);
	assert_int_equal(unlinkat(p->fd, "sub/a", 0), 0);
}

static void test_sha256_of_a_file_ignores_its_position(void **state)
{
	const struct place *p = *state;
	char digest[CW_SHA256_HEX], expected[CW_SHA256_HEX];
	struct cw_error err;
	CW_AUTO_FD int fd = -1;

	assert_int_equal(cw_file_write(p->fd, "a", "abc", 3, 0600, false, &err), 0);
	fd = openat(p->fd, "a", O_RDONLY | O_CLOEXEC);
	assert_int_equal(lseek(fd, 2, SEEK_SET), 2);
	assert_int_equal(cw_sha256_fd(fd, digest, &err), 0);
	cw_sha256_hex("abc", 3, expected);
	assert_string_equal(digest, expected);
	assert_int_equal(cw_sha256_fd(p->fd, digest, &err), CW_E_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_write_and_read_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_an_existing_file_is_replaced_only_when_asked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_symbolic_link_is_not_written_through, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_failed_write_leaves_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reading_has_a_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_directories, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sha256_of_a_file_ignores_its_position, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
