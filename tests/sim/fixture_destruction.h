/* SPDX-License-Identifier: Apache-2.0 */
/* Journals of physical destruction, as fixture_journal.h has those of wipes. */
#ifndef CERTWIPE_TESTS_FIXTURE_DESTRUCTION_H
#define CERTWIPE_TESTS_FIXTURE_DESTRUCTION_H

#include "certwipe/evidence.h"

#define FIXTURE_PHOTO "photo" /* what is attached as photo-1.jpg */
#define FIXTURE_PHOTO_SHA "55c64d0fcd6f9d5f7c828093857e3fdfda68478bb4e9bd24d481ef391c7804e8"

/* A medium of that class that nobody wiped, as its label says; entered in the register, and nothing more. */
json_t *fixture_shelf(uint32_t class_);
/* What was done, and by whom; and that a second person, who says what he saw, was there. */
void fixture_recorded(json_t *lines, const char *method);
void fixture_confirmed(json_t *lines, const char *name, const char *method, int count);
json_t *fixture_destroyed(uint32_t class_, const char *method); /* all of it */

#endif
