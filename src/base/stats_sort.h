/* stats_sort.h - samples in order, for the files of stats.h.
 * SPDX-License-Identifier: MIT */
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

#endif
