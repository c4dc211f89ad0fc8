/* check_memory.c - src/base/memory.c.  SPDX-License-Identifier: MIT */
#include "base/memory.h"

#include "support.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>

#define SIZE (32U << 20)

static void touch(int flags, size_t size)
{
	char *data = mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(data, MAP_FAILED);
	for (size_t i = 0; i < size; i += 4096)
		data[i] = 1;
}

START_TEST(own_memory_is_counted)
{
	uint64_t before = pc_memory_own_peak();

	ck_assert_uint_gt(before, 0);
	touch(MAP_PRIVATE, SIZE);
	ck_assert_uint_ge(pc_memory_own_peak(), before + SIZE / 8 * 7);
}
END_TEST

/* Pages that several processes share would be counted once for each. */
START_TEST(shared_memory_is_not_counted)
{
	uint64_t before = pc_memory_own_peak(), shared = pc_memory_self().shared_bytes;

	touch(MAP_SHARED, SIZE);
	ck_assert_uint_ge(pc_memory_self().shared_bytes, shared + SIZE / 8 * 7);
	ck_assert_uint_lt(pc_memory_own_peak(), before + SIZE / 2);
}
END_TEST

/* getrusage() asks the kernel in another way; it counts in batches of pages. */
START_TEST(peak_matches_the_kernel)
{
	struct rusage usage;
	uint64_t peak, kernel;

	touch(MAP_PRIVATE, 8 * SIZE);
	ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
	peak = pc_memory_self().peak_bytes;
	kernel = (uint64_t)usage.ru_maxrss * 1024;
	ck_assert_uint_ge(peak + SIZE / 8, kernel);
	ck_assert_uint_le(peak, kernel + SIZE / 8);
}
END_TEST

START_TEST(peak_never_falls)
{
	char *data = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t peak;

	ck_assert_ptr_ne(data, MAP_FAILED);
	memset(data, 1, SIZE);
	peak = pc_memory_self().peak_bytes;
	munmap(data, SIZE);
	ck_assert_uint_ge(pc_memory_self().peak_bytes + SIZE / 8, peak);
}
END_TEST

/* More than nothing and no more than there is: sysinfo(2) tells that in another way. */
START_TEST(available_memory_is_part_of_all)
{
	struct sysinfo info;

	ck_assert_int_eq(sysinfo(&info), 0);
	ck_assert_uint_gt(pc_memory_available(), 0);
	ck_assert_uint_le(pc_memory_available(), (uint64_t)info.totalram * info.mem_unit);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("memory");
	TCase *tcase = plain_case(suite, "memory");

	tcase_add_test(tcase, own_memory_is_counted);
	tcase_add_test(tcase, shared_memory_is_not_counted);
	tcase_add_test(tcase, peak_matches_the_kernel);
	tcase_add_test(tcase, peak_never_falls);
	tcase_add_test(tcase, available_memory_is_part_of_all);
	return run_suite(suite);
}
