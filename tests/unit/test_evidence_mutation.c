/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict, systematically: a perfect journal with any one thing in it changed.  Whatever spoils nothing is listed here by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "sim/fixture_journal.h"
#include "sim/native_job.h"

static const struct fixture_wish stick = { .scheme = "keystream" };
static const struct fixture_wish disk_sampled = { .class_ = CW_CLASS_HDD_ATA, .bus = CW_BUS_ATA, .sample = true };
static const struct fixture_wish stick_r1 = { .scheme = "nist-r1-flash", .r1 = true };

/* ---- whole lines: drop, double, swap ---- */

static void drop_each_line(void **state)
{
	static const char *const irrelevant[] = { "checkpoint 0", "checkpoint 2" }; /* the ones on the way */
	CW_AUTO_JSON json_t *perfect = fixture_perfect(&stick);
	struct cw_verdict v;
	size_t checkpoints = 0;
	(void)state;
	for (size_t i = 0; i < json_array_size(perfect); i++) {
		CW_AUTO_JSON json_t *lines = json_deep_copy(perfect);
		const char *event = cw_json_str(json_array_get(perfect, i), "event", "");
		char name[64];
		snprintf(name, sizeof(name), "%s %zu", event, strcmp(event, "checkpoint") == 0 ? checkpoints++ : 0);
		bool harmless = strcmp(name, irrelevant[0]) == 0 || strcmp(name, irrelevant[1]) == 0;
		json_array_remove(lines, i);
		if (fixture_judge(lines, &v) && (v.outcome == CW_SANITISED) != harmless)
			fail_msg("without line %zu (%s): %s", i, name, cw_outcome_name(v.outcome));
	}
}

static bool in_list(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(word, *list) == 0)
			return true;
	return false;
}

static void double_each_line(void **state)
{
	static const char *const harmless[] = { "authorised", "registered", "identity", "checkpoint", NULL };
	CW_AUTO_JSON json_t *perfect = fixture_perfect(&stick);
	struct cw_verdict v;
	(void)state;
	for (size_t i = 0; i < json_array_size(perfect); i++) {
		CW_AUTO_JSON json_t *lines = json_deep_copy(perfect);
		const char *event = cw_json_str(json_array_get(perfect, i), "event", "");
		json_array_insert_new(lines, i, json_deep_copy(json_array_get(perfect, i)));
		if (fixture_judge(lines, &v) && (v.outcome == CW_SANITISED) != in_list(event, harmless))
			fail_msg("line %zu (%s) twice: %s", i, event, cw_outcome_name(v.outcome));
	}
}

static void swap_each_pair(void **state)
{
	/* What has to stand before the first intent may stand in any order. */
	static const char *const harmless[] = { "authorised registered", "registered stream", "stream identity", NULL };
	CW_AUTO_JSON json_t *perfect = fixture_perfect(&stick);
	struct cw_verdict v;
	(void)state;
	for (size_t i = 0; i + 1 < json_array_size(perfect); i++) {
		CW_AUTO_JSON json_t *lines = json_deep_copy(perfect);
		char pair[64];
		snprintf(pair, sizeof(pair), "%s %s", cw_json_str(json_array_get(perfect, i), "event", ""), cw_json_str(json_array_get(perfect, i + 1), "event", ""));
		json_array_set(lines, i, json_array_get(perfect, i + 1));
		json_array_set(lines, i + 1, json_array_get(perfect, i));
		if (fixture_judge(lines, &v) && (v.outcome == CW_SANITISED) != in_list(pair, harmless))
			fail_msg("%s swapped: %s", pair, cw_outcome_name(v.outcome));
	}
}

/* ---- every field ---- */

/* Nothing that is claimed hangs on these: whole branches end with '.'.  Everything else must spoil the verdict when it changes. */
static const char *const irrelevant_fields[] = {
	/* who, where, by what */
	"job.tool.", "job.host.", "job.clock.", "job.case.", "job.operator.", "job.state.", "job.preallocated", "job.jobId", "authorised.by.", "registered.origin",
	"registered.root", "registered.size", "stream.io.", "resumed.by.", "resumed.clock.", "resumed.bootId", "resumed.droppedTail",
	/* words about the medium that neither name it nor bound it; fullSerial is what names it */
	"job.medium.physicalBytes", "job.medium.removable", "job.medium.rotational", "job.medium.hotplug", "job.medium.readOnly", "job.medium.hasMedium",
	"job.medium.zoned", "job.medium.hidden.bytes", "job.medium.hidden.why", "job.medium.serial.", "job.medium.vendor.rawHex", "job.medium.vendor.why",
	"job.medium.model.rawHex", "job.medium.model.why", "job.medium.wwn.why", "job.medium.cid.why", "job.medium.usbId.why", "job.medium.firmware.why",
	"job.medium.bridgeSerial.why",
	"job.medium.virtual" /* makes it a laboratory's */,
	"job.attachment.major", "job.attachment.minor", "job.attachment.name", "job.attachment.port", "resumed.attachment.major", "resumed.attachment.minor",
	"resumed.attachment.name", "resumed.attachment.port",
	/* any key is as good as another; a re-read of the medium tells whether it was this one */
	"stream.keyHex", "stream.sampleSeedHex", "stream.drawn.",
	/* how the lines before a resumption put it; and not less than nothing, which another test tries */
	"stopped.by", "stopped.step", "stopped.watermarkBytes", "resumed.checkedBytes", "step-end.elapsedMs", "step-end.badListed",
	/* another method is as good when the digests agree */
	"authorised.method", NULL
};

/* Where a sample stood on its way says nothing: only its end counts.  Neither does the mark of a step that leapt ahead: what it did does. */
static bool sampled, leapt;
/* What else a drive told of itself decides nothing, nor do questions that it answered on the way: those that do are tried apart. */
static bool native;

static bool is_irrelevant(const char *path)
{
	if (sampled && (strcmp(path, "checkpoint.watermarkBytes") == 0 || strcmp(path, "checkpoint.doneBytes") == 0))
		return true;
	if (leapt && strcmp(path, "checkpoint.watermarkBytes") == 0)
		return true;
	if (native && strcmp(path, "job.capabilities.asked") != 0 && strcmp(path, "job.capabilities.features.ata-sanitize-block.state") != 0 &&
	    (strncmp(path, "job.capabilities.", 17) == 0 || strncmp(path, "command.", 8) == 0 || strcmp(path, "native.progress65536") == 0))
		return true;
	for (const char *const *p = irrelevant_fields; *p; p++) {
		size_t n = strlen(*p);
		if ((*p)[n - 1] == '.' ? strncmp(path, *p, n) == 0 : strcmp(path, *p) == 0)
			return true;
	}
	return false;
}

/* The variants of a value that differ least from it. */
static size_t neighbours(const json_t *value, json_t *out[3])
{
	size_t n = 0;
	if (json_is_integer(value)) {
		out[n++] = json_integer(json_integer_value(value) + 1);
		if (json_integer_value(value) > 0)
			out[n++] = json_integer(json_integer_value(value) - 1);
		if (json_integer_value(value) > 512)
			out[n++] = json_integer(json_integer_value(value) - 512);
	} else if (json_is_boolean(value)) {
		out[n++] = json_boolean(!json_is_true(value));
	} else if (json_is_string(value) && json_string_length(value)) {
		char *s = strdup(json_string_value(value));
		char *last = s + strlen(s) - 1;
		*last = *last == '1' ? '2' : '1';
		out[n++] = json_string(s);
		free(s);
	}
	return n;
}

static unsigned tried;

static void try_value(json_t *lines, json_t *object, const char *key, const char *path)
{
	json_t *variants[3], *kept = json_incref(json_object_get(object, key));
	size_t n = neighbours(kept, variants);
	struct cw_verdict v;
	for (size_t i = 0; i < n; i++) {
		json_object_set_new(object, key, variants[i]);
		tried++;
		if (fixture_judge(lines, &v) && v.outcome == CW_SANITISED && !is_irrelevant(path))
			fail_msg("%s may be changed, and the verdict stays", path);
	}
	json_object_set_new(object, key, kept);
}

static void walk(json_t *lines, json_t *value, const char *path)
{
	const char *key;
	json_t *child;
	size_t i;
	if (json_is_array(value)) {
		json_array_foreach(value, i, child)
			walk(lines, child, path);
		return;
	}
	if (!json_is_object(value))
		return;
	void *it = json_object_iter(value);
	while (it) {
		char below[256];
		key = json_object_iter_key(it);
		child = json_object_iter_value(it);
		snprintf(below, sizeof(below), "%s.%s", path, key);
		if (json_is_object(child) || json_is_array(child))
			walk(lines, child, below);
		else if (strcmp(key, "event") != 0)
			try_value(lines, value, key, below);
		it = json_object_iter_next(value, json_object_key_to_iter(key));
	}
}

static void every_field_counts(json_t *lines_take)
{
	struct cw_verdict v;
	size_t i;
	json_t *line;
	assert_true(fixture_judge(lines_take, &v) && v.outcome == CW_SANITISED);
	json_array_foreach(lines_take, i, line)
		walk(lines_take, line, cw_json_str(line, "event", ""));
	assert_true(fixture_judge(lines_take, &v) && v.outcome == CW_SANITISED);
	json_decref(lines_take);
}

static void every_field_of_a_perfect_job(void **state)
{
	(void)state;
	every_field_counts(fixture_perfect(&stick));
	assert_true(tried > 150);
}

static void every_field_of_a_resumed_job(void **state)
{
	(void)state;
	every_field_counts(fixture_resumed(&stick, FIXTURE_SIZE / 2));
}

static void every_field_of_two_passes(void **state)
{
	(void)state;
	every_field_counts(fixture_perfect(&stick_r1));
}

static void every_field_of_a_sampled_job(void **state)
{
	(void)state;
	sampled = true;
	every_field_counts(fixture_perfect(&disk_sampled));
	sampled = false;
}

/* A region in each step was left for its end: a checkpoint on the way tells of it. */
static void every_field_of_a_job_that_leapt(void **state)
{
	json_t *lines = fixture_perfect(&stick);
	(void)state;
	for (size_t nth = 0; nth < 4; nth += 2) {
		json_t *checkpoint = fixture_find(lines, "checkpoint", nth);
		json_object_set_new(checkpoint, "furthestBytes", json_integer(FIXTURE_SIZE - 512));
		json_object_set_new(checkpoint, "passedOverBytes", json_integer(4096));
		json_object_set_new(checkpoint, "doneBytes", json_integer(FIXTURE_SIZE - 512 - 4096));
	}
	json_array_insert_new(lines, fixture_index(lines, "checkpoint", 0), json_pack("{s:s, s:i, s:i, s:i, s:[]}", "event", "spot-check", "step", 1, "probes", 3, "equal", 3,
										       "differing"));
	leapt = true;
	every_field_counts(lines);
	leapt = false;
}

/* ---- a medium that sanitised itself ---- */

static json_t *native_lines(const struct native_wish *w)
{
	static struct native_job n;
	struct cw_error e = { 0 };
	char status[16];
	json_t *lines;
	native_job_begin(&n, 1024 * 1024, w);
	n.drive->ata->op.asks = 2;
	native_job_authorise(&n);
	assert_int_equal(native_job_run(&n, false, status, &e), 0);
	assert_string_equal(status, "complete");
	lines = native_job_lines(&n);
	native_job_end(&n);
	return lines;
}

static void every_field_of_a_medium_that_sanitised_itself(void **state)
{
	(void)state;
	native = true;
	every_field_counts(native_lines(NULL));
	native = false;
}

/* Bits of the answer that tell of the end, and of the one that our command got: byte 8 of the sense data is its 8th. */
static void every_register_that_counts(void **state)
{
	static const struct { size_t digit; char other; } spoilt[] = {
		{ 1, '8' },                 /* status: busy */          { 7, '3' },                 /* the host: a time-out */
		{ 2 * (8 + 12), '4' },      /* COUNT 15:8: at it */     { 2 * (8 + 12), '0' },      /* nothing was ever done */
		{ 2 * (8 + 21) + 1, '1' },  /* the drive's status: error */ { 2 * (8 + 21), 'd' },  /* busy */
		{ 2 * (8 + 10) + 1, '0' },  /* 28 bits only */          { 2 * (8 + 8) + 1, '8' },   /* another descriptor */
		{ 2 * (8 + 1) + 1, 'b' },   /* the layer: aborted */    { 2 * 8 + 1, '3' },         /* sense data of an earlier command */
	};
	CW_AUTO_JSON json_t *perfect = native_lines(NULL);
	size_t last = 0;
	struct cw_verdict v;
	(void)state;
	for (size_t i = 0; i < json_array_size(perfect); i++)
		if (strcmp(cw_json_str(json_array_get(perfect, i), "event", ""), "command") == 0)
			last = i;
	for (size_t i = 0; i < CW_ARRAY_LEN(spoilt); i++) {
		CW_AUTO_JSON json_t *lines = json_deep_copy(perfect);
		char hex[512];
		snprintf(hex, sizeof(hex), "%s", cw_json_str(json_array_get(lines, last), "answerHex", ""));
		assert_int_not_equal(hex[spoilt[i].digit], spoilt[i].other);
		hex[spoilt[i].digit] = spoilt[i].other;
		json_object_set_new(json_array_get(lines, last), "answerHex", json_string(hex));
		if (fixture_judge(lines, &v) && v.outcome == CW_SANITISED)
			fail_msg("digit %zu may be %c", spoilt[i].digit, spoilt[i].other);
	}
}

/* The command must be ours, and the one that the plan names. */
static void every_digit_of_the_command(void **state)
{
	CW_AUTO_JSON json_t *lines = native_lines(NULL);
	struct cw_verdict v;
	(void)state;
	for (size_t i = 0; i < json_array_size(lines); i++) {
		json_t *line = json_array_get(lines, i);
		const char *request = cw_json_str(line, "requestHex", "");
		char hex[64];
		if (strncmp(request, "8507200012", 10) != 0)
			continue;
		cw_strlcpy(hex, request, sizeof(hex));
		for (size_t digit = 0; hex[digit]; digit++) {
			char kept = hex[digit];
			hex[digit] = kept == '1' ? '2' : '1';
			json_object_set_new(line, "requestHex", json_string(hex));
			/* What was sent then is not known; that the drive says it was at something is not enough where it had not been told. */
			if (fixture_judge(lines, &v) && v.outcome == CW_SANITISED)
				fail_msg("digit %zu of the command may be another", digit);
			hex[digit] = kept;
		}
	}
}

static void drop_and_double_lines_of_a_medium_that_sanitised_itself(void **state)
{
	static const char *const may_go[] = { "checkpoint", "command", "native", NULL };
	static const char *const may_come_twice[] = { "authorised", "registered", "identity", "checkpoint", "command", "native", NULL };
	CW_AUTO_JSON json_t *perfect = native_lines(NULL);
	struct cw_verdict v;
	(void)state;
	for (size_t i = 0; i < json_array_size(perfect); i++) {
		CW_AUTO_JSON json_t *without = json_deep_copy(perfect), *twice = json_deep_copy(perfect);
		const char *event = cw_json_str(json_array_get(perfect, i), "event", "");
		json_array_remove(without, i);
		json_array_insert_new(twice, i, json_deep_copy(json_array_get(perfect, i)));
		if (fixture_judge(without, &v) && v.outcome == CW_SANITISED && !in_list(event, may_go))
			fail_msg("without line %zu (%s)", i, event);
		if (fixture_judge(twice, &v) && v.outcome == CW_SANITISED && !in_list(event, may_come_twice))
			fail_msg("line %zu (%s) twice", i, event);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drop_each_line),
		cmocka_unit_test(double_each_line),
		cmocka_unit_test(swap_each_pair),
		cmocka_unit_test(every_field_of_a_perfect_job),
		cmocka_unit_test(every_field_of_a_resumed_job),
		cmocka_unit_test(every_field_of_two_passes),
		cmocka_unit_test(every_field_of_a_sampled_job),
		cmocka_unit_test(every_field_of_a_job_that_leapt),
		cmocka_unit_test(every_field_of_a_medium_that_sanitised_itself),
		cmocka_unit_test(every_register_that_counts),
		cmocka_unit_test(every_digit_of_the_command),
		cmocka_unit_test(drop_and_double_lines_of_a_medium_that_sanitised_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
