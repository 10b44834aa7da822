/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A register in a state directory of its own, with entries as the signer makes them; for cmocka tests:
 *
 *	static void a_test(void **state) { struct state *s = *state; fill(s); ... }
 *	cmocka_unit_test_setup_teardown(a_test, register_setup, register_teardown)
 */
#ifndef CERTWIPE_TESTS_FIXTURE_REGISTER_H
#define CERTWIPE_TESTS_FIXTURE_REGISTER_H

#include "certwipe/register.h"

#define ORIGIN "Test County/station 1"
#define FIXTURE_JOB "20261123-185522-7f3a09c1" /* of fixture_journal.c, and so of what issue() issues */
#define H1 "1111111111111111111111111111111111111111111111111111111111111111"
#define H2 "2222222222222222222222222222222222222222222222222222222222222222"

struct state {
	char folder[40], db[64];
	int dirfd;
	struct cw_register *r;
	struct cw_note_key *key; /* NULL until register_key() */
};
int register_setup(void **state);
int register_teardown(void **state);
void reopen(struct state *s);
/* The key of its checkpoints, in the state directory itself. */
void register_key(struct state *s);

void good(int rc, const struct cw_error *err); /* fails the test with the message */
struct cw_entry started(const char *job);
struct cw_entry ended(const char *job, const char *kind, const char *document, bool closes);
void append(struct state *s, struct cw_entry e);
/* Three jobs: one with a certificate, one with a report, one that never ended. */
void fill(struct state *s);
/* As an attacker with root does it: straight into the file.  Closes the register. */
void tamper(struct state *s, const char *sql);
#define DROP_GUARDS "DROP TRIGGER entries_no_update; DROP TRIGGER entries_no_delete; DROP TRIGGER entries_in_order; DROP TRIGGER nodes_no_update; DROP TRIGGER nodes_no_delete;"
/* A finding of this severity ("error", "finding") whose sentence has these words; fails the test when there are others, unless others_too. */
bool found(struct state *s, const char *severity, const char *what, bool others_too);
/* A document that follows on the entry of its job's start, written and entered as the signer does it; with register_key() it names the key. */
void issue(struct state *s);
#define ISSUED_FOLDER "certificates/2026/2026-000001"

#endif
