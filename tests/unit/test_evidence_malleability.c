/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every bit of a certificate that three persons' signatures, a proof, an approval and a sealed page belong to, turned over one at a time: the verifier must reject each.  What it let pass would
 * be a second form of the same evidence.  build/malleability.md says how many bits there are and which step found them.  tests/fixtures/signed was issued by certwipe; whatever it holds
 * was genuine then, and is for ever.
 *
 * Where one step alone reads a file, that step is asked for every bit, and the whole verifier for a share that differs from run to run; of the page, and of what lies beside a
 * certificate, there is a share only.  CERTWIPE_FLIPS=all (make check-malleability) turns over every bit of everything; a quarter of an hour.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/evidence/cms.h"
#include "../../src/render/pdf.h"
#include "certwipe/render.h"

#define FOLDER "tests/fixtures/signed/"
#define TABLE "build/malleability.md"
#define PASSED_SHOWN 20
#define WHOLE_SHARE 499u /* of what a step was asked for besides */
#define BESIDE_SHARE 97u
#define PAGE_SHARE 2003u  /* for the whole verifier, which makes the page again */
#define SEALED_SHARE 211u  /* for what its seal covers */
#ifdef CW_SANITIZED
#define SLOWER 20u /* here it is about memory, not about every bit */
#else
#define SLOWER 1u
#endif

enum { JSON, P7S, PROOF, JOURNAL, APPROVAL, APPROVAL_P7S, APPROVAL_PROOF, PAGE, FILES };
static const char *const names[FILES] = { "evidence.json", "evidence.json.p7s", "evidence.tlog-proof", "journal.jsonl", "approval.json", "approval.json.p7s", "approval.tlog-proof", "page.pdf" };

static struct cw_buf files[FILES], root;
static struct cw_verify_result found;

/* What became of the bits of one file. */
struct tally {
	size_t bits, tried, rejected;
	struct { char name[CW_NODE_MAX]; size_t n; } by[48]; /* the step that found it */
	size_t n_by;
	struct { size_t offset; unsigned bit; } passed[PASSED_SHOWN];
	size_t n_passed;
};
static struct tally tallies[FILES];

static void take(const char *name, struct cw_buf *out)
{
	char path[256];
	struct cw_error err = { 0 };

	snprintf(path, sizeof(path), FOLDER "%s", name);
	if (cw_file_read(AT_FDCWD, path, CW_PDF_MAX_BYTES, out, &err))
		fail_msg("%s", err.message);
}

static int load(void **state)
{
	(void)state;
	for (int i = 0; i < FILES; i++)
		take(names[i], &files[i]);
	take("root.pem", &root);
	return 0;
}

static void verify_files(void)
{
	const struct cw_evidence_files f = {
		.json = files[JSON].data, .json_len = files[JSON].len, .p7s = (const uint8_t *)files[P7S].data, .p7s_len = files[P7S].len,
		.journal = files[JOURNAL].data, .journal_len = files[JOURNAL].len, .proof = files[PROOF].data, .proof_len = files[PROOF].len,
		.approval = { .json = files[APPROVAL].data, .json_len = files[APPROVAL].len, .p7s = (const uint8_t *)files[APPROVAL_P7S].data, .p7s_len = files[APPROVAL_P7S].len,
			      .proof = files[APPROVAL_PROOF].data, .proof_len = files[APPROVAL_PROOF].len },
	};

	cw_verify(&f, root.data, root.len, true, &found);
}

/* Without the font: with it there would be one step more that could reject, and none less. */
static void verify_page(void)
{
	cw_pdf_verify(files[PAGE].data, files[PAGE].len, root.data, root.len, true, NULL, &found);
}

static void count_step(struct tally *t, const char *name)
{
	size_t i = 0;

	while (i < t->n_by && strcmp(t->by[i].name, name) != 0)
		i++;
	if (i == t->n_by) {
		assert_true(t->n_by < CW_ARRAY_LEN(t->by));
		cw_strlcpy(t->by[t->n_by++].name, name, sizeof(t->by[0].name));
	}
	t->by[i].n++;
}

static const char *decisive(void)
{
	for (uint32_t i = 0; i < found.n_checks; i++)
		if (!found.checks[i].passed && strcmp(found.checks[i].why, found.reason) == 0)
			return found.checks[i].name;
	return found.n_checks ? found.checks[found.n_checks - 1].name : "?";
}

/* found_by: the step; NULL: nothing found it. */
static void tell(struct tally *t, size_t offset, unsigned bit, const char *found_by)
{
	t->tried++;
	if (found_by) {
		t->rejected++;
		count_step(t, found_by);
		return;
	}
	if (t->n_passed < PASSED_SHOWN) {
		t->passed[t->n_passed].offset = offset;
		t->passed[t->n_passed].bit = bit;
	}
	t->n_passed++;
}

/* ---- who is asked: the step that found it, or NULL ---- */

static const char *judged(void)
{
	return found.finding == CW_FINDING_INVALID && found.exit_code == CW_EXIT_INVALID ? decisive() : NULL;
}

static const char *whole_files(void)
{
	verify_files();
	return judged();
}

static const char *whole_page(void)
{
	verify_page();
	return judged();
}

/* The first step that reads the document; those before it read the signatures only, which are as they were. */
static const char *digest_alone(void)
{
	static struct cms_case c;
	struct cw_error err = { 0 };

	if (!c.p7s) {
		c = (struct cms_case){ .p7s = (const uint8_t *)files[P7S].data, .p7s_len = files[P7S].len, .content = (const uint8_t *)files[JSON].data, .content_len = files[JSON].len, .several = true };
		assert_false(cms_open(&c, &err) || cms_signer(&c, &err) || cms_algorithms(&c, &err));
	}
	return cms_digest(&c, &err) ? "digest" : NULL;
}

/* The only step that reads the proof. */
static const char *order_alone(void)
{
	static json_t *payload;
	static struct cw_payload_frame frame;
	const struct cw_evidence_files f = { .json = files[JSON].data, .json_len = files[JSON].len, .p7s = (const uint8_t *)files[P7S].data, .p7s_len = files[P7S].len,
					     .proof = files[PROOF].data, .proof_len = files[PROOF].len };
	struct cw_order order;
	struct cw_error err = { 0 };

	if (!payload)
		assert_false(cw_json_parse_canonical(f.json, f.json_len, &payload, &err) || cw_payload_frame_of(payload, &frame, &err));
	int rc = cw_order_check(payload, &frame, &f, &order, &err);

	return rc && rc != CW_E_CANNOT_TELL && rc != CW_E_PARTIAL ? "order" : NULL;
}

/* What the seal covers; case and gap are those of the page as it was issued. */
static struct { struct cms_case c; struct cw_buf p7s, covered; struct pdf_item item; size_t from, upto; } seal;

static void cover(void)
{
	seal.covered.len = 0;
	cw_buf_add(&seal.covered, files[PAGE].data, seal.from);
	cw_buf_add(&seal.covered, files[PAGE].data + seal.upto, files[PAGE].len - seal.upto);
	seal.c.content = (const uint8_t *)seal.covered.data;
	seal.c.content_len = seal.covered.len;
}

static void open_seal(const struct pdf_item *item)
{
	const char *contents = memmem(item->dict, item->dict_len, "/Contents<", 10) + 9, *close = strchr(contents, '>');
	uint8_t room[CW_P7S_MAX];
	size_t n = (size_t)(close - contents - 1) / 2;
	struct cw_error err = { 0 };
	char digits[2 * sizeof(room) + 1];

	assert_true(n <= sizeof(room));
	snprintf(digits, sizeof(digits), "%.*s", (int)(2 * n), contents + 1);
	assert_true(cw_unhex(room, n, digits));
	cw_buf_add(&seal.p7s, room, 4 + ((size_t)room[2] << 8 | room[3]));
	seal.item = *item;
	seal.from = (size_t)(contents - files[PAGE].data);
	seal.upto = (size_t)(close + 1 - files[PAGE].data);
	cover();
	seal.c.p7s = (const uint8_t *)seal.p7s.data;
	seal.c.p7s_len = seal.p7s.len;
	seal.c.in_pdf = true;
	assert_false(cms_open(&seal.c, &err) || cms_signer(&seal.c, &err) || cms_algorithms(&seal.c, &err) || cms_digest(&seal.c, &err));
}

/*
 * Where the file is still taken apart with the very seal that it had, the verifier comes to look at the digest of what that covers, if nothing before made it reject; so nothing else needs
 * to be asked.  For all other bits the whole verifier is.
 */
static const char *sealed_page(void)
{
	static struct pdf_file f;
	struct cw_error err = { 0 };
	size_t n = 0;

	if (pdf_walk((const uint8_t *)files[PAGE].data, files[PAGE].len, &f, &err))
		return "pdf-revision";
	const struct pdf_item *item = pdf_seal_item(&f, &n);

	if (!seal.from)
		open_seal(item);
	if (n != 1 || item->offset != seal.item.offset || item->dict_len != seal.item.dict_len)
		return whole_page();
	cover();
	if (cms_digest(&seal.c, &err))
		return "pdf-seal";
	return whole_page();
}

/* ---- bit for bit ---- */

static bool all(void)
{
	const char *wish = getenv("CERTWIPE_FLIPS");

	return wish && strcmp(wish, "all") == 0;
}

/* One bit out of share, from a place that chance chose. */
static void turn_over(int file, size_t share, const char *(*ask)(void))
{
	struct cw_buf *b = &files[file];
	struct tally *t = &tallies[file];
	uint32_t chance = 0;
	struct cw_error err = { 0 };

	assert_null(ask()); /* as it was issued it is good, so that what is rejected is the bit */
	if (cw_random(&chance, sizeof(chance), &err))
		fail_msg("%s", err.message);
	t->bits = 8 * b->len;
	for (size_t i = chance % share; i < t->bits; i += share) {
		b->data[i / 8] ^= (char)(1 << i % 8);
		tell(t, i / 8, (unsigned)(i % 8), ask());
		b->data[i / 8] ^= (char)(1 << i % 8);
	}
	print_message("# %s: %zu of %zu bits turned over, from bit %zu on; %zu rejected\n", names[file], t->tried, t->bits, (size_t)(chance % share), t->rejected);
	if (t->n_passed)
		fail_msg("%s: with bit %u of byte %zu turned over it is as good as before, and so with %zu bits in all", names[file], t->passed[0].bit, t->passed[0].offset, t->n_passed);
	assert_true(t->tried > 0);
}

/* Every bit for one step, a share for the whole. */
static void turn_over_for(int file, const char *(*step)(void))
{
	if (all()) {
		turn_over(file, SLOWER, whole_files);
		return;
	}
	turn_over(file, WHOLE_SHARE * SLOWER, whole_files);
	tallies[file] = (struct tally){ 0 };
	turn_over(file, SLOWER, step);
}

/* A document alone must be valid, so that what is rejected is the flip. */
static void as_issued_it_is_valid(void **state)
{
	(void)state;
	verify_files();
	assert_int_equal(found.finding, CW_FINDING_VALID);
	assert_string_equal(found.decision, "approved");
	assert_true(found.order.proven);
	assert_string_equal(found.awaits, "");
}

static void every_bit_of_the_document(void **state) { (void)state; turn_over_for(JSON, digest_alone); }
static void every_bit_of_the_signatures(void **state) { (void)state; turn_over(P7S, SLOWER, whole_files); }
static void every_bit_of_the_proof(void **state) { (void)state; turn_over_for(PROOF, order_alone); }
static void bits_of_the_journal(void **state) { (void)state; turn_over(JOURNAL, all() ? 1 : BESIDE_SHARE * SLOWER, whole_files); }

static void bits_of_the_approval(void **state)
{
	(void)state;
	for (int i = APPROVAL; i <= APPROVAL_PROOF; i++)
		turn_over(i, all() ? 1 : BESIDE_SHARE * SLOWER, whole_files);
}

static void bits_of_the_page(void **state)
{
	(void)state;
	turn_over(PAGE, PAGE_SHARE * SLOWER, whole_page);
	tallies[PAGE] = (struct tally){ 0 };
	turn_over(PAGE, all() ? 1 : SEALED_SHARE * SLOWER, sealed_page);
}

/* ---- the table ---- */

static void write_row(FILE *f, int i)
{
	const struct tally *t = &tallies[i];

	fprintf(f, "| %s | %zu | %zu | %zu | %zu |", names[i], t->bits, t->tried, t->rejected, t->n_passed);
	for (size_t k = 0; k < t->n_by; k++)
		fprintf(f, "%s %s %zu", k ? "," : "", t->by[k].name, t->by[k].n);
	fputs(" |\n", f);
}

static void write_passed(FILE *f)
{
	size_t passed = 0;

	fputs("\nBits that may be turned over without the verifier's rejecting it:", f);
	for (int i = 0; i < FILES; i++) {
		passed += tallies[i].n_passed;
		for (size_t k = 0; k < tallies[i].n_passed && k < PASSED_SHOWN; k++)
			fprintf(f, "\n* %s, byte %zu, bit %u", names[i], tallies[i].passed[k].offset, tallies[i].passed[k].bit);
	}
	fputs(passed ? "\n" : " none.\n", f);
}

static int write_table(void **state)
{
	FILE *f = SLOWER == 1 ? fopen(TABLE, "w") : NULL;
	(void)state;

	if (!f)
		return SLOWER == 1 ? -1 : 0;
	fputs("| file | bits | turned over | rejected | let pass | step that found it |\n|---|---|---|---|---|---|\n", f);
	for (int i = 0; i < FILES; i++)
		write_row(f, i);
	write_passed(f);
	return fclose(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_issued_it_is_valid), cmocka_unit_test(every_bit_of_the_document), cmocka_unit_test(every_bit_of_the_signatures),
		cmocka_unit_test(every_bit_of_the_proof), cmocka_unit_test(bits_of_the_journal), cmocka_unit_test(bits_of_the_approval), cmocka_unit_test(bits_of_the_page),
	};

	return cmocka_run_group_tests(tests, load, write_table);
}
