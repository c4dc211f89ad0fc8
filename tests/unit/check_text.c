/* check_text.c - src/cli/text.c: the figures of --stats, of a report that is made up.
 * SPDX-License-Identifier: MIT */
#include "cli/text.h"

#include "support.h"

static const struct pcopy_worker_report workers[] = {
	{.jobs = 3, .entries = 7, .bytes = 1048576, .busy_ns = 1000000000, .last_ns = 1500000000},
	{.jobs = 1, .busy_ns = 900, .first_ns = 100, .last_ns = 200},
};

static const struct pcopy_report report = {
	.size = sizeof(report),
	.pool = PCOPY_POOL_HYBRID,
	.processes = 1,
	.threads = 2,
	.workers = 2,
	.replaced = 4,
	.wall_ns = 2000000000,
	.user_ns = 250000000,
	.system_ns = 500000000,
	.peak_bytes = 3 << 20,
	.entries[PCOPY_FILE] = {.copied = 1000},
	.entries[PCOPY_SYMLINK] = {.skipped = 2},
	.entries[PCOPY_SPECIAL] = {.failed = 3},
	.warnings = 5,
	.bytes = 100 << 20,
	.method_files[PCOPY_METHOD_CLONE] = 1,
	.method_bytes[PCOPY_METHOD_READ_WRITE] = 1 << 20,
	.worker = workers,
};

static char *text;
static size_t length;

static void print(const struct pcopy_report *r)
{
	FILE *stream = open_memstream(&text, &length);

	ck_assert_ptr_nonnull(stream);
	cli_text_report(stream, r);
	ck_assert_int_eq(fclose(stream), 0);
}

static void teardown(void)
{
	free(text);
	text = NULL;
}

static void expect_line(const char *line)
{
	const char *at = strstr(text, line);

	ck_assert_msg(at && (at == text || at[-1] == '\n') && at[strlen(line)] == '\n',
	              "no line \"%s\" in\n%s", line, text);
}

START_TEST(figures)
{
	print(&report);
	expect_line("Pool            hybrid, 2 workers (1 x 2: processes x threads), 4 replaced");
	expect_line("Wall time       2.000 s");
	expect_line("CPU time        0.750 s (user 0.250, system 0.500)");
	expect_line("Peak memory     3.00 MiB");
	expect_line("Warnings        5");
	expect_line("Bytes           104,857,600 (100 MiB)");
	expect_line("Rates           500 files/s, 50.0 MiB/s");
}
END_TEST

/* Files always, and every other kind that was met, whatever came of it. */
START_TEST(kinds)
{
	print(&report);
	expect_line("Entries               copied      skipped       failed");
	expect_line("  files                1,000            0            0");
	expect_line("  symbolic links           0            2            0");
	expect_line("  special files            0            0            3");
	ck_assert_ptr_null(strstr(text, "directories"));
	ck_assert_ptr_null(strstr(text, "hard links"));
}
END_TEST

START_TEST(methods)
{
	print(&report);
	expect_line("  clone                    1          0 B");
	expect_line("  read/write               0     1.00 MiB");
	ck_assert_ptr_null(strstr(text, "copy_file_range"));
}
END_TEST

START_TEST(shares_of_workers)
{
	print(&report);
	expect_line("  0           1.000 s   50.0%         3            7     1.00 MiB");
}
END_TEST

/* Clocks of two kinds may disagree by a bit. */
START_TEST(waiting)
{
	ck_assert_uint_eq(cli_worker_waited_ns(&workers[0]), 500000000);
	ck_assert_uint_eq(cli_worker_waited_ns(&workers[1]), 0);
}
END_TEST

START_TEST(runs_of_no_time_and_runs_that_were_ended)
{
	struct pcopy_report other = report;

	other.wall_ns = 0;
	print(&other);
	ck_assert_ptr_null(strstr(text, "Rates"));
	ck_assert_ptr_null(strstr(text, "ended"));
	teardown();
	other.stop = PCOPY_STOP_CANCELED;
	other.verify = (struct pcopy_verify_report){.wall_ns = 1,
	                                            .entries = 9,
	                                            .differences = 1,
	                                            .failed = 2,
	                                            .skipped = 3,
	                                            .recopied = 4};
	print(&other);
	expect_line("The copy stopped before it was complete.");
	expect_line("  different     1, failed 2, skipped 3, recopied 4");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("text");
	TCase *tcase = plain_case(suite, "text");

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, figures);
	tcase_add_test(tcase, kinds);
	tcase_add_test(tcase, methods);
	tcase_add_test(tcase, shares_of_workers);
	tcase_add_test(tcase, waiting);
	tcase_add_test(tcase, runs_of_no_time_and_runs_that_were_ended);
	return run_suite(suite);
}
