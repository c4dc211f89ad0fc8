/* SPDX-License-Identifier: MIT
 *
 * prune.h - what a worker does that removes what the source does not have.
 *
 * It goes through the same jobs as a worker that copies, but lists the targets: each name found
 * there is asked of the source.  A name is removed only if its directory in the source is one
 * that was listed to its end when all was copied, and that directory itself answers that it does
 * not have the name. */
#ifndef PC_PRUNE_PRUNE_H
#define PC_PRUNE_PRUNE_H

#include "job/path_set.h"
#include "job/root.h"
#include "job/worker.h"

/* What all workers of a run read; set up before the pool starts. */
struct pc_prune_env {
	const struct pcopy_options *options;
	const struct pc_root *root;
	unsigned root_count;
	const struct pc_path_set *listed; /* pc_listed_hash() of source directories */
	/* PC_MARK_TREE: what goes although the source has its name, as it is of another kind. */
	const struct pc_path_set *obstacles;
	bool act;   /* else nothing is removed */
	bool tells; /* else it is only counted what would go */
	uid_t uid;
};

struct pc_work pc_prune_work(struct pc_prune_env *env);

#endif
