/* SPDX-License-Identifier: Apache-2.0 */
/* Where the keys of encrypted volumes stand: by headers as they are made, and by headers that somebody made to lead us astray. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "certwipe/device.h"

#define MIB (1024ull * 1024)
#define SIZE (40 * MIB)

static struct cw_contents contents;
static const struct cw_keys *const keys = &contents.keys;
static uint8_t *disk; /* SIZE bytes, also seen through fd */
static int fd;

static int set_up(void **state)
{
	(void)state;
	fd = memfd_create("medium", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, SIZE), 0);
	disk = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(disk != MAP_FAILED);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	munmap(disk, SIZE);
	close(fd);
	return 0;
}

static void probe(void)
{
	cw_contents_probe(fd, SIZE, &contents);
}

static void put16(uint8_t *at, uint16_t n)
{
	n = htobe16(n);
	memcpy(at, &n, sizeof(n));
}

static void put32(uint8_t *at, uint32_t n)
{
	n = htobe32(n);
	memcpy(at, &n, sizeof(n));
}

static void put64(uint8_t *at, uint64_t n)
{
	n = htobe64(n);
	memcpy(at, &n, sizeof(n));
}

static void put_le64(uint8_t *at, uint64_t n)
{
	n = htole64(n);
	memcpy(at, &n, sizeof(n));
}

static void assert_span(uint32_t i, uint64_t from, uint64_t upto)
{
	assert_true(i < keys->n_spans);
	assert_int_equal(keys->spans[i].offset_bytes, from);
	assert_int_equal(keys->spans[i].offset_bytes + keys->spans[i].len_bytes, upto);
}

static void assert_sound(uint32_t kind)
{
	assert_int_equal(keys->n_volumes, 1);
	assert_int_equal(keys->volumes[0].kind, kind);
	assert_string_equal(keys->volumes[0].why, "");
	assert_int_equal(keys->incomplete, 0);
}

/* Somebody must be told, and nothing may be written outside of the volume. */
static void assert_objection(const char *part)
{
	assert_int_equal(keys->n_volumes, 1);
	if (!strstr(keys->volumes[0].why, part))
		fail_msg("\"%s\" is not in \"%s\"", part, keys->volumes[0].why);
	for (uint32_t i = 0; i < keys->n_spans; i++)
		assert_true(keys->spans[i].offset_bytes <= SIZE && keys->spans[i].len_bytes <= SIZE - keys->spans[i].offset_bytes);
}

/* ---- LUKS1 ---- */

static void put_luks1(uint8_t *h, uint32_t data_sectors)
{
	memset(h, 0, 592);
	memcpy(h, "LUKS\xba\xbe\0\1", 8);
	memcpy(h + 8, "aes", 4);
	memcpy(h + 40, "xts-plain64", 12);
	put32(h + 104, data_sectors);
	put32(h + 108, 64);
	memcpy(h + 168, "3d8c5a4a-2b8f-4f42-9c80-51f0d0b5e6a1", 37);
	for (uint32_t i = 0; i < 8; i++) {
		put32(h + 208 + 48 * i, i ? 0x0000dead : 0x00ac71f3);
		put32(h + 208 + 48 * i + 40, 8 + 504 * i);
		put32(h + 208 + 48 * i + 44, 4000);
	}
}

static void all_key_slots_of_luks1(void **state)
{
	(void)state;
	put_luks1(disk, 4096);
	probe();
	assert_sound(CW_VOLUME_LUKS1);
	assert_int_equal(keys->n_spans, 1);
	assert_span(0, 0, 2 * MIB);
}

static void luks1_that_leads_astray(void **state)
{
	static const struct {
		uint32_t at, value;
		const char *why;
	} lies[] = {
		{ 104, 0, "elsewhere" },           { 104, 0xffffffff, "behind its end" }, { 104, SIZE / 512 + 1, "behind its end" }, { 104, 8, "where none can be" },
		{ 108, 0, "where none can be" },   { 108, 0xffffffff, "where none can be" }, { 208 + 48 * 7 + 40, 0xffffffff, "where none can be" },
		{ 208 + 40, 0, "where none can be" }, { 208 + 44, 0xffffffff, "where none can be" },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(lies); i++) {
		put_luks1(disk, 4096);
		put32(disk + lies[i].at, lies[i].value);
		probe();
		assert_objection(lies[i].why);
	}
	put_luks1(disk, 4096);
	memcpy(disk + 8, "cipher_null", 12);
	probe();
	assert_objection("cipher_null");
}

/* ---- LUKS2 ---- */

#define JSON(segments) \
	"{\"keyslots\":{\"0\":{\"type\":\"luks2\",\"area\":{\"type\":\"raw\",\"offset\":\"32768\",\"size\":\"258048\"}}},\"segments\":{" segments "},\"config\":{\"json_size\":\"12288\"}}"
#define CRYPT(offset) "\"0\":{\"type\":\"crypt\",\"offset\":\"" offset "\",\"size\":\"dynamic\",\"encryption\":\"aes-xts-plain64\"}"
#define GOOD JSON(CRYPT("16777216"))

/* One copy, its checksum in place. */
static void put_copy(uint64_t at, uint32_t header_bytes, const char *json)
{
	uint8_t *h = disk + at, digest[CW_SHA256_BYTES];

	memset(h, 0, header_bytes);
	memcpy(h, at ? "SKUL\xba\xbe" : "LUKS\xba\xbe", 6);
	put16(h + 6, 2);
	put64(h + 8, header_bytes);
	memcpy(h + 72, "sha256", 7);
	memcpy(h + 168, "8b6f78eb-c3a6-4d8a-ac0f-da59d3d384c9", 37);
	put64(h + 256, at);
	memcpy(h + 4096, json, strlen(json));
	cw_sha256(h, header_bytes, digest);
	memcpy(h + 448, digest, sizeof(digest));
}

static void put_luks2(uint32_t header_bytes, const char *json)
{
	put_copy(0, header_bytes, json);
	put_copy(header_bytes, header_bytes, json);
}

static void both_headers_of_luks2_and_all_key_slots(void **state)
{
	(void)state;
	put_luks2(0x4000, GOOD);
	probe();
	assert_sound(CW_VOLUME_LUKS2);
	assert_int_equal(keys->n_spans, 1);
	assert_span(0, 0, 16 * MIB);
}

static void luks2_with_large_headers(void **state)
{
	static const char json[] = "{\"keyslots\":{},\"segments\":{" CRYPT("20971520") "}}";

	(void)state;
	put_luks2(0x400000, json);
	probe();
	assert_sound(CW_VOLUME_LUKS2);
	assert_span(0, 0, 20 * MIB);
}

static void luks2_that_leads_astray(void **state)
{
	static const struct {
		const char *json, *why;
	} lies[] = {
		{ JSON(CRYPT("99999999999999999")), "behind its end" }, { JSON(CRYPT("99999999999999999999999")), "damaged" }, { JSON(CRYPT("-1")), "damaged" },
		{ JSON(CRYPT("0")), "elsewhere" },       { JSON(CRYPT("4096")), "where none can be" }, { JSON(CRYPT("65536")), "where none can be" },
		{ JSON(""), "damaged" },                 { "{}", "damaged" },                            { "[]", "damaged" },
		{ JSON("\"0\":{\"type\":\"linear\",\"offset\":\"16777216\"}"), "is not encrypted" },
		{ JSON("\"0\":{\"type\":\"hw-opal-crypt\",\"offset\":\"16777216\"}"), "in the drive" },
		{ JSON(CRYPT("16777216") ",\"1\":{\"type\":\"crypt\",\"offset\":\"16777216\",\"flags\":[\"in-reencryption\"]}"), "encrypted anew" },
		{ JSON("\"0\":{\"type\":\"crypt\",\"offset\":\"16777216\",\"encryption\":\"cipher_null-ecb\"}"), "cipher_null" },
		{ "{\"keyslots\":{\"0\":{\"area\":{\"offset\":\"16777216\",\"size\":\"4096\"}}},\"segments\":{" CRYPT("16777216") "}}", "where none can be" },
		{ "{\"keyslots\":{\"0\":{\"area\":{\"offset\":\"32768\",\"size\":\"999999999999999999\"}}},\"segments\":{" CRYPT("16777216") "}}", "where none can be" },
		{ "{\"keyslots\":{\"0\":{\"type\":\"reencrypt\",\"area\":{\"offset\":\"32768\",\"size\":\"4096\"}}},\"segments\":{" CRYPT("16777216") "}}", "encrypted anew" },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(lies); i++) {
		put_luks2(0x4000, lies[i].json);
		probe();
		assert_objection(lies[i].why);
	}
}

/* Whoever wiped the first header only has destroyed nothing: the second one opens the volume. */
static void one_header_of_two(void **state)
{
	(void)state;
	put_luks2(0x4000, GOOD);
	memset(disk, 0, 4096);
	probe();
	assert_objection("damaged");
	assert_span(0, 0, 16 * MIB);
	put_luks2(0x4000, GOOD);
	disk[0x4000 + 5000] ^= 1;
	probe();
	assert_objection("damaged");
	put_copy(0, 0x4000, GOOD);
	put_copy(0x4000, 0x4000, JSON(CRYPT("8388608")));
	probe();
	assert_objection("contradict");
	assert_span(0, 0, 16 * MIB);
}

/* A length that is a lie: neither read nor believed. */
static void luks2_of_impossible_length(void **state)
{
	static const uint64_t lengths[] = { 0, 1, 0x3fff, 0x4001, 0x800000, UINT64_MAX, UINT64_C(1) << 63 };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(lengths); i++) {
		put_luks2(0x4000, GOOD);
		put64(disk + 8, lengths[i]);
		put64(disk + 0x4000 + 8, lengths[i]);
		probe();
		assert_objection("damaged");
		assert_int_equal(keys->n_spans, 0);
	}
}

/* ---- BitLocker ---- */

static void put_metadata(uint64_t at)
{
	uint8_t *h = disk + at;

	memcpy(h, "-FVE-FS-", 8);
	h[10] = 2;
	h[12] = h[14] = 4;
	h[28] = 16;
	put_le64(h + 32, 4 * MIB);
	put_le64(h + 40, 8 * MIB);
	put_le64(h + 48, 12 * MIB);
	put_le64(h + 56, 6 * MIB);
}

static void put_bitlocker(void)
{
	memset(disk, 0, SIZE);
	memcpy(disk, "\xeb\x58\x90-FVE-FS-", 11);
	disk[11] = 0;
	disk[12] = 2;
	disk[510] = 0x55;
	disk[511] = 0xaa;
	for (uint32_t i = 0; i < 3; i++) {
		put_le64(disk + 176 + 8 * i, (4 + 4 * i) * MIB);
		put_metadata((4 + 4 * i) * MIB);
	}
}

static void all_copies_of_bitlocker(void **state)
{
	(void)state;
	put_bitlocker();
	probe();
	assert_sound(CW_VOLUME_BITLOCKER);
	assert_int_equal(keys->n_spans, 5);
	assert_span(0, 0, 512);
	assert_span(1, 4 * MIB, 4 * MIB + 65536);
	assert_span(2, 6 * MIB, 6 * MIB + 8192);
	assert_span(3, 8 * MIB, 8 * MIB + 65536);
	assert_span(4, 12 * MIB, 12 * MIB + 65536);
}

static void bitlocker_that_leads_astray(void **state)
{
	static const uint64_t places[] = { 0, 1, SIZE, SIZE - 512, UINT64_MAX, UINT64_MAX - 511, 20 * MIB };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(places); i++) {
		put_bitlocker();
		put_le64(disk + 176 + 16, places[i]);
		probe();
		assert_objection("not where the volume says");
	}
	put_bitlocker();
	put_le64(disk + 4 * MIB + 56, UINT64_MAX);
	probe();
	assert_objection("not where the volume says");
	put_bitlocker();
	disk[8 * MIB + 14] = 2;
	probe();
	assert_objection("not encrypted whole");
}

/* ---- partitions ---- */

static void put_partition(uint32_t i, uint32_t start_sector, uint32_t sectors)
{
	uint8_t *e = disk + 446 + 16 * i;

	e[4] = 0x83;
	start_sector = htole32(start_sector);
	sectors = htole32(sectors);
	memcpy(e + 8, &start_sector, 4);
	memcpy(e + 12, &sectors, 4);
	disk[510] = 0x55;
	disk[511] = 0xaa;
}

static void several_volumes_in_partitions(void **state)
{
	(void)state;
	put_partition(0, 2048, 8192);
	put_partition(1, 10240, 16384);
	put_luks1(disk + 2048 * 512, 4096);
	put_luks1(disk + 10240 * 512, 8192);
	probe();
	assert_int_equal(keys->n_volumes, 2);
	assert_int_equal(keys->volumes[1].number, 2);
	assert_int_equal(keys->volumes[1].offset_bytes, 10240 * 512);
	assert_int_equal(keys->n_spans, 2);
	assert_span(0, 1 * MIB, 3 * MIB);
	assert_span(1, 5 * MIB, 9 * MIB);
	/* Data that begin in the next partition. */
	put_luks1(disk + 2048 * 512, 8193);
	probe();
	assert_string_not_equal(keys->volumes[0].why, "");
	assert_int_equal(keys->n_spans, 1);
}

static void nothing_encrypted_nothing_found(void **state)
{
	(void)state;
	probe();
	assert_int_equal(keys->n_volumes, 0);
	assert_int_equal(keys->n_spans, 0);
}

/* ---- spans ---- */

static void spans_that_meet_become_one(void **state)
{
	static struct cw_keys k;

	(void)state;
	assert_true(cw_keys_add_span(&k, 8192, 4096));
	assert_true(cw_keys_add_span(&k, 0, 4096));
	assert_int_equal(k.n_spans, 2);
	assert_true(cw_keys_add_span(&k, 1024, 9000));
	assert_int_equal(k.n_spans, 1);
	assert_int_equal(k.spans[0].offset_bytes, 0);
	assert_int_equal(k.spans[0].len_bytes, 12288);
	for (uint64_t i = 1; i < CW_SPANS_MAX; i++)
		assert_true(cw_keys_add_span(&k, i * MIB, 512));
	assert_false(cw_keys_add_span(&k, CW_SPANS_MAX * MIB, 512));
	assert_int_equal(k.incomplete, 1);
	assert_int_equal(cw_keys_bytes(&k), 12288 + 512 * (CW_SPANS_MAX - 1));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_key_slots_of_luks1), TEST(luks1_that_leads_astray), TEST(both_headers_of_luks2_and_all_key_slots), TEST(luks2_with_large_headers),
		TEST(luks2_that_leads_astray), TEST(one_header_of_two), TEST(luks2_of_impossible_length), TEST(all_copies_of_bitlocker), TEST(bitlocker_that_leads_astray),
		TEST(several_volumes_in_partitions), TEST(nothing_encrypted_nothing_found), cmocka_unit_test(spans_that_meet_become_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
