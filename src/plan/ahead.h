/* SPDX-License-Identifier: MIT */
/* ahead.h - counting directories before they are copied, for a progress that can be believed.
 *
 * One job at a time lists some directories that the copy has not begun, and no more than a small
 * part of the time of all jobs goes to that.  What they hold is kept (sample.h), and
 *
 *   the whole  =  what jobs have found  +  what is to be expected below what they have not begun */
#ifndef PC_PLAN_AHEAD_H
#define PC_PLAN_AHEAD_H

#include "plan/sample.h"

/* Directories that one job lists at most. */
#define PC_AHEAD_MOST 1024U

struct pc_answer;
struct pc_ledger;

/* What is known of a listing that was broken off. */
struct pc_rest {
	double found;    /* entries that jobs found in it */
	double total;    /* entries of the directory, by its size; 0: not known */
	double counted;  /* ... and further ones, */
	uint64_t cursor; /* up to here; 0: none */
	bool whole;      /* ... or to its end */
};

struct pc_ahead {
	bool on;
	bool failed;               /* a job that counts has no answer: none is sent any more */
	bool inflight;             /* a job counts */
	uint64_t idle_until_ns;    /* there was nothing to be counted: not looked at before */
	uint64_t busy_ns, work_ns; /* of jobs that count, and of all others */
	uint64_t listing_ns;       /* that a directory took of late; 0: not known */
	double found;              /* entries, the operands among them */
	double expected, unsure;   /* of the whole, when it was last looked at */
	uint64_t looked_ns;
	struct pc_sample sample;
	uint32_t node[PC_AHEAD_MOST]; /* of the job in flight */
	unsigned nodes, answered;
	struct pc_rest *rest; /* ... or this; NULL: it is not there any more */
	unsigned rest_depth;  /* of the entries in it */
};

void pc_ahead_init(struct pc_ledger *l);
void pc_ahead_done(struct pc_ledger *l);

/* Sends a job that counts, if it is time to and there is a slot. */
void pc_ahead_fill(struct pc_ledger *l);

/* The copy goes on with a listing. */
void pc_ahead_forget(struct pc_ledger *l, const struct pc_rest *rest);

/* What a job of any kind says of the size of the whole, before its items are taken. */
void pc_ahead_note(struct pc_answer *d);

/* What a job that counts says; and its end. */
void pc_ahead_take(struct pc_answer *d, const struct pc_item *item);
void pc_ahead_end(struct pc_answer *d);

/* ---- whole.c ---- */

/* Marks what the copy has not begun, and computes what is to be expected of it. */
void pc_whole_look(struct pc_ledger *l);

/* Entries to be expected of the whole. */
void pc_whole_extent(struct pc_ledger *l, struct pc_extent *x);

#endif
