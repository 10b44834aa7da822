/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a plan, one file each; plan.c puts them together.
 * Sentences inside a plan stay English (N_): the plan's digest may not hang on a language.  The front translates them.
 */
#ifndef CERTWIPE_POLICY_PLAN_H
#define CERTWIPE_POLICY_PLAN_H

#include "certwipe/policy.h"

/* plan_refuse.c: media that no plan is made for.  whole: as it is planned for. */
CW_MUST_CHECK int plan_refuse(const struct cw_medium *m, const struct cw_medium *whole, const struct cw_policy *p, struct cw_error *err);

/* plan_scheme.c: which scheme is used, and its steps. */
CW_MUST_CHECK int plan_choose_scheme(const struct cw_medium *m, const struct cw_policy *p, const char *wished, const struct cw_scheme **out, struct cw_error *err);
/* Fills scheme, steps, n_steps and n_passes for a medium of class_; where out->replug is not set, a disc goes out and in again before it is read back. */
CW_MUST_CHECK int plan_set_steps(const struct cw_scheme *scheme, uint32_t class_, bool sample, struct cw_plan *out, struct cw_error *err);

/* Put behind the steps there are: one more pass, and the reading back of the last one. */
void plan_add_pass(struct cw_plan *p, const struct cw_pass *what);
void plan_add_check(struct cw_plan *p, const struct cw_pass *what, bool sample);
void plan_add_reload(struct cw_plan *p);

/* plan_keys.c: the keys of encrypted volumes.  CW_E_POLICY: there is nothing that could be what the person says it is. */
CW_MUST_CHECK int plan_take_keys(const struct cw_medium *m, const struct cw_contents *contents, bool veracrypt, struct cw_plan *out, struct cw_error *err);
void plan_add_keys(struct cw_plan *p);       /* the steps, where there are any */
void plan_set_keys_steps(struct cw_plan *p); /* nothing but them */

/* plan_native.c: the same for a medium that sanitises itself, changes its key before or not, and is overwritten besides or not. */
#define PLAN_OVERWRITE_SCHEME "keystream"
void plan_set_native_steps(bool first, bool overwrite, bool sample, struct cw_plan *out);

/* plan_disc.c: the same for a disc that is blanked; overwrite: it is recorded whole, and blanked again. */
void plan_set_blank_steps(bool overwrite, struct cw_plan *out);
/* Of a disc that is formatted, and nothing else. */
void plan_set_format_steps(struct cw_plan *out);
/* True, and the medium as large as the disc will be, where it is one that is written at any block, once it is formatted. */
CW_MUST_CHECK bool plan_is_unformatted(const struct cw_medium *m, const struct cw_capabilities *c, struct cw_medium *whole);
/* True, and the medium as large as the disc, where it is one that is recorded in sequence. */
CW_MUST_CHECK bool plan_is_in_sequence(const struct cw_medium *m, const struct cw_capabilities *c, struct cw_medium *whole);

/* plan_open.c: true, and the medium as it will be, where its hidden area is opened first; and the step for that, before all others. */
CW_MUST_CHECK bool plan_opens(const struct cw_medium *m, const struct cw_capabilities *c, struct cw_medium *whole);
void plan_put_open(struct cw_plan *p);

/* What a plan is made for. */
struct plan_subject {
	const struct cw_medium *m;
	const struct cw_capabilities *c; /* NULL: it was not asked */
	const struct cw_contents *contents; /* NULL: nobody looked */
	bool attested;
	bool whole_drive; /* the other namespaces of the drive may die with it */
};
/* Why destroying keys alone would not do; NULL when it would. */
const char *plan_keys_obstacle(const struct plan_subject *s, const struct cw_plan *p);
bool plan_was_asked(const struct plan_subject *s);

/* plan_level.c: what a technique can reach with the steps of a plan. */
struct plan_reach {
	const struct cw_technique *technique;
	const char *code;               /* of the matrix */
	const struct cw_level_row *row; /* NULL: the matrix knows nothing about it */
	uint32_t level;
};
struct plan_reach plan_reach_of(const struct plan_subject *s, const struct cw_technique *t, const struct cw_plan *steps);
/* Why a technique that could reach more with other conditions does not; "" when no condition stands against it. */
const char *plan_reach_obstacle(const struct plan_subject *s, const struct cw_technique *t, const struct cw_plan *steps);
/* Says in rejected[] which higher levels there would be and what stands against them. */
void plan_explain_level(const struct plan_subject *s, const struct plan_reach *reach, struct cw_plan *p);
/* Appends to rejected[]; what is already there, or has no room, is left out. */
void plan_reject(struct cw_plan *p, const char *what, const char *why);

/* The command to type next, where software cannot do what is asked; returns hint. */
const char *plan_destroy_hint(const struct cw_medium *m, char hint[CW_TEXT_MAX]);

#endif
