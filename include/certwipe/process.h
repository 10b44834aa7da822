/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process: who holds which privilege (design section 4), the messages between them, and the only forks.
 * The front asks with plain structs; the broker answers with JSON documents, so that the privileged side never parses a document of the front's.
 */
#ifndef CERTWIPE_PROCESS_H
#define CERTWIPE_PROCESS_H

#include "certwipe/register.h"

#endif
