/* SPDX-License-Identifier: Apache-2.0 */
/*
 * technique: one file per way to sanitise; src/technique/<id>.c defines `const struct cw_technique cw_technique_<id>` and nothing lists them
 * by hand (the Makefile makes the registry from the folder).
 */
#ifndef CERTWIPE_TECHNIQUE_H
#define CERTWIPE_TECHNIQUE_H

#include "certwipe/device.h"
#include "certwipe/engine.h"

/* One step of a plan, as the technique carries it out. */
enum cw_step_kind { CW_STEP_WRITE = 1, CW_STEP_VERIFY, CW_STEP_SAMPLE };
struct cw_step {
	uint32_t kind;  /* enum cw_step_kind */
	uint32_t pass;  /* 1-based; the pass written, or the pass whose stream is verified */
	struct cw_stream stream; /* resolved: key and drawn bytes filled in */
	uint8_t sample_seed[32];
};

struct cw_technique {
	const char *id;             /* "overwrite": --technique, plan and evidence */
	const char *name;           /* msgid of its name for people */
	const char *matrix_single;  /* code in levels.def for one pass: "OW1" */
	const char *matrix_multi;   /* for several: "OWN" */
	/* Can it be done on this medium at all?  false with the reason (through gettext) in why. */
	bool (*applies)(const struct cw_medium *m, char *why, size_t size);
	/* Runs one step on [from, size).  Same results and errors as the sweeps of the engine. */
	int (*run)(struct cw_transport *t, const struct cw_step *step, uint64_t from_bytes, uint64_t size_bytes, const struct cw_sweep_hooks *hooks,
		   struct cw_sweep_result *result, struct cw_error *err);
};

/* NULL-terminated, in sorted order. */
extern const struct cw_technique *const cw_techniques[];
const struct cw_technique *cw_technique_get(const char *id); /* NULL when there is none */

#endif
