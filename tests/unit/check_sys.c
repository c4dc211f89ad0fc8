/* check_sys.c - src/base/sys.c.  SPDX-License-Identifier: MIT */
#include "sys/sys.h"

#include "support.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static int root;

/* Below root: a/b/c, a/file, links in all places, and `outside` beside it. */
static void setup(void)
{
	fresh_enter();
	make_dir("outside");
	make_dir("root");
	make_dir("root/a");
	make_dir("root/a/b");
	make_dir("root/a/b/c");
	make_file("root/a/file", "x");
	ck_assert_int_eq(symlink("a", "root/inside"), 0);
	ck_assert_int_eq(symlink("../outside", "root/out"), 0);
	ck_assert_int_eq(symlink("/", "root/absolute"), 0);
	ck_assert_int_eq(symlink("b", "root/a/link"), 0);
	ck_assert_int_eq(symlink("/proc/self/root", "root/a/magic"), 0);
	root = open("root", O_PATH | O_DIRECTORY);
	ck_assert_int_ge(root, 0);
}

static void expect_opens(const char *path, const char *as)
{
	struct stat got, want;
	int fd = pc_sys_open_dir_beneath(root, path, O_RDONLY);

	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(-fd));
	ck_assert_int_eq(fstat(fd, &got), 0);
	ck_assert_int_eq(stat(as, &want), 0);
	ck_assert_uint_eq(got.st_ino, want.st_ino);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
}

START_TEST(opens_paths_beneath)
{
	expect_opens("", "root");
	expect_opens("a", "root/a");
	expect_opens("a/b/c", "root/a/b/c");
	expect_opens("a//b/", "root/a/b");
	expect_opens("./a/./b", "root/a/b");
}
END_TEST

static const struct {
	const char *path;
	int error;
} refused[] = {
	{"inside", -ELOOP},
	{"inside/b", -ELOOP},
	{"a/link", -ELOOP},
	{"a/link/c", -ELOOP},
	{"out", -ELOOP},
	{"out/", -ELOOP},
	{"absolute", -ELOOP},
	{"a/magic", -ELOOP},
	{"..", -EXDEV},
	{"a/../..", -EXDEV},
	{"a/b/../../../outside", -EXDEV},
	{"/", -EXDEV},
	{"/tmp", -EXDEV},
	{"a/file", -ENOTDIR},
	{"a/file/x", -ENOTDIR},
	{"a/none", -ENOENT},
	{"none/b", -ENOENT},
};

START_TEST(refuses_paths_that_lead_elsewhere)
{
	int fd = pc_sys_open_dir_beneath(root, refused[_i].path, O_RDONLY);

	ck_assert_msg(fd == refused[_i].error, "%s: %s", refused[_i].path,
	              fd < 0 ? strerror(-fd) : "opened");
}
END_TEST

/* ---- Paths longer than PATH_MAX ---- */

#define LEVELS 40
#define NAME_LEN 200

/* Makes LEVELS directories in each other; what is in the last is `last`.  The
 * whole path in `path`. */
static void make_deep(char *path, void (*last)(int dirfd))
{
	char name[NAME_LEN + 1];
	int dirfd = open("root", O_RDONLY | O_DIRECTORY);

	memset(name, 'n', NAME_LEN);
	name[NAME_LEN] = '\0';
	*path = '\0';
	for (int i = 0; i < LEVELS; i++) {
		dirfd = go_down(dirfd, name);
		strcat(strcat(path, *path ? "/" : ""), name);
	}
	last(dirfd);
	close(dirfd);
}

static void put_directory(int dirfd)
{
	ck_assert_int_eq(mkdirat(dirfd, "end", 0711), 0);
	ck_assert_int_eq(symlinkat("end", dirfd, "link"), 0);
}

START_TEST(long_paths_are_opened_in_hops)
{
	static char path[LEVELS * (NAME_LEN + 1) + 16];
	size_t len;
	struct stat st;
	int fd;

	make_deep(path, put_directory);
	len = strlen(path);
	ck_assert_uint_gt(len, PATH_MAX);
	strcpy(path + len, "/end");
	fd = pc_sys_open_dir_beneath(root, path, O_RDONLY);
	ck_assert_msg(fd >= 0, "%s", strerror(-fd));
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0711);
	close(fd);

	/* and are as careful about each component */
	strcpy(path + len, "/link");
	ck_assert_int_eq(pc_sys_open_dir_beneath(root, path, O_RDONLY), -ELOOP);
	strcpy(path + len, "/none");
	ck_assert_int_eq(pc_sys_open_dir_beneath(root, path, O_RDONLY), -ENOENT);
}
END_TEST

START_TEST(hop_does_not_leave_the_tree)
{
	static char path[3 * PATH_MAX];

	for (int i = 0; i < PATH_MAX; i++)
		strcat(path, "./");
	strcat(path, "../outside");
	ck_assert_int_eq(pc_sys_open_dir_beneath(root, path, O_RDONLY), -EXDEV);
}
END_TEST

START_TEST(hops_leave_no_descriptor)
{
	static char path[LEVELS * (NAME_LEN + 1) + 16];
	const int lowest = dup(0);

	close(lowest);
	make_deep(path, put_directory);
	close(pc_sys_open_dir_beneath(root, path, O_RDONLY));
	strcat(path, "/none/none");
	ck_assert_int_eq(pc_sys_open_dir_beneath(root, path, O_RDONLY), -ENOENT);
	ck_assert_int_eq(dup(0), lowest);
}
END_TEST

START_TEST(name_too_long_is_reported)
{
	static char path[PATH_MAX + 100];

	memset(path, 'x', sizeof(path) - 1);
	ck_assert_int_eq(pc_sys_open_dir_beneath(root, path, O_RDONLY), -ENAMETOOLONG);
	path[300] = '\0';
	ck_assert_int_eq(pc_sys_open_dir_beneath(root, path, O_RDONLY), -ENAMETOOLONG);
}
END_TEST

/* ---- Transfers ---- */

START_TEST(whole_transfers_at_their_place)
{
	char out[] = "0123456789", in[16] = "";
	int fd = pc_openat(AT_FDCWD, "f", O_RDWR | O_CREAT | O_EXCL, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(pc_pwrite_full(fd, out, 10, 5), 0);
	ck_assert_int_eq(pc_pread_full(fd, in, 10, 5), 10);
	ck_assert_str_eq(in, out);
	/* fewer only at the end */
	ck_assert_int_eq(pc_pread_full(fd, in, sizeof(in), 12), 3);
	ck_assert_int_eq(pc_pread_full(fd, in, sizeof(in), 15), 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 0);
}
END_TEST

START_TEST(errors_are_negative)
{
	char byte = 0;
	int fd = pc_openat(AT_FDCWD, "f", O_WRONLY | O_CREAT, 0600);

	ck_assert_int_eq(pc_pread_full(fd, &byte, 1, 0), -EBADF);
	ck_assert_int_eq(pc_pwrite_full(-1, &byte, 1, 0), -EBADF);
	ck_assert_int_eq(pc_openat(AT_FDCWD, "none", O_RDONLY, 0), -ENOENT);
	ck_assert_int_eq(pc_openat(AT_FDCWD, "f", O_CREAT | O_EXCL | O_WRONLY, 0), -EEXIST);
}
END_TEST

/* A limit cuts a write short: the first call moves a part, the next fails. */
START_TEST(short_write_continues_to_its_error)
{
	static char data[8192];
	const struct rlimit limit = {4096, 4096};
	int fd = pc_openat(AT_FDCWD, "f", O_RDWR | O_CREAT, 0600);
	struct stat st;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(pc_pwrite_full(fd, data, sizeof(data), 0), -EFBIG);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(st.st_size, 4096);
}
END_TEST

/* ---- The rest ---- */

START_TEST(a_range_is_closed)
{
	for (int fd = 50; fd <= 55; fd++)
		ck_assert_int_eq(dup2(0, fd), fd);
	ck_assert_int_eq(pc_sys_close_range(51, 54), 0);
	for (int fd = 50; fd <= 55; fd++)
		ck_assert_int_eq(fd_is_open(fd), fd == 50 || fd == 55);
	ck_assert_int_eq(pc_sys_close_range(2, 1), -EINVAL);
}
END_TEST

START_TEST(pidfd_reports_the_end)
{
	int hold[2];
	struct pollfd ended = {.events = POLLIN};
	pid_t pid;

	ck_assert_int_eq(pipe(hold), 0);
	pid = fork();
	if (pid == 0) {
		char byte;

		close(hold[1]);
		_exit(read(hold[0], &byte, 1) != 0);
	}
	ended.fd = pc_pidfd_open(pid);
	ck_assert_int_ge(ended.fd, 0);
	ck_assert_int_eq(poll(&ended, 1, 0), 0);
	close(hold[1]);
	ck_assert_int_eq(poll(&ended, 1, 10000), 1);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(pc_pidfd_open(pid), -ESRCH);
}
END_TEST

START_TEST(the_limit_of_descriptors)
{
	const struct rlimit limit = {123, 200};

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_uint_eq(pc_fd_limit(), 123);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sys");
	TCase *beneath = prepared_case(suite, "beneath", setup);
	TCase *tcase = fresh_case(suite, "calls");

	tcase_add_test(beneath, opens_paths_beneath);
	tcase_add_loop_test(beneath, refuses_paths_that_lead_elsewhere, 0, COUNT(refused));
	tcase_add_test(beneath, long_paths_are_opened_in_hops);
	tcase_add_test(beneath, hop_does_not_leave_the_tree);
	tcase_add_test(beneath, hops_leave_no_descriptor);
	tcase_add_test(beneath, name_too_long_is_reported);
	tcase_add_test(tcase, whole_transfers_at_their_place);
	tcase_add_test(tcase, errors_are_negative);
	tcase_add_test(tcase, short_write_continues_to_its_error);
	tcase_add_test(tcase, a_range_is_closed);
	tcase_add_test(tcase, pidfd_reports_the_end);
	tcase_add_test(tcase, the_limit_of_descriptors);
	return run_suite(suite);
}
