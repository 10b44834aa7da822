/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages: one SOCK_SEQPACKET packet each, a head and exactly the struct of the type.  What comes in is checked field by field against a table
 * before anybody looks at it, because either side may be in the hands of whoever wrote the bytes it parsed.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "certwipe/process.h"

struct head { uint32_t type, len; };

enum kind { WORDS /* printable */, TEXT /* terminated */, HEX64 /* "" or 64 hex digits */, NUMBER /* uint32_t up to max */, FLAG /* bool */ };
struct rule {
	size_t offset, size;
	enum kind kind;
	uint32_t max;
	size_t count, stride; /* of an array of structs */
};

#define AT(s, f) offsetof(struct s, f), sizeof(((struct s *)0)->f)
#define ARRAY_OF(s, a, e, f) offsetof(struct s, a) + offsetof(struct e, f), sizeof(((struct e *)0)->f)
#define EACH(s, a) CW_ARRAY_LEN(((struct s *)0)->a), sizeof(((struct s *)0)->a[0])
#define WORDS_(s, f) { AT(s, f), WORDS, 0, 1, 0 }
#define TEXT_(s, f) { AT(s, f), TEXT, 0, 1, 0 }
#define HEX_(s, f) { AT(s, f), HEX64, 0, 1, 0 }
#define NUM_(s, f, most) { AT(s, f), NUMBER, most, 1, 0 }
#define FLAG_(s, f) { AT(s, f), FLAG, 1, 1, 0 }
#define WORDS_EACH(s, a, e, f) { ARRAY_OF(s, a, e, f), WORDS, 0, EACH(s, a) }
#define NUM_EACH(s, a, e, f, most) { ARRAY_OF(s, a, e, f), NUMBER, most, EACH(s, a) }

/* Structs that stand inside others: their rules carry the offset of the outer one. */
#define WISH(s, f) \
	WORDS_(s, f.scheme), WORDS_(s, f.technique), NUM_(s, f.level, CW_LEVEL_DESTROY), NUM_(s, f.sample, 1), NUM_(s, f.replug, 1), NUM_(s, f.attested, 1), \
	NUM_(s, f.allow_unconfirmed, 1), NUM_(s, f.whole_drive, 1), NUM_(s, f.veracrypt, 1)
#define KEYS(s, f) \
	NUM_(s, f.n_volumes, CW_VOLUMES_MAX), NUM_(s, f.n_spans, CW_SPANS_MAX), NUM_(s, f.incomplete, 1), NUM_EACH(s, f.volumes, cw_volume, kind, CW_VOLUME_COUNT - 1), \
	WORDS_EACH(s, f.volumes, cw_volume, why)
#define ID(s, f) \
	WORDS_(s, f.text), NUM_(s, f.raw_len, CW_RAW_MAX), NUM_(s, f.source, 64), NUM_(s, f.quality, CW_QUALITY_GOOD), WORDS_(s, f.why)
#define PERSON(s, f) HEX_(s, f.cert_sha256), WORDS_(s, f.name), WORDS_(s, f.id)
#define ERROR_(s, f) WORDS_(s, f.where), WORDS_(s, f.message), WORDS_(s, f.hint)

static const struct rule rules_cw_msg_empty[] = { NUM_(cw_msg_empty, reserved, 0), { 0 } };
static const struct rule rules_cw_msg_flag[] = { NUM_(cw_msg_flag, flag, 1), { 0 } };
static const struct rule rules_cw_msg_slot[] = { NUM_(cw_msg_slot, slot, CW_SLOTS_MAX - 1), WORDS_(cw_msg_slot, text), { 0 } };
static const struct rule rules_cw_msg_medium[] = { WORDS_(cw_msg_medium, named), WORDS_(cw_msg_medium, policy), WISH(cw_msg_medium, wish),
						    HEX_(cw_msg_medium, plan_sha256), { 0 } };
static const struct rule rules_cw_msg_case[] = {
#define X(field, key, values) WORDS_(cw_msg_case, fields.field),
	CW_CASE_FIELDS(X)
#undef X
	WORDS_(cw_msg_case, fields.attestation.by), NUM_(cw_msg_case, fields.attestation.encrypted_from_first_use, 1),
	NUM_(cw_msg_case, fields.attestation.no_key_copies, 1), PERSON(cw_msg_case, fields.operator_), PERSON(cw_msg_case, fields.witness), { 0 } };
static const struct rule rules_cw_msg_psid[] = { WORDS_(cw_msg_psid, psid), { 0 } };
static const struct rule rules_cw_msg_list_row[] = { WORDS_(cw_msg_list_row, serial), WORDS_(cw_msg_list_row, asset_tag),
						      WORDS_(cw_msg_list_row, approval_number), { 0 } };
static const struct rule rules_cw_msg_digest[] = { HEX_(cw_msg_digest, sha256), { 0 } };
static const struct rule rules_cw_msg_answer[] = { NUM_(cw_msg_answer, slot, CW_SLOTS_MAX - 1), NUM_(cw_msg_answer, method, CW_METHOD_LIST),
						    WORDS_(cw_msg_answer, typed), { 0 } };
static const struct rule rules_cw_msg_job[] = { WORDS_(cw_msg_job, job), NUM_(cw_msg_job, close, 1), NUM_(cw_msg_job, wait, 1), WORDS_(cw_msg_job, reason), { 0 } };
static const struct rule rules_cw_msg_document[] = { WORDS_(cw_msg_document, number), WORDS_(cw_msg_document, name), NUM_(cw_msg_document, part, CW_PART_COUNT - 1), { 0 } };
static const struct rule rules_cw_msg_signature[] = { WORDS_(cw_msg_signature, number), WORDS_(cw_msg_signature, role), NUM_(cw_msg_signature, len, CW_P7S_MAX), { 0 } };
static const struct rule rules_cw_msg_statement[] = { NUM_(cw_msg_statement, json_len, CW_STATEMENT_MAX_BYTES), NUM_(cw_msg_statement, p7s_len, CW_STATEMENT_P7S_MAX), { 0 } };
static const struct rule rules_cw_msg_recheck[] = {
	WORDS_(cw_msg_recheck, named), NUM_(cw_msg_recheck, stream.kind, CW_STREAM_KEYSTREAM_COMPLEMENT),
	NUM_(cw_msg_recheck, stream.pattern_len, CW_PATTERN_MAX), HEX_(cw_msg_recheck, identity_sha256), { 0 } };
static const struct rule rules_cw_msg_register[] = { NUM_(cw_msg_register, query, CW_REGISTER_PAGE), WORDS_(cw_msg_register, search), { 0 } };
static const struct rule rules_cw_audit_wish[] = { WORDS_(cw_audit_wish, since_at), WORDS_(cw_audit_wish, since.name), HEX_(cw_audit_wish, since.root),
						   NUM_(cw_audit_wish, laboratory, 1), { 0 } };
static const struct rule rules_cw_msg_key[] = { WORDS_(cw_msg_key, names.organisation), WORDS_(cw_msg_key, names.unit), WORDS_(cw_msg_key, names.station),
						 WORDS_(cw_msg_key, names.person), WORDS_(cw_msg_key, names.id), NUM_(cw_msg_key, names.years, 30), TEXT_(cw_msg_key, passphrase), TEXT_(cw_msg_key, person_passphrase), { 0 } };
static const struct rule rules_cw_msg_trust[] = { HEX_(cw_msg_trust, fingerprint), NUM_(cw_msg_trust, len, 8192), { 0 } };
#define RECORD(s, p) \
	NUM_(s, p method, CW_DESTROY_COUNT - 1), WORDS_(s, p started), WORDS_(s, p ended), WORDS_(s, p machine), WORDS_(s, p machine_serial), WORDS_(s, p contractor), \
	WORDS_(s, p contractor_document), WORDS_(s, p standard), WORDS_(s, p particle_level), WORDS_(s, p field_verified), WORDS_(s, p place), WORDS_(s, p operator_name), \
	WORDS_(s, p waste_manifest), WORDS_(s, p note), NUM_(s, p low_category, 1), NUM_(s, p count, CW_DESTROYED_MAX)
static const struct rule rules_cw_msg_shelve[] = {
	WORDS_(cw_msg_shelve, named), WORDS_(cw_msg_shelve, policy), NUM_(cw_msg_shelve, fresh, 1), NUM_(cw_msg_shelve, label.class_, CW_CLASS_COUNT - 1), WORDS_(cw_msg_shelve, label.vendor),
	WORDS_(cw_msg_shelve, label.model), WORDS_(cw_msg_shelve, label.serial), WORDS_(cw_msg_shelve, label.enclosure_serial), { 0 } };
static const struct rule rules_cw_msg_attachment[] = { NUM_(cw_msg_attachment, last, 1), NUM_(cw_msg_attachment, len, CW_DOC_CHUNK), WORDS_(cw_msg_attachment, job),
						       WORDS_(cw_msg_attachment, name), { 0 } };
static const struct rule rules_cw_msg_item[] = { WORDS_(cw_msg_item, label), WORDS_(cw_msg_item, serial), { 0 } };
static const struct rule rules_cw_msg_destroyed[] = { WORDS_(cw_msg_destroyed, job), RECORD(cw_msg_destroyed, record.), { 0 } };
static const struct rule rules_cw_msg_witness[] = { WORDS_(cw_msg_witness, job), WORDS_(cw_msg_witness, name), WORDS_(cw_msg_witness, method),
						    NUM_(cw_msg_witness, count, CW_DESTROYED_MAX), { 0 } };
static const struct rule rules_cw_msg_error[] = { NUM_(cw_msg_error, slot, CW_SLOTS_MAX), ERROR_(cw_msg_error, error), { 0 } };
static const struct rule rules_cw_msg_doc[] = { NUM_(cw_msg_doc, last, 1), NUM_(cw_msg_doc, len, CW_DOC_CHUNK), { 0 } };
static const struct rule rules_cw_msg_progress[] = {
	NUM_(cw_msg_progress, slot, CW_SLOTS_MAX - 1), NUM_(cw_msg_progress, progress.step, CW_STEPS_MAX), NUM_(cw_msg_progress, progress.n_steps, CW_STEPS_MAX),
	NUM_(cw_msg_progress, progress.kind, CW_STEP_KINDS - 1), NUM_(cw_msg_progress, progress.pass, CW_PASSES_MAX),
	NUM_(cw_msg_progress, progress.n_passes, CW_PASSES_MAX), NUM_(cw_msg_progress, progress.differs, 1), NUM_(cw_msg_progress, progress.lie, CW_LIE_DROP), { 0 } };
static const struct rule rules_cw_msg_note[] = { NUM_(cw_msg_note, slot, CW_SLOTS_MAX - 1), NUM_(cw_msg_note, kind, CW_NOTE_RELOAD), { 0 } };
static const struct rule rules_cw_msg_result[] = {
	NUM_(cw_msg_result, slot, CW_SLOTS_MAX - 1), WORDS_(cw_msg_result, node), WORDS_(cw_msg_result, job_id), WORDS_(cw_msg_result, document_id),
	WORDS_(cw_msg_result, type), WORDS_(cw_msg_result, outcome), WORDS_(cw_msg_result, level), WORDS_(cw_msg_result, reason), WORDS_(cw_msg_result, path),
	HEX_(cw_msg_result, json_sha256), HEX_(cw_msg_result, p7s_sha256), NUM_(cw_msg_result, wipe_closes_case, 1), NUM_(cw_msg_result, laboratory, 1), NUM_(cw_msg_result, only_keys, 1), NUM_(cw_msg_result, awaits_approval, 1),
	ERROR_(cw_msg_result, error), { 0 } };
static const struct rule rules_cw_contents[] = {
	NUM_(cw_contents, known, 1), WORDS_(cw_contents, why), WORDS_(cw_contents, table), NUM_(cw_contents, n_parts, CW_PARTS_MAX),
	WORDS_EACH(cw_contents, parts, cw_part, type), WORDS_EACH(cw_contents, parts, cw_part, usage), WORDS_EACH(cw_contents, parts, cw_part, label),
	WORDS_EACH(cw_contents, parts, cw_part, uuid), WORDS_EACH(cw_contents, parts, cw_part, part_type), KEYS(cw_contents, keys), { 0 } };

static const struct rule rules_cw_capabilities[] = {
	NUM_(cw_capabilities, asked, 1), WORDS_(cw_capabilities, why), NUM_EACH(cw_capabilities, features, cw_feature_told, state, CW_KNOWN_YES),
	WORDS_EACH(cw_capabilities, features, cw_feature_told, says), WORDS_EACH(cw_capabilities, features, cw_feature_told, why),
	NUM_(cw_capabilities, passthrough, CW_KNOWN_YES), WORDS_(cw_capabilities, passthrough_why), ID(cw_capabilities, model), ID(cw_capabilities, serial),
	ID(cw_capabilities, firmware), NUM_(cw_capabilities, sanitizing, CW_SANITIZING_VERIFYING), NUM_(cw_capabilities, sanitize_frozen, 1),
	NUM_(cw_capabilities, sanitize_progress, 0xffff), NUM_(cw_capabilities, hidden, CW_HIDDEN_PRESENT), WORDS_(cw_capabilities, hidden_why),
	NUM_(cw_capabilities, ata.identified, 1), NUM_(cw_capabilities, ata.sector_bytes, 65536), NUM_(cw_capabilities, ata.encrypts, CW_KNOWN_YES),
	NUM_(cw_capabilities, ata.overrides_security, CW_KNOWN_YES), NUM_(cw_capabilities, nvme.identified, 1), NUM_(cw_capabilities, nvme.boot_partitions, 1),
	NUM_(cw_capabilities, nvme.global_data_erased, 1), NUM_(cw_capabilities, nvme.sanitize_state, 15), NUM_(cw_capabilities, nvme.verification_canceled, 1), NUM_(cw_capabilities, nvme.others_untold, 1), NUM_(cw_capabilities, nvme.n_others, CW_OTHERS_MAX),
	WORDS_EACH(cw_capabilities, nvme.others, cw_nvme_namespace, node), NUM_(cw_capabilities, tcg.answered, 1), WORDS_(cw_capabilities, tcg.ssc), NUM_(cw_capabilities, tcg.locking_enabled, 1),
	NUM_(cw_capabilities, tcg.locked, 1), NUM_(cw_capabilities, tcg.encrypts, 1), NUM_(cw_capabilities, tcg.mbr_enabled, 1), NUM_(cw_capabilities, tcg.mbr_done, 1),
	NUM_(cw_capabilities, tcg.sid_blocked, 1), NUM_(cw_capabilities, tcg.sid_is_default, CW_KNOWN_YES), NUM_(cw_capabilities, disc.drive_writes, CW_KNOWN_YES),
	NUM_(cw_capabilities, disc.informed, 1), NUM_(cw_capabilities, disc.status, CW_DISC_STATUS_OTHER), NUM_(cw_capabilities, disc.erasable, 1), NUM_(cw_capabilities, disc.has_id, 1),
	NUM_(cw_capabilities, disc.capacity_known, 1), NUM_(cw_capabilities, disc.formatted, 1), NUM_(cw_capabilities, disc.is_protected, CW_KNOWN_YES), ID(cw_capabilities, disc.maker),
	NUM_(cw_capabilities, raws.n, CW_RAWS_MAX), NUM_(cw_capabilities, raws.used, CW_RAW_POOL),
	NUM_EACH(cw_capabilities, raws.at, cw_raw, set, CW_SET_MMC), NUM_EACH(cw_capabilities, raws.at, cw_raw, dir, CW_DATA_OUT),
	NUM_EACH(cw_capabilities, raws.at, cw_raw, request_len, CW_REQUEST_MAX), NUM_EACH(cw_capabilities, raws.at, cw_raw, answer_len, CW_ANSWER_MAX),
	NUM_EACH(cw_capabilities, raws.at, cw_raw, data_at, CW_RAW_POOL), NUM_EACH(cw_capabilities, raws.at, cw_raw, data_len, CW_RAW_POOL), { 0 } };

#define STATUS(s, p) \
	WORDS_(s, p job_id), NUM_(s, p state, CW_JOB_REFUSED), NUM_(s, p step, CW_STEPS_MAX + 1), NUM_(s, p n_steps, CW_STEPS_MAX), FLAG_(s, p resumable), FLAG_(s, p replug_due), NUM_(s, p tray, CW_TRAY_PERSON), FLAG_(s, p destruction), WORDS_(s, p boot_id), \
	WORDS_(s, p node), HEX_(s, p identity_sha256), WORDS_(s, p started_at), WORDS_(s, p document_id), WORDS_(s, p end_status), WORDS_(s, p words)
#define MEDIUM(s, p) \
	WORDS_(s, p node), WORDS_(s, p name), WORDS_(s, p port), NUM_(s, p bus, 64), NUM_(s, p class_, CW_CLASS_COUNT - 1), ID(s, p vendor), ID(s, p model), \
	ID(s, p firmware), ID(s, p wwn), ID(s, p usb_id), ID(s, p bridge_serial), ID(s, p cid), ID(s, p serial), WORDS_(s, p full_serial), \
	WORDS_(s, p hidden_why), NUM_(s, p hidden, CW_HIDDEN_PRESENT), WORDS_(s, p system_why), NUM_(s, p n_uses, CW_USES_MAX)
#define PLAN(s, p) \
	WORDS_(s, p policy), HEX_(s, p policy_sha256), WORDS_(s, p standard), NUM_(s, p column, CW_COLUMN_R2_2883), NUM_(s, p accept_unconfirmed, 1), \
	WORDS_(s, p scheme), WORDS_(s, p technique), WORDS_(s, p first), WORDS_(s, p code), NUM_(s, p class_, CW_CLASS_COUNT - 1), NUM_(s, p level, CW_LEVEL_DESTROY), \
	WORDS_(s, p caveats), HEX_(s, p identity_sha256), HEX_(s, p attachment_sha256), NUM_(s, p n_steps, CW_STEPS_MAX), NUM_(s, p n_passes, CW_PASSES_MAX), \
	NUM_(s, p n_rejected, CW_REJECTED_MAX), NUM_(s, p wipe_closes_case, 1), NUM_(s, p replug, 1), NUM_(s, p unconfirmed, 1), \
	NUM_(s, p n_others, CW_OTHERS_MAX), KEYS(s, p keys)

static const struct rule rules_cw_job_status[] = { STATUS(cw_job_status, ), { 0 } };
static const struct rule rules_cw_msg_job_info[] = { STATUS(cw_msg_job_info, status.), MEDIUM(cw_msg_job_info, medium.), PLAN(cw_msg_job_info, plan.),
						      WORDS_EACH(cw_msg_job_info, plan.others, cw_nvme_namespace, node),
	NUM_(cw_msg_job_info, terms.class_, CW_CLASS_COUNT - 1), NUM_(cw_msg_job_info, terms.column, CW_COLUMN_R2_2883), NUM_(cw_msg_job_info, terms.accept_unconfirmed, 1),
	NUM_(cw_msg_job_info, terms.particle_level, 7), NUM_(cw_msg_job_info, terms.virtual_, 1), NUM_(cw_msg_job_info, destruction.of_wipe, 1),
	NUM_(cw_msg_job_info, destruction.recorded, 1), NUM_(cw_msg_job_info, destruction.witnessed, 1), NUM_(cw_msg_job_info, destruction.ended, 1),
	NUM_(cw_msg_job_info, wipe_succeeded, 1),
	RECORD(cw_msg_job_info, destruction.record.), WORDS_(cw_msg_job_info, operator_name), WORDS_(cw_msg_job_info, place), { 0 } };
static const struct rule rules_cw_checkpoint[] = { WORDS_(cw_checkpoint, origin), HEX_(cw_checkpoint, root), { 0 } };
static const struct rule rules_cw_msg_candidates[] = {
	NUM_(cw_msg_candidates, n, CW_CANDIDATES_MAX), WORDS_EACH(cw_msg_candidates, at, cw_case_found, job_id), WORDS_EACH(cw_msg_candidates, at, cw_case_found, document_id),
	WORDS_EACH(cw_msg_candidates, at, cw_case_found, asset_tag),
	NUM_EACH(cw_msg_candidates, at, cw_case_found, open, 1), NUM_EACH(cw_msg_candidates, at, cw_case_found, certificate, 1),
	NUM_EACH(cw_msg_candidates, at, cw_case_found, withdrawn, 1), { 0 } };
static const struct rule rules_cw_msg_swept[] = { NUM_(cw_msg_swept, end, CW_SWEEP_FLUSH_FAILED), { 0 } };

static const struct form {
	const char *name;
	size_t size;
	const struct rule *rules;
} forms[CW_MSG_COUNT] = {
#define X(name_, body) [CW_MSG_##name_] = { #name_, sizeof(struct body), rules_##body },
	CW_MESSAGES(X)
#undef X
};
#define X(name_, body) _Static_assert(sizeof(struct body) + sizeof(struct head) <= CW_MSG_ROOM, "a packet holds every message");
CW_MESSAGES(X)
#undef X

const char *cw_msg_name(uint32_t type)
{
	return type > CW_MSG_NONE && type < CW_MSG_COUNT ? forms[type].name : "unknown";
}

size_t cw_msg_size(uint32_t type)
{
	return type > CW_MSG_NONE && type < CW_MSG_COUNT ? forms[type].size : 0;
}

static bool is_hex64(const char *s)
{
	uint8_t bytes[CW_SHA256_BYTES];

	return !*s || cw_unhex(bytes, sizeof bytes, s);
}

static bool field_is_good(const struct rule *r, const unsigned char *field)
{
	const char *s = (const char *)field;
	uint32_t n;

	switch (r->kind) {
	case NUMBER:
		memcpy(&n, field, sizeof n);
		return n <= r->max;
	case FLAG:
		return *field <= 1;
	case WORDS:
		return memchr(s, 0, r->size) && cw_text_is_printable(s);
	case HEX64:
		return memchr(s, 0, r->size) && is_hex64(s);
	case TEXT:
		return memchr(s, 0, r->size) != NULL;
	}
	return false;
}

int cw_msg_check(uint32_t type, void *body, size_t len, struct cw_error *err)
{
	const unsigned char *bytes = body;

	if (type <= CW_MSG_NONE || type >= CW_MSG_COUNT)
		return cw_fail(err, CW_E_PROTOCOL, 0, NULL, NULL, _("A process sent a message of unknown type %u."), type);
	if (len != forms[type].size)
		return cw_fail(err, CW_E_PROTOCOL, 0, forms[type].name, NULL, _("A process sent %zu bytes where a message has %zu."), len, forms[type].size);
	for (const struct rule *r = forms[type].rules; r->size; r++)
		for (size_t i = 0; i < r->count; i++)
			if (!field_is_good(r, bytes + r->offset + i * r->stride))
				return cw_fail(err, CW_E_PROTOCOL, 0, forms[type].name, NULL, _("A process sent a message whose field at byte %zu is malformed."),
					       r->offset + i * r->stride);
	return 0;
}

int cw_msg_send(int fd, enum cw_msg_type type, const void *body, bool wait, struct cw_error *err)
{
	struct head head = { .type = type, .len = (uint32_t)forms[type].size };
	struct iovec parts[2] = { { &head, sizeof head }, { (void *)(uintptr_t)body, forms[type].size } };
	struct msghdr m = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n;

	do
		n = sendmsg(fd, &m, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
	while (n < 0 && errno == EINTR);
	if (n < 0 && !wait && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (n < 0)
		return cw_fail(err, CW_E_PROCESS, errno, forms[type].name, NULL, _("The process on the other side is gone."));
	return 0;
}

/* An error must say that something is wrong: code 0 would pass for success. */
static void receive_error(struct cw_msg_error *m)
{
	cw_error_receive(&m->error);
	if (m->error.code >= 0)
		m->error.code = CW_E_PROTOCOL;
}

int cw_msg_recv(int fd, enum cw_msg_type *type, void *body, struct cw_error *err)
{
	struct head head;
	struct iovec parts[2] = { { &head, sizeof head }, { body, CW_MSG_ROOM } };
	struct msghdr m = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n;

	do
		n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return 0;
	if (n < 0)
		return cw_fail(err, CW_E_PROCESS, errno, NULL, NULL, _("A message could not be received."));
	if ((size_t)n < sizeof head || (m.msg_flags & MSG_TRUNC) || head.len != (size_t)n - sizeof head)
		return cw_fail(err, CW_E_PROTOCOL, 0, NULL, NULL, _("A process sent %zd bytes that are no message."), n);
	int rc = cw_msg_check(head.type, body, head.len, err);

	if (!rc && head.type == CW_MSG_ERROR)
		receive_error(body);
	*type = (enum cw_msg_type)head.type;
	return rc ? rc : 1;
}

int cw_msg_send_text(int fd, const char *text, size_t len, struct cw_error *err)
{
	struct cw_msg_doc chunk;

	do {
		size_t n = len < sizeof chunk.text ? len : sizeof chunk.text;

		memset(&chunk, 0, sizeof chunk);
		memcpy(chunk.text, text, n);
		chunk.len = (uint32_t)n;
		chunk.last = n == len;
		int rc = cw_msg_send(fd, CW_MSG_DOC, &chunk, true, err);

		if (rc)
			return rc;
		text += n;
		len -= n;
	} while (!chunk.last);
	return 0;
}

int cw_msg_send_doc(int fd, json_t *doc_take, struct cw_error *err)
{
	CW_AUTO_JSON json_t *doc = doc_take;
	CW_AUTO_FREE char *text = doc ? json_dumps(doc, JSON_COMPACT) : NULL;

	if (!text)
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory for the answer."));
	return cw_msg_send_text(fd, text, strlen(text), err);
}

int cw_msg_send_error(int fd, uint32_t slot, const struct cw_error *error, struct cw_error *err)
{
	struct cw_msg_error m = { .slot = slot, .error = *error };

	return cw_msg_send(fd, CW_MSG_ERROR, &m, true, err);
}
