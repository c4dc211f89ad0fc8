/* SPDX-License-Identifier: MIT */
/* trace.h - what each worker did when, for Perfetto and chrome://tracing. */
#ifndef PC_CLI_TRACE_H
#define PC_CLI_TRACE_H

#include <stdio.h>

#include <pcopy.h>

struct cli_trace {
	FILE *stream; /* NULL: no trace */
	const char *file;
};

/* `file` may be NULL.  0, or an exit status after a message. */
int cli_trace_open(struct cli_trace *trace, const char *file);

/* From `at_ns` on so many workers get jobs. */
void cli_trace_width(struct cli_trace *trace, uint64_t at_ns, unsigned width);

void cli_trace_slice(struct cli_trace *trace, const struct pcopy_slice *slice);

/* Names the tracks and closes.  As cli_events_end(). */
int cli_trace_end(struct cli_trace *trace, const struct pcopy_report *report, int status);

#endif
