/* SPDX-License-Identifier: Apache-2.0 */
/* The register: what it promises to grow, and that whatever somebody does to its file is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "certwipe/register.h"
#include "sim/fixture_journal.h"
#include "sim/fixture_register.h"

/* ---- growing ---- */

static void checkpoint_follows_the_leaves(void **state)
{
	struct state *s = *state;
	struct cw_checkpoint before, after, again;
	struct cw_entry e = started("job-1");
	struct cw_error err = { 0 };
	uint8_t hash[CW_SHA256_BYTES];
	char hex[CW_SHA256_HEX];
	static const char subject[] = "{\"approvalNumber\":\"府政-115-7\",\"assetTag\":\"A-17\",\"closesCase\":false,\"model\":\"Stick\",\"serial\":\"SN-0001\"}";
	char digest[CW_SHA256_HEX], leaf[1024];

	cw_sha256_hex(subject, strlen(subject), digest);
	snprintf(leaf, sizeof(leaf), "{\"at\":\"2026-11-20T10:00:00Z\",\"documentId\":\"\",\"identitySha256\":\"" H1 "\",\"index\":0,\"jobId\":\"job-1\",\"jsonSha256\":\"\","
				     "\"kind\":\"started\",\"laboratory\":false,\"level\":\"\",\"outcome\":\"\",\"p7sSha256\":\"\",\"subjectSha256\":\"%s\",\"v\":1}", digest);

	good(cw_register_checkpoint(s->r, &before, &err), &err);
	assert_int_equal(before.size, 0);
	assert_string_equal(before.root, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_string_equal(before.origin, ORIGIN);
	good(cw_register_append(s->r, &e, &after, &err), &err);
	assert_int_equal(after.size, 1);
	cw_merkle_leaf(leaf, strlen(leaf), hash);
	cw_hex(hex, hash, sizeof(hash));
	assert_string_equal(after.root, hex);
	reopen(s);
	good(cw_register_checkpoint(s->r, &again, &err), &err);
	assert_memory_equal(&again, &after, sizeof(after));
}

static void entries_are_checked(void **state)
{
	struct state *s = *state;
	struct cw_checkpoint after;
	struct cw_error err = { 0 };
	struct cw_entry e = ended("job-9", "certificate", "2026-000001", true);

	assert_int_equal(cw_register_append(s->r, &e, &after, &err), CW_E_STATE); /* never started */
	e = started("job-1");
	cw_strlcpy(e.kind, "approved", sizeof(e.kind));
	assert_int_equal(cw_register_append(s->r, &e, &after, &err), CW_E_USAGE);
	e = started("job-1");
	cw_strlcpy(e.at, "yesterday", sizeof(e.at));
	assert_int_equal(cw_register_append(s->r, &e, &after, &err), CW_E_USAGE);
	e = started("job-1");
	cw_strlcpy(e.model, "a\033[2Jb", sizeof(e.model));
	assert_int_equal(cw_register_append(s->r, &e, &after, &err), CW_E_USAGE);
	e = ended("job-1", "report", "", false);
	assert_int_equal(cw_register_append(s->r, &e, &after, &err), CW_E_USAGE);
	e = ended("job-1", "report", "2026-000001", false);
	e.json_sha256[63] = 'X';
	assert_int_equal(cw_register_append(s->r, &e, &after, &err), CW_E_USAGE);
	fill(s);
	e = ended("job-3", "report", "2026-000001", false);
	assert_int_equal(cw_register_append(s->r, &e, &after, &err), CW_E_INVALID); /* a number is given once */
	assert_int_equal(after.size, 0);
	append(s, ended("job-3", "report", "2026-000003", false)); /* and the failure left nothing locked */
}

static void numbers_count_up_each_year(void **state)
{
	struct state *s = *state;
	struct cw_error err = { 0 };
	char id[CW_NODE_MAX];

	good(cw_register_next_document(s->r, "2026-11-20T10:00:00Z", id, &err), &err);
	assert_string_equal(id, "2026-000001");
	fill(s);
	good(cw_register_next_document(s->r, "2026-11-20T10:00:00Z", id, &err), &err);
	assert_string_equal(id, "2026-000003");
	good(cw_register_next_document(s->r, "2027-01-01T00:00:00Z", id, &err), &err);
	assert_string_equal(id, "2027-000001");
	assert_int_equal(cw_register_next_document(s->r, "2027", id, &err), CW_E_USAGE);
}

static void what_was_entered_can_be_found(void **state)
{
	struct state *s = *state;
	struct cw_error err = { 0 };
	json_t *j = NULL;

	fill(s);
	good(cw_register_list(s->r, NULL, &j, &err), &err);
	assert_int_equal(json_array_size(j), 5);
	json_decref(j);
	good(cw_register_list(s->r, "JOB-2", &j, &err), &err);
	assert_int_equal(json_array_size(j), 2);
	json_decref(j);
	good(cw_register_list(s->r, "政-115", &j, &err), &err);
	assert_int_equal(json_array_size(j), 5);
	json_decref(j);
	good(cw_register_list(s->r, "%", &j, &err), &err); /* no wildcard */
	assert_int_equal(json_array_size(j), 0);
	json_decref(j);
	good(cw_register_list(s->r, "' OR 1=1 --", &j, &err), &err);
	assert_int_equal(json_array_size(j), 0);
	json_decref(j);
	good(cw_register_show(s->r, 3, &j, &err), &err);
	assert_string_equal(cw_json_str(j, "documentId", ""), "2026-000002");
	json_decref(j);
	assert_int_equal(cw_register_show(s->r, 5, &j, &err), CW_E_NOT_FOUND);
	assert_int_equal(cw_register_show(s->r, UINT64_MAX, &j, &err), CW_E_NOT_FOUND);
	assert_null(j);
}

/* ---- opening ---- */

static void one_station_one_register(void **state)
{
	struct state *s = *state;
	struct cw_register *other = NULL;
	struct cw_error err = { 0 };
	struct stat st;

	cw_register_free(s->r);
	s->r = NULL;
	assert_int_equal(cw_register_open(s->db, "Test County/station 2", true, &other, &err), CW_E_STATE);
	assert_null(other);
	good(cw_register_open(s->db, NULL, false, &other, &err), &err);
	cw_register_free(other);
	assert_int_equal(cw_register_open("/tmp/certwipe-no-such-folder/register.db", NULL, false, &other, &err), CW_E_NO_FILE);
	assert_int_equal(cw_register_open("/tmp/certwipe-no-such-folder/register.db", ORIGIN, true, &other, &err), CW_E_STATE);
	assert_int_equal(stat(s->db, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static int append_in_child(const char *db, int number)
{
	struct cw_register *r = NULL;
	struct cw_checkpoint c;
	struct cw_error err = { 0 };
	struct cw_entry e = started("job");

	snprintf(e.job_id, sizeof(e.job_id), "job-%d", number);
	int rc = cw_register_open(db, ORIGIN, true, &r, &err);

	if (!rc)
		rc = cw_register_append(r, &e, &c, &err);
	cw_register_free(r);
	return rc ? 1 : 0;
}

static void processes_take_turns(void **state)
{
	struct state *s = *state;
	struct cw_checkpoint c;
	struct cw_error err = { 0 };
	pid_t children[6];
	int status;

	cw_register_free(s->r);
	s->r = NULL;
	for (size_t i = 0; i < CW_ARRAY_LEN(children); i++) {
		children[i] = fork();
		if (children[i] == 0)
			_exit(append_in_child(s->db, (int)i));
	}
	for (size_t i = 0; i < CW_ARRAY_LEN(children); i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	reopen(s);
	good(cw_register_checkpoint(s->r, &c, &err), &err);
	assert_int_equal(c.size, CW_ARRAY_LEN(children));
}

/* The signer gives its account and its rights up between opening and appending. */
static void an_open_register_needs_no_paths(void **state)
{
	struct state *s = *state;
	char aside[64];
	struct stat st;

	snprintf(aside, sizeof(aside), "%s-aside", s->folder);
	assert_int_equal(rename(s->folder, aside), 0);
	fill(s);
	assert_int_equal(rename(aside, s->folder), 0);
	assert_int_equal(stat(s->db, &st), 0);
	assert_true(st.st_size > 4096); /* what was entered is in this file, not beside it: it may be copied alone */
	reopen(s);
	assert_true(found(s, "finding", "job-3", true));
}

static void foreign_files_are_refused(void **state)
{
	static const char *const changes[] = {
		"CREATE VIEW more AS SELECT 1", "CREATE TABLE more(x)", "CREATE TRIGGER evil AFTER INSERT ON entries BEGIN DELETE FROM meta; END", "DROP INDEX entries_job",
		"PRAGMA user_version = 3", "PRAGMA user_version = 1", "PRAGMA user_version = 0", "DELETE FROM meta", "DROP TABLE entries; CREATE VIEW entries AS SELECT 0 AS idx", "DROP TABLE entries",
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(changes); i++) {
		struct cw_register *r = NULL;
		struct cw_error err = { 0 };
		void *own = NULL;
		struct state *s;

		register_setup(&own);
		s = own;
		tamper(s, changes[i]);
		if (cw_register_open(s->db, ORIGIN, false, &r, &err) == 0)
			fail_msg("opened after: %s", changes[i]);
		assert_true(err.message[0] != '\0');
		if (cw_register_open(s->db, ORIGIN, true, &r, &err) == 0)
			fail_msg("opened after: %s", changes[i]);
		register_teardown(&own);
	}
}

static void garbage_is_no_register(void **state)
{
	struct state *s = *state;
	struct cw_register *r = NULL;
	struct cw_error err = { 0 };
	char bytes[8192];

	cw_register_free(s->r);
	s->r = NULL;
	memset(bytes, 'x', sizeof(bytes));
	good(cw_file_write(s->dirfd, "register.db", bytes, sizeof(bytes), 0600, true, &err), &err);
	assert_int_equal(cw_register_open(s->db, ORIGIN, false, &r, &err), CW_E_INVALID);
	good(cw_file_write(s->dirfd, "register.db", "SQLite format 3", 16, 0600, true, &err), &err);
	assert_int_not_equal(cw_register_open(s->db, ORIGIN, true, &r, &err), 0);
	assert_null(r);
}

/* A file whose pages were overwritten: whatever is said, nothing crashes. */
static void broken_pages_do_not_crash(void **state)
{
	struct state *s = *state;
	struct cw_error err = { 0 };
	CW_AUTO_BUF struct cw_buf file = { 0 };

	fill(s);
	tamper(s, "PRAGMA wal_checkpoint(TRUNCATE)");
	good(cw_file_read(s->dirfd, "register.db", 1 << 20, &file, &err), &err);
	for (size_t at = 16; at < file.len; at += 331) {
		CW_AUTO_JSON json_t *j = NULL;
		struct cw_register *r = NULL;
		struct cw_checkpoint c;
		char before = file.data[at];

		file.data[at] = (char)(before ^ 0x5a);
		good(cw_file_write(s->dirfd, "register.db", file.data, file.len, 0600, true, &err), &err);
		if (cw_register_open(s->db, ORIGIN, false, &r, &err) == 0 && cw_register_check(r, s->dirfd, NULL, &j, &err) == 0)
			(void)!cw_register_checkpoint(r, &c, &err);
		cw_register_free(r);
		file.data[at] = before;
	}
}

/* ---- tampering ---- */

static void the_register_only_grows(void **state)
{
	struct state *s = *state;
	sqlite3 *db = NULL;
	static const char *const changes[] = { "UPDATE entries SET model = 'x'", "DELETE FROM entries WHERE idx = 0", "INSERT OR REPLACE INTO entries SELECT * FROM entries WHERE idx = 0",
					       "INSERT INTO entries SELECT 9, 'started', at, 'j', '', '', '', '', '', identity_sha256, '', '', '', '', 0, 0, leaf_sha256 FROM entries" };

	fill(s);
	cw_register_free(s->r);
	s->r = NULL;
	assert_int_equal(sqlite3_open(s->db, &db), SQLITE_OK);
	for (size_t i = 0; i < CW_ARRAY_LEN(changes); i++)
		assert_int_not_equal(sqlite3_exec(db, changes[i], NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	reopen(s);
	assert_true(found(s, "error", "cannot be opened", true)); /* the documents are not there in this test */
	assert_false(found(s, "error", "changed", true));
}

static void tampering_is_found(void **state)
{
	static const struct { const char *sql, *what; } rows[] = {
		{ "", "guards" },
		{ "UPDATE entries SET outcome = 'sanitised' WHERE idx = 3", "columns do not make its leaf hash" },
		{ "UPDATE entries SET laboratory = 1 WHERE idx = 1", "columns do not make its leaf hash" },
		{ "UPDATE entries SET serial = 'another' WHERE idx = 1", "columns do not make its leaf hash" },
		{ "UPDATE entries SET closes_case = 1 - closes_case WHERE idx = 1", "columns do not make its leaf hash" },
		{ "UPDATE entries SET leaf_sha256 = zeroblob(32) WHERE idx = 2", "columns do not make its leaf hash" },
		{ "UPDATE entries SET leaf_sha256 = x'00' WHERE idx = 2", "not written by certwipe" },
		{ "UPDATE entries SET model = 'a' || char(27) || 'b' WHERE idx = 2", "not written by certwipe" },
		{ "UPDATE entries SET model = CAST(x'61ff62' AS TEXT) WHERE idx = 2", "not written by certwipe" },
		{ "UPDATE entries SET kind = CAST(zeroblob(90000) AS TEXT) WHERE idx = 2", "not written by certwipe" },
		{ "UPDATE entries SET closes_case = 7 WHERE idx = 2", "not written by certwipe" },
		{ "DELETE FROM entries WHERE idx = 2", "Entries are missing" },
		{ "DELETE FROM entries WHERE idx = 0", "no entry for the start" },
		{ "UPDATE entries SET idx = 100 WHERE idx = 0; UPDATE entries SET idx = 0 WHERE idx = 2; UPDATE entries SET idx = 2 WHERE idx = 100", "columns do not make its leaf hash" },
		{ "UPDATE entries SET idx = -1 WHERE idx = 0", "Entries are missing" },
		{ "UPDATE entries SET document_id = '../../../etc' WHERE idx = 1", "no number of a document" },
	};

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(rows); i++) {
		char sql[512];
		void *own = NULL;
		struct state *s;

		register_setup(&own);
		s = own;
		fill(s);
		snprintf(sql, sizeof(sql), "%s%s", DROP_GUARDS, rows[i].sql);
		tamper(s, sql);
		reopen(s);
		if (!found(s, "error", rows[i].what, true))
			fail_msg("not found: %s", rows[i].sql);
		assert_true(found(s, "error", "guards", true));
		register_teardown(&own);
	}
}

/* What is signed is the tree that was kept: entries that are taken away change no later root, so that no second history comes about. */
static void nothing_is_added_to_a_log_that_was_cut_off(void **state)
{
	struct state *s = *state;
	struct cw_checkpoint c;
	struct cw_entry e = started("job-4");
	struct cw_error err = { 0 };

	fill(s);
	tamper(s, DROP_GUARDS "DELETE FROM entries WHERE idx = 4");
	reopen(s);
	assert_int_equal(cw_register_append(s->r, &e, &c, &err), CW_E_INVALID);
	assert_int_equal(cw_register_checkpoint(s->r, &c, &err), CW_E_INVALID);
	assert_true(found(s, "error", "when it was last added to", true));
}

static void an_entry_taken_out_does_not_change_the_root(void **state)
{
	struct state *s = *state;
	struct cw_checkpoint before, after;
	struct cw_error err = { 0 };

	fill(s);
	good(cw_register_checkpoint(s->r, &before, &err), &err);
	tamper(s, DROP_GUARDS "DELETE FROM entries WHERE idx = 2");
	reopen(s);
	good(cw_register_checkpoint(s->r, &after, &err), &err);
	assert_string_equal(after.root, before.root);
	assert_true(found(s, "error", "Entries are missing", true));
}

static void a_start_without_an_end_is_a_finding(void **state)
{
	struct state *s = *state;

	append(s, started("job-3"));
	assert_true(found(s, "finding", "job-3", false));
}

static void an_empty_register_has_no_findings(void **state)
{
	struct state *s = *state;

	assert_false(found(s, "error", "", false));
}

/* ---- documents beside the register ---- */

static void documents_are_compared(void **state)
{
	struct state *s = *state;
	struct cw_error err = { 0 };

	issue(s);
	assert_false(found(s, "error", "", false));
	good(cw_file_write(s->dirfd, "certificates/2026/2026-000001/evidence.json.p7s", "Signature", 9, 0600, true, &err), &err); /* 76 */
	assert_true(found(s, "error", "evidence.json.p7s was changed", false));
	assert_int_equal(unlinkat(s->dirfd, "certificates/2026/2026-000001/evidence.json.p7s", 0), 0);
	assert_true(found(s, "error", "evidence.json.p7s cannot be opened", false));
	assert_int_equal(symlinkat("/dev/zero", s->dirfd, "certificates/2026/2026-000001/evidence.json.p7s"), 0);
	assert_true(found(s, "error", "evidence.json.p7s cannot be opened", false));
}

static void a_cut_end_leaves_documents_behind(void **state)
{
	struct state *s = *state;

	issue(s);
	tamper(s, DROP_GUARDS "DELETE FROM entries WHERE idx = 1");
	reopen(s);
	assert_true(found(s, "error", "the register does not have", true));
	assert_int_equal(mkdirat(s->dirfd, "certificates/2026/2026-000099", 0700), 0);
	assert_true(found(s, "error", "2026-000099", true));
}

/* 74: the row and its leaf hash were rewritten together; the document remembers the root. */
static void a_rewritten_start_contradicts_the_document(void **state)
{
	struct state *s = *state;
	struct cw_entry other = started(FIXTURE_JOB);
	struct cw_checkpoint c;
	struct cw_error err = { 0 };
	void *own = NULL;
	struct state *forger;
	char sql[512];

	register_setup(&own);
	forger = own;
	cw_strlcpy(other.at, "2026-11-01T10:00:00Z", sizeof(other.at));
	good(cw_register_append(forger->r, &other, &c, &err), &err); /* of one leaf, the root is its hash */
	register_teardown(&own);

	issue(s);
	snprintf(sql, sizeof(sql), DROP_GUARDS "UPDATE entries SET at = '%s', leaf_sha256 = x'%s' WHERE idx = 0", other.at, c.root);
	tamper(s, sql);
	reopen(s);
	assert_false(found(s, "error", "leaf hash", true));
	assert_true(found(s, "error", "register was rewritten", true));
}

/* ---- cases ---- */

static const char *case_state(struct state *s, const char *job, const char *why)
{
	CW_AUTO_JSON json_t *cases = NULL;
	struct cw_error err = { 0 };
	const char *state = "none";
	json_t *one;
	size_t i;

	good(cw_register_cases(s->r, false, &cases, &err), &err);
	json_array_foreach(cases, i, one)
		if (strcmp(cw_json_str(one, "jobId", ""), job) == 0) {
			if (!strstr(cw_json_str(one, "why", ""), why))
				fail_msg("%s: %s", job, cw_json_str(one, "why", ""));
			state = strcmp(cw_json_str(one, "state", ""), "open") == 0 ? "open" : "closed";
		}
	return state;
}

static void cases_stay_open_until_a_certificate_closes_them(void **state)
{
	struct state *s = *state;
	struct cw_error err = { 0 };
	CW_AUTO_JSON json_t *open_ones = NULL;

	append(s, started("job-1"));
	assert_string_equal(case_state(s, "job-1", "no document"), "open");
	append(s, ended("job-1", "report", "2026-000001", true)); /* a report closes nothing, whatever it says */
	assert_string_equal(case_state(s, "job-1", "Not wiped"), "open");
	append(s, started("job-2"));
	append(s, ended("job-2", "certificate", "2026-000002", false));
	assert_string_equal(case_state(s, "job-2", "physical destruction"), "open");
	good(cw_register_cases(s->r, true, &open_ones, &err), &err);
	assert_int_equal(json_array_size(open_ones), 2);
	assert_true(cw_json_u64(json_array_get(open_ones, 0), "ageDays", 0) >= 3);
	append(s, started("job-3"));
	append(s, ended("job-3", "certificate", "2026-000003", true));
	/* the same medium, tag and approval: the third attempt closes the first two */
	assert_string_equal(case_state(s, "job-1", "2026-000003"), "closed");
	assert_string_equal(case_state(s, "job-2", "2026-000003"), "closed");
	assert_string_equal(case_state(s, "job-3", "2026-000003"), "closed");
}

static void twins_do_not_close_each_others_cases(void **state)
{
	struct state *s = *state;
	struct cw_entry e = started("job-1");

	e.asset_tag[0] = '\0';
	append(s, e);
	cw_strlcpy(e.job_id, "job-2", sizeof(e.job_id));
	append(s, e);
	e = ended("job-2", "certificate", "2026-000001", true);
	e.asset_tag[0] = '\0';
	append(s, e);
	assert_string_equal(case_state(s, "job-1", "no document"), "open");
	assert_string_equal(case_state(s, "job-2", "2026-000001"), "closed");
	e = started("job-3");
	cw_strlcpy(e.asset_tag, "A-18", sizeof(e.asset_tag));
	append(s, e);
	assert_string_equal(case_state(s, "job-3", "no document"), "open");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, register_setup, register_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(checkpoint_follows_the_leaves), TEST(entries_are_checked), TEST(numbers_count_up_each_year), TEST(what_was_entered_can_be_found),
		TEST(one_station_one_register), TEST(processes_take_turns), TEST(an_open_register_needs_no_paths), cmocka_unit_test(foreign_files_are_refused), TEST(garbage_is_no_register), TEST(broken_pages_do_not_crash),
		TEST(the_register_only_grows), cmocka_unit_test(tampering_is_found), TEST(nothing_is_added_to_a_log_that_was_cut_off), TEST(an_entry_taken_out_does_not_change_the_root), TEST(a_start_without_an_end_is_a_finding),
		TEST(an_empty_register_has_no_findings), TEST(documents_are_compared), TEST(a_cut_end_leaves_documents_behind), TEST(a_rewritten_start_contradicts_the_document),
		TEST(cases_stay_open_until_a_certificate_closes_them), TEST(twins_do_not_close_each_others_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
