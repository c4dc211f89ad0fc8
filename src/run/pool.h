/* SPDX-License-Identifier: MIT */
/* pool.h - one pass of workers over the operands. */
#ifndef PC_RUN_POOL_H
#define PC_RUN_POOL_H

#include "run/handle.h"

/* True if forking is unsafe: in the child of a multithreaded process, locks may be held forever. */
bool pc_pool_is_unsafe(void);

/* Runs one pass over the operands.  The caller sets options, roots and its own fields of
 * `config`. Stores the result in `result`. */
int pc_run_pool(struct pcopy *copy, struct pc_plan_config *config, const struct pc_work *work,
                enum pcopy_pool kind, struct pc_plan_result *result);

/* Temporary name for passes that create no temporary files. */
void pc_run_no_temp_name(char *name, const char *final_name);

#endif
