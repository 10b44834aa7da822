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
	int worst;
};

/* 10 wins over 7, 7 over 0 (design section 5). */
static void note(struct audit *a, json_t *item, int exit_code)
{
	if (exit_code == CW_EXIT_INVALID || (exit_code && a->worst == CW_EXIT_DONE))
		a->worst = exit_code;
	json_array_append_new(a->items, item);
}

static int verify_one(struct audit *a, const char *path, struct cw_error *err)
{
	static struct cw_verify_result result;
	struct cw_bundle bundle;
	int rc = cw_input_bundle(path, &bundle, err);

	if (!rc) {
		const struct cw_evidence_files files = cw_bundle_files(&bundle);

		cw_verify(&files, a->roots.data ? a->roots.data : "", a->roots.len, a->c->o->lab != NULL, &result);
		note(a, cw_verify_json(bundle.path, &result), result.exit_code);
	}
	cw_bundle_clear(&bundle);
	return rc;
}

static int verify_below(struct audit *a, const char *path, int depth, struct cw_error *err)
{
	struct dirent **names = NULL;
	CW_AUTO_BUF struct cw_buf own = { 0 };
	struct stat st;
	int rc = 0, n;

	cw_buf_printf(&own, "%s/evidence.json", path);
	if (stat(own.data, &st) == 0)
		return verify_one(a, own.data, err);
	if (depth == DEPTH_MAX)
		return 0;
	n = scandir(path, &names, NULL, alphasort);
	if (n < 0)
		return cw_fail(err, CW_E_NO_FILE, errno, path, NULL, _("The folder %s cannot be read."), path);
	for (int i = 0; i < n; i++) {
		CW_AUTO_BUF struct cw_buf below = { 0 };

		cw_buf_printf(&below, "%s/%s", path, names[i]->d_name);
		if (!rc && names[i]->d_name[0] != '.' && lstat(below.data, &st) == 0 && S_ISDIR(st.st_mode))
			rc = verify_below(a, below.data, depth + 1, err);
		free(names[i]);
	}
	free(names);
	return rc;
}

static int verify_named(struct audit *a, const char *path, struct cw_error *err)
{
	size_t before = json_array_size(a->items);
	struct stat st;
	int rc = stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? verify_below(a, path, 0, err) : verify_one(a, path, err);

	if (!rc && json_array_size(a->items) == before)
		return cw_fail(err, CW_E_NO_FILE, 0, path, _("A document is a folder with evidence.json, evidence.json.p7s and journal.jsonl."), _("There is no document in %s."),
			       path);
	return rc;
}

static int run(struct cw_context *c, struct cw_error *err)
{
	struct audit a = { .c = c, .items = json_array(), .worst = CW_EXIT_DONE };
	int rc = cw_input_roots(c->o->trust, &a.roots, err);

	for (int i = 0; !rc && i < c->n; i++)
		rc = verify_named(&a, c->operand[i], err);
	cw_buf_clear(&a.roots);
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
