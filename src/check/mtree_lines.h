/* SPDX-License-Identifier: MIT */
/* mtree_lines.h - the logical lines of an mtree(5) manifest. */
#ifndef PC_CHECK_MTREE_LINES_H
#define PC_CHECK_MTREE_LINES_H

#include "base/buffer.h"

#include <stdint.h>
#include <stdio.h>

/* Zero-initialised but for the file, which the caller owns. */
struct pc_mtree_lines {
	FILE *file;
	struct pc_buffer text;  /* the current logical line, with its continuation lines */
	uint64_t first, number; /* numbers of its first and last line */
	const char *wrong;      /* reason for -EBADMSG, in line `number` */

	char *line;
	size_t cap;
};

/* Reads a line and its continuation lines. 1; 0 at the end; or negative errno. */
int pc_mtree_lines_next(struct pc_mtree_lines *l);
void pc_mtree_lines_done(struct pc_mtree_lines *l);

#endif
