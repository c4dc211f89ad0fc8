/* check_fold.c - src/base/fold.c.  SPDX-License-Identifier: MIT */
#include "base/fold.h"

#include "support.h"

static const struct {
	const char *a, *b;
	bool ascii, any; /* equal hashes */
} pairs[] = {
	{"README", "readme", true, true},
	{"a.", "A", true, true},
	{"a. .", "a", true, true},
	{"a.b", "ab", false, false},
	{"...", "", true, true},
	{".a", "a", false, false},
	{"ab", "ba", false, true},
	{"a1", "a2", false, false},
	{"a_", "a-", false, false},
	{"\xc3\x84pfel-1", "a\xcc\x88pfel-1", false, true}, /* composed and decomposed */
	{"Stra\xc3\x9f"
         "e",
         "STRASSE", false, true},
};

START_TEST(names_that_may_be_one)
{
	const char *a = pairs[_i].a, *b = pairs[_i].b;

	ck_assert_int_eq(pc_fold_hash_any(a, 2) == pc_fold_hash_any(b, 2), pairs[_i].any);
	ck_assert_uint_ne(pc_fold_hash_any(a, 2), pc_fold_hash_any(a, 3));
	if (pc_name_is_ascii(a) && pc_name_is_ascii(b))
		ck_assert_int_eq(pc_fold_hash_ascii(a) == pc_fold_hash_ascii(b), pairs[_i].ascii);
}
END_TEST

START_TEST(ascii_names)
{
	ck_assert(pc_name_is_ascii("") && pc_name_is_ascii("a\x7f"));
	ck_assert(!pc_name_is_ascii("a\x80"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fold");
	TCase *tcase = plain_case(suite, "fold");

	tcase_add_loop_test(tcase, names_that_may_be_one, 0, COUNT(pairs));
	tcase_add_test(tcase, ascii_names);
	return run_suite(suite);
}
