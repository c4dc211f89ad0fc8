/* SPDX-License-Identifier: MIT */
/* option_filter.c - options about what is excluded or skipped. */
#include "cli/option_apply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "cli/messages.h"

/* Rule files are read after all options, because -0 may follow. */
static int filter_word_add(struct cli_options *options, const struct option_row *row,
                           const char *text, bool file)
{
	struct cli_filter_word *more =
		reallocarray(options->filter_word, options->filter_words + 1, sizeof(*more));

	if (!more) {
		cli_error(ENOMEM, "cannot read the options");
		return -EINVAL;
	}
	options->filter_word = more;
	more[options->filter_words++] =
		(struct cli_filter_word){(enum pcopy_filter_kind)row->value, file, text};
	return 0;
}

int cli_apply_filter(struct cli_options *options, const struct option_row *row,
                     const char *argument)
{
	return filter_word_add(options, row, argument, false);
}

int cli_apply_filter_file(struct cli_options *options, const struct option_row *row,
                          const char *argument)
{
	return filter_word_add(options, row, argument, true);
}

static void sizes_begin(struct cli_options *options)
{
	if (!options->copy.limit_size)
		options->copy.max_bytes = UINT64_MAX;
	options->copy.limit_size = true;
}

int cli_apply_min_size(struct cli_options *options, const struct option_row *row,
                       const char *argument)
{
	sizes_begin(options);
	return pc_size_parse(argument, &options->copy.min_bytes) < 0
	               ? cli_argument_refuse(row, argument)
	               : 0;
}

int cli_apply_max_size(struct cli_options *options, const struct option_row *row,
                       const char *argument)
{
	sizes_begin(options);
	return pc_size_parse(argument, &options->copy.max_bytes) < 0
	               ? cli_argument_refuse(row, argument)
	               : 0;
}

/* True if filter rules are read from standard input. */
static bool reads_input(const struct cli_options *options)
{
	for (unsigned i = 0; i < options->filter_words; i++) {
		const struct cli_filter_word *word = &options->filter_word[i];

		if (strcmp(word->text, word->file ? "-" : "merge -") == 0 &&
		    (word->file || word->kind == PCOPY_FILTER_RULES))
			return true;
	}
	return false;
}

/* --files-from lists some entries of a directory, not all of them. */
const char *cli_selection_conflict(const struct cli_options *options)
{
	const struct pcopy_options *copy = &options->copy;

	if (copy->limit_size && copy->min_bytes > copy->max_bytes)
		return "--min-size is larger than --max-size";
	if (!options->files_from)
		return NULL;
	if (copy->delete_extraneous)
		return "--files-from cannot be combined with --delete";
	if (options->bench)
		return "--files-from cannot be combined with --bench";
	if (copy->verify == PCOPY_VERIFY_ARCHIVE)
		return "--files-from cannot be combined with --verify=archive";
	if (strcmp(options->files_from, "-") == 0 && reads_input(options))
		return "--files-from and the filter rules cannot both read standard input";
	return NULL;
}
