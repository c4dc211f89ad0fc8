/* SPDX-License-Identifier: MIT */
/* copies.h - what becomes of the copies.
 *
 * They stay until the last run is over, where there is room for all of them: what is
 * removed between two runs changes what the next one finds.  ext4 without a journal looks
 * past inodes that were freed a while ago at each create (reuse.h). */
#ifndef PC_BENCH_COPIES_H
#define PC_BENCH_COPIES_H

#include "bench/model.h"

/* Room for copies: UINT64_MAX inodes where they are not counted. */
struct bench_room {
	uint64_t bytes, inodes;
};

/* Whether so many copies of the tree find room, and leave some. */
bool bench_copies_fit(const struct bench_room *room, const struct bench_tree *tree,
                      uint64_t copies);

/* Decides whether the copies of all runs are kept; with --runs=auto those of the fewest
 * rounds that there may be. */
void bench_copies_plan(struct bench *bench);

/* Whether another round finds room; always where copies are not kept. */
bool bench_copies_another_round(const struct bench *bench);

/* The path of a copy that was begun, 1 to `copies_begun`, on the heap; NULL: no memory. */
char *bench_copy_path_new(const struct bench *bench, unsigned number);

/* After a run: removes the copy or drops it from memory, so that what the run left there
 * is no part of the next, and lets the file system write back what it still holds.  0 or
 * negative errno after a message. */
int bench_copies_settle(const struct bench *bench, const char *path);

/* Removes whatever is left, the probe of bench_reuse_probe() too.  Likewise. */
int bench_copies_remove(const struct bench *bench);

/* What became of them, in words. */
const char *bench_copies_text(const struct bench *bench);

#endif
