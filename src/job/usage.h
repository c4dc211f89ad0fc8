/* SPDX-License-Identifier: MIT */
/* usage.h - resource usage of processes, and its sums. */
#ifndef PC_JOB_USAGE_H
#define PC_JOB_USAGE_H

#include <stdint.h>
#include <sys/resource.h>

struct pc_usage {
	uint64_t user_ns, system_ns;
	uint64_t minor_faults, major_faults;
	uint64_t voluntary_switches, involuntary_switches;
};

static inline uint64_t pc_timeval_ns(struct timeval tv)
{
	return (uint64_t)tv.tv_sec * 1000000000U + (uint64_t)tv.tv_usec * 1000U;
}

static inline struct pc_usage pc_usage_of(const struct rusage *r)
{
	return (struct pc_usage){
		.user_ns = pc_timeval_ns(r->ru_utime),
		.system_ns = pc_timeval_ns(r->ru_stime),
		.minor_faults = (uint64_t)r->ru_minflt,
		.major_faults = (uint64_t)r->ru_majflt,
		.voluntary_switches = (uint64_t)r->ru_nvcsw,
		.involuntary_switches = (uint64_t)r->ru_nivcsw,
	};
}

static inline void pc_usage_add(struct pc_usage *sum, const struct pc_usage *more)
{
	sum->user_ns += more->user_ns;
	sum->system_ns += more->system_ns;
	sum->minor_faults += more->minor_faults;
	sum->major_faults += more->major_faults;
	sum->voluntary_switches += more->voluntary_switches;
	sum->involuntary_switches += more->involuntary_switches;
}

static inline void pc_usage_subtract(struct pc_usage *from, const struct pc_usage *less)
{
	from->user_ns -= less->user_ns;
	from->system_ns -= less->system_ns;
	from->minor_faults -= less->minor_faults;
	from->major_faults -= less->major_faults;
	from->voluntary_switches -= less->voluntary_switches;
	from->involuntary_switches -= less->involuntary_switches;
}

#endif
