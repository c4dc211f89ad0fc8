/* SPDX-License-Identifier: MIT
 *
 * directory.h - creating directories, and finishing them after their children. */
#ifndef PC_COPY_DIRECTORY_H
#define PC_COPY_DIRECTORY_H

#include "copy/copier.h"

/* Opens an entry's directory as the source of `f` and looks at it. 0 or negative errno. */
int pc_directory_open_source(struct pc_copier *c, struct pc_entry *e, struct pc_frame *f);

/* Creates and opens the copy of a directory as `f`. On failure reports it and returns false. */
bool pc_directory_open(struct pc_copier *c, struct pc_entry *e, struct pc_frame *f);

/* Finds out what a target directory that was opened by path passes on to new entries, and
 * announces its file system. */
void pc_directory_look(struct pc_copier *c, struct pc_frame *f);

/* Finishes a directory when its last child is done: owner, mode, times; then counts it as copied
 * or failed. */
void pc_directory_finish(struct pc_copier *c, struct pc_frame *f);

/* The job DIRMETA. */
void pc_directory_job(struct pc_copier *c);

#endif
