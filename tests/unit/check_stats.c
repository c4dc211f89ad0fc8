/* check_stats.c - src/base/stats*.c against values of SciPy 1.17.1.
 *
 * Each expected value stands under the call that made it, with
 * `import numpy as np; from scipy import stats`.  SPDX-License-Identifier: MIT */
#include "base/stats.h"

#include "support.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define NEAR(value, expected)                                                                      \
	ck_assert_double_eq_tol(value, expected, 1e-12 * (1 + fabs((double)(expected))))

static const double first[] = {0.182, 0.175, 0.191, 0.178, 0.186};
static const double second[] = {0.196, 0.188, 0.201, 0.193, 0.199};

START_TEST(describes)
{
	struct pc_stats stats;

	ck_assert_int_eq(pc_stats_describe(first, COUNT(first), &stats), 0);
	ck_assert_uint_eq(stats.count, 5);
	/* np.median(first), np.min, np.max, np.mean, np.std(first, ddof=1) */
	NEAR(stats.median, 0.182);
	NEAR(stats.min, 0.175);
	NEAR(stats.max, 0.191);
	NEAR(stats.mean, 0.1824);
	NEAR(stats.deviation, 0.00634822809924156);
	/* np.percentile(first, 95) */
	NEAR(stats.p95, 0.19);
	ck_assert_uint_eq(stats.outliers, 0);
}
END_TEST

START_TEST(describes_one_value)
{
	struct pc_stats stats;

	ck_assert_int_eq(pc_stats_describe(first, 1, &stats), 0);
	NEAR(stats.median, 0.182);
	NEAR(stats.mean, 0.182);
	NEAR(stats.deviation, 0);
	NEAR(stats.low, 0.182);
	NEAR(stats.high, 0.182);
}
END_TEST

START_TEST(refuses_nothing)
{
	struct pc_stats stats;
	double value;

	ck_assert_int_eq(pc_stats_describe(first, 0, &stats), -EINVAL);
	ck_assert_int_eq(pc_stats_median(first, 0, &value), -EINVAL);
	ck_assert_int_eq(pc_stats_mann_whitney(first, 0, second, 5, &value, NULL), -EINVAL);
	ck_assert_int_eq(pc_stats_mann_whitney(first, 5, second, 0, &value, NULL), -EINVAL);
	ck_assert_int_eq(pc_stats_bootstrap(first, 0, &value, &value), -EINVAL);
}
END_TEST

START_TEST(median_of_even_count)
{
	const double values[] = {9, 1, 4, 2};
	double median;

	/* np.median([9, 1, 4, 2]); the samples stay in their order */
	ck_assert_int_eq(pc_stats_median(values, COUNT(values), &median), 0);
	NEAR(median, 3);
	NEAR(values[0], 9);
}
END_TEST

/* Ours comes from PC_STATS_RESAMPLES resamples, so an end may differ by some per cent of
 * the width. */
static void expect_interval(const double *samples, size_t count, double low, double high)
{
	double got_low, got_high, near = 1e-12 + 0.04 * (high - low);

	ck_assert_int_eq(pc_stats_bootstrap(samples, count, &got_low, &got_high), 0);
	ck_assert_double_eq_tol(got_low, low, near);
	ck_assert_double_eq_tol(got_high, high, near);
}

static const double skewed[] = {1.02, 1.05, 1.01, 1.08, 1.03, 1.2,
                                1.04, 1.9,  1.06, 1.02, 1.07, 1.1};

START_TEST(intervals)
{
	const double same[] = {3, 3, 3};

	/* all 5 ** 5 resamples by itertools.product, in fractions, so that equal means are */
	expect_interval(first, COUNT(first), 0.1778, 0.1878);
	/* stats.bootstrap((x,), np.mean, n_resamples=200000, method='BCa') */
	expect_interval(skewed, COUNT(skewed), 1.051667, 1.41);
	expect_interval(same, COUNT(same), 3, 3);
	expect_interval(same, 1, 3, 3);
}
END_TEST

START_TEST(quantiles)
{
	double value;

	/* np.percentile(x, 95), np.percentile(first, 10) */
	ck_assert_int_eq(pc_stats_quantile(first, COUNT(first), 0.95, &value), 0);
	NEAR(value, 0.19);
	ck_assert_int_eq(pc_stats_quantile(skewed, COUNT(skewed), 0.95, &value), 0);
	NEAR(value, 1.515);
	ck_assert_int_eq(pc_stats_quantile(first, COUNT(first), 0.1, &value), 0);
	NEAR(value, 0.1762);
	ck_assert_int_eq(pc_stats_quantile(first, COUNT(first), 1.5, &value), -EINVAL);
}
END_TEST

START_TEST(outliers)
{
	bool found[COUNT(skewed)];
	struct pc_stats stats;

	/* (x - np.median(x)) / stats.median_abs_deviation(x, scale='normal'): 19.0 for the
	 * eighth value, 3.26 for the next largest */
	ck_assert_int_eq(pc_stats_outliers(skewed, COUNT(skewed), found), 0);
	for (size_t i = 0; i < COUNT(skewed); i++)
		ck_assert_int_eq(found[i], i == 7);
	ck_assert_int_eq(pc_stats_describe(skewed, COUNT(skewed), &stats), 0);
	ck_assert_uint_eq(stats.outliers, 1);
	ck_assert_int_eq(pc_stats_outliers((const double[]){1, 1, 1, 9}, 4, found), 0);
	ck_assert_int_eq(found[3], 0); /* no spread to measure it by */
}
END_TEST

static void expect_test(const double *a, size_t m, const double *b, size_t n, double u, double p)
{
	double got_u, got_p;

	ck_assert_int_eq(pc_stats_mann_whitney(a, m, b, n, &got_p, &got_u), 0);
	NEAR(got_u, u);
	NEAR(got_p, p);
	/* The other way round the question is the same. */
	ck_assert_int_eq(pc_stats_mann_whitney(b, n, a, m, &got_p, &got_u), 0);
	NEAR(got_u, (double)(m * n) - u);
	NEAR(got_p, p);
}

START_TEST(exact_test)
{
	const double low[] = {1, 2, 3, 4, 5}, high[] = {6, 7, 8, 9, 10};
	const double a[] = {1, 4, 6, 7, 12}, b[] = {2, 3, 5, 8, 9, 10, 11};

	/* stats.mannwhitneyu(first, second, method='exact') */
	expect_test(first, COUNT(first), second, COUNT(second), 1, 0.0158730158730159);
	/* stats.mannwhitneyu([1, 2, 3, 4, 5], [6, 7, 8, 9, 10], method='exact') */
	expect_test(low, COUNT(low), high, COUNT(high), 0, 0.00793650793650794);
	/* stats.mannwhitneyu([1, 4, 6, 7, 12], [2, 3, 5, 8, 9, 10, 11], method='exact') */
	expect_test(a, COUNT(a), b, COUNT(b), 15, 0.755050505050505);
	/* One value each: nothing can be said. */
	expect_test(low, 1, high, 1, 0, 1);
}
END_TEST

/* a = [((i*7919)%1000)/100 + 0.001*i for i in range(60)]
 * b = [((i*6151)%1000)/100 + 0.0017*i + 1.5 for i in range(25)], all different */
static void make_large(double a[60], double b[25])
{
	for (int i = 0; i < 60; i++)
		a[i] = i * 7919 % 1000 / 100.0 + 0.001 * i;
	for (int i = 0; i < 25; i++)
		b[i] = i * 6151 % 1000 / 100.0 + 0.0017 * i + 1.5;
}

START_TEST(larger_samples)
{
	double a[60], b[25];

	make_large(a, b);
	/* stats.mannwhitneyu(a[:30], b, method='exact') */
	expect_test(a, 30, b, 25, 326, 0.415384503013969);
	/* stats.mannwhitneyu(a, b, method='asymptotic') */
	expect_test(a, 60, b, 25, 604, 0.160519465890501);
}
END_TEST

START_TEST(ties)
{
	const double a[] = {0.11, 0.13, 0.13, 0.15, 0.18};
	const double b[] = {0.13, 0.15, 0.16, 0.19, 0.2, 0.21};
	const double c[] = {1, 2, 3}, d[] = {2, 4, 6, 1}, same[] = {2, 2, 2};

	/* stats.mannwhitneyu(a, b, method='asymptotic') */
	expect_test(a, COUNT(a), b, COUNT(b), 5.5, 0.0964798035089584);
	/* stats.mannwhitneyu([1, 2, 3], [2, 4, 6, 1], method='asymptotic') */
	expect_test(c, COUNT(c), d, COUNT(d), 4, 0.589154465450058);
	/* All equal has no variance; SciPy says 1 as well. */
	expect_test(same, 3, same, 3, 4.5, 1);
}
END_TEST

static void expect_shift(const double *a, size_t m, const double *b, size_t n, double value,
                         double low, double high)
{
	struct pc_shift got;

	ck_assert_int_eq(pc_stats_shift(a, m, b, n, &got), 0);
	NEAR(got.shift, value);
	NEAR(got.low, low);
	NEAR(got.high, high);
}

/* The interval holds the shifts that the test does not reject: the differences between
 * which stats.mannwhitneyu(x - shift, y, method='exact').pvalue > 0.05. */
START_TEST(shift)
{
	double a[60], b[25];
	struct pc_shift got;

	make_large(a, b);
	/* np.median(np.subtract.outer(first, second)) */
	expect_shift(first, COUNT(first), second, COUNT(second), -0.013, -0.023, -0.002);
	expect_shift(a, 30, b, 25, -0.73205, -2.4132, 1.0644);
	/* with method='asymptotic' */
	expect_shift(a, 60, b, 25, -1.05715, -2.5029, 0.439);
	/* So few exclude nothing: all differences. */
	expect_shift((const double[]){1, 4}, 2, (const double[]){2, 3}, 2, 0, -2, 2);
	ck_assert_int_eq(pc_stats_shift(a, 0, b, 1, &got), -EINVAL);
}
END_TEST

START_TEST(holm)
{
	/* R: p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.2), "holm") */
	const double expected[] = {0.04, 0.09, 0.09, 0.025, 0.2};
	double p[] = {0.01, 0.04, 0.03, 0.005, 0.2}, large[] = {0.7, 0.6};

	ck_assert_int_eq(pc_stats_holm(p, COUNT(p)), 0);
	for (size_t i = 0; i < COUNT(p); i++)
		NEAR(p[i], expected[i]);
	ck_assert_int_eq(pc_stats_holm(large, COUNT(large)), 0);
	NEAR(large[0], 1);
	NEAR(large[1], 1);
	ck_assert_int_eq(pc_stats_holm(p, 0), 0);
}
END_TEST

START_TEST(scaling)
{
	const double workers[] = {1, 2, 4, 8, 16}, speedup[] = {1, 1.9, 3.4, 3.9, 4};
	const double line[] = {1, 2, 4, 8, 16}, down[] = {1, 1.8, 1.7, 1.2, 0.9};

	/* Karp and Flatt, table 1: a speed-up of 1 / (f + (1 - f) / p) has the fraction f */
	NEAR(pc_stats_karp_flatt(1 / (0.1 + 0.9 / 8), 8), 0.1);
	NEAR(pc_stats_karp_flatt(4, 4), 0);
	ck_assert(isnan(pc_stats_karp_flatt(1, 1)));
	ck_assert(isnan(pc_stats_karp_flatt(0.9, 1)));
	ck_assert_uint_eq(pc_stats_knee(workers, speedup, 5), 2);
	ck_assert_uint_eq(pc_stats_knee(workers, line, 5), 4);
	ck_assert_uint_eq(pc_stats_knee(workers, down, 5), 1);
	ck_assert_uint_eq(pc_stats_knee(workers, speedup, 2), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stats");
	TCase *tcase = plain_case(suite, "stats");

	tcase_add_test(tcase, describes);
	tcase_add_test(tcase, describes_one_value);
	tcase_add_test(tcase, refuses_nothing);
	tcase_add_test(tcase, median_of_even_count);
	tcase_add_test(tcase, intervals);
	tcase_add_test(tcase, quantiles);
	tcase_add_test(tcase, outliers);
	tcase_add_test(tcase, exact_test);
	tcase_add_test(tcase, larger_samples);
	tcase_add_test(tcase, ties);
	tcase_add_test(tcase, shift);
	tcase_add_test(tcase, holm);
	tcase_add_test(tcase, scaling);
	return run_suite(suite);
}
