/* SPDX-License-Identifier: Apache-2.0 */
/* Proofs of a document's place in the register. */
#include "certwipe/evidence.h"
#include "fuzz.h"

#define FOLDER "tests/vectors/stick-proved/"

static struct { struct cw_evidence_files files; json_t *payload; struct cw_payload_frame frame; struct cw_order order; } genuine;

static void load(void)
{
	struct cw_error err = { 0 };

	if (genuine.payload)
		return;
	genuine.files.json = (const char *)fuzz_file(FOLDER "evidence.json", &genuine.files.json_len);
	genuine.files.p7s = fuzz_file(FOLDER "evidence.json.p7s", &genuine.files.p7s_len);
	genuine.files.proof = (const char *)fuzz_file(FOLDER "evidence.tlog-proof", &genuine.files.proof_len);
	CLAIM(!cw_json_parse_canonical(genuine.files.json, genuine.files.json_len, &genuine.payload, &err) && !cw_payload_frame_of(genuine.payload, &genuine.frame, &err));
	CLAIM(!cw_order_check(genuine.payload, &genuine.frame, &genuine.files, &genuine.order, &err) && genuine.order.proven);
}

/* A proof has one form: what was read, written again, is the same file. */
static void write_again(const uint8_t *data, size_t len)
{
	CW_AUTO_BUF struct cw_buf leaf = { 0 }, note = { 0 }, again = { 0 };
	struct cw_tlog_proof p;
	struct cw_error err = { 0 };

	if (!cw_tlog_proof_parse((const char *)data, len, &p, &err)) {
		cw_buf_add(&note, p.note.text, p.note.text_len);
		cw_buf_str(&note, "\n");
		cw_buf_add(&note, p.note.signatures, p.note.signatures_len);
		CLAIM(!cw_json_canonical(p.leaf, &leaf, &err));
		CLAIM(!cw_tlog_proof_write(leaf.data, leaf.len, p.index, &p.path, p.has_consistency ? &p.consistency : NULL, &note, &again, &err));
		CLAIM(again.len == len && !memcmp(again.data, data, len));
	}
	cw_tlog_proof_clear(&p);
}

/* Who holds no key of the register can add nothing to what it says; signatures of others are no concern of a document. */
static void judge(const uint8_t *data, size_t len)
{
	struct cw_evidence_files files = genuine.files;
	struct cw_order found;
	struct cw_error err = { 0 };

	files.proof = (const char *)data;
	files.proof_len = len;
	if (cw_order_check(genuine.payload, &genuine.frame, &files, &found, &err)) {
		CLAIM(!found.proven);
		return;
	}
	CLAIM(found.proven && found.index == genuine.order.index && found.size == genuine.order.size && !strcmp(found.root, genuine.order.root));
	CLAIM(len >= genuine.files.proof_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	load();
	write_again(data, len);
	judge(data, len);
	return 0;
}
