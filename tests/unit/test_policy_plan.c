/* SPDX-License-Identifier: Apache-2.0 */
/* The plan: what is refused, what steps come of a wish, what level they can reach, and the document that gets authorised. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "certwipe/policy.h"

static const char *const folders[] = { "share/policy", NULL };
static const char *const policies[] = { "default", "nist-800-88r1", "ism", "legacy-contract", "lab", "tw-county" };

static struct cw_policy policy(const char *id)
{
	struct cw_policy p;
	struct cw_error err = { 0 };

	assert_int_equal(cw_policy_load(folders, id, &p, &err), 0);
	return p;
}

static bool is_written_at_any_block(uint32_t class_)
{
	return class_ == CW_CLASS_DVD_PLUS_RW || class_ == CW_CLASS_DVD_RAM || class_ == CW_CLASS_BD_RE;
}

/* A healthy medium of a class, of which it is known that nothing is hidden. */
static struct cw_medium medium(uint32_t class_)
{
	struct cw_medium m = { .class_ = class_, .bus = CW_BUS_USB, .size_bytes = UINT64_C(64000000000), .logical_bytes = cw_class_is_optical(class_) ? 2048 : 512, .physical_bytes = 4096,
			       .has_medium = 1, .hidden = CW_HIDDEN_NONE, .virtual_ = class_ == CW_CLASS_VIRTUAL };

	cw_strlcpy(m.node, "/dev/sdx", sizeof(m.node));
	cw_strlcpy(m.serial.text, "AB12CD34EF56", sizeof(m.serial.text));
	cw_strlcpy(m.full_serial, m.serial.text, sizeof(m.full_serial));
	return m;
}

static int make(const struct cw_medium *m, const char *policy_id, const char *scheme, struct cw_plan *plan, struct cw_error *err)
{
	struct cw_policy p = policy(policy_id);
	struct cw_wish w = { 0 };

	cw_strlcpy(w.scheme, scheme, sizeof(w.scheme));
	return cw_plan_make(m, NULL, &p, &w, plan, err);
}

static struct cw_plan made(uint32_t class_, const char *policy_id, const char *scheme)
{
	struct cw_medium m = medium(class_);
	struct cw_plan plan;
	struct cw_error err = { 0 };

	assert_int_equal(make(&m, policy_id, scheme, &plan, &err), 0);
	return plan;
}

/* "w1 v1": the steps as words. */
static const char *steps(const struct cw_plan *p)
{
	static char text[512];
	size_t used = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < p->n_steps; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%c%u", i ? " " : "", " wvs"[p->steps[i].kind], p->steps[i].pass);
	return text;
}

static bool rejects(const struct cw_plan *p, const char *what)
{
	for (uint32_t i = 0; i < p->n_rejected; i++) {
		if (strcmp(p->rejected[i].what, what) == 0)
			return true;
	}
	return false;
}

/* ---- what is refused ---- */

static int refusal(const struct cw_medium *m, struct cw_error *err)
{
	struct cw_plan plan;
	int rc;

	*err = (struct cw_error){ 0 };
	rc = make(m, "default", "", &plan, err);
	assert_true(rc < 0 && err->message[0] && err->hint[0]);
	assert_non_null(strstr(err->message, m->node));
	return rc;
}

static void test_media_that_cannot_be_wiped_are_refused_with_a_way_out(void **state)
{
	struct cw_medium stick = medium(CW_CLASS_USB_STICK), m;
	struct cw_error err;

	(void)state;
	m = stick, m.is_system = 1;
	assert_int_equal(refusal(&m, &err), CW_E_SYSTEM_MEDIUM);
	m = stick, m.has_medium = 0;
	assert_int_equal(refusal(&m, &err), CW_E_NO_MEDIUM);
	m = stick, m.size_bytes = 0;
	assert_int_equal(refusal(&m, &err), CW_E_NO_MEDIUM);
	m = stick, m.read_only = 1;
	assert_int_equal(refusal(&m, &err), CW_E_READ_ONLY);
	m = stick, m.zoned = 1;
	assert_int_equal(refusal(&m, &err), CW_E_REFUSED);
	m = stick, m.size_bytes += 100;
	assert_int_equal(refusal(&m, &err), CW_E_SECTOR_SIZE);
	m = stick, m.size_bytes = UINT64_MAX - 511;
	assert_int_equal(refusal(&m, &err), CW_E_REFUSED);
}

static void test_odd_sectors_need_a_native_format(void **state)
{
	static const uint32_t sizes[] = { 520, 524, 528 };
	struct cw_medium m = medium(CW_CLASS_HDD_SCSI);
	struct cw_error err;

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(sizes); i++) {
		m.logical_bytes = sizes[i];
		assert_int_equal(refusal(&m, &err), CW_E_SECTOR_SIZE);
		assert_non_null(strstr(err.message, "needs a native format to 512 or 4096 first"));
	}
	m.logical_bytes = 0;
	assert_int_equal(refusal(&m, &err), CW_E_SECTOR_SIZE);
	m.logical_bytes = 2048;
	assert_int_equal(refusal(&m, &err), CW_E_SECTOR_SIZE);
}

static void test_discs_are_sent_to_physical_destruction(void **state)
{
	struct cw_error err;

	(void)state;
	for (uint32_t class_ = 0; class_ < CW_CLASS_COUNT; class_++) {
		struct cw_medium m = medium(class_);

		m.read_only = class_ != CW_CLASS_OPTICAL_PRESSED; /* as the kernel says of discs: that is not the reason */
		m.logical_bytes = 2048;
		if (!cw_class_is_optical(class_) || is_written_at_any_block(class_))
			continue;
		assert_int_equal(refusal(&m, &err), cw_class_is_write_once(class_) ? CW_E_WRITE_ONCE : CW_E_REFUSED);
		assert_non_null(strstr(err.hint, "physically"));
	}
}

static void test_blank_discs_are_not_called_missing(void **state)
{
	struct cw_medium m = medium(CW_CLASS_CD_R);
	struct cw_error err;

	(void)state;
	m.disc = CW_DISC_BLANK;
	m.size_bytes = 0;
	assert_int_equal(refusal(&m, &err), CW_E_WRITE_ONCE);
	assert_non_null(strstr(err.message, "blank"));
	m.class_ = CW_CLASS_CD_RW;
	assert_int_equal(refusal(&m, &err), CW_E_REFUSED);
	m.class_ = CW_CLASS_DVD_PLUS_RW;
	assert_int_equal(refusal(&m, &err), CW_E_REFUSED);
	assert_non_null(strstr(err.message, "not formatted"));
}

static void test_a_drive_that_only_reads_condemns_no_disc(void **state)
{
	struct cw_medium m = medium(CW_CLASS_OPTICAL_PRESSED);
	struct cw_error err;

	(void)state;
	m.read_only = 1;
	assert_int_equal(refusal(&m, &err), CW_E_READ_ONLY);
	assert_non_null(strstr(err.message, "only reads"));
	assert_null(strstr(err.message, "cannot be removed by software"));
	assert_non_null(strstr(err.hint, "drive that writes"));
}

static void test_laboratory_and_disposal_do_not_mix(void **state)
{
	struct cw_plan plan;

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(policies); i++) {
		struct cw_medium virtual_ = medium(CW_CLASS_VIRTUAL), stick = medium(CW_CLASS_USB_STICK);
		bool lab = strcmp(policies[i], "lab") == 0;
		struct cw_error err = { 0 };

		if (lab) {
			assert_int_equal(make(&stick, "lab", "", &plan, &err), CW_E_POLICY);
			continue;
		}
		assert_int_equal(make(&virtual_, policies[i], "dod3", &plan, &err), CW_E_VIRTUAL);
		assert_non_null(strstr(err.hint, "--policy lab"));
		stick.virtual_ = 1; /* whatever its class says */
		assert_int_equal(make(&stick, policies[i], "dod3", &plan, &err), CW_E_VIRTUAL);
	}
}

static void test_schemes_outside_the_policy_are_refused(void **state)
{
	struct cw_medium stick = medium(CW_CLASS_USB_STICK), disk = medium(CW_CLASS_HDD_ATA);
	struct cw_plan plan;
	struct cw_error err = { 0 };

	(void)state;
	assert_int_equal(make(&stick, "default", "gutmann35", &plan, &err), CW_E_POLICY);
	assert_non_null(strstr(err.hint, "keystream"));
	assert_null(strstr(err.hint, "gutmann35"));
	assert_int_equal(make(&stick, "default", "gutman", &plan, &err), CW_E_USAGE);
	assert_int_equal(make(&stick, "legacy-contract", "", &plan, &err), CW_E_POLICY);
	assert_non_null(strstr(err.message, "--scheme"));
	assert_non_null(strstr(err.hint, "vsitr7"));
	assert_int_equal(make(&stick, "legacy-contract", "keystream", &plan, &err), CW_E_POLICY);
	assert_int_equal(make(&stick, "ism", "ism-magnetic", &plan, &err), CW_E_POLICY); /* one pass is not what the manual asks of flash */
	assert_int_equal(make(&disk, "ism", "zero", &plan, &err), CW_E_POLICY);
}

static void test_wishes_that_cannot_be_met_are_refused(void **state)
{
	struct cw_medium m = medium(CW_CLASS_USB_STICK);
	struct cw_policy p = policy("default");
	struct cw_plan plan;
	struct cw_error err = { 0 };

	(void)state;
	assert_int_equal(cw_plan_make(&m, NULL, &p, &(struct cw_wish){ .level = CW_LEVEL_CLEAR }, &plan, &err), 0);
	assert_int_equal(cw_plan_make(&m, NULL, &p, &(struct cw_wish){ .level = CW_LEVEL_PURGE }, &plan, &err), CW_E_POLICY);
	assert_non_null(strstr(err.message, "clear"));
	assert_non_null(strstr(err.hint, "physically"));
	assert_int_equal(cw_plan_make(&m, NULL, &p, &(struct cw_wish){ .sample = 1 }, &plan, &err), CW_E_POLICY);
	assert_int_equal(cw_plan_make(&m, NULL, &p, &(struct cw_wish){ .technique = "nvme_sanitize" }, &plan, &err), CW_E_USAGE);
	assert_int_equal(cw_plan_make(&m, NULL, &p, &(struct cw_wish){ .technique = "overwrite" }, &plan, &err), 0);
}

/* ---- steps ---- */

static void test_default_is_one_keystream_read_back(void **state)
{
	static const uint32_t classes[] = { CW_CLASS_USB_STICK, CW_CLASS_HDD_ATA, CW_CLASS_SD_CARD, CW_CLASS_FLOPPY };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(classes); i++) {
		struct cw_plan p = made(classes[i], "default", "");

		assert_string_equal(steps(&p), "w1 v1");
		assert_int_equal(p.steps[0].what.kind, CW_PASS_KEYSTREAM);
		assert_int_equal(p.steps[1].what.kind, CW_PASS_KEYSTREAM);
		assert_int_equal(p.level, CW_LEVEL_CLEAR);
		assert_string_equal(p.code, "OW1");
	}
}

static void test_constants_on_flash_come_after_a_verified_keystream(void **state)
{
	struct cw_plan flash = made(CW_CLASS_USB_STICK, "default", "zero"), disk = made(CW_CLASS_HDD_ATA, "default", "zero");
	struct cw_plan nnsa = made(CW_CLASS_SD_CARD, "legacy-contract", "nnsa"), ends_random = made(CW_CLASS_USB_STICK, "legacy-contract", "dod3");

	(void)state;
	assert_string_equal(steps(&flash), "w1 v1 w2 v2");
	assert_int_equal(flash.steps[0].what.kind, CW_PASS_KEYSTREAM);
	assert_int_equal(flash.steps[3].what.kind, CW_PASS_PATTERN);
	assert_non_null(strstr(flash.steps[0].reason, "flash"));
	assert_int_equal(flash.level, CW_LEVEL_CLEAR);
	assert_string_equal(steps(&disk), "w1 v1");
	assert_string_equal(steps(&nnsa), "w1 v1 w2 w3 w4 v4");
	assert_string_equal(steps(&ends_random), "w1 w2 w3 v3");
}

static void test_the_last_pass_of_every_scheme_is_read_back(void **state)
{
	(void)state;
	for (const struct cw_scheme *s = cw_schemes; s->id; s++) {
		struct cw_plan p = made(CW_CLASS_VIRTUAL, "lab", s->id);
		const struct cw_plan_step *last = &p.steps[p.n_steps - 1];

		assert_int_equal(last->kind, CW_STEP_VERIFY);
		assert_int_equal(last->pass, p.n_passes);
		assert_memory_equal(&last->what, &p.steps[p.n_steps - 2].what, sizeof(last->what));
		assert_int_equal(p.level, CW_LEVEL_CLEAR);
	}
}

static void test_rev1_writes_the_complement_of_the_pass_before(void **state)
{
	struct cw_plan p = made(CW_CLASS_USB_STICK, "nist-800-88r1", ""), disk = made(CW_CLASS_HDD_ATA, "nist-800-88r1", "");

	(void)state;
	assert_string_equal(steps(&p), "w1 w2 v2");
	assert_int_equal(p.steps[1].what.kind, CW_PASS_COMPLEMENT);
	assert_int_equal(p.level, CW_LEVEL_CLEAR);
	assert_string_equal(p.code, "OWN");
	assert_string_equal(p.caveats, "K1+K2+K13+K17");
	assert_string_equal(steps(&disk), "w1 v1");
	assert_string_equal(disk.caveats, "K1+K17");
}

static void test_ism_counts_passes_by_medium_and_size(void **state)
{
	struct cw_medium floppy = medium(CW_CLASS_FLOPPY);
	struct cw_plan flash = made(CW_CLASS_USB_STICK, "ism", ""), disk = made(CW_CLASS_HDD_ATA, "ism", ""), old = made(CW_CLASS_HDD_ATA, "ism", "ism-magnetic-small");
	struct cw_plan small;
	struct cw_error err = { 0 };

	(void)state;
	assert_string_equal(steps(&flash), "w1 w2 v2");
	assert_string_equal(steps(&disk), "w1 v1");
	assert_string_equal(steps(&old), "w1 w2 w3 v3");
	floppy.size_bytes = 1474560;
	assert_int_equal(make(&floppy, "ism", "", &small, &err), 0);
	assert_string_equal(steps(&small), "w1 w2 w3 v3");
	assert_int_equal(make(&floppy, "ism", "ism-magnetic", &small, &err), CW_E_POLICY);
}

static void test_sampling_is_said_and_costs_the_level_on_sticks(void **state)
{
	struct cw_policy r1 = policy("nist-800-88r1"), lab = policy("lab");
	struct cw_medium stick = medium(CW_CLASS_USB_STICK), image = medium(CW_CLASS_VIRTUAL);
	struct cw_wish sample = { .sample = 1 };
	struct cw_plan p;
	struct cw_error err = { 0 };

	(void)state;
	assert_int_equal(cw_plan_make(&image, NULL, &lab, &sample, &p, &err), 0);
	assert_string_equal(steps(&p), "w1 s1");
	assert_string_equal(p.caveats, "K27+K16");
	assert_int_equal(p.level, CW_LEVEL_CLEAR);
	assert_int_equal(cw_plan_make(&stick, NULL, &r1, &sample, &p, &err), 0);
	assert_int_equal(p.level, CW_LEVEL_NONE); /* c8: a stick that lies about its size is only found by reading all of it */
	assert_true(rejects(&p, "clear"));
}

/* ---- level ---- */

static void test_one_pass_under_rev1_reaches_nothing_on_sticks(void **state)
{
	struct cw_plan p = made(CW_CLASS_USB_STICK, "nist-800-88r1", "keystream");

	(void)state;
	assert_int_equal(p.level, CW_LEVEL_NONE);
	assert_true(rejects(&p, "clear"));
	assert_true(rejects(&p, "destroy"));
}

static void test_pattern_and_complement_count_in_any_form(void **state)
{
	static const char *const with[] = { "vsitr7", "schneier7", "dod3", "gutmann35", "ar380-19", "hmg-is5-enh" };
	static const char *const without[] = { "pfitzner7", "navso-rll", "nnsa" };
	struct cw_policy p = policy("legacy-contract");
	struct cw_medium m = medium(CW_CLASS_USB_STICK);
	struct cw_plan plan;
	struct cw_wish w = { 0 };
	struct cw_error err = { 0 };

	(void)state;
	p.column = CW_COLUMN_R1;
	for (size_t i = 0; i < CW_ARRAY_LEN(with); i++) {
		cw_strlcpy(w.scheme, with[i], sizeof(w.scheme));
		assert_int_equal(cw_plan_make(&m, NULL, &p, &w, &plan, &err), 0);
		assert_int_equal(plan.level, CW_LEVEL_CLEAR);
	}
	for (size_t i = 0; i < CW_ARRAY_LEN(without); i++) {
		cw_strlcpy(w.scheme, without[i], sizeof(w.scheme));
		assert_int_equal(cw_plan_make(&m, NULL, &p, &w, &plan, &err), 0);
		assert_int_equal(plan.level, CW_LEVEL_NONE);
	}
}

static void test_hidden_areas_cost_the_level_unless_their_size_is_stated(void **state)
{
	struct cw_medium m = medium(CW_CLASS_HDD_ATA);
	struct cw_plan p;
	struct cw_error err = { 0 };

	(void)state;
	m.hidden = CW_HIDDEN_UNKNOWN;
	assert_int_equal(make(&m, "default", "", &p, &err), 0);
	assert_int_equal(p.level, CW_LEVEL_NONE);
	assert_true(rejects(&p, "clear"));
	m.hidden = CW_HIDDEN_PRESENT;
	assert_int_equal(make(&m, "default", "", &p, &err), 0);
	assert_int_equal(p.level, CW_LEVEL_NONE);
	m.hidden_bytes = 1048576;
	assert_int_equal(make(&m, "default", "", &p, &err), 0);
	assert_int_equal(p.level, CW_LEVEL_CLEAR);
	assert_string_equal(p.caveats, "K1+K20");
}

static void test_nvme_namespaces_are_not_shown_by_overwriting(void **state)
{
	struct cw_plan p = made(CW_CLASS_NVME, "default", "");

	(void)state;
	assert_int_equal(p.level, CW_LEVEL_NONE);
	assert_true(rejects(&p, "purge"));
}

static void test_other_namespaces_are_named(void **state)
{
	static const char why[] = "This is one of 2 namespaces of the drive; not reached with it: nvme0n2 (25.2 MB).";
	struct cw_medium m = medium(CW_CLASS_NVME);
	struct cw_plan p;
	struct cw_error err = { 0 };
	bool named = false;

	(void)state;
	m.hidden = CW_HIDDEN_UNKNOWN;
	m.namespaces = 2;
	cw_strlcpy(m.hidden_why, why, sizeof(m.hidden_why));
	assert_int_equal(make(&m, "default", "", &p, &err), 0);
	assert_int_equal(p.level, CW_LEVEL_NONE);
	for (uint32_t i = 0; i < p.n_rejected; i++)
		named |= !strcmp(p.rejected[i].what, "clear") && !strcmp(p.rejected[i].why, why);
	assert_true(named);
}

static void test_several_passes_on_an_encrypting_drive_are_worth_one(void **state)
{
	struct cw_plan p = made(CW_CLASS_SED, "legacy-contract", "dod3");

	(void)state;
	assert_int_equal(p.level, CW_LEVEL_CLEAR);
	assert_string_equal(p.code, "OW1");
}

static void test_unknown_media_are_wiped_but_reach_nothing(void **state)
{
	struct cw_plan p = made(CW_CLASS_UNKNOWN, "default", "");

	(void)state;
	assert_int_equal(p.level, CW_LEVEL_NONE);
	assert_string_equal(p.caveats, "");
	assert_true(rejects(&p, "destroy"));
}

static void test_what_was_not_taken_is_said(void **state)
{
	struct cw_plan disk = made(CW_CLASS_HDD_ATA, "default", ""), stick = made(CW_CLASS_USB_STICK, "default", "");

	(void)state;
	assert_true(rejects(&disk, "purge"));
	assert_true(rejects(&disk, "sampled verification"));
	assert_true(rejects(&disk, "historic schemes"));
	assert_false(rejects(&disk, "destroy"));
	assert_false(rejects(&disk, "clear"));
	assert_true(rejects(&stick, "required schemes"));
}

/* ---- every class under every policy ---- */

static void check_plan(const struct cw_medium *m, const struct cw_plan *p)
{
	uint32_t written = 0;

	assert_true(p->level <= CW_LEVEL_CLEAR);
	assert_true(p->n_steps >= 2 && p->n_steps <= CW_STEPS_MAX);
	assert_true(p->expected_seconds >= p->n_steps);
	assert_int_equal(p->size_bytes, m->size_bytes);
	for (uint32_t i = 0; i < p->n_steps; i++) {
		written += p->steps[i].kind == CW_STEP_WRITE;
		assert_int_equal(p->steps[i].pass, p->steps[i].kind == CW_STEP_RELOAD ? 0 : written);
		assert_true(p->steps[i].reason[0] != '\0');
	}
	assert_int_equal(written, p->n_passes);
	for (uint32_t i = 0; i < p->n_rejected; i++)
		assert_true(strlen(p->rejected[i].why) < CW_TEXT_MAX - 1);
}

/* Digest of the plan after it went through its document. */
static void digest_by_document(const struct cw_plan *p, char out[CW_SHA256_HEX])
{
	struct cw_buf text CW_AUTO_BUF = { 0 };
	json_t *j CW_AUTO_JSON = cw_plan_json(p), *parsed CW_AUTO_JSON = NULL;
	struct cw_plan back;
	struct cw_error err = { 0 };

	assert_non_null(j);
	assert_int_equal(cw_json_canonical(j, &text, &err), 0);
	assert_int_equal(cw_json_parse_canonical(text.data, text.len, &parsed, &err), 0);
	assert_int_equal(cw_plan_of_json(parsed, &back, &err), 0);
	assert_memory_equal(&back, p, sizeof(back));
	assert_int_equal(cw_plan_digest(&back, out, &err), 0);
}

static void check_combination(uint32_t class_, const char *policy_id, const char *scheme)
{
	struct cw_medium m = medium(class_);
	struct cw_plan first, second;
	struct cw_error err = { 0 };
	char a[CW_SHA256_HEX], b[CW_SHA256_HEX];
	int rc = make(&m, policy_id, scheme, &first, &err);

	if (cw_class_is_optical(class_) && !is_written_at_any_block(class_)) {
		assert_true(rc == CW_E_WRITE_ONCE || (cw_class_is_in_sequence(class_) && (rc == CW_E_REFUSED || rc == CW_E_POLICY)));
		return;
	}
	if ((class_ == CW_CLASS_VIRTUAL) != (strcmp(policy_id, "lab") == 0)) {
		assert_true(rc == CW_E_VIRTUAL || rc == CW_E_POLICY);
		return;
	}
	assert_int_equal(rc, 0);
	check_plan(&m, &first);
	assert_int_equal(make(&m, policy_id, scheme, &second, &err), 0);
	assert_int_equal(cw_plan_digest(&first, a, &err), 0);
	digest_by_document(&second, b);
	assert_string_equal(a, b);
}

static void test_every_class_under_every_policy(void **state)
{
	(void)state;
	for (uint32_t class_ = 0; class_ < CW_CLASS_COUNT; class_++) {
		for (size_t i = 0; i < CW_ARRAY_LEN(policies); i++)
			check_combination(class_, policies[i], strcmp(policies[i], "legacy-contract") == 0 ? "gutmann35" : "");
	}
}

static void test_another_medium_gives_another_digest(void **state)
{
	struct cw_medium m = medium(CW_CLASS_USB_STICK);
	struct cw_plan a, b;
	struct cw_error err = { 0 };
	char da[CW_SHA256_HEX], db[CW_SHA256_HEX];

	(void)state;
	assert_int_equal(make(&m, "default", "", &a, &err), 0);
	m.serial.text[0] = m.full_serial[0] = 'X';
	assert_int_equal(make(&m, "default", "", &b, &err), 0);
	assert_int_equal(cw_plan_digest(&a, da, &err), 0);
	assert_int_equal(cw_plan_digest(&b, db, &err), 0);
	assert_string_not_equal(da, db);
}

/* ---- hostile documents ---- */

static json_t *document(void)
{
	struct cw_plan p = made(CW_CLASS_USB_STICK, "default", "zero");

	return cw_plan_json(&p);
}

static json_t *step(json_t *j, size_t i)
{
	return json_array_get(json_object_get(j, "steps"), i);
}

static void assert_refused(json_t *j)
{
	struct cw_plan p;
	struct cw_error err = { 0 };

	assert_int_equal(cw_plan_of_json(j, &p, &err), CW_E_INVALID);
	assert_true(err.message[0] != '\0');
}

static void test_every_key_must_be_there_and_of_its_type(void **state)
{
	json_t *whole CW_AUTO_JSON = document();
	const char *key;
	json_t *value;

	(void)state;
	json_object_foreach(whole, key, value)
	{
		json_t *without CW_AUTO_JSON = json_deep_copy(whole), *wrong CW_AUTO_JSON = json_deep_copy(whole);

		json_object_del(without, key);
		assert_refused(without);
		json_object_set_new(wrong, key, json_null());
		assert_refused(wrong);
		json_object_set_new(wrong, key, json_real(1.5));
		assert_refused(wrong);
		json_object_set_new(wrong, key, json_string("\x01"));
		assert_refused(wrong);
	}
	json_object_set_new(whole, "levelClaimed", json_string("purge"));
	assert_refused(whole);
}

static void test_values_out_of_bounds_are_refused(void **state)
{
	static const struct {
		const char *key, *json;
	} bad[] = {
		{ "schema", "\"certwipe/plan/2\"" },  { "policySha256", "\"00\"" },	 { "column", "\"r3\"" },	    { "scheme", "\"gost-tools\"" },
		{ "scheme", "\"keystream\"" },	      { "technique", "\"degauss\"" },	 { "code", "\"SAN_BLK\"" },	    { "class", "\"USB_STICKS\"" },
		{ "class", "\"HDD_ATA\"" },	      { "level", "\"Clear\"" },		 { "conditions", "[0]" },	    { "conditions", "[14]" },
		{ "conditions", "[2,1]" },	      { "conditions", "[1,1]" },	 { "conditions", "[-1]" },	    { "caveats", "[\"K99\"]" },
		{ "caveats", "[1]" },		      { "identitySha256", "\"A\"" },	 { "sizeBytes", "0" },		    { "sizeBytes", "-512" },
		{ "sizeBytes", "9007199254740992" }, { "sizeBytes", "513" },		 { "logicalBytes", "520" },	    { "logicalBytes", "4294967808" },
		{ "passes", "1" },		      { "passes", "3" },		 { "passes", "4294967298" },	    { "steps", "[]" },
		{ "rejected", "[{}]" },		      { "rejected", "[1]" },		 { "expectedSeconds", "-1" },	    { "wipeClosesCase", "1" },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(bad); i++) {
		json_t *j CW_AUTO_JSON = document();

		json_object_set_new(j, bad[i].key, json_loads(bad[i].json, JSON_DECODE_ANY, NULL));
		assert_refused(j);
	}
}

static void test_steps_must_be_those_of_the_scheme(void **state)
{
	static const struct {
		size_t step;
		const char *key, *json;
	} bad[] = {
		{ 0, "do", "\"erase\"" },	 { 0, "pass", "2" },		 { 0, "stream", "\"pattern\"" }, { 1, "do", "\"sample\"" },
		{ 1, "do", "\"write\"" },	 { 2, "patternHex", "\"ff\"" },	 { 2, "patternHex", "\"0\"" },	 { 2, "patternHex", "\"0000\"" },
		{ 2, "patternHex", "\"0000000000\"" }, { 2, "patternHex", "\"\"" }, { 2, "slot", "1" },		 { 3, "reason", "\"\"" },
		{ 3, "stream", "\"keystream\"" }, { 3, "pass", "4294967298" },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(bad); i++) {
		json_t *j CW_AUTO_JSON = document();

		json_object_set_new(step(j, bad[i].step), bad[i].key, json_loads(bad[i].json, JSON_DECODE_ANY, NULL));
		assert_refused(j);
	}
	for (size_t i = 0; i < 4; i++) {
		json_t *j CW_AUTO_JSON = document();

		json_array_remove(json_object_get(j, "steps"), i);
		assert_refused(j);
	}
}

static void test_long_lists_are_refused(void **state)
{
	json_t *j CW_AUTO_JSON = document(), *k CW_AUTO_JSON = document(), *l CW_AUTO_JSON = document();

	(void)state;
	for (size_t i = 0; i <= CW_STEPS_MAX; i++)
		json_array_append(json_object_get(j, "steps"), step(j, 0));
	assert_refused(j);
	for (size_t i = 0; i <= CW_REJECTED_MAX; i++)
		json_array_append_new(json_object_get(k, "rejected"), json_pack("{s:s, s:s}", "what", "x", "why", "y"));
	assert_refused(k);
	for (size_t i = 0; i < 200; i++)
		json_array_append_new(json_object_get(l, "caveats"), json_string("K1"));
	assert_refused(l);
}

static void test_what_is_no_object_is_refused(void **state)
{
	json_t *array CW_AUTO_JSON = json_array(), *text CW_AUTO_JSON = json_string("certwipe/plan/1");

	(void)state;
	assert_refused(array);
	assert_refused(text);
	assert_refused(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_media_that_cannot_be_wiped_are_refused_with_a_way_out),
		cmocka_unit_test(test_odd_sectors_need_a_native_format),
		cmocka_unit_test(test_discs_are_sent_to_physical_destruction),
		cmocka_unit_test(test_blank_discs_are_not_called_missing),
		cmocka_unit_test(test_a_drive_that_only_reads_condemns_no_disc),
		cmocka_unit_test(test_laboratory_and_disposal_do_not_mix),
		cmocka_unit_test(test_schemes_outside_the_policy_are_refused),
		cmocka_unit_test(test_wishes_that_cannot_be_met_are_refused),
		cmocka_unit_test(test_default_is_one_keystream_read_back),
		cmocka_unit_test(test_constants_on_flash_come_after_a_verified_keystream),
		cmocka_unit_test(test_the_last_pass_of_every_scheme_is_read_back),
		cmocka_unit_test(test_rev1_writes_the_complement_of_the_pass_before),
		cmocka_unit_test(test_ism_counts_passes_by_medium_and_size),
		cmocka_unit_test(test_sampling_is_said_and_costs_the_level_on_sticks),
		cmocka_unit_test(test_one_pass_under_rev1_reaches_nothing_on_sticks),
		cmocka_unit_test(test_pattern_and_complement_count_in_any_form),
		cmocka_unit_test(test_hidden_areas_cost_the_level_unless_their_size_is_stated),
		cmocka_unit_test(test_nvme_namespaces_are_not_shown_by_overwriting),
		cmocka_unit_test(test_other_namespaces_are_named),
		cmocka_unit_test(test_several_passes_on_an_encrypting_drive_are_worth_one),
		cmocka_unit_test(test_unknown_media_are_wiped_but_reach_nothing),
		cmocka_unit_test(test_what_was_not_taken_is_said),
		cmocka_unit_test(test_every_class_under_every_policy),
		cmocka_unit_test(test_another_medium_gives_another_digest),
		cmocka_unit_test(test_every_key_must_be_there_and_of_its_type),
		cmocka_unit_test(test_values_out_of_bounds_are_refused),
		cmocka_unit_test(test_steps_must_be_those_of_the_scheme),
		cmocka_unit_test(test_long_lists_are_refused),
		cmocka_unit_test(test_what_is_no_object_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
