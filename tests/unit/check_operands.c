/* check_operands.c - src/plan/operands.c: roots and refusals, nothing touched.
 * SPDX-License-Identifier: MIT */
#include "plan/operands.h"

#include "support.h"

static const struct pcopy_options options = PCOPY_OPTIONS_INIT;
static struct pc_operands *operands;
static const struct pc_root *root;
static unsigned roots, parents;
static struct pc_counts counts;
static enum pcopy_step step[8]; /* of the events, in order */
static int errnum[8];
static const char *reported_src[8];
static unsigned events;

static void send(void *userdata, const struct pcopy_event *event)
{
	ck_assert_ptr_eq(userdata, &counts);
	ck_assert_int_eq(event->type,
	                 event->step == PCOPY_STEP_TWICE ? PCOPY_EVENT_WARNING : PCOPY_EVENT_ERROR);
	step[events] = event->step;
	errnum[events] = event->errnum;
	reported_src[events++] = event->src;
}

/* Files a, b; directories d (with f) and e; links to d, to a, to nothing. */
static void setup(void)
{
	fresh_enter();
	make_file("a", "a");
	make_file("b", "b");
	make_dir("d");
	make_file("d/f", "f");
	make_dir("d/sub");
	make_dir("e");
	ck_assert_int_eq(symlink("d", "to-d"), 0);
	ck_assert_int_eq(symlink("a", "to-a"), 0);
	ck_assert_int_eq(symlink("none", "to-none"), 0);
}

static void teardown(void)
{
	pc_operands_free(operands);
}

/* Resolves up to four pairs of source and target. */
static void resolve(const char *const (*pair)[2], unsigned count)
{
	const struct pc_operand_sink sink = {&counts, send, &counts};
	struct pc_operand operand[4];

	for (unsigned i = 0; i < count; i++)
		operand[i] = (struct pc_operand){(char *)(uintptr_t)pair[i][0],
		                                 (char *)(uintptr_t)pair[i][1], 0};
	ck_assert_int_eq(pc_operands_resolve(&options, false, operand, count, &sink, &operands), 0);
	root = pc_operands_roots(operands, &roots, &parents);
}

#define RESOLVE(...)                                                                               \
	do {                                                                                       \
		static const char *const pairs[][2] = {__VA_ARGS__};                               \
		resolve(pairs, COUNT(pairs));                                                      \
	} while (0)

static void expect_root(unsigned i, const char *src_anchor, const char *src_name,
                        const char *dst_anchor, const char *dst_name)
{
	struct stat st;

	ck_assert_str_eq(root[i].src_anchor->path, src_anchor);
	ck_assert_str_eq(root[i].src_name, src_name);
	ck_assert_str_eq(root[i].dst_anchor->path, dst_anchor);
	ck_assert_str_eq(root[i].dst_name, dst_name);
	ck_assert_int_eq(stat(src_anchor, &st), 0);
	ck_assert_uint_eq(root[i].src_anchor->ino, st.st_ino);
	ck_assert_uint_eq(root[i].src_anchor->dev, st.st_dev);
	ck_assert_int_eq(stat(dst_anchor, &st), 0);
	ck_assert_uint_eq(root[i].dst_anchor->ino, st.st_ino);
}

static void expect_refused(enum pcopy_step why, int error)
{
	ck_assert_uint_eq(roots, 0);
	ck_assert_uint_eq(events, 1);
	ck_assert_int_eq(step[0], why);
	ck_assert_int_eq(errnum[0], error);
}

/* ---- Names ---- */

START_TEST(an_operand_is_a_directory_and_a_name)
{
	RESOLVE({"a", "x"}, {"d/f", "e/g"}, {"./d//f", "e//h"}, {"d///", "e/i/"});
	ck_assert_uint_eq(events, 0);
	ck_assert_uint_eq(roots, 4);
	expect_root(0, ".", "a", ".", "x");
	expect_root(1, "d", "f", "e", "g");
	expect_root(2, "./d", "f", "e", "h");
	expect_root(3, ".", "d", "e", "i");
	ck_assert_str_eq(root[1].src, "d/f");
	ck_assert_str_eq(root[2].dst, "e//h");
}
END_TEST

START_TEST(dots_name_the_directory_itself)
{
	RESOLVE({"d/.", "x"}, {"d/sub/..", "y"}, {"d/sub/../", "z"}, {"d", "e/."});
	ck_assert_uint_eq(roots, 4);
	expect_root(0, "d/.", ".", ".", "x");
	expect_root(1, "d/sub/..", ".", ".", "y");
	expect_root(2, "d/sub/../", ".", ".", "z");
	expect_root(3, ".", "d", "e/.", ".");
}
END_TEST

START_TEST(the_root_directory_has_no_name)
{
	RESOLVE({"/dev/null", "x"}, {"/usr", "y"});
	expect_root(0, "/dev", "null", ".", "x");
	expect_root(1, "/", "usr", ".", "y");
	teardown();
	RESOLVE({"d", "/"});
	expect_root(0, ".", "d", "/", ".");
}
END_TEST

/* Copying / into something below it would never end. */
START_TEST(the_whole_system_is_refused)
{
	RESOLVE({"/", "x"});
	expect_refused(PCOPY_STEP_INTO_ITSELF, 0);
}
END_TEST

/* "link/" is the directory behind it, "link" the link. */
START_TEST(a_slash_follows_a_link)
{
	RESOLVE({"to-d", "x"}, {"to-none", "y"}, {"e/", "z"});
	ck_assert_uint_eq(roots, 3);
	expect_root(0, ".", "to-d", ".", "x");
	expect_root(2, ".", "e", ".", "z");
	teardown();
	RESOLVE({"to-d/", "v"});
	expect_root(0, "to-d/", ".", ".", "v");
}
END_TEST

START_TEST(a_link_as_target_is_followed_when_asked)
{
	const struct pc_operand_sink sink = {&counts, send, &counts};
	struct pc_operand operand = {(char[]){"b"}, (char[]){"to-a"}, 0};

	ck_assert_int_eq(pc_operands_resolve(&options, false, &operand, 1, &sink, &operands), 0);
	ck_assert_str_eq(pc_operands_roots(operands, &roots, &parents)[0].dst_name, "to-a");
	pc_operands_free(operands);
	operand.flags = PCOPY_ADD_FOLLOW_TARGET;
	ck_assert_int_eq(pc_operands_resolve(&options, false, &operand, 1, &sink, &operands), 0);
	ck_assert_str_eq(pc_operands_roots(operands, &roots, &parents)[0].dst_name, "a");
}
END_TEST

/* ---- Refusals ---- */

static const struct {
	const char *src, *dst;
	enum pcopy_step step;
	int error;
} refusals[] = {
	{"none", "x", PCOPY_STEP_STAT, ENOENT},     {"a/x", "x", PCOPY_STEP_STAT, ENOTDIR},
	{"", "x", PCOPY_STEP_STAT, ENOENT},         {"a", "none/x", PCOPY_STEP_CREATE, ENOENT},
	{"a", "b/x", PCOPY_STEP_CREATE, ENOTDIR},   {"a", "x/", PCOPY_STEP_CREATE, ENOTDIR},
	{"d", "none/x", PCOPY_STEP_MKDIR, ENOENT},  {"to-a", "none/x", PCOPY_STEP_SYMLINK, ENOENT},
	{"d", "d/x", PCOPY_STEP_INTO_ITSELF, 0},    {"d", "d/sub/x", PCOPY_STEP_INTO_ITSELF, 0},
	{"d", "to-d/x", PCOPY_STEP_INTO_ITSELF, 0}, {"d", "./e/../d/x", PCOPY_STEP_INTO_ITSELF, 0},
	{".", "x", PCOPY_STEP_INTO_ITSELF, 0},      {"to-d/", "d/x", PCOPY_STEP_INTO_ITSELF, 0},
};

START_TEST(refused)
{
	const char *const pair[][2] = {{refusals[_i].src, refusals[_i].dst}};

	resolve(pair, 1);
	expect_refused(refusals[_i].step, refusals[_i].error);
}
END_TEST

START_TEST(other_operands_go_on)
{
	RESOLVE({"none", "x"}, {"a", "y"}, {"d", "d/x"}, {"b", "z"});
	ck_assert_uint_eq(roots, 2);
	expect_root(0, ".", "a", ".", "y");
	expect_root(1, ".", "b", ".", "z");
	ck_assert_uint_eq(events, 2);
	ck_assert_uint_eq(counts.entries[PCOPY_FILE].failed, 1);
	ck_assert_uint_eq(counts.entries[PCOPY_DIRECTORY].failed, 1);
	ck_assert_str_eq(reported_src[1], "d");
}
END_TEST

/* ---- Two for one name ---- */

START_TEST(a_file_over_one_just_made)
{
	RESOLVE({"a", "e/x"}, {"b", "./e/x"});
	ck_assert_uint_eq(roots, 1);
	expect_root(0, ".", "a", "e", "x");
	ck_assert_int_eq(step[0], PCOPY_STEP_JUST_CREATED);
	ck_assert_uint_eq(counts.entries[PCOPY_FILE].failed, 1);
}
END_TEST

START_TEST(the_same_source_twice)
{
	RESOLVE({"a", "e/a"}, {"./a", "e/a"}, {"d", "e/d"}, {"d/.", "e/d"});
	ck_assert_uint_eq(roots, 2);
	ck_assert_uint_eq(events, 2);
	ck_assert_int_eq(step[0], PCOPY_STEP_TWICE);
	ck_assert_int_eq(step[1], PCOPY_STEP_TWICE);
	ck_assert_uint_eq(counts.warnings, 2);
	ck_assert_uint_eq(counts.entries[PCOPY_FILE].skipped, 1);
	ck_assert_uint_eq(counts.entries[PCOPY_DIRECTORY].skipped, 1);
	ck_assert_uint_eq(counts.entries[PCOPY_FILE].failed, 0);
}
END_TEST

START_TEST(a_name_in_another_directory_is_another)
{
	RESOLVE({"a", "e/x"}, {"b", "d/x"}, {"b", "x"});
	ck_assert_uint_eq(roots, 3);
	ck_assert_uint_eq(events, 0);
}
END_TEST

/* ---- Barriers ---- */

START_TEST(directories_of_one_name_merge_in_turn)
{
	RESOLVE({"d", "x"}, {"e", "x"});
	ck_assert_uint_eq(roots, 2);
	ck_assert(!root[0].barrier);
	ck_assert(root[1].barrier);
}
END_TEST

START_TEST(disjoint_operands_do_not_wait)
{
	RESOLVE({"a", "x"}, {"d", "y"}, {"e", "z"});
	ck_assert_uint_eq(roots, 3);
	for (unsigned i = 0; i < roots; i++)
		ck_assert(!root[i].barrier);
}
END_TEST

START_TEST(operands_after_a_merge_wait)
{
	RESOLVE({"a", "x"}, {"d", "e"}, {"b", "y"});
	ck_assert(!root[0].barrier);
	ck_assert(root[1].barrier);
	ck_assert(root[2].barrier);
}
END_TEST

START_TEST(nothing_is_made)
{
	RESOLVE({"a", "x"}, {"d", "y"}, {"to-a", "e/z"});
	ck_assert(!exists("x"));
	ck_assert(!exists("y"));
	ck_assert(!exists("e/z"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("operands");
	TCase *tcase = tcase_create("operands");

	tcase_add_unchecked_fixture(tcase, fresh_setup, fresh_teardown);
	tcase_add_checked_fixture(tcase, setup, teardown);
	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, an_operand_is_a_directory_and_a_name);
	tcase_add_test(tcase, dots_name_the_directory_itself);
	tcase_add_test(tcase, the_root_directory_has_no_name);
	tcase_add_test(tcase, the_whole_system_is_refused);
	tcase_add_test(tcase, a_slash_follows_a_link);
	tcase_add_test(tcase, a_link_as_target_is_followed_when_asked);
	tcase_add_loop_test(tcase, refused, 0, COUNT(refusals));
	tcase_add_test(tcase, other_operands_go_on);
	tcase_add_test(tcase, a_file_over_one_just_made);
	tcase_add_test(tcase, the_same_source_twice);
	tcase_add_test(tcase, a_name_in_another_directory_is_another);
	tcase_add_test(tcase, directories_of_one_name_merge_in_turn);
	tcase_add_test(tcase, disjoint_operands_do_not_wait);
	tcase_add_test(tcase, operands_after_a_merge_wait);
	tcase_add_test(tcase, nothing_is_made);
	return run_suite(suite);
}
