/* SPDX-License-Identifier: MIT */
/* histogram.h - durations in buckets whose width grows with the duration.
 *
 * There are eight buckets for each power of two, so that a value is known to an eighth, from a
 * nanosecond to 18 minutes; longer ones go to the last bucket. Histograms of several threads or
 * processes can be merged. A zero-initialised struct is empty. */
#ifndef PC_BASE_HISTOGRAM_H
#define PC_BASE_HISTOGRAM_H

#include <stdint.h>

#define PC_HISTOGRAM_BUCKETS 304U

struct pc_histogram {
	uint64_t count, sum_ns, max_ns;
	uint64_t bucket[PC_HISTOGRAM_BUCKETS];
};

/* The bucket of a duration, and the shortest duration of a bucket. */
unsigned pc_histogram_bucket(uint64_t ns);
uint64_t pc_histogram_floor(unsigned bucket);

void pc_histogram_add(struct pc_histogram *h, uint64_t ns);
void pc_histogram_merge(struct pc_histogram *into, const struct pc_histogram *from);

/* The duration below which this part (0 to 1) of the durations lies: the end of its bucket, but
 * never more than the longest duration. 0 for an empty histogram. */
uint64_t pc_histogram_quantile(const struct pc_histogram *h, double part);

#endif
