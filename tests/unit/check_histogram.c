/* SPDX-License-Identifier: MIT */
/* check_histogram.c - src/base/histogram.c */
#include "base/histogram.h"

#include "support.h"

START_TEST(buckets)
{
	ck_assert_uint_eq(pc_histogram_bucket(0), 0);
	ck_assert_uint_eq(pc_histogram_bucket(7), 7);
	ck_assert_uint_eq(pc_histogram_bucket(8), 8);
	ck_assert_uint_eq(pc_histogram_bucket(17), 16);
	ck_assert_uint_eq(pc_histogram_bucket(UINT64_MAX), PC_HISTOGRAM_BUCKETS - 1);
	/* Each begins where the one before ends, and none is wider than an eighth. */
	for (unsigned i = 1; i < PC_HISTOGRAM_BUCKETS; i++) {
		uint64_t floor = pc_histogram_floor(i), before = pc_histogram_floor(i - 1);

		ck_assert_uint_gt(floor, before);
		ck_assert_uint_eq(pc_histogram_bucket(floor), i);
		ck_assert_uint_eq(pc_histogram_bucket(floor - 1), i - 1);
		if (floor > 16)
			ck_assert_uint_le((floor - before) * 8, floor);
	}
}
END_TEST

START_TEST(percentiles)
{
	struct pc_histogram h = {0};

	ck_assert_uint_eq(pc_histogram_quantile(&h, 0.5), 0);
	for (uint64_t ns = 1; ns <= 1000; ns++)
		pc_histogram_add(&h, ns * 1000);
	ck_assert_uint_eq(h.count, 1000);
	ck_assert_uint_eq(h.sum_ns, 500500000);
	ck_assert_uint_eq(h.max_ns, 1000000);
	ck_assert_uint_ge(pc_histogram_quantile(&h, 0.5), 500000);
	ck_assert_uint_le(pc_histogram_quantile(&h, 0.5), 500000 * 9 / 8);
	ck_assert_uint_ge(pc_histogram_quantile(&h, 0.99), 990000);
	ck_assert_uint_eq(pc_histogram_quantile(&h, 1), 1000000);
}
END_TEST

START_TEST(merging)
{
	struct pc_histogram all = {0}, part[2] = {{0}};

	for (uint64_t ns = 1; ns < 100000; ns = ns * 3 / 2 + 1) {
		pc_histogram_add(&all, ns);
		pc_histogram_add(&part[ns % 2], ns);
	}
	pc_histogram_merge(&part[_i], &part[1 - _i]);
	ck_assert_mem_eq(&part[_i], &all, sizeof(all));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("histogram");
	TCase *tcase = plain_case(suite, "histogram");

	tcase_add_test(tcase, buckets);
	tcase_add_test(tcase, percentiles);
	tcase_add_loop_test(tcase, merging, 0, 2); /* the longest is in one of them */
	return run_suite(suite);
}
