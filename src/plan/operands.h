/* SPDX-License-Identifier: MIT */
/* operands.h - from what the caller named to the table of roots. */
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

/* Where refusals go. */
struct pc_operand_sink {
	void *userdata;
	void (*send)(void *userdata, const struct pcopy_event *event);
	struct pc_counts *counts;
};

/* Looks at all operands, refuses those that cannot be (told to the sink and
 * counted), and fills the table of the others.  `look_only`: nothing will be made, so
 * what cannot be found is refused and nothing else.  0, -ENOMEM, or -EINVAL where something
 * might be removed that another operand has or is (told). */
int pc_operands_resolve(const struct pcopy_options *options, bool look_only,
                        const struct pc_operand *operand, unsigned count,
                        const struct pc_operand_sink *sink, struct pc_operands **ret);

/* The table: operands, and behind them the directories above some of them. */
const struct pc_root *pc_operands_roots(const struct pc_operands *o, unsigned *ret_count,
                                        unsigned *ret_parents);
void pc_operands_free(struct pc_operands *o);

#endif
