/* SPDX-License-Identifier: MIT
 *
 * file.h - regular files, in one piece. */
#ifndef PC_COPY_FILE_H
#define PC_COPY_FILE_H

#include "copy/copier.h"

/* What came of an entry that was taken for a regular file. */
enum pc_file_is {
	PC_FILE_WAS_COPIED, /* or failed, or was handed back: it is dealt with */
	PC_FILE_IS_SYMLINK, /* it has become one: nothing was done */
	PC_FILE_IS_SPECIAL, /* it is none and not to be read; e->src says what */
};
enum pc_file_is pc_file_copy(struct pc_copier *c, struct pc_entry *e);

#endif
