/* SPDX-License-Identifier: MIT */
/* plan.h - the coordinator: decides which jobs run next, and processes their results.
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
	unsigned parent_count; /* roots after those: finished last */
	bool climbs;           /* the number of workers is adapted */
	/* Path set that receives skipped and failed entries; NULL: not needed. */
	struct pc_path_set *not_copied;
	/* Path set that receives differing entries, to be copied again; NULL: not needed. */
	struct pc_path_set *different;
	/* Path set that receives the source directories that were listed completely; NULL: not
	 * needed. */
	struct pc_path_set *listed;
	/* Entries to count in this pass, if an earlier one has counted all others; or NULL. */
	const struct pc_path_set *uncounted;
	/* Hard-linked inodes that already have a name in the target; or NULL. */
	const struct pc_known *known;
	/* Names below the only root, which are copied instead of the whole root; or NULL. */
	const struct pcopy_names *names;
	bool names_again;  /* errors in the names were reported before */
	bool above_by_job; /* each directory that leads to one of them is finished by a job */
	/* The run deletes what only the target has; prompts are about that. */
	bool prunes;
	/* Path set that receives what a dry run would remove; NULL: not needed. */
	struct pc_path_set *removed;
	/* Receives items of type PC_ITEM_RECORD; may be NULL if there are none.  Returns 0, or
	 * negative errno, which ends the run. */
	int (*take_record)(void *data, const struct pc_item *record);
	void *record_data;
	/* Each operand becomes one job for each share; 0: it is listed and divided. */
	unsigned shares;
	/* Makes the temporary name of a large file. */
	void (*temp_name)(char *name, const char *final_name);
	size_t temp_name_max;
	bool counts_ahead; /* its workers do jobs of the kind COUNT, for the progress */
	/* For the progress: the result of an earlier pass over the same entries; NULL: none. */
	const struct pc_counts *known_counts;
	bool own_clock;    /* CPU time is reported separately from the run's */
	uint64_t start_ns; /* of the run, which may make several passes over its operands */
};

/* A file system that was written, and a path on it. */
struct pc_written {
	uint64_t dev;
	uint32_t root;
	bool top;   /* it is the directory of the operand's copy; otherwise: */
	char *path; /* below the root's target; a directory or a file */
};

/* A target of another kind that occupies the name of an entry. */
struct pc_obstacle {
	uint32_t root;
	enum pcopy_kind kind; /* of the source */
	enum pcopy_step step; /* why the entry was not copied */
	char *path;           /* below the root */
};

/* The result of a run. */
struct pc_plan_result {
	struct pc_counts counts;
	uint64_t jobs;
	unsigned lost; /* workers that died */
	enum pcopy_stop stop;
	struct pcopy_worker_report *worker; /* [workers_most] */
	struct pc_written *written;         /* one for each file system */
	unsigned written_count;
	bool written_lost;                /* one could not be recorded */
	unsigned workers;                 /* started */
	unsigned workers_most;            /* limit */
	unsigned width_least, width_most; /* range of the number that got jobs */
	struct pc_obstacle *obstacle;
	size_t obstacles, obstacle_cap;
	struct pc_known *known; /* for copying the entries that had obstacles */
	uint64_t vanished;      /* failed entries that no longer exist in the source */
	/* With `uncounted`: failed entries that an earlier pass has already counted. */
	uint64_t failed_again[PCOPY_KINDS];
	bool degraded;
	unsigned queue_peak;
	uint64_t queue_full, queue_starved; /* as in struct pcopy_report */
};

void pc_plan_result_done(struct pc_plan_result *result);

/* Copies all roots with the pool, which it starts and stops.  Returns 0, or negative errno if no
 * worker could be started. */
int pc_plan_run(const struct pc_plan_config *config, struct pc_plan_result *result);

#endif
