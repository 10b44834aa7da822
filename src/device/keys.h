/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys: where the keys of encrypted volumes stand.  Runs in the prober only: headers of volumes are bytes that a stranger wrote, and every offset in them is held
 * against the end of its volume before it is used.
 */
#ifndef CERTWIPE_DEVICE_KEYS_H
#define CERTWIPE_DEVICE_KEYS_H

#include "certwipe/device.h"

/* A volume while its header is read. */
struct key_volume {
	int fd;
	uint64_t offset_bytes, size_bytes; /* on the medium */
	uint32_t kind;
	const char *why;                   /* the first thing that stands against destroying its keys alone; a msgid, NULL: nothing */
	struct cw_keys *keys;              /* spans are put in here */
};
/* Bytes of the volume.  False when they do not lie in it whole, or cannot be read. */
CW_MUST_CHECK bool keys_read(const struct key_volume *v, uint64_t at_bytes, void *buf, size_t len);
bool keys_span(struct key_volume *v, uint64_t at_bytes, uint64_t len_bytes); /* offset in the volume; false when it does not lie in it whole */
void keys_object(struct key_volume *v, const char *why);

void keys_luks(struct key_volume *v);      /* keys_luks.c: which of the two it is */
void keys_luks2(struct key_volume *v);     /* keys_luks2.c */
void keys_bitlocker(struct key_volume *v); /* keys_bitlocker.c */
/* Fills keys of what was recognised on a medium. */
void keys_find(int fd, struct cw_contents *c);

#endif
