/* check_reach.c - src/sys/reach.c: how far away storage is.  SPDX-License-Identifier: MIT */
#include "sys/reach.h"

#include "sys/fs.h"

#include "support.h"

static struct pc_reaches reaches;

static void setup(void)
{
	reaches = (struct pc_reaches){.by_path = PC_REACH_DISK};
}

/* By the table of file systems. */
static enum pc_reach expected(const char *path)
{
	const struct pc_fs_type *type = pc_fs_type_of_path(path);

	return type->in_memory ? PC_REACH_MEMORY : type->local ? PC_REACH_DISK : PC_REACH_FAR;
}

static int path_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

START_TEST(reach_depends_on_the_file_system)
{
	static const char *const paths[] = {".", "/", "/proc", "/dev/shm", "/sys"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int fd;

		if (access(paths[i], F_OK) < 0)
			continue;
		fd = path_open(paths[i], O_PATH);
		pc_reach_opened(&reaches, AT_FDCWD, fd, true);
		ck_assert_int_eq(pc_reach_of(&reaches, fd), expected(paths[i]));
		close(fd); /* the next one has its number */
	}
	ck_assert_int_eq(expected("/proc"), PC_REACH_FAR);
}
END_TEST

START_TEST(noted_path_has_the_noted_reach)
{
	ck_assert_int_eq(pc_reach_of(&reaches, AT_FDCWD), PC_REACH_DISK);
	reaches.by_path = PC_REACH_FAR;
	ck_assert_int_eq(pc_reach_of(&reaches, AT_FDCWD), PC_REACH_FAR);
	reaches.all = PC_REACH_MEMORY;
	ck_assert_int_eq(pc_reach_of(&reaches, AT_FDCWD), PC_REACH_MEMORY);
}
END_TEST

/* So that no file is asked: this one would say otherwise. */
START_TEST(file_has_the_reach_of_its_directory)
{
	int proc = path_open("/proc", O_RDONLY | O_DIRECTORY), fd, dir;

	make_file("file", "");
	fd = path_open("file", O_RDONLY);
	pc_reach_opened(&reaches, AT_FDCWD, proc, true);
	pc_reach_opened(&reaches, proc, fd, false);
	ck_assert_int_eq(pc_reach_of(&reaches, fd), PC_REACH_FAR);
	dir = path_open(".", O_RDONLY | O_DIRECTORY);
	pc_reach_opened(&reaches, proc, dir, true);
	ck_assert_int_eq(pc_reach_of(&reaches, dir), expected("."));
	pc_reach_opened(&reaches, AT_FDCWD, fd, false);
	ck_assert_int_eq(pc_reach_of(&reaches, fd), expected("."));
	close(proc);
	close(fd);
	close(dir);
}
END_TEST

/* A number beyond the table, and one that is not open. */
START_TEST(descriptor_outside_the_table_is_asked_each_time)
{
	int fd = path_open("/proc", O_PATH), high = fcntl(fd, F_DUPFD_CLOEXEC, PC_REACH_FDS);

	if (high >= 0) { /* as many as that may be forbidden */
		pc_reach_opened(&reaches, fd, high, false);
		ck_assert_int_eq(pc_reach_of(&reaches, high), PC_REACH_FAR);
		close(high);
	}
	close(fd);
	ck_assert_int_eq(pc_reach_of(&reaches, fd), PC_REACH_DISK);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reach");
	TCase *tcase = fresh_case(suite, "reach");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, reach_depends_on_the_file_system);
	tcase_add_test(tcase, noted_path_has_the_noted_reach);
	tcase_add_test(tcase, file_has_the_reach_of_its_directory);
	tcase_add_test(tcase, descriptor_outside_the_table_is_asked_each_time);
	return run_suite(suite);
}
