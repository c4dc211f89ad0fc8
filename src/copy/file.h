/* SPDX-License-Identifier: MIT
 *
 * file.h - copying regular files as a whole. */
#ifndef PC_COPY_FILE_H
#define PC_COPY_FILE_H

#include "copy/copier.h"

/* The outcome for an entry that was listed as a regular file. */
enum pc_file_is {
	PC_FILE_WAS_COPIED, /* copied, failed or handed back: it is dealt with */
	PC_FILE_IS_SYMLINK, /* it has become a symbolic link: nothing was done */
	PC_FILE_IS_SPECIAL, /* it has become a special file that is not read: see e->src */
};
enum pc_file_is pc_file_copy(struct pc_copier *c, struct pc_entry *e);

#endif
