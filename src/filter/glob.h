/* SPDX-License-Identifier: MIT
 *
 * glob.h - patterns with `*`, `?`, `[...]` and `**`, by bytes whatever the locale is.
 *
 * Not fnmatch(3): that knows characters of the thread's locale, and no `**`, which rsync
 * takes inside a component, too (`a**b`).  tests/unit/check_glob has it as judge. */
#ifndef PC_FILTER_GLOB_H
#define PC_FILTER_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* What `**` is. */
enum pc_glob_deep {
	PC_GLOB_RSYNC, /* any bytes, slashes too */
	/* Alone between slashes: any number of directories, also none; at the end all that
	 * is below.  Elsewhere the same as `*`. */
	PC_GLOB_GIT,
};

/* Why a pattern matches nothing; NULL: it can. */
const char *pc_glob_refuse(const char *pattern);

/* Whether `*`, `?` or `[` is in it: else every byte of it stands for itself, a backslash too. */
bool pc_glob_is_wild(const char *pattern);

/* The longest part of a wild pattern that every text has that matches.  Its length; 0: there is none. */
size_t pc_glob_literal(const char *pattern, const char **ret);

/* Whether all of `text`, `len` bytes, matches.  The time is bounded by the product of both
 * lengths. */
bool pc_glob_match(const char *pattern, const char *text, size_t len, enum pc_glob_deep deep);

#endif
