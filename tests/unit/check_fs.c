/* check_fs.c - src/sys/fs.c: what is known of a file system.  SPDX-License-Identifier: MIT */
#include "sys/fs.h"

#include "support.h"

#include <linux/magic.h>
#include <sys/vfs.h>

static struct pc_fs_table table;

static void setup(void)
{
	fresh_enter();
	table = (struct pc_fs_table){0};
}

/* The careful answers: a call more than needed, and nothing that is believed. */
static void expect_careful(const struct pc_fs_type *type)
{
	ck_assert(!type->local);
	ck_assert(!type->in_memory);
	ck_assert(!type->close_is_quiet);
	ck_assert(!type->sizes_are_true);
	ck_assert(!type->ctime_is_own);
	ck_assert(!type->inodes_are_stable);
	ck_assert(!type->page_locked);
	ck_assert_int_eq(type->folding, PC_FS_FOLDS_MAYBE);
}

START_TEST(lengths_on_proc_are_not_trusted)
{
	const struct pc_fs_type *type = pc_fs_type_of_path("/proc/self/status");
	int fd = open("/proc/self/status", O_RDONLY);

	expect_careful(type);
	ck_assert_ptr_eq(type, pc_fs_type_of_fd(fd));
	close(fd);
}
END_TEST

START_TEST(failed_statfs_gives_careful_defaults)
{
	expect_careful(pc_fs_type_of_path("nothing"));
	expect_careful(pc_fs_type_of_fd(-1));
	expect_careful(pc_fs_find(&table, 7, -1)->type);
}
END_TEST

/* Of whatever this directory lies on: its row, by path, by file and by O_PATH. */
START_TEST(type_is_found_by_path_and_by_descriptor)
{
	struct statfs fs;
	int fd = open(".", O_PATH | O_DIRECTORY);
	const struct pc_fs_type *type = pc_fs_type_of_path(".");

	ck_assert_int_eq(statfs(".", &fs), 0);
	ck_assert_ptr_eq(pc_fs_type_of_fd(fd), type);
	if (type->magic)
		ck_assert_uint_eq(type->magic, (uint32_t)fs.f_type);
	close(fd);
}
END_TEST

/* Of directories with 50,000 names of 24 bytes each, as these types made them. */
START_TEST(entries_are_estimated_by_the_size_of_a_directory)
{
	static const struct {
		uint32_t magic;
		uint64_t dir_bytes;
	} made[] = {
		{EXT4_SUPER_MAGIC, 2318336},
		{XFS_SUPER_MAGIC, 2048000},
		{BTRFS_SUPER_MAGIC, 2400000},
		{TMPFS_MAGIC, 1000040},
	};

	for (size_t i = 0; i < COUNT(made); i++) {
		uint64_t entries =
			pc_fs_entries(pc_fs_type_of_magic(made[i].magic), made[i].dir_bytes, 24);

		ck_assert_msg(entries > 47000 && entries < 53000, "%zu: %ju", i,
		              (uintmax_t)entries);
	}
	ck_assert_uint_eq(pc_fs_entries(pc_fs_type_of_magic(0), 1000000, 24), 0);
}
END_TEST

/* /dev/shm is a tmpfs nearly everywhere. */
START_TEST(tmpfs_is_trusted)
{
	struct statfs fs;
	const struct pc_fs_type *type = pc_fs_type_of_path("/dev/shm");

	if (statfs("/dev/shm", &fs) < 0 || fs.f_type != TMPFS_MAGIC)
		return;
	ck_assert(type->local && type->close_is_quiet && type->sizes_are_true);
	ck_assert(type->inodes_are_stable && type->page_locked);
}
END_TEST

/* The first descriptor says what it is, and nothing is asked again. */
START_TEST(device_is_looked_up_once)
{
	int proc = open("/proc", O_PATH | O_DIRECTORY);
	struct pc_fs *fs = pc_fs_find(&table, 42, proc);

	ck_assert_uint_eq(fs->dev, 42);
	expect_careful(fs->type);
	fs->announced = true;
	ck_assert_ptr_eq(pc_fs_find(&table, 42, -1), fs);
	ck_assert(pc_fs_find(&table, 42, -1)->announced);
	ck_assert_ptr_ne(pc_fs_find(&table, 43, proc), fs);
	ck_assert(!pc_fs_find(&table, 43, proc)->announced);
	close(proc);
	pc_fs_table_done(&table);
	ck_assert_ptr_null(table.known);
}
END_TEST

/* An answer stays where it is, however many come after it. */
START_TEST(result_stays_valid)
{
	struct pc_fs *first = pc_fs_find(&table, 1, -1);

	first->full_reported = true;
	for (uint64_t dev = 2; dev < 2000; dev++)
		ck_assert_uint_eq(pc_fs_find(&table, dev, -1)->dev, dev);
	ck_assert_ptr_eq(pc_fs_find(&table, 1, -1), first);
	ck_assert(first->full_reported);
	pc_fs_table_done(&table);
}
END_TEST

/* One mount that refuses to clone turns cloning off for no other. */
START_TEST(routes_belong_to_two_file_systems)
{
	struct pc_fs *fs = pc_fs_find(&table, 1, -1), *other = pc_fs_find(&table, 2, -1);

	pc_fs_route(fs, 10)->no_clone = true;
	pc_fs_route(fs, 11)->no_copy_file_range = true;
	ck_assert(pc_fs_route(fs, 10)->no_clone);
	ck_assert(!pc_fs_route(fs, 10)->no_copy_file_range);
	ck_assert(!pc_fs_route(fs, 11)->no_clone);
	ck_assert(pc_fs_route(fs, 11)->no_copy_file_range);
	ck_assert(!pc_fs_route(other, 10)->no_clone);
	pc_fs_table_done(&table);
}
END_TEST

/* More sources than are remembered: the oldest is asked again, and none gets another's answer. */
START_TEST(oldest_route_is_forgotten)
{
	struct pc_fs *fs = pc_fs_find(&table, 1, -1);

	for (uint64_t dev = 1; dev <= PC_FS_ROUTES; dev++)
		pc_fs_route(fs, dev)->no_clone = true;
	for (uint64_t dev = 1; dev <= PC_FS_ROUTES; dev++)
		ck_assert(pc_fs_route(fs, dev)->no_clone);
	ck_assert(!pc_fs_route(fs, 100)->no_clone);
	ck_assert(!pc_fs_route(fs, 1)->no_clone);
	ck_assert(!pc_fs_route(fs, 2)->no_clone);
	ck_assert(pc_fs_route(fs, PC_FS_ROUTES)->no_clone);
	pc_fs_table_done(&table);
}
END_TEST

START_TEST(mounts_below)
{
	ck_assert(pc_fs_mounts_below("/"));
	ck_assert(!pc_fs_mounts_below("/pro"));
	ck_assert(!pc_fs_mounts_below("/nothing/of/the/kind"));
	ck_assert(!pc_fs_mounts_below(fresh_base));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fs");
	TCase *tcase = fresh_case(suite, "fs");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, lengths_on_proc_are_not_trusted);
	tcase_add_test(tcase, failed_statfs_gives_careful_defaults);
	tcase_add_test(tcase, type_is_found_by_path_and_by_descriptor);
	tcase_add_test(tcase, entries_are_estimated_by_the_size_of_a_directory);
	tcase_add_test(tcase, tmpfs_is_trusted);
	tcase_add_test(tcase, device_is_looked_up_once);
	tcase_add_test(tcase, result_stays_valid);
	tcase_add_test(tcase, routes_belong_to_two_file_systems);
	tcase_add_test(tcase, oldest_route_is_forgotten);
	tcase_add_test(tcase, mounts_below);
	return run_suite(suite);
}
