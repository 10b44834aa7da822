/* SPDX-License-Identifier: Apache-2.0 */
/* A medium that is not there and does as it is told: what would be sent comes from the code that sends it, and from no second list. */
#include "certwipe/technique.h"

#include <errno.h>
#include <string.h>

struct rehearsal {
	struct cw_transport t;
	const struct cw_native *n;
	struct cw_native_use use;
	bool begun;
	uint64_t size_bytes;
	json_t *commands;
};

static struct rehearsal *of(struct cw_transport *t)
{
	return (struct rehearsal *)((char *)t - offsetof(struct rehearsal, t));
}

static int obey(struct cw_transport *t, uint32_t set, void *command)
{
	if (of(t)->n->obey_with)
		of(t)->n->obey_with(&of(t)->use, set, command);
	else
		of(t)->n->obey(of(t)->begun, set, command);
	return 0;
}

static int obey_scsi(struct cw_transport *t, struct cw_scsi *c)
{
	return obey(t, CW_SET_SCSI, c);
}

static int obey_nvme(struct cw_transport *t, struct cw_nvme *c)
{
	return obey(t, CW_SET_NVME, c);
}

static int obey_mmc(struct cw_transport *t, struct cw_mmc *c)
{
	return obey(t, CW_SET_MMC, c);
}

static int size(struct cw_transport *t, uint64_t *bytes)
{
	*bytes = of(t)->size_bytes;
	return 0;
}

static const struct cw_transport_ops ops = { .name = "rehearsal", .size = size, .scsi = obey_scsi, .nvme = obey_nvme, .mmc = obey_mmc };

/* Requests only: the answers are made up. */
static int on_heard(void *user, const struct cw_heard *h, struct cw_error *err)
{
	static const char *const keys[] = { "set", "requestHex", "dataOutBytes", "dataOutHex", "dataOutSha256", "dataInBytes", "dataZeros" };
	CW_AUTO_JSON json_t *whole = cw_heard_json(h, CW_HEARD_DATA_MAX);
	json_t *request = json_object();
	int failed = 0;

	for (size_t i = 0; i < CW_ARRAY_LEN(keys); i++)
		if (json_object_get(whole, keys[i]))
			failed |= json_object_set(request, keys[i], json_object_get(whole, keys[i]));
	if (whole && !failed && !json_array_append_new(((struct rehearsal *)user)->commands, request))
		return 0;
	return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory."));
}

static int on_told(void *user, const char *state, uint32_t progress, const char *why, struct cw_error *err)
{
	struct rehearsal *r = user;

	(void)progress, (void)why, (void)err;
	if (!strcmp(state, cw_native_state_name(CW_NATIVE_SENT)))
		r->begun = !r->n->password;
	return 0;
}

static int on_password(void *user, const char *text, struct cw_error *err)
{
	(void)text, (void)err;
	((struct rehearsal *)user)->begun = true;
	return 0;
}

static void do_not_wait(void *user, uint32_t ms)
{
	(void)user, (void)ms;
}

json_t *cw_native_rehearse(const struct cw_native *n, uint64_t size_bytes)
{
	return cw_native_rehearse_at(n, size_bytes, &(struct cw_nvme_target){ 0 }, &(struct cw_native_use){ 0 });
}

json_t *cw_native_rehearse_at(const struct cw_native *n, uint64_t size_bytes, const struct cw_nvme_target *target, const struct cw_native_use *given)
{
	static const struct cw_native_course nothing_yet;
	struct rehearsal r = { .t = { .ops = &ops, .logical_bytes = 512, .physical_bytes = 512, .target = *target }, .n = n, .use = *given, .size_bytes = size_bytes,
			       .commands = json_array() };
	const struct cw_native_hooks hooks = { .user = &r, .use = &r.use, .wait = do_not_wait, .heard = on_heard, .password = on_password, .told = on_told };
	struct cw_native_result result;
	struct cw_error err = { 0 };

	/* What a person will have to give is not asked for yet: zeros stand there. */
	if (n->needs_psid)
		r.use.secret_len = CW_PSID_CHARS;
	if (!cw_native_run(&r.t, n, &nothing_yet, size_bytes, 0, &hooks, &result, &err) && result.end == CW_NATIVE_END_DONE)
		return r.commands;
	json_decref(r.commands);
	return NULL;
}
