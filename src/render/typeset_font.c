/* SPDX-License-Identifier: Apache-2.0 */
/* Where the font is that pages are set in. */
#include <unistd.h>

#include "certwipe/render.h"

/* Where distributions put the one file that has all languages of Noto Sans CJK. */
static const char *const files[] = {
	"/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",           /* Debian, Ubuntu */
	"/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc", /* Fedora */
	"/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
	"/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
};

const char *cw_typeset_font(void)
{
	for (size_t i = 0; i < CW_ARRAY_LEN(files); i++)
		if (access(files[i], R_OK) == 0)
			return files[i];
	return "";
}
