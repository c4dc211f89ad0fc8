/* SPDX-License-Identifier: MIT
 *
 * folds.h - names that the target's file system folds into one. */
#ifndef PC_COPY_FOLDS_H
#define PC_COPY_FOLDS_H

#include "copy/copier.h"

/* Whether the existing target belongs to another entry of this run, because the target's file
 * system folds both names into one. 1: yes; the entry is then refused, and the other one is
 * recorded in it. 0: no. -ENOENT: the target was removed or renamed meanwhile, so the name is free
 * for the first entry that creates it exclusively; nothing may be removed for it. */
int pc_fold_refuses(struct pc_copier *c, struct pc_entry *e, const struct stat *target);

#endif
