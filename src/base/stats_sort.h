/* SPDX-License-Identifier: MIT
 *
 * stats_sort.h - sorted samples, for the files of stats.h. */
#ifndef PC_STATS_SORT_H
#define PC_STATS_SORT_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static inline int pc_double_compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

/* A sorted copy on the heap, or NULL: no memory. */
static inline double *pc_samples_sorted(const double *samples, size_t count)
{
	double *sorted = malloc(count * sizeof(*sorted));

	if (sorted) {
		memcpy(sorted, samples, count * sizeof(*sorted));
		qsort(sorted, count, sizeof(*sorted), pc_double_compare);
	}
	return sorted;
}

/* As pc_stats_quantile(), for a sorted sample that is not empty. */
static inline double pc_sorted_quantile(const double *sorted, size_t count, double part)
{
	double at = part * (double)(count - 1);
	size_t below = (size_t)at;
	double rest = at - (double)below;

	if (below + 1 >= count)
		return sorted[count - 1];
	return sorted[below] + rest * (sorted[below + 1] - sorted[below]);
}

#endif
