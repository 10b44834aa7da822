/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages that were sealed once must verify for ever: the verifier sets each anew and compares every byte, so a changed word, line or margin of a released form would
 * turn genuine PDFs into invalid ones.  tests/vectors/pdf holds pages as they were sealed; when this test fails, the form needs a new one beside it (SHEET_FORM).
 * CW_UPDATE=1 makes those that are not there yet, and tests/flow/pages.bats then takes their pictures; to make one anew is right only before a release.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/fixture_destruction.h"
#include "sim/native_job.h"
#include "sim/paper_fixture.h"

#define FOLDER "tests/vectors/pdf/"

static json_t *whole(void) { return paper_rich_lines(false); }
static json_t *laboratory(void) { return paper_rich_lines(true); }
static json_t *destruction(void) { return fixture_destroyed(CW_CLASS_CD_R, "disintegrate"); }

/* A solid-state drive that sanitised itself. */
static json_t *native(void)
{
	static struct native_job n;
	struct cw_error err = { 0 };
	char status[16];
	json_t *lines;

	native_job_begin(&n, 1u << 20, NULL);
	native_job_authorise(&n);
	assert_int_equal(native_job_run(&n, false, status, &err), 0);
	lines = native_job_lines(&n);
	native_job_end(&n);
	return lines;
}

/* Each was sealed under the root that lies beside it, or under root.pem where there is none of its own. */
static const struct { const char *name; json_t *(*lines)(void); int exit_code; } pages[] = {
	{ "certificate", whole, CW_EXIT_DONE }, { "report", paper_stopped_lines, CW_EXIT_INCONCLUSIVE }, { "laboratory", laboratory, CW_EXIT_INCONCLUSIVE }, { "native", native, CW_EXIT_DONE },
	{ "destruction", destruction, CW_EXIT_DONE },
};

static void write_file(const char *path, const struct cw_buf *bytes)
{
	struct cw_error err = { 0 };

	if (cw_file_write(AT_FDCWD, path, bytes->data, bytes->len, 0644, true, &err))
		fail_msg("%s", err.message);
}

static const char *path_of(size_t i, const char *suffix)
{
	static char path[256];

	snprintf(path, sizeof(path), FOLDER "%s%s", pages[i].name, suffix);
	return path;
}

static void make_missing(void)
{
	for (size_t i = 0; i < CW_ARRAY_LEN(pages); i++) {
		CW_AUTO_BUF struct cw_buf pdf = { 0 };
		struct paper_fixture f;

		if (access(path_of(i, ".pdf"), F_OK) == 0)
			continue;
		paper_make(&f, pages[i].lines());
		paper_seal(&f, &pdf);
		write_file(path_of(i, ".pdf"), &pdf);
		write_file(path_of(i, ".root.pem"), &f.root);
		paper_clear(&f);
	}
}

static void take(const char *path, struct cw_buf *out)
{
	struct cw_error err = { 0 };

	if (cw_file_read(AT_FDCWD, path, CW_PDF_MAX_BYTES, out, &err))
		fail_msg("%s", err.message);
}

/* The letters can only be compared with the font that they were made with. */
static bool only_letters_failed(const struct cw_verify_result *r)
{
	for (uint32_t i = 0; i < r->n_checks; i++)
		if (!r->checks[i].passed && strcmp(r->checks[i].name, "pdf-letters") != 0)
			return false;
	return true;
}

static void what_was_sealed_verifies(void **state)
{
	static struct cw_verify_result found;
	(void)state;

	if (getenv("CW_UPDATE"))
		make_missing();
	for (size_t i = 0; i < CW_ARRAY_LEN(pages); i++) {
		CW_AUTO_BUF struct cw_buf pdf = { 0 }, root = { 0 };

		take(access(path_of(i, ".root.pem"), F_OK) == 0 ? path_of(i, ".root.pem") : FOLDER "root.pem", &root);
		take(path_of(i, ".pdf"), &pdf);
		cw_pdf_verify(pdf.data, pdf.len, root.data, root.len, false, paper_typesetter, &found);
		if (found.exit_code != pages[i].exit_code && !(pages[i].exit_code == CW_EXIT_DONE && found.finding == CW_FINDING_REMARKS && only_letters_failed(&found)))
			fail_msg("%s: exit %d, expected %d: %s", pages[i].name, found.exit_code, pages[i].exit_code, found.reason);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(what_was_sealed_verifies) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
