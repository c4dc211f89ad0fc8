/* SPDX-License-Identifier: MIT
 *
 * special.h - what is made by its name: symbolic links, FIFOs, sockets, devices, and further
 * names of files. */
#ifndef PC_COPY_SPECIAL_H
#define PC_COPY_SPECIAL_H

#include "copy/copier.h"

void pc_special_symlink(struct pc_copier *c, struct pc_entry *e);

/* e->src was looked at. */
void pc_special_node(struct pc_copier *c, struct pc_entry *e);

/* The job LINK. */
void pc_link_job(struct pc_copier *c);

/* ---- linking.c: links to the sources instead of copies of them ---- */
void pc_linking_entry(struct pc_copier *c, struct pc_entry *e);

#endif
