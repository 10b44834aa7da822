/* SPDX-License-Identifier: Apache-2.0 */
/* The early look in the journal: the line `spot-check`, written and read back. */
#include "lines.h"

#include <string.h>

static json_t *differing(const struct cw_spot *s)
{
	json_t *list = json_array();
	for (uint32_t i = 0; i < s->n_differing; i++)
		json_array_append_new(list, job_mismatch_json(&s->differing[i]));
	return list;
}

static json_t *same(const struct cw_spot *s)
{
	json_t *list = json_array();
	for (uint32_t i = 0; i < s->n_equal; i++)
		json_array_append_new(list, json_pack("{s:I}", "offsetBytes", job_number(s->equal_at_bytes[i])));
	return list;
}

/* Where nothing differs, where it does not is of no use to anybody. */
json_t *job_line_spot_check(uint32_t number, const struct cw_spot *s)
{
	json_t *o = json_pack("{s:i, s:i, s:i, s:o}", "step", (int)number, "probes", (int)s->n_probes, "equal", (int)s->n_equal, "differing", differing(s));
	bool ok = json_array_size(json_object_get(o, "differing")) == s->n_differing;
	if (ok && s->n_differing > 0)
		ok = json_object_set_new(o, "same", same(s)) == 0 && json_array_size(json_object_get(o, "same")) == s->n_equal;
	if (ok)
		return o;
	json_decref(o);
	return NULL;
}

static uint32_t class_of(const char *name)
{
	for (uint32_t class_ = CW_MISMATCH_ZEROS; class_ < CW_MISMATCH_FOREIGN; class_++)
		if (strcmp(cw_mismatch_name(class_), name) == 0)
			return class_;
	return CW_MISMATCH_FOREIGN;
}

static void read_differing(const json_t *list, struct cw_spot *out)
{
	size_t i;
	json_t *item;
	json_array_foreach(list, i, item)
		if (out->n_differing < CW_PROBES_MAX)
			out->differing[out->n_differing++] =
				(struct cw_mismatch_info){ .offset_bytes = cw_json_u64(item, "offsetBytes", 0), .class = class_of(cw_json_str(item, "class", "")),
							   .written_pass = cw_json_u64(item, "writtenPass", 0),
							   .written_offset_bytes = cw_json_u64(item, "writtenOffsetBytes", 0) };
}

static void read_same(const json_t *list, struct cw_spot *out)
{
	size_t i;
	json_t *item;
	json_array_foreach(list, i, item)
		if (out->n_equal < CW_PROBES_MAX)
			out->equal_at_bytes[out->n_equal++] = cw_json_u64(item, "offsetBytes", 0);
}

bool cw_job_spot_of(const json_t *line, struct cw_spot *out)
{
	uint64_t equal = cw_json_u64(line, "equal", 0);
	*out = (struct cw_spot){ .n_probes = (uint32_t)cw_json_u64(line, "probes", 0) };
	read_differing(json_object_get(line, "differing"), out);
	read_same(json_object_get(line, "same"), out);
	return equal + json_array_size(json_object_get(line, "differing")) == out->n_probes && (!out->n_differing || out->n_equal == equal);
}
