/* SPDX-License-Identifier: Apache-2.0 */
/* Private to base: what the readers (JSON, INI, CSV), the errors and the sandbox need of text.c. */
#ifndef CERTWIPE_BASE_TEXT_H
#define CERTWIPE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the well-formed UTF-8 character at s (1..4), or 0: ill-formed, overlong, surrogate or cut off by len. */
size_t cw_utf8_decode(const char *s, size_t len, uint32_t *code_point);
bool cw_text_is_printable_n(const char *s, size_t len);
/* Like cw_text_printable(), but a backslash stays: for sentences in which text was made printable before. */
void cw_text_sentence(char *dst, size_t size, const char *raw, size_t len);
/* Loads the character tables, which are a file, while files can still be opened. */
void cw_text_prepare(void);

#endif
