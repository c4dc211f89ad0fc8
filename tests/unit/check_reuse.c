/* SPDX-License-Identifier: MIT */
/* check_reuse.c - src/bench/reuse.c, copies.c: which runs paid for what was removed
 * before them, and whether copies find room. */
#include "bench/copies.h"
#include "bench/reuse.h"

#include "support.h"

#define US *1e-6

/* What was measured of 4,400 files, with a journal and without one. */
START_TEST(slower_later_runs_are_detected)
{
	static const struct bench_cost first = {.create_s = 18.1 US, .cpu_s = 22 US};

	ck_assert(bench_reuse_grew(first, (struct bench_cost){634.5 US, 390 US}));
	ck_assert(bench_reuse_grew(first, (struct bench_cost){225 US, 95 US}));
	ck_assert(!bench_reuse_grew(first, (struct bench_cost){26.9 US, 24 US}));
	ck_assert(!bench_reuse_grew(first, (struct bench_cost){9 US, 20 US}));
}
END_TEST

/* Waiting for a CPU or a lock is no work: the CPU time tells it apart. */
START_TEST(waiting_is_no_slowdown)
{
	static const struct bench_cost first = {.create_s = 18 US, .cpu_s = 22 US};

	ck_assert(!bench_reuse_grew(first, (struct bench_cost){200 US, 25 US}));
	ck_assert(!bench_reuse_grew(first, (struct bench_cost){20 US, 200 US}));
}
END_TEST

/* Three times nearly nothing is nothing yet. */
START_TEST(small_differences_are_no_slowdown)
{
	ck_assert(!bench_reuse_grew((struct bench_cost){2 US, 5 US},
	                            (struct bench_cost){9 US, 15 US}));
	ck_assert(!bench_reuse_grew((struct bench_cost){0, 5 US}, (struct bench_cost){0, 15 US}));
}
END_TEST

/* Of a command there is nothing but its CPU time. */
START_TEST(slowdown_of_commands_is_detected)
{
	static const struct bench_cost first = {.cpu_s = 60 US};

	ck_assert(bench_reuse_grew(first, (struct bench_cost){.cpu_s = 150 US}));
	ck_assert(!bench_reuse_grew(first, (struct bench_cost){.cpu_s = 110 US}));
	ck_assert(!bench_reuse_grew((struct bench_cost){0}, (struct bench_cost){.cpu_s = 150 US}));
}
END_TEST

START_TEST(slowdown_from_the_first_run_is_detected)
{
	static const struct bench_probe sound = {.create_s = 9.7 US, .link_s = 9.4 US},
					paid = {.create_s = 377.8 US, .link_s = 9.7 US}, none = {0};
	static const struct bench_cost usual = {18 US, 22 US}, slow = {544 US, 300 US};

	ck_assert(!bench_reuse_before(sound, usual));
	ck_assert(bench_reuse_before(paid, usual));
	ck_assert(bench_reuse_before(paid, (struct bench_cost){0}));
	/* elsewhere than the probe */
	ck_assert(bench_reuse_before(sound, slow));
	ck_assert(!bench_reuse_before(sound, (struct bench_cost){544 US, 30 US}));
	/* large files: much work, and quick creates */
	ck_assert(!bench_reuse_before(sound, (struct bench_cost){20 US, 300 US}));
	ck_assert(!bench_reuse_before(none, slow));
}
END_TEST

START_TEST(room_for_copies)
{
	static const struct bench_tree tree = {.files = 90, .directories = 10, .bytes = 590400};
	struct bench_room room = {.bytes = 10000000, .inodes = UINT64_MAX};

	/* a megabyte each, and a fifth stays free */
	ck_assert(bench_copies_fit(&room, &tree, 8));
	ck_assert(!bench_copies_fit(&room, &tree, 9));
	room.inodes = 500;
	ck_assert(bench_copies_fit(&room, &tree, 4));
	ck_assert(!bench_copies_fit(&room, &tree, 5));
	room.bytes = 0;
	ck_assert(!bench_copies_fit(&room, &tree, 1));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reuse");
	TCase *tests = plain_case(suite, "reuse");

	tcase_add_test(tests, slower_later_runs_are_detected);
	tcase_add_test(tests, waiting_is_no_slowdown);
	tcase_add_test(tests, small_differences_are_no_slowdown);
	tcase_add_test(tests, slowdown_of_commands_is_detected);
	tcase_add_test(tests, slowdown_from_the_first_run_is_detected);
	tcase_add_test(tests, room_for_copies);
	return run_suite(suite);
}
