/* SPDX-License-Identifier: MIT
 *
 * ring.h - many workers on one thread, whose calls wait side by side: coroutines over io_uring.
 *
 * A ring belongs to the thread that made it.  Functions are added to it and run as coroutines
 * until all have ended.  Where one of them makes a call of the call layer (sys.h) that has a form
 * in io_uring, it gives way, and the others run meanwhile.  The kernel is entered when all
 * coroutines wait, with all their calls at once.  How a call is made is up to what it may wait for,
 * which is asked for each directory (reach.h):
 *
 *                          memory    disk          server
 *   seldom waits for more  call      call          io_uring     close, fstat of what is open, ftruncate
 *   has a form             call      io_uring      io_uring
 *   has none               call      call          helper thread (reads, too)
 *
 * A call stops the thread.
 *
 * What a coroutine keeps in thread-local variables is not its own. */
#ifndef PC_SYS_RING_H
#define PC_SYS_RING_H

#include "sys/reach.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pc_ring;

/* What was asked of the kernel. */
struct pc_ring_counts {
	uint64_t enters;
	uint64_t at_once; /* answered while they were submitted */
	uint64_t later;   /* by a worker of the kernel or a helper, or when something happened */
	uint64_t plain;   /* have a form in io_uring, and were made as calls all the same */
};

/* Whether io_uring can be had: 0, or why not.  -ENOTSUP: built without; -ENOSYS: not in this
 * kernel; -EPERM: forbidden; or what is missing for it. */
int pc_ring_refused(void);

/* The ring of the calling thread, for at most so many coroutines.  `far`: what is named by a path
 * may be on another machine.  0 or negative errno. */
int pc_ring_new(unsigned most, bool far, struct pc_ring **ret);
void pc_ring_free(struct pc_ring *ring);

/* For tests: takes all storage for so far away. */
void pc_ring_assume(struct pc_ring *ring, enum pc_reach reach);

/* Adds a coroutine that will run body(arg).  -ENOMEM. */
int pc_ring_add(struct pc_ring *ring, void (*body)(void *arg), void *arg);

/* Runs until all coroutines have ended. */
void pc_ring_run(struct pc_ring *ring);

void pc_ring_count(const struct pc_ring *ring, struct pc_ring_counts *ret);

/* Of the calling worker.  On a coroutine `cpu_ns` is the time of its own turns and its share of
 * that of the kernel, and `ready_ns` that in which it had to wait for the turns of others;
 * else it is the thread's CPU time, and `ready_ns` is 0. */
struct pc_ring_times {
	uint64_t cpu_ns, ready_ns;
};
struct pc_ring_times pc_ring_times(void);

/* Whether the caller is a coroutine. */
bool pc_ring_is_here(void);

#endif
