/* SPDX-License-Identifier: MIT
 *
 * commit.h - the source of a file, and the last steps of its copy. */
#ifndef PC_COPY_COMMIT_H
#define PC_COPY_COMMIT_H

#include "copy/data.h"

/* Opens a regular file of the entry's directory for reading; what else it may have become
 * is not opened or is not waited for.  A descriptor, or negative errno. */
int pc_file_open_source(struct pc_copier *c, const struct pc_entry *e);

/* The last steps of a file that is written and has what is to be kept: sync, close,
 * rename, flags.  `*dst_fd` is closed but for an error before that. */
struct pc_commit {
	int src_fd;
	struct pc_fs *dst_fs;
	const char *temp_name; /* NULL: it has its final name */
	bool is_new;           /* nothing is to be replaced by it */
	bool locked;           /* no other run may have the lock before it has its name */
};
int pc_file_commit(struct pc_copier *c, struct pc_entry *e, const struct pc_commit *commit,
                   int *dst_fd);

/* Whether nothing can get another name on the target's file system, so that files are written
 * under their own, as by cp: what pc_file_commit() said at the step RENAME. */
bool pc_rename_is_refused(const struct pc_entry *e, int error);

/* Closes a written target.  Where close() can fail it is asked. */
int pc_file_close_target(struct pc_copier *c, const struct pc_fs *fs, int fd);

/* Whether the source is another file than it was; or the same, but changed. */
bool pc_file_replaced(const struct pc_meta *before, const struct stat *now);
bool pc_file_changed(const struct pc_meta *before, const struct stat *now);

/* For a file that is not as long as it was said to be: `size`, up to which it was
 * copied, becomes its length of now, and what it got behind it is copied.  One that
 * changed since it was looked at (`before`) is told of by a warning. */
int pc_file_catch_up(struct pc_copier *c, struct pc_entry *e, const struct pc_span *span,
                     const struct pc_meta *before, uint64_t *size);

/* The length that a file is told to have is a hint: to the end of what can be read, as cp goes.
 * For one that did not change; `size` becomes where its data end, and what is behind the length
 * that was told is copied, where the file system is not known to tell the truth. */
int pc_file_find_end(struct pc_copier *c, struct pc_entry *e, const struct pc_span *span,
                     uint64_t *size);

#endif
