/* SPDX-License-Identifier: MIT
 *
 * program.c - the name that the program was called by. */
#include "cli/program.h"

#include <stddef.h>
#include <string.h>

static const char *program_cp; /* how cp was called; NULL: we are pcopy */

void cli_program_init(const char *name)
{
	const char *slash = name ? strrchr(name, '/') : NULL;
	const char *base = slash ? slash + 1 : name;

	program_cp = base && strcmp(base, "cp") == 0 ? name : NULL;
}

const char *cli_program_name(void)
{
	return program_cp ? program_cp : "pcopy";
}

bool cli_program_is_cp(void)
{
	return program_cp != NULL;
}
