/* SPDX-License-Identifier: Apache-2.0 */
/* Asks an NVMe controller: what it is, which namespaces it has and what is in none of them, and how it sanitises. */
#include <inttypes.h>
#include <string.h>

#include "ask.h"
#include "nvme_pages.h"

#define GET_LOG_PAGE 0x02
#define IDENTIFY 0x06
#define SECURITY_RECEIVE 0x82

/* CNS of Identify */
#define CNS_NAMESPACE 0x00
#define CNS_CONTROLLER 0x01
#define CNS_ACTIVE 0x02
#define CNS_ALLOCATED 0x10
#define CNS_ALLOCATED_NAMESPACE 0x11

#define LOG_HEALTH 0x02
#define LOG_SANITIZE 0x81
#define ALL_NAMESPACES 0xffffffffu

#define OACS_SECURITY (1u << 0)
#define OACS_FORMAT (1u << 1)
#define OACS_NAMESPACES (1u << 3)
#define FNA_CRYPTO (1u << 2)
#define NO_DEALLOCATE_INHIBITED (1u << 29) /* of SANICAP */
#define ALLOW_UNRESTRICTED (1u << 3)       /* AUSE, of command dword 10 of Sanitize */
#define OVERWRITE_PASSES 16u               /* that the estimate is for */

static bool ask_identify(struct ask *a, uint32_t cns, uint32_t nsid, uint8_t data[NVME_IDENTIFY_BYTES])
{
	struct cw_nvme c = { .opcode = IDENTIFY, .nsid = nsid, .cdw10 = cns, .dir = CW_DATA_IN, .data = data, .data_len = NVME_IDENTIFY_BYTES, .timeout_ms = ASK_TIMEOUT_MS };

	memset(data, 0, NVME_IDENTIFY_BYTES);
	return ask_nvme(a, &c);
}

static bool ask_log(struct ask *a, uint8_t log, uint8_t data[NVME_LOG_BYTES])
{
	struct cw_nvme c = { .opcode = GET_LOG_PAGE, .nsid = ALL_NAMESPACES, .cdw10 = (NVME_LOG_BYTES / 4 - 1) << 16 | log, .dir = CW_DATA_IN, .data = data,
			     .data_len = NVME_LOG_BYTES, .timeout_ms = ASK_TIMEOUT_MS };

	memset(data, 0, NVME_LOG_BYTES);
	return ask_nvme(a, &c);
}

/* ---- the controller ---- */

static void take_controller(struct ask *a, const struct nvme_controller *n)
{
	struct cw_nvme_told *out = &a->out->nvme;

	out->identified = 1;
	out->sanicap = n->sanicap;
	out->fna = n->fna;
	out->oacs = n->oacs;
	out->rpmb_targets = n->rpmb_targets;
	out->boot_partitions = n->boot_partitions;
	out->total_bytes = n->total_bytes;
	out->unallocated_bytes = n->unallocated_bytes;
}

/* ---- namespaces ---- */

static bool is_among(const uint8_t list[NVME_IDENTIFY_BYTES], uint32_t n, uint32_t nsid)
{
	for (uint32_t i = 0; i < n; i++)
		if (nvme_list_at(list, i) == nsid)
			return true;
	return false;
}

static void note_other(struct cw_nvme_told *out, uint32_t nsid)
{
	if (out->n_others == CW_OTHERS_MAX)
		out->others_untold = 1;
	else
		out->others[out->n_others++].nsid = nsid;
}

/* Asked last: of many of them the answers may not all be kept, and nothing is concluded from them but how large they are. */
static void ask_others(struct ask *a, const struct nvme_controller *n)
{
	uint32_t cns = n->oacs & OACS_NAMESPACES ? CNS_ALLOCATED_NAMESPACE : CNS_NAMESPACE;
	uint8_t data[NVME_IDENTIFY_BYTES];

	for (uint32_t i = 0; i < a->out->nvme.n_others; i++) {
		struct cw_nvme_namespace *other = &a->out->nvme.others[i];

		other->size_bytes = ask_identify(a, cns, other->nsid, data) ? nvme_namespace_bytes(data) : 0;
	}
}

/* What there is, and which of them the medium is. */
static void ask_lists(struct ask *a, const struct nvme_controller *n, uint8_t active[NVME_IDENTIFY_BYTES], uint8_t allocated[NVME_IDENTIFY_BYTES])
{
	struct cw_nvme_told *out = &a->out->nvme;

	if (ask_identify(a, CNS_ACTIVE, 0, active))
		out->n_active = nvme_list_count(active);
	out->nsid = a->m->nsid ? a->m->nsid : out->n_active == 1 ? nvme_list_at(active, 0) : 0;
	/* Where namespaces cannot be managed, those that are allocated are those that are active. */
	if (!(n->oacs & OACS_NAMESPACES)) {
		out->n_allocated = out->n_active;
		memcpy(allocated, active, NVME_IDENTIFY_BYTES);
	} else if (ask_identify(a, CNS_ALLOCATED, 0, allocated)) {
		out->n_allocated = nvme_list_count(allocated);
	}
}

static void ask_namespaces(struct ask *a, const struct nvme_controller *n)
{
	uint8_t active[NVME_IDENTIFY_BYTES], allocated[NVME_IDENTIFY_BYTES];
	struct cw_nvme_told *out = &a->out->nvme;

	ask_lists(a, n, active, allocated);
	/* Another controller may have namespaces of which this one only tells where it manages them. */
	out->others_untold = !out->n_active || !out->n_allocated || !is_among(active, out->n_active, out->nsid) || (n->several_controllers && !(n->oacs & OACS_NAMESPACES));
	for (uint32_t i = 0; i < out->n_allocated; i++)
		if (nvme_list_at(allocated, i) != out->nsid)
			note_other(out, nvme_list_at(allocated, i));
	for (uint32_t i = 0; i < out->n_active; i++)
		out->others_untold |= !is_among(allocated, out->n_allocated, nvme_list_at(active, i));
}

/* Its size by the drive's own word, and its format. */
static uint64_t ask_namespace(struct ask *a)
{
	uint8_t data[NVME_IDENTIFY_BYTES];

	if (!a->out->nvme.nsid || !ask_identify(a, CNS_NAMESPACE, a->out->nvme.nsid, data))
		return 0;
	a->out->nvme.format = nvme_namespace_format(data);
	return nvme_namespace_bytes(data);
}

/* Only where everything adds up is there nothing else: one namespace, all of it here, and no capacity beside it. */
static void tell_hidden(struct ask *a)
{
	const struct cw_nvme_told *n = &a->out->nvme;
	uint64_t size_bytes = ask_namespace(a);
	char why[CW_TEXT_MAX];

	if (n->n_allocated != 1 || n->n_active != 1)
		return; /* what was found of other namespaces before says more */
	if (n->unallocated_bytes) {
		snprintf(why, sizeof(why), "%" PRIu64 " bytes of the drive belong to no namespace.", n->unallocated_bytes);
		ask_hidden(a, CW_HIDDEN_PRESENT, n->unallocated_bytes, why);
	} else if (size_bytes && size_bytes == a->m->size_bytes) {
		ask_hidden(a, CW_HIDDEN_NONE, 0, "");
	} else {
		ask_hidden(a, CW_HIDDEN_UNKNOWN, 0, N_("The drive tells another size of its only namespace than the medium shows."));
	}
}

/* ---- features ---- */

/* A drive that is closed takes no markers, so that it cannot be shown what another one would do. */
static const char *sanitize_obstacle(uint32_t sanitizing, const struct nvme_sanitize_log *log)
{
	if (sanitizing == CW_SANITIZING_RUNNING)
		return N_("The drive is sanitising itself just now: wait until it has ended.");
	if (sanitizing == CW_SANITIZING_VERIFYING)
		return N_("The drive has erased itself and waits in its media verification state, in which it takes no data: `nvme sanitize --sanact=5` ends that; plan again then.");
	if (sanitizing == CW_SANITIZING_FAILED && log->scdw10 & ALLOW_UNRESTRICTED)
		return N_("An earlier Sanitize failed, and the drive is closed: `nvme sanitize --sanact=exit-failure` opens it; plan again then.");
	if (sanitizing == CW_SANITIZING_FAILED)
		return N_("An earlier Sanitize failed, and the drive is closed until one succeeds: try `nvme sanitize`, and plan again then; if that fails too, destroy it physically.");
	return NULL;
}

/* What it overwrote would read like what it never had, and nobody could see that it did. */
static const char *overwrite_obstacle(uint32_t sanicap)
{
	return sanicap & NO_DEALLOCATE_INHIBITED ? N_("The drive takes back what it has overwritten (no-deallocate is inhibited), so that nobody could look at it.") : NULL;
}

static void tell_sanitize(struct ask *a, uint32_t sanicap, bool has_log, const struct nvme_sanitize_log *log)
{
	const struct { enum cw_feature feature; uint32_t bit; uint64_t seconds; } ways[] = {
		{ CW_FEATURE_NVME_SANITIZE_CRYPTO, 1u << 0, log->crypto_seconds },
		{ CW_FEATURE_NVME_SANITIZE_BLOCK, 1u << 1, log->block_seconds },
		{ CW_FEATURE_NVME_SANITIZE_OVERWRITE, 1u << 2, (log->overwrite_seconds + OVERWRITE_PASSES - 1) / OVERWRITE_PASSES },
	};
	const char *closed = has_log ? sanitize_obstacle(a->out->sanitizing, log) : N_("Its progress could not be watched: the drive does not give its Sanitize Status log.");
	char says[CW_NODE_MAX];

	snprintf(says, sizeof(says), "Identify Controller SANICAP: %08" PRIx32 "h", sanicap);
	for (size_t i = 0; i < CW_ARRAY_LEN(ways); i++) {
		const char *obstacle = !closed && ways[i].feature == CW_FEATURE_NVME_SANITIZE_OVERWRITE ? overwrite_obstacle(sanicap) : closed;
		bool has = sanicap & ways[i].bit;

		ask_tell(a, ways[i].feature, has && !obstacle ? CW_KNOWN_YES : has && !has_log ? CW_KNOWN_NOT : CW_KNOWN_NO, says, has ? obstacle : N_("The drive does not have it."));
		a->out->features[ways[i].feature].expected_seconds = has ? ways[i].seconds : 0;
	}
}

static void ask_sanitize(struct ask *a, const struct nvme_controller *n)
{
	struct nvme_sanitize_log log = { 0 };
	uint8_t data[NVME_LOG_BYTES];
	bool has_log = (n->sanicap & 7) && ask_log(a, LOG_SANITIZE, data);

	if (has_log) {
		nvme_sanitize_log_parse(data, &log);
		a->out->sanitizing = nvme_sanitizing(&log);
		a->out->sanitize_progress = a->out->sanitizing == CW_SANITIZING_RUNNING ? log.progress : 0;
		a->out->nvme.global_data_erased = log.status >> 8 & 1;
		a->out->nvme.verification_canceled = log.status >> 9 & 1;
		a->out->nvme.sanitize_state = log.state;
	}
	tell_sanitize(a, n->sanicap, has_log, &log);
}

static void tell_format(struct ask *a, const struct nvme_controller *n)
{
	bool has = n->oacs & OACS_FORMAT, has_crypto = has && (n->fna & FNA_CRYPTO);
	const char *missing = N_("The drive does not have it.");
	char says[CW_NODE_MAX];

	snprintf(says, sizeof(says), "Identify Controller OACS: %04xh, FNA: %02xh", n->oacs, n->fna);
	ask_tell(a, CW_FEATURE_NVME_FORMAT_USER, has ? CW_KNOWN_YES : CW_KNOWN_NO, says, has ? NULL : missing);
	ask_tell(a, CW_FEATURE_NVME_FORMAT_CRYPTO, has_crypto ? CW_KNOWN_YES : CW_KNOWN_NO, says, has_crypto ? NULL : missing);
}

static void ask_health(struct ask *a)
{
	uint8_t data[NVME_LOG_BYTES];

	if (ask_log(a, LOG_HEALTH, data))
		nvme_health_parse(data, &a->out->health);
}

static void ask_discovery(struct ask *a)
{
	uint8_t data[2048] = { 0 };
	struct cw_nvme c = { .opcode = SECURITY_RECEIVE, .cdw10 = 0x01u << 24 | 0x0001u << 8, .cdw11 = sizeof(data), .dir = CW_DATA_IN, .data = data, .data_len = sizeof(data),
			     .timeout_ms = ASK_TIMEOUT_MS };

	if (ask_nvme(a, &c))
		ask_take_discovery(a, data, sizeof(data));
}

void ask_nvme_drive(struct ask *a)
{
	uint8_t data[NVME_IDENTIFY_BYTES];
	struct nvme_controller n;

	if (!ask_identify(a, CNS_CONTROLLER, 0, data) || !nvme_controller_parse(data, &n)) {
		cw_strlcpy(a->out->passthrough_why, N_("Its controller could not be asked; a namespace that is reached over several paths has none of its own."), sizeof(a->out->passthrough_why));
		return;
	}
	a->out->passthrough = CW_KNOWN_YES;
	take_controller(a, &n);
	ask_namespaces(a, &n);
	tell_hidden(a);
	ask_sanitize(a, &n);
	tell_format(a, &n);
	ask_health(a);
	if (n.oacs & OACS_SECURITY)
		ask_discovery(a);
	ask_others(a, &n);
}
