/* SPDX-License-Identifier: MIT */
/* cpus.h - the CPUs that this process may use. */
#ifndef PC_BASE_CPUS_H
#define PC_BASE_CPUS_H

/* By affinity and the quota of its control group (v2 cpu.max, v1 cfs_quota_us),
 * rounded up; at least 1. */
unsigned pc_cpus(void);

#endif
