/* SPDX-License-Identifier: MIT */
/* operands.h - what is copied to which name. */
#ifndef PC_CLI_OPERANDS_H
#define PC_CLI_OPERANDS_H

#include "cli/options.h"

struct cli_pair {
	const char *src; /* of argv */
	char *dst;       /* owned */
};

struct cli_pairs {
	struct cli_pair *pair;
	size_t count;
	bool exact;  /* the target is named itself, not the directory for it */
	bool backup; /* ... and is the backup itself: none is to be made */
};

/* Applies cp's rules to the operands.  Returns 0, or an exit status after a
 * message; `*ret` is untouched then. */
int cli_operands_resolve(const struct cli_options *options, struct cli_pairs *ret);

void cli_pairs_done(struct cli_pairs *pairs);

#endif
