/* SPDX-License-Identifier: MIT */
/* pool.c - one pass of workers over the operands.
 *
 * A pass has its own queue, its own workers and, if it is not the copy itself, its own counts. A
 * run is one pass or several: copy, removal, obstacles, comparison, repeated copy.
 *
 * pcopy_cancel() finds the queue of the current pass by `running`. It may be called from a signal
 * handler, so it takes no lock; run_plan() waits until nobody is in it. */
#include "run/pool.h"

#include "base/clock.h"
#include "ranks/ranks.h"
#include "run/report.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

/* Initial number of workers per CPU, and at least, if a side is remote. */
#define FAR_TIMES 4U
#define FAR_MIN 8U

/* A thread that has just been joined, for example by an earlier run, is listed a moment longer. */
bool pc_pool_is_unsafe(void)
{
	const struct timespec moment = {.tv_nsec = 1000000};
	struct stat st;

	for (int tries = 0; tries < 50; tries++) {
		if (stat("/proc/self/task", &st) < 0 ||
		    st.st_nlink <= 3) /* ".", ".." and one thread */
			return false;
		nanosleep(&moment, NULL);
	}
	return true;
}

static int run_plan(struct pcopy *copy, const struct pc_plan_config *config,
                    struct pc_plan_result *result)
{
	int r;

	result->workers = pc_pool_first(config->pool);
	result->workers_most = pc_pool_most(config->pool);
	result->worker = calloc(result->workers_most, sizeof(*result->worker));
	if (!result->worker)
		return -ENOMEM;
	atomic_store(&copy->running, &copy->queue);
	if (atomic_load(&copy->canceled)) /* canceled before the queue existed */
		pc_queue_cancel(&copy->queue);
	r = pc_plan_run(config, result);
	atomic_store(&copy->running, NULL);
	/* Another thread may still be notifying this queue: wait for it.  A signal handler of
	 * this thread cannot be interrupted here. */
	while (atomic_load(&copy->queue_users) > 0)
		sched_yield();
	return r;
}

/* If jobs wait for a file server, more workers than CPUs can work at once. */
static unsigned width_at_first(const struct pcopy *copy, const struct pc_plan_config *config)
{
	unsigned workers = pc_options_workers(&copy->options);
	bool local = true;

	for (unsigned i = 0; i < config->root_count; i++)
		local = local && config->root[i].local;
	if (local || copy->options.width_min || copy->options.pool == PCOPY_POOL_COROUTINES)
		return workers;
	workers *= FAR_TIMES;
	if (workers < FAR_MIN)
		workers = FAR_MIN;
	return workers < copy->workers_most ? workers : copy->workers_most;
}

/* The library chooses the number of workers: sets the initial number, and reserves room for
 * more. */
static void pool_widen(const struct pcopy *copy, const struct pc_plan_config *config,
                       struct pc_pool *pool)
{
	unsigned workers = width_at_first(copy, config);

	pool->most = copy->workers_most;
	pool->work.delays = true;
	if (pool->ops->forks)
		pool->processes = workers / pool->threads;
	else if (copy->options.pool != PCOPY_POOL_COROUTINES)
		pool->threads = workers;
}

/* An archive comparison needs processes, whatever pool the caller chose: libarchive changes the
 * working directory. Then the pool has as many processes as there were workers. */
static struct pc_pool pool_describe(struct pcopy *copy, const struct pc_work *work,
                                    enum pcopy_pool kind)
{
	const struct pcopy_options *o = &copy->options;
	bool chosen = kind == o->pool; /* otherwise its workers are processes */

	return (struct pc_pool){
		.queue = &copy->queue,
		.work = *work,
		.processes = chosen ? o->processes : pc_options_workers(o),
		.threads = chosen ? o->threads : 1,
		.coroutines = chosen ? o->coroutines : 1,
		.private_fds = !o->shared_fd_table,
		.cancel_ms = o->cancel_ms,
		.ranks = copy->ranks,
		.ops = copy->ranks ? &pc_pool_ranks : pc_pool_ops(kind),
	};
}

/* A second pass reads the caller's list of names from its start.  Returns 0 or what the caller's
 * function returned. */
static int names_rewind(struct pcopy *copy, struct pc_plan_config *config)
{
	int r = 0;

	config->names_again = config->names && copy->names_read;
	if (config->names_again)
		r = config->names->again(config->names->userdata);
	if (r == 0)
		copy->names_read = copy->names_read || config->names;
	return r;
}

/* The caller's display begins with the first pass. */
static void start_note(struct pcopy *copy, uint64_t start_ns)
{
	const struct pcopy_options *o = &copy->options;

	if (copy->start_ns) /* an earlier pass */
		return;
	copy->start_ns = start_ns;
	if (o->on_start)
		o->on_start(o->userdata);
}

/* A fork copies only the calling thread, and locks of the others would stay locked in the children:
 * hence -EBUSY before anything is allocated. What the pool cost is reported before the queue is
 * gone, as that has the peaks of the workers. */
int pc_run_pool(struct pcopy *copy, struct pc_plan_config *config, const struct pc_work *work,
                enum pcopy_pool kind, struct pc_plan_result *result)
{
	const struct pcopy_options *o = &copy->options;
	uint64_t start_ns = pc_now_ns();
	struct pc_pool pool = pool_describe(copy, work, kind);
	struct pc_usage before = pc_usage_now();
	int r;

	config->climbs = copy->fit && o->pool != PCOPY_POOL_SERIAL && config->shares == 0;
	if (config->climbs)
		pool_widen(copy, config, &pool);
	if (pool.ops->forks && pc_pool_is_unsafe())
		return -EBUSY;
	r = names_rewind(copy, config);
	if (r == 0)
		r = pc_queue_init(&copy->queue, o->queue_depth);
	if (r < 0)
		return r;
	if (copy->ranks) {
		copy->ranks->meter = copy->meter;
		copy->ranks->rate = o->bwlimit;
	}
	pc_bucket_init(pc_queue_bucket(&copy->queue), o->bwlimit, start_ns);
	config->queue = &copy->queue;
	start_note(copy, start_ns);
	config->start_ns = copy->start_ns;
	config->pool = &pool; // cppcheck-suppress autoVariables ; until the end of this function
	r = run_plan(copy, config, result);
	pc_report_pool(copy, &pool, o->pool);
	if (!config->own_clock)
		pc_report_cost(copy, &pool, start_ns, &before);
	pc_report_peak(copy, &pool);
	pc_queue_done(&copy->queue);
	config->pool = NULL;
	if (r == 0 && result->stop == PCOPY_STOP_CANCELED)
		r = -ECANCELED;
	return r;
}

/* For passes that create nothing. */
void pc_run_no_temp_name(char *name, const char *final_name)
{
	(void)final_name;
	*name = '\0';
}
