/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of physical destruction, each with what keeps it and what breaks it.  Expected is what the standards say (standards.md 1.3, 6 and 8.2), written down here once more
 * by hand; what certwipe answers goes into a table for people: build/destruction-rules.md.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "certwipe/policy.h"

#define NOW 1800000000 /* 2027-01-15 */
#define TABLE "build/destruction-rules.md"
#define R1 CW_COLUMN_R1
#define R2 CW_COLUMN_R2_2883
#define FINE "particle-mm2=0.2"
#define FIELD "field-oersted=10000 coercivity-oersted=5000 field-verified=2026-10-01"

/* figures: "key=value key=value" on top of a record that lacks nothing else; '_' stands for a blank in a value.  answer: the level, "refused" or "error". */
struct rule {
	const char *rule;
	uint32_t class_, column;
	const char *method, *figures;
	uint32_t required; /* level of ISO/IEC 21964 that the policy asks for; 0: none */
	bool alone;        /* no witness has confirmed it */
	const char *answer, *sentence; /* a part of it; "": there is none */
	bool completes_a_wipe;
	const char *caveats;
};

static const struct rule rules[] = {
	/* Degaussing: magnetic media only, with a field that was strong enough and verified; Purge under both (6.3, 8.2). */
	{ "degauss", CW_CLASS_HDD_ATA, R1, "degauss", FIELD, 0, false, "purge", "", true, "K10" },
	{ "degauss", CW_CLASS_HDD_ATA, R2, "degauss", FIELD, 0, false, "purge", "", true, "K10" },
	{ "degauss", CW_CLASS_HDD_SCSI, R2, "degauss", FIELD, 0, false, "purge", "", true, "K10" },
	{ "degauss", CW_CLASS_USB_BRIDGE_HDD, R2, "degauss", FIELD, 0, false, "purge", "", true, "K10" },
	{ "degauss", CW_CLASS_FLOPPY, R2, "degauss", FIELD, 0, false, "purge", "", true, "K10" },
	{ "degauss", CW_CLASS_HDD_ATA, R2, "degauss", "field-oersted=4999 coercivity-oersted=5000 field-verified=2026-10-01", 0, false, "none", "weaker than", false, "K10" },
	{ "degauss", CW_CLASS_HDD_ATA, R2, "degauss", "field-oersted=10000 field-verified=2026-10-01", 0, false, "none", "coercivity", false, "K10" },
	{ "degauss", CW_CLASS_HDD_ATA, R2, "degauss", "field-oersted=10000 coercivity-oersted=5000", 0, false, "none", "last verified", false, "K10" },
	{ "degauss", CW_CLASS_USB_STICK, R2, "degauss", FIELD, 0, false, "refused", "no effect on optical or flash media", false, "" },
	{ "degauss", CW_CLASS_SD_CARD, R2, "degauss", FIELD, 0, false, "refused", "no effect on optical or flash media", false, "" },
	{ "degauss", CW_CLASS_SSD_ATA, R1, "degauss", FIELD, 0, false, "refused", "no effect on optical or flash media", false, "" },
	{ "degauss", CW_CLASS_SSD_SAS, R1, "degauss", FIELD, 0, false, "refused", "no effect on optical or flash media", false, "" },
	{ "degauss", CW_CLASS_NVME, R2, "degauss", FIELD, 0, false, "refused", "no effect on optical or flash media", false, "" },
	{ "degauss", CW_CLASS_USB_BRIDGE_SSD, R2, "degauss", FIELD, 0, false, "refused", "no effect on optical or flash media", false, "" },
	{ "degauss", CW_CLASS_CD_R, R1, "degauss", FIELD, 0, false, "refused", "no effect on optical or flash media", false, "" },
	{ "degauss", CW_CLASS_DVD_R, R2, "degauss", FIELD, 0, false, "refused", "no effect on optical or flash media", false, "" },
	{ "degauss", CW_CLASS_BD_RE, R2, "degauss", FIELD, 0, false, "refused", "no effect on optical or flash media", false, "" },
	/* Grinding: CDs only, and Rev. 2 does not know it (1.3, 8.2). */
	{ "grind", CW_CLASS_CD_R, R1, "grind", "", 0, false, "destroy", "", true, "K24" },
	{ "grind", CW_CLASS_CD_RW, R1, "grind", "", 0, false, "destroy", "", true, "K24" },
	{ "grind", CW_CLASS_CD_R, R2, "grind", "", 0, false, "none", "No level may be claimed", true, "K24" },
	{ "grind", CW_CLASS_DVD_R, R1, "grind", "", 0, false, "refused", "CDs only", false, "" },
	{ "grind", CW_CLASS_DVD_RW, R1, "grind", "", 0, false, "refused", "CDs only", false, "" },
	{ "grind", CW_CLASS_BD_R, R1, "grind", "", 0, false, "refused", "CDs only", false, "" },
	{ "grind", CW_CLASS_OPTICAL_PRESSED, R1, "grind", "", 0, false, "refused", "CDs only", false, "" },
	{ "grind", CW_CLASS_USB_STICK, R1, "grind", "", 0, false, "refused", "CDs only", false, "" },
	{ "grind", CW_CLASS_HDD_ATA, R1, "grind", "", 0, false, "refused", "CDs only", false, "" },
	/* Particles against the level that is asked for (6.1), and 0.25 mm² of discs under Rev. 1 (1.3). */
	{ "particles", CW_CLASS_USB_STICK, R2, "disintegrate", "particle-mm2=30", 4, false, "destroy", "", true, "" },
	{ "particles", CW_CLASS_USB_STICK, R2, "disintegrate", "particle-mm2=30.000001", 4, false, "none", "larger than", false, "" },
	{ "particles", CW_CLASS_USB_STICK, R2, "disintegrate", "particle-mm2=10", 5, false, "destroy", "", true, "" },
	{ "particles", CW_CLASS_USB_STICK, R2, "disintegrate", "particle-mm2=11", 5, false, "none", "larger than", false, "" },
	{ "particles", CW_CLASS_DVD_R, R2, "disintegrate", "particle-mm2=30", 4, false, "destroy", "", true, "" },
	{ "particles", CW_CLASS_DVD_R, R2, "disintegrate", "particle-mm2=160", 4, false, "none", "larger than", false, "" },
	{ "particles", CW_CLASS_HDD_ATA, R2, "disintegrate", "particle-mm2=2000", 4, false, "destroy", "", true, "" },
	{ "particles", CW_CLASS_HDD_ATA, R2, "disintegrate", "particle-mm2=2001", 4, false, "none", "larger than", false, "" },
	{ "particles", CW_CLASS_FLOPPY, R2, "disintegrate", "particle-mm2=160", 4, false, "destroy", "", true, "" },
	{ "particles", CW_CLASS_CD_R, R1, "disintegrate", "particle-mm2=0.25", 0, false, "destroy", "", true, "" },
	{ "particles", CW_CLASS_CD_R, R1, "disintegrate", "particle-mm2=0.26", 0, false, "none", "larger than", false, "" },
	{ "particles", CW_CLASS_CD_R, R1, "disintegrate", "particle-mm2=10", 5, false, "none", "larger than", false, "" },
	{ "particles", CW_CLASS_USB_STICK, R2, "disintegrate", "", 4, false, "none", "size of the particles", false, "" },
	{ "particles", CW_CLASS_USB_STICK, R2, "disintegrate", "", 0, false, "none", "size of the particles", false, "" },
	{ "particles", CW_CLASS_DVD_R, R2, "disintegrate", "particle-mm2=10 particle-level=O-5", 4, false, "destroy", "", true, "" },
	{ "particles", CW_CLASS_DVD_R, R2, "disintegrate", "particle-mm2=11 particle-level=O-5", 4, false, "error", "do not reach the level O-5", false, "" },
	{ "particles", CW_CLASS_DVD_R, R2, "disintegrate", "particle-mm2=10 particle-level=E-5", 4, false, "error", "O-1 to O-7", false, "" },
	{ "particles", CW_CLASS_USB_STICK, R2, "disintegrate", "particle-mm2=10 particle-level=E-8", 4, false, "error", "E-1 to E-7", false, "" },
	{ "particles", CW_CLASS_USB_STICK, R2, "disintegrate", "particle-mm2=0", 4, false, "error", "square millimetres", false, "" },
	/* Incinerating and melting leave nothing to be measured. */
	{ "fire", CW_CLASS_USB_STICK, R2, "incinerate", "", 5, false, "destroy", "", true, "" },
	{ "fire", CW_CLASS_BD_R, R1, "incinerate", "", 0, false, "destroy", "", true, "" },
	{ "fire", CW_CLASS_NVME, R2, "melt", "", 0, false, "destroy", "", true, "" },
	{ "fire", CW_CLASS_EMMC, R2, "melt", "", 0, false, "destroy", "", true, "" },
	/* Shredding and pulverizing alone: only under Rev. 1, only for the lowest category, and never without K12 (1.1, 8.2 c11). */
	{ "shred alone", CW_CLASS_USB_STICK, R2, "shred", FINE, 4, false, "none", "alone reaches no level", true, "K12" },
	{ "shred alone", CW_CLASS_USB_STICK, R1, "shred", FINE, 4, false, "none", "lowest security category", true, "K12" },
	{ "shred alone", CW_CLASS_USB_STICK, R1, "shred", FINE " low-category=yes", 4, false, "destroy", "", true, "K12" },
	{ "shred alone", CW_CLASS_USB_STICK, R2, "shred", FINE " low-category=yes", 4, false, "none", "alone reaches no level", true, "K12" },
	{ "shred alone", CW_CLASS_HDD_ATA, R1, "pulverize", FINE " low-category=yes", 4, false, "destroy", "", true, "K12" },
	{ "shred alone", CW_CLASS_CD_R, R1, "shred", FINE, 4, false, "destroy", "", true, "K12" },
	{ "shred alone", CW_CLASS_CD_R, R2, "shred", FINE, 4, false, "none", "alone reaches no level", true, "K12" },
	{ "shred alone", CW_CLASS_SD_CARD, R1, "shred", FINE " low-category=yes", 4, false, "none", "alone reaches no level", true, "K12" },
	{ "shred after a wipe", CW_CLASS_USB_STICK, R2, "shred", "particle-mm2=30", 4, false, "none", "alone reaches no level", true, "K12" },
	{ "shred after a wipe", CW_CLASS_USB_STICK, R2, "shred", "particle-mm2=31", 4, false, "none", "larger than", false, "K12" },
	/* Bent, cut or drilled media leave parts (1.1). */
	{ "crush, punch", CW_CLASS_HDD_ATA, R1, "crush", "", 0, false, "none", "leave parts", false, "" },
	{ "crush, punch", CW_CLASS_USB_STICK, R2, "punch", "", 0, false, "none", "leave parts", false, "" },
	/* Two people. */
	{ "two people", CW_CLASS_USB_STICK, R2, "melt", "", 0, true, "none", "No witness", false, "" },
	{ "two people", CW_CLASS_HDD_ATA, R2, "degauss", FIELD, 0, true, "none", "No witness", false, "K10" },
	{ "two people", CW_CLASS_USB_STICK, R2, "melt", "operator=", 0, false, "error", "\"operator\"", false, "" },
	/* What must stand in a record. */
	{ "record", CW_CLASS_USB_STICK, R2, "melt", "machine=", 0, false, "error", "\"machine\"", false, "" },
	{ "record", CW_CLASS_USB_STICK, R2, "melt", "machine= contractor=Ash_Ltd", 0, false, "destroy", "", true, "" },
	{ "record", CW_CLASS_USB_STICK, R2, "melt", "place=", 0, false, "error", "\"place\"", false, "" },
	{ "record", CW_CLASS_USB_STICK, R2, "melt", "count=", 0, false, "error", "\"count\"", false, "" },
	{ "record", CW_CLASS_USB_STICK, R2, "melt", "count=100001", 0, false, "error", "100000", false, "" },
	{ "record", CW_CLASS_USB_STICK, R2, "melt", "statutory-method=8", 0, false, "error", "1 to 7", false, "" },
	{ "record", CW_CLASS_USB_STICK, R2, "burn", "", 0, false, "error", "one of", false, "" },
	{ "record", CW_CLASS_USB_STICK, R2, "melt", "ended=2026-11-30T05:00:00Z", 0, false, "error", "before it began", false, "" },
	{ "record", CW_CLASS_USB_STICK, R2, "melt", "ended=2027-02-01T05:00:00Z", 0, false, "error", "later than now", false, "" },
	/* Virtual media reach nothing. */
	{ "virtual", CW_CLASS_VIRTUAL, R2, "melt", "", 0, false, "none", "No level may be claimed", true, "" },
};

struct answer { char word[16], sentence[CW_TEXT_MAX], caveats[CW_TEXT_MAX]; bool completes_a_wipe; };

static struct cw_destruction complete(void)
{
	return (struct cw_destruction){ .machine = "HSM D-100", .place = "苗栗", .operator_name = "王小明", .count = 1, .started = "2026-11-30T06:00:00Z", .ended = "2026-11-30T06:20:00Z" };
}

/* An empty value takes the field out. */
static void take_out(struct cw_destruction *d, const char *key)
{
#define X(field, key_, json) if (!strcmp(key, key_)) d->field[0] = '\0';
	CW_DESTRUCTION_TEXTS(X)
#undef X
	if (!strcmp(key, "count"))
		d->count = 0;
}

static int set_figures(struct cw_destruction *d, const char *figures, struct cw_error *err)
{
	char text[CW_TEXT_MAX];
	int rc = 0;

	cw_strlcpy(text, figures, sizeof(text));
	for (char *rest = text, *pair; !rc && (pair = strsep(&rest, " "));) {
		char *value = strchr(pair, '=');

		if (!value)
			continue;
		*value++ = '\0';
		for (char *blank = value; (blank = strchr(blank, '_'));)
			*blank = ' ';
		if (*value)
			rc = cw_destruction_set(d, pair, value, err);
		else
			take_out(d, pair);
	}
	return rc;
}

static int refusal(const struct rule *r, struct cw_destruction *d, struct cw_error *err)
{
	int rc = cw_destruction_set(d, "method", r->method, err);

	if (!rc)
		rc = set_figures(d, r->figures, err);
	if (!rc)
		rc = cw_destruction_check(d, NOW, err);
	return rc ? rc : cw_destruction_refuse(r->class_, d, err);
}

static struct answer ask(const struct rule *r)
{
	const struct cw_destruction_terms t = { .class_ = r->class_, .column = r->column, .particle_level = r->required };
	struct cw_destruction d = complete();
	struct cw_destruction_judgement j;
	struct cw_error err = { 0 };
	struct answer a = { .word = "" };
	int rc = refusal(r, &d, &err);

	if (rc) {
		cw_strlcpy(a.word, rc == CW_E_POLICY ? "refused" : "error", sizeof(a.word));
		cw_strlcpy(a.sentence, err.message, sizeof(a.sentence));
		return a;
	}
	cw_destruction_judge(&t, &d, !r->alone, &j);
	cw_strlcpy(a.word, cw_level_name(j.level), sizeof(a.word));
	cw_strlcpy(a.sentence, j.reason ? j.reason : "", sizeof(a.sentence));
	cw_strlcpy(a.caveats, j.caveats, sizeof(a.caveats));
	a.completes_a_wipe = j.is_second_step;
	return a;
}

static void every_rule_with_good_and_bad_input(void **state)
{
	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(rules); i++) {
		struct answer a = ask(&rules[i]);

		print_message("# %s: %s of %s, %s\n", rules[i].rule, rules[i].method, cw_class_name(rules[i].class_), rules[i].figures);
		assert_string_equal(a.word, rules[i].answer);
		assert_non_null(strstr(a.sentence, rules[i].sentence));
		assert_int_equal(!*rules[i].sentence, !*a.sentence);
		assert_int_equal(a.completes_a_wipe, rules[i].completes_a_wipe);
		assert_string_equal(a.caveats, rules[i].caveats);
	}
}

/* Nothing reaches more than the matrix of standards.md 8.2 says, whatever figures are given. */
static void no_figures_lift_a_level_above_the_matrix(void **state)
{
	static const char *const codes[] = { [CW_DESTROY_DEGAUSS] = "DEG", [CW_DESTROY_DISINTEGRATE] = "PHYS_DIM", [CW_DESTROY_INCINERATE] = "PHYS_DIM", [CW_DESTROY_MELT] = "PHYS_DIM",
					     [CW_DESTROY_SHRED] = "PHYS_SHR", [CW_DESTROY_PULVERIZE] = "PHYS_SHR", [CW_DESTROY_GRIND] = "GRIND" };

	(void)state;
	for (uint32_t class_ = CW_CLASS_UNKNOWN; class_ < CW_CLASS_COUNT; class_++)
		for (uint32_t method = CW_DESTROY_UNNAMED + 1; method < CW_DESTROY_COUNT; method++)
			for (uint32_t column = R1; column <= R2; column++) {
				const struct cw_destruction_terms t = { .class_ = class_, .column = column };
				const char *code = method < CW_ARRAY_LEN(codes) && codes[method] ? codes[method] : "";
				const struct cw_level_row *row = cw_level_row_get(class_, code);
				struct cw_destruction d = complete();
				struct cw_destruction_judgement j;
				struct cw_error err = { 0 };

				d.method = method;
				assert_int_equal(set_figures(&d, FIELD " " FINE " low-category=yes", &err), 0);
				cw_destruction_judge(&t, &d, true, &j);
				assert_true(j.level <= (row ? cw_level_of_row(row, (enum cw_column)column, false) : CW_LEVEL_NONE));
			}
}

/* ---- for people ---- */

static void put_row(FILE *out, const struct rule *r)
{
	struct answer a = ask(r);
	char required[12] = "-";

	if (r->required)
		snprintf(required, sizeof(required), "%u", r->required);
	fprintf(out, "| %s | %s | %s | %s | %s%s%s | %s | %s | %s | %s | %s |\n", r->rule, cw_class_name(r->class_), r->column == R1 ? "NIST Rev. 1" : "NIST Rev. 2, IEEE 2883", r->method,
		r->figures, r->alone && *r->figures ? ", " : "", r->alone ? "not confirmed" : "", required, a.word, a.completes_a_wipe ? "yes" : "no", a.caveats, a.sentence);
}

static void a_table_for_people(void **state)
{
	FILE *out = access("build", W_OK) == 0 ? fopen(TABLE, "w") : NULL;

	(void)state;
	if (!out)
		skip(); /* not in a tree that is built */
	fputs("| rule | medium | standard | method | figures | level asked for | answer | completes a wipe | caveats | sentence |\n"
	      "|---|---|---|---|---|---|---|---|---|---|\n", out);
	for (size_t i = 0; i < CW_ARRAY_LEN(rules); i++)
		put_row(out, &rules[i]);
	assert_int_equal(fclose(out), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule_with_good_and_bad_input),
		cmocka_unit_test(no_figures_lift_a_level_above_the_matrix),
		cmocka_unit_test(a_table_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
