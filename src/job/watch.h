/* SPDX-License-Identifier: MIT */
/* watch.h - a second thread for a coordinator that does the jobs itself. */
#ifndef PC_JOB_WATCH_H
#define PC_JOB_WATCH_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

struct pc_pool;

struct pc_watch {
	bool begun;
	_Atomic bool ended;
	pthread_t thread;
	sigset_t before; /* signals that the coordinator blocks between jobs */
};

/* From here to the end there is a thread that gives up a job when the run is canceled and
 * the coordinator hangs.  Where there can be no thread, nothing changes. */
void pc_watch_begin(struct pc_pool *pool);
void pc_watch_end(struct pc_pool *pool);

/* The coordinator does a job: meanwhile the process's signals are handled in that thread. */
void pc_watch_job_begin(struct pc_pool *pool);
void pc_watch_job_end(struct pc_pool *pool);

#endif
