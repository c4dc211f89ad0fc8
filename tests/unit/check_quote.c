/* check_quote.c - src/base/quote.c, against GNU's quoting.
 * SPDX-License-Identifier: MIT
 *
 * The expected forms are those of `cp NAME x` (coreutils 9.1, LC_ALL=C.UTF-8)
 * in its "cannot stat" message, but for characters that turn the writing round:
 * those are escaped here. */
#include "base/quote.h"

#include "support.h"

static const struct {
	const char *name, *quoted;
} cases[] = {
	{"plain", "'plain'"},
	{"", "''"},
	{"two words", "'two words'"},
	{"it's", "\"it's\""},
	{"it's \"so\"", "'it'\\''s \"so\"'"},
	{"$it's", "'$it'\\''s'"},
	{"-n", "'-n'"},
	{"a\nb", "'a'$'\\n''b'"},
	{"\n", "''$'\\n'"},
	{"\t\033[1m", "''$'\\t\\033''[1m'"},
	{"back\\slash", "'back\\slash'"},
	{"\177", "''$'\\177'"},
	{"\303\244", "'\303\244'"},
	{"\344", "''$'\\344'"},
	{"a\377b", "'a'$'\\377''b'"},
	{"\300\200", "''$'\\300\\200'"}, /* overlong */
	{"\340\237\277", "''$'\\340\\237\\277'"},
	{"\355\240\200", "''$'\\355\\240\\200'"},         /* a surrogate */
	{"\342\202", "''$'\\342\\202'"},                  /* broken off */
	{"\342\200\256txt", "''$'\\342\\200\\256''txt'"}, /* turns the writing round */
	{"\302\205", "''$'\\302\\205'"},                  /* a C1 control */
	{"\n'", "''$'\\n'\\'''"},
};

START_TEST(quotes)
{
	char buffer[128];
	size_t len = pc_quote_write(buffer, sizeof(buffer), cases[_i].name);

	ck_assert_str_eq(buffer, cases[_i].quoted);
	ck_assert_uint_eq(len, strlen(cases[_i].quoted));
}
END_TEST

START_TEST(new_quotes_the_same)
{
	char *quoted = pc_quote_new(cases[_i].name);

	ck_assert_str_eq(quoted, cases[_i].quoted);
	free(quoted);
}
END_TEST

/* As snprintf(): what fits, terminated, and the length of all. */
START_TEST(short_buffers_are_kept)
{
	char buffer[8] = "#######";

	ck_assert_uint_eq(pc_quote_write(NULL, 0, "a\nb"), 11);
	ck_assert_uint_eq(pc_quote_write(buffer, 5, "a\nb"), 11);
	ck_assert_str_eq(buffer, "'a'$");
	ck_assert_int_eq(buffer[5], '#');
	ck_assert_uint_eq(pc_quote_write(buffer, 1, "x"), 3);
	ck_assert_str_eq(buffer, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("quote");
	TCase *tcase = plain_case(suite, "quote");

	tcase_add_loop_test(tcase, quotes, 0, COUNT(cases));
	tcase_add_loop_test(tcase, new_quotes_the_same, 0, COUNT(cases));
	tcase_add_test(tcase, short_buffers_are_kept);
	return run_suite(suite);
}
