/* SPDX-License-Identifier: MIT */
/* check_records.c - records put in order, in memory and by way of a file. */
#include "check/records.h"

#include "job/queue.h"

#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Alignas(8) char text[4096];

/* An item as a worker hands it back. */
static const struct pc_item *item_of(uint32_t root, const char *path, const char *link, bool digest)
{
	char data[2048];
	size_t path_len = strlen(path) + 1, link_len = strlen(link) + 1;
	uint32_t len = 0;
	struct pc_item *item;

	memcpy(data, path, path_len);
	memcpy(data + path_len, link, link_len);
	memset(data + path_len + link_len, 0xab, PC_DIGEST_BYTES);
	item = pc_item_add(text, &len, sizeof(text), PC_ITEM_RECORD, data,
	                   path_len + link_len + (digest ? PC_DIGEST_BYTES : 0));
	item->root = root;
	item->meta.mode = S_IFREG | 0644;
	item->meta.size = path_len;
	return item;
}

struct seen {
	uint64_t count;
	uint32_t root;
	char path[1024];
	char all[256];
};

static int take(void *data, const struct pc_record *r)
{
	struct seen *seen = data;
	bool first = seen->count++ == 0;

	ck_assert(first || r->root > seen->root ||
	          (r->root == seen->root && pc_path_order(seen->path, r->text) < 0));
	ck_assert_uint_eq(r->bytes, strlen(r->text) + 1);
	ck_assert_str_eq(pc_record_link(r), "to");
	ck_assert_uint_eq(r->has_digest, 1);
	ck_assert_int_eq(r->digest[31], 0xab);
	seen->root = r->root;
	(void)strcpy(seen->path, r->text);
	if (strlen(seen->all) + strlen(r->text) + 2 < sizeof(seen->all))
		(void)strcat(strcat(seen->all, r->text), ",");
	return 0;
}

START_TEST(order_of_paths)
{
	static const char *const in_order[] = {"",   "a",   "a/b",   "a/b/c", "a/c", "a ",
	                                       "a!", "a.b", "a.b/x", "aa",    "b",   "\xff"};
	const size_t count = sizeof(in_order) / sizeof(in_order[0]);

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < count; j++) {
			int order = pc_path_order(in_order[i], in_order[j]);

			ck_assert_int_eq((order > 0) - (order < 0), (i > j) - (i < j));
		}
	}
}
END_TEST

START_TEST(few)
{
	static const char *const names[] = {"b", "a.b", "a/z", "", "a"};
	struct pc_records *r;
	struct seen seen = {0};

	ck_assert_int_eq(pc_records_new(1000, &r), 0);
	for (size_t i = 0; i < 5; i++)
		ck_assert_int_eq(pc_records_add(r, item_of(0, names[i], "to", true)), 0);
	ck_assert_int_eq(pc_records_add(r, item_of(1, "", "to", true)), 0);
	ck_assert_int_eq(pc_records_each(r, take, &seen), 0);
	ck_assert_str_eq(seen.all, ",a,a/z,a.b,b,,");
	pc_records_free(r);
}
END_TEST

/* More than fits into memory, in no order. */
START_TEST(many)
{
	const uint32_t count = 200000;
	char path[900];
	struct pc_records *r;

	ck_assert_int_eq(pc_records_new(1000, &r), 0);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t n = (uint32_t)((uint64_t)i * 7919 % count);

		(void)snprintf(path, sizeof(path), "d%u/%0*u", n % 100, (int)(n % 7 == 0 ? 800 : 8),
		               n);
		ck_assert_int_eq(pc_records_add(r, item_of(0, path, "to", true)), 0);
	}
	for (int again = 0; again < 2; again++) {
		struct seen seen = {0};

		ck_assert_int_eq(pc_records_each(r, take, &seen), 0);
		ck_assert_uint_eq(seen.count, count);
	}
	pc_records_free(r);
}
END_TEST

static int stop(void *data, const struct pc_record *record)
{
	(void)data, (void)record;
	return -ECANCELED;
}

START_TEST(stopped)
{
	struct pc_records *r;
	struct seen seen = {0};

	ck_assert_int_eq(pc_records_new(1000, &r), 0);
	ck_assert_int_eq(pc_records_each(r, stop, NULL), 0);
	ck_assert_int_eq(pc_records_add(r, item_of(0, "x", "to", true)), 0);
	ck_assert_int_eq(pc_records_each(r, stop, NULL), -ECANCELED);
	ck_assert_int_eq(pc_records_each(r, take, &seen), 0);
	ck_assert_uint_eq(seen.count, 1);
	pc_records_free(r);
}
END_TEST

/* Whatever a worker that went astray has written. */
START_TEST(no_records)
{
	static const struct {
		const char *data;
		size_t len;
	} wrong[] = {{"", 0}, {"", 1}, {"path", 5}, {"path\0to", 7}, {"path\0to\0digest", 14}};
	struct pc_records *r;
	struct pc_item *item;
	uint32_t len = 0;

	ck_assert_int_eq(pc_records_new(3, &r), 0);
	item = pc_item_add(text, &len, sizeof(text), PC_ITEM_RECORD, wrong[_i].data, wrong[_i].len);
	item->root = 0;
	ck_assert_int_eq(pc_records_add(r, item), -EBADMSG);
	ck_assert_int_eq(pc_records_add(r, item_of(3, "a", "to", true)), -EBADMSG);
	ck_assert_int_eq(pc_records_add(r, item_of(2, "a", "to", true)), 0);
	pc_records_free(r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("records");
	TCase *tcase = plain_case(suite, "records");

	tcase_add_test(tcase, order_of_paths);
	tcase_add_test(tcase, few);
	tcase_add_test(tcase, many);
	tcase_add_test(tcase, stopped);
	tcase_add_loop_test(tcase, no_records, 0, 5);
	return run_suite(suite);
}
