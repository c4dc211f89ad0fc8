/* SPDX-License-Identifier: MIT */
/* pools.c - the table of pools. */
#include "job/pool.h"

const struct pc_pool_ops *pc_pool_ops(enum pcopy_pool kind)
{
	static const struct pc_pool_ops *const ops[PCOPY_POOLS] = {
		[PCOPY_POOL_SERIAL] = &pc_pool_serial,
		[PCOPY_POOL_THREADS] = &pc_pool_threads,
		[PCOPY_POOL_PROCESSES] = &pc_pool_forked,
		[PCOPY_POOL_HYBRID] = &pc_pool_forked,
		[PCOPY_POOL_COROUTINES] = &pc_pool_coroutines,
	};

	return ops[kind];
}
