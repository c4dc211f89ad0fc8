/* SPDX-License-Identifier: MIT */
/* model.c - what a row asks for, and which row is the baseline. */
#include "bench/model.h"

#include <string.h>

unsigned bench_row_workers(const struct bench *bench, const struct bench_row *row)
{
	const struct cli_options *options = bench->options;

	if (row->command || row->automatic)
		return 0;
	if (row->pool == PCOPY_POOL_SERIAL)
		return 1;
	if (bench->sweep.what == BENCH_SWEEP_JOBS)
		return (unsigned)row->swept;
	if (options->jobs_processes)
		return options->jobs_processes * options->jobs_threads;
	return options->jobs ? options->jobs : bench->cpus;
}

bool bench_row_is_swept(const struct bench *bench, const struct bench_row *row)
{
	bool fixed = row->pool != PCOPY_POOL_SERIAL && !row->automatic;

	return bench->sweep.what && !row->command &&
	       (bench->sweep.what != BENCH_SWEEP_JOBS || fixed);
}

/* Named in full, or without the state of the cache. */
static bool is_named(const struct bench_row *row, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(row->name, name, length) &&
	       (!row->name[length] || !strcmp(row->name + length, ", cold") ||
	        !strcmp(row->name + length, ", warm"));
}

const struct bench_row *bench_baseline(const struct bench *bench, enum bench_cache cache)
{
	const char *wanted = bench->options->baseline;
	const struct bench_row *found = NULL;

	for (unsigned i = 0; i < bench->rows; i++) {
		const struct bench_row *row = &bench->row[i];

		if (row->cache != cache)
			continue;
		if (wanted ? is_named(row, wanted)
		           : !row->command && !row->automatic && row->pool == PCOPY_POOL_SERIAL &&
		                     !found)
			found = row;
	}
	for (unsigned i = 0; !wanted && !found && i < bench->rows; i++) {
		if (bench->row[i].cache == cache)
			found = &bench->row[i];
	}
	return found;
}

void bench_rows_invalidate(struct bench *bench, const char *fault)
{
	bench->status = CLI_EXIT_FAILED;
	for (unsigned i = 0; i < bench->rows; i++) {
		if (!bench->row[i].fault)
			bench->row[i].fault = fault;
	}
}
