/* SPDX-License-Identifier: MIT
 *
 * ignore.h - the rules of .gitignore files, see gitignore(5).
 *
 * Each directory on the way down has the rules of its own file and a link to those above it. They
 * belong to the worker that walks. */
#ifndef PC_FILTER_IGNORE_H
#define PC_FILTER_IGNORE_H

#include "filter/path.h"

#include <stdint.h>

#define PC_IGNORE_FILE ".gitignore"

/* A larger file is not read as a list of rules. */
#define PC_IGNORE_BYTES_MAX (64U << 20)

struct pc_ignore_rule {
	const char *glob, *shown;
	uint64_t line;
	bool keeps;      /* it began with `!` */
	bool directory;  /* matches directories only */
	bool name_alone; /* matched against the last component, otherwise against the path below
	                  * the file's directory */
	size_t literal;  /* number of leading bytes that stand for themselves */
};

struct pc_ignore {
	struct pc_ignore *up; /* of the nearest parent directory with a file; or NULL */
	size_t dir_len;       /* length of "/dir" in the paths that are matched */
	uint64_t count;
	char *text; /* owns the text that the rules point to */
	struct pc_ignore_rule rule[];
};

/* Parses `len` bytes of a file. 0, with NULL where it holds no rule, or -ENOMEM. */
int pc_ignore_new(const char *text, size_t len, size_t dir_len, struct pc_ignore **ret);
void pc_ignore_free(struct pc_ignore *ignore);

/* The last matching rule of the nearest file with a match, and that file; NULL: no match. */
const struct pc_ignore_rule *pc_ignore_decide(const struct pc_ignore *ignore,
                                              const struct pc_filter_path *path,
                                              const struct pc_ignore **ret_from);

#endif
