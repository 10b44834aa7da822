/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a stream, against vectors that stock openssl made, and pieces against the whole. */
#include "certwipe/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct cw_stream keystream(enum cw_stream_kind kind, uint64_t pass)
{
	struct cw_stream s = { .kind = kind, .pass = pass };

	for (size_t i = 0; i < sizeof(s.key); i++)
		s.key[i] = (uint8_t)i;
	return s;
}

static struct cw_stream pattern(const char *bytes, uint32_t len)
{
	struct cw_stream s = { .kind = CW_STREAM_PATTERN, .pattern_len = len };

	memcpy(s.pattern, bytes, len);
	return s;
}

static void fill(const struct cw_stream *s, uint64_t offset_bytes, uint8_t *buf, size_t len)
{
	struct cw_stream_ctx *c = NULL;
	struct cw_error err = { 0 };

	assert_int_equal(cw_stream_new(s, &c, &err), 0);
	assert_int_equal(cw_stream_fill(c, offset_bytes, buf, len, &err), 0);
	cw_stream_free(c);
}

static void assert_bytes(const uint8_t *got, const char *hex)
{
	uint8_t want[64];
	size_t len = strlen(hex) / 2;

	assert_true(cw_unhex(want, len, hex));
	assert_memory_equal(got, want, len);
}

/* head -c 40000 /dev/zero | openssl enc -aes-256-ctr -K 000102..1f -iv 00000000000000020000000000012345 */
static void equals_stock_openssl(void **state)
{
	struct cw_stream s = keystream(CW_STREAM_KEYSTREAM, 2);
	static uint8_t buf[40000];
	char sha256[CW_SHA256_HEX];

	(void)state;
	fill(&s, 0x123450, buf, sizeof(buf));
	assert_bytes(buf, "b03d4d3af362ef2af85013502a6ecdd51f42a46f5e2a2a8cdf2d3c25177bdbae7995484d670830a6ab5633b63c09015a");
	cw_sha256_hex(buf, sizeof(buf), sha256);
	assert_string_equal(sha256, "9527450eb675244fd10f93655f707f76f4597014d2b43a2b62a4283a16b15808");
}

/* The same at 20 TB: -iv be64(7) || be64(0x123456789000 / 16) */
static void equals_stock_openssl_far_out(void **state)
{
	struct cw_stream s = keystream(CW_STREAM_KEYSTREAM, 7);
	uint8_t buf[32];

	(void)state;
	fill(&s, 0x123456789000, buf, sizeof(buf));
	assert_bytes(buf, "4683be30f570297b2a597b1bedfaece288edf2a7b2f8edefc7c1c36566acbd8f");
}

static void complement_is_every_bit_flipped(void **state)
{
	struct cw_stream s = keystream(CW_STREAM_KEYSTREAM, 1), flipped = keystream(CW_STREAM_KEYSTREAM_COMPLEMENT, 1);
	static uint8_t a[50000], b[50000];

	(void)state;
	fill(&s, 777, a, sizeof(a));
	fill(&flipped, 777, b, sizeof(b));
	for (size_t i = 0; i < sizeof(a); i++)
		assert_int_equal(a[i] ^ b[i], 0xff);
}

static void passes_differ(void **state)
{
	struct cw_stream one = keystream(CW_STREAM_KEYSTREAM, 1), two = keystream(CW_STREAM_KEYSTREAM, 2);
	uint8_t a[64], b[64];

	(void)state;
	fill(&one, 0, a, sizeof(a));
	fill(&two, 0, b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
}

/* Whatever offset and length somebody asks for, the answer is cut from one and the same stream. */
static void pieces_equal_the_whole(void **state)
{
	enum { BASE = 4096 * 3, LEN = 70000 };
	const struct cw_stream streams[] = { keystream(CW_STREAM_KEYSTREAM, 3), keystream(CW_STREAM_KEYSTREAM_COMPLEMENT, 3), pattern("\x00", 1),
					     pattern("\x55\xaa", 2), pattern("\x92\x49\x24", 3), pattern("\xe4\xff\x01\x02", 4) };
	const size_t at[] = { 0, 1, 15, 16, 17, 511, 512, 16383, 16384, 20001 };
	const size_t lens[] = { 0, 1, 2, 3, 15, 16, 17, 4096, 16384, 16385, 49151 };
	static uint8_t whole[LEN], piece[LEN];

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(streams); i++) {
		fill(&streams[i], BASE, whole, LEN);
		for (size_t j = 0; j < CW_ARRAY_LEN(at); j++)
			for (size_t k = 0; k < CW_ARRAY_LEN(lens); k++) {
				memset(piece, 0x77, sizeof(piece));
				fill(&streams[i], BASE + at[j], piece, lens[k]);
				assert_memory_equal(piece, whole + at[j], lens[k]);
				assert_int_equal(piece[lens[k]], 0x77);
			}
	}
}

/* One context that goes on, jumps back and jumps ahead makes the same bytes as a new one for each piece. */
static void order_does_not_matter(void **state)
{
	const struct { size_t at, len; } pieces[] = { { 0, 16384 }, { 16384, 16384 }, { 32768, 7 }, { 32775, 16377 }, { 49152, 0 }, { 49152, 33 }, { 49185, 4096 }, { 16384, 512 },
						      { 0, 1 }, { 1, 15 }, { 16, 40000 }, { 60000, 5000 }, { 65000, 5000 }, { 512, 512 }, { 512, 512 } };
	struct cw_stream s = keystream(CW_STREAM_KEYSTREAM, 5);
	static uint8_t whole[70000], piece[70000];
	struct cw_stream_ctx *c = NULL;
	struct cw_error err = { 0 };

	(void)state;
	fill(&s, 4096, whole, sizeof(whole));
	assert_int_equal(cw_stream_new(&s, &c, &err), 0);
	for (size_t i = 0; i < CW_ARRAY_LEN(pieces); i++) {
		assert_int_equal(cw_stream_fill(c, 4096 + pieces[i].at, piece, pieces[i].len, &err), 0);
		assert_memory_equal(piece, whole + pieces[i].at, pieces[i].len);
	}
	cw_stream_free(c);
}

static void patterns_keep_phase_from_offset_zero(void **state)
{
	struct cw_stream s = pattern("\x92\x49\x24", 3);
	uint8_t buf[5];

	(void)state;
	fill(&s, 0, buf, sizeof(buf));
	assert_bytes(buf, "9249249249");
	fill(&s, 512, buf, sizeof(buf)); /* 512 % 3 = 2 */
	assert_bytes(buf, "2492492492");
}

static void nonsense_is_refused(void **state)
{
	struct cw_stream none = { .kind = CW_STREAM_PATTERN, .pattern_len = 0 };
	struct cw_stream long_one = { .kind = CW_STREAM_PATTERN, .pattern_len = CW_PATTERN_MAX + 1 };
	struct cw_stream foreign = { .kind = (enum cw_stream_kind)99 };
	struct cw_stream_ctx *c = NULL;
	struct cw_error err = { 0 };

	(void)state;
	assert_int_equal(cw_stream_new(&none, &c, &err), CW_E_FAILED);
	assert_int_equal(cw_stream_new(&long_one, &c, &err), CW_E_FAILED);
	assert_int_equal(cw_stream_new(&foreign, &c, &err), CW_E_FAILED);
	assert_null(c);
	cw_stream_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equals_stock_openssl),
		cmocka_unit_test(equals_stock_openssl_far_out),
		cmocka_unit_test(complement_is_every_bit_flipped),
		cmocka_unit_test(passes_differ),
		cmocka_unit_test(pieces_equal_the_whole),
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(patterns_keep_phase_from_offset_zero),
		cmocka_unit_test(nonsense_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
