/* SPDX-License-Identifier: MIT */
/* pool.h - how workers are started, watched and ended.
 *
 * A pool is chosen by its row of operations; the coordinator does not know which one it has.
 * Worker numbers start at 0. In the forked pools process p has the workers p * threads .. (p +
 * 1) * threads - 1. */
#ifndef PC_JOB_POOL_H
#define PC_JOB_POOL_H

#include "job/usage.h"
#include "job/watch.h"
#include "job/worker.h"
#include "sys/ring.h"

#include <sys/types.h>

/* A job whose worker died is suspected of it. A crash says more than a SIGKILL, which mostly
 * comes from outside. After three crashes or twelve kills the job is aborted. */
#define PC_SUSPICION_CRASH 4U
#define PC_SUSPICION_KILL 1U
#define PC_SUSPICION_MAX 12U

/* Events during wait() other than finished jobs. */
struct pc_pool_losses {
	unsigned lost;     /* worker processes that died */
	int status;        /* wait status of the last worker lost */
	int respawn_error; /* negative errno where one could not be replaced */
};

struct pc_pool;
struct pc_ranks;

struct pc_pool_ops {
	bool forks;         /* its workers are processes */
	bool needs_workers; /* the coordinator cannot do the jobs itself where no worker is left */
	uint64_t budget_ns; /* time budget of a job; 0: the plan's default */
	/* The workers start when there is work for two of them: for a single file the
	 * coordinator suffices. */
	bool late;
	/* Starts the workers. 0 when at least one runs, else negative errno. */
	int (*start)(struct pc_pool *pool);
	/* Waits until a job was finished, a worker was lost, the queue was woken or the time is
	 * over. In the serial pool: does one job. */
	int (*wait)(struct pc_pool *pool, int timeout_ms, struct pc_pool_losses *losses);
	/* Starts further workers up to this number, or as many as the system allows. NULL: the
	 * number is fixed. */
	void (*grow)(struct pc_pool *pool, unsigned workers);
	/* Ends all workers and frees what they used. */
	void (*stop)(struct pc_pool *pool);
	/* Kills workers that no longer respond. NULL: they cannot be killed. */
	void (*kill)(struct pc_pool *pool);
};

struct pc_child {
	pid_t pid;  /* 0: none */
	int pidfd;  /* -1: none (kernel before 5.3) */
	bool ended; /* may have ended, so that wait4() is worth a call */
};

struct pc_pool {
	/* filled by the caller */
	struct pc_queue *queue;
	struct pc_work work;
	unsigned processes; /* at the start: processes wanted; then: running */
	unsigned threads;
	unsigned coroutines; /* of each thread; 0 or 1: the thread itself is the worker */
	unsigned most;       /* upper limit of workers for growing; 0: the initial number */
	bool private_fds;
	struct pc_ranks *ranks; /* for a pool of ranks, see ranks/ranks.h */
	bool far;               /* storage may lie on other machines, so that calls may wait for
	                         * it */
	unsigned cancel_ms;     /* as in struct pcopy_options */

	/* internal */
	const struct pc_pool_ops *ops;
	unsigned workers; /* number started; fewer than wanted where the system refused */
	int start_error;  /* why fewer, negative errno */
	unsigned replaced;
	unsigned losses_without_progress; /* workers lost since the last finished job */
	unsigned quiet_ms;                /* time waited since the last event */
	bool killed;
	bool in_child;               /* in a forked copy: the coordinator's ends of the bells are
	                              * closed */
	struct pc_usage child_usage; /* sum of the children that have ended */
	struct pc_ring_counts calls; /* coroutines: sum, when they have ended */
	bool without_watch;          /* serial: no watch thread, as no file system involved can
	                              * hang */
	struct pc_watch watch;       /* serial */
	union {
		void *context;            /* serial */
		struct pc_thread *thread; /* threads: [most] */
		struct pc_child *child;   /* forked: [most / threads] */
		struct pc_rings *rings;   /* coroutines */
	};
};

const struct pc_pool_ops *pc_pool_ops(enum pcopy_pool kind);

/* The number of workers at the start, and the upper limit. */
unsigned pc_pool_first(const struct pc_pool *pool);
unsigned pc_pool_most(const struct pc_pool *pool);

/* The threads of one process, used by the thread pool and in each process of the hybrid pool.
 * Memory for all is allocated first, so that they do not move. */
struct pc_thread;
struct pc_thread *pc_threads_new(unsigned count);
int pc_threads_start(struct pc_pool *pool, struct pc_thread *thread, unsigned first_worker,
                     unsigned count, unsigned *ret_started);
void pc_threads_join(struct pc_thread *thread, unsigned count);

/* Abandons the unfinished jobs: kills their workers where possible, and removes the files that
 * they were writing. Returns the number of jobs. */
uint64_t pc_pool_abandon_jobs(struct pc_pool *pool);

/* Waits for the queue's bell and the given children, and marks children that may have ended. For
 * pools whose workers run on their own. */
int pc_pool_poll(struct pc_pool *pool, struct pc_child *child, unsigned count, int timeout_ms);

extern const struct pc_pool_ops pc_pool_serial, pc_pool_threads, pc_pool_forked, pc_pool_coroutines;

#endif
