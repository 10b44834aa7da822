/* SPDX-License-Identifier: Apache-2.0 */
/* Are those who signed the ones that the document names? */
#ifndef SIGNATORIES_H
#define SIGNATORIES_H

#include "cms.h"

/*
 * c has passed all steps up to its signatures.  *station: which of the signers it is; awaits: roles that have not signed.  CW_E_CANNOT_TELL when somebody is missing and nothing is
 * wrong.
 */
CW_MUST_CHECK int signatories_check(const struct cms_case *c, const struct cw_signatories *named, unsigned *station, char awaits[CW_NODE_MAX], struct cw_error *err);

#endif
