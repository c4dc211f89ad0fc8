/* SPDX-License-Identifier: MIT */
/* option_apply.h - the functions of the option table's rows.
 *
 * Each has the type of struct option_row's `apply`: returns 0, or -EINVAL after one line on
 * stderr. */
#ifndef PC_CLI_OPTION_APPLY_H
#define PC_CLI_OPTION_APPLY_H

#include "cli/option_table.h"

#define CLI_KEEP_DEFAULT (PCOPY_KEEP_MODE | PCOPY_KEEP_OWNER | PCOPY_KEEP_TIMES)
#define CLI_KEEP_ALL (CLI_KEEP_DEFAULT | PCOPY_KEEP_LINKS | PCOPY_KEEP_XATTR | PCOPY_KEEP_CONTEXT)

typedef int cli_apply(struct cli_options *options, const struct option_row *row,
                      const char *argument);

/* Word lists; a row's value. */
enum cli_words {
	CLI_WORDS_WHEN,
	CLI_WORDS_METHOD,
	CLI_WORDS_FSYNC,
	CLI_WORDS_UPDATE,
	CLI_WORDS_VERIFY,
	CLI_WORDS_MISMATCH,
	CLI_WORDS_PROGRESS,
	CLI_WORDS_CACHE,
	CLI_WORDS_COPIES,
	CLI_WORDS_BACKUP,
	CLI_WORDS_KEEP,
	CLI_WORDS_POOL,
	CLI_WORDS_FD_TABLE,
	CLI_WORDS_ORDER
};

/* These set the member at the row's offset to: true; the row's value; a number up to the row's
 * value; a word of the list in the row's value; the argument string. */
cli_apply cli_apply_true, cli_apply_value, cli_apply_number, cli_apply_word, cli_apply_string;

/* A size, or a rate written like a size. */
cli_apply cli_apply_size;

/* Adds the row's bit to the member. */
cli_apply cli_apply_flag;

/* Converts decimal seconds to milliseconds. */
cli_apply cli_apply_milliseconds;

/* Adds the row's value to the preserved attributes; cli_apply_archive() also stops following
 * links. */
cli_apply cli_apply_archive, cli_apply_keep;

cli_apply cli_apply_nothing; /* accepted for compatibility with cp */
cli_apply cli_apply_backup, cli_apply_bench, cli_apply_bench_command, cli_apply_context,
	cli_apply_debug, cli_apply_fd_table, cli_apply_jobs, cli_apply_json, cli_apply_link,
	cli_apply_max_delete, cli_apply_mirror, cli_apply_mismatch, cli_apply_no_preserve,
	cli_apply_order, cli_apply_pool, cli_apply_preserve, cli_apply_quiet, cli_apply_reflink,
	cli_apply_runs, cli_apply_slowdown, cli_apply_suffix, cli_apply_symbolic_link,
	cli_apply_target, cli_apply_window;

struct cli_word;

/* The words that the option accepts, ended by a NULL name; NULL if its argument is not a word. */
const struct cli_word *cli_option_words(const struct option_row *row);

/* True if the kernel labels files (SELinux). */
bool cli_has_contexts(void);

/* ---- option_filter.c ---- */

/* A filter rule; a file of rules, whose kind is the row's value; size limits. */
cli_apply cli_apply_filter, cli_apply_filter_file, cli_apply_min_size, cli_apply_max_size;

/* Returns why --files-from or the size limits cannot be combined with other options, or NULL. */
const char *cli_selection_conflict(const struct cli_options *options);

/* ---- option_delete.c ---- */

/* Returns why the deletion options cannot be combined with each other or with others, or NULL. */
const char *cli_deletion_conflict(const struct cli_options *options);

/* Reports an invalid argument of the row's option.  Returns -EINVAL. */
int cli_argument_refuse(const struct option_row *row, const char *argument);

/* Parses the kind of backup; `what` names the option or variable in messages.  Returns 0 or
 * -EINVAL. */
int cli_backup_parse(const char *what, const char *word, enum pcopy_backup *ret);

#endif
