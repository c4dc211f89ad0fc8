/* SPDX-License-Identifier: MIT
 *
 * filter.h - the ordered list of include and exclude rules of a run.
 *
 * The list is filled before the first worker starts and not written to afterwards: threads share
 * it, and forked workers inherit it.
 *
 * Reading order: glob.c (one pattern against one text), pattern.c (the part of a path that a
 * pattern is matched against), rules.c (the list, and which rule decides), keys.c (finding the
 * few rules that can match), source.c (rules from files), doubts.c (rules that have no effect),
 * ignore.c (.gitignore). */
#ifndef PC_FILTER_FILTER_H
#define PC_FILTER_FILTER_H

#include "filter/keys.h"
#include "filter/pattern.h"

#include "pcopy.h"

struct pc_rule {
	struct pc_pattern pattern;
	bool include;
	unsigned number;  /* counted from 1 */
	const char *file; /* owned by the filter; NULL: given on the command line */
	uint64_t line;    /* line of the file, counted from 1 */
};

/* The name of a file that rules were read from, kept for messages. */
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
	bool input; /* standard input has been read */
};

/* ---- rules.c ---- */

/* Appends a rule; `origin` has its other fields. 0, -ENOMEM, or -EINVAL and the reason. */
int pc_filter_append(struct pcopy_filter *f, const struct pc_rule *origin, const char *pattern,
                     const char **ret_why);

/* The first rule that matches; NULL: none. */
const struct pc_rule *pc_filter_decide(const struct pcopy_filter *f,
                                       const struct pc_filter_path *path);

/* Keeps a file name for messages. NULL: no memory. */
const char *pc_filter_keep(struct pcopy_filter *f, const char *name);

/* A rule in the form of the public interface. */
struct pcopy_filter_rule pc_filter_rule(const struct pc_rule *rule);

#endif
