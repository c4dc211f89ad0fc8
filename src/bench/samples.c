/* SPDX-License-Identifier: MIT */
/* samples.c - one figure of all runs of a row. */
#include "bench/samples.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"

double bench_wall_s(const struct bench_sample *sample)
{
	return sample->wall_s;
}

double bench_flushed_s(const struct bench_sample *sample)
{
	return sample->wall_s + sample->flush_s;
}

double bench_cpu_s(const struct bench_sample *sample)
{
	return sample->user_s + sample->system_s;
}

double bench_create_s(const struct bench_sample *sample)
{
	return sample->create_s;
}

double *bench_samples_new(const struct bench_row *row, bench_figure *figure)
{
	double *figures = calloc(row->samples ? row->samples : 1, sizeof(*figures));

	for (size_t i = 0; figures && i < row->samples; i++)
		figures[i] = figure(&row->sample[i]);
	return figures;
}

double bench_samples_sum(const struct bench_row *row, bench_figure *figure)
{
	double sum = 0;

	for (size_t i = 0; i < row->samples; i++)
		sum += figure(&row->sample[i]);
	return sum;
}

int bench_samples_median(const struct bench_row *row, size_t first, bench_figure *figure,
                         double *ret)
{
	_cleanup_free_ double *figures = bench_samples_new(row, figure);

	return figures ? pc_stats_median(figures + first, row->samples - first, ret) : -ENOMEM;
}
