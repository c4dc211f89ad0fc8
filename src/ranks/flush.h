/* SPDX-License-Identifier: MIT
 *
 * flush.h - lets each rank sync what its machine has not written at the end of a run.
 *
 * The caller builds the SYNC message from the list of file systems written.  SYNCED holds an
 * error, or 0, for each of them. */
#ifndef PC_RANKS_FLUSH_H
#define PC_RANKS_FLUSH_H

#include "ranks/ranks.h"

/* Sends the request to all ranks.  Returns 0 or negative errno. */
int pc_ranks_flush_send(struct pc_ranks *ranks, const struct pc_wire *w);

/* Number `n` could not be synced by rank `i` + 1; `error`: negative errno. */
typedef void (*pc_flush_failed_fn)(void *data, unsigned i, unsigned n, int error);

/* Waits for all answers, each with `count` results.  A rank on another machine that has exited
 * before answering counts as failed for all of them.  Returns 0 or negative errno. */
int pc_ranks_flush_wait(struct pc_ranks *ranks, unsigned count, pc_flush_failed_fn failed,
                        void *data);

#endif
