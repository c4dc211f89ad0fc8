/* check_compare.c - pcopy_compare() on pairs of trees that differ in one thing.
 *
 * Each test has a fresh directory with two equal trees, src and dst.
 * SPDX-License-Identifier: MIT */
#include <pcopy.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define EVERYTHING (PCOPY_KEEP_MODE | PCOPY_KEEP_OWNER | PCOPY_KEEP_TIMES)

static char scratch[] = "/tmp/pcopy-compare-XXXXXX";
static char seen[512]; /* "path:what " of each difference */

static void note(void *userdata, const char *path, const char *what)
{
	size_t len = strlen(seen);

	ck_assert_ptr_eq(userdata, seen);
	(void)snprintf(seen + len, sizeof(seen) - len, "%s:%s ", path, what);
}

static int compare(unsigned preserve)
{
	seen[0] = '\0';
	return pcopy_compare("src", "dst", preserve, note, seen);
}

static void expect(unsigned preserve, int count, const char *text)
{
	ck_assert_int_eq(compare(preserve), count);
	ck_assert_str_eq(seen, text);
}

static void shell(const char *command)
{
	ck_assert_msg(system(command) == 0, "failed: %s", command);
}

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(scratch));
	ck_assert_int_eq(chdir(scratch), 0);
	shell("mkdir -p src/a/b src/z 'src/new\nline' && printf one >src/a/one && : >src/a/empty &&"
	      " head -c 600000 /dev/zero >src/a/b/large && ln -s one src/a/link &&"
	      " ln -s a src/todir && mkfifo src/a/fifo && printf x >'src/new\nline/-x' &&"
	      " cp -a src dst");
}

static void teardown(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(setenv("scratch", scratch, 1), 0);
	shell("chmod -R u+rwx \"$scratch\" && rm -rf \"$scratch\"");
}

START_TEST(equal_trees)
{
	expect(0, 0, "");
	expect(EVERYTHING, 0, "");
	/* No callback: only the number is wanted. */
	ck_assert_int_eq(pcopy_compare("src", "dst", EVERYTHING, NULL, NULL), 0);
}
END_TEST

START_TEST(missing_and_extra)
{
	shell("rm dst/a/one && rm -r dst/a/b && mkdir dst/zz && touch dst/a/more dst/zz/below");
	expect(0, 4, "zz:extra a/b:missing a/more:extra a/one:missing ");
}
END_TEST

START_TEST(data_and_size)
{
	/* The last byte, in the third buffer. */
	shell("printf x | dd of=dst/a/b/large bs=1 seek=599999 conv=notrunc 2>/dev/null");
	expect(0, 1, "a/b/large:data ");
	/* In the second buffer alone. */
	shell("cp src/a/b/large dst/a/b/large &&"
	      " printf x | dd of=dst/a/b/large bs=1 seek=300000 conv=notrunc 2>/dev/null");
	expect(0, 1, "a/b/large:data ");
	shell("printf xx | dd of=dst/a/b/large bs=1 seek=599999 conv=notrunc 2>/dev/null");
	expect(0, 1, "a/b/large:size ");
	/* An empty source is read: it may be one that does not know its size. */
	shell("cp src/a/b/large dst/a/b/large && printf y >dst/a/empty");
	expect(0, 1, "a/empty:data ");
}
END_TEST

START_TEST(files_without_size)
{
	shell("cat /proc/version >dst/v");
	ck_assert_int_eq(pcopy_compare("/proc/version", "dst/v", 0, note, seen), 0);
}
END_TEST

START_TEST(link_targets)
{
	shell("ln -sfn two dst/a/link && ln -sfn z dst/todir");
	expect(0, 2, "todir:target a/link:target ");
	/* The beginning is the same. */
	shell("ln -sfn one-more dst/a/link && ln -sfn a dst/todir");
	expect(0, 1, "a/link:target ");
}
END_TEST

START_TEST(kinds)
{
	/* A link to a directory is no directory: nothing below it is looked at. */
	shell("rm -r dst/z dst/a/fifo && ln -s a dst/z && touch dst/a/fifo");
	expect(0, 2, "z:kind a/fifo:kind ");
}
END_TEST

START_TEST(metadata_only_as_asked)
{
	shell("chmod 0604 dst/a/one && chmod 0711 dst/z && touch -hd '2001-02-03 "
	      "04:05:06.000000007'"
	      " dst/a/one dst/a/link");
	expect(0, 0, "");
	expect(PCOPY_KEEP_MODE, 2, "z:mode a/one:mode ");
	expect(PCOPY_KEEP_TIMES, 2, "a/link:times a/one:times ");
	shell("touch -hd '2001-02-03 04:05:06.000000008' src/a/one src/a/link");
	expect(PCOPY_KEEP_TIMES, 2, "a/link:times a/one:times ");
	expect(PCOPY_KEEP_OWNER, 0, "");
}
END_TEST

START_TEST(owners)
{
	/* Only root can give a file away. */
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(lchown("dst/a/link", 7, (gid_t)-1), 0);
	ck_assert_int_eq(chown("dst/a/one", (uid_t)-1, 7), 0);
	expect(0, 0, "");
	expect(PCOPY_KEEP_OWNER, 2, "a/link:owner a/one:owner ");
}
END_TEST

START_TEST(unreadable_is_a_difference)
{
	shell("chmod 0 dst/a/one dst/a/b");
	/* Root reads everything, so be nobody for a while. */
	if (getuid() == 0) {
		ck_assert_int_eq(chmod(scratch, 0755), 0);
		ck_assert_int_eq(seteuid(65534), 0);
	}
	expect(0, 2, "a/one:unreadable a/b:unreadable ");
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(roots)
{
	ck_assert_int_eq(pcopy_compare("none", "dst", 0, note, seen), -ENOENT);
	ck_assert_int_eq(pcopy_compare("src", "none", 0, note, seen), -ENOENT);

	/* A root is not followed and its own difference has an empty path. */
	seen[0] = '\0';
	ck_assert_int_eq(pcopy_compare("src/todir", "dst", 0, note, seen), 1);
	ck_assert_str_eq(seen, ":kind ");
	seen[0] = '\0';
	ck_assert_int_eq(pcopy_compare("src/a/one", "dst/a/b/large", 0, note, seen), 1);
	ck_assert_str_eq(seen, ":size ");
	ck_assert_int_eq(pcopy_compare("src/a/one", "dst/a/one", EVERYTHING, NULL, NULL), 0);
}
END_TEST

/* Nests directories below `top`: the path grows far beyond PATH_MAX. */
static void nest(const char *top, int depth, const char *text)
{
	static const char name[] = "a-directory-of-thirty-characters";
	int dir = open(top, O_RDONLY | O_DIRECTORY), file;

	for (int i = 0; i < depth; i++) {
		int next;

		ck_assert_int_eq(mkdirat(dir, name, 0777), 0);
		next = openat(dir, name, O_RDONLY | O_DIRECTORY);
		ck_assert_int_ge(next, 0);
		close(dir);
		dir = next;
	}
	file = openat(dir, "deepest", O_WRONLY | O_CREAT | O_EXCL, 0666);
	ck_assert_int_eq(write(file, text, 1), 1);
	close(file);
	close(dir);
}

static size_t longest;

static void measure(void *userdata, const char *path, const char *what)
{
	ck_assert_ptr_null(userdata);
	ck_assert_str_eq(what, "data");
	longest = strlen(path);
}

START_TEST(depth_without_end)
{
	const struct rlimit few = {16, 16};

	nest("src/z", 1000, "1");
	nest("dst/z", 1000, "2");
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	ck_assert_int_eq(pcopy_compare("src", "dst", 0, measure, NULL), 1);
	ck_assert_uint_gt(longest, 32000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("compare");
	TCase *tcase = tcase_create("compare");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, equal_trees);
	tcase_add_test(tcase, missing_and_extra);
	tcase_add_test(tcase, data_and_size);
	tcase_add_test(tcase, files_without_size);
	tcase_add_test(tcase, link_targets);
	tcase_add_test(tcase, kinds);
	tcase_add_test(tcase, metadata_only_as_asked);
	tcase_add_test(tcase, owners);
	tcase_add_test(tcase, unreadable_is_a_difference);
	tcase_add_test(tcase, roots);
	tcase_add_test(tcase, depth_without_end);
	suite_add_tcase(suite, tcase);

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
