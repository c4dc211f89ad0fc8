/* SPDX-License-Identifier: MIT */
/* check_cells.c - src/base/cells.c */
#include "base/cells.h"

#include "support.h"

static struct pc_cells cells;

/* The end of `text` in so many cells. */
static void expect_tail(const char *text, size_t width, const char *expected, size_t used)
{
	char got[64];

	ck_assert_uint_eq(pc_cells_tail(&cells, got, sizeof(got), text, width), used);
	ck_assert_str_eq(got, expected);
}

static void begin(const char *locale)
{
	ck_assert_int_eq(setenv("LC_ALL", locale, 1), 0);
	pc_cells_init(&cells);
}

START_TEST(ascii)
{
	begin("C");
	expect_tail("dir/file", 20, "dir/file", 8);
	expect_tail("dir/file", 8, "dir/file", 8);
	expect_tail("dir/file", 7, "...file", 7);
	expect_tail("dir/file", 4, "...e", 4);
	expect_tail("dir/file", 3, "", 0);
	expect_tail("a\nb\033[c", 20, "a?b?[c", 6);
	/* Bytes that this locale has no characters for. */
	expect_tail("\xc3\xa4", 20, "??", 2);
	pc_cells_done(&cells);
}
END_TEST

START_TEST(wide)
{
	begin("C.UTF-8");
	if (!cells.locale)
		begin("C"); /* glibc before 2.35 has no C.UTF-8 */
	ck_assert_ptr_nonnull(cells.locale);
	expect_tail("\xc3\xa4/b", 20, "\xc3\xa4/b", 3);
	/* Two cells each: three do not fit into seven behind the dots. */
	expect_tail("\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2", 8,
	            "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2", 8);
	expect_tail("\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2", 7,
	            "...\xe6\xbc\xa2\xe6\xbc\xa2", 7);
	expect_tail("\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2", 5, "...\xe6\xbc\xa2", 5);
	/* A combining mark takes no cell of its own. */
	expect_tail("e\xcc\x81", 1, "e\xcc\x81", 1);
	/* No UTF-8, and a character that is cut off. */
	expect_tail("a\xff\xe6\xbc", 20, "a???", 4);
	pc_cells_done(&cells);
}
END_TEST

START_TEST(short_buffer)
{
	char got[6];

	begin("C.UTF-8");
	pc_cells_tail(&cells, got, sizeof(got), "\xe6\xbc\xa2\xe6\xbc\xa2", 80);
	ck_assert_str_eq(got, "\xe6\xbc\xa2"); /* whole characters only */
	pc_cells_done(&cells);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cells");
	TCase *tcase = plain_case(suite, "cells");

	tcase_add_test(tcase, ascii);
	tcase_add_test(tcase, wide);
	tcase_add_test(tcase, short_buffer);
	return run_suite(suite);
}
