/* SPDX-License-Identifier: MIT
 *
 * stats.c - describes one sample.
 *
 * Every sum here has terms of one sign or is short, so plain doubles are accurate enough. */
#include "stats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "cleanup.h"
#include "stats_sort.h"

/* Scales the median absolute deviation of normal values to their standard deviation. */
#define NORMAL_MAD 1.4826022185056018

static double samples_mean(const double *samples, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += samples[i];
	return sum / (double)count;
}

/* Two passes: subtracting the mean first preserves the digits of close values. */
static double samples_deviation(const double *samples, size_t count, double mean)
{
	double sum = 0;

	if (count < 2)
		return 0;
	for (size_t i = 0; i < count; i++)
		sum += (samples[i] - mean) * (samples[i] - mean);
	return sqrt(sum / (double)(count - 1));
}

int pc_stats_outliers(const double *samples, size_t count, bool *ret)
{
	_cleanup_free_ double *distance = calloc(count ? count : 1, sizeof(*distance));
	double median, spread;
	int r = pc_stats_median(samples, count, &median);

	if (!distance)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < count; i++)
		distance[i] = fabs(samples[i] - median);
	if (r == 0)
		r = pc_stats_median(distance, count, &spread);
	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++)
		ret[i] = spread > 0 && distance[i] > PC_STATS_OUTLIER * NORMAL_MAD * spread;
	return 0;
}

static int count_outliers(const double *samples, size_t count, size_t *ret)
{
	_cleanup_free_ bool *outlier = calloc(count, sizeof(*outlier));
	int r = outlier ? pc_stats_outliers(samples, count, outlier) : -ENOMEM;

	*ret = 0;
	for (size_t i = 0; r == 0 && i < count; i++)
		*ret += outlier[i];
	return r;
}

int pc_stats_describe(const double *samples, size_t count, struct pc_stats *ret)
{
	struct pc_stats stats = {.count = count};
	_cleanup_free_ double *sorted = NULL;
	int r;

	if (!count)
		return -EINVAL;
	sorted = pc_samples_sorted(samples, count);
	if (!sorted)
		return -ENOMEM;
	stats.median = pc_sorted_quantile(sorted, count, 0.5);
	stats.p95 = pc_sorted_quantile(sorted, count, 0.95);
	stats.min = sorted[0];
	stats.max = sorted[count - 1];
	stats.mean = samples_mean(samples, count);
	stats.deviation = samples_deviation(samples, count, stats.mean);
	r = pc_stats_bootstrap(samples, count, &stats.low, &stats.high);
	if (r == 0)
		r = count_outliers(samples, count, &stats.outliers);
	if (r == 0)
		*ret = stats;
	return r;
}
