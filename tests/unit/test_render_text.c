/* SPDX-License-Identifier: Apache-2.0 */
/* Paragraphs for people: lines that fit, in both scripts, and no character lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/render/text.h"

#define WIDTH 40

static char *paragraph(const char *text)
{
	struct cw_buf out = { 0 };

	cw_paragraph(&out, "  ", text, WIDTH);
	return cw_buf_take(&out);
}

/* Each line has the indent, at most most cells, and the text without blanks is what went in. */
static void assert_whole(const char *text, size_t most)
{
	char *shown = paragraph(text), *rest = shown;
	const char *at = text;

	for (char *line; (line = strsep(&rest, "\n")) && *line;) {
		assert_memory_equal(line, "  ", 2);
		assert_true(cw_text_cells(line) <= most);
		for (; *line; line++) {
			if (*line == ' ')
				continue;
			while (*at == ' ')
				at++;
			assert_int_equal(*line, *at++);
		}
	}
	assert_string_equal(at, "");
	free(shown);
}

static void words_are_wrapped(void **state)
{
	(void)state;
	assert_whole("The medium could not be read whole. What could be read is what the certificate says; of the rest nothing is known.", WIDTH);
}

static void chinese_is_wrapped_between_characters(void **state)
{
	(void)state;
	assert_whole("本證明書僅證明媒體於驗證時之內容，不證明備用區塊；備用區塊無法由覆寫到達。請依規定將媒體實體銷毀，並記錄於案件中。", WIDTH);
	assert_whole("依 NIST SP 800-88 r2 之 clear 等級清除，驗證讀回 1048576 位元組。The next sentence is English.", WIDTH);
}

static void no_line_begins_with_closing_punctuation(void **state)
{
	/* The indent and 19 characters make 40 cells: the comma would be the first of the second line. */
	char *shown = paragraph("一二三四五六七八九十一二三四五六七八九，一二三");

	(void)state;
	assert_string_equal(shown, "  一二三四五六七八九十一二三四五六七八\n  九，一二三\n");
	free(shown);
}

static void a_word_without_end_is_kept(void **state)
{
	char word[1500];

	(void)state;
	memset(word, 'x', sizeof word - 1);
	word[sizeof word - 1] = 0;
	memcpy(word, "before ", 7);
	assert_whole(word, sizeof word + 2);
}

static void bytes_that_are_no_text_are_passed_on(void **state)
{
	char *shown = paragraph("a \xe4\xb8 b \xff\xbf\xbf\xbf\xbf c");

	(void)state;
	assert_string_equal(shown, "  a \xe4\xb8 b \xff\xbf\xbf\xbf\xbf c\n");
	free(shown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_wrapped),
		cmocka_unit_test(chinese_is_wrapped_between_characters),
		cmocka_unit_test(no_line_begins_with_closing_punctuation),
		cmocka_unit_test(a_word_without_end_is_kept),
		cmocka_unit_test(bytes_that_are_no_text_are_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
