/* handle.h - what pcopy.h calls struct pcopy, for the files that join the rooms. */
#ifndef PC_HANDLE_H
#define PC_HANDLE_H

#include "base/attributes.h"
#include "job/meter.h"
#include "job/pool.h"
#include "plan/operands.h"
#include "plan/plan.h"

#include <stdio.h>

struct pcopy {
	/* set by the caller, not changed by a run */
	struct pcopy_options options;
	struct pc_operand *operand;
	unsigned operand_count, operand_cap;
	char *backup_suffix;
	char *manifest;

	/* of the run */
	bool ran;
	bool fit; /* the number of workers was left to us */
	uint64_t start_ns; /* of its first pool */
	struct pc_queue queue;
	struct pc_meter *meter; /* [workers] of the copy in work, where the caller wants to know */
	struct pcopy_report report;
	struct pcopy_phase_report *phase;
	struct pc_plan_result result;

	/* any thread, and signal handlers */
	_Atomic bool canceled;
	_Atomic uint64_t canceled_ns;       /* when, the first time; 0: not */
	_Atomic bool syncing;               /* the targets, when all is copied */
	_Atomic(struct pc_queue *) running; /* NULL: no queue to be told */
	_Atomic unsigned telling;	    /* pcopy_cancel() calls that may use it */
};

/* The operands of a run. */
struct pc_run {
	struct pc_operands *operands;
	const struct pc_root *root;
	unsigned root_count, parent_count;
	struct timespec started; /* by the clock of file times */
	struct pc_attribute_rules attributes; /* which of them are copied */
	struct pc_marks passed_over;
	struct pc_marks different; /* to be copied again */
	bool may_recopy, again;	   /* it may be; it was */
	FILE *manifest; /* that is to be written, or NULL */
	const struct pc_index *index; /* of one that is compared with, or NULL */
};

/* What a run is for. */
enum pc_purpose { PC_TO_COPY, PC_TO_COMPARE, PC_TO_DESCRIBE, PC_TO_CHECK };

/* Starts a run: once a handle.  0, PCOPY_FAILED after an event, or negative errno;
 * pc_run_end() in any case. */
int pc_run_begin(struct pcopy *copy, enum pc_purpose purpose, struct pc_run *run);

/* Ends it: `r`, or what is graver. */
int pc_run_end(struct pcopy *copy, struct pc_run *run, int r);

/* Of two outcomes the graver one. */
int pc_graver(int a, int b);

/* Goes once through the operands, by workers that do `config`'s work.  The caller
 * fills in options, roots and what else is its own; result is `result`. */
int pc_run_pool(struct pcopy *copy, struct pc_plan_config *config, const struct pc_work *work,
		enum pcopy_pool kind, struct pc_plan_result *result);

/* ---- report.c: what a run came to ---- */

/* What this process has used until now. */
struct pc_usage pc_usage_now(void);

/* Which pool it was in the end, what it cost since `before`, and the peak of its memory. */
void pc_report_pool(struct pcopy *copy, const struct pc_pool *pool, enum pcopy_pool kind);
void pc_report_cost(struct pcopy *copy, const struct pc_pool *pool, uint64_t start_ns,
		    const struct pc_usage *before);
void pc_report_peak(struct pcopy *copy, const struct pc_pool *pool);

/* What was copied, and how the workers were kept at work. */
void pc_run_report(struct pcopy *copy, const struct pc_plan_result *result);

/* Adds up what the workers measured.  0 or -ENOMEM. */
int pc_report_phases(struct pcopy *copy);

/* Reads back what a run copied, or what there is, as the options say.  0, PCOPY_FAILED,
 * PCOPY_DIFFERENT or negative errno. */
int pc_read_back(struct pcopy *copy, struct pc_run *run, enum pc_purpose purpose);

#endif
