/* SPDX-License-Identifier: Apache-2.0 */
/* The broker and media: finds them, says which may be touched, and holds the one that was confirmed. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "internal.h"

static int find_once(struct cw_broker *b, const char *named, struct cw_media *all, struct cw_medium *out, struct cw_error *err)
{
	uint32_t i = 0;

	cw_media_clear(all);
	int rc = cw_media_find(b->state.path, all, err);

	if (!rc)
		rc = cw_media_resolve(all, named, &i, err);
	if (!rc)
		*out = all->at[i];
	return rc;
}

/* The kernel looks at a floppy disk only when its drive is opened, and knows neither disk nor size before. */
static bool wake_floppy(const struct cw_medium *m)
{
	CW_AUTO_FD int fd = m->bus == CW_BUS_FLOPPY && !m->has_medium ? open(m->node, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;

	return fd >= 0;
}

#define SETTLE_TRIES 50 /* of 100 ms: what is compared later must be what is there to stay */

/* A medium that was plugged in this very moment is waited for.  Where no udev runs, nothing more will come. */
int cw_broker_find_among(struct cw_broker *b, const char *named, struct cw_media *all, struct cw_medium *out, struct cw_error *err)
{
	int rc = find_once(b, named, all, out, err);

	if (!rc && wake_floppy(out))
		rc = find_once(b, named, all, out, err);
	for (int tries = 0; !rc && out->fresh && tries < SETTLE_TRIES && !access("/run/udev/control", F_OK); tries++) {
		poll(NULL, 0, 100);
		rc = find_once(b, named, all, out, err);
	}
	return rc;
}

int cw_broker_find(struct cw_broker *b, const char *named, struct cw_medium *out, struct cw_error *err)
{
	struct cw_media media = { 0 };
	int rc = cw_broker_find_among(b, named, &media, out, err);

	cw_media_clear(&media);
	return rc;
}

const struct cw_medium *cw_twin_of(const struct cw_media *all, const struct cw_medium *m)
{
	struct cw_error differs;

	for (uint32_t i = 0; i < all->n; i++)
		if (all->at[i].has_medium && all->at[i].size_bytes == m->size_bytes && strcmp(all->at[i].node, m->node) != 0 &&
		    !cw_identity_compare(m, &all->at[i], false, &differs))
			return &all->at[i];
	return NULL;
}

int cw_broker_may_touch(const struct cw_medium *m, struct cw_error *err)
{
	if (m->is_system)
		return cw_fail(err, CW_E_SYSTEM_MEDIUM, 0, m->node, _("System media are never wiped. Name another medium; `certwipe list --all` shows them."),
			       _("%s is a system medium: %s."), m->node, m->system_why);
	if (m->n_uses)
		return cw_fail(err, CW_E_BUSY, 0, m->node, *m->uses[0].release ? m->uses[0].release : _("Let go of it first; `certwipe inspect` shows who uses it."),
			       _("%s is in use: %s."), m->node, m->uses[0].what);
	return 0;
}

static int open_failed(const struct cw_medium *m, struct cw_error *err)
{
	switch (errno) {
	case EBUSY:
		return cw_fail(err, CW_E_BUSY, EBUSY, m->node, _("Let go of it (a mount, a job, another program), then try again."),
			       _("%s is held by something else, so it cannot be had alone."), m->node);
	case EROFS:
		return cw_fail(err, CW_E_READ_ONLY, EROFS, m->node, _("Look for a write-protect switch; a medium that stays read-only must be destroyed physically."),
			       _("%s cannot be written: it is read-only."), m->node);
	case ENOMEDIUM:
		return cw_fail(err, CW_E_NO_MEDIUM, ENOMEDIUM, m->node, _("Insert the medium, then try again."), _("There is no medium in %s."), m->node);
	case EACCES:
	case EPERM:
		return cw_fail(err, CW_E_NO_PRIVILEGE, errno, m->node, _("Run it through sudo."), _("%s may not be opened by you."), m->node);
	default:
		return cw_fail(err, CW_E_NOT_FOUND, errno, m->node, _("Plug it in again and look at `certwipe list`."), _("%s could not be opened."), m->node);
	}
}

#define DISC_TRIES 200 /* of 50 ms: udev holds a drive alone while it looks at a disc that was just put in */
#define OPEN_TRIES 20 /* of 50 ms: the kernel takes the ring of an executor that was killed down in the background, and the medium is held until then */

/* A disc that the kernel cannot write it opens for writing only where nothing is asked of the disc; and what was opened so is not to be read so. */
static bool wait_again(int fd)
{
	return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK) == 0;
}

static int open_alone(const struct cw_medium *m)
{
	int flags = O_RDWR | O_EXCL | O_DIRECT | O_CLOEXEC | O_NOFOLLOW | (cw_class_is_in_sequence(m->class_) || !m->size_bytes ? O_NONBLOCK : 0), fd = -1;

	for (int tries = 0; fd < 0 && tries <= (cw_class_is_optical(m->class_) ? DISC_TRIES : OPEN_TRIES); tries++) {
		if (tries > 0)
			poll(NULL, 0, 50);
		fd = open(m->node, flags);
		if (fd < 0 && errno != EBUSY)
			break;
	}
	if (fd >= 0 && (flags & O_NONBLOCK) && !wait_again(fd)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

#define LOCK_TRIES 50 /* of 100 ms: udev takes a shared lock while it looks at a medium that was just plugged in or closed */

static bool lock_medium(int fd)
{
	for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; tries++) {
		if (errno != EWOULDBLOCK || tries == LOCK_TRIES)
			return false;
		poll(NULL, 0, 100);
	}
	return true;
}

int cw_broker_compare_held(const struct cw_medium *m, int fd, struct cw_error *err)
{
	struct cw_medium now;
	int rc = cw_medium_of_fd(fd, &now, err);

	if (rc == CW_E_LOST)
		return cw_fail(err, CW_E_IDENTITY, err->sys_errno, m->node, _("Plug it in again and start anew; what is plugged in instead was not confirmed."),
			       _("%s is not there any more, and nothing was written."), m->node);
	/* How much is recorded the kernel may learn only when it is opened. */
	if (!rc && cw_class_is_in_sequence(m->class_))
		now.size_bytes = m->size_bytes;
	return rc ? rc : cw_identity_compare(m, &now, true, err);
}

int cw_broker_hold(struct cw_medium *m, int *fd, struct cw_error *err)
{
	int held = open_alone(m);

	if (held < 0)
		return open_failed(m, err);
	if (!lock_medium(held)) {
		close(held);
		errno = EBUSY;
		return open_failed(m, err);
	}
	/* From here on the kernel does not look for another disc by itself. */
	m->disc_changed_ms = cw_disc_changed_ms(held);
	/* The name may have gone to another medium since it was found. */
	int rc = cw_broker_compare_held(m, held, err);

	if (rc)
		close(held);
	else
		*fd = held;
	return rc;
}

static void contents_unknown(struct cw_contents *out, const char *why)
{
	memset(out, 0, sizeof *out);
	cw_strlcpy(out->why, why, sizeof out->why);
}

void cw_broker_probe(const struct cw_medium *m, struct cw_contents *out)
{
	struct cw_error err = { 0 };

	if (!m->has_medium || !m->size_bytes) {
		if (m->disc == CW_DISC_BLANK)
			cw_contents_blank(m, out);
		else
			contents_unknown(out, m->has_medium ? _("nothing on it can be read") : _("no medium"));
		return;
	}
	if (cw_probe_contents(m->node, m->size_bytes, out, &err))
		contents_unknown(out, err.message);
}

void cw_broker_ask(struct cw_medium *m, struct cw_capabilities *out)
{
	if (geteuid() == 0)
		cw_probe_capabilities(m, out);
	else
		cw_capabilities_none(N_("Not asked: only root may ask a medium what it can do by itself."), out);
	cw_capabilities_apply(out, m);
	for (uint32_t i = 0; i < out->nvme.n_others; i++)
		(void)!cw_nvme_node_of(m, out->nvme.others[i].nsid, out->nvme.others[i].node);
}

#define REREAD_TRIES 10 /* of 100 ms */

void cw_broker_forget_partitions(const struct cw_medium *m)
{
	struct cw_error ignored = { 0 };
	CW_AUTO_FD int fd = open(m->node, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || cw_broker_compare_held(m, fd, &ignored))
		return;
	/* udev may have one of them open; it is the one that would do this otherwise, and nothing depends on who does it. */
	for (int tries = 0; ioctl(fd, BLKRRPART) && errno == EBUSY && tries < REREAD_TRIES; tries++)
		poll(NULL, 0, 100);
}

/* ---- list and inspect ---- */

static const char *state_word(const struct cw_medium *m, const struct cw_medium *twin)
{
	if (m->is_system)
		return "system";
	if (!m->has_medium)
		return "no-medium";
	if (m->n_uses)
		return "in-use";
	if (twin)
		return "ambiguous";
	/* Which disc it is cannot be told in a drive that only reads; so this one comes first. */
	if (m->class_ == CW_CLASS_OPTICAL_PRESSED && m->read_only)
		return "read-only";
	if (cw_class_is_write_once(m->class_))
		return "write-once";
	if (!m->size_bytes && m->disc != CW_DISC_BLANK)
		return "unreadable";
	if (m->zoned)
		return "zoned";
	return m->read_only && !cw_class_is_in_sequence(m->class_) ? "read-only" : "ready";
}

/* Why it is not offered; for one that is in use, see its uses. */
static void tell_why(const struct cw_medium *m, const struct cw_medium *twin, char why[CW_TEXT_MAX])
{
	*why = '\0';
	if (m->is_system)
		cw_strlcpy(why, m->system_why, CW_TEXT_MAX);
	else if (!m->n_uses && m->has_medium && twin)
		snprintf(why, CW_TEXT_MAX, _("it cannot be told from %s"), twin->node);
}

json_t *cw_uses_json(const struct cw_medium *m)
{
	json_t *uses = json_array();

	for (uint32_t i = 0; i < m->n_uses; i++)
		json_array_append_new(uses, json_pack("{s:s, s:s, s:b}", "what", m->uses[i].what, "release", m->uses[i].release, "system",
						      (int)m->uses[i].system));
	return uses;
}

static json_t *list_row(const struct cw_media *all, const struct cw_medium *m)
{
	const struct cw_medium *twin = cw_twin_of(all, m);
	struct cw_contents contents;
	char masked[CW_SERIAL_MAX], phrase[CW_TEXT_MAX], why[CW_TEXT_MAX];

	tell_why(m, twin, why);
	cw_broker_probe(m, &contents);
	cw_contents_phrase(&contents, phrase, sizeof phrase);
	if (!m->has_medium)
		phrase[0] = '\0';
	if (m->virtual_)
		cw_strlcpy(masked, m->full_serial, sizeof masked);
	else
		cw_serial_mask(masked, sizeof masked, m->full_serial);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:I, s:b, s:b, s:s, s:o, s:s, s:s, s:o}", "node", m->node, "class", cw_class_name(m->class_), "words",
			 cw_medium_words(m), "vendor", m->vendor.text, "model", m->model.text, "namespaces", (json_int_t)m->namespaces, "serialMasked", masked, "serialQuality",
			 cw_quality_name(m->serial.quality), "sizeBytes", (json_int_t)m->size_bytes, "removable", (int)(m->removable || m->hotplug), "virtual",
			 (int)m->virtual_, "contentsPhrase", phrase, "contents", cw_contents_json(&contents, true), "state", state_word(m, twin),
			 "why", *why || !m->n_uses ? why : m->uses[0].what, "uses", cw_uses_json(m));
}

/* What records staff deal with: what can be plugged or put in.  Fixed drives and virtual media only when asked for. */
static bool is_offered(const struct cw_medium *m)
{
	return !m->virtual_ && (m->removable || m->hotplug || cw_class_is_optical(m->class_) || m->class_ == CW_CLASS_SD_CARD || m->class_ == CW_CLASS_FLOPPY);
}

static json_t *doc_head(const char *schema)
{
	char now[CW_TIME_TEXT];

	cw_time_now(now);
	return json_pack("{s:s, s:{s:s, s:s}, s:s}", "schema", schema, "tool", "name", "certwipe", "version", CW_VERSION, "generated", now);
}

int cw_broker_list(struct cw_broker *b, bool all, json_t **doc, struct cw_error *err)
{
	struct cw_media media = { 0 };
	int rc = cw_media_find(b->state.path, &media, err);

	if (rc)
		return rc;
	json_t *rows = json_array();

	for (uint32_t i = 0; i < media.n; i++)
		if (all || is_offered(&media.at[i]))
			json_array_append_new(rows, list_row(&media, &media.at[i]));
	cw_media_clear(&media);
	*doc = doc_head("certwipe/list/1");
	json_object_set_new(*doc, "all", json_boolean(all));
	json_object_set_new(*doc, "media", rows);
	return 0;
}

/* A mount whose name is gone (umount --lazy), or one in a mount namespace that has no process, shows nowhere; the kernel refuses to let us have the medium alone. */
static void note_hidden_user(struct cw_medium *m)
{
	if (m->n_uses || m->is_system || !m->has_medium)
		return;
	CW_AUTO_FD int fd = open(m->node, O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0 || errno != EBUSY)
		return;
	m->n_uses = 1;
	m->uses[0] = (struct cw_use){ 0 };
	cw_strlcpy(m->uses[0].what, _("held by something that does not show itself, such as a file system that was unmounted lazily"), sizeof m->uses[0].what);
}

int cw_broker_inspect(struct cw_broker *b, const char *named, json_t **doc, struct cw_error *err)
{
	static struct cw_capabilities capabilities;
	struct cw_media all = { 0 };
	struct cw_medium m;
	struct cw_contents contents;
	char digest[CW_SHA256_HEX], why[CW_TEXT_MAX];
	int rc = cw_broker_find_among(b, named, &all, &m, err);
	const struct cw_medium *twin = rc ? NULL : cw_twin_of(&all, &m);

	if (!rc)
		rc = cw_identity_digest(&m, digest, err);
	if (!rc) {
		note_hidden_user(&m);
		tell_why(&m, twin, why);
	}
	const char *state = rc ? NULL : state_word(&m, twin);

	cw_media_clear(&all);
	if (rc)
		return rc;
	cw_broker_ask(&m, &capabilities);
	cw_broker_probe(&m, &contents);
	*doc = doc_head("certwipe/inspect/1");
	json_object_set_new(*doc, "medium", cw_medium_json(&m));
	json_object_set_new(*doc, "attachment", cw_attachment_json(&m));
	json_object_set_new(*doc, "identitySha256", json_string(digest));
	json_object_set_new(*doc, "weakIdentity", json_boolean(cw_identity_is_weak(&m)));
	json_object_set_new(*doc, "words", json_string(cw_medium_words(&m)));
	json_object_set_new(*doc, "capabilities", cw_capabilities_json(&capabilities, false));
	json_object_set_new(*doc, "contents", cw_contents_json(&contents, true));
	if (contents.keys.n_volumes)
		json_object_set_new(*doc, "keys", cw_keys_json(&contents.keys));
	json_object_set_new(*doc, "contentsKnown", json_boolean(contents.known));
	json_object_set_new(*doc, "contentsWhy", json_string(contents.why));
	json_object_set_new(*doc, "state", json_string(state));
	json_object_set_new(*doc, "why", json_string(why));
	json_object_set_new(*doc, "uses", cw_uses_json(&m));
	json_t *drive = cw_drive_json(&m);

	if (drive)
		json_object_set_new(*doc, "drive", drive);
	return 0;
}

int cw_broker_capture(struct cw_broker *b, const char *named, json_t **doc, struct cw_error *err)
{
	static struct cw_capabilities capabilities;
	struct cw_medium m, asked;
	struct cw_contents contents;
	int rc = cw_broker_find(b, named, &m, err);

	if (rc)
		return rc;
	asked = m;
	cw_broker_ask(&asked, &capabilities);
	cw_broker_probe(&m, &contents);
	return cw_capture_medium(&m, &contents, &capabilities, doc, err);
}
