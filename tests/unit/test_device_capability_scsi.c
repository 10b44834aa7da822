/* SPDX-License-Identifier: Apache-2.0 */
/* What a SAS drive says that it can do by itself: it is only believed of what could be watched. */
#include "certwipe/device.h"
#include "sim/drive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SIZE (2048u * 512u)

static struct sim_scsi *drive(void)
{
	struct sim *medium = sim_new(SIZE, 512, 512);

	return sim_scsi_new(&medium->t, medium, NULL);
}

/* Whatever it answers, it is only asked what changes nothing. */
static const struct cw_capabilities *ask(struct sim_scsi *s)
{
	static const struct cw_medium m = { .class_ = CW_CLASS_SSD_SAS, .bus = CW_BUS_SCSI, .size_bytes = SIZE, .logical_bytes = 512, .physical_bytes = 512, .has_medium = 1 };
	static struct cw_capabilities c;

	cw_capabilities_ask(&s->t, &m, &c);
	for (uint32_t i = 0; i < c.raws.n; i++)
		if (!cw_command_reads(c.raws.at[i].set, c.raws.at[i].request, c.raws.at[i].request_len))
			fail_msg("command %u (%02x) is none that only reads", i, c.raws.at[i].request[0]);
	return &c;
}

static void assert_feature(const struct cw_capabilities *c, enum cw_feature feature, enum cw_known state, const char *part)
{
	const struct cw_feature_told *told = &c->features[feature];

	if (told->state != state || (part && !strstr(told->why, part)))
		fail_msg("%s: %s, %s", cw_feature_slug(feature), cw_known_name(told->state), told->why);
}

static void a_scsi_drive_tells_what_it_has(void **state)
{
	struct sim_scsi *s = drive();
	const struct cw_capabilities *c;

	(void)state;
	s->sanitize = SIM_BLOCK | SIM_CRYPTO;
	s->wabereq = 2;
	c = ask(s);
	assert_feature(c, CW_FEATURE_SCSI_SANITIZE_BLOCK, CW_KNOWN_YES, NULL);
	assert_feature(c, CW_FEATURE_SCSI_SANITIZE_CRYPTO, CW_KNOWN_YES, NULL);
	assert_feature(c, CW_FEATURE_SCSI_SANITIZE_OVERWRITE, CW_KNOWN_NO, "does not have it");
	assert_feature(c, CW_FEATURE_SCSI_FORMAT, CW_KNOWN_YES, NULL);
	assert_int_equal(c->scsi.after_block_erase, 2);
	assert_int_equal(c->sanitizing, CW_SANITIZING_UNKNOWN);
	s->no_opcodes = true;
	assert_feature(ask(s), CW_FEATURE_SCSI_SANITIZE_BLOCK, CW_KNOWN_NOT, "does not tell");
	s->no_vpd = true;
	assert_feature(ask(s), CW_FEATURE_SCSI_SANITIZE_BLOCK, CW_KNOWN_NOT, NULL);
	cw_transport_free(&s->t);
}

static void what_could_not_be_watched_is_not_had(void **state)
{
	struct sim_scsi *s = drive();
	const struct cw_capabilities *c;

	(void)state;
	s->blocks = true;
	c = ask(s);
	assert_feature(c, CW_FEATURE_SCSI_SANITIZE_BLOCK, CW_KNOWN_NO, "could not be watched");
	assert_feature(c, CW_FEATURE_SCSI_FORMAT, CW_KNOWN_NO, "could not be watched");
	cw_transport_free(&s->t);
}

static void a_scsi_drive_that_is_at_it_or_failed_is_not_told_again(void **state)
{
	struct sim_scsi *s = drive();
	const struct cw_capabilities *c;

	(void)state;
	s->op.asks = 10;
	s->op.fails = true;
	sim_operation_begin(&s->op, SIM_FILL_ZEROS, NULL);
	c = ask(s);
	assert_int_equal(c->sanitizing, CW_SANITIZING_RUNNING);
	assert_true(c->sanitize_progress > 0);
	assert_feature(c, CW_FEATURE_SCSI_SANITIZE_BLOCK, CW_KNOWN_NO, "wait until it has ended");
	while (sim_operation_asked(&s->op))
		;
	c = ask(s);
	assert_int_equal(c->sanitizing, CW_SANITIZING_FAILED);
	assert_feature(c, CW_FEATURE_SCSI_FORMAT, CW_KNOWN_NO, "failure mode");
	cw_transport_free(&s->t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_scsi_drive_tells_what_it_has),
		cmocka_unit_test(what_could_not_be_watched_is_not_had),
		cmocka_unit_test(a_scsi_drive_that_is_at_it_or_failed_is_not_told_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
