/* SPDX-License-Identifier: Apache-2.0 */
/* What a medium can do by itself, as a document.  What it did not tell is left out. */
#include <string.h>

#include "certwipe/device.h"

/* false keeps the first failure: the object is given up as a whole. */
static bool put(json_t *o, const char *key, json_t *value_take)
{
	return json_object_set_new(o, key, value_take) == 0;
}

#define INTEGER_MAX ((UINT64_C(1) << 53) - 1) /* of canonical JSON */

static bool put_u64(json_t *o, const char *key, uint64_t v)
{
	return put(o, key, json_integer((json_int_t)(v < INTEGER_MAX ? v : INTEGER_MAX)));
}

static bool put_told(json_t *o, const char *key, uint64_t v)
{
	return v == CW_NOT_TOLD || put_u64(o, key, v);
}

static bool put_text(json_t *o, const char *key, const char *text)
{
	return !*text || put(o, key, json_string(text));
}

/* ---- parts ---- */

static json_t *feature_json(const struct cw_feature_told *f)
{
	CW_AUTO_JSON json_t *o = json_object();
	bool ok = put(o, "state", json_string(cw_known_name(f->state))) && put_text(o, "says", f->says) && put_text(o, "why", f->why);

	if (ok && f->expected_seconds)
		ok = put_u64(o, "expectedSeconds", f->expected_seconds);
	return ok ? json_incref(o) : NULL;
}

static json_t *features_json(const struct cw_capabilities *c)
{
	CW_AUTO_JSON json_t *o = json_object();

	for (uint32_t i = CW_FEATURE_NONE + 1; i < CW_FEATURE_COUNT; i++) {
		const struct cw_feature_told *f = &c->features[i];

		if ((f->state != CW_KNOWN_NOT || f->says[0] || f->why[0]) && !put(o, cw_feature_slug(i), feature_json(f)))
			return NULL;
	}
	return json_incref(o);
}

static json_t *id_json(const struct cw_id *id)
{
	char hex[2 * CW_RAW_MAX + 1];

	cw_hex(hex, id->raw, id->raw_len);
	return json_pack("{s:s, s:s, s:s}", "text", id->text, "rawHex", hex, "source", cw_source_name(id->source));
}

static json_t *drive_json(const struct cw_capabilities *c)
{
	return json_pack("{s:o, s:o, s:o}", "model", id_json(&c->model), "serial", id_json(&c->serial), "firmware", id_json(&c->firmware));
}

static json_t *ata_json(const struct cw_ata_told *a)
{
	CW_AUTO_JSON json_t *o = json_object();
	bool ok = put_u64(o, "sectors", a->sectors) && put_u64(o, "sectorBytes", a->sector_bytes) && put_u64(o, "rotation", a->rotation) && put_u64(o, "security", a->security);

	if (ok && a->native_sectors)
		ok = put_u64(o, "nativeSectors", a->native_sectors);
	if (ok && a->dco_sectors)
		ok = put_u64(o, "dcoSectors", a->dco_sectors);
	if (ok && a->erase_minutes)
		ok = put_u64(o, "eraseMinutes", a->erase_minutes);
	if (ok && a->enhanced_minutes)
		ok = put_u64(o, "enhancedEraseMinutes", a->enhanced_minutes);
	if (ok && a->encrypts != CW_KNOWN_NOT)
		ok = put(o, "encrypts", json_boolean(a->encrypts == CW_KNOWN_YES));
	return ok ? json_incref(o) : NULL;
}

static json_t *others_json(const struct cw_nvme_told *n)
{
	CW_AUTO_JSON json_t *list = json_array();

	for (uint32_t i = 0; i < n->n_others && i < CW_OTHERS_MAX; i++) {
		const struct cw_nvme_namespace *other = &n->others[i];
		json_t *o = json_object();

		if (json_array_append_new(list, o) || !put_u64(o, "namespace", other->nsid) || !put_u64(o, "sizeBytes", other->size_bytes) || !put_text(o, "node", other->node))
			return NULL;
	}
	return json_incref(list);
}

/* Of SANICAP (NVM Express Base 2.1, Identify Controller). */
#define MEDIA_VERIFICATION (1u << 3)
#define NO_DEALLOCATE_INHIBITED (1u << 29)

static json_t *nvme_json(const struct cw_nvme_told *n)
{
	CW_AUTO_JSON json_t *o = json_object();
	bool ok = put_u64(o, "sanicap", n->sanicap) && put_u64(o, "oacs", n->oacs) && put_u64(o, "fna", n->fna) && put_u64(o, "rpmbTargets", n->rpmb_targets) &&
		  put(o, "bootPartitions", json_boolean(n->boot_partitions)) && put_u64(o, "activeNamespaces", n->n_active) && put_u64(o, "allocatedNamespaces", n->n_allocated) &&
		  put_u64(o, "unallocatedBytes", n->unallocated_bytes) && put_u64(o, "totalBytes", n->total_bytes) &&
		  put(o, "globalDataErased", json_boolean(n->global_data_erased)) && put_u64(o, "namespace", n->nsid) && put_u64(o, "formatDword", n->format) &&
		  put(o, "othersUntold", json_boolean(n->others_untold));

	if (ok && n->sanicap & NO_DEALLOCATE_INHIBITED)
		ok = put(o, "noDeallocateInhibited", json_true());
	if (ok && n->sanicap & MEDIA_VERIFICATION)
		ok = put(o, "mediaVerification", json_true());
	if (ok && n->verification_canceled)
		ok = put(o, "mediaVerificationCanceled", json_true());
	if (ok && n->sanitize_state)
		ok = put_u64(o, "sanitizeState", n->sanitize_state);
	if (ok && n->n_others)
		ok = put(o, "others", others_json(n));
	return ok ? json_incref(o) : NULL;
}

static json_t *tcg_json(const struct cw_tcg_told *t)
{
	CW_AUTO_JSON json_t *o = json_object();
	bool ok = put_text(o, "class", t->ssc) && put_u64(o, "comId", t->com_id) && put(o, "lockingEnabled", json_boolean(t->locking_enabled)) &&
		  put(o, "locked", json_boolean(t->locked)) && put(o, "encrypts", json_boolean(t->encrypts)) && put(o, "mbrEnabled", json_boolean(t->mbr_enabled)) &&
		  put(o, "mbrDone", json_boolean(t->mbr_done)) && put(o, "sidBlocked", json_boolean(t->sid_blocked)) &&
		  put_text(o, "sidIsDefault", cw_known_name(t->sid_is_default));

	return ok ? json_incref(o) : NULL;
}

static json_t *maker_json(const struct cw_id *id)
{
	char hex[2 * CW_RAW_MAX + 1];

	cw_hex(hex, id->raw, id->raw_len);
	return json_pack("{s:s, s:s, s:s}", "text", id->text, "rawHex", hex, "why", id->why);
}

static json_t *disc_json(const struct cw_disc_told *d)
{
	CW_AUTO_JSON json_t *o = json_object();
	char id[9];
	bool ok = put_u64(o, "profile", d->profile) && put_text(o, "profileName", cw_profile_words(d->profile)) && put(o, "driveWrites", json_string(cw_known_name(d->drive_writes)));

	if (ok && d->informed)
		ok = put(o, "status", json_string(cw_disc_status_name(d->status))) && put(o, "erasable", json_boolean(d->erasable)) && put_u64(o, "sessions", d->sessions) &&
		     put_u64(o, "tracks", d->tracks);
	if (ok && d->has_id) {
		snprintf(id, sizeof(id), "%08x", d->id);
		ok = put_text(o, "idHex", id);
	}
	if (ok && d->capacity_known)
		ok = put_u64(o, "capacityBytes", d->capacity_bytes) && put(o, "formatted", json_boolean(d->formatted));
	if (ok && d->whole_bytes)
		ok = put_u64(o, "wholeBytes", d->whole_bytes);
	if (ok && d->is_protected != CW_KNOWN_NOT)
		ok = put(o, "protected", json_boolean(d->is_protected == CW_KNOWN_YES));
	if (ok && d->maker.text[0])
		ok = put(o, "maker", maker_json(&d->maker));
	return ok ? json_incref(o) : NULL;
}

static json_t *health_json(const struct cw_health *h)
{
	CW_AUTO_JSON json_t *o = json_object();
	bool ok = put_told(o, "reallocatedSectors", h->reallocated_sectors) && put_told(o, "pendingSectors", h->pending_sectors) &&
		  put_told(o, "uncorrectableSectors", h->uncorrectable_sectors) && put_told(o, "percentageUsed", h->percentage_used) &&
		  put_told(o, "powerOnHours", h->power_on_hours) && put_told(o, "mediaErrors", h->media_errors);

	return ok ? json_incref(o) : NULL;
}

static json_t *hidden_json(const struct cw_capabilities *c)
{
	static const char *const words[] = { [CW_HIDDEN_UNKNOWN] = "unknown", [CW_HIDDEN_NONE] = "none", [CW_HIDDEN_PRESENT] = "present" };
	CW_AUTO_JSON json_t *o = json_object();
	bool ok = put(o, "state", json_string(words[c->hidden <= CW_HIDDEN_PRESENT ? c->hidden : CW_HIDDEN_UNKNOWN])) && put_text(o, "why", c->hidden_why);

	if (ok && c->hidden == CW_HIDDEN_PRESENT)
		ok = put_u64(o, "bytes", c->hidden_bytes);
	return ok ? json_incref(o) : NULL;
}

/* ---- raw answers ---- */

static json_t *raw_json(const struct cw_raws *raws, const struct cw_raw *r)
{
	bool is_whole = r->data_at <= CW_RAW_POOL && r->data_len <= CW_RAW_POOL - r->data_at;
	struct cw_heard h = { .set = r->set, .sys_errno = r->sys_errno, .dir = r->dir, .request_len = r->request_len, .answer_len = r->answer_len,
			      .duration_ms = r->duration_ms, .data = is_whole ? raws->pool + r->data_at : NULL, .data_len = is_whole ? r->data_len : 0 };

	memcpy(h.request, r->request, sizeof(h.request));
	memcpy(h.answer, r->answer, sizeof(h.answer));
	return cw_heard_json(&h, CW_RAW_POOL);
}

static json_t *raws_json(const struct cw_raws *raws)
{
	CW_AUTO_JSON json_t *list = json_array();

	for (uint32_t i = 0; i < raws->n && i < CW_RAWS_MAX; i++)
		if (json_array_append_new(list, raw_json(raws, &raws->at[i])))
			return NULL;
	return json_incref(list);
}

/* ---- how worn it is, alone ---- */

#define IDENTIFY_DEVICE 0xec
#define CHECK_POWER_MODE 0xe5
#define SMART 0xb0

/* Those without which the answer about that could not be understood. */
static bool is_about_health(const struct cw_raw *r)
{
	uint8_t command = r->set != CW_SET_SCSI ? 0 : r->request_len == 16 && r->request[0] == 0x85 ? r->request[14] : r->request_len == 12 && r->request[0] == 0xa1 ? r->request[9] : 0;

	return command == IDENTIFY_DEVICE || command == CHECK_POWER_MODE || command == SMART;
}

static json_t *health_answers(const struct cw_raws *raws)
{
	CW_AUTO_JSON json_t *list = json_array();

	for (uint32_t i = 0; i < raws->n && i < CW_RAWS_MAX; i++)
		if (is_about_health(&raws->at[i]) && json_array_append_new(list, raw_json(raws, &raws->at[i])))
			return NULL;
	return json_incref(list);
}

json_t *cw_health_told_json(const struct cw_capabilities *c)
{
	CW_AUTO_JSON json_t *o = c->asked ? health_json(&c->health) : NULL;

	if (!json_object_size(o) || (c->ata.identified && !put(o, "answers", health_answers(&c->raws))))
		return NULL;
	return json_incref(o);
}

/* ---- the whole ---- */

static bool put_parts(json_t *o, const struct cw_capabilities *c)
{
	bool ok = put(o, "features", features_json(c)) && put(o, "hidden", hidden_json(c)) && put(o, "health", health_json(&c->health)) &&
		  put(o, "passThrough", json_string(cw_known_name(c->passthrough))) && put_text(o, "passThroughWhy", c->passthrough_why) &&
		  put(o, "sanitizing", json_string(cw_sanitizing_name(c->sanitizing))) && put(o, "sanitizeFrozen", json_boolean(c->sanitize_frozen));

	if (ok && c->sanitizing == CW_SANITIZING_RUNNING)
		ok = put_u64(o, "sanitizeProgress", c->sanitize_progress);
	if (ok && c->model.text[0])
		ok = put(o, "drive", drive_json(c));
	if (ok && c->ata.identified)
		ok = put(o, "ata", ata_json(&c->ata));
	if (ok && c->nvme.identified)
		ok = put(o, "nvme", nvme_json(&c->nvme));
	if (ok && (c->scsi.after_block_erase || c->scsi.after_crypto_erase))
		ok = put(o, "scsi", json_pack("{s:i, s:i}", "afterBlockErase", (int)c->scsi.after_block_erase, "afterCryptoErase", (int)c->scsi.after_crypto_erase));
	if (ok && c->disc.profile)
		ok = put(o, "disc", disc_json(&c->disc));
	return ok && (!c->tcg.answered || put(o, "tcg", tcg_json(&c->tcg)));
}

json_t *cw_capabilities_json(const struct cw_capabilities *c, bool with_raws)
{
	CW_AUTO_JSON json_t *o = json_object();
	bool ok = put(o, "asked", json_boolean(c->asked)) && put_text(o, "why", c->why);

	if (ok && c->asked)
		ok = put_parts(o, c);
	if (ok && c->asked && with_raws)
		ok = put(o, "answers", raws_json(&c->raws));
	return ok ? json_incref(o) : NULL;
}
