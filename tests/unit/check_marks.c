/* SPDX-License-Identifier: MIT */
/* check_marks.c - sets of entries, known by a hash of their paths. */
#include "job/marks.h"

#include "support.h"

#include <stdio.h>
#include <string.h>

static int add(struct pc_marks *m, uint32_t root, const char *path, enum pc_mark mark)
{
	return pc_marks_add(m, root, path, strlen(path), mark);
}

static bool has(const struct pc_marks *m, uint32_t root, const char *path, enum pc_mark mark)
{
	return pc_marks_has(m, root, path, strlen(path), mark);
}

START_TEST(empty)
{
	struct pc_marks m = {0};

	ck_assert(!has(&m, 0, "", PC_MARK_TREE));
	ck_assert(!pc_marks_cover(&m, 0, "a/b"));
	ck_assert(!pc_marks_reach(&m, 0, ""));
	pc_marks_done(&m);
}
END_TEST

START_TEST(root_path_and_mark_all_count)
{
	struct pc_marks m = {0};

	ck_assert_int_eq(add(&m, 1, "a/b", PC_MARK_ITSELF), 0);
	ck_assert_int_eq(add(&m, 1, "a/b", PC_MARK_ITSELF), 0);
	ck_assert_uint_eq(m.len, 1);
	ck_assert(has(&m, 1, "a/b", PC_MARK_ITSELF));
	ck_assert(!has(&m, 0, "a/b", PC_MARK_ITSELF));
	ck_assert(!has(&m, 1, "a/b", PC_MARK_TREE));
	ck_assert(!has(&m, 1, "a/c", PC_MARK_ITSELF));
	pc_marks_done(&m);
}
END_TEST

START_TEST(many)
{
	struct pc_marks m = {0};
	char path[32];

	for (int i = 0; i < 100000; i++) {
		(void)snprintf(path, sizeof(path), "d/%d", 2 * i);
		ck_assert_int_eq(add(&m, 0, path, PC_MARK_ITSELF), 0);
	}
	for (int i = 0; i < 200000; i++) {
		(void)snprintf(path, sizeof(path), "d/%d", i);
		ck_assert_int_eq(has(&m, 0, path, PC_MARK_ITSELF), i % 2 == 0);
	}
	ck_assert_uint_le(m.cap * sizeof(*m.slot), 32U * 100000U);
	pc_marks_done(&m);
}
END_TEST

START_TEST(trees)
{
	struct pc_marks m = {0};

	ck_assert_int_eq(pc_marks_add_below(&m, 0, "a/b/c", PC_MARK_TREE), 0);
	ck_assert_int_eq(pc_marks_add_below(&m, 0, "x/y", PC_MARK_ITSELF), 0);
	ck_assert(pc_marks_cover(&m, 0, "a/b/c"));
	ck_assert(pc_marks_cover(&m, 0, "a/b/c/d/e"));
	ck_assert(!pc_marks_cover(&m, 0, "a/b/cd"));
	ck_assert(!pc_marks_cover(&m, 0, "a/b"));
	ck_assert(pc_marks_reach(&m, 0, "a/b"));
	ck_assert(pc_marks_reach(&m, 0, ""));
	ck_assert(!pc_marks_reach(&m, 0, "b"));
	ck_assert(pc_marks_cover(&m, 0, "x/y"));
	ck_assert(!pc_marks_cover(&m, 0, "x/y/z"));
	ck_assert_int_eq(pc_marks_add_below(&m, 0, "many/letters/each", PC_MARK_TREE), 0);
	ck_assert(pc_marks_cover(&m, 0, "many/letters/each/of them/here"));
	ck_assert(!pc_marks_cover(&m, 0, "many/letters/eac"));
	ck_assert(!pc_marks_cover(&m, 0, "many/letters"));
	ck_assert(pc_marks_reach(&m, 0, "many/letters"));
	ck_assert(pc_marks_reach(&m, 0, "many"));
	pc_marks_done(&m);
	ck_assert_int_eq(add(&m, 0, "", PC_MARK_TREE), 0);
	ck_assert(pc_marks_cover(&m, 0, "any/thing"));
	pc_marks_done(&m);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("marks");
	TCase *tcase = plain_case(suite, "marks");

	tcase_add_test(tcase, empty);
	tcase_add_test(tcase, root_path_and_mark_all_count);
	tcase_add_test(tcase, many);
	tcase_add_test(tcase, trees);
	return run_suite(suite);
}
