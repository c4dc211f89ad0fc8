/* SPDX-License-Identifier: MIT
 *
 * folds.h - names that the target's file system takes for one. */
#ifndef PC_COPY_FOLDS_H
#define PC_COPY_FOLDS_H

#include "copy/copier.h"

/* Whether what has the entry's name in the target belongs to another entry of this run: the
 * target's file system takes both names for one, and the entry is refused (1).  The other one is
 * in the entry's twin then.  -ENOENT: the target was removed or renamed meanwhile, so the name is
 * free for the first entry that creates it exclusively; nothing may be removed for it. */
int pc_fold_refuses(struct pc_copier *c, struct pc_entry *e, const struct stat *target);

#endif
