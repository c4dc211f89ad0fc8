/* stats.h - the statistics of repeated measurements: numbers in, numbers out.
 * SPDX-License-Identifier: MIT
 *
 * Sources: B. Iglewicz and D. C. Hoaglin, How to Detect and Handle Outliers (1993);
 * B. Efron, "Better bootstrap confidence intervals", J. Amer. Statist. Assoc. 82
 * (1987) 171-185; H. B. Mann and D. R. Whitney, "On a test of whether one of two
 * random variables is stochastically larger than the other", Ann. Math. Statist. 18
 * (1947) 50-60; J. L. Hodges and E. L. Lehmann, "Estimates of location based on rank
 * tests", Ann. Math. Statist. 34 (1963) 598-611; M. Hollander and D. A. Wolfe,
 * Nonparametric Statistical Methods, 2nd ed. (1999), 4.3 (its interval); S. Holm, "A
 * simple sequentially rejective multiple test procedure", Scand. J. Statist. 6 (1979)
 * 65-70; A. H. Karp and H. P. Flatt, "Measuring parallel processor performance",
 * Comm. ACM 33 (1990) 539-543; V. Satopaa et al., "Finding a 'kneedle' in a haystack",
 * ICDCS Workshops 2011.
 *
 * Samples come in any order and are left as they are.  Functions that need
 * memory return -ENOMEM where there is none, -EINVAL for a count of 0. */
#ifndef PC_STATS_H
#define PC_STATS_H

#include <stdbool.h>
#include <stddef.h>

/* Larger samples are compared by the normal approximation. */
#define PC_STATS_EXACT_MAX 50

/* Resamples of a bootstrap, from a fixed seed: the same samples, the same interval. */
#define PC_STATS_RESAMPLES 10000

/* Values whose modified z-score is above this are outliers. */
#define PC_STATS_OUTLIER 3.5

/* ---- stats.c: one sample ---- */

struct pc_stats {
	size_t count;
	double median, min, max, mean;
	double p95;
	double deviation; /* of the sample, divisor n - 1; 0 for one value */
	double low, high; /* 95 % interval of the mean by bootstrap; the mean for one value */
	size_t outliers;
};

int pc_stats_describe(const double *samples, size_t count, struct pc_stats *ret);

/* Marks the values whose distance from the median exceeds PC_STATS_OUTLIER times 1.4826 median
 * absolute deviations; none where that deviation is 0. */
int pc_stats_outliers(const double *samples, size_t count, bool *ret);

/* ---- stats_quantile.c ---- */

int pc_stats_median(const double *samples, size_t count, double *ret);

/* The value below which this part (0 to 1) of the sample lies, interpolated between neighbours
 * (definition 7 of Hyndman and Fan). */
int pc_stats_quantile(const double *samples, size_t count, double part, double *ret);

/* ---- stats_bootstrap.c ---- */

/* The bias-corrected and accelerated 95 % interval of the mean. */
int pc_stats_bootstrap(const double *samples, size_t count, double *ret_low, double *ret_high);

/* ---- stats_rank.c: two samples ---- */

/* Two-sided probability that two samples of one distribution differ in rank at least as much as
 * these. Computed exactly where no two values are equal and neither sample is larger than
 * PC_STATS_EXACT_MAX, otherwise by the normal approximation with corrections for ties and
 * continuity. `ret_u` (may be NULL) gets the U of the first sample. */
int pc_stats_mann_whitney(const double *first, size_t first_count, const double *second,
                          size_t second_count, double *ret_p, double *ret_u);

/* Hodges-Lehmann estimate of first - second: the median of all differences; and its
 * 95 % interval, the differences that the test above does not reject. */
struct pc_shift {
	double shift, low, high;
};
int pc_stats_shift(const double *first, size_t first_count, const double *second,
                   size_t second_count, struct pc_shift *ret);

/* Adjusts the probabilities of several tests for their number, in place. */
int pc_stats_holm(double *p, size_t count);

/* ---- stats_scaling.c: growing numbers of workers ---- */

/* The serial fraction that a speed-up with this many workers implies; NAN for one worker. */
double pc_stats_karp_flatt(double speedup, double workers);

/* The knee of a speed-up curve, from which on more workers bring less: where the curve lies
 * farthest above the line from its first to its last point. `workers` must be increasing.
 * Returns the index; the last one where there is no knee. */
size_t pc_stats_knee(const double *workers, const double *speedup, size_t count);

#endif
