/* check_prune.c - what is removed is asked of the caller, and what vanished forbids nothing.
 * SPDX-License-Identifier: MIT */
#include "copies.h"

#define SEEN_MAX 16

static char seen[SEEN_MAX][100];
static size_t seen_count;

static void touch(const char *path)
{
	make_file(path, "text\n");
}

static bool there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* A source with one file, and a target with more. */
static void make_pair(void)
{
	make_dir("src");
	touch("src/f");
	make_dir("dst");
	touch("dst/f");
	touch("dst/extra");
	make_dir("dst/keep");
	touch("dst/keep/a");
	touch("dst/keep/b");
	make_dir("dst/d");
	touch("dst/d/in");
	touch("dst/d/goes");
	make_dir("dst/d/e");
	touch("dst/d/e/f");
}

/* Two of them are to stay. */
static bool answer(void *userdata, const char *dst, enum pcopy_kind kind)
{
	ck_assert_ptr_eq(userdata, seen);
	ck_assert_uint_lt(seen_count, SEEN_MAX);
	(void)snprintf(seen[seen_count++], sizeof(seen[0]), "%.80s %s", dst, pcopy_kind_name(kind));
	return strcmp(dst, "dst/keep") != 0 && strcmp(dst, "dst/d/in") != 0;
}

/* What a directory holds is asked of only when the directory may go. */
START_TEST(callback_is_asked_for_each_entry)
{
	static const char *const want[] = {
		"dst/d directory", "dst/d/e directory", "dst/d/e/f file",    "dst/d/goes file",
		"dst/d/in file",   "dst/extra file",    "dst/keep directory"};
	const struct pcopy_delete_report *deleted;
	struct pcopy *copy;

	use_pool(_i);
	seen_count = 0;
	make_pair();
	options.userdata = seen;
	options.delete_extraneous = true;
	options.on_delete = answer;
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_run(copy), 0);
	qsort(seen, seen_count, sizeof(seen[0]), by_text);
	ck_assert_uint_eq(seen_count, COUNT(want));
	for (size_t i = 0; i < COUNT(want); i++)
		ck_assert_str_eq(seen[i], want[i]);
	ck_assert(there("dst/keep/a") && there("dst/keep/b") && there("dst/d/in"));
	ck_assert(!there("dst/extra") && !there("dst/d/goes") && !there("dst/d/e"));
	deleted = &pcopy_get_report(copy)->deleted;
	ck_assert_uint_eq(deleted->removed, 4);
	ck_assert_uint_eq(deleted->directories, 1);
	ck_assert_uint_eq(deleted->stayed, 2);
	ck_assert_uint_eq(deleted->failed, 0);
	ck_assert_uint_eq(deleted->found, 8);
	pcopy_free(copy);
}
END_TEST

/* The source had it when it was listed, and has it no more when it is copied. */
static bool make_vanish(void *userdata, const char *dst, unsigned mode, bool writable)
{
	(void)userdata, (void)mode, (void)writable;
	ck_assert_str_eq(dst, "dst/extra");
	ck_assert_int_eq(unlink("src/extra"), 0);
	return true;
}

START_TEST(vanished_entries_are_removed)
{
	struct pcopy *copy;

	use_pool(_i);
	make_pair();
	ck_assert_int_eq(unlink("dst/f"), 0);
	touch("src/extra");
	options.delete_extraneous = true;
	options.on_overwrite = make_vanish;
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_run(copy), PCOPY_FAILED);
	ck_assert(there("dst/f"));
	ck_assert(!there("dst/extra") && !there("dst/keep") && !there("dst/d"));
	ck_assert_uint_eq(pcopy_get_report(copy)->entries[PCOPY_FILE].failed, 1);
	ck_assert_uint_eq(pcopy_get_report(copy)->deleted.failed, 0);
	pcopy_free(copy);
}
END_TEST

/* One that fails for another reason forbids it. */
static bool make_unreadable(void *userdata, const char *dst, unsigned mode, bool writable)
{
	(void)userdata, (void)dst, (void)mode, (void)writable;
	ck_assert_int_eq(unlink("src/extra"), 0);
	ck_assert_int_eq(mkdir("src/extra", 0700), 0);
	return true;
}

START_TEST(failed_entries_forbid_removal)
{
	struct pcopy *copy;

	use_pool(_i);
	make_pair();
	touch("src/extra");
	ck_assert_int_eq(unlink("dst/f"), 0);
	options.delete_extraneous = true;
	options.on_overwrite = make_unreadable;
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_run(copy), PCOPY_FAILED);
	ck_assert(there("dst/extra") && there("dst/keep/a") && there("dst/d/e/f"));
	ck_assert_uint_eq(pcopy_get_report(copy)->deleted.removed, 0);
	pcopy_free(copy);
}
END_TEST

START_TEST(contradictions_are_refused)
{
	struct pcopy *copy;

	options.delete_extraneous = true;
	options.backup = PCOPY_BACKUP_SIMPLE;
	ck_assert_int_eq(pcopy_new(&options, &copy), -EINVAL);
	options.backup = PCOPY_BACKUP_NONE;
	options.delete_limit = PCOPY_DELETE_PERCENT;
	options.max_delete = 101;
	ck_assert_int_eq(pcopy_new(&options, &copy), -EINVAL);
	options.delete_limit = PCOPY_DELETE_LIMITS;
	ck_assert_int_eq(pcopy_new(&options, &copy), -EINVAL);
}
END_TEST

/* Each would lose what the other has. */
START_TEST(one_target_of_two_is_refused)
{
	struct pcopy *copy;

	make_pair();
	make_dir("src2");
	touch("src2/g");
	options.delete_extraneous = true;
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_add(copy, "src2", "dst", 0), 0);
	ck_assert_int_eq(pcopy_run(copy), -EINVAL);
	ck_assert(there("dst/extra") && !there("dst/g"));
	pcopy_free(copy);
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_add(copy, "src2", "dst/d/more", 0), 0);
	ck_assert_int_eq(pcopy_run(copy), -EINVAL);
	ck_assert(there("dst/extra") && !there("dst/d/more"));
	pcopy_free(copy);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("prune");
	TCase *tcase = prepared_case(suite, "prune", setup);

	tcase_add_loop_test(tcase, callback_is_asked_for_each_entry, 0, POOLS_HERE);
	tcase_add_loop_test(tcase, vanished_entries_are_removed, 0, POOLS_HERE);
	tcase_add_loop_test(tcase, failed_entries_forbid_removal, 0, POOLS_HERE);
	tcase_add_test(tcase, contradictions_are_refused);
	tcase_add_test(tcase, one_target_of_two_is_refused);
	return run_suite(suite);
}
