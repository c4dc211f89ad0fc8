/* SPDX-License-Identifier: MIT */
/* compare.c - pcopy's statistics for scripts.
 *
 * Reads pairs of samples, "m n first... second...", and prints for each the p-value of the
 * Mann-Whitney U test, corrected by Holm for all of them, a line each. */
#include "base/stats.h"

#include <stdio.h>
#include <stdlib.h>

#define PAIRS_MAX 1024

/* On the heap; NULL: no memory, or fewer numbers than announced. */
static double *sample_read(size_t count)
{
	double *sample = calloc(count, sizeof(*sample));

	for (size_t i = 0; sample && i < count; i++) {
		if (scanf("%lf", &sample[i]) == 1)
			continue;
		free(sample);
		return NULL;
	}
	return sample;
}

/* 1: a pair was read; 0: there is none; -1: failed. */
static int pair_judge(double *ret_p)
{
	double *first, *second, u;
	size_t m, n;
	int r = -1;

	if (scanf("%zu %zu", &m, &n) != 2)
		return 0;
	first = sample_read(m);
	second = sample_read(n);
	if (first && second && pc_stats_mann_whitney(first, m, second, n, ret_p, &u) == 0)
		r = 1;
	free(first);
	free(second);
	return r;
}

int main(void)
{
	double p[PAIRS_MAX];
	size_t pairs = 0;
	int r = 1;

	while (pairs < PAIRS_MAX && (r = pair_judge(&p[pairs])) > 0)
		pairs++;
	if (r < 0 || pc_stats_holm(p, pairs) < 0)
		return 2;
	for (size_t i = 0; i < pairs; i++)
		(void)printf("%.17g\n", p[i]);
	return 0;
}
