/* SPDX-License-Identifier: Apache-2.0 */
/* asker: what prober and asker say to each other: one packet there, one back, each exactly the struct. */
#ifndef PROCESS_ASKER_H
#define PROCESS_ASKER_H

#include "internal.h"

#define CW_ASKED_DATA_MAX 4096u

struct cw_question {
	uint32_t set, dir, data_len, timeout_ms, request_len;
	uint8_t request[CW_REQUEST_MAX];
};
struct cw_reply {
	int32_t sys_errno; /* not 0: there is no answer */
	uint32_t answer_len, data_len, duration_ms;
	uint8_t answer[CW_ANSWER_MAX], data[CW_ASKED_DATA_MAX];
};

/* asker.c: answers questions from fd through t until the other end is gone; the exit status to end with. */
int cw_asker_serve(int fd, struct cw_transport *t);
/* asked.c: a transport whose native commands go to the asker at the other end of fd, which stays the caller's. */
CW_MUST_CHECK int cw_transport_asked_new(int fd, struct cw_transport **out, struct cw_error *err);

#endif
