/* SPDX-License-Identifier: MIT
 *
 * directory.h - making directories, and finishing them after their children. */
#ifndef PC_COPY_DIRECTORY_H
#define PC_COPY_DIRECTORY_H

#include "copy/copier.h"

/* Opens an entry's directory as the source of `f`, and looks at it.  0 or negative errno. */
int pc_directory_open_source(struct pc_copier *c, struct pc_entry *e, struct pc_frame *f);

/* Makes and opens the copy of a directory, as `f`.  What fails is told; false then. */
bool pc_directory_open(struct pc_copier *c, struct pc_entry *e, struct pc_frame *f);

/* Learns of the inheritance of a target directory that was opened by path, and tells of its
 * file system. */
void pc_directory_look(struct pc_copier *c, struct pc_frame *f);

/* The last child of a directory is done: owner, mode, times; then it counts as copied, or
 * as failed. */
void pc_directory_finish(struct pc_copier *c, struct pc_frame *f);

/* The job DIRMETA. */
void pc_directory_job(struct pc_copier *c);

#endif
