/* SPDX-License-Identifier: Apache-2.0 */
/* Signed notes and the checkpoints in them, read strictly: c2sp.org/signed-note and c2sp.org/tlog-checkpoint. */
#include <openssl/evp.h>
#include <string.h>

#include "note.h"

#define SIGNATURES_MAX 64
#define SIGNATURE_MAX_BYTES 8192 /* "nearly 5 kB" */
#define DASH "\xe2\x80\x94 " /* em dash, blank */

/* ---- names ---- */

/* Bytes of the blank that text begins with (White_Space of Unicode); 0: none. */
static size_t blank_bytes(const char *text)
{
	static const char *const blanks[] = { " ", "\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80" };

	if (strncmp(text, "\xe2\x80", 2) == 0 && (uint8_t)text[2] >= 0x80 && (uint8_t)text[2] <= 0x8a)
		return 3;
	for (size_t i = 0; i < CW_ARRAY_LEN(blanks); i++)
		if (strncmp(text, blanks[i], strlen(blanks[i])) == 0)
			return strlen(blanks[i]);
	return *text > 0 && *text < ' ';
}

void cw_log_name(const char *origin, char out[CW_SERIAL_MAX])
{
	size_t escape = 0, n = 0;

	_Static_assert(3 * (CW_TEXT_MAX - 1) < CW_SERIAL_MAX, "every byte of an origin may need three");
	for (; *origin; origin++) {
		if (!escape)
			escape = *origin == '%' || *origin == '+' ? 1 : blank_bytes(origin);
		n += (size_t)snprintf(out + n, CW_SERIAL_MAX - n, escape ? "%%%02X" : "%c", escape ? (uint8_t)*origin : *origin);
		escape -= escape > 0;
	}
	out[n] = '\0';
}

static bool is_name(const char *name)
{
	if (!*name)
		return false;
	for (; *name; name++)
		if (*name == '+' || blank_bytes(name))
			return false;
	return true;
}

/* ---- notes ---- */

int note_bad(struct cw_error *err, const char *why)
{
	return cw_fail(err, CW_E_INVALID, 0, "checkpoint", NULL, _("This is no signed checkpoint of a register: %s"), why);
}

/* Takes the next line off, without its line feed; false when there is none. */
bool note_line(struct note_text *in, struct note_text *line)
{
	const char *end = in->len ? memchr(in->p, '\n', in->len) : NULL;

	if (!end)
		return false;
	*line = (struct note_text){ in->p, (size_t)(end - in->p) };
	in->len -= line->len + 1;
	in->p = end + 1;
	return true;
}

bool note_copy(struct note_text t, char *out, size_t size)
{
	if (t.len >= size || memchr(t.p, 0, t.len))
		return false;
	memcpy(out, t.p, t.len);
	out[t.len] = '\0';
	return true;
}

/* Decimal without leading zeros. */
bool note_number(struct note_text t, uint64_t *out)
{
	uint64_t n = 0;

	if (t.len == 0 || t.len > 18 || (t.len > 1 && t.p[0] == '0'))
		return false;
	for (size_t i = 0; i < t.len; i++) {
		if (t.p[i] < '0' || t.p[i] > '9')
			return false;
		n = 10 * n + (uint64_t)(t.p[i] - '0');
	}
	*out = n;
	return true;
}

bool note_hash(struct note_text t, uint8_t out[CW_SHA256_BYTES])
{
	size_t n;

	return t.len == NOTE_HASH_CHARACTERS && cw_unbase64(out, CW_SHA256_BYTES, &n, t.p, t.len) && n == CW_SHA256_BYTES;
}

static int check_printable(const char *bytes, size_t len, struct cw_error *err)
{
	struct note_text rest = { bytes, len }, line;
	CW_AUTO_BUF struct cw_buf copy = { .max_bytes = len + 1 };
	bool ok = !memchr(bytes, 0, len);

	cw_buf_add(&copy, bytes, len);
	if (copy.failed)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory."));
	while (ok && note_line(&rest, &line)) {
		copy.data[line.p + line.len - bytes] = '\0'; /* its line feed */
		ok = cw_text_is_printable(copy.data + (line.p - bytes));
	}
	return ok && rest.len == 0 ? 0 : note_bad(err, _("it is no printable text."));
}

struct signature { char name[CW_SERIAL_MAX]; uint8_t bytes[SIGNATURE_MAX_BYTES]; size_t len; };

static bool take_signature(struct note_text *rest, struct signature *out)
{
	struct note_text line;
	const char *blank;

	if (!note_line(rest, &line) || line.len < strlen(DASH) || memcmp(line.p, DASH, strlen(DASH)) != 0)
		return false;
	line.p += strlen(DASH);
	line.len -= strlen(DASH);
	blank = memchr(line.p, ' ', line.len);
	if (!blank || !note_copy((struct note_text){ line.p, (size_t)(blank - line.p) }, out->name, sizeof(out->name)) || !is_name(out->name))
		return false;
	return cw_unbase64(out->bytes, sizeof(out->bytes), &out->len, blank + 1, line.len - (size_t)(blank + 1 - line.p)) && out->len > KEY_ID_BYTES;
}

int cw_note_parse(const char *bytes, size_t len, struct cw_signed_note *out, struct cw_error *err)
{
	const char *gap = NULL;
	struct signature s;
	unsigned n = 0;
	bool ok = true;
	int rc = len == 0 || len > CW_NOTE_MAX_BYTES ? note_bad(err, _("it is empty or too long.")) : check_printable(bytes, len, err);

	if (rc)
		return rc;
	for (size_t i = 0; i + 1 < len; i++)
		if (bytes[i] == '\n' && bytes[i + 1] == '\n')
			gap = bytes + i;
	if (!gap || gap == bytes)
		return note_bad(err, _("no empty line stands between text and signatures."));
	*out = (struct cw_signed_note){ bytes, (size_t)(gap + 1 - bytes), gap + 2, len - (size_t)(gap + 2 - bytes) };
	for (struct note_text rest = { out->signatures, out->signatures_len }; ok && rest.len; n++)
		ok = n < SIGNATURES_MAX && take_signature(&rest, &s);
	return ok && n ? 0 : note_bad(err, _("a line of signature is malformed."));
}

/* ---- keys ---- */

void note_key_id(const char *name, const uint8_t key[NOTE_KEY_BYTES], uint8_t out[KEY_ID_BYTES])
{
	const struct iovec parts[] = { { (void *)(uintptr_t)name, strlen(name) }, { (char[]){ '\n', NOTE_ED25519 }, 2 }, { (void *)(uintptr_t)key, NOTE_KEY_BYTES } };
	uint8_t hash[CW_SHA256_BYTES];

	cw_sha256_parts(parts, CW_ARRAY_LEN(parts), hash);
	memcpy(out, hash, KEY_ID_BYTES);
}

int cw_note_vkey(const char *name, const char *key_hex, struct cw_buf *out, struct cw_error *err)
{
	uint8_t typed[1 + NOTE_KEY_BYTES] = { NOTE_ED25519 }, id[KEY_ID_BYTES];
	char id_hex[2 * KEY_ID_BYTES + 1];

	if (!cw_unhex(typed + 1, NOTE_KEY_BYTES, key_hex))
		return cw_fail(err, CW_E_INVALID, 0, name, NULL, _("The key of the register's checkpoints is malformed."));
	note_key_id(name, typed + 1, id);
	cw_hex(id_hex, id, sizeof(id));
	cw_buf_printf(out, "%s+%s+", name, id_hex);
	cw_base64(out, typed, sizeof(typed));
	return out->failed ? cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("Out of memory.")) : 0;
}

bool cw_note_vkey_parse(const char *vkey, char name[CW_SERIAL_MAX], char key_hex[CW_SHA256_HEX])
{
	CW_AUTO_BUF struct cw_buf again = { 0 };
	uint8_t typed[1 + NOTE_KEY_BYTES];
	size_t n;
	const char *id = strchr(vkey, '+'), *key = id ? strchr(id + 1, '+') : NULL;
	struct cw_error malformed = { 0 };

	if (!key || !note_copy((struct note_text){ vkey, (size_t)(id - vkey) }, name, CW_SERIAL_MAX) || !cw_unbase64(typed, sizeof(typed), &n, key + 1, strlen(key + 1)) ||
	    n != sizeof(typed))
		return false;
	cw_hex(key_hex, typed + 1, NOTE_KEY_BYTES);
	return cw_note_vkey(name, key_hex, &again, &malformed) == 0 && strcmp(again.data, vkey) == 0;
}

/* 1: it holds; 0: not; negative: libcrypto cannot say. */
static int ed25519_verify(const uint8_t key[NOTE_KEY_BYTES], const uint8_t *signature, const char *text, size_t len)
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, NOTE_KEY_BYTES);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int rc = pkey && ctx && EVP_DigestVerifyInit_ex(ctx, NULL, NULL, NULL, NULL, pkey, NULL) == 1 ?
			 EVP_DigestVerify(ctx, signature, NOTE_SIGNATURE_BYTES, (const unsigned char *)text, len) :
			 -1;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return rc;
}

enum found { NOT_SIGNED, GOOD, BAD, NO_MEMORY };

static enum found look_for(const struct cw_signed_note *n, const char *name, const uint8_t key[NOTE_KEY_BYTES])
{
	struct note_text rest = { n->signatures, n->signatures_len };
	struct signature s;
	uint8_t id[KEY_ID_BYTES];
	enum found found = NOT_SIGNED;

	note_key_id(name, key, id);
	/* One wrong signature of a known key condemns the note, whatever else stands there. */
	while (found <= GOOD && rest.len) {
		if (!take_signature(&rest, &s))
			return BAD;
		if (strcmp(s.name, name) != 0 || memcmp(s.bytes, id, sizeof(id)) != 0)
			continue;
		int rc = s.len == KEY_ID_BYTES + NOTE_SIGNATURE_BYTES ? ed25519_verify(key, s.bytes + KEY_ID_BYTES, n->text, n->text_len) : 0;

		found = rc == 1 ? GOOD : rc == 0 ? BAD : NO_MEMORY;
	}
	return found;
}

int cw_note_verify(const struct cw_signed_note *n, const char *name, const char *key_hex, struct cw_error *err)
{
	uint8_t key[NOTE_KEY_BYTES];

	switch (cw_unhex(key, sizeof(key), key_hex) ? look_for(n, name, key) : BAD) {
	case GOOD:
		return 0;
	case NOT_SIGNED:
		return cw_fail(err, CW_E_NO_KEY, 0, "checkpoint", NULL, _("The checkpoint is not signed with the key of the register \"%s\"."), name);
	case NO_MEMORY:
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory to check the signature of the checkpoint."));
	default:
		return cw_fail(err, CW_E_INVALID, 0, "checkpoint", NULL, _("The signature of the checkpoint is wrong: it was altered, or not signed by the register \"%s\"."), name);
	}
}

/* ---- tree heads ---- */

int cw_tree_head_parse(const char *text, size_t len, struct cw_tree_head *out, struct cw_error *err)
{
	struct note_text rest = { text, len }, line;
	uint8_t root[CW_SHA256_BYTES];

	*out = (struct cw_tree_head){ .size = 0 };
	if (!note_line(&rest, &line) || !line.len || !note_copy(line, out->name, sizeof(out->name)))
		return note_bad(err, _("its first line names no register."));
	if (!note_line(&rest, &line) || !note_number(line, &out->size))
		return note_bad(err, _("its second line is no number of entries."));
	if (!note_line(&rest, &line) || !note_hash(line, root))
		return note_bad(err, _("its third line is no SHA-256 in Base64."));
	while (note_line(&rest, &line))
		if (!line.len)
			return note_bad(err, _("it has an empty line."));
	cw_hex(out->root, root, sizeof(root));
	return 0;
}
