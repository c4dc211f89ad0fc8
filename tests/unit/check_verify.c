/* check_verify.c - pcopy_verify() on pairs of trees that differ in one thing.
 *
 * Each test has a fresh directory with two equal trees, src and dst.
 * SPDX-License-Identifier: MIT */
#include <pcopy.h>

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define EVERYTHING (PCOPY_KEEP_MODE | PCOPY_KEEP_OWNER | PCOPY_KEEP_TIMES)

#define SEEN_MAX 16

static char seen[SEEN_MAX][100]; /* "path:what " of each difference */
static size_t seen_count;
static char joined[SEEN_MAX * 100];
static uint64_t chunk_bytes;
static struct pcopy_verify_report report;

static void note(void *userdata, const struct pcopy_event *event)
{
	const char *path = strchr(event->dst, '/');

	ck_assert_ptr_eq(userdata, seen);
	ck_assert_uint_lt(seen_count, SEEN_MAX);
	(void)snprintf(seen[seen_count++], sizeof(seen[0]), "%.60s:%s ", path ? path + 1 : "",
	               event->type == PCOPY_EVENT_DIFFERENT
	                       ? pcopy_field_name(event->difference.field)
	                       : "unreadable");
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* What pcopy_verify() returns; what it reported is in `joined`, sorted. */
static int compare_pair(const char *src, const char *dst, unsigned preserve)
{
	struct pcopy_options options = PCOPY_OPTIONS_INIT;
	struct pcopy *copy;
	int r;

	options.preserve = preserve;
	options.userdata = seen;
	if (chunk_bytes)
		options.chunk_bytes = chunk_bytes;
	options.on_event = note;
	seen_count = 0;
	joined[0] = '\0';
	ck_assert_int_eq(pcopy_new(&options, &copy), 0);
	ck_assert_int_eq(pcopy_add(copy, src, dst, 0), 0);
	r = pcopy_verify(copy);
	report = pcopy_get_report(copy)->verify;
	pcopy_free(copy);
	qsort(seen, seen_count, sizeof(seen[0]), by_text);
	for (size_t i = 0; i < seen_count; i++)
		(void)strcat(joined, seen[i]);
	return r;
}

static void expect(unsigned preserve, const char *text)
{
	ck_assert_int_eq(compare_pair("src", "dst", preserve), *text ? PCOPY_DIFFERENT : 0);
	ck_assert_str_eq(joined, text);
}

static void shell(const char *command)
{
	ck_assert_msg(system(command) == 0, "failed: %s", command);
}

static void setup(void)
{
	shell("mkdir -p src/a/b src/z 'src/new\nline' && printf one >src/a/one && : >src/a/empty &&"
	      " head -c 600000 /dev/zero >src/a/b/large && ln -s one src/a/link &&"
	      " ln -s a src/todir && mkfifo src/a/fifo && printf x >'src/new\nline/-x' &&"
	      " cp -a src dst");
}

START_TEST(equal_trees)
{
	expect(0, "");
	expect(EVERYTHING, "");
}
END_TEST

START_TEST(missing_and_extra)
{
	shell("rm dst/a/one && rm -r dst/a/b && mkdir dst/zz && touch dst/a/more dst/zz/below");
	expect(0, "a/b:missing a/more:extra a/one:missing zz:extra ");
}
END_TEST

START_TEST(data_and_size)
{
	/* The last byte, in the third buffer. */
	shell("printf x | dd of=dst/a/b/large bs=1 seek=599999 conv=notrunc 2>/dev/null");
	expect(0, "a/b/large:data ");
	/* In the second buffer alone. */
	shell("cp src/a/b/large dst/a/b/large &&"
	      " printf x | dd of=dst/a/b/large bs=1 seek=300000 conv=notrunc 2>/dev/null");
	expect(0, "a/b/large:data ");
	shell("printf xx | dd of=dst/a/b/large bs=1 seek=599999 conv=notrunc 2>/dev/null");
	expect(0, "a/b/large:size ");
	shell("cp src/a/b/large dst/a/b/large && printf y >dst/a/empty");
	expect(0, "a/empty:size ");
}
END_TEST

START_TEST(files_without_size)
{
	/* An empty source is read where it may be one that does not know its size. */
	shell("cat /proc/version >dst/v");
	ck_assert_int_eq(compare_pair("/proc/version", "dst/v", 0), 0);
	shell("echo >>dst/v");
	ck_assert_int_eq(compare_pair("/proc/version", "dst/v", 0), PCOPY_DIFFERENT);
	ck_assert_str_eq(joined, "v:data ");
}
END_TEST

START_TEST(link_targets)
{
	shell("ln -sfn two dst/a/link && ln -sfn z dst/todir");
	expect(0, "a/link:link target todir:link target ");
	/* The beginning is the same. */
	shell("ln -sfn one-more dst/a/link && ln -sfn a dst/todir");
	expect(0, "a/link:link target ");
}
END_TEST

START_TEST(kinds)
{
	/* A link to a directory is no directory: nothing below it is looked at. */
	shell("rm -r dst/z dst/a/fifo && ln -s a dst/z && touch dst/a/fifo");
	expect(0, "a/fifo:kind z:kind ");
}
END_TEST

START_TEST(metadata_only_as_asked)
{
	shell("chmod 0604 dst/a/one && chmod 0711 dst/z && touch -hd '2001-02-03 "
	      "04:05:06.000000007'"
	      " dst/a/one dst/a/link");
	expect(0, "");
	expect(PCOPY_KEEP_MODE, "a/one:mode z:mode ");
	expect(PCOPY_KEEP_TIMES, "a/link:time a/one:time ");
	shell("touch -hd '2001-02-03 04:05:06.000000008' src/a/one src/a/link");
	expect(PCOPY_KEEP_TIMES, "a/link:time a/one:time ");
	expect(PCOPY_KEEP_OWNER, "");
}
END_TEST

START_TEST(owners)
{
	/* Only root can give a file away. */
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(lchown("dst/a/link", 7, (gid_t)-1), 0);
	ck_assert_int_eq(chown("dst/a/one", (uid_t)-1, 7), 0);
	expect(0, "");
	expect(PCOPY_KEEP_OWNER, "a/link:user a/one:group ");
}
END_TEST

START_TEST(unreadable_is_a_difference)
{
	shell("chmod 0 dst/a/one dst/a/b");
	/* Root reads everything, so be nobody for a while. */
	if (getuid() == 0) {
		ck_assert_int_eq(chmod(".", 0755), 0);
		ck_assert_int_eq(seteuid(65534), 0);
	}
	ck_assert_int_eq(compare_pair("src", "dst", 0), PCOPY_FAILED);
	ck_assert_str_eq(joined, "a/b:unreadable a/one:unreadable ");
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

/* Several ranges of it, and one file. */
START_TEST(a_large_file_that_cannot_be_read)
{
	uint64_t all;

	chunk_bytes = 65536;
	shell("for side in src dst; do"
	      " head -c 600000 /dev/zero | tr '\\0' x >$side/a/b/large; done");
	ck_assert_int_eq(compare_pair("src", "dst", 0), 0);
	all = report.entries;
	ck_assert_uint_eq(report.failed, 0);
	shell("chmod 0 dst/a/b/large");
	if (getuid() == 0) {
		ck_assert_int_eq(chmod(".", 0755), 0);
		ck_assert_int_eq(seteuid(65534), 0);
	}
	ck_assert_int_eq(compare_pair("src", "dst", 0), PCOPY_FAILED);
	ck_assert_str_eq(seen[0], "a/b/large:unreadable ");
	ck_assert_uint_eq(report.failed, 1);
	ck_assert_uint_eq(report.entries, all - 1);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(roots)
{
	ck_assert_int_eq(compare_pair("none", "dst", 0), PCOPY_FAILED);
	ck_assert_int_eq(compare_pair("src", "none", 0), PCOPY_DIFFERENT);
	ck_assert_str_eq(joined, ":missing ");

	/* A root is not followed and its own difference has an empty path. */
	ck_assert_int_eq(compare_pair("src/todir", "dst", 0), PCOPY_DIFFERENT);
	ck_assert_str_eq(joined, ":kind ");
	ck_assert_int_eq(compare_pair("src/a/one", "dst/a/b/large", 0), PCOPY_DIFFERENT);
	ck_assert_str_eq(joined, "a/b/large:size ");
	ck_assert_int_eq(compare_pair("src/a/one", "dst/a/one", EVERYTHING), 0);
}
END_TEST

START_TEST(hard_links)
{
	shell("rm -r dst && ln src/a/one src/z/one && ln src/a/one src/z/three && cp -a src dst");
	expect(PCOPY_KEEP_LINKS, "");
	shell("cp -a dst/z/three x && mv x dst/z/three");
	expect(0, "");
	ck_assert_int_eq(compare_pair("src", "dst", PCOPY_KEEP_LINKS), PCOPY_DIFFERENT);
	/* which of them is met first is nobody's promise */
	ck_assert_ptr_nonnull(strstr(joined, ":hard link "));
	/* Two files that became one. */
	shell("rm -r dst && cp -a src dst && cp -a src/a/empty src/z/other &&"
	      " ln dst/a/empty dst/z/other");
	ck_assert_int_eq(compare_pair("src", "dst", PCOPY_KEEP_LINKS), PCOPY_DIFFERENT);
	ck_assert_ptr_nonnull(strstr(joined, ":hard link "));
}
END_TEST

/* Nests directories below `top`: the path grows far beyond PATH_MAX. */
static void nest(const char *top, int depth, const char *text)
{
	static const char name[] = "a-directory-of-thirty-characters";
	int dir = open(top, O_RDONLY | O_DIRECTORY), file;

	for (int i = 0; i < depth; i++)
		dir = go_down(dir, name);
	file = openat(dir, "deepest", O_WRONLY | O_CREAT | O_EXCL, 0666);
	ck_assert_int_eq(write(file, text, 1), 1);
	close(file);
	close(dir);
}

static size_t longest;

static void measure(void *userdata, const struct pcopy_event *event)
{
	ck_assert_ptr_null(userdata);
	ck_assert_int_eq(event->type, PCOPY_EVENT_DIFFERENT);
	ck_assert_int_eq(event->difference.field, PCOPY_FIELD_DATA);
	longest = strlen(event->dst);
}

START_TEST(depth_without_end)
{
	struct pcopy_options options = PCOPY_OPTIONS_INIT;
	const struct rlimit few = {32, 32};
	struct pcopy *copy;

	nest("src/z", 1000, "1");
	nest("dst/z", 1000, "2");
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	options.pool = PCOPY_POOL_SERIAL;
	options.on_event = measure;
	ck_assert_int_eq(pcopy_new(&options, &copy), 0);
	ck_assert_int_eq(pcopy_add(copy, "src", "dst", 0), 0);
	ck_assert_int_eq(pcopy_verify(copy), PCOPY_DIFFERENT);
	pcopy_free(copy);
	ck_assert_uint_gt(longest, 32000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("verify");
	TCase *tcase = fresh_case(suite, "verify");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, equal_trees);
	tcase_add_test(tcase, missing_and_extra);
	tcase_add_test(tcase, data_and_size);
	tcase_add_test(tcase, files_without_size);
	tcase_add_test(tcase, link_targets);
	tcase_add_test(tcase, kinds);
	tcase_add_test(tcase, metadata_only_as_asked);
	tcase_add_test(tcase, owners);
	tcase_add_test(tcase, unreadable_is_a_difference);
	tcase_add_test(tcase, a_large_file_that_cannot_be_read);
	tcase_add_test(tcase, roots);
	tcase_add_test(tcase, hard_links);
	tcase_add_test(tcase, depth_without_end);
	return run_suite(suite);
}
