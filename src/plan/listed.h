/* SPDX-License-Identifier: MIT */
/* listed.h - names from the caller's list. */
#ifndef PC_PLAN_LISTED_H
#define PC_PLAN_LISTED_H

#include "base/buffer.h"

/* Appends a listed name as a path below the operand, with a trailing slash if it must be a
 * directory.  Returns 0, -EXDEV if it leads outside, or -ENOMEM. */
int pc_listed_path(const char *name, struct pc_buffer *path);

#endif
