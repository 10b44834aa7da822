/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/native_job.h"

#include <stdlib.h>
#include <string.h>

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "# native job: %s\n", what);
	abort();
}

/* ---- hooks ---- */

static bool stop(void *user)
{
	const struct native_job *n = user;

	return n->stop_at_wait && n->waits >= n->stop_at_wait;
}

static void wait(void *user, uint32_t ms)
{
	struct native_job *n = user;

	(void)ms;
	n->waits++;
	if (n->on_wait)
		n->on_wait(n);
}

static void progress(void *user, const struct cw_job_progress *p)
{
	struct native_job *n = user;

	n->backwards += p->total_done_bytes < n->last.total_done_bytes || p->total_done_bytes > p->total_bytes || p->completed_bytes > p->size_bytes;
	n->last = *p;
}

static int identify(void *user, struct cw_medium *now, struct cw_error *err)
{
	struct native_job *n = user;

	struct cw_medium expected = n->f.medium;

	*now = n->now;
	expected.size_bytes = n->expected_bytes;
	return cw_identity_compare(&expected, now, false, err);
}

/* The kernel has noticed. */
static void opened(void *user, uint64_t whole_bytes)
{
	struct native_job *n = user;

	n->now.size_bytes = n->expected_bytes = whole_bytes;
}

static struct native_job *the_job;

static int kernel_size(struct cw_transport *t, uint64_t *bytes)
{
	(void)t;
	*bytes = the_job->kernel_is_slow ? the_job->f.medium.size_bytes : the_job->drive->ata->sectors * 512;
	return 0;
}

/* ---- before ---- */

static bool is_scsi(const struct native_wish *w)
{
	return w->technique && !strncmp(w->technique, "scsi_", 5);
}

static bool is_nvme(const struct native_wish *w)
{
	return w->nvme || (w->technique && !strncmp(w->technique, "nvme_", 5));
}

static uint32_t class_of(const struct native_wish *w)
{
	if (is_nvme(w))
		return CW_CLASS_NVME;
	if (is_scsi(w))
		return w->disk ? CW_CLASS_HDD_SCSI : CW_CLASS_SSD_SAS;
	if (w->usb)
		return w->disk ? CW_CLASS_USB_BRIDGE_HDD : CW_CLASS_USB_BRIDGE_SSD;
	return w->disk ? CW_CLASS_HDD_ATA : CW_CLASS_SSD_ATA;
}

static void make_medium(struct native_job *n, const struct native_wish *w)
{
	struct cw_medium *m = &n->f.medium;

	m->bus = is_nvme(w) ? CW_BUS_NVME : is_scsi(w) ? CW_BUS_SCSI : w->usb ? CW_BUS_USB : CW_BUS_ATA;
	m->class_ = class_of(w);
	m->nsid = is_nvme(w);
	m->removable = 0;
	m->rotational = w->disk;
	if (w->weak) {
		memset(&m->serial, 0, sizeof(m->serial));
		m->full_serial[0] = '\0';
		cw_identity_grade(m);
	}
	if (w->shown_bytes) {
		m->size_bytes = w->shown_bytes;
		n->drive->ata->sectors = w->shown_bytes / 512;
		n->drive->ata->hpa = !w->ama && !w->dco;
		n->drive->ata->ama = w->ama;
		n->drive->ata->dco_sectors = w->dco ? n->drive->ata->native_sectors : 0;
		n->drive->ata->native_sectors = w->dco ? n->drive->ata->sectors : n->drive->ata->native_sectors;
	}
	n->now = *m;
	n->expected_bytes = m->size_bytes;
}

/* The kernel's idea of the size is the drive's, and a plan that was made for a drive that hides something names both. */
static void watch_size(struct native_job *n)
{
	struct cw_medium whole;
	struct cw_error err = { 0 };

	the_job = n;
	n->ops = *n->fault->t.ops;
	n->ops.size = kernel_size;
	n->fault->t.ops = &n->ops;
	cw_plan_opened(&n->f.plan, &n->f.medium, &whole);
	must(!cw_identity_digest(&whole, n->opened_sha256, &err), err.message);
}

static void make_plan(struct native_job *n, const struct native_wish *w)
{
	struct cw_wish wish = { .sample = w->sample, .attested = cw_is_attested(&n->attestation), .allow_unconfirmed = w->allow_unconfirmed, .whole_drive = w->whole_drive };
	struct cw_error err = { 0 };

	n->policy = (struct cw_policy){ .id = "test", .title = "Test", .standard = "none", .sha256 = ZEROS, .scheme_magnetic = "keystream", .scheme_flash = "keystream", .column = w->r1 ? CW_COLUMN_R1 : CW_COLUMN_R2_2883, .sample_allowed = 1,
					.accept_unconfirmed = w->unconfirmed, .groups = UINT32_MAX, .then_overwrite = w->overwrite, .key_first = w->first };
	cw_strlcpy(wish.technique, w->technique ? w->technique : "ata_sanitize_block", sizeof(wish.technique));
	must(!cw_plan_make(&n->f.medium, &n->capabilities, &n->policy, &wish, &n->f.plan, &err), err.message);
	must(!cw_plan_digest(&n->f.plan, n->f.plan_sha256, &err), err.message);
}

static void make_tcg(struct native_job *n, struct sim_operation *op)
{
	n->tcg = sim_tcg_new(op);
	n->use = (struct cw_native_use){ .bus = n->nvme ? CW_BUS_NVME : CW_BUS_ATA, .secret_len = CW_PSID_CHARS };
	memcpy(n->use.secret, n->tcg->psid, CW_PSID_CHARS);
}

static struct cw_transport *make_nvme(struct native_job *n, const struct native_wish *w)
{
	n->nvme = sim_nvme_new(&n->medium->t, n->medium);
	n->nvme->n_namespaces = n->nvme->n_allocated = w->namespaces ? w->namespaces : 1;
	n->nvme->unallocated_bytes = w->unallocated_bytes;
	n->nvme->format_all = w->fna & 1;
	n->nvme->erase_all = w->fna >> 1 & 1;
	if (w->tcg) {
		make_tcg(n, &n->nvme->op);
		n->nvme->tcg = n->tcg;
	}
	return &n->nvme->t;
}

static struct cw_transport *make_scsi(struct native_job *n, const struct native_wish *w)
{
	n->drive = sim_scsi_new(&n->medium->t, n->medium, is_scsi(w) ? NULL : sim_ata_new(n->medium));
	n->drive->rotation = w->disk ? 7200 : 1;
	n->drive->wabereq = w->wabereq;
	n->drive->wacereq = w->wacereq;
	n->drive->reads_fail_after = w->wabereq > 1 || w->wacereq > 1;
	if (n->drive->ata)
		n->drive->ata->rotation = n->drive->rotation;
	if (w->tcg) {
		make_tcg(n, &n->drive->op);
		n->drive->tcg = n->drive->ata->tcg = n->tcg;
	}
	return &n->drive->t;
}

void native_job_begin(struct native_job *n, uint64_t size_bytes, const struct native_wish *wish)
{
	static const struct native_wish usual;
	const struct native_wish *w = wish ? wish : &usual;
	struct cw_transport *drive;

	memset(n, 0, sizeof(*n));
	fixture_init(&n->f, size_bytes, "keystream", false);
	n->medium = sim_new(size_bytes, 512, 512);
	drive = is_nvme(w) ? make_nvme(n, w) : make_scsi(n, w);
	n->fault = fault_new(drive);
	make_medium(n, w);
	if (w->attested)
		n->attestation = (struct cw_attestation){ .by = "Chen Mei-ling", .encrypted_from_first_use = 1, .no_key_copies = 1 };
	cw_capabilities_ask(drive, &n->f.medium, &n->capabilities);
	cw_capabilities_apply(&n->capabilities, &n->f.medium);
	n->now = n->f.medium;
	make_plan(n, w);
	if (w->shown_bytes)
		watch_size(n);
	if (n->drive && n->drive->ata)
		n->drive->ata->calls = 0;
}

static void append(struct cw_journal *j, const char *event, json_t *fields_take)
{
	struct cw_error err = { 0 };

	must(!cw_journal_append(j, event, fields_take, &err), err.message);
}

void native_job_authorise(struct native_job *n)
{
	struct cw_error err = { 0 };
	struct cw_journal *j = NULL;
	json_t *job = fixture_job_line(&n->f);

	json_object_set_new(job, "capabilities", cw_capabilities_json(&n->capabilities, true));
	must(!cw_journal_create(n->f.dirfd, FIXTURE_JOB, 65536, &j, &err), err.message);
	append(j, "job", job);
	if (cw_is_attested(&n->attestation))
		append(j, "attestation", json_pack("{s:s, s:b, s:b, s:o}", "name", n->attestation.by, "encryptedFromFirstUse", 1, "noKeyCopies", 1, "by", fixture_person()));
	append(j, "authorised", fixture_authorised_line(&n->f));
	append(j, "registered", fixture_registered_line());
	cw_journal_free(j);
}

/* ---- the job ---- */

int native_job_run(struct native_job *n, bool resumed, char status[16], struct cw_error *err)
{
	struct cw_native_use use = n->use;
	const struct cw_job_hooks hooks = { .user = n, .native_use = &use, .stop = stop, .wait = wait, .progress = progress, .identify = identify, .opened = opened,
					    .checkpoint_interval_ms = 50, .retry_pause_ms = 1, .stop_rules = n->policy.stop };
	CW_AUTO_JSON json_t *by = resumed ? fixture_person() : NULL;
	struct cw_journal_text t;
	struct cw_journal *j = NULL;
	bool dropped = false;
	int rc;

	/* Who goes on with it has seen how large it is now. */
	if (n->ops.size && !n->kernel_is_slow)
		n->now.size_bytes = n->expected_bytes = n->drive->ata->sectors * 512;
	must(!cw_journal_open(n->f.dirfd, FIXTURE_JOB, &j, &dropped, err), err->message);
	native_job_read(n, &t);
	n->last.total_done_bytes = 0;
	status[0] = '\0';
	rc = cw_job_run(j, &t, &n->fault->t, &hooks, by, dropped, status, err);
	cw_journal_text_clear(&t);
	cw_journal_free(j);
	return rc;
}

void native_job_read(const struct native_job *n, struct cw_journal_text *out)
{
	fixture_read(&n->f, out);
}

void native_job_judge(const struct native_job *n, struct cw_verdict *out)
{
	struct cw_journal_text t;

	native_job_read(n, &t);
	cw_verdict_of(&t, out);
	cw_journal_text_clear(&t);
}

json_t *native_job_lines(const struct native_job *n)
{
	static const char *const common[] = { "seq", "at", "bootMs", "prev" };
	struct cw_journal_text t;
	json_t *lines, *line;
	size_t i;

	native_job_read(n, &t);
	lines = json_deep_copy(t.lines);
	json_array_foreach(lines, i, line)
		for (size_t k = 0; k < CW_ARRAY_LEN(common); k++)
			json_object_del(line, common[k]);
	cw_journal_text_clear(&t);
	return lines;
}

void native_job_end(struct native_job *n)
{
	cw_transport_free(&n->fault->t);
	fixture_clear(&n->f);
}

/* ---- the truth ---- */

static bool is_old(const struct sim *s, uint64_t at)
{
	for (uint64_t i = 0; i < 512; i++)
		if (s->bytes[at + i] != sim_old_byte(at + i))
			return false;
	return true;
}

bool native_job_left(const struct native_job *n)
{
	struct cw_journal_text t;
	struct cw_job_secrets secrets;
	struct cw_stream markers;
	struct cw_stream_ctx *ctx = NULL;
	struct cw_error err = { 0 };
	bool present = false, left = false;
	uint8_t marker[512];

	native_job_read(n, &t);
	must(!cw_job_secrets_of(&t, &secrets, &present, &err), err.message);
	if (!cw_job_stream(&n->f.plan, 0, &secrets, &markers, &err))
		must(!cw_stream_new(&markers, &ctx, &err), err.message);
	for (uint64_t at = 0; at < n->medium->size_bytes && !left; at += 512) {
		must(!ctx || !cw_stream_fill(ctx, at, marker, sizeof(marker), &err), err.message);
		left = is_old(n->medium, at) || (ctx && !memcmp(n->medium->bytes + at, marker, sizeof(marker)));
	}
	cw_stream_free(ctx);
	cw_journal_text_clear(&t);
	return left;
}
