/* SPDX-License-Identifier: MIT */
/* mtree.h - reads a manifest in the format of mtree(5). */
#ifndef PC_CHECK_MTREE_H
#define PC_CHECK_MTREE_H

#include "check/index.h"

/* Adds the entries of a manifest to `index` and seals it. 0; -EBADMSG: the manifest is invalid,
 * see `error`; or another negative errno. */
int pc_mtree_read(const char *file, struct pc_index *index, struct pcopy_manifest_error *error);

#endif
