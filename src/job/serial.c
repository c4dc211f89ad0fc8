/* SPDX-License-Identifier: MIT */
/* serial.c - the baseline: the coordinator does the jobs itself, with the same code and through
 * the same queue as any worker. */
#include "job/pool.h"

#include <errno.h>

static int serial_start(struct pc_pool *pool)
{
	int r;

	pool->processes = pool->threads = pool->coroutines = pool->workers = 1;
	pool->context = NULL;
	r = pool->work.begin(pool->work.env, pool->queue, 0, &pool->context);
	if (r == 0 && !pool->without_watch)
		pc_watch_begin(pool);
	return r;
}

/* If no job is queued it returns at once: workers of another pool may have answered before they
 * died, and their results have to be collected. */
static int serial_wait(struct pc_pool *pool, int timeout_ms, struct pc_pool_losses *losses)
{
	unsigned slot;
	int r;

	(void)timeout_ms;
	*losses = (struct pc_pool_losses){0};
	r = pc_queue_take_now(pool->queue, 0, &slot);
	if (r < 0)
		return r == -EAGAIN ? 0 : r;
	pc_watch_job_begin(pool);
	pc_worker_do(pool->queue, &pool->work, pool->context, slot);
	pc_watch_job_end(pool);
	return 0;
}

static void serial_stop(struct pc_pool *pool)
{
	pc_watch_end(pool);
	if (pool->context) /* NULL where there was no memory to begin */
		pool->work.end(pool->context);
}

const struct pc_pool_ops pc_pool_serial = {
	.start = serial_start,
	.wait = serial_wait,
	.stop = serial_stop,
};
