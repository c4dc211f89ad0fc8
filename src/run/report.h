/* SPDX-License-Identifier: MIT */
/* report.h - fills in struct pcopy_report. */
#ifndef PC_RUN_REPORT_H
#define PC_RUN_REPORT_H

#include "run/handle.h"

/* Resources that this process has used until now. */
struct pc_usage pc_usage_now(void);

/* Reports the pool actually used, its cost since `before`, and the peak memory. */
void pc_report_pool(struct pcopy *copy, const struct pc_pool *pool, enum pcopy_pool kind);
void pc_report_cost(struct pcopy *copy, const struct pc_pool *pool, uint64_t start_ns,
                    const struct pc_usage *before);
void pc_report_peak(struct pcopy *copy, const struct pc_pool *pool);

/* Reports what was copied, and the use of workers and queue. */
void pc_report_run(struct pcopy *copy, const struct pc_plan_result *result);

/* Sums up the workers' measurements.  Returns 0 or -ENOMEM. */
int pc_report_phases(struct pcopy *copy);

#endif
