/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of evidence.tlog-proof, c2sp.org/tlog-proof.  Its extra data is the leaf, {"leaf":{...}}, because nothing else holds all of it; whoever checks the proof compares the
 * leaf with the document.  "consistency" stands beside it when other entries came between the state of the register that the document names and its own entry.
 */
#include <string.h>

#include "note.h"

#define HEADER "c2sp.org/tlog-proof@v1"
#define EXTRA_MAX_BYTES 16384u
#define LEAF "leaf"
#define CONSISTENCY "consistency"

static int bad(struct cw_error *err, const char *why)
{
	return cw_fail(err, CW_E_INVALID, 0, CW_PROOF_NAME, NULL, _("The proof of the register is malformed: %s"), why);
}

/* The rest of the line behind "word ". */
static bool behind(struct note_text line, const char *word, struct note_text *out)
{
	size_t n = strlen(word);

	if (line.len <= n || memcmp(line.p, word, n) != 0 || line.p[n] != ' ')
		return false;
	*out = (struct note_text){ line.p + n + 1, line.len - n - 1 };
	return true;
}

static bool take_consistency(const json_t *list, struct cw_hashes *out)
{
	json_t *hash;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) > CW_HASHES_MAX)
		return false;
	json_array_foreach(list, i, hash)
		if (!json_is_string(hash) || !cw_unhex(out->at[i], CW_SHA256_BYTES, json_string_value(hash)))
			return false;
	out->n = (uint32_t)json_array_size(list);
	return true;
}

static int take_leaf(const json_t *extra, struct cw_tlog_proof *out, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf leaf = { 0 };
	int rc;

	out->leaf = json_incref(json_object_get(extra, LEAF));
	if (!json_is_object(out->leaf))
		return bad(err, _("its extra data has no leaf."));
	rc = cw_json_canonical(out->leaf, &leaf, err);
	if (!rc)
		cw_merkle_leaf(leaf.data, leaf.len, out->leaf_hash);
	return rc;
}

static int take_extra(struct note_text text, struct cw_tlog_proof *out, struct cw_error *err)
{
	CW_AUTO_JSON json_t *extra = NULL;
	const json_t *consistency;
	char bytes[EXTRA_MAX_BYTES];
	size_t len;
	int rc = cw_unbase64(bytes, sizeof(bytes), &len, text.p, text.len) && len ? cw_json_parse_canonical(bytes, len, &extra, err) : CW_E_INVALID;

	if (rc == CW_E_NO_MEMORY)
		return rc;
	if (rc || !json_is_object(extra))
		return bad(err, _("its extra data is no canonical JSON in Base64."));
	consistency = json_object_get(extra, CONSISTENCY);
	out->has_consistency = consistency != NULL;
	if (consistency && !take_consistency(consistency, &out->consistency))
		return bad(err, _("its proof of consistency is no list of hashes."));
	if (json_object_size(extra) != 1 + (size_t)out->has_consistency)
		return bad(err, _("its extra data has a field too many."));
	return take_leaf(extra, out, err);
}

static int take_head(struct note_text *rest, struct cw_tlog_proof *out, struct cw_error *err)
{
	struct note_text line, text;
	int rc;

	if (!note_line(rest, &line) || line.len != strlen(HEADER) || memcmp(line.p, HEADER, line.len) != 0)
		return bad(err, _("its first line is not \"c2sp.org/tlog-proof@v1\"."));
	if (!note_line(rest, &line) || !behind(line, "extra", &text))
		return bad(err, _("its second line has no extra data."));
	rc = take_extra(text, out, err);
	if (rc)
		return rc;
	if (!note_line(rest, &line) || !behind(line, "index", &text) || !note_number(text, &out->index))
		return bad(err, _("its third line is no index."));
	return 0;
}

static int take_path(struct note_text *rest, struct cw_tlog_proof *out, struct cw_error *err)
{
	struct note_text line;

	for (;;) {
		if (!note_line(rest, &line))
			return bad(err, _("it ends before its checkpoint."));
		if (!line.len)
			return 0;
		if (out->path.n == CW_HASHES_MAX || !note_hash(line, out->path.at[out->path.n]))
			return bad(err, _("a line of it is no SHA-256 in Base64."));
		out->path.n++;
	}
}

int cw_tlog_proof_parse(const char *bytes, size_t len, struct cw_tlog_proof *out, struct cw_error *err)
{
	struct note_text rest = { bytes, len };
	int rc;

	*out = (struct cw_tlog_proof){ .index = 0 };
	if (len > CW_PROOF_MAX_BYTES)
		return bad(err, _("it is longer than any."));
	rc = take_head(&rest, out, err);
	if (!rc)
		rc = take_path(&rest, out, err);
	if (!rc)
		rc = cw_note_parse(rest.p, rest.len, &out->note, err);
	return rc ? rc : cw_tree_head_parse(out->note.text, out->note.text_len, &out->head, err);
}

void cw_tlog_proof_clear(struct cw_tlog_proof *p)
{
	json_decref(p->leaf);
	*p = (struct cw_tlog_proof){ .leaf = NULL };
}

/* ---- writing ---- */

static void add_extra(struct cw_buf *out, const char *leaf, size_t leaf_len, const struct cw_hashes *consistency)
{
	CW_AUTO_BUF struct cw_buf extra = { 0 };
	char hex[CW_SHA256_HEX];

	cw_buf_str(&extra, consistency ? "{\"" CONSISTENCY "\":[" : "{"); /* keys in the order of RFC 8785 */
	for (uint32_t i = 0; consistency && i < consistency->n; i++) {
		cw_hex(hex, consistency->at[i], CW_SHA256_BYTES);
		cw_buf_printf(&extra, "%s\"%s\"", i ? "," : "", hex);
	}
	cw_buf_str(&extra, consistency ? "],\"" LEAF "\":" : "\"" LEAF "\":");
	cw_buf_add(&extra, leaf, leaf_len);
	cw_buf_str(&extra, "}");
	out->failed |= extra.failed;
	cw_base64(out, extra.data, extra.len);
}

int cw_tlog_proof_write(const char *leaf, size_t leaf_len, uint64_t index, const struct cw_hashes *path, const struct cw_hashes *consistency, const struct cw_buf *note,
			struct cw_buf *out, struct cw_error *err)
{
	cw_buf_str(out, HEADER "\nextra ");
	add_extra(out, leaf, leaf_len, consistency);
	cw_buf_printf(out, "\nindex %llu\n", (unsigned long long)index);
	for (uint32_t i = 0; i < path->n; i++) {
		cw_base64(out, path->at[i], CW_SHA256_BYTES);
		cw_buf_str(out, "\n");
	}
	cw_buf_str(out, "\n");
	cw_buf_add(out, note->data, note->len);
	return out->failed ? cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory.")) : 0;
}
