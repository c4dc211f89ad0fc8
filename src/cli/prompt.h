/* SPDX-License-Identifier: MIT */
/* prompt.h - the prompt of --interactive. */
#ifndef PC_CLI_PROMPT_H
#define PC_CLI_PROMPT_H

#include <stdbool.h>

/* Call before the first prompt: makes stdin unbuffered, so that only the answers are consumed. */
void cli_prompt_init(void);

/* Prompts on stderr, in GNU cp's words, whether to overwrite `dst`, and reads the answer from
 * stdin. `mode`: its permission bits; `writable`: whether they allow writing; `replaces`: whether
 * it may be removed.  End of input, or a signal that ends the copy, means no. */
bool cli_prompt_overwrite(const char *dst, unsigned mode, bool writable, bool replaces);

#endif
