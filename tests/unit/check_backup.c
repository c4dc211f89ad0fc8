/* check_backup.c - src/base/backup.c.  SPDX-License-Identifier: MIT */
#include "base/backup.h"

#include "support.h"

#include <dirent.h>
#include <dlfcn.h>

/* In the place of the C library's: a listing that ends with an error. */
static bool listing_fails;

struct dirent *broken(DIR *dir) __asm__("readdir64");
struct dirent *broken(DIR *dir)
{
	struct dirent *(*next)(DIR *) = (struct dirent * (*)(DIR *)) dlsym(RTLD_NEXT, "readdir64");

	if (!listing_fails)
		return next(dir);
	errno = EIO;
	return NULL;
}

static const struct {
	const char *made; /* names, with a space behind each */
	const char *next;
	int known;
} cases[] = {
	{"", "1", 0},
	{"a.~1~ ", "2", 1},
	{"a.~9~ a.~2~ ", "10", 1},
	{"a.~99~ a.~100~ ", "101", 1},
	{"b.~7~ a~ a.~0~ a.~01~ a.~1 a.~x~ a.~1~~ aa.~3~ .~4~ ", "1", 0},
	{"a.x5~ a._6~ a.77~ a.~8 a~.9~ ", "1", 0},
	{"a.~18446744073709551616~ a.~3~ ", "18446744073709551617", 1},
	{"a.~999999999999999999999~ ", "1000000000000000000000", 1},
};

START_TEST(next_number)
{
	char names[256], number[PC_BACKUP_DIGITS];

	snprintf(names, sizeof(names), "%s", cases[_i].made);
	for (char *name = strtok(names, " "); name; name = strtok(NULL, " "))
		make_file(name, "");
	ck_assert_int_eq(pc_backup_next(AT_FDCWD, "a", number), cases[_i].known);
	ck_assert_str_eq(number, cases[_i].next);
}
END_TEST

START_TEST(no_directory)
{
	char number[PC_BACKUP_DIGITS];

	make_file("file", "");
	ck_assert_int_eq(pc_backup_next(open("file", O_RDONLY), "a", number), -ENOTDIR);
}
END_TEST

/* Number 1 might be there. */
START_TEST(failed_listing_gives_no_number)
{
	char number[PC_BACKUP_DIGITS], name[PC_BACKUP_NAME_MAX];

	listing_fails = true;
	ck_assert_int_eq(pc_backup_next(AT_FDCWD, "a", number), -EIO);
	ck_assert_int_eq(pc_backup_name(AT_FDCWD, "a", PCOPY_BACKUP_NUMBERED, NULL, name), -EIO);
	ck_assert_int_eq(pc_backup_name(AT_FDCWD, "a", PCOPY_BACKUP_SIMPLE, NULL, name), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("backup");
	TCase *tcase = fresh_case(suite, "backup");

	tcase_add_loop_test(tcase, next_number, 0, COUNT(cases));
	tcase_add_test(tcase, no_directory);
	tcase_add_test(tcase, failed_listing_gives_no_number);
	return run_suite(suite);
}
