/* SPDX-License-Identifier: MIT */
/* messages.h - every message to the user about an entry or an error.
 *
 * The wording is GNU cp's where it has the message.  pc_quote_new() quotes names.  The locale has
 * no influence. */
#ifndef PC_CLI_MESSAGES_H
#define PC_CLI_MESSAGES_H

#include <stdbool.h>
#include <stdio.h>

#include <pcopy.h>

#include "cli/options.h"

/* Prints "pcopy: ", the text, and unless `errnum` is 0 ": " and its text, as one line on stderr. */
void cli_error(int errnum, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Like cli_error(), for a format with one or two names: each %s stands for `first` and `second`
 * in order, quoted. */
void cli_error_named(int errnum, const char *format, const char *first, const char *second);

/* Reports how an entry differs from its source, or from a manifest. */
void cli_message_different(const struct pcopy_event *event, bool manifest);

/* True if a shell needs no quotes around the name. */
bool cli_name_is_plain(const char *name);

/* Reports why the requested pool is not available. */
void cli_message_pool_refused(int error);

/* Reports errors and warnings on stderr; with `quiet`, only errors. */
void cli_message_event(const struct pcopy_event *event, bool quiet);

/* True for events that -v and --debug print; and prints them. */
bool cli_message_is_verbose(const struct pcopy_event *event);
void cli_message_verbose(FILE *stream, const struct pcopy_event *event,
                         const struct cli_options *options);

/* Prints where a rule was given: "(rule 3, line 7 of build.flt)". */
void cli_message_rule_place(FILE *stream, const struct pcopy_filter_rule *rule);

/* Prints the progress of a running copy, and why a copy stopped early: `number` is the signal
 * that ended it, or 0. */
void cli_message_status(const struct pcopy_progress *progress);
void cli_message_stop(const struct pcopy_report *report, int number);

/* Flushes and closes stdout.  Returns `status`, or CLI_EXIT_FAILED after a message if writing
 * failed. */
int cli_close_stdout(int status);

#endif
