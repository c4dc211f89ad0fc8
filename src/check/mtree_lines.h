/* SPDX-License-Identifier: MIT */
/* mtree_lines.h - the lines of an mtree(5) manifest. */
#ifndef PC_CHECK_MTREE_LINES_H
#define PC_CHECK_MTREE_LINES_H

#include "base/buffer.h"

#include <stdint.h>
#include <stdio.h>

/* Zero-initialised but for the file, which stays the caller's. */
struct pc_mtree_lines {
	FILE *file;
	struct pc_buffer text;  /* the line in work, with those that it goes on with */
	uint64_t first, number; /* of its first line and of its last */
	const char *wrong;      /* why -EBADMSG, of the line `number` */

	char *line;
	size_t cap;
};

/* Reads a line and those that it goes on with.  1; 0 at the end; or negative errno. */
int pc_mtree_lines_next(struct pc_mtree_lines *l);
void pc_mtree_lines_done(struct pc_mtree_lines *l);

#endif
