/* SPDX-License-Identifier: MIT */
/* moved.c - bytes that were moved, also by jobs that are in work. */
#include "plan/ledger.h"

uint64_t pc_moved_by_job(const struct pc_ledger *l, unsigned slot)
{
	return atomic_load_explicit(pc_queue_moved(l->config->queue, slot), memory_order_relaxed);
}

uint64_t pc_moved_bytes(const struct pc_ledger *l)
{
	uint64_t bytes = 0;

	for (int m = 0; m < PCOPY_METHODS; m++)
		bytes += l->result->counts.method_bytes[m];
	for (unsigned i = 0; i < l->config->queue->depth; i++) {
		if (pc_queue_is_leased(l->config->queue, i))
			bytes += pc_moved_by_job(l, i);
	}
	return bytes;
}
