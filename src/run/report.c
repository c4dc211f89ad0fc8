/* SPDX-License-Identifier: MIT */
/* report.c - fills in struct pcopy_report.
 *
 * Figures of passes are added up, except those that describe the copy itself (workers, entries,
 * width). The pointers in the report lead to memory of the handle. */
#include "run/report.h"

#include "base/clock.h"
#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct pc_usage pc_usage_now(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return pc_usage_of(&usage);
}

/* This process keeps its peak between the pools of a run, and each pool has its own workers: the
 * peak of the run is the largest sum. */
void pc_report_peak(struct pcopy *copy, const struct pc_pool *pool)
{
	uint64_t peak_bytes = pc_memory_self().peak_bytes;

	for (unsigned i = 0; i < pool->processes; i++)
		peak_bytes += atomic_load(pc_queue_peak(&copy->queue, i));
	if (peak_bytes > copy->report.peak_bytes)
		copy->report.peak_bytes = peak_bytes;
}

/* Includes workers that were child processes. */
void pc_report_cost(struct pcopy *copy, const struct pc_pool *pool, uint64_t start_ns,
                    const struct pc_usage *before)
{
	struct pcopy_report *report = &copy->report;
	struct pc_usage used = pc_usage_now();

	report->wall_ns += pc_now_ns() - start_ns;
	pc_usage_subtract(&used, before);
	pc_usage_add(&used, &pool->child_usage);
	report->user_ns += used.user_ns;
	report->system_ns += used.system_ns;
	report->minor_faults += used.minor_faults;
	report->major_faults += used.major_faults;
	report->voluntary_switches += used.voluntary_switches;
	report->involuntary_switches += used.involuntary_switches;
}

void pc_report_pool(struct pcopy *copy, const struct pc_pool *pool, enum pcopy_pool kind)
{
	struct pcopy_report *report = &copy->report;

	report->pool = kind;
	report->processes = pool->processes;
	report->threads = pool->threads;
	report->coroutines = pool->coroutines ? pool->coroutines : 1;
	report->calls.enters += pool->calls.enters;
	report->calls.at_once += pool->calls.at_once;
	report->calls.later += pool->calls.later;
	report->calls.plain += pool->calls.plain;
	report->replaced += pool->replaced;
}

/* The interval between these two is the tail of the run. */
static void report_ends(struct pcopy_report *report)
{
	for (unsigned i = 0; report->worker && i < report->workers; i++) {
		const struct pcopy_worker_report *w = &report->worker[i];

		if (w->jobs == 0)
			continue;
		if (!report->first_done_ns || w->last_ns < report->first_done_ns)
			report->first_done_ns = w->last_ns;
		if (w->last_ns > report->last_done_ns)
			report->last_done_ns = w->last_ns;
	}
}

void pc_report_run(struct pcopy *copy, const struct pc_plan_result *result)
{
	struct pcopy_report *report = &copy->report;
	const struct pc_counts *counts = &result->counts;

	report->workers = result->workers;
	report->jobs = result->jobs;
	memcpy(report->entries, counts->entries, sizeof(report->entries));
	report->unchanged = counts->unchanged;
	report->attributes_set = counts->attributes_set;
	memcpy(report->excluded, counts->excluded, sizeof(report->excluded));
	memcpy(report->method_bytes, counts->method_bytes, sizeof(report->method_bytes));
	memcpy(report->method_files, counts->method_files, sizeof(report->method_files));
	report->warnings = counts->warnings;
	report->bytes = counts->bytes;
	report->stop = result->stop;
	report->worker = result->worker;
	report->degraded = result->degraded;
	report->width_least = result->width_least;
	report->width_most = result->width_most;
	report->queue_depth = copy->queue.depth;
	report->queue_peak = result->queue_peak;
	report->queue_full = result->queue_full;
	report->queue_starved = result->queue_starved;
	report_ends(report);
}

/* Quantiles are computed from the sum of the workers' histograms, which is exact to a bucket. */
int pc_report_phases(struct pcopy *copy)
{
	/* the buckets follow the phases in the same allocation */
	struct pcopy_phase_report *phase = calloc(
		PCOPY_PHASES, sizeof(*phase) + PC_HISTOGRAM_BUCKETS * sizeof(*phase->bucket));
	uint64_t *bucket, reads = 0;

	_Static_assert(PCOPY_BUCKETS == PC_HISTOGRAM_BUCKETS, "reported to callers");
	if (!phase)
		return -ENOMEM;
	bucket = (uint64_t *)(void *)(phase + PCOPY_PHASES);
	for (unsigned p = 0; p < PCOPY_PHASES; p++, bucket += PC_HISTOGRAM_BUCKETS) {
		struct pc_histogram sum = {0};

		for (unsigned w = 0; w < copy->result.workers; w++)
			pc_histogram_merge(&sum, &copy->meter[w].phase[p]);
		memcpy(bucket, sum.bucket, sizeof(sum.bucket));
		phase[p] = (struct pcopy_phase_report){
			.count = sum.count,
			.sum_ns = sum.sum_ns,
			.p50_ns = pc_histogram_quantile(&sum, 0.5),
			.p95_ns = pc_histogram_quantile(&sum, 0.95),
			.p99_ns = pc_histogram_quantile(&sum, 0.99),
			.max_ns = sum.max_ns,
			.bucket = bucket,
		};
	}
	for (unsigned w = 0; w < copy->result.workers; w++) {
		reads += copy->meter[w].clock_reads;
		copy->result.worker[w].delay_ns = copy->meter[w].delay_ns;
	}
	copy->report.measuring_ns = reads * pc_meter_clock_ns();
	copy->report.phase = copy->phase = phase;
	return 0;
}
