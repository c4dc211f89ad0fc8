/* check_climb.c - src/plan/climb.c over storages that are formulas.
 * SPDX-License-Identifier: MIT */
#include "plan/climb.h"

#include "support.h"

#define MS UINT64_C(1000000)
#define CPUS 2U
#define MOST 64U

static struct pc_climb climb;

/* What so many workers do: their rate, and how much of their time they sleep. */
struct storage {
	double (*rate)(unsigned width);
	double (*slept)(unsigned width);
	bool blocks; /* the kernel counts blocks that are read from it */
};

/* Calls take a while, and the CPUs are enough for `enough` workers. */
static double far_rate(unsigned width)
{
	return width;
}

static double far_slept(UNUSED unsigned width)
{
	return 0.97;
}

/* A disk that has its full rate with eight requests at once. */
static double disk_rate(unsigned width)
{
	return width < 8 ? width : 8;
}

static double disk_slept(unsigned width)
{
	return width < 8 ? 0.8 : 0.95;
}

/* More requests at once than four make it slower. */
static double old_disk_rate(unsigned width)
{
	return width <= 4 ? width : 16.0 / width;
}

/* Files whose contents cost as much to copy as to read from a disk: it wants eight requests, and
 * workers sleep no longer than they would in a lock. */
static double busy_disk_slept(unsigned width)
{
	return width < 8 ? 0.4 : 0.9;
}

static double memory_rate(unsigned width)
{
	return width <= CPUS ? width : CPUS * 0.9;
}

static double memory_slept(UNUSED unsigned width)
{
	return 0.03;
}

/* Workers wait for each other in a lock, and lose by it. */
static double lock_rate(unsigned width)
{
	return 1.3 / (1 + 0.3 * (width - 1));
}

static double lock_slept(unsigned width)
{
	return width == 1 ? 0.02 : 0.45;
}

/* They wait for each other, and gain even so. */
static double shared_rate(unsigned width)
{
	return width == 1 ? 1 : 1.5;
}

static double shared_slept(unsigned width)
{
	return width == 1 ? 0.02 : 0.3;
}

static const struct storage shared = {.rate = shared_rate, .slept = shared_slept},
			    far = {.rate = far_rate, .slept = far_slept},
			    disk = {.rate = disk_rate, .slept = disk_slept},
			    old_disk = {.rate = old_disk_rate, .slept = disk_slept},
			    memory = {.rate = memory_rate, .slept = memory_slept},
			    lock = {.rate = lock_rate, .slept = lock_slept},
			    busy_disk = {disk_rate, busy_disk_slept, .blocks = true};

/* So many samples; jobs of 2 ms.  The widths that were had are counted. */
static unsigned had[MOST + 1];

static void go_on(const struct storage *s, unsigned samples)
{
	for (unsigned i = 0; i < samples; i++) {
		unsigned width = climb.width;
		struct pc_climb_sample sample = {
			.ns = 4 * MS,
			.busy_ns = width * 4 * MS,
			.slept_ns = (uint64_t)(width * 4.0 * (double)MS * s->slept(width)),
			.jobs = 2 * width,
			.disk_jobs = s->blocks ? width : 0,
			.units = s->rate(width) * 4,
			.looks = 2 * width,
		};

		had[width]++;
		(void)pc_climb_take(&climb, &sample);
	}
}

static void setup(void)
{
	memset(had, 0, sizeof(had));
	pc_climb_init(&climb, CPUS, MOST);
}

/* The width at which most samples were taken. */
static unsigned common(void)
{
	unsigned most = 0;

	for (unsigned i = 1; i <= MOST; i++) {
		if (had[i] > had[most])
			most = i;
	}
	return most;
}

START_TEST(remote_storage_gets_all_workers)
{
	go_on(&far, 40);
	ck_assert_uint_eq(climb.width, MOST);
}
END_TEST

START_TEST(width_steps_back_without_a_higher_rate)
{
	go_on(&disk, 500);
	ck_assert_uint_eq(common(), 8);
}
END_TEST

START_TEST(width_steps_back_from_a_lower_rate)
{
	go_on(&old_disk, 500);
	ck_assert_uint_eq(common(), 4);
	ck_assert_uint_gt(had[4] * 10, 500U * 7);
}
END_TEST

START_TEST(cached_data_cause_no_trial)
{
	go_on(&memory, 500);
	ck_assert_uint_eq(had[CPUS], 500);
}
END_TEST

START_TEST(contending_workers_are_reduced)
{
	go_on(&lock, 500);
	ck_assert_uint_eq(common(), 1);
	ck_assert_uint_gt(had[1] * 10, 500U * 9);
	ck_assert_uint_eq(had[CPUS + 1], 0);
}
END_TEST

START_TEST(workers_that_read_from_a_disk_are_increased)
{
	go_on(&busy_disk, 500);
	ck_assert_uint_eq(common(), 8);
	ck_assert_uint_eq(had[1], 0);
}
END_TEST

START_TEST(workers_that_pay_off_are_kept)
{
	go_on(&shared, 500);
	ck_assert_uint_eq(common(), CPUS);
	ck_assert_uint_gt(had[CPUS] * 10, 500U * 9);
}
END_TEST

START_TEST(width_returns_to_its_start)
{
	pc_climb_init(&climb, 3, MOST);
	go_on(&far, 100);
	ck_assert_uint_eq(climb.width, MOST);
	memset(had, 0, sizeof(had));
	go_on(&memory, 100);
	ck_assert_uint_eq(climb.width, 3);
	ck_assert_uint_eq(had[2] + had[1], 0);
}
END_TEST

START_TEST(data_that_were_read_count_as_cached)
{
	go_on(&far, 100);
	ck_assert_uint_eq(climb.width, MOST);
	go_on(&memory, 60);
	ck_assert_uint_eq(climb.width, CPUS);
	go_on(&far, 100);
	ck_assert_uint_eq(climb.width, MOST);
}
END_TEST

/* Where there is less to do than workers, no rate says anything. */
START_TEST(idle_workers_cause_no_change)
{
	struct pc_climb_sample sample = {.ns = 20 * MS,
	                                 .busy_ns = 20 * MS,
	                                 .slept_ns = 20 * MS,
	                                 .jobs = 50,
	                                 .units = 1,
	                                 .looks = 10,
	                                 .idle = 6};

	for (int i = 0; i < 100; i++)
		ck_assert(!pc_climb_take(&climb, &sample));
	ck_assert_uint_eq(climb.width, CPUS);
}
END_TEST

START_TEST(width_never_exceeds_its_maximum)
{
	pc_climb_init(&climb, 2, 5);
	go_on(&far, 100);
	ck_assert_uint_eq(climb.width, 5);
	pc_climb_init(&climb, 3, 3);
	go_on(&far, 100);
	ck_assert_uint_eq(climb.width, 3);
	pc_climb_init(&climb, 1, 1);
	go_on(&lock, 100);
	ck_assert_uint_eq(climb.width, 1);
}
END_TEST

/* Few jobs say nothing of a rate, but long ones that it is far away. */
START_TEST(a_few_long_jobs_are_enough_for_the_first_step)
{
	struct pc_climb_sample sample = {.ns = 100 * MS,
	                                 .busy_ns = 400 * MS,
	                                 .slept_ns = 390 * MS,
	                                 .jobs = 4,
	                                 .units = 1,
	                                 .looks = 4};

	ck_assert(pc_climb_take(&climb, &sample));
	ck_assert_uint_eq(climb.width, 8 * CPUS);
}
END_TEST

/* A large file moves on before the first of its jobs ends, and how much they sleep is unknown. */
START_TEST(without_a_finished_job_nothing_is_concluded)
{
	struct pc_climb_sample sample = {.ns = 20 * MS, .units = 1000, .looks = 4};

	for (int i = 0; i < 100; i++)
		ck_assert(!pc_climb_take(&climb, &sample));
	sample.jobs = 1;
	sample.busy_ns = 2000 * MS;
	ck_assert(!pc_climb_take(&climb, &sample));
	sample.slept_ns = 1990 * MS;
	ck_assert(pc_climb_take(&climb, &sample));
	ck_assert_uint_eq(climb.width, 8 * CPUS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("climb");
	TCase *tcase = plain_case(suite, "climb");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, remote_storage_gets_all_workers);
	tcase_add_test(tcase, width_steps_back_without_a_higher_rate);
	tcase_add_test(tcase, width_steps_back_from_a_lower_rate);
	tcase_add_test(tcase, cached_data_cause_no_trial);
	tcase_add_test(tcase, contending_workers_are_reduced);
	tcase_add_test(tcase, workers_that_read_from_a_disk_are_increased);
	tcase_add_test(tcase, workers_that_pay_off_are_kept);
	tcase_add_test(tcase, width_returns_to_its_start);
	tcase_add_test(tcase, data_that_were_read_count_as_cached);
	tcase_add_test(tcase, idle_workers_cause_no_change);
	tcase_add_test(tcase, width_never_exceeds_its_maximum);
	tcase_add_test(tcase, a_few_long_jobs_are_enough_for_the_first_step);
	tcase_add_test(tcase, without_a_finished_job_nothing_is_concluded);
	return run_suite(suite);
}
