/* SPDX-License-Identifier: Apache-2.0 */
/* capture_bench: what the tests of captures share: those of a real kernel, a machine to record, and what must hold for every capture. */
#ifndef CW_SIM_CAPTURE_BENCH_H
#define CW_SIM_CAPTURE_BENCH_H

#include "replay.h"

#define CAPTURE_FOLDER "tests/fixtures/captures" /* made by tests/lab/record_captures.py */
#define CAPTURE_FIXTURES 22

extern const struct capture_fixture {
	const char *name;
	uint32_t bus, class_, serial_quality;
	bool has_medium, weak;
} capture_fixtures[CAPTURE_FIXTURES];

void capture_read_fixture(const char *name, struct cw_buf *out);
json_t *capture_fixture(const char *name); /* parsed; the caller's */
void capture_assert_is(const struct capture_fixture *f, const struct cw_medium *m);

void capture_good(int rc, const struct cw_error *err);
void capture_canonical(const json_t *doc, struct cw_buf *out);
void capture_masked(json_t *doc, struct cw_buf *out); /* canonical again */
/* The product, looking at what the capture holds, says what the capture says that it said. */
struct cw_medium capture_assert_replays(const char *name, const struct cw_buf *text);

/* ---- a machine to record ---- */

#define BENCH_USB_DEVICE "pci0000:00/0000:00:14.0/usb1/1-2"
#define BENCH_USB BENCH_USB_DEVICE "/1-2:1.0/host6/target6:0:0/6:0:0:0" /* the SCSI device; below sys/devices */

struct capture_bench {
	struct tree tree;
	const char *properties[16][2]; /* of udev, up to the first NULL */
	const struct cw_capabilities *asked; /* NULL: it was asked nothing */
	json_t *doc;                   /* what was recorded */
};

int bench_make(void **state);
int bench_drop(void **state);
void bench_usb_stick(struct capture_bench *b, const char *serial);
/* dir below sys/devices; target relative to the tree, and made: in /sys no link leads nowhere. */
void bench_link(struct capture_bench *b, const char *dir, const char *name, const char *target);
/* contents is taken, NULL: nothing on it. */
CW_MUST_CHECK int bench_record(struct capture_bench *b, const char *name, json_t *contents, struct cw_error *err);
/* The same, and replayed. */
struct cw_medium bench_recorded(struct capture_bench *b, const char *name, json_t *contents, struct cw_buf *text);
const json_t *bench_attribute(const struct capture_bench *b, const char *path);
/* The bytes of one of the "attributes" or "properties", and a NUL. */
void bench_value(const struct capture_bench *b, const char *place, const char *key, char out[CW_CAPTURE_VALUE_MAX + 1]);

#endif
