/* SPDX-License-Identifier: Apache-2.0 */
/* grade: how far each identity field can be trusted to name this medium and no other. */
#include "serial.h"

#include <string.h>

/* A field that only describes: there, or not. */
static void grade_words(struct cw_id *id)
{
	id->quality = id->text[0] ? CW_QUALITY_GOOD : CW_QUALITY_NONE;
}

/* A field that shall name one medium.  What its finder called weak (a bridge's serial, a deleted backing file) stays weak. */
static void grade_name(struct cw_id *id, const char *text, bool may_look_like_anything)
{
	const char *flaw = may_look_like_anything ? NULL : cw_serial_flaw(text);

	if (!text[0]) {
		id->quality = CW_QUALITY_NONE;
		return;
	}
	if (id->quality == CW_QUALITY_WEAK && id->why[0])
		return;
	id->quality = flaw ? CW_QUALITY_WEAK : CW_QUALITY_GOOD;
	cw_strlcpy(id->why, flaw ? flaw : "", sizeof(id->why));
}

void cw_identity_grade(struct cw_medium *m)
{
	grade_words(&m->vendor);
	grade_words(&m->model);
	grade_words(&m->firmware);
	grade_words(&m->usb_id);
	grade_name(&m->serial, cw_serial_of(m), m->virtual_);
	grade_name(&m->wwn, m->wwn.text, false);
	grade_name(&m->cid, m->cid.text, false);
	grade_name(&m->bridge_serial, m->bridge_serial.text, false);
	if (m->serial.quality == CW_QUALITY_NONE)
		cw_strlcpy(m->serial.why, _("The medium tells no serial number."), sizeof(m->serial.why));
}

bool cw_identity_is_weak(const struct cw_medium *m)
{
	return m->serial.quality != CW_QUALITY_GOOD && m->wwn.quality != CW_QUALITY_GOOD && m->cid.quality != CW_QUALITY_GOOD;
}
