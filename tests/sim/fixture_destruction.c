/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture_destruction.h"

#include <string.h>

#include "fixture_journal.h"

static json_t *person(int uid, const char *name)
{
	return json_pack("{s:i, s:s}", "uid", uid, "name", name);
}

json_t *fixture_shelf(uint32_t class_)
{
	struct cw_medium m = { .class_ = class_ };
	json_t *lines = json_array();
	cw_strlcpy(m.serial.text, "ZZ-1", sizeof(m.serial.text));
	m.serial.source = CW_SOURCE_LABEL;
	m.serial.quality = CW_QUALITY_WEAK;
	cw_strlcpy(m.full_serial, "ZZ-1", sizeof(m.full_serial));
	fixture_line(lines, "job", "{s:s, s:i, s:s, s:s, s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s}, s:{s:s, s:b, s:i}, s:o, s:{s:s, s:s}, s:{s:s, s:s, s:b}, s:{s:s}, s:o, s:{s:s, s:b}, s:b}", "jobId",
		     "20261123-185522-7f3a09c1", "version", 1, "type", "destroy", "subject", "label", "tool", "name", "certwipe", "version", "0", "buildSha256", FIXTURE_SHA, "host",
		     "machineId", "00112233445566778899aabbccddeeff", "kernel", "6.1", "bootId", "00112233445566778899aabbccddeeff", "clock", "source", "kernel", "synchronised", 1,
		     "maxErrorMs", 20, "medium", cw_medium_json(&m), "policy", "id", "test", "sha256", FIXTURE_SHA, "terms", "standard", "NIST SP 800-88 Rev. 2", "column", "r2_2883",
		     "acceptUnconfirmed", 0, "case", "approvalNumber", "115-0001", "operator", person(1000, "clerk"), "state", "type", "ext4", "persistent", 1, "preallocated", 1);
	fixture_line(lines, "registered", "{s:s, s:i, s:s, s:s}", "origin", "county/station", "size", 41, "root", FIXTURE_SHA, "kind", "started");
	return lines;
}

void fixture_recorded(json_t *lines, const char *method)
{
	fixture_line(lines, "destruction", "{s:{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:i}, s:i, s:[{s:s, s:s, s:i, s:s}], s:[{s:s, s:s}], s:o}", "record", "method", method, "started",
		     "2026-11-23T18:00:00Z", "ended", "2026-11-23T18:10:00Z", "machine", "HSM", "place", "苗栗", "operator", "王小明", "count", 1, "statutoryMethod", 4, "particleUm2", 1000000,
		     "particleLevel", 4, "attachments", "name", "photo-1.jpg", "kind", "photo", "sizeBytes", 5, "sha256", FIXTURE_PHOTO_SHA, "items", "label", "光碟 1", "serial", "", "by",
		     person(1000, "clerk"));
}

void fixture_confirmed(json_t *lines, const char *name, const char *method, int count)
{
	fixture_line(lines, "witnessed", "{s:s, s:s, s:i, s:b, s:o}", "name", name, "method", method, "count", count, "sameAccount", 1, "by", person(1000, "clerk"));
	fixture_line(lines, "end", "{s:s}", "status", "complete");
}

json_t *fixture_destroyed(uint32_t class_, const char *method)
{
	json_t *lines = fixture_shelf(class_);
	fixture_recorded(lines, method);
	fixture_confirmed(lines, "李四", method, 1);
	return lines;
}
