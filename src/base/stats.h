/* stats.h - the statistics of repeated measurements: numbers in, numbers out.
 * SPDX-License-Identifier: MIT
 *
 * Sources: M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions,
 * 26.7.3 and 26.7.4 (Student's t for whole degrees of freedom); H. B. Mann and
 * D. R. Whitney, "On a test of whether one of two random variables is
 * stochastically larger than the other", Ann. Math. Statist. 18 (1947) 50-60;
 * J. L. Hodges and E. L. Lehmann, "Estimates of location based on rank tests",
 * Ann. Math. Statist. 34 (1963) 598-611.
 *
 * Samples come in any order and are left as they are.  Functions that need
 * memory return -ENOMEM where there is none, -EINVAL for a count of 0. */
#ifndef PC_STATS_H
#define PC_STATS_H

#include <stddef.h>

/* Larger samples are compared by the normal approximation. */
#define PC_STATS_EXACT_MAX 50

struct pc_stats {
	size_t count;
	double median, min, max, mean;
	double deviation;  /* of the sample, divisor n - 1; 0 for one value */
	double half_width; /* of the 95 % interval of the mean; 0 for one value */
};

int pc_stats_describe(const double *samples, size_t count, struct pc_stats *ret);
int pc_stats_median(const double *samples, size_t count, double *ret);

/* The value t for which |T| < t has this probability, 0 < probability < 1. */
double pc_stats_student_t(double probability, size_t degrees_of_freedom);

/* Two-sided probability of samples that differ at least so much in rank, where
 * both come from one distribution.  Counted exactly where no two values are
 * equal and neither sample is larger than PC_STATS_EXACT_MAX, else by the
 * normal approximation with corrections for ties and continuity.  `ret_u` (may
 * be NULL) gets the U of the first sample. */
int pc_stats_mann_whitney(const double *first, size_t first_count, const double *second,
                          size_t second_count, double *ret_p, double *ret_u);

/* Hodges-Lehmann estimate of first - second: the median of all differences. */
int pc_stats_shift(const double *first, size_t first_count, const double *second,
                   size_t second_count, double *ret);

#endif
