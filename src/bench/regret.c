/* SPDX-License-Identifier: MIT */
/* regret.c - the cost of letting pcopy choose the number of workers.
 *
 * Compared within one pool, so that only the number differs.  The best of several fixed numbers
 * is partly best by chance: the comparison of the two rows tells whether the difference is
 * significant. */
#include "bench/regret.h"

static const struct bench_mode *best_fixed(const struct bench *bench,
                                           const struct bench_mode *automatic)
{
	const struct bench_mode *best = NULL;

	for (unsigned i = 0; i < bench->modes; i++) {
		const struct bench_mode *mode = &bench->mode[i];

		if (!mode->fault && bench_row_is_swept(bench, mode) &&
		    mode->pool == automatic->pool && mode->cache == automatic->cache &&
		    (!best || mode->wall.median < best->wall.median))
			best = mode;
	}
	return best;
}

void bench_regrets_find(struct bench *bench)
{
	bench->regrets = 0;
	for (unsigned i = 0; i < bench->modes && bench->sweep.what == BENCH_SWEEP_JOBS; i++) {
		const struct bench_mode *mode = &bench->mode[i], *best;

		if (!mode->automatic || mode->fault || bench->regrets == BENCH_REGRETS_MAX)
			continue;
		best = best_fixed(bench, mode);
		if (best)
			bench->regret[bench->regrets++] = (struct bench_regret){
				.automatic = mode,
				.best = best,
				.part = mode->wall.median / best->wall.median - 1};
	}
}
