/* SPDX-License-Identifier: Apache-2.0 */
/* Private to base: what the cages (cage_*.c) are made of: a filter of system calls (filter.c), and of paths (paths.c). */
#ifndef CERTWIPE_BASE_CAGE_H
#define CERTWIPE_BASE_CAGE_H

#include <seccomp.h>

#include "certwipe/base.h"

#ifdef CW_SANITIZED
#define SANITIZED true
#else
#define SANITIZED false
#endif

/*
 * One row: a call and what becomes of it.  With an argument (from 1 on) the row holds only where its low 32 bits, which is what the kernel looks at, are value under
 * mask; the first row that holds counts.  A call that no row holds for answers EPERM.
 */
enum filter_answer { FILTER_ALLOW, FILTER_KILL, FILTER_UNKNOWN /* as if the kernel did not have it: glibc falls back to an older call */ };
struct filter_row {
	int call; /* negative: not on this machine */
	uint8_t answer, argument;
	uint32_t mask, value;
};
struct filter_table { const struct filter_row *rows; size_t n; };
#define ALLOW(name) { .call = SCMP_SYS(name) }
#define KILL(name) { .call = SCMP_SYS(name), .answer = FILTER_KILL }
#define UNKNOWN(name) { .call = SCMP_SYS(name), .answer = FILTER_UNKNOWN }
#define ALLOW_IF(name, argument_, mask_, value_) { .call = SCMP_SYS(name), .argument = argument_, .mask = mask_, .value = value_ }
#define WHOLE UINT32_MAX

/* For all threads and for good.  0, or an errno. */
CW_MUST_CHECK int filter_load(const struct filter_table *tables, size_t n);

/* ---- paths.c: Landlock, where the kernel has it; it does no harm where not ---- */

enum path_use { PATH_READ = 1, PATH_WRITE /* and read, and make files and folders */ };
struct path_rule { const char *path; /* NULL: fd */ int fd; enum path_use use; };
/* From here on nothing can be opened but what lies below these; missing paths are passed over.  What is open stays open. */
CW_MUST_CHECK int paths_restrict(const struct path_rule *rules, size_t n); /* 0, also where the kernel cannot; or an errno */

/* ---- cage_common.c ---- */

/* What libraries open on first use is opened now: tables, translations, configuration, the seed of hashes. */
void cage_prepare(void);
/*
 * Shuts the door: mine, and what every program needs.  Where mine does not say so, threads and processes are the end of it, and so are calls that nobody has a use
 * for who was not taken over.
 */
CW_MUST_CHECK int cage_enter(const struct filter_row *mine, size_t n, struct cw_error *err);

/* An error on the way into a cage; step is for whoever mends it. */
int sandbox_failed(struct cw_error *err, int number, const char *step);

#endif
