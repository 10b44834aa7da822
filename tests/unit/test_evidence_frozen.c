/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents that were issued once must verify for ever: the verifier makes each anew from its journal and compares every byte, so a changed word, matrix row or
 * field of a released form would turn genuine certificates into invalid ones.  tests/vectors holds documents as they were issued; when this test fails, the
 * form needs a new version beside the old one.  CW_UPDATE=1 makes those that are not there yet; to make one anew is right only before a release.
 */
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

#include "sim/fixture_destruction.h"
#include "sim/fixture_journal.h"
#include "sim/fixture_register.h"

#define PASSPHRASE "frozen for the tests"

static const struct vector {
	const char *folder;
	struct fixture_wish wish;
	enum { WHOLE, PROVED /* names the key of its register, and has a proof */, STOPPED, WRAPPED, BLANK, ACCUSED, HOT, DESTROYED /* with a photograph */, PUNCHED, SHREDDED } story;
	int exit_code; /* of `certwipe verify --trust root.pem` */
} vectors[] = {
	{ "tests/vectors/stick", { .class_ = CW_CLASS_USB_STICK }, WHOLE, CW_EXIT_DONE },
	{ "tests/vectors/stick-r1", { .class_ = CW_CLASS_USB_STICK, .scheme = "nist-r1-flash", .r1 = true }, WHOLE, CW_EXIT_DONE },
	{ "tests/vectors/stick-hidden", { .class_ = CW_CLASS_USB_STICK, .hidden = CW_HIDDEN_PRESENT, .case_stays_open = true }, WHOLE, CW_EXIT_DONE },
	{ "tests/vectors/stick-sampled", { .class_ = CW_CLASS_FLOPPY, .sample = true }, WHOLE, CW_EXIT_DONE },
	{ "tests/vectors/report-stopped", { .class_ = CW_CLASS_USB_STICK }, STOPPED, CW_EXIT_INCONCLUSIVE },
	{ "tests/vectors/report-wrapped", { .class_ = CW_CLASS_USB_STICK }, WRAPPED, CW_EXIT_INCONCLUSIVE },
	{ "tests/vectors/report-blank", { .class_ = CW_CLASS_USB_STICK }, BLANK, CW_EXIT_INCONCLUSIVE },
	{ "tests/vectors/report-accused", { .class_ = CW_CLASS_USB_STICK }, ACCUSED, CW_EXIT_INCONCLUSIVE },
	{ "tests/vectors/stick-proved", { .class_ = CW_CLASS_USB_STICK }, PROVED, CW_EXIT_DONE },
	{ "tests/vectors/report-rule", { .class_ = CW_CLASS_USB_STICK }, HOT, CW_EXIT_INCONCLUSIVE },
	{ "tests/vectors/disc-destroyed", { .class_ = CW_CLASS_CD_R }, DESTROYED, CW_EXIT_DONE },
	{ "tests/vectors/report-punched", { .class_ = CW_CLASS_HDD_ATA }, PUNCHED, CW_EXIT_INCONCLUSIVE },
	{ "tests/vectors/stick-shredded", { .class_ = CW_CLASS_USB_STICK }, SHREDDED, CW_EXIT_DONE },
};

static bool is_destruction(const struct vector *v)
{
	return v->story == DESTROYED || v->story == PUNCHED || v->story == SHREDDED;
}

/* ---- making ---- */

static json_t *shredded(json_t *lines)
{
	fixture_line(lines, "attested", "{s:s, s:s, s:s, s:s, s:s}", "documentId", "2026-000001", "type", "destruction-certificate", "jsonSha256", FIXTURE_SHA, "p7sSha256", FIXTURE_SHA, "outcome",
		     "sanitised");
	fixture_recorded(lines, "shred");
	fixture_confirmed(lines, "李四", "shred", 1);
	return lines;
}

static json_t *journal_of(const struct vector *v)
{
	json_t *lines;

	switch (v->story) {
	case WHOLE:
	case PROVED:
		return fixture_perfect(&v->wish);
	case WRAPPED:
		return fixture_wrapped(&v->wish, FIXTURE_SIZE / 2);
	case BLANK:
		return fixture_blank(&v->wish);
	case ACCUSED:
		return fixture_accused(&v->wish);
	case HOT:
		return fixture_hot(&v->wish);
	case DESTROYED:
		return fixture_destroyed(v->wish.class_, "disintegrate");
	case PUNCHED:
		return fixture_destroyed(v->wish.class_, "punch");
	case SHREDDED:
		return shredded(fixture_perfect(&v->wish));
	default:
		lines = fixture_begin(&v->wish);
		fixture_step_broken(lines, 1, 0, FIXTURE_SIZE / 2, "stopped");
		fixture_stop(lines, 1, FIXTURE_SIZE / 2);
		return lines;
	}
}

/* A register of its own, in which the document is entered. */
static void follow_register(struct state *s, json_t *lines, struct cw_payload_frame *frame)
{
	json_t *registered = fixture_find(lines, "registered", 0);
	struct cw_checkpoint c;
	struct cw_error err = { 0 };

	append(s, started(FIXTURE_JOB));
	append(s, started("another"));
	append(s, started("a third"));
	good(cw_register_checkpoint(s->r, &c, &err), &err);
	json_object_set_new(registered, "origin", json_string(ORIGIN));
	json_object_set_new(registered, "size", json_integer(1));
	frame->previous_size = c.size;
	cw_strlcpy(frame->previous_root, c.root, sizeof(frame->previous_root));
	cw_strlcpy(frame->register_origin, ORIGIN, sizeof(frame->register_origin));
	cw_strlcpy(frame->note_key, cw_note_key_hex(s->key), sizeof(frame->note_key));
}

static void enter(struct state *s, const struct cw_payload_frame *frame, const struct cw_buf *json, const struct cw_buf *p7s, struct cw_buf *proof)
{
	struct cw_entry e = ended(FIXTURE_JOB, "certificate", frame->document_id, true);
	struct cw_error err = { 0 };

	cw_strlcpy(e.at, frame->issued_at, sizeof(e.at));
	cw_sha256_hex(json->data, json->len, e.json_sha256);
	cw_sha256_hex(p7s->data, p7s->len, e.p7s_sha256);
	append(s, e);
	append(s, started("a later one"));
	good(cw_register_proof(s->r, s->key, frame->previous_size, frame->previous_size, proof, &err), &err);
}

static void put(int dir, const char *name, const struct cw_buf *text)
{
	struct cw_error err = { 0 };

	good(cw_file_write(dir, name, text->data, text->len, 0644, true, &err), &err);
}

static void put_photo(int dir)
{
	const struct cw_buf photo = { .data = (char[]){ FIXTURE_PHOTO }, .len = strlen(FIXTURE_PHOTO) };
	int attached;

	mkdirat(dir, CW_ATTACHMENTS, 0755);
	attached = openat(dir, CW_ATTACHMENTS, O_RDONLY | O_DIRECTORY);
	put(attached, "photo-1.jpg", &photo);
	close(attached);
}

static void make_vector(const struct vector *v, int keys)
{
	struct cw_payload_frame frame = { .document_id = "2026-000017", .uuid = "019368f1-7c3a-7bcd-8e01-23456789abcd", .register_origin = "county/station",
					  .previous_root = FIXTURE_SHA, .previous_size = 41 };
	CW_AUTO_BUF struct cw_buf json = { 0 }, p7s = { 0 }, pem = { 0 }, proof = { 0 };
	CW_AUTO_JSON json_t *lines = journal_of(v), *payload = NULL;
	void *own = NULL;
	struct cw_journal_text text = { 0 };
	struct cw_signer *signer = NULL;
	struct cw_error err = { 0 };
	int dir;

	cw_time_now(frame.issued_at);
	register_setup(&own);
	register_key(own);
	if (v->story == PROVED || is_destruction(v))
		follow_register(own, lines, &frame);
	good(fixture_chain(lines, &text, &err), &err);
	good(cw_signer_pem_new(keys, &signer, &err), &err);
	good(cw_signer_names(signer, &frame, &err), &err);
	good(cw_payload_make(&text, &frame, &payload, &err), &err);
	good(cw_json_canonical(payload, &json, &err), &err);
	good(cw_cms_sign(signer, json.data, json.len, &p7s, &err), &err);
	if (v->story == PROVED)
		enter(own, &frame, &json, &p7s, &proof);
	register_teardown(&own);
	mkdir("tests/vectors", 0755);
	mkdir(v->folder, 0755);
	dir = open(v->folder, O_RDONLY | O_DIRECTORY);
	assert_true(dir >= 0);
	good(cw_file_read(keys, "root.pem", 65536, &pem, &err), &err);
	put(dir, "evidence.json", &json);
	put(dir, "evidence.json.p7s", &p7s);
	put(dir, "journal.jsonl", &text.bytes);
	put(dir, "root.pem", &pem);
	if (v->story == PROVED)
		put(dir, CW_PROOF_NAME, &proof);
	if (is_destruction(v))
		put_photo(dir);
	close(dir);
	cw_signer_free(signer);
	cw_journal_text_clear(&text);
}

static bool is_there(const struct vector *v)
{
	struct stat st;

	return stat(v->folder, &st) == 0;
}

/* The keys are thrown away: nobody shall sign in their name again. */
static void make_missing(void)
{
	char folder[] = "/tmp/certwipe-frozen-XXXXXX", fingerprint[CW_SHA256_HEX];
	static const char *const files[] = { "root.key", "root.pem", "station.key", "station.pem" };
	const struct cw_key_names names = { .organisation = "苗栗縣政府", .unit = "政風處", .station = "station-07", .years = 10 };
	struct cw_error err = { 0 };
	int keys;

	assert_non_null(mkdtemp(folder));
	keys = open(folder, O_RDONLY | O_DIRECTORY);
	good(cw_keys_create(keys, &names, PASSPHRASE, fingerprint, &err), &err);
	for (size_t i = 0; i < CW_ARRAY_LEN(vectors); i++)
		if (!is_there(&vectors[i]))
			make_vector(&vectors[i], keys);
	for (size_t i = 0; i < CW_ARRAY_LEN(files); i++)
		unlinkat(keys, files[i], 0);
	close(keys);
	rmdir(folder);
}

/* ---- checking ---- */

static void take(const char *folder, const char *name, struct cw_buf *out)
{
	CW_AUTO_BUF struct cw_buf path = { 0 };
	struct cw_error err = { 0 };

	cw_buf_printf(&path, "%s/%s", folder, name);
	good(cw_file_read(AT_FDCWD, path.data, 1 << 20, out, &err), &err);
}

static void what_was_issued_verifies(void **state)
{
	static struct cw_verify_result found;
	(void)state;

	if (getenv("CW_UPDATE"))
		make_missing();
	for (size_t i = 0; i < CW_ARRAY_LEN(vectors); i++) {
		CW_AUTO_BUF struct cw_buf json = { 0 }, p7s = { 0 }, journal = { 0 }, root = { 0 }, proof = { 0 };

		take(vectors[i].folder, "evidence.json", &json);
		take(vectors[i].folder, "evidence.json.p7s", &p7s);
		take(vectors[i].folder, "journal.jsonl", &journal);
		take(vectors[i].folder, "root.pem", &root);
		if (vectors[i].story == PROVED)
			take(vectors[i].folder, CW_PROOF_NAME, &proof);
		const struct cw_evidence_files files = { json.data, json.len, (const uint8_t *)p7s.data, p7s.len, journal.data, journal.len, proof.data, proof.len, { 0 }, { 0 } };

		cw_verify(&files, root.data, root.len, false, &found);
		if (found.exit_code != vectors[i].exit_code)
			fail_msg("%s: exit %d, expected %d: %s", vectors[i].folder, found.exit_code, vectors[i].exit_code, found.reason);
		assert_int_equal(found.order.proven, (vectors[i].story == PROVED));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(what_was_issued_verifies) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
