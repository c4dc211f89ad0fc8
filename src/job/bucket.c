/* SPDX-License-Identifier: MIT */
/* bucket.c - a byte rate limit, in one atomic word. */
#include "job/bucket.h"

#define NS_PER_S UINT64_C(1000000000)

/* Pieces that a second is divided into, at least. */
#define PIECES_PER_S 64U

/* Unused time can be made up for within this limit: a sleep that took too long, a slow call. A
 * larger one would let a burst through after each pause. */
#define CREDIT_NS UINT64_C(50000000)

static uint64_t bucket_rate(const struct pc_bucket *b)
{
	return atomic_load_explicit(&b->rate, memory_order_relaxed);
}

void pc_bucket_init(struct pc_bucket *b, uint64_t rate, uint64_t now_ns)
{
	atomic_store_explicit(&b->rate, rate, memory_order_relaxed);
	atomic_store_explicit(&b->free_ns, now_ns, memory_order_relaxed);
}

void pc_bucket_set_rate(struct pc_bucket *b, uint64_t rate)
{
	if (rate > 0 && bucket_rate(b) > 0)
		atomic_store_explicit(&b->rate, rate, memory_order_relaxed);
}

uint64_t pc_bucket_piece(const struct pc_bucket *b)
{
	uint64_t rate = bucket_rate(b);

	if (rate == 0)
		return UINT64_MAX;
	return rate < PIECES_PER_S ? 1 : rate / PIECES_PER_S;
}

/* The time that bytes take at the rate. Whole seconds are computed apart, so that nothing
 * overflows. */
static uint64_t cost_ns(const struct pc_bucket *b, uint64_t bytes)
{
	uint64_t rate = bucket_rate(b), seconds = bytes / rate, rest = bytes % rate;

	if (seconds > UINT64_MAX / NS_PER_S / 2)
		return UINT64_MAX / 2;
	return seconds * NS_PER_S + (uint64_t)((double)rest / (double)rate * (double)NS_PER_S);
}

uint64_t pc_bucket_take(struct pc_bucket *b, uint64_t bytes, uint64_t now_ns)
{
	uint64_t free_ns = atomic_load_explicit(&b->free_ns, memory_order_relaxed);
	uint64_t earliest_ns = now_ns > CREDIT_NS ? now_ns - CREDIT_NS : 0;
	uint64_t at_ns, cost;

	if (bucket_rate(b) == 0)
		return now_ns;
	cost = cost_ns(b, bytes);
	do
		at_ns = free_ns > earliest_ns ? free_ns : earliest_ns;
	while (!atomic_compare_exchange_weak_explicit(&b->free_ns, &free_ns, at_ns + cost,
	                                              memory_order_relaxed, memory_order_relaxed));
	return at_ns;
}

void pc_bucket_give_back(struct pc_bucket *b, uint64_t bytes)
{
	if (bucket_rate(b) > 0 && bytes > 0)
		atomic_fetch_sub_explicit(&b->free_ns, cost_ns(b, bytes), memory_order_relaxed);
}
