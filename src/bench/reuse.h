/* SPDX-License-Identifier: MIT */
/* reuse.h - detects runs that were slowed down by inodes freed before them.
 *
 * ext4 does not reuse an inode within a minute after it was freed, or six if it has not been
 * written back since.  Without a journal each create checks all of these, one by one
 * (fs/ext4/ialloc.c, recently_deleted()): after the removal of some thousand files, a create in
 * the same block group takes hundreds of microseconds instead of ten, in any program.  See
 * docs/BENCHMARKING.md. */
#ifndef PC_BENCH_REUSE_H
#define PC_BENCH_REUSE_H

#include "bench/model.h"

/* The cost of a run. */
struct bench_cost {
	double create_s; /* mean of a create; 0: unknown */
	double cpu_s;    /* CPU time per entry */
};

/* True if later runs of a row, by their medians, cost far more than its first one. */
bool bench_reuse_grew(struct bench_cost first, struct bench_cost later);

/* True if a probe, or the first run compared with it, was affected by earlier removals.  A hard
 * link is a create without a new inode, so it shows the expected cost. */
bool bench_reuse_before(struct bench_probe probe, struct bench_cost first);

/* Creates and measures files below the target if it is on ext4.  They stay until
 * bench_copies_remove(), because afterwards their inodes are freed ones too. */
#define BENCH_PROBE_NAME "probe"
void bench_reuse_probe(struct bench *bench);

/* Checks all runs: if one was affected, invalidates all rows with a warning.  Returns 0 or
 * -ENOMEM. */
int bench_reuse_judge(struct bench *bench);

#endif
