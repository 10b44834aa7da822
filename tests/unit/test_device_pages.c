/* SPDX-License-Identifier: Apache-2.0 */
/* The pages and sectors in which drives describe themselves, of any bytes; and the list of commands that only read. */
#include "../../src/device/identify.h"
#include "../../src/device/nvme_pages.h"
#include "../../src/device/scsi_pages.h"
#include "sim/drive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SIZE (2048u * 512u)

/* ---- parsers on bytes from anywhere ---- */

static void only_a_whole_identity_is_believed(void **state)
{
	struct sim *medium = sim_new(SIZE, 512, 512);
	struct sim_ata *a = sim_ata_new(medium);
	uint8_t data[512];
	struct identify i;

	(void)state;
	sim_ata_identify(a, data);
	assert_true(identify_parse(data, &i));
	assert_true(i.checked);
	for (size_t at = 0; at < sizeof(data); at++) { /* any flipped bit breaks the checksum, or leaves none */
		if (at == 510)
			continue;
		data[at] ^= 0x10;
		assert_false(identify_parse(data, &i));
		data[at] ^= 0x10;
	}
	data[510] = 0;
	assert_true(identify_parse(data, &i));
	assert_false(i.checked);
	memset(data, 0, sizeof(data));
	assert_false(identify_parse(data, &i));
	memset(data, 0xff, sizeof(data));
	assert_false(identify_parse(data, &i));
	free(a);
	cw_transport_free(&medium->t);
}

static void fix_checksum(uint8_t data[512])
{
	uint8_t sum = 0;

	data[510] = 0xa5;
	for (size_t i = 0; i < 511; i++)
		sum = (uint8_t)(sum + data[i]);
	data[511] = (uint8_t)-sum;
}

/* Words that are "not reported" (all zeros, all ones) switch nothing on. */
static void words_that_are_not_reported_say_nothing(void **state)
{
	struct sim *medium = sim_new(SIZE, 512, 512);
	struct sim_ata *a = sim_ata_new(medium);
	uint8_t data[512];
	struct identify i;

	(void)state;
	sim_ata_identify(a, data);
	for (unsigned w = 0; w < 2; w++) {
		static const unsigned words[] = { 48, 59, 82, 83, 84, 85, 86, 87, 89, 90, 119, 120, 128 };

		for (size_t n = 0; n < CW_ARRAY_LEN(words); n++)
			data[2 * words[n]] = data[2 * words[n] + 1] = w ? 0xff : 0x00;
		fix_checksum(data);
		assert_true(identify_parse(data, &i));
		assert_int_equal(i.sanitize, 0);
		assert_int_equal(i.security, 0);
		assert_false(i.smart || i.hpa || i.dco || i.ama || i.logs || i.trusted);
	}
	free(a);
	cw_transport_free(&medium->t);
}

static void parsers_take_any_bytes(void **state)
{
	static uint8_t data[NVME_IDENTIFY_BYTES];
	struct identify i;
	struct cw_health health;
	struct nvme_controller n;
	struct nvme_sanitize_log log;
	uint64_t sectors;
	uint32_t x, y;
	uint8_t u, v;

	(void)state;
	for (unsigned round = 0; round < 5000; round++) {
		for (size_t at = 0; at < sizeof(data); at++)
			data[at] = (uint8_t)rand();
		fix_checksum(data);
		(void)!identify_parse(data, &i);
		(void)!smart_parse(data, &health);
		(void)!security_page_parse(data, &x, &y);
		(void)!dco_parse(data, (uint64_t)rand(), &sectors);
		(void)!nvme_controller_parse(data, &n);
		(void)nvme_namespace_bytes(data);
		assert_true(nvme_list_count(data) <= NVME_IDENTIFY_BYTES / 4);
		nvme_sanitize_log_parse(data, &log);
		nvme_health_parse(data, &health);
		for (size_t len = 0; len < 12; len++) {
			CW_AUTO_FREE uint8_t *exact = malloc(len ? len : 1);

			memcpy(exact, data, len);
			(void)rsoc_support(exact, len, &u);
			(void)vpd_lists(exact, len, 0x89);
			vpd_block_characteristics(exact, len, &u, &v);
		}
	}
}

/* ---- the list of what may be sent ---- */

static bool reads(uint32_t set, const char *hex)
{
	uint8_t bytes[CW_REQUEST_MAX] = { 0 };
	uint32_t n = 0;

	for (unsigned v; sscanf(hex, "%2x", &v) == 1; n++) {
		bytes[n] = (uint8_t)v;
		hex += 2;
		hex += strspn(hex, " ");
	}
	return cw_command_reads(set, bytes, set == CW_SET_NVME ? 64 : n);
}

static void what_writes_erases_or_locks_is_not_on_the_list(void **state)
{
	static const char *const scsi[] = {
		"85 07 20 00 11 00 00 43 70 00 79 00 72 40 B4 00", /* CRYPTO SCRAMBLE */
		"85 07 20 00 12 00 00 42 72 00 45 00 6B 40 B4 00", "85 07 20 00 14 00 01 00 00 57 00 4F 00 40 B4 00", "85 07 20 00 20 00 00 46 6B 00 4C 00 72 40 B4 00",
		"85 07 20 00 00 00 01 00 00 00 00 00 00 40 B4 00", /* STATUS that clears a failure */
		"85 06 20 00 00 00 00 00 00 00 00 00 00 00 F3 00", "85 0A 26 00 00 00 01 00 00 00 00 00 00 00 F1 00", "85 06 20 00 00 00 00 00 00 00 00 00 00 00 F5 00",
		"85 07 20 00 01 00 00 00 00 00 00 00 00 40 78 00", /* SET ACCESSIBLE MAX */
		"85 07 20 00 00 00 01 00 00 00 00 00 00 40 37 00", "85 06 20 00 C0 00 00 00 00 00 00 00 00 40 B1 00", "85 06 20 00 82 00 00 00 00 00 00 00 00 00 EF 00",
		"85 06 20 00 D8 00 00 00 4F 00 C2 00 00 00 B0 00", /* SMART ENABLE */
		"A1 80 00 00 00 00 00 00 00 06 00 00",             /* an NVMe command of a bridge, whose byte 9 looks like one that reads */
		"A1 80 0e 00 01 00 00 00 00 ec 00 00", "A1 11 00 00 00 00 00 00 00 00 00 00", /* BLANK of discs */
		"48 82 00 00 00 00 00 00 00 00", "04 10 00 00 00 00", "15 10 00 00 0c 00", "2a 00 00 00 00 00 00 00 01 00", "42 00 00 00 00 00 00 00 18 00", "1b 00 00 00 00 00",
		"a2 01 07 fe 00 00 00 00 04 00 00 00",             /* an answer to somebody else */
		"b5 01 00 01 00 00 00 00 02 00 00 00", "4d 01 40 00 00 00 00 00 ff 00", "3b 00 00 00 00 00 00 00 00 00", "12 00 00 00", "",
	};
	static const char *const nvme_[] = { "84", "80", "81", "0d", "15", "10", "11", "09" };
	static const char *const mmc[] = {
		"00000026 00000000 0000001d 00000000 00000000 00000000 00000000", "00000020 00000000 00000015 00000000 00000000 00000000 00000000",
		"0000000d 00000000 00000035 00000001 00000040 00000001 00000001", /* data out */
		"00000033 00000000 00000035 00000001 00000008 00000001 00000000", "00000008 00000000 00000035 00000001 00000200 00000001 00000000",
		"0000000d 00000000 00000035 00000101 00000040 00000001 00000000",
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(scsi); i++)
		if (reads(CW_SET_SCSI, scsi[i]))
			fail_msg("%s", scsi[i]);
	for (size_t i = 0; i < CW_ARRAY_LEN(nvme_); i++)
		assert_false(reads(CW_SET_NVME, nvme_[i]));
	for (size_t i = 0; i < CW_ARRAY_LEN(mmc); i++)
		assert_false(reads(CW_SET_MMC, mmc[i]));
	assert_true(reads(CW_SET_MMC, "0000000d 00000000 00000035 00000001 00000040 00000001 00000000")); /* SD status */
	assert_true(reads(CW_SET_MMC, "0000000d 00010000 00000015 00000000 00000000 00000000 00000000"));
	/* Of a disk it is XPWRITE(10). */
	assert_false(reads(CW_SET_SCSI, "51 00 00 00 00 00 00 00 08 00"));
	assert_false(reads(0, "12 00 00 00 24 00"));
	assert_true(reads(CW_SET_SCSI, "12 00 00 00 24 00"));
	assert_true(reads(CW_SET_NVME, "06"));
	assert_true(reads(CW_SET_MMC, "00000008 00000000 00000035 00000000 00000200 00000001 00000000"));
	assert_false(reads(CW_SET_MMC, "00000006 03a50101 0000001d 00000000 00000000 00000000 00000000"));
	assert_false(reads(CW_SET_MMC, "00000008 00000000 00000035 00000000 00000200 00000001 00000001"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_whole_identity_is_believed),
		cmocka_unit_test(words_that_are_not_reported_say_nothing),
		cmocka_unit_test(parsers_take_any_bytes),
		cmocka_unit_test(what_writes_erases_or_locks_is_not_on_the_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
