/* SPDX-License-Identifier: MIT */
/* pool.h - how workers are born, watched and buried.
 *
 * A pool is chosen by its row of operations; the coordinator does not know
 * which one it has.  Worker numbers run from 0; in the forked pools process p
 * has the workers p * threads .. (p + 1) * threads - 1. */
#ifndef PC_JOB_POOL_H
#define PC_JOB_POOL_H

#include "job/usage.h"
#include "job/watch.h"
#include "job/worker.h"
#include "sys/ring.h"

#include <sys/types.h>

/* A job whose worker died is suspected of it.  A crash says more than a SIGKILL,
 * which mostly comes from outside: three crashes, or twelve kills, and the job
 * is given up. */
#define PC_BLAME_CRASH 4U
#define PC_BLAME_KILL 1U
#define PC_BLAME_MAX 12U

/* What wait() met besides finished jobs. */
struct pc_pool_news {
	unsigned lost;     /* worker processes that died */
	int status;        /* wait status of the last of them */
	int respawn_error; /* negative errno when one could not be replaced */
};

struct pc_pool;
struct pc_ranks;

struct pc_pool_ops {
	bool forks;         /* its workers are processes */
	bool needs_workers; /* the coordinator does not do their jobs where there are none */
	uint64_t budget_ns; /* of a job; 0: the plan's own */
	/* Its workers are born when there is work for two of them: for one file the coordinator
	 * does. */
	bool late;
	/* Starts the workers.  0 when at least one runs, else negative errno. */
	int (*start)(struct pc_pool *pool);
	/* Waits until a job was finished, a worker was lost, the queue was rung
	 * or the time is over.  In the serial pool: does one job. */
	int (*wait)(struct pc_pool *pool, int timeout_ms, struct pc_pool_news *news);
	/* Starts further workers, until there are so many, or no more can be had.  NULL: there
	 * is one, for ever. */
	void (*grow)(struct pc_pool *pool, unsigned workers);
	/* Ends and buries all workers. */
	void (*stop)(struct pc_pool *pool);
	/* Kills the workers, which do not answer any more.  NULL: they cannot be. */
	void (*kill)(struct pc_pool *pool);
};

struct pc_child {
	pid_t pid;  /* 0: none */
	int pidfd;  /* -1: none (kernel before 5.3) */
	bool ended; /* may have ended: worth a wait4() */
};

struct pc_pool {
	/* set by the caller */
	struct pc_queue *queue;
	struct pc_work work;
	unsigned processes; /* to begin with, and then those that there are */
	unsigned threads;
	unsigned coroutines; /* of each thread; 0 or 1: it is the worker */
	unsigned most;       /* workers that there may be one day; 0: not more than at first */
	bool private_fds;
	struct pc_ranks *ranks; /* of a pool of ranks, see ranks/ranks.h */
	bool far;               /* storage on other machines may be waited for */
	unsigned cancel_ms;     /* as in struct pcopy_options */

	/* the pool's own */
	const struct pc_pool_ops *ops;
	unsigned workers; /* that were started; fewer than asked for where the system refused */
	int start_error;  /* why fewer, negative errno */
	unsigned replaced;
	unsigned barren;   /* losses since a job was last finished */
	unsigned quiet_ms; /* waited since anything happened */
	bool killed;
	bool in_child;               /* a forked copy, whose bell ends are a worker's already */
	struct pc_usage child_usage; /* of those that have ended */
	struct pc_ring_counts calls; /* coroutines, when they have ended */
	bool unwatched;              /* serial: nothing is known to hang */
	struct pc_watch watch;       /* serial */
	union {
		void *context;            /* serial */
		struct pc_thread *thread; /* threads: [most] */
		struct pc_child *child;   /* forked: [most / threads] */
		struct pc_rings *rings;   /* coroutines */
	};
};

const struct pc_pool_ops *pc_pool_ops(enum pcopy_pool kind);

/* Workers that there are at first, and may be at most. */
unsigned pc_pool_first(const struct pc_pool *pool);
unsigned pc_pool_most(const struct pc_pool *pool);

/* The threads of one process, started and joined; used by the thread pool and
 * in each process of the hybrid.  Room for them is made first; they do not move in it. */
struct pc_thread;
struct pc_thread *pc_threads_new(unsigned count);
int pc_threads_start(struct pc_pool *pool, struct pc_thread *thread, unsigned first_worker,
                     unsigned count, unsigned *ret_started);
void pc_threads_join(struct pc_thread *thread, unsigned count);

/* Gives up the jobs in work: kills their workers, where that can be done, and removes what
 * they were writing.  Returns how many there were. */
uint64_t pc_pool_give_up(struct pc_pool *pool);

/* Waits on the queue's bell and the given children; marks those that may have
 * ended.  Serves the pools whose workers run by themselves. */
int pc_pool_poll(struct pc_pool *pool, struct pc_child *child, unsigned count, int timeout_ms);

extern const struct pc_pool_ops pc_pool_serial, pc_pool_threads, pc_pool_forked, pc_pool_coroutines;

#endif
