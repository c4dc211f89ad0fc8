/* SPDX-License-Identifier: MIT */
/* operands.h - maps operands to pairs of source and target. */
#ifndef PC_CLI_OPERANDS_H
#define PC_CLI_OPERANDS_H

#include "cli/options.h"

struct cli_pair {
	const char *src; /* belongs to argv */
	char *dst;       /* owned */
};

struct cli_pairs {
	struct cli_pair *pair;
	size_t count;
	bool exact;  /* the operand is the target, not the directory for it */
	bool backup; /* that target is the backup: make no other one */
};

/* Interprets the operands as cp does.  Returns 0, or an exit status after a message and leaves
 * `*ret` unchanged. */
int cli_operands_resolve(const struct cli_options *options, struct cli_pairs *ret);

void cli_pairs_done(struct cli_pairs *pairs);

#endif
