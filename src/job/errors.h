/* SPDX-License-Identifier: MIT */
/* errors.h - what an error means: the one place that interprets an errno.
 *
 * Together, the step and the errno tell how far the trouble reaches. How options change that (a
 * warning that becomes an error, a run that stops after an error) is decided where they are
 * known: in src/plan/policy.c for the run, and with the entry for the rest. */
#ifndef PC_JOB_ERRORS_H
#define PC_JOB_ERRORS_H

#include "pcopy.h"

#include <stdbool.h>

/* copy_file_range(2) and similar calls. It is never reported: the next method's error is. */
#define PC_STEP_OFFLOAD PCOPY_STEPS

/* Ordered by how much is affected. */
enum pc_error_class {
	/* Make the same call again: it was interrupted, or another process has to give up a
	 * lease on the file first (wait, but react to a cancel). */
	PC_ERROR_RETRY,
	/* The method does not work between these two files; the next one decides. For a hard
	 * link: copy the file instead. */
	PC_ERROR_NEXT,
	/* The entry is there with its contents, but some metadata were not kept. */
	PC_ERROR_WARNING,
	/* The entry failed. The contents of a directory were copied all the same. */
	PC_ERROR_ENTRY,
	/* The entry failed and, for a directory, everything below it. */
	PC_ERROR_TREE,
	/* A quota is exceeded: everything of that owner fails on this file system. */
	PC_ERROR_QUOTA,
	/* The target's file system is full: everything that goes there fails. */
	PC_ERROR_FILE_SYSTEM,
};

/* `error` is a negative errno; 0: refused because of what source and target are. */
enum pc_error_class pc_error_class(enum pcopy_step step, int error);

/* Whether an error at this step means that nothing below the directory was done. */
bool pc_step_ends_tree(enum pcopy_step step);

#endif
