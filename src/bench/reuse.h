/* SPDX-License-Identifier: MIT */
/* reuse.h - runs that paid for what was removed before them.
 *
 * ext4 does not give out an inode again that was freed within the last minute, or the last
 * six where it was not written back since.  Without a journal each create looks at all of
 * these, one by one (fs/ext4/ialloc.c, recently_deleted()): after a tree of some thousand
 * files was removed, a create near its place takes hundreds of microseconds in place of
 * ten, whatever program asks for it.  docs/BENCHMARKING.md has figures. */
#ifndef PC_BENCH_REUSE_H
#define PC_BENCH_REUSE_H

#include "bench/model.h"

/* What a run paid. */
struct bench_cost {
	double create_s; /* for a create, on average; 0: not known */
	double cpu_s;    /* CPU time for an entry */
};

/* Whether later runs of a row paid far more than its first: the medians of theirs. */
bool bench_reuse_grew(struct bench_cost first, struct bench_cost later);

/* Whether a probe, or a first run beside it, paid for what was removed before.  A hard
 * link is what a create is without a new inode, so it says what one should cost. */
bool bench_reuse_before(struct bench_probe probe, struct bench_cost first);

/* Makes and measures files below the target, where that is ext4; they stay until
 * bench_copies_remove(), being freed inodes themselves afterwards. */
#define BENCH_PROBE_NAME "probe"
void bench_reuse_probe(struct bench *bench);

/* Looks at all runs: where one paid, no row is valid, and a warning says why.  0 or
 * -ENOMEM. */
int bench_reuse_judge(struct bench *bench);

#endif
