/* SPDX-License-Identifier: MIT
 *
 * ignore.h - the rules of .gitignore files, as gitignore(5) has them.
 *
 * Each directory on the way has those of its own file, and a link to those above it.  They
 * belong to the worker that goes down. */
#ifndef PC_FILTER_IGNORE_H
#define PC_FILTER_IGNORE_H

#include "filter/path.h"

#include <stdint.h>

#define PC_IGNORE_FILE ".gitignore"

/* More than that is no list of rules. */
#define PC_IGNORE_BYTES_MAX (64U << 20)

struct pc_ignore_rule {
	const char *glob, *shown;
	uint64_t line;
	bool keeps;      /* it began with `!` */
	bool directory;  /* of these alone */
	bool name_alone; /* held against the last component, else against the path from here */
	size_t literal;  /* so many bytes of it stand for themselves */
};

struct pc_ignore {
	struct pc_ignore *up; /* of the directory above that has any; or NULL */
	size_t dir_len;       /* of "/dir" of the paths that are asked about */
	uint64_t count;
	char *text; /* that the rules point into */
	struct pc_ignore_rule rule[];
};

/* Takes `len` bytes of a file apart.  0, with NULL where it says nothing, or -ENOMEM. */
int pc_ignore_new(const char *text, size_t len, size_t dir_len, struct pc_ignore **ret);
void pc_ignore_free(struct pc_ignore *ignore);

/* The last rule of the nearest file that matches, and which file that is; NULL: none does. */
const struct pc_ignore_rule *pc_ignore_decide(const struct pc_ignore *ignore,
                                              const struct pc_filter_path *path,
                                              const struct pc_ignore **ret_from);

#endif
