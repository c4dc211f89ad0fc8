/* SPDX-License-Identifier: MIT
 *
 * pattern.h - one of rsync's patterns, parsed; and the part of a path that it is matched against.
 *
 * 	pattern       is matched against
 * 	name          the last component
 * 	a/b           as many last components as it has
 * 	/a/b          the whole path, starting at the contents of SOURCE
 * 	a**b          the rest of the path behind any slash
 * 	**b           the path with a slash before it
 * 	a/ ***        (without the blank) for directories the path and a slash
 * 	a/            the same as `a`, directories only */
#ifndef PC_FILTER_PATTERN_H
#define PC_FILTER_PATTERN_H

#include "filter/path.h"

#include <stdint.h>

/* Shorter parts would occur in too many names. */
#define PC_KEY_PART_BYTES 3U

/* A property that limits the paths that can match. */
enum pc_pattern_key {
	PC_KEY_NONE,
	PC_KEY_NAME,   /* the last component equals the key */
	PC_KEY_SUFFIX, /* ... ends in it */
	PC_KEY_PREFIX, /* ... begins with it */
	PC_KEY_PART,   /* ... contains it; PC_KEY_PART_BYTES or more */
	PC_KEY_HEAD,   /* the first component equals it */
	PC_KEYS
};

struct pc_pattern {
	char *text; /* as given */
	char *glob; /* without leading and trailing slash */
	bool wild;  /* otherwise its bytes stand for themselves */
	bool directory;
	bool with_slash; /* for directories the path's trailing slash is matched, too */
	/* The place in a path where it starts to match. */
	enum pc_pattern_from {
		PC_FROM_NAME,
		PC_FROM_TAIL,  /* as many last components as it has */
		PC_FROM_ROOT,  /* at the first component */
		PC_FROM_SLASH, /* at the slash before that */
		PC_FROM_ANY    /* behind any slash */
	} from;
	unsigned slashes;
};

/* Parses `text`. 0, -ENOMEM, or -EINVAL and the reason. */
int pc_pattern_init(struct pc_pattern *p, const char *text, const char **ret_why);
void pc_pattern_done(struct pc_pattern *p);

bool pc_pattern_matches(const struct pc_pattern *p, const struct pc_filter_path *path);

/* The key of a pattern: a part of its glob, `len` bytes. */
enum pc_pattern_key pc_pattern_key(const struct pc_pattern *p, const char **ret, size_t *ret_len);

/* Whether the pattern matches exactly one path: "/a/b". */
bool pc_pattern_is_path(const struct pc_pattern *p);

/* Whether it matches every directory, or every entry. */
bool pc_pattern_matches_all(const struct pc_pattern *p);

/* A component that no entry can have: "", "." or ".."; NULL: there is none. */
const char *pc_pattern_impossible(const struct pc_pattern *p);

#endif
