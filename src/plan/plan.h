/* SPDX-License-Identifier: MIT */
/* plan.h - the coordinator: what may run next, and what came of it.
 *
 * Everything here belongs to the thread that called pcopy_run(). */
#ifndef PC_PLAN_PLAN_H
#define PC_PLAN_PLAN_H

#include "job/path_set.h"
#include "job/pool.h"
#include "job/root.h"
#include "plan/known.h"

struct pc_plan_config {
	const struct pcopy_options *options;
	struct pc_queue *queue;
	struct pc_pool *pool;
	const struct pc_root *root;
	unsigned root_count;
	unsigned parent_count; /* roots behind those: finished when all else is */
	bool climbs; /* the pool may get more workers, and some of them rest: as the storage rewards */
	/* Filled with what was skipped or failed; NULL: nobody asks. */
	struct pc_path_set *passed_over;
	/* Filled with what differs, to be done again; NULL: it is not. */
	struct pc_path_set *different;
	/* Filled with the source directories that were listed to their end; NULL: nobody asks. */
	struct pc_path_set *listed;
	/* What is done in this pass, where an earlier one has counted all else; or NULL. */
	const struct pc_path_set *uncounted;
	/* Names of inodes that have some in the target already; or NULL. */
	const struct pc_known *known;
	/* Names below the one root, which are gone through instead of it; or NULL. */
	const struct pcopy_names *names;
	bool names_again;  /* what is wrong with them was told */
	bool above_by_job; /* a job finishes each directory that leads to one of them */
	/* What the target alone has is removed: questions are about that. */
	bool prunes;
	/* Takes items of type PC_ITEM_RECORD; may be NULL where none come.  0 or negative
	 * errno, which ends the run. */
	int (*take_record)(void *data, const struct pc_item *record);
	void *record_data;
	/* Each operand is a job for each of so many shares; 0: it is listed and cut up. */
	unsigned shares;
	/* Names the temporary file of a large one. */
	void (*temp_name)(char *name, const char *final_name);
	size_t temp_name_max;
	bool own_clock;    /* its cost is told apart from the run's */
	uint64_t start_ns; /* of the run, which may go through its operands several times */
};

/* A file system that was written to, and something that lies on it. */
struct pc_written {
	uint64_t dev;
	uint32_t root;
	bool top;   /* the directory that holds the operand's copy; else: */
	char *path; /* below the root's target; a directory or a file */
};

/* What has the name of an entry in the target and is of another kind. */
struct pc_obstacle {
	uint32_t root;
	enum pcopy_kind kind; /* of the source */
	enum pcopy_step step; /* why the entry was not copied */
	char *path;           /* below the root */
};

/* What a run came to. */
struct pc_plan_result {
	struct pc_counts counts;
	uint64_t jobs;
	unsigned lost; /* workers that died */
	enum pcopy_stop stop;
	struct pcopy_worker_report *worker; /* [workers_most] */
	struct pc_written *written;         /* each file system once */
	unsigned written_count;
	bool written_lost;                /* one could not be noted */
	unsigned workers;                 /* that were started */
	unsigned workers_most;            /* that may be */
	unsigned width_least, width_most; /* that got jobs */
	struct pc_obstacle *obstacle;
	size_t obstacles, obstacle_cap;
	struct pc_known *known; /* where there are obstacles: for who copies what had them */
	uint64_t
		vanished; /* of the entries that failed: the source had them, and has them no more */
	/* `uncounted`: of those that failed, entries that an earlier pass has counted. */
	uint64_t failed_again[PCOPY_KINDS];
	bool degraded;
	unsigned queue_peak;
	uint64_t queue_full, queue_starved; /* as in struct pcopy_report */
};

void pc_plan_result_done(struct pc_plan_result *result);

/* Copies all roots by the pool, which it starts and stops.  0, or negative errno
 * when no worker could be had. */
int pc_plan_run(const struct pc_plan_config *config, struct pc_plan_result *result);

#endif
