/* check_results.c - src/copy/results.c: what comes of an entry.
 * SPDX-License-Identifier: MIT */
#include "copy/copier.h"

#include "support.h"

/* Of several things that could not be kept one is reported: the first that had to be. */
START_TEST(the_warning_that_counts)
{
	struct pc_entry e = {0};

	pc_entry_warn(&e, PCOPY_STEP_TIMES, -EPERM, false);
	ck_assert_int_eq(e.warning.step, PCOPY_STEP_TIMES);
	ck_assert(!e.warning.needed);
	pc_entry_warn(&e, PCOPY_STEP_OWNER, -EPERM, true);
	ck_assert_int_eq(e.warning.step, PCOPY_STEP_OWNER);
	pc_entry_warn(&e, PCOPY_STEP_MODE, -EROFS, true);
	pc_entry_warn(&e, PCOPY_STEP_FLAGS, -ENOTTY, false);
	ck_assert_int_eq(e.warning.step, PCOPY_STEP_OWNER);
	ck_assert_int_eq(e.warning.error, -EPERM);
	ck_assert(e.warning.needed);
}
END_TEST

static mode_t mode_of(mode_t source, unsigned preserve)
{
	const struct pcopy_options options = {.preserve = preserve};
	struct pc_copier c = {.walk.options = &options};
	const struct stat st = {.st_mode = source};

	return pc_copier_meta(&c, &st).mode;
}

/* By --no-preserve=mode an entry gets what a new one of its kind gets, before the umask. */
START_TEST(modes_of_new_entries)
{
	ck_assert_uint_eq(mode_of(S_IFREG | 04755, 0), S_IFREG | 04755);
	ck_assert_uint_eq(mode_of(S_IFREG | 04755, PCOPY_DEFAULT_MODE), S_IFREG | 0666);
	ck_assert_uint_eq(mode_of(S_IFIFO | 0600, PCOPY_DEFAULT_MODE), S_IFIFO | 0666);
	ck_assert_uint_eq(mode_of(S_IFSOCK | 0600, PCOPY_DEFAULT_MODE), S_IFSOCK | 0777);
	ck_assert_uint_eq(mode_of(S_IFDIR | 0700, PCOPY_DEFAULT_MODE), S_IFDIR | 0777);
	ck_assert_uint_eq(mode_of(S_IFDIR | 01700, PCOPY_DEFAULT_MODE), S_IFDIR | 01777);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("results");
	TCase *tcase = plain_case(suite, "results");

	tcase_add_test(tcase, the_warning_that_counts);
	tcase_add_test(tcase, modes_of_new_entries);
	return run_suite(suite);
}
