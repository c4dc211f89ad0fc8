/* check_path.c - src/base/path.c.  SPDX-License-Identifier: MIT */
#include "base/path.h"

#include "support.h"

static const struct {
	const char *path, *base;
	bool dots;
} cases[] = {
	{"a", "a", false},    {"a/b", "b", false},   {"/a", "a", false},    {"a/b//", "b", false},
	{"", "", true},       {"/", "", true},       {"///", "", true},     {".", ".", true},
	{"..", "..", true},   {"a/.", ".", true},    {"a/../", "..", true}, {".a", ".a", false},
	{"a./", "a.", false}, {"...", "...", false},
};

START_TEST(last_component)
{
	size_t start, len = pc_path_base(cases[_i].path, &start);

	ck_assert_uint_eq(len, strlen(cases[_i].base));
	ck_assert_mem_eq(cases[_i].path + start, cases[_i].base, len);
	ck_assert_int_eq(pc_path_is_dots(cases[_i].path + start, len), cases[_i].dots);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("path");
	TCase *tcase = plain_case(suite, "path");

	tcase_add_loop_test(tcase, last_component, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	return run_suite(suite);
}
