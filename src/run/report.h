/* SPDX-License-Identifier: MIT */
/* report.h - what a run came to, for the caller. */
#ifndef PC_RUN_REPORT_H
#define PC_RUN_REPORT_H

#include "run/handle.h"

/* What this process has used until now. */
struct pc_usage pc_usage_now(void);

/* Which pool it was in the end, what it cost since `before`, and the peak of its memory. */
void pc_report_pool(struct pcopy *copy, const struct pc_pool *pool, enum pcopy_pool kind);
void pc_report_cost(struct pcopy *copy, const struct pc_pool *pool, uint64_t start_ns,
                    const struct pc_usage *before);
void pc_report_peak(struct pcopy *copy, const struct pc_pool *pool);

/* What was copied, and how the workers were kept at work. */
void pc_report_run(struct pcopy *copy, const struct pc_plan_result *result);

/* Adds up what the workers measured.  0 or -ENOMEM. */
int pc_report_phases(struct pcopy *copy);

#endif
