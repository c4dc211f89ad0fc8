/* SPDX-License-Identifier: MIT
 *
 * pattern.h - one of rsync's patterns, made ready: what of a path it is held against.
 *
 *	pattern       is held against
 *	name          the last component
 *	a/b           the last components, as many as it has
 *	/a/b          all of the path, from the contents of SOURCE
 *	a**b          what follows any slash, up to the end
 *	**b           the path with a slash before it
 *	a/ ***        (without the blank) of directories the path and a slash
 *	a/            the same as `a`, of directories alone
 */
#ifndef PC_FILTER_PATTERN_H
#define PC_FILTER_PATTERN_H

#include "filter/path.h"

#include <stdint.h>

/* Fewer would be in many names. */
#define PC_KEY_PART_BYTES 3U

/* What narrows down the paths that can match. */
enum pc_pattern_key {
	PC_KEY_NONE,
	PC_KEY_NAME,   /* the last component is this */
	PC_KEY_SUFFIX, /* ... ends in this */
	PC_KEY_PREFIX, /* ... begins with this */
	PC_KEY_PART,   /* ... has this in it, PC_KEY_PART_BYTES or more */
	PC_KEY_HEAD,   /* the first component is this */
	PC_KEYS
};

struct pc_pattern {
	char *text; /* as it was given */
	char *glob; /* without the slashes around it */
	bool wild;  /* else its bytes stand for themselves */
	bool directory;
	bool with_slash; /* of directories the slash behind the path, too */
	/* Where it begins: */
	enum pc_pattern_from {
		PC_FROM_NAME,
		PC_FROM_TAIL,  /* as many components as it has */
		PC_FROM_ROOT,  /* at the first component */
		PC_FROM_SLASH, /* at the slash before that */
		PC_FROM_ANY    /* behind any slash */
	} from;
	unsigned slashes;
};

/* Takes `text` apart.  0, -ENOMEM, or -EINVAL and why. */
int pc_pattern_init(struct pc_pattern *p, const char *text, const char **ret_why);
void pc_pattern_done(struct pc_pattern *p);

bool pc_pattern_matches(const struct pc_pattern *p, const struct pc_filter_path *path);

/* The key of a pattern: a part of its glob, `len` bytes. */
enum pc_pattern_key pc_pattern_key(const struct pc_pattern *p, const char **ret, size_t *ret_len);

/* Whether all is one path that the pattern alone matches: "/a/b". */
bool pc_pattern_is_path(const struct pc_pattern *p);

/* Whether it matches every directory, or every entry. */
bool pc_pattern_matches_all(const struct pc_pattern *p);

/* A component of it that no entry has: "", "." or ".."; NULL: it has none. */
const char *pc_pattern_impossible(const struct pc_pattern *p);

#endif
