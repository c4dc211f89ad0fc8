/* SPDX-License-Identifier: MIT */
/* text.h - the report of --stats. */
#ifndef PC_CLI_TEXT_H
#define PC_CLI_TEXT_H

#include <stdint.h>
#include <stdio.h>

#include <pcopy.h>

/* The caller checks the stream for errors when it closes it. */
void cli_text_report(FILE *stream, const struct pcopy_report *report);

/* How long a worker waited for jobs between its first and its last one. */
uint64_t cli_worker_waited_ns(const struct pcopy_worker_report *worker);

#endif
