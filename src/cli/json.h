/* SPDX-License-Identifier: MIT */
/* json.h - reports as JSON. */
#ifndef PC_CLI_JSON_H
#define PC_CLI_JSON_H

#include <jansson.h>
#include <stdint.h>

#include <pcopy.h>

#include "base/histogram.h"

/* JSON numbers are signed 64-bit integers in jansson. */
static inline json_int_t cli_json_number(uint64_t value)
{
	return value > INT64_MAX ? INT64_MAX : (json_int_t)value;
}

/* Append to an array, or set in an object; both consume `item`.  Return the container, or NULL if
 * `item` or the container is NULL or without memory: then the container has been freed. */
json_t *cli_json_append(json_t *array, json_t *item);
json_t *cli_json_set(json_t *object, const char *key, json_t *item);

/* The report as one object.  Fields are named as in struct pcopy_report; "status" is the exit
 * status.  Returns a new reference, or NULL without memory. */
json_t *cli_json_report(const struct pcopy_report *report, int status);

/* cli_json_histogram(): count, sum, percentiles, and the non-empty buckets as pairs of lower
 * bound and count.  cli_json_name(): a file name, which may hold any bytes.  Both return a new
 * reference, or NULL without memory. */
json_t *cli_json_histogram(const struct pc_histogram *h);
json_t *cli_json_name(const char *name);

/* Writes `root` and a newline to `file`, or to stdout if `file` is NULL. Consumes the reference,
 * also on failure; a NULL `root` is -ENOMEM.  Returns 0, or a negative errno value after a
 * message. */
int cli_json_write(json_t *root, const char *file);

#endif
