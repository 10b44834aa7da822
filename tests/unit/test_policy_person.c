/* SPDX-License-Identifier: Apache-2.0 */
/* Who counts as one person, and what a policy may ask of signers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "certwipe/policy.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static void a_person_is_one_however_many_certificates(void **state)
{
	static const struct {
		struct cw_signing_person a, b;
		bool same;
	} rows[] = {
		{ { A, "Wang", "1" }, { A, "Chen", "2" }, true },     /* one certificate */
		{ { A, "Wang", "1" }, { B, "Wang Da-Ming", "1" }, true }, /* one id */
		{ { A, "Wang", "1" }, { B, "Wang", "2" }, false },    /* two people of one name */
		{ { A, "Wang", "e-1" }, { B, "Wang", "E-1 " }, true },
		{ { A, "Wang", "" }, { B, "Wang", "2" }, true },      /* not known to be two */
		{ { A, "WANG  Da", "" }, { B, "wang da ", "" }, true },
		{ { A, "Wang Da", "" }, { B, "WangDa", "" }, false },
		{ { A, "王大明", "" }, { B, "王大明", "" }, true },
		{ { A, "王大明", "" }, { B, "王大", "" }, false },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(rows); i++) {
		if (cw_is_same_person(&rows[i].a, &rows[i].b) != rows[i].same || cw_is_same_person(&rows[i].b, &rows[i].a) != rows[i].same)
			fail_msg("row %zu", i);
	}
}

#define POLICY(evidence) \
	"[policy]\nid = p\ntitle = t\nstandard = nist-800-88r2\n[schemes]\nmagnetic = keystream\nflash = keystream\ngroups =\n[accept]\nunconfirmed-levels = no\n" \
	"virtual-media = no\nsampling = no\nstate-on-tmpfs = no\n[evidence]\nlabels = no\n" evidence "[case]\nmandatory =\nwiping-closes-it = yes\n"

static int parse(const char *text, struct cw_policy *p)
{
	struct cw_error err = { 0 };

	return cw_policy_parse("p.policy", text, strlen(text), p, &err);
}

static void a_policy_names_its_signers_and_the_station_among_them(void **state)
{
	struct cw_policy p;

	(void)state;
	assert_int_equal(parse(POLICY(""), &p), 0);
	assert_int_equal(p.signers, 0);
	assert_int_equal(parse(POLICY("signers = station operator witness\n"), &p), 0);
	assert_int_equal(p.signers, 1u << CW_ROLE_STATION | 1u << CW_ROLE_OPERATOR | 1u << CW_ROLE_WITNESS);
	assert_int_equal(parse(POLICY("signers = operator witness\n"), &p), CW_E_SYNTAX);
	assert_int_equal(parse(POLICY("signers = station boss\n"), &p), CW_E_SYNTAX);
	assert_int_equal(parse(POLICY("signers = station approver\n"), &p), CW_E_SYNTAX);
}

static void a_witness_is_somebody_else(void **state)
{
	struct cw_case c = { .operator_ = { A, "Wang", "1" }, .witness = { B, "Chen", "2" } };
	struct cw_error err = { 0 };
	struct cw_policy p;

	(void)state;
	assert_int_equal(parse(POLICY("signers = station operator witness\n"), &p), 0);
	assert_int_equal(cw_case_check(&c, &p, &err), 0);
	cw_strlcpy(c.witness.id, "1", sizeof(c.witness.id));
	assert_int_equal(cw_case_check(&c, &p, &err), CW_E_REFUSED);
	c.witness = (struct cw_signing_person){ .name = "" };
	assert_int_equal(cw_case_check(&c, &p, &err), CW_E_CASE);
	p.signers = 0;
	assert_int_equal(cw_case_check(&c, &p, &err), CW_E_CASE); /* an operator's signature that nobody asks for */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_person_is_one_however_many_certificates),
		cmocka_unit_test(a_policy_names_its_signers_and_the_station_among_them),
		cmocka_unit_test(a_witness_is_somebody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
