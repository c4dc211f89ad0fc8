/* SPDX-License-Identifier: MIT */
/* listed.h - names that the caller lists. */
#ifndef PC_PLAN_LISTED_H
#define PC_PLAN_LISTED_H

#include "base/buffer.h"

/* Appends such a name as a path below the operand, with a slash at its end where it must be a
 * directory.  0, -EXDEV where it leads out, or -ENOMEM. */
int pc_listed_path(const char *name, struct pc_buffer *path);

#endif
