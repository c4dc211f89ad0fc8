/* SPDX-License-Identifier: MIT */
/* figures.c - prints the statistics of src/base as lines of numbers, for compare.py.
 *
 * Reads lines of "m n first... second..." and prints for each
 * "median mean deviation p95 outliers low high u p shift shift_low shift_high"; those up to
 * high are of the first sample. */
#include "base/stats.h"

#include <stdio.h>
#include <stdlib.h>

static double *sample_read(size_t count)
{
	double *sample = calloc(count, sizeof(*sample));

	for (size_t i = 0; sample && i < count; i++) {
		if (scanf("%lf", &sample[i]) != 1)
			exit(2);
	}
	if (!sample)
		exit(2);
	return sample;
}

static int answer(const double *first, size_t m, const double *second, size_t n)
{
	struct pc_stats stats;
	struct pc_shift shift;
	double p, u;
	int r = pc_stats_describe(first, m, &stats);

	if (r == 0)
		r = pc_stats_mann_whitney(first, m, second, n, &p, &u);
	if (r == 0)
		r = pc_stats_shift(first, m, second, n, &shift);
	if (r < 0)
		return 2;
	(void)printf("%.17g %.17g %.17g %.17g %zu %.17g %.17g %.17g %.17g %.17g %.17g %.17g\n",
	             stats.median, stats.mean, stats.deviation, stats.p95, stats.outliers,
	             stats.low, stats.high, u, p, shift.shift, shift.low, shift.high);
	return 0;
}

int main(void)
{
	size_t m, n;

	while (scanf("%zu %zu", &m, &n) == 2) {
		double *first = sample_read(m), *second = sample_read(n);

		if (answer(first, m, second, n))
			return 2;
		free(first);
		free(second);
	}
	return 0;
}
