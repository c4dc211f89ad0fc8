/* SPDX-License-Identifier: MIT */
/* errors.h - what an error means: the one place where an errno gets its meaning.
 *
 * The room in which a call failed knows the step, the call's answer is the errno, and
 * both together say how far the trouble reaches.  What options make of that (a warning
 * that was to be an error, a run that stops for its errors) is said where they are known:
 * in src/plan/policy.c for the run, with the entry for the rest. */
#ifndef PC_JOB_ERRORS_H
#define PC_JOB_ERRORS_H

#include "pcopy.h"

#include <stdbool.h>

/* copy_file_range(2) and its like: no step for a person, as the next method tells. */
#define PC_STEP_OFFLOAD PCOPY_STEPS

/* From what concerns least to what concerns most. */
enum pc_error_class {
	/* The same call again: it was interrupted, or another process has to let go of a
	 * file first (a lease: wait, and let a cancel through). */
	PC_ERROR_RETRY,
	/* There is no such way between these two; the next way decides what happened.  Of a
	 * further name: a copy is made instead. */
	PC_ERROR_NEXT,
	/* The entry is there with its contents, and something about it was not kept. */
	PC_ERROR_WARNING,
	/* The entry failed.  Of a directory: what is in it was done all the same. */
	PC_ERROR_ENTRY,
	/* The entry failed and, of a directory, all that is below it. */
	PC_ERROR_TREE,
	/* One owner may have no more on this file system: all that is to be theirs there. */
	PC_ERROR_QUOTA,
	/* The target's file system is full: all that is to go there. */
	PC_ERROR_FILE_SYSTEM,
};

/* `error` is a negative errno; 0 is a refusal for what source and target are. */
enum pc_error_class pc_error_class(enum pcopy_step step, int error);

/* Whether nothing below a directory was done, whose own error was at this step. */
bool pc_step_ends_tree(enum pcopy_step step);

#endif
