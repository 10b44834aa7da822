/* SPDX-License-Identifier: Apache-2.0 */
/* Overwriting is offered only for media that take writes anywhere, and its steps do what they are called. */
#include "certwipe/technique.h"
#include "sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

extern const struct cw_technique cw_technique_overwrite; /* the registry declares it for itself */

static int take_checkpoint(void *user, const struct cw_sweep_result *so_far, struct cw_error *err)
{
	(void)user, (void)so_far, (void)err;
	return 0;
}

static void techniques_are_found_by_id(void **state)
{
	(void)state;
	assert_ptr_equal(cw_technique_get("overwrite"), &cw_technique_overwrite);
	assert_null(cw_technique_get("magic"));
	assert_null(cw_technique_get(""));
}

static struct cw_medium stick(void)
{
	return (struct cw_medium){ .class_ = CW_CLASS_USB_STICK, .has_medium = 1, .size_bytes = 1u << 20, .logical_bytes = 512 };
}

static void refused(const struct cw_medium *m)
{
	char why[CW_TEXT_MAX] = "";

	assert_false(cw_technique_overwrite.applies(&cw_technique_overwrite, m, NULL, why, sizeof(why)));
	assert_true(strlen(why) > 10);
}

static void media_that_cannot_be_overwritten_are_refused_with_the_reason(void **state)
{
	const uint32_t discs[] = { CW_CLASS_CD_R, CW_CLASS_DVD_R, CW_CLASS_BD_R, CW_CLASS_OPTICAL_PRESSED, CW_CLASS_CD_RW, CW_CLASS_DVD_RW, CW_CLASS_BD_RE };
	struct cw_medium m = stick();
	char why[CW_TEXT_MAX] = "left over";

	(void)state;
	assert_true(cw_technique_overwrite.applies(&cw_technique_overwrite, &m, NULL, why, sizeof(why)));
	assert_string_equal(why, "");
	for (size_t i = 0; i < CW_ARRAY_LEN(discs); i++) {
		m.class_ = discs[i];
		refused(&m);
	}
	m = stick();
	m.read_only = 1;
	refused(&m);
	m = stick();
	m.has_medium = 0;
	refused(&m);
	m = stick();
	m.size_bytes = 0;
	refused(&m);
	m = stick();
	m.zoned = 1;
	refused(&m);
}

static void steps_write_verify_and_sample(void **state)
{
	const uint32_t kinds[] = { CW_STEP_WRITE, CW_STEP_VERIFY, CW_STEP_SAMPLE };
	struct cw_step step = { .pass = 1, .stream = { .kind = CW_STREAM_KEYSTREAM, .pass = 1 } };
	struct sim *sim = sim_new(64 * 512, 512, 512);
	struct cw_sweep_hooks hooks = { .checkpoint = take_checkpoint };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(kinds); i++) {
		struct cw_sweep_result r;
		struct cw_error err = { 0 };

		step.kind = kinds[i];
		assert_int_equal(cw_technique_overwrite.run(&sim->t, &step, 0, sim->size_bytes, &hooks, &r, &err), 0);
		assert_int_equal(r.end, CW_SWEEP_DONE);
		assert_int_equal(r.done_bytes, sim->size_bytes);
		assert_int_equal(r.mismatch_bytes, 0);
		assert_int_equal(sim->written_bytes, sim->size_bytes);
	}
	cw_transport_free(&sim->t);
}

static void an_unknown_step_never_looks_done(void **state)
{
	struct cw_step step = { .kind = 99 };
	struct sim *sim = sim_new(64 * 512, 512, 512);
	struct cw_sweep_hooks hooks = { .checkpoint = take_checkpoint };
	struct cw_sweep_result r = { .end = CW_SWEEP_DONE };
	struct cw_error err = { 0 };

	(void)state;
	assert_int_equal(cw_technique_overwrite.run(&sim->t, &step, 0, sim->size_bytes, &hooks, &r, &err), CW_E_FAILED);
	assert_int_equal(r.end, CW_SWEEP_HOOK_FAILED);
	assert_int_equal(sim->written_bytes, 0);
	cw_transport_free(&sim->t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(techniques_are_found_by_id),
		cmocka_unit_test(media_that_cannot_be_overwritten_are_refused_with_the_reason),
		cmocka_unit_test(steps_write_verify_and_sample),
		cmocka_unit_test(an_unknown_step_never_looks_done),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
