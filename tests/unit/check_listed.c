/* SPDX-License-Identifier: MIT */
/* check_listed.c - src/plan/{listed,plan}.c: jobs of names that the caller lists. */
#include "plans.h"

#define NAMES 1000U

static unsigned given; /* names so far */

static int name_give(UNUSED void *userdata, const char **ret)
{
	static char name[16];

	if (given == NAMES)
		return 0;
	snprintf(name, sizeof(name), "%u", given++);
	*ret = name;
	return 1;
}

static int names_again(UNUSED void *userdata)
{
	given = 0;
	return 0;
}

static const struct pcopy_names some = {.next = name_give, .again = names_again};

static void setup(void)
{
	plan_setup();
	listing = &some;
}

static void directory_lead(struct pc_job *job, char *text)
{
	add(job, text, PC_ITEM_ENTER, "", 0)->flags = PC_ITEM_ABOVE;
	leave(job, text);
}

/* ---- The end ---- */

static bool lead(struct pc_job *job, char *text, UNUSED unsigned turn)
{
	if (job->kind != PC_JOB_PATHS)
		return false;
	directory_lead(job, text);
	return true;
}

/* In this pool each wait does a job: one in which nothing is done would be a second's sleep in
 * the others. */
static int job_wait(struct pc_pool *p, int timeout_ms, struct pc_pool_losses *losses)
{
	unsigned before = turns;
	int r = pc_pool_serial.wait(p, timeout_ms, losses);

	ck_assert_uint_gt(turns, before);
	return r;
}

START_TEST(last_window_does_not_wait_for_jobs)
{
	struct pc_pool_ops ops = pc_pool_serial;

	ops.wait = job_wait;
	pool_ops = &ops;
	answer = _i ? lead : NULL;
	ck_assert_int_eq(plan_run(PCOPY_POOL_SERIAL), 0);
	ck_assert_uint_eq(given, NAMES);
	ck_assert_uint_gt(jobs[PC_JOB_PATHS], 1);
	ck_assert_uint_eq(jobs[PC_JOB_DIRMETA], _i ? 1 : 0);
}
END_TEST

/* ---- The end before its time ---- */

static bool fail_first(struct pc_job *job, char *text, unsigned turn)
{
	if (job->kind != PC_JOB_PATHS)
		return false;
	if (turn > 0) {
		directory_lead(job, text);
		return true;
	}
	(void)add_event(job, text, PCOPY_EVENT_ERROR);
	job->counts.entries[PCOPY_FILE].failed = 1;
	return true;
}

START_TEST(directories_of_jobs_in_flight_are_finished)
{
	answer = fail_first;
	options.max_errors = 1;
	(void)plan_run(PCOPY_POOL_SERIAL);
	ck_assert_int_eq(result.stop, PCOPY_STOP_ERRORS);
	ck_assert_uint_gt(jobs[PC_JOB_PATHS], 1);
	ck_assert_uint_lt(given, NAMES);
	ck_assert_uint_eq(jobs[PC_JOB_DIRMETA], 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("listed");
	TCase *tcase = plain_case(suite, "names");

	tcase_add_checked_fixture(tcase, setup, plan_teardown);
	tcase_add_loop_test(tcase, last_window_does_not_wait_for_jobs, 0, 2);
	tcase_add_test(tcase, directories_of_jobs_in_flight_are_finished);
	return run_suite(suite);
}
