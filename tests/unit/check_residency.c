/* SPDX-License-Identifier: MIT */
/* check_residency.c - src/base/residency.c: whichever call is there, it says the same. */
#include "base/residency.h"

#include "support.h"

#include <dlfcn.h>
#include <stdint.h>
#include <sys/syscall.h>

#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

/* What is looked at together by mincore(), and a bit more. */
#define LARGE (UINT64_C(4096) * 4096 + 3 * 4096 + 5)

static bool refused;
static int asked;

/* In the place of the C library's, which has no name for this call. */
long watched(long number, long a, long b, long c, long d, long e, long f) __asm__("syscall");
long watched(long number, long a, long b, long c, long d, long e, long f)
{
	long (*next)(long, long, long, long, long, long, long) =
		(long (*)(long, long, long, long, long, long, long))dlsym(RTLD_NEXT, "syscall");

	asked += number == SYS_cachestat;
	if (!refused || number != SYS_cachestat)
		return next(number, a, b, c, d, e, f);
	errno = ENOSYS;
	return -1;
}

static int make_large(uint64_t size)
{
	static const char text[65536] = "text";
	int fd = open("large", O_RDWR | O_CREAT | O_EXCL, 0644);

	for (uint64_t at = 0; at < size; at += sizeof(text)) {
		size_t len = size - at < sizeof(text) ? (size_t)(size - at) : sizeof(text);

		ck_assert_int_eq(pwrite(fd, text, len, (off_t)at), (ssize_t)len);
	}
	return fd;
}

static uint64_t resident(int fd, uint64_t size)
{
	uint64_t bytes = 1;

	ck_assert_int_eq(pc_residency(fd, size, &bytes), 0);
	return bytes;
}

START_TEST(all_of_it)
{
	int fd = make_large(LARGE);

	refused = _i;
	ck_assert_int_eq(sysconf(_SC_PAGESIZE), 4096);
	ck_assert_uint_eq(resident(fd, LARGE), LARGE);
	ck_assert_int_eq(asked, 1);
	ck_assert_uint_eq(resident(fd, 5000), 5000);
	ck_assert_uint_eq(resident(fd, 0), 0);
}
END_TEST

/* The first window goes, and what is behind it stays. */
START_TEST(a_part)
{
	int fd = make_large(LARGE);

	refused = _i;
	ck_assert_int_eq(fsync(fd), 0);
	ck_assert_int_eq(posix_fadvise(fd, 0, 4096 * 4096, POSIX_FADV_DONTNEED), 0);
	if (resident(fd, 4096 * 4096) != 0) {
		puts("skipped: this file system drops nothing");
		return;
	}
	ck_assert_uint_eq(resident(fd, LARGE), 4 * 4096);
	ck_assert_int_eq(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	ck_assert_uint_eq(resident(fd, LARGE), 0);
}
END_TEST

START_TEST(nothing_to_look_at)
{
	uint64_t bytes;

	refused = true;
	ck_assert_int_eq(pc_residency(open(".", O_RDONLY), 4096, &bytes), -ENODEV);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("residency");
	TCase *tcase = fresh_case(suite, "residency");

	tcase_add_loop_test(tcase, all_of_it, 0, 2);
	tcase_add_loop_test(tcase, a_part, 0, 2);
	tcase_add_test(tcase, nothing_to_look_at);
	return run_suite(suite);
}
