/* check_overwritten.c - src/check/overwritten.c: what a later operand was copied over.
 * SPDX-License-Identifier: MIT */
#include "check/check.h"

#include "support.h"

static const struct pc_anchor top = {.path = "dst", .dev = 1, .ino = 2};
static const struct pc_anchor other = {.path = "dst", .dev = 1, .ino = 3};

/* Whether operand `first`, copied to `name`, has lost what it has at `path` to `later`, which
 * was copied to "ab" and has a file "c". */
static bool overwritten(const char *name, const char *path, const struct pc_root *later)
{
	const struct pc_root roots[] = {
		{.src = "first", .dst_name = (char *)(uintptr_t)name, .dst_anchor = &top}, *later};
	const struct pc_check_env env = {.root = roots, .root_count = COUNT(roots)};

	return pc_check_is_overwritten(&env, 0, path);
}

static char ab[] = "ab", dot[] = ".";
static const struct pc_root later = {
	.src = "later", .dst_name = ab, .dst_anchor = &top, .barrier = true};

static void setup(void)
{
	fresh_enter();
	make_dir("later");
	make_file("later/c", "new");
}

START_TEST(entry_of_both_operands_is_overwritten)
{
	ck_assert(overwritten("ab", "c", &later));
	ck_assert(overwritten("ab", "", &later));
	ck_assert(overwritten(".", "ab/c", &later));
	ck_assert(overwritten(".", "ab", &later));
}
END_TEST

START_TEST(entry_of_one_operand_is_not_overwritten)
{
	ck_assert(!overwritten("ab", "d", &later));
	ck_assert(!overwritten(".", "ab/d", &later));
	ck_assert(!overwritten(".", "c", &later));
	ck_assert(!overwritten("x", "c", &later));
}
END_TEST

/* "abc" is not "c" in "ab". */
START_TEST(names_that_begin_alike)
{
	ck_assert(!overwritten(".", "abc", &later));
	ck_assert(!overwritten("abc", "", &later));
	ck_assert(!overwritten(".", "a", &later));
}
END_TEST

START_TEST(only_later_operands_overwrite)
{
	struct pc_root elsewhere = later, beside = later, whole = later;
	const struct pc_root roots[] = {later, later};
	const struct pc_check_env env = {.root = roots, .root_count = COUNT(roots)};

	elsewhere.dst_anchor = &other;
	ck_assert(!overwritten("ab", "c", &elsewhere));
	beside.barrier = false;
	ck_assert(!overwritten("ab", "c", &beside));
	whole.dst_name = dot;
	ck_assert(overwritten("c", "", &whole));
	ck_assert(!overwritten("ab", "c", &whole));
	ck_assert(pc_check_is_overwritten(&env, 0, "c"));
	ck_assert(!pc_check_is_overwritten(&env, 1, "c"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("overwritten");
	TCase *tcase = fresh_case(suite, "overwritten");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, entry_of_both_operands_is_overwritten);
	tcase_add_test(tcase, entry_of_one_operand_is_not_overwritten);
	tcase_add_test(tcase, names_that_begin_alike);
	tcase_add_test(tcase, only_later_operands_overwrite);
	return run_suite(suite);
}
