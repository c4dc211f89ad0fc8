/* SPDX-License-Identifier: MIT */
/* summary.c - computes statistics and comparisons from the samples.
 *
 * A row with an invalid run has no summary: it can neither win nor be compared with.  Each row is
 * compared with the baseline of its cache state, and threads with processes; all these tests form
 * one family. */
#include "bench/summary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "bench/regret.h"
#include "bench/samples.h"

static int figures_describe(const struct bench_row *row, bench_figure *figure, struct pc_stats *ret)
{
	_cleanup_free_ double *figures = bench_samples_new(row, figure);

	return figures ? pc_stats_describe(figures, row->samples, ret) : -ENOMEM;
}

int bench_means_are_precise(const struct bench *bench, bool *ret)
{
	*ret = true;
	for (unsigned i = 0; i < bench->rows && *ret; i++) {
		const struct bench_row *row = &bench->row[i];
		struct pc_stats wall;
		int rc;

		if (row->fault || !row->samples)
			continue;
		rc = figures_describe(row, bench_wall_s, &wall);
		if (rc < 0)
			return rc;
		*ret = (wall.high - wall.low) / 2 < BENCH_AUTO_PART * wall.mean;
	}
	return 0;
}

/* ---- Rows ---- */

static int mark_outliers(struct bench_row *row)
{
	_cleanup_free_ double *times = bench_samples_new(row, bench_wall_s);
	_cleanup_free_ bool *outlier = calloc(row->samples, sizeof(*outlier));
	int rc = times && outlier ? pc_stats_outliers(times, row->samples, outlier) : -ENOMEM;

	for (size_t i = 0; !rc && i < row->samples; i++)
		row->sample[i].outlier = outlier[i];
	return rc;
}

static int summarize_row(struct bench_row *row)
{
	int rc = figures_describe(row, bench_wall_s, &row->wall);

	if (!rc)
		rc = mark_outliers(row);
	if (!rc)
		rc = figures_describe(row, bench_flushed_s, &row->flushed);
	if (!rc)
		rc = bench_samples_median(row, 0, bench_cpu_s, &row->cpu_s);
	for (size_t i = 0; i < row->samples; i++) {
		const struct bench_sample *sample = &row->sample[i];

		if (row->peak_bytes < sample->peak_bytes)
			row->peak_bytes = sample->peak_bytes;
	}
	return rc;
}

/* ---- Names of rows that ran differently than requested ---- */

/* The copy methods used in any of its runs. */
static unsigned methods_of(const struct bench_row *row)
{
	unsigned methods = 0;

	for (size_t run = 0; run < row->samples; run++) {
		for (unsigned i = 0; i < PCOPY_METHODS; i++)
			methods |= row->sample[run].method_bytes[i] ? 1U << i : 0;
	}
	return methods;
}

static int rename_row(struct bench_row *row, const char *what)
{
	char *name = NULL;

	if (asprintf(&name, "%s (%s)", row->name, what) < 0)
		return -ENOMEM;
	free(row->name);
	row->name = name;
	return 0;
}

static int rename_fallen_back(struct bench *bench, struct bench_row *row)
{
	unsigned methods = methods_of(row);
	bool fewer = false;

	if (row->command)
		return 0;
	for (size_t i = 0; i < row->samples; i++)
		fewer = fewer || row->sample[i].degraded ||
		        (!row->sample[i].fault &&
		         row->sample[i].workers < bench_row_workers(bench, row));
	if (fewer)
		return rename_row(row, "fell back");
	return methods & (methods - 1) ? rename_row(row, "mixed") : 0;
}

/* ---- Comparisons ---- */

static void relate_to_baseline(struct bench *bench)
{
	for (unsigned i = 0; i < bench->rows; i++) {
		struct bench_row *row = &bench->row[i];
		const struct bench_row *base = bench_baseline(bench, row->cache);

		if (row->fault || !base || base->fault)
			continue;
		row->speedup = base->wall.median / row->wall.median;
		if (!row->command && !row->automatic && row->sample[0].workers)
			row->efficiency = row->speedup / row->sample[0].workers;
	}
}

static int summary_judge(struct bench_comparison *c)
{
	_cleanup_free_ double *first = bench_samples_new(c->first, bench_wall_s);
	_cleanup_free_ double *second = bench_samples_new(c->second, bench_wall_s);
	size_t m = c->first->samples, n = c->second->samples;
	int rc;

	if (!first || !second)
		return -ENOMEM;
	if (c->first->fault || c->second->fault) {
		c->kind = BENCH_UNSOUND;
		return 0;
	}
	if (m < BENCH_VERDICT_RUNS || n < BENCH_VERDICT_RUNS) {
		c->kind = BENCH_TOO_FEW;
		return 0;
	}
	rc = pc_stats_mann_whitney(first, m, second, n, &c->raw_p, &c->u);
	if (!rc)
		rc = pc_stats_shift(first, m, second, n, &c->shift);
	c->kind = BENCH_NO_DIFFERENCE; /* until bench_summarize() corrects all p-values */
	return rc;
}

static void pair_add(struct bench *bench, const struct bench_row *first,
                     const struct bench_row *second)
{
	bench->comparison[bench->comparisons++] =
		(struct bench_comparison){.first = first, .second = second};
}

static bool is_pool(const struct bench_row *row, enum pcopy_pool pool)
{
	return !row->command && !row->automatic && row->pool == pool;
}

/* Compares every row with its baseline, threads with processes unless one is the baseline, and
 * the default number of workers with the best of the sweep. */
static void comparisons_fill(struct bench *bench)
{
	for (unsigned i = 0; i < bench->rows; i++) {
		const struct bench_row *row = &bench->row[i];
		const struct bench_row *base = bench_baseline(bench, row->cache);

		if (base && row != base)
			pair_add(bench, row, base);
	}
	for (unsigned i = 0; i < bench->rows; i++) {
		const struct bench_row *a = &bench->row[i];

		for (unsigned j = 0; j < bench->rows && is_pool(a, PCOPY_POOL_THREADS); j++) {
			const struct bench_row *b = &bench->row[j];
			const struct bench_row *base = bench_baseline(bench, b->cache);

			if (is_pool(b, PCOPY_POOL_PROCESSES) && a->cache == b->cache &&
			    a->swept == b->swept && a != base && b != base)
				pair_add(bench, a, b);
		}
	}
	for (unsigned i = 0; i < bench->regrets; i++) {
		const struct bench_regret *r = &bench->regret[i];
		const struct bench_row *base = bench_baseline(bench, r->best->cache);

		if (base != r->best && base != r->automatic)
			pair_add(bench, r->automatic, r->best);
	}
}

static int correct_all(struct bench *bench)
{
	_cleanup_free_ double *p = calloc(bench->comparisons + 1, sizeof(*p));
	size_t count = 0;
	int rc;

	if (!p)
		return -ENOMEM;
	for (size_t i = 0; i < bench->comparisons; i++) {
		if (bench->comparison[i].kind == BENCH_NO_DIFFERENCE)
			p[count++] = bench->comparison[i].raw_p;
	}
	rc = pc_stats_holm(p, count);
	count = 0;
	for (size_t i = 0; i < bench->comparisons && !rc; i++) {
		struct bench_comparison *c = &bench->comparison[i];

		if (c->kind != BENCH_NO_DIFFERENCE)
			continue;
		c->p = p[count++];
		if (c->p < BENCH_SIGNIFICANCE)
			c->kind = BENCH_DIFFERENCE;
	}
	return rc;
}

static int compare_all(struct bench *bench)
{
	int rc = 0;

	bench->comparison =
		calloc(2 * (size_t)bench->rows + BENCH_REGRETS_MAX, sizeof(*bench->comparison));
	if (!bench->comparison)
		return -ENOMEM;
	comparisons_fill(bench);
	for (size_t i = 0; i < bench->comparisons && !rc; i++)
		rc = summary_judge(&bench->comparison[i]);
	return rc < 0 ? rc : correct_all(bench);
}

int bench_summarize(struct bench *bench)
{
	int rc = 0;

	for (unsigned i = 0; i < bench->rows && !rc; i++) {
		if (!bench->row[i].fault)
			rc = summarize_row(&bench->row[i]);
	}
	if (rc < 0)
		return rc;
	relate_to_baseline(bench);
	bench_regrets_find(bench);
	rc = compare_all(bench);
	for (unsigned i = 0; i < bench->rows && !rc; i++)
		rc = rename_fallen_back(bench, &bench->row[i]);
	return rc;
}
