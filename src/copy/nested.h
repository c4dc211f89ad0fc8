/* SPDX-License-Identifier: MIT
 *
 * nested.h - a source directory that is one of the target, seen another way. */
#ifndef PC_COPY_NESTED_H
#define PC_COPY_NESTED_H

#include "copy/copier.h"

/* Whether the source directory of an entry, open as `fd` and looked at, is a directory that
 * this run writes to: an overlay, a server or a bind mount shows the same directories under
 * another device or path, and a copy would go on into itself for ever. */
bool pc_nested_is_target(struct pc_copier *c, const struct pc_entry *e, int fd);

#endif
