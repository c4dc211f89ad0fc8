/* SPDX-License-Identifier: MIT */
/* stats_quantile.c - quantiles of one sample. */
#include "stats.h"

#include <errno.h>

#include "cleanup.h"
#include "stats_sort.h"

int pc_stats_quantile(const double *samples, size_t count, double part, double *ret)
{
	_cleanup_free_ double *sorted = NULL;

	if (!count || !(part >= 0) || !(part <= 1))
		return -EINVAL;
	sorted = pc_samples_sorted(samples, count);
	if (!sorted)
		return -ENOMEM;
	*ret = pc_sorted_quantile(sorted, count, part);
	return 0;
}

int pc_stats_median(const double *samples, size_t count, double *ret)
{
	return pc_stats_quantile(samples, count, 0.5, ret);
}
