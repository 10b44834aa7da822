/* SPDX-License-Identifier: Apache-2.0 */
/* certwipe verify: is a document unaltered, whose key signed it, and does its claim follow from its journal?  No privilege, no state. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"

#define DEPTH_MAX 6 /* certificates/<year>/<id> below whatever the auditor was given */

struct audit {
	struct cw_context *c;
	struct cw_buf roots;
	json_t *items;
	size_t absent; /* operands that name nothing */
	int worst;
};

/* 10 wins over 7, 7 over 0 (design section 5). */
static void note(struct audit *a, json_t *item, int exit_code)
{
	if (exit_code == CW_EXIT_INVALID || (exit_code && a->worst == CW_EXIT_DONE))
		a->worst = exit_code;
	json_array_append_new(a->items, item);
}

static void verify_files(struct audit *a, const struct cw_bundle *b)
{
	static struct cw_verify_result result;
	const struct cw_evidence_files files = cw_bundle_files(b);

	cw_verify(&files, a->roots.data ? a->roots.data : "", a->roots.len, a->c->o->lab != NULL, &result);
	note(a, cw_verify_json(b->path, &result), result.exit_code);
}

/* What could not even be looked at is an item like any other: it must not hide behind those that are in order, nor they behind it. */
static void note_unseen(struct audit *a, const char *path, bool invalid, const char *why)
{
	static struct cw_verify_result result;

	memset(&result, 0, sizeof result);
	result.finding = invalid ? CW_FINDING_INVALID : CW_FINDING_CANNOT_TELL;
	result.exit_code = invalid ? CW_EXIT_INVALID : CW_EXIT_INCONCLUSIVE;
	cw_strlcpy(result.reason, why, sizeof result.reason);
	note(a, cw_verify_json(path, &result), result.exit_code);
}

static void verify_one(struct audit *a, const char *path)
{
	struct cw_error err = { 0 };
	struct cw_bundle bundle;
	int rc = cw_input_bundle(path, &bundle, &err);

	if (rc)
		note_unseen(a, path, rc == CW_E_TOO_LARGE, err.message);
	else
		verify_files(a, &bundle);
	cw_bundle_clear(&bundle);
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

	return !strcmp(name, "journal.jsonl") || (n > 4 && !strcmp(name + n - 4, ".p7s"));
}

static void verify_below(struct audit *a, const char *path, int depth)
{
	struct dirent **names = NULL;
	CW_AUTO_BUF struct cw_buf own = { 0 };
	bool whole = false, orphaned = false;
	int n = scandir(path, &names, NULL, alphasort);

	cw_buf_printf(&own, "%s/evidence.json", path);
	if (n < 0)
		note_unseen(a, path, false, _("This folder cannot be read."));
	for (int i = 0; i < n; i++) {
		whole |= !strcmp(names[i]->d_name, "evidence.json");
		orphaned |= is_companion(names[i]->d_name);
	}
	if (whole)
		verify_one(a, own.data);
	else if (orphaned)
		note_unseen(a, path, true, _("A signature or a journal lies here without its document, evidence.json: that was taken away or renamed."));
	for (int i = 0; i < n; i++) {
		CW_AUTO_BUF struct cw_buf below = { 0 };

		cw_buf_printf(&below, "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
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

static void verify_named(struct audit *a, const char *path, struct cw_error *err)
{
	size_t before = json_array_size(a->items);
	struct stat st;

	if (stat(path, &st) < 0) {
		cw_fail(err, CW_E_NO_FILE, errno, path, NULL, _("%s cannot be found or read."), path);
		note_absent(a, path, err);
	} else if (!S_ISDIR(st.st_mode))
		verify_one(a, path);
	else
		verify_below(a, path, 0);
	if (json_array_size(a->items) > before)
		return;
	cw_fail(err, CW_E_NO_FILE, 0, path, _("A document is a folder with evidence.json, evidence.json.p7s and journal.jsonl."), _("There is no document in %s."), path);
	note_absent(a, path, err);
}

static int run(struct cw_context *c, struct cw_error *err)
{
	struct audit a = { .c = c, .items = json_array(), .worst = CW_EXIT_DONE };
	int rc = cw_input_roots(c->o->trust, &a.roots, err);

	for (int i = 0; !rc && i < c->n; i++)
		verify_named(&a, c->operand[i], err);
	cw_buf_clear(&a.roots);
	if (!rc && a.absent == json_array_size(a.items))
		rc = err->code; /* a slip of the keyboard, not a finding */
	if (rc) {
		json_decref(a.items);
		return rc;
	}
	rc = cw_emit(c, json_pack("{s:s, s:i, s:b, s:o}", "schema", "certwipe/verify/1", "exit", a.worst, "trusted", c->o->trust != NULL, "items", a.items), err);
	return rc ? rc : a.worst;
}

const struct cw_command cw_command_verify = {
	.name = "verify", .operands = "FILE|DIR...", .summary = N_("check certificates and reports"), .needs_broker = false, .least = 1, .most = -1, .run = run,
};
