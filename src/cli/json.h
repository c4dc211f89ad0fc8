/* SPDX-License-Identifier: MIT */
/* json.h - reports as JSON. */
#ifndef PC_CLI_JSON_H
#define PC_CLI_JSON_H

#include <jansson.h>
#include <stdint.h>

#include <pcopy.h>

#include "base/histogram.h"

/* JSON has signed numbers of 64 bits. */
static inline json_int_t cli_json_number(uint64_t value)
{
	return value > INT64_MAX ? INT64_MAX : (json_int_t)value;
}

/* Append to an array or set in an object, and take over `item`; they answer the container, or
 * NULL, which they pass on: the container is gone then. */
json_t *cli_json_append(json_t *array, json_t *item);
json_t *cli_json_set(json_t *object, const char *key, json_t *item);

/* The report as one object, its fields named as in struct pcopy_report, with
 * "status", the exit status.  A new reference, or NULL: no memory. */
json_t *cli_json_report(const struct pcopy_report *report, int status);

/* Count, sum, percentiles, and the buckets that are not empty as pairs of their least
 * duration and their count; and a name of a file, whatever its bytes.  New references,
 * or NULL: no memory. */
json_t *cli_json_histogram(const struct pc_histogram *h);
json_t *cli_json_name(const char *name);

/* Writes `root` and a newline to `file`, or to stdout when `file` is NULL.
 * Takes over the reference, also on failure; NULL is -ENOMEM.  Returns 0 or a
 * negative errno value after a message. */
int cli_json_write(json_t *root, const char *file);

#endif
