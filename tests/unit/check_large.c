/* SPDX-License-Identifier: MIT */
/* check_large.c - src/plan/large.c: what of a large file goes into the next job. */
#include "plan/ledger.h"

#include "support.h"

#define CHUNK 100U

static char buffer[sizeof(struct pc_item) + 64 + 8 * PC_RANGE_ENDS_MAX];
static struct pc_large *large;
static struct pc_job job;

static void large_begin(uint64_t size, uint64_t data)
{
	struct pc_item *item = (struct pc_item *)buffer;

	memset(buffer, 0, sizeof(buffer));
	item->root = 7;
	item->meta.size = size;
	item->arg = data;
	item->flags = data < size ? PC_ITEM_HOLES : 0;
	item->text_len = 4;
	memcpy(item->text, "name", 5);
	large = pc_large_new(item, 10);
	ck_assert_ptr_nonnull(large);
	ck_assert_str_eq(large->name, "name");
	ck_assert_uint_eq(large->root, 7);
	ck_assert_uint_eq(large->most, 1);
}

static void large_end(void)
{
	pc_large_free(large);
}

static double expect_range(uint64_t start, uint64_t end, bool finds)
{
	double weight;

	job = (struct pc_job){.kind = PC_JOB_CHUNK};
	weight = pc_large_next(large, CHUNK, &job);
	ck_assert_uint_eq(job.offset, start);
	ck_assert_uint_eq(job.offset + job.length, end);
	ck_assert_int_eq((job.flags & PC_JOB_FIND_ENDS) != 0, finds);
	ck_assert_int_eq(large->finding_ends, finds);
	ck_assert_uint_eq(large->offset, end);
	return weight;
}

/* An answer with such ends; 0: no more. */
static void answer(uint64_t a, uint64_t b, uint64_t c)
{
	const uint64_t cut[] = {a, b, c};
	struct pc_item *item = (struct pc_item *)buffer;

	large->finding_ends = false;
	item->text_len = (uint32_t)sizeof(cut[0]) * (c ? 3 : b ? 2 : 1);
	memcpy(item->text, cut, item->text_len);
	ck_assert_int_eq(pc_large_set_ends(large, item), 0);
}

START_TEST(without_holes_each_range_is_a_chunk)
{
	large_begin(250, 250);
	ck_assert_double_eq_tol(expect_range(0, 100, false), 4, 1e-9);
	ck_assert_double_eq_tol(expect_range(100, 200, false), 4, 1e-9);
	ck_assert_double_eq_tol(expect_range(200, 250, false), 2, 1e-9);
	ck_assert_double_eq_tol(large->weight, 0, 1e-9);
	large_end();
}
END_TEST

START_TEST(with_holes_workers_report_range_ends)
{
	large_begin(100000, 400);
	ck_assert_double_eq_tol(expect_range(0, 100, true), 2.5, 1e-9);
	answer(5000, 5100, 70000);
	(void)expect_range(100, 5000, false);
	(void)expect_range(5000, 5100, false);
	(void)expect_range(5100, 70000, true); /* the last one that is known */
	answer(100000, 0, 0);
	(void)expect_range(70000, 100000, false);
	ck_assert_double_eq_tol(large->weight, 0, 1e-9);
	large_end();
}
END_TEST

/* The blocks that are counted may be few: the rest of the weight is that of the end. */
START_TEST(weight_is_distributed_once)
{
	large_begin(1000, 150);
	ck_assert_double_eq_tol(expect_range(0, 100, true) + large->weight, 10, 1e-9);
	answer(200, 300, 1000);
	ck_assert_double_eq_tol(expect_range(100, 200, false), 10 / 3.0, 1e-9);
	ck_assert_double_eq_tol(expect_range(200, 300, false), 0, 1e-9);
	ck_assert_double_eq_tol(expect_range(300, 1000, false), 0, 1e-9);
	large_end();
}
END_TEST

/* A worker that found none, as it was canceled or is none of ours. */
START_TEST(without_range_ends_ranges_are_of_equal_length)
{
	large_begin(250, 10);
	(void)expect_range(0, 100, true);
	large->finding_ends = false;
	(void)expect_range(100, 200, true);
	large->finding_ends = false;
	(void)expect_range(200, 250, false);
	large_end();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("large");
	TCase *tcase = plain_case(suite, "large");

	tcase_add_test(tcase, without_holes_each_range_is_a_chunk);
	tcase_add_test(tcase, with_holes_workers_report_range_ends);
	tcase_add_test(tcase, weight_is_distributed_once);
	tcase_add_test(tcase, without_range_ends_ranges_are_of_equal_length);
	return run_suite(suite);
}
