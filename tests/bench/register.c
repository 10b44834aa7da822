/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a large register costs: fills one of N entries (1,000,000) in memory, then measures an append, a proof, a checkpoint and opening it.  CPU time, and no fsync: the
 * folder should lie in memory.  `make bench-register`.
 */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "certwipe/register.h"

#define ORIGIN "Example County/Room 204"
#define HASH "1111111111111111111111111111111111111111111111111111111111111111"
#define ROUNDS 200

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void must(int rc, const struct cw_error *err)
{
	if (rc) {
		fprintf(stderr, "%s\n", err->message);
		exit(1);
	}
}

static struct cw_entry entry(uint64_t i)
{
	struct cw_entry e = { .identity_sha256 = HASH, .model = "SanDisk Cruzer Blade", .serial = "4C530001120523116245", .approval_number = "A-2026-001" };

	snprintf(e.at, sizeof e.at, "2026-11-20T10:00:00Z");
	snprintf(e.job_id, sizeof e.job_id, "20261120-%06llu-%08llx", (unsigned long long)(i / 2 % 1000000), (unsigned long long)(i / 2));
	snprintf(e.kind, sizeof e.kind, "%s", i % 2 ? "certificate" : "started");
	if (i % 2) {
		snprintf(e.document_id, sizeof e.document_id, "2026-%06llu", (unsigned long long)(i / 2 + 1));
		snprintf(e.outcome, sizeof e.outcome, "sanitised");
		snprintf(e.level, sizeof e.level, "clear");
		snprintf(e.json_sha256, sizeof e.json_sha256, "%s", HASH);
		snprintf(e.p7s_sha256, sizeof e.p7s_sha256, "%s", HASH);
	}
	return e;
}

/* As an older version left it, without its tree, so that opening it builds that.  Filled by SQL, because a million transactions say nothing more. */
static void fill(const char *path, uint64_t n)
{
	struct cw_register *r = NULL;
	struct cw_checkpoint c;
	struct cw_error err = { 0 };
	struct cw_entry first = entry(0), second = entry(1);
	sqlite3 *db = NULL;
	char sql[2048];

	must(cw_register_open(path, ORIGIN, true, &r, &err), &err);
	must(cw_register_append(r, &first, &c, &err), &err);
	must(cw_register_append(r, &second, &c, &err), &err);
	cw_register_free(r);
	snprintf(sql, sizeof sql,
		 "DROP TABLE nodes; DELETE FROM meta WHERE key = 'head'; PRAGMA user_version = 1; PRAGMA synchronous = OFF; "
		 "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < %llu) "
		 "INSERT INTO entries SELECT i, e.kind, at, printf('20261120-%%06d-%%08x', i / 2 %% 1000000, i / 2), CASE WHEN i %% 2 THEN printf('2026-%%06d', i / 2 + 1) ELSE '' END, "
		 "outcome, level, json_sha256, p7s_sha256, identity_sha256, model, serial, approval_number, asset_tag, laboratory, closes_case, randomblob(32) "
		 "FROM n CROSS JOIN entries AS e ON e.idx = i %% 2",
		 (unsigned long long)n - 1);
	if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
		fprintf(stderr, "%s\n", sqlite3_errmsg(db));
		exit(1);
	}
	sqlite3_close(db);
}

static struct cw_register *open_measured(const char *path, const char *what)
{
	struct cw_register *r = NULL;
	struct cw_error err = { 0 };
	double begin = cpu_ms();

	must(cw_register_open(path, ORIGIN, true, &r, &err), &err);
	printf("%-36s %10.3f ms\n", what, cpu_ms() - begin);
	return r;
}

static void measure_append(struct cw_register *r, uint64_t n)
{
	struct cw_checkpoint c;
	struct cw_error err = { 0 };
	double begin = cpu_ms();
	char id[CW_NODE_MAX];

	for (uint64_t i = 0; i < ROUNDS; i++) {
		struct cw_entry e = entry(n + i);

		must(cw_register_append(r, &e, &c, &err), &err);
	}
	printf("%-36s %10.3f ms\n", "append", (cpu_ms() - begin) / ROUNDS);
	begin = cpu_ms();
	must(cw_register_next_document(r, "2026-11-20T10:00:00Z", id, &err), &err);
	printf("%-36s %10.3f ms\n", "number of the next document", cpu_ms() - begin);
}

static void measure_proofs(struct cw_register *r, const struct cw_note_key *key, uint64_t n)
{
	struct cw_hashes p;
	struct cw_error err = { 0 };
	CW_AUTO_BUF struct cw_buf proof = { 0 }, note = { 0 };
	double begin = cpu_ms();
	size_t largest = 0;

	for (uint64_t i = 0; i < ROUNDS; i++)
		must(cw_register_path(r, i * (n / ROUNDS), n, &p, &err), &err);
	printf("%-36s %10.3f ms\n", "path of one entry", (cpu_ms() - begin) / ROUNDS);
	begin = cpu_ms();
	for (uint64_t i = 0; i < ROUNDS; i++) {
		proof.len = 0;
		must(cw_register_proof(r, key, i ? n + i : 1, i ? n + i : 1, &proof, &err), &err); /* the first has the longest path */
		largest = proof.len > largest ? proof.len : largest;
	}
	printf("%-36s %10.3f ms, %zu bytes\n", "evidence.tlog-proof, signed", (cpu_ms() - begin) / ROUNDS, largest);
	begin = cpu_ms();
	for (uint64_t i = 0; i < ROUNDS; i++)
		must(cw_register_consistency(r, 1 + i * (n / ROUNDS), n, &p, &err), &err);
	printf("%-36s %10.3f ms\n", "consistency of two states", (cpu_ms() - begin) / ROUNDS);
	begin = cpu_ms();
	must(cw_register_note(r, key, &note, &err), &err);
	printf("%-36s %10.3f ms\n", "checkpoint, signed", cpu_ms() - begin);
}

int main(int argc, char **argv)
{
	uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
	char folder[] = "/dev/shm/certwipe-bench-XXXXXX", path[64];
	struct cw_note_key *key = NULL;
	struct cw_error err = { 0 };
	struct cw_register *r;
	struct stat st;

	if (n < 1000 || !mkdtemp(folder))
		return 1;
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	snprintf(path, sizeof path, "%s/register.db", folder);
	must(cw_note_key_open(dir, ORIGIN, &key, &err), &err);
	fill(path, n);
	printf("%llu entries\n", (unsigned long long)n);
	cw_register_free(open_measured(path, "open, the tree built for the first time"));
	r = open_measured(path, "open");
	measure_append(r, n);
	measure_proofs(r, key, n);
	cw_register_free(r);
	cw_note_key_free(key);
	if (stat(path, &st) == 0)
		printf("%-36s %10.1f MB\n", "register.db", (double)st.st_size / 1e6);
	unlinkat(dir, "register.db", 0);
	unlinkat(dir, "note.key", 0);
	unlinkat(dir, "note.vkey", 0);
	close(dir);
	return rmdir(folder) == 0 ? 0 : 1;
}
