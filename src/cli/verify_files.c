/* SPDX-License-Identifier: Apache-2.0 */
/* Verifies what lies in files and folders: documents, PDFs and exports of registers, each by itself and against each other.  No privilege, no state. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

#define DEPTH_MAX 6 /* certificates/<year>/<id> below whatever the auditor was given */

struct audit {
	const struct cw_verify_wish *w;
	json_t *items;
	size_t absent; /* operands that name nothing */
	int worst;
	size_t units;  /* documents and exports that were come upon; each is somebody's share */
	bool inside;   /* one that is ours */
	struct cw_register **logs; /* of exports that are whole; owned */
	size_t n_logs;
};

/* Of several who go over the same folders, each looks at its share; what belongs to one document is nobody else's.  false: pass it over. */
static bool open_unit(struct audit *a, bool is_export, bool *outer)
{
	bool shared = is_export == (a->w->exports == CW_EXPORTS_ONLY) || a->w->exports == CW_EXPORTS_TOO;

	*outer = a->inside;
	if (!a->inside)
		a->inside = a->units++ % a->w->share == a->w->part && shared;
	return a->inside;
}

static void close_unit(struct audit *a, bool outer)
{
	a->inside = outer;
}

/* 10 wins over 7, 7 over 0 (design section 5). */
static void note(struct audit *a, json_t *item, int exit_code)
{
	json_object_set_new(item, "unit", json_integer((json_int_t)a->units));
	if (exit_code == CW_EXIT_INVALID || (exit_code && a->worst == CW_EXIT_DONE))
		a->worst = exit_code;
	json_array_append_new(a->items, item);
}

/* What could not even be looked at is an item like any other: it must not hide behind those that are in order, nor they behind it. */
static void note_unseen(struct audit *a, const char *path, bool invalid, const char *why)
{
	static struct cw_verify_result result;
	bool outer;

	if (open_unit(a, false, &outer)) {
		memset(&result, 0, sizeof result);
		result.finding = invalid ? CW_FINDING_INVALID : CW_FINDING_CANNOT_TELL;
		result.exit_code = invalid ? CW_EXIT_INVALID : CW_EXIT_INCONCLUSIVE;
		cw_strlcpy(result.reason, why, sizeof result.reason);
		note(a, cw_verify_json(path, &result), result.exit_code);
	}
	close_unit(a, outer);
}

static void verify_evidence(struct audit *a, const struct cw_bundle *b, struct cw_verify_result *result)
{
	const struct cw_evidence_files files = cw_bundle_files(b);

	cw_verify(&files, a->w->roots, a->w->roots_len, a->w->laboratory, result);
}

static void verify_pdf(struct audit *a, const struct cw_buf *pdf, struct cw_verify_result *result)
{
	cw_pdf_verify(pdf->data ? pdf->data : "", pdf->len, a->w->roots, a->w->roots_len, a->w->laboratory, a->w->typesetter, result);
}

static void verify_pdf_alone(struct audit *a, const char *path)
{
	static struct cw_verify_result result;
	CW_AUTO_BUF struct cw_buf pdf = { 0 };
	struct cw_error err = { 0 };

	if (cw_input_pdf(path, &pdf, &err)) {
		note_unseen(a, path, err.code == CW_E_TOO_LARGE, err.message);
		return;
	}
	verify_pdf(a, &pdf, &result);
	note(a, cw_verify_json(path, &result), result.exit_code);
}

static void verify_bundle(struct audit *a, const char *path)
{
	static struct cw_verify_result result;
	struct cw_error err = { 0 };
	struct cw_bundle bundle;

	if (cw_input_is_pdf(path)) {
		verify_pdf_alone(a, path);
		return;
	}
	int rc = cw_input_bundle(path, &bundle, &err);

	if (rc) {
		note_unseen(a, path, rc == CW_E_TOO_LARGE, err.message);
	} else {
		verify_evidence(a, &bundle, &result);
		cw_verify_attachments(&bundle, &result);
		note(a, cw_verify_json(bundle.path, &result), result.exit_code);
	}
	cw_bundle_clear(&bundle);
}

static void verify_one(struct audit *a, const char *path)
{
	bool outer;

	if (open_unit(a, false, &outer))
		verify_bundle(a, path);
	close_unit(a, outer);
}

/* ---- exports of registers ---- */

static void keep_log(struct audit *a, struct cw_export *x)
{
	void *more = x->log ? reallocarray(a->logs, a->n_logs + 1, sizeof(struct cw_register *)) : NULL;

	if (!more)
		return;
	a->logs = more;
	a->logs[a->n_logs++] = x->log;
	x->log = NULL;
}

static void read_export(struct audit *a, const char *path)
{
	static struct cw_export x;
	CW_AUTO_FD int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	cw_export_read(dir, a->w->roots, a->w->roots_len, &x);
	json_t *item = cw_verify_json(path, &x.result);

	if (x.log)
		json_object_set_new(item, "checkpoint", json_pack("{s:s, s:I, s:s}", "origin", x.checkpoint.origin, "size", (json_int_t)x.checkpoint.size, "root", x.checkpoint.root));
	note(a, item, x.result.exit_code);
	keep_log(a, &x);
	cw_export_clear(&x);
}

static void verify_export(struct audit *a, const char *path)
{
	bool outer;

	if (open_unit(a, true, &outer))
		read_export(a, path);
	close_unit(a, outer);
}

/* ---- documents against each other, and against exports ---- */

static void condemn(struct audit *a, json_t *item, const char *why)
{
	json_object_set_new(item, "finding", json_string(cw_finding_name(CW_FINDING_INVALID)));
	json_object_set_new(item, "exit", json_integer(CW_EXIT_INVALID));
	json_object_set_new(item, "reason", json_string(why));
	a->worst = CW_EXIT_INVALID;
}

/* The same register cannot have had two roots at one size.  Which of the two documents is the false one, nobody can tell from them. */
static void compare_roots(struct audit *a, json_t *seen, size_t index, const char *origin, uint64_t size, const char *root)
{
	json_t *item = json_array_get(a->items, index), *other;
	CW_AUTO_BUF struct cw_buf key = { 0 }, why = { 0 };
	const json_t *known;

	cw_buf_printf(&key, "%llu %s", (unsigned long long)size, origin);
	known = json_object_get(seen, key.data);
	if (!known)
		json_object_set_new(seen, key.data, json_pack("{s:s, s:I}", "root", root, "item", (json_int_t)index));
	if (!known || strcmp(cw_json_str(known, "root", ""), root) == 0)
		return;
	other = json_array_get(a->items, cw_json_u64(known, "item", 0));
	cw_buf_printf(&why, _("There are two registers of this name: %s and %s name different roots for its first %llu entries."), cw_json_str(item, "file", ""),
		      cw_json_str(other, "file", ""), (unsigned long long)size);
	condemn(a, item, why.data);
	condemn(a, other, why.data);
}

/* A genuine document of which somebody said afterwards that it proves nothing. */
static void qualify(struct audit *a, json_t *item, const char *why)
{
	json_array_append_new(json_object_get(item, "remarks"), json_string(why));
	if (cw_json_u64(item, "exit", CW_EXIT_INVALID) != CW_EXIT_DONE)
		return;
	json_object_set_new(item, "finding", json_string(cw_finding_name(CW_FINDING_REMARKS)));
	json_object_set_new(item, "exit", json_integer(CW_EXIT_INCONCLUSIVE));
	json_object_set_new(item, "reason", json_string(why));
	if (a->worst == CW_EXIT_DONE)
		a->worst = CW_EXIT_INCONCLUSIVE;
}

static void order_of(const json_t *j, struct cw_order *o)
{
	*o = (struct cw_order){ .proven = cw_json_bool(j, "proven", false), .index = cw_json_u64(j, "index", 0), .size = cw_json_u64(j, "size", 0),
				.previous_size = cw_json_u64(j, "previousSize", 0) };
	cw_strlcpy(o->origin, cw_json_str(j, "origin", ""), sizeof o->origin);
	cw_strlcpy(o->root, cw_json_str(j, "root", ""), sizeof o->root);
	cw_strlcpy(o->previous_root, cw_json_str(j, "previousRoot", ""), sizeof o->previous_root);
	cw_strlcpy(o->json_sha256, cw_json_str(j, "jsonSha256", ""), sizeof o->json_sha256);
	cw_strlcpy(o->p7s_sha256, cw_json_str(j, "p7sSha256", ""), sizeof o->p7s_sha256);
}

static void compare_exports(struct audit *a, json_t *item, const struct cw_order *o)
{
	const json_t *beside = json_object_get(item, "statements");
	const char *id = cw_json_str(item, "documentId", "");
	struct cw_error err = { 0 };

	for (size_t i = 0; i < a->n_logs; i++) {
		int rc = cw_register_compare(a->logs[i], id, o, &err);

		if (rc)
			condemn(a, item, err.message);
		else if (strcmp(cw_register_origin(a->logs[i]), o->origin) == 0 &&
			 cw_register_compare_statements(a->logs[i], id, cw_json_str(beside, "approvalSha256", ""), cw_json_str(beside, "withdrawalSha256", ""), &err))
			qualify(a, item, err.message);
	}
}

/* Only what is genuine by itself can contradict anything. */
static void compare_all(struct audit *a)
{
	CW_AUTO_JSON json_t *seen = json_object();
	struct cw_order o;
	json_t *item;
	size_t i;

	json_array_foreach(a->items, i, item) {
		const json_t *order = json_object_get(item, "order");

		if (!order || cw_json_u64(item, "exit", CW_EXIT_INVALID) == CW_EXIT_INVALID)
			continue;
		order_of(order, &o);
		compare_roots(a, seen, i, o.origin, o.previous_size, o.previous_root);
		if (o.proven)
			compare_roots(a, seen, i, o.origin, o.size, o.root);
		compare_exports(a, item, &o);
	}
}

/* ---- folders ---- */

static void verify_below(struct audit *a, const char *path, int depth);

static void visit(struct audit *a, const char *path, int depth)
{
	struct stat own, meant;

	if (lstat(path, &own) < 0 || stat(path, &meant) < 0 || !S_ISDIR(meant.st_mode))
		return;
	if (S_ISLNK(own.st_mode))
		note_unseen(a, path, false, _("This folder is a symbolic link and was not looked into. Name it by itself."));
	else if (depth == DEPTH_MAX)
		note_unseen(a, path, false, _("This folder lies too deep and was not looked into. Name it by itself."));
	else
		verify_below(a, path, depth + 1);
}

/* What certwipe lays beside a document, and nowhere else. */
static bool is_companion(const char *name)
{
	size_t n = strlen(name);

	return !strcmp(name, "journal.jsonl") || !strcmp(name, CW_PROOF_NAME) || (n > 4 && !strcmp(name + n - 4, ".p7s"));
}

static bool is_pdf_name(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && !strcasecmp(name + n - 4, ".pdf");
}

static bool same(const struct cw_buf *a, const struct cw_buf *b)
{
	return a->len == b->len && (!a->len || !memcmp(a->data, b->data, a->len));
}

/*
 * What is attached must be what lies beside it, or one of the two is that of another document.  But for the proof of its place in the register, of which there are several, all
 * true: each was looked at for itself.
 */
static bool carries(const struct cw_buf *pdf, const struct cw_bundle *beside)
{
	struct cw_pdf_parts parts;
	struct cw_error err = { 0 };
	bool equal = !cw_pdf_take_apart(pdf->data, pdf->len, &parts, &err) && same(&parts.json, &beside->json) && same(&parts.p7s, &beside->p7s) && same(&parts.journal, &beside->journal);

	cw_pdf_parts_clear(&parts);
	return equal;
}

/*
 * The evidence lies beside it and is what counts: a page that is wrong makes the document invalid, one that could not be compared to the last letter is a remark
 * that leaves it what it is.
 */
static void add_pdf(struct audit *a, const struct cw_buf *pdf, const struct cw_bundle *beside, struct cw_verify_result *result)
{
	static struct cw_verify_result page;
	struct cw_error err = { 0 };

	verify_pdf(a, pdf, &page);
	cw_fail(&err, CW_E_INVALID, 0, "PDF", NULL, "%s", page.finding == CW_FINDING_INVALID ? page.reason : _("The evidence attached to the PDF is not that in the files beside it."));
	cw_verify_record(result, "pdf", page.finding == CW_FINDING_INVALID || !carries(pdf, beside) ? CW_E_INVALID : 0, &err);
	for (uint32_t i = 0; i < page.n_checks; i++)
		if (!page.checks[i].passed && !strncmp(page.checks[i].name, "pdf-", 4) && page.finding != CW_FINDING_INVALID && result->n_remarks < CW_ARRAY_LEN(result->remarks))
			cw_strlcpy(result->remarks[result->n_remarks++], page.checks[i].why, sizeof result->remarks[0]);
}

/* A letter or a scan among the evidence is no forgery, but nobody shall think that it was checked. */
static void look_at_pdf(struct audit *a, const char *path, const struct cw_bundle *beside, struct cw_verify_result *result)
{
	CW_AUTO_BUF struct cw_buf pdf = { 0 };
	struct cw_error err = { 0 };

	if (cw_input_pdf(path, &pdf, &err))
		note_unseen(a, path, err.code == CW_E_TOO_LARGE, err.message);
	else if (!pdf.len || !memmem(pdf.data, pdf.len, "certwipe", 8))
		note_unseen(a, path, false, _("This PDF was not made by certwipe, and was not checked."));
	else if (beside)
		add_pdf(a, &pdf, beside, result);
	else
		verify_pdf_alone(a, path);
}

static void look_at_shared_pdf(struct audit *a, const char *path, const struct cw_bundle *beside, struct cw_verify_result *result)
{
	bool outer;

	if (open_unit(a, false, &outer))
		look_at_pdf(a, path, beside, result);
	close_unit(a, outer);
}

/* Every PDF is looked at: a forged one must not pass for checked because what lies beside it is in order. */
static void look_at_pdfs(struct audit *a, const char *path, struct dirent **names, int n, const struct cw_bundle *beside, struct cw_verify_result *result)
{
	for (int i = 0; i < n; i++) {
		CW_AUTO_BUF struct cw_buf below = { 0 };

		cw_buf_printf(&below, "%s/%s", path, names[i]->d_name);
		if (is_pdf_name(names[i]->d_name))
			look_at_shared_pdf(a, below.data, beside, result);
	}
}

static void verify_document(struct audit *a, const char *path, const char *own, struct dirent **names, int n)
{
	static struct cw_verify_result result;
	struct cw_error err = { 0 };
	struct cw_bundle bundle;
	int rc = cw_input_bundle(own, &bundle, &err);

	if (rc) {
		note_unseen(a, own, rc == CW_E_TOO_LARGE, err.message);
	} else {
		verify_evidence(a, &bundle, &result);
		cw_verify_attachments(&bundle, &result);
		look_at_pdfs(a, path, names, n, &bundle, &result);
		note(a, cw_verify_json(bundle.path, &result), result.exit_code);
	}
	cw_bundle_clear(&bundle);
}

static void verify_whole(struct audit *a, const char *path, const char *own, struct dirent **names, int n)
{
	bool outer;

	if (open_unit(a, false, &outer))
		verify_document(a, path, own, names, n);
	close_unit(a, outer);
}

static void verify_below(struct audit *a, const char *path, int depth)
{
	struct dirent **names = NULL;
	CW_AUTO_BUF struct cw_buf own = { 0 };
	bool whole = false, orphaned = false, exported = false;
	int n = scandir(path, &names, NULL, alphasort);

	cw_buf_printf(&own, "%s/evidence.json", path);
	if (n < 0)
		note_unseen(a, path, false, _("This folder cannot be read."));
	for (int i = 0; i < n; i++) {
		whole |= !strcmp(names[i]->d_name, "evidence.json");
		orphaned |= is_companion(names[i]->d_name);
		exported |= !strcmp(names[i]->d_name, CW_EXPORT_MANIFEST);
	}
	if (whole)
		verify_whole(a, path, own.data, names, n);
	else if (orphaned && !exported)
		note_unseen(a, path, true, _("A signature or a journal lies here without its document, evidence.json: that was taken away or renamed."));
	if (exported)
		verify_export(a, path);
	if (!whole)
		look_at_pdfs(a, path, names, n, NULL, NULL);
	for (int i = 0; i < n; i++) {
		CW_AUTO_BUF struct cw_buf below = { 0 };

		cw_buf_printf(&below, "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.' && !(whole && !strcmp(names[i]->d_name, CW_ATTACHMENTS)))
			visit(a, below.data, depth);
		free(names[i]);
	}
	free(names);
}

/* Nothing there is an item too; the last reason is kept for the case that nothing else was named. */
static void note_absent(struct audit *a, const char *path, const struct cw_error *why)
{
	a->absent++;
	note_unseen(a, path, false, why->message);
}

/* The manifest stands for its folder. */
static void verify_file(struct audit *a, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	CW_AUTO_BUF struct cw_buf folder = { 0 };

	if (strcmp(name, CW_EXPORT_MANIFEST) != 0 && strcmp(name, CW_EXPORT_SIGNATURE) != 0) {
		verify_one(a, path);
		return;
	}
	cw_buf_add(&folder, slash ? path : "./", slash ? (size_t)(name - path) : 2);
	verify_export(a, folder.data);
}

/* What somebody else looked at, in its place among ours. */
static void note_other(struct audit *a, const json_t *item)
{
	uint64_t unit = cw_json_u64(item, "unit", 0);
	size_t at = json_array_size(a->items);
	int exit_code = (int)cw_json_u64(item, "exit", CW_EXIT_INVALID);

	while (at > 0 && cw_json_u64(json_array_get(a->items, at - 1), "unit", 0) > unit)
		at--;
	if (exit_code == CW_EXIT_INVALID || (exit_code && a->worst == CW_EXIT_DONE))
		a->worst = exit_code;
	json_array_insert(a->items, at, (json_t *)(uintptr_t)item);
}

static void verify_named(struct audit *a, const char *path, struct cw_error *err)
{
	size_t before = a->units;
	struct stat st;

	if (stat(path, &st) < 0) {
		cw_fail(err, CW_E_NO_FILE, errno, path, NULL, _("%s cannot be found or read."), path);
		note_absent(a, path, err);
	} else if (!S_ISDIR(st.st_mode))
		verify_file(a, path);
	else
		verify_below(a, path, 0);
	if (a->units > before)
		return;
	cw_fail(err, CW_E_NO_FILE, 0, path, _("A document is a PDF of certwipe, or a folder with evidence.json, evidence.json.p7s and journal.jsonl."), _("There is no document in %s."), path);
	note_absent(a, path, err);
}

static void clear_logs(struct audit *a)
{
	for (size_t i = 0; i < a->n_logs; i++)
		cw_register_free(a->logs[i]);
	free(a->logs);
}

/* ---- the whole ---- */

int cw_verify_paths(const struct cw_verify_wish *w, char *const *paths, int n, struct cw_verified *out, struct cw_error *err)
{
	struct audit a = { .w = w, .items = json_array(), .worst = CW_EXIT_DONE };
	const json_t *item;
	size_t i;

	for (int k = 0; k < n; k++)
		verify_named(&a, paths[k], err);
	json_array_foreach(w->others, i, item)
		note_other(&a, item);
	if (w->exports != CW_EXPORTS_NONE)
		compare_all(&a);
	clear_logs(&a);
	*out = (struct cw_verified){ .items = a.items, .worst = a.worst };
	if (a.absent == a.units && err->code)
		return err->code; /* a slip of the keyboard, not a finding */
	return 0;
}

void cw_verified_finish(json_t *items)
{
	json_t *item;
	size_t i;

	json_array_foreach(items, i, item)
		json_object_del(item, "unit");
}
