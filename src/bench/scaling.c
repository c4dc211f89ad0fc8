/* SPDX-License-Identifier: MIT */
/* scaling.c - evaluates a sweep over workers. */
#include "bench/scaling.h"

#include <math.h>

static struct bench_row *row_find(const struct bench *bench, enum pcopy_pool pool,
                                  enum bench_cache cache, uint64_t workers)
{
	for (unsigned i = 0; i < bench->rows; i++) {
		struct bench_row *row = &bench->row[i];

		if (!row->command && !row->fault && row->pool == pool && row->cache == cache &&
		    bench_row_workers(bench, row) == workers)
			return row;
	}
	return NULL;
}

unsigned bench_curve(const struct bench *bench, enum pcopy_pool pool, enum bench_cache cache,
                     struct bench_row **ret)
{
	unsigned count = 0;

	if (bench->sweep.what != BENCH_SWEEP_JOBS || pool == PCOPY_POOL_SERIAL)
		return 0;
	if (bench->sweep.value[0] != 1)
		ret[count] = row_find(bench, PCOPY_POOL_SERIAL, cache, 1);
	if (bench->sweep.value[0] != 1 && ret[count])
		count++;
	for (unsigned i = 0; i < bench->sweep.values; i++) {
		ret[count] = row_find(bench, pool, cache, bench->sweep.value[i]);
		if (ret[count])
			count++;
	}
	return count;
}

/* Serial fractions and knee of one pool, relative to its own first point. */
static void curve_measure(struct bench *bench, enum pcopy_pool pool, enum bench_cache cache)
{
	struct bench_row *curve[BENCH_SWEEP_MAX + 1];
	double workers[BENCH_SWEEP_MAX + 1], speedup[BENCH_SWEEP_MAX + 1];
	unsigned count = bench_curve(bench, pool, cache, curve);

	if (count < 2 || bench_row_workers(bench, curve[0]) != 1)
		return;
	for (unsigned i = 0; i < count; i++) {
		workers[i] = bench_row_workers(bench, curve[i]);
		speedup[i] = curve[0]->wall.median / curve[i]->wall.median;
		if (i > 0)
			curve[i]->serial_fraction = pc_stats_karp_flatt(speedup[i], workers[i]);
	}
	if (count > 2)
		curve[pc_stats_knee(workers, speedup, count)]->knee = true;
}

/* ---- Suggestion ---- */

static bool may_be_suggested(const struct bench_row *row)
{
	return !row->command && !row->automatic && !row->fault &&
	       row->samples >= BENCH_VERDICT_RUNS;
}

/* Fewer workers win, then less time. */
static bool is_better(const struct bench *bench, const struct bench_row *a,
                      const struct bench_row *b)
{
	unsigned m = bench_row_workers(bench, a), n = bench_row_workers(bench, b);

	return m < n || (m == n && a->wall.median < b->wall.median);
}

/* That no significant difference was found would mean little with few runs.  So the distance of
 * the medians decides. */
static void suggestion_find(struct bench *bench)
{
	const struct bench_row *best = NULL;

	for (unsigned i = 0; i < bench->rows; i++) {
		const struct bench_row *row = &bench->row[i];

		if (may_be_suggested(row) && (!best || row->wall.median < best->wall.median))
			best = row;
	}
	bench->suggested = best;
	for (unsigned i = 0; best && i < bench->rows; i++) {
		const struct bench_row *row = &bench->row[i];

		if (may_be_suggested(row) && row->cache == best->cache &&
		    row->wall.median <= best->wall.median * (1 + BENCH_SUGGEST_PART) &&
		    is_better(bench, row, bench->suggested))
			bench->suggested = row;
	}
}

void bench_scale(struct bench *bench)
{
	if (bench->sweep.what != BENCH_SWEEP_JOBS)
		return;
	for (unsigned pool = 0; pool < PCOPY_POOLS; pool++) {
		for (unsigned cache = 0; cache < BENCH_CACHES; cache++)
			curve_measure(bench, (enum pcopy_pool)pool, (enum bench_cache)cache);
	}
	suggestion_find(bench);
}
