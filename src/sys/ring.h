/* SPDX-License-Identifier: MIT
 *
 * ring.h - many workers on one thread, with their system calls in flight at once: coroutines over
 * io_uring.
 *
 * A ring belongs to the thread that created it. Functions are added to it and run as coroutines
 * until all have ended. When one makes a call of the call layer (sys.h) that io_uring has an
 * operation for, it is suspended and the others run. When all are suspended, the thread enters
 * the kernel once with all their calls. How a call is made depends on what it may wait for, which
 * is looked up for each directory (reach.h):
 *
 *                          memory    disk          server
 *   rarely waits elsewhere call      call          io_uring     close, fstat, ftruncate
 *   has an operation       call      io_uring      io_uring
 *   has none               call      call [1]      helper thread (reads, too)
 *
 * [1] A helper thread, if the call reads and an earlier job had to read from the disk
 *     (pc_ring_note_blocks()).
 *
 * A plain call blocks the thread.
 *
 * Coroutines of one thread share its thread-local variables. */
#ifndef PC_SYS_RING_H
#define PC_SYS_RING_H

#include "sys/reach.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pc_ring;

/* Statistics of the calls. */
struct pc_ring_counts {
	uint64_t enters;
	uint64_t at_once; /* completed during submission */
	uint64_t later;   /* completed later: by a kernel worker, a helper or an event */
	uint64_t plain;   /* io_uring has an operation for them, but they were made as plain
	                   * calls */
};

/* Whether io_uring can be used: 0, or the reason why not. -ENOTSUP: built without; -ENOSYS: not
 * in this kernel; -EPERM: forbidden; or another error of setting it up. */
int pc_ring_refused(void);

/* Creates the ring of the calling thread for at most this many coroutines. `far`: files named by
 * a path may lie on another machine. 0 or negative errno. */
int pc_ring_new(unsigned most, bool far, struct pc_ring **ret);
void pc_ring_free(struct pc_ring *ring);

/* For tests: treats all storage as this far away. */
void pc_ring_assume(struct pc_ring *ring, enum pc_reach reach);

/* Adds a coroutine that will run body(arg). -ENOMEM. */
int pc_ring_add(struct pc_ring *ring, void (*body)(void *arg), void *arg);

/* Runs until all coroutines have ended. */
void pc_ring_run(struct pc_ring *ring);

void pc_ring_count(const struct pc_ring *ring, struct pc_ring_counts *ret);

/* Times of the calling worker. On a coroutine `cpu_ns` is the time of its own turns and its
 * share of the kernel's, and `ready_ns` the time for which it waited for the turns of others.
 * Otherwise `cpu_ns` is the thread's CPU time and `ready_ns` 0. */
struct pc_ring_times {
	uint64_t cpu_ns, ready_ns;
};
struct pc_ring_times pc_ring_times(void);

/* Whether the caller runs as a coroutine. */
bool pc_ring_is_here(void);

/* Must be called on a coroutine after each job, with pc_thread_blocks_read(): where the thread itself
 * had to read from a local disk, calls that may do so are made by helpers for a while. */
void pc_ring_note_blocks(uint64_t blocks);

#endif
