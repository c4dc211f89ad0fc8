/* SPDX-License-Identifier: MIT */
/* option_table.h - every option, one row each.
 *
 * getopt_long()'s arrays, the text of --help and the completions are made from this table.
 * tests/cli/help.sh compares man/pcopy.1 with --help. */
#ifndef PC_CLI_OPTION_TABLE_H
#define PC_CLI_OPTION_TABLE_H

#include <stddef.h>

#include "cli/options.h"

/* The program that has the option. */
enum option_of {
	OPTION_OF_PCOPY, /* under the name cp: only if written in full */
	OPTION_OF_BOTH,
	OPTION_OF_CP, /* only under the name cp */
};

/* A row without `apply` is a heading of --help: only `help` is set. */
struct option_row {
	/* The long name, or NULL; the short ones, or NULL. */
	const char *name;
	const char *letters;
	/* The argument in --help: NULL for none, "=WHEN" for a required one, "[=WHEN]" for an
	 * optional one. */
	const char *argument;
	/* Lines separated by newlines. NULL: not shown, another name for the option in the row above. */
	const char *help;
	/* Applies the option.  Returns 0, or -EINVAL after one line on stderr.  `argument` is
	 * NULL if none was given. */
	int (*apply)(struct cli_options *options, const struct option_row *row,
	             const char *argument);
	size_t offset; /* of a member of struct cli_options, if `apply` uses it */
	uint64_t value;
	enum option_of of;
	/* The option concerns this process only: --bench does not pass it to the copies that it
	 * runs. */
	bool local;
};

extern const struct option_row cli_option_table[];
extern const size_t cli_option_rows;

#endif
