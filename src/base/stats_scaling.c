/* SPDX-License-Identifier: MIT
 *
 * stats_scaling.c - what additional workers bring. */
#include "stats.h"

#include <math.h>

double pc_stats_karp_flatt(double speedup, double workers)
{
	if (!(workers > 1))
		return NAN;
	return (1 / speedup - 1 / workers) / (1 - 1 / workers);
}

size_t pc_stats_knee(const double *workers, const double *speedup, size_t count)
{
	double wide, high, most = 0;
	size_t knee = count - 1;

	if (count < 3)
		return knee;
	wide = workers[count - 1] - workers[0];
	high = speedup[count - 1] - speedup[0];
	for (size_t i = 1; i + 1 < count; i++) {
		double line = speedup[0] + high * (workers[i] - workers[0]) / wide;
		double above = speedup[i] - line;

		if (above > most) {
			most = above;
			knee = i;
		}
	}
	return knee;
}
