/* SPDX-License-Identifier: MIT
 *
 * prune.h - workers that delete what the source does not have.
 *
 * They run the same jobs as copying workers, but list the targets, and ask the source about each
 * name found.  A name is removed only if its source directory was listed completely during the
 * copy, and that directory itself reports that the name does not exist. */
#ifndef PC_PRUNE_PRUNE_H
#define PC_PRUNE_PRUNE_H

#include "job/path_set.h"
#include "job/root.h"
#include "job/worker.h"

/* Shared by all workers of a run, read-only, set before the pool starts. */
struct pc_prune_env {
	const struct pcopy_options *options;
	const struct pc_root *root;
	unsigned root_count;
	const struct pc_path_set *listed; /* path set: pc_listed_hash() of source directories */
	/* Path set with PC_MARK_TREE: entries of another kind than the source's, which are
	 * removed too. */
	const struct pc_path_set *obstacles;
	bool act;     /* false: remove nothing */
	bool reports; /* false: only count */
	uid_t uid;
};

struct pc_work pc_prune_work(struct pc_prune_env *env);

#endif
