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

static int figures_describe(const struct bench_mode *mode, bench_figure *figure,
                            struct pc_stats *ret)
{
	_cleanup_free_ double *figures = bench_samples_new(mode, figure);

	return figures ? pc_stats_describe(figures, mode->samples, ret) : -ENOMEM;
}

int bench_are_known(const struct bench *bench, bool *ret)
{
	*ret = true;
	for (unsigned i = 0; i < bench->modes && *ret; i++) {
		const struct bench_mode *mode = &bench->mode[i];
		struct pc_stats wall;
		int rc;

		if (mode->fault || !mode->samples)
			continue;
		rc = figures_describe(mode, bench_wall_s, &wall);
		if (rc < 0)
			return rc;
		*ret = (wall.high - wall.low) / 2 < BENCH_AUTO_PART * wall.mean;
	}
	return 0;
}

/* ---- Rows ---- */

static int mark_outliers(struct bench_mode *mode)
{
	_cleanup_free_ double *times = bench_samples_new(mode, bench_wall_s);
	_cleanup_free_ bool *outlier = calloc(mode->samples, sizeof(*outlier));
	int rc = times && outlier ? pc_stats_outliers(times, mode->samples, outlier) : -ENOMEM;

	for (size_t i = 0; !rc && i < mode->samples; i++)
		mode->sample[i].outlier = outlier[i];
	return rc;
}

static int summarize_mode(struct bench_mode *mode)
{
	int rc = figures_describe(mode, bench_wall_s, &mode->wall);

	if (!rc)
		rc = mark_outliers(mode);
	if (!rc)
		rc = figures_describe(mode, bench_flushed_s, &mode->flushed);
	if (!rc)
		rc = bench_samples_median(mode, 0, bench_cpu_s, &mode->cpu_s);
	for (size_t i = 0; i < mode->samples; i++) {
		const struct bench_sample *sample = &mode->sample[i];

		if (mode->peak_bytes < sample->peak_bytes)
			mode->peak_bytes = sample->peak_bytes;
	}
	return rc;
}

/* ---- Names of rows that ran differently than requested ---- */

/* The copy methods used in any of its runs. */
static unsigned methods_of(const struct bench_mode *mode)
{
	unsigned methods = 0;

	for (size_t run = 0; run < mode->samples; run++) {
		for (unsigned i = 0; i < PCOPY_METHODS; i++)
			methods |= mode->sample[run].method_bytes[i] ? 1U << i : 0;
	}
	return methods;
}

static int rename_row(struct bench_mode *mode, const char *what)
{
	char *name = NULL;

	if (asprintf(&name, "%s (%s)", mode->name, what) < 0)
		return -ENOMEM;
	free(mode->name);
	mode->name = name;
	return 0;
}

static int rename_fallen_back(struct bench *bench, struct bench_mode *mode)
{
	unsigned methods = methods_of(mode);
	bool fewer = false;

	if (mode->command)
		return 0;
	for (size_t i = 0; i < mode->samples; i++)
		fewer = fewer || mode->sample[i].degraded ||
		        (!mode->sample[i].fault &&
		         mode->sample[i].workers < bench_row_workers(bench, mode));
	if (fewer)
		return rename_row(mode, "fell back");
	return methods & (methods - 1) ? rename_row(mode, "mixed") : 0;
}

/* ---- Comparisons ---- */

static void relate_to_baseline(struct bench *bench)
{
	for (unsigned i = 0; i < bench->modes; i++) {
		struct bench_mode *mode = &bench->mode[i];
		const struct bench_mode *base = bench_baseline(bench, mode->cache);

		if (mode->fault || !base || base->fault)
			continue;
		mode->speedup = base->wall.median / mode->wall.median;
		if (!mode->command && !mode->automatic && mode->sample[0].workers)
			mode->efficiency = mode->speedup / mode->sample[0].workers;
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

static void pair_add(struct bench *bench, const struct bench_mode *first,
                     const struct bench_mode *second)
{
	bench->comparison[bench->comparisons++] =
		(struct bench_comparison){.first = first, .second = second};
}

static bool is_pool(const struct bench_mode *mode, enum pcopy_pool pool)
{
	return !mode->command && !mode->automatic && mode->pool == pool;
}

/* Compares every row with its baseline, threads with processes unless one is the baseline, and
 * the default number of workers with the best of the sweep. */
static void comparisons_fill(struct bench *bench)
{
	for (unsigned i = 0; i < bench->modes; i++) {
		const struct bench_mode *mode = &bench->mode[i];
		const struct bench_mode *base = bench_baseline(bench, mode->cache);

		if (base && mode != base)
			pair_add(bench, mode, base);
	}
	for (unsigned i = 0; i < bench->modes; i++) {
		const struct bench_mode *a = &bench->mode[i];

		for (unsigned j = 0; j < bench->modes && is_pool(a, PCOPY_POOL_THREADS); j++) {
			const struct bench_mode *b = &bench->mode[j];
			const struct bench_mode *base = bench_baseline(bench, b->cache);

			if (is_pool(b, PCOPY_POOL_PROCESSES) && a->cache == b->cache &&
			    a->swept == b->swept && a != base && b != base)
				pair_add(bench, a, b);
		}
	}
	for (unsigned i = 0; i < bench->regrets; i++) {
		const struct bench_regret *r = &bench->regret[i];
		const struct bench_mode *base = bench_baseline(bench, r->best->cache);

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
		calloc(2 * (size_t)bench->modes + BENCH_REGRETS_MAX, sizeof(*bench->comparison));
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

	for (unsigned i = 0; i < bench->modes && !rc; i++) {
		if (!bench->mode[i].fault)
			rc = summarize_mode(&bench->mode[i]);
	}
	if (rc < 0)
		return rc;
	relate_to_baseline(bench);
	bench_regrets_find(bench);
	rc = compare_all(bench);
	for (unsigned i = 0; i < bench->modes && !rc; i++)
		rc = rename_fallen_back(bench, &bench->mode[i]);
	return rc;
}
