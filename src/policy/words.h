/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CERTWIPE_POLICY_WORDS_H
#define CERTWIPE_POLICY_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Is word, len bytes long, one of the words of list ("K1+K2", "yes|no", "unit custodian"), which separator sets apart? */
bool words_have(const char *list, char separator, const char *word, size_t len);

#endif
