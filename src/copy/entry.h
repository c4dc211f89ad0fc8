/* SPDX-License-Identifier: MIT
 *
 * entry.h - what is no directory. */
#ifndef PC_COPY_ENTRY_H
#define PC_COPY_ENTRY_H

#include "copy/copier.h"

/* Copies one entry that is no directory, or tells why not. */
void pc_entry_copy(struct pc_copier *c, struct pc_entry *e);

#endif
