/* SPDX-License-Identifier: MIT
 *
 * filter.h - the ordered list of rules of a run.
 *
 * It is filled before the first worker is born and read by all of them: threads share it, and
 * forked workers inherit it; nobody writes to it then.
 *
 * To be read in this order: glob.c (one pattern against one text), pattern.c (what of a path
 * a pattern is held against), rules.c (the list, and who decides), keys.c (finding the few rules
 * that can match), source.c (rules from files), doubts.c (rules that cannot be meant), ignore.c
 * (.gitignore). */
#ifndef PC_FILTER_FILTER_H
#define PC_FILTER_FILTER_H

#include "filter/keys.h"
#include "filter/pattern.h"

#include "pcopy.h"

struct pc_rule {
	struct pc_pattern pattern;
	bool include;
	unsigned number;  /* from 1 on */
	const char *file; /* the filter's; NULL: given by hand */
	uint64_t line;    /* of the file, from 1 on */
};

/* What a rule was read from, kept for messages. */
struct pc_filter_file {
	struct pc_filter_file *next;
	char name[];
};

struct pcopy_filter {
	struct pc_rule **rule;
	unsigned count, cap;
	unsigned excludes;
	struct pc_keys keys;
	struct pc_filter_file *files;
	bool input; /* standard input was read */
};

/* ---- rules.c ---- */

/* Appends a rule.  0, -ENOMEM, or -EINVAL and why. */
int pc_filter_append(struct pcopy_filter *f, const struct pc_rule *where, const char *pattern,
                     const char **ret_why);

/* The first rule that matches; NULL: none does. */
const struct pc_rule *pc_filter_decide(const struct pcopy_filter *f,
                                       const struct pc_filter_path *path);

/* Keeps a name for messages.  NULL: no memory. */
const char *pc_filter_keep(struct pcopy_filter *f, const char *name);

/* What the caller is told of a rule. */
struct pcopy_filter_rule pc_filter_rule(const struct pc_rule *rule);

#endif
