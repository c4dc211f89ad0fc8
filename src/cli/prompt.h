/* SPDX-License-Identifier: MIT */
/* prompt.h - the question of --interactive. */
#ifndef PC_CLI_PROMPT_H
#define PC_CLI_PROMPT_H

#include <stdbool.h>

/* Before the first question: no more is read from stdin than the answers. */
void cli_prompt_init(void);

/* Asks on stderr whether `dst` is to be overwritten, in the words of GNU cp, and
 * reads the answer from stdin.  `mode`: its permission bits; `writable`: they let
 * us; `replaces`: it may be removed then.  The end of the input means
 * no, and so does a signal that ends the copy. */
bool cli_prompt_overwrite(const char *dst, unsigned mode, bool writable, bool replaces);

#endif
