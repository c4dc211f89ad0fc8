/* SPDX-License-Identifier: MIT */
/* watch.c - a second thread for a coordinator that does the jobs itself.
 *
 * A system call on a dead server or device may never return. A thread blocked in it runs no
 * signal handlers (signal(7), and TASK_KILLABLE in the kernel), so it cannot clean up either.
 * Therefore the coordinator blocks signals while it does a job, and this thread takes them. If
 * the run is canceled and the call does not return, this thread removes the unfinished file. */
#include "job/watch.h"

#include "job/grace.h"
#include "job/pool.h"

#include <errno.h>
#include <sched.h>
#include <time.h>

/* Waits until the queue is canceled or the watch ends. Returns false after `ms`; 0: no limit.
 * CLOCK_REALTIME is the only clock that sem_timedwait() knows. */
static bool wakeup_wait(struct pc_pool *pool, unsigned ms)
{
	struct timespec until;
	int r;

	if (ms == 0 || clock_gettime(CLOCK_REALTIME, &until) < 0) {
		while (sem_wait(&pool->queue->wakeup) < 0 && errno == EINTR)
			;
		return true;
	}
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	do
		r = sem_timedwait(&pool->queue->wakeup, &until);
	while (r < 0 && errno == EINTR);
	return r == 0;
}

/* After a cancel: whether the job fails to end in time. */
static bool job_hangs(struct pc_pool *pool)
{
	struct pc_grace grace = {0};

	while (!pc_grace_over(&grace, pool)) {
		if (wakeup_wait(pool, pc_grace_ms(&grace)))
			return false;
	}
	return true;
}

/* A descriptor table shared by two threads would add a lock to each of the coordinator's calls. */
static void *watch_main(void *arg)
{
	struct pc_pool *pool = arg;

	if (pool->private_fds)
		(void)unshare(CLONE_FILES);
	(void)wakeup_wait(pool, 0);
	if (!atomic_load(&pool->watch.ended) && pool->cancel_ms > 0 && job_hangs(pool))
		(void)pc_pool_abandon_jobs(pool);
	while (!atomic_load(&pool->watch.ended)) /* this thread continues to take signals */
		(void)wakeup_wait(pool, 0);
	return NULL;
}

void pc_watch_begin(struct pc_pool *pool)
{
	struct pc_watch *watch = &pool->watch;

	atomic_store(&watch->ended, false);
	watch->begun = pthread_create(&watch->thread, NULL, watch_main, pool) == 0;
}

void pc_watch_end(struct pc_pool *pool)
{
	struct pc_watch *watch = &pool->watch;

	if (!watch->begun)
		return;
	atomic_store(&watch->ended, true);
	sem_post(&pool->queue->wakeup);
	pthread_join(watch->thread, NULL);
	watch->begun = false;
}

/* Blocks all signals except those that concern the thread itself. */
void pc_watch_job_begin(struct pc_pool *pool)
{
	static const int own[] = {SIGPIPE, SIGXFSZ, SIGPROF, SIGVTALRM, SIGSEGV, SIGBUS,
	                          SIGFPE,  SIGILL,  SIGABRT, SIGTRAP,   SIGSYS};
	sigset_t others;

	if (!pool->watch.begun)
		return;
	sigfillset(&others);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		sigdelset(&others, own[i]);
	pthread_sigmask(SIG_BLOCK, &others, &pool->watch.before);
}

void pc_watch_job_end(struct pc_pool *pool)
{
	if (pool->watch.begun)
		pthread_sigmask(SIG_SETMASK, &pool->watch.before, NULL);
}
