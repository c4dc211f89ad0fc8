/* prompt.h - the question of --interactive. */
#ifndef PC_CLI_PROMPT_H
#define PC_CLI_PROMPT_H

#include <stdbool.h>

/* Asks on stderr whether `dst` is to be overwritten, in the words of GNU cp, and
 * reads the answer from stdin.  `mode`: its permission bits; `writable`: they let
 * us; `replaces`: it may be removed then.  The end of the input means no. */
bool cli_prompt_overwrite(const char *dst, unsigned mode, bool writable, bool replaces);

#endif
