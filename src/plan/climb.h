/* SPDX-License-Identifier: MIT */
/* climb.h - how many workers a run uses, by hill climbing on the measured rate.
 *
 * Pure: samples go in, a width comes out.  A change of the width is a trial, and is kept only if
 * the rate measured after it is high enough. */
#ifndef PC_PLAN_CLIMB_H
#define PC_PLAN_CLIMB_H

#include <stdbool.h>
#include <stdint.h>

/* What happened since the previous sample. */
struct pc_climb_sample {
	uint64_t ns;      /* wall-clock time */
	uint64_t busy_ns; /* of the jobs that ended: */
	uint64_t slept_ns;
	unsigned jobs;
	unsigned disk_jobs; /* those that read from a block device */
	double units;       /* of work, also in unfinished jobs */
	/* How often the queue was filled, and how often it then had fewer jobs than workers. */
	unsigned looks, idle;
};

struct pc_climb {
	unsigned base; /* initial width; in memory the width returns to it */
	unsigned most;
	unsigned width;
	struct pc_climb_sample window; /* samples since the width was last decided */
	/* of a trial: whether workers have settled at the new width, so that rates can be
	 * compared */
	unsigned before; /* width before the trial; 0: no trial */
	double before_rate;
	bool settled;
	bool climbed;             /* a trial has ended */
	unsigned hold, hold_next; /* windows without a trial, now and after the next failure */
};

/* Starts with `base` workers of at most `most`. */
void pc_climb_init(struct pc_climb *c, unsigned base, unsigned most);

/* Adds a sample.  True if the width has changed. */
bool pc_climb_take(struct pc_climb *c, const struct pc_climb_sample *sample);

#endif
