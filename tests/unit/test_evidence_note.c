/* SPDX-License-Identifier: Apache-2.0 */
/* Signed notes: read as c2sp.org/signed-note says and no other way, and written so that others read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certwipe/evidence.h"

#define ORIGIN "Example County/Room 204"
#define NAME "Example%20County/Room%20204"
#define ROOT "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"

/* The example of Go's golang.org/x/mod/sumdb/note. */
#define GO_NAME "PeterNeumann"
#define GO_VKEY GO_NAME "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define GO_NOTE \
	"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n" \
	"\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

static void good(int rc, const struct cw_error *err)
{
	if (rc)
		fail_msg("%d: %s", rc, err->message);
}

static int parse(const char *text, struct cw_signed_note *out)
{
	struct cw_error err = { 0 };

	return cw_note_parse(text, strlen(text), out, &err);
}

static void a_note_of_others_is_read(void **state)
{
	struct cw_signed_note note;
	struct cw_error err = { 0 };
	char name[CW_SERIAL_MAX], key[CW_SHA256_HEX], again[CW_SHA256_HEX];
	CW_AUTO_BUF struct cw_buf vkey = { 0 };

	(void)state;
	assert_true(cw_note_vkey_parse(GO_VKEY, name, key));
	assert_string_equal(name, GO_NAME);
	good(cw_note_vkey(name, key, &vkey, &err), &err);
	assert_string_equal(vkey.data, GO_VKEY);
	assert_int_equal(parse(GO_NOTE, &note), 0);
	good(cw_note_verify(&note, GO_NAME, key, &err), &err);
	assert_int_equal(cw_note_verify(&note, "SomebodyElse", key, &err), CW_E_NO_KEY);
	memcpy(again, key, sizeof(key));
	again[0] = again[0] == '0' ? '1' : '0';
	assert_int_equal(cw_note_verify(&note, GO_NAME, again, &err), CW_E_NO_KEY); /* 68 */
}

static void only_one_way_of_writing_a_key(void **state)
{
	static const char *const wrong[] = { "", "a", "a+b", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
					     "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "PeterNeumann+c74f20a3+AVpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
					     "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n", "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10" };
	char name[CW_SERIAL_MAX], key[CW_SHA256_HEX];

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(wrong); i++)
		if (cw_note_vkey_parse(wrong[i], name, key))
			fail_msg("taken: %s", wrong[i]);
}

static void names_have_neither_blanks_nor_plus(void **state)
{
	static const struct { const char *origin, *name; } rows[] = {
		{ "agency.example/station-07", "agency.example/station-07" }, { ORIGIN, NAME }, { "100%/a+b", "100%25/a%2Bb" }, { "苗栗縣政府/政風處", "苗栗縣政府/政風處" },
		{ "苗栗縣　政府/x", "苗栗縣%E3%80%80政府/x" }, { "a\u00a0b/c", "a%C2%A0b/c" }, { "a\u2009b/c", "a%E2%80%89b/c" },
	};
	char name[CW_SERIAL_MAX], longest[CW_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(rows); i++) {
		cw_log_name(rows[i].origin, name);
		assert_string_equal(name, rows[i].name);
	}
	memset(longest, ' ', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	cw_log_name(longest, name);
	assert_int_equal(strlen(name), 3 * (CW_TEXT_MAX - 1));
}

static void what_is_no_note_is_refused(void **state)
{
#define SIGNATURE "PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
	static const char *const wrong[] = {
		"", "\n", "\n\n", "text\n", "text\n\n", "text\n\n\u2014 " SIGNATURE, "text\n\u2014 " SIGNATURE "\n", "\n\n\u2014 " SIGNATURE "\n", "text\n\n- " SIGNATURE "\n",
		"text\n\n\u2014" SIGNATURE "\n", "text\n\n\u2014 " SIGNATURE "\nmore\n", "text\r\n\r\n\u2014 " SIGNATURE "\r\n", "te\txt\n\n\u2014 " SIGNATURE "\n",
		"te\x80xt\n\n\u2014 " SIGNATURE "\n", "text\n\n\u2014  " SIGNATURE "\n", "text\n\n\u2014 Peter Neumann AAAA\n", "text\n\n\u2014 a+b AAAAAAAA\n", "text\n\n\u2014 a AAAA\n",
		"text\n\n\u2014 a AAAAAB==\n", "text\n\n\u2014 a AAAA AAAA\n", "text\n\n\u2014 a AAAAAA=\n", "text\n\n\u2014 a AAAAAA==AAAA\n",
	};
	struct cw_signed_note note;

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(wrong); i++)
		if (parse(wrong[i], &note) == 0)
			fail_msg("taken: %s", wrong[i]);
}

/* Every bit of the signed text and of the signature counts; so does the name and the hash of the key, or nobody signed it. */
static void any_flipped_bit_is_seen(void **state)
{
	char name[CW_SERIAL_MAX], key[CW_SHA256_HEX], bent[sizeof(GO_NOTE)];
	struct cw_signed_note note;
	struct cw_error err = { 0 };

	(void)state;
	assert_true(cw_note_vkey_parse(GO_VKEY, name, key));
	for (size_t bit = 0; bit < 8 * (sizeof(GO_NOTE) - 1); bit++) {
		memcpy(bent, GO_NOTE, sizeof(bent));
		bent[bit / 8] = (char)(bent[bit / 8] ^ (1 << bit % 8));
		if (cw_note_parse(bent, sizeof(bent) - 1, &note, &err) == 0 && cw_note_verify(&note, GO_NAME, key, &err) == 0)
			fail_msg("bit %zu", bit);
	}
}

/* Witnesses and later keys add lines; a wrong line in the known key's name condemns the note. */
static void other_signatures_do_not_matter(void **state)
{
	CW_AUTO_BUF struct cw_buf more = { 0 };
	char name[CW_SERIAL_MAX], key[CW_SHA256_HEX];
	struct cw_signed_note note;
	struct cw_error err = { 0 };

	(void)state;
	assert_true(cw_note_vkey_parse(GO_VKEY, name, key));
	cw_buf_str(&more, GO_NOTE);
	for (int i = 0; i < 16; i++)
		cw_buf_printf(&more, "\u2014 witness%d.example AAAAAAAAAAAA\n\u2014 PeterNeumann AAAAAAAA\n", i);
	assert_int_equal(parse(more.data, &note), 0);
	good(cw_note_verify(&note, GO_NAME, key, &err), &err);
	cw_buf_str(&more, "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAA=\n");
	assert_int_equal(parse(more.data, &note), 0);
	assert_int_equal(cw_note_verify(&note, GO_NAME, key, &err), CW_E_INVALID);
}

/* ---- checkpoints ---- */

static void tree_heads_are_read_strictly(void **state)
{
#define HASH "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
	static const struct { const char *text; bool good; } rows[] = {
		{ "example.com/behind-the-sofa\n20852163\n" HASH "\n", true }, { "a\n0\n" HASH "\n", true }, { "a\n1\n" HASH "\nextension\n", true },
		{ "a\n020852163\n" HASH "\n", false }, /* 79 */ { "a\n00\n" HASH "\n", false }, { "a\n+1\n" HASH "\n", false }, { "a\n-1\n" HASH "\n", false },
		{ "a\n1 \n" HASH "\n", false }, { "a\n\n" HASH "\n", false }, { "\n1\n" HASH "\n", false }, { "a\n1\n" HASH, false }, { "a\n1\n\n" HASH "\n", false },
		{ "a\n1\n" HASH "\n\n", false }, { "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n", false }, { "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jx\n", false },
		{ "a\n99999999999999999999\n" HASH "\n", false }, { "a\n1\n", false }, { "a\n", false }, { "", false },
	};
	struct cw_tree_head head;

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(rows); i++) {
		struct cw_error err = { 0 };

		if ((cw_tree_head_parse(rows[i].text, strlen(rows[i].text), &head, &err) == 0) != rows[i].good)
			fail_msg("row %zu: %s", i, rows[i].text);
	}
}

static int remove_folder(const char *folder)
{
	char path[128];
	static const char *const names[] = { "note.key", "note.vkey" };

	for (size_t i = 0; i < CW_ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	return rmdir(folder);
}

static void a_checkpoint_of_ours_is_read_again(void **state)
{
	char folder[] = "/tmp/certwipe-note-XXXXXX", name[CW_SERIAL_MAX], key_hex[CW_SHA256_HEX];
	const struct cw_checkpoint c = { .origin = ORIGIN, .size = 8, .root = ROOT }, foreign = { .origin = "Other/station", .size = 8, .root = ROOT };
	CW_AUTO_BUF struct cw_buf text = { 0 }, vkey = { 0 }, again = { 0 };
	struct cw_note_key *key = NULL, *same = NULL;
	struct cw_signed_note note;
	struct cw_tree_head head;
	struct cw_error err = { 0 };
	struct stat st;
	int dir;

	(void)state;
	assert_non_null(mkdtemp(folder));
	dir = open(folder, O_RDONLY | O_DIRECTORY);
	good(cw_note_key_open(dir, ORIGIN, &key, &err), &err);
	assert_int_equal(fstatat(dir, "note.key", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	good(cw_checkpoint_sign(key, &c, &text, &err), &err);
	assert_int_equal(strncmp(text.data, NAME "\n8\nXcnaeacGWamtVZy3Ad7Zoqudgjqt", strlen(NAME "\n8\nXcnaeacGWamtVZy3Ad7Zoqudgjqt")), 0);
	assert_int_equal(cw_checkpoint_sign(key, &foreign, &again, &err), CW_E_STATE); /* 69 */
	assert_int_equal(parse(text.data, &note), 0);
	good(cw_tree_head_parse(note.text, note.text_len, &head, &err), &err);
	assert_string_equal(head.name, NAME);
	assert_string_equal(head.root, ROOT);
	assert_int_equal(head.size, 8);
	/* whoever checks it takes the key from its public file */
	good(cw_file_read(dir, "note.vkey", 4096, &vkey, &err), &err);
	vkey.data[vkey.len - 1] = '\0';
	assert_true(cw_note_vkey_parse(vkey.data, name, key_hex));
	good(cw_note_verify(&note, name, key_hex, &err), &err);
	/* opened again it is the same key, and signs the same */
	assert_int_equal(unlinkat(dir, "note.vkey", 0), 0);
	good(cw_note_key_open(dir, ORIGIN, &same, &err), &err);
	good(cw_checkpoint_sign(same, &c, &again, &err), &err);
	assert_string_equal(again.data, text.data);
	assert_int_equal(faccessat(dir, "note.vkey", F_OK, 0), 0);
	cw_note_key_free(key);
	cw_note_key_free(same);
	close(dir);
	assert_int_equal(remove_folder(folder), 0);
}

static void a_key_that_others_can_read_is_not_used(void **state)
{
	char folder[] = "/tmp/certwipe-note-XXXXXX";
	struct cw_note_key *key = NULL;
	struct cw_error err = { 0 };
	int dir;

	(void)state;
	assert_non_null(mkdtemp(folder));
	dir = open(folder, O_RDONLY | O_DIRECTORY);
	good(cw_note_key_open(dir, ORIGIN, &key, &err), &err);
	cw_note_key_free(key);
	assert_int_equal(fchmodat(dir, "note.key", 0644, 0), 0);
	assert_int_equal(cw_note_key_open(dir, ORIGIN, &key, &err), CW_E_NO_KEY);
	assert_null(key);
	good(cw_file_write(dir, "note.key", "no key\n", 7, 0600, true, &err), &err);
	assert_int_equal(cw_note_key_open(dir, ORIGIN, &key, &err), CW_E_NO_KEY);
	close(dir);
	assert_int_equal(remove_folder(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_note_of_others_is_read), cmocka_unit_test(only_one_way_of_writing_a_key), cmocka_unit_test(names_have_neither_blanks_nor_plus),
		cmocka_unit_test(what_is_no_note_is_refused), cmocka_unit_test(any_flipped_bit_is_seen), cmocka_unit_test(other_signatures_do_not_matter),
		cmocka_unit_test(tree_heads_are_read_strictly), cmocka_unit_test(a_checkpoint_of_ours_is_read_again), cmocka_unit_test(a_key_that_others_can_read_is_not_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
