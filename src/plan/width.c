/* SPDX-License-Identifier: MIT */
/* width.c - how many of the workers get jobs.
 *
 * All of them, unless the run began narrow.  A narrow run has no job waiting in
 * the queue, so that the other workers stay asleep.  It widens by one worker
 * whenever those at work are seen sleeping, on a disk, where another could use
 * the time, and narrows again when they are not.  Workers that wait for each
 * other in a lock of the file system sleep less than half of their time. */
#include "plan/ledger.h"

/* A job is measured in time: a count of files would be wrong somewhere, as a
 * small file costs 10 us here and a millisecond there.  In a narrow run nobody
 * waits for what a job hands back, and each job costs a sleep in between. */
#define BUDGET_NS UINT64_C(2000000)
#define BUDGET_NARROW_NS UINT64_C(16000000)

/* Jobs between two looks, and the parts of their time slept that widen and narrow. */
#define LOOK_JOBS 16U
#define WIDEN_PER_CENT 60U
#define NARROW_PER_CENT 45U

void pc_width_init(struct pc_ledger *l)
{
	unsigned width = l->config->width;

	l->width = width ? width : l->config->pool->workers;
}

uint64_t pc_width_budget_ns(const struct pc_ledger *l)
{
	return l->width < l->config->pool->workers ? BUDGET_NARROW_NS : BUDGET_NS;
}

unsigned pc_width_jobs(const struct pc_ledger *l)
{
	return l->width < l->config->pool->workers ? l->width : l->config->queue->depth;
}

void pc_width_note(struct pc_ledger *l, const struct pc_job *job)
{
	if (l->config->width == 0)
		return;
	l->busy_ns += job->busy_ns;
	l->slept_ns += pc_job_slept_ns(job);
	if (++l->width_jobs < LOOK_JOBS)
		return;
	if (l->slept_ns * 100 > l->busy_ns * WIDEN_PER_CENT && l->width < l->config->pool->workers)
		l->width++;
	else if (l->slept_ns * 100 < l->busy_ns * NARROW_PER_CENT && l->width > l->config->width)
		l->width--;
	l->width_jobs = 0;
	l->busy_ns = l->slept_ns = 0;
}
