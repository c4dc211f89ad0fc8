/* SPDX-License-Identifier: MIT */
/* json.h - the benchmark's report as JSON, with every sample. */
#ifndef PC_BENCH_JSON_H
#define PC_BENCH_JSON_H

#include <jansson.h>

#include "bench/model.h"

/* See docs/bench.schema.json.  Increased when a field is removed or changes its meaning, not when
 * one is added. */
#define BENCH_JSON_VERSION 3

/* Returns a new reference, or NULL without memory. */
json_t *bench_json_new(const struct bench *bench);

#endif
