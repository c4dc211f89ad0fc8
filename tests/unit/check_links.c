/* SPDX-License-Identifier: MIT */
/* check_links.c - src/plan/links.c: names of one inode, where not all can be linked.
 *
 * The worker is a model of a target: each directory lies on a file system, and each of those
 * takes so many names of an inode, or none but the first. */
#include "plans.h"

#define DIRS 4
#define NAMES 150

static struct {
	unsigned fs[DIRS];           /* that each directory lies on */
	unsigned names_max[DIRS];    /* of one inode, on each file system */
	int too_many;                /* the error then */
	unsigned inode[DIRS][NAMES]; /* 0: the name is not there */
	unsigned inodes;
	unsigned names[DIRS * NAMES + 2]; /* of each inode */
	unsigned refused, fail_first;
} model;

/* "d2" and "n17" as numbers. */
static unsigned number_of(const char *name)
{
	return (unsigned)strtoul(name + 1, NULL, 10);
}

static unsigned *inode_of(const char *dir, const char *name)
{
	unsigned d = number_of(dir), n = number_of(name);

	ck_assert_uint_lt(d, DIRS);
	ck_assert_uint_lt(n, NAMES);
	return &model.inode[d][n];
}

static void copy_firsts(struct pc_job *job, char *text)
{
	const char *name = text + strlen(text) + 1;

	for (; name < text + job->request_len; name += strlen(name) + 1) {
		unsigned *inode = inode_of(text, name + 1);

		ck_assert_uint_eq(*inode, 0);
		if (model.fail_first > 0) {
			struct pc_item *item =
				add(job, text, PC_ITEM_EVENT, name + 1, strlen(name + 1));

			item->event = PCOPY_EVENT_ERROR;
			item->error = -EIO;
			job->counts.entries[PCOPY_FILE].failed++;
			model.fail_first--;
			*inode = UINT32_MAX;
			continue;
		}
		*inode = ++model.inodes;
		model.names[*inode] = 1;
		job->counts.entries[PCOPY_FILE].copied++;
	}
}

static int link_to(const char *dir, const char *name, const char *first_dir, const char *first)
{
	unsigned from = *inode_of(first_dir, first), *to = inode_of(dir, name);
	unsigned fs = model.fs[number_of(dir)];

	ck_assert_uint_ne(from, 0); /* no link to what is not there yet */
	ck_assert_uint_ne(from, UINT32_MAX);
	ck_assert_uint_eq(*to, 0);
	if (fs != model.fs[number_of(first_dir)])
		return -EXDEV;
	if (model.names[from] >= model.names_max[fs])
		return model.too_many;
	*to = from;
	model.names[from]++;
	return 0;
}

static void make_links(struct pc_job *job, char *text)
{
	uint32_t pos = 0, end = job->request_len;
	const struct pc_item *item;
	uint64_t index = 0;

	for (; (item = pc_item_next(text, end, &pos)); index++) {
		const char *name = item->text + strlen(item->text) + 1;
		const char *first_dir = name + strlen(name) + 1;
		const char *first = first_dir + strlen(first_dir) + 1;
		int r = link_to(item->text, name, first_dir, first);

		if (r < 0) {
			struct pc_item *refusal = add(job, text, PC_ITEM_LINK, "", 0);

			refusal->arg = index;
			refusal->error = r;
			model.refused++;
		} else {
			job->counts.entries[PCOPY_HARD_LINK].copied++;
		}
	}
}

static bool model_answer(struct pc_job *job, char *text, UNUSED unsigned turn)
{
	char name[16];

	if (job->kind == PC_JOB_LINK) {
		make_links(job, text);
		return true;
	}
	if (job->flags & PC_JOB_FIRST) {
		copy_firsts(job, text);
		return true;
	}
	if (job->kind != PC_JOB_ENTRIES || job->root != 0)
		return job->kind != PC_JOB_ENTRIES;
	enter(job, text, "");
	for (unsigned d = 0; d < DIRS; d++) {
		snprintf(name, sizeof(name), "d%u", d);
		enter(job, text, name);
		for (unsigned n = 0; n < NAMES; n++) {
			snprintf(name, sizeof(name), "n%u", n);
			(void)add_name(job, text, PC_ITEM_LINKED, name);
		}
		leave(job, text);
	}
	leave(job, text);
	return true;
}

static void model_setup(void)
{
	plan_setup();
	answer = model_answer;
	for (unsigned i = 0; i < DIRS; i++)
		model.names_max[i] = UINT32_MAX;
}

static void expect_all_there(void)
{
	uint64_t failed = failures();

	ck_assert_int_eq(plan_run(PCOPY_POOL_SERIAL), 0);
	failed = failures() - failed;
	for (unsigned d = 0; d < DIRS; d++) {
		for (unsigned n = 0; n < NAMES; n++)
			ck_assert_msg(model.inode[d][n] != 0, "d%u/n%u is missing", d, n);
	}
	ck_assert_uint_eq(reported.errors, failed);
}

START_TEST(one_file_system)
{
	expect_all_there();
	ck_assert_uint_eq(model.inodes, 1);
	ck_assert_uint_eq(model.refused, 0);
}
END_TEST

/* Names are linked to each other where they lie on one, in whatever order they come. */
START_TEST(several_file_systems)
{
	static const unsigned fs[][DIRS] = {{0, 1, 1, 0}, {0, 1, 2, 3}, {0, 0, 0, 1}, {2, 1, 2, 1}};
	unsigned wanted = 0;
	bool seen[DIRS] = {false};

	memcpy(model.fs, fs[_i], sizeof(model.fs));
	for (unsigned d = 0; d < DIRS; d++) {
		wanted += !seen[model.fs[d]];
		seen[model.fs[d]] = true;
	}
	expect_all_there();
	ck_assert_uint_eq(model.inodes, wanted);
	/* a name is not tried again and again */
	ck_assert_uint_le(model.refused, DIRS * NAMES * wanted);
}
END_TEST

START_TEST(link_limit_of_an_inode_starts_another_copy)
{
	model.names_max[0] = 40;
	model.too_many = -EMLINK;
	expect_all_there();
	ck_assert_uint_eq(model.inodes, (DIRS * NAMES + 39) / 40);
}
END_TEST

/* One file system takes 7 names, the other any number. */
START_TEST(link_limits_of_two_file_systems)
{
	memcpy(model.fs, (const unsigned[]){0, 1, 0, 1}, sizeof(model.fs));
	model.names_max[1] = 7;
	model.too_many = -EMLINK;
	expect_all_there();
	ck_assert_uint_eq(model.inodes, 1 + (2 * NAMES + 6) / 7);
}
END_TEST

/* Each name is a copy, and the attempts do not grow with the square of their number. */
START_TEST(file_system_without_links)
{
	model.names_max[0] = 1;
	model.too_many = _i ? -EPERM : -EOPNOTSUPP;
	expect_all_there();
	ck_assert_uint_eq(model.inodes, DIRS * NAMES);
	ck_assert_uint_le(model.refused, DIRS * NAMES);
}
END_TEST

START_TEST(only_one_of_two_file_systems_has_links)
{
	memcpy(model.fs, (const unsigned[]){1, 0, 1, 0}, sizeof(model.fs));
	model.names_max[1] = 1;
	model.too_many = -EPERM;
	expect_all_there();
	ck_assert_uint_eq(model.inodes, 1 + 2 * NAMES);
}
END_TEST

/* Where the first cannot be copied another takes its place. */
START_TEST(first_names_that_fail)
{
	memcpy(model.fs, (const unsigned[]){0, 1, 1, 0}, sizeof(model.fs));
	model.fail_first = 5;
	expect_all_there();
	ck_assert_uint_eq(model.inodes, 2);
	ck_assert_uint_eq(failures(), 5);
}
END_TEST

/* ---- Paths that are too long ---- */

/* Directories in each other, 600 kB of path together, with a name at the bottom and one at
 * the top that are one file, a large file and names. */
static bool too_deep(struct pc_job *job, char *text, UNUSED unsigned turn)
{
	char name[4000];

	if (job->kind != PC_JOB_ENTRIES || job->root != 0 || !(job->flags & PC_JOB_TOP))
		return false;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	enter(job, text, "");
	for (unsigned i = 0; i < 150; i++)
		enter(job, text, name);
	(void)add_name(job, text, PC_ITEM_LINKED, "low");
	(void)add_name(job, text, PC_ITEM_LARGE, "large");
	add_names(job, text, "fa", 3, 1);
	for (unsigned i = 0; i < 150; i++)
		leave(job, text);
	(void)add_name(job, text, PC_ITEM_LINKED, "high");
	leave(job, text);
	return true;
}

static unsigned firsts_at_the_top, directories_at_the_top;

static bool note_the_top(struct pc_job *job, char *text, unsigned turn)
{
	if ((job->flags & PC_JOB_FIRST) && !*text && strcmp(text + 1, "fhigh") == 0)
		firsts_at_the_top++;
	if (job->kind == PC_JOB_DIRMETA) {
		const struct pc_item *item;
		uint32_t pos = 0, end = job->request_len;

		while ((item = pc_item_next(text, end, &pos)))
			directories_at_the_top += item->text_len == 0;
	}
	return too_deep(job, text, turn);
}

START_TEST(too_deep_name_delays_nothing_else)
{
	answer = note_the_top;
	ck_assert_int_eq(plan_run(PCOPY_POOL_SERIAL), 0);
	ck_assert_uint_eq(firsts_at_the_top, 1);
	ck_assert_uint_eq(directories_at_the_top, 1);
	ck_assert_uint_gt(reported.errors, 0);
	ck_assert_int_eq(reported.last.errnum, ENAMETOOLONG);
	ck_assert_uint_eq(reported.bad_answers, 0);
	ck_assert_uint_eq(result.counts.entries[PCOPY_FILE].failed, 1); /* the large one */
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("links");
	TCase *tcase = plain_case(suite, "links");
	TCase *deep = plain_case(suite, "deep");

	tcase_add_checked_fixture(tcase, model_setup, plan_teardown);
	tcase_add_test(tcase, one_file_system);
	tcase_add_loop_test(tcase, several_file_systems, 0, 4);
	tcase_add_test(tcase, link_limit_of_an_inode_starts_another_copy);
	tcase_add_test(tcase, link_limits_of_two_file_systems);
	tcase_add_loop_test(tcase, file_system_without_links, 0, 2);
	tcase_add_test(tcase, only_one_of_two_file_systems_has_links);
	tcase_add_test(tcase, first_names_that_fail);
	tcase_add_checked_fixture(deep, plan_setup, plan_teardown);
	tcase_add_test(deep, too_deep_name_delays_nothing_else);
	return run_suite(suite);
}
