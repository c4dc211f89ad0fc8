/* SPDX-License-Identifier: MIT */
/* handle.h - the handle, struct pcopy. */
#ifndef PC_RUN_HANDLE_H
#define PC_RUN_HANDLE_H

#include "job/meter.h"
#include "job/pool.h"
#include "plan/operands.h"
#include "plan/plan.h"

struct pc_ranks;

struct pcopy {
	/* set by the caller, unchanged by a run */
	struct pcopy_options options;
	struct pc_operand *operand;
	unsigned operand_count, operand_cap;
	char *backup_suffix;
	char *manifest;

	/* state of the run */
	bool ran;
	bool fit;        /* the library chose the number of workers */
	bool names_read; /* `names` can be read once without starting again */
	unsigned workers_most;
	uint64_t start_ns; /* of the first pool */
	struct pc_queue queue;
	struct pc_ranks *ranks; /* the ranks that do the work; or NULL */
	struct pcopy_rank_report *rank_report;
	struct pc_meter *meter; /* [workers] of the current copy, with `measure` */
	struct pcopy_report report;
	struct pcopy_phase_report *phase;
	struct pc_plan_result result;

	/* accessed by any thread and by signal handlers */
	_Atomic bool canceled;
	_Atomic uint64_t canceled_ns;       /* time of the first cancel; 0: none */
	_Atomic bool syncing;               /* syncing targets after the copy */
	_Atomic(struct pc_queue *) running; /* queue to notify of a cancel; or NULL */
	_Atomic unsigned queue_users;       /* number of pcopy_cancel() calls that may use it */
};

/* Initial number of workers, after the options were completed. */
unsigned pc_options_workers(const struct pcopy_options *o);

/* Switches from coroutines to threads: the same number of workers, or the default of threads. */
void pc_options_to_threads(struct pcopy *copy);

#endif
