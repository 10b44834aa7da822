/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and signatures as a station makes them: stock OpenSSL must agree, no byte may change unseen, and nothing half may stay behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "certwipe/evidence.h"

#define PASSPHRASE "correct horse"
/* All bits pass, and take ten seconds (-DFLIP_STEP=1); an odd step visits all bit positions in turn. */
#ifndef FLIP_STEP
#ifdef CW_SANITIZED
#define FLIP_STEP 211
#else
#define FLIP_STEP 47
#endif
#endif
static const char CONTENT[] = "{\"type\":\"destruction-certificate\",\"version\":\"1.0\"}";
static const char *const FILES[] = { "root.key", "root.pem", "station.key", "station.pem" };
static const struct cw_key_names NAMES = { .organisation = "彰化縣政府", .unit = "政風處", .station = "銷毀站 一" };

static char folder[] = "/tmp/certwipe-test-XXXXXX";
static int keys = -1;
static char root_fingerprint[CW_SHA256_HEX];
static struct cw_buf root_pem;

static void good(int rc, const struct cw_error *err)
{
	if (rc)
		fail_msg("%d: %s", rc, err->message);
}

static int folder_setup(void **state)
{
	struct cw_error err = { 0 };

	(void)state;
	assert_non_null(mkdtemp(folder));
	keys = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	good(cw_keys_create(keys, &NAMES, PASSPHRASE, root_fingerprint, &err), &err);
	good(cw_file_read(keys, "root.pem", 65536, &root_pem, &err), &err);
	return 0;
}

static int folder_teardown(void **state)
{
	static const char *const more[] = { "evidence.json", "evidence.json.p7s" };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(FILES); i++)
		unlinkat(keys, FILES[i], 0);
	for (size_t i = 0; i < CW_ARRAY_LEN(more); i++)
		unlinkat(keys, more[i], 0);
	close(keys);
	rmdir(folder);
	cw_buf_clear(&root_pem);
	return 0;
}

static void sign(struct cw_buf *p7s)
{
	struct cw_signer *s = NULL;
	struct cw_error err = { 0 };

	good(cw_signer_pem_new(keys, &s, &err), &err);
	good(cw_cms_sign(s, CONTENT, strlen(CONTENT), p7s, &err), &err);
	cw_signer_free(s);
}

static int check(const struct cw_buf *p7s, const struct cw_buf *roots)
{
	char signer[CW_SHA256_HEX];
	struct cw_error err = { 0 };

	return cw_cms_check(CONTENT, strlen(CONTENT), (const uint8_t *)p7s->data, p7s->len, roots->data, roots->len, time(NULL), signer, &err);
}

/* ---- keys ---- */

static void private_files_are_private(void **state)
{
	struct stat st;

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(FILES); i++) {
		assert_int_equal(fstatat(keys, FILES[i], &st, 0), 0);
		if (strstr(FILES[i], ".key"))
			assert_int_equal(st.st_mode & 0777, 0600);
	}
}

static EVP_PKEY *read_root_key(const char *passphrase)
{
	CW_AUTO_BUF struct cw_buf pem = { 0 };
	struct cw_error err = { 0 };

	good(cw_file_read(keys, "root.key", 65536, &pem, &err), &err);
	assert_non_null(strstr(pem.data, "BEGIN ENCRYPTED PRIVATE KEY"));
	BIO *in = BIO_new_mem_buf(pem.data, (int)pem.len);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, NULL, (void *)(uintptr_t)passphrase);

	BIO_free(in);
	return key;
}

static void root_key_needs_its_passphrase(void **state)
{
	EVP_PKEY *key = read_root_key(PASSPHRASE);

	(void)state;
	assert_non_null(key);
	EVP_PKEY_free(key);
	assert_null(read_root_key("wrong horse"));
}

static void names_and_fingerprint(void **state)
{
	struct cw_payload_frame frame = { 0 };
	struct cw_signer *s = NULL;
	struct cw_error err = { 0 };
	char fingerprint[CW_SHA256_HEX];
	CW_AUTO_JSON json_t *j = cw_cert_json(root_pem.data, root_pem.len);

	(void)state;
	good(cw_signer_pem_new(keys, &s, &err), &err);
	good(cw_signer_names(s, &frame, &err), &err);
	assert_string_equal(frame.organisation, NAMES.organisation);
	assert_string_equal(frame.unit, NAMES.unit);
	assert_string_equal(frame.station, NAMES.station);
	good(cw_cert_fingerprint(s->cert_pem, s->cert_len, fingerprint, &err), &err);
	assert_string_equal(frame.signer_cert_sha256, fingerprint);
	cw_signer_free(s);
	good(cw_cert_fingerprint(root_pem.data, root_pem.len, fingerprint, &err), &err);
	assert_string_equal(root_fingerprint, fingerprint);
	assert_string_equal(cw_json_str(j, "sha256", ""), fingerprint);
	assert_non_null(strstr(cw_json_str(j, "subject", ""), NAMES.organisation));
	assert_string_equal(cw_json_str(j, "algorithm", ""), "ECDSA P-256 with SHA-256");
	assert_null(cw_cert_json("x", 1));
	assert_int_equal(cw_cert_fingerprint("x", 1, fingerprint, &err), CW_E_INVALID);
}

static void keys_are_never_replaced(void **state)
{
	struct cw_error err = { 0 };
	char fingerprint[CW_SHA256_HEX];
	CW_AUTO_BUF struct cw_buf before = { 0 };
	CW_AUTO_BUF struct cw_buf after = { 0 };

	(void)state;
	good(cw_file_read(keys, "station.key", 65536, &before, &err), &err);
	assert_int_equal(cw_keys_create(keys, &NAMES, PASSPHRASE, fingerprint, &err), CW_E_EXISTS);
	assert_non_null(strstr(err.message, "has a key already"));
	good(cw_file_read(keys, "station.key", 65536, &after, &err), &err);
	assert_string_equal(before.data, after.data);
}

static void an_interrupted_creation_is_explained(void **state)
{
	char other[] = "/tmp/certwipe-test-XXXXXX", fingerprint[CW_SHA256_HEX];
	struct cw_error err = { 0 };
	int dir;

	(void)state;
	assert_non_null(mkdtemp(other));
	dir = open(other, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	good(cw_file_write(dir, "root.key", "x", 1, 0600, false, &err), &err);
	good(cw_file_write(dir, "root.pem", "x", 1, 0600, false, &err), &err);
	assert_int_equal(cw_keys_create(dir, &NAMES, PASSPHRASE, fingerprint, &err), CW_E_EXISTS);
	assert_non_null(strstr(err.message, "interrupted"));
	assert_non_null(strstr(err.message, "root.key, root.pem"));
	unlinkat(dir, "root.key", 0);
	unlinkat(dir, "root.pem", 0);
	close(dir);
	assert_int_equal(rmdir(other), 0); /* nothing else was left */
}

static void bad_requests(void **state)
{
	struct cw_key_names names = NAMES;
	struct cw_error err = { 0 };
	char fingerprint[CW_SHA256_HEX];

	(void)state;
	assert_int_equal(cw_keys_create(keys, &NAMES, "short", fingerprint, &err), CW_E_USAGE);
	names.years = 21;
	assert_int_equal(cw_keys_create(keys, &names, PASSPHRASE, fingerprint, &err), CW_E_USAGE);
	names = NAMES;
	names.station[0] = '\0';
	assert_int_equal(cw_keys_create(keys, &names, PASSPHRASE, fingerprint, &err), CW_E_USAGE);
	memset(names.station, 'x', 65);
	assert_int_equal(cw_keys_create(keys, &names, PASSPHRASE, fingerprint, &err), CW_E_USAGE);
	names = NAMES;
	cw_strlcpy(names.unit, "a\nb", sizeof(names.unit));
	assert_int_equal(cw_keys_create(keys, &names, PASSPHRASE, fingerprint, &err), CW_E_USAGE);
}

static void a_key_that_others_can_read_does_not_sign(void **state)
{
	struct cw_signer *s = NULL;
	struct cw_error err = { 0 };

	(void)state;
	assert_int_equal(fchmodat(keys, "station.key", 0640, 0), 0);
	assert_int_equal(cw_signer_pem_new(keys, &s, &err), CW_E_NO_KEY);
	assert_null(s);
	assert_int_equal(fchmodat(keys, "station.key", 0600, 0), 0);
}

static void without_keys_there_is_no_signer(void **state)
{
	struct cw_signer *s = NULL;
	struct cw_error err = { 0 };
	int nowhere = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_int_equal(cw_signer_pem_new(nowhere, &s, &err), CW_E_NO_KEY);
	assert_true(err.hint[0] != '\0');
	close(nowhere);
}

/* ---- signatures ---- */

static void flip_through(const struct cw_buf *roots, int unflipped, size_t step)
{
	CW_AUTO_BUF struct cw_buf p7s = { 0 };

	sign(&p7s);
	assert_int_equal(check(&p7s, roots), unflipped);
	for (size_t bit = 0; bit < 8 * p7s.len; bit += step) {
		p7s.data[bit / 8] = (char)(p7s.data[bit / 8] ^ (1 << bit % 8));
		if (check(&p7s, roots) != CW_E_INVALID)
			fail_msg("bit %zu of byte %zu may be flipped", bit % 8, bit / 8);
		p7s.data[bit / 8] = (char)(p7s.data[bit / 8] ^ (1 << bit % 8));
	}
}

static void every_flip_is_refused(void **state)
{
	(void)state;
	flip_through(&root_pem, 0, FLIP_STEP);
}

/* An auditor who pinned nothing yet must still not be told "cannot tell" about a file that is broken in itself. */
static void flips_show_without_a_root_too(void **state)
{
	struct cw_buf none = { 0 };

	(void)state;
	flip_through(&none, CW_E_CANNOT_TELL, FLIP_STEP);
}

static int sign_badly(void *user, const uint8_t *tbs, size_t len, uint8_t *sig, size_t *sig_len, struct cw_error *err)
{
	struct cw_signer *real = user;
	int rc = real->sign(real->user, tbs, len, sig, sig_len, err);

	sig[*sig_len - 1] ^= 1;
	return rc;
}

static int sign_never(void *user, const uint8_t *tbs, size_t len, uint8_t *sig, size_t *sig_len, struct cw_error *err)
{
	(void)user, (void)tbs, (void)len, (void)sig, (void)sig_len;
	return cw_fail(err, CW_E_NO_KEY, 0, NULL, NULL, "the card was pulled out");
}

static void a_bad_signature_never_leaves(void **state)
{
	struct cw_signer *real = NULL, bad;
	struct cw_error err = { 0 };
	CW_AUTO_BUF struct cw_buf p7s = { 0 };

	(void)state;
	good(cw_signer_pem_new(keys, &real, &err), &err);
	bad = *real;
	bad.user = real;
	bad.sign = sign_badly;
	assert_int_equal(cw_cms_sign(&bad, CONTENT, strlen(CONTENT), &p7s, &err), CW_E_NO_EVIDENCE);
	assert_int_equal(p7s.len, 0);
	bad.sign = sign_never;
	assert_int_equal(cw_cms_sign(&bad, CONTENT, strlen(CONTENT), &p7s, &err), CW_E_NO_KEY);
	assert_int_equal(p7s.len, 0);
	cw_signer_free(real);
}

static int run(char *const argv[])
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 1);
		dup2(null, 2);
		execv(argv[0], argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The line that is printed for auditors, word for word. */
static void stock_openssl_agrees(void **state)
{
	CW_AUTO_BUF struct cw_buf p7s = { 0 };
	struct cw_error err = { 0 };
	char json[128], signature[128], root[128];
	char *const argv[] = { "/usr/bin/openssl", "cms", "-verify", "-binary", "-cades", "-no-CApath", "-no-CAstore", "-auth_level", "2", "-inform", "DER", "-in", signature, "-content",
			       json, "-CAfile", root, "-out", "/dev/null", NULL };

	(void)state;
	if (access(argv[0], X_OK) < 0)
		skip();
	sign(&p7s);
	good(cw_file_write(keys, "evidence.json", CONTENT, strlen(CONTENT), 0600, true, &err), &err);
	good(cw_file_write(keys, "evidence.json.p7s", p7s.data, p7s.len, 0600, true, &err), &err);
	snprintf(json, sizeof(json), "%s/evidence.json", folder);
	snprintf(signature, sizeof(signature), "%s/evidence.json.p7s", folder);
	snprintf(root, sizeof(root), "%s/root.pem", folder);
	assert_int_equal(run(argv), 0);
	good(cw_file_write(keys, "evidence.json", "{}", 2, 0600, true, &err), &err);
	assert_int_not_equal(run(argv), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(private_files_are_private), cmocka_unit_test(root_key_needs_its_passphrase), cmocka_unit_test(names_and_fingerprint),
		cmocka_unit_test(keys_are_never_replaced), cmocka_unit_test(an_interrupted_creation_is_explained), cmocka_unit_test(bad_requests),
		cmocka_unit_test(a_key_that_others_can_read_does_not_sign), cmocka_unit_test(without_keys_there_is_no_signer), cmocka_unit_test(every_flip_is_refused),
		cmocka_unit_test(flips_show_without_a_root_too), cmocka_unit_test(a_bad_signature_never_leaves), cmocka_unit_test(stock_openssl_agrees),
	};

	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
