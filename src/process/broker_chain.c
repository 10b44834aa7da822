/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The broker and what there is already about a medium that is to be destroyed.  Its destruction goes on with the job of its wipe by itself only where nothing can be mistaken:
 * one open case, the identity read by the device, nothing written since the wipe.  Otherwise a person says which job it is: a level that another medium reached, or this one
 * before it was used again, must not be claimed for it.
 */
#include <string.h>
#include <sys/file.h>

#include "internal.h"

struct candidate {
	const struct cw_case_found *found;
	bool same;      /* of this very identity */
	bool used;      /* it was wiped, and something is on it, or nobody can tell */
	bool own_terms; /* another policy than the job's was asked for, or a case was given */
	char words[CW_TEXT_MAX];
};

/* A wiped medium holds keystream, in which nobody finds a file system. */
static bool may_be_used_since(const struct cw_chain_wish *w, const struct candidate *c)
{
	static struct cw_contents contents;

	if (!c->found->certificate && !c->found->withdrawn)
		return false;
	if (!w->sure)
		return true;
	cw_broker_probe(w->medium, &contents);
	return !contents.known || contents.n_parts || *contents.table;
}

/* One that is destroyed, and whose case that closed, is not the one in the hand. */
static bool is_gone(const struct cw_msg_job_info *info, const struct cw_case_found *found)
{
	return !found->open && info->status.destruction && info->destruction.ended;
}

/* Discs tell little of themselves; the label that an office puts on each does. */
static bool is_of_another_label(const struct cw_chain_wish *w, const struct cw_case_found *found)
{
	return *w->asset_tag && *found->asset_tag && strcmp(w->asset_tag, found->asset_tag) != 0;
}

static bool take(const struct cw_broker *b, const struct cw_chain_wish *w, const struct cw_case_found *found, struct candidate *c)
{
	static struct cw_msg_job_info info;
	struct cw_error ignored = { 0 };
	CW_AUTO_FD int fd = cw_broker_job_fd(b, found->job_id, O_RDONLY, &ignored);

	if (fd < 0 || is_of_another_label(w, found) || cw_probe_journal(fd, &info, &ignored) || info.medium.virtual_ != w->medium->virtual_ || is_gone(&info, found))
		return false;
	bool same = !cw_identity_compare(&info.medium, w->medium, false, &ignored) || cw_job_is_of(&info, w->identity_sha256);

	*c = (struct candidate){ .found = found, .same = w->sure && same };
	c->own_terms = w->has_case || (*w->policy && strcmp(w->policy, info.plan.policy) != 0);
	c->used = c->same && may_be_used_since(w, c);
	cw_strlcpy(c->words, info.status.words, sizeof c->words);
	return true;
}

static json_t *candidate_json(const struct candidate *c)
{
	return json_pack("{s:s, s:s, s:b, s:b, s:b, s:s}", "jobId", c->found->job_id, "documentId", c->found->document_id, "open", (int)c->found->open, "sameIdentity", (int)c->same,
			 "usedSince", (int)c->used, "words", c->words);
}

static json_t *candidates_doc(const struct candidate *all, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, candidate_json(&all[i]));
	return json_pack("{s:s, s:o}", "schema", "certwipe/destruction-candidates/1", "candidates", list);
}

/* The only open one, if it is this medium's beyond doubt. */
static const struct candidate *certain(const struct candidate *all, size_t n)
{
	const struct candidate *found = NULL;

	for (size_t i = 0; i < n; i++) {
		if (all[i].found->open && found)
			return NULL;
		if (all[i].found->open)
			found = &all[i];
	}
	return found && found->same && !found->used && !found->own_terms ? found : NULL;
}

int cw_broker_chain(struct cw_broker *b, const struct cw_chain_wish *w, char job[CW_JOB_ID_MAX], json_t **doc, struct cw_error *err)
{
	static struct cw_msg_candidates cases;
	static struct candidate all[CW_CANDIDATES_MAX];
	size_t n = 0;
	int rc = cw_signer_cases_of(&b->state, w->identity_sha256, w->medium->full_serial, w->asset_tag, "", &cases, err);

	*job = 0;
	for (uint32_t i = 0; !rc && i < cases.n; i++)
		n += take(b, w, &cases.at[i], &all[n]);
	const struct candidate *one = certain(all, n);

	if (one)
		cw_strlcpy(job, one->found->job_id, CW_JOB_ID_MAX);
	else if (n)
		*doc = candidates_doc(all, n);
	return rc;
}

int cw_broker_refuse_withdrawn(struct cw_broker *b, const struct cw_msg_job_info *info, const char *job, struct cw_error *err)
{
	static struct cw_msg_candidates cases;
	bool of_wipe = !info->status.destruction || info->destruction.of_wipe;
	int rc = of_wipe ? cw_signer_cases_of(&b->state, "", "", "", job, &cases, err) : 0;

	for (uint32_t i = 0; !rc && of_wipe && i < cases.n; i++)
		rc = cw_case_lends(&cases.at[i], err);
	return rc;
}
