/* SPDX-License-Identifier: MIT */
/* stretch.h - a stretch of a file, read on both sides. */
#ifndef PC_CHECK_STRETCH_H
#define PC_CHECK_STRETCH_H

#include "check/checker.h"

/* A stretch of a file that is read back. */
struct pc_stretch {
	int src_fd, dst_fd;
	uint64_t offset, length;
	bool holes;   /* both may have some */
	bool unsized; /* to the end of both, wherever that is */
	bool digest;  /* c->digest is computed */

	uint64_t pos;         /* how far it was read; of the block that differs */
	enum pcopy_step step; /* in work */
};

/* Reads a stretch; with no source, for its digest alone.  0; 1 where it differs; or negative
 * errno. */
int pc_stretch_read(struct pc_checker *c, struct pc_stretch *s);

/* Finds the first byte that differs in the block at `pos`.  Both values in words;
 * PC_OFFSET_NONE: it is the same now. */
uint64_t pc_stretch_find_byte(struct pc_checker *c, const struct pc_stretch *s,
                              char want[PC_FACT_TEXT], char have[PC_FACT_TEXT]);

/* Has a target read from the disk, and counts what of it was in memory. */
int pc_stretch_make_cold(struct pc_checker *c, int fd, uint64_t size);

#endif
