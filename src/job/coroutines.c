/* SPDX-License-Identifier: MIT
 *
 * coroutines.c - the coroutine pool: one process, few threads, many workers on each of them.
 *
 * A worker is a coroutine of a ring (sys/ring.h) and runs the same code as in any pool; while it
 * waits, the others of its thread run. Worker w belongs to thread w modulo the number of threads.
 *
 *   coordinator: creates a worker's context, adds it to its thread's list, rings the thread's bell
 *   keeper:      the first coroutine of each thread: waits for the bell and starts the new workers
 *
 * So the pool can grow, although only the thread itself may add coroutines to its ring. */
#include "job/pool.h"

#include "sys/ring.h"
#include "sys/sys.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Descriptors that a worker may need at once, apart from those of its directories. */
#define FDS_EACH 8U

struct coroutine {
	struct pc_pool *pool;
	unsigned worker;
	void *context;
};

struct ring_thread {
	/* written by the coordinator */
	struct pc_pool *pool;
	unsigned number;
	pthread_t id;
	/* both */
	int bell;                /* eventfd: `wanted` or `ending` was changed */
	sem_t begun;             /* posted when `error` is set, and again when `refused` is */
	_Atomic unsigned wanted; /* workers whose context exists */
	_Atomic bool ending;
	/* written by the thread; by the coordinator before its start and after its end */
	int error; /* 0, or why there is no ring */
	struct pc_ring *ring;
	unsigned workers; /* contexts that were turned into coroutines, including the `refused` */
	unsigned refused;
	struct pc_ring_counts counts;
};

struct pc_rings {
	unsigned threads;         /* number running */
	unsigned most;            /* workers of each thread, at most */
	struct coroutine *worker; /* [threads asked for * most] */
	struct ring_thread thread[];
};

/* ---- In the threads ---- */

static void coroutine_main(void *arg)
{
	struct coroutine *c = arg;

	pc_worker_main(c->pool->queue, &c->pool->work, c->context, c->worker);
}

/* Starts coroutines for new contexts. Where there is no memory for one its context is ended: it
 * never had a job. */
static void coroutines_add(struct ring_thread *t)
{
	struct pc_rings *rings = t->pool->rings;
	unsigned wanted = atomic_load(&t->wanted);

	for (; t->workers < wanted; t->workers++) {
		struct coroutine *c = &rings->worker[t->workers * rings->threads + t->number];

		if (pc_ring_add(t->ring, coroutine_main, c) == 0)
			continue;
		t->pool->work.end(c->context);
		t->refused++;
	}
}

/* A context added just before the end still gets its coroutine, which frees it. */
static void keeper_main(void *arg)
{
	struct ring_thread *t = arg;
	uint64_t rung;
	ssize_t n;

	do {
		n = pc_sys_read_event(t->bell, &rung, sizeof(rung));
		coroutines_add(t);
		sem_post(&t->begun);
	} while (n == sizeof(rung) && !atomic_load(&t->ending));
	coroutines_add(t);
}

static void ring_thread_begin(struct ring_thread *t)
{
	struct pc_pool *pool = t->pool;

	/* see threads.c; the ring must be created in the thread's own table */
	if (pool->private_fds && unshare(CLONE_FILES) == 0)
		pc_queue_worker_ends(pool->queue);
	t->error = pc_ring_new(pool->rings->most + 1, pool->far, &t->ring);
	if (t->error == 0)
		t->error = pc_ring_add(t->ring, keeper_main, t);
	if (t->error < 0 && t->ring)
		pc_ring_free(t->ring);
}

static void *ring_thread_main(void *arg)
{
	struct ring_thread *t = arg;

	ring_thread_begin(t);
	sem_post(&t->begun);
	if (t->error < 0)
		return NULL;
	pc_ring_run(t->ring);
	pc_ring_count(t->ring, &t->counts);
	pc_ring_free(t->ring);
	return NULL;
}

/* ---- In the coordinator ---- */

static void begun_wait(struct ring_thread *t)
{
	while (sem_wait(&t->begun) < 0)
		; /* interrupted by a signal */
}

static int thread_birth(struct ring_thread *t)
{
	sigset_t all, old;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = -pthread_create(&t->id, NULL, ring_thread_main, t);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r < 0)
		return r;
	begun_wait(t);
	if (t->error < 0)
		pthread_join(t->id, NULL);
	return t->error;
}

static int ring_thread_start(struct pc_pool *pool, unsigned number)
{
	struct ring_thread *t = &pool->rings->thread[number];
	int r;

	*t = (struct ring_thread){.pool = pool, .number = number};
	t->bell = eventfd(0, EFD_CLOEXEC);
	if (t->bell < 0)
		return -errno;
	(void)sem_init(&t->begun, 0, 0); /* fails for invalid values only */
	r = thread_birth(t);
	if (r < 0) {
		(void)sem_destroy(&t->begun);
		close(t->bell);
	}
	return r;
}

/* Adds workers up to `count`. */
static int workers_add(struct pc_pool *pool, unsigned count)
{
	struct pc_rings *rings = pool->rings;
	int r = 0;

	while (pool->workers < count && r == 0) {
		struct coroutine *c = &rings->worker[pool->workers];

		*c = (struct coroutine){.pool = pool, .worker = pool->workers};
		r = pool->work.begin(pool->work.env, pool->queue, c->worker, &c->context);
		if (r < 0)
			break;
		atomic_fetch_add(&rings->thread[pool->workers % rings->threads].wanted, 1);
		pool->workers++;
	}
	for (unsigned i = 0; i < rings->threads; i++)
		pc_event_post(rings->thread[i].bell);
	return r;
}

/* Waits until the first workers have started; the threads have nothing else to do yet. */
static int first_workers_wait(struct pc_pool *pool)
{
	struct pc_rings *rings = pool->rings;
	unsigned refused = 0;

	for (unsigned i = 0; i < rings->threads; i++) {
		begun_wait(&rings->thread[i]);
		refused += rings->thread[i].refused;
	}
	pool->workers -= refused;
	return refused > 0 ? -ENOMEM : 0;
}

static int rings_make(struct pc_pool *pool)
{
	unsigned most = (pc_pool_most(pool) + pool->threads - 1) / pool->threads;
	unsigned by_fds = pc_fd_limit() / FDS_EACH;
	struct pc_rings *rings =
		calloc(1, sizeof(*rings) + pool->threads * sizeof(rings->thread[0]));

	pool->rings = NULL;
	if (!rings)
		return -ENOMEM;
	rings->most = most < by_fds ? most : by_fds > 0 ? by_fds : 1;
	rings->worker = calloc((size_t)pool->threads * rings->most, sizeof(*rings->worker));
	if (!rings->worker) {
		free(rings);
		return -ENOMEM;
	}
	pool->rings = rings;
	return 0;
}

static void rings_end(struct pc_pool *pool)
{
	struct pc_rings *rings = pool->rings;

	for (unsigned i = 0; i < rings->threads; i++) {
		atomic_store(&rings->thread[i].ending, true);
		pc_event_post(rings->thread[i].bell);
	}
	for (unsigned i = 0; i < rings->threads; i++) {
		struct ring_thread *t = &rings->thread[i];

		pthread_join(t->id, NULL);
		(void)sem_destroy(&t->begun);
		close(t->bell);
		pool->calls.enters += t->counts.enters;
		pool->calls.at_once += t->counts.at_once;
		pool->calls.later += t->counts.later;
		pool->calls.plain += t->counts.plain;
	}
	free(rings->worker);
	free(rings);
}

/* The descriptor limit may allow fewer workers than wanted. */
static int coroutines_start(struct pc_pool *pool)
{
	unsigned wanted = pc_pool_first(pool), room;
	int r = rings_make(pool);

	pool->processes = 1;
	pool->workers = 0;
	while (r == 0 && pool->rings->threads < pool->threads) {
		r = ring_thread_start(pool, pool->rings->threads);
		pool->rings->threads += r == 0;
	}
	if (!pool->rings)
		return r;
	if (pool->rings->threads == 0) {
		rings_end(pool);
		return r;
	}
	room = pool->rings->threads * pool->rings->most;
	pool->start_error = r < 0 ? r : wanted > room ? -EMFILE : 0;
	r = workers_add(pool, wanted < room ? wanted : room);
	pool->start_error = r < 0 ? r : pool->start_error;
	r = first_workers_wait(pool);
	pool->start_error = r < 0 ? r : pool->start_error;
	if (pool->workers > 0)
		return 0;
	rings_end(pool);
	return pool->start_error;
}

static void coroutines_grow(struct pc_pool *pool, unsigned workers)
{
	unsigned room = pool->rings->threads * pool->rings->most;

	(void)workers_add(pool, workers < room ? workers : room); /* fewer workers will do */
	pool->coroutines = (pool->workers + pool->threads - 1) / pool->threads;
}

static int coroutines_wait(struct pc_pool *pool, int timeout_ms, struct pc_pool_losses *losses)
{
	*losses = (struct pc_pool_losses){0};
	return pc_pool_poll(pool, NULL, 0, timeout_ms);
}

static void coroutines_stop(struct pc_pool *pool)
{
	pc_queue_close(pool->queue);
	rings_end(pool);
}

const struct pc_pool_ops pc_pool_coroutines = {
	.late = true,
	.start = coroutines_start,
	.wait = coroutines_wait,
	.grow = coroutines_grow,
	.stop = coroutines_stop,
};
