/* SPDX-License-Identifier: MIT */
/* option_table.h - every option, one row each.
 *
 * getopt_long()'s arrays and the text of --help are made from this table, and
 * src/cli/check-manual compares man/pcopy.1 with that text. */
#ifndef PC_CLI_OPTION_TABLE_H
#define PC_CLI_OPTION_TABLE_H

#include <stddef.h>

#include "cli/options.h"

/* Whose option it is. */
enum option_of {
	OPTION_OF_PCOPY, /* under the name cp: only where it is written in full */
	OPTION_OF_BOTH,
	OPTION_OF_CP, /* only under this name */
};

/* Without `apply`: a heading of --help, which has `help` alone. */
struct option_row {
	/* The names: "jobs", NULL where there are short ones only. */
	const char *name;
	const char *letters;
	/* What --help calls the argument: NULL for none, "=WHEN" for one that
	 * must be given, "[=WHEN]" for one that may be. */
	const char *argument;
	const char *help; /* lines end with a newline, the last one without; NULL: not shown */
	/* Carries the option out.  Returns 0, or -EINVAL after one line on
	 * stderr.  `argument` is NULL where none was given. */
	int (*apply)(struct cli_options *options, const struct option_row *row,
	             const char *argument);
	size_t offset; /* of the member of struct cli_options, for some `apply` */
	uint64_t value;
	enum option_of of;
	/* Whether it is about the program that was started, and so is not among the options
	 * that --bench hands on to the copies that it compares. */
	bool stays;
};

extern const struct option_row cli_option_table[];
extern const size_t cli_option_rows;

#endif
