/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/fixture_journal.h"
#include "sim/fixture_register.h"

void good(int rc, const struct cw_error *err)
{
	if (rc)
		fail_msg("%d: %s", rc, err->message);
}

void reopen(struct state *s)
{
	struct cw_error err = { 0 };

	cw_register_free(s->r);
	s->r = NULL;
	good(cw_register_open(s->db, ORIGIN, false, &s->r, &err), &err);
}

int register_setup(void **state)
{
	struct state *s = calloc(1, sizeof(*s));
	struct cw_error err = { 0 };

	/* tmpfs where there is one: durability is not what is tested here, and fsync takes its time */
	snprintf(s->folder, sizeof(s->folder), "%s/certwipe-test-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(s->folder));
	snprintf(s->db, sizeof(s->db), "%s/register.db", s->folder);
	s->dirfd = open(s->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	good(cw_register_open(s->db, ORIGIN, true, &s->r, &err), &err);
	*state = s;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

int register_teardown(void **state)
{
	struct state *s = *state;

	cw_register_free(s->r);
	cw_note_key_free(s->key);
	close(s->dirfd);
	assert_int_equal(nftw(s->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(s);
	return 0;
}

void register_key(struct state *s)
{
	struct cw_error err = { 0 };

	good(cw_note_key_open(s->dirfd, ORIGIN, &s->key, &err), &err);
}

struct cw_entry started(const char *job)
{
	struct cw_entry e = { .kind = "started", .at = "2026-11-20T10:00:00Z", .identity_sha256 = H1, .model = "Stick", .serial = "SN-0001", .approval_number = "府政-115-7",
			      .asset_tag = "A-17" };

	cw_strlcpy(e.job_id, job, sizeof(e.job_id));
	return e;
}

struct cw_entry ended(const char *job, const char *kind, const char *document, bool closes)
{
	struct cw_entry e = started(job);

	cw_strlcpy(e.kind, kind, sizeof(e.kind));
	cw_strlcpy(e.document_id, document, sizeof(e.document_id));
	cw_strlcpy(e.outcome, strcmp(kind, "report") == 0 ? "not-sanitised" : "sanitised", sizeof(e.outcome));
	cw_strlcpy(e.level, "clear", sizeof(e.level));
	cw_strlcpy(e.json_sha256, H1, sizeof(e.json_sha256));
	cw_strlcpy(e.p7s_sha256, H2, sizeof(e.p7s_sha256));
	e.closes_case = closes;
	return e;
}

void append(struct state *s, struct cw_entry e)
{
	struct cw_checkpoint after;
	struct cw_error err = { 0 };

	good(cw_register_append(s->r, &e, &after, &err), &err);
}

void fill(struct state *s)
{
	append(s, started("job-1"));
	append(s, ended("job-1", "certificate", "2026-000001", true));
	append(s, started("job-2"));
	append(s, ended("job-2", "report", "2026-000002", false));
	append(s, started("job-3"));
}

void tamper(struct state *s, const char *sql)
{
	sqlite3 *db = NULL;
	char *why = NULL;

	cw_register_free(s->r);
	s->r = NULL;
	assert_int_equal(sqlite3_open(s->db, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s", why);
	sqlite3_close(db);
}

bool found(struct state *s, const char *severity, const char *what, bool others_too)
{
	CW_AUTO_JSON json_t *findings = NULL;
	struct cw_error err = { 0 };
	bool yes = false;
	json_t *one;
	size_t i;

	good(cw_register_check(s->r, s->dirfd, s->key, &findings, &err), &err);
	json_array_foreach(findings, i, one) {
		bool match = strcmp(cw_json_str(one, "severity", ""), severity) == 0 && strstr(cw_json_str(one, "what", ""), what);

		yes = yes || match;
		if (!match && !others_too)
			fail_msg("unexpected: %s", cw_json_str(one, "what", ""));
	}
	return yes;
}

/* ---- documents ---- */

static json_t *document_following(const struct state *s, const struct cw_checkpoint *c, struct cw_entry *entry)
{
	struct fixture_wish wish = { .virtual_ = false };
	json_t *lines = fixture_perfect(&wish), *payload = NULL;
	struct cw_journal_text text = { 0 };
	struct cw_payload_frame frame = { .document_id = "2026-000001", .uuid = "01931e5e-0000-7000-8000-000000000000", .issued_at = "2026-11-24T00:00:00Z", .organisation = "Test County",
					  .unit = "Ethics", .station = "station 1", .register_origin = ORIGIN, .signer_cert_sha256 = H1, .previous_size = c->size };
	struct cw_error err = { 0 };

	cw_strlcpy(frame.previous_root, c->root, sizeof(frame.previous_root));
	if (s->key)
		cw_strlcpy(frame.note_key, cw_note_key_hex(s->key), sizeof(frame.note_key));
	good(fixture_chain(lines, &text, &err), &err);
	good(cw_payload_make(&text, &frame, &payload, &err), &err);
	cw_journal_text_clear(&text);
	json_decref(lines);
	cw_strlcpy(entry->at, frame.issued_at, sizeof(entry->at));
	cw_strlcpy(entry->job_id, cw_json_str(payload, "jobId", ""), sizeof(entry->job_id));
	return payload;
}

void issue(struct state *s)
{
	struct cw_entry start = started(FIXTURE_JOB), end = ended(FIXTURE_JOB, "certificate", "2026-000001", true);
	struct cw_checkpoint c;
	struct cw_error err = { 0 };
	CW_AUTO_JSON json_t *payload = NULL;
	CW_AUTO_BUF struct cw_buf json = { 0 };

	good(cw_register_append(s->r, &start, &c, &err), &err);
	payload = document_following(s, &c, &end);
	good(cw_json_canonical(payload, &json, &err), &err);
	assert_int_equal(mkdirat(s->dirfd, "certificates", 0700), 0);
	assert_int_equal(mkdirat(s->dirfd, "certificates/2026", 0700), 0);
	assert_int_equal(mkdirat(s->dirfd, "certificates/2026/2026-000001", 0700), 0);
	good(cw_file_write(s->dirfd, "certificates/2026/2026-000001/evidence.json", json.data, json.len, 0600, false, &err), &err);
	good(cw_file_write(s->dirfd, "certificates/2026/2026-000001/evidence.json.p7s", "signature", 9, 0600, false, &err), &err);
	cw_sha256_hex(json.data, json.len, end.json_sha256);
	cw_sha256_hex("signature", 9, end.p7s_sha256);
	append(s, end);
}

