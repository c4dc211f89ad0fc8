/* serial.c - the baseline: the coordinator does the jobs itself, by the same
 * lines and through the same queue as any worker. */
#include "job/pool.h"

#include <errno.h>
#include <poll.h>

static int serial_start(struct pc_pool *pool)
{
	int r;

	pool->processes = pool->threads = pool->workers = 1;
	pool->context = NULL;
	r = pool->work.begin(pool->work.env, pool->queue, 0, &pool->context);
	if (r == 0 && !pool->unwatched)
		pc_watch_begin(pool);
	return r;
}

/* Whoever waits for a bell that could not be rung waits for ever. */
static void ring_if_silent(struct pc_queue *queue)
{
	struct pollfd bell = {.fd = queue->job_bell[0], .events = POLLIN};

	if (poll(&bell, 1, 0) == 0)
		pc_queue_ring_again(queue);
}

/* Where nothing is queued, as when other workers answered before they were lost,
 * there are results to be taken and nothing to wait for. */
static int serial_wait(struct pc_pool *pool, int timeout_ms, struct pc_pool_news *news)
{
	int r;

	(void)timeout_ms;
	*news = (struct pc_pool_news){0};
	if (!pc_queue_has_queued(pool->queue))
		return 0;
	ring_if_silent(pool->queue);
	pc_watch_job_begin(pool);
	r = pc_worker_step(pool->queue, &pool->work, pool->context, 0);
	pc_watch_job_end(pool);
	return r;
}

static void serial_stop(struct pc_pool *pool)
{
	pc_watch_end(pool);
	if (pool->context) /* it may have had no memory to begin */
		pool->work.end(pool->context);
}

const struct pc_pool_ops pc_pool_serial = {
	.start = serial_start,
	.wait = serial_wait,
	.stop = serial_stop,
};
