/* SPDX-License-Identifier: MIT */
/* estimate.h - estimates the number of entries of a tree from some listed directories.
 *
 * Directories of one depth are taken to hold what those of that depth that were listed hold on
 * average: Chen, "Heuristic sampling: a method for predicting the performance of tree searching
 * programs", 1992, with the depth as the stratum.  Figures alone, no calls. */
#ifndef PC_PLAN_ESTIMATE_H
#define PC_PLAN_ESTIMATE_H

#include "job/job.h"

#define PC_LEVELS 32U

/* Copying so many bytes costs about as much as an entry. */
#define PC_ENTRY_BYTES 65536.0

/* The cost of finished entries and their bytes, in entries. */
double pc_counted_units(const struct pc_counts *counts);

/* The listed directories of one depth: the sum of their weights; weighted sums of their entries, and
 * of the squares. */
struct pc_level {
	double listed;
	double directories, others;
	double directories_2, others_2;
};

/* The listed directories by depth; the last level includes all deeper ones.
 * Zero-initialised: nothing. */
struct pc_estimate {
	struct pc_level level[PC_LEVELS];
	bool fresh; /* `below` is up to date */
	double below[PC_LEVELS];
};

/* Removes all directories. */
void pc_estimate_clear(struct pc_estimate *e);

/* Adds a listed directory, which counts `weight` times. */
void pc_estimate_add(struct pc_estimate *e, unsigned depth, double weight, double directories,
                     double others);

/* Expected number of entries below one directory of this depth, without the directory itself. */
double pc_estimate_below(struct pc_estimate *e, unsigned depth);

/* The part of its standard error that comes from the entries of directories of this depth. */
double pc_estimate_error(struct pc_estimate *e, unsigned depth);

/* Progress of a run. */
struct pc_extent {
	double done;                     /* finished entries */
	double small_bytes;              /* their bytes, without large files */
	double large_bytes, large_moved; /* bytes of large files: found, and copied */
	double expected;                 /* entries in all, including finished ones */
	double unsure;                   /* standard error of `expected` */
	double trust;                    /* 0 to 1: reduces a share that is based on few listings */
};

/* The share of the run that is done, from 0 to 1. */
double pc_extent_share(const struct pc_extent *x);

#endif
