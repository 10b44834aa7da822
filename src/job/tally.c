/* SPDX-License-Identifier: Apache-2.0 */
/* The tally of mismatches in the journal: `mismatches` of a step-end, written and read back. */
#include "lines.h"

static const struct {
	const char *key;
	uint32_t class_;
} classes[] = {
	{ "zerosBytes", CW_MISMATCH_ZEROS }, { "onesBytes", CW_MISMATCH_ONES }, { "uniformBytes", CW_MISMATCH_UNIFORM },
	{ "otherOffsetBytes", CW_MISMATCH_OTHER_OFFSET }, { "otherPassBytes", CW_MISMATCH_OTHER_PASS }, { "foreignBytes", CW_MISMATCH_FOREIGN },
};

/* ---- writing ---- */

static json_t *places(const struct cw_tally *t)
{
	json_t *list = json_array();
	for (uint32_t i = 0; i < t->n_places; i++)
		json_array_append_new(list, json_pack("{s:I, s:I}", "offsetBytes", job_number(t->places[i].offset_bytes), "writtenOffsetBytes",
						      job_number(t->places[i].written_offset_bytes)));
	if (json_array_size(list) == t->n_places)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *elsewhere(const struct cw_tally *t)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:o}", "offsetBytes", job_number(t->elsewhere.from_bytes), "uptoBytes", job_number(t->elsewhere.upto_bytes),
			 "leastDistanceBytes", job_number(t->least_distance_bytes), "commonDistanceBytes", job_number(t->common_distance_bytes), "backwardBytes",
			 job_number(t->backward_bytes), "places", places(t));
}

static json_t *lacking(const struct cw_tally *t)
{
	return json_pack("{s:I, s:I}", "offsetBytes", job_number(t->lacking.from_bytes), "uptoBytes", job_number(t->lacking.upto_bytes));
}

json_t *job_tally_json(const struct cw_tally *t)
{
	json_t *o = json_object();
	int rc = o == NULL ? -1 : 0;
	for (size_t i = 0; i < CW_ARRAY_LEN(classes); i++)
		rc |= json_object_set_new(o, classes[i].key, json_integer(job_number(t->class_bytes[classes[i].class_])));
	if (t->class_bytes[CW_MISMATCH_OTHER_OFFSET] > 0)
		rc |= json_object_set_new(o, "elsewhere", elsewhere(t));
	if (t->lacking.bytes > 0)
		rc |= json_object_set_new(o, "lacking", lacking(t));
	if (rc == 0)
		return o;
	json_decref(o);
	return NULL;
}

/* ---- reading; the schema has seen to it that all keys are there ---- */

static void read_range(const json_t *from, uint64_t bytes, struct cw_sectors *out)
{
	*out = (struct cw_sectors){ bytes, cw_json_u64(from, "offsetBytes", 0), cw_json_u64(from, "uptoBytes", 0) };
}

static void read_places(const json_t *list, struct cw_tally *out)
{
	size_t i;
	json_t *item;
	json_array_foreach(list, i, item) {
		if (out->n_places == CW_PLACES_MAX)
			return;
		out->places[out->n_places].offset_bytes = cw_json_u64(item, "offsetBytes", 0);
		out->places[out->n_places++].written_offset_bytes = cw_json_u64(item, "writtenOffsetBytes", 0);
	}
}

void cw_job_tally_of(const json_t *step_end, struct cw_tally *out)
{
	const json_t *from = json_object_get(step_end, "mismatches"), *away = json_object_get(from, "elsewhere");
	uint64_t sum = 0;
	*out = (struct cw_tally){ 0 };
	for (size_t i = 0; i < CW_ARRAY_LEN(classes); i++) {
		out->class_bytes[classes[i].class_] = cw_json_u64(from, classes[i].key, 0);
		sum += out->class_bytes[classes[i].class_];
	}
	out->backward_bytes = cw_json_u64(away, "backwardBytes", 0);
	/* Numbers that cannot be: then they do not add up either. */
	uint64_t all_away = out->class_bytes[CW_MISMATCH_OTHER_OFFSET];
	read_range(away, all_away > out->backward_bytes ? all_away - out->backward_bytes : 0, &out->elsewhere);
	read_range(json_object_get(from, "lacking"), sum - all_away, &out->lacking);
	out->least_distance_bytes = cw_json_u64(away, "leastDistanceBytes", 0);
	out->common_distance_bytes = cw_json_u64(away, "commonDistanceBytes", 0);
	read_places(json_object_get(away, "places"), out);
}
