/* SPDX-License-Identifier: Apache-2.0 */
/* Plans for media with encrypted volumes: their keys first, or alone where that is wished for and would be worth anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "certwipe/policy.h"

#define SIZE UINT64_C(64000000000)
#define MIB (UINT64_C(1) << 20)

static struct cw_policy rules;
static struct cw_medium m;
static struct cw_contents contents;
static struct cw_wish wish;
static struct cw_plan p;
static struct cw_error err;

/* A stick that is one LUKS2 volume. */
static int set_up(void **state)
{
	static const char *const folders[] = { "share/policy", NULL };

	(void)state;
	memset(&contents, 0, sizeof(contents));
	memset(&wish, 0, sizeof(wish));
	memset(&err, 0, sizeof(err));
	m = (struct cw_medium){ .class_ = CW_CLASS_USB_STICK, .bus = CW_BUS_USB, .size_bytes = SIZE, .logical_bytes = 512, .physical_bytes = 512, .has_medium = 1,
				.hidden = CW_HIDDEN_NONE };
	cw_strlcpy(m.node, "/dev/sdx", sizeof(m.node));
	contents.known = contents.n_parts = contents.keys.n_volumes = contents.keys.n_spans = 1;
	contents.parts[0] = (struct cw_part){ .size_bytes = SIZE, .type = "crypto_LUKS", .usage = "crypto" };
	contents.keys.volumes[0] = (struct cw_volume){ .kind = CW_VOLUME_LUKS2, .size_bytes = SIZE };
	contents.keys.spans[0] = (struct cw_span){ 0, 16 * MIB };
	return cw_policy_load(folders, "default", &rules, &err);
}

static int make(void)
{
	return cw_plan_make_on(&m, NULL, &contents, &rules, &wish, &p, &err);
}

static void wish_for_keys_alone(void)
{
	cw_strlcpy(wish.technique, "key_destroy", sizeof(wish.technique));
	wish.attested = 1;
}

static const char *why_not(const char *what)
{
	for (uint32_t i = 0; i < p.n_rejected; i++)
		if (strcmp(p.rejected[i].what, what) == 0)
			return p.rejected[i].why;
	return "";
}

/* What a plan says must be what its reader understands. */
static void assert_read_back(void)
{
	static struct cw_plan again;
	char first[CW_SHA256_HEX], second[CW_SHA256_HEX];
	json_t *j = cw_plan_json(&p);

	if (cw_plan_of_json(j, &again, &err))
		fail_msg("%s", err.message);
	assert_int_equal(cw_plan_digest(&p, first, &err), 0);
	assert_int_equal(cw_plan_digest(&again, second, &err), 0);
	assert_string_equal(first, second);
	json_decref(j);
}

static void keys_are_overwritten_first(void **state)
{
	(void)state;
	assert_int_equal(make(), 0);
	assert_string_equal(p.technique, "overwrite");
	assert_int_equal(p.n_steps, 4);
	assert_int_equal(p.steps[0].kind, CW_STEP_KEYS);
	assert_int_equal(p.steps[1].kind, CW_STEP_KEYS_CHECK);
	assert_int_equal(p.steps[2].kind, CW_STEP_WRITE);
	assert_int_equal(p.steps[3].kind, CW_STEP_VERIFY);
	assert_int_equal(p.n_passes, 1);
	assert_int_equal(p.level, CW_LEVEL_CLEAR);
	assert_int_equal(cw_plan_step_bytes(&p, CW_STEP_KEYS), 16 * MIB);
	assert_non_null(strstr(why_not("key_destroy"), "stay on the medium"));
	assert_read_back();
}

static void without_keys_nothing_changes(void **state)
{
	static struct cw_plan plain;
	char with[CW_SHA256_HEX], without[CW_SHA256_HEX];

	(void)state;
	memset(&contents, 0, sizeof(contents));
	contents.known = 1;
	assert_int_equal(make(), 0);
	assert_int_equal(cw_plan_make(&m, NULL, &rules, &wish, &plain, &err), 0);
	assert_int_equal(cw_plan_digest(&p, with, &err), 0);
	assert_int_equal(cw_plan_digest(&plain, without, &err), 0);
	assert_string_equal(with, without);
}

static void alone_where_it_is_wished_for(void **state)
{
	(void)state;
	wish_for_keys_alone();
	assert_int_equal(make(), 0);
	assert_string_equal(p.technique, "key_destroy");
	assert_string_equal(p.code, "LUKS");
	assert_string_equal(p.scheme, CW_SCHEME_NONE);
	assert_int_equal(p.n_steps, 2);
	assert_int_equal(p.n_passes, 0);
	assert_int_equal(p.level, CW_LEVEL_CLEAR);
	assert_int_equal(p.conditions, CW_C(4));
	assert_non_null(strstr(p.caveats, "K14"));
	assert_true(cw_plan_destroys_only_keys(&p));
	assert_read_back();
}

static void assert_refused(const char *why)
{
	assert_int_equal(make(), CW_E_POLICY);
	if (!strstr(err.message, why))
		fail_msg("\"%s\" is not in \"%s\"", why, err.message);
}

static void not_without_somebody_who_vouches_for_it(void **state)
{
	(void)state;
	wish_for_keys_alone();
	wish.attested = 0;
	assert_refused("nobody attests");
}

static void add_part(const char *type, const char *usage)
{
	struct cw_part *part = &contents.parts[contents.n_parts++];

	*part = (struct cw_part){ .number = contents.n_parts, .offset_bytes = SIZE / 2, .size_bytes = SIZE / 4 };
	cw_strlcpy(part->type, type, sizeof(part->type));
	cw_strlcpy(part->usage, usage, sizeof(part->usage));
}

/* Whatever would be readable afterwards, or might be. */
static void not_where_something_else_would_stay(void **state)
{
	static const struct {
		const char *type, *usage, *why;
	} others[] = {
		{ "vfat", "filesystem", "not encrypted" },      { "ext4", "filesystem", "not encrypted" }, { "swap", "other", "not encrypted" },
		{ "LVM2_member", "raid", "LVM" },               { "linux_raid_member", "raid", "RAID" },   { "", "ambiguous", "not encrypted" },
		{ "apfs", "filesystem", "not encrypted" },      { "cs_fvault2", "crypto", "not encrypted" },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(others); i++) {
		set_up(state);
		wish_for_keys_alone();
		add_part(others[i].type, others[i].usage);
		assert_refused(others[i].why);
		wish = (struct cw_wish){ 0 };
		assert_int_equal(make(), 0);
		assert_int_equal(p.steps[0].kind, CW_STEP_KEYS);
	}
}

static void not_where_the_header_is_no_good(void **state)
{
	(void)state;
	wish_for_keys_alone();
	cw_strlcpy(contents.keys.volumes[0].why, "The header of an encrypted volume is damaged.", CW_TEXT_MAX);
	assert_refused("damaged");
	set_up(state);
	wish_for_keys_alone();
	contents.keys.incomplete = 1;
	assert_refused("more encrypted volumes");
	set_up(state);
	wish_for_keys_alone();
	contents.known = 0;
	assert_refused("could not be told");
	set_up(state);
	wish_for_keys_alone();
	memset(&contents, 0, sizeof(contents));
	contents.known = 1;
	assert_refused("kept elsewhere");
}

/* The prober is not believed: what it says lies beyond the end is left out, and the keys are not destroyed alone. */
static void spans_stay_on_the_medium(void **state)
{
	(void)state;
	contents.keys.spans[0] = (struct cw_span){ SIZE - MIB, 2 * MIB };
	assert_int_equal(make(), 0);
	assert_int_equal(p.n_steps, 2);
	contents.keys.spans[0] = (struct cw_span){ UINT64_MAX - 511, 512 };
	assert_int_equal(make(), 0);
	assert_int_equal(p.n_steps, 2);
	contents.keys.spans[0] = (struct cw_span){ 100, 700 };
	assert_int_equal(make(), 0);
	assert_int_equal(p.keys.spans[0].offset_bytes, 0);
	assert_int_equal(p.keys.spans[0].len_bytes, 1024);
	assert_read_back();
}

/* ---- VeraCrypt ---- */

static void veracrypt_only_where_somebody_says_so(void **state)
{
	(void)state;
	memset(&contents, 0, sizeof(contents));
	contents.known = 1;
	wish.veracrypt = 1;
	assert_int_equal(make(), 0);
	assert_int_equal(p.keys.n_volumes, 1);
	assert_int_equal(p.keys.volumes[0].kind, CW_VOLUME_VERACRYPT);
	assert_int_equal(p.keys.n_spans, 2);
	assert_int_equal(p.keys.spans[0].offset_bytes, 0);
	assert_int_equal(p.keys.spans[0].len_bytes, 131072);
	assert_int_equal(p.keys.spans[1].offset_bytes, SIZE - 131072);
	assert_int_equal(p.keys.spans[1].len_bytes, 131072);
	wish_for_keys_alone();
	assert_int_equal(make(), 0);
	assert_int_equal(p.level, CW_LEVEL_CLEAR);
	assert_read_back();
}

static void veracrypt_in_partitions(void **state)
{
	(void)state;
	memset(&contents, 0, sizeof(contents));
	contents.known = 1;
	cw_strlcpy(contents.table, "dos", sizeof(contents.table));
	contents.n_parts = 1;
	contents.parts[0].size_bytes = SIZE;
	add_part("", "");
	wish.veracrypt = 1;
	assert_int_equal(make(), 0);
	assert_int_equal(p.keys.n_spans, 3);
	assert_int_equal(p.keys.spans[0].len_bytes, 63 * 512);
	assert_int_equal(p.keys.spans[1].offset_bytes, SIZE / 2);
	assert_int_equal(p.keys.spans[2].offset_bytes, SIZE / 2 + SIZE / 4 - 131072);
}

static void veracrypt_where_there_is_no_room_for_it(void **state)
{
	(void)state;
	wish.veracrypt = 1;
	assert_int_equal(make(), CW_E_POLICY);
	assert_non_null(strstr(err.message, "VeraCrypt"));
}

/* ---- plans that somebody bent ---- */

static void a_bent_plan_is_no_plan(void **state)
{
	static const struct {
		const char *key, *value;
	} lies[] = {
		{ "keys", "" },
		{ "keys", "{\"volumes\":[],\"spans\":[]}" },
		{ "keys", "{\"volumes\":[{\"kind\":\"luks2\",\"number\":0,\"offsetBytes\":0,\"sizeBytes\":64000000000}],\"spans\":[]}" },
		{ "keys", "{\"volumes\":[{\"kind\":\"none\",\"number\":0,\"offsetBytes\":0,\"sizeBytes\":64000000000}],\"spans\":[{\"offsetBytes\":0,\"lengthBytes\":512}]}" },
		{ "keys", "{\"volumes\":[{\"kind\":\"luks2\",\"number\":0,\"offsetBytes\":512,\"sizeBytes\":64000000000}],\"spans\":[{\"offsetBytes\":0,\"lengthBytes\":512}]}" },
		{ "keys", "{\"volumes\":[{\"kind\":\"luks2\",\"number\":0,\"offsetBytes\":0,\"sizeBytes\":64000000000}],\"spans\":[{\"offsetBytes\":0,\"lengthBytes\":511}]}" },
		{ "keys", "{\"volumes\":[{\"kind\":\"luks2\",\"number\":0,\"offsetBytes\":0,\"sizeBytes\":64000000000}],\"spans\":[{\"offsetBytes\":63999999488,\"lengthBytes\":1024}]}" },
		{ "keys", "{\"volumes\":[{\"kind\":\"luks2\",\"number\":0,\"offsetBytes\":0,\"sizeBytes\":64000000000}],\"spans\":[{\"offsetBytes\":512,\"lengthBytes\":512},"
			  "{\"offsetBytes\":0,\"lengthBytes\":512}]}" },
		{ "keys", "{\"volumes\":[{\"kind\":\"luks2\",\"number\":0,\"offsetBytes\":0,\"sizeBytes\":64000000000}],\"spans\":[{\"offsetBytes\":0,\"lengthBytes\":512}],\"x\":1}" },
		{ "technique", "\"overwrite\"" },
		{ "code", "\"OW1\"" },
	};

	(void)state;
	wish_for_keys_alone();
	assert_int_equal(make(), 0);
	for (size_t i = 0; i < CW_ARRAY_LEN(lies); i++) {
		static struct cw_plan again;
		json_t *j = cw_plan_json(&p);

		if (*lies[i].value)
			json_object_set_new(j, lies[i].key, json_loads(lies[i].value, JSON_DECODE_ANY, NULL));
		else
			json_object_del(j, lies[i].key);
		if (!cw_plan_of_json(j, &again, &err))
			fail_msg("%s = %s is taken for a plan", lies[i].key, lies[i].value);
		json_decref(j);
	}
}

#define TEST(f) cmocka_unit_test_setup(f, set_up)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keys_are_overwritten_first), TEST(without_keys_nothing_changes), TEST(alone_where_it_is_wished_for), TEST(not_without_somebody_who_vouches_for_it),
		TEST(not_where_something_else_would_stay), TEST(not_where_the_header_is_no_good), TEST(spans_stay_on_the_medium), TEST(veracrypt_only_where_somebody_says_so),
		TEST(veracrypt_in_partitions), TEST(veracrypt_where_there_is_no_room_for_it), TEST(a_bent_plan_is_no_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
