/* SPDX-License-Identifier: Apache-2.0 */
/* What a person types leads to exactly one medium, or to a sentence that says why it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/device/resolve.h"
#include "../sim/device_tree.h"

#define FIXED "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block"

struct scene {
	struct tree tree;
	struct cw_media media;
};

static void serial(struct cw_medium *m, const char *text)
{
	cw_strlcpy(m->serial.text, text, sizeof(m->serial.text));
	cw_strlcpy(m->full_serial, text, sizeof(m->full_serial));
}

static int make(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct tree *t = &s->tree;

	tree_make(t);
	tree_disk(t, FIXED, "sda", 8, 0, 4096);
	tree_part(t, "sda", "sda1", 8, 1);
	tree_disk(t, FIXED "2", "sdb", 8, 16, 4096);
	tree_virtual(t, "loop3", 7, 3, 2048);
	tree_attr(t, "loop3", "loop/backing_file", "/srv/lab/stick.img\n");
	tree_virtual(t, "loop4", 7, 4, 0);
	tree_virtual(t, "loop5", 7, 5, 2048);
	tree_attr(t, "loop5", "loop/backing_file", "/dev/sdb\n");
	tree_loop_over(t, "loop5", 8, 16);
	tree_virtual(t, "dm-0", 253, 0, 2048);
	tree_holds(t, "dm-0", "sda1");
	tree_virtual(t, "n0", 251, 0, 2048);
	tree_node(t, "/dev/sda", 8, 0);
	tree_node(t, "/dev/sda1", 8, 1);
	tree_node(t, "/dev/sdb", 8, 16);
	tree_node(t, "/dev/loop3", 7, 3);
	tree_node(t, "/dev/loop4", 7, 4);
	tree_node(t, "/dev/loop5", 7, 5);
	tree_node(t, "/dev/mapper/x", 253, 0);
	tree_node(t, "/dev/n0", 251, 0);
	tree_node(t, "/dev/gone", 8, 240);
	tree_node(t, "/dev/disk/by-id/usb-Kingston_60A4-0:0", 8, 16);
	tree_node(t, "/dev/disk/by-path/pci-0000:00:17.0-ata-1", 8, 0);
	tree_place(t, "/srv/lab/stick.img", 1, 8, 1);
	tree_place(t, "/etc", 1, 8, 1);
	s->media = tree_media(t, (const char *const[]){ "sda", "sdb", "loop3", NULL });
	serial(&s->media.at[0], "WD-WCC4E5ABC123");
	serial(&s->media.at[1], "60A44C3FAEC123");
	*state = s;
	return 0;
}

static int drop(void **state)
{
	struct scene *s = *state;

	tree_remove(&s->tree);
	cw_media_clear(&s->media);
	free(s);
	return 0;
}

static void test_names_of_a_medium(void **state)
{
	static const struct { const char *named; uint32_t index; } cases[] = {
		{ "/dev/sda", 0 }, { "/dev/sdb", 1 }, { "/dev/loop3", 2 }, { "/dev/disk/by-id/usb-Kingston_60A4-0:0", 1 }, { "usb-Kingston_60A4-0:0", 1 },
		{ "pci-0000:00:17.0-ata-1", 0 }, { "WD-WCC4E5ABC123", 0 }, { "abc123", 0 }, { "bc123", 0 }, { "5 abc-123", 0 }, { "3FAEC123", 1 }, { "stick.img", 2 },
	};
	struct scene *s = *state;
	struct cw_error err = { 0 };
	uint32_t index = 99;

	for (size_t i = 0; i < CW_ARRAY_LEN(cases); i++) {
		if (cw_media_resolve_in(&s->tree.world, &s->media, cases[i].named, &index, &err))
			fail_msg("%s: %s", cases[i].named, err.message);
		assert_int_equal(index, cases[i].index);
	}
}

static void test_refusals(void **state)
{
	static const struct { const char *named; enum cw_code code; const char *says; } cases[] = {
		{ "/dev/sda1", CW_E_PARTITION, "/dev/sda;" },        { "/dev/mapper/x", CW_E_NOT_A_MEDIUM, "/dev/sda" },
		{ "/dev/n0", CW_E_NOT_A_MEDIUM, "no medium is known" },
		{ "/srv/lab/stick.img", CW_E_NOT_A_MEDIUM, "" },     { "/etc", CW_E_NOT_A_MEDIUM, "" },
		{ "/dev/loop4", CW_E_NOT_FOUND, "" },                { "/dev/gone", CW_E_NOT_FOUND, "" },
		{ "/dev/nothing", CW_E_NOT_FOUND, "/dev/nothing" },  { "c123", CW_E_AMBIGUOUS, "/dev/sda /dev/sdb" },
		{ "123", CW_E_NOT_FOUND, "" },                       { "sda", CW_E_NOT_FOUND, "" },
		{ "", CW_E_NOT_FOUND, "" },                          { "----", CW_E_NOT_FOUND, "" },
		{ "no such serial", CW_E_NOT_FOUND, "" },            { "\x1b[2J\xff", CW_E_NOT_FOUND, "\\x1b" },
		{ ".", CW_E_NOT_FOUND, "" },                         { "..", CW_E_NOT_FOUND, "" },
		{ "/dev/loop5", CW_E_NOT_A_MEDIUM, "/dev/sdb" },
	};
	struct scene *s = *state;
	uint32_t index = 99;

	for (size_t i = 0; i < CW_ARRAY_LEN(cases); i++) {
		struct cw_error err = { 0 };
		int rc = cw_media_resolve_in(&s->tree.world, &s->media, cases[i].named, &index, &err);

		if (rc != (int)cases[i].code || !strstr(err.message, cases[i].says))
			fail_msg("%s: %s: %s", cases[i].named, cw_code_slug(rc), err.message);
		assert_true(cw_text_is_printable(err.message));
		assert_true(err.hint[0]);
		assert_int_equal(index, 99);
	}
}

static void test_image_file_that_is_attached_is_named(void **state)
{
	struct scene *s = *state;
	struct cw_error err = { 0 };
	uint32_t index;

	assert_int_equal(cw_media_resolve_in(&s->tree.world, &s->media, "/srv/lab/stick.img", &index, &err), CW_E_NOT_A_MEDIUM);
	assert_non_null(strstr(err.hint, "/dev/loop3"));
}

/* What is wiped is a namespace; which there are is said. */
static void test_controller_of_namespaces(void **state)
{
	struct scene *s = *state;
	struct cw_error err = { 0 };
	uint32_t index;

	for (int i = 0; i < 2; i++) {
		s->media.at[i].bus = CW_BUS_NVME;
		cw_strlcpy(s->media.at[i].node, i ? "/dev/nvme0n2" : "/dev/nvme0n1", sizeof(s->media.at[i].node));
	}
	tree_place(&s->tree, "/dev/nvme0", 1, 0, 5);
	tree_place(&s->tree, "/dev/nvme", 1, 0, 5);
	assert_int_equal(cw_media_resolve_in(&s->tree.world, &s->media, "/dev/nvme0", &index, &err), CW_E_NOT_A_MEDIUM);
	assert_non_null(strstr(err.message, "is the controller of a drive"));
	assert_non_null(strstr(err.hint, "/dev/nvme0n1 /dev/nvme0n2"));
	assert_int_equal(cw_media_resolve_in(&s->tree.world, &s->media, "/dev/nvme", &index, &err), CW_E_NOT_A_MEDIUM);
	assert_non_null(strstr(err.message, "is no block device"));
}

static void test_overlong_name(void **state)
{
	struct scene *s = *state;
	struct cw_error err = { 0 };
	char name[6000];
	uint32_t index;

	memset(name, 'A', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(cw_media_resolve_in(&s->tree.world, &s->media, name, &index, &err), CW_E_NOT_FOUND);
	memset(name, '/', 1000);
	assert_int_equal(cw_media_resolve_in(&s->tree.world, &s->media, name, &index, &err), CW_E_NOT_FOUND);
}

static void test_no_media_at_all(void **state)
{
	const struct cw_media none = { 0 };
	struct cw_error err = { 0 };
	uint32_t index;

	(void)state;
	assert_int_equal(cw_media_resolve(&none, "/dev/null", &index, &err), CW_E_NOT_A_MEDIUM);
	assert_int_equal(cw_media_resolve(&none, "ABC123", &index, &err), CW_E_NOT_FOUND);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(test_names_of_a_medium),
		SCENE(test_refusals),
		SCENE(test_image_file_that_is_attached_is_named),
		SCENE(test_controller_of_namespaces),
		SCENE(test_overlong_name),
		cmocka_unit_test(test_no_media_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
