/* SPDX-License-Identifier: MIT
 *
 * program.h - the name that the program was called by.
 *
 * Called by the name cp, it is cp: it has cp's options, decides as cp does where pcopy
 * decides otherwise by choice, and calls itself so. */
#ifndef PC_CLI_PROGRAM_H
#define PC_CLI_PROGRAM_H

#include <stdbool.h>

/* Once, at the start; `name` is argv[0] and lives as long as the program. */
void cli_program_init(const char *name);

/* What messages begin with: "pcopy", or as cp was called. */
const char *cli_program_name(void);

bool cli_program_is_cp(void);

#endif
