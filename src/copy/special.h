/* SPDX-License-Identifier: MIT
 *
 * special.h - entries made by their names: symbolic links, FIFOs, sockets, devices, hard links. */
#ifndef PC_COPY_SPECIAL_H
#define PC_COPY_SPECIAL_H

#include "copy/copier.h"

void pc_special_symlink(struct pc_copier *c, struct pc_entry *e);

/* e->src must be filled. */
void pc_special_node(struct pc_copier *c, struct pc_entry *e);

/* The job LINK. */
void pc_link_job(struct pc_copier *c);

/* ---- linking.c: links to the sources instead of copies ---- */
void pc_linking_entry(struct pc_copier *c, struct pc_entry *e);

#endif
