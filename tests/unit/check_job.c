/* check_job.c - src/job/job.c: items in a job's text, sums.
 * SPDX-License-Identifier: MIT */
#include "job/job.h"
#include "job/kinds.h"

#include "support.h"

#define CAP 1024

static _Alignas(8) char text[CAP + 8];

START_TEST(items_follow_the_request)
{
	uint32_t len = 5, pos;
	const struct pc_item *item;

	memcpy(text, "a/b\0x", 5);
	ck_assert_ptr_nonnull(pc_item_add(text, &len, CAP, PC_ITEM_ENTER, "one", 3));
	ck_assert_ptr_nonnull(pc_item_add(text, &len, CAP, PC_ITEM_NAMES, "f1\0d2\0", 6));
	ck_assert_ptr_nonnull(pc_item_add(text, &len, CAP, PC_ITEM_LEAVE, "", 0));
	ck_assert_mem_eq(text, "a/b\0x", 5);

	pos = pc_item_start(5);
	ck_assert_uint_eq(pos, 8);
	item = pc_item_next(text, len, &pos);
	ck_assert_uint_eq(item->type, PC_ITEM_ENTER);
	ck_assert_str_eq(item->text, "one");
	item = pc_item_next(text, len, &pos);
	ck_assert_uint_eq(item->type, PC_ITEM_NAMES);
	ck_assert_uint_eq(item->text_len, 6);
	ck_assert_mem_eq(item->text, "f1\0d2\0", 7);
	item = pc_item_next(text, len, &pos);
	ck_assert_uint_eq(item->type, PC_ITEM_LEAVE);
	ck_assert_str_eq(item->text, "");
	ck_assert_ptr_null(pc_item_next(text, len, &pos));
}
END_TEST

START_TEST(items_are_aligned)
{
	for (size_t name = 0; name < 20; name++) {
		uint32_t len = (uint32_t)name;

		for (int i = 0; i < 3; i++) {
			struct pc_item *item = pc_item_add(text, &len, CAP, PC_ITEM_EVENT,
			                                   "abcdefghijklmnopqrst", name);

			ck_assert_uint_eq((uintptr_t)item % _Alignof(struct pc_item), 0);
			ck_assert_int_eq(item->text[name], 0);
		}
	}
}
END_TEST

/* Fields that nobody set are 0, whatever the text held before. */
START_TEST(items_start_clean)
{
	uint32_t len = 0;
	struct pc_item *item;

	memset(text, 0xff, CAP);
	item = pc_item_add(text, &len, CAP, PC_ITEM_MORE, "x", 1);
	ck_assert_uint_eq(item->root, 0);
	ck_assert_uint_eq(item->flags, 0);
	ck_assert_uint_eq(item->arg, 0);
	ck_assert_int_eq(item->error, 0);
	ck_assert_uint_eq(item->meta.ino, 0);
}
END_TEST

START_TEST(full_text_takes_no_item)
{
	uint32_t len = 0, full;
	size_t size = pc_item_start((uint32_t)sizeof(struct pc_item) + 4 + 1);

	text[size] = 'G';
	ck_assert_ptr_null(pc_item_add(text, &len, size - 1, PC_ITEM_EVENT, "four", 4));
	ck_assert_uint_eq(len, 0);
	ck_assert_ptr_nonnull(pc_item_add(text, &len, size, PC_ITEM_EVENT, "four", 4));
	ck_assert_uint_eq(len, size);
	ck_assert_int_eq(text[size], 'G');
	full = len;
	ck_assert_ptr_null(pc_item_add(text, &len, size, PC_ITEM_LEAVE, "", 0));
	ck_assert_uint_eq(len, full);
}
END_TEST

START_TEST(no_item_in_a_bare_request)
{
	uint32_t pos = pc_item_start(5);

	ck_assert_ptr_null(pc_item_next(text, 5, &pos));
	pos = 0;
	ck_assert_ptr_null(pc_item_next(text, 0, &pos));
}
END_TEST

START_TEST(counts_are_added_field_by_field)
{
	struct pc_counts sum, more;
	uint64_t *s = (uint64_t *)&sum, *m = (uint64_t *)&more;
	size_t fields = sizeof(sum) / sizeof(*s);

	for (size_t i = 0; i < fields; i++) {
		s[i] = i;
		m[i] = 1000 * (i + 1);
	}
	pc_counts_add(&sum, &more);
	for (size_t i = 0; i < fields; i++)
		ck_assert_uint_eq(s[i], 1000 * (i + 1) + i);
}
END_TEST

START_TEST(meta_is_what_stat_says)
{
	struct stat st = {
		.st_dev = 7,
		.st_ino = 8,
		.st_size = 9,
		.st_mode = S_IFREG | 0640,
		.st_uid = 10,
		.st_gid = 11,
		.st_atim = {12, 13},
		.st_mtim = {14, 15},
		.st_ctim = {16, 17},
	};
	struct pc_meta meta = pc_meta_of(&st);

	ck_assert_uint_eq(meta.dev, 7);
	ck_assert_uint_eq(meta.ino, 8);
	ck_assert_uint_eq(meta.size, 9);
	ck_assert_uint_eq(meta.mode, S_IFREG | 0640);
	ck_assert_uint_eq(meta.uid, 10);
	ck_assert_uint_eq(meta.gid, 11);
	ck_assert_int_eq(meta.atime.tv_sec, 12);
	ck_assert_int_eq(meta.atime.tv_nsec, 13);
	ck_assert_int_eq(meta.mtime.tv_sec, 14);
	ck_assert_int_eq(meta.mtime.tv_nsec, 15);
	ck_assert_uint_eq(meta.made, 0);
}
END_TEST

/* What a worker hands back is measured before it is read. */
START_TEST(broken_items_end_the_list)
{
	uint32_t len = 0, pos = 0;
	struct pc_item *item = pc_item_add(text, &len, CAP, PC_ITEM_EVENT, "name", 4), was = *item;

	ck_assert_ptr_nonnull(pc_item_next(text, len, &pos));
	pos = 0;
	item->text[4] = 'x';
	ck_assert_ptr_null(pc_item_next(text, len, &pos));
	item->text[4] = '\0';
	item->text_len = item->size;
	ck_assert_ptr_null(pc_item_next(text, len, &pos));
	*item = was;
	item->size = len + 8;
	ck_assert_ptr_null(pc_item_next(text, len, &pos));
	item->size = was.size - 1;
	ck_assert_ptr_null(pc_item_next(text, len, &pos));
	item->size = sizeof(*item);
	ck_assert_ptr_null(pc_item_next(text, len, &pos));
	*item = was;
	ck_assert_ptr_nonnull(pc_item_next(text, len, &pos));
	ck_assert_uint_eq(pos, len);
	pos = len + 8;
	ck_assert_ptr_null(pc_item_next(text, len, &pos));
}
END_TEST

/* Two clocks are read one after the other. */
START_TEST(sleep_time_is_never_negative)
{
	ck_assert_uint_eq(pc_job_slept_ns(&(struct pc_job){.busy_ns = 7, .cpu_ns = 5}), 2);
	ck_assert_uint_eq(pc_job_slept_ns(&(struct pc_job){.busy_ns = 5, .cpu_ns = 7}), 0);
}
END_TEST

START_TEST(ways_are_packed)
{
	for (unsigned i = 0; i < 4; i++) {
		const struct pcopy_way way = {.offload = PCOPY_AVOIDED,
		                              .reflink = PCOPY_UNSUPPORTED,
		                              .seek_hole = i & 1,
		                              .zeros = i & 2};
		struct pcopy_way got = pc_way_unpack(pc_way_pack(&way));

		ck_assert_int_eq(got.offload, PCOPY_AVOIDED);
		ck_assert_int_eq(got.reflink, PCOPY_UNSUPPORTED);
		ck_assert_int_eq(got.seek_hole, way.seek_hole);
		ck_assert_int_eq(got.zeros, way.zeros);
	}
}
END_TEST

START_TEST(options_that_read_back)
{
	struct pcopy_options options = PCOPY_OPTIONS_INIT;

	ck_assert(!pc_reads_back(&options));
	options.manifest = "m";
	ck_assert(pc_reads_back(&options));
	options.manifest = NULL;
	options.verify = PCOPY_VERIFY_ARCHIVE;
	ck_assert(pc_reads_back(&options));
}
END_TEST

START_TEST(path_of_a_job)
{
	static const char two[] = "a/b\0name";
	struct pc_job job = {.kind = PC_JOB_ENTRIES};

	ck_assert_str_eq(pc_job_dir(&job, two), "a/b");
	ck_assert_str_eq(pc_job_file(&job, two), "");
	job.kind = PC_JOB_CHUNK;
	ck_assert_str_eq(pc_job_dir(&job, two), "a/b");
	ck_assert_str_eq(pc_job_file(&job, two), "name");
	job.flags = PC_JOB_TOP; /* the operands' own directory, and they have names of their own */
	ck_assert_str_eq(pc_job_dir(&job, two), "");
	ck_assert_str_eq(pc_job_file(&job, two), "");
	job.kind = PC_JOB_LINK;
	job.flags = 0;
	ck_assert_str_eq(pc_job_dir(&job, two), "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("job");
	TCase *tcase = plain_case(suite, "items");

	tcase_add_test(tcase, items_follow_the_request);
	tcase_add_test(tcase, items_are_aligned);
	tcase_add_test(tcase, items_start_clean);
	tcase_add_test(tcase, full_text_takes_no_item);
	tcase_add_test(tcase, no_item_in_a_bare_request);
	tcase_add_test(tcase, counts_are_added_field_by_field);
	tcase_add_test(tcase, meta_is_what_stat_says);
	tcase_add_test(tcase, broken_items_end_the_list);
	tcase_add_test(tcase, sleep_time_is_never_negative);
	tcase_add_test(tcase, ways_are_packed);
	tcase_add_test(tcase, options_that_read_back);
	tcase_add_test(tcase, path_of_a_job);
	return run_suite(suite);
}
