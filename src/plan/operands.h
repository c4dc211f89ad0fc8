/* SPDX-License-Identifier: MIT */
/* operands.h - turns the caller's operands into the table of roots. */
#ifndef PC_PLAN_OPERANDS_H
#define PC_PLAN_OPERANDS_H

#include "job/job.h"
#include "job/root.h"

/* One call of pcopy_add(). */
struct pc_operand {
	char *src, *dst;
	unsigned flags; /* enum pcopy_add_flags */
};

struct pc_operands; /* owns what the roots point to */

/* Receives refusals. */
struct pc_operand_sink {
	void *userdata;
	void (*send)(void *userdata, const struct pcopy_event *event);
	struct pc_counts *counts;
};

/* Examines all operands, refuses the invalid ones (reported to the sink and counted), and builds
 * the table of the others.  `look_only`: nothing will be written, so only operands that cannot be
 * found are refused.  Returns 0, -ENOMEM, or -EINVAL if deletion could remove something that
 * belongs to another operand (reported). */
int pc_operands_resolve(const struct pcopy_options *options, bool look_only,
                        const struct pc_operand *operand, unsigned count,
                        const struct pc_operand_sink *sink, struct pc_operands **ret);

/* The table: the operands, followed by the parent directories to finish. */
const struct pc_root *pc_operands_roots(const struct pc_operands *o, unsigned *ret_count,
                                        unsigned *ret_parents);
void pc_operands_free(struct pc_operands *o);

#endif
