/* SPDX-License-Identifier: Apache-2.0 */
/* What drives tell of themselves by the rules of TCG, and what reverting them is worth. */
#include "certwipe/device.h"
#include "sim/drive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SIZE (2048u * 512u)

static const struct cw_capabilities *ask(struct cw_transport *t, uint32_t class_, uint32_t bus)
{
	static struct cw_capabilities c;
	const struct cw_medium m = { .node = "/dev/sdx", .class_ = class_, .bus = bus, .size_bytes = SIZE, .logical_bytes = 512, .physical_bytes = 512, .has_medium = 1 };

	cw_capabilities_ask(t, &m, &c);
	for (uint32_t i = 0; i < c.raws.n; i++)
		assert_true(cw_command_reads(c.raws.at[i].set, c.raws.at[i].request, c.raws.at[i].request_len));
	return &c;
}

static struct sim_scsi *sata(void)
{
	struct sim *medium = sim_new(SIZE, 512, 512);

	return sim_scsi_new(&medium->t, medium, sim_ata_new(medium));
}

static const struct cw_capabilities *ask_sata(struct sim_scsi *s, bool bridge)
{
	return ask(&s->t, bridge ? CW_CLASS_USB_BRIDGE_SSD : CW_CLASS_SSD_ATA, bridge ? CW_BUS_USB : CW_BUS_ATA);
}

static struct sim_nvme *nvme(void)
{
	struct sim *medium = sim_new(SIZE, 512, 512);

	return sim_nvme_new(&medium->t, medium);
}

static const struct cw_capabilities *ask_nvme_sim(struct sim_nvme *n)
{
	return ask(&n->t, CW_CLASS_NVME, CW_BUS_NVME);
}

static void assert_feature(const struct cw_capabilities *c, enum cw_feature feature, enum cw_known state, const char *why)
{
	const struct cw_feature_told *f = &c->features[feature];

	if (f->state != (uint32_t)state || (why ? !strstr(f->why, why) : f->why[0] != '\0'))
		fail_msg("%s: %s, %s", cw_feature_slug(feature), cw_known_name(f->state), f->why);
}

static size_t discovery(uint8_t *data, uint16_t class_, uint8_t locking)
{
	const uint8_t features[] = { 0x00, 0x02, 0x10, 0x0c, locking, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (uint8_t)(class_ >> 8), (uint8_t)class_, 0x10, 0x10, 0x07, 0xfe, 0, 1,
				     0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };

	memset(data, 0, 48 + sizeof(features));
	data[3] = 44 + sizeof(features);
	memcpy(data + 48, features, sizeof(features));
	return 48 + sizeof(features);
}

static void only_a_drive_that_encrypts_is_erased_by_revert(void **state)
{
	struct sim_nvme *n = nvme();
	uint8_t data[512];
	const struct cw_capabilities *c;

	(void)state;
	n->discovery = data;
	n->discovery_len = discovery(data, 0x0203, 0x09);
	c = ask_nvme_sim(n);
	assert_feature(c, CW_FEATURE_TCG_PSID_REVERT, CW_KNOWN_YES, "PSID");
	assert_feature(c, CW_FEATURE_TCG_REVERT, CW_KNOWN_NOT, "does not tell whether its owner's PIN");
	assert_string_equal(c->tcg.ssc, "opal-2");
	assert_int_equal(c->tcg.com_id, 0x07fe);
	n->discovery_len = discovery(data, 0x0203, 0x01); /* media encryption is off */
	assert_feature(ask_nvme_sim(n), CW_FEATURE_TCG_REVERT, CW_KNOWN_NO, "does not encrypt");
	n->discovery_len = discovery(data, 0x0303, 0x09); /* Pyrite, whatever it says of encryption */
	c = ask_nvme_sim(n);
	assert_feature(c, CW_FEATURE_TCG_REVERT, CW_KNOWN_NO, "does not encrypt");
	assert_feature(c, CW_FEATURE_TCG_PSID_REVERT, CW_KNOWN_NO, "does not encrypt");
	n->discovery_len = discovery(data, 0x0100, 0x09);
	assert_feature(ask_nvme_sim(n), CW_FEATURE_TCG_PSID_REVERT, CW_KNOWN_NO, "Enterprise");
	n->discovery_len = discovery(data, 0x0203, 0x0f); /* locked */
	assert_feature(ask_nvme_sim(n), CW_FEATURE_TCG_PSID_REVERT, CW_KNOWN_NO, "locked");
	n->discovery_len = discovery(data, 0x0203, 0x1b); /* its start-up area is shown */
	assert_feature(ask_nvme_sim(n), CW_FEATURE_TCG_PSID_REVERT, CW_KNOWN_NO, "start-up area");
	n->discovery_len = discovery(data, 0xc001, 0x09);
	assert_feature(ask_nvme_sim(n), CW_FEATURE_TCG_REVERT, CW_KNOWN_NO, "no class");
	cw_transport_free(&n->t);
}

static void the_default_pin_is_only_taken_where_it_is_the_owners(void **state)
{
	struct sim_scsi *s = sata();
	const struct cw_capabilities *c;

	(void)state;
	s->tcg = s->ata->tcg = sim_tcg_new(&s->op);
	assert_feature(ask_sata(s, false), CW_FEATURE_TCG_REVERT, CW_KNOWN_YES, NULL);
	assert_feature(ask_sata(s, true), CW_FEATURE_TCG_REVERT, CW_KNOWN_YES, NULL); /* TRUSTED RECEIVE through a bridge */
	s->tcg->sid_is_owned = true;
	assert_feature(ask_sata(s, false), CW_FEATURE_TCG_REVERT, CW_KNOWN_NO, "somebody set");
	s->tcg->sid_is_owned = false;
	s->tcg->sid_blocked = true;
	c = ask_sata(s, false);
	assert_feature(c, CW_FEATURE_TCG_REVERT, CW_KNOWN_NO, "Block SID");
	assert_feature(c, CW_FEATURE_TCG_PSID_REVERT, CW_KNOWN_YES, "PSID");
	cw_transport_free(&s->t);
}

/* Neither is done by this program: it says precisely why, and what to do in its place. */
static void why_no_single_key_is_changed_is_told(void **state)
{
	static const struct { uint16_t class_; uint8_t locking; enum cw_feature feature; const char *why; } drives[] = {
		{ 0x0203, 0x09, CW_FEATURE_TCG_GENKEY, "no administrator" }, { 0x0203, 0x0b, CW_FEATURE_TCG_GENKEY, "PIN of the drive's locking administrator" },
		{ 0x0301, 0x0b, CW_FEATURE_TCG_GENKEY, "tcg_psid_revert" },  { 0x0203, 0x01, CW_FEATURE_TCG_GENKEY, "does not encrypt" },
		{ 0x0303, 0x09, CW_FEATURE_TCG_GENKEY, "does not encrypt" }, { 0x0302, 0x0b, CW_FEATURE_TCG_GENKEY, "does not encrypt" },
		{ 0x0100, 0x0b, CW_FEATURE_TCG_ERASE, "EraseMaster's PIN" }, { 0x0100, 0x09, CW_FEATURE_TCG_ERASE, "take SANITIZE" },
		{ 0x0100, 0x01, CW_FEATURE_TCG_ERASE, "does not encrypt" },
	};
	struct sim_nvme *n = nvme();
	uint8_t data[512];

	(void)state;
	n->discovery = data;
	for (size_t i = 0; i < CW_ARRAY_LEN(drives); i++) {
		const struct cw_capabilities *c;

		n->discovery_len = discovery(data, drives[i].class_, drives[i].locking);
		c = ask_nvme_sim(n);
		assert_feature(c, drives[i].feature, CW_KNOWN_NO, drives[i].why);
		assert_feature(c, drives[i].feature == CW_FEATURE_TCG_ERASE ? CW_FEATURE_TCG_GENKEY : CW_FEATURE_TCG_ERASE, CW_KNOWN_NOT, NULL);
		assert_true(strlen(c->features[drives[i].feature].why) < CW_TEXT_MAX - 1);
	}
	n->discovery_len = discovery(data, 0xc001, 0x09);
	assert_feature(ask_nvme_sim(n), CW_FEATURE_TCG_GENKEY, CW_KNOWN_NOT, NULL);
	cw_transport_free(&n->t);
}

static void hostile_discovery_says_nothing(void **state)
{
	struct sim_nvme *n = nvme();
	uint8_t data[2048];
	size_t len = discovery(data, 0x0203, 0x09);

	(void)state;
	n->discovery = data;
	n->discovery_len = sizeof(data);
	memset(data + len, 0, sizeof(data) - len);
	data[3] = 0; /* shorter than its own head */
	assert_int_equal(ask_nvme_sim(n)->tcg.answered, 0);
	data[2] = 0x10; /* longer than what came */
	assert_int_equal(ask_nvme_sim(n)->tcg.answered, 0);
	data[2] = 0;
	data[3] = (uint8_t)(len - 4);
	data[48 + 3] = 0xff; /* a feature that reaches beyond the end */
	assert_int_equal(ask_nvme_sim(n)->tcg.answered, 0);
	for (unsigned i = 0; i < 2000; i++) {
		for (size_t at = 0; at < sizeof(data); at++)
			data[at] = (uint8_t)rand();
		data[0] = data[1] = 0;
		data[2] &= 0x07;
		(void)ask_nvme_sim(n);
	}
	cw_transport_free(&n->t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_drive_that_encrypts_is_erased_by_revert),
		cmocka_unit_test(the_default_pin_is_only_taken_where_it_is_the_owners),
		cmocka_unit_test(why_no_single_key_is_changed_is_told),
		cmocka_unit_test(hostile_discovery_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
