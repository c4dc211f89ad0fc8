/* SPDX-License-Identifier: MIT
 *
 * nested.h - detects a source directory that is a target directory seen another way. */
#ifndef PC_COPY_NESTED_H
#define PC_COPY_NESTED_H

#include "copy/copier.h"

/* Whether an entry's source directory, open as `fd` and looked at, is a directory that this run
 * writes to. An overlay, a file server or a bind mount can show the same directory under another
 * device or path, and the copy would descend into itself forever. */
bool pc_nested_is_target(struct pc_copier *c, const struct pc_entry *e, int fd);

#endif
