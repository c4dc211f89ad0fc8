/* check_job.c - src/job/job.c: items in a job's text, sums.
 * SPDX-License-Identifier: MIT */
#include "job/job.h"

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

START_TEST(a_full_text_takes_no_item)
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
		.st_dev = 7, .st_ino = 8, .st_size = 9, .st_mode = S_IFREG | 0640, .st_uid = 10,
		.st_gid = 11, .st_atim = {12, 13}, .st_mtim = {14, 15}, .st_ctim = {16, 17},
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

int main(void)
{
	Suite *suite = suite_create("job");
	TCase *tcase = plain_case(suite, "items");

	tcase_add_test(tcase, items_follow_the_request);
	tcase_add_test(tcase, items_are_aligned);
	tcase_add_test(tcase, items_start_clean);
	tcase_add_test(tcase, a_full_text_takes_no_item);
	tcase_add_test(tcase, no_item_in_a_bare_request);
	tcase_add_test(tcase, counts_are_added_field_by_field);
	tcase_add_test(tcase, meta_is_what_stat_says);
	return run_suite(suite);
}
