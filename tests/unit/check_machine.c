/* SPDX-License-Identifier: MIT */
/* check_machine.c - src/base/machine.c: what a report says it was measured on. */
#include "base/machine.h"

#include "support.h"

#include <linux/magic.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>

START_TEST(the_machine)
{
	struct pc_machine machine;
	struct sysinfo info;

	pc_machine_describe(&machine);
	ck_assert_int_eq(sysinfo(&info), 0);
	ck_assert_uint_eq(machine.memory_bytes, (uint64_t)info.totalram * info.mem_unit);
	ck_assert_uint_eq(machine.cpus, (unsigned)sysconf(_SC_NPROCESSORS_ONLN));
	ck_assert_int_eq(strncmp(machine.kernel, "Linux ", 6), 0);
	ck_assert_ptr_null(strpbrk(machine.model, ":\n"));
}
END_TEST

static const struct {
	const char *path, *name;
	unsigned magic;
} file_systems[] = {
	{"/proc", "proc", PROC_SUPER_MAGIC},
	{"/proc/self/status", "proc", PROC_SUPER_MAGIC},
	{"/sys", "sysfs", SYSFS_MAGIC},
	{"/dev/shm", "tmpfs", TMPFS_MAGIC},
	{"/dev/pts", "devpts", DEVPTS_SUPER_MAGIC},
};

/* Each by its own mount, wherever that is in the list. */
START_TEST(file_system_of)
{
	char name[PC_FILESYSTEM_NAME];
	struct statfs fs;

	if (statfs(file_systems[_i].path, &fs) < 0 || fs.f_type != file_systems[_i].magic) {
		printf("skipped: %s is something else here\n", file_systems[_i].path);
		return;
	}
	ck_assert_int_eq(pc_filesystem_name(file_systems[_i].path, name), 0);
	ck_assert_str_eq(name, file_systems[_i].name);
}
END_TEST

START_TEST(no_file_system)
{
	char name[PC_FILESYSTEM_NAME];

	ck_assert_int_eq(pc_filesystem_name("/no/such/path", name), -ENOENT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("machine");
	TCase *tcase = plain_case(suite, "machine");

	tcase_add_test(tcase, the_machine);
	tcase_add_loop_test(tcase, file_system_of, 0, COUNT(file_systems));
	tcase_add_test(tcase, no_file_system);
	return run_suite(suite);
}
