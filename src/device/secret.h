/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secret: words that shall not leave the station, each with a replacement, and how they are found again in texts and raw pages.
 *
 * A word is the sequence of its letters, digits and bytes beyond ASCII; what stands between them, and upper or lower case, is left as it is found.  So "60A4 4C3F",
 * "60a4_4c3f" and "60-A4\x204C3F" are one word, and stay alike when it is replaced.
 */
#ifndef CW_DEVICE_SECRET_H
#define CW_DEVICE_SECRET_H

#include "certwipe/device.h"

/* Where a word may stand; a short or common one must not be replaced everywhere. */
enum cw_scope {
	CW_SCOPE_ANY = 1,   /* serial numbers and the like */
	CW_SCOPE_NAMES = 2, /* where the kernel or udev puts names together */
	CW_SCOPE_LABELS = 4,
	CW_SCOPE_FILE = 8,
};

struct cw_secret {
	uint32_t *from, *to; /* owned */
	size_t n, kept;      /* the first few say what kind of name it is, and stay */
	unsigned scope;
	bool is_hex;
};
struct cw_secrets {
	struct cw_secret *at; /* owned */
	size_t n;
	uint8_t random[256];
	size_t random_used;
	bool failed; /* no memory or no random numbers: nothing that was made may be used */
};

/* How the bytes of a value stand for themselves: raw, or with \xNN for what cannot be shown. */
enum cw_spelling { CW_RAW, CW_ESCAPED };

/* Adds a word unless it distinguishes nothing (asked of CW_SCOPE_ANY and CW_SCOPE_NAMES only).  A prefix that names the kind ("naa.", "0x") does not belong to it. */
void cw_secrets_add(struct cw_secrets *s, const void *text, size_t len, enum cw_spelling spelling, unsigned scope, size_t kept);
/* Chooses the replacements; those of longer words hold those of the shorter ones in them. */
void cw_secrets_choose(struct cw_secrets *s);
/* In place; returns whether anything was replaced. */
bool cw_secrets_replace(const struct cw_secrets *s, unsigned scopes, void *text, size_t len, enum cw_spelling spelling);
/* Numbers that stand in a page as such, and strings whose bytes are swapped in each word. */
void cw_secrets_replace_binary(const struct cw_secrets *s, unsigned scopes, uint8_t *page, size_t len);
/* All letters and digits, whatever they say. */
void cw_secrets_scramble(struct cw_secrets *s, void *text, size_t len, enum cw_spelling spelling);
void cw_secrets_clear(struct cw_secrets *s);

#endif
