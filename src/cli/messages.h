/* messages.h - everything that is said to a person about an entry or a mistake.
 *
 * The wording is that of GNU cp, names are quoted by pc_quote_new().  Nothing
 * here depends on the locale. */
#ifndef PC_CLI_MESSAGES_H
#define PC_CLI_MESSAGES_H

#include <stdbool.h>
#include <stdio.h>

#include <pcopy.h>

/* Prints "pcopy: ", the text, and ": " with the errno text unless `errnum` is
 * 0, as one line on stderr. */
void cli_error(int errnum, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As cli_error() for a format with one or two names: each %s is given the
 * quoted form of `first` and `second` in turn. */
void cli_error_named(int errnum, const char *format, const char *first, const char *second);

/* Says what `event` tells: copies on stdout, all else on stderr.  With `quiet`,
 * only errors. */
void cli_message_event(const struct pcopy_event *event, bool quiet);

/* The line of -v for an event of type PCOPY_EVENT_COPIED. */
void cli_message_copied(FILE *stream, const struct pcopy_event *event);

/* Flushes and closes stdout; returns `status`, or CLI_EXIT_FAILED with a
 * message when what was written there did not arrive. */
int cli_close_stdout(int status);

#endif
