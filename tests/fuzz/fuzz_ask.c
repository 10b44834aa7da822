/* SPDX-License-Identifier: Apache-2.0 */
/* A drive that answers anything to whatever it is asked. */
#include <errno.h>

#include "certwipe/process.h"
#include "fuzz.h"

struct drive {
	struct cw_transport t;
	const uint8_t *data;
	size_t len;
	unsigned commands;
};

static struct drive *of(struct cw_transport *t)
{
	return (struct drive *)t;
}

/* The first byte says how an answer begins, so that not all of it is up to luck. */
static int answer_scsi(struct cw_transport *t, struct cw_scsi *c)
{
	struct drive *d = of(t);
	uint8_t how[4];

	fuzz_take(&d->data, &d->len, how, sizeof(how));
	d->commands++;
	c->status = how[0] & 1 ? 0x02 : 0;
	c->host_status = how[0] == 0xff ? how[1] : 0;
	c->sense_len = c->status ? how[1] % (CW_SENSE_MAX + 1) : 0;
	fuzz_take(&d->data, &d->len, c->sense, c->sense_len);
	if (c->dir == CW_DATA_IN)
		fuzz_take(&d->data, &d->len, c->data, c->data_len);
	c->resid = how[2];
	return how[0] == 0xfe ? -ENODEV : 0;
}

static int answer_nvme(struct cw_transport *t, struct cw_nvme *c)
{
	struct drive *d = of(t);
	uint8_t how[4];

	fuzz_take(&d->data, &d->len, how, sizeof(how));
	d->commands++;
	c->status = (uint16_t)(how[0] & 1 ? how[1] | (how[2] & 7) << 8 : 0);
	if (c->dir == CW_DATA_IN)
		fuzz_take(&d->data, &d->len, c->data, c->data_len);
	return how[0] == 0xfe ? -EIO : 0;
}

static int answer_mmc(struct cw_transport *t, struct cw_mmc *c)
{
	struct drive *d = of(t);
	uint8_t how[4];

	fuzz_take(&d->data, &d->len, how, sizeof(how));
	d->commands++;
	if (c->dir == CW_DATA_IN)
		fuzz_take(&d->data, &d->len, c->data, c->block_bytes * c->blocks);
	return how[0] == 0xfe ? -EIO : 0;
}

static const struct cw_transport_ops ops = { .name = "fuzz", .scsi = answer_scsi, .nvme = answer_nvme, .mmc = answer_mmc };

struct kind {
	uint32_t bus, class_;
};

/* Those of the second list came later: what was found for the first is found again. */
static struct kind kind_of(uint8_t byte)
{
	static const struct kind kinds[] = {
		{ CW_BUS_ATA, CW_CLASS_SSD_ATA }, { CW_BUS_SCSI, CW_CLASS_SSD_SAS }, { CW_BUS_NVME, CW_CLASS_NVME }, { CW_BUS_USB, CW_CLASS_USB_BRIDGE_SSD }, { CW_BUS_USB, CW_CLASS_DVD_RW },
	};
	static const struct kind cards[] = { { CW_BUS_MMC, CW_CLASS_EMMC }, { CW_BUS_MMC, CW_CLASS_SD_CARD } };

	return byte >= 0xfe ? cards[byte & 1] : kinds[byte % CW_ARRAY_LEN(kinds)];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct cw_capabilities c;
	struct drive d = { .t = { .ops = &ops, .logical_bytes = 512, .physical_bytes = 512 }, .data = data, .len = len };
	struct cw_medium m = { .size_bytes = 1u << 20, .logical_bytes = 512, .physical_bytes = 512, .has_medium = 1, .namespaces = 1 };
	CW_AUTO_JSON json_t *json = NULL;
	struct cw_error err = { 0 };
	uint8_t kind;

	fuzz_take(&d.data, &d.len, &kind, 1);
	m.bus = kind_of(kind).bus;
	m.class_ = kind_of(kind).class_;
	cw_strlcpy(m.node, "/dev/fuzz", sizeof(m.node));
	cw_capabilities_ask(&d.t, &m, &c);
	CLAIM(d.commands < 200);
	for (uint32_t i = 0; i < c.raws.n; i++)
		CLAIM(cw_command_reads(c.raws.at[i].set, c.raws.at[i].request, c.raws.at[i].request_len) ||
		      (cw_class_is_optical(m.class_) && cw_disc_command_reads(c.raws.at[i].set, c.raws.at[i].request, c.raws.at[i].request_len)));
	/* It crosses to the broker as it is, which takes nothing that is not in order. */
	CLAIM(!cw_msg_check(CW_MSG_CAPABILITIES, &c, sizeof(c), &err));
	json = cw_capabilities_json(&c, true);
	CLAIM(json);
	cw_capabilities_apply(&c, &m);
	return 0;
}
