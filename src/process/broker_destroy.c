/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The broker and physical destruction.  A medium is put on the list of those that await it, read by the device or as its label says; then what was done is recorded;
 * then a second person confirms it, and the document is signed.  Of a job that wiped it, or failed to, the first step is done already.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

/* What was sent ahead of the record. */
static struct {
	struct { char name[CW_NODE_MAX]; int fd; } files[CW_PHOTOS_MAX];
	size_t n_files;
	bool open; /* the last of them is still being sent */
	struct cw_msg_item items[CW_ITEMS_MAX];
	size_t n_items;
	bool too_many;
} sent;

/* ---- to the list of what awaits it ---- */

static void typed(struct cw_id *id, const char *text)
{
	cw_strlcpy(id->text, text, sizeof id->text);
	id->source = CW_SOURCE_LABEL;
	id->quality = *text ? CW_QUALITY_WEAK : CW_QUALITY_NONE;
	cw_strlcpy(id->why, *text ? "typed from the label" : "not given", sizeof id->why);
}

static int describe(const struct cw_label *l, struct cw_medium *m, struct cw_error *err)
{
	memset(m, 0, sizeof *m);
	if (l->class_ == CW_CLASS_UNKNOWN || l->class_ == CW_CLASS_VIRTUAL)
		return cw_fail(err, CW_E_CASE, 0, "kind", _("Write it into the section [medium] of the file for --record."), _("The kind of the medium is not given."));
	m->class_ = l->class_;
	typed(&m->vendor, l->vendor);
	typed(&m->model, l->model);
	typed(&m->serial, l->serial);
	if (*l->enclosure_serial)
		typed(&m->bridge_serial, l->enclosure_serial);
	cw_strlcpy(m->full_serial, l->serial, sizeof m->full_serial);
	return 0;
}

/* The laboratory and real disposals never mix. */
static int refuse_other_world(const struct cw_medium *m, const struct cw_policy *p, struct cw_error *err)
{
	if (m->virtual_ && !p->accept_virtual)
		return cw_fail(err, CW_E_VIRTUAL, 0, m->node, _("For a test use `--policy lab`; its documents are stamped LABORATORY."),
			       _("%s is a virtual medium, and the policy \"%s\" is for physical media."), m->node, p->id);
	if (!m->virtual_ && p->accept_virtual)
		return cw_fail(err, CW_E_POLICY, 0, m->node, _("Choose another policy; `certwipe policy list` shows them all."),
			       _("The medium is a physical one, and the policy \"%s\" is for virtual media."), p->id);
	return 0;
}

/* A drive or a reader tells of itself what is none of the medium's.  A stick that does not show its memory any more still says which stick it is. */
static int refuse_empty(const struct cw_medium *m, struct cw_error *err)
{
	if (m->class_ != CW_CLASS_UNKNOWN && (m->has_medium || m->class_ == CW_CLASS_USB_STICK))
		return 0;
	return cw_fail(err, CW_E_NO_MEDIUM, 0, m->node, _("Insert it, or describe it by hand: certwipe destroy, without naming a medium."),
		       _("There is no medium in %s whose kind can be told."), m->node);
}

/* A medium in use may not be pulled out and shredded; one of the system never. */
static int read_medium(struct cw_broker *b, const char *named, struct cw_medium *m, bool *has_twin, struct cw_error *err)
{
	struct cw_media all = { 0 };
	int rc = cw_broker_find_among(b, named, &all, m, err);

	*has_twin = !rc && cw_twin_of(&all, m);
	cw_media_clear(&all);
	if (!rc)
		rc = cw_broker_may_touch(m, err);
	return rc ? rc : refuse_empty(m, err);
}

/* With figures as good as they can be. */
static struct cw_destruction at_its_best(uint32_t method)
{
	return (struct cw_destruction){ .method = method, .machine = "-", .particle_um2 = 1, .field_oersted = 2, .coercivity_oersted = 1, .field_verified = "-" };
}

/* Ways to destroy such a medium that reach a level by themselves, or that at least complete a wipe. */
static json_t *ways(const struct cw_destruction_terms *t, bool after_wipe)
{
	json_t *list = json_array();

	for (uint32_t method = CW_DESTROY_UNNAMED + 1; method < CW_DESTROY_COUNT; method++) {
		const struct cw_destruction d = at_its_best(method);
		struct cw_destruction_judgement j;
		struct cw_error refused = { 0 };

		cw_destruction_judge(t, &d, true, &j);
		if ((j.level != CW_LEVEL_NONE || (after_wipe && j.is_second_step)) && !cw_destruction_refuse(t->class_, &d, &refused))
			json_array_append_new(list, json_string(cw_destruction_method_name(method)));
	}
	return list;
}

/* about: where it stands, of a job that there was already; else "". */
struct awaiting { const char *job, *about, *operator_name, *place; const struct cw_medium *medium; const struct cw_destruction_terms *terms; bool by_device, wiped; };

static json_t *awaiting_doc(const struct awaiting *a)
{
	const struct cw_medium *m = a->medium;
	char masked[CW_SERIAL_MAX];

	if (m->virtual_ || !a->by_device)
		cw_strlcpy(masked, m->full_serial, sizeof masked);
	else
		cw_serial_mask(masked, sizeof masked, m->full_serial);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:s, s:s, s:s, s:o, s:o}", "schema", "certwipe/awaiting-destruction/1", "jobId", a->job, "words",
			 cw_class_words(m->class_), "class", cw_class_name(m->class_), "vendor", m->vendor.text, "model", m->model.text, "serialMasked", masked, "readByDevice",
			 (int)a->by_device, "laboratory", (int)m->virtual_, "wipedBefore", (int)a->wiped, "about", a->about, "operator", a->operator_name, "place", a->place, "reachALevel",
			 ways(a->terms, false), "completeAWipe", ways(a->terms, true));
}

static int put_on_shelf(struct cw_broker *b, struct cw_slot *s, bool by_device, struct cw_error *err)
{
	struct cw_journal *j = NULL;
	int rc = cw_broker_open_destruction(b, s, by_device, &j, err);

	if (!rc)
		rc = cw_broker_enter_register(b, s, j, true, err);
	cw_journal_free(j);
	return rc;
}

static int tell_awaiting(struct cw_broker *b, const char *job, json_t **doc, struct cw_error *err);

/* *doc: what there is already about it. */
static int look_for_job(struct cw_broker *b, const struct cw_msg_shelve *q, const struct cw_slot *s, bool sure, json_t **doc, struct cw_error *err)
{
	const struct cw_chain_wish w = { .medium = &s->medium, .identity_sha256 = *q->named ? s->plan.identity_sha256 : "", .policy = q->policy, .asset_tag = s->case_.asset_tag,
					 .has_case = b->has_case, .sure = sure };
	char job[CW_JOB_ID_MAX] = "";
	int rc = q->fresh ? 0 : cw_broker_chain(b, &w, job, doc, err);

	return rc || !*job ? rc : tell_awaiting(b, job, doc, err);
}

static int shelve_new(struct cw_broker *b, const struct cw_msg_shelve *q, struct cw_slot *s, json_t **doc, struct cw_error *err)
{
	bool by_device = *q->named != '\0';
	int rc = cw_policy_load(b->policy_folders, *q->policy ? q->policy : "default", &s->policy, err);
	const struct cw_destruction_terms terms = { .class_ = s->medium.class_, .column = s->policy.column, .accept_unconfirmed = s->policy.accept_unconfirmed,
						    .virtual_ = s->medium.virtual_ };

	if (!rc)
		rc = refuse_other_world(&s->medium, &s->policy, err);
	if (!rc)
		rc = cw_case_check(&s->case_, &s->policy, err);
	if (!rc)
		rc = put_on_shelf(b, s, by_device, err);
	if (!rc)
		*doc = awaiting_doc(&(const struct awaiting){ .job = s->job_id, .about = "", .operator_name = s->case_.operator_name, .place = s->case_.place, .medium = &s->medium,
							      .terms = &terms, .by_device = by_device });
	return rc;
}

static int shelve(struct cw_broker *b, const struct cw_msg_shelve *q, json_t **doc, struct cw_error *err)
{
	static struct cw_slot s;
	bool by_device = *q->named != '\0', has_twin = false;
	int rc;

	if (geteuid() != 0)
		return cw_fail(err, CW_E_NO_PRIVILEGE, 0, NULL, _("Run it through sudo."), _("Only root may record a destruction."));
	s = (struct cw_slot){ .case_ = b->case_, .medium_fd = -1, .journal_fd = -1 };
	rc = by_device ? read_medium(b, q->named, &s.medium, &has_twin, err) : describe(&q->label, &s.medium, err);
	if (!rc)
		rc = cw_identity_digest(&s.medium, s.plan.identity_sha256, err);
	if (!rc)
		rc = look_for_job(b, q, &s, by_device && !has_twin && !cw_identity_is_weak(&s.medium), doc, err);
	return rc || *doc ? rc : shelve_new(b, q, &s, doc, err);
}

/* ---- what belongs to the record ---- */

/* Made anew with each record: what was attached to an earlier one that nobody confirmed is no part of this. */
static int attached_folder(struct cw_broker *b, const char *job, bool make, struct cw_error *err)
{
	char path[CW_JOB_ID_MAX + sizeof CW_ATTACHED_SUFFIX], name[8];

	if (!cw_job_id_valid(job))
		return cw_fail(err, CW_E_NOT_FOUND, 0, job, _("See `certwipe jobs`."), _("%s is no job number."), job);
	snprintf(path, sizeof path, "%s" CW_ATTACHED_SUFFIX, job);
	int rc = make ? cw_dir_make(b->state.journals, path, 0700, err) : 0;
	int dir = rc ? rc : openat(b->state.journals, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (rc || dir < 0)
		return rc ? rc : cw_fail(err, CW_E_STATE, errno, job, NULL, _("The files that belong to the record cannot be kept."));
	for (size_t i = 0; i < CW_PHOTOS_MAX; i++) {
		snprintf(name, sizeof name, "%zu", i + 1);
		unlinkat(dir, name, 0);
	}
	return dir;
}

static void drop_attached(struct cw_broker *b, const char *job)
{
	char path[CW_JOB_ID_MAX + sizeof CW_ATTACHED_SUFFIX];
	struct cw_error none = { 0 };
	int dir = attached_folder(b, job, false, &none); /* empty now */

	if (dir >= 0)
		close(dir);
	snprintf(path, sizeof path, "%s" CW_ATTACHED_SUFFIX, job);
	unlinkat(b->state.journals, path, AT_REMOVEDIR);
}

static int begin_file(const struct cw_msg_attachment *q, struct cw_error *err)
{
	if (sent.n_files == CW_PHOTOS_MAX)
		return cw_fail(err, CW_E_TOO_LARGE, 0, q->name, NULL, _("At most %d files can belong to a record."), CW_PHOTOS_MAX);
	if (!cw_attachment_name_ok(q->name))
		return cw_fail(err, CW_E_PROTOCOL, 0, q->name, NULL, _("A file that belongs to the record has no name that it can be kept under."));
	int fd = memfd_create("attachment", MFD_CLOEXEC);

	if (fd < 0)
		return cw_fail(err, CW_E_PROCESS, errno, NULL, NULL, _("There is no room for a file that belongs to the record."));
	cw_strlcpy(sent.files[sent.n_files].name, q->name, sizeof sent.files[0].name);
	sent.files[sent.n_files++].fd = fd;
	return 0;
}

static int take_attachment(const struct cw_msg_attachment *q, struct cw_error *err)
{
	struct stat st;

	if (!sent.open) {
		int rc = begin_file(q, err);

		if (rc)
			return rc;
	}
	int fd = sent.files[sent.n_files - 1].fd;

	sent.open = !q->last;
	if (fstat(fd, &st) < 0 || (uint64_t)st.st_size + q->len > CW_ATTACHMENT_MAX_BYTES)
		return cw_fail(err, CW_E_TOO_LARGE, 0, q->name, _("Make it smaller."), _("A file that belongs to the record may have %u bytes."), CW_ATTACHMENT_MAX_BYTES);
	return cw_fd_write_all(fd, q->name, q->bytes, q->len, err);
}

/* Gets no answer, so nobody reads one: told with the record. */
int cw_broker_on_item(struct cw_broker *b, const void *body, struct cw_error *err)
{
	(void)b;
	(void)err;
	sent.too_many |= sent.n_items == CW_ITEMS_MAX;
	if (!sent.too_many)
		memcpy(&sent.items[sent.n_items++], body, sizeof sent.items[0]);
	return 0;
}

static int keep_file(int from, int dir, size_t i, json_t *list, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf bytes = { .max_bytes = CW_ATTACHMENT_MAX_BYTES + 1 };
	char name[24], sha256[CW_SHA256_HEX];
	int rc = lseek(from, 0, SEEK_SET) < 0 ? cw_fail(err, CW_E_STATE, errno, NULL, NULL, _("A file that belongs to the record cannot be read.")) :
						cw_fd_read(from, sent.files[i].name, CW_ATTACHMENT_MAX_BYTES, &bytes, err);

	snprintf(name, sizeof name, "%zu", i + 1);
	if (!rc)
		rc = cw_file_write(dir, name, bytes.len ? bytes.data : "", bytes.len, 0600, false, err);
	if (rc)
		return rc;
	cw_sha256_hex(bytes.len ? bytes.data : "", bytes.len, sha256);
	json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:s}", "name", sent.files[i].name, "kind", "photo", "sizeBytes", (json_int_t)bytes.len, "sha256", sha256));
	return 0;
}

static int keep_files(struct cw_broker *b, const char *job, json_t *list, struct cw_error *err)
{
	if (!sent.n_files)
		return 0;
	CW_AUTO_FD int dir = attached_folder(b, job, true, err);
	int rc = dir < 0 ? dir : 0;

	for (size_t i = 0; !rc && i < sent.n_files; i++)
		rc = keep_file(sent.files[i].fd, dir, i, list, err);
	return rc;
}

/* ---- the record ---- */

static int open_job(struct cw_broker *b, const char *job, int *fd, struct cw_msg_job_info *info, struct cw_error *err)
{
	if (geteuid() != 0)
		return cw_fail(err, CW_E_NO_PRIVILEGE, 0, NULL, _("Run it through sudo."), _("Only root may record a destruction."));
	*fd = cw_broker_job_fd(b, job, O_RDWR | O_APPEND, err);
	if (*fd < 0)
		return *fd;
	if (flock(*fd, LOCK_EX | LOCK_NB) < 0)
		return cw_fail(err, CW_E_BUSY, errno, job, _("See `certwipe jobs`; stop it first: certwipe stop JOB."), _("Job %s is running."), job);
	return cw_probe_journal(*fd, info, err);
}

/* A wipe must have its document before the destruction goes on with its journal. */
static int check_job(const struct cw_msg_job_info *info, const char *job, struct cw_error *err)
{
	const struct cw_job_status *s = &info->status;

	/* Its start is in no register, and its case may be what it was refused for. */
	if (s->state == CW_JOB_REFUSED)
		return cw_fail(err, CW_E_REFUSED, 0, job, _("Record it as a case of its own: certwipe destroy MEDIUM, or without naming a medium to describe it by hand."),
			       _("Job %s was refused and never began, so that nothing can be certified about it."), job);
	if (s->destruction && info->destruction.witnessed && !info->destruction.ended)
		return cw_fail(err, CW_E_EXISTS, 0, job, _("Sign it with `certwipe resume JOB`."), _("The destruction of job %s is confirmed already."), job);
	if (s->destruction || s->state == CW_JOB_ATTESTED)
		return 0;
	return cw_fail(err, CW_E_UNFINISHED, 0, job, _("Close it first, so that it has a report: certwipe resume JOB --close --reason TEXT."), _("Job %s has no document about its end yet: %s"), job,
		       s->words);
}

static int tell_awaiting(struct cw_broker *b, const char *job, json_t **doc, struct cw_error *err)
{
	static struct cw_msg_job_info info;
	CW_AUTO_FD int fd = -1;
	int rc = open_job(b, job, &fd, &info, err);

	if (!rc)
		rc = check_job(&info, job, err);
	if (!rc)
		rc = cw_broker_refuse_withdrawn(b, &info, job, err);
	if (!rc)
		*doc = awaiting_doc(&(const struct awaiting){ .job = job, .about = info.status.words, .operator_name = info.operator_name, .place = info.place, .medium = &info.medium,
							      .terms = &info.terms, .by_device = *info.status.node != '\0',
							      .wiped = info.wipe_succeeded });
	return rc;
}

/* What was plugged in and answered, or was written, cannot have been destroyed before.  A time that a person typed is one of a whole minute. */
static int check_order(const struct cw_destruction *d, const char *seen_at, struct cw_error *err)
{
	int64_t started = 0, seen = 0;

	if (!cw_time_parse(d->started, &started) || !cw_time_parse(seen_at, &seen) || started + 59 >= seen)
		return 0;
	return cw_fail(err, CW_E_SYNTAX, 0, "started", _("Correct the time, or describe the medium by hand."), _("The destruction began (%s) before the medium was last seen at work (%s)."),
		       d->started, seen_at);
}

static int check_record(struct cw_broker *b, struct cw_msg_job_info *info, struct cw_destruction *d, struct cw_error *err)
{
	static struct cw_policy p;
	int rc = cw_policy_load(b->policy_folders, info->plan.policy, &p, err);

	if (!rc)
		rc = cw_destruction_check(d, (int64_t)time(NULL), err);
	if (!rc)
		rc = cw_destruction_refuse(info->terms.class_, d, err);
	if (!rc && *info->status.node)
		rc = check_order(d, info->status.started_at, err);
	if (!rc && sent.too_many)
		rc = cw_fail(err, CW_E_TOO_LARGE, 0, NULL, _("Split it."), _("The list of a batch may have %u rows."), CW_ITEMS_MAX);
	if (!rc && sent.n_items && sent.n_items != d->count)
		rc = cw_fail(err, CW_E_SYNTAX, 0, "count", _("Count again; list and count must agree."), _("The list has %zu media, the record says %u."), sent.n_items, d->count);
	info->terms.particle_level = rc ? 0 : p.particle_level;
	return rc;
}

static int append_to(int fd, const char *job, const char *event, json_t *fields_take, const char *then_end, struct cw_error *err)
{
	struct cw_journal *j = NULL;
	bool dropped_tail;
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	int rc = own < 0 ? cw_fail(err, CW_E_STATE, errno, job, NULL, _("The journal could not be opened.")) : cw_journal_open_fd(own, job, &j, &dropped_tail, err);

	if (rc)
		json_decref(fields_take);
	else
		rc = cw_journal_append(j, event, fields_take, err);
	if (!rc && then_end)
		rc = cw_journal_append(j, "end", json_pack("{s:s}", "status", then_end), err);
	cw_journal_free(j);
	return rc;
}

static json_t *record_line(const struct cw_broker *b, const struct cw_destruction *d, uint32_t particle_level, json_t *files_take)
{
	json_t *items = json_array();

	for (size_t i = 0; i < sent.n_items; i++)
		json_array_append_new(items, json_pack("{s:s, s:s}", "label", sent.items[i].label, "serial", sent.items[i].serial));
	return json_pack("{s:o, s:i, s:o, s:o, s:o}", "record", cw_destruction_json(d), "particleLevel", (int)particle_level, "attachments", files_take, "items", items, "by",
			 cw_caller_json(&b->caller));
}

static json_t *recorded_doc(const char *job, const struct cw_msg_job_info *info, const struct cw_destruction *d, size_t files)
{
	static struct cw_destruction_judgement judged;

	cw_destruction_judge(&info->terms, d, true, &judged);
	return json_pack("{s:s, s:s, s:s, s:i, s:s, s:s, s:b, s:s, s:I}", "schema", "certwipe/destruction-recorded/1", "jobId", job, "method", cw_destruction_method_name(d->method), "count",
			 (int)d->count, "operator", d->operator_name, "level", cw_level_name(judged.level), "completesWipe",
			 info->wipe_succeeded && judged.is_second_step, "reason", judged.reason ? judged.reason : "", "files", (json_int_t)files);
}

static int record(struct cw_broker *b, const struct cw_msg_destroyed *q, json_t **doc, struct cw_error *err)
{
	static struct cw_msg_job_info info;
	struct cw_destruction d = q->record;
	CW_AUTO_FD int fd = -1;
	json_t *files = json_array();
	int rc = open_job(b, q->job, &fd, &info, err);

	if (!rc)
		rc = check_job(&info, q->job, err);
	if (!rc)
		rc = cw_broker_refuse_withdrawn(b, &info, q->job, err);
	if (!rc)
		rc = check_record(b, &info, &d, err);
	if (!rc)
		rc = keep_files(b, q->job, files, err);
	if (rc) {
		json_decref(files);
		return rc;
	}
	rc = append_to(fd, q->job, "destruction", record_line(b, &d, info.terms.particle_level, files), NULL, err);
	if (!rc)
		*doc = recorded_doc(q->job, &info, &d, sent.n_files);
	return rc;
}

/* ---- the second person ---- */

static int check_witness(const struct cw_msg_job_info *info, const struct cw_msg_witness *q, struct cw_error *err)
{
	const struct cw_destruction *d = &info->destruction.record;
	char hint[CW_TEXT_MAX];

	if (!info->status.destruction || !info->destruction.recorded || info->destruction.ended)
		return cw_fail(err, CW_E_NOT_FOUND, 0, q->job, _("Record it first: certwipe destroy --job JOB."), _("Job %s has no destruction that waits for a witness."), q->job);
	if (!*q->name)
		return cw_fail(err, CW_E_UNAUTHORISED, 0, q->job, NULL, _("The witness has no name."));
	snprintf(hint, sizeof hint, _("Let a person confirm it who watched and is not the operator: certwipe destroy --confirm %s"), q->job);
	if (cw_is_same_name(q->name, d->operator_name))
		return cw_fail(err, CW_E_UNAUTHORISED, 0, q->job, hint,
			       _("The witness must be another person than the operator, %s."), d->operator_name);
	snprintf(hint, sizeof hint, _("Find out what is right. A wrong record is replaced by a new one: certwipe destroy --job %s"), q->job);
	if (strcmp(q->method, cw_destruction_method_name(d->method)) != 0 || q->count != d->count)
		return cw_fail(err, CW_E_UNAUTHORISED, 0, q->job, hint,
			       _("The witness saw something else than was recorded; nothing was signed."));
	return 0;
}

static int append_witnessed(struct cw_broker *b, int fd, const struct cw_msg_job_info *info, const struct cw_msg_witness *q, struct cw_error *err)
{
	bool same_account = info->destruction.recorded_by_uid == b->caller.uid;

	return append_to(fd, q->job, "witnessed", json_pack("{s:s, s:s, s:i, s:b, s:o}", "name", q->name, "method", q->method, "count", (int)q->count, "sameAccount", (int)same_account, "by",
							    cw_caller_json(&b->caller)), "complete", err);
}

static int confirm(struct cw_broker *b, const struct cw_msg_witness *q, struct cw_msg_result *result, struct cw_error *err)
{
	static struct cw_msg_job_info info;
	static struct cw_slot s;
	CW_AUTO_FD int fd = -1;
	int rc = open_job(b, q->job, &fd, &info, err);

	if (!rc)
		rc = check_witness(&info, q, err);
	if (!rc)
		rc = cw_broker_refuse_withdrawn(b, &info, q->job, err);
	if (!rc)
		rc = append_witnessed(b, fd, &info, q, err);
	if (rc)
		return rc;
	s = (struct cw_slot){ .journal_fd = fd };
	cw_strlcpy(s.job_id, q->job, sizeof s.job_id);
	rc = cw_signer_attest(&b->state, &s, &b->caller, NULL, result, err);
	if (!rc)
		drop_attached(b, q->job);
	return rc;
}

/* ---- requests ---- */

int cw_broker_on_shelve(struct cw_broker *b, const void *body, struct cw_error *err)
{
	json_t *doc = NULL;
	int rc = cw_broker_need_state(b, err);

	if (!rc)
		rc = shelve(b, body, &doc, err);
	return rc ? rc : cw_msg_send_doc(b->front, doc, err);
}

int cw_broker_on_awaiting(struct cw_broker *b, const void *body, struct cw_error *err)
{
	json_t *doc = NULL;
	int rc = tell_awaiting(b, ((const struct cw_msg_job *)body)->job, &doc, err);

	return rc ? rc : cw_msg_send_doc(b->front, doc, err);
}

int cw_broker_on_attachment(struct cw_broker *b, const void *body, struct cw_error *err)
{
	const struct cw_msg_attachment *q = body;
	int rc = take_attachment(q, err);

	return rc || !q->last ? rc : cw_msg_send(b->front, CW_MSG_OK, &(struct cw_msg_empty){ 0 }, true, err);
}

int cw_broker_on_destroyed(struct cw_broker *b, const void *body, struct cw_error *err)
{
	json_t *doc = NULL;
	int rc = record(b, body, &doc, err);

	return rc ? rc : cw_msg_send_doc(b->front, doc, err);
}

int cw_broker_on_witness(struct cw_broker *b, const void *body, struct cw_error *err)
{
	static struct cw_msg_result result;

	memset(&result, 0, sizeof result);
	int rc = confirm(b, body, &result, err);

	return rc ? rc : cw_broker_send_result(b, &result);
}
