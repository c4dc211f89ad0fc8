/* SPDX-License-Identifier: MIT */
/* run.h - a run from its beginning to its end, whatever it is for. */
#ifndef PC_RUN_RUN_H
#define PC_RUN_RUN_H

#include "run/handle.h"

#include "base/attributes.h"

#include <stdio.h>

/* The operands of a run. */
struct pc_run {
	struct pc_operands *operands;
	const struct pc_root *root;
	unsigned root_count, parent_count;
	struct timespec started; /* by the fine clock: no file time of before is later */
	struct pc_attribute_rules attributes; /* which of them are copied */
	struct pc_path_set passed_over;
	struct pc_path_set different; /* to be copied again */
	struct pc_path_set listed;    /* source directories, when it removes what they lack */
	struct pc_path_set obstacles; /* what is copied when room was made for it */
	bool may_recopy, again;       /* it may be; it was */
	FILE *manifest;               /* that is to be written, or NULL */
	const struct pc_index *index; /* of one that is compared with, or NULL */
};

/* What a run is for. */
enum pc_purpose { PC_TO_COPY, PC_TO_COMPARE, PC_TO_DESCRIBE, PC_TO_CHECK };

/* Starts a run: once a handle.  0, PCOPY_FAILED after an event, or negative errno;
 * pc_run_end() in any case. */
int pc_run_begin(struct pcopy *copy, enum pc_purpose purpose, struct pc_run *run);

/* Ends it: `r`, or what is graver. */
int pc_run_end(struct pcopy *copy, struct pc_run *run, int r);

/* Of two outcomes the graver one. */
int pc_graver(int a, int b);

#endif
