/* check_data.c - src/copy/data.c: the same bytes by each method, and the holes.
 * SPDX-License-Identifier: MIT
 *
 * Through the public door, as a file is more than its data: what is read back
 * is what a user gets. */
#include "pcopy.h"

#include "support.h"

#define PIECE (256U << 10)

/* A letter a piece: d data, h hole, z zeros that are written. */
static const struct {
	const char *pieces;
	unsigned tail; /* bytes of data beyond them */
} shapes[] = {
	{"", 0},    {"", 1},    {"d", 0},   {"", 4097}, {"hd", 0},        {"hhdd", 3},
	{"dhd", 0}, {"dhd", 5}, {"dhh", 0}, {"h", 0},   {"h", 7},         {"dz", 0},
	{"zd", 0},  {"dzd", 9}, {"z", 0},   {"hzh", 0}, {"dhdhdhd", 100},
};

static char data[PIECE], zeros[PIECE];
static struct pcopy_options options;
static struct pcopy_report report;

static void make_source(int shape)
{
	int fd = open("src", O_RDWR | O_CREAT | O_EXCL, 0644);
	off_t at = 0;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7 + i / 253 + 1);
	for (const char *p = shapes[shape].pieces; *p; p++, at += PIECE) {
		if (*p != 'h')
			ck_assert_int_eq(pwrite(fd, *p == 'd' ? data : zeros, PIECE, at), PIECE);
	}
	ck_assert_int_eq(ftruncate(fd, at), 0);
	ck_assert_int_eq(pwrite(fd, data, shapes[shape].tail, at), shapes[shape].tail);
	close(fd);
}

static void setup(void)
{
	fresh_enter();
	options = (struct pcopy_options)PCOPY_OPTIONS_INIT;
	options.pool = PCOPY_POOL_SERIAL;
}

static int copy_file(void)
{
	struct pcopy *copy;
	int r;

	ck_assert_int_eq(pcopy_new(&options, &copy), 0);
	ck_assert_int_eq(pcopy_add(copy, "src", "dst", 0), 0);
	r = pcopy_run(copy);
	report = *pcopy_get_report(copy);
	pcopy_free(copy);
	return r;
}

static void expect_same_bytes(void)
{
	static char a[PIECE], b[PIECE];
	int src = open("src", O_RDONLY), dst = open("dst", O_RDONLY);
	ssize_t n;

	ck_assert_int_ge(dst, 0);
	do {
		n = read(src, a, PIECE);
		ck_assert_int_eq(read(dst, b, PIECE), n);
		ck_assert(memcmp(a, b, (size_t)n) == 0);
	} while (n > 0);
	close(src);
	close(dst);
}

static uint64_t allocated(const char *path)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	return (uint64_t)st.st_blocks * 512;
}

/* Pieces of the shape that have one of these letters, and the tail. */
static uint64_t bytes_of(int shape, const char *letters)
{
	uint64_t bytes = shapes[shape].tail;

	for (const char *p = shapes[shape].pieces; *p; p++)
		bytes += strchr(letters, *p) ? PIECE : 0;
	return bytes;
}

/* Blocks for these bytes and no more: a file system rounds up, and may keep a
 * block of its own. */
static void expect_allocated(uint64_t bytes)
{
	ck_assert_uint_ge(allocated("dst"), bytes);
	ck_assert_uint_lt(allocated("dst"), bytes + PIECE / 2);
}

static bool holes_are_kept_here(void)
{
	int fd = open("probe", O_RDWR | O_CREAT, 0644);
	bool kept;

	ck_assert_int_eq(ftruncate(fd, 4 * PIECE), 0);
	kept = allocated("probe") == 0 && lseek(fd, 0, SEEK_DATA) < 0;
	close(fd);
	if (!kept)
		puts("skipped: this file system knows no holes");
	return kept;
}

/* ---- Methods ---- */

/* reflink=never also means no copy_file_range, which may clone. */
START_TEST(read_and_write)
{
	make_source(_i);
	options.reflink = PCOPY_NEVER;
	ck_assert_int_eq(copy_file(), 0);
	expect_same_bytes();
	ck_assert_uint_eq(report.method_bytes[PCOPY_METHOD_CLONE], 0);
	ck_assert_uint_eq(report.method_bytes[PCOPY_METHOD_COPY_FILE_RANGE], 0);
	ck_assert_uint_ge(report.method_bytes[PCOPY_METHOD_READ_WRITE], bytes_of(_i, "dz"));
}
END_TEST

START_TEST(best_method_is_chosen)
{
	uint64_t moved = 0;

	make_source(_i);
	ck_assert_int_eq(copy_file(), 0);
	expect_same_bytes();
	for (int m = 0; m < PCOPY_METHODS; m++)
		moved += report.method_bytes[m];
	ck_assert_uint_ge(moved, bytes_of(_i, "dz"));
	ck_assert_uint_eq(report.bytes, bytes_of(_i, "dhz"));
	ck_assert_uint_eq(report.entries[PCOPY_FILE].copied, 1);
}
END_TEST

/* No zeros in it, so that nothing is in the way of copy_file_range. */
START_TEST(copy_file_range_where_clones_are_unwanted)
{
	int fd, other;
	off_t from = 0, to = 0;

	make_source(2);
	fd = open("src", O_RDONLY);
	other = open("other", O_WRONLY | O_CREAT, 0644);
	if (copy_file_range(fd, &from, other, &to, PIECE, 0) != PIECE) {
		puts("skipped: no copy_file_range here");
		return;
	}
	options.sparse = PCOPY_ALWAYS; /* no clone, as it keeps zeros; no range either */
	ck_assert_int_eq(copy_file(), 0);
	expect_same_bytes();
	ck_assert_uint_eq(report.method_bytes[PCOPY_METHOD_READ_WRITE], PIECE);
	ck_assert_int_eq(unlink("dst"), 0);
	options.sparse = PCOPY_AUTO;
	ck_assert_int_eq(copy_file(), 0);
	expect_same_bytes();
	ck_assert_uint_eq(report.method_bytes[PCOPY_METHOD_CLONE] +
	                          report.method_bytes[PCOPY_METHOD_COPY_FILE_RANGE],
	                  PIECE);
	ck_assert_uint_eq(report.method_bytes[PCOPY_METHOD_READ_WRITE], 0);
}
END_TEST

/* Either all is cloned, or it is an error and no file is left. */
START_TEST(clone_or_nothing)
{
	int r;

	make_source(_i);
	options.reflink = PCOPY_ALWAYS;
	r = copy_file();
	if (r == 0) {
		expect_same_bytes();
		ck_assert_uint_eq(report.method_bytes[PCOPY_METHOD_CLONE], bytes_of(_i, "dhz"));
		return;
	}
	ck_assert_int_eq(r, 1);
	ck_assert_uint_eq(report.entries[PCOPY_FILE].failed, 1);
	ck_assert(!exists("dst"));
}
END_TEST

/* ---- Holes ---- */

START_TEST(holes_stay_holes)
{
	options.reflink = _i % 2 ? PCOPY_NEVER : PCOPY_AUTO;
	_i /= 2;
	make_source(_i);
	if (!holes_are_kept_here())
		return;
	ck_assert_int_eq(copy_file(), 0);
	expect_same_bytes();
	expect_allocated(bytes_of(_i, "dz"));
}
END_TEST

START_TEST(zeros_become_holes)
{
	make_source(_i);
	options.sparse = PCOPY_ALWAYS;
	if (!holes_are_kept_here())
		return;
	ck_assert_int_eq(copy_file(), 0);
	expect_same_bytes();
	expect_allocated(bytes_of(_i, "d"));
}
END_TEST

START_TEST(holes_are_filled)
{
	make_source(_i);
	options.sparse = PCOPY_NEVER;
	ck_assert_int_eq(copy_file(), 0);
	expect_same_bytes();
	ck_assert_uint_ge(allocated("dst"), bytes_of(_i, "dhz"));
}
END_TEST

/* Over the old text of a longer file a hole must not show it. */
START_TEST(holes_over_old_text)
{
	int fd = open("dst", O_WRONLY | O_CREAT, 0644);

	make_source(_i);
	for (off_t i = 0; i < 9; i++)
		ck_assert_int_eq(pwrite(fd, data, PIECE, i * PIECE), PIECE);
	close(fd);
	ck_assert_int_eq(copy_file(), 0);
	expect_same_bytes();
}
END_TEST

/* In ranges whose borders lie anywhere in the pieces. */
START_TEST(ranges_keep_bytes_and_holes)
{
	make_source(_i);
	options.pool = PCOPY_POOL_THREADS;
	options.threads = 3;
	options.chunk_bytes = 100001;
	options.reflink = PCOPY_NEVER;
	ck_assert_int_eq(copy_file(), 0);
	expect_same_bytes();
	if (!holes_are_kept_here())
		return;
	expect_allocated(bytes_of(_i, "dz"));
	ck_assert_uint_lt(report.method_bytes[PCOPY_METHOD_READ_WRITE],
	                  bytes_of(_i, "dz") + PIECE / 2);
}
END_TEST

/* Files that tell no size are read to their end. */
START_TEST(file_without_a_size_is_read_to_its_end)
{
	char text[4096];
	int fd = open("/proc/self/mountinfo", O_RDONLY), copy_fd;
	struct pcopy *copy;
	ssize_t n = read(fd, text, sizeof(text));
	static char got[4096];

	ck_assert_int_gt(n, 0);
	close(fd);
	ck_assert_int_eq(pcopy_new(&options, &copy), 0);
	ck_assert_int_eq(pcopy_add(copy, "/proc/self/mountinfo", "dst", 0), 0);
	ck_assert_int_eq(pcopy_run(copy), 0);
	ck_assert_uint_eq(pcopy_get_report(copy)->method_files[PCOPY_METHOD_READ_WRITE], 1);
	pcopy_free(copy);
	copy_fd = open("dst", O_RDONLY);
	ck_assert_int_eq(read(copy_fd, got, sizeof(got)), n);
	ck_assert_mem_eq(got, text, (size_t)n);
}
END_TEST

int main(void)
{
	const int all = COUNT(shapes);
	Suite *suite = suite_create("data");
	TCase *tcase = prepared_case(suite, "data", setup);

	tcase_add_loop_test(tcase, read_and_write, 0, all);
	tcase_add_loop_test(tcase, best_method_is_chosen, 0, all);
	tcase_add_test(tcase, copy_file_range_where_clones_are_unwanted);
	tcase_add_loop_test(tcase, clone_or_nothing, 2, all);
	tcase_add_loop_test(tcase, holes_stay_holes, 0, 2 * all);
	tcase_add_loop_test(tcase, zeros_become_holes, 0, all);
	tcase_add_loop_test(tcase, holes_are_filled, 0, all);
	tcase_add_loop_test(tcase, holes_over_old_text, 0, all);
	tcase_add_loop_test(tcase, ranges_keep_bytes_and_holes, 0, all);
	tcase_add_test(tcase, file_without_a_size_is_read_to_its_end);
	return run_suite(suite);
}
