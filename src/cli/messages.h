/* SPDX-License-Identifier: MIT */
/* messages.h - everything that is said to a person about an entry or a mistake.
 *
 * The wording is that of GNU cp, names are quoted by pc_quote_new().  Nothing
 * here depends on the locale. */
#ifndef PC_CLI_MESSAGES_H
#define PC_CLI_MESSAGES_H

#include <stdbool.h>
#include <stdio.h>

#include <pcopy.h>

#include "cli/options.h"

/* Prints "pcopy: ", the text, and ": " with the errno text unless `errnum` is
 * 0, as one line on stderr. */
void cli_error(int errnum, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As cli_error() for a format with one or two names: each %s is given the
 * quoted form of `first` and `second` in turn. */
void cli_error_named(int errnum, const char *format, const char *first, const char *second);

/* Says in what an entry differs, from its source or from a manifest. */
void cli_message_different(const struct pcopy_event *event, bool manifest);

/* Whether a shell reads a name as it is. */
bool cli_name_is_plain(const char *name);

/* Why the pool that was asked for cannot be had. */
void cli_message_refused(int error);

/* Says on stderr what `event` tells of trouble.  With `quiet`, only errors. */
void cli_message_event(const struct pcopy_event *event, bool quiet);

/* Whether an event is one of those that -v and --debug print, and its lines. */
bool cli_message_is_verbose(const struct pcopy_event *event);
void cli_message_verbose(FILE *stream, const struct pcopy_event *event,
                         const struct cli_options *options);

/* Where a rule stands: "(rule 3, line 7 of build.flt)". */
void cli_message_rule_place(FILE *stream, const struct pcopy_filter_rule *rule);

/* Says how far a running copy came, and one that ended before all was done: by the
 * signal `number` if that is not 0. */
void cli_message_status(const struct pcopy_progress *progress);
void cli_message_stop(const struct pcopy_report *report, int number);

/* Flushes and closes stdout; returns `status`, or CLI_EXIT_FAILED with a
 * message when what was written there did not arrive. */
int cli_close_stdout(int status);

#endif
