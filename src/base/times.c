/* SPDX-License-Identifier: MIT */
/* times.c - time stamps of files, and the granularity at which file systems keep them. */
#include "base/times.h"

#include <stddef.h>

#define TEN_MS (10 * UINT64_C(1000000))

/* Granularities of known file systems, the coarsest first. */
static const uint64_t granularities[] = {
	2 * PC_TIME_SECOND, PC_TIME_SECOND, TEN_MS, 1000000, 1000, 100,
};

struct timespec pc_time_cut(const struct timespec *stamp, uint64_t granularity)
{
	struct timespec cut = *stamp;

	if (granularity < PC_TIME_SECOND) {
		cut.tv_nsec -= cut.tv_nsec % (long)granularity;
	} else {
		time_t seconds = (time_t)(granularity / PC_TIME_SECOND),
		       over = cut.tv_sec % seconds;

		cut.tv_sec -= over < 0 ? over + seconds : over;
		cut.tv_nsec = 0;
	}
	return cut;
}

static bool stamp_allows(const struct timespec *stamp, uint64_t granularity)
{
	struct timespec cut = pc_time_cut(stamp, granularity);

	return pc_time_order(&cut, stamp) == 0;
}

uint64_t pc_time_granularity(const struct stat *st, bool ctime_tells)
{
	if (st->st_mtim.tv_nsec % 100 != 0)
		return PC_TIME_EXACT; /* nearly every file leaves here */
	for (size_t i = 0; i < sizeof(granularities) / sizeof(granularities[0]); i++) {
		uint64_t g = granularities[i];
		/* before Linux 6.0 FAT kept change times to 10 ms, but modification times to 2 s */
		uint64_t of_change = g == 2 * PC_TIME_SECOND ? TEN_MS : g;

		if (stamp_allows(&st->st_mtim, g) &&
		    (!ctime_tells || stamp_allows(&st->st_ctim, of_change)))
			return g;
	}
	return PC_TIME_EXACT;
}

int pc_times_order(const struct timespec *a, const struct timespec *b, uint64_t granularity)
{
	struct timespec cut_a = pc_time_cut(a, granularity), cut_b = pc_time_cut(b, granularity);

	return pc_time_order(&cut_a, &cut_b);
}
