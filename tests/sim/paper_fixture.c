/* SPDX-License-Identifier: Apache-2.0 */
#include "paper_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture_journal.h"

#define FONT "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"

static void good(int rc, const struct cw_error *err)
{
	if (!rc)
		return;
	fprintf(stderr, "paper_fixture: %s\n", err->message);
	abort();
}

static char folder[] = "/tmp/certwipe-paper-XXXXXX";
static int fd = -1;

static void remove_keys(void)
{
	static const char *const files[] = { "root.key", "root.pem", "station.key", "station.pem" };

	for (size_t i = 0; i < CW_ARRAY_LEN(files); i++)
		unlinkat(fd, files[i], 0);
	rmdir(folder);
}

/* One set of keys for all documents of a test program. */
static int key_folder(void)
{
	static const struct cw_key_names names = { .organisation = "苗栗縣政府", .unit = "政風處", .station = "station-07", .years = 10 };
	char fingerprint[CW_SHA256_HEX];
	struct cw_error err = { 0 };

	if (fd >= 0)
		return fd;
	if (!mkdtemp(folder))
		abort();
	fd = open(folder, O_RDONLY | O_DIRECTORY);
	good(cw_keys_create(fd, &names, "only for this test", fingerprint, &err), &err);
	atexit(remove_keys);
	return fd;
}

static void take_keys(struct paper_fixture *f, struct cw_payload_frame *frame)
{
	struct cw_error err = { 0 };

	good(cw_signer_pem_new(key_folder(), &f->signer, &err), &err);
	good(cw_signer_names(f->signer, frame, &err), &err);
	good(cw_file_read(key_folder(), "root.pem", 65536, &f->root, &err), &err);
}

static void write_evidence(struct paper_fixture *f, json_t *lines_take)
{
	struct cw_payload_frame frame = { .document_id = "2026-000017", .uuid = "019368f1-7c3a-7bcd-8e01-23456789abcd", .register_origin = "苗栗縣政府/station-07",
					  .previous_root = FIXTURE_SHA, .previous_size = 41 };
	struct cw_journal_text text = { 0 };
	struct cw_error err = { 0 };

	take_keys(f, &frame);
	cw_time_now(frame.issued_at); /* not before its keys */
	json_t *registered = fixture_find(lines_take, "registered", 0);

	json_object_set_new(registered, "origin", json_string(frame.register_origin));
	good(fixture_chain(lines_take, &text, &err), &err);
	good(cw_payload_make(&text, &frame, &f->payload, &err), &err);
	good(cw_json_canonical(f->payload, &f->json, &err), &err);
	good(cw_cms_sign(f->signer, f->json.data, f->json.len, &f->p7s, &err), &err);
	cw_buf_add(&f->journal, text.bytes.data, text.bytes.len);
	cw_journal_text_clear(&text);
	json_decref(lines_take);
}

static void write_note(struct paper_fixture *f)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };
	struct cw_error err = { 0 };

	good(cw_summary_text(f->payload, f->json.data, f->json.len, "42", &text, &err), &err);
	good(cw_summary_sign(f->signer, text.data, text.len, &f->note, &err), &err);
}

int paper_typesetter(const char *request, size_t len, struct cw_typeface **out, struct cw_error *err)
{
	static struct cw_buf font;
	CW_AUTO_BUF struct cw_buf answer = { 0 };

	if (!font.len)
		good(cw_file_read(AT_FDCWD, FONT, 64u << 20, &font, err), err);
	good(cw_typeset(font.data, font.len, request, len, &answer, err), err);
	return cw_typeface_answer(answer.data, answer.len, out, err);
}

bool paper_face(struct cw_paper *p, const struct cw_renderer *r, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf request = { 0 }, none = { 0 };

	cw_typeface_free(p->face);
	p->face = cw_typeface_collector();
	good(r->print(p, &none, err), err);
	good(cw_typeface_request(p->face, &request, err), err);
	cw_typeface_free(p->face);
	p->face = NULL;
	return paper_typesetter(request.data, request.len, &p->face, err) == 0;
}

void paper_make(struct paper_fixture *f, json_t *lines_take)
{
	struct cw_error err = { 0 };

	*f = (struct paper_fixture){ 0 };
	write_evidence(f, lines_take);
	write_note(f);
	cw_time_now(f->sealed_at);
	f->paper = (struct cw_paper){
		.files = { .json = f->json.data, .json_len = f->json.len, .p7s = (const uint8_t *)f->p7s.data, .p7s_len = f->p7s.len, .journal = f->journal.data,
			   .journal_len = f->journal.len },
		.document = f->payload, .root_pem = f->root.data, .root_len = f->root.len, .note = f->note.data, .note_len = f->note.len, .sealed_at = f->sealed_at,
	};
	if (!paper_face(&f->paper, cw_renderer_get("pdf"), &err))
		good(err.code, &err);
}

void paper_clear(struct paper_fixture *f)
{
	json_decref(f->payload);
	cw_buf_clear(&f->json);
	cw_buf_clear(&f->p7s);
	cw_buf_clear(&f->journal);
	cw_buf_clear(&f->note);
	cw_buf_clear(&f->root);
	cw_typeface_free(f->paper.face);
	cw_signer_free(f->signer);
	*f = (struct paper_fixture){ 0 };
}

void paper_seal(const struct paper_fixture *f, struct cw_buf *pdf)
{
	struct cw_error err = { 0 };

	good(cw_pdf_seal(&f->paper, f->signer, pdf, &err), &err);
}

static void put_hex(char *at, const struct cw_buf *bytes)
{
	CW_AUTO_FREE char *hex = malloc(2 * bytes->len + 1);

	if (!hex)
		abort();
	cw_hex(hex, bytes->data, bytes->len);
	memcpy(at, hex, 2 * bytes->len);
}

void paper_seal_again(const struct paper_fixture *f, struct cw_buf *pdf)
{
	char *from = memmem(pdf->data, pdf->len, "/Contents<", 10), *upto;
	CW_AUTO_BUF struct cw_buf covered = { 0 }, p7s = { 0 };
	struct cw_error err = { 0 };

	if (!from)
		abort();
	from += 9;
	upto = memchr(from, '>', pdf->len - (size_t)(from - pdf->data)) + 1;
	cw_buf_add(&covered, pdf->data, (size_t)(from - pdf->data));
	cw_buf_add(&covered, upto, pdf->len - (size_t)(upto - pdf->data));
	good(cw_pdf_cms_sign(f->signer, covered.data, covered.len, &p7s, &err), &err);
	memset(from + 1, '0', (size_t)(upto - from) - 2);
	put_hex(from + 1, &p7s);
}

json_t *paper_rich_lines(bool laboratory)
{
	json_t *lines = fixture_perfect(&(struct fixture_wish){ .class_ = laboratory ? CW_CLASS_VIRTUAL : CW_CLASS_USB_STICK, .virtual_ = laboratory, .case_stays_open = true });
	static const struct { const char *key, *value; } fields[] = {
		{ "approvalNumber", "府政字第1150001234號" }, { "unit", "政風處" }, { "custodian", "陳美玲" }, { "assetTag", "3140101-03-00127" }, { "classification", "密" },
		{ "personalData", "yes" }, { "recordRelation", "copy" }, { "backedUp", "yes" }, { "backupLocation", "檔案室 NAS-2" }, { "retentionChecked", "yes" },
		{ "holdChecked", "yes" }, { "place", "政風處 204 室" }, { "operator", "王小明" }, { "witnesses", "林志豪、黃淑芬" }, { "plannedFate", "destroy" },
	};
	json_t *c = json_object_get(json_array_get(lines, 0), "case");

	for (size_t i = 0; i < CW_ARRAY_LEN(fields); i++)
		json_object_set_new(c, fields[i].key, json_string(fields[i].value));
	return lines;
}

json_t *paper_stopped_lines(void)
{
	json_t *lines = fixture_begin(&(struct fixture_wish){ 0 });

	fixture_step_broken(lines, 1, 0, FIXTURE_SIZE / 2, "stopped");
	fixture_stop(lines, 1, FIXTURE_SIZE / 2);
	return lines;
}
