/* SPDX-License-Identifier: MIT */
/* marks.h - a set of entries, each known by a hash of its root and path.
 *
 * The coordinator notes in it what a run left alone: entries that were skipped or
 * that failed.  Who reads the copy back passes over them.  Filled by one thread,
 * read by many after that.  Eight bytes an entry, and a hash of 64 bits: one of
 * 2^64 / n others is taken for one of the n that are in the set. */
#ifndef PC_JOB_MARKS_H
#define PC_JOB_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pc_mark {
	PC_MARK_ITSELF,     /* the entry alone */
	PC_MARK_TREE,       /* ... and all below it */
	PC_MARK_ATTRIBUTES, /* what it has beside mode, owner and times */
	PC_MARK_ABOVE,      /* something below it is in the set */
};

struct pc_marks {
	uint64_t *slot; /* open addressing; 0: free */
	size_t cap, len;
};

/* 0 or -ENOMEM. */
int pc_marks_add(struct pc_marks *m, uint32_t root, const char *path, size_t len,
                 enum pc_mark mark);
bool pc_marks_has(const struct pc_marks *m, uint32_t root, const char *path, size_t len,
                  enum pc_mark mark);

/* Whether an entry is in the set by itself, or lies in a tree of it; and whether it, or
 * what is below it, is. */
bool pc_marks_cover(const struct pc_marks *m, uint32_t root, const char *path);
bool pc_marks_reach(const struct pc_marks *m, uint32_t root, const char *path);

/* Marks what is above an entry; and adds the entry, too. */
int pc_marks_add_above(struct pc_marks *m, uint32_t root, const char *path);
int pc_marks_add_below(struct pc_marks *m, uint32_t root, const char *path, enum pc_mark mark);
void pc_marks_done(struct pc_marks *m);

/* A source directory that was listed to its end, by where it is and what it is: never 0.  A
 * set of these has nothing else in it. */
uint64_t pc_listed_hash(uint32_t root, const char *path, size_t len, uint64_t dev, uint64_t ino);
int pc_marks_add_hash(struct pc_marks *m, uint64_t hash);
bool pc_marks_has_hash(const struct pc_marks *m, uint64_t hash);

#endif
