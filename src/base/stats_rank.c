/* SPDX-License-Identifier: MIT
 *
 * stats_rank.c - compares two samples by rank.
 *
 * No distribution is assumed: that of run times is unknown. */
#include "stats.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "cleanup.h"
#include "stats_sort.h"

/* Phi^-1(0.975) */
#define NORMAL_975 1.959963984540054

/* U counts the pairs in which the first sample's value is larger; an equal pair counts half. */
static double count_u(const double *first, size_t m, const double *second, size_t n)
{
	double u = 0;

	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < n; j++)
			u += first[i] > second[j] ? 1 : first[i] < second[j] ? 0 : 0.5;
	return u;
}

/* Sums t^3 - t over all groups of t equal values. */
static int count_ties(const double *first, size_t m, const double *second, size_t n, double *ret)
{
	_cleanup_free_ double *all = malloc((m + n) * sizeof(*all));
	double sum = 0;

	if (!all)
		return -ENOMEM;
	memcpy(all, first, m * sizeof(*all));
	memcpy(all + m, second, n * sizeof(*all));
	qsort(all, m + n, sizeof(*all), pc_double_compare);
	for (size_t start = 0, end; start < m + n; start = end) {
		double size;

		for (end = start + 1; end < m + n && !(all[end] > all[start]); end++)
			;
		size = (double)(end - start);
		sum += size * size * size - size;
	}
	*ret = sum;
	return 0;
}

/* ---- The exact distribution of U ---- */

/* Counts how often each U occurs among all choices of m out of m + n ranks: ways[k][u] is the
 * number of choices of k of the ranks so far where u sums the steps by which they lie above the
 * lowest k. */
static void count_ways(double *ways, size_t m, size_t n)
{
	size_t width = m * n + 1;

	ways[0] = 1;
	for (size_t rank = 0; rank < m + n; rank++) {
		/* downwards, so that no rank is chosen twice */
		for (size_t k = rank < m ? rank + 1 : m; k > 0; k--) {
			size_t step = rank + 1 - k;

			for (size_t u = step; u < width; u++)
				ways[k * width + u] += ways[(k - 1) * width + u - step];
		}
	}
}

/* The least u for which U <= u has at least this probability. */
static int exact_quantile(size_t m, size_t n, double probability, size_t *ret)
{
	size_t width = m * n + 1, u = 0;
	_cleanup_free_ double *ways = calloc((m + 1) * width, sizeof(*ways));
	double all = 0, sum;

	if (!ways)
		return -ENOMEM;
	count_ways(ways, m, n);
	for (size_t i = 0; i < width; i++)
		all += ways[m * width + i];
	/* counts of ways are whole numbers, exact as far as doubles are: NOLINTNEXTLINE(cert-flp30-c) */
	for (sum = ways[m * width]; sum / all < probability; sum += ways[m * width + u])
		u++;
	*ret = u;
	return 0;
}

static int exact_p(size_t m, size_t n, double larger_u, double *ret)
{
	size_t width = m * n + 1;
	_cleanup_free_ double *ways = calloc((m + 1) * width, sizeof(*ways));
	double tail = 0, all = 0;

	if (!ways)
		return -ENOMEM;
	count_ways(ways, m, n);
	for (size_t u = 0; u < width; u++) {
		all += ways[m * width + u];
		tail += u >= (size_t)larger_u ? ways[m * width + u] : 0;
	}
	*ret = 2 * tail / all;
	return 0;
}

/* ---- The test ---- */

static double normal_p(size_t m, size_t n, double larger_u, double ties)
{
	double product = (double)m * (double)n, all = (double)(m + n);
	double variance = product / 12 * (all + 1 - ties / (all * (all - 1)));

	/* all values are equal: no evidence of a difference */
	if (!(variance > 0))
		return 1;
	return erfc((larger_u - product / 2 - 0.5) / sqrt(2 * variance));
}

static bool are_small(size_t m, size_t n)
{
	return m <= PC_STATS_EXACT_MAX && n <= PC_STATS_EXACT_MAX;
}

int pc_stats_mann_whitney(const double *first, size_t first_count, const double *second,
                          size_t second_count, double *ret_p, double *ret_u)
{
	double u, larger_u, ties, p;
	int rc;

	if (!first_count || !second_count)
		return -EINVAL;
	rc = count_ties(first, first_count, second, second_count, &ties);
	if (rc < 0)
		return rc;
	u = count_u(first, first_count, second, second_count);
	larger_u = fmax(u, (double)first_count * (double)second_count - u);

	if (ties > 0 || !are_small(first_count, second_count))
		p = normal_p(first_count, second_count, larger_u, ties);
	else
		rc = exact_p(first_count, second_count, larger_u, &p);
	if (rc < 0)
		return rc;
	*ret_p = fmin(p, 1);
	if (ret_u)
		*ret_u = u;
	return 0;
}

/* ---- The shift ---- */

/* The index (from 1) of the sorted difference that begins the interval; the same index from
 * above ends it. */
static int interval_rank(size_t m, size_t n, size_t *ret)
{
	double product = (double)m * (double)n;
	double below = product / 2 - NORMAL_975 * sqrt(product * (double)(m + n + 1) / 12);
	int r = 0;

	if (are_small(m, n))
		r = exact_quantile(m, n, 0.025, ret);
	else
		*ret = below > 1 ? (size_t)lround(below) : 1;
	if (r == 0 && *ret == 0) /* so few values exclude nothing at this level */
		*ret = 1;
	return r;
}

int pc_stats_shift(const double *first, size_t first_count, const double *second,
                   size_t second_count, struct pc_shift *ret)
{
	size_t count = first_count * second_count, rank;
	_cleanup_free_ double *difference =
		reallocarray(NULL, count ? count : 1, sizeof(*difference));
	int r;

	if (!count)
		return -EINVAL;
	if (!difference)
		return -ENOMEM;
	for (size_t i = 0; i < first_count; i++)
		for (size_t j = 0; j < second_count; j++)
			difference[i * second_count + j] = first[i] - second[j];
	qsort(difference, count, sizeof(*difference), pc_double_compare);
	r = interval_rank(first_count, second_count, &rank);
	if (r < 0)
		return r;
	ret->low = difference[rank - 1];
	ret->high = difference[count - rank];
	return pc_stats_median(difference, count, &ret->shift);
}

/* ---- Several tests ---- */

/* Holm's step-down procedure: the smallest value is multiplied by the number of tests, the next
 * one by one less and so on, and none becomes smaller than an earlier one. */
int pc_stats_holm(double *p, size_t count)
{
	_cleanup_free_ bool *taken = calloc(count ? count : 1, sizeof(*taken));
	double least = 0;

	if (!taken)
		return -ENOMEM;
	for (size_t step = 0; step < count; step++) {
		size_t next = SIZE_MAX;

		for (size_t i = 0; i < count; i++)
			if (!taken[i] && (next == SIZE_MAX || p[i] < p[next]))
				next = i;
		taken[next] = true;
		least = fmax(least, fmin(p[next] * (double)(count - step), 1));
		p[next] = least;
	}
	return 0;
}
