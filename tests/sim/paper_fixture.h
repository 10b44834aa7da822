/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents from journals that a test made up, signed by keys that live as long as the test, and their pages.  Aborts when anything of ours fails.
 *
 *	struct paper_fixture f;
 *	paper_make(&f, fixture_perfect(&w));           evidence, signed note, face of the system's font
 *	paper_seal(&f, &pdf);                          its PDF
 *	paper_clear(&f);
 */
#ifndef CERTWIPE_TESTS_PAPER_FIXTURE_H
#define CERTWIPE_TESTS_PAPER_FIXTURE_H

#include "certwipe/render.h"

struct paper_fixture {
	struct cw_buf json, p7s, journal, note, root;
	json_t *payload;
	char sealed_at[CW_TIME_TEXT];
	struct cw_paper paper; /* borrows the above; face is owned */
	struct cw_signer *signer;
};
void paper_make(struct paper_fixture *f, json_t *lines_take);
void paper_clear(struct paper_fixture *f);
/* A face for what this renderer shows of this paper, from the font of the system; false and *err when the typesetter refuses. */
bool paper_face(struct cw_paper *p, const struct cw_renderer *r, struct cw_error *err);
void paper_seal(const struct paper_fixture *f, struct cw_buf *pdf);
/* Signs a PDF anew that was changed, with the genuine key: a station that lies. */
void paper_seal_again(const struct paper_fixture *f, struct cw_buf *pdf);
int paper_typesetter(const char *request, size_t len, struct cw_typeface **out, struct cw_error *err); /* a cw_typesetter */
/* A journal with everything filled in: names, case, a serial number of some length. */
json_t *paper_rich_lines(bool laboratory);
/* Stopped half way. */
json_t *paper_stopped_lines(void);

#endif
