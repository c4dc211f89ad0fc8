/* SPDX-License-Identifier: MIT */
/* watch.c - a second thread for a coordinator that does the jobs itself.
 *
 * A call may never return: a server or a device is gone.  No signal that is handled gets
 * through to who waits in such a call, as the handler would run after it (signal(7), and
 * TASK_KILLABLE in the kernel); nor can it tidy up.  So the coordinator blocks the
 * signals while it does a job, this thread takes them, and when the run is canceled and
 * the call does not come back, it removes what was being written. */
#include "job/watch.h"

#include "job/patience.h"
#include "job/pool.h"

#include <errno.h>
#include <sched.h>
#include <time.h>

/* Waits until the queue is canceled, or the watch is over.  False: `ms` is over; 0: no end.
 * sem_timedwait() knows no other clock. */
static bool wait_for_news(struct pc_pool *pool, unsigned ms)
{
	struct timespec until;
	int r;

	if (ms == 0 || clock_gettime(CLOCK_REALTIME, &until) < 0) {
		while (sem_wait(&pool->queue->news) < 0 && errno == EINTR)
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
		r = sem_timedwait(&pool->queue->news, &until);
	while (r < 0 && errno == EINTR);
	return r == 0;
}

/* The run was canceled: whether the job does not end within the time that it is given. */
static bool job_hangs(struct pc_pool *pool)
{
	struct pc_patience patience = {0};

	while (!pc_patience_over(&patience, pool)) {
		if (wait_for_news(pool, pc_patience_ms(&patience)))
			return false;
	}
	return true;
}

/* A descriptor table for two costs at each call of the coordinator. */
static void *watch_main(void *arg)
{
	struct pc_pool *pool = arg;

	if (pool->private_fds)
		(void)unshare(CLONE_FILES);
	(void)wait_for_news(pool, 0);
	if (!atomic_load(&pool->watch.ended) && pool->cancel_ms > 0 && job_hangs(pool))
		(void)pc_pool_give_up(pool);
	while (!atomic_load(&pool->watch.ended)) /* signals still come here */
		(void)wait_for_news(pool, 0);
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
	sem_post(&pool->queue->news);
	pthread_join(watch->thread, NULL);
	watch->begun = false;
}

/* All but those that are a thread's own matter. */
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
