/* SPDX-License-Identifier: MIT
 *
 * entry.h - copying entries other than directories. */
#ifndef PC_COPY_ENTRY_H
#define PC_COPY_ENTRY_H

#include "copy/copier.h"

/* Copies one entry that is no directory, or reports why it cannot. */
void pc_entry_copy(struct pc_copier *c, struct pc_entry *e);

#endif
