/* SPDX-License-Identifier: MIT */
/* parents.h - directories of a source's path that are recreated above its target
 * (PCOPY_ADD_PARENTS). */
#ifndef PC_PLAN_PARENTS_H
#define PC_PLAN_PARENTS_H

#include "job/job.h"

/* report lack of memory instead of exiting: this is a library */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* One such directory.  It gets the metadata of the source's after everything else is done. */
struct pc_parent {
	UT_hash_handle hh; /* keyed by dst */
	char *src, *dst;
	struct pc_meta meta; /* of the source; `made`: the target did not exist */
};

struct pc_parents {
	struct pc_parent *first; /* in order of creation */
};

/* Creates the missing directories of `dst`, which ends in `src`, for the components of `src`
 * before the last one.  Returns PCOPY_STEP_NONE, or the step that failed: then `error` and the
 * paths in `ret` are set, and the caller frees them. */
enum pcopy_step pc_parents_make(struct pc_parents *p, const struct pcopy_options *options,
                                const char *src, const char *dst, int *error,
                                struct pc_parent *ret);

void pc_parents_done(struct pc_parents *p);

#endif
