/* check_stats.c - src/base/stats.c against values of SciPy 1.17.1.
 *
 * Each expected value stands under the call that made it, with
 * `import numpy as np; from scipy import stats`.  SPDX-License-Identifier: MIT */
#include "base/stats.h"

#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
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
	/* stats.sem(first) * stats.t.ppf(0.975, 4) */
	NEAR(stats.half_width, 0.00788236628321375);
}
END_TEST

START_TEST(describes_one_value)
{
	struct pc_stats stats;

	ck_assert_int_eq(pc_stats_describe(first, 1, &stats), 0);
	NEAR(stats.median, 0.182);
	NEAR(stats.mean, 0.182);
	NEAR(stats.deviation, 0);
	NEAR(stats.half_width, 0);
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
	ck_assert_int_eq(pc_stats_shift(first, 5, second, 0, &value), -EINVAL);
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

START_TEST(student_quantiles)
{
	/* stats.t.ppf(0.975, degrees): 95 % lie between -t and t */
	static const struct {
		size_t degrees;
		double t;
	} expected[] = {
		{1, 12.7062047361747},  {2, 4.30265272974946},    {3, 3.18244630528371},
		{4, 2.77644510519779},  {9, 2.2621571627982},     {29, 2.0452296421327},
		{99, 1.98421695158642}, {1000, 1.96233908082641},
	};

	for (size_t i = 0; i < COUNT(expected); i++)
		NEAR(pc_stats_student_t(0.95, expected[i].degrees), expected[i].t);
	ck_assert(isnan(pc_stats_student_t(0.95, 0)));
	ck_assert(isnan(pc_stats_student_t(1, 3)));
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

START_TEST(shift)
{
	const double a[] = {1, 4, 6, 7}, b[] = {2, 3, 5};
	double value;

	/* np.median(np.subtract.outer(first, second)) */
	ck_assert_int_eq(pc_stats_shift(first, COUNT(first), second, COUNT(second), &value), 0);
	NEAR(value, -0.013);
	/* np.median(np.subtract.outer([1, 4, 6, 7], [2, 3, 5])) */
	ck_assert_int_eq(pc_stats_shift(a, COUNT(a), b, COUNT(b), &value), 0);
	NEAR(value, 1.5);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stats");
	TCase *tcase = tcase_create("stats");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, describes);
	tcase_add_test(tcase, describes_one_value);
	tcase_add_test(tcase, refuses_nothing);
	tcase_add_test(tcase, median_of_even_count);
	tcase_add_test(tcase, student_quantiles);
	tcase_add_test(tcase, exact_test);
	tcase_add_test(tcase, larger_samples);
	tcase_add_test(tcase, ties);
	tcase_add_test(tcase, shift);
	suite_add_tcase(suite, tcase);

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
