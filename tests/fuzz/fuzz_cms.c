/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes in the place of a document's signature.  Nobody here holds its key, so that no other bytes than those of the station can be good. */
#include "../../src/evidence/cms.h"
#include "certwipe/evidence.h"
#include "fuzz.h"

#define FOLDER "tests/vectors/stick-proved/"

static struct { uint8_t *json, *p7s, *root; size_t json_len, p7s_len, root_len; json_t *payload; } genuine;

static void load(void)
{
	struct cw_error err = { 0 };

	if (genuine.json)
		return;
	genuine.json = fuzz_file(FOLDER "evidence.json", &genuine.json_len);
	genuine.p7s = fuzz_file(FOLDER "evidence.json.p7s", &genuine.p7s_len);
	genuine.root = fuzz_file(FOLDER "root.pem", &genuine.root_len);
	CLAIM(!cw_json_parse_canonical((const char *)genuine.json, genuine.json_len, &genuine.payload, &err));
}

static bool inside(struct der part, const uint8_t *data, size_t len)
{
	return !part.len || (part.p >= data && part.len <= len && part.p <= data + (len - part.len));
}

/* What was read is all of it in the file. */
static void check_slices(const uint8_t *data, size_t len, const struct cms_signed *s)
{
	CLAIM(s->n_infos >= 1 && s->n_infos <= CMS_SIGNERS_MAX && s->n_certs <= CMS_CERTS_MAX && s->n_digests <= CMS_DIGESTS_MAX);
	for (unsigned i = 0; i < s->n_certs; i++)
		CLAIM(inside(s->certs[i], data, len));
	for (unsigned i = 0; i < s->n_infos; i++) {
		const struct cms_info *info = &s->infos[i];

		CLAIM(inside(info->whole, data, len) && inside(info->signature, data, len) && inside(info->signed_attrs, data, len) && inside(info->message_digest, data, len));
		CLAIM(inside(info->ess_hash, data, len) && inside(info->ess_issuer, data, len) && inside(info->ess_serial, data, len) && inside(info->serial, data, len));
		CLAIM(info->message_digest.len && info->signature.len && info->signed_attrs.len);
		CLAIM(s->in_pdf == !info->signing_time);
	}
}

static void read_it(const uint8_t *data, size_t len, bool in_pdf)
{
	struct cms_signed s = { 0 };
	struct cw_error err = { 0 };

	if (!cms_read(data, len, in_pdf, CMS_SIGNERS_MAX, &s, &err))
		check_slices(data, len, &s);
}

static void judge(const uint8_t *data, size_t len)
{
	struct cw_evidence_files files = { .json = (const char *)genuine.json, .json_len = genuine.json_len, .p7s = data, .p7s_len = len };
	bool same = len == genuine.p7s_len && !memcmp(data, genuine.p7s, len);
	static struct cw_verify_result found;
	char roles[CW_NODE_MAX], signer[CW_SHA256_HEX];
	struct cw_error err = { 0 };

	cw_verify(&files, (const char *)genuine.root, genuine.root_len, true, &found);
	CLAIM(same == (found.finding != CW_FINDING_INVALID));
	CLAIM(same == (cw_cms_check(genuine.json, genuine.json_len, data, len, "", 0, 0, signer, &err) == CW_E_CANNOT_TELL));
	CLAIM(cw_pdf_cms_check(genuine.json, genuine.json_len, data, len, "", 0, 0, signer, &err) == CW_E_INVALID);
	if (!cw_signatures_missing(genuine.payload, data, len, roles, &err))
		CLAIM(strlen(roles) < sizeof(roles));
	if (cw_signatures_extend(genuine.p7s, genuine.p7s_len, data, len))
		CLAIM(len > genuine.p7s_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct cw_error err = { 0 };

	load();
	if (!der_check(data, len, &err)) {
		read_it(data, len, false);
		read_it(data, len, true);
	}
	judge(data, len);
	return 0;
}
