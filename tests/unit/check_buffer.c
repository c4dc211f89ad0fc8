/* check_buffer.c - src/base/buffer.c.  SPDX-License-Identifier: MIT */
#include "base/buffer.h"

#include "support.h"

START_TEST(bytes_are_appended)
{
	struct pc_buffer b = {0};

	ck_assert_int_eq(pc_buffer_add(&b, "ab", 2), 0);
	ck_assert_int_eq(pc_buffer_add(&b, "c\0d", 3), 0);
	ck_assert_uint_eq(b.len, 5);
	ck_assert_mem_eq(b.data, "abc\0d", 6);
	ck_assert_int_eq(pc_buffer_add(&b, "", 0), 0);
	ck_assert_uint_eq(b.len, 5);
	pc_buffer_done(&b);
}
END_TEST

START_TEST(empty_buffer_is_a_string)
{
	struct pc_buffer b = {0};

	ck_assert_int_eq(pc_buffer_add(&b, "", 0), 0);
	ck_assert_str_eq(b.data, "");
	pc_buffer_done(&b);
}
END_TEST

/* Byte by byte over every place where it may grow. */
START_TEST(growth_keeps_contents)
{
	struct pc_buffer b = {0};

	for (unsigned i = 0; i < 5000; i++) {
		char byte = (char)('a' + i % 26);

		ck_assert_int_eq(pc_buffer_add(&b, &byte, 1), 0);
		ck_assert_uint_gt(b.cap, b.len);
		ck_assert_int_eq(b.data[b.len], '\0');
	}
	for (unsigned i = 0; i < 5000; i++)
		ck_assert_int_eq(b.data[i], 'a' + (int)(i % 26));
	pc_buffer_done(&b);
}
END_TEST

START_TEST(reserve_makes_room)
{
	struct pc_buffer b = {0};
	char *data;

	ck_assert_int_eq(pc_buffer_add(&b, "xyz", 3), 0);
	ck_assert_int_eq(pc_buffer_reserve(&b, 10000), 0);
	ck_assert_uint_ge(b.cap, 10004);
	ck_assert_uint_eq(b.len, 3);
	ck_assert_mem_eq(b.data, "xyz", 3);
	data = b.data;
	ck_assert_int_eq(pc_buffer_reserve(&b, 10000), 0);
	ck_assert_ptr_eq(b.data, data);
	pc_buffer_done(&b);
}
END_TEST

START_TEST(cut_only_shortens)
{
	struct pc_buffer b = {0};

	pc_buffer_cut(&b, 0);
	ck_assert_int_eq(pc_buffer_add(&b, "a/b/c", 5), 0);
	pc_buffer_cut(&b, 9);
	ck_assert_uint_eq(b.len, 5);
	ck_assert_str_eq(b.data, "a/b/c");
	pc_buffer_cut(&b, 3);
	ck_assert_str_eq(b.data, "a/b");
	ck_assert_uint_eq(b.len, 3);
	pc_buffer_cut(&b, 0);
	ck_assert_str_eq(b.data, "");
	pc_buffer_done(&b);
}
END_TEST

START_TEST(names_make_a_path)
{
	struct pc_buffer b = {0};

	ck_assert_int_eq(pc_buffer_add_name(&b, "top"), 0);
	ck_assert_str_eq(b.data, "top");
	ck_assert_int_eq(pc_buffer_add_name(&b, "sub"), 0);
	ck_assert_int_eq(pc_buffer_add_name(&b, "file"), 0);
	ck_assert_str_eq(b.data, "top/sub/file");
	ck_assert_uint_eq(b.len, strlen("top/sub/file"));
	pc_buffer_done(&b);
}
END_TEST

START_TEST(done_leaves_an_empty_buffer)
{
	struct pc_buffer b = {0};

	ck_assert_int_eq(pc_buffer_add(&b, "x", 1), 0);
	pc_buffer_done(&b);
	ck_assert_ptr_null(b.data);
	ck_assert_uint_eq(b.len + b.cap, 0);
	ck_assert_int_eq(pc_buffer_add(&b, "y", 1), 0);
	ck_assert_str_eq(b.data, "y");
	pc_buffer_done(&b);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("buffer");
	TCase *tcase = plain_case(suite, "buffer");

	tcase_add_test(tcase, bytes_are_appended);
	tcase_add_test(tcase, empty_buffer_is_a_string);
	tcase_add_test(tcase, growth_keeps_contents);
	tcase_add_test(tcase, reserve_makes_room);
	tcase_add_test(tcase, cut_only_shortens);
	tcase_add_test(tcase, names_make_a_path);
	tcase_add_test(tcase, done_leaves_an_empty_buffer);
	return run_suite(suite);
}
