/* SPDX-License-Identifier: Apache-2.0 */
/* Overwrite schemes: the bytes that a name stands for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "certwipe/policy.h"

static int passes_of(const char *id, struct cw_pass passes[CW_PASSES_MAX])
{
	struct cw_error err = { 0 };

	assert_non_null(cw_scheme_get(id));
	return cw_scheme_passes(cw_scheme_get(id)->passes, passes, &err);
}

static void test_every_scheme_can_be_carried_out(void **state)
{
	struct cw_pass passes[CW_PASSES_MAX];
	struct cw_error err = { 0 };

	(void)state;
	for (const struct cw_scheme *s = cw_schemes; s->id; s++) {
		assert_int_equal(strspn(s->id, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(s->id));
		assert_true(strlen(s->id) < CW_NODE_MAX);
		assert_ptr_equal(cw_scheme_get(s->id), s);
		assert_true(cw_scheme_passes(s->passes, passes, &err) >= 1);
		assert_true(s->name[0] && s->source[0] && s->status[0]);
		assert_true(s->group <= CW_SCHEME_HISTORIC);
	}
}

static void test_number_of_passes_is_the_published_one(void **state)
{
	static const struct {
		const char *id;
		int passes;
	} expected[] = {
		{ "keystream", 1 }, { "zero", 1 },     { "random", 1 },        { "nist-clear", 1 },  { "nist-r1-flash", 2 }, { "ism-magnetic", 1 },
		{ "ism-flash", 2 }, { "dod3", 3 },     { "dod-ece7", 7 },      { "schneier7", 7 },   { "vsitr7", 7 },        { "hmg-is5-base", 1 },
		{ "ops2", 7 },      { "itsg06", 3 },   { "ar380-19", 3 },      { "navso-rll", 3 },   { "navso-mfm", 3 },     { "hmg-is5-enh", 3 },
		{ "nnsa", 3 },      { "pfitzner7", 7 }, { "gutmann35", 35 }, { "ism-magnetic-small", 3 },
	};
	struct cw_pass passes[CW_PASSES_MAX];

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(expected); i++)
		assert_int_equal(passes_of(expected[i].id, passes), expected[i].passes);
	assert_null(cw_schemes[CW_ARRAY_LEN(expected)].id); /* and no other */
}

static void test_unconfirmed_schemes_are_not_offered(void **state)
{
	(void)state;
	assert_null(cw_scheme_get("gost-tools"));
	assert_null(cw_scheme_get("afssi-5020"));
	assert_null(cw_scheme_get("bsi-2011-vs"));
	assert_null(cw_scheme_get("nist-purge"));
	assert_null(cw_scheme_get("Zero"));
	assert_null(cw_scheme_get(""));
}

static void assert_pattern(const struct cw_pass *pass, const char *bytes, uint32_t len)
{
	assert_int_equal(pass->kind, CW_PASS_PATTERN);
	assert_int_equal(pass->pattern_len, len);
	assert_memory_equal(pass->pattern, bytes, len);
}

static void test_gutmann_follows_the_table(void **state)
{
	struct cw_pass p[CW_PASSES_MAX];

	(void)state;
	passes_of("gutmann35", p);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(p[i].kind, CW_PASS_KEYSTREAM);
		assert_int_equal(p[31 + i].kind, CW_PASS_KEYSTREAM);
	}
	assert_pattern(&p[4], "\x55", 1);
	assert_pattern(&p[5], "\xaa", 1);
	assert_pattern(&p[6], "\x92\x49\x24", 3);
	assert_pattern(&p[8], "\x24\x92\x49", 3);
	for (size_t i = 0; i < 16; i++) {
		const char byte = (char)(0x11 * i);

		assert_pattern(&p[9 + i], &byte, 1);
	}
	assert_pattern(&p[25], "\x92\x49\x24", 3);
	assert_pattern(&p[28], "\x6d\xb6\xdb", 3);
	assert_pattern(&p[30], "\xdb\x6d\xb6", 3);
}

static void test_bytes_stand_in_the_order_on_the_medium(void **state)
{
	struct cw_pass p[CW_PASSES_MAX];

	(void)state;
	passes_of("navso-rll", p);
	assert_pattern(&p[1], "\xe4\xff\xff\xff", 4);
	passes_of("navso-mfm", p);
	assert_pattern(&p[1], "\xfd\xff\xff\xff", 4);
}

static void test_drawn_bytes_and_complements_keep_their_slots(void **state)
{
	struct cw_pass p[CW_PASSES_MAX];

	(void)state;
	passes_of("dod-ece7", p);
	assert_int_equal(p[0].kind, CW_PASS_DRAWN);
	assert_int_equal(p[0].slot, 1);
	assert_int_equal(p[1].kind, CW_PASS_DRAWN_COMPLEMENT);
	assert_int_equal(p[1].slot, 1);
	assert_int_equal(p[2].kind, CW_PASS_KEYSTREAM);
	assert_int_equal(p[3].slot, 2);
	assert_int_equal(p[5].kind, CW_PASS_DRAWN_COMPLEMENT);
	assert_int_equal(p[5].slot, 3);
	passes_of("nist-r1-flash", p);
	assert_int_equal(p[0].kind, CW_PASS_KEYSTREAM);
	assert_int_equal(p[1].kind, CW_PASS_COMPLEMENT);
}

static void test_malformed_lists_are_refused(void **state)
{
	static const char *const lists[] = { "",   " ",	    " R",   "R ",   "R  R",	  "~R",	 "00 ~R", "R 00 ~R", "R ~R ~R", "~00", "$0", "$10",
					     "$",  "~$1",   "$1 ~$2", "$1R", "0",	  "000", "ff",	  "0G",	     "0011223344", "RR", "R,R", "~", "~~R",
					     "\t00", "00\n", "R R R R R R R R R R R R R R R R R R R R R R R R R R R R R R R R R R R R R R R R R" };
	struct cw_pass p[CW_PASSES_MAX];

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(lists); i++) {
		struct cw_error err = { 0 };

		assert_int_equal(cw_scheme_passes(lists[i], p, &err), CW_E_SYNTAX);
		assert_true(err.message[0] != '\0');
	}
}

static void test_historic_schemes_say_that_they_add_nothing(void **state)
{
	(void)state;
	assert_non_null(strstr(cw_scheme_group_text(CW_SCHEME_HISTORIC), "More passes do not raise the level that can be claimed."));
	assert_int_equal(cw_scheme_get("gutmann35")->group, CW_SCHEME_HISTORIC);
	assert_int_equal(cw_scheme_get("keystream")->group, CW_SCHEME_RECOMMENDED);
	assert_string_equal(cw_scheme_group_name(CW_SCHEME_REQUIRED), "required");
	assert_string_equal(cw_scheme_group_text(99), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_scheme_can_be_carried_out),
		cmocka_unit_test(test_number_of_passes_is_the_published_one),
		cmocka_unit_test(test_unconfirmed_schemes_are_not_offered),
		cmocka_unit_test(test_gutmann_follows_the_table),
		cmocka_unit_test(test_bytes_stand_in_the_order_on_the_medium),
		cmocka_unit_test(test_drawn_bytes_and_complements_keep_their_slots),
		cmocka_unit_test(test_malformed_lists_are_refused),
		cmocka_unit_test(test_historic_schemes_say_that_they_add_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
