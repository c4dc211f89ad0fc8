/* SPDX-License-Identifier: MIT
 *
 * commit.h - opening a file's source, and the last steps of its copy. */
#ifndef PC_COPY_COMMIT_H
#define PC_COPY_COMMIT_H

#include "copy/data.h"

/* Opens a regular file of the entry's directory for reading. If it has become something else by
 * now, it is either not opened or not waited for. A descriptor, or negative errno. */
int pc_file_open_source(struct pc_copier *c, const struct pc_entry *e);

/* The last steps of a file whose data and metadata are written: sync, close, rename, inode
 * flags. `*dst_fd` is closed unless a step before closing failed. */
struct pc_commit {
	int src_fd;
	struct pc_fs *dst_fs;
	const char *temp_name; /* NULL: it has its final name */
	bool is_new;           /* it must not replace anything */
	bool locked;           /* no other run may get the lock before the file has its final
	                        * name */
};
int pc_file_commit(struct pc_copier *c, struct pc_entry *e, const struct pc_commit *commit,
                   int *dst_fd);

/* Whether `error` of pc_file_commit() means that the target's file system can neither rename nor
 * link, so that files must be written under their final names, as cp does. */
bool pc_rename_is_refused(const struct pc_entry *e, int error);

/* Closes a written target. Where close() can report an error it is called at once. */
int pc_file_close_target(struct pc_copier *c, const struct pc_fs *fs, int fd);

/* Whether the source is another inode than before; or that, or the same with other contents. */
bool pc_file_replaced(const struct pc_meta *before, const struct stat *now);
bool pc_file_changed(const struct pc_meta *before, const struct stat *now);

/* For a file whose length is not the expected one: `size`, up to which it was copied, becomes
 * its current length, and data beyond it is copied. If the source changed since it was looked at
 * (`before`), the entry gets a warning. */
int pc_file_catch_up(struct pc_copier *c, struct pc_entry *e, const struct pc_span *span,
                     const struct pc_meta *before, uint64_t *size);

/* Finds the real end of a file that did not change: the length that stat() reports is a hint, so
 * it reads until the end as cp does. `size` becomes the end of the data. Data behind the
 * reported length is copied where the file system's lengths are not known to be true. */
int pc_file_find_end(struct pc_copier *c, struct pc_entry *e, const struct pc_span *span,
                     uint64_t *size);

#endif
