/* SPDX-License-Identifier: MIT */
/* option_delete.c - options about deleting what the source does not have. */
#include "cli/option_apply.h"

#include <errno.h>
#include <string.h>

#include "base/size.h"

int cli_apply_mirror(struct cli_options *options, const struct option_row *row,
                     const char *argument)
{
	options->copy.update = PCOPY_UPDATE_DIFFER;
	options->copy.delete_extraneous = true;
	return cli_apply_archive(options, row, argument);
}

int cli_apply_max_delete(struct cli_options *options, const struct option_row *row,
                         const char *argument)
{
	size_t digits = strspn(argument, "0123456789");
	bool percent = strcmp(argument + digits, "%") == 0;
	char number[24];

	(void)snprintf(number, sizeof(number), "%.*s", (int)(digits < 24 ? digits : 23), argument);
	if (digits == 0 || (argument[digits] && !percent) ||
	    pc_size_parse(number, &options->copy.max_delete) < 0 ||
	    (percent && options->copy.max_delete > 100))
		return cli_argument_refuse(row, argument);
	options->copy.delete_limit = percent ? PCOPY_DELETE_PERCENT : PCOPY_DELETE_COUNT;
	return 0;
}

const char *cli_deletion_conflict(const struct cli_options *options)
{
	const struct pcopy_options *copy = &options->copy;

	if (!copy->delete_extraneous && copy->delete_limit != PCOPY_DELETE_ANY)
		return "--max-delete requires --delete";
	if (!copy->delete_extraneous && copy->delete_flags)
		return "--ignore-errors, --delete-excluded and --delete-from-empty require "
		       "--delete";
	if (!copy->delete_extraneous)
		return NULL;
	if (options->verify_only || options->check)
		return "--delete cannot be combined with --verify-only or --check";
	if (options->bench)
		return "--delete cannot be combined with --bench";
	if (options->backup)
		return "--delete cannot be combined with --backup: it would remove the backups";
	return NULL;
}
