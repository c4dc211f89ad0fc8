/* SPDX-License-Identifier: MIT
 *
 * partial.h - how far a large file came, told by the file itself. */
#ifndef PC_COPY_PARTIAL_H
#define PC_COPY_PARTIAL_H

#include "copy/copier.h"

/* Notes in an empty large file of which source, as it is now, it becomes a copy.  A source
 * that has not the length any more by which the run cut it into ranges gets no record. */
void pc_partial_begin(const struct pc_copier *c, int fd, const struct stat *src);

/* Whether a file that was found is the unfinished copy of this source, unchanged. */
bool pc_partial_matches(const struct pc_copier *c, int fd, const struct stat *src);

/* Whether the job's range is in; and that it is now (negative errno: it could not be forced
 * to the disk). */
bool pc_partial_has(const struct pc_copier *c, int fd);
int pc_partial_note(struct pc_copier *c, int fd);

#endif
