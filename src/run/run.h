/* SPDX-License-Identifier: MIT */
/* run.h - start and end of a run, whatever its purpose. */
#ifndef PC_RUN_RUN_H
#define PC_RUN_RUN_H

#include "run/handle.h"

#include "base/attributes.h"

#include <stdio.h>

/* The state of a run. */
struct pc_run {
	struct pc_operands *operands;
	const struct pc_root *root;
	unsigned root_count, parent_count;
	struct timespec started;              /* later than any existing file's timestamp */
	struct pc_attribute_rules attributes; /* which extended attributes are copied */
	struct pc_path_set not_copied;
	struct pc_path_set different; /* path set: to be copied again */
	struct pc_path_set listed;    /* path set: listed source directories, for deletion */
	struct pc_path_set obstacles; /* path set: entries to copy after removing obstacles */
	bool may_recopy, again;       /* differing entries may be copied again; they were */
	FILE *manifest;               /* to be written, or NULL */
	const struct pc_index *index; /* manifest to compare with, or NULL */
};

/* The purpose of a run. */
enum pc_purpose { PC_TO_COPY, PC_TO_COMPARE, PC_TO_DESCRIBE, PC_TO_CHECK };

/* Starts a run, once per handle.  Returns 0, PCOPY_FAILED after an event, or negative errno; call
 * pc_run_end() in any case. */
int pc_run_begin(struct pcopy *copy, enum pc_purpose purpose, struct pc_run *run);

/* Ends a run.  Returns `r`, or a more serious result. */
int pc_run_end(struct pcopy *copy, struct pc_run *run, int r);

/* The more serious of two results. */
int pc_graver(int a, int b);

#endif
