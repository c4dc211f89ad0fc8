/* SPDX-License-Identifier: MIT */
/* pool.h - one pass of workers over the operands. */
#ifndef PC_RUN_POOL_H
#define PC_RUN_POOL_H

#include "run/handle.h"

/* Whether processes cannot be forked: a child of a process with other threads may find
 * their locks taken. */
bool pc_pool_is_unsafe(void);

/* Goes once through the operands, by workers that do `config`'s work.  The caller
 * fills in options, roots and what else is its own; result is `result`. */
int pc_run_pool(struct pcopy *copy, struct pc_plan_config *config, const struct pc_work *work,
                enum pcopy_pool kind, struct pc_plan_result *result);

/* For passes that write no files under temporary names. */
void pc_run_no_temp_name(char *name, const char *final_name);

#endif
