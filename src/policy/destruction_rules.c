/* SPDX-License-Identifier: Apache-2.0 */
/* What a physical destruction is worth: the decision matrix (standards.md 8.2), its conditions c9, c10 and c11, and the sizes of ISO/IEC 21964. */
#include "certwipe/policy.h"

#include <string.h>

static const char *const codes[CW_DESTROY_COUNT] = {
#define METHOD(name, word, code, measure, paragraph) [CW_DESTROY_##name] = code,
#include "destruction.def"
#undef METHOD
};

static const char *code_of(uint32_t method)
{
	return method < CW_DESTROY_COUNT && codes[method] ? codes[method] : "";
}

static bool is(const struct cw_destruction *d, const char *code)
{
	return strcmp(code_of(d->method), code) == 0;
}

static bool has_particles(const struct cw_destruction *d)
{
	return d->method == CW_DESTROY_DISINTEGRATE || is(d, "PHYS_SHR");
}

/* ---- sizes ---- */

/* Square micrometres for the levels 1 to 7 (standards.md 6.1); 0: in words only. */
#define MM2(n) ((uint64_t)(n) * 1000000u)
static const uint64_t optical[] = { MM2(2000), MM2(800), MM2(160), MM2(30), MM2(10), MM2(5), 200000 };
static const uint64_t flexible[] = { 0, MM2(2000), MM2(320), MM2(160), MM2(30), MM2(10), 2500000 };
static const uint64_t hard_disk[] = { 0, 0, 0, MM2(2000), MM2(320), MM2(10), MM2(5) };
static const uint64_t electronic[] = { 0, 0, MM2(160), MM2(30), MM2(10), MM2(1), 500000 };
#define R1_OPTICAL_UM2 250000u /* NIST SP 800-88 Rev. 1, table A-6: 0.25 mm² */

static bool is_magnetic(uint32_t class_)
{
	return class_ == CW_CLASS_HDD_ATA || class_ == CW_CLASS_HDD_SCSI || class_ == CW_CLASS_USB_BRIDGE_HDD || class_ == CW_CLASS_FLOPPY;
}

static bool is_cd(uint32_t class_)
{
	return class_ == CW_CLASS_CD_R || class_ == CW_CLASS_CD_RW;
}

/* The letter and the sizes of a category. */
static const uint64_t *sizes_of(uint32_t class_, char *letter)
{
	bool disc = cw_class_is_optical(class_), hard = is_magnetic(class_) && class_ != CW_CLASS_FLOPPY;

	*letter = disc ? 'O' : class_ == CW_CLASS_FLOPPY ? 'T' : hard ? 'H' : 'E';
	return disc ? optical : class_ == CW_CLASS_FLOPPY ? flexible : hard ? hard_disk : electronic;
}

uint64_t cw_particle_limit_um2(uint32_t class_, uint32_t level)
{
	char letter;

	return level >= 1 && level <= 7 ? sizes_of(class_, &letter)[level - 1] : 0;
}

static uint64_t limit_of(const struct cw_destruction_terms *t)
{
	uint64_t limit = cw_particle_limit_um2(t->class_, t->particle_level);

	if (t->column == CW_COLUMN_R1 && cw_class_is_optical(t->class_) && (!limit || limit > R1_OPTICAL_UM2))
		return R1_OPTICAL_UM2;
	return limit;
}

/* ---- refused ---- */

/* "O-4" on a disc; what another kind of medium or a coarser particle calls itself so is an error of writing. */
static int check_level_word(uint32_t class_, const struct cw_destruction *d, struct cw_error *err)
{
	const char *word = d->particle_level;
	char letter;

	sizes_of(class_, &letter);
	if (!*word)
		return CW_OK;
	if (word[0] != letter || word[1] != '-' || word[2] < '1' || word[2] > '7' || word[3])
		return cw_fail(err, CW_E_SYNTAX, 0, "particle-level", _("Correct this value."), _("\"%s\" is no level of ISO/IEC 21964 for this medium: those are %c-1 to %c-7."), word, letter, letter);
	uint64_t limit = cw_particle_limit_um2(class_, (uint32_t)(word[2] - '0'));

	if (limit && d->particle_um2 > limit)
		return cw_fail(err, CW_E_SYNTAX, 0, "particle-level", _("Correct one of the two."), _("Particles of this size do not reach the level %s, which the record names."), word);
	return CW_OK;
}

int cw_destruction_refuse(uint32_t class_, const struct cw_destruction *d, struct cw_error *err)
{
	const char *hint = _("Disintegrate, incinerate or melt it instead, and record that.");

	if (is(d, "DEG") && !is_magnetic(class_))
		return cw_fail(err, CW_E_POLICY, 0, "method", hint, _("%s Degaussing was therefore not recorded."), _("Degaussing has no effect on optical or flash media; not accepted."));
	if (is(d, "GRIND") && !is_cd(class_))
		return cw_fail(err, CW_E_POLICY, 0, "method", hint, _("%s Grinding was therefore not recorded."),
			       _("Surface grinding removes the information layer of CDs only, not of DVD or Blu-ray discs."));
	return has_particles(d) ? check_level_word(class_, d, err) : CW_OK;
}

/* ---- conditions ---- */

static void find(struct cw_destruction_judgement *j, uint32_t number, bool holds, const char *why)
{
	j->conditions[j->n].number = number;
	j->conditions[j->n].holds = holds;
	j->conditions[j->n++].why = why;
}

static void magnetic_field(const struct cw_destruction_terms *t, const struct cw_destruction *d, struct cw_destruction_judgement *j)
{
	if (!is_magnetic(t->class_))
		find(j, 9, false, N_("The medium is not magnetic."));
	else if (!d->field_oersted || !d->coercivity_oersted)
		find(j, 9, false, N_("The field of the degausser or the coercivity of the medium is not recorded."));
	else if (d->field_oersted < d->coercivity_oersted)
		find(j, 9, false, N_("The field of the degausser is weaker than the coercivity of the medium."));
	else if (!*d->field_verified || !*d->machine)
		find(j, 9, false, N_("The degausser, or when its field was last verified, is not recorded."));
	else
		find(j, 9, true, N_("The recorded field is at least the coercivity of the medium, and was verified."));
}

static void size_and_witness(const struct cw_destruction_terms *t, const struct cw_destruction *d, bool witnessed, struct cw_destruction_judgement *j)
{
	uint64_t limit = limit_of(t);

	if (!witnessed)
		find(j, 10, false, N_("No witness has confirmed the destruction."));
	else if (!*d->machine && !*d->contractor)
		find(j, 10, false, N_("The machine is not recorded."));
	else if (has_particles(d) && !d->particle_um2)
		find(j, 10, false, N_("The size of the particles is not recorded."));
	else if (has_particles(d) && limit && d->particle_um2 > limit)
		find(j, 10, false, N_("The particles are larger than the policy or the standard allows for such media."));
	else
		find(j, 10, true, N_("Machine and outcome are recorded, and a witness confirmed them."));
}

/* ---- judgement ---- */

static bool all_hold(const struct cw_destruction_judgement *j)
{
	for (uint32_t i = 0; i < j->n; i++)
		if (!j->conditions[i].holds)
			return false;
	return true;
}

static const char *first_failure(const struct cw_destruction_judgement *j)
{
	for (uint32_t i = 0; i < j->n; i++)
		if (!j->conditions[i].holds)
			return j->conditions[i].why;
	return NULL;
}

static const char *why_no_level(const struct cw_destruction *d, const struct cw_destruction_judgement *j)
{
	const char *failed = first_failure(j);

	if (failed)
		return failed;
	if (!*code_of(d->method))
		return N_("Crushing and punching leave parts from which data can be recovered: no level is claimed for them.");
	if (is(d, "PHYS_SHR"))
		return N_("Shredding or pulverizing alone reaches no level for such media under the standard of the policy.");
	return N_("No level may be claimed for this way of destruction on this kind of medium.");
}

void cw_destruction_judge(const struct cw_destruction_terms *t, const struct cw_destruction *d, bool witnessed, struct cw_destruction_judgement *out)
{
	const struct cw_level_row *row = *code_of(d->method) ? cw_level_row_get(t->class_, code_of(d->method)) : NULL;

	*out = (struct cw_destruction_judgement){ .level = CW_LEVEL_NONE };
	if (is(d, "DEG"))
		magnetic_field(t, d, out);
	if (!is(d, "DEG") || !witnessed)
		size_and_witness(t, d, witnessed, out);
	out->is_second_step = *code_of(d->method) && all_hold(out);
	if (row && row->conditions & CW_C(11) && t->column == CW_COLUMN_R1)
		find(out, 11, d->low_category == 1, d->low_category ? N_("The data is of the lowest security category.") : N_("The data is not known to be of the lowest security category."));
	if (row && all_hold(out))
		out->level = cw_level_of_row(row, (enum cw_column)t->column, t->accept_unconfirmed != 0);
	out->reason = out->level == CW_LEVEL_NONE ? why_no_level(d, out) : NULL;
	cw_strlcpy(out->caveats, row ? row->caveats : is(d, "PHYS_SHR") ? "K12" : "", sizeof(out->caveats));
}
