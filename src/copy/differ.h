/* SPDX-License-Identifier: MIT
 *
 * differ.h - whether a target is what its source is, so that nothing of it has to be copied
 * (PCOPY_UPDATE_DIFFER). */
#ifndef PC_COPY_DIFFER_H
#define PC_COPY_DIFFER_H

#include "copy/judge.h"

/* Of an entry and of what has its name, both looked at: FREE, it is to be copied; DRESS, what is
 * kept beside its contents is to be set; SKIP.  Negative errno: it cannot be known. */
int pc_differ_judge(struct pc_copier *c, struct pc_entry *e, const struct pc_judged *j);

/* Whether what is kept of a directory differs; `j` as above. */
bool pc_differ_directory(struct pc_copier *c, struct pc_entry *e, const struct pc_judged *j,
                         int src_fd);

/* Sets what is kept, counts and tells it. */
void pc_differ_dress(struct pc_copier *c, struct pc_entry *e, const struct stat *target);

#endif
