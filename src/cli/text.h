/* text.h - the report of --stats, for people. */
#ifndef PC_CLI_TEXT_H
#define PC_CLI_TEXT_H

#include <stdio.h>

#include <pcopy.h>

/* Errors of the stream are seen when it is closed. */
void cli_text_report(FILE *stream, const struct pcopy_report *report);

#endif
