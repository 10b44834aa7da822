/* SPDX-License-Identifier: Apache-2.0 */
/* Packets of TCG, and drives that are reverted: what is sent, what is believed of the answers, and that no PIN comes into a journal. */
#include "certwipe/technique.h"
#include "../../src/technique/native_tcg.h"
#include "sim/drive.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SIZE (256u * 1024u)
#define PSID "ABCDEFGH23456789JKLMNPQRSTUVWXYZ"

/* ---- packets ---- */

static void assert_bytes(const struct tcg_packet *p, const char *hex)
{
	char found[2 * TCG_SEND_BYTES + 1];

	cw_hex(found, p->bytes, p->len);
	assert_false(p->full);
	assert_string_equal(found, hex);
}

/* device-commands.md 4.4 */
static void the_bytes_are_those_of_the_standard(void **state)
{
	struct tcg_packet p;
	uint8_t psid[32];

	(void)state;
	memset(psid, 'A', sizeof(psid));
	tcg_begin(&p, 0x07fe, 0);
	tcg_call(&p, TCG_SESSION_MANAGER, TCG_START_SESSION);
	tcg_uint(&p, 1);
	tcg_uid(&p, TCG_ADMIN_SP);
	tcg_uint(&p, 1);
	tcg_token(&p, TCG_START_NAME);
	tcg_uint(&p, 0);
	tcg_bytes(&p, psid, sizeof(psid));
	tcg_token(&p, TCG_END_NAME);
	tcg_token(&p, TCG_START_NAME);
	tcg_uint(&p, 3);
	tcg_uid(&p, TCG_PSID);
	tcg_token(&p, TCG_END_NAME);
	tcg_end_call(&p);
	assert_bytes(&p, "0000000007fe0000000000000000000000" "00007c00000000" "0000000000000000000000000000000000000064" "00000000" "000000000000" "0057"
			 "f8a800000000000000ffa8000000000000ff02f001a8000002050000000101f200d020"
			 "4141414141414141414141414141414141414141414141414141414141414141"
			 "f3f203a8000000090001ff01f3f1f9f0000000f100");
	tcg_begin(&p, 0x07fe, 0x1001);
	tcg_call(&p, TCG_ADMIN_SP, TCG_REVERT);
	tcg_end_call(&p);
	assert_bytes(&p, "0000000007fe00000000000000000000000000400000100100000001000000000000000000000000000000280000000000000000" "0000001b"
			 "f8a80000020500000001a80000000600000202f0f1f9f0000000f100");
}

static void numbers_take_as_many_bytes_as_they_need(void **state)
{
	struct tcg_packet p;

	(void)state;
	tcg_begin(&p, 1, 0);
	tcg_token(&p, TCG_START_LIST);
	tcg_uint(&p, 0x3f);
	tcg_uint(&p, 0x40);
	tcg_uint(&p, 0x1001);
	tcg_uint(&p, UINT64_MAX);
	tcg_end_call(&p);
	assert_memory_equal(p.bytes + 56, "\xf0\x3f\x81\x40\x82\x10\x01\x88\xff\xff\xff\xff\xff\xff\xff\xff\xf1", 17);
}

static void what_does_not_fit_is_not_sent(void **state)
{
	uint8_t much[TCG_SEND_BYTES] = { 0 };
	struct tcg_transfer seen;
	struct cw_transport t = { 0 };
	struct tcg_packet p;

	(void)state;
	tcg_begin(&p, 1, 0);
	tcg_call(&p, TCG_ADMIN_SP, TCG_GET);
	tcg_bytes(&p, much, sizeof(much));
	tcg_end_call(&p);
	assert_true(p.full);
	assert_int_equal(tcg_send(&t, CW_BUS_SCSI, 1, &p, &seen), -EMSGSIZE);
}

/* An answer with a list in a list, as to Get. */
static struct tcg_packet an_answer(void)
{
	struct tcg_packet p;

	tcg_begin(&p, 0x07fe, 0x1001);
	tcg_token(&p, TCG_START_LIST);
	tcg_token(&p, TCG_START_LIST);
	tcg_token(&p, TCG_START_NAME);
	tcg_uint(&p, 3);
	tcg_bytes(&p, "a PIN that everybody may know", 29);
	tcg_token(&p, TCG_END_NAME);
	tcg_token(&p, TCG_END_LIST);
	tcg_end_call(&p);
	return p;
}

static void answers_are_taken_apart(void **state)
{
	struct tcg_packet p = an_answer();
	struct tcg_told told;

	(void)state;
	tcg_take(p.bytes, sizeof(p.bytes), &told);
	assert_int_equal(told.kind, TCG_RESULT);
	assert_int_equal(told.session, 0x1001);
	assert_int_equal(told.com_id, 0x07fe);
	assert_int_equal(told.status, 0);
	assert_int_equal(told.bytes_len, 29);
	assert_memory_equal(told.bytes, "a PIN", 5);
}

/* Cut off anywhere, or with another byte in any place: an answer of the same kind says the same, or it is none.  Nothing is read beyond its end. */
static void damaged_answers_are_none(void **state)
{
	struct tcg_packet p = an_answer();
	struct tcg_told told;

	(void)state;
	for (size_t len = 0; len < 56u + p.bytes[55]; len++) {
		uint8_t *cut = malloc(len ? len : 1);

		assert_non_null(cut);
		memcpy(cut, p.bytes, len);
		tcg_take(cut, len, &told);
		assert_int_equal(told.kind, TCG_BAD);
		free(cut);
	}
	for (size_t at = 0; at < p.len; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			struct tcg_packet q = p;

			q.bytes[at] ^= (uint8_t)(1u << bit);
			tcg_take(q.bytes, q.len, &told);
			if (told.kind != TCG_RESULT || !told.bytes)
				continue;
			assert_true(told.bytes >= q.bytes && told.bytes + told.bytes_len <= q.bytes + q.len);
		}
}

static void assert_none(const void *tokens, size_t len)
{
	struct tcg_packet p;
	struct tcg_told told;

	tcg_begin(&p, 1, 1);
	for (size_t i = 0; i < len; i++)
		tcg_token(&p, ((const uint8_t *)tokens)[i]);
	tcg_end(&p);
	tcg_take(p.bytes, p.len, &told);
	assert_int_equal(told.kind, TCG_BAD);
}

#define NONE(s) assert_none(s, sizeof(s) - 1)

static void what_is_no_answer_is_none(void **state)
{
	(void)state;
	NONE("");
	NONE("\xfa\x00");                                             /* something behind the end of a session */
	NONE("\xf0\xf1");                                             /* no status */
	NONE("\xf0\xf1\xf9\xf0\x00\x00\xf1");                         /* a number too few in it */
	NONE("\xf0\xf1\xf9\xf0\x00\x00\x00\xf1\x01");                 /* something behind it */
	NONE("\xf0\xf1\xf9\xf0\x82\x01\x00\x00\x00\xf1");             /* it is no byte */
	NONE("\xf0\xf2\xf1\xf3\xf9\xf0\x00\x00\x00\xf1");             /* ends that belong to other starts */
	NONE("\xf0\xf0\xf0\xf0\xf0\xf0\xf0\xf0\xf0\xf0\xf1\xf1\xf1\xf1\xf1\xf1\xf1\xf1\xf1\xf1\xf9\xf0\x00\x00\x00\xf1"); /* too deep */
	NONE("\xf0\xd7\xff\x00\xf1\xf9\xf0\x00\x00\x00\xf1");         /* longer than there is */
	NONE("\xf0\xe2\xff\xff\xff\xf1\xf9\xf0\x00\x00\x00\xf1");
	NONE("\xf0\x40\xf1\xf9\xf0\x00\x00\x00\xf1");                 /* signed */
	NONE("\xf0\x80\xf1\xf9\xf0\x00\x00\x00\xf1");                 /* a number of no bytes */
	NONE("\xf8\xa8\x00\x00\x00\x00\x00\x00\x00\xff\xf0\xf1\xf9\xf0\x00\x00\x00\xf1"); /* an object without a method */
}

/* ---- PSIDs ---- */

static void a_psid_is_taken_as_labels_print_it(void **state)
{
	static const char *const good[] = { PSID, "abcdefgh23456789jklmnpqrstuvwxyz", " ABCD-EFGH-2345-6789-JKLM-NPQR-STUV-WXYZ ", "ABCDEFGH 23456789\tJKLMNPQR STUVWXYZ\r" };
	static const char *const bad[] = { "", "ABC", PSID "A", "ABCDEFGH23456789JKLMNPQRSTUVWXY", "ABCDEFGH23456789JKLMNPQRSTUVWXY_", "ABCDEFGH23456789JKLMNPQRSTUVWX\xc3\xa4" };
	char out[CW_PSID_CHARS + 1];

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(good); i++) {
		assert_true(cw_psid_normalise(good[i], out));
		assert_string_equal(out, PSID);
	}
	for (size_t i = 0; i < CW_ARRAY_LEN(bad); i++)
		assert_false(cw_psid_normalise(bad[i], out));
}

/* ---- one course, and what was told of it ---- */

static struct {
	char told[256];
	const char *why;
	json_t *kept;
	unsigned waits;
} seen;

static int heard(void *user, const struct cw_heard *h, struct cw_error *err)
{
	(void)user, (void)err;
	json_array_append_new(seen.kept, cw_heard_json(h, CW_HEARD_DATA_MAX));
	return 0;
}

static int told(void *user, const char *state, uint32_t progress, const char *why, struct cw_error *err)
{
	(void)user, (void)progress, (void)err;
	json_array_append_new(seen.kept, json_pack("{s:s}", "state", state));
	snprintf(seen.told + strlen(seen.told), sizeof(seen.told) - strlen(seen.told), "%s%s", *seen.told ? " " : "", state);
	seen.why = why ? why : seen.why;
	return 0;
}

static void wait(void *user, uint32_t ms)
{
	(void)user, (void)ms;
	seen.waits++;
}

enum way { BY_SCSI, BY_ATA, BY_NVME, WAYS };
static struct drive {
	enum way way;
	struct sim *medium;
	struct cw_transport *t;
	struct sim_scsi *scsi;
	struct sim_tcg *tcg;
} d;

static void plug(enum way way)
{
	d = (struct drive){ .way = way, .medium = sim_new(SIZE, 512, 512) };
	json_decref(seen.kept);
	memset(&seen, 0, sizeof(seen));
	seen.kept = json_array();
	if (way == BY_NVME) {
		struct sim_nvme *n = sim_nvme_new(&d.medium->t, d.medium);

		d.tcg = n->tcg = sim_tcg_new(&n->op);
		d.t = &n->t;
		return;
	}
	d.scsi = sim_scsi_new(&d.medium->t, d.medium, way == BY_ATA ? sim_ata_new(d.medium) : NULL);
	d.tcg = d.scsi->tcg = sim_tcg_new(&d.scsi->op);
	if (d.scsi->ata)
		d.scsi->ata->tcg = d.tcg;
	d.t = &d.scsi->t;
}

static void unplug(void)
{
	cw_transport_free(d.t);
}

static const struct cw_native *native(const char *id)
{
	return cw_technique_get(id)->native;
}

static struct cw_native_use use_of(const char *psid)
{
	static const uint32_t buses[WAYS] = { CW_BUS_SCSI, CW_BUS_USB, CW_BUS_NVME };
	struct cw_native_use use = { .bus = buses[d.way], .secret_len = (uint32_t)strlen(psid) };

	memcpy(use.secret, psid, use.secret_len);
	return use;
}

static struct cw_native_result run_from(const char *id, const char *psid, const struct cw_native_course *so_far)
{
	struct cw_native_use use = use_of(psid);
	const struct cw_native_hooks hooks = { .use = &use, .wait = wait, .heard = heard, .told = told };
	struct cw_native_result r;
	struct cw_error err = { 0 };

	assert_int_equal(cw_native_run(d.t, native(id), so_far, SIZE, 0, &hooks, &r, &err), 0);
	assert_null(d.t->heard);
	return r;
}

static struct cw_native_result run(const char *id)
{
	static const struct cw_native_course nothing_yet;

	return run_from(id, PSID, &nothing_yet);
}

static bool holds_old_data(void)
{
	for (uint64_t at = 0; at < SIZE; at++)
		if (d.medium->bytes[at] != sim_old_byte(at))
			return false;
	return true;
}

/* What a verdict concludes from what was kept. */
static struct cw_native_course concluded(const char *id)
{
	struct cw_native_course c = { 0 };
	struct cw_native_seen shown;
	uint8_t room[CW_HEARD_DATA_MAX];
	struct cw_error err = { 0 };
	struct cw_heard h;
	json_t *line;
	size_t i;

	json_array_foreach(seen.kept, i, line) {
		if (!strcmp(cw_json_str(line, "state", ""), "submitting"))
			cw_native_announced(&c);
		if (json_object_get(line, "state"))
			continue;
		assert_int_equal(cw_heard_of_json(line, room, sizeof(room), &h, &err), 0);
		native(id)->read(&h, &shown);
		cw_native_saw(&c, shown.shows);
	}
	return c;
}

/* ---- it does as it is told ---- */

static void each_way_reverts_once(void **state)
{
	static const char *const ids[] = { "tcg_psid_revert", "tcg_revert" };

	(void)state;
	for (enum way way = 0; way < WAYS; way++)
		for (size_t i = 0; i < CW_ARRAY_LEN(ids); i++) {
			plug(way);
			assert_int_equal(run(ids[i]).end, CW_NATIVE_END_DONE);
			assert_string_equal(seen.told, "submitting succeeded");
			assert_int_equal(d.tcg->reverts, 1);
			assert_int_equal(d.tcg->wrong, 0);
			assert_int_equal(d.tcg->session, 0);
			assert_false(holds_old_data());
			assert_int_equal(concluded(ids[i]).state, CW_NATIVE_SUCCEEDED);
			unplug();
		}
}

/* A PSID opens the drive to everybody who reads it, as often as he likes. */
static void no_pin_is_kept(void **state)
{
	CW_AUTO_FREE char *text = NULL;
	char hex[2 * 32 + 1], digest[CW_SHA256_HEX];

	(void)state;
	plug(BY_SCSI);
	run("tcg_psid_revert");
	text = json_dumps(seen.kept, 0);
	cw_hex(hex, PSID, 32);
	cw_sha256_hex(PSID, 32, digest);
	assert_null(strstr(text, hex));
	assert_non_null(strstr(text, digest));
	assert_null(strstr(text, "\"dataZeros\": 512"));
	assert_non_null(strstr(text, "f200d0200000000000000000000000000000000000000000000000000000000000000000f3f203a8000000090001ff01"));
	unplug();
}

static void what_is_rehearsed_is_what_is_sent(void **state)
{
	static const char *const ids[] = { "tcg_psid_revert", "tcg_revert" };

	(void)state;
	for (enum way way = 0; way < WAYS; way++)
		for (size_t i = 0; i < CW_ARRAY_LEN(ids); i++) {
			CW_AUTO_JSON json_t *rehearsed = NULL;
			json_t *line;
			size_t k, r = 0;

			plug(way);
			d.tcg->late = 0;
			struct cw_native_use use = use_of("");

			use.com_id = d.tcg->com_id;
			rehearsed = cw_native_rehearse_at(native(ids[i]), SIZE, &(struct cw_nvme_target){ 0 }, &use);
			run(ids[i]);
			json_array_foreach(seen.kept, k, line) {
				if (json_object_get(line, "state"))
					continue;
				assert_string_equal(cw_json_str(line, "requestHex", ""), cw_json_str(json_array_get(rehearsed, r), "requestHex", "?"));
				assert_string_equal(cw_json_str(line, "dataOutHex", ""), cw_json_str(json_array_get(rehearsed, r), "dataOutHex", ""));
				r++;
			}
			assert_int_equal(r, json_array_size(rehearsed));
			unplug();
		}
}

/* ---- it does not ---- */

static void a_wrong_psid_is_tried_once(void **state)
{
	static const struct cw_native_course nothing_yet;

	(void)state;
	plug(BY_SCSI);
	assert_int_equal(run_from("tcg_psid_revert", "00000000000000000000000000000000", &nothing_yet).end, CW_NATIVE_END_FAILED);
	assert_string_equal(seen.told, "submitting refused");
	assert_non_null(strstr(seen.why, "label"));
	assert_int_equal(d.tcg->wrong, 1);
	assert_int_equal(d.tcg->reverts, 0);
	assert_int_equal(concluded("tcg_psid_revert").state, CW_NATIVE_REFUSED);
	d.tcg->tries_left = 0;
	assert_int_equal(run("tcg_psid_revert").end, CW_NATIVE_END_FAILED);
	assert_non_null(strstr(seen.why, "no more PINs"));
	assert_true(holds_old_data());
	unplug();
}

static void without_a_psid_nothing_is_tried(void **state)
{
	static const struct cw_native_course nothing_yet;

	(void)state;
	plug(BY_SCSI);
	assert_int_equal(run_from("tcg_psid_revert", "", &nothing_yet).end, CW_NATIVE_END_UNKNOWN);
	assert_int_equal(d.tcg->sessions, 0);
	unplug();
}

static void an_owned_or_blocked_drive_refuses_the_default_pin(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		plug(BY_NVME);
		d.tcg->sid_is_owned = i == 0;
		d.tcg->sid_blocked = i == 1;
		assert_int_equal(run("tcg_revert").end, CW_NATIVE_END_FAILED);
		assert_int_equal(d.tcg->wrong, 1);
		assert_true(holds_old_data());
		unplug();
	}
}

static void a_refused_revert_leaves_no_session(void **state)
{
	(void)state;
	plug(BY_SCSI);
	d.tcg->revert_status = 0x3f;
	assert_int_equal(run("tcg_psid_revert").end, CW_NATIVE_END_FAILED);
	assert_string_equal(seen.told, "submitting refused");
	assert_int_equal(d.tcg->ended, 1);
	assert_int_equal(d.tcg->session, 0);
	assert_int_equal(concluded("tcg_psid_revert").state, CW_NATIVE_REFUSED);
	unplug();
}

/* It reverted, and nobody heard so: it is done again, and only an answer counts. */
static void a_lost_answer_is_no_success(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		plug(BY_SCSI);
		d.tcg->loses_revert = i == 0;
		d.tcg->garbles = i == 1;
		d.tcg->silent = i == 2;
		assert_int_equal(run("tcg_psid_revert").end, CW_NATIVE_END_UNKNOWN);
		assert_int_equal(d.tcg->sessions, 3);
		assert_int_not_equal(concluded("tcg_psid_revert").state, CW_NATIVE_SUCCEEDED);
		unplug();
	}
}

/* The kernel gives one transfer up, whichever: the drive may have carried it out or not. */
static void a_time_out_at_any_transfer_is_got_over(void **state)
{
	(void)state;
	for (unsigned at = 1; at <= 7; at++) {
		plug(BY_SCSI);
		d.scsi->hangs_at_security = at;
		struct cw_native_result r = run("tcg_psid_revert");

		/* A session that the drive still has stands in the way of another one: then it is refused, and nothing claimed. */
		if (r.end == CW_NATIVE_END_DONE) {
			assert_false(holds_old_data());
			assert_int_equal(concluded("tcg_psid_revert").state, CW_NATIVE_SUCCEEDED);
		} else {
			assert_int_not_equal(concluded("tcg_psid_revert").state, CW_NATIVE_SUCCEEDED);
		}
		unplug();
	}
}

/* Whatever it answers: locking that is still on was not reverted. */
static void a_success_with_locking_still_on_is_a_failure(void **state)
{
	(void)state;
	plug(BY_SCSI);
	d.tcg->locking_enabled = d.tcg->keeps_locking = true;
	assert_int_equal(run("tcg_psid_revert").end, CW_NATIVE_END_FAILED);
	assert_int_equal(concluded("tcg_psid_revert").state, CW_NATIVE_FAILED);
	unplug();
}

static void after_an_interruption_it_is_done_again(void **state)
{
	struct cw_native_course so_far = { 0 };

	(void)state;
	plug(BY_SCSI);
	cw_native_announced(&so_far);
	cw_native_saw(&so_far, CW_SHOWS_CARRIED);
	assert_int_equal(run_from("tcg_psid_revert", PSID, &so_far).end, CW_NATIVE_END_DONE);
	assert_string_equal(seen.told, "submitting succeeded");
	assert_int_equal(d.tcg->reverts, 1);
	unplug();
}

/* An answer that nobody asked for in this attempt proves nothing. */
static void an_answer_without_its_command_is_none(void **state)
{
	struct cw_native_course c = { 0 };

	(void)state;
	cw_native_saw(&c, CW_SHOWS_QUIET);
	cw_native_announced(&c);
	cw_native_saw(&c, CW_SHOWS_UNDER_WAY);
	cw_native_saw(&c, CW_SHOWS_REPLIED);
	assert_int_not_equal(c.state, CW_NATIVE_SUCCEEDED);
	cw_native_saw(&c, CW_SHOWS_CARRIED);
	cw_native_interrupted(&c);
	cw_native_saw(&c, CW_SHOWS_REPLIED);
	assert_int_not_equal(c.state, CW_NATIVE_SUCCEEDED);
	cw_native_saw(&c, CW_SHOWS_QUIET);
	assert_int_equal(c.state, CW_NATIVE_NOT_SENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bytes_are_those_of_the_standard),
		cmocka_unit_test(numbers_take_as_many_bytes_as_they_need),
		cmocka_unit_test(what_does_not_fit_is_not_sent),
		cmocka_unit_test(answers_are_taken_apart),
		cmocka_unit_test(damaged_answers_are_none),
		cmocka_unit_test(what_is_no_answer_is_none),
		cmocka_unit_test(a_psid_is_taken_as_labels_print_it),
		cmocka_unit_test(each_way_reverts_once),
		cmocka_unit_test(no_pin_is_kept),
		cmocka_unit_test(what_is_rehearsed_is_what_is_sent),
		cmocka_unit_test(a_wrong_psid_is_tried_once),
		cmocka_unit_test(without_a_psid_nothing_is_tried),
		cmocka_unit_test(an_owned_or_blocked_drive_refuses_the_default_pin),
		cmocka_unit_test(a_refused_revert_leaves_no_session),
		cmocka_unit_test(a_lost_answer_is_no_success),
		cmocka_unit_test(a_time_out_at_any_transfer_is_got_over),
		cmocka_unit_test(a_success_with_locking_still_on_is_a_failure),
		cmocka_unit_test(after_an_interruption_it_is_done_again),
		cmocka_unit_test(an_answer_without_its_command_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
