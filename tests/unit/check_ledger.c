/* SPDX-License-Identifier: MIT */
/* check_ledger.c - src/plan/dirs.c: what the coordinator counts of directories. */
#include "plans.h"

/* In "sub" something is left to do, and the directory itself failed. */
static bool leave_failed(struct pc_job *job, char *text, unsigned turn)
{
	if (turn > 0)
		return false;
	enter(job, text, "");
	enter(job, text, "sub");
	add_names(job, text, "fa", 3, 1);
	add(job, text, PC_ITEM_LEAVE, "", 0)->flags = PC_ITEM_FAILED;
	leave(job, text);
	job->counts.entries[PCOPY_DIRECTORY].failed = 1;
	return true;
}

START_TEST(failed_directory_is_not_counted_as_copied)
{
	answer = leave_failed;
	options.preserve = 0; /* no job at their end: they are counted here */
	ck_assert_int_eq(plan_run(PCOPY_POOL_SERIAL), 0);
	ck_assert_uint_eq(reported.errors, 0);
	ck_assert_uint_eq(result.counts.entries[PCOPY_DIRECTORY].copied, 1);
	ck_assert_uint_eq(result.counts.entries[PCOPY_DIRECTORY].failed, 1);
	ck_assert_uint_eq(result.counts.entries[PCOPY_FILE].copied, 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ledger");
	TCase *tcase = plain_case(suite, "directories");

	tcase_add_checked_fixture(tcase, plan_setup, plan_teardown);
	tcase_add_test(tcase, failed_directory_is_not_counted_as_copied);
	return run_suite(suite);
}
