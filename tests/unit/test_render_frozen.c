/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages that were sealed once must verify for ever: the verifier sets each anew and compares every byte, so a changed word, line or margin of a released form would
 * turn genuine PDFs into invalid ones.  tests/vectors/pdf holds pages as they were sealed; when this test fails, the form needs a new one beside it (SHEET_FORM).
 * CW_UPDATE=1 makes them anew, and tests/flow/pages.bats then needs new pictures; that is right only before a release.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/paper_fixture.h"

#define FOLDER "tests/vectors/pdf/"

enum { CERTIFICATE, REPORT, LABORATORY, PAGES };
static const struct { const char *file; int exit_code; } pages[PAGES] = {
	[CERTIFICATE] = { FOLDER "certificate.pdf", CW_EXIT_DONE },
	[REPORT] = { FOLDER "report.pdf", CW_EXIT_INCONCLUSIVE },
	[LABORATORY] = { FOLDER "laboratory.pdf", CW_EXIT_INCONCLUSIVE },
};

static void write_file(const char *path, const struct cw_buf *bytes)
{
	struct cw_error err = { 0 };

	if (cw_file_write(AT_FDCWD, path, bytes->data, bytes->len, 0644, true, &err))
		fail_msg("%s", err.message);
}

static void make_anew(void)
{
	mkdir(FOLDER, 0755);
	for (int i = 0; i < PAGES; i++) {
		CW_AUTO_BUF struct cw_buf pdf = { 0 };
		struct paper_fixture f;

		paper_make(&f, i == REPORT ? paper_stopped_lines() : paper_rich_lines(i == LABORATORY));
		paper_seal(&f, &pdf);
		write_file(pages[i].file, &pdf);
		write_file(FOLDER "root.pem", &f.root);
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
	CW_AUTO_BUF struct cw_buf root = { 0 };
	(void)state;

	if (getenv("CW_UPDATE"))
		make_anew();
	take(FOLDER "root.pem", &root);
	for (int i = 0; i < PAGES; i++) {
		CW_AUTO_BUF struct cw_buf pdf = { 0 };

		take(pages[i].file, &pdf);
		cw_pdf_verify(pdf.data, pdf.len, root.data, root.len, false, paper_typesetter, &found);
		if (found.exit_code != pages[i].exit_code && !(i == CERTIFICATE && found.finding == CW_FINDING_REMARKS && only_letters_failed(&found)))
			fail_msg("%s: exit %d, expected %d: %s", pages[i].file, found.exit_code, pages[i].exit_code, found.reason);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(what_was_sealed_verifies) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
