/* SPDX-License-Identifier: MIT */
/* scaling.c - evaluates a sweep over workers. */
#include "bench/scaling.h"

#include <math.h>

static struct bench_mode *row_find(const struct bench *bench, enum pcopy_pool pool,
                                   enum bench_cache cache, uint64_t workers)
{
	for (unsigned i = 0; i < bench->modes; i++) {
		struct bench_mode *mode = &bench->mode[i];

		if (!mode->command && !mode->fault && mode->pool == pool && mode->cache == cache &&
		    bench_row_workers(bench, mode) == workers)
			return mode;
	}
	return NULL;
}

unsigned bench_curve(const struct bench *bench, enum pcopy_pool pool, enum bench_cache cache,
                     struct bench_mode **ret)
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
	struct bench_mode *curve[BENCH_SWEEP_MAX + 1];
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

static bool may_be_suggested(const struct bench_mode *mode)
{
	return !mode->command && !mode->automatic && !mode->fault &&
	       mode->samples >= BENCH_VERDICT_RUNS;
}

/* Fewer workers win, then less time. */
static bool is_better(const struct bench *bench, const struct bench_mode *a,
                      const struct bench_mode *b)
{
	unsigned m = bench_row_workers(bench, a), n = bench_row_workers(bench, b);

	return m < n || (m == n && a->wall.median < b->wall.median);
}

/* That no significant difference was found would mean little with few runs.  So the distance of
 * the medians decides. */
static void suggest(struct bench *bench)
{
	const struct bench_mode *best = NULL;

	for (unsigned i = 0; i < bench->modes; i++) {
		const struct bench_mode *mode = &bench->mode[i];

		if (may_be_suggested(mode) && (!best || mode->wall.median < best->wall.median))
			best = mode;
	}
	bench->suggested = best;
	for (unsigned i = 0; best && i < bench->modes; i++) {
		const struct bench_mode *mode = &bench->mode[i];

		if (may_be_suggested(mode) && mode->cache == best->cache &&
		    mode->wall.median <= best->wall.median * (1 + BENCH_SUGGEST_PART) &&
		    is_better(bench, mode, bench->suggested))
			bench->suggested = mode;
	}
}

void bench_scale(struct bench *bench)
{
	static const enum bench_cache states[] = {BENCH_CACHE_ANY, BENCH_CACHE_WARM,
	                                          BENCH_CACHE_COLD};

	if (bench->sweep.what != BENCH_SWEEP_JOBS)
		return;
	for (unsigned pool = 0; pool < PCOPY_POOLS; pool++) {
		for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
			curve_measure(bench, (enum pcopy_pool)pool, states[i]);
	}
	suggest(bench);
}
