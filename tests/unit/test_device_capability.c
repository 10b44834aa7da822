/* SPDX-License-Identifier: Apache-2.0 */
/* What a medium can do by itself: unknown is never yes, nothing is sent that changes anything, and whoever hangs is not asked again. */
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

/* ---- a medium, and asking it ---- */

static struct cw_medium medium_of(uint32_t class_, uint32_t bus, uint64_t size_bytes)
{
	struct cw_medium m = { .class_ = class_, .bus = bus, .size_bytes = size_bytes, .logical_bytes = 512, .physical_bytes = 512, .has_medium = 1 };

	cw_strlcpy(m.node, "/dev/sdx", sizeof(m.node));
	return m;
}

static unsigned forbidden, asked;

static void check_reads(void *user, const struct cw_heard *h)
{
	(void)user;
	asked++;
	forbidden += !cw_command_reads(h->set, h->request, h->request_len);
}

/* The listener of asking itself hides ours: what was kept tells the same. */
static void assert_only_reads(const struct cw_capabilities *c)
{
	for (uint32_t i = 0; i < c->raws.n; i++) {
		const struct cw_raw *r = &c->raws.at[i];

		if (!cw_command_reads(r->set, r->request, r->request_len))
			fail_msg("command %u (%02x) is none that only reads", i, r->request[0]);
	}
}

static struct cw_capabilities *ask(struct cw_transport *t, const struct cw_medium *m)
{
	static struct cw_capabilities c;

	memset(&c, 0xff, sizeof(c));
	t->heard = check_reads;
	forbidden = asked = 0;
	cw_capabilities_ask(t, m, &c);
	assert_ptr_equal(t->heard, check_reads);
	assert_only_reads(&c);
	return &c;
}

static struct sim_scsi *sata(void)
{
	struct sim *medium = sim_new(SIZE, 512, 512);

	return sim_scsi_new(&medium->t, medium, sim_ata_new(medium));
}

static struct cw_capabilities *ask_sata(struct sim_scsi *s, bool bridge)
{
	struct cw_medium m = medium_of(bridge ? CW_CLASS_USB_BRIDGE_SSD : CW_CLASS_SSD_ATA, bridge ? CW_BUS_USB : CW_BUS_ATA, SIZE);

	return ask(&s->t, &m);
}

static void assert_feature(const struct cw_capabilities *c, enum cw_feature feature, enum cw_known state, const char *why)
{
	const struct cw_feature_told *f = &c->features[feature];

	if (f->state != (uint32_t)state || (why ? !strstr(f->why, why) : f->why[0] != '\0'))
		fail_msg("%s: %s, %s", cw_feature_slug(feature), cw_known_name(f->state), f->why);
}

static void assert_all_sanitize(const struct cw_capabilities *c, enum cw_known state, const char *why)
{
	assert_feature(c, CW_FEATURE_ATA_SANITIZE_CRYPTO, state, why);
	assert_feature(c, CW_FEATURE_ATA_SANITIZE_BLOCK, state, why);
	assert_feature(c, CW_FEATURE_ATA_SANITIZE_OVERWRITE, state, why);
}

/* ---- ATA ---- */

static void a_sata_drive_tells_what_it_has(void **state)
{
	struct sim_scsi *s = sata();
	const struct cw_capabilities *c;

	(void)state;
	s->ata->reallocated = 7;
	s->ata->pending = 2;
	s->ata->encrypts = true;
	c = ask_sata(s, false);
	assert_int_equal(c->asked, 1);
	assert_string_equal(c->why, "");
	assert_all_sanitize(c, CW_KNOWN_YES, NULL);
	assert_string_equal(c->features[CW_FEATURE_ATA_SANITIZE_BLOCK].says, "IDENTIFY DEVICE word 59: f000h");
	assert_feature(c, CW_FEATURE_ATA_ERASE, CW_KNOWN_YES, NULL);
	assert_int_equal(c->features[CW_FEATURE_ATA_ERASE].expected_seconds, 3600);
	assert_int_equal(c->features[CW_FEATURE_ATA_ERASE_ENHANCED].expected_seconds, 240);
	assert_int_equal(c->passthrough, CW_KNOWN_YES);
	assert_int_equal(c->sanitizing, CW_SANITIZING_NEVER);
	assert_int_equal(c->hidden, CW_HIDDEN_NONE);
	assert_int_equal(c->health.reallocated_sectors, 7);
	assert_int_equal(c->health.pending_sectors, 2);
	assert_int_equal(c->health.power_on_hours, 1234);
	assert_true(c->health.percentage_used == CW_NOT_TOLD);
	assert_int_equal(c->ata.encrypts, CW_KNOWN_YES);
	assert_int_equal(c->ata.sectors, 2048);
	assert_string_equal(c->model.text, ""); /* the kernel knows it already */
	cw_transport_free(&s->t);
}

static void behind_a_bridge_the_drive_itself_is_named(void **state)
{
	struct sim_scsi *s = sata();
	const struct cw_capabilities *c = ask_sata(s, true);

	(void)state;
	assert_int_equal(c->passthrough, CW_KNOWN_YES);
	assert_all_sanitize(c, CW_KNOWN_YES, NULL);
	assert_string_equal(c->model.text, "LAB ATA SSD");
	assert_string_equal(c->serial.text, "ATASER01");
	assert_string_equal(c->firmware.text, "LAB1");
	assert_feature(c, CW_FEATURE_ATA_ERASE, CW_KNOWN_NO, "USB bridge");
	cw_transport_free(&s->t);
}

static void what_it_does_not_have_is_no(void **state)
{
	struct sim_scsi *s = sata();
	const struct cw_capabilities *c;

	(void)state;
	s->ata->sanitize = SIM_CRYPTO;
	s->ata->security = false;
	c = ask_sata(s, false);
	assert_feature(c, CW_FEATURE_ATA_SANITIZE_CRYPTO, CW_KNOWN_YES, NULL);
	assert_feature(c, CW_FEATURE_ATA_SANITIZE_BLOCK, CW_KNOWN_NO, "does not have it");
	assert_feature(c, CW_FEATURE_ATA_ERASE, CW_KNOWN_NO, "does not have it");
	s->ata->sanitize = 0;
	c = ask_sata(s, false);
	assert_all_sanitize(c, CW_KNOWN_NO, "does not have it");
	assert_int_equal(sim_ata_count(s->ata, 0xb4, 0), 1); /* of the first time: who has none is not asked for its state */
	cw_transport_free(&s->t);
}

static void what_stands_against_it_is_told_with_the_way_out(void **state)
{
	struct sim_scsi *s = sata();

	(void)state;
	s->ata->sanitize_frozen = true;
	assert_all_sanitize(ask_sata(s, false), CW_KNOWN_NO, "frozen");
	s->ata->sanitize_frozen = false;
	s->ata->has_password = s->ata->locked = true;
	assert_all_sanitize(ask_sata(s, false), CW_KNOWN_NO, "PSID");
	assert_feature(ask_sata(s, false), CW_FEATURE_ATA_ERASE, CW_KNOWN_NO, "password");
	s->ata->has_password = s->ata->locked = false;
	s->ata->frozen = true;
	assert_all_sanitize(ask_sata(s, false), CW_KNOWN_YES, NULL); /* that freeze is not its */
	assert_feature(ask_sata(s, false), CW_FEATURE_ATA_ERASE, CW_KNOWN_NO, "frozen");
	s->ata->frozen = false;
	s->ata->op.running = s->ata->op.never_ends = true;
	assert_all_sanitize(ask_sata(s, false), CW_KNOWN_NO, "wait");
	s->ata->op.running = false;
	s->ata->op.failed = true;
	assert_all_sanitize(ask_sata(s, false), CW_KNOWN_NO, "failed");
	cw_transport_free(&s->t);
}

/* What cannot be watched must not be begun. */
static void a_bridge_that_loses_registers_proves_nothing(void **state)
{
	static const enum sim_registers losers[] = { SIM_REGISTERS_GOOD, SIM_REGISTERS_EMPTY };
	struct sim_scsi *s = sata();
	const struct cw_capabilities *c;

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(losers); i++) {
		s->ata->registers = losers[i];
		c = ask_sata(s, true);
		assert_int_equal(c->passthrough, CW_KNOWN_NO);
		assert_all_sanitize(c, CW_KNOWN_NOT, "SATA port");
		assert_int_equal(c->hidden, CW_HIDDEN_UNKNOWN);
		assert_string_equal(c->serial.text, "ATASER01");
	}
	/* Fixed format loses the very bits that tell the state. */
	s->ata->registers = SIM_REGISTERS_FIXED;
	assert_all_sanitize(ask_sata(s, true), CW_KNOWN_NOT, "SANITIZE STATUS");
	assert_all_sanitize(ask_sata(s, false), CW_KNOWN_NOT, "SANITIZE STATUS");
	assert_int_equal(ask_sata(s, false)->hidden, CW_HIDDEN_UNKNOWN); /* 48 bits of address do not fit either */
	cw_transport_free(&s->t);
}

static void a_bridge_that_speaks_of_another_drive_proves_nothing(void **state)
{
	struct sim_scsi *s = sata();
	const struct cw_capabilities *c;

	(void)state;
	s->ata->sectors = s->ata->native_sectors = SIZE / 512 / 2; /* one of two in a case */
	c = ask_sata(s, true);
	assert_int_equal(c->passthrough, CW_KNOWN_NO);
	assert_all_sanitize(c, CW_KNOWN_NOT, "SATA port");
	s->ata->sectors = s->ata->native_sectors = SIZE / 512;
	s->ata->identify_is_bad = true;
	c = ask_sata(s, true);
	assert_int_equal(c->passthrough, CW_KNOWN_NOT);
	assert_feature(c, CW_FEATURE_ATA_SANITIZE_BLOCK, CW_KNOWN_NOT, NULL);
	s->ata->identify_is_bad = false;
	s->ata->no_16 = s->ata->no_12 = true;
	c = ask_sata(s, true);
	assert_int_equal(c->passthrough, CW_KNOWN_NOT);
	assert_int_equal(c->ata.identified, 0);
	cw_transport_free(&s->t);
}

static void an_identity_without_a_checksum_is_only_believed_where_nothing_stands_between(void **state)
{
	struct sim_scsi *s = sata();

	(void)state;
	s->ata->no_checksum = true;
	assert_int_equal(ask_sata(s, true)->ata.identified, 0);
	assert_int_equal(ask_sata(s, false)->ata.identified, 1);
	cw_transport_free(&s->t);
}

static void the_short_form_of_pass_through_is_enough_to_be_known_but_not_to_sanitise(void **state)
{
	struct sim_scsi *s = sata();
	const struct cw_capabilities *c;

	(void)state;
	s->ata->no_16 = true;
	c = ask_sata(s, true);
	assert_int_equal(c->ata.identified, 1);
	assert_string_equal(c->serial.text, "ATASER01");
	assert_all_sanitize(c, CW_KNOWN_NOT, "SANITIZE STATUS");
	cw_transport_free(&s->t);
}

static void hidden_areas_are_found_and_their_size_told(void **state)
{
	struct sim_scsi *s = sata();
	struct cw_medium m = medium_of(CW_CLASS_HDD_ATA, CW_BUS_ATA, 1024 * 512);
	const struct cw_capabilities *c;

	(void)state;
	s->ata->sectors = 1024; /* of 2048 */
	c = ask(&s->t, &m);
	assert_int_equal(c->hidden, CW_HIDDEN_PRESENT);
	assert_int_equal(c->hidden_bytes, 1024 * 512);
	assert_non_null(strstr(c->hidden_why, "HPA"));
	s->ata->hpa = false;
	s->ata->ama = true;
	c = ask(&s->t, &m);
	assert_int_equal(c->hidden_bytes, 1024 * 512);
	assert_non_null(strstr(c->hidden_why, "AMA"));
	/* and behind that what the factory configuration hides */
	s->ata->dco_sectors = 3000;
	c = ask(&s->t, &m);
	assert_int_equal(c->hidden, CW_HIDDEN_PRESENT);
	assert_int_equal(c->hidden_bytes, (3000 - 1024) * 512);
	assert_non_null(strstr(c->hidden_why, "DCO"));
	cw_capabilities_apply(c, &m);
	assert_int_equal(m.hidden, CW_HIDDEN_PRESENT);
	assert_int_equal(m.hidden_bytes, (3000 - 1024) * 512);
	cw_transport_free(&s->t);
}

static void where_nothing_can_be_hidden_there_is_nothing(void **state)
{
	struct sim_scsi *s = sata();

	(void)state;
	s->ata->hpa = false;
	assert_int_equal(ask_sata(s, false)->hidden, CW_HIDDEN_NONE);
	s->ata->dco_sectors = SIZE / 512;
	assert_int_equal(ask_sata(s, false)->hidden, CW_HIDDEN_NONE);
	cw_transport_free(&s->t);
}

/* A configuration that makes no sense says nothing, least of all that nothing is hidden. */
static void a_nonsensical_dco_leaves_it_unknown(void **state)
{
	struct sim_scsi *s = sata();

	(void)state;
	s->ata->dco_sectors = 5;
	assert_int_equal(ask_sata(s, false)->hidden, CW_HIDDEN_UNKNOWN);
	s->ata->dco_sectors = UINT64_C(1) << 50;
	assert_int_equal(ask_sata(s, false)->hidden, CW_HIDDEN_UNKNOWN);
	cw_transport_free(&s->t);
}

/* A part of the drive that a bridge keeps for itself. */
static void a_bridge_that_shows_less_than_the_drive_has_hides_the_rest(void **state)
{
	struct sim_scsi *s = sata();
	struct cw_medium m = medium_of(CW_CLASS_USB_BRIDGE_SSD, CW_BUS_USB, SIZE - 64 * 512);
	const struct cw_capabilities *c = ask(&s->t, &m);

	(void)state;
	assert_int_equal(c->passthrough, CW_KNOWN_YES);
	assert_int_equal(c->hidden, CW_HIDDEN_PRESENT);
	assert_int_equal(c->hidden_bytes, 64 * 512);
	cw_transport_free(&s->t);
}

/* ---- who is not asked, and who is not asked again ---- */

static void a_stick_is_not_asked(void **state)
{
	static const uint32_t classes[] = { CW_CLASS_USB_STICK, CW_CLASS_SD_CARD, CW_CLASS_VIRTUAL, CW_CLASS_FLOPPY, CW_CLASS_UNKNOWN };
	struct sim_scsi *s = sata();

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(classes); i++) {
		struct cw_medium m = medium_of(classes[i], CW_BUS_USB, SIZE);
		const struct cw_capabilities *c = ask(&s->t, &m);

		assert_int_equal(c->asked, 0);
		assert_true(c->why[0]);
		assert_int_equal(s->commands, 0);
		assert_feature(c, CW_FEATURE_ATA_SANITIZE_BLOCK, CW_KNOWN_NOT, NULL);
	}
	cw_transport_free(&s->t);
}

static void the_system_s_own_medium_is_not_asked(void **state)
{
	struct sim_scsi *s = sata();
	struct cw_medium m = medium_of(CW_CLASS_SSD_ATA, CW_BUS_ATA, SIZE);

	(void)state;
	m.is_system = 1;
	assert_int_equal(ask(&s->t, &m)->asked, 0);
	assert_int_equal(s->commands, 0);
	cw_transport_free(&s->t);
}

static void after_a_hang_nothing_more_is_asked(void **state)
{
	struct sim *medium = sim_new(SIZE, 512, 512);
	struct fault *f = fault_new(&sim_scsi_new(&medium->t, medium, sim_ata_new(medium))->t);
	struct cw_medium m = medium_of(CW_CLASS_SSD_ATA, CW_BUS_ATA, SIZE);
	const struct cw_capabilities *c;

	(void)state;
	for (unsigned at = 1; at <= 6; at++) {
		f->native_commands = 0;
		f->native_fails_at = at;
		c = ask(&f->t, &m);
		assert_int_equal(f->native_commands, at);
		assert_non_null(strstr(c->why, "nothing more was asked"));
		if (at <= 5) /* it was the native size, or something before */
			assert_int_not_equal(c->hidden, CW_HIDDEN_NONE);
	}
	cw_transport_free(&f->t);
}

static void a_unit_attention_is_taken_first(void **state)
{
	struct sim_scsi *s = sata();

	(void)state;
	s->attention = 0x2900;
	assert_all_sanitize(ask_sata(s, false), CW_KNOWN_YES, NULL);
	cw_transport_free(&s->t);
}

/* ---- SCSI ---- */

static void a_sata_drive_behind_a_sas_adapter_is_asked_as_what_it_is(void **state)
{
	struct sim_scsi *s = sata();
	struct cw_medium m = medium_of(CW_CLASS_SSD_SAS, CW_BUS_SCSI, SIZE);

	(void)state;
	assert_all_sanitize(ask(&s->t, &m), CW_KNOWN_YES, NULL);
	cw_transport_free(&s->t);
}

/* ---- NVMe ---- */

static struct sim_nvme *nvme(void)
{
	struct sim *medium = sim_new(SIZE, 512, 512);

	return sim_nvme_new(&medium->t, medium);
}

static const struct cw_capabilities *ask_nvme_sim(struct sim_nvme *n)
{
	struct cw_medium m = medium_of(CW_CLASS_NVME, CW_BUS_NVME, SIZE);

	return ask(&n->t, &m);
}

static void an_nvme_drive_tells_what_it_has(void **state)
{
	struct sim_nvme *n = nvme();
	const struct cw_capabilities *c = ask_nvme_sim(n);

	(void)state;
	assert_feature(c, CW_FEATURE_NVME_SANITIZE_BLOCK, CW_KNOWN_YES, NULL);
	assert_int_equal(c->features[CW_FEATURE_NVME_SANITIZE_BLOCK].expected_seconds, 60);
	assert_feature(c, CW_FEATURE_NVME_FORMAT_CRYPTO, CW_KNOWN_YES, NULL);
	assert_int_equal(c->health.percentage_used, 3);
	assert_true(c->health.reallocated_sectors == CW_NOT_TOLD);
	assert_int_equal(c->hidden, CW_HIDDEN_NONE);
	assert_int_equal(c->nvme.n_allocated, 1);
	n->sanitize = 0;
	n->format_crypto = false;
	c = ask_nvme_sim(n);
	assert_feature(c, CW_FEATURE_NVME_SANITIZE_BLOCK, CW_KNOWN_NO, "does not have it");
	assert_feature(c, CW_FEATURE_NVME_FORMAT_USER, CW_KNOWN_YES, NULL);
	assert_feature(c, CW_FEATURE_NVME_FORMAT_CRYPTO, CW_KNOWN_NO, "does not have it");
	cw_transport_free(&n->t);
}

static void capacity_beside_the_namespace_is_not_overlooked(void **state)
{
	struct sim_nvme *n = nvme();

	(void)state;
	n->n_allocated = 2; /* one that is not attached */
	assert_int_equal(ask_nvme_sim(n)->hidden, CW_HIDDEN_UNKNOWN);
	n->n_allocated = 1;
	n->unallocated_bytes = 12345;
	assert_int_equal(ask_nvme_sim(n)->hidden, CW_HIDDEN_PRESENT);
	assert_int_equal(ask_nvme_sim(n)->hidden_bytes, 12345);
	n->unallocated_bytes = 0;
	n->op.running = n->op.never_ends = true;
	assert_feature(ask_nvme_sim(n), CW_FEATURE_NVME_SANITIZE_BLOCK, CW_KNOWN_NO, "wait");
	n->hangs = true;
	assert_int_equal(ask_nvme_sim(n)->nvme.identified, 0);
	assert_int_equal(ask_nvme_sim(n)->hidden, CW_HIDDEN_UNKNOWN);
	cw_transport_free(&n->t);
}

static void other_namespaces_are_told_with_their_sizes(void **state)
{
	struct sim_nvme *n = nvme();
	const struct cw_capabilities *c;

	(void)state;
	n->n_namespaces = 2;
	n->n_allocated = 3; /* the last one is not attached */
	c = ask_nvme_sim(n);
	assert_int_equal(c->nvme.nsid, 0); /* which of them the medium is, the kernel says */
	assert_int_equal(c->nvme.others_untold, 1);
	{
		struct cw_medium m = medium_of(CW_CLASS_NVME, CW_BUS_NVME, SIZE);

		m.nsid = 2;
		c = ask(&n->t, &m);
	}
	assert_int_equal(c->nvme.others_untold, 0);
	assert_int_equal(c->nvme.n_others, 2);
	assert_int_equal(c->nvme.others[0].nsid, 1);
	assert_int_equal(c->nvme.others[1].nsid, 3);
	assert_int_equal(c->nvme.others[1].size_bytes, SIZE);
	/* Another controller may have more, of which nothing would be told where they cannot be managed. */
	n->several_controllers = true;
	assert_int_equal(ask_nvme_sim(n)->nvme.others_untold, 1);
	cw_transport_free(&n->t);
}

/* Erased, and not yet ended: each state of NVMe 2.1's Sanitize Status log. */
static void where_it_stands_in_a_sanitize_is_told(void **state)
{
	static const struct { uint8_t ssi; enum cw_sanitizing is; const char *why; } states[] = {
		{ 1, CW_SANITIZING_RUNNING, "wait" },  { 2, CW_SANITIZING_FAILED, "failed" },        { 3, CW_SANITIZING_RUNNING, "wait" },
		{ 4, CW_SANITIZING_FAILED, "failed" }, { 5, CW_SANITIZING_VERIFYING, "--sanact=5" }, { 6, CW_SANITIZING_RUNNING, "wait" },
	};
	struct sim_nvme *n = nvme();

	(void)state;
	n->verifies = true;
	n->op.succeeded = true;
	n->verification_canceled = true;
	for (size_t i = 0; i < CW_ARRAY_LEN(states); i++) {
		CW_AUTO_JSON json_t *doc = NULL;
		const struct cw_capabilities *c;

		n->ssi = states[i].ssi;
		c = ask_nvme_sim(n);
		assert_int_equal(c->sanitizing, states[i].is);
		assert_feature(c, CW_FEATURE_NVME_SANITIZE_BLOCK, CW_KNOWN_NO, states[i].why);
		doc = cw_capabilities_json(c, false);
		assert_string_equal(cw_json_str(doc, "sanitizing", ""), cw_sanitizing_name(states[i].is));
		assert_int_equal(cw_json_u64(json_object_get(doc, "nvme"), "sanitizeState", 0), states[i].ssi);
		assert_true(cw_json_bool(json_object_get(doc, "nvme"), "mediaVerification", false));
		assert_true(cw_json_bool(json_object_get(doc, "nvme"), "mediaVerificationCanceled", false));
	}
	n->ssi = 0;
	assert_int_equal(ask_nvme_sim(n)->sanitizing, CW_SANITIZING_DONE);
	assert_feature(ask_nvme_sim(n), CW_FEATURE_NVME_SANITIZE_BLOCK, CW_KNOWN_YES, NULL);
	cw_transport_free(&n->t);
}

static void what_has_no_controller_of_its_own_is_told(void **state)
{
	struct sim *s = sim_new(SIZE, 512, 512);
	const struct cw_medium m = medium_of(CW_CLASS_NVME, CW_BUS_NVME, SIZE);
	const struct cw_capabilities *c = ask(&s->t, &m);

	(void)state;
	assert_int_equal(c->passthrough, CW_KNOWN_NOT);
	assert_non_null(strstr(c->passthrough_why, "several paths"));
	cw_transport_free(&s->t);
}

/* The estimate is for 16 passes, and one is made; what the drive would take back cannot be looked at. */
static void an_overwrite_must_be_seen(void **state)
{
	struct sim_nvme *n = nvme();

	(void)state;
	assert_feature(ask_nvme_sim(n), CW_FEATURE_NVME_SANITIZE_OVERWRITE, CW_KNOWN_YES, NULL);
	assert_int_equal(ask_nvme_sim(n)->features[CW_FEATURE_NVME_SANITIZE_OVERWRITE].expected_seconds, 225);
	n->no_deallocate_inhibited = true;
	assert_feature(ask_nvme_sim(n), CW_FEATURE_NVME_SANITIZE_OVERWRITE, CW_KNOWN_NO, "inhibited");
	assert_feature(ask_nvme_sim(n), CW_FEATURE_NVME_SANITIZE_BLOCK, CW_KNOWN_YES, NULL);
	/* Closed by a failure: whether it can be opened without a success hangs on how that was begun. */
	n->op.failed = true;
	n->scdw10 = 2;
	assert_feature(ask_nvme_sim(n), CW_FEATURE_NVME_SANITIZE_BLOCK, CW_KNOWN_NO, "until one succeeds");
	n->scdw10 = 2 | 1 << 3;
	assert_feature(ask_nvme_sim(n), CW_FEATURE_NVME_SANITIZE_BLOCK, CW_KNOWN_NO, "exit-failure");
	cw_transport_free(&n->t);
}

/* ---- as a document ---- */

static void the_document_holds_what_was_told_and_the_bytes_behind_it(void **state)
{
	struct sim_scsi *s = sata();
	const struct cw_capabilities *c = ask_sata(s, true);
	CW_AUTO_JSON json_t *with = cw_capabilities_json(c, true), *without = cw_capabilities_json(c, false);
	CW_AUTO_BUF struct cw_buf text = { 0 };
	struct cw_error err = { 0 };
	const json_t *feature = json_object_get(json_object_get(without, "features"), "ata-sanitize-block");

	(void)state;
	assert_int_equal(cw_json_canonical(with, &text, &err), 0);
	assert_true(text.len < 64 * 1024);
	assert_string_equal(cw_json_str(feature, "state", ""), "yes");
	assert_string_equal(cw_json_str(feature, "says", ""), "IDENTIFY DEVICE word 59: f000h");
	assert_int_equal(json_array_size(json_object_get(with, "answers")), c->raws.n);
	assert_true(c->raws.n > 4);
	assert_null(json_object_get(without, "answers"));
	assert_null(json_object_get(json_object_get(without, "health"), "percentageUsed"));
	cw_transport_free(&s->t);
}

/* What was recorded of a drive is concluded from again without it. */
static void a_replay_of_the_answers_tells_the_same(void **state)
{
	struct sim_scsi *s = sata();
	const struct cw_capabilities *c = ask_sata(s, true);
	CW_AUTO_JSON json_t *first = cw_capabilities_json(c, false), *doc = cw_capabilities_json(c, true), *second = NULL;
	struct recorded *r = recorded_new(json_incref(json_object_get(doc, "answers")));
	struct cw_medium m = medium_of(CW_CLASS_USB_BRIDGE_SSD, CW_BUS_USB, SIZE);

	(void)state;
	second = cw_capabilities_json(ask(&r->t, &m), false);
	assert_false(r->strayed);
	assert_true(json_equal(first, second));
	cw_transport_free(&s->t);
	cw_transport_free(&r->t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sata_drive_tells_what_it_has),
		cmocka_unit_test(behind_a_bridge_the_drive_itself_is_named),
		cmocka_unit_test(what_it_does_not_have_is_no),
		cmocka_unit_test(what_stands_against_it_is_told_with_the_way_out),
		cmocka_unit_test(a_bridge_that_loses_registers_proves_nothing),
		cmocka_unit_test(a_bridge_that_speaks_of_another_drive_proves_nothing),
		cmocka_unit_test(an_identity_without_a_checksum_is_only_believed_where_nothing_stands_between),
		cmocka_unit_test(the_short_form_of_pass_through_is_enough_to_be_known_but_not_to_sanitise),
		cmocka_unit_test(hidden_areas_are_found_and_their_size_told),
		cmocka_unit_test(where_nothing_can_be_hidden_there_is_nothing),
		cmocka_unit_test(a_nonsensical_dco_leaves_it_unknown),
		cmocka_unit_test(a_bridge_that_shows_less_than_the_drive_has_hides_the_rest),
		cmocka_unit_test(a_stick_is_not_asked),
		cmocka_unit_test(the_system_s_own_medium_is_not_asked),
		cmocka_unit_test(after_a_hang_nothing_more_is_asked),
		cmocka_unit_test(a_unit_attention_is_taken_first),
		cmocka_unit_test(a_sata_drive_behind_a_sas_adapter_is_asked_as_what_it_is),
		cmocka_unit_test(an_nvme_drive_tells_what_it_has),
		cmocka_unit_test(other_namespaces_are_told_with_their_sizes),
		cmocka_unit_test(where_it_stands_in_a_sanitize_is_told),
		cmocka_unit_test(what_has_no_controller_of_its_own_is_told),
		cmocka_unit_test(an_overwrite_must_be_seen),
		cmocka_unit_test(capacity_beside_the_namespace_is_not_overlooked),
		cmocka_unit_test(the_document_holds_what_was_told_and_the_bytes_behind_it),
		cmocka_unit_test(a_replay_of_the_answers_tells_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
