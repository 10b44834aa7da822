/* SPDX-License-Identifier: Apache-2.0 */
/* Roles of those who sign, and when two of them are one person. */
#include <ctype.h>
#include <string.h>

#include "certwipe/policy.h"

static const char *const names[] = { [CW_ROLE_STATION] = "station", [CW_ROLE_OPERATOR] = "operator", [CW_ROLE_WITNESS] = "witness", [CW_ROLE_APPROVER] = "approver" };

const char *cw_role_name(uint32_t role)
{
	return role >= CW_ROLE_STATION && role < CW_ARRAY_LEN(names) ? names[role] : "unknown";
}

uint32_t cw_role_of_name(const char *name)
{
	for (uint32_t role = CW_ROLE_STATION; role < CW_ARRAY_LEN(names); role++)
		if (strcmp(names[role], name) == 0)
			return role;
	return 0;
}

/* The next character that counts: letters of ASCII in lower case, blanks in a row as one, none at the end. */
static int next(const char **p)
{
	const char *start = *p;

	while (**p == ' ')
		(*p)++;
	if (**p == '\0')
		return 0;
	if (*p != start)
		return ' ';
	return tolower((unsigned char)*(*p)++);
}

static bool same_name(const char *a, const char *b)
{
	int x, y;

	a += strspn(a, " ");
	b += strspn(b, " ");
	do {
		x = next(&a);
		y = next(&b);
	} while (x && x == y);
	return x == y;
}

bool cw_is_same_person(const struct cw_signing_person *a, const struct cw_signing_person *b)
{
	if (strcmp(a->cert_sha256, b->cert_sha256) == 0)
		return true;
	/* Two people may have one name; no two have one id. */
	if (*a->id && *b->id)
		return same_name(a->id, b->id);
	return same_name(a->name, b->name);
}
