/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certwipe-verify: the strict verifier by itself, for whoever has documents and no station.  It links no code that reaches a medium, keeps no state, and gives up all but reading
 * the files that it was given before it looks at the first byte of them.
 */
#include <fcntl.h>
#include <getopt.h>
#include <langinfo.h>
#include <linux/capability.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

#define FONT_MAX (128u * 1024u * 1024u)
#define PLACES_MAX 4096

struct verifier {
	const char *trust;
	bool json, laboratory, quiet;
	unsigned jobs;
	char *const *paths;
	int n;
	struct cw_buf roots;
	json_t *others; /* what the other processes found */
};

/* ---- letters ---- */

/* Fonts are read in the cage: this program holds neither a medium nor a key. */
static const void *font;
static size_t font_len;

static void map_font(void)
{
	CW_AUTO_FD int fd = open(cw_typeset_font(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > FONT_MAX)
		return;
	void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

	if (bytes == MAP_FAILED)
		return;
	font = bytes;
	font_len = (size_t)st.st_size;
}

static int typeset_here(const char *request, size_t len, struct cw_typeface **out, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf answer = { 0 };
	int rc = cw_typeset(font ? font : "", font_len, request, len, &answer, err);

	return rc ? rc : cw_typeface_answer(answer.data ? answer.data : "", answer.len, out, err);
}

/* ---- the cage ---- */

/* A file is looked at with what lies beside it. */
static char *place_of(const char *path)
{
	struct stat st;
	const char *slash = strrchr(path, '/');

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return strdup(path);
	return slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
}

static int enter_cage(const struct verifier *v, struct cw_error *err)
{
	static char *places[PLACES_MAX];
	int n = 0;

	for (; n < v->n && n < PLACES_MAX; n++)
		places[n] = place_of(v->paths[n]);
	/* Root goes on reading what belongs to others, and has nothing else of root any more. */
	int rc = geteuid() == 0 ? cw_sandbox_drop_but(0, getegid(), CAP_DAC_READ_SEARCH, err) : cw_sandbox_drop(geteuid(), getegid(), err);

	return rc ? rc : cw_sandbox_reader(places, (size_t)n, err);
}

/* ---- the work ---- */

static struct cw_verify_wish wish_of(const struct verifier *v, unsigned part, unsigned share, enum cw_exports exports)
{
	return (struct cw_verify_wish){ .roots = v->roots.data ? v->roots.data : "", .roots_len = v->roots.len, .laboratory = v->laboratory, .typesetter = typeset_here, .part = part,
					.share = share, .exports = exports };
}

static int share_work(int fd, unsigned part, void *user)
{
	const struct verifier *v = user;
	const struct cw_verify_wish w = wish_of(v, part, v->jobs, CW_EXPORTS_NONE);
	struct cw_verified found = { .items = NULL };
	struct cw_error err = { 0 }, nothing = { 0 };
	int rc = enter_cage(v, &err);
	json_t *item;
	size_t i;

	/* That there is nothing in a place is for the one who asked to say. */
	if (!rc && cw_verify_paths(&w, v->paths, v->n, &found, &nothing))
		rc = 0;
	json_array_foreach(found.items, i, item)
		if (!rc)
			rc = cw_msg_send_doc(fd, json_incref(item), &err);
	json_decref(found.items);
	return rc ? cw_msg_send_error(fd, CW_SLOTS_MAX, &err, &nothing) - 1 : 0;
}

static int take_item(void *user, json_t *item, struct cw_error *err)
{
	struct verifier *v = user;

	return json_array_append_new(v->others, item) == 0 ? 0 : cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
}

static int verify_alone(struct verifier *v, struct cw_verified *out, struct cw_error *err)
{
	const struct cw_verify_wish w = wish_of(v, 0, 1, CW_EXPORTS_TOO);
	int rc = enter_cage(v, err);

	return rc ? rc : cw_verify_paths(&w, v->paths, v->n, out, err);
}

/* The others look at documents; here come the exports, and the comparison of all with all. */
static int verify_together(struct verifier *v, struct cw_verified *out, struct cw_error *err)
{
	struct cw_verify_wish w = wish_of(v, 0, 1, CW_EXPORTS_ONLY);
	struct cw_pool *pool = NULL;
	int rc = cw_pool_start(v->jobs, share_work, v, &pool, err);

	if (!rc)
		rc = enter_cage(v, err);
	if (!rc)
		rc = cw_pool_collect(pool, take_item, v, err);
	cw_pool_free(pool);
	w.others = v->others;
	return rc ? rc : cw_verify_paths(&w, v->paths, v->n, out, err);
}

/* ---- what is said ---- */

static const char *words_of(const char *finding)
{
	static const struct { const char *finding, *words; } known[] = { { "valid", N_("VALID") }, { "valid-with-remarks", N_("VALID WITH REMARKS") }, { "invalid", N_("INVALID") },
									 { "cannot-tell", N_("CANNOT TELL") } };

	for (size_t i = 0; i < CW_ARRAY_LEN(known); i++)
		if (!strcmp(known[i].finding, finding))
			return _(known[i].words);
	return finding;
}

static void tell_item(const json_t *item)
{
	const json_t *remark;
	const char *reason = cw_json_str(item, "reason", "");
	size_t i;

	printf("%s: %s", cw_json_str(item, "file", ""), words_of(cw_json_str(item, "finding", "")));
	printf("%s%s\n", *cw_json_str(item, "documentId", "") ? "  " : "", cw_json_str(item, "documentId", ""));
	if (*reason)
		printf("  %s\n", reason);
	json_array_foreach(json_object_get(item, "remarks"), i, remark)
		if (strcmp(json_string_value(remark), reason) != 0)
			printf("  - %s\n", json_string_value(remark));
}

static int tell(const struct verifier *v, json_t *items, int worst, struct cw_error *err)
{
	const json_t *item;
	size_t i;

	cw_verified_finish(items);
	if (v->json) {
		CW_AUTO_JSON json_t *doc = json_pack("{s:s, s:i, s:b, s:O}", "schema", "certwipe/verify/1", "exit", worst, "trusted", v->trust != NULL, "items", items);

		if (!doc || json_dumpf(doc, stdout, JSON_INDENT(2)) < 0)
			return cw_fail(err, CW_E_IO, 0, NULL, NULL, _("Standard output cannot be written."));
		putchar('\n');
	}
	json_array_foreach(items, i, item)
		if (!v->json && (!v->quiet || cw_json_u64(item, "exit", CW_EXIT_INVALID)))
			tell_item(item);
	if (!v->json && !v->trust)
		puts(_("No root was given (--trust ROOT.pem), so nobody can tell whose signature it is."));
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : cw_fail(err, CW_E_IO, 0, NULL, NULL, _("Standard output cannot be written."));
}

static int verify(struct verifier *v, struct cw_error *err)
{
	struct cw_verified found = { .items = NULL };
	int rc = cw_input_roots(v->trust, &v->roots, err);

	map_font();
	if (!rc)
		rc = v->jobs > 1 ? verify_together(v, &found, err) : verify_alone(v, &found, err);
	if (!rc)
		rc = tell(v, found.items, found.worst, err);
	json_decref(found.items);
	return rc ? rc : found.worst;
}

/* ---- command line ---- */

static int usage(void)
{
	fputs(_("Usage: certwipe-verify --trust ROOT.pem [--lab] [--json] [--quiet] [--jobs N] FILE|DIR...\n"), stderr);
	return CW_EXIT_USAGE;
}

static bool read_jobs(const char *text, unsigned *jobs)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	*jobs = (unsigned)n;
	return *text && !*end && n >= 1 && n <= CW_POOL_MAX;
}

static bool read_option(struct verifier *v, int c)
{
	switch (c) {
	case 't':
		v->trust = optarg;
		return true;
	case 'l':
		v->laboratory = true;
		return true;
	case 'j':
		v->json = true;
		return true;
	case 'q':
		v->quiet = true;
		return true;
	case 'n':
		return read_jobs(optarg, &v->jobs);
	default:
		return false;
	}
}

static const struct option options[] = {
	{ "trust", required_argument, NULL, 't' }, { "lab", no_argument, NULL, 'l' }, { "json", no_argument, NULL, 'j' }, { "quiet", no_argument, NULL, 'q' },
	{ "jobs", required_argument, NULL, 'n' }, { "version", no_argument, NULL, 'V' }, { NULL, 0, NULL, 0 },
};

int main(int argc, char **argv)
{
	struct verifier v = { .jobs = 1 };
	struct cw_error err = { 0 };
	int c;

	setlocale(LC_ALL, "");
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
	bindtextdomain("certwipe", CW_LOCALEDIR);
	textdomain("certwipe");
	signal(SIGPIPE, SIG_IGN);
	while ((c = getopt_long(argc, argv, "qV", options, NULL)) != -1) {
		if (c == 'V')
			return puts("certwipe-verify " CW_VERSION) < 0;
		if (!read_option(&v, c))
			return usage();
	}
	if (optind >= argc)
		return usage();
	v.paths = argv + optind;
	v.n = argc - optind;
	v.others = json_array();
	int rc = verify(&v, &err);

	cw_buf_clear(&v.roots);
	json_decref(v.others);
	if (rc < 0) {
		fprintf(stderr, "certwipe-verify: %s\n", err.message);
		if (*err.hint)
			fprintf(stderr, "  %s\n", err.hint);
		rc = cw_code_exit(err.code);
	}
	/* All is said and flushed; what else runs at the end of a program has no place in the cage. */
	_exit(rc);
}
