/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sealer: makes the PDF of a document that is signed and registered, and seals it with the station's key.  It comes after everything that counts: when there is no
 * font, or no room, the evidence is complete all the same, and the PDF is made when it is asked for.
 *
 * Two processes after each other: the first has no key and asks the typesetter, the second has the key, starts nothing, and works in the signer's cage.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

#define ANSWER_MS 60000
#define FACE_MAX_BYTES (4u * 1024u * 1024u)

struct task {
	const struct cw_state *state;
	const char *number;
	char sealed_at[CW_TIME_TEXT];
	int face_fd; /* memory that takes the typesetter's answer from one to the other */
};

struct work {
	int folder;
	struct cw_buf json, p7s, journal, proof, root, note, photos[CW_PHOTOS_MAX];
	json_t *document;
	struct cw_paper paper;
};

static void drop_photos(struct work *w)
{
	for (size_t i = 0; i < CW_PHOTOS_MAX; i++)
		cw_buf_clear(&w->photos[i]);
}

static void work_clear(struct work *w)
{
	if (w->folder >= 0)
		close(w->folder);
	cw_buf_clear(&w->json);
	cw_buf_clear(&w->p7s);
	cw_buf_clear(&w->journal);
	cw_buf_clear(&w->proof);
	cw_buf_clear(&w->root);
	cw_buf_clear(&w->note);
	drop_photos(w);
	json_decref(w->document);
	cw_typeface_free(w->paper.face);
}

/* ---- the document ---- */

static void pdf_name(const char *number, char out[CW_NODE_MAX + 8])
{
	snprintf(out, CW_NODE_MAX + 8, "%s.pdf", number);
}

static int open_folder(const struct cw_state *s, const char *number)
{
	char path[2 * CW_NODE_MAX];

	snprintf(path, sizeof path, "%.4s/%s", number, number);
	return s->certificates < 0 ? -1 : openat(s->certificates, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool is_there(int folder, const char *number)
{
	char name[CW_NODE_MAX + 8];

	pdf_name(number, name);
	return faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A page that looks finished is made of what is finished. */
static int refuse_incomplete(const struct work *w, struct cw_error *err)
{
	char awaits[CW_NODE_MAX];
	int rc = cw_signatures_missing(w->document, (const uint8_t *)(w->p7s.data ? w->p7s.data : ""), w->p7s.len, awaits, err);

	if (rc || !*awaits)
		return rc;
	return cw_fail(err, CW_E_CANNOT_TELL, 0, cw_json_str(w->document, "certificateId", ""), _("They sign it with `certwipe sign`; then its PDF is made."),
		       _("The document is not complete: it names signatures that are not there (%s)."), awaits);
}

static int read_evidence(struct work *w, struct cw_error *err)
{
	int rc = cw_file_read(w->folder, "evidence.json", CW_JSON_MAX_BYTES, &w->json, err);

	if (!rc)
		rc = cw_file_read(w->folder, "evidence.json.p7s", CW_DOC_MAX, &w->p7s, err);
	if (!rc)
		rc = cw_file_read(w->folder, "journal.jsonl", CW_JOURNAL_MAX_BYTES, &w->journal, err);
	if (!rc && faccessat(w->folder, CW_PROOF_NAME, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		rc = cw_file_read(w->folder, CW_PROOF_NAME, CW_PROOF_MAX_BYTES, &w->proof, err);
	if (!rc)
		rc = cw_json_parse_canonical(w->json.data ? w->json.data : "", w->json.len, &w->document, err);
	if (!rc)
		rc = cw_payload_check(w->document, err);
	return rc ? rc : refuse_incomplete(w, err);
}

/* As many as there is room for.  One that is missing or was changed is none that a page could carry; `verify` and `register check` say so. */
static void read_photos(struct work *w)
{
	const json_t *list = json_object_get(json_object_get(w->document, "destruction"), "attachments");
	size_t room = CW_PDF_PHOTOS_MAX_BYTES;

	for (size_t i = 0; i < CW_PHOTOS_MAX && i < cw_attachments_count(w->document); i++) {
		struct cw_error untold = { 0 };

		if (!cw_pdf_carries(cw_json_str(json_array_get(list, i), "name", "")) || cw_attachment_read(w->folder, w->document, i, room, &w->photos[i], &untold))
			cw_buf_clear(&w->photos[i]);
		room -= w->photos[i].len;
	}
}

static void lay_out(struct work *w, const struct task *t)
{
	w->paper = (struct cw_paper){
		.files = { .json = w->json.data, .json_len = w->json.len, .p7s = (const uint8_t *)w->p7s.data, .p7s_len = w->p7s.len, .journal = w->journal.data,
			   .journal_len = w->journal.len, .proof = w->proof.data, .proof_len = w->proof.len },
		.document = w->document, .root_pem = w->root.data, .root_len = w->root.len, .note = w->note.data, .note_len = w->note.len,
		.sealed_at = t->sealed_at,
	};
	for (size_t i = 0; i < CW_PHOTOS_MAX; i++)
		w->paper.photos[i] = (struct cw_photo){ w->photos[i].data, w->photos[i].len };
}

static int become_signer(const struct cw_state *s, struct cw_error *err)
{
	bool root = geteuid() == 0;

	return cw_sandbox_drop(root ? s->signer_uid : geteuid(), root ? s->signer_gid : getegid(), err);
}

/* ---- without the key: what the page needs of a font ---- */

static int ask_typesetter(const struct task *t, struct work *w, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf request = { 0 }, answer = { 0 };
	int rc;

	cw_buf_str(&w->note, "-"); /* the page shows it as a code only */
	lay_out(w, t);
	rc = cw_typeset_request(cw_renderer_get("pdf"), &w->paper, &request, err);
	if (!rc)
		rc = cw_typeset_raw(request.data ? request.data : "", request.len, &answer, err);
	return rc ? rc : cw_fd_write_all(t->face_fd, "face", answer.data, answer.len, err);
}

static int set(const struct task *t, struct work *w, struct cw_error *err)
{
	int rc = cw_file_read(t->state->keys, "root.pem", CW_PROOF_MAX_BYTES, &w->root, err);

	if (!rc)
		rc = become_signer(t->state, err);
	if (!rc)
		rc = read_evidence(w, err);
	return rc ? rc : ask_typesetter(t, w, err);
}

/* ---- with the key, in the cage ---- */

static int find_index(struct cw_register *log, const char *number, char index[24], struct cw_error *err)
{
	CW_AUTO_JSON json_t *entries = NULL;
	const json_t *e;
	size_t i;
	int rc = cw_register_list(log, number, &entries, err);

	if (rc)
		return rc;
	json_array_foreach(entries, i, e)
		if (!strcmp(cw_json_str(e, "documentId", ""), number)) {
			snprintf(index, 24, "%llu", (unsigned long long)cw_json_u64(e, "index", 0));
			return 0;
		}
	return cw_fail(err, CW_E_NOT_FOUND, 0, number, _("Run `certwipe register check`."), _("Document %s is not in the register, so its PDF is not sealed."), number);
}

static int enter(const struct task *t, struct cw_signer **signer, char index[24], struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf path = { 0 };
	struct cw_register *log = NULL;
	int rc = cw_signer_pem_new(t->state->keys, signer, err);

	cw_buf_printf(&path, "%s/register.db", t->state->path);
	if (!rc)
		rc = cw_register_open(path.data ? path.data : "", NULL, false, &log, err);
	if (!rc)
		rc = become_signer(t->state, err);
	if (!rc)
		rc = cw_sandbox_signer(t->state->certificates, err);
	if (!rc)
		rc = find_index(log, t->number, index, err);
	cw_register_free(log); /* others wait for it */
	return rc;
}

static int sign_note(struct work *w, struct cw_signer *signer, const char *index, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };
	int rc = cw_summary_text(w->document, w->json.data, w->json.len, index, &text, err);

	return rc ? rc : cw_summary_sign(signer, text.data, text.len, &w->note, err);
}

static int read_face(const struct task *t, struct work *w, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf answer = { 0 };
	int rc = lseek(t->face_fd, 0, SEEK_SET) < 0 ? cw_fail(err, CW_E_PROCESS, errno, NULL, NULL, _("What the typesetter answered cannot be read.")) :
						      cw_fd_read(t->face_fd, "face", FACE_MAX_BYTES, &answer, err);

	return rc ? rc : cw_typeface_answer(answer.data ? answer.data : "", answer.len, &w->paper.face, err);
}

/* Nothing leaves that our own verifier would call invalid. */
static int check(const struct cw_signer *signer, const struct cw_buf *pdf, struct cw_error *err)
{
	static struct cw_verify_result found;

	cw_pdf_verify(pdf->data, pdf->len, signer->chain_pem, signer->chain_len, true, NULL, &found);
	if (found.finding != CW_FINDING_INVALID)
		return 0;
	return cw_fail(err, CW_E_NO_EVIDENCE, 0, found.document_id, _("Run `certwipe verify` on the document itself."), _("The PDF would not stand up to its own check: %s"), found.reason);
}

/* With a long journal there may be no room for photographs. */
static int make(struct work *w, struct cw_signer *signer, struct cw_buf *pdf, struct cw_error *err)
{
	int rc = cw_pdf_seal(&w->paper, signer, pdf, err);

	if (rc != CW_E_TOO_LARGE)
		return rc;
	memset(w->paper.photos, 0, sizeof w->paper.photos);
	*err = (struct cw_error){ 0 };
	return cw_pdf_seal(&w->paper, signer, pdf, err);
}

static int seal(const struct task *t, struct work *w, struct cw_signer *signer, const char *index, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf pdf = { 0 };
	char name[CW_NODE_MAX + 8];
	int rc = read_evidence(w, err);

	if (!rc)
		rc = sign_note(w, signer, index, err);
	if (rc)
		return rc;
	cw_buf_add(&w->root, signer->chain_pem, signer->chain_len);
	read_photos(w);
	lay_out(w, t);
	rc = read_face(t, w, err);
	if (!rc)
		rc = make(w, signer, &pdf, err);
	if (!rc)
		rc = check(signer, &pdf, err);
	if (rc)
		return rc;
	pdf_name(t->number, name);
	rc = cw_file_write(w->folder, name, pdf.data, pdf.len, 0640, false, err);
	return rc == CW_E_EXISTS ? 0 : rc; /* somebody else was faster */
}

static int enter_and_seal(const struct task *t, struct work *w, struct cw_error *err)
{
	struct cw_signer *signer = NULL;
	char index[24] = "";
	int rc = enter(t, &signer, index, err);

	if (!rc)
		rc = seal(t, w, signer, index, err);
	cw_signer_free(signer);
	return rc;
}

/* ---- both ---- */

static int work(int fd, const struct task *t, int (*part)(const struct task *t, struct work *w, struct cw_error *err))
{
	struct work w = { .folder = open_folder(t->state, t->number) };
	struct cw_error err = { 0 };
	int rc = w.folder < 0 ? cw_fail(&err, CW_E_NOT_FOUND, errno, t->number, NULL, _("There is no document %s here."), t->number) : part(t, &w, &err);

	work_clear(&w);
	if (rc)
		return cw_child_failed(fd, &err);
	return cw_msg_send(fd, CW_MSG_OK, &(struct cw_msg_empty){ 0 }, true, &err) ? 1 : 0;
}

static int set_work(int fd, void *user) { return work(fd, user, set); }
static int seal_work(int fd, void *user) { return work(fd, user, enter_and_seal); }

static int run(const char *name, int (*main_of)(int fd, void *user), struct task *t, const int *keep, struct cw_error *err)
{
	struct cw_msg_empty nothing;
	struct cw_child child;
	int rc = cw_spawn(name, main_of, t, keep, &child, err);

	return rc ? rc : cw_child_answer(&child, CW_MSG_OK, &nothing, ANSWER_MS, err);
}

int cw_seal_document(const struct cw_state *s, const char *number, struct cw_error *err)
{
	struct task t = { .state = s, .number = number };
	CW_AUTO_FD int folder = open_folder(s, number);

	if (folder >= 0 && is_there(folder, number))
		return 0;
	if (cw_typeset_prepare() < 0)
		return cw_typeset_missing(err);
	CW_AUTO_FD int face = memfd_create("face", MFD_CLOEXEC);

	if (face < 0)
		return cw_fail(err, CW_E_PROCESS, errno, NULL, NULL, _("There is no room for what the typesetter is to read."));
	t.face_fd = face;
	cw_time_now(t.sealed_at);
	int rc = run("certwipe-setter", set_work, &t, (const int[]){ face, s->keys, s->certificates, cw_typeset_prepare(), -1 }, err);

	return rc ? rc : run("certwipe-sealer", seal_work, &t, (const int[]){ face, s->dir, s->keys, s->certificates, -1 }, err);
}
