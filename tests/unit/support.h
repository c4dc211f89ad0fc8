/* support.h - what the unit tests share: fresh directories, files, one main().
 * SPDX-License-Identifier: MIT
 *
 * Each test runs in a directory of its own below one of its program, which goes
 * away in the parent however the test ended. */
#ifndef PC_TESTS_SUPPORT_H
#define PC_TESTS_SUPPORT_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define UNUSED __attribute__((unused))

static char fresh_base[256];

UNUSED static void fresh_setup(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(fresh_base, sizeof(fresh_base), "%s/pcopy-unit.XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(fresh_base));
}

/* rm: some of the paths are too long for one call.  A user cannot empty directories without modes. */
UNUSED static void fresh_teardown(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		execlp("sh", "sh", "-c", "chmod -R u+rwx \"$1\" 2>/dev/null; exec rm -rf \"$1\"",
		       "sh", fresh_base, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

UNUSED static void fresh_enter(void)
{
	char path[sizeof(fresh_base) + 16];

	ck_assert_str_ne(fresh_base, ""); /* fresh_setup() was not called: this would be the root */
	snprintf(path, sizeof(path), "%s/t.XXXXXX", fresh_base);
	ck_assert_ptr_nonnull(mkdtemp(path));
	ck_assert_int_eq(chdir(path), 0);
}

/* A case with directories of its own; `setup` calls fresh_enter() before each test. */
UNUSED static TCase *prepared_case(Suite *suite, const char *name, void (*setup)(void))
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, 60);
	tcase_add_unchecked_fixture(tcase, fresh_setup, fresh_teardown);
	tcase_add_checked_fixture(tcase, setup, NULL);
	suite_add_tcase(suite, tcase);
	return tcase;
}

/* A case whose tests begin in an empty directory. */
UNUSED static TCase *fresh_case(Suite *suite, const char *name)
{
	return prepared_case(suite, name, fresh_enter);
}

/* One that needs none. */
UNUSED static TCase *plain_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	return tcase;
}

/* The pools that there can be here: where io_uring is refused, there is none of coroutines. */
#define POOLS_HERE                                                                                 \
	(pcopy_pool_refused(PCOPY_POOL_COROUTINES) ? (int)PCOPY_POOL_COROUTINES : (int)PCOPY_POOLS)

UNUSED static int run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	umask(022); /* the modes of what the tests make are the same for everybody */
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Makes a directory in another and goes on to it: closes that one, opens this one. */
UNUSED static int go_down(int dirfd, const char *name)
{
	int next;

	ck_assert_int_eq(mkdirat(dirfd, name, 0777), 0);
	next = openat(dirfd, name, O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(next, 0);
	close(dirfd);
	return next;
}

UNUSED static void make_file(const char *path, const char *text)
{
	size_t len = strlen(text);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	close(fd);
}

UNUSED static void make_dir(const char *path)
{
	ck_assert_int_eq(mkdir(path, 0755), 0);
}

UNUSED static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* The file's whole text is this. */
UNUSED static void expect_text(const char *path, const char *text)
{
	char got[256];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	n = read(fd, got, sizeof(got) - 1);
	ck_assert_int_ge(n, 0);
	close(fd);
	got[n] = '\0';
	ck_assert_str_eq(got, text);
}

UNUSED static bool fd_is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

#endif
