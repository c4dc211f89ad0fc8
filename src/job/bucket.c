/* SPDX-License-Identifier: MIT */
/* bucket.c - so many bytes a second and no more. */
#include "job/bucket.h"

#define NS_PER_S UINT64_C(1000000000)

/* A second has at least so many pieces. */
#define PIECES_PER_S 64U

/* Time that nobody used is made up for as far back as this: a sleep that took longer than
 * it was to, a slow call.  More would let a burst through after each pause. */
#define CREDIT_NS UINT64_C(50000000)

void pc_bucket_init(struct pc_bucket *b, uint64_t rate, uint64_t now_ns)
{
	b->rate = rate;
	atomic_store_explicit(&b->free_ns, now_ns, memory_order_relaxed);
}

uint64_t pc_bucket_piece(const struct pc_bucket *b)
{
	if (b->rate == 0)
		return UINT64_MAX;
	return b->rate < PIECES_PER_S ? 1 : b->rate / PIECES_PER_S;
}

/* What bytes take at the rate.  Whole seconds apart, so that nothing overflows. */
static uint64_t cost_ns(const struct pc_bucket *b, uint64_t bytes)
{
	uint64_t seconds = bytes / b->rate, rest = bytes % b->rate;

	if (seconds > UINT64_MAX / NS_PER_S / 2)
		return UINT64_MAX / 2;
	return seconds * NS_PER_S + (uint64_t)((double)rest / (double)b->rate * (double)NS_PER_S);
}

uint64_t pc_bucket_take(struct pc_bucket *b, uint64_t bytes, uint64_t now_ns)
{
	uint64_t free_ns = atomic_load_explicit(&b->free_ns, memory_order_relaxed);
	uint64_t earliest_ns = now_ns > CREDIT_NS ? now_ns - CREDIT_NS : 0;
	uint64_t at_ns, cost;

	if (b->rate == 0)
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
	if (b->rate > 0 && bytes > 0)
		atomic_fetch_sub_explicit(&b->free_ns, cost_ns(b, bytes), memory_order_relaxed);
}
