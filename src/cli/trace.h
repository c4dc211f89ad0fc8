/* SPDX-License-Identifier: MIT */
/* trace.h - a timeline of the workers, for Perfetto and chrome://tracing. */
#ifndef PC_CLI_TRACE_H
#define PC_CLI_TRACE_H

#include <stdio.h>

#include <pcopy.h>

struct cli_trace {
	FILE *stream; /* NULL: no trace */
	const char *file;
};

/* `file` may be NULL.  Returns 0, or an exit status after a message. */
int cli_trace_open(struct cli_trace *trace, const char *file);

/* Records that `width` workers get jobs from `at_ns` on. */
void cli_trace_width(struct cli_trace *trace, uint64_t at_ns, unsigned width);

void cli_trace_slice(struct cli_trace *trace, const struct pcopy_slice *slice);

/* Names the tracks and closes the file.  Returns as cli_events_end(). */
int cli_trace_end(struct cli_trace *trace, const struct pcopy_report *report, int status);

#endif
