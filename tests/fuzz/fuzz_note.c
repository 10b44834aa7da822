/* SPDX-License-Identifier: Apache-2.0 */
/* Signed notes: checkpoints of registers, as anybody may hand them in, their keys in text form, and the summary in a QR code. */
#include "certwipe/evidence.h"
#include "fuzz.h"

#define FOLDER "tests/vectors/stick-proved/"

static struct { struct cw_evidence_files files; json_t *payload; struct cw_payload_frame frame; char name[CW_SERIAL_MAX]; } genuine;

static void load(void)
{
	struct cw_error err = { 0 };

	if (genuine.payload)
		return;
	genuine.files.json = (const char *)fuzz_file(FOLDER "evidence.json", &genuine.files.json_len);
	genuine.files.p7s = fuzz_file(FOLDER "evidence.json.p7s", &genuine.files.p7s_len);
	CLAIM(!cw_json_parse_canonical(genuine.files.json, genuine.files.json_len, &genuine.payload, &err) && !cw_payload_frame_of(genuine.payload, &genuine.frame, &err));
	cw_log_name(genuine.frame.register_origin, genuine.name);
}

static void tree_head(const struct cw_signed_note *n)
{
	CW_AUTO_BUF struct cw_buf again = { 0 };
	struct cw_tree_head head;
	struct cw_error err = { 0 };
	uint8_t root[CW_SHA256_BYTES];

	if (cw_tree_head_parse(n->text, n->text_len, &head, &err))
		return;
	/* Three lines have one form; what follows them is not ours. */
	CLAIM(cw_unhex(root, sizeof(root), head.root));
	cw_buf_printf(&again, "%s\n%llu\n", head.name, (unsigned long long)head.size);
	cw_base64(&again, root, sizeof(root));
	cw_buf_str(&again, "\n");
	CLAIM(again.len <= n->text_len && !memcmp(again.data, n->text, again.len));
}

static void checkpoint(const uint8_t *data, size_t len)
{
	struct cw_signed_note n;
	struct cw_error err = { 0 };

	if (cw_note_parse((const char *)data, len, &n, &err))
		return;
	CLAIM(n.text == (const char *)data && n.signatures == n.text + n.text_len + 1 && n.text_len + 1 + n.signatures_len == len && n.signatures_len);
	tree_head(&n);
	CLAIM(cw_note_verify(&n, genuine.name, genuine.frame.note_key, &err) || memmem(data, len, genuine.name, strlen(genuine.name)));
}

static void key_in_text(const uint8_t *data, size_t len)
{
	char name[CW_SERIAL_MAX], hex[CW_SHA256_HEX];
	CW_AUTO_BUF struct cw_buf again = { 0 };
	CW_AUTO_FREE char *text = (char *)fuzz_bytes(data, len, len + 1);
	struct cw_error err = { 0 };

	if (!cw_note_vkey_parse(text, name, hex))
		return;
	CLAIM(!cw_note_vkey(name, hex, &again, &err) && !strcmp(again.data, text));
}

/* Names of registers are anything; as a log's name they have no blank, and no other register has the same. */
static void name_of_log(const uint8_t *data, size_t len)
{
	char origin[CW_TEXT_MAX] = "", name[CW_SERIAL_MAX];

	memcpy(origin, data, len < sizeof(origin) ? len : sizeof(origin) - 1);
	cw_log_name(origin, name);
	CLAIM(!strpbrk(name, " +\t\n") && strlen(name) >= strlen(origin));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct cw_error err = { 0 };

	load();
	checkpoint(data, len);
	key_in_text(data, len);
	name_of_log(data, len);
	/* Nobody here holds the station's key. */
	CLAIM(cw_summary_check(genuine.payload, &genuine.files, (const char *)data, len, &err));
	return 0;
}
