/* SPDX-License-Identifier: MIT */
/* meter.h - where workers spend their time, if that is measured.
 *
 * One record for each worker, in shared memory, written by that worker alone and read by the
 * coordinator after it has ended. A worker that replaces a dead one continues its record:
 * retried work is counted each time. */
#ifndef PC_JOB_METER_H
#define PC_JOB_METER_H

#include "base/histogram.h"
#include "pcopy.h"

struct pc_meter {
	struct pc_histogram phase[PCOPY_PHASES];
	uint64_t clock_reads;
	uint64_t delay_ns; /* time ready to run but without a CPU */
};

/* One interval of a phase, for the trace. An item of these ends a job's result. */
struct pc_slice {
	uint64_t start_ns;
	uint32_t ns;
	uint32_t phase;
};

/* Records for this many workers, or NULL: no memory. */
struct pc_meter *pc_meters_new(unsigned workers);
void pc_meters_free(struct pc_meter *meter, unsigned workers);

/* The cost of reading the clock on this machine. */
uint64_t pc_meter_clock_ns(void);

/* How long the calling thread has been ready to run without a CPU so far; 0 where the kernel
 * does not report it. */
uint64_t pc_meter_delay_ns(void);

/* The same through a descriptor that stays open, for the thread that opened it. Negative errno
 * where the kernel does not report it; reading then gives 0. */
int pc_meter_delay_open(void);
uint64_t pc_meter_delay_read(int fd);

#endif
