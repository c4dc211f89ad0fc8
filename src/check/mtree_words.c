/* SPDX-License-Identifier: MIT */
/* mtree_words.c - the keywords of an mtree(5) manifest, and names encoded by vis(3).
 *
 * Accepts the manifests of pcopy, libarchive, FreeBSD and NetBSD. Each keyword has a row with
 * its property and the parser of its value. */
#include "check/mtree_words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

/* ---- Values: each function parses one, or returns false and changes nothing ---- */

/* Digits of `base` only, and at most `max`. */
static bool number_read(const char *text, int base, uint64_t max, uint64_t *ret)
{
	static const char digits[] = "0123456789";
	size_t len = strspn(text, base == 8 ? "01234567" : digits);
	unsigned long long number;

	if (len == 0 || text[len] != '\0')
		return false;
	errno = 0;
	number = strtoull(text, NULL, base);
	if (errno != 0 || number > max)
		return false;
	*ret = number;
	return true;
}

static bool number32_read(const char *text, uint32_t *ret)
{
	uint64_t number;

	if (!number_read(text, 10, UINT32_MAX, &number))
		return false;
	*ret = (uint32_t)number;
	return true;
}

/* The mode bits stay: `mode` may precede `type`. */
static bool type_take(struct pc_mtree_values *v, const char *value)
{
	static const struct {
		const char *word;
		uint32_t kind;
	} kinds[] = {{"file", S_IFREG},  {"dir", S_IFDIR},  {"link", S_IFLNK},   {"char", S_IFCHR},
	             {"block", S_IFBLK}, {"fifo", S_IFIFO}, {"socket", S_IFSOCK}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(value, kinds[i].word) != 0)
			continue;
		v->properties.mode = (v->properties.mode & ~(uint32_t)S_IFMT) | kinds[i].kind;
		return true;
	}
	return false;
}

static bool mode_take(struct pc_mtree_values *v, const char *value)
{
	uint64_t mode;

	if (!number_read(value, 8, 0177777, &mode)) /* some writers include the file type */
		return false;
	v->properties.mode = (v->properties.mode & S_IFMT) | ((uint32_t)mode & 07777U);
	return true;
}

static bool uid_take(struct pc_mtree_values *v, const char *value)
{
	return number32_read(value, &v->properties.uid);
}

static bool gid_take(struct pc_mtree_values *v, const char *value)
{
	return number32_read(value, &v->properties.gid);
}

static bool nlink_take(struct pc_mtree_values *v, const char *value)
{
	return number32_read(value, &v->properties.nlink);
}

static bool size_take(struct pc_mtree_values *v, const char *value)
{
	return number_read(value, 10, INT64_MAX, &v->properties.size);
}

/* Seconds and, behind a point, nanoseconds. These are a number and not a fraction: libarchive
 * does not pad them. Without a point the granularity is a second. */
static bool time_take(struct pc_mtree_values *v, const char *value)
{
	bool before = *value == '-';
	char seconds[24];
	const char *point = strchr(value + before, '.');
	size_t len = point ? (size_t)(point - value - before) : strlen(value + before);
	uint64_t sec, nsec = 0;

	if (len >= sizeof(seconds))
		return false;
	memcpy(seconds, value + before, len);
	seconds[len] = '\0';
	if (!number_read(seconds, 10, INT64_MAX, &sec) ||
	    (point && point[1] != '\0' && !number_read(point + 1, 10, 999999999, &nsec)))
		return false;
	v->properties.mtime.tv_sec = before ? -(time_t)sec : (time_t)sec;
	v->properties.mtime.tv_nsec = (long)nsec;
	v->properties.time_granularity = point ? PC_TIME_EXACT : PC_TIME_SECOND;
	return true;
}

/* A number as in stat(2), or FORMAT,MAJOR,MINOR. The format tells how a system packs the two
 * into one number, which does not matter here. A third number, which Linux does not have, is
 * rejected. */
static bool device_take(struct pc_mtree_values *v, const char *value)
{
	const char *comma = strchr(value, ',');
	unsigned long major, minor;
	char *end;

	if (!comma) {
		v->properties.device = strtoull(value, &end, 0);
		return *value >= '0' && *value <= '9' && *end == '\0';
	}
	if (comma == value || comma[1] < '0' || comma[1] > '9')
		return false;
	major = strtoul(comma + 1, &end, 0);
	if (*end != ',' || end[1] < '0' || end[1] > '9')
		return false;
	minor = strtoul(end + 1, &end, 0);
	if (*end != '\0' || major > UINT32_MAX || minor > UINT32_MAX)
		return false;
	v->properties.device = makedev((unsigned)major, (unsigned)minor);
	return true;
}

static const unsigned digest_bytes[PC_DIGESTS] = {
	[PC_DIGEST_SHA512] = 64, [PC_DIGEST_SHA384] = 48, [PC_DIGEST_SHA256] = 32,
	[PC_DIGEST_SHA1] = 20,   [PC_DIGEST_MD5] = 16,
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Several digests of an entry may be given; each is kept until the strongest is chosen. */
static bool digest_take(struct pc_mtree_values *v, enum pc_digest_kind kind, const char *value)
{
	if (strlen(value) != 2 * (size_t)digest_bytes[kind])
		return false;
	for (unsigned i = 0; i < digest_bytes[kind]; i++) {
		int high = hex_digit(value[2 * i]), low = hex_digit(value[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		v->digest[kind][i] = (unsigned char)(high << 4 | low);
	}
	v->digests |= UINT32_C(1) << kind;
	return true;
}

/* ---- Keywords ---- */

static const struct keyword {
	const char *name;
	enum pcopy_field field; /* the property that it describes */
	bool (*take)(struct pc_mtree_values *v, const char *value);
	enum pc_digest_kind digest;
} keywords[] = {
	{"type", PCOPY_FIELD_KIND, type_take, 0},
	{"mode", PCOPY_FIELD_MODE, mode_take, 0},
	{"uid", PCOPY_FIELD_USER, uid_take, 0},
	{"gid", PCOPY_FIELD_GROUP, gid_take, 0},
	{"nlink", PCOPY_FIELD_LINKS, nlink_take, 0},
	{"size", PCOPY_FIELD_SIZE, size_take, 0},
	{"time", PCOPY_FIELD_TIME, time_take, 0},
	{"device", PCOPY_FIELD_DEVICE, device_take, 0},
	{"link", PCOPY_FIELD_LINK, NULL, 0},
	{"sha512", PCOPY_FIELD_DIGEST, NULL, PC_DIGEST_SHA512},
	{"sha512digest", PCOPY_FIELD_DIGEST, NULL, PC_DIGEST_SHA512},
	{"sha384", PCOPY_FIELD_DIGEST, NULL, PC_DIGEST_SHA384},
	{"sha384digest", PCOPY_FIELD_DIGEST, NULL, PC_DIGEST_SHA384},
	{"sha256", PCOPY_FIELD_DIGEST, NULL, PC_DIGEST_SHA256},
	{"sha256digest", PCOPY_FIELD_DIGEST, NULL, PC_DIGEST_SHA256},
	{"sha1", PCOPY_FIELD_DIGEST, NULL, PC_DIGEST_SHA1},
	{"sha1digest", PCOPY_FIELD_DIGEST, NULL, PC_DIGEST_SHA1},
	{"md5", PCOPY_FIELD_DIGEST, NULL, PC_DIGEST_MD5},
	{"md5digest", PCOPY_FIELD_DIGEST, NULL, PC_DIGEST_MD5},
};

/* Keywords that are accepted and ignored. */
static const char *const ignored_keywords[] = {
	"uname",  "gname",        "flags",           "cksum", "contents", "content",
	"ignore", "nochange",     "optional",        "tags",  "inode",    "resdevice",
	"rmd160", "rmd160digest", "ripemd160digest", "all",
};

static bool keyword_is_ignored(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(ignored_keywords) / sizeof(ignored_keywords[0]); i++) {
		if (strlen(ignored_keywords[i]) == len &&
		    memcmp(ignored_keywords[i], word, len) == 0)
			return true;
	}
	return false;
}

static const struct keyword *keyword_find(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if (strlen(keywords[i].name) == len && memcmp(keywords[i].name, word, len) == 0)
			return &keywords[i];
	}
	return NULL;
}

/* Outside of the table, as it may lack memory. */
static int link_take(struct pc_mtree_values *v, const char *value)
{
	pc_buffer_cut(&v->link, 0);
	return *value ? pc_vis_add(&v->link, value) : -EDOM;
}

/* A keyword that is accepted and ignored may have any value. */
int pc_mtree_values_take(struct pc_mtree_values *v, const char *word)
{
	size_t len = strcspn(word, "=");
	const char *value = word[len] ? word + len + 1 : "";
	const struct keyword *k = keyword_find(word, len);
	int r = 0;

	if (strcmp(word, "optional") == 0)
		v->optional = true;
	if (!k)
		return keyword_is_ignored(word, len) ? 0 : -ENOENT;
	if (k->field == PCOPY_FIELD_LINK)
		r = link_take(v, value);
	else if (!(k->take ? k->take(v, value) : digest_take(v, k->digest, value)))
		r = -EDOM;
	if (r == 0)
		v->properties.known |= PC_PROPERTY(k->field);
	return r;
}

void pc_mtree_values_drop(struct pc_mtree_values *v, const char *keyword)
{
	const struct keyword *k = keyword_find(keyword, strlen(keyword));
	bool all = strcmp(keyword, "all") == 0;

	if (all || strcmp(keyword, "optional") == 0)
		v->optional = false;
	if (all) {
		v->properties.known = v->digests = 0;
	} else if (k && k->field == PCOPY_FIELD_DIGEST) {
		v->digests &= ~(UINT32_C(1) << k->digest);
	} else if (k) {
		v->properties.known &= ~PC_PROPERTY(k->field);
	}
}

/* `v` keeps its own buffer for the link's text. */
int pc_mtree_values_copy(struct pc_mtree_values *v, const struct pc_mtree_values *from)
{
	struct pc_buffer link = v->link;

	*v = *from;
	v->link = link;
	pc_buffer_cut(&v->link, 0);
	return pc_buffer_add(&v->link, from->link.data ? from->link.data : "", from->link.len);
}

struct pc_listed pc_mtree_values_listed(const struct pc_mtree_values *v)
{
	struct pc_listed listed = {.properties = v->properties, .optional = v->optional};
	struct pc_properties *f = &listed.properties;

	if (S_ISLNK(f->mode)) /* on Linux symbolic links have no mode of their own */
		f->known &= ~PC_PROPERTY(PCOPY_FIELD_MODE);
	else
		f->known &= ~PC_PROPERTY(PCOPY_FIELD_LINK);
	if (S_ISDIR(f->mode))
		f->known &= ~PC_PROPERTY(PCOPY_FIELD_LINKS);
	if (!S_ISREG(f->mode))
		f->known &= ~(PC_PROPERTY(PCOPY_FIELD_SIZE) | PC_PROPERTY(PCOPY_FIELD_DIGEST));
	f->link = f->known & PC_PROPERTY(PCOPY_FIELD_LINK) ? v->link.data : NULL;
	if (!(f->known & PC_PROPERTY(PCOPY_FIELD_DIGEST)) || v->digests == 0) {
		f->known &= ~PC_PROPERTY(PCOPY_FIELD_DIGEST);
		return listed;
	}
	while (!(v->digests & UINT32_C(1) << listed.digest)) /* the strongest come first */
		listed.digest++;
	f->digest_len = digest_bytes[listed.digest];
	memcpy(f->digest, v->digest[listed.digest], f->digest_len);
	return listed;
}

void pc_mtree_values_done(struct pc_mtree_values *v)
{
	pc_buffer_done(&v->link);
}

/* ---- Encoded names ---- */

/* Exactly three octal digits, or -1: vis(3) writes no fewer, and a digit of the name may follow. */
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

/* Decodes \^C and \M-C, \M^C: control characters and bytes above 127. The length, or -1. */
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

/* Decodes the byte at `p`. Returns the length of its encoding, or -1. */
static int vis_decode(const char *p, char *ret)
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

int pc_vis_add(struct pc_buffer *b, const char *name)
{
	while (*name) {
		char c;
		int len = vis_decode(name, &c);

		if (len < 0 || c == '\0')
			return -EDOM;
		if (pc_buffer_add(b, &c, 1) < 0)
			return -ENOMEM;
		name += len;
	}
	return pc_buffer_add(b, "", 0);
}
