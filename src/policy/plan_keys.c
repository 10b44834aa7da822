/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encrypted volumes: where their keys stand is overwritten first, because from then on an interrupted wipe has destroyed what matters most; or alone, where a person
 * wishes that and everything that is on the medium hangs on these keys.
 */
#include "plan.h"

#include <string.h>

/* VeraCrypt keeps 64 KiB for each of its headers: the volume's and the hidden volume's at the beginning, and both again at the end. */
#define VERACRYPT_BYTES 131072u
/* Where the whole system is encrypted: its boot loader and, in sector 62, its header. */
#define VERACRYPT_BOOT_BYTES (63u * 512u)

bool cw_plan_destroys_only_keys(const struct cw_plan *p)
{
	const struct cw_technique *t = cw_technique_get(p->technique);

	return t && t->only_keys;
}

uint64_t cw_plan_step_bytes(const struct cw_plan *p, uint32_t kind)
{
	return cw_step_is_of_keys(kind) ? cw_keys_bytes(&p->keys) : cw_step_bytes(kind, p->size_bytes, p->logical_bytes);
}

/* ---- spans ---- */

/* To whole sectors, and not beyond the end, whatever the one that found it says. */
static void add_span(const struct cw_medium *m, uint64_t from_bytes, uint64_t len_bytes, struct cw_keys *k)
{
	uint64_t sector = m->logical_bytes, from = from_bytes - from_bytes % sector, end;

	if (from_bytes >= m->size_bytes || len_bytes > m->size_bytes - from_bytes) {
		k->incomplete = 1;
		return;
	}
	end = from_bytes + len_bytes + sector - 1;
	end -= end % sector;
	if (end > from)
		(void)cw_keys_add_span(k, from, (end < m->size_bytes ? end : m->size_bytes) - from);
}

static void add_volume(const struct cw_volume *v, struct cw_keys *k)
{
	if (k->n_volumes == CW_VOLUMES_MAX) {
		k->incomplete = 1;
		return;
	}
	k->volumes[k->n_volumes] = *v;
	k->volumes[k->n_volumes++].why[0] = '\0';
}

/* ---- what a person says is VeraCrypt ---- */

static void add_veracrypt(const struct cw_medium *m, uint32_t number, uint64_t from_bytes, uint64_t size_bytes, struct cw_keys *k)
{
	uint64_t end_bytes = size_bytes < VERACRYPT_BYTES ? size_bytes : VERACRYPT_BYTES;

	if (!size_bytes)
		return;
	add_volume(&(struct cw_volume){ .kind = CW_VOLUME_VERACRYPT, .number = number, .offset_bytes = from_bytes, .size_bytes = size_bytes }, k);
	add_span(m, from_bytes, end_bytes, k);
	add_span(m, from_bytes + size_bytes - end_bytes, end_bytes, k);
}

/* All that is not recognised; the whole medium where that is nothing at all. */
static void add_unrecognised(const struct cw_medium *m, const struct cw_contents *c, struct cw_keys *k)
{
	if (!c->n_parts)
		add_veracrypt(m, 0, 0, m->size_bytes, k);
	for (uint32_t i = 0; i < c->n_parts; i++)
		if (c->parts[i].number && !c->parts[i].type[0] && !c->parts[i].usage[0])
			add_veracrypt(m, c->parts[i].number, c->parts[i].offset_bytes, c->parts[i].size_bytes, k);
	if (k->n_volumes && c->n_parts)
		add_span(m, 0, VERACRYPT_BOOT_BYTES < m->size_bytes ? VERACRYPT_BOOT_BYTES : m->size_bytes, k);
}

int plan_take_keys(const struct cw_medium *m, const struct cw_contents *c, bool veracrypt, struct cw_plan *out, struct cw_error *err)
{
	struct cw_keys *k = &out->keys;

	if (veracrypt && c)
		add_unrecognised(m, c, k);
	if (veracrypt && !k->n_volumes)
		return cw_fail(err, CW_E_POLICY, 0, m->node, _("Leave --veracrypt away."), _("Nothing on %s can be a VeraCrypt volume: all of it was recognised as something else."),
			       m->node);
	for (uint32_t i = 0; c && i < c->keys.n_volumes; i++)
		add_volume(&c->keys.volumes[i], k);
	for (uint32_t i = 0; c && i < c->keys.n_spans; i++)
		add_span(m, c->keys.spans[i].offset_bytes, c->keys.spans[i].len_bytes, k);
	if (!k->n_spans)
		memset(k, 0, sizeof(*k));
	return CW_OK;
}

/* ---- alone ---- */

static bool is_volume(const struct cw_plan *p, const struct cw_part *part)
{
	for (uint32_t i = 0; i < p->keys.n_volumes; i++) {
		const struct cw_volume *v = &p->keys.volumes[i];

		if (v->number == part->number && v->offset_bytes == part->offset_bytes && v->size_bytes == part->size_bytes)
			return true;
	}
	return false;
}

/* What is there besides, and cannot be read only with these keys. */
static const char *other_obstacle(const struct cw_contents *c, const struct cw_plan *p)
{
	for (uint32_t i = 0; i < c->n_parts; i++) {
		const struct cw_part *part = &c->parts[i];

		if (is_volume(p, part) || (!part->type[0] && !part->usage[0]))
			continue;
		if (!strcmp(part->type, "linux_raid_member") || !strcmp(part->type, "drbd"))
			return N_("The medium is part of a RAID: what is encrypted in it, and where the keys stand, cannot be told from one medium.");
		if (!strcmp(part->type, "LVM2_member"))
			return N_("There is LVM on the medium: which of its volumes are encrypted, and where their keys stand, cannot be told.");
		return N_("There is something on the medium that is not encrypted, and would stay.");
	}
	return NULL;
}

static const char *volume_obstacle(const struct cw_contents *c)
{
	for (uint32_t i = 0; i < c->keys.n_volumes; i++)
		if (c->keys.volumes[i].why[0])
			return c->keys.volumes[i].why;
	return NULL;
}

const char *plan_keys_obstacle(const struct plan_subject *s, const struct cw_plan *p)
{
	const struct cw_contents *c = s->contents;
	const char *why;

	if (!c || !c->known)
		return N_("What is on the medium could not be told.");
	if (p->shown_bytes || s->m->hidden == CW_HIDDEN_PRESENT)
		return N_("The drive hides an area, and what is in it is not known.");
	why = volume_obstacle(c);
	if (why)
		return why;
	if (p->keys.incomplete || c->keys.incomplete || c->n_parts == CW_PARTS_MAX)
		return N_("There are more encrypted volumes on the medium than can be dealt with one by one.");
	why = other_obstacle(c, p);
	if (why)
		return why;
	if (!p->keys.n_spans)
		return N_("No encrypted volume is recognised on the medium whose keys stand on it; they may be kept elsewhere.");
	if (!s->attested)
		return N_("Only keys would be destroyed, and nobody attests that all data was encrypted from first use and that there is no copy of a key (case, [crypto-erase]).");
	return NULL;
}

/* ---- steps ---- */

static void add(struct cw_plan *p, enum cw_step_kind kind, const char *reason)
{
	struct cw_plan_step *step = &p->steps[p->n_steps++];

	step->kind = kind;
	cw_strlcpy(step->reason, reason, sizeof(step->reason));
}

void plan_add_keys(struct cw_plan *p)
{
	if (!p->keys.n_spans)
		return;
	add(p, CW_STEP_KEYS, N_("Writes a keystream where the keys of encrypted volumes stand: from then on what they encrypt cannot be read with them."));
	add(p, CW_STEP_KEYS_CHECK, N_("Reads these places back and compares every byte."));
}

void plan_set_keys_steps(struct cw_plan *p)
{
	p->n_steps = p->n_passes = 0;
	memset(p->steps, 0, sizeof(p->steps));
	cw_strlcpy(p->scheme, CW_SCHEME_NONE, sizeof(p->scheme));
	plan_add_keys(p);
}
