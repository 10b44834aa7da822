/* SPDX-License-Identifier: Apache-2.0 */
#include "job_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static void must(int rc, const struct cw_error *err)
{
	if (rc < 0) {
		fprintf(stderr, "# fixture: %s (%s)\n", err->message, err->where);
		abort();
	}
}

static void set_id(struct cw_id *id, const char *text)
{
	cw_strlcpy(id->text, text, sizeof(id->text));
	memcpy(id->raw, text, strlen(text));
	id->raw_len = (uint32_t)strlen(text);
	id->source = CW_SOURCE_SYSFS;
}

static void fill_medium(struct cw_medium *m, uint64_t size_bytes)
{
	cw_strlcpy(m->node, "/dev/sdx", sizeof(m->node));
	cw_strlcpy(m->name, "sdx", sizeof(m->name));
	cw_strlcpy(m->port, "pci-0000:00:14.0-usb-0:1:1.0-scsi-0:0:0:0", sizeof(m->port));
	m->diskseq = 7;
	m->dev_major = 8;
	m->bus = CW_BUS_USB;
	m->class_ = CW_CLASS_USB_STICK;
	set_id(&m->vendor, "Acme");
	set_id(&m->model, "Stick");
	set_id(&m->serial, "AC0123456789XY");
	cw_strlcpy(m->full_serial, m->serial.text, sizeof(m->full_serial));
	m->size_bytes = size_bytes;
	m->logical_bytes = m->physical_bytes = 512;
	m->removable = m->has_medium = 1;
	m->hidden = CW_HIDDEN_NONE;
	cw_identity_grade(m);
}

static void make_plan(struct cw_plan *p, const struct cw_medium *m, const char *scheme, bool sample)
{
	struct cw_error err = { 0 };
	struct cw_policy policy = { .id = "test", .title = "Test", .standard = "none", .sha256 = ZEROS, .column = CW_COLUMN_R2_2883, .sample_allowed = 1, .groups = UINT32_MAX };
	struct cw_wish wish = { .sample = sample };
	cw_strlcpy(wish.scheme, scheme, sizeof(wish.scheme));
	must(cw_plan_make(m, NULL, &policy, &wish, p, &err), &err);
}

/* In memory where that can be had: a journal syncs each line. */
static void make_folder(char *folder, size_t size)
{
	static const char *const templates[] = { "/dev/shm/certwipe-test-XXXXXX", "/tmp/certwipe-test-XXXXXX" };
	for (size_t i = 0; i < CW_ARRAY_LEN(templates); i++) {
		cw_strlcpy(folder, templates[i], size);
		if (mkdtemp(folder) != NULL)
			return;
	}
	abort();
}

void fixture_init(struct fixture *f, uint64_t size_bytes, const char *scheme, bool sample)
{
	struct cw_error err = { 0 };
	memset(f, 0, sizeof(*f));
	fill_medium(&f->medium, size_bytes);
	make_plan(&f->plan, &f->medium, scheme, sample);
	must(cw_plan_digest(&f->plan, f->plan_sha256, &err), &err);
	make_folder(f->folder, sizeof(f->folder));
	f->dirfd = open(f->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->dirfd < 0)
		abort();
}

void fixture_clear(struct fixture *f)
{
	char path[128];
	fixture_path(f, path);
	unlink(path);
	close(f->dirfd);
	rmdir(f->folder);
}

json_t *fixture_person(void)
{
	return json_pack("{s:i, s:s}", "uid", 1000, "name", "clerk");
}

json_t *fixture_job_line(const struct fixture *f)
{
	return json_pack("{s:s, s:i, s:s, s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s}, s:o, s:o, s:o, s:[], s:{s:s, s:s}, s:o, s:s, s:{s:s}, s:o, s:{s:s, s:b}, s:b}", "jobId",
			 FIXTURE_JOB, "version", 1, "type", "wipe", "tool", "name", "certwipe", "version", "0", "buildSha256", ZEROS, "host", "machineId", "m",
			 "kernel", "k", "bootId", "00000000000000000000000000000000", "clock", cw_clock_json(), "medium", cw_medium_json(&f->medium), "attachment",
			 cw_attachment_json(&f->medium), "contents", "policy", "id", "test", "sha256", ZEROS, "plan", cw_plan_json(&f->plan), "planSha256",
			 f->plan_sha256, "case", "approvalNumber", "115-0001", "operator", fixture_person(), "state", "type", "ext4", "persistent", 1,
			 "preallocated", 1);
}

json_t *fixture_authorised_line(const struct fixture *f)
{
	return json_pack("{s:s, s:s, s:s, s:o}", "method", "serial", "planSha256", f->plan_sha256, "identitySha256", f->plan.identity_sha256, "by", fixture_person());
}

json_t *fixture_registered_line(void)
{
	return json_pack("{s:s, s:i, s:s, s:s}", "origin", "county/station", "size", 1, "root", ZEROS, "kind", "started");
}

struct cw_journal *fixture_journal(const struct fixture *f)
{
	struct cw_error err = { 0 };
	struct cw_journal *j = NULL;
	must(cw_journal_create(f->dirfd, FIXTURE_JOB, 65536, &j, &err), &err);
	must(cw_journal_append(j, "job", fixture_job_line(f), &err), &err);
	must(cw_journal_append(j, "authorised", fixture_authorised_line(f), &err), &err);
	must(cw_journal_append(j, "registered", fixture_registered_line(), &err), &err);
	return j;
}

void fixture_path(const struct fixture *f, char out[128])
{
	snprintf(out, 128, "%s/%s.jsonl", f->folder, FIXTURE_JOB);
}

void fixture_read(const struct fixture *f, struct cw_journal_text *out)
{
	struct cw_error err = { 0 };
	char path[128];
	fixture_path(f, path);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	must(cw_journal_read_fd(fd, out, &err), &err);
	close(fd);
}
