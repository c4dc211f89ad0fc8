/* bench_summary.h - from the samples to what is said about them. */
#ifndef PC_CLI_BENCH_SUMMARY_H
#define PC_CLI_BENCH_SUMMARY_H

#include "cli/bench_model.h"

/* Fills the summary of each sound mode and the verdict.  0 or -ENOMEM. */
int bench_summarize(struct bench *bench);

#endif
