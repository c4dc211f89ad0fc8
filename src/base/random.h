/* SPDX-License-Identifier: MIT
 *
 * random.h - pseudorandom numbers that are reproducible from their seed.
 *
 * SplitMix64: G. L. Steele, D. Lea and C. H. Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014, figure 13. */
#ifndef PC_BASE_RANDOM_H
#define PC_BASE_RANDOM_H

#include <stdint.h>

static inline uint64_t pc_random_mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* `state` starts as the seed. */
static inline uint64_t pc_random_next(uint64_t *state)
{
	*state += UINT64_C(0x9e3779b97f4a7c15);
	return pc_random_mix(*state);
}

/* A number below `limit`, which must be in 1 .. 2^32 - 1. The bias of this shortcut is below
 * limit / 2^32. */
static inline uint64_t pc_random_below(uint64_t *state, uint64_t limit)
{
	return ((pc_random_next(state) >> 32) * limit) >> 32;
}

#endif
