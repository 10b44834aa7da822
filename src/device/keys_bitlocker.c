/* SPDX-License-Identifier: Apache-2.0 */
/* BitLocker as of Windows 7 and To Go: the boot sector tells where three copies of the metadata are, and these where the first sectors of the file system went. */
#include "keys.h"

#include <endian.h>
#include <string.h>

#define SECTOR_BYTES 512u
#define COPIES 3u
#define COPY_BYTES 65536u
#define MOVED_MAX_SECTORS 2048u /* 16 in practice */
#define STATE_ENCRYPTED 4u      /* neither being encrypted nor decrypted */

static uint16_t le16(const uint8_t *b)
{
	return (uint16_t)(b[1] << 8 | b[0]);
}

static uint32_t le32(const uint8_t *b)
{
	uint32_t n;

	memcpy(&n, b, sizeof(n));
	return le32toh(n);
}

static uint64_t le64(const uint8_t *b)
{
	uint64_t n;

	memcpy(&n, b, sizeof(n));
	return le64toh(n);
}

static void take_copy(struct key_volume *v, uint64_t at_bytes)
{
	static const uint8_t signature[8] = { '-', 'F', 'V', 'E', '-', 'F', 'S', '-' };
	uint8_t h[64];

	if (at_bytes < SECTOR_BYTES || at_bytes % SECTOR_BYTES || !keys_read(v, at_bytes, h, sizeof(h)) || memcmp(h, signature, sizeof(signature)) != 0 || le16(h + 10) != 2 ||
	    !keys_span(v, at_bytes, COPY_BYTES)) {
		keys_object(v, N_("A copy of BitLocker's metadata is not where the volume says that it is."));
		return;
	}
	if (le16(h + 12) != STATE_ENCRYPTED || le16(h + 14) != STATE_ENCRYPTED)
		keys_object(v, N_("A BitLocker volume is not encrypted whole: that was not finished, or is being undone."));
	if (le32(h + 28) > MOVED_MAX_SECTORS || !keys_span(v, le64(h + 56), (uint64_t)le32(h + 28) * SECTOR_BYTES))
		keys_object(v, N_("A copy of BitLocker's metadata is not where the volume says that it is."));
}

/* Where the boot sector keeps the three offsets (device-commands.md 9.2). */
static uint32_t offsets_at(const uint8_t *boot)
{
	static const uint8_t fixed[11] = { 0xeb, 0x58, 0x90, '-', 'F', 'V', 'E', '-', 'F', 'S', '-' };
	static const uint8_t to_go[11] = { 0xeb, 0x58, 0x90, 'M', 'S', 'W', 'I', 'N', '4', '.', '1' };

	return !memcmp(boot, fixed, sizeof(fixed)) ? 176 : !memcmp(boot, to_go, sizeof(to_go)) ? 440 : 0;
}

void keys_bitlocker(struct key_volume *v)
{
	uint8_t boot[SECTOR_BYTES];
	uint32_t at;

	v->kind = CW_VOLUME_BITLOCKER;
	at = keys_read(v, 0, boot, sizeof(boot)) ? offsets_at(boot) : 0;
	if (!at || !keys_span(v, 0, SECTOR_BYTES)) {
		keys_object(v, N_("The boot sector of a BitLocker volume is of a kind that is not known here."));
		return;
	}
	for (uint32_t i = 0; i < COPIES; i++)
		take_copy(v, le64(boot + at + 8 * i));
}
