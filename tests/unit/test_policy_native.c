/* SPDX-License-Identifier: Apache-2.0 */
/* Plans for media that told what they can do by themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "certwipe/policy.h"

static const char *const folders[] = { "share/policy", NULL };

static struct cw_policy policy(const char *id)
{
	struct cw_policy p;
	struct cw_error err = { 0 };

	assert_int_equal(cw_policy_load(folders, id, &p, &err), 0);
	return p;
}

/* A healthy medium of a class, of which it is known that nothing is hidden. */
static struct cw_medium medium(uint32_t class_)
{
	struct cw_medium m = { .class_ = class_, .bus = CW_BUS_USB, .size_bytes = UINT64_C(64000000000), .logical_bytes = 512, .physical_bytes = 4096,
			       .has_medium = 1, .hidden = CW_HIDDEN_NONE, .virtual_ = class_ == CW_CLASS_VIRTUAL };

	cw_strlcpy(m.node, "/dev/sdx", sizeof(m.node));
	cw_strlcpy(m.serial.text, "AB12CD34EF56", sizeof(m.serial.text));
	cw_strlcpy(m.full_serial, m.serial.text, sizeof(m.full_serial));
	return m;
}

static struct cw_capabilities c;
static struct cw_plan p;
static struct cw_error err;

static const char *why_not(const char *what)
{
	for (uint32_t i = 0; i < p.n_rejected; i++) {
		if (strcmp(p.rejected[i].what, what) == 0)
			return p.rejected[i].why;
	}
	return "";
}

/* What could be opened first must not be left behind: a certificate with its size on it would still be one over old data. */
static void a_hidden_area_that_the_drive_told_of_costs_the_level(void **state)
{
	struct cw_policy rules = policy("default");
	struct cw_medium m = medium(CW_CLASS_HDD_ATA);

	(void)state;
	cw_capabilities_none("", &c);
	c.asked = 1;
	m.hidden = CW_HIDDEN_PRESENT;
	m.hidden_bytes = 1048576;
	assert_int_equal(cw_plan_make(&m, &c, &rules, &(struct cw_wish){ 0 }, &p, &err), 0);
	assert_int_equal(p.level, CW_LEVEL_NONE);
	assert_true(*why_not("clear"));
	m.hidden = CW_HIDDEN_NONE;
	assert_int_equal(cw_plan_make(&m, &c, &rules, &(struct cw_wish){ 0 }, &p, &err), 0);
	assert_int_equal(p.level, CW_LEVEL_CLEAR);
}

static void an_nvme_drive_that_is_one_namespace_can_be_cleared(void **state)
{
	struct cw_policy rules = policy("default");
	struct cw_medium m = medium(CW_CLASS_NVME);

	(void)state;
	cw_capabilities_none("", &c);
	c.asked = c.nvme.identified = c.nvme.n_active = c.nvme.n_allocated = 1;
	m.hidden = CW_HIDDEN_NONE;
	assert_int_equal(cw_plan_make(&m, &c, &rules, &(struct cw_wish){ 0 }, &p, &err), 0);
	assert_int_equal(p.level, CW_LEVEL_CLEAR);
	c.nvme.n_allocated = 2;
	assert_int_equal(cw_plan_make(&m, &c, &rules, &(struct cw_wish){ 0 }, &p, &err), 0);
	assert_int_equal(p.level, CW_LEVEL_NONE);
	c.nvme.n_allocated = 1;
	c.nvme.unallocated_bytes = 1;
	assert_int_equal(cw_plan_make(&m, &c, &rules, &(struct cw_wish){ 0 }, &p, &err), 0);
	assert_int_equal(p.level, CW_LEVEL_NONE);
}

/* ---- which technique ---- */

/* A SATA drive that has all of SANITIZE and nothing against it. */
static void offer(void)
{
	static const enum cw_feature all[] = { CW_FEATURE_ATA_SANITIZE_CRYPTO, CW_FEATURE_ATA_SANITIZE_BLOCK, CW_FEATURE_ATA_SANITIZE_OVERWRITE };

	cw_capabilities_none("", &c);
	memset(&err, 0, sizeof(err));
	c.asked = 1;
	c.passthrough = CW_KNOWN_YES;
	for (size_t i = 0; i < CW_ARRAY_LEN(all); i++) {
		c.features[all[i]].state = CW_KNOWN_YES;
		cw_strlcpy(c.features[all[i]].says, "IDENTIFY DEVICE word 59: f000h", sizeof(c.features[0].says));
	}
}

static int make(uint32_t class_, const struct cw_policy *rules, const struct cw_wish *w)
{
	const struct cw_medium m = medium(class_);

	return cw_plan_make(&m, &c, rules, w, &p, &err);
}

static const char *chosen(uint32_t class_, const char *rules, const struct cw_wish *w)
{
	struct cw_policy loaded = policy(rules);

	if (make(class_, &loaded, w))
		fail_msg("%s", err.message);
	return p.technique;
}

static void the_best_level_is_taken_and_then_the_shortest_time(void **state)
{
	const struct cw_wish any = { 0 }, attested = { .attested = 1 };

	(void)state;
	offer();
	assert_string_equal(chosen(CW_CLASS_SSD_ATA, "default", &any), "ata_sanitize_block");
	assert_int_equal(p.level, CW_LEVEL_PURGE);
	assert_string_equal(p.code, "SAN_BLK");
	assert_string_equal(p.scheme, "none");
	assert_int_equal(p.n_passes, 0);
	assert_string_equal(why_not("overwrite"), "Another technique reaches at least as much.");
	assert_non_null(strstr(why_not("ata_sanitize_crypto"), "attests"));
	assert_string_equal(chosen(CW_CLASS_SSD_ATA, "default", &attested), "ata_sanitize_crypto");
	assert_string_equal(chosen(CW_CLASS_HDD_ATA, "default", &any), "ata_sanitize_overwrite");
	assert_string_equal(chosen(CW_CLASS_HDD_ATA, "default", &attested), "ata_sanitize_crypto");
	/* No faster, and no better. */
	assert_string_equal(chosen(CW_CLASS_USB_BRIDGE_SSD, "default", &any), "ata_sanitize_block");
}

static void whoever_wants_to_overwrite_may(void **state)
{
	struct cw_wish w = { .technique = "overwrite" };
	struct cw_policy rules = policy("default");

	(void)state;
	offer();
	assert_string_equal(chosen(CW_CLASS_SSD_ATA, "default", &w), "overwrite");
	w = (struct cw_wish){ .scheme = "zero" };
	assert_string_equal(chosen(CW_CLASS_SSD_ATA, "default", &w), "overwrite");
	assert_non_null(strstr(why_not("ata_sanitize_block"), "scheme"));
	w = (struct cw_wish){ .replug = 1 };
	assert_string_equal(chosen(CW_CLASS_USB_BRIDGE_SSD, "default", &w), "overwrite");
	assert_non_null(strstr(why_not("ata_sanitize_block"), "unplugged"));
	w = (struct cw_wish){ .technique = "ata_sanitize_block", .scheme = "zero" };
	assert_int_equal(make(CW_CLASS_SSD_ATA, &rules, &w), CW_E_POLICY);
}

static void what_stands_against_it_is_said(void **state)
{
	const struct cw_wish any = { 0 }, block = { .technique = "ata_sanitize_block" };
	struct cw_policy rules = policy("default");

	(void)state;
	offer();
	c.features[CW_FEATURE_ATA_SANITIZE_BLOCK].state = CW_KNOWN_NO;
	cw_strlcpy(c.features[CW_FEATURE_ATA_SANITIZE_BLOCK].why, "SANITIZE is frozen.", CW_TEXT_MAX);
	assert_string_equal(chosen(CW_CLASS_SSD_ATA, "default", &any), "ata_sanitize_overwrite");
	assert_string_equal(why_not("ata_sanitize_block"), "SANITIZE is frozen.");
	assert_int_equal(make(CW_CLASS_SSD_ATA, &rules, &block), CW_E_POLICY);
	assert_non_null(strstr(err.message, "SANITIZE is frozen."));
	offer();
	c.features[CW_FEATURE_ATA_SANITIZE_BLOCK].state = CW_KNOWN_NOT;
	assert_int_equal(make(CW_CLASS_SSD_ATA, &rules, &block), CW_E_POLICY);
	offer();
	c.passthrough = CW_KNOWN_NOT;
	assert_int_equal(make(CW_CLASS_SSD_ATA, &rules, &block), CW_E_POLICY);
	c.asked = 0;
	assert_int_equal(make(CW_CLASS_SSD_ATA, &rules, &block), CW_E_POLICY);
}

/* What nobody could look at afterwards is not relied upon. */
static void a_hidden_area_stands_against_it(void **state)
{
	struct cw_policy rules = policy("default");
	struct cw_medium m = medium(CW_CLASS_SSD_ATA);

	(void)state;
	offer();
	m.hidden = CW_HIDDEN_PRESENT;
	m.hidden_bytes = 4096;
	assert_int_equal(cw_plan_make(&m, &c, &rules, &(struct cw_wish){ 0 }, &p, &err), 0);
	assert_string_equal(p.technique, "overwrite");
	assert_non_null(strstr(why_not("ata_sanitize_block"), "hdparm -N"));
}

/* Of what a medium was not asked a plan says nothing: plans of old are what they were. */
static void a_medium_that_was_not_asked_has_the_plan_that_it_always_had(void **state)
{
	struct cw_policy rules = policy("default");
	struct cw_medium m = medium(CW_CLASS_HDD_ATA);
	static struct cw_plan without;

	(void)state;
	cw_capabilities_none("It is not asked.", &c);
	assert_int_equal(cw_plan_make(&m, &c, &rules, &(struct cw_wish){ 0 }, &p, &err), 0);
	assert_int_equal(cw_plan_make(&m, NULL, &rules, &(struct cw_wish){ 0 }, &without, &err), 0);
	assert_memory_equal(&p, &without, sizeof(p));
	for (uint32_t i = 0; i < p.n_rejected; i++)
		assert_null(strstr(p.rejected[i].what, "ata_"));
}

/* ---- steps ---- */

static void assert_steps(const uint32_t *kinds)
{
	uint32_t n = 0;

	for (; kinds[n]; n++)
		assert_int_equal(p.steps[n].kind, kinds[n]);
	assert_int_equal(p.n_steps, n);
}

/* As a journal or a file brings it back. */
static void assert_reads_back(void)
{
	CW_AUTO_JSON json_t *j = cw_plan_json(&p);
	static struct cw_plan back;

	if (cw_plan_of_json(j, &back, &err))
		fail_msg("%s", err.message);
	assert_memory_equal(&p, &back, sizeof(p));
}

static void steps_stand_around_the_command(void **state)
{
	static const uint32_t looked[] = { CW_STEP_MARK, CW_STEP_MARK_CHECK, CW_STEP_NATIVE, CW_STEP_LOOK, 0 };
	static const uint32_t sampled[] = { CW_STEP_MARK, CW_STEP_MARK_CHECK, CW_STEP_NATIVE, CW_STEP_LOOK_MARKS, CW_STEP_LOOK_SAMPLE, 0 };
	static const uint32_t overwritten[] = { CW_STEP_MARK, CW_STEP_MARK_CHECK, CW_STEP_NATIVE, CW_STEP_LOOK_MARKS, CW_STEP_WRITE, CW_STEP_VERIFY, 0 };
	struct cw_wish w = { .technique = "ata_sanitize_block" };
	struct cw_policy rules = policy("default");

	(void)state;
	offer();
	rules.sample_allowed = 1;
	assert_int_equal(make(CW_CLASS_SSD_ATA, &rules, &w), 0);
	assert_steps(looked);
	assert_reads_back();
	w.sample = 1;
	assert_int_equal(make(CW_CLASS_SSD_ATA, &rules, &w), 0);
	assert_steps(sampled);
	assert_non_null(strstr(p.caveats, "K16"));
	assert_reads_back();
	w.sample = 0;
	rules.then_overwrite = 1;
	assert_int_equal(make(CW_CLASS_SSD_ATA, &rules, &w), 0);
	assert_steps(overwritten);
	assert_string_equal(p.scheme, "keystream");
	assert_int_equal(p.n_passes, 1);
	assert_reads_back();
}

static void a_key_may_be_changed_first(void **state)
{
	static const uint32_t steps[] = { CW_STEP_MARK, CW_STEP_MARK_CHECK, CW_STEP_NATIVE, CW_STEP_NATIVE, CW_STEP_LOOK_MARKS, CW_STEP_WRITE, CW_STEP_VERIFY, 0 };
	static const char *const lies[] = { "\"overwrite\"", "\"ata_sanitize_block\"", "\"ata_sanitize_overwrite\"", "\"nothing\"", "\"\"", "1" };
	struct cw_policy rules = policy("default");
	static struct cw_plan back;

	(void)state;
	offer();
	rules.key_first = rules.then_overwrite = 1;
	assert_int_equal(make(CW_CLASS_SSD_ATA, &rules, &(struct cw_wish){ .technique = "ata_sanitize_block" }), 0);
	assert_string_equal(p.first, "ata_sanitize_crypto");
	assert_int_equal(p.level, CW_LEVEL_PURGE);
	assert_steps(steps);
	assert_reads_back();
	assert_string_equal(cw_plan_technique(&p, 3)->id, "ata_sanitize_crypto");
	assert_string_equal(cw_plan_technique(&p, 4)->id, "ata_sanitize_block");
	for (size_t i = 0; i < CW_ARRAY_LEN(lies); i++) {
		CW_AUTO_JSON json_t *j = cw_plan_json(&p);

		json_object_set_new(j, "first", json_loads(lies[i], JSON_DECODE_ANY, NULL));
		if (cw_plan_of_json(j, &back, &err) != CW_E_INVALID)
			fail_msg("first = %s is taken", lies[i]);
	}
	/* Where it cannot, nothing goes first. */
	c.features[CW_FEATURE_ATA_SANITIZE_CRYPTO].state = CW_KNOWN_NO;
	assert_int_equal(make(CW_CLASS_SSD_ATA, &rules, &(struct cw_wish){ .technique = "ata_sanitize_block" }), 0);
	assert_string_equal(p.first, "");
	/* Nor where it overwrites, or nobody asked for it. */
	assert_int_equal(make(CW_CLASS_SSD_ATA, &rules, &(struct cw_wish){ .technique = "overwrite" }), 0);
	assert_string_equal(p.first, "");
}

/* No document may cite steps that are not those of its technique. */
static void other_steps_are_refused(void **state)
{
	static const struct { const char *key, *value; } lies[] = {
		{ "technique", "\"overwrite\"" }, { "scheme", "\"keystream\"" }, { "passes", "1" }, { "code", "\"OW1\"" }, { "code", "\"SAN_CRY\"" },
	};
	struct cw_wish w = { .technique = "ata_sanitize_block" };
	struct cw_policy rules = policy("default");
	static struct cw_plan back;

	(void)state;
	offer();
	assert_int_equal(make(CW_CLASS_SSD_ATA, &rules, &w), 0);
	for (size_t i = 0; i < CW_ARRAY_LEN(lies); i++) {
		CW_AUTO_JSON json_t *j = cw_plan_json(&p);

		json_object_set_new(j, lies[i].key, json_loads(lies[i].value, JSON_DECODE_ANY, NULL));
		if (cw_plan_of_json(j, &back, &err) != CW_E_INVALID)
			fail_msg("%s = %s is taken", lies[i].key, lies[i].value);
	}
	for (size_t i = 0; i < p.n_steps; i++) {
		CW_AUTO_JSON json_t *j = cw_plan_json(&p);

		json_array_remove(json_object_get(j, "steps"), i);
		assert_int_equal(cw_plan_of_json(j, &back, &err), CW_E_INVALID);
	}
}

/* ---- somebody's word ---- */

static int parse_case(const char *text, struct cw_case *out)
{
	return cw_case_parse("case", text, strlen(text), out, &err);
}

static void an_attestation_is_whole_or_none(void **state)
{
	static const char *const halves[] = { "", "attested-by = Chen\n", "attested-by = Chen\nencrypted-from-first-use = yes\n",
					      "attested-by = Chen\nencrypted-from-first-use = yes\nno-key-copies = no\n", "encrypted-from-first-use = yes\nno-key-copies = yes\n" };
	static const char *const wrong[] = { "attested-by = Chen\nno-key-copies = perhaps\n", "witness = Wang\n" };
	struct cw_case read;
	char text[256];

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(halves); i++) {
		snprintf(text, sizeof(text), "[crypto-erase]\n%s", halves[i]);
		assert_int_equal(parse_case(text, &read), 0);
		assert_false(cw_is_attested(&read.attestation));
	}
	for (size_t i = 0; i < CW_ARRAY_LEN(wrong); i++) {
		snprintf(text, sizeof(text), "[crypto-erase]\n%s", wrong[i]);
		assert_int_equal(parse_case(text, &read), CW_E_SYNTAX);
	}
	assert_int_equal(parse_case("[case]\nunit = x\n[crypto-erase]\nattested-by = Chen\nencrypted-from-first-use = yes\nno-key-copies = yes\n", &read), 0);
	assert_true(cw_is_attested(&read.attestation));
	assert_string_equal(read.attestation.by, "Chen");
	assert_string_equal(read.unit, "x");
}

/* ---- what is only planned for who says so ---- */

static struct cw_medium nvme_drive(enum cw_feature feature)
{
	struct cw_medium m = medium(CW_CLASS_NVME);

	m.bus = CW_BUS_NVME;
	cw_capabilities_none("", &c);
	c.asked = c.nvme.identified = c.nvme.n_active = c.nvme.n_allocated = c.nvme.nsid = 1;
	c.passthrough = CW_KNOWN_YES;
	c.features[feature].state = CW_KNOWN_YES;
	cw_strlcpy(c.features[feature].says, "Identify Controller", sizeof(c.features[0].says));
	return m;
}

static int plan_for(const struct cw_medium *m, const char *technique, bool unconfirmed, bool whole_drive)
{
	struct cw_policy rules = policy("default");
	struct cw_wish w = { .allow_unconfirmed = unconfirmed, .whole_drive = whole_drive };

	cw_strlcpy(w.technique, technique, sizeof(w.technique));
	memset(&err, 0, sizeof(err));
	return cw_plan_make(m, &c, &rules, &w, &p, &err);
}

/* Behind the SCSI layer of the kernel, and with a purge of its own. */
static void a_ufs_chip_gets_no_level_and_the_way_out(void **state)
{
	struct cw_medium m = medium(CW_CLASS_UNKNOWN);

	(void)state;
	m.bus = CW_BUS_UFS;
	m.hidden = CW_HIDDEN_UNKNOWN;
	cw_capabilities_none(cw_capabilities_refusal(&m), &c);
	assert_int_equal(plan_for(&m, "", false, false), 0);
	assert_string_equal(p.technique, "overwrite");
	assert_int_equal(p.level, CW_LEVEL_NONE);
	assert_non_null(strstr(why_not("purge"), "fPurgeEnable"));
	assert_non_null(strstr(why_not("purge"), "maker's tool"));
	assert_non_null(strstr(why_not("destroy"), "physical destruction"));
}

/* A drive may have what this program does not do: the plan says why, and what to do in its place. */
static void what_is_done_by_nobody_is_explained(void **state)
{
	static const enum cw_feature undone[] = { CW_FEATURE_TCG_GENKEY, CW_FEATURE_TCG_ERASE };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(undone); i++) {
		struct cw_medium m = nvme_drive(CW_FEATURE_NVME_SANITIZE_BLOCK);

		assert_int_equal(plan_for(&m, "", false, false), 0);
		assert_string_equal(why_not(cw_feature_slug(undone[i])), "");
		c.features[undone[i]].state = CW_KNOWN_NO;
		cw_strlcpy(c.features[undone[i]].why, "It takes a PIN that nobody tells: revert the drive.", CW_TEXT_MAX);
		assert_int_equal(plan_for(&m, "", false, false), 0);
		assert_string_equal(p.technique, "nvme_sanitize_block");
		assert_string_equal(why_not(cw_feature_slug(undone[i])), c.features[undone[i]].why);
	}
}

static void what_nobody_has_confirmed_is_only_planned_for_who_allows_it(void **state)
{
	struct cw_medium m = nvme_drive(CW_FEATURE_NVME_FORMAT_USER);
	json_t *plan;

	(void)state;
	assert_int_equal(plan_for(&m, "", false, false), 0);
	assert_string_equal(p.technique, "overwrite");
	assert_int_equal(p.unconfirmed, 0);
	assert_non_null(strstr(why_not("nvme_format_user"), "not confirmed"));
	assert_int_equal(plan_for(&m, "nvme_format_user", false, false), CW_E_POLICY);
	assert_non_null(strstr(err.hint, "--allow-unconfirmed"));
	assert_int_equal(plan_for(&m, "nvme_format_user", true, false), 0);
	assert_int_equal(p.unconfirmed, 1);
	assert_int_equal(p.level, CW_LEVEL_CLEAR);
	plan = cw_plan_json(&p);
	assert_true(json_is_true(json_object_get(plan, "unconfirmed")));
	json_decref(plan);
	/* Allowed, and not used: nothing is stated. */
	assert_int_equal(plan_for(&m, "overwrite", true, false), 0);
	plan = cw_plan_json(&p);
	assert_null(json_object_get(plan, "unconfirmed"));
	json_decref(plan);
}

static void other_namespaces_are_only_erased_for_who_names_the_drive(void **state)
{
	struct cw_medium m = nvme_drive(CW_FEATURE_NVME_SANITIZE_BLOCK);

	(void)state;
	c.nvme.n_active = c.nvme.n_allocated = 3;
	c.nvme.n_others = 2;
	c.nvme.others[0] = (struct cw_nvme_namespace){ .nsid = 2, .size_bytes = 1000000, .node = "/dev/nvme0n2" };
	c.nvme.others[1] = (struct cw_nvme_namespace){ .nsid = 3, .size_bytes = 2000000 };
	assert_int_equal(plan_for(&m, "", false, false), 0);
	assert_string_equal(p.technique, "overwrite");
	assert_non_null(strstr(why_not("nvme_sanitize_block"), "/dev/nvme0n2 (1.0 MB), namespace 3 (2.0 MB)"));
	assert_int_equal(plan_for(&m, "nvme_sanitize_block", false, false), CW_E_POLICY);
	assert_non_null(strstr(err.hint, "--whole-drive"));
	assert_int_equal(plan_for(&m, "", false, true), 0);
	assert_string_equal(p.technique, "nvme_sanitize_block");
	assert_int_equal(p.n_others, 2);
	assert_int_equal(p.level, CW_LEVEL_PURGE);
	/* It was asked for, and what is done does not reach them. */
	assert_int_equal(plan_for(&m, "overwrite", false, true), 0);
	assert_int_equal(p.n_others, 0);
	assert_true(*why_not("whole drive"));
	/* What is not told cannot be named, nor allowed. */
	c.nvme.others_untold = 1;
	assert_int_equal(plan_for(&m, "nvme_sanitize_block", false, true), CW_E_POLICY);
}

static void capacity_in_no_namespace_is_no_obstacle_to_sanitize(void **state)
{
	struct cw_medium m = nvme_drive(CW_FEATURE_NVME_SANITIZE_BLOCK);

	(void)state;
	c.nvme.unallocated_bytes = m.hidden_bytes = 4096;
	m.hidden = CW_HIDDEN_PRESENT;
	assert_int_equal(plan_for(&m, "", false, false), 0);
	assert_string_equal(p.technique, "nvme_sanitize_block");
	assert_int_equal(p.level, CW_LEVEL_PURGE);
	assert_null(strstr(p.caveats, "K20"));
	assert_int_equal(plan_for(&m, "overwrite", false, false), 0);
	assert_int_equal(p.level, CW_LEVEL_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hidden_area_that_the_drive_told_of_costs_the_level),
		cmocka_unit_test(an_nvme_drive_that_is_one_namespace_can_be_cleared),
		cmocka_unit_test(the_best_level_is_taken_and_then_the_shortest_time),
		cmocka_unit_test(whoever_wants_to_overwrite_may),
		cmocka_unit_test(what_stands_against_it_is_said),
		cmocka_unit_test(a_hidden_area_stands_against_it),
		cmocka_unit_test(a_medium_that_was_not_asked_has_the_plan_that_it_always_had),
		cmocka_unit_test(steps_stand_around_the_command),
		cmocka_unit_test(a_key_may_be_changed_first),
		cmocka_unit_test(other_steps_are_refused),
		cmocka_unit_test(an_attestation_is_whole_or_none),
		cmocka_unit_test(a_ufs_chip_gets_no_level_and_the_way_out),
		cmocka_unit_test(what_is_done_by_nobody_is_explained),
		cmocka_unit_test(what_nobody_has_confirmed_is_only_planned_for_who_allows_it),
		cmocka_unit_test(other_namespaces_are_only_erased_for_who_names_the_drive),
		cmocka_unit_test(capacity_in_no_namespace_is_no_obstacle_to_sanitize),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
