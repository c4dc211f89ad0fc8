/* SPDX-License-Identifier: MIT */
/* estimate.h - how much of a tree there is, by those of its directories that were listed.
 *
 * Directories of one depth are taken to hold what those of that depth that were listed hold on
 * average: Chen, "Heuristic sampling: a method for predicting the performance of tree searching
 * programs", 1992, with the depth as the stratum.  Figures alone, no calls. */
#ifndef PC_PLAN_ESTIMATE_H
#define PC_PLAN_ESTIMATE_H

#include "job/job.h"

#define PC_LEVELS 32U

/* Bytes that cost about as much as an entry. */
#define PC_ENTRY_BYTES 65536.0

/* Directories of one depth that were listed: entries found in them, and sums of squares of that. */
struct pc_level {
	double listed;
	double directories, others;
	double directories_2, others_2;
};

/* What was listed, by depth; the last level stands for all that are deeper, too.
 * Zero-initialised: nothing. */
struct pc_estimate {
	struct pc_level level[PC_LEVELS];
	bool fresh; /* `below` was computed since the last addition */
	double below[PC_LEVELS];
};

/* Adds a directory that was listed. */
void pc_estimate_add(struct pc_estimate *e, unsigned depth, double directories, double others);

/* Entries to be expected below one directory of this depth, itself not among them. */
double pc_estimate_below(struct pc_estimate *e, unsigned depth);

/* The standard error of that, as far as what directories of this depth hold makes it. */
double pc_estimate_error(struct pc_estimate *e, unsigned depth);

/* What is known of a run, for the share of it that is done. */
struct pc_extent {
	double done;                     /* entries */
	double small_bytes;              /* of these, but for large files */
	double large_bytes, large_moved; /* of large files: all that were found, and moved */
	double expected;                 /* entries, those done among them */
	double unsure;                   /* of these: they may be so many more */
	double trust;                    /* 0 to 1: the part of the share that is shown */
};

/* From 0 to 1. */
double pc_extent_share(const struct pc_extent *x);

#endif
