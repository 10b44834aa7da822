/* SPDX-License-Identifier: Apache-2.0 */
/* What is on a medium is told from inside the parser's cage, and bytes that a stranger wrote never do more than puzzle it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "certwipe/device.h"

#define MIB (1024u * 1024u)
#define SIZE (4u * MIB)

/*
 * A disc whose descriptors cannot be read.  libblkid, which seeks and reads, forgives that on optical drives and goes on as if nothing stood there; here it sees
 * the zeros of a file instead.  Certwipe's own reads come through here.
 */
static bool scratched;

ssize_t pread(int fd, void *buf, size_t len, off_t at)
{
	if (!scratched || at + (off_t)len <= 16 * 2048)
		return syscall(SYS_pread64, fd, buf, len, at);
	errno = EIO;
	return -1;
}

struct image {
	FILE *file;
	uint8_t bytes[SIZE];
};

static int make(void **state)
{
	struct image *i = calloc(1, sizeof(*i));

	i->file = tmpfile();
	*state = i;
	return i->file ? 0 : -1;
}

static int drop(void **state)
{
	struct image *i = *state;

	fclose(i->file);
	free(i);
	return 0;
}

/* Probes in a forked child that has only the descriptor, as the prober does. */
static struct cw_contents probe(struct image *image)
{
	struct cw_contents c;
	int result[2], status = 0;
	pid_t pid;

	assert_int_equal(pwrite(fileno(image->file), image->bytes, SIZE, 0), SIZE);
	assert_int_equal(pipe(result), 0);
	pid = fork();
	if (pid == 0) {
		struct cw_error err;

		if (cw_sandbox_parser(5, 128 * MIB, &err))
			_exit(2);
		cw_contents_probe(fileno(image->file), SIZE, &c);
		_exit(write(result[1], &c, sizeof(c)) == (ssize_t)sizeof(c) ? 0 : 3);
	}
	assert_true(pid > 0);
	close(result[1]);
	size_t have = 0;
	ssize_t n;
	while ((n = read(result[0], (char *)&c + have, sizeof(c) - have)) > 0)
		have += (size_t)n;
	close(result[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(have, sizeof(c));
	return c;
}

static void assert_phrase(const struct cw_contents *c, const char *expected)
{
	char phrase[128];

	cw_contents_phrase(c, phrase, sizeof(phrase));
	assert_string_equal(phrase, expected);
}

/* ---- things to be found ---- */

static void put32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

/* Boot sector of a FAT12 of `sectors` sectors, as mkfs.vfat writes it. */
static void put_fat(uint8_t *at, uint16_t sectors, const char label[12])
{
	const uint8_t boot[] = { 0xeb, 0x3c, 0x90, 'm', 'k', 'f', 's', '.', 'f', 'a', 't', 0, 2, 4, 4, 0, 2, 0, 2, (uint8_t)sectors, (uint8_t)(sectors >> 8), 0xf8, 8, 0,
				 32, 0, 2, 0 };

	memcpy(at, boot, sizeof(boot));
	at[36] = 0x80;
	at[38] = 0x29;
	put32(at + 39, 0x1234abcd);
	memcpy(at + 20 * 512, label, 11); /* root directory, behind 4 reserved sectors and two FATs of 8 */
	at[20 * 512 + 11] = 0x08;
	memcpy(at + 54, "FAT12   ", 8);
	at[510] = 0x55;
	at[511] = 0xaa;
}

static void put_mbr_entry(uint8_t *mbr, int slot, uint8_t type, uint32_t start, uint32_t sectors)
{
	uint8_t *e = mbr + 446 + 16 * slot;

	e[4] = type;
	put32(e + 8, start);
	put32(e + 12, sectors);
	mbr[510] = 0x55;
	mbr[511] = 0xaa;
}

static void put_luks(uint8_t *at)
{
	memcpy(at, "LUKS\xba\xbe\0\1", 8);
	memcpy(at + 168, "0b7a2a1e-0c1f-4d53-9a39-2f1a3a3d9f10", 36);
}

static uint32_t crc32_of(const uint8_t *data, size_t len)
{
	uint32_t crc = ~0u;

	while (len--) {
		crc ^= *data++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

/* Protective MBR and primary GPT with one Linux partition from 1 to 2 MiB, with a name that would like to be more than text. */
static void put_gpt(uint8_t *image)
{
	static const uint8_t linux_data[16] = { 0xaf, 0x3d, 0xc6, 0x0f, 0x83, 0x84, 0x72, 0x47, 0x8e, 0x79, 0x3d, 0x69, 0xd8, 0x47, 0x7d, 0xe4 };
	uint8_t *header = image + 512, *entry = image + 1024;

	put_mbr_entry(image, 0, 0xee, 1, SIZE / 512 - 1);
	memcpy(entry, linux_data, 16);
	memset(entry + 16, 7, 16);
	put32(entry + 32, 2048);
	put32(entry + 40, 4095);
	memcpy(entry + 56, "\x1b\0[\0" "2\0J\0", 8);
	memcpy(header, "EFI PART\0\0\1\0\x5c\0\0\0", 16);
	put32(header + 24, 1);
	put32(header + 32, SIZE / 512 - 1);
	put32(header + 40, 34);
	put32(header + 48, SIZE / 512 - 34);
	memset(header + 56, 9, 16);
	put32(header + 72, 2);
	put32(header + 80, 128);
	put32(header + 84, 128);
	put32(header + 88, crc32_of(entry, 128 * 128));
	put32(header + 16, crc32_of(header, 92));
}

/* Boot region of an exFAT of `sectors` sectors: the boot sector, eight with a mark at their end, two without, and the sum of them all (Microsoft's exFAT, 3). */
static void put_exfat(uint8_t *at, uint32_t sectors)
{
	uint32_t sum = 0;

	memcpy(at, "\xeb\x76\x90" "EXFAT   ", 11);
	put32(at + 72, sectors);
	put32(at + 80, 128); /* FAT */
	put32(at + 84, 8);
	put32(at + 88, 256); /* clusters */
	put32(at + 92, (sectors - 256) / 8);
	put32(at + 96, 5);
	put32(at + 100, 0x1234abcd);
	memcpy(at + 104, "\0\1\0\0\x09\x03\x01\x80", 8);
	for (int sector = 0; sector < 9; sector++)
		memcpy(at + 512 * sector + 510, "\x55\xaa", 2);
	for (uint32_t i = 0; i < 11 * 512; i++)
		if (i != 106 && i != 107 && i != 112)
			sum = (sum << 31 | sum >> 1) + at[i];
	for (uint32_t i = 0; i < 128; i++)
		put32(at + 11 * 512 + 4 * i, sum);
}

static void test_exfat_has_no_partition_table(void **state)
{
	struct image *i = *state;
	struct cw_contents c;
	CW_AUTO_JSON json_t *doc = NULL;

	put_exfat(i->bytes, SIZE / 512);
	c = probe(i);
	assert_string_equal(c.parts[0].type, "exfat");
	assert_phrase(&c, "exfat");
	doc = cw_contents_json(&c, true);
	assert_null(json_object_get(json_array_get(doc, 0), "table"));
}

static void test_empty_partition_table(void **state)
{
	struct image *i = *state;
	struct cw_contents c;

	i->bytes[510] = 0x55;
	i->bytes[511] = 0xaa;
	c = probe(i);
	assert_string_equal(c.table, "dos");
	assert_phrase(&c, "dos, 0 partitions");
}

static void test_stick_without_table(void **state)
{
	struct image *i = *state;
	struct cw_contents c;
	CW_AUTO_JSON json_t *with = NULL, *without = NULL;

	put_fat(i->bytes, SIZE / 512, "HOLIDAY    ");
	c = probe(i);
	assert_true(c.known);
	assert_int_equal(c.n_parts, 1);
	assert_int_equal(c.parts[0].number, 0);
	assert_string_equal(c.parts[0].type, "vfat");
	assert_string_equal(c.parts[0].usage, "filesystem");
	assert_string_equal(c.parts[0].label, "HOLIDAY");
	assert_string_equal(c.parts[0].uuid, "1234-ABCD");
	assert_phrase(&c, "vfat");
	with = cw_contents_json(&c, true);
	without = cw_contents_json(&c, false);
	assert_string_equal(cw_json_str(json_array_get(with, 0), "label", ""), "HOLIDAY");
	assert_null(json_object_get(json_array_get(without, 0), "label"));
}

static void test_mbr_with_an_encrypted_partition(void **state)
{
	struct image *i = *state;
	struct cw_contents c;

	put_mbr_entry(i->bytes, 0, 0x0c, 2048, 2048);
	put_mbr_entry(i->bytes, 2, 0x83, 4096, 2048);
	put_fat(i->bytes + MIB, 2048, "NO NAME    ");
	put_luks(i->bytes + 2 * MIB);
	c = probe(i);
	assert_string_equal(c.table, "dos");
	assert_int_equal(c.n_parts, 3);
	assert_int_equal(c.parts[1].number, 1);
	assert_int_equal(c.parts[1].offset_bytes, MIB);
	assert_int_equal(c.parts[1].size_bytes, MIB);
	assert_string_equal(c.parts[1].type, "vfat");
	assert_int_equal(c.parts[2].number, 3);
	assert_string_equal(c.parts[2].type, "crypto_LUKS");
	assert_string_equal(c.parts[2].usage, "crypto");
	assert_phrase(&c, "dos, 2 partitions");
}

static void test_gpt(void **state)
{
	struct image *i = *state;
	struct cw_contents c;
	CW_AUTO_JSON json_t *doc = NULL;
	CW_AUTO_BUF struct cw_buf canonical = { 0 };
	struct cw_error err;

	put_gpt(i->bytes);
	put_luks(i->bytes + MIB);
	c = probe(i);
	assert_true(c.known);
	assert_string_equal(c.table, "gpt");
	assert_int_equal(c.n_parts, 2);
	assert_string_equal(c.parts[1].part_type, "0fc63daf-8483-4772-8e79-3d69d8477de4");
	assert_string_equal(c.parts[1].type, "crypto_LUKS");
	assert_phrase(&c, "gpt, 1 partition");
	doc = cw_contents_json(&c, true);
	assert_string_equal(cw_json_str(json_array_get(doc, 0), "table", ""), "gpt");
	assert_int_equal(cw_json_canonical(doc, &canonical, &err), 0);
}

static void test_blank_medium(void **state)
{
	struct cw_contents c = probe(*state);
	CW_AUTO_JSON json_t *doc = cw_contents_json(&c, true);

	assert_true(c.known);
	assert_int_equal(c.n_parts, 0);
	assert_phrase(&c, "empty or unknown");
	assert_int_equal(json_array_size(doc), 0);
}

/* ---- hostile bytes ---- */

static void test_two_file_systems_at_once(void **state)
{
	struct image *i = *state;
	struct cw_contents c;
	CW_AUTO_JSON json_t *doc = NULL;

	memcpy(i->bytes, "hsqs", 4); /* squashfs 4.0 */
	i->bytes[28] = 4;
	/* ext2 superblock: magic, revision 1, 1 KiB blocks */
	put32(i->bytes + 1024, 256);
	put32(i->bytes + 1028, SIZE / 1024);
	i->bytes[1024 + 56] = 0x53;
	i->bytes[1024 + 57] = 0xef;
	i->bytes[1024 + 76] = 1;
	c = probe(i);
	assert_false(c.known);
	assert_true(c.why[0]);
	doc = cw_contents_json(&c, true);
	assert_int_equal(json_array_size(doc), 1);
	assert_true(cw_json_str(json_array_get(doc, 0), "why", "")[0]);
}

static void test_label_that_wants_to_be_more(void **state)
{
	struct image *i = *state;
	struct cw_contents c;

	put_fat(i->bytes, SIZE / 512, "\x1b[2J\x9b\xff\\n\r\nX");
	c = probe(i);
	assert_true(cw_text_is_printable(c.parts[0].label));
	assert_null(strchr(c.parts[0].label, '\x1b'));
}

static void test_partitions_beyond_the_end(void **state)
{
	struct image *i = *state;
	struct cw_contents c;

	put_mbr_entry(i->bytes, 0, 0x83, 0xfffffff0u, 0xffffffffu);
	put_mbr_entry(i->bytes, 1, 0x83, 4096, 0xffffffffu);
	put_mbr_entry(i->bytes, 2, 0x05, 2048, 2048); /* an extended partition that holds itself */
	put_mbr_entry(i->bytes + MIB, 0, 0x83, 1, 0xffffffffu);
	put_mbr_entry(i->bytes + MIB, 1, 0x05, 0, 2048);
	c = probe(i);
	for (uint32_t p = 0; p < c.n_parts; p++) {
		assert_true(c.parts[p].offset_bytes <= SIZE);
		assert_true(c.parts[p].size_bytes <= SIZE - c.parts[p].offset_bytes);
	}
}

static void test_more_logical_partitions_than_fit(void **state)
{
	struct image *i = *state;
	struct cw_contents c;

	put_mbr_entry(i->bytes, 0, 0x05, 2048, 4096);
	for (uint32_t n = 0; n < 200; n++) {
		put_mbr_entry(i->bytes + MIB + 512 * 8 * n, 0, 0x83, 1, 4);
		put_mbr_entry(i->bytes + MIB + 512 * 8 * n, 1, 0x05, 8 * (n + 1), 8);
	}
	c = probe(i);
	assert_true(c.n_parts > 4 && c.n_parts <= CW_PARTS_MAX);
}

static void test_garbage(void **state)
{
	struct image *i = *state;
	uint64_t x = 88172645463325252ull;

	for (int round = 0; round < 12; round++) {
		struct cw_contents c;

		for (size_t n = 0; n < SIZE / 4; n += 8) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			memcpy(i->bytes + n, &x, 8);
		}
		if (round % 2)
			put_mbr_entry(i->bytes, 3, 0x83, 2048, 2048);
		if (round % 3 == 0)
			put_gpt(i->bytes);
		c = probe(i);
		assert_true(c.n_parts <= CW_PARTS_MAX);
		for (uint32_t p = 0; p < c.n_parts; p++)
			assert_true(cw_text_is_printable(c.parts[p].label) && cw_text_is_printable(c.parts[p].type));
	}
}

static void test_scratched_disc_is_not_empty(void **state)
{
	struct image *i = *state;
	struct cw_contents c;

	scratched = true;
	c = probe(i);
	assert_false(c.known);
	assert_string_equal(c.why, "The medium could not be read.");
	assert_phrase(&c, "could not be told");
	scratched = false;
	c = probe(i);
	assert_true(c.known);
}

static void test_nothing_to_look_at(void **state)
{
	struct image *i = *state;
	struct cw_contents c;

	cw_contents_probe(fileno(i->file), 0, &c);
	assert_false(c.known);
	cw_contents_probe(-1, SIZE, &c);
	assert_false(c.known);
	assert_true(c.why[0]);
	assert_phrase(&c, "could not be told");
}

#define IMAGE(test) cmocka_unit_test_setup_teardown(test, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IMAGE(test_stick_without_table),
		IMAGE(test_exfat_has_no_partition_table),
		IMAGE(test_empty_partition_table),
		IMAGE(test_mbr_with_an_encrypted_partition),
		IMAGE(test_gpt),
		IMAGE(test_blank_medium),
		IMAGE(test_two_file_systems_at_once),
		IMAGE(test_label_that_wants_to_be_more),
		IMAGE(test_partitions_beyond_the_end),
		IMAGE(test_more_logical_partitions_than_fit),
		IMAGE(test_garbage),
		IMAGE(test_scratched_disc_is_not_empty),
		IMAGE(test_nothing_to_look_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
