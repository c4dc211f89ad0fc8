/* check_batch.c - src/copy/batch.c closes what it was given and nothing else.
 * SPDX-License-Identifier: MIT */
#include "copy/copier.h"

#include "support.h"

#define FIRST 100
#define OPEN 40

/* Descriptors FIRST .. FIRST + OPEN - 1. */
static void open_all(void)
{
	int fd = open("/dev/null", O_RDONLY);

	ck_assert_int_ge(fd, 0);
	for (int i = 0; i < OPEN; i++)
		ck_assert_int_eq(dup2(fd, FIRST + i), FIRST + i);
	close(fd);
}

static void expect_closed(const int *given, size_t count)
{
	for (int fd = FIRST; fd < FIRST + OPEN; fd++) {
		bool closed = false;

		for (size_t i = 0; i < count; i++)
			closed = closed || given[i] == fd;
		ck_assert_msg(fd_is_open(fd) == !closed, "descriptor %d is %s", fd - FIRST,
		              closed ? "still open" : "closed");
	}
}

static const int orders[][8] = {
	{100, 101, 102, 103, 104, 105, 106, 107}, /* one range */
	{107, 106, 105, 104, 103, 102, 101, 100},
	{101, 100, 103, 102, 105, 104, 107, 106}, /* a target before its source */
	{100, 102, 104, 106, 108, 110, 112, 114}, /* with neighbours in between */
	{139, 100, 120, 121, 119, 138, 101, 110},
};

START_TEST(flush_closes_what_was_added)
{
	struct pc_batch b = {.max = PC_BATCH_MAX};

	open_all();
	for (size_t i = 0; i < COUNT(orders[_i]); i++)
		pc_batch_add(&b, orders[_i][i]);
	expect_closed(NULL, 0);
	pc_batch_flush(&b);
	expect_closed(orders[_i], COUNT(orders[_i]));
	ck_assert_uint_eq(b.len, 0);
}
END_TEST

START_TEST(full_batch_is_closed)
{
	struct pc_batch b = {.max = 8};

	open_all();
	for (size_t i = 0; i < 7; i++)
		pc_batch_add(&b, orders[_i][i]);
	expect_closed(NULL, 0);
	pc_batch_add(&b, orders[_i][7]);
	expect_closed(orders[_i], 8);
}
END_TEST

START_TEST(batch_of_size_zero_closes_at_once)
{
	struct pc_batch b = {0};
	const int one = FIRST + 3;

	open_all();
	pc_batch_add(&b, one);
	expect_closed(&one, 1);
	pc_batch_flush(&b);
	expect_closed(&one, 1);
}
END_TEST

START_TEST(empty_flush_closes_nothing)
{
	struct pc_batch b = {.max = PC_BATCH_MAX};

	open_all();
	pc_batch_flush(&b);
	pc_batch_add(&b, FIRST);
	pc_batch_flush(&b);
	ck_assert_int_eq(dup2(FIRST + 1, FIRST), FIRST);
	pc_batch_flush(&b); /* forgot it: the number is another's now */
	expect_closed(NULL, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("batch");
	TCase *tcase = plain_case(suite, "batch");

	tcase_add_loop_test(tcase, flush_closes_what_was_added, 0, COUNT(orders));
	tcase_add_loop_test(tcase, full_batch_is_closed, 0, COUNT(orders));
	tcase_add_test(tcase, batch_of_size_zero_closes_at_once);
	tcase_add_test(tcase, empty_flush_closes_nothing);
	return run_suite(suite);
}
