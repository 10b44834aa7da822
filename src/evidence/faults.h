/* SPDX-License-Identifier: Apache-2.0 */
/* faults: the ranges of a medium that failed or were not reached, of any number of sightings, as one sorted list without overlaps. */
#ifndef CERTWIPE_EVIDENCE_FAULTS_H
#define CERTWIPE_EVIDENCE_FAULTS_H

#include "certwipe/engine.h"

struct cw_faults {
	struct cw_extent *at; /* owned */
	size_t n, cap;
	bool failed; /* no memory: the list is not complete, and nothing may be claimed from it */
};
/* Length 0 adds nothing; a range that would end beyond the last byte of an int64 is cut there. */
void cw_faults_add(struct cw_faults *f, uint64_t offset_bytes, uint64_t len_bytes, uint32_t fault, int32_t sys_errno);
/* Sorts, joins what overlaps or touches under the same fault, and cuts off what lies beyond the medium, which a broken journal may tell of. */
void cw_faults_join(struct cw_faults *f, uint64_t size_bytes);
uint64_t cw_faults_bytes(const struct cw_faults *f, uint32_t fault); /* after join */
void cw_faults_clear(struct cw_faults *f);

#endif
