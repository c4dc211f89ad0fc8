/* SPDX-License-Identifier: MIT
 *
 * grace.h - how long a canceled run waits for unfinished jobs.
 *
 * A system call that does not return is abandoned after `cancel_ms`. But close() and fsync() may
 * take long for good reason: cached data of a file go to a distant or slow disk. While a worker
 * is in one of these, the wait is ten times as long. It starts again each time that the kernel
 * holds less unwritten data than at any look before: a dead server accepts no data. */
#ifndef PC_JOB_GRACE_H
#define PC_JOB_GRACE_H

#include <stdbool.h>
#include <stdint.h>

/* Factor of the wait for calls that force data to the disk. */
#define PC_FLUSH_TIMES 10U

struct pc_pool;

/* All zero: the wait has not begun. */
struct pc_grace {
	uint64_t until_ns; /* time of the next look */
	uint64_t flush_until_ns;
	uint64_t least;    /* unwritten pages: the minimum of all looks */
	unsigned flushing; /* jobs in close() or fsync() at the last look */
};

/* Whether the wait is over; the first call begins it. Publishes the deadline in the queue for
 * pc_queue_grace(): somewhat later than the next look. */
bool pc_grace_over(struct pc_grace *p, struct pc_pool *pool);

/* Milliseconds until the next look, at least 1. The wait must have begun. */
unsigned pc_grace_ms(const struct pc_grace *p);

#endif
