/* SPDX-License-Identifier: MIT
 *
 * differ.h - whether a target equals its source, so that nothing has to be copied
 * (PCOPY_UPDATE_DIFFER). */
#ifndef PC_COPY_DIFFER_H
#define PC_COPY_DIFFER_H

#include "copy/judge.h"

/* Compares an entry with its target; both were looked at. FREE: copy it; METADATA: only set its
 * metadata; SKIP: nothing to do. Negative errno where the comparison failed. */
int pc_differ_judge(struct pc_copier *c, struct pc_entry *e, const struct pc_judged *j);

/* Whether the metadata of a directory differ; `j` as above. */
bool pc_differ_directory(struct pc_copier *c, struct pc_entry *e, const struct pc_judged *j,
                         int src_fd);

/* Sets the metadata of the target, counts the entry and reports it. */
void pc_differ_set_metadata(struct pc_copier *c, struct pc_entry *e, const struct stat *target);

#endif
