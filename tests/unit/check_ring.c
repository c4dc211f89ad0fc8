/* check_ring.c - src/sys/ring.c and ring_calls.c: calls of coroutines beside calls.
 * SPDX-License-Identifier: MIT
 *
 * Where the kernel refuses io_uring, there is nothing to be asked. */
#include "sys/ring.h"

#include "base/clock.h"
#include "sys/ring_call.h"
#include "sys/sys.h"

#include "support.h"

#include <dirent.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#define MANY 40U

static struct pc_ring *ring;

static void ring_setup(enum pc_reach reach)
{
	ck_assert_int_eq(pc_ring_new(MANY, false, &ring), 0);
	pc_ring_assume(ring, reach);
}

static void ring_end(void)
{
	pc_ring_run(ring);
	pc_ring_free(ring);
}

/* Runs one function as a coroutine, near and far from its storage, and where that is asked for. */
static void run_alone(void (*main)(void *))
{
	for (int reach = PC_REACH_UNKNOWN; reach <= PC_REACH_FAR; reach++) {
		char name[16];

		snprintf(name, sizeof(name), "place-%d", reach);
		make_dir(name);
		ck_assert_int_eq(chdir(name), 0);
		ring_setup((enum pc_reach)reach);
		ck_assert_int_eq(pc_ring_add(ring, main, NULL), 0);
		ring_end();
		ck_assert_int_eq(chdir(".."), 0);
		ck_assert(!pc_ring_is_here());
	}
}

/* ---- Calls and their answers ---- */

static void expect_same_stat(const char *name, int flags)
{
	struct stat got, want;

	memset(&got, 0xee, sizeof(got));
	memset(&want, 0, sizeof(want));
	ck_assert_int_eq(pc_sys_fstatat(AT_FDCWD, name, &got, flags), 0);
	ck_assert_int_eq(fstatat(AT_FDCWD, name, &want, flags), 0);
	ck_assert_uint_eq(got.st_dev, want.st_dev);
	ck_assert_uint_eq(got.st_ino, want.st_ino);
	ck_assert_uint_eq(got.st_mode, want.st_mode);
	ck_assert_uint_eq(got.st_nlink, want.st_nlink);
	ck_assert_uint_eq(got.st_uid, want.st_uid);
	ck_assert_uint_eq(got.st_gid, want.st_gid);
	ck_assert_uint_eq(got.st_rdev, want.st_rdev);
	ck_assert_int_eq(got.st_size, want.st_size);
	ck_assert_int_eq(got.st_blocks, want.st_blocks);
	ck_assert_int_eq(got.st_blksize, want.st_blksize);
	ck_assert_mem_eq(&got.st_atim, &want.st_atim, sizeof(got.st_atim));
	ck_assert_mem_eq(&got.st_mtim, &want.st_mtim, sizeof(got.st_mtim));
	ck_assert_mem_eq(&got.st_ctim, &want.st_ctim, sizeof(got.st_ctim));
}

static void names_main(UNUSED void *arg)
{
	struct stat st;

	ck_assert(pc_ring_is_here());
	ck_assert_int_eq(pc_sys_mkdirat(AT_FDCWD, "dir", 0750), 0);
	ck_assert_int_eq(stat("dir", &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFDIR | 0750);
	ck_assert_int_eq(pc_sys_mkdirat(AT_FDCWD, "dir", 0755), -EEXIST);
	ck_assert_int_eq(pc_sys_symlinkat("dir", AT_FDCWD, "link"), 0);
	ck_assert_int_eq(lstat("link", &st), 0);
	ck_assert_uint_eq(st.st_mode & S_IFMT, S_IFLNK);
	ck_assert_int_eq(stat("link", &st), 0);
	make_file("a", "of a");
	make_file("b", "of b");
	ck_assert_int_eq(pc_sys_linkat(AT_FDCWD, "a", AT_FDCWD, "dir/a", 0), 0);
	expect_text("dir/a", "of a");
	ck_assert_int_eq(pc_sys_linkat(AT_FDCWD, "a", AT_FDCWD, "b", 0), -EEXIST);
	ck_assert_int_eq(pc_sys_renameat_new(AT_FDCWD, "a", "b"), -EEXIST);
	ck_assert_int_eq(pc_sys_renameat(AT_FDCWD, "a", "b"), 0);
	expect_text("b", "of a");
	ck_assert_int_eq(pc_sys_renameat(AT_FDCWD, "a", "b"), -ENOENT);
	ck_assert_int_eq(pc_sys_unlinkat(AT_FDCWD, "b", AT_REMOVEDIR), -ENOTDIR);
	ck_assert_int_eq(pc_sys_unlinkat(AT_FDCWD, "b", 0), 0);
	ck_assert_int_eq(access("b", F_OK), -1);
	ck_assert_int_eq(pc_sys_unlinkat(AT_FDCWD, "dir", AT_REMOVEDIR), -ENOTEMPTY);
}

START_TEST(names)
{
	run_alone(names_main);
}
END_TEST

static void looks_main(UNUSED void *arg)
{
	const struct timespec times[2] = {{1, 999999999}, {-5, 7}};
	struct stat st;
	int fd;

	make_file("file", "twelve bytes");
	ck_assert_int_eq(symlink("nowhere", "link"), 0);
	ck_assert_int_eq(mkfifo("fifo", 0640), 0);
	ck_assert_int_eq(utimensat(AT_FDCWD, "file", times, 0), 0);
	expect_same_stat("file", 0);
	expect_same_stat("link", AT_SYMLINK_NOFOLLOW);
	expect_same_stat("fifo", 0);
	expect_same_stat("/dev/null", 0);
	expect_same_stat(".", 0);
	ck_assert_int_eq(pc_sys_fstatat(AT_FDCWD, "link", &st, 0), -ENOENT);
	fd = pc_sys_openat(AT_FDCWD, "file", O_RDONLY, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(pc_sys_fstat(fd, &st), 0);
	ck_assert_int_eq(st.st_size, 12);
	ck_assert_int_eq(pc_sys_close(fd), 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	ck_assert_int_eq(pc_sys_close(fd), -EBADF);
	ck_assert_int_eq(pc_sys_fstat(fd, &st), -EBADF);
}

START_TEST(looks)
{
	run_alone(looks_main);
}
END_TEST

static void directories_main(UNUSED void *arg)
{
	int root, fd;

	make_dir("a");
	make_dir("a/b");
	ck_assert_int_eq(symlink("b", "a/link"), 0);
	root = pc_sys_openat(AT_FDCWD, "a", O_PATH | O_DIRECTORY, 0);
	ck_assert_int_ge(root, 0);
	fd = pc_sys_open_dir_beneath(root, "b", O_RDONLY);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pc_sys_fsync(fd), 0);
	close(fd);
	ck_assert_int_eq(pc_sys_open_dir_beneath(root, "link", O_RDONLY), -ELOOP);
	ck_assert_int_eq(pc_sys_open_dir_beneath(root, "..", O_RDONLY), -EXDEV);
	ck_assert_int_eq(pc_sys_open_dir_beneath(root, "none", O_RDONLY), -ENOENT);
	ck_assert_int_eq(pc_sys_fsync(root), 0); /* O_PATH: by another descriptor */
	close(root);
}

START_TEST(directories)
{
	run_alone(directories_main);
}
END_TEST

/* Sources are open O_NONBLOCK. */
static void contents_main(UNUSED void *arg)
{
	char buf[32] = "";
	int fd = pc_sys_openat(AT_FDCWD, "new", O_RDWR | O_CREAT | O_EXCL, 0640);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pc_sys_openat(AT_FDCWD, "new", O_WRONLY | O_CREAT | O_EXCL, 0), -EEXIST);
	ck_assert_int_eq(pc_sys_pwrite_full(fd, "hello, world", 12, 3), 0);
	ck_assert_int_eq(pc_sys_ftruncate(fd, 10), 0);
	ck_assert_int_eq(pc_sys_fdatasync(fd), 0);
	close(fd);
	fd = pc_sys_openat(AT_FDCWD, "new", O_RDONLY | O_NONBLOCK, 0);
	ck_assert_int_eq(pc_sys_pread_full(fd, buf, sizeof(buf), 0), 10);
	ck_assert_mem_eq(buf, "\0\0\0hello, ", 10);
	ck_assert_int_eq(pc_sys_pread(fd, buf, 4, 6), 4);
	ck_assert_mem_eq(buf, "lo, ", 4);
	ck_assert_int_eq(pc_sys_pread(fd, buf, 4, 10), 0);
	ck_assert_int_eq(pc_sys_pwrite_full(fd, "x", 1, 0), -EBADF);
	close(fd);
}

START_TEST(contents)
{
	run_alone(contents_main);
}
END_TEST

/* ---- Calls without a form in io_uring ---- */

static void metadata_main(UNUSED void *arg)
{
	const struct timespec times[2] = {{1, 999999999}, {-5, 7}}, others[2] = {{3, 4}, {5, 6}};
	struct stat st;
	int fd;

	make_file("file", "text");
	fd = pc_sys_openat(AT_FDCWD, "file", O_RDWR, 0);
	ck_assert_int_eq(pc_sys_fchmod(fd, 0604), 0);
	ck_assert_int_eq(pc_sys_futimens(fd, times), 0);
	ck_assert_int_eq(stat("file", &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0604);
	ck_assert_mem_eq(&st.st_mtim, &times[1], sizeof(times[1]));
	ck_assert_mem_eq(&st.st_atim, &times[0], sizeof(times[0]));
	ck_assert_int_eq(pc_sys_fchmodat(AT_FDCWD, "file", 0640), 0);
	ck_assert_int_eq(pc_sys_utimensat(AT_FDCWD, "file", others), 0);
	ck_assert_int_eq(pc_sys_utimensat(AT_FDCWD, "none", others), -ENOENT);
	ck_assert_int_eq(pc_sys_fchownat(fd, "", getuid(), getgid()), 0);
	ck_assert_int_eq(pc_sys_fchownat(AT_FDCWD, "none", getuid(), getgid()), -ENOENT);
	ck_assert_int_eq(stat("file", &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0640);
	ck_assert_mem_eq(&st.st_mtim, &others[1], sizeof(others[1]));
	ck_assert_int_eq(pc_sys_faccessat(AT_FDCWD, "file", R_OK), 0);
	ck_assert_int_eq(pc_sys_faccessat(AT_FDCWD, "none", R_OK), -ENOENT);
	ck_assert_int_eq(pc_sys_lock(fd), 0);
	ck_assert_int_eq(pc_sys_unlock(fd), 0);
	ck_assert_int_eq(pc_sys_close(fd), 0);
	ck_assert_int_eq(pc_sys_fchmod(fd, 0600), -EBADF);
}

START_TEST(metadata)
{
	run_alone(metadata_main);
}
END_TEST

static void attributes_main(UNUSED void *arg)
{
	struct pc_sys_file file = {.fd = open(".", O_RDONLY | O_DIRECTORY)};
	char text[64] = "";

	ck_assert_int_ge(file.fd, 0);
	if (pc_sys_setxattr(&file, "user.a", "value", 5) != -EOPNOTSUPP) {
		ck_assert_int_eq(pc_sys_getxattr(&file, "user.a", text, sizeof(text)), 5);
		ck_assert_mem_eq(text, "value", 5);
		ck_assert_int_eq(pc_sys_listxattr(&file, text, sizeof(text)), sizeof("user.a"));
		ck_assert_str_eq(text, "user.a");
		ck_assert_int_eq(pc_sys_removexattr(&file, "user.a"), 0);
		ck_assert_int_eq(pc_sys_getxattr(&file, "user.a", text, sizeof(text)), -ENODATA);
	}
	close(file.fd);
}

START_TEST(attributes)
{
	run_alone(attributes_main);
}
END_TEST

static unsigned names_count(int fd)
{
	_Alignas(struct dirent64) char entries[4096];
	unsigned count = 0;
	ssize_t n;

	while ((n = pc_sys_getdents(fd, entries, sizeof(entries))) > 0) {
		for (ssize_t at = 0; at < n; count++)
			at += ((const struct dirent64 *)(const void *)(entries + at))->d_reclen;
	}
	ck_assert_int_eq(n, 0);
	return count;
}

static void listing_main(UNUSED void *arg)
{
	struct statfs fs;
	char text[16];
	int fd;

	make_dir("dir");
	ck_assert_int_eq(symlink("to where", "dir/link"), 0);
	ck_assert_int_eq(pc_sys_mknodat(AT_FDCWD, "dir/fifo", S_IFIFO | 0600, 0), 0);
	ck_assert_int_eq(pc_sys_mknodat(AT_FDCWD, "dir/fifo", S_IFIFO | 0600, 0), -EEXIST);
	ck_assert_int_eq(pc_sys_readlinkat(AT_FDCWD, "dir/link", text, sizeof(text)), 8);
	ck_assert_mem_eq(text, "to where", 8);
	fd = pc_sys_open_dir_beneath(AT_FDCWD, "dir", O_RDONLY);
	ck_assert_uint_eq(names_count(fd), 4);
	ck_assert_int_eq(pc_sys_lseek(fd, 0, SEEK_SET), 0);
	ck_assert_uint_eq(names_count(fd), 4);
	ck_assert_int_eq(pc_sys_fstatfs(fd, &fs), 0);
	ck_assert_int_eq(pc_sys_close_range((unsigned)fd, (unsigned)fd), 0);
	ck_assert_int_eq(pc_sys_getdents(fd, text, sizeof(text)), -EBADF);
}

START_TEST(listings)
{
	run_alone(listing_main);
}
END_TEST

static void ranges_main(UNUSED void *arg)
{
	int from, to, copy;
	char text[16];

	make_file("from", "0123456789");
	from = pc_sys_openat(AT_FDCWD, "from", O_RDONLY, 0);
	to = pc_sys_openat(AT_FDCWD, "to", O_RDWR | O_CREAT, 0600);
	copy = pc_sys_dup(to);
	ck_assert_int_eq(pc_sys_copy_file_range(from, to, 2, 5), 5);
	ck_assert_int_eq(pc_sys_lseek(to, 0, SEEK_END), 7);
	ck_assert_int_eq(pc_sys_lseek(copy, 7, SEEK_DATA), -ENXIO);
	ck_assert_int_eq(pc_sys_lseek(copy, 2, SEEK_HOLE), 7);
	ck_assert_int_eq(pread(to, text, sizeof(text), 0), 7);
	ck_assert_mem_eq(text, "\0\00023456", 7);
	close(from);
	close(to);
	close(copy);
}

START_TEST(ranges)
{
	run_alone(ranges_main);
}
END_TEST

static int ends[2];

/* A call of a helper, that waits for one byte. */
static void waits_main(void *arg)
{
	char byte = 0;
	struct pc_call call = {.number = SYS_read, .arg = {ends[0], (long)&byte, 1}};

	ck_assert_int_eq(pc_ring_help(&call), 1);
	ck_assert_int_eq(byte, 'x');
	(*(unsigned *)arg)++;
}

static void feeds_main(void *arg)
{
	for (unsigned i = 0; i < *(const unsigned *)arg; i++)
		ck_assert_int_eq(write(ends[1], "x", 1), 1);
}

/* More calls than helpers, and each of them waits for what is done behind it. */
START_TEST(other_coroutines_run_during_a_helper_call)
{
	unsigned count = 2 * PC_HELPERS_MAX, got = 0;
	struct pc_ring_counts counts;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(pc_ring_new(count + 1, true, &ring), 0);
	for (unsigned i = 0; i < count; i++)
		ck_assert_int_eq(pc_ring_add(ring, waits_main, &got), 0);
	ck_assert_int_eq(pc_ring_add(ring, feeds_main, &count), 0);
	pc_ring_run(ring);
	pc_ring_count(ring, &counts);
	pc_ring_free(ring);
	ck_assert_uint_eq(got, count);
	ck_assert_uint_eq(counts.later, count);
}
END_TEST

/* Whoever waits does so at once with all others. */
START_TEST(each_call_has_a_helper)
{
	unsigned count = MANY - 1, got = 0;

	ck_assert_int_eq(pipe(ends), 0);
	ring_setup(PC_REACH_FAR);
	for (unsigned i = 0; i < count; i++)
		ck_assert_int_eq(pc_ring_add(ring, waits_main, &got), 0);
	ck_assert_int_eq(pc_ring_add(ring, feeds_main, &count), 0);
	ring_end();
	ck_assert_uint_eq(got, count);
}
END_TEST

/* Nothing but a server is waited for by a helper. */
static void plainly_main(UNUSED void *arg)
{
	struct stat st;

	ck_assert_int_eq(pc_sys_fstatat(AT_FDCWD, ".", &st, 0), 0);
	ck_assert_int_eq(pc_sys_faccessat(AT_FDCWD, ".", R_OK), 0);
}

START_TEST(call_method_depends_on_the_storage)
{
	static const unsigned later[] = {
		[PC_REACH_MEMORY] = 0, [PC_REACH_DISK] = 1, [PC_REACH_FAR] = 2};
	struct pc_ring_counts counts;

	for (int reach = PC_REACH_MEMORY; reach <= PC_REACH_FAR; reach++) {
		ring_setup((enum pc_reach)reach);
		ck_assert_int_eq(pc_ring_add(ring, plainly_main, NULL), 0);
		pc_ring_run(ring);
		pc_ring_count(ring, &counts);
		pc_ring_free(ring);
		ck_assert_uint_eq(counts.later, later[reach]);
	}
}
END_TEST

/* ... but a local disk for which the thread itself has waited a short while ago. */
static bool lists_later(uint64_t blocks, unsigned jobs)
{
	struct pc_ring_counts before, after;
	char entries[4096];
	int fd = pc_sys_openat(AT_FDCWD, ".", O_RDONLY | O_DIRECTORY, 0);

	for (unsigned i = 0; i < jobs; i++)
		pc_ring_note_blocks(blocks);
	pc_ring_count(ring, &before);
	ck_assert_int_gt(pc_sys_getdents(fd, entries, sizeof(entries)), 0);
	pc_ring_count(ring, &after);
	(void)pc_sys_close(fd);
	return after.later > before.later;
}

static void cold_listing_main(UNUSED void *arg)
{
	ck_assert(!lists_later(8, 0));
	ck_assert(lists_later(8, 1));
	ck_assert(lists_later(8, 8));
	ck_assert(!lists_later(8, 100));
	ck_assert(lists_later(16, 1));
}

static void memory_main(UNUSED void *arg)
{
	ck_assert(!lists_later(8, 1));
}

START_TEST(calls_on_a_cold_disk_go_to_helpers)
{
	ring_setup(PC_REACH_DISK);
	ck_assert_int_eq(pc_ring_add(ring, cold_listing_main, NULL), 0);
	ring_end();
	ring_setup(PC_REACH_MEMORY);
	ck_assert_int_eq(pc_ring_add(ring, memory_main, NULL), 0);
	ring_end();
}
END_TEST

/* ---- Turns ---- */

static char order[8 * MANY];
static size_t steps;

static void reader_main(void *arg)
{
	char got = 0;

	ck_assert_int_eq(pc_sys_read_in_turn(ends[0], &got, 1), 1);
	order[steps++] = *(const char *)arg;
	order[steps++] = got;
}

static void writer_main(UNUSED void *arg)
{
	ck_assert_int_eq(write(ends[1], "123", 3), 3);
}

/* Who waits for the pipe is overtaken by who writes into it; of those that wait behind the first
 * the last one is the next. */
START_TEST(pipe_is_read_in_turn)
{
	ck_assert_int_eq(pipe(ends), 0);
	steps = 0;
	ring_setup(PC_REACH_DISK);
	ck_assert_int_eq(pc_ring_add(ring, reader_main, "a"), 0);
	ck_assert_int_eq(pc_ring_add(ring, reader_main, "b"), 0);
	ck_assert_int_eq(pc_ring_add(ring, reader_main, "c"), 0);
	ck_assert_int_eq(pc_ring_add(ring, writer_main, NULL), 0);
	ring_end();
	order[steps] = '\0';
	ck_assert_str_eq(order, "a1c2b3");
}
END_TEST

static void ender_main(UNUSED void *arg)
{
	close(ends[1]);
}

static void ended_main(UNUSED void *arg)
{
	char got;

	ck_assert_int_eq(pc_sys_read_in_turn(ends[0], &got, 1), 0);
	steps++;
}

START_TEST(all_see_the_end_of_a_pipe)
{
	ck_assert_int_eq(pipe(ends), 0);
	steps = 0;
	ring_setup(PC_REACH_DISK);
	for (unsigned i = 1; i < MANY; i++)
		ck_assert_int_eq(pc_ring_add(ring, ended_main, NULL), 0);
	ck_assert_int_eq(pc_ring_add(ring, ender_main, NULL), 0);
	ring_end();
	ck_assert_uint_eq(steps, MANY - 1);
}
END_TEST

static void sleeper_main(void *arg)
{
	const char *name = arg;

	pc_sys_sleep_until(pc_now_ns() + (uint64_t)(*name - '0') * 30 * PC_NS_PER_MS);
	order[steps++] = *name;
}

START_TEST(sleepers_wake_in_order_of_time)
{
	steps = 0;
	ring_setup(PC_REACH_DISK);
	ck_assert_int_eq(pc_ring_add(ring, sleeper_main, "3"), 0);
	ck_assert_int_eq(pc_ring_add(ring, sleeper_main, "1"), 0);
	ck_assert_int_eq(pc_ring_add(ring, sleeper_main, "2"), 0);
	ring_end();
	order[steps] = '\0';
	ck_assert_str_eq(order, "123");
}
END_TEST

static void poller_main(UNUSED void *arg)
{
	struct pollfd p = {.fd = ends[0], .events = POLLIN};

	ck_assert_int_eq(pc_sys_poll(&p, 1, 20), 0); /* nobody writes */
	ck_assert_int_eq(pc_sys_poll(NULL, 0, 1), 0);
	order[steps++] = 'p';
	ck_assert_int_eq(pc_sys_poll(&p, 1, 20000), 1);
	ck_assert_int_eq(p.revents, POLLIN);
	order[steps++] = 'q';
}

static void late_writer_main(UNUSED void *arg)
{
	while (steps == 0)
		pc_sys_sleep_until(pc_now_ns() + PC_NS_PER_MS);
	order[steps++] = 'w';
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
}

START_TEST(a_poll_ends_by_time_or_event)
{
	ck_assert_int_eq(pipe(ends), 0);
	steps = 0;
	ring_setup(PC_REACH_DISK);
	ck_assert_int_eq(pc_ring_add(ring, poller_main, NULL), 0);
	ck_assert_int_eq(pc_ring_add(ring, late_writer_main, NULL), 0);
	ring_end();
	order[steps] = '\0';
	ck_assert_str_eq(order, "pwq");
}
END_TEST

/* Files of its own, again and again: no answer goes to another one. */
static void maker_main(void *arg)
{
	unsigned number = *(const unsigned *)arg;
	char name[16], buf[16] = "";

	for (unsigned i = 0; i < 50; i++) {
		struct stat st;
		int len = snprintf(name, sizeof(name), "%u.%u", number, i);
		int fd = pc_sys_openat(AT_FDCWD, name, O_RDWR | O_CREAT | O_EXCL, 0600);

		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq(pc_sys_pwrite_full(fd, name, (size_t)len, 0), 0);
		ck_assert_int_eq(pc_sys_fstatat(AT_FDCWD, name, &st, 0), 0);
		ck_assert_int_eq(st.st_size, len);
		ck_assert_int_eq(pc_sys_pread(fd, buf, sizeof(buf), 0), len);
		ck_assert_mem_eq(buf, name, (size_t)len);
		ck_assert_int_eq(pc_sys_close(fd), 0);
	}
}

START_TEST(many_at_once)
{
	struct pc_ring_counts counts;
	unsigned number[MANY];

	ring_setup(PC_REACH_FAR);
	for (unsigned i = 0; i < MANY; i++) {
		number[i] = i;
		ck_assert_int_eq(pc_ring_add(ring, maker_main, &number[i]), 0);
	}
	pc_ring_run(ring);
	pc_ring_count(ring, &counts);
	pc_ring_free(ring);
	ck_assert_uint_ge(counts.at_once + counts.later, 5 * 50 * MANY);
	/* each enter carries those of many */
	ck_assert_uint_le(counts.enters, (counts.at_once + counts.later) / 2);
	ck_assert_uint_eq(counts.plain, 0);
}
END_TEST

/* ---- Times ---- */

static struct pc_ring_times burnt, waited, slept;

static void burner_main(UNUSED void *arg)
{
	while (burnt.cpu_ns < 20 * PC_NS_PER_MS)
		burnt = pc_ring_times();
}

static void waiter_main(UNUSED void *arg)
{
	pc_sys_sleep_until(pc_now_ns());
	waited = pc_ring_times();
}

static void slept_main(UNUSED void *arg)
{
	pc_sys_sleep_until(pc_now_ns() + 100 * PC_NS_PER_MS);
	slept = pc_ring_times();
}

/* The one is ready while the other one has the thread. */
START_TEST(each_coroutine_has_its_own_time)
{
	burnt = waited = (struct pc_ring_times){0};
	ring_setup(PC_REACH_DISK);
	ck_assert_int_eq(pc_ring_add(ring, waiter_main, NULL), 0);
	ck_assert_int_eq(pc_ring_add(ring, burner_main, NULL), 0);
	ring_end();
	ck_assert_uint_eq(burnt.ready_ns, 0);
	ck_assert_uint_ge(waited.ready_ns, 20 * PC_NS_PER_MS);
	ck_assert_uint_lt(waited.cpu_ns, 20 * PC_NS_PER_MS);
}
END_TEST

/* Alone it is never ready without its turn. */
START_TEST(sleeping_coroutine_is_not_ready)
{
	ring_setup(PC_REACH_DISK);
	ck_assert_int_eq(pc_ring_add(ring, slept_main, NULL), 0);
	ring_end();
	ck_assert_uint_lt(slept.cpu_ns + slept.ready_ns, 90 * PC_NS_PER_MS);
}
END_TEST

START_TEST(outside_a_ring_time_is_the_threads)
{
	struct pc_ring_times times = pc_ring_times();

	ck_assert_uint_eq(times.ready_ns, 0);
	ck_assert_uint_le(times.cpu_ns, pc_thread_cpu_ns());
	ck_assert(!pc_ring_is_here());
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ring");
	TCase *tcase = fresh_case(suite, "ring");

	if (pc_ring_refused() < 0) {
		printf("no io_uring here: %s\n", strerror(-pc_ring_refused()));
		return 77;
	}
	tcase_add_test(tcase, names);
	tcase_add_test(tcase, looks);
	tcase_add_test(tcase, directories);
	tcase_add_test(tcase, contents);
	tcase_add_test(tcase, metadata);
	tcase_add_test(tcase, attributes);
	tcase_add_test(tcase, listings);
	tcase_add_test(tcase, ranges);
	tcase_add_test(tcase, other_coroutines_run_during_a_helper_call);
	tcase_add_test(tcase, each_call_has_a_helper);
	tcase_add_test(tcase, call_method_depends_on_the_storage);
	tcase_add_test(tcase, calls_on_a_cold_disk_go_to_helpers);
	tcase_add_test(tcase, pipe_is_read_in_turn);
	tcase_add_test(tcase, all_see_the_end_of_a_pipe);
	tcase_add_test(tcase, sleepers_wake_in_order_of_time);
	tcase_add_test(tcase, a_poll_ends_by_time_or_event);
	tcase_add_test(tcase, many_at_once);
	tcase_add_test(tcase, each_coroutine_has_its_own_time);
	tcase_add_test(tcase, sleeping_coroutine_is_not_ready);
	tcase_add_test(tcase, outside_a_ring_time_is_the_threads);
	return run_suite(suite);
}
