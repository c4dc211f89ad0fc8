/* SPDX-License-Identifier: MIT */
/* report.c - reads the report of a pcopy under test. */
#include "bench/report.h"

#include "base/clock.h"

#include <jansson.h>
#include <unistd.h>

static uint64_t number_of(const json_t *report, const char *key)
{
	json_int_t number = json_integer_value(json_object_get(report, key));

	return number > 0 ? (uint64_t)number : 0;
}

static double member_seconds(const json_t *report, const char *key)
{
	return pc_seconds(number_of(report, key));
}

static void workers_read(const json_t *report, struct bench_sample *sample)
{
	const json_t *worker;
	size_t i;

	json_array_foreach(json_object_get(report, "workers"), i, worker)
	{
		sample->busy_s += member_seconds(worker, "busy_ns");
		sample->on_cpu_s += member_seconds(worker, "cpu_ns");
		sample->delay_s += member_seconds(worker, "delay_ns");
		sample->waited_s += member_seconds(worker, "waited_ns");
	}
}

static void report_read(const json_t *report, struct bench_sample *sample)
{
	const json_t *methods = json_object_get(report, "methods");
	const json_t *queue = json_object_get(report, "queue");
	const json_t *width = json_object_get(report, "width");

	sample->processes = (unsigned)number_of(report, "processes");
	sample->threads = (unsigned)number_of(report, "threads");
	sample->coroutines = (unsigned)number_of(report, "coroutines");
	sample->workers = sample->processes * sample->threads * sample->coroutines;
	sample->width_least = (unsigned)number_of(width, "least");
	sample->width_most = (unsigned)number_of(width, "most");
	sample->degraded = json_is_true(json_object_get(report, "degraded"));
	sample->peak_bytes = number_of(report, "peak_bytes");
	sample->first_done_s = member_seconds(report, "first_done_ns");
	sample->last_done_s = member_seconds(report, "last_done_ns");
	sample->measuring_s = member_seconds(report, "measuring_ns");
	sample->queue_peak = number_of(queue, "peak");
	sample->queue_full = number_of(queue, "full");
	sample->queue_starved = number_of(queue, "starved");
	for (unsigned i = 0; i < PCOPY_METHODS; i++) {
		const char *name = pcopy_method_name((enum pcopy_method)i);

		sample->method_bytes[i] = number_of(json_object_get(methods, name), "bytes");
	}
	workers_read(report, sample);
}

/* Buckets are pairs of lower bound and count. */
static void phase_read(const json_t *from, struct pc_histogram *into)
{
	const json_t *pair;
	size_t i;

	into->count += number_of(from, "count");
	into->sum_ns += number_of(from, "sum_ns");
	if (number_of(from, "max_ns") > into->max_ns)
		into->max_ns = number_of(from, "max_ns");
	json_array_foreach(json_object_get(from, "buckets"), i, pair)
	{
		json_int_t floor = json_integer_value(json_array_get(pair, 0));
		json_int_t count = json_integer_value(json_array_get(pair, 1));

		into->bucket[pc_histogram_bucket((uint64_t)floor)] += (uint64_t)count;
	}
}

static double create_mean_s(const json_t *phases)
{
	const json_t *create = json_object_get(phases, pcopy_phase_name(PCOPY_PHASE_CREATE));
	uint64_t count = number_of(create, "count");

	return count ? member_seconds(create, "sum_ns") / (double)count : 0;
}

static void phases_read(const json_t *report, struct bench_sample *sample,
                        struct pc_histogram phase[PCOPY_PHASES])
{
	const json_t *phases = json_object_get(report, "phases");

	sample->create_s = create_mean_s(phases);

	for (unsigned i = 0; i < PCOPY_PHASES; i++)
		phase_read(json_object_get(phases, pcopy_phase_name((enum pcopy_phase)i)),
		           &phase[i]);
}

const char *bench_report_load(int fd, struct bench_sample *sample,
                              struct pc_histogram phase[PCOPY_PHASES])
{
	json_t *report;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return "no report";
	report = json_loadfd(fd, 0, NULL);
	if (!json_is_object(report) || !number_of(report, "processes")) {
		json_decref(report);
		return "no report";
	}
	report_read(report, sample);
	phases_read(report, sample, phase);
	json_decref(report);
	return NULL;
}
