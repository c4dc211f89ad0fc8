/* SPDX-License-Identifier: MIT */
/* range.h - reads a range of a file on both sides. */
#ifndef PC_CHECK_RANGE_H
#define PC_CHECK_RANGE_H

#include "check/checker.h"

/* A range of a file that is read back. */
struct pc_range {
	int src_fd, dst_fd;
	uint64_t offset, length;
	bool holes;   /* both sides may have holes */
	bool unsized; /* to the end of both files, wherever that is */
	bool digest;  /* update c->digest */

	uint64_t pos;         /* how far it was read; where it differs: start of the different
	                       * block */
	enum pcopy_step step; /* current step */
};

/* Reads a range. Without a source it only computes the digest. 0; 1 where the sides differ; or
 * negative errno. */
int pc_range_read(struct pc_checker *c, struct pc_range *s);

/* Finds the first different byte in the block at `pos` and formats both values. PC_OFFSET_NONE:
 * the block is equal now. */
uint64_t pc_range_find_byte(struct pc_checker *c, const struct pc_range *s,
                            char want[PC_PROPERTY_TEXT], char have[PC_PROPERTY_TEXT]);

/* Drops a target from the page cache, so that it is read from disk, and counts the bytes that
 * were in memory. */
int pc_range_make_cold(struct pc_checker *c, int fd, uint64_t size);

#endif
