/* SPDX-License-Identifier: MIT */
/* meter.h - where workers spend their time, when the caller wants to know.
 *
 * One record for each worker, in shared memory, written by that worker alone and
 * read by the coordinator after it has ended.  A worker that takes the place of a
 * dead one goes on where that one was: what was done twice took time twice. */
#ifndef PC_JOB_METER_H
#define PC_JOB_METER_H

#include "base/histogram.h"
#include "pcopy.h"

struct pc_meter {
	struct pc_histogram phase[PCOPY_PHASES];
	uint64_t clock_reads;
	uint64_t delay_ns; /* ready to run, but on no CPU */
};

/* One stretch of a phase, for the trace; an item of these ends a job's result. */
struct pc_slice {
	uint64_t start_ns;
	uint32_t ns;
	uint32_t phase;
};

/* The records of so many workers, or NULL: no memory. */
struct pc_meter *pc_meters_new(unsigned workers);
void pc_meters_free(struct pc_meter *meter, unsigned workers);

/* What a read of the clock costs here. */
uint64_t pc_meter_clock_ns(void);

/* How long the calling thread has been ready to run without a CPU so far; 0 where
 * the kernel does not tell. */
uint64_t pc_meter_delay_ns(void);

/* The same by a descriptor that stays open: of the thread that opened it.  Negative errno
 * where the kernel does not tell, of which the other one makes 0. */
int pc_meter_delay_open(void);
uint64_t pc_meter_delay_read(int fd);

#endif
