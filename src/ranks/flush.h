/* SPDX-License-Identifier: MIT
 *
 * flush.h - what machines still have in memory at the end of a run is forced to the disk by each.
 *
 * A SYNC message is made by who knows what was written to; SYNCED has an error, or 0, for each of
 * these. */
#ifndef PC_RANKS_FLUSH_H
#define PC_RANKS_FLUSH_H

#include "ranks/ranks.h"

/* Asks all ranks for it.  0 or negative errno. */
int pc_ranks_flush(struct pc_ranks *ranks, const struct pc_wire *w);

/* Number `n` could not be synced at rank `i` + 1; `error`: negative errno. */
typedef void (*pc_flush_failed_fn)(void *data, unsigned i, unsigned n, int error);

/* Waits for the answers of all, about `count` of them.  A rank on another machine that has ended
 * before it could answer has failed in all.  0 or negative errno. */
int pc_ranks_flushed(struct pc_ranks *ranks, unsigned count, pc_flush_failed_fn failed, void *data);

#endif
