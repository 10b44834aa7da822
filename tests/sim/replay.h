/* SPDX-License-Identifier: Apache-2.0 */
/* replay: a capture (certwipe/capture/1) becomes a machine made of files, in which the product's own code looks at the medium again.  Captures come from strangers. */
#ifndef CW_SIM_REPLAY_H
#define CW_SIM_REPLAY_H

#include "../../src/device/capture.h"
#include "device_tree.h"

struct replay {
	struct tree tree;
	json_t *doc;             /* owned; seen and told were checked */
	struct cw_medium told;   /* what the capture says that certwipe made of it */
	char dir[PATH_MAX];
	struct {
		char *name, *value; /* owned */
	} *properties;
	size_t n_properties;
};

/* CW_E_INVALID for anything that the recorder would not have written: another form, unknown keys, wrong types, too long values, paths that lead out of /sys. */
CW_MUST_CHECK int replay_open(const char *text, size_t len, struct replay *out, struct cw_error *err);
/* The device of the capture, for everything in src/device that takes one; valid until replay_close(). */
struct cw_dev replay_dev(struct replay *r);
struct cw_medium replay_describe(struct replay *r);
/* Was it asked what it can do?  Then what is concluded from its answers today, as cw_capabilities_json(). */
bool replay_answered(const struct replay *r);
json_t *replay_capabilities(const struct replay *r, const struct cw_medium *m);
void replay_close(struct replay *r);

#endif
