/* SPDX-License-Identifier: MIT
 *
 * glob.h - patterns with `*`, `?`, `[...]` and `**`, matched by bytes in every locale.
 *
 * Not fnmatch(3): that depends on the thread's locale and lacks `**`, which rsync also accepts
 * within a component (`a**b`). tests/unit/check_glob compares with it. */
#ifndef PC_FILTER_GLOB_H
#define PC_FILTER_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* The meaning of `**`. */
enum pc_glob_deep {
	PC_GLOB_RSYNC, /* any bytes, slashes included */
	/* Alone between slashes: any number of directories, also none; at the end: everything
	 * below. Elsewhere the same as `*`. */
	PC_GLOB_GIT,
};

/* The reason why a pattern matches nothing; NULL: it can match. */
const char *pc_glob_refuse(const char *pattern);

/* Whether it contains `*`, `?` or `[`. Otherwise every byte stands for itself, even a backslash. */
bool pc_glob_is_wild(const char *pattern);

/* The longest literal part of a wild pattern, which every matching text contains. Its length; 0:
 * there is none. */
size_t pc_glob_literal(const char *pattern, const char **ret);

/* Whether all `len` bytes of `text` match. The time is bounded by the product of both lengths. */
bool pc_glob_match(const char *pattern, const char *text, size_t len, enum pc_glob_deep deep);

#endif
