/* SPDX-License-Identifier: MIT */
/* bucket.h - a byte rate limit shared by all workers of a run.
 *
 * A token bucket without tokens: one word holds the time until which the bytes taken so far last
 * at this rate ("virtual scheduling", the generic cell rate algorithm of ITU-T I.371). It lies
 * in shared memory and is changed by compare-and-swap, so workers of all pools draw from it, and
 * a worker that is killed costs no more than the bytes it took. */
#ifndef PC_JOB_BUCKET_H
#define PC_JOB_BUCKET_H

#include <stdatomic.h>
#include <stdint.h>

struct pc_bucket {
	_Atomic uint64_t rate;    /* bytes a second; 0: no limit, and none can be set later */
	_Atomic uint64_t free_ns; /* the time from which further bytes may be moved */
};

/* Starts with no bytes taken at `now_ns`, by the monotonic clock. */
void pc_bucket_init(struct pc_bucket *b, uint64_t rate, uint64_t now_ns);

/* Changes the limit, where there is one. */
void pc_bucket_set_rate(struct pc_bucket *b, uint64_t rate);

/* The best number of bytes to move at once: small enough that no half second gets much more than
 * its share. */
uint64_t pc_bucket_piece(const struct pc_bucket *b);

/* Takes bytes. Returns the time from which they may be moved, which may be in the past. */
uint64_t pc_bucket_take(struct pc_bucket *b, uint64_t bytes, uint64_t now_ns);

/* Returns bytes that were taken and not moved. */
void pc_bucket_give_back(struct pc_bucket *b, uint64_t bytes);

#endif
