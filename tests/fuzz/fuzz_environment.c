/* SPDX-License-Identifier: MIT */
/* fuzz_environment.c - VERSION_CONTROL and SIMPLE_BACKUP_SUFFIX, with a NUL between them,
 * and the name of a backup that comes of them. */
#include "base/backup.h"
#include "cli/options.h"
#include "fuzz.h"

#include <fcntl.h>
#include <getopt.h>
#include <limits.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *control = fuzz_text(data, size), *suffix = strchr(control, '\0');
	char program[] = "pcopy", backup[] = "-b", name[] = "name";
	char *argv[] = {program, backup, name, name, NULL}, made[PC_BACKUP_NAME_MAX];
	struct cli_options options;

	suffix += suffix < control + size;
	setenv("VERSION_CONTROL", control, 1);
	setenv("SIMPLE_BACKUP_SUFFIX", suffix, 1);
	optind = 0;
	if (cli_options_parse(4, argv, &options) == 0 &&
	    pc_backup_name(AT_FDCWD, name, PCOPY_BACKUP_SIMPLE, options.copy.backup_suffix, made) ==
	            0)
		FUZZ_CHECK(strlen(made) > strlen(name) && !strchr(made, '/'));
	free(control);
	return 0;
}
