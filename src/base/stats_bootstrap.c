/* SPDX-License-Identifier: MIT
 *
 * stats_bootstrap.c - the confidence interval of a mean, from the samples alone.
 *
 * Run times are skewed, so an interval that is symmetric around the mean would be wrong on both
 * sides. This one (BCa) shifts the quantiles of the resampled means by their bias z0 and by the
 * skewness a of the samples:
 *
 * 	alpha -> Phi(z0 + (z0 + z) / (1 - a (z0 + z))),  z = Phi^-1(alpha) */
#include "stats.h"

#include <errno.h>
#include <math.h>

#include "cleanup.h"
#include "random.h"
#include "stats_sort.h"

#define SEED UINT64_C(20261121)

static double normal_probability(double z)
{
	return erfc(-z * M_SQRT1_2) / 2;
}

/* By bisection, as the probability grows with z. */
static double normal_quantile(double probability)
{
	double low = -40, high = 40;

	for (double middle; middle = (low + high) / 2, middle > low && middle < high;) {
		if (normal_probability(middle) < probability)
			low = middle;
		else
			high = middle;
	}
	return high;
}

static double resampled_mean(const double *samples, size_t count, uint64_t *random)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += samples[pc_random_below(random, count)];
	return sum / (double)count;
}

/* The position of the mean among the resampled means; equal ones count half. The same values
 * summed in another order differ in their last digits. */
static double bias(const double *means, double mean)
{
	double rounding = 1e-12 * fabs(mean), below = 0;

	for (size_t i = 0; i < PC_STATS_RESAMPLES; i++) {
		double apart = means[i] - mean;

		below += apart < -rounding ? 1 : apart > rounding ? 0 : 0.5;
	}
	return normal_quantile(below / PC_STATS_RESAMPLES);
}

/* From the means of all samples but one: they deviate opposite to the sample left out. */
static double acceleration(const double *samples, size_t count, double mean)
{
	double squares = 0, cubes = 0;

	for (size_t i = 0; i < count; i++) {
		double apart = (samples[i] - mean) / (double)(count - 1);

		squares += apart * apart;
		cubes += apart * apart * apart;
	}
	return squares > 0 ? cubes / (6 * pow(squares, 1.5)) : 0;
}

static double shifted(double alpha, double z0, double a)
{
	double z = z0 + normal_quantile(alpha);

	return normal_probability(z0 + z / (1 - a * z));
}

int pc_stats_bootstrap(const double *samples, size_t count, double *ret_low, double *ret_high)
{
	_cleanup_free_ double *means = calloc(PC_STATS_RESAMPLES, sizeof(*means));
	uint64_t random = SEED;
	double mean = 0, z0, a;
	int r;

	if (!count)
		return -EINVAL;
	if (!means)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		mean += samples[i] / (double)count;
	for (size_t i = 0; i < PC_STATS_RESAMPLES; i++)
		means[i] = resampled_mean(samples, count, &random);
	qsort(means, PC_STATS_RESAMPLES, sizeof(*means), pc_double_compare);
	*ret_low = *ret_high = mean;
	if (count < 2 || means[0] >= means[PC_STATS_RESAMPLES - 1])
		return 0;
	z0 = bias(means, mean);
	a = acceleration(samples, count, mean);
	r = pc_stats_quantile(means, PC_STATS_RESAMPLES, shifted(0.025, z0, a), ret_low);
	if (r == 0)
		r = pc_stats_quantile(means, PC_STATS_RESAMPLES, shifted(0.975, z0, a), ret_high);
	return r;
}
