/* SPDX-License-Identifier: MIT */
/* copies.h - keeps or removes the copies.
 *
 * They are kept until the last run if there is space for all of them, because removals between
 * runs change what the next one finds: at each create, ext4 without a journal skips inodes that
 * were freed recently (reuse.h). */
#ifndef PC_BENCH_COPIES_H
#define PC_BENCH_COPIES_H

#include "bench/model.h"

/* Space for copies; UINT64_MAX inodes if the file system does not count them. */
struct bench_room {
	uint64_t bytes, inodes;
};

/* True if so many copies of the tree fit, with some space left. */
bool bench_copies_fit(const struct bench_room *room, const struct bench_tree *tree,
                      uint64_t copies);

/* Decides whether all copies are kept; with --runs=auto those of the minimum number of rounds. */
void bench_copies_plan(struct bench *bench);

/* True if another round fits; always if copies are not kept. */
bool bench_copies_another_round(const struct bench *bench);

/* The path of a copy that was started, 1 to `copies_begun`, on the heap; NULL: no memory. */
char *bench_copy_path_new(const struct bench *bench, unsigned number);

/* After a run: removes the copy or drops it from the page cache, so that it does not affect the
 * next run, and waits until the file system has written it.  Returns 0, or negative errno after a
 * message. */
int bench_copy_finish(const struct bench *bench, const char *path);

/* Removes everything left, including the probe of bench_reuse_probe().  Returns likewise. */
int bench_copies_remove(const struct bench *bench);

/* Describes what happened to the copies. */
const char *bench_copies_text(const struct bench *bench);

#endif
