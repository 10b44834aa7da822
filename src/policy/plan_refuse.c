/* SPDX-License-Identifier: Apache-2.0 */
/* Media that no plan is made for, each with what to do instead. */
#include "plan.h"

/* Largest integer that the plan's JSON can carry exactly. */
#define SIZE_MAX_BYTES ((UINT64_C(1) << 53) - 1)

const char *plan_destroy_hint(const struct cw_medium *m, char hint[CW_TEXT_MAX])
{
	snprintf(hint, CW_TEXT_MAX, _("Destroy it physically and record that: certwipe destroy %s (--later: only put it on the list of what awaits it)"), m->node);
	return hint;
}

#define HINT(m) plan_destroy_hint(m, (char[CW_TEXT_MAX]){ "" })

static const char *reader_hint(const struct cw_medium *m, char hint[CW_TEXT_MAX])
{
	snprintf(hint, CW_TEXT_MAX, _("Put the disc into a drive that writes such discs, or destroy it physically and record that: certwipe destroy %s"), m->node);
	return hint;
}

static const char *switch_hint(const struct cw_medium *m, char hint[CW_TEXT_MAX])
{
	snprintf(hint, CW_TEXT_MAX, _("Move its write-protect switch and put it in again; if there is none, destroy it physically and record that: certwipe destroy %s"), m->node);
	return hint;
}

static int refuse_absent(const struct cw_medium *m, struct cw_error *err)
{
	if (!m->has_medium)
		return cw_fail(err, CW_E_NO_MEDIUM, 0, m->node,
			       _("Put the medium in and try again. One that is not recognised is destroyed physically and recorded by hand: certwipe destroy, without a name."),
			       _("There is no medium in %s."), m->node);
	return CW_OK;
}

static int refuse_sizeless(const struct cw_medium *m, struct cw_error *err)
{
	if (m->size_bytes == 0)
		return cw_fail(err, CW_E_NO_MEDIUM, 0, m->node, HINT(m), _("%s reports a size of 0 bytes: nothing on it can be reached."), m->node);
	return CW_OK;
}

static int refuse_disc(const struct cw_medium *m, const struct cw_medium *whole, struct cw_error *err)
{
	if (m->class_ == CW_CLASS_OPTICAL_PRESSED && m->read_only)
		return cw_fail(err, CW_E_READ_ONLY, 0, m->node, reader_hint(m, (char[CW_TEXT_MAX]){ "" }),
			       _("%s only reads such discs: nothing on this one can be removed here, nor can it be told whether another drive could."), m->node);
	if (cw_class_is_write_once(m->class_) && m->disc == CW_DISC_BLANK)
		return cw_fail(err, CW_E_WRITE_ONCE, 0, m->node, HINT(m),
			       _("%s (%s) is blank, and what can be written only once cannot be overwritten."), m->node, cw_class_words(m->class_));
	if (cw_class_is_write_once(m->class_))
		return cw_fail(err, CW_E_WRITE_ONCE, 0, m->node, HINT(m), _("%s (%s): its data cannot be removed by software. Physical destruction is required."),
			       m->node, cw_class_words(m->class_));
	if (cw_class_is_in_sequence(m->class_) && !whole->size_bytes)
		return cw_fail(err, CW_E_REFUSED, 0, m->node, HINT(m), _("%s (%s): nothing on it can be read, and the drive does not tell how much it could hold."), m->node,
			       cw_class_words(m->class_));
	if (cw_class_is_optical(m->class_) && !whole->size_bytes)
		return cw_fail(err, CW_E_REFUSED, 0, m->node, HINT(m), _("%s (%s) is not formatted: nothing on it can be written or read, and it may hold old data all the same."),
			       m->node, cw_class_words(m->class_));
	return CW_OK;
}

/* The laboratory and real disposals never mix: neither may look like the other. */
static int refuse_other_world(const struct cw_medium *m, const struct cw_policy *p, struct cw_error *err)
{
	bool virtual_ = m->virtual_ || m->class_ == CW_CLASS_VIRTUAL;

	if (virtual_ && !p->accept_virtual)
		return cw_fail(err, CW_E_VIRTUAL, 0, m->node, _("For a test use `--policy lab`; its documents are stamped LABORATORY."),
			       _("%s is a virtual medium, and the policy \"%s\" is for physical media."), m->node, p->id);
	if (!virtual_ && p->accept_virtual)
		return cw_fail(err, CW_E_POLICY, 0, m->node, _("Choose another policy; `certwipe policy list` shows them all."),
			       _("%s is a physical medium, and the policy \"%s\" is for virtual media."), m->node, p->id);
	return CW_OK;
}

/* Blocks of a disc have numbers of 32 bits (MMC-6 6.15). */
static bool is_beyond_blocks(const struct cw_medium *m)
{
	return cw_class_is_optical(m->class_) && m->size_bytes / m->logical_bytes > UINT32_MAX;
}

static int refuse_sectors(const struct cw_medium *m, struct cw_error *err)
{
	uint32_t sector = m->logical_bytes, wanted = cw_class_is_optical(m->class_) ? 2048 : 512;

	if (sector == 520 || sector == 524 || sector == 528)
		return cw_fail(err, CW_E_SECTOR_SIZE, 0, m->node, _("Format it to 512 or 4096 bytes with the array's or the maker's tool, then plan again."),
			       _("%s has sectors of %u bytes: it needs a native format to 512 or 4096 first."), m->node, sector);
	if (sector != wanted && (sector != 4096 || cw_class_is_optical(m->class_)))
		return cw_fail(err, CW_E_SECTOR_SIZE, 0, m->node, HINT(m), _("%s has sectors of %u bytes; only 512 and 4096 can be wiped and verified."), m->node,
			       sector);
	if (m->size_bytes % sector != 0)
		return cw_fail(err, CW_E_SECTOR_SIZE, 0, m->node, HINT(m), _("The size of %s, %llu bytes, is no whole number of sectors of %u bytes."), m->node,
			       (unsigned long long)m->size_bytes, sector);
	return CW_OK;
}

int plan_refuse(const struct cw_medium *m, const struct cw_medium *whole, const struct cw_policy *p, struct cw_error *err)
{
	int rc;

	if (m->is_system)
		return cw_fail(err, CW_E_SYSTEM_MEDIUM, 0, m->node, _("System media are never wiped from the system that runs on them."),
			       _("%s belongs to this system: %s"), m->node, m->system_why);
	rc = refuse_absent(m, err);
	if (rc == CW_OK)
		rc = refuse_disc(m, whole, err); /* before read-only and size, of which the kernel has its own idea for discs */
	if (rc == CW_OK)
		rc = refuse_sizeless(whole, err);
	if (rc == CW_OK)
		rc = refuse_other_world(m, p, err);
	/* What the kernel cannot write in sequence it calls read-only. */
	if (rc == CW_OK && m->read_only && !cw_class_is_in_sequence(m->class_))
		rc = cw_fail(err, CW_E_READ_ONLY, 0, m->node, switch_hint(m, (char[CW_TEXT_MAX]){ "" }), _("%s is write-protected."), m->node);
	/* As large as a drive says that it is: that is what is written and read. */
	if (rc == CW_OK)
		rc = refuse_sectors(whole, err);
	if (rc == CW_OK && m->zoned)
		rc = cw_fail(err, CW_E_REFUSED, 0, m->node, HINT(m), _("%s is host-managed zoned storage, which plain writes cannot cover."), m->node);
	if (rc == CW_OK && (whole->size_bytes > SIZE_MAX_BYTES || is_beyond_blocks(whole)))
		rc = cw_fail(err, CW_E_REFUSED, 0, m->node, HINT(m), _("%s reports %llu bytes, which no medium holds."), m->node,
			     (unsigned long long)whole->size_bytes);
	return rc;
}
