/* SPDX-License-Identifier: MIT
 *
 * patience.h - how long a canceled run waits for the jobs in work.
 *
 * A call that does not return is given up after `cancel_ms`.  But close() and fsync() may
 * rightly take long: what the memory holds of a file goes to a distant or slow disk.  While
 * a worker is in one of these the wait is ten times as long, and begins anew each time that
 * the kernel holds less unwritten data than at any look before: a server that is gone lets
 * nothing be written. */
#ifndef PC_JOB_PATIENCE_H
#define PC_JOB_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

/* How much longer a call may take that forces data to the disk. */
#define PC_FLUSH_TIMES 10U

struct pc_pool;

/* All zero: the wait has not begun. */
struct pc_patience {
	uint64_t until_ns; /* the next look */
	uint64_t flush_until_ns;
	uint64_t least;    /* unwritten pages, of all looks */
	unsigned flushing; /* jobs that were in close() or fsync() at the last look */
};

/* Whether the wait is over; the first call begins it.  What is decided is published in the
 * queue, for pc_queue_patience(): until a while behind the next look. */
bool pc_patience_over(struct pc_patience *p, struct pc_pool *pool);

/* Until the next look, at least 1; it has begun. */
unsigned pc_patience_ms(const struct pc_patience *p);

#endif
