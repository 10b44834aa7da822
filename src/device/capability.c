/* SPDX-License-Identifier: Apache-2.0 */
/* What a medium can do by itself: who is asked, and how what it answers is kept. */
#include <errno.h>
#include <string.h>

#include "ask.h"

#define ATTENTIONS_MAX 3 /* unit attentions that may stand before an answer */

const char *cw_known_name(uint32_t known)
{
	static const char *const names[] = { [CW_KNOWN_NOT] = "unknown", [CW_KNOWN_NO] = "no", [CW_KNOWN_YES] = "yes" };

	return known < CW_ARRAY_LEN(names) ? names[known] : names[CW_KNOWN_NOT];
}

const char *cw_sanitizing_name(uint32_t sanitizing)
{
	static const char *const names[] = { [CW_SANITIZING_UNKNOWN] = "unknown", [CW_SANITIZING_NEVER] = "never", [CW_SANITIZING_RUNNING] = "running",
					     [CW_SANITIZING_DONE] = "done", [CW_SANITIZING_FAILED] = "failed", [CW_SANITIZING_VERIFYING] = "verifying" };

	return sanitizing < CW_ARRAY_LEN(names) ? names[sanitizing] : names[CW_SANITIZING_UNKNOWN];
}

static const struct {
	const char *slug, *words;
} features[CW_FEATURE_COUNT] = {
	[CW_FEATURE_NONE] = { "none", "" },
#define X(name, slug_, words_) [CW_FEATURE_##name] = { slug_, words_ },
	CW_FEATURES(X)
#undef X
};

const char *cw_feature_slug(uint32_t feature)
{
	return features[feature < CW_FEATURE_COUNT ? feature : CW_FEATURE_NONE].slug;
}

const char *cw_feature_words(uint32_t feature)
{
	return feature > CW_FEATURE_NONE && feature < CW_FEATURE_COUNT ? _(features[feature].words) : "";
}

/* ---- keeping ---- */

static void keep(struct cw_raws *raws, const struct cw_heard *h)
{
	bool has_data = h->data && h->data_len && h->data_len <= CW_RAW_POOL - raws->used;
	struct cw_raw *r;

	if (raws->n == CW_RAWS_MAX)
		return;
	r = &raws->at[raws->n++];
	*r = (struct cw_raw){ .set = h->set, .dir = h->dir, .duration_ms = h->duration_ms, .sys_errno = h->sys_errno, .request_len = h->request_len,
			      .answer_len = h->answer_len };
	memcpy(r->request, h->request, h->request_len);
	memcpy(r->answer, h->answer, h->answer_len);
	if (!has_data)
		return;
	r->data_at = raws->used;
	r->data_len = h->data_len;
	memcpy(raws->pool + r->data_at, h->data, h->data_len);
	raws->used += h->data_len;
}

/* A time-out or a reset shows in the kernel's own status: whoever made a medium hang once must not do it again. */
static bool ends_asking(const struct cw_heard *h)
{
	struct cw_scsi c;

	if (h->sys_errno)
		return h->sys_errno != ENOTTY && h->sys_errno != EPERM && h->sys_errno != EACCES && h->sys_errno != EINVAL && h->sys_errno != EOPNOTSUPP;
	return cw_scsi_of(h, &c) && c.host_status;
}

static void on_heard(void *user, const struct cw_heard *h)
{
	struct ask *a = user;

	keep(&a->out->raws, h);
	if (ends_asking(h))
		a->over = true;
}

/* ---- asking ---- */

bool ask_scsi(struct ask *a, struct cw_scsi *c)
{
	struct cw_sense sense;

	for (int tries = 0; tries < ATTENTIONS_MAX; tries++) {
		if (a->over || cw_scsi_send(a->t, c) || cw_scsi_end(c, &sense) != CW_SCSI_ANSWERED)
			return false;
		if (cw_sense_action(&sense) != CW_SENSE_ATTENTION)
			return cw_sense_action(&sense) == CW_SENSE_GOOD && !c->status;
	}
	return false;
}

bool ask_ata(struct ask *a, struct cw_ata *c)
{
	c->end = CW_ATA_UNKNOWN;
	for (int tries = 0; tries < ATTENTIONS_MAX; tries++) {
		if (a->over || cw_ata_send(a->t, c))
			return false;
		if (c->end != CW_ATA_ATTENTION)
			break;
	}
	return c->end == CW_ATA_DONE && (c->protocol != CW_ATA_PIO_IN || c->data_done == c->data_len);
}

bool ask_nvme(struct ask *a, struct cw_nvme *c)
{
	return !a->over && !cw_nvme_send(a->t, c) && !c->status;
}

/* ---- telling ---- */

void ask_tell(struct ask *a, enum cw_feature feature, enum cw_known state, const char *says, const char *why)
{
	struct cw_feature_told *f = &a->out->features[feature];

	f->state = state;
	cw_strlcpy(f->says, says ? says : "", sizeof(f->says));
	cw_strlcpy(f->why, why ? why : "", sizeof(f->why));
}

void ask_text(struct cw_id *id, const void *raw, size_t len, uint32_t source)
{
	cw_text_printable(id->text, sizeof(id->text), raw, len);
	id->raw_len = len < CW_RAW_MAX ? (uint32_t)len : CW_RAW_MAX;
	memcpy(id->raw, raw, id->raw_len);
	id->source = source;
	id->quality = id->text[0] ? CW_QUALITY_GOOD : CW_QUALITY_NONE;
}

void ask_hidden(struct ask *a, enum cw_hidden state, uint64_t bytes, const char *why)
{
	a->out->hidden = state;
	a->out->hidden_bytes = bytes;
	cw_strlcpy(a->out->hidden_why, why, sizeof(a->out->hidden_why));
}

/* ---- who is asked ---- */

/* A fixed drive whose sanitising failed, or goes on, may show no size: it more than others is to be asked. */
static bool may_hide_its_size(const struct cw_medium *m)
{
	return !m->removable && (m->class_ == CW_CLASS_HDD_SCSI || m->class_ == CW_CLASS_SSD_SAS);
}

const char *cw_capabilities_refusal(const struct cw_medium *m)
{
	/* Of a blank disc nothing can be read, and the drive has much to tell. */
	bool is_disc = m->has_medium && cw_class_is_optical(m->class_);

	if ((!m->has_medium || !m->size_bytes) && !is_disc && !may_hide_its_size(m))
		return N_("Not asked: there is no medium.");
	if (m->is_system)
		return N_("Not asked: what the system runs from is left alone.");
	if (cw_class_is_optical(m->class_))
		return NULL;
	if (m->bus == CW_BUS_UFS)
		return N_("A UFS chip is purged by query requests (fPurgeEnable, bPurgeStatus) that its disks do not take, only the host's ufs-bsg node, which this program does not open: have its maker's tool purge it, or destroy it physically.");
	switch (m->class_) {
	case CW_CLASS_HDD_ATA:
	case CW_CLASS_SSD_ATA:
	case CW_CLASS_USB_BRIDGE_HDD:
	case CW_CLASS_USB_BRIDGE_SSD:
	case CW_CLASS_HDD_SCSI:
	case CW_CLASS_SSD_SAS:
	case CW_CLASS_NVME:
	case CW_CLASS_EMMC:
		return NULL;
	case CW_CLASS_SD_CARD:
		return m->bus == CW_BUS_MMC ? NULL : N_("Not asked: no level may be claimed by what a card can erase by itself, and readers do not pass it on.");
	case CW_CLASS_USB_STICK:
		return N_("Not asked: sticks have no commands of that kind, and some hang at them.");
	case CW_CLASS_VIRTUAL:
		return N_("Not asked: a virtual medium has no commands of its own.");
	default:
		return N_("Not asked: this program knows no commands of that kind for it.");
	}
}

void cw_capabilities_none(const char *why, struct cw_capabilities *out)
{
	memset(out, 0, sizeof(*out));
	cw_strlcpy(out->why, why, sizeof(out->why));
	out->health = (struct cw_health){ CW_NOT_TOLD, CW_NOT_TOLD, CW_NOT_TOLD, CW_NOT_TOLD, CW_NOT_TOLD, CW_NOT_TOLD };
}

static void ask_by_class(struct ask *a)
{
	if (cw_class_is_optical(a->m->class_)) {
		ask_disc(a);
		return;
	}
	switch (a->m->class_) {
	case CW_CLASS_NVME:
		ask_nvme_drive(a);
		break;
	case CW_CLASS_EMMC:
		ask_mmc_chip(a);
		break;
	case CW_CLASS_SD_CARD:
		ask_sd_card(a);
		break;
	case CW_CLASS_HDD_SCSI:
	case CW_CLASS_SSD_SAS:
		ask_scsi_drive(a);
		break;
	default:
		ask_ata_drive(a);
		break;
	}
}

void cw_capabilities_ask(struct cw_transport *t, const struct cw_medium *m, struct cw_capabilities *out)
{
	const char *refusal = cw_capabilities_refusal(m);
	void (*heard)(void *user, const struct cw_heard *h) = t->heard;
	struct ask a = { .t = t, .m = m, .out = out };
	void *heard_user = t->heard_user;

	cw_capabilities_none(refusal ? refusal : "", out);
	if (refusal)
		return;
	out->asked = 1;
	t->heard = on_heard;
	t->heard_user = &a;
	ask_by_class(&a);
	t->heard = heard;
	t->heard_user = heard_user;
	if (a.over)
		cw_strlcpy(out->why, N_("It did not answer a question in time, or was reset at it: nothing more was asked."), sizeof(out->why));
}

void cw_capabilities_apply(const struct cw_capabilities *c, struct cw_medium *m)
{
	/* What was found before asking stays where asking has brought nothing new. */
	if (!c->asked || (c->hidden == CW_HIDDEN_UNKNOWN && !c->hidden_why[0]))
		return;
	m->hidden = c->hidden;
	m->hidden_bytes = c->hidden_bytes;
	cw_strlcpy(m->hidden_why, c->hidden_why, sizeof(m->hidden_why));
}
