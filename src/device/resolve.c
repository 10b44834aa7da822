/* SPDX-License-Identifier: Apache-2.0 */
/* resolve: from what a person calls a medium to the one that is meant, or to the reason why none is. */
#include "resolve.h"

#include <string.h>

#include "classify.h"
#include "serial.h"
#include "trace.h"

static int not_found(const char *named, const char *hint, struct cw_error *err)
{
	char shown[CW_TEXT_MAX / 2];

	cw_text_printable(shown, sizeof(shown), named, strlen(named));
	return cw_fail(err, CW_E_NOT_FOUND, 0, shown, hint, _("There is no medium called %s."), shown);
}

/* ---- by node ---- */

#define UNKNOWN_CARRIER "?"

/* "/dev/sdb /dev/sdc": the media that carry a device. */
static void carriers(const struct cw_world *w, const struct cw_media *m, uint32_t major, uint32_t minor, struct cw_buf *out)
{
	const struct cw_mounts none = { 0 };
	struct cw_trace t;

	cw_trace_begin(&t, w, m, &none);
	cw_trace_dev(&t, major, minor);
	for (uint32_t i = 0; i < m->n; i++)
		if (t.hit[i])
			cw_buf_printf(out, "%s%s", out->len ? " " : "", m->at[i].node);
	if (out->failed || !out->len)
		cw_buf_str(out, UNKNOWN_CARRIER);
}

static int refuse_stacked(const char *named, const char *below, struct cw_error *err)
{
	char hint[CW_TEXT_MAX];

	if (!strcmp(below, UNKNOWN_CARRIER))
		return cw_fail(err, CW_E_NOT_A_MEDIUM, 0, named, _("Name a medium; `certwipe list --all` shows them."),
			       _("%s is made up by the kernel, and no medium is known to lie below it."), named);
	snprintf(hint, sizeof(hint), _("Release it, then name the medium below it: %.160s."), below);
	return cw_fail(err, CW_E_NOT_A_MEDIUM, 0, named, hint, _("%s is built on other media (%s); wiping it would leave parts of them untouched."), named, below);
}

/* A block device that is not among the media: why not? */
static int refuse_device(const struct cw_world *w, const struct cw_media *m, const char *named, const struct cw_place *place, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf below = { 0 };
	char dir[PATH_MAX], shown[CW_TEXT_MAX / 2], hint[CW_TEXT_MAX];
	struct cw_dev d = { .root = w->sys, .dir = dir };
	const char *media;

	cw_text_printable(shown, sizeof(shown), named, strlen(named));
	if (!cw_dev_dir(w, place->node_major, place->node_minor, dir))
		return not_found(named, _("The node is left over from a device that is not attached any more."), err);
	carriers(w, m, place->node_major, place->node_minor, &below);
	media = below.data ? below.data : UNKNOWN_CARRIER;
	snprintf(hint, sizeof(hint), _("Name the whole medium: %.160s."), media);
	switch (cw_kind_in(w, &d)) {
	case CW_KIND_PARTITION:
		return cw_fail(err, CW_E_PARTITION, 0, shown, hint, _("%s is a partition of %s; only whole media are wiped."), shown, media);
	case CW_KIND_AREA:
		return cw_fail(err, CW_E_NOT_A_MEDIUM, 0, shown, hint, _("%s is an area of %s; only whole media are wiped."), shown, media);
	case CW_KIND_STACKED:
		return refuse_stacked(shown, media, err);
	case CW_KIND_EMPTY:
		return not_found(named, _("Nothing is attached to this device node."), err);
	default:
		return not_found(named, _("It was attached only just now; try again."), err);
	}
}

static int resolve_node(const struct cw_world *w, const struct cw_media *m, const char *named, const struct cw_place *place, uint32_t *index,
			struct cw_error *err)
{
	for (uint32_t i = 0; i < m->n; i++)
		if (m->at[i].dev_major == place->node_major && m->at[i].dev_minor == place->node_minor) {
			*index = i;
			return 0;
		}
	return refuse_device(w, m, named, place, err);
}

/* The character device of an NVMe drive, where one of its namespaces is meant. */
static bool names_controller(const struct cw_media *m, const char *named, struct cw_buf *namespaces)
{
	size_t len = strlen(named);

	for (uint32_t i = 0; i < m->n; i++) {
		const char *node = m->at[i].node;

		if (m->at[i].bus == CW_BUS_NVME && !strncmp(node, named, len) && node[len] == 'n' && node[len - 1] >= '0' && node[len - 1] <= '9')
			cw_buf_printf(namespaces, "%s%s", namespaces->len ? " " : "", node);
	}
	return namespaces->len && !namespaces->failed;
}

static int refuse_controller(const char *named, const char *namespaces, struct cw_error *err)
{
	char hint[CW_TEXT_MAX];

	snprintf(hint, sizeof(hint), _("Name a namespace: %.100s. With --whole-drive a command may be used that erases all of them."), namespaces);
	return cw_fail(err, CW_E_NOT_A_MEDIUM, 0, named, hint, _("%s is the controller of a drive; what is wiped is a namespace."), named);
}

static int refuse_file(const struct cw_media *m, const char *named, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf namespaces = { 0 };
	char shown[CW_TEXT_MAX / 2], hint[CW_TEXT_MAX];

	cw_text_printable(shown, sizeof(shown), named, strlen(named));
	if (names_controller(m, named, &namespaces))
		return refuse_controller(shown, namespaces.data, err);
	snprintf(hint, sizeof(hint), "%s", _("Name a device node such as /dev/sdb. An image file has to be attached first: losetup --find --show FILE"));
	for (uint32_t i = 0; i < m->n; i++)
		if (m->at[i].virtual_ && !strcmp(m->at[i].full_serial, named))
			snprintf(hint, sizeof(hint), _("It is attached as %s: name that."), m->at[i].node);
	return cw_fail(err, CW_E_NOT_A_MEDIUM, 0, shown, hint, _("%s is no block device."), shown);
}

/* ---- by name below /dev/disk, by serial ---- */

static bool find_link(const struct cw_world *w, const char *named, struct cw_place *place)
{
	static const char *const folders[] = { "/dev/disk/by-id", "/dev/disk/by-path", "/dev/disk/by-diskseq" };
	char path[PATH_MAX];

	for (size_t i = 0; i < CW_ARRAY_LEN(folders); i++)
		if (cw_path_join(path, folders[i], named) && w->place_of(w->user, path, place) && place->is_block)
			return true;
	return false;
}

static bool ends_with(const char *whole, size_t whole_len, const char *end, size_t end_len)
{
	return end_len >= CW_SERIAL_SHORTEST && whole_len >= end_len && !strcmp(whole + whole_len - end_len, end);
}

static bool has_serial_suffix(const struct cw_medium *m, const char *named)
{
	char serial[CW_SERIAL_MAX], end[CW_SERIAL_MAX];
	const char *whole = cw_serial_of(m);
	size_t serial_len, end_len;

	if (m->virtual_)
		return ends_with(whole, strlen(whole), named, strlen(named));
	serial_len = cw_serial_fold(serial, sizeof(serial), whole);
	end_len = cw_serial_fold(end, sizeof(end), named);
	return ends_with(serial, serial_len, end, end_len);
}

static int refuse_ambiguous(const struct cw_media *m, const char *named, struct cw_error *err)
{
	CW_AUTO_BUF struct cw_buf nodes = { 0 };
	char shown[CW_TEXT_MAX / 2];

	cw_text_printable(shown, sizeof(shown), named, strlen(named));
	for (uint32_t i = 0; i < m->n; i++)
		if (has_serial_suffix(&m->at[i], named))
			cw_buf_printf(&nodes, "%s%s", nodes.len ? " " : "", m->at[i].node);
	return cw_fail(err, CW_E_AMBIGUOUS, 0, shown, _("Name one of them by its device node."), _("The serial numbers of several media end in %s: %.700s."), shown,
		       nodes.failed ? "?" : nodes.data);
}

static int resolve_serial(const struct cw_media *m, const char *named, uint32_t *index, struct cw_error *err)
{
	uint32_t found = 0, last = 0;

	for (uint32_t i = 0; i < m->n; i++)
		if (has_serial_suffix(&m->at[i], named)) {
			last = i;
			found++;
		}
	if (found > 1)
		return refuse_ambiguous(m, named, err);
	if (found == 1) {
		*index = last;
		return 0;
	}
	return not_found(named, _("Give a device node such as /dev/sdb, a name from /dev/disk/by-id, or at least the last four characters of a serial number."), err);
}

int cw_media_resolve_in(const struct cw_world *w, const struct cw_media *m, const char *named, uint32_t *index, struct cw_error *err)
{
	struct cw_place place;

	if (!strchr(named, '/')) {
		if (find_link(w, named, &place))
			return resolve_node(w, m, named, &place, index, err);
		return resolve_serial(m, named, index, err);
	}
	if (!w->place_of(w->user, named, &place))
		return not_found(named, _("Check the path, and that the medium is plugged in."), err);
	return place.is_block ? resolve_node(w, m, named, &place, index, err) : refuse_file(m, named, err);
}

int cw_media_resolve(const struct cw_media *m, const char *named, uint32_t *index, struct cw_error *err)
{
	return cw_media_resolve_in(&cw_running_world, m, named, index, err);
}
