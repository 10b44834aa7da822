/* SPDX-License-Identifier: Apache-2.0 */
/* What a person is asked about a physical destruction, and what a file says instead. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "destroy.h"

#define FORM_MAX 65536u

/* In the order in which it is asked; what the file or the case has is not asked again. */
static const struct {
	const char *key, *question;
	bool needed;
} questions[] = {
	{ "method", N_("How was it destroyed? (degauss, disintegrate, incinerate, melt, shred, pulverize, grind, crush, punch; Enter to record it later)"), true },
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

/* "USB stick" and "cd-r" are words for USB_STICK and CD_R, "Shred" is one for shred: to is '_' and the letters are made capital, or 0 and they are made small. */
static void as_word(char *text, char to)
{
	for (char *p = text; *p; p++) {
		if (to && *p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
		else if (!to && *p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
		else if (to && (*p == ' ' || *p == '-'))
			*p = to;
	}
}

static int nothing_recorded(struct cw_error *err)
{
	return cw_fail(err, CW_E_UNAUTHORISED, 0, NULL, NULL, _("Nothing was recorded."));
}

static int ask_text(const char *question, char out[CW_TEXT_MAX], struct cw_error *err)
{
	char answer[CW_TEXT_MAX];

	if (!cw_ask_line(question, answer, sizeof answer))
		return nothing_recorded(err);
	cw_text_printable(out, CW_TEXT_MAX, answer, strlen(answer));
	return 0;
}

/* What would be refused in the end is told at once. */
static int take_answer(struct cw_destruction *d, uint32_t class_, const char *key, const char *value, struct cw_error *why)
{
	int rc = cw_destruction_set(d, key, value, why);

	if (!rc)
		rc = to_utc(d->started, "started", why);
	if (!rc)
		rc = to_utc(d->ended, "ended", why);
	if (!rc && !strcmp(key, "ended"))
		rc = cw_destruction_check_times(d, (int64_t)time(NULL), why);
	return rc ? rc : cw_destruction_refuse(class_, d, why);
}

static bool may_be_left_out(const struct cw_destruction *d, size_t i)
{
	bool somebody_did_it = strcmp(questions[i].key, "contractor") != 0 || *d->machine;

	return !questions[i].needed && somebody_did_it;
}

static int ask_one(struct cw_destruction *d, uint32_t class_, size_t i, struct cw_error *err)
{
	const char *key = questions[i].key;
	char shown[CW_TEXT_MAX];

	for (;;) {
		struct cw_destruction with = *d;
		struct cw_error why = { 0 };
		int rc = ask_text(_(questions[i].question), shown, err);

		if (rc)
			return rc;
		if (!*shown && strcmp(key, "ended") == 0)
			cw_time_now(shown);
		if (strcmp(key, "method") == 0)
			as_word(shown, 0);
		if (!*shown && may_be_left_out(d, i))
			return 0;
		if (!*shown && !strcmp(key, "method"))
			return nothing_recorded(err);
		if (*shown && !take_answer(&with, class_, key, shown, &why)) {
			*d = with;
			return 0;
		}
		if (why.code)
			cw_tell_error(false, &why);
	}
}

/* What was done was done, and is recorded; but nobody shall think that it is over. */
static void warn_of_method(const struct cw_destruction *d, const json_t *enough)
{
	CW_AUTO_BUF struct cw_buf words = { 0 };
	const json_t *one;
	size_t i;

	json_array_foreach(enough, i, one) {
		if (!strcmp(json_string_value(one), cw_destruction_method_name(d->method)))
			return;
		cw_buf_printf(&words, "%s%s", i ? ", " : "", json_string_value(one));
	}
	fprintf(stderr, _("  By itself this reaches no level for such a medium: a report will come of it, and its case stays open. Enough is: %s.\n"), words.data ? words.data : "-");
}

static int ask_all(struct cw_destruction *d, const struct cw_destroy_known *k, struct cw_error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < CW_ARRAY_LEN(questions); i++) {
		if (cw_destruction_has(d, questions[i].key) || !cw_destruction_wants(d, questions[i].key))
			continue;
		rc = ask_one(d, k->class_, i, err);
		if (!rc && !strcmp(questions[i].key, "method"))
			warn_of_method(d, k->enough);
	}
	return rc;
}

int cw_destroy_complete(struct cw_destruction *d, const struct cw_destroy_known *k, struct cw_error *err)
{
	int rc;

	if (!*d->operator_name)
		cw_strlcpy(d->operator_name, k->operator_name, sizeof d->operator_name);
	if (!*d->place)
		cw_strlcpy(d->place, k->place, sizeof d->place);
	if ((!k->ask || k->one) && !d->count)
		d->count = 1;
	rc = to_utc(d->started, "started", err);
	if (!rc)
		rc = to_utc(d->ended, "ended", err);
	return rc || !k->ask ? rc : ask_all(d, k, err);
}

/* ---- photographs ---- */

static bool is_photo(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || access(path, R_OK) < 0)
		fprintf(stderr, _("%s cannot be found or read.\n"), path);
	else if ((uint64_t)st.st_size > CW_ATTACHMENT_MAX_BYTES)
		fprintf(stderr, _("%s is larger than %u bytes.\n"), path, CW_ATTACHMENT_MAX_BYTES);
	else
		return true;
	return false;
}

int cw_destroy_ask_photos(struct cw_destruction_form *form, struct cw_error *err)
{
	char path[CW_TEXT_MAX] = "-";
	size_t n = 0;
	int rc = 0;

	while (n < CW_PHOTOS_MAX && *form->photos[n])
		n++;
	while (!rc && *path && n < CW_PHOTOS_MAX) {
		rc = ask_text(n ? _("Another photograph (Enter if there is no more):") : _("Photograph of it: path of the file (Enter if there is none):"), path, err);
		if (rc || !*path)
			break;
		if (is_photo(path))
			cw_strlcpy(form->photos[n++], path, sizeof form->photos[0]);
	}
	return rc;
}

/* ---- a medium that is not plugged in ---- */

static const struct { const char *question; size_t offset; } label_questions[] = {
	{ N_("Make (Enter if none is printed on it):"), offsetof(struct cw_label, vendor) },
	{ N_("Model (Enter if none is printed on it):"), offsetof(struct cw_label, model) },
	{ N_("Serial number from the label (Enter if there is none):"), offsetof(struct cw_label, serial) },
};

/* Enter gives up: there is nothing yet that could be lost. */
static int ask_class(struct cw_label *l, struct cw_error *err)
{
	char answer[CW_TEXT_MAX];

	while (l->class_ == CW_CLASS_UNKNOWN) {
		int rc = ask_text(_("What is it? (USB_STICK, SSD_ATA, NVME, HDD_ATA, SD_CARD, FLOPPY, CD_R, CD_RW, DVD_R, DVD_RW, BD_R, BD_RE, OPTICAL_PRESSED)"), answer, err);

		if (rc || !*answer)
			return nothing_recorded(err);
		as_word(answer, '_');
		l->class_ = cw_class_of_name(answer);
		if (l->class_ == CW_CLASS_VIRTUAL)
			l->class_ = CW_CLASS_UNKNOWN;
		if (l->class_ == CW_CLASS_UNKNOWN)
			fputs(_("That is none of these words; certwipe(8) has them all.\n"), stderr);
	}
	return 0;
}

int cw_destroy_ask_label(struct cw_label *l, struct cw_error *err)
{
	int rc = ask_class(l, err);

	for (size_t i = 0; !rc && i < CW_ARRAY_LEN(label_questions); i++)
		if (!*((char *)l + label_questions[i].offset))
			rc = ask_text(_(label_questions[i].question), (char *)l + label_questions[i].offset, err);
	return rc;
}

int cw_destroy_ask_tag(char tag[CW_TEXT_MAX], struct cw_error *err)
{
	return ask_text(_("Without a serial number of its own: property number, or a number that you write on it now (Enter if there is none):"), tag, err);
}

/* ---- the witness ---- */

/* A word that is no way to destroy anything is a slip of the keyboard; any other is an answer. */
static bool ask_witnessed_method(char method[CW_NODE_MAX])
{
	char answer[CW_TEXT_MAX];

	for (;;) {
		if (!cw_ask_line(_("Witness: how was it destroyed? (one word, such as shred)"), answer, sizeof answer))
			return false;
		as_word(answer, 0);
		if (cw_destruction_method_of_name(answer))
			return cw_strlcpy(method, answer, CW_NODE_MAX);
		fputs(_("One of: degauss, disintegrate, incinerate, melt, shred, pulverize, grind, crush, punch.\n"), stderr);
	}
}

static bool ask_witnessed_count(uint32_t *count)
{
	struct cw_destruction seen = { .count = 0 };
	char answer[CW_TEXT_MAX];

	while (!seen.count) {
		struct cw_error why = { 0 };

		if (!cw_ask_line(_("Witness: how many media did you see destroyed?"), answer, sizeof answer))
			return false;
		if (*answer && cw_destruction_set(&seen, "count", answer, &why))
			cw_tell_error(false, &why);
	}
	*count = seen.count <= CW_DESTROYED_MAX ? seen.count : 0;
	return true;
}

/* Asked for, not shown: what the witness says comes from what the witness saw. */
bool cw_destroy_ask_witness(struct cw_msg_witness *w)
{
	char answer[CW_TEXT_MAX];

	if (!cw_ask_line(_("Witness: your name (Enter to confirm later):"), answer, sizeof answer) || !*answer)
		return false;
	cw_text_printable(w->name, sizeof w->name, answer, strlen(answer));
	return ask_witnessed_method(w->method) && ask_witnessed_count(&w->count);
}
