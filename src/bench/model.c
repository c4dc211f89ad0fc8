/* SPDX-License-Identifier: MIT */
/* model.c - what a row asks for, and which row is the baseline. */
#include "bench/model.h"

#include <string.h>

unsigned bench_row_workers(const struct bench *bench, const struct bench_mode *mode)
{
	const struct cli_options *options = bench->options;

	if (mode->command || mode->automatic)
		return 0;
	if (mode->pool == PCOPY_POOL_SERIAL)
		return 1;
	if (bench->sweep.what == BENCH_SWEEP_JOBS)
		return (unsigned)mode->swept;
	if (options->jobs_processes)
		return options->jobs_processes * options->jobs_threads;
	return options->jobs ? options->jobs : bench->cpus;
}

bool bench_row_is_swept(const struct bench *bench, const struct bench_mode *mode)
{
	bool fixed = mode->pool != PCOPY_POOL_SERIAL && !mode->automatic;

	return bench->sweep.what && !mode->command &&
	       (bench->sweep.what != BENCH_SWEEP_JOBS || fixed);
}

/* Named in full, or without the state of the cache. */
static bool is_named(const struct bench_mode *mode, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(mode->name, name, length) &&
	       (!mode->name[length] || !strcmp(mode->name + length, ", cold") ||
	        !strcmp(mode->name + length, ", warm"));
}

const struct bench_mode *bench_baseline(const struct bench *bench, enum bench_cache cache)
{
	const char *wanted = bench->options->baseline;
	const struct bench_mode *found = NULL;

	for (unsigned i = 0; i < bench->modes; i++) {
		const struct bench_mode *mode = &bench->mode[i];

		if (mode->cache != cache)
			continue;
		if (wanted ? is_named(mode, wanted)
		           : !mode->command && !mode->automatic &&
		                     mode->pool == PCOPY_POOL_SERIAL && !found)
			found = mode;
	}
	for (unsigned i = 0; !wanted && !found && i < bench->modes; i++) {
		if (bench->mode[i].cache == cache)
			found = &bench->mode[i];
	}
	return found;
}

void bench_rows_invalidate(struct bench *bench, const char *fault)
{
	bench->status = CLI_EXIT_FAILED;
	for (unsigned i = 0; i < bench->modes; i++) {
		if (!bench->mode[i].fault)
			bench->mode[i].fault = fault;
	}
}
