/* SPDX-License-Identifier: MIT */
/* handle.h - what pcopy.h calls struct pcopy. */
#ifndef PC_RUN_HANDLE_H
#define PC_RUN_HANDLE_H

#include "job/meter.h"
#include "job/pool.h"
#include "plan/operands.h"
#include "plan/plan.h"

struct pc_ranks;

struct pcopy {
	/* set by the caller, not changed by a run */
	struct pcopy_options options;
	struct pc_operand *operand;
	unsigned operand_count, operand_cap;
	char *backup_suffix;
	char *manifest;

	/* of the run */
	bool ran;
	bool fit;        /* the number of workers was left to us */
	bool names_read; /* once */
	unsigned workers_most;
	uint64_t start_ns; /* of its first pool */
	struct pc_queue queue;
	struct pc_ranks *ranks; /* that do its work; or NULL */
	struct pcopy_rank_report *rank_report;
	struct pc_meter *meter; /* [workers] of the copy in work, where the caller wants to know */
	struct pcopy_report report;
	struct pcopy_phase_report *phase;
	struct pc_plan_result result;

	/* any thread, and signal handlers */
	_Atomic bool canceled;
	_Atomic uint64_t canceled_ns;       /* when, the first time; 0: not */
	_Atomic bool syncing;               /* the targets, when all is copied */
	_Atomic(struct pc_queue *) running; /* NULL: no queue to be told */
	_Atomic unsigned telling;           /* pcopy_cancel() calls that may use it */
};

/* Workers at first, once the options were fitted. */
unsigned pc_options_workers(const struct pcopy_options *o);

/* Threads instead of coroutines: as many, or as many as threads would be. */
void pc_options_to_threads(struct pcopy *copy);

#endif
