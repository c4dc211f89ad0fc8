/* SPDX-License-Identifier: MIT */
/* parents.h - the directories above an operand that its target gets too
 * (PCOPY_ADD_PARENTS). */
#ifndef PC_PLAN_PARENTS_H
#define PC_PLAN_PARENTS_H

#include "job/job.h"

/* a library neither ends the process nor loses entries unseen */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* One of them; it gets the metadata of the source's when all else is done. */
struct pc_parent {
	UT_hash_handle hh; /* by dst */
	char *src, *dst;
	struct pc_meta meta; /* of the source; `made` where it did not exist */
};

struct pc_parents {
	struct pc_parent *first; /* in the order of their making */
};

/* Makes what `dst`, which ends in `src`, lacks of the directories that `src` names
 * before its last component.  PCOPY_STEP_NONE, or what failed: `error` and the
 * paths of the directory in `ret`, which are the caller's to free. */
enum pcopy_step pc_parents_make(struct pc_parents *p, const struct pcopy_options *options,
                                const char *src, const char *dst, int *error,
                                struct pc_parent *ret);

void pc_parents_done(struct pc_parents *p);

#endif
