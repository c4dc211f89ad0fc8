/* SPDX-License-Identifier: MIT */
/* root.h - the pairs of directories below which a run reads and writes.
 *
 * Every operand is an entry of a source directory that gets a name in a target directory. These
 * two anchor directories are opened by the paths that the caller gave; everything below is
 * reached from their descriptors. The table is filled before the pool starts and not changed
 * afterwards. */
#ifndef PC_JOB_ROOT_H
#define PC_JOB_ROOT_H

#include "job/job.h"

#include <stdbool.h>
#include <stdint.h>

struct pc_anchor {
	const char *path;  /* as given by the caller */
	uint64_t dev, ino; /* its identity when the run began */
	bool local;        /* its file system is on this machine: no server to wait for */
	bool absent;       /* dry run: it does not exist and would be created */
};

struct pc_root {
	/* as given to pcopy_add(), for messages */
	const char *src, *dst;
	/* the entry: `src_name` in `src_anchor` becomes `dst_name` in `dst_anchor` */
	const struct pc_anchor *src_anchor, *dst_anchor;
	const char *src_name, *dst_name;
	enum pcopy_kind kind;      /* kind of the source when the run began */
	uint64_t src_dev, src_ino; /* identity of the source when the run began */
	bool named;   /* the user named the target explicitly: a FIFO or device is written to */
	bool through; /* ... and it is a symbolic link to be followed, whose referent has no path
	               * of its own */
	/* Source and target are on file systems of this machine, as far as the operand shows: it
	 * may be a mount point itself. */
	bool local;
	/* Its target may overlap with that of an earlier root. It is begun when those are done,
	 * so that the later one wins as it does with cp. */
	bool barrier;
	/* A directory above operands, which gets this metadata when they are done; NULL: an
	 * operand. */
	const struct pc_meta *parent;
};

#endif
