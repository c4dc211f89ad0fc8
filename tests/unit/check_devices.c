/* check_devices.c - src/sys/devices.c: device numbers that are not the kernel's.
 * SPDX-License-Identifier: MIT */
#include "sys/devices.h"
#include "sys/sys.h"

#include "support.h"

#include <sched.h>

static struct pc_devices devices;
static struct {
	unsigned asked;
	uint64_t answer;
	uint64_t ino;
	char path[256];
} request;

static uint64_t answer(UNUSED void *data, const struct stat *st, const char *path)
{
	request.asked++;
	request.ino = st->st_ino;
	snprintf(request.path, sizeof(request.path), "%s", path);
	return request.answer;
}

static void devices_setup(void)
{
	memset(&request, 0, sizeof(request));
	pc_devices_init(&devices, PC_DEVICE_OWN(3));
	devices.ask = answer;
	pc_devices_use(&devices);
}

static void devices_teardown(void)
{
	pc_devices_use(NULL);
	pc_devices_done(&devices);
}

static struct stat stat_here(void)
{
	struct stat st;

	ck_assert_int_eq(pc_sys_fstatat(AT_FDCWD, ".", &st, 0), 0);
	return st;
}

/* Two devices that any machine has. */
static struct stat stat_proc(void)
{
	struct stat st;

	ck_assert_int_eq(pc_sys_fstatat(AT_FDCWD, "/proc/self/status", &st, 0), 0);
	return st;
}

START_TEST(without_a_table_device_numbers_are_the_kernels)
{
	struct stat st, kernel;

	pc_devices_use(NULL);
	ck_assert_int_eq(stat(".", &kernel), 0);
	st = stat_here();
	ck_assert_uint_eq(st.st_dev, kernel.st_dev);
	ck_assert_uint_eq(request.asked, 0);
}
END_TEST

START_TEST(device_number_is_requested_once)
{
	struct stat kernel;

	request.answer = 77;
	ck_assert_int_eq(stat(".", &kernel), 0);
	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq(stat_here().st_dev, 77);
		pc_devices_use(&devices); /* as another thread would: it has met nothing yet */
	}
	ck_assert_uint_eq(request.asked, 1);
	ck_assert_uint_eq(request.ino, kernel.st_ino);
}
END_TEST

START_TEST(known_device_number_is_not_requested)
{
	struct stat kernel;

	ck_assert_int_eq(stat(".", &kernel), 0);
	ck_assert_int_eq(pc_devices_set(&devices, kernel.st_dev, 5), 0);
	ck_assert_uint_eq(stat_here().st_dev, 5);
	ck_assert_uint_eq(request.asked, 0);
}
END_TEST

START_TEST(unknown_device_gets_its_own_number)
{
	uint64_t here = stat_here().st_dev, proc = stat_proc().st_dev;

	ck_assert_uint_ge(here, PC_DEVICE_OWN(3));
	ck_assert_uint_lt(here, PC_DEVICE_OWN(4));
	ck_assert_uint_ne(here, proc);
	ck_assert_uint_eq(stat_here().st_dev, here);
	ck_assert_uint_eq(stat_proc().st_dev, proc);
	ck_assert_uint_eq(request.asked, 2);
}
END_TEST

START_TEST(device_numbers_are_unique)
{
	request.answer = 9;
	ck_assert_uint_eq(stat_here().st_dev, 9);
	ck_assert_uint_ne(stat_proc().st_dev, 9);
}
END_TEST

START_TEST(request_has_the_path_of_the_entry)
{
	char cwd[200], want[256];
	struct stat st;
	int fd;

	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	ck_assert_int_eq(mkdir("dir", 0755), 0);
	fd = open("dir", O_PATH | O_DIRECTORY);
	ck_assert_int_eq(mkdirat(fd, "below", 0755), 0);
	ck_assert_int_eq(pc_sys_fstatat(fd, "below", &st, 0), 0);
	snprintf(want, sizeof(want), "%s/dir/below", cwd);
	ck_assert_str_eq(request.path, want);
	devices_teardown();
	devices_setup();
	ck_assert_int_eq(pc_sys_fstat(fd, &st), 0);
	snprintf(want, sizeof(want), "%s/dir", cwd);
	ck_assert_str_eq(request.path, want);
}
END_TEST

/* The thread's own table of descriptors is asked, and not that of the process. */
static void *look_apart(void *data)
{
	int *fd = data;
	struct stat st;

	if (unshare(CLONE_FILES) == 0) {
		*fd = open("apart", O_PATH | O_DIRECTORY);
		pc_devices_use(&devices);
		ck_assert_int_eq(pc_sys_fstat(*fd, &st), 0);
	}
	return NULL;
}

START_TEST(thread_with_its_own_table_has_its_own_paths)
{
	pthread_t thread;
	int fd = -1;

	ck_assert_int_eq(mkdir("apart", 0755), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, look_apart, &fd), 0);
	pthread_join(thread, NULL);
	if (fd >= 0)
		ck_assert_str_eq(strrchr(request.path, '/'), "/apart");
}
END_TEST

START_TEST(missing_entry_is_not_requested)
{
	struct stat st;
	int fd[2];

	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_eq(pc_sys_fstat(fd[0], &st), 0);
	ck_assert_uint_eq(request.asked, 0);
	ck_assert_uint_ge(st.st_dev, PC_DEVICE_OWN(3));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("devices");
	TCase *tcase = fresh_case(suite, "devices");

	tcase_add_checked_fixture(tcase, devices_setup, devices_teardown);
	tcase_add_test(tcase, without_a_table_device_numbers_are_the_kernels);
	tcase_add_test(tcase, device_number_is_requested_once);
	tcase_add_test(tcase, known_device_number_is_not_requested);
	tcase_add_test(tcase, unknown_device_gets_its_own_number);
	tcase_add_test(tcase, device_numbers_are_unique);
	tcase_add_test(tcase, request_has_the_path_of_the_entry);
	tcase_add_test(tcase, thread_with_its_own_table_has_its_own_paths);
	tcase_add_test(tcase, missing_entry_is_not_requested);
	return run_suite(suite);
}
