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
	sigset_t before; /* signal mask of the coordinator between jobs */
};

/* Starts and ends a thread that abandons the job when the run is canceled while the coordinator
 * hangs. Without a second thread everything else works the same. */
void pc_watch_begin(struct pc_pool *pool);
void pc_watch_end(struct pc_pool *pool);

/* Mark the beginning and end of a job: meanwhile the watch thread handles the process's signals. */
void pc_watch_job_begin(struct pc_pool *pool);
void pc_watch_job_end(struct pc_pool *pool);

#endif
