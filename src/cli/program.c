/* SPDX-License-Identifier: MIT
 *
 * program.c - the name under which the program was started.
 *
 * The name is fixed before options are parsed, and only read afterwards. */
#include "cli/program.h"

#include <stddef.h>
#include <string.h>

static const char *program_cp; /* argv[0] if its base name is cp, else NULL */
static bool program_is_mpi;

void cli_program_init(const char *name)
{
	const char *slash = name ? strrchr(name, '/') : NULL;
	const char *base = slash ? slash + 1 : name;

	program_cp = base && strcmp(base, "cp") == 0 ? name : NULL;
	program_is_mpi = base && strcmp(base, "pcopy-mpi") == 0;
}

const char *cli_program_name(void)
{
	return program_cp ? program_cp : program_is_mpi ? "pcopy-mpi" : "pcopy";
}

bool cli_program_is_cp(void)
{
	return program_cp != NULL;
}
