/* SPDX-License-Identifier: Apache-2.0 */
/* Erasing of eMMC chips and SD cards (JESD84-B51 6.6.9 to 6.6.11, SD Physical Layer 4.3.5): a range is told, and then what is to become of it; a file for each way. */
#ifndef CERTWIPE_TECHNIQUE_MMC_H
#define CERTWIPE_TECHNIQUE_MMC_H

#include "certwipe/technique.h"

/* CMD38, and the first of the two before it, which tell from where to where; the other one has the next number. */
#define MMC_ERASE 38u
#define MMC_ERASE_FROM 35u
#define SD_ERASE_FROM 32u

/* As the kernel's MMC_RSP_R1 and R1B; of commands that address a chip and move no data (MMC_CMD_AC) nothing is added. */
#define MMC_RESPONSE_R1 0x15u
#define MMC_RESPONSE_R1B 0x1du

#define MMC_ON_REQUEST N_("No level may be claimed by it: it is only used where it is asked for by name (--technique), and a policy may have the medium overwritten besides.")
#define MMC_UNFINISHED N_("The job ended while the chip was erasing itself; what was interrupted is lost: resume the job, and it begins anew.")

/* 0 or -errno; -EIO: the response tells of an error. */
int mmc_command(struct cw_transport *t, uint32_t opcode, uint32_t arg, uint32_t flags, uint32_t timeout_ms);
/* All that there is, with this argument of CMD38. */
int mmc_erase_all(struct cw_transport *t, uint32_t from, uint32_t arg, uint32_t timeout_ms);
/* The state that an eMMC chip is in. */
int mmc_ask(struct cw_transport *t);

/* Is it this command, whatever became of it?  Is it mmc_ask()'s? */
bool mmc_is(const struct cw_heard *h, uint32_t opcode, uint32_t arg);
bool mmc_is_question(const struct cw_heard *h);
/* What the answer to a question shows; c: the answer, NULL: there is none. */
uint32_t mmc_read_state(const struct cw_heard *h, const struct cw_mmc *c);
/* The same behind an erasing: what it could not erase it tells of when it is asked next. */
uint32_t mmc_read_erased(const struct cw_heard *h, const struct cw_mmc *c);
/* What the answer to the command shows that is to do it: `done` where it tells of no error. */
uint32_t mmc_read_submission(const struct cw_heard *h, const struct cw_mmc *c, uint32_t done);
/* Of an eMMC chip: CMD38 with this argument is what does it. */
void mmc_read_erase(const struct cw_heard *h, uint32_t arg, struct cw_native_seen *out);
void mmc_obey(bool begun, uint32_t set, void *command);

#endif
