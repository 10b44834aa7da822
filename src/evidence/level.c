/* SPDX-License-Identifier: Apache-2.0 */
#include "level.h"

#include <stdlib.h>
#include <string.h>


/* ---- conditions (standards.md 8.2) ---- */

struct finding {
	bool holds;
	uint64_t line;
	const char *why;
};

#define OVERWRITE_DOES_NOT_SHOW N_("An overwrite of the addressable sectors does not show this.")

/* The hidden area that the plan opens is all of it, and what is told to be hidden is what the drive told. */
static bool hidden_as_answered(const struct cw_replay *r)
{
	struct cw_capabilities c;
	struct cw_medium m = r->medium;
	if ((!cw_replay_has_told(r, "ata") && r->medium.class_ != CW_CLASS_EMMC) || !cw_replay_told(r, &c))
		return true;
	cw_capabilities_apply(&c, &m);
	if (r->plan.shown_bytes)
		return cw_area_can_be_opened(&m, &c) && c.ata.native_sectors * c.ata.sector_bytes == r->plan.size_bytes;
	return c.hidden == r->medium.hidden && c.hidden_bytes == r->medium.hidden_bytes;
}

static struct finding capacity_reached(const struct cw_replay *r)
{
	if (!hidden_as_answered(r))
		return (struct finding){ false, 0, N_("What the drive answered does not bear out what the journal says of a hidden area.") };
	if (r->opening.done)
		return (struct finding){ true, r->opening.shown_line, N_("The hidden area of the medium was opened: it says that all of its sectors can be reached.") };
	switch (r->medium.hidden) {
	case CW_HIDDEN_NONE:
		return (struct finding){ true, 0, N_("The medium has no hidden area.") };
	case CW_HIDDEN_PRESENT:
		if (cw_replay_was_asked(r) && r->medium.class_ != CW_CLASS_EMMC) /* the areas of a chip cannot be opened: their size is what there is to tell */
			return (struct finding){ false, 0, N_("The drive told of a hidden area, and it was not opened.") };
		if (r->medium.hidden_bytes)
			return (struct finding){ true, 0, N_("The medium has a hidden area; its size is stated.") };
		return (struct finding){ false, 0, N_("The medium has a hidden area of unknown size.") };
	default:
		return (struct finding){ false, 0, N_("Whether the medium has a hidden area is not known.") };
	}
}

/* What an NVMe drive told of its namespaces, by its answers where they are there.  False: it is none. */
static bool told_of_namespaces(const struct cw_replay *r, struct cw_nvme_told *out)
{
	const json_t *nvme = json_object_get(cw_replay_words(r), "nvme");
	struct cw_capabilities c;
	if (!nvme)
		return false;
	*out = (struct cw_nvme_told){ .fna = (uint32_t)cw_json_u64(nvme, "fna", 0), .n_active = (uint32_t)cw_json_u64(nvme, "activeNamespaces", 0),
				      .n_allocated = (uint32_t)cw_json_u64(nvme, "allocatedNamespaces", 0), .unallocated_bytes = cw_json_u64(nvme, "unallocatedBytes", 1),
				      .others_untold = cw_json_bool(nvme, "othersUntold", true) };
	if (cw_replay_told(r, &c))
		*out = c.nvme;
	return true;
}

/* The plan must name all of them. */
static bool erases_others(const struct cw_replay *r, const struct cw_nvme_told *told)
{
	const struct cw_native *native = r->native.native;
	return native && native->scope && native->scope(told) == CW_SCOPE_DRIVE && !told->others_untold && r->plan.n_others && r->plan.n_others + 1 == told->n_allocated;
}

static struct finding whole_drive(const struct cw_replay *r)
{
	struct cw_nvme_told told;
	if (!told_of_namespaces(r, &told))
		return (struct finding){ false, 0, OVERWRITE_DOES_NOT_SHOW };
	bool only = told.n_active == 1 && told.n_allocated == 1;
	bool rest = told.unallocated_bytes && !(r->native.native && r->native.native->takes_unallocated);
	if (only && !rest)
		return (struct finding){ true, 0, N_("The namespace is all of the drive: there is no other, and no capacity beside it.") };
	if (!rest && erases_others(r, &told))
		return (struct finding){ true, 0, N_("The command erases all namespaces of the drive, and the plan names those that die besides; these were not looked at afterwards.") };
	return (struct finding){ false, 0, N_("The drive has more than this namespace: others, or capacity in none.") };
}

/* Nothing of what it took out of use, or could not read, can be reached (device-commands.md 1.3). */
static const char *worn(const struct cw_replay *r)
{
	struct cw_health before, after;
	if (!cw_replay_health(r, &before, &after))
		return NULL;
	if (after.pending_sectors != CW_NOT_TOLD && after.pending_sectors)
		return N_("The drive says that there are sectors of which it does not know whether they can be read.");
	for (size_t i = 0; cw_replay_health_key(i); i++)
		if (cw_replay_health_worse(&before, &after, i))
			return N_("The drive tells of more bad sectors than before.");
	return NULL;
}

static struct finding no_bad_sector(const struct cw_replay *r)
{
	const char *wear = worn(r);
	if (r->fault_line != CW_NO_LINE)
		return (struct finding){ false, r->fault_line, N_("Some sectors could not be written or read.") };
	if (r->mismatch_line != CW_NO_LINE)
		return (struct finding){ false, r->mismatch_line, N_("Some sectors did not hold what was written to them.") };
	if (!cw_replay_all_clean(r, true) || !cw_replay_all_clean(r, false))
		return (struct finding){ false, r->steps[r->step].intent_line, N_("Not all sectors were written and read.") };
	if (wear)
		return (struct finding){ false, r->health_line, wear };
	return (struct finding){ true, r->steps[r->step].end_line, N_("All sectors were written, and none that was read failed.") };
}

/* It has the command, and it says that it carried it out. */
static struct finding completed(const struct cw_replay *r)
{
	const struct cw_native_record *n = &r->native;
	const char *slug = n->native ? cw_feature_slug(n->native->feature) : "";
	struct cw_capabilities c;
	const json_t *told = json_object_get(json_object_get(cw_replay_words(r), "features"), slug);
	if (!n->native)
		return (struct finding){ false, 0, OVERWRITE_DOES_NOT_SHOW };
	bool stated = n->native->leaves_areas && r->medium.hidden_bytes;
	if (r->medium.hidden == CW_HIDDEN_PRESENT && !r->opening.done && !n->native->takes_unallocated && !stated)
		return (struct finding){ false, 0, N_("The medium has a hidden area into which nobody could look afterwards.") };
	if (!cw_replay_was_asked(r) || strcmp(cw_json_str(told, "state", ""), cw_known_name(CW_KNOWN_YES)) != 0 || (cw_replay_told(r, &c) && c.features[n->native->feature].state != CW_KNOWN_YES))
		return (struct finding){ false, 0, N_("The medium had not said that it has the command.") };
	if (!cw_replay_native_succeeded(r))
		return (struct finding){ false, n->ended_line != CW_NO_LINE ? n->ended_line : 0, N_("The medium did not say that it carried the command out without an error.") };
	return (struct finding){ true, n->ended_line, N_("The medium has the command, took it, and says that it carried it out without an error.") };
}

static struct finding attested(const struct cw_replay *r)
{
	const struct cw_technique *t = cw_technique_get(r->plan.technique);
	if (!t || (!t->native && !t->only_keys))
		return (struct finding){ false, 0, OVERWRITE_DOES_NOT_SHOW };
	if (r->native.attestation_line == CW_NO_LINE)
		return (struct finding){ false, 0, N_("Nobody attested that all data was encrypted from first use and that there is no copy of the key.") };
	return (struct finding){ true, r->native.attestation_line, N_("A person attested that all data was encrypted from first use and that there is no copy of the key.") };
}

static struct finding passed_through(const struct cw_replay *r)
{
	struct cw_capabilities c;
	if (!r->native.native)
		return (struct finding){ false, 0, OVERWRITE_DOES_NOT_SHOW };
	bool reached = strcmp(cw_json_str(cw_replay_words(r), "passThrough", ""), cw_known_name(CW_KNOWN_YES)) == 0;
	if (!reached || (cw_replay_told(r, &c) && c.passthrough != CW_KNOWN_YES))
		return (struct finding){ false, 0, N_("Commands did not reach the drive for certain.") };
	return (struct finding){ true, 0, N_("The drive itself answered commands, and its answers came back whole.") };
}

/* A command that takes a password is only taken by a drive that is not frozen, and only with the right one. */
static struct finding unlocked(const struct cw_replay *r)
{
	const struct cw_native_record *n = &r->native;
	if (!n->native || !n->native->password)
		return (struct finding){ false, 0, OVERWRITE_DOES_NOT_SHOW };
	if (n->password_line == CW_NO_LINE)
		return (struct finding){ false, 0, N_("The journal does not tell with which password the drive was to erase itself.") };
	if (n->course.has_password || n->unlocked_line == CW_NO_LINE || n->unlocked_line < n->password_line)
		return (struct finding){ false, n->password_line, N_("The drive did not say that the password of the job is cleared again.") };
	return (struct finding){ true, n->unlocked_line, N_("The drive took the password of the job, and says that it is not locked and that no password is set.") };
}

static bool inverse_pattern(const struct cw_pass *a, const struct cw_pass *b)
{
	uint32_t n = a->pattern_len;
	if (!n || n > CW_PATTERN_MAX || n != b->pattern_len)
		return false;
	for (uint32_t i = 0; i < n; i++)
		if ((a->pattern[i] ^ b->pattern[i]) != 0xff)
			return false;
	return true;
}

static bool is_complement(const struct cw_pass *first, const struct cw_pass *second)
{
	switch (second->kind) {
	case CW_PASS_COMPLEMENT:
		return first->kind == CW_PASS_KEYSTREAM;
	case CW_PASS_DRAWN_COMPLEMENT:
		return first->kind == CW_PASS_DRAWN && first->slot == second->slot;
	case CW_PASS_DRAWN:
		return first->kind == CW_PASS_DRAWN_COMPLEMENT && first->slot == second->slot;
	case CW_PASS_PATTERN:
		return first->kind == CW_PASS_PATTERN && inverse_pattern(first, second);
	default:
		return false;
	}
}

static struct finding pattern_and_complement(const struct cw_replay *r)
{
	const struct cw_plan_step *before = NULL;
	bool before_clean = false;
	for (uint32_t i = 0; i < r->plan.n_steps; i++) {
		const struct cw_plan_step *s = &r->plan.steps[i];
		if (s->kind != CW_STEP_WRITE)
			continue;
		if (before && before_clean && cw_replay_step_clean(r, i + 1) && is_complement(&before->what, &s->what))
			return (struct finding){ true, r->steps[i + 1].end_line, N_("A pass and its complement were written.") };
		before = s;
		before_clean = cw_replay_step_clean(r, i + 1);
	}
	return (struct finding){ false, 0, N_("No pass was followed by its complement.") };
}

/* The keystream differs in every 16 bytes, and so does its complement: a medium that wraps or drops writes cannot return it. */
static struct finding position_dependent(const struct cw_replay *r)
{
	for (uint32_t i = 0; i < r->plan.n_steps; i++) {
		const struct cw_plan_step *s = &r->plan.steps[i];
		bool keystream = s->what.kind == CW_PASS_KEYSTREAM || s->what.kind == CW_PASS_COMPLEMENT;
		if (s->kind == CW_STEP_VERIFY && keystream && cw_replay_step_clean(r, i + 1))
			return (struct finding){ true, r->steps[i + 1].end_line, N_("A keystream was read back whole and was equal everywhere.") };
	}
	return (struct finding){ false, 0, N_("No keystream was read back whole.") };
}

/* One that was recorded as one track, as far as the drive had said that it goes. */
static struct finding track_read(const struct cw_replay *r)
{
	struct cw_capabilities c;
	if (!cw_replay_told(r, &c) || !c.disc.whole_bytes || c.disc.whole_bytes != r->plan.size_bytes)
		return (struct finding){ false, 0, N_("The drive did not say that no more than this can be recorded on the disc.") };
	if (!position_dependent(r).holds)
		return (struct finding){ false, 0, N_("No keystream was read back whole.") };
	return (struct finding){ true, position_dependent(r).line, N_("All that the drive says can be recorded on the disc was recorded as one session, and read back.") };
}

/* What lies outside the session no drive reads for a host. */
static struct finding sessions_read(const struct cw_replay *r)
{
	struct cw_capabilities c;
	if (cw_class_is_in_sequence(r->medium.class_))
		return track_read(r);
	if (!cw_replay_told(r, &c) || !cw_disc_is_whole(&c.disc, r->medium.size_bytes))
		return (struct finding){ false, 0, N_("The drive did not say that one session fills the disc.") };
	if (!position_dependent(r).holds)
		return (struct finding){ false, 0, N_("No keystream was read back whole.") };
	return (struct finding){ true, position_dependent(r).line, N_("The drive says that one session fills the disc, and all of it was read back.") };
}

static struct finding condition(const struct cw_replay *r, uint32_t number)
{
	switch (number) {
	case 1:
		return capacity_reached(r);
	case 2:
		return no_bad_sector(r);
	case 3:
		return completed(r);
	case 4:
		return attested(r);
	case 5:
		return whole_drive(r);
	case 6:
		return passed_through(r);
	case 7:
		return pattern_and_complement(r);
	case 8:
		return position_dependent(r);
	case 12:
		return unlocked(r);
	case 13:
		return sessions_read(r);
	default:
		return (struct finding){ false, 0, OVERWRITE_DOES_NOT_SHOW };
	}
}

/* ---- level ---- */

/* Rows of the matrix that the plan's technique and number of passes may appeal to. */
static uint32_t candidates(const struct cw_replay *r, const struct cw_level_row *rows[2])
{
	uint32_t n = 0;
	const struct cw_technique *t = cw_technique_get(r->plan.technique);
	if (t && t->matrix_single)
		n += (rows[n] = cw_level_row_get(r->medium.class_, t->matrix_single)) != NULL;
	if (t && t->matrix_multi && r->plan.n_passes > 1)
		n += (rows[n] = cw_level_row_get(r->medium.class_, t->matrix_multi)) != NULL;
	if (t && t->matrix_besides && r->plan.n_passes)
		n += (rows[n] = cw_level_row_get(r->medium.class_, t->matrix_besides)) != NULL;
	return n;
}

static void state_conditions(const struct cw_replay *r, uint32_t asked, struct cw_verdict *v)
{
	for (uint32_t number = 1; number <= CW_CONDITIONS_MAX; number++) {
		if (!(asked & CW_C(number)))
			continue;
		struct finding f = condition(r, number);
		struct cw_condition *c = &v->conditions[v->n_conditions++];
		*c = (struct cw_condition){ .number = number, .satisfied = f.holds, .line = f.line };
		cw_strlcpy(c->why, f.why, sizeof(c->why));
	}
}

static bool row_holds(const struct cw_replay *r, const struct cw_level_row *row)
{
	for (uint32_t number = 1; number <= CW_CONDITIONS_MAX; number++)
		if ((row->conditions & CW_C(number)) && !condition(r, number).holds)
			return false;
	return true;
}

/* The conditions stated are those of the row that gives the level; when none does, all that were asked. */
uint32_t cw_replay_level(const struct cw_replay *r, struct cw_verdict *v)
{
	const struct cw_level_row *rows[2] = {0};
	uint32_t n = candidates(r, rows), asked = 0, best = CW_LEVEL_NONE;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t level = cw_level_of_row(rows[i], (enum cw_column)r->plan.column, r->plan.accept_unconfirmed != 0);
		bool better = level > best && row_holds(r, rows[i]);
		asked = better ? rows[i]->conditions : best == CW_LEVEL_NONE ? asked | rows[i]->conditions : asked;
		best = better ? level : best;
	}
	state_conditions(r, asked, v);
	return best < r->plan.level ? best : r->plan.level;
}

const char *cw_replay_no_level(const struct cw_verdict *v)
{
	for (uint32_t i = 0; i < v->n_conditions; i++)
		if (!v->conditions[i].satisfied)
			return v->conditions[i].why;
	return N_("No level may be claimed for this technique on this kind of medium: destroy it physically.");
}

bool cw_medium_is_laboratory(const struct cw_medium *m)
{
	return m->class_ == CW_CLASS_VIRTUAL || m->virtual_ || m->bus == CW_BUS_LOOP || m->bus == CW_BUS_RAM || m->bus == CW_BUS_VIRTUAL;
}

bool cw_replay_is_laboratory(const struct cw_replay *r)
{
	return cw_medium_is_laboratory(&r->medium);
}

/* ---- caveats ---- */

#define K(n) (1ull << (n))
/* These tell of what happened, which no plan can know. */
#define K_OF_FACTS (K(3) | K(16) | K(18) | K(20) | K(27))

uint64_t cw_caveat_bits(const char *ids)
{
	uint64_t bits = 0;
	for (const char *p = ids; *p; p += *p == '+') {
		char *end;
		unsigned long n = *p == 'K' ? strtoul(p + 1, &end, 10) : 0;
		if (n && n < 64)
			bits |= K(n);
		p += strcspn(p, "+");
	}
	return bits;
}

void cw_caveats_list(uint64_t bits, char out[CW_TEXT_MAX])
{
	size_t used = 0;
	for (unsigned k = 1; k < 64; k++) {
		char id[8];
		snprintf(id, sizeof(id), "K%u", k);
		if (!(bits & K(k)) || !cw_caveat_text(id, "en"))
			continue;
		int len = snprintf(out + used, CW_TEXT_MAX - used, "%s%s", used ? "+" : "", id);
		used += (size_t)len < CW_TEXT_MAX - used ? (size_t)len : 0;
	}
}

static uint64_t caveats_of_facts(const struct cw_replay *r, const struct cw_verdict *v)
{
	uint64_t bits = K(19); /* a person has yet to decide (standards.md 1.5, validation) */
	if (v->exceptions.n)
		bits |= K(3);
	if (cw_plan_is_sampled(&r->plan) && cw_replay_all_clean(r, false) && (!r->native.native || cw_replay_nothing_left(r)) && r->sample_bytes < r->plan.size_bytes)
		bits |= K(16);
	if (r->readable && r->plan.column == CW_COLUMN_R1)
		bits |= K(17);
	if (r->other_offset || r->capacity.lie != CW_LIE_NONE)
		bits |= K(18);
	if (r->medium.hidden == CW_HIDDEN_PRESENT && !r->opening.done && !(r->native.native && r->native.native->takes_unallocated))
		bits |= K(20);
	if (cw_replay_is_laboratory(r))
		bits |= K(27);
	return bits;
}

void cw_replay_caveats(const struct cw_replay *r, struct cw_verdict *v)
{
	const struct cw_level_row *rows[2] = {0};
	uint32_t n = candidates(r, rows);
	uint64_t bits = caveats_of_facts(r, v) | (cw_caveat_bits(r->plan.caveats) & ~K_OF_FACTS);
	for (uint32_t i = 0; i < n; i++)
		bits |= cw_caveat_bits(rows[i]->caveats);
	/* The matrix says it of every revert. */
	if (r->native.native && !r->native.native->needs_psid)
		bits &= ~K(21);
	cw_caveats_list(bits, v->caveats);
}
