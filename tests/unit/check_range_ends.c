/* SPDX-License-Identifier: MIT */
/* check_range_ends.c - src/walk/range_ends.c: ranges of files with holes hold as much data as a chunk. */
#include "walk/walk.h"

#include "support.h"

#define BLOCK (64U << 10)
#define NAMES_MAX 64

static struct pc_queue queue;
static struct pcopy_options options;
static struct pc_job job;
static char text[4096];
static struct pc_walker walker;

/* Letters are blocks: d data, h hole; a range ends behind each '|', that of the job first. */
static const struct {
	const char *blocks;
	const char *other; /* the other side, or NULL */
	unsigned chunk;    /* blocks */
} shapes[] = {
	{"dd|dd|dd|d|", NULL, 2},
	{"dd|hhhhdd|", NULL, 2},
	{"dd|dhhhhd|hhdd|hhhd|", NULL, 2},
	{"hh|hhhhhhhh|", NULL, 2},
	{"hh|ddhhhh|", NULL, 2}, /* the hole at the end is no range */
	{"hh|dd|dhhhh|", NULL, 2},
	{"d|d|hd|hhd|hhhhdh|", NULL, 1},
	{"hhh|hdhdhd|hdhh|", NULL, 3},
	{"dd|hdhd|hh|", "dd hhhh dd", 2}, /* what either has is data */
	{"dd|hdh|hdh|", "dd hhdh hd", 2},
	{"dd|hhhhh|", "dd hhhhh", 2},
};

static int make_blocks(const char *name, const char *blocks)
{
	static char data[BLOCK];
	int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0644);
	off_t at = 0;

	memset(data, 'x', sizeof(data));
	for (const char *p = blocks; *p; p++) {
		if (*p == 'd')
			ck_assert_int_eq(pwrite(fd, data, BLOCK, at), BLOCK);
		if (*p == 'd' || *p == 'h')
			at += BLOCK;
	}
	ck_assert_int_eq(ftruncate(fd, at), 0);
	return fd;
}

static bool holes_are_reported_here(void)
{
	int fd = make_blocks("probe", "hhd");
	bool reported = lseek(fd, 0, SEEK_DATA) == 2 * BLOCK;

	close(fd);
	return reported;
}

static void walker_setup(void)
{
	fresh_enter();
	ck_assert_int_eq(pc_queue_init(&queue, 1), 0);
	options = (struct pcopy_options)PCOPY_OPTIONS_INIT;
	job = (struct pc_job){.kind = PC_JOB_CHUNK, .flags = PC_JOB_FIND_ENDS};
	walker =
		(struct pc_walker){.options = &options, .queue = &queue, .job = &job, .text = text};
}

static void walker_teardown(void)
{
	pc_queue_done(&queue);
}

/* The ends that a shape is drawn with.  Their number. */
static unsigned ends_drawn(const char *blocks, uint64_t end[NAMES_MAX])
{
	uint64_t at = 0;
	unsigned n = 0;

	for (const char *p = blocks; *p; p++) {
		if (*p == '|')
			end[n++] = at;
		else
			at += BLOCK;
	}
	return n;
}

/* The ends of one answer, behind those that came before.  Their number. */
static unsigned ends_take(int fd, int other_fd, uint64_t end[NAMES_MAX], unsigned n)
{
	const struct pc_item *item;
	uint32_t pos = 0;

	job.text_len = 0;
	pc_walk_find_range_ends(&walker, fd, other_fd);
	while ((item = pc_item_next(text, job.text_len, &pos))) {
		ck_assert_uint_eq(item->type, PC_ITEM_RANGE_ENDS);
		ck_assert_uint_le(n + item->text_len / sizeof(end[0]), NAMES_MAX);
		memcpy(&end[n], item->text, item->text_len);
		n += item->text_len / (unsigned)sizeof(end[0]);
	}
	return n;
}

START_TEST(ranges_are_made_of_data)
{
	int fd = make_blocks("file", shapes[_i].blocks), other_fd = -1;
	uint64_t want[NAMES_MAX], have[NAMES_MAX];
	unsigned wanted = ends_drawn(shapes[_i].blocks, want), n = 1, before;

	if (!holes_are_reported_here())
		return;
	if (shapes[_i].other)
		other_fd = make_blocks("other", shapes[_i].other);
	options.chunk_bytes = shapes[_i].chunk * BLOCK;
	job.meta.size = want[wanted - 1];
	have[0] = job.length = want[0];
	do { /* as often as the time of one answer is not enough */
		before = n;
		n = ends_take(fd, other_fd, have, n);
		job.length = have[n - 1];
	} while (n > before && have[n - 1] < job.meta.size);
	ck_assert_msg(n == wanted, "%s: %u ranges and not %u", shapes[_i].blocks, n, wanted);
	for (unsigned i = 0; i < n; i++)
		ck_assert_msg(have[i] == want[i], "%s: range %u ends at block %g",
		              shapes[_i].blocks, i, (double)have[i] / BLOCK);
}
END_TEST

/* Data of 4 KiB at odd places: ranges that may go to several machines share no page. */
START_TEST(ranges_of_several_machines_share_no_page)
{
	int fd = open("file", O_RDWR | O_CREAT | O_EXCL, 0644);
	uint64_t have[NAMES_MAX] = {0};
	unsigned n = 1, before;

	job.meta.size = 40 * BLOCK + 4096;
	for (uint64_t at = 0; at < job.meta.size; at += 3 * 4096)
		ck_assert_int_eq(pwrite(fd, "x", 1, (off_t)at), 1);
	ck_assert_int_eq(ftruncate(fd, (off_t)job.meta.size), 0);
	options.pool = PCOPY_POOL_RANKS;
	options.chunk_bytes = have[0] = job.length = BLOCK;
	do {
		before = n;
		n = ends_take(fd, -1, have, n);
		job.length = have[n - 1];
	} while (n > before && have[n - 1] < job.meta.size);
	ck_assert_uint_gt(n, 2);
	ck_assert_uint_eq(have[n - 1], job.meta.size);
	for (unsigned i = 0; i + 1 < n; i++) {
		ck_assert_uint_eq(have[i] % PC_SHARED_PAGE_BYTES, 0);
		ck_assert_uint_lt(have[i], have[i + 1]);
	}
}
END_TEST

START_TEST(range_ends_are_reported_only_on_request)
{
	int fd = make_blocks("file", "dd|dd");

	options.chunk_bytes = job.length = 2 * BLOCK;
	job.meta.size = 4 * BLOCK;
	job.flags = 0;
	pc_walk_find_range_ends(&walker, fd, -1);
	ck_assert_uint_eq(job.text_len, 0);
}
END_TEST

START_TEST(canceled_run_finds_no_range_ends)
{
	int fd = make_blocks("file", "dd|dd");

	options.chunk_bytes = job.length = 2 * BLOCK;
	job.meta.size = 4 * BLOCK;
	pc_queue_cancel(&queue);
	pc_walk_find_range_ends(&walker, fd, -1);
	ck_assert_uint_eq(job.text_len, 0);
	ck_assert_int_eq(job.error, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("range_ends");
	TCase *tcase = fresh_case(suite, "range_ends");

	tcase_add_checked_fixture(tcase, walker_setup, walker_teardown);
	tcase_add_loop_test(tcase, ranges_are_made_of_data, 0, COUNT(shapes));
	tcase_add_test(tcase, ranges_of_several_machines_share_no_page);
	tcase_add_test(tcase, range_ends_are_reported_only_on_request);
	tcase_add_test(tcase, canceled_run_finds_no_range_ends);
	return run_suite(suite);
}
