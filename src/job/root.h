/* SPDX-License-Identifier: MIT */
/* root.h - the pairs of directories below which a run reads and writes.
 *
 * Every operand is an entry of a source directory that gets a name in a target
 * directory.  Those two directories are opened as the caller named them; all
 * that lies below is reached from their descriptors.  The table is filled
 * before the pool starts and not changed after. */
#ifndef PC_JOB_ROOT_H
#define PC_JOB_ROOT_H

#include "job/job.h"

#include <stdbool.h>
#include <stdint.h>

struct pc_top {
	const char *path;  /* as the caller named it */
	uint64_t dev, ino; /* what it was when the run began */
	bool local;        /* on a file system of this machine: there is no server to wait for */
	bool absent;       /* in a dry run: it would have been made */
};

struct pc_root {
	/* as given to pcopy_add(), for messages */
	const char *src, *dst;
	/* the entry: `src_name` in `src_top` becomes `dst_name` in `dst_top` */
	const struct pc_top *src_top, *dst_top;
	const char *src_name, *dst_name;
	enum pcopy_kind kind;      /* of the source, when the run began */
	uint64_t src_dev, src_ino; /* likewise */
	bool named;   /* the target was named by hand: a FIFO or device is written to */
	bool through; /* ... and is a symbolic link, to be opened as such: no path leads there */
	/* Source and target are on file systems of this machine, as far as the operand tells:
	 * it may itself be where one is mounted. */
	bool local;
	/* Its target may overlap with one before it: begun when those are done,
	 * so that the later one wins as it does with cp. */
	bool barrier;
	/* A directory above operands, which is to get this when they are done; NULL:
	 * an operand. */
	const struct pc_meta *parent;
};

#endif
