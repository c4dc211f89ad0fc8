/* check_filter.c - src/filter: rules in their order, files of them, doubts, .gitignore files.
 * SPDX-License-Identifier: MIT
 *
 * What rsync and git take for the same is tests/filter/run's to ask; here are the sentences of
 * the manual, one row each, and what is no list of rules. */
#include "filter/filter.h"
#include "filter/ignore.h"

#include "support.h"

static struct pcopy_filter *filter_of(const char *const *rules)
{
	struct pcopy_filter_error error;
	struct pcopy_filter *f;

	ck_assert_int_eq(pcopy_filter_new(&f), 0);
	for (; *rules; rules++)
		ck_assert_msg(pcopy_filter_add(f, PCOPY_FILTER_RULES, *rules, false, &error) == 0,
		              "%s", error.reason);
	return f;
}

/* ---- What a pattern is held against ---- */

static const struct {
	const char *why;
	const char *rules[4];
	const char *path; /* with a slash behind: a directory */
	bool out;
} rows[] = {
	{"a name, at any depth", {"- a"}, "a", true},
	{"", {"- a"}, "x/a", true},
	{"", {"- a"}, "a/x", false},
	{"", {"- a"}, "ab", false},
	{"a slash inside: the tail", {"- a/b"}, "x/a/b", true},
	{"", {"- a/b"}, "xa/b", false},
	{"", {"- a/*"}, "x/a/b", true},
	{"", {"- a/*"}, "a/b/c", false},
	{"a slash before: from SOURCE", {"- /a"}, "a", true},
	{"", {"- /a"}, "x/a", false},
	{"", {"- /a/b"}, "a/b", true},
	{"a slash behind: directories", {"- a/"}, "a/", true},
	{"", {"- a/"}, "a", false},
	{"stars stop at slashes", {"- /a*c"}, "ab/c", false},
	{"", {"- /a**c"}, "ab/c", true},
	{"two stars inside: behind any slash", {"- b**d"}, "a/bc/d", true},
	{"", {"- b**d"}, "ab/d", false},
	{"two stars first", {"- **b"}, "xb", true},
	{"", {"- **/b"}, "b", true},
	{"three stars: the directory, too", {"- /a/***"}, "a/", true},
	{"", {"- /a/***"}, "a/b/c", true},
	{"", {"- /a/***"}, "a", false},
	{"", {"- /a/**"}, "a/", false},
	{"without wildcards a backslash is itself", {"- a\\b"}, "a\\b", true},
	{"", {"- a\\b*"}, "abc", true},
	{"the first that matches decides", {"+ a.o", "- *.o"}, "a.o", false},
	{"", {"+ a.o", "- *.o"}, "b.o", true},
	{"", {"- *.o", "+ a.o"}, "a.o", true},
	{"what none matches is copied", {"- *.o", "+ a.o"}, "c", false},
	/* one rule of each kind of key, and the smaller number counts */
	{"keys", {"+ *b", "- ab", "- a*"}, "ab", false},
	{"keys", {"- a*", "+ ab", "+ *b"}, "ab", true},
	{"keys", {"+ /x/*a*/[ab]", "- ?b", "- a?"}, "x/ya/b", false},
	{"keys", {"- /x/*a*/[ab]", "+ b"}, "x/ya/b", true},
	{"keys", {"- /x/*[ab]?"}, "y/ab", false},
	{"keys", {"- *abc*"}, "x/1abc2", true},
	{"keys", {"- *abc*"}, "abc/1ab2", false},
	{"keys", {"- *abc*"}, "bc", false},
	{"keys", {"- *[!x]abcd?*"}, "0abcd1", true},
	{"keys", {"- ?[abcd]*[ef]?"}, "xaef", true},
	{"keys", {"- *\\abc\\*de*"}, "abc*de", true},
	{"keys", {"- *]abc*"}, "0]abc", true},
	{"keys", {"- /x/*abc*"}, "x/abc", true},
	{"keys", {"- /x/*abc*"}, "y/abc", false},
	{"keys", {"- *abc/*xyz*"}, "1abc/xyz", true},
	{"keys", {"+ *cde*", "- *abc*"}, "abcde", false},
	{"keys", {"- *abc*", "+ *cde*"}, "abcde", true},
	{"keys", {"- *a**bcd*"}, "ab/cbcd", true},
};

START_TEST(patterns)
{
	struct pcopy_filter *f = filter_of(rows[_i].rules);
	char path[64];
	size_t len = strlen(rows[_i].path);
	bool directory = rows[_i].path[len - 1] == '/';

	snprintf(path, sizeof(path), "%.*s", (int)(len - directory), rows[_i].path);
	ck_assert_msg(pcopy_filter_excludes(f, path, directory) == rows[_i].out, "%s: %s, %s",
	              rows[_i].why, rows[_i].rules[0], rows[_i].path);
	pcopy_filter_free(f);
}
END_TEST

/* A long list answers as a short one does. */
START_TEST(many_rules)
{
	static const char *const forms[] = {"*.end%u", "name%u", "*part%u*"};
	struct pcopy_filter_rule rule;
	struct pcopy_filter *f;
	char text[32];

	ck_assert_int_eq(pcopy_filter_new(&f), 0);
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(text, sizeof(text), forms[i % 3], i);
		ck_assert_int_eq(pcopy_filter_add(f, PCOPY_FILTER_EXCLUDE, text, false, NULL), 0);
	}
	ck_assert_uint_eq(pcopy_filter_count(f), 10000);
	ck_assert(pcopy_filter_get(f, 10000, &rule));
	ck_assert_str_eq(rule.pattern, "*.end9999");
	ck_assert(!pcopy_filter_get(f, 0, &rule) && !pcopy_filter_get(f, 10001, &rule));
	ck_assert(pcopy_filter_excludes(f, "a/name4321", false));
	ck_assert(pcopy_filter_excludes(f, "a/x.end4320", false));
	ck_assert(!pcopy_filter_excludes(f, "a/name4320", false));
	ck_assert(!pcopy_filter_excludes(f, "a/x.end4321", false));
	ck_assert(pcopy_filter_excludes(f, "a/1part4322.", false));
	ck_assert(!pcopy_filter_excludes(f, "a/1part3", false));
	pcopy_filter_free(f);
}
END_TEST

/* ---- Files ---- */

static void file_write(const char *name, const char *text, size_t len)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	close(fd);
}

#define FILE_OF(name, text) file_write(name, text, sizeof(text) - 1)

START_TEST(files)
{
	struct pcopy_filter_rule rule;
	struct pcopy_filter *f;

	ck_assert_int_eq(pcopy_filter_new(&f), 0);
	FILE_OF("a", "# x\n\n; y\n*.o\n+ k\n- -\n #z\n");
	FILE_OF("b", "- one\nmerge c\n+ last");
	FILE_OF("c", "+ two\n");
	FILE_OF("nul", "- new\nline\0#\0+ x");
	ck_assert_int_eq(pcopy_filter_add_file(f, PCOPY_FILTER_EXCLUDE, "a", false, NULL), 0);
	ck_assert_int_eq(pcopy_filter_add(f, PCOPY_FILTER_RULES, "merge b", false, NULL), 0);
	ck_assert_int_eq(pcopy_filter_add_file(f, PCOPY_FILTER_INCLUDE, "nul", true, NULL), 0);
	ck_assert_uint_eq(pcopy_filter_count(f), 9);
	ck_assert(pcopy_filter_get(f, 2, &rule) && rule.include);
	ck_assert_str_eq(rule.file, "a");
	ck_assert_uint_eq(rule.line, 5);
	ck_assert(pcopy_filter_get(f, 4, &rule) && !rule.include);
	ck_assert_str_eq(rule.pattern, " #z");
	ck_assert(pcopy_filter_get(f, 6, &rule) && rule.include);
	ck_assert_str_eq(rule.file, "c");
	ck_assert(pcopy_filter_get(f, 7, &rule) && rule.line == 3);
	ck_assert(pcopy_filter_get(f, 8, &rule) && !rule.include);
	ck_assert_str_eq(rule.pattern, "new\nline");
	pcopy_filter_free(f);
}
END_TEST

/* What is no list of rules: with what it begins, where, and what is said. */
static const struct {
	enum pcopy_filter_kind kind;
	const char *text;
	const char *file; /* NULL: by hand */
	uint64_t line;
	int error;
	const char *says;
} wrong[] = {
	{PCOPY_FILTER_EXCLUDE, "[a", NULL, 0, -EINVAL, "invalid pattern '[a': missing ]"},
	{PCOPY_FILTER_EXCLUDE, "", NULL, 0, -EINVAL, "empty pattern"},
	{PCOPY_FILTER_EXCLUDE, "/", NULL, 0, -EINVAL, "never excluded"},
	{PCOPY_FILTER_EXCLUDE, "///", NULL, 0, -EINVAL, "never excluded"},
	{PCOPY_FILTER_RULES, "a", NULL, 0, -EINVAL, "invalid rule 'a'"},
	{PCOPY_FILTER_RULES, "-a", NULL, 0, -EINVAL, "invalid rule"},
	{PCOPY_FILTER_RULES, "! x", NULL, 0, -EINVAL, "invalid rule"},
	{PCOPY_FILTER_RULES, "-s x", NULL, 0, -EINVAL, "invalid rule"},
	{PCOPY_FILTER_RULES, "merge nowhere", NULL, 0, -ENOENT, "cannot read 'nowhere'"},
	{PCOPY_FILTER_RULES, "merge bad", "bad", 2, -EINVAL, "invalid rule"},
	{PCOPY_FILTER_RULES, "merge outer", "bad", 2, -EINVAL, "invalid rule"},
	{PCOPY_FILTER_RULES, "merge lost", "lost", 1, -ENOENT, "cannot read 'nowhere'"},
	{PCOPY_FILTER_RULES, "merge loop", "loop", 1, -ELOOP, "include each other"},
	{PCOPY_FILTER_RULES, "merge .", NULL, 0, -EISDIR, "cannot read '.': Is a directory"},
	{PCOPY_FILTER_RULES, "merge merges", "merges", 2, -EISDIR, "cannot read '.': Is a"},
	{PCOPY_FILTER_RULES, "merge nul", "nul", 1, -EINVAL, "line contains a NUL byte"},
	{PCOPY_FILTER_RULES, "merge \x1b[x", NULL, 0, -ENOENT, "\\033"},
};

START_TEST(no_rules)
{
	struct pcopy_filter_error error;
	struct pcopy_filter *f;
	int r;

	FILE_OF("bad", "- fine\nwrong\n");
	FILE_OF("outer", "+ x\nmerge bad\n");
	FILE_OF("lost", "merge nowhere\n");
	FILE_OF("loop", "merge loop\n");
	FILE_OF("merges", "- fine\nmerge .\n");
	FILE_OF("nul", "- a\0b\n");
	ck_assert_int_eq(pcopy_filter_new(&f), 0);
	r = pcopy_filter_add(f, wrong[_i].kind, wrong[_i].text, false, &error);
	ck_assert_msg(r == wrong[_i].error, "%s: %d, %s", wrong[_i].text, r, error.reason);
	ck_assert_msg(strstr(error.reason, wrong[_i].says) != NULL, "%s: %s", wrong[_i].text,
	              error.reason);
	ck_assert_uint_eq(error.line, wrong[_i].line);
	ck_assert_msg(wrong[_i].file ? error.file && strcmp(error.file, wrong[_i].file) == 0
	                             : !error.file,
	              "%s: %s", wrong[_i].text, error.file);
	pcopy_filter_free(f);
}
END_TEST

/* ---- Doubts ---- */

static const struct {
	const char *rules[4];
	int what; /* -1: none is told */
	unsigned rule, other;
} doubtful[] = {
	{{"+ a", "+ *.c"}, PCOPY_DOUBT_ONLY_INCLUDES, 0, 0},
	{{"- /a", "+ /a/b"}, PCOPY_DOUBT_BELOW_EXCLUDED, 2, 1},
	{{"+ /a/b", "- a"}, PCOPY_DOUBT_BELOW_EXCLUDED, 1, 2},
	{{"- /a/***", "+ /a/b/c"}, PCOPY_DOUBT_BELOW_EXCLUDED, 2, 1},
	{{"+ /a", "+ /a/b", "- *"}, -1, 0, 0},
	{{"- /a/*", "+ /a/b"}, -1, 0, 0}, /* "/a/b" is decided on, but told by nobody yet */
	{{"- *", "+ b"}, PCOPY_DOUBT_DECIDED_BEFORE, 2, 1},
	{{"- */", "+ b"}, -1, 0, 0},
	{{"- */", "+ b/"}, PCOPY_DOUBT_DECIDED_BEFORE, 2, 1},
	{{"- a*", "+ a*"}, PCOPY_DOUBT_DECIDED_BEFORE, 2, 1},
	{{"- a*/", "+ a*"}, -1, 0, 0},
	{{"- ./a"}, PCOPY_DOUBT_NO_SUCH_NAME, 1, 0},
	{{"- a//b"}, PCOPY_DOUBT_NO_SUCH_NAME, 1, 0},
	{{"- a/../b"}, PCOPY_DOUBT_NO_SUCH_NAME, 1, 0},
	{{"- .a", "- a..", "- /**"}, -1, 0, 0},
};

struct reported {
	int count;
	struct pcopy_filter_doubt last;
};

static void take_doubt(void *userdata, const struct pcopy_filter_doubt *doubt)
{
	struct reported *reported = userdata;

	reported->count++;
	reported->last = *doubt;
}

START_TEST(doubts)
{
	struct pcopy_filter *f = filter_of(doubtful[_i].rules);
	struct reported reported = {0};

	pcopy_filter_doubts(f, take_doubt, &reported);
	ck_assert_msg(reported.count == (doubtful[_i].what >= 0), "%s: %d reported",
	              doubtful[_i].rules[0], reported.count);
	if (reported.count > 0) {
		ck_assert_int_eq((int)reported.last.what, doubtful[_i].what);
		ck_assert_uint_eq(reported.last.rule.number, doubtful[_i].rule);
		ck_assert_uint_eq(reported.last.other.number, doubtful[_i].other);
	}
	pcopy_filter_free(f);
}
END_TEST

/* ---- .gitignore ---- */

static const struct {
	const char *why, *upper, *lower; /* of SOURCE and of SOURCE/d */
	const char *path;
	int line; /* of the rule that decides; 0: none does */
	bool keeps;
} ignored[] = {
	{"a name", "a\n", "", "/d/a", 1, false},
	{"the last one counts", "a\n!a\n", "", "/a", 2, true},
	{"the nearest file counts", "a\n", "x\n!a\n", "/d/a", 2, true},
	{"and not beside it", "", "a\n", "/a", 0, false},
	{"a slash inside: from here", "x/a\n", "", "/d/x/a", 0, false},
	{"", "", "x/a\n", "/d/x/a", 1, false},
	{"a slash before", "/a\n", "", "/d/a", 0, false},
	{"", "", "/a\n", "/d/a", 1, false},
	{"a slash behind: directories", "a/\n", "", "/a", 0, false},
	{"a comment, and one that is none", "#a\n\\#a\n", "", "/#a", 2, false},
	{"an escaped !", "\\!a\n", "", "/!a", 1, false},
	{"blanks at the end", "a  \n", "", "/a", 1, false},
	{"", "a\\ \n", "", "/a ", 1, false},
	{"the end of a line of DOS", "a\r\n", "", "/a", 1, false},
	{"a mark of UTF-8",
         "\xef\xbb\xbf"
         "a\n",
         "", "/a", 1, false},
	{"no end of line", "x\na", "", "/a", 2, false},
	{"a backslash at the end", "a\\\n", "", "/a\\", 0, false},
	{"nothing", "!\n/\n", "", "/a", 0, false},
	{"what git keeps for itself", "*\n", "", "/.git/a", 0, false},
	{"", "*\n", "", "/.github/a", 1, false},
};

START_TEST(gitignore)
{
	struct pc_filter_path path = {.len = strlen(ignored[_i].path)};
	const struct pc_ignore_rule *rule;
	struct pc_ignore *upper, *lower, *nearest;
	const struct pc_ignore *from;
	char text[64];

	ck_assert_uint_lt(path.len + 1, sizeof(text));
	memcpy(text, ignored[_i].path, path.len);
	strcpy(text + path.len, "/");
	path.text = text;
	path.name = (size_t)(strrchr(ignored[_i].path, '/') - ignored[_i].path) + 1;
	ck_assert_int_eq(pc_ignore_new(ignored[_i].upper, strlen(ignored[_i].upper), 0, &upper), 0);
	ck_assert_int_eq(pc_ignore_new(ignored[_i].lower, strlen(ignored[_i].lower), 2, &lower), 0);
	nearest = upper;
	if (lower && strncmp(ignored[_i].path, "/d/", 3) == 0) {
		lower->up = upper;
		nearest = lower;
	}
	rule = pc_ignore_decide(nearest, &path, &from);
	ck_assert_msg((rule ? (int)rule->line : 0) == ignored[_i].line, "%s %s: line %d",
	              ignored[_i].why, ignored[_i].path, rule ? (int)rule->line : 0);
	if (rule)
		ck_assert_int_eq(rule->keeps, ignored[_i].keeps);
	pc_ignore_free(lower);
	pc_ignore_free(upper);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("filter");
	TCase *tcase = fresh_case(suite, "filter");

	tcase_add_loop_test(tcase, patterns, 0, (int)COUNT(rows));
	tcase_add_test(tcase, many_rules);
	tcase_add_test(tcase, files);
	tcase_add_loop_test(tcase, no_rules, 0, (int)COUNT(wrong));
	tcase_add_loop_test(tcase, doubts, 0, (int)COUNT(doubtful));
	tcase_add_loop_test(tcase, gitignore, 0, (int)COUNT(ignored));
	return run_suite(suite);
}
