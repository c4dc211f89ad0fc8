/* SPDX-License-Identifier: MIT */
/* check_times.c - src/base/times.c. */
#include "base/times.h"

#include "support.h"

#define MS 1000000L
#define TWO_SECONDS (2 * PC_TIME_SECOND)

static const struct {
	struct timespec stamp;
	uint64_t granularity;
	struct timespec cut;
} cuts[] = {
	{{7, 123456789}, PC_TIME_EXACT, {7, 123456789}},
	{{7, 123456789}, 100, {7, 123456700}},
	{{7, 123456789}, 1000, {7, 123456000}},
	{{7, 123456789}, 1 * MS, {7, 123000000}},
	{{7, 123456789}, 10 * MS, {7, 120000000}},
	{{7, 123456789}, PC_TIME_SECOND, {7, 0}},
	{{7, 123456789}, TWO_SECONDS, {6, 0}},
	{{6, 999999999}, TWO_SECONDS, {6, 0}},
	{{6, 0}, TWO_SECONDS, {6, 0}},
	{{-1, 999999999}, PC_TIME_SECOND, {-1, 0}},
	{{-1, 999999999}, TWO_SECONDS, {-2, 0}},
	{{-2, 5}, TWO_SECONDS, {-2, 0}},
	{{-3, 100000000}, 10 * MS, {-3, 100000000}},
};

START_TEST(cut)
{
	struct timespec got = pc_time_cut(&cuts[_i].stamp, cuts[_i].granularity);

	ck_assert_int_eq(got.tv_sec, cuts[_i].cut.tv_sec);
	ck_assert_int_eq(got.tv_nsec, cuts[_i].cut.tv_nsec);
}
END_TEST

/* What is found of a file with these times; and where the change time is made up. */
static const struct {
	struct timespec mtime, ctime;
	uint64_t found, found_alone;
} looks[] = {
	/* a file system that keeps all: whatever a tool set */
	{{7, 123456789}, {9, 123456789}, PC_TIME_EXACT, PC_TIME_EXACT},
	{{7, 0}, {9, 123456789}, PC_TIME_EXACT, PC_TIME_SECOND},
	{{6, 0}, {9, 123456789}, PC_TIME_EXACT, TWO_SECONDS},
	{{7, 120000000}, {9, 123456789}, PC_TIME_EXACT, 10 * MS},
	/* SMB, NTFS */
	{{7, 123456700}, {9, 987654300}, 100, 100},
	/* a round time on it */
	{{6, 0}, {9, 987654300}, 100, TWO_SECONDS},
	/* UDF; a server with milliseconds; exFAT */
	{{7, 123456000}, {9, 987654000}, 1000, 1000},
	{{7, 123000000}, {9, 987000000}, 1 * MS, 1 * MS},
	{{7, 120000000}, {9, 980000000}, 10 * MS, 10 * MS},
	/* ext4 with small inodes */
	{{7, 0}, {9, 0}, PC_TIME_SECOND, PC_TIME_SECOND},
	{{7, 0}, {8, 0}, PC_TIME_SECOND, PC_TIME_SECOND},
	/* FAT: now, and before Linux 6.0 */
	{{6, 0}, {6, 0}, TWO_SECONDS, TWO_SECONDS},
	{{6, 0}, {9, 980000000}, TWO_SECONDS, TWO_SECONDS},
	{{-6, 0}, {8, 0}, TWO_SECONDS, TWO_SECONDS},
	{{-5, 0}, {8, 0}, PC_TIME_SECOND, PC_TIME_SECOND},
};

START_TEST(found)
{
	struct stat st = {.st_mtim = looks[_i].mtime, .st_ctim = looks[_i].ctime};

	ck_assert_uint_eq(pc_time_granularity(&st, true), looks[_i].found);
	ck_assert_uint_eq(pc_time_granularity(&st, false), looks[_i].found_alone);
}
END_TEST

START_TEST(order)
{
	const struct timespec source = {7, 123456789}, kept = {7, 123456700},
			      before = {7, 123456699}, even = {6, 0}, earlier = {5, 999999999};

	ck_assert_int_eq(pc_time_order(&source, &source), 0);
	ck_assert_int_lt(pc_time_order(&kept, &source), 0);
	ck_assert_int_gt(pc_time_order(&source, &kept), 0);
	ck_assert_int_lt(pc_time_order(&even, &source), 0);
	ck_assert_int_gt(pc_time_order(&source, &earlier), 0);

	ck_assert(pc_times_agree(&source, &kept, 100));
	ck_assert(!pc_times_agree(&source, &kept, PC_TIME_EXACT));
	ck_assert(!pc_times_agree(&source, &before, 100));
	ck_assert_int_gt(pc_times_order(&source, &before, 100), 0);
	ck_assert(pc_times_agree(&source, &even, TWO_SECONDS));
	ck_assert(!pc_times_agree(&source, &even, PC_TIME_SECOND));
	ck_assert_int_lt(pc_times_order(&earlier, &source, TWO_SECONDS), 0);
	ck_assert_uint_eq(pc_time_coarser(100, PC_TIME_SECOND), PC_TIME_SECOND);
	ck_assert_uint_eq(pc_time_coarser(PC_TIME_SECOND, 100), PC_TIME_SECOND);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("times");
	TCase *tcase = plain_case(suite, "times");

	tcase_add_loop_test(tcase, cut, 0, (int)COUNT(cuts));
	tcase_add_loop_test(tcase, found, 0, (int)COUNT(looks));
	tcase_add_test(tcase, order);
	return run_suite(suite);
}
