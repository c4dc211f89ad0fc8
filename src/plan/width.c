/* SPDX-License-Identifier: MIT */
/* width.c - the number of workers that get jobs.
 *
 * If the caller gave a number, all of them.  Otherwise climb.c decides from the samples taken
 * here, and workers are started when first needed.  Workers that are not needed stay asleep,
 * because no jobs wait in the queue. */
#include "plan/ledger.h"

#include "base/clock.h"

/* Jobs are limited by time: a number of files would not fit all storage, since a small file takes
 * 10 us here and a millisecond there.  If some workers are resting, none of them waits for work
 * that a job hands back, and each job costs a sleep, so jobs are longer. */
#define BUDGET_NS UINT64_C(2000000)
#define BUDGET_NARROW_NS UINT64_C(16000000)

/* Jobs queued besides those in work: for each worker, and in total.  The total is limited because
 * workers that are to rest would do them first. */
#define JOBS_WAITING 3U
#define JOBS_WAITING_MAX 16U

/* Interval of samples. */
#define SAMPLE_NS UINT64_C(4000000)

static void width_report(struct pc_ledger *l)
{
	const struct pcopy_options *o = l->config->options;
	struct pc_plan_result *result = l->result;

	if (result->width_least == 0 || l->width < result->width_least)
		result->width_least = l->width;
	if (l->width > result->width_most)
		result->width_most = l->width;
	if (l->config->climbs && o->on_width && l->width != l->reported_width)
		o->on_width(o->userdata, pc_now_ns() - l->config->start_ns, l->width);
	l->reported_width = l->width;
}

static double units_done(const struct pc_ledger *l)
{
	return (double)pc_counts_entries(&l->result->counts) +
	       (double)pc_moved_bytes(l) / PC_ENTRY_BYTES;
}

void pc_width_init(struct pc_ledger *l)
{
	l->width = l->config->pool->workers;
	l->climbs = l->config->climbs && l->config->pool->ops->grow;
	pc_climb_init(&l->climb, l->width, pc_pool_most(l->config->pool));
	l->sampled_ns = pc_now_ns();
	width_report(l);
}

static bool some_rest(const struct pc_ledger *l)
{
	return l->width < l->config->pool->workers;
}

uint64_t pc_width_budget_ns(const struct pc_ledger *l)
{
	if (l->config->pool->ops->budget_ns > 0)
		return l->config->pool->ops->budget_ns;
	return some_rest(l) ? BUDGET_NARROW_NS : BUDGET_NS;
}

unsigned pc_width_jobs(const struct pc_ledger *l)
{
	unsigned depth = l->config->queue->depth;
	unsigned waiting = JOBS_WAITING * l->width, most;

	if (some_rest(l))
		return l->width;
	if (waiting > JOBS_WAITING_MAX)
		waiting = JOBS_WAITING_MAX;
	/* the queue has room for more workers than exist, even before the first is started */
	most = l->config->climbs ? l->width + waiting : depth;
	return most < depth ? most : depth;
}

void pc_width_note(struct pc_ledger *l, const struct pc_job *job)
{
	l->sample.busy_ns += job->busy_ns - job->throttled_ns;
	l->sample.slept_ns += pc_job_slept_ns(job);
	l->sample.jobs++;
	l->sample.disk_jobs += job->blocks_read > 0;
}

void pc_width_note_filled(struct pc_ledger *l)
{
	l->sample.looks++;
	l->sample.idle += l->inflight < l->width;
}

/* If a worker cannot be started, no more are requested. */
static void width_set(struct pc_ledger *l)
{
	struct pc_pool *pool = l->config->pool;

	if (l->climb.width > pool->workers)
		pool->ops->grow(pool, l->climb.width);
	if (l->climb.width > pool->workers)
		l->climb.width = l->climb.most = pool->workers;
	if (pc_pool_first(pool) > l->result->workers)
		l->result->workers = pc_pool_first(pool);
	l->width = l->climb.width;
	width_report(l);
}

void pc_width_look(struct pc_ledger *l)
{
	uint64_t now_ns;
	double units;

	if (!l->climbs || l->coordinator_works || l->stopped)
		return;
	now_ns = pc_now_ns();
	if (now_ns - l->sampled_ns < SAMPLE_NS)
		return;
	units = units_done(l);
	l->sample.ns = now_ns - l->sampled_ns;
	l->sample.units =
		units > l->units ? units - l->units : 0; /* a retried job counts from zero */
	if (pc_climb_take(&l->climb, &l->sample))
		width_set(l);
	l->sample = (struct pc_climb_sample){0};
	l->sampled_ns = now_ns;
	l->units = units;
}
