/* SPDX-License-Identifier: MIT */
/* json.h - the benchmark's report as JSON, with every sample. */
#ifndef PC_BENCH_JSON_H
#define PC_BENCH_JSON_H

#include <jansson.h>

#include "bench/model.h"

/* docs/bench.schema.json describes it.  Grows when a field changes its meaning or goes; not
 * when one is added. */
#define BENCH_JSON_VERSION 3

/* A new reference, or NULL: no memory. */
json_t *bench_json_new(const struct bench *bench);

#endif
