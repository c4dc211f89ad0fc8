/* SPDX-License-Identifier: MIT */
/* regret.c - the cost of letting pcopy choose the number of workers.
 *
 * Compared within one pool, so that only the number differs.  The best of several fixed numbers
 * is partly best by chance: the comparison of the two rows tells whether the difference is
 * significant. */
#include "bench/regret.h"

static const struct bench_row *best_fixed(const struct bench *bench,
                                          const struct bench_row *automatic)
{
	const struct bench_row *best = NULL;

	for (unsigned i = 0; i < bench->rows; i++) {
		const struct bench_row *row = &bench->row[i];

		if (!row->fault && bench_row_is_swept(bench, row) && row->pool == automatic->pool &&
		    row->cache == automatic->cache &&
		    (!best || row->wall.median < best->wall.median))
			best = row;
	}
	return best;
}

void bench_regrets_find(struct bench *bench)
{
	bench->regrets = 0;
	for (unsigned i = 0; i < bench->rows && bench->sweep.what == BENCH_SWEEP_JOBS; i++) {
		const struct bench_row *row = &bench->row[i], *best;

		if (!row->automatic || row->fault || bench->regrets == BENCH_REGRETS_MAX)
			continue;
		best = best_fixed(bench, row);
		if (best)
			bench->regret[bench->regrets++] = (struct bench_regret){
				.automatic = row,
				.best = best,
				.part = row->wall.median / best->wall.median - 1};
	}
}
