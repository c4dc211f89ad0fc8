/* SPDX-License-Identifier: MIT */
/* mtree_words.c - keywords of mtree(5), their values, and names in vis(3). */
#include "check/mtree_words.h"

#include "check/facts.h"

#include <string.h>

static const struct pc_keyword keywords[] = {
	{"type", PC_FACT(PCOPY_FIELD_KIND)},	    {"mode", PC_FACT(PCOPY_FIELD_MODE)},
	{"uid", PC_FACT(PCOPY_FIELD_USER)},	    {"gid", PC_FACT(PCOPY_FIELD_GROUP)},
	{"size", PC_FACT(PCOPY_FIELD_SIZE)},	    {"time", PC_FACT(PCOPY_FIELD_TIME)},
	{"link", PC_FACT(PCOPY_FIELD_LINK)},	    {"nlink", PC_FACT(PCOPY_FIELD_LINKS)},
	{"device", PC_FACT(PCOPY_FIELD_DEVICE)},    {"sha256", PC_FACT(PCOPY_FIELD_DIGEST)},
	{"sha256digest", PC_FACT(PCOPY_FIELD_DIGEST)}, {"sha512", PC_FACT(PCOPY_FIELD_DIGEST)},
	{"sha512digest", PC_FACT(PCOPY_FIELD_DIGEST)}, {"sha384", PC_FACT(PCOPY_FIELD_DIGEST)},
	{"sha384digest", PC_FACT(PCOPY_FIELD_DIGEST)}, {"sha1", PC_FACT(PCOPY_FIELD_DIGEST)},
	{"sha1digest", PC_FACT(PCOPY_FIELD_DIGEST)},   {"md5", PC_FACT(PCOPY_FIELD_DIGEST)},
	{"md5digest", PC_FACT(PCOPY_FIELD_DIGEST)},
	/* known, and not looked at */
	{"uname", 0}, {"gname", 0}, {"flags", 0}, {"cksum", 0}, {"contents", 0}, {"content", 0},
	{"ignore", 0}, {"nochange", 0}, {"optional", 0}, {"tags", 0}, {"inode", 0}, {"resdevice", 0},
	{"rmd160", 0}, {"rmd160digest", 0}, {"ripemd160digest", 0}, {"all", 0},
};

const struct pc_keyword *pc_keyword_find(const char *key, size_t len)
{
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if (strlen(keywords[i].key) == len && memcmp(keywords[i].key, key, len) == 0)
			return &keywords[i];
	}
	return NULL;
}

static bool keyword_is_number(const char *text, const char *digits)
{
	return *text && text[strspn(text, digits)] == '\0';
}

bool pc_keyword_takes(const struct pc_keyword *k, const char *value)
{
	static const char *const kinds[] = {"file", "dir", "link", "char", "block", "fifo", "socket"};

	if (k->facts == PC_FACT(PCOPY_FIELD_KIND)) {
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
			if (strcmp(value, kinds[i]) == 0)
				return true;
		}
		return false;
	}
	if (k->facts == PC_FACT(PCOPY_FIELD_MODE))
		return keyword_is_number(value, "01234567");
	if (k->facts & (PC_FACT(PCOPY_FIELD_USER) | PC_FACT(PCOPY_FIELD_GROUP) |
			PC_FACT(PCOPY_FIELD_SIZE) | PC_FACT(PCOPY_FIELD_LINKS)))
		return keyword_is_number(value, "0123456789");
	if (k->facts == PC_FACT(PCOPY_FIELD_TIME))
		return keyword_is_number(*value == '-' ? value + 1 : value, "0123456789.");
	if (k->facts == PC_FACT(PCOPY_FIELD_DIGEST))
		return keyword_is_number(value, "0123456789abcdefABCDEF");
	return *value != '\0';
}

/* ---- Names ---- */

static int vis_octal(const char *p)
{
	int value = 0;

	for (int i = 0; i < 3; i++) {
		if (p[i] < '0' || p[i] > '7')
			return -1;
		value = value * 8 + (p[i] - '0');
	}
	return value <= 255 ? value : -1;
}

/* \^C and \M-C, \M^C: control characters, and bytes above 127.  The length, or -1. */
static int vis_decode_control(const char *p, char *ret)
{
	const char *start = p++;
	unsigned char high = 0;

	if (*p == 'M') {
		high = 0x80;
		p++;
	}
	if (p[0] == '\0' || p[1] == '\0')
		return -1;
	if (*p == '^')
		*ret = (char)(high | (p[1] == '?' ? 0x7f : p[1] & 0x1f));
	else if (*p == '-' && high)
		*ret = (char)(high | (unsigned char)p[1]);
	else
		return -1;
	return (int)(p + 2 - start);
}

int pc_vis_decode(const char *p, char *ret)
{
	static const char from[] = "abfnrstv0\\#", to[] = "\a\b\f\n\r \t\v\0\\#";
	const char *found;
	int value;

	*ret = *p;
	if (*p != '\\')
		return 1;
	value = vis_octal(p + 1);
	if (value >= 0) {
		*ret = (char)value;
		return 4;
	}
	if (p[1] == '^' || p[1] == 'M')
		return vis_decode_control(p, ret);
	found = p[1] ? strchr(from, p[1]) : NULL;
	if (!found)
		return -1;
	*ret = to[found - from];
	return 2;
}
