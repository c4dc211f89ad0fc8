/* json.h - reports as JSON. */
#ifndef PC_CLI_JSON_H
#define PC_CLI_JSON_H

#include <jansson.h>

#include <pcopy.h>

/* The report as one object, its fields named as in struct pcopy_report, with
 * "status", the exit status.  A new reference, or NULL: no memory. */
json_t *cli_json_report(const struct pcopy_report *report, int status);

/* Writes `root` and a newline to `file`, or to stdout when `file` is NULL.
 * Takes over the reference, also on failure; NULL is -ENOMEM.  Returns 0 or a
 * negative errno value after a message. */
int cli_json_write(json_t *root, const char *file);

#endif
