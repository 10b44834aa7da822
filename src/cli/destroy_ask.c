/* SPDX-License-Identifier: Apache-2.0 */
/* What a person is asked about a physical destruction, and what a file says instead. */
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "destroy.h"

#define FORM_MAX 65536u

/* In the order in which it is asked; what the file or the case has is not asked again. */
static const struct {
	const char *key, *question;
	bool needed;
} questions[] = {
	{ "method", N_("How was it destroyed? (degauss, disintegrate, incinerate, melt, shred, pulverize, grind, crush, punch)"), true },
	{ "count", N_("How many media?"), true },
	{ "machine", N_("Machine: make and model (Enter if a contractor did it):"), false },
	{ "machine-serial", N_("Serial number of the machine (Enter if there is none):"), false },
	{ "contractor", N_("Contractor (Enter if there was none):"), false },
	{ "contractor-document", N_("Number of the contractor's own document (Enter if there is none):"), false },
	{ "particle-mm2", N_("Largest particles, in square millimetres (Enter if not known):"), false },
	{ "particle-level", N_("Level of ISO/IEC 21964 that the machine is rated for, such as O-5 (Enter if not known):"), false },
	{ "field-oersted", N_("Field of the degausser, in oersted (10 000 a tesla):"), false },
	{ "coercivity-oersted", N_("Coercivity of the medium, in oersted:"), false },
	{ "field-verified", N_("When, and with which instrument, was that field last verified?"), false },
	{ "standard", N_("Standard that it followed (Enter for that of the policy):"), false },
	{ "place", N_("Where?"), true },
	{ "started", N_("When did it begin? (such as 2026-11-30 14:05)"), true },
	{ "ended", N_("When did it end? (Enter: at this moment)"), true },
	{ "operator", N_("Name of the operator:"), true },
	{ "weight-grams", N_("Weight of the waste in grams (Enter if it was not weighed):"), false },
	{ "waste-manifest", N_("Number of the waste manifest (Enter if there is none):"), false },
};

/* ---- times ---- */

/* As people write it, in the station's own time zone; what is UTC already stays. */
static int to_utc(char text[CW_NODE_MAX], const char *key, struct cw_error *err)
{
	struct tm local = { .tm_isdst = -1 };
	char utc[CW_TIME_TEXT];
	int64_t unused;
	const char *end = cw_time_parse(text, &unused) ? NULL : strptime(text, "%Y-%m-%d %H:%M", &local);
	time_t at = end && !*end ? mktime(&local) : (time_t)-1;

	if (cw_time_parse(text, &unused) || !*text)
		return 0;
	if (at == (time_t)-1)
		return cw_fail(err, CW_E_SYNTAX, 0, key, _("Write it as 2026-11-30 14:05."), _("\"%s\" of the destruction is no time: %s."), key, text);
	cw_time_format((int64_t)at, utc);
	cw_strlcpy(text, utc, CW_NODE_MAX);
	return 0;
}

/* ---- the file ---- */

int cw_destroy_read(const char *path, struct cw_destruction_form *out, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf text = { 0 };
	int rc;

	memset(out, 0, sizeof *out);
	if (!path)
		return 0;
	rc = cw_file_read(AT_FDCWD, path, FORM_MAX, &text, err);
	return rc ? rc : cw_destruction_parse(path, text.data ? text.data : "", text.len, out, err);
}

/* ---- questions ---- */

static int ask_one(struct cw_destruction *d, size_t i, struct cw_error *err)
{
	const char *key = questions[i].key;
	char answer[CW_TEXT_MAX], shown[CW_TEXT_MAX];

	for (;;) {
		struct cw_error why = { 0 };

		if (!cw_ask_line(_(questions[i].question), answer, sizeof answer))
			return cw_fail(err, CW_E_UNAUTHORISED, 0, NULL, _("The medium stays on the list of what awaits destruction: `certwipe jobs`."), _("Nothing was recorded."));
		cw_text_printable(shown, sizeof shown, answer, strlen(answer));
		if (!*shown && strcmp(key, "ended") == 0)
			cw_time_now(shown);
		if (!*shown && !questions[i].needed)
			return 0;
		if (*shown && !cw_destruction_set(d, key, shown, &why) && !to_utc(d->started, "started", &why) && !to_utc(d->ended, "ended", &why))
			return 0;
		if (strcmp(key, "started") == 0)
			*d->started = '\0';
		if (strcmp(key, "ended") == 0)
			*d->ended = '\0';
		if (why.code)
			cw_tell_error(false, &why);
	}
}

static int ask_all(struct cw_destruction *d, struct cw_error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < CW_ARRAY_LEN(questions); i++)
		if (!cw_destruction_has(d, questions[i].key) && cw_destruction_wants(d, questions[i].key))
			rc = ask_one(d, i, err);
	return rc;
}

int cw_destroy_complete(struct cw_destruction *d, bool ask, const char *operator_name, const char *place, struct cw_error *err)
{
	int rc;

	if (!*d->operator_name)
		cw_strlcpy(d->operator_name, operator_name, sizeof d->operator_name);
	if (!*d->place)
		cw_strlcpy(d->place, place, sizeof d->place);
	if (!ask && !d->count)
		d->count = 1;
	rc = to_utc(d->started, "started", err);
	if (!rc)
		rc = to_utc(d->ended, "ended", err);
	return rc || !ask ? rc : ask_all(d, err);
}

/* ---- a medium that is not plugged in ---- */

static const struct { const char *question; size_t offset; } label_questions[] = {
	{ N_("Make (Enter if none is printed on it):"), offsetof(struct cw_label, vendor) },
	{ N_("Model (Enter if none is printed on it):"), offsetof(struct cw_label, model) },
	{ N_("Serial number from the label (Enter if there is none):"), offsetof(struct cw_label, serial) },
};

int cw_destroy_ask_label(struct cw_label *l, struct cw_error *err)
{
	char answer[CW_TEXT_MAX];

	while (l->class_ == CW_CLASS_UNKNOWN) {
		if (!cw_ask_line(_("What is it? (USB_STICK, SSD_ATA, NVME, HDD_ATA, SD_CARD, FLOPPY, CD_R, CD_RW, DVD_R, DVD_RW, BD_R, BD_RE, OPTICAL_PRESSED)"), answer, sizeof answer) || !*answer)
			return cw_fail(err, CW_E_UNAUTHORISED, 0, NULL, NULL, _("Nothing was recorded."));
		l->class_ = cw_class_of_name(answer);
	}
	for (size_t i = 0; i < CW_ARRAY_LEN(label_questions); i++) {
		if (!cw_ask_line(_(label_questions[i].question), answer, sizeof answer))
			return cw_fail(err, CW_E_UNAUTHORISED, 0, NULL, NULL, _("Nothing was recorded."));
		cw_text_printable((char *)l + label_questions[i].offset, CW_TEXT_MAX, answer, strlen(answer));
	}
	return 0;
}

/* ---- the witness ---- */

/* Asked for, not shown: what the witness says comes from what the witness saw. */
bool cw_destroy_ask_witness(struct cw_msg_witness *w)
{
	char answer[CW_TEXT_MAX], shown[CW_TEXT_MAX];
	uint64_t count = 0;

	if (!cw_ask_line(_("Witness: your name (Enter to confirm later):"), answer, sizeof answer) || !*answer)
		return false;
	cw_text_printable(w->name, sizeof w->name, answer, strlen(answer));
	if (!cw_ask_line(_("Witness: how was it destroyed? (one word, such as shred)"), answer, sizeof answer))
		return false;
	cw_text_printable(shown, sizeof shown, answer, strlen(answer));
	cw_strlcpy(w->method, shown, sizeof w->method);
	if (!cw_ask_line(_("Witness: how many media did you see destroyed?"), answer, sizeof answer))
		return false;
	for (const char *p = answer; *p >= '0' && *p <= '9' && count < CW_DESTROYED_MAX; p++)
		count = count * 10 + (uint64_t)(*p - '0');
	w->count = (uint32_t)(count <= CW_DESTROYED_MAX ? count : 0);
	return true;
}
