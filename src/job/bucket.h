/* SPDX-License-Identifier: MIT */
/* bucket.h - so many bytes a second and no more, for all workers of a run together.
 *
 * A token bucket without tokens: one word says until when the bytes that were taken so far
 * last at this rate (the "virtual scheduling" of ITU-T I.371, the generic cell rate
 * algorithm).  It lies in shared memory and is changed by compare-and-swap, so workers of all
 * pools draw from it, and one that is killed leaves nothing behind but the bytes it took. */
#ifndef PC_JOB_BUCKET_H
#define PC_JOB_BUCKET_H

#include <stdatomic.h>
#include <stdint.h>

struct pc_bucket {
	_Atomic uint64_t rate;    /* bytes a second; 0: no limit, from birth to the end */
	_Atomic uint64_t free_ns; /* the moment from which on further bytes may be moved */
};

/* Empty at `now_ns`, by the monotonic clock. */
void pc_bucket_init(struct pc_bucket *b, uint64_t rate, uint64_t now_ns);

/* Another limit from now on, where there was one. */
void pc_bucket_set_rate(struct pc_bucket *b, uint64_t rate);

/* How many bytes are best moved at once: few enough that no stretch of half a second has
 * many more than its share. */
uint64_t pc_bucket_piece(const struct pc_bucket *b);

/* Takes bytes.  The moment at which they may be moved, which may be past. */
uint64_t pc_bucket_take(struct pc_bucket *b, uint64_t bytes, uint64_t now_ns);

/* Gives back what was taken and not moved. */
void pc_bucket_give_back(struct pc_bucket *b, uint64_t bytes);

#endif
