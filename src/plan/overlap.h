/* SPDX-License-Identifier: MIT */
/* overlap.h - refuses --delete if targets or sources overlap. */
#ifndef PC_PLAN_OVERLAP_H
#define PC_PLAN_OVERLAP_H

#include "plan/operands.h"

/* True if a target lies in another one, or a source in a target.  Reports each case. */
bool pc_overlap_report(const struct pc_root *root, unsigned count,
                       const struct pc_operand_sink *sink);

#endif
