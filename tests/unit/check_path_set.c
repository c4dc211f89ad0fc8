/* SPDX-License-Identifier: MIT */
/* check_path_set.c - sets of entries, known by a hash of their paths. */
#include "job/path_set.h"

#include "support.h"

#include <stdio.h>
#include <string.h>

static int add(struct pc_path_set *m, uint32_t root, const char *path, enum pc_mark mark)
{
	return pc_path_set_add(m, root, path, strlen(path), mark);
}

static bool has(const struct pc_path_set *m, uint32_t root, const char *path, enum pc_mark mark)
{
	return pc_path_set_has(m, root, path, strlen(path), mark);
}

START_TEST(empty)
{
	struct pc_path_set m = {0};

	ck_assert(!has(&m, 0, "", PC_MARK_TREE));
	ck_assert(!pc_path_set_covers(&m, 0, "a/b"));
	ck_assert(!pc_path_set_reaches(&m, 0, ""));
	pc_path_set_done(&m);
}
END_TEST

START_TEST(root_path_and_mark_all_count)
{
	struct pc_path_set m = {0};

	ck_assert_int_eq(add(&m, 1, "a/b", PC_MARK_ITSELF), 0);
	ck_assert_int_eq(add(&m, 1, "a/b", PC_MARK_ITSELF), 0);
	ck_assert_uint_eq(m.len, 1);
	ck_assert(has(&m, 1, "a/b", PC_MARK_ITSELF));
	ck_assert(!has(&m, 0, "a/b", PC_MARK_ITSELF));
	ck_assert(!has(&m, 1, "a/b", PC_MARK_TREE));
	ck_assert(!has(&m, 1, "a/c", PC_MARK_ITSELF));
	pc_path_set_done(&m);
}
END_TEST

/* Of these a hash that mixes little has some twice. */
START_TEST(short_paths_are_distinct)
{
	static const char bytes[] = "0123456789abc/";
	struct pc_path_set m = {0};
	size_t added = 0;

	for (uint32_t root = 0; root < 4; root++) {
		for (int mark = PC_MARK_ITSELF; mark <= PC_MARK_ABOVE; mark++) {
			for (size_t i = 0; i < 14 * 14 * 14; i++, added++) {
				const char path[] = {bytes[i % 14], bytes[i / 14 % 14],
				                     bytes[i / 14 / 14], '\0'};

				ck_assert_int_eq(add(&m, root, path, (enum pc_mark)mark), 0);
			}
		}
	}
	ck_assert_uint_eq(m.len, added);
	pc_path_set_done(&m);
}
END_TEST

START_TEST(many)
{
	struct pc_path_set m = {0};
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
	pc_path_set_done(&m);
}
END_TEST

START_TEST(trees)
{
	struct pc_path_set m = {0};

	ck_assert_int_eq(pc_path_set_add_below(&m, 0, "a/b/c", PC_MARK_TREE), 0);
	ck_assert_int_eq(pc_path_set_add_below(&m, 0, "x/y", PC_MARK_ITSELF), 0);
	ck_assert(pc_path_set_covers(&m, 0, "a/b/c"));
	ck_assert(pc_path_set_covers(&m, 0, "a/b/c/d/e"));
	ck_assert(!pc_path_set_covers(&m, 0, "a/b/cd"));
	ck_assert(!pc_path_set_covers(&m, 0, "a/b"));
	ck_assert(pc_path_set_reaches(&m, 0, "a/b"));
	ck_assert(pc_path_set_reaches(&m, 0, ""));
	ck_assert(!pc_path_set_reaches(&m, 0, "b"));
	ck_assert(pc_path_set_covers(&m, 0, "x/y"));
	ck_assert(!pc_path_set_covers(&m, 0, "x/y/z"));
	ck_assert_int_eq(pc_path_set_add_below(&m, 0, "many/letters/each", PC_MARK_TREE), 0);
	ck_assert(pc_path_set_covers(&m, 0, "many/letters/each/of them/here"));
	ck_assert(!pc_path_set_covers(&m, 0, "many/letters/eac"));
	ck_assert(!pc_path_set_covers(&m, 0, "many/letters"));
	ck_assert(pc_path_set_reaches(&m, 0, "many/letters"));
	ck_assert(pc_path_set_reaches(&m, 0, "many"));
	pc_path_set_done(&m);
	ck_assert_int_eq(add(&m, 0, "", PC_MARK_TREE), 0);
	ck_assert(pc_path_set_covers(&m, 0, "any/thing"));
	pc_path_set_done(&m);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("path set");
	TCase *tcase = plain_case(suite, "path_set");

	tcase_add_test(tcase, empty);
	tcase_add_test(tcase, root_path_and_mark_all_count);
	tcase_add_test(tcase, short_paths_are_distinct);
	tcase_add_test(tcase, many);
	tcase_add_test(tcase, trees);
	return run_suite(suite);
}
