/* SPDX-License-Identifier: MIT
 *
 * program.h - the name under which the program was started.
 *
 * Under the name cp, it has cp's options, behaves like cp where pcopy deliberately differs, and
 * uses that name in messages. */
#ifndef PC_CLI_PROGRAM_H
#define PC_CLI_PROGRAM_H

#include <stdbool.h>

/* Call once at the start.  `name` is argv[0] and must live as long as the program. */
void cli_program_init(const char *name);

/* The prefix of messages: "pcopy", "pcopy-mpi" under that name, or argv[0] under the name cp. */
const char *cli_program_name(void);

bool cli_program_is_cp(void);

#endif
