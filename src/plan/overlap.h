/* SPDX-License-Identifier: MIT */
/* overlap.h - operands that must not be removed for another one's sake. */
#ifndef PC_PLAN_OVERLAP_H
#define PC_PLAN_OVERLAP_H

#include "plan/operands.h"

/* Whether a target lies in another one, or a source in a target.  Each is told. */
bool pc_overlap_tell(const struct pc_root *root, unsigned count,
                     const struct pc_operand_sink *sink);

#endif
