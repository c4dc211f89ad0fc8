/* SPDX-License-Identifier: MIT
 *
 * partial.h - the progress of a large file, recorded in the file itself. */
#ifndef PC_COPY_PARTIAL_H
#define PC_COPY_PARTIAL_H

#include "copy/copier.h"

/* Records in an empty large file which source it is a copy of. There is no record where the
 * source no longer has the length by which the run divided it into ranges. */
void pc_partial_begin(const struct pc_copier *c, int fd, const struct stat *src);

/* Whether an existing file is the unfinished copy of this source, and the source is unchanged. */
bool pc_partial_matches(const struct pc_copier *c, int fd, const struct stat *src);

/* Whether the job's range is complete; and: records that it is (negative errno: the data could
 * not be forced to the disk). */
bool pc_partial_has(const struct pc_copier *c, int fd);
int pc_partial_note(struct pc_copier *c, int fd);

#endif
