/* stats.c - the statistics of repeated measurements.  SPDX-License-Identifier: MIT
 *
 * Every sum here has terms of one sign or is short, so plain doubles do. */
#include "stats.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int double_compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static double *samples_sorted(const double *samples, size_t count)
{
	double *sorted = malloc(count * sizeof(*sorted));

	if (sorted) {
		memcpy(sorted, samples, count * sizeof(*sorted));
		qsort(sorted, count, sizeof(*sorted), double_compare);
	}
	return sorted;
}

static double sorted_median(const double *sorted, size_t count)
{
	size_t half = count / 2;

	return count % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

int pc_stats_median(const double *samples, size_t count, double *ret)
{
	double *sorted;

	if (!count)
		return -EINVAL;
	sorted = samples_sorted(samples, count);
	if (!sorted)
		return -ENOMEM;
	*ret = sorted_median(sorted, count);
	free(sorted);
	return 0;
}

static double samples_mean(const double *samples, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += samples[i];
	return sum / (double)count;
}

/* Two passes: subtracting the mean first keeps the digits of close values. */
static double samples_deviation(const double *samples, size_t count, double mean)
{
	double sum = 0;

	if (count < 2)
		return 0;
	for (size_t i = 0; i < count; i++)
		sum += (samples[i] - mean) * (samples[i] - mean);
	return sqrt(sum / (double)(count - 1));
}

int pc_stats_describe(const double *samples, size_t count, struct pc_stats *ret)
{
	struct pc_stats stats = {.count = count};
	double *sorted;

	if (!count)
		return -EINVAL;
	sorted = samples_sorted(samples, count);
	if (!sorted)
		return -ENOMEM;
	stats.median = sorted_median(sorted, count);
	stats.min = sorted[0];
	stats.max = sorted[count - 1];
	free(sorted);

	stats.mean = samples_mean(samples, count);
	stats.deviation = samples_deviation(samples, count, stats.mean);
	if (count > 1)
		stats.half_width =
			pc_stats_student_t(0.95, count - 1) * stats.deviation / sqrt((double)count);
	*ret = stats;
	return 0;
}

/* ---- Student's t ---- */

/* A(t|v) of Abramowitz and Stegun: the probability of |T| < t.  Their finite
 * series begins at 1 for even and at cos(theta) for odd degrees; each further
 * term is the one before times cos(theta) squared and (k - 1) / k. */
static double student_probability(double t, size_t degrees)
{
	double theta = atan(t / sqrt((double)degrees));
	double cosine = cos(theta), sum = 0;
	bool odd = degrees % 2;
	double term = odd ? cosine : 1;

	for (size_t k = odd ? 3 : 2; k <= degrees; k += 2) {
		sum += term;
		term *= cosine * cosine * (double)(k - 1) / (double)k;
	}
	return odd ? (theta + sin(theta) * sum) * M_2_PI : sin(theta) * sum;
}

/* The probability grows with t, so halving an interval finds the quantile. */
double pc_stats_student_t(double probability, size_t degrees_of_freedom)
{
	double low = 0, high = 1;

	if (!degrees_of_freedom || !(probability > 0) || !(probability < 1))
		return NAN;
	while (student_probability(high, degrees_of_freedom) < probability)
		high *= 2;
	for (double middle; middle = (low + high) / 2, middle > low && middle < high;) {
		if (student_probability(middle, degrees_of_freedom) < probability)
			low = middle;
		else
			high = middle;
	}
	return high;
}

/* ---- Mann-Whitney ---- */

/* U counts the pairs in which the first sample's value is the larger; an equal
 * pair counts half. */
static double count_u(const double *first, size_t m, const double *second, size_t n)
{
	double u = 0;

	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < n; j++)
			u += first[i] > second[j] ? 1 : first[i] < second[j] ? 0 : 0.5;
	return u;
}

/* Adds up t^3 - t over each group of t equal values. */
static int count_ties(const double *first, size_t m, const double *second, size_t n, double *ret)
{
	double *all = malloc((m + n) * sizeof(*all)), sum = 0;

	if (!all)
		return -ENOMEM;
	memcpy(all, first, m * sizeof(*all));
	memcpy(all + m, second, n * sizeof(*all));
	qsort(all, m + n, sizeof(*all), double_compare);
	for (size_t start = 0, end; start < m + n; start = end) {
		double size;

		for (end = start + 1; end < m + n && !(all[end] > all[start]); end++)
			;
		size = (double)(end - start);
		sum += size * size * size - size;
	}
	free(all);
	*ret = sum;
	return 0;
}

/* How often each U comes up among all choices of m out of m + n ranks: ways[k][u]
 * counts the choices of k ranks among those seen, u being the sum of the steps
 * by which they lie above the lowest k.  Returns P(U >= at_least). */
static double exact_tail(double *ways, size_t m, size_t n, size_t at_least)
{
	size_t width = m * n + 1;
	double tail = 0, all = 0;

	ways[0] = 1;
	for (size_t rank = 0; rank < m + n; rank++) {
		/* Downwards, so that no rank is chosen twice. */
		for (size_t k = rank < m ? rank + 1 : m; k > 0; k--) {
			size_t step = rank + 1 - k;

			for (size_t u = step; u < width; u++)
				ways[k * width + u] += ways[(k - 1) * width + u - step];
		}
	}
	for (size_t u = 0; u < width; u++) {
		all += ways[m * width + u];
		tail += u >= at_least ? ways[m * width + u] : 0;
	}
	return tail / all;
}

static int exact_p(size_t m, size_t n, double larger_u, double *ret)
{
	double *ways = calloc((m + 1) * (m * n + 1), sizeof(*ways));

	if (!ways)
		return -ENOMEM;
	*ret = 2 * exact_tail(ways, m, n, (size_t)larger_u);
	free(ways);
	return 0;
}

static double normal_p(size_t m, size_t n, double larger_u, double ties)
{
	double product = (double)m * (double)n, all = (double)(m + n);
	double variance = product / 12 * (all + 1 - ties / (all * (all - 1)));

	/* All values equal: nothing speaks for a difference. */
	if (!(variance > 0))
		return 1;
	return erfc((larger_u - product / 2 - 0.5) / sqrt(2 * variance));
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

	if (ties > 0 || first_count > PC_STATS_EXACT_MAX || second_count > PC_STATS_EXACT_MAX)
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

int pc_stats_shift(const double *first, size_t first_count, const double *second,
                   size_t second_count, double *ret)
{
	double *differences;
	int rc;

	if (!first_count || !second_count)
		return -EINVAL;
	differences = reallocarray(NULL, first_count * second_count, sizeof(*differences));
	if (!differences)
		return -ENOMEM;
	for (size_t i = 0; i < first_count; i++)
		for (size_t j = 0; j < second_count; j++)
			differences[i * second_count + j] = first[i] - second[j];
	rc = pc_stats_median(differences, first_count * second_count, ret);
	free(differences);
	return rc;
}
