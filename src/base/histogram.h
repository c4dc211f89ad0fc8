/* SPDX-License-Identifier: MIT */
/* histogram.h - durations in buckets that grow with them.
 *
 * Eight buckets for each power of two, so that a value is known to an eighth, from a
 * nanosecond to 18 minutes; longer ones lie in the last bucket.  Histograms of several
 * threads or processes add up to the one of all.  A struct of zeros is empty. */
#ifndef PC_BASE_HISTOGRAM_H
#define PC_BASE_HISTOGRAM_H

#include <stdint.h>

#define PC_HISTOGRAM_BUCKETS 304U

struct pc_histogram {
	uint64_t count, sum_ns, max_ns;
	uint64_t bucket[PC_HISTOGRAM_BUCKETS];
};

/* The bucket of a duration, and the shortest one in a bucket. */
unsigned pc_histogram_bucket(uint64_t ns);
uint64_t pc_histogram_floor(unsigned bucket);

void pc_histogram_add(struct pc_histogram *h, uint64_t ns);
void pc_histogram_merge(struct pc_histogram *into, const struct pc_histogram *from);

/* The duration below which this part of them lies, 0 to 1: the end of its bucket,
 * but never more than the longest.  0 where there are none. */
uint64_t pc_histogram_quantile(const struct pc_histogram *h, double part);

#endif
