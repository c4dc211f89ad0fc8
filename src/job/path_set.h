/* SPDX-License-Identifier: MIT */
/* path_set.h - a set of paths, each stored as a hash of its root and path.
 *
 * The coordinator collects in it the entries that a run skipped or that failed; verification
 * passes over these. Another set holds entries to be copied again. A set is filled by one thread
 * and then read by many. An entry takes eight bytes. The hashes have 64 bits, so with n paths in
 * the set another path is mistaken for one of them with probability n / 2^64. */
#ifndef PC_JOB_PATH_SET_H
#define PC_JOB_PATH_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pc_mark {
	PC_MARK_ITSELF,     /* the entry alone */
	PC_MARK_TREE,       /* the entry and everything below it */
	PC_MARK_ATTRIBUTES, /* its metadata other than mode, owner and times */
	PC_MARK_ABOVE,      /* something below it is in the set */
};

struct pc_path_set {
	uint64_t *slot; /* hash table with open addressing; 0: free */
	size_t cap, len;
};

/* 0 or -ENOMEM. */
int pc_path_set_add(struct pc_path_set *m, uint32_t root, const char *path, size_t len,
                    enum pc_mark mark);
bool pc_path_set_has(const struct pc_path_set *m, uint32_t root, const char *path, size_t len,
                     enum pc_mark mark);

/* Whether the set holds the entry itself or a tree that it lies in; and whether it holds that or
 * something below the entry. */
bool pc_path_set_covers(const struct pc_path_set *m, uint32_t root, const char *path);
bool pc_path_set_reaches(const struct pc_path_set *m, uint32_t root, const char *path);

/* Adds the directories above an entry as PC_MARK_ABOVE; the second adds the entry, too. */
int pc_path_set_add_above(struct pc_path_set *m, uint32_t root, const char *path);
int pc_path_set_add_below(struct pc_path_set *m, uint32_t root, const char *path,
                          enum pc_mark mark);
void pc_path_set_done(struct pc_path_set *m);

/* Identifies a source directory that was listed completely, by its path and inode; never 0. A
 * set of these hashes holds nothing else. */
uint64_t pc_listed_hash(uint32_t root, const char *path, size_t len, uint64_t dev, uint64_t ino);
int pc_path_set_add_hash(struct pc_path_set *m, uint64_t hash);
bool pc_path_set_has_hash(const struct pc_path_set *m, uint64_t hash);

#endif
