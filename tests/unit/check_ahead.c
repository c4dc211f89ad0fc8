/* SPDX-License-Identifier: MIT */
/* check_ahead.c - src/plan/{ahead,estimate,progress}.c: the share of a copy that is shown, beside
 * the truth.
 *
 * The trees are made up, and so are the workers and the time that they take for an entry and for a
 * listing.  So the figures are the same on every machine. */
#include "plans.h"

#include "job/request.h"
#include "plan/estimate.h"

#define NODES_MAX 30000U
#define SEEDS 5U
#define NAME_NS UINT64_C(150)

/* Names of files in one answer: a longer listing is broken off, as by PC_LEFT_MAX. */
#define LISTED_MAX 20000U

/* ---- Trees ---- */

/* Node 0 is the operand; children in the order in which a listing has them. */
static struct node {
	unsigned up, depth, files;
	unsigned child, last, next; /* 0: none */
} node[NODES_MAX];

static unsigned nodes;
static uint64_t entries_of_all;
static uint32_t seed;

static uint32_t below(uint32_t limit)
{
	uint32_t x = seed += 0x9e3779b9U;

	x = (x ^ x >> 16) * 0x85ebca6bU;
	x = (x ^ x >> 13) * 0xc2b2ae35U;
	return (uint32_t)((uint64_t)(x ^ x >> 16) * limit >> 32);
}

/* `front`: before those that are there, as tmpfs lists it. */
static unsigned node_add(unsigned up, unsigned files, bool front)
{
	unsigned n = nodes++;

	ck_assert_uint_lt(n, NODES_MAX);
	node[n] = (struct node){.up = up, .files = files, .depth = n ? node[up].depth + 1 : 0};
	entries_of_all += 1 + files;
	if (n == 0)
		return n;
	if (front || !node[up].child) {
		node[n].next = node[up].child;
		node[up].child = n;
		node[up].last = node[up].last ? node[up].last : n;
	} else {
		node[node[up].last].next = n;
		node[up].last = n;
	}
	return n;
}

/* Directories hang under earlier ones, as in bench/make-tree's A. */
static void make_source(bool front)
{
	while (nodes < 17000) {
		unsigned up = below(nodes), files = below(10) ? below(12) : below(60);

		if (node[up].depth < 3 || (node[up].depth < 9 && below(2)))
			(void)node_add(up, files, front);
	}
}

static void source_front(void)
{
	make_source(true);
}

static void source_back(void)
{
	make_source(false);
}

static void flat(void)
{
	for (unsigned d = 0; d < 2000; d++)
		(void)node_add(0, 100, true);
}

static void chains(void)
{
	for (unsigned c = 0; c < 2400; c++) {
		for (unsigned up = 0, level = 0; level < 8; level++)
			up = node_add(up, 2, level == 0);
	}
}

/* One branch has nearly all, `at` of forty. */
static void lopsided(unsigned at)
{
	unsigned heavy = 0;

	for (unsigned d = 0; d < 40; d++) {
		unsigned n = node_add(0, below(20), false);

		heavy = d == at ? n : heavy;
	}
	for (unsigned first = nodes, d = 0; d < 18000; d++)
		(void)node_add(d < 50 ? heavy : first + below(d), below(15), false);
}

static void lopsided_first(void)
{
	lopsided(0);
}

static void lopsided_middle(void)
{
	lopsided(20);
}

static void lopsided_last(void)
{
	lopsided(39);
}

/* Each branch is deeper and thinner than the one before. */
static void uneven(void)
{
	for (unsigned d = 0; d < 200; d++) {
		unsigned up = node_add(0, below(30), below(2));

		for (unsigned n = below(2) ? below(300) : below(10); n > 0; n--)
			up = below(3) == 0        ? node_add(up, below(20), false)
			     : node[up].depth > 1 ? node[up].up
			                          : up;
	}
}

/* The directory itself tells how many entries it has. */
static bool size_is_known;

static void one_directory(void)
{
	node[0].files = 300000;
	entries_of_all += 300000 - 10;
}

static void one_directory_by_size(void)
{
	one_directory();
	size_is_known = true;
}

/* Nanoseconds for an entry, and for a listing besides its names. */
struct pace {
	uint64_t entry_ns, listing_ns;
};

static const struct pace usual = {25000, 5000}, memory = {10000, 8000}, slow = {2000000, 4000000};
static const struct pace *pace; /* of the tree */

static const struct tree {
	const char *name;
	void (*make)(void);
	double farthest; /* largest mean distance of the share from the truth */
	const struct pace *pace;
} trees[] = {
	{"source", source_front, 0.06, &usual},
	{"source, the oldest first", source_back, 0.06, &usual},
	{"source, in memory", source_front, 0.18, &memory},
	{"flat", flat, 0.01, &usual},
	{"chains", chains, 0.01, &usual},
	{"lopsided at first", lopsided_first, 0.06, &usual},
	{"lopsided in the middle", lopsided_middle, 0.08, &usual},
	{"lopsided at last", lopsided_last, 0.06, &usual},
	{"lopsided at last, slow calls", lopsided_last, 0.18, &slow},
	{"uneven", uneven, 0.03, &usual},
	{"one directory, of known size", one_directory_by_size, 0.02, &usual},
	{"one directory, of unknown size", one_directory, 0.10, &usual},
};

static void tree_make(unsigned number, uint32_t from)
{
	seed = from;
	nodes = 0;
	entries_of_all = 0;
	size_is_known = false;
	(void)node_add(0, 10, true);
	pace = trees[number].pace;
	trees[number].make();
}

/* ---- Workers ---- */

static uint64_t time_ns, work_ns, count_ns; /* of the job; of all that copy, and count */

/* In the place of the C library's. */
int clock_gettime(UNUSED clockid_t clock, struct timespec *ret)
{
	uint64_t now_ns = UINT64_C(1000000000) + work_ns + count_ns;

	*ret = (struct timespec){(time_t)(now_ns / 1000000000), (long)(now_ns % 1000000000)};
	return 0;
}

struct frame {
	struct frame *up;
	unsigned n;
	bool entered;
};

static bool is_over(const struct pc_job *job)
{
	return time_ns >= job->budget_ns;
}

static void frame_enter(struct pc_job *job, char *text, struct frame *f)
{
	char name[16] = "";

	if (!f || f->entered)
		return;
	frame_enter(job, text, f->up);
	if (f->n)
		snprintf(name, sizeof(name), "%u", f->n);
	enter(job, text, name);
	f->entered = true;
}

static void hand_back(struct pc_job *job, char *text, char type, unsigned first, unsigned count)
{
	static char names[1 << 19];
	size_t len = 0;

	for (unsigned i = 0, n = first; i < count; i++) {
		len += (size_t)sprintf(names + len, "%c%u", type, n) + 1;
		n = type == PC_TYPE_DIR ? node[n].next : n + 1;
	}
	add_names(job, text, names, len, count);
}

static unsigned brothers(unsigned n)
{
	unsigned count = 0;

	for (; n; n = node[n].next)
		count++;
	return count;
}

static void files_hand_back(struct pc_job *job, char *text, unsigned n, unsigned file)
{
	unsigned count = node[n].files - file;

	if (count > LISTED_MAX) {
		struct pc_item *item = add(job, text, PC_ITEM_MORE, "", 0);

		count = LISTED_MAX;
		item->arg = file + count;
		item->entries = size_is_known && job->kind != PC_JOB_LIST ? node[n].files : 0;
	}
	hand_back(job, text, PC_TYPE_FILE, file, count);
}

/* The rest of a listing; only the operand's is broken off. */
static void listing_copy(struct pc_job *job, char *text)
{
	unsigned file = (unsigned)job->offset;

	for (; file < node[0].files && !is_over(job); file++)
		time_ns += pace->entry_ns;
	job->counts.entries[PCOPY_FILE].copied += file - job->offset;
	if (file < node[0].files)
		files_hand_back(job, text, 0, file);
}

static void directory_copy(struct pc_job *job, char *text, struct frame *up, unsigned n)
{
	struct frame f = {.up = up, .n = n};
	unsigned file = 0, child = node[n].child;

	time_ns += pace->entry_ns;
	for (; file < node[n].files && !is_over(job); file++)
		time_ns += pace->entry_ns;
	job->counts.entries[PCOPY_FILE].copied += file;
	for (; child && !is_over(job); child = node[child].next)
		directory_copy(job, text, &f, child);
	if (child || file < node[n].files)
		frame_enter(job, text, &f);
	if (child)
		hand_back(job, text, PC_TYPE_DIR, child, brothers(child));
	if (file < node[n].files)
		files_hand_back(job, text, n, file);
	if (f.entered)
		leave(job, text);
	else
		job->counts.entries[PCOPY_DIRECTORY].copied++;
}

static void names_copy(struct pc_job *job, char *text)
{
	size_t pos = strlen(text) + 1, end = job->request_len, start = pos;
	unsigned left = pc_names_count(text + pos, end - pos);
	struct frame own = {.entered = true};

	for (; pos < end && (pos == start || !is_over(job)); left--) {
		if (text[pos] == PC_TYPE_DIR) {
			directory_copy(job, text, &own, (unsigned)atoi(text + pos + 1));
		} else {
			time_ns += pace->entry_ns;
			job->counts.entries[PCOPY_FILE].copied++;
		}
		pos += strlen(text + pos) + 1;
	}
	if (pos < end)
		add_names(job, text, text + pos, end - pos, left);
}

/* From where the copy broke off its listing, as many as the job has time for. */
static unsigned files_count(const struct pc_job *job, unsigned n)
{
	uint64_t left = node[n].files - job->offset, most = job->budget_ns / NAME_NS;

	return (unsigned)(left < most || job->offset == 0 ? left : most);
}

/* Of each path the last part is the node. */
static void directories_count(struct pc_job *job, char *text)
{
	const char *path = text;

	do {
		const char *slash = strrchr(path, '/');
		unsigned n = (unsigned)atoi(slash ? slash + 1 : path), count = 0, files;
		static char names[1 << 19];
		struct pc_item *item;
		size_t len = 0;

		for (unsigned child = node[n].child; child; child = node[child].next, count++)
			len += (size_t)sprintf(names + len, "d%u", child) + 1;
		files = files_count(job, n);
		time_ns += pace->listing_ns + NAME_NS * (count + files);
		item = add(job, text, PC_ITEM_COUNTED, names, len);
		item->entries = count;
		item->arg = files;
		if (job->offset + files < node[n].files)
			item->meta.size = job->offset + files;
		path = pc_text_next(path);
	} while (path < text + job->request_len && !is_over(job));
}

static bool tree_answer(struct pc_job *job, char *text, UNUSED unsigned turn)
{
	time_ns = 0;
	if (job->kind == PC_JOB_COUNT) {
		directories_count(job, text);
		count_ns += time_ns;
		return true;
	}
	if (job->kind == PC_JOB_DIRMETA) {
		const struct pc_item *item;
		uint32_t pos = 0;

		while ((item = pc_item_next(text, job->request_len, &pos)))
			job->counts.entries[PCOPY_DIRECTORY].copied++;
		time_ns = job->counts.entries[PCOPY_DIRECTORY].copied * 5000;
	} else if (job->kind == PC_JOB_ENTRIES && !(job->flags & PC_JOB_TOP)) {
		names_copy(job, text);
	} else if (job->kind == PC_JOB_LIST) {
		listing_copy(job, text);
	} else if (job->kind == PC_JOB_ENTRIES && job->root == 0) {
		directory_copy(job, text, NULL, 0);
	} else {
		work_ns += pace->entry_ns;
		return false;
	}
	work_ns += time_ns;
	return true;
}

/* ---- What is shown ---- */

#define SAMPLES_MAX 100000U

static struct sample {
	uint64_t ns;
	double share;
} sample[SAMPLES_MAX];

static unsigned samples;
static int spoiled; /* how a count is answered */

static void note_share(UNUSED void *userdata, const struct pcopy_progress *progress)
{
	if (samples < SAMPLES_MAX)
		sample[samples++] = (struct sample){work_ns + count_ns, progress->fraction};
}

static double distance(double a, double b)
{
	return a > b ? a - b : b - a;
}

static int copy_tree(unsigned number, uint32_t from)
{
	answer = tree_answer;
	options.on_progress = note_share;
	options.progress_ms = 100;
	tree_make(number, from);
	samples = 0;
	work_ns = count_ns = 0;
	counts_ahead = true;
	return plan_run(PCOPY_POOL_SERIAL);
}

/* The largest distance of the share from the truth, once a tenth of the time is over. */
static double farthest(void)
{
	double most = 0;

	for (unsigned i = 0; i < samples; i++) {
		double truth = (double)sample[i].ns / (double)(work_ns + count_ns);

		if (truth >= 0.1 && distance(truth, sample[i].share) > most)
			most = distance(truth, sample[i].share);
	}
	return most;
}

/* Means over the seeds: how well one tree is estimated is a matter of luck. */
START_TEST(estimated_share_is_close_to_the_truth)
{
	const struct tree *tree = &trees[_i];
	double distances = 0, costs = 0;

	for (uint32_t from = 1; from <= SEEDS; from++) {
		plan_setup();
		ck_assert_int_eq(copy_tree((unsigned)_i, from), 0);
		if (!size_is_known)
			ck_assert_uint_gt(jobs[PC_JOB_COUNT], 0);
		for (unsigned i = 1; i < samples; i++)
			ck_assert_double_ge(sample[i].share, sample[i - 1].share);
		ck_assert_double_eq(sample[samples - 1].share, 1);
		distances += farthest();
		costs += (double)count_ns / (double)work_ns;
		plan_teardown();
	}
	ck_assert_msg(distances / SEEDS <= tree->farthest, "%s: %.1f points", tree->name,
	              100 * distances / SEEDS);
	ck_assert_msg(costs / SEEDS <= 0.01, "%s: %.2f %%", tree->name, 100 * costs / SEEDS);
}
END_TEST

START_TEST(cases_without_counting_ahead)
{
	plan_setup();
	if (_i == 0)
		options.count_ahead = false;
	else if (_i == 1)
		options.gitignore = true;
	else
		options.dereference = PCOPY_DEREFERENCE_ALWAYS;
	ck_assert_int_eq(copy_tree(0, 1), 0);
	ck_assert_uint_eq(jobs[PC_JOB_COUNT], 0);
	plan_teardown();
}
END_TEST

/* ---- Answers that are none ---- */

static bool spoil_answer(struct pc_job *job, char *text, unsigned turn)
{
	if (job->kind != PC_JOB_COUNT)
		return tree_answer(job, text, turn);
	if (spoiled == 0)
		job->error = -EIO;
	else if (spoiled == 1)
		add(job, text, PC_ITEM_COUNTED, "da/b", 5)->entries = 1;
	else
		add(job, text, PC_ITEM_COUNTED, "da\0db", 6)->entries = 1;
	return true;
}

START_TEST(failed_count_fails_nothing_else)
{
	spoiled = _i;
	plan_setup();
	answer = spoil_answer;
	options.on_progress = note_share;
	counts_ahead = true;
	tree_make(0, 1);
	samples = 0;
	work_ns = count_ns = 0;
	ck_assert_int_eq(plan_run(PCOPY_POOL_SERIAL), 0);
	ck_assert_uint_eq(jobs[PC_JOB_COUNT], 1);
	ck_assert_uint_eq(failures(), 0);
	ck_assert_uint_eq(reported.errors, 0);
	ck_assert_double_eq(sample[samples - 1].share, 1);
	plan_teardown();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ahead");
	TCase *tcase = plain_case(suite, "trees");

	tcase_add_loop_test(tcase, estimated_share_is_close_to_the_truth, 0,
	                    sizeof(trees) / sizeof(trees[0]));
	tcase_add_loop_test(tcase, cases_without_counting_ahead, 0, 3);
	tcase_add_loop_test(tcase, failed_count_fails_nothing_else, 0, 3);
	return run_suite(suite);
}
