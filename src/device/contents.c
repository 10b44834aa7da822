/* SPDX-License-Identifier: Apache-2.0 */
/*
 * contents: what is on a medium, by libblkid's low-level probing.  Runs in the prober only: every byte that is read here was written by a stranger,
 * and nothing but the descriptor may be used.
 */
#include "keys.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define SECTOR_BYTES 512u /* unit of libblkid's partition lists */
#define LOOKED_AT_BYTES (576u * 1024u)

static void set_text(char *dst, size_t size, const char *raw)
{
	if (raw)
		cw_text_printable(dst, size, raw, strlen(raw));
}

static void not_known(struct cw_contents *out, const char *why)
{
	out->known = 0;
	cw_strlcpy(out->why, why, sizeof(out->why));
}

/* ---- superblocks ---- */

static void read_value(blkid_probe pr, const char *name, char *dst, size_t size)
{
	const char *value = NULL;

	if (blkid_probe_lookup_value(pr, name, &value, NULL) == 0)
		set_text(dst, size, value);
}

/* What blkid_do_safeprobe() answers. */
enum found { FOUND_ONE = 0, FOUND_NOTHING = 1, FOUND_ERROR = -1, FOUND_SEVERAL = -2 };

/* Which file system, RAID or encryption lies in this range. */
static int probe_range(blkid_probe pr, int fd, struct cw_part *part)
{
	int found;

	if (blkid_probe_set_device(pr, fd, (blkid_loff_t)part->offset_bytes, (blkid_loff_t)part->size_bytes))
		return FOUND_ERROR;
	found = blkid_do_safeprobe(pr);
	if (found == FOUND_ONE) {
		read_value(pr, "TYPE", part->type, sizeof(part->type));
		read_value(pr, "USAGE", part->usage, sizeof(part->usage));
		read_value(pr, "LABEL", part->label, sizeof(part->label));
		read_value(pr, "UUID", part->uuid, sizeof(part->uuid));
	}
	if (found == FOUND_SEVERAL)
		cw_strlcpy(part->usage, "ambiguous", sizeof(part->usage));
	return found;
}

static blkid_probe new_superblock_probe(void)
{
	blkid_probe pr = blkid_new_probe();

	if (!pr)
		return NULL;
	blkid_probe_enable_superblocks(pr, 1);
	blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE | BLKID_SUBLKS_LABEL | BLKID_SUBLKS_UUID);
	blkid_probe_enable_partitions(pr, 0);
	return pr;
}

/* ---- partitions ---- */

static void describe_partition(blkid_partition entry, uint64_t size_bytes, struct cw_part *part)
{
	uint64_t start = (uint64_t)blkid_partition_get_start(entry), sectors = (uint64_t)blkid_partition_get_size(entry);
	uint64_t limit = size_bytes / SECTOR_BYTES;

	part->number = (uint32_t)blkid_partition_get_partno(entry);
	/* A table can claim anything; what lies beyond the end is not there. */
	part->offset_bytes = (start < limit ? start : limit) * SECTOR_BYTES;
	part->size_bytes = (sectors < limit - part->offset_bytes / SECTOR_BYTES ? sectors : limit - part->offset_bytes / SECTOR_BYTES) * SECTOR_BYTES;
	set_text(part->part_type, sizeof(part->part_type), blkid_partition_get_type_string(entry));
	if (!part->part_type[0])
		snprintf(part->part_type, sizeof(part->part_type), "0x%02x", (unsigned)blkid_partition_get_type(entry));
}

static void take_list(blkid_partlist list, uint64_t size_bytes, struct cw_contents *out)
{
	int n = blkid_partlist_numof_partitions(list);
	blkid_parttable table = n >= 0 ? blkid_partlist_get_table(list) : NULL;

	set_text(out->table, sizeof(out->table), table ? blkid_parttable_get_type(table) : NULL);
	for (int i = 0; i < n; i++) {
		blkid_partition entry = blkid_partlist_get_partition(list, i);

		if (out->n_parts == CW_PARTS_MAX) {
			cw_strlcpy(out->why, _("There are more partitions than are listed."), sizeof(out->why));
			return;
		}
		/* An extended partition only holds the logical ones, which are listed themselves. */
		if (entry && !blkid_partition_is_extended(entry))
			describe_partition(entry, size_bytes, &out->parts[out->n_parts++]);
	}
}

static int probe_table(int fd, uint64_t size_bytes, struct cw_contents *out)
{
	blkid_probe pr = blkid_new_probe();
	blkid_partlist list = NULL;
	const char *type = NULL;
	int found = FOUND_ERROR;

	if (pr && blkid_probe_set_device(pr, fd, 0, (blkid_loff_t)size_bytes) == 0) {
		blkid_probe_enable_superblocks(pr, 0);
		blkid_probe_enable_partitions(pr, 1);
		/* Two tables at once are told by the safe probe only; the list by the binary interface only. */
		found = blkid_do_safeprobe(pr);
		if (found == FOUND_ONE && blkid_probe_lookup_value(pr, "PTTYPE", &type, NULL) == 0) {
			set_text(out->table, sizeof(out->table), type);
			list = blkid_probe_get_partitions(pr);
		}
		if (list)
			take_list(list, size_bytes, out);
	}
	blkid_free_probe(pr);
	return found;
}

/* The boot sector of exFAT ends as a partition table does, and libblkid takes it for one: beside a file system, a table with nothing in it is none. */
static void drop_table_of_boot_sector(struct cw_contents *out)
{
	if (out->parts[0].type[0] && out->n_parts == 1 && !strcmp(out->table, "dos"))
		out->table[0] = '\0';
}

/* ---- all of it ---- */

static void probe_parts(blkid_probe pr, int fd, struct cw_contents *out)
{
	for (uint32_t i = 1; i < out->n_parts; i++)
		if (out->parts[i].size_bytes && probe_range(pr, fd, &out->parts[i]) == FOUND_ERROR)
			not_known(out, _("Part of the medium could not be read."));
}

/*
 * libblkid passes over blocks of optical drives that cannot be read, and over reads that end early, so that "nothing" may only mean that it saw nothing.
 * The descriptors of ISO 9660 and UDF and most superblocks lie in the first 576 KiB (UDF's anchor at block 256).
 */
static bool is_readable(int fd, uint64_t size_bytes)
{
	const uint64_t end = size_bytes < LOOKED_AT_BYTES ? size_bytes : LOOKED_AT_BYTES;
	uint8_t buf[16384];

	for (uint64_t at = 0; at < end;) {
		ssize_t n = pread(fd, buf, end - at < sizeof(buf) ? end - at : sizeof(buf), (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += (uint64_t)n;
	}
	return true;
}

void cw_contents_probe(int fd, uint64_t size_bytes, struct cw_contents *out)
{
	blkid_probe pr = new_superblock_probe();
	int superblock, table;

	memset(out, 0, sizeof(*out));
	out->known = 1;
	out->n_parts = 1;
	out->parts[0].size_bytes = size_bytes;
	if (!pr || size_bytes == 0 || size_bytes > INT64_MAX) {
		not_known(out, pr ? _("There is no medium to look at.") : _("There is not enough memory to look at it."));
		out->n_parts = 0;
		blkid_free_probe(pr);
		return;
	}
	superblock = probe_range(pr, fd, &out->parts[0]);
	table = probe_table(fd, size_bytes, out);
	drop_table_of_boot_sector(out);
	probe_parts(pr, fd, out);
	blkid_free_probe(pr);
	keys_find(fd, out);
	if (superblock == FOUND_SEVERAL || table == FOUND_SEVERAL)
		not_known(out, _("More than one file system or partition table is recognised; which one counts cannot be told."));
	else if (superblock == FOUND_ERROR || table == FOUND_ERROR)
		not_known(out, _("The medium could not be read."));
	if (out->parts[0].type[0] || out->parts[0].usage[0] || out->table[0] || !out->known)
		return;
	if (is_readable(fd, size_bytes))
		out->n_parts = 0;
	else
		not_known(out, _("The medium could not be read."));
}

void cw_contents_blank(const struct cw_medium *m, struct cw_contents *out)
{
	memset(out, 0, sizeof(*out));
	out->known = out->blank = 1;
	/* A minimal BLANK removes the table of contents only (MMC-6 6.2); firmware that does not care for it reads on. */
	if (!cw_class_is_write_once(m->class_))
		cw_strlcpy(out->why, _("The drive says that nothing is recorded. A disc that was blanked quickly says so too, and still holds its old data."), sizeof(out->why));
}

static json_t *part_json(const struct cw_contents *c, const struct cw_part *p, bool with_labels)
{
	json_t *j = json_pack("{s:I, s:I, s:I, s:s, s:s}", "number", (json_int_t)p->number, "offsetBytes", (json_int_t)p->offset_bytes, "sizeBytes",
			      (json_int_t)p->size_bytes, "type", p->type, "usage", p->usage);
	int bad = 0;

	if (!j)
		return NULL;
	if (p->label[0] && with_labels)
		bad |= json_object_set_new(j, "label", json_string(p->label));
	if (p->uuid[0])
		bad |= json_object_set_new(j, "uuid", json_string(p->uuid));
	if (p->part_type[0])
		bad |= json_object_set_new(j, "partType", json_string(p->part_type));
	if (p->number == 0 && c->table[0])
		bad |= json_object_set_new(j, "table", json_string(c->table));
	if (p->number == 0 && c->why[0])
		bad |= json_object_set_new(j, "why", json_string(c->why));
	if (!bad)
		return j;
	json_decref(j);
	return NULL;
}

json_t *cw_contents_json(const struct cw_contents *c, bool with_labels)
{
	CW_AUTO_JSON json_t *list = json_array();
	const struct cw_part whole = { 0 };

	/* What could not be told must not look like an empty medium. */
	if (c->n_parts == 0 && c->why[0] && json_array_append_new(list, part_json(c, &whole, with_labels)))
		return NULL;
	for (uint32_t i = 0; i < c->n_parts && i < CW_PARTS_MAX; i++)
		if (json_array_append_new(list, part_json(c, &c->parts[i], with_labels)))
			return NULL;
	return json_incref(list);
}

static unsigned count_partitions(const struct cw_contents *c)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < c->n_parts && i < CW_PARTS_MAX; i++)
		n += c->parts[i].number != 0;
	return n;
}

void cw_contents_phrase(const struct cw_contents *c, char *dst, size_t size)
{
	unsigned n = count_partitions(c);

	if (c->blank)
		cw_strlcpy(dst, _("blank"), size);
	else if (c->table[0])
		snprintf(dst, size, ngettext("%s, %u partition", "%s, %u partitions", n), c->table, n);
	else if (c->n_parts && c->parts[0].type[0])
		cw_strlcpy(dst, c->parts[0].type, size);
	else
		cw_strlcpy(dst, c->known ? _("empty or unknown") : _("could not be told"), size);
}
