/* SPDX-License-Identifier: MIT */
/* histogram.c - durations in buckets whose width grows with the duration.
 *
 * 	ns      0 1 ... 7 | 8 9 ... 15 | 16 18 ... 30 | 32 36 ... 60 | ...
 * 	bucket  0 1 ... 7 | 8 9 ... 15 | 16 17 ... 23 | 24 25 ... 31 | ... */
#include "base/histogram.h"

#define SUB_BITS 3U
#define SUBS (1U << SUB_BITS)

unsigned pc_histogram_bucket(uint64_t ns)
{
	unsigned power, bucket;

	if (ns < SUBS)
		return (unsigned)ns;
	power = 63U - (unsigned)__builtin_clzll(ns);
	bucket = (power - SUB_BITS + 1) * SUBS + (unsigned)(ns >> (power - SUB_BITS) & (SUBS - 1));
	return bucket < PC_HISTOGRAM_BUCKETS ? bucket : PC_HISTOGRAM_BUCKETS - 1;
}

uint64_t pc_histogram_floor(unsigned bucket)
{
	unsigned power = bucket / SUBS;

	if (power < 2)
		return bucket;
	return (uint64_t)(SUBS + bucket % SUBS) << (power - 1);
}

void pc_histogram_add(struct pc_histogram *h, uint64_t ns)
{
	h->count++;
	h->sum_ns += ns;
	if (ns > h->max_ns)
		h->max_ns = ns;
	h->bucket[pc_histogram_bucket(ns)]++;
}

void pc_histogram_merge(struct pc_histogram *into, const struct pc_histogram *from)
{
	into->count += from->count;
	into->sum_ns += from->sum_ns;
	if (from->max_ns > into->max_ns)
		into->max_ns = from->max_ns;
	for (unsigned i = 0; i < PC_HISTOGRAM_BUCKETS; i++)
		into->bucket[i] += from->bucket[i];
}

uint64_t pc_histogram_quantile(const struct pc_histogram *h, double part)
{
	double wanted = part * (double)h->count;
	uint64_t seen = 0, end;

	for (unsigned i = 0; i < PC_HISTOGRAM_BUCKETS; i++) {
		seen += h->bucket[i];
		if (seen == 0 || (double)seen < wanted)
			continue;
		end = i + 1 < PC_HISTOGRAM_BUCKETS ? pc_histogram_floor(i + 1) - 1 : h->max_ns;
		return end < h->max_ns ? end : h->max_ns;
	}
	return 0;
}
