/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz targets: one file each, of any bytes.  clang's libFuzzer drives them (make fuzz, tests/fuzz/run), and replay.c over the committed corpus (make check).  A finding is a report of
 * a sanitizer, or a claim that does not hold.
 */
#ifndef CERTWIPE_TESTS_FUZZ_H
#define CERTWIPE_TESTS_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certwipe/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define CLAIM(holds) \
	do { \
		if (!(holds)) { \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #holds); \
			abort(); \
		} \
	} while (0)

/* A copy of its own, so long and no longer, filled up with zeros: whoever reads beyond it is seen. */
static inline uint8_t *fuzz_bytes(const uint8_t *data, size_t len, size_t want)
{
	uint8_t *copy = calloc(1, want ? want : 1);

	CLAIM(copy);
	if (len)
		memcpy(copy, data, len < want ? len : want);
	return copy;
}

/* Takes n bytes off the front; what is not there is zero. */
static inline void fuzz_take(const uint8_t **data, size_t *len, void *out, size_t n)
{
	size_t have = *len < n ? *len : n;

	memset(out, 0, n);
	if (have)
		memcpy(out, *data, have);
	*data += have;
	*len -= have;
}

/* A file of the tree that the program was started in; *len is its length, and the caller's the bytes. */
static inline uint8_t *fuzz_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	uint8_t *bytes = NULL;
	long end;

	CLAIM(f && !fseek(f, 0, SEEK_END) && (end = ftell(f)) >= 0 && !fseek(f, 0, SEEK_SET));
	*len = (size_t)end;
	bytes = malloc(*len + 1);
	CLAIM(bytes && fread(bytes, 1, *len, f) == *len);
	bytes[*len] = 0;
	fclose(f);
	return bytes;
}

#endif
