/* SPDX-License-Identifier: MIT */
/* check_verdict.c - src/bench/verdict.c, summary.c: what a timing report says follows
 * from its times. */
#include "bench/parts.h"
#include "bench/regret.h"
#include "bench/summary.h"

#include "support.h"

#include <math.h>

#define RUNS 8

static struct cli_options options;
static struct bench_row row[4];
static struct bench bench;

/* A row whose times lie close to one; a thousandth apart, and no two alike. */
static void row_make(unsigned i, const char *name, enum pcopy_pool pool, double wall_s,
                     unsigned runs)
{
	static struct bench_sample sample[COUNT(row)][RUNS];

	for (unsigned run = 0; run < runs; run++)
		sample[i][run] = (struct bench_sample){
			.wall_s = wall_s * (1 + (run * 4 + i) / 1000.0), .workers = 8};
	row[i] = (struct bench_row){
		.name = strdup(name), .pool = pool, .sample = sample[i], .samples = runs};
	bench.rows = i + 1;
}

static const char *sentence(const struct bench_row *first, const struct bench_row *second)
{
	static char text[BENCH_SENTENCE];

	for (size_t i = 0; i < bench.comparisons; i++) {
		const struct bench_comparison *c = &bench.comparison[i];

		if (c->first == first && c->second == second) {
			bench_sentence(c, text);
			return text;
		}
	}
	return "no such comparison";
}

static void setup(void)
{
	bench = (struct bench){.options = &options, .row = row};
}

/* Whichever of the two is the faster: the part is that of the slower's time. */
START_TEST(less_time_of_the_slower)
{
	static const struct pc_shift shift = {.shift = -1.5, .low = -1.6, .high = -1.4};
	const struct bench_row quick = {.name = "quick", .wall = {.median = 0.5}};
	const struct bench_row slow = {.name = "slow", .wall = {.median = 2}};
	struct bench_comparison c = {.kind = BENCH_DIFFERENCE,
	                             .first = &quick,
	                             .second = &slow,
	                             .p = 0.001,
	                             .shift = shift};
	char text[BENCH_SENTENCE];

	bench_sentence(&c, text);
	ck_assert_str_eq(text, "quick is faster than slow: 75.0 % less time (1.500 s a run, "
	                       "95 % interval 1.400 s to 1.600 s, p = 0.001)");
	c.first = &slow;
	c.second = &quick;
	c.shift = (struct pc_shift){.shift = 1.5, .low = 1.4, .high = 1.6};
	bench_sentence(&c, text);
	ck_assert_str_eq(text, "quick is faster than slow: 75.0 % less time (1.500 s a run, "
	                       "95 % interval 1.400 s to 1.600 s, p = 0.001)");
}
END_TEST

static const char *verdict(void)
{
	static char text[4096];
	FILE *stream = fmemopen(text, sizeof(text), "w");

	ck_assert_ptr_nonnull(stream);
	bench_verdict_write(stream, &bench);
	ck_assert_int_eq(fclose(stream), 0);
	return text;
}

/* Those that found nothing were compared as well. */
START_TEST(comparisons_are_counted)
{
	row_make(0, "serial", PCOPY_POOL_SERIAL, 1, RUNS);
	row_make(1, "threads", PCOPY_POOL_THREADS, 0.5, RUNS);
	row_make(2, "processes", PCOPY_POOL_PROCESSES, 1, RUNS);
	row_make(3, "hybrid", PCOPY_POOL_HYBRID, 0.5, 2);
	ck_assert_int_eq(bench_summarize(&bench), 0);
	/* three with the baseline, and threads with processes */
	ck_assert_uint_eq(bench.comparisons, 4);
	ck_assert_str_eq(sentence(&row[1], &row[0]),
	                 "threads is faster than serial: 50.0 % less time (0.506 s a run, "
	                 "95 % interval 0.497 s to 0.515 s, p = 0.00047)");
	ck_assert_ptr_nonnull(strstr(sentence(&row[2], &row[0]),
	                             "No significant difference between processes and serial"));
	ck_assert_str_eq(sentence(&row[3], &row[0]),
	                 "No verdict on hybrid and serial: at least 5 runs of each are required");
	ck_assert_ptr_nonnull(strstr(verdict(), "(Mann-Whitney U, p corrected for 3 comparisons by "
	                                        "Holm; Hodges-Lehmann shift)\n"));
}
END_TEST

START_TEST(one_comparison)
{
	row_make(0, "serial", PCOPY_POOL_SERIAL, 1, RUNS);
	row_make(1, "threads", PCOPY_POOL_THREADS, 1, RUNS);
	ck_assert_int_eq(bench_summarize(&bench), 0);
	ck_assert_ptr_nonnull(strstr(verdict(), "p corrected for 1 comparison by Holm"));
	free(bench.comparison);
	row[1].samples = 4;
	bench.comparisons = 0;
	ck_assert_int_eq(bench_summarize(&bench), 0);
	ck_assert_ptr_null(strstr(verdict(), "corrected"));
}
END_TEST

/* Rows that are warm are measured by one that is. */
START_TEST(a_baseline_for_each_state)
{
	row_make(0, "serial, warm", PCOPY_POOL_SERIAL, 1, RUNS);
	row_make(1, "serial, cold", PCOPY_POOL_SERIAL, 2, RUNS);
	row_make(2, "threads, warm", PCOPY_POOL_THREADS, 0.5, RUNS);
	row_make(3, "threads, cold", PCOPY_POOL_THREADS, 0.5, RUNS);
	for (unsigned i = 0; i < 4; i++)
		row[i].cache = i % 2 ? BENCH_CACHE_COLD : BENCH_CACHE_WARM;
	ck_assert_ptr_eq(bench_baseline(&bench, BENCH_CACHE_WARM), &row[0]);
	ck_assert_ptr_eq(bench_baseline(&bench, BENCH_CACHE_COLD), &row[1]);
	ck_assert_ptr_null(bench_baseline(&bench, BENCH_CACHE_ANY));
	ck_assert_int_eq(bench_summarize(&bench), 0);
	ck_assert_uint_eq(bench.comparisons, 2);
	ck_assert(fabs(row[2].speedup - 2) < 0.01);
	ck_assert(fabs(row[3].speedup - 4) < 0.01);
	options.baseline = "threads";
	ck_assert_ptr_eq(bench_baseline(&bench, BENCH_CACHE_WARM), &row[2]);
	ck_assert_ptr_eq(bench_baseline(&bench, BENCH_CACHE_COLD), &row[3]);
}
END_TEST

/* Within a pool: the others are quicker or slower for other reasons. */
START_TEST(regret_of_the_default)
{
	row_make(0, "auto", PCOPY_POOL_THREADS, 1.1, RUNS);
	row[0].automatic = true;
	row_make(1, "threads -j 1", PCOPY_POOL_THREADS, 2, RUNS);
	row_make(2, "threads -j 4", PCOPY_POOL_THREADS, 1, RUNS);
	row_make(3, "processes -j 4", PCOPY_POOL_PROCESSES, 0.5, RUNS);
	bench.sweep = (struct bench_sweep){.what = BENCH_SWEEP_JOBS, .value = {1, 4}, .values = 2};
	ck_assert_int_eq(bench_summarize(&bench), 0);
	ck_assert_uint_eq(bench.regrets, 1);
	ck_assert_ptr_eq(bench.regret[0].automatic, &row[0]);
	ck_assert_ptr_eq(bench.regret[0].best, &row[2]);
	ck_assert(fabs(bench.regret[0].part - 0.1) < 0.01);
	row[1].fault = row[2].fault = "nothing to compare with";
	bench_regrets_find(&bench);
	ck_assert_uint_eq(bench.regrets, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("verdict");
	TCase *tcase = plain_case(suite, "verdict");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, less_time_of_the_slower);
	tcase_add_test(tcase, comparisons_are_counted);
	tcase_add_test(tcase, one_comparison);
	tcase_add_test(tcase, a_baseline_for_each_state);
	tcase_add_test(tcase, regret_of_the_default);
	return run_suite(suite);
}
