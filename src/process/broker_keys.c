/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates of keys: what the station has, and which foreign roots a person has pinned by comparing a fingerprint on paper.  They are passed
 * on as they are and read by the front; here nothing of them is parsed.
 */
#include <dirent.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

#define PEM_MAX 16384

static json_t *pem_of(int dir, const char *name)
{
	CW_AUTO_BUF struct cw_buf pem = { 0 };
	struct cw_error err = { 0 };

	if (dir < 0 || cw_file_read(dir, name, PEM_MAX, &pem, &err))
		return NULL;
	return json_stringn(pem.data, pem.len);
}

static json_t *trusted(int keys)
{
	json_t *all = json_array();
	struct dirent **names = NULL;
	int dir = keys < 0 ? -1 : openat(keys, "trusted", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int n = dir < 0 ? 0 : scandirat(dir, ".", &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		json_t *pem = names[i]->d_name[0] == '.' ? NULL : pem_of(dir, names[i]->d_name);

		if (pem)
			json_array_append_new(all, pem);
		free(names[i]);
	}
	free(names);
	if (dir >= 0)
		close(dir);
	return all;
}

void cw_pinned_roots(int keys, struct cw_buf *out)
{
	CW_AUTO_JSON json_t *pems = trusted(keys);
	const json_t *pem;
	size_t i;

	json_array_foreach(pems, i, pem)
		cw_buf_str(out, json_string_value(pem));
}

int cw_broker_keys(struct cw_broker *b, json_t **doc, struct cw_error *err)
{
	json_t *root = pem_of(b->state.keys, "root.pem"), *station = pem_of(b->state.keys, "station.pem"), *note = pem_of(b->state.keys, "note.vkey");

	if (!root || !station) {
		json_decref(root);
		json_decref(station);
		json_decref(note);
		return cw_fail(err, CW_E_NO_KEY, 0, b->state.path, _("Make one: certwipe key create --organisation NAME --station NAME"),
			       _("There is no key in this state directory."));
	}
	*doc = json_pack("{s:s, s:o, s:o, s:o, s:o*}", "schema", "certwipe/keys/1", "root", root, "station", station, "trusted", trusted(b->state.keys), "note", note);
	return 0;
}

static void as_pem(const struct cw_msg_trust *q, struct cw_buf *pem)
{
	unsigned char line[72];

	cw_buf_str(pem, "-----BEGIN CERTIFICATE-----\n");
	for (uint32_t at = 0; at < q->len; at += 48) {
		int n = EVP_EncodeBlock(line, q->der + at, q->len - at < 48 ? (int)(q->len - at) : 48);

		cw_buf_add(pem, line, (size_t)n);
		cw_buf_str(pem, "\n");
	}
	cw_buf_str(pem, "-----END CERTIFICATE-----\n");
}

int cw_broker_trust(struct cw_broker *b, const struct cw_msg_trust *q, struct cw_error *err)
{
	char fingerprint[CW_SHA256_HEX], name[CW_SHA256_HEX + 16];
	CW_AUTO_BUF struct cw_buf pem = { 0 };

	cw_sha256_hex(q->der, q->len, fingerprint);
	if (strcmp(fingerprint, q->fingerprint) != 0)
		return cw_fail(err, CW_E_INVALID, 0, NULL, _("Do not trust this file. Get the root from its organisation again."),
			       _("The certificate's fingerprint is %s, not the one from the paper."), fingerprint);
	int rc = cw_dir_make(b->state.keys, "trusted", 0700, err);

	if (rc)
		return rc;
	as_pem(q, &pem);
	snprintf(name, sizeof name, "trusted/%s.pem", fingerprint);
	return cw_file_write(b->state.keys, name, pem.data, pem.len, 0600, true, err);
}
