/* check_glob.c - src/filter/glob.c, with fnmatch(3) in the "C" locale as judge of all but `**`.
 * SPDX-License-Identifier: MIT */
#include "filter/glob.h"

#include "support.h"

#include "base/random.h"

#include <fnmatch.h>
#include <locale.h>

static bool match(const char *pattern, const char *text, enum pc_glob_deep deep)
{
	return pc_glob_match(pattern, text, strlen(text), deep);
}

/* ---- fnmatch(3) ---- */

#define TRIES 400000

/* Few bytes, so that they meet. */
static const char pattern_bytes[] = "aab/*?[]!-\\^b.\xc3\xa9:";
static const char text_bytes[] = "aabb/.-]\\\xc3\xa9!";

static void bytes_fill(uint64_t *state, const char *from, char *to, unsigned most)
{
	unsigned len = (unsigned)(pc_random_next(state) % most);

	for (unsigned i = 0; i < len; i++)
		to[i] = from[pc_random_next(state) % strlen(from)];
	to[len] = '\0';
}

/* Ranges from a byte to one before it: the first byte is in them for rsync alone. */
static bool has_backward_range(const char *p)
{
	for (p = strchr(p, '-'); p && p[1]; p = strchr(p + 1, '-')) {
		if ((unsigned char)p[-1] > (unsigned char)p[1] || p[1] == '\\' || p[-1] == '\\')
			return true;
	}
	return false;
}

/* What the two take for something else: a second star, a set with a slash or a `[:class:]` that is
 * none in it, a backslash before nothing or a slash. */
static bool is_compared(const char *pattern)
{
	return !has_backward_range(pattern + (*pattern == '-')) && !strstr(pattern, "**") &&
	       !strstr(pattern, "[:") && !strstr(pattern, "\\/") && !pc_glob_refuse(pattern);
}

START_TEST(as_fnmatch)
{
	char pattern[16], text[16];
	uint64_t state = 20261128;
	unsigned compared = 0, matched = 0;

	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C"));
	for (unsigned i = 0; i < TRIES; i++) {
		bool want, have;

		bytes_fill(&state, pattern_bytes, pattern, 10);
		bytes_fill(&state, text_bytes, text, 8);
		if (!is_compared(pattern) || !pc_glob_is_wild(pattern))
			continue;
		want = fnmatch(pattern, text, FNM_PATHNAME) == 0;
		have = match(pattern, text, PC_GLOB_RSYNC);
		ck_assert_msg(want == have, "'%s' and '%s': %d", pattern, text, have);
		compared++;
		matched += want;
	}
	ck_assert_uint_gt(compared, 50000);
	ck_assert_uint_gt(matched, 1000);
}
END_TEST

/* Bytes that are no characters in the locale of the caller. */
START_TEST(bytes_in_any_locale)
{
	if (!setlocale(LC_ALL, "C.UTF-8"))
		return;
	ck_assert(match("a?b",
	                "a\xff"
	                "b",
	                PC_GLOB_RSYNC));
	ck_assert(match("??", "\xc3\xa9", PC_GLOB_RSYNC));
	ck_assert(!match("?", "\xc3\xa9", PC_GLOB_RSYNC));
	ck_assert(match("[\xa0-\xff]*", "\xc3\xa9", PC_GLOB_RSYNC));
	ck_assert(!match("[[:alpha:]]*", "\xc3\xa9", PC_GLOB_RSYNC));
}
END_TEST

/* ---- Two stars ---- */

static const struct {
	const char *pattern, *text;
	bool rsync, git;
} deep[] = {
	{"**", "a", true, true},
	{"**", "a/b", true, true},
	{"a/**", "a/b/c", true, true},
	{"a/**", "a", false, false},
	{"a/**", "a/", true, true},
	{"a/**/b", "a/b", false, true}, /* git: also no directory */
	{"a/**/b", "a/x/b", true, true},
	{"a/**/b", "a/x/y/b", true, true},
	{"a/**/b", "ab", false, false},
	{"**/b", "b", false, true},
	{"**/b", "a/b", true, true},
	{"**/b", "ab", false, false},
	{"a**b", "axb", true, true},
	{"a**b", "ax/yb", true, false}, /* git: not alone, so it is one star */
	{"a**/b", "ax/y/b", true, false},
	{"a/**b", "a/x/yb", true, false},
	{"a/**b", "a/xyb", true, true},
	{"a/***", "a/b/c", true, true},
	{"**/*.o", "a/b/c.o", true, true},
	{"**/a*/**/b", "x/ay/z/b", true, true},
	{"*/**", "a/b", true, true},
	{"**a*b/c", "x/ab/ab/c", true, false},
	{"\\**", "*/a", false, false},
	{"\\**", "*a", true, true},
};

START_TEST(two_stars)
{
	const char *pattern = deep[_i].pattern, *text = deep[_i].text;

	ck_assert_msg(match(pattern, text, PC_GLOB_RSYNC) == deep[_i].rsync, "%s %s", pattern,
	              text);
	ck_assert_msg(match(pattern, text, PC_GLOB_GIT) == deep[_i].git, "%s %s", pattern, text);
}
END_TEST

/* ---- What is no pattern ---- */

static const struct {
	const char *pattern;
	bool wrong;
} refused[] = {
	{"a", false},   {"[a", true},         {"[", true},          {"[]", true},
	{"[!]", true},  {"[]]", false},       {"[!]]", false},      {"[a/b]", true},
	{"a\\", false}, {"*a\\", true},       {"*\\\\", false},     {"[[:digit:]]", false},
	{"[\\]", true}, {"[[:nope:]]", true}, {"[a-]", false},      {"*[!", true},
	{"\\[", false}, {"\\[*", false},      {"[[:alpha:]", true}, {"[b-\\]]", false},
};

START_TEST(refusals)
{
	ck_assert_msg((pc_glob_refuse(refused[_i].pattern) != NULL) == refused[_i].wrong, "%s",
	              refused[_i].pattern);
}
END_TEST

/* Nothing that is read of a text from outside is believed to be whole. */
START_TEST(broken_sets_match_nothing)
{
	static const char *const broken[] = {"[", "[!", "[a", "[a-", "[\\", "[[:", "[[:x:]]", "[^"};

	for (size_t i = 0; i < COUNT(broken); i++) {
		ck_assert(!match(broken[i], "a", PC_GLOB_GIT));
		ck_assert(!match(broken[i], broken[i], PC_GLOB_GIT));
	}
}
END_TEST

/* Patterns made to be slow, which take milliseconds: by going back to every star they would not
 * end. */
START_TEST(no_pattern_is_slow)
{
	char pattern[1025], text[4097];

	for (unsigned i = 0; i < 1024; i += 2)
		memcpy(pattern + i, "*a", 3);
	memset(text, 'a', 4096);
	text[4096] = '\0';
	pattern[1023] = 'b';
	ck_assert(!match(pattern, text, PC_GLOB_RSYNC));
	pattern[0] = '*', pattern[1] = '*';
	for (unsigned i = 2; i < 1020; i += 3)
		memcpy(pattern + i, "**a", 3);
	ck_assert(!match(pattern, text, PC_GLOB_RSYNC));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("glob");
	TCase *tcase = plain_case(suite, "glob");

	tcase_add_test(tcase, as_fnmatch);
	tcase_add_test(tcase, bytes_in_any_locale);
	tcase_add_loop_test(tcase, two_stars, 0, (int)COUNT(deep));
	tcase_add_loop_test(tcase, refusals, 0, (int)COUNT(refused));
	tcase_add_test(tcase, broken_sets_match_nothing);
	tcase_add_test(tcase, no_pattern_is_slow);
	return run_suite(suite);
}
