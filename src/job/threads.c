/* SPDX-License-Identifier: MIT */
/* threads.c - the thread pool: one process, many threads. */
#include "job/pool.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>

/* Enough for calls and libraries: a worker's buffers are on the heap. */
#define STACK_BYTES (256U << 10)

struct pc_thread {
	struct pc_pool *pool;
	unsigned worker;
	void *context;
	pthread_t id;
};

static void *thread_main(void *arg)
{
	struct pc_thread *t = arg;

	/* threads with a common descriptor table take its lock at every open and close; a
	 * private copy also holds the coordinator's ends of the bells, which would keep workers
	 * from seeing the end of file */
	if (t->pool->private_fds && unshare(CLONE_FILES) == 0 && !t->pool->in_child)
		pc_queue_worker_ends(t->pool->queue);
	pc_worker_main(t->pool->queue, &t->pool->work, t->context, t->worker);
	return NULL;
}

/* Signals belong to the caller's threads, so workers start with all signals blocked. */
static int start_one(struct pc_thread *t)
{
	pthread_attr_t attr;
	const struct pc_work *work = &t->pool->work;
	sigset_t all, old;
	int r = work->begin(work->env, t->pool->queue, t->worker, &t->context);

	if (r < 0)
		return r;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	r = pthread_create(&t->id, &attr, thread_main, t);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r != 0)
		work->end(t->context);
	return -r;
}

struct pc_thread *pc_threads_new(unsigned count)
{
	return calloc(count ? count : 1, sizeof(struct pc_thread));
}

int pc_threads_start(struct pc_pool *pool, struct pc_thread *thread, unsigned first_worker,
                     unsigned count, unsigned *ret_started)
{
	unsigned started = 0;
	int r = 0;

	while (started < count && r == 0) {
		thread[started] =
			(struct pc_thread){.pool = pool, .worker = first_worker + started};
		r = start_one(&thread[started]);
		if (r == 0)
			started++;
	}
	*ret_started = started;
	return r;
}

void pc_threads_join(struct pc_thread *thread, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		pthread_join(thread[i].id, NULL);
	free(thread);
}

static int threads_start(struct pc_pool *pool)
{
	pool->processes = 1;
	pool->workers = 0; /* remains 0 where there is no memory for the table */
	pool->thread = pc_threads_new(pc_pool_most(pool));
	pool->start_error = pool->thread ? pc_threads_start(pool, pool->thread, 0, pool->threads,
	                                                    &pool->workers)
	                                 : -ENOMEM;
	if (pool->workers > 0)
		return 0;
	free(pool->thread);
	return pool->start_error;
}

static void threads_grow(struct pc_pool *pool, unsigned workers)
{
	unsigned started;

	(void)pc_threads_start(pool, pool->thread + pool->workers, pool->workers,
	                       workers - pool->workers, &started); /* fewer workers will do */
	pool->workers += started;
	pool->threads = pool->workers;
}

static int threads_wait(struct pc_pool *pool, int timeout_ms, struct pc_pool_losses *losses)
{
	*losses = (struct pc_pool_losses){0};
	return pc_pool_poll(pool, NULL, 0, timeout_ms);
}

static void threads_stop(struct pc_pool *pool)
{
	pc_queue_close(pool->queue);
	pc_threads_join(pool->thread, pool->workers);
}

const struct pc_pool_ops pc_pool_threads = {
	.late = true,
	.start = threads_start,
	.wait = threads_wait,
	.grow = threads_grow,
	.stop = threads_stop,
};
