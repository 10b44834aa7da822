/* SPDX-License-Identifier: Apache-2.0 */
/* What clang-tidy's analyzer, which sees one file at a time, cannot know: cw_fail returns the code that it was given. */
#include "certwipe/base.h"
#define cw_fail(err, code, ...) ((void)cw_fail(err, code, __VA_ARGS__), (int)(code))
