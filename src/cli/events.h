/* SPDX-License-Identifier: MIT */
/* events.h - events as JSON lines, for other programs. */
#ifndef PC_CLI_EVENTS_H
#define PC_CLI_EVENTS_H

#include <stdio.h>

#include <pcopy.h>

struct cli_events {
	FILE *stream; /* NULL: no --events */
	const char *to;
	uint64_t last_ns; /* time of the last progress line */
};

/* `to`: "fd:N", a file, or NULL.  Returns 0, or an exit status after a message. */
int cli_events_open(struct cli_events *events, const char *to);

void cli_events_start(struct cli_events *events, const struct pcopy_options *options);
void cli_events_progress(struct cli_events *events, const struct pcopy_progress *progress);
void cli_events_event(struct cli_events *events, const struct pcopy_event *event);

/* Writes the last line and closes the stream.  Returns `status`, or CLI_EXIT_FAILED after a
 * message if some events could not be written. */
int cli_events_end(struct cli_events *events, const struct pcopy_report *report, int status);

#endif
