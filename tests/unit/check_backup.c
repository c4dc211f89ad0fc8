/* check_backup.c - src/base/backup.c.  SPDX-License-Identifier: MIT */
#include "base/backup.h"

#include "support.h"

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

int main(void)
{
	Suite *suite = suite_create("backup");
	TCase *tcase = fresh_case(suite, "backup");

	tcase_add_loop_test(tcase, next_number, 0, COUNT(cases));
	tcase_add_test(tcase, no_directory);
	return run_suite(suite);
}
