/* SPDX-License-Identifier: MIT */
/* ahead.h - lists directories before they are copied, so that the share in on_progress is accurate.
 *
 * One job at a time lists some directories that the copy has not reached.  These jobs take a small
 * part of the time of all jobs.  Their results are kept (sample.h):
 *
 *   entries in all  =  entries found by copying jobs
 *                   +  entries expected below the directories that these have not reached */
#ifndef PC_PLAN_AHEAD_H
#define PC_PLAN_AHEAD_H

#include "plan/sample.h"

/* Limit of directories that one job lists. */
#define PC_AHEAD_MOST 1024U

struct pc_answer;
struct pc_ledger;

/* An incomplete listing of a directory. */
struct pc_rest {
	double found;    /* entries found by copying jobs */
	double total;    /* entries of the directory, estimated from its size; 0: unknown */
	double counted;  /* entries that were listed ahead, after those found, */
	uint64_t cursor; /* up to this cursor; 0: none */
	bool whole;      /* they were listed to the end */
};

struct pc_ahead {
	bool on;
	bool failed;               /* a counting job failed: no further one is sent */
	bool inflight;             /* a counting job is in flight */
	uint64_t idle_until_ns;    /* there was nothing to list: try again after this time */
	uint64_t busy_ns, work_ns; /* busy time of counting jobs, and of all other jobs */
	uint64_t listing_ns;       /* recent time for one directory; 0: unknown */
	double found;              /* entries, including the operands */
	double expected, unsure;   /* entries in all, and the error of that, at `looked_ns` */
	uint64_t looked_ns;
	struct pc_sample sample;
	/* Of the job in flight: its directories, the number of answers taken; or the incomplete
	 * listing that it continues (NULL: that was completed meanwhile), and the depth of its
	 * entries. */
	uint32_t node[PC_AHEAD_MOST];
	unsigned nodes, answered;
	struct pc_rest *rest;
	unsigned rest_depth;
};

void pc_ahead_init(struct pc_ledger *l);
void pc_ahead_done(struct pc_ledger *l);

/* Sends a counting job if its time budget and the queue allow it. */
void pc_ahead_fill(struct pc_ledger *l);

/* A copying job continues this listing: the counting job in flight must not refer to it. */
void pc_ahead_forget(struct pc_ledger *l, const struct pc_rest *rest);

/* Adds the entries that a job found and its busy time.  Called before its items are taken. */
void pc_ahead_note(struct pc_answer *d);

/* Takes an item of a counting job; and its end. */
void pc_ahead_take(struct pc_answer *d, const struct pc_item *item);
void pc_ahead_end(struct pc_answer *d);

/* ---- whole.c ---- */

/* Marks the directories that the copy has not reached, and computes the entries expected in all. */
void pc_whole_look(struct pc_ledger *l);

/* The same, if the last result is too old; fills the expected entries into `x`. */
void pc_whole_extent(struct pc_ledger *l, struct pc_extent *x);

#endif
