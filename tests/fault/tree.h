/* SPDX-License-Identifier: MIT */
/* tree.h - what is copied, and what came of it, as the system itself tells.
 *
 * Everything lies below the current directory: the source at s/, the target at
 * d/.  The operands are the entries of s/, each copied to its name in d/. */
#ifndef PC_TESTS_FAULT_TREE_H
#define PC_TESTS_FAULT_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct entry {
	char *path; /* below s/ and d/ alike, beginning with a slash */
	struct stat st;
	char *text;  /* contents, or a symbolic link's target */
	int first;   /* of those that are the same inode; itself where there is none */
	char *xattr; /* user.fault, or NULL */
	bool kept;   /* the target that exists is to stay as it is */
};

/* What the target has before the copy and the source does not. */
struct surplus {
	const char *path; /* as in struct entry */
	mode_t kind;      /* S_IFREG and the like */
	bool stays;       /* it lies beside the targets, not below them */
};

struct tree {
	struct entry *entry;
	int count;
	const struct surplus *surplus; /* ends without a path; NULL: there is none */
};

/* How much of it is to be the source's. */
struct judged {
	bool attributes; /* mode, owner, times */
	bool links;      /* names of one inode */
	bool xattr;
};

/* A tree with every kind of entry. */
void tree_make_source(void);

/* A directory whose names do not fit into one result. */
void tree_make_wide(void);

/* Other files, links and nodes under the names of all that is no directory; those whose
 * name begins with "keep" are newer than the source. */
void tree_make_existing(const struct tree *source);

/* Adds to a source that was looked at what rules exclude. */
void tree_make_excluded(void);

/* Gives an existing target a surplus, and entries of another kind than in the source; `ruled`: and
 * an entry that a rule excludes, which `stays` or does not. */
void tree_make_surplus(struct tree *tree, bool ruled, bool stays);

/* Whether an entry of the source has something of another kind at its name by that. */
bool tree_has_obstacle(const struct entry *entry);

/* Whether this is in the target, whatever it is. */
bool tree_is_there(const char *path);

/* Learns what is at s/; `follow`: of links, what they name. */
void tree_look(struct tree *tree, bool follow);

/* Removes all below a directory. */
void tree_remove(const char *path);

/* How an entry's copy differs from it; NULL: it does not. */
const char *tree_differs(const struct tree *tree, int entry, const struct judged *judged);

/* Whether the name in the target lies: something looks finished and is not. */
bool tree_lies(const struct tree *tree, int entry, bool existed);

/* Whether what was at the entry's name before is there, or at the name with this
 * behind it. */
bool tree_has_old(const struct entry *entry, const char *suffix);

/* The first name in the target that is none of the source's, nor one with the suffix, nor of the
 * surplus. */
const char *tree_stranger(const struct tree *tree, const char *suffix);

#endif
