/* SPDX-License-Identifier: MIT */
/* climb.h - how many workers a run is to have, decided from what they did so far.
 *
 * Pure: samples go in, a width comes out.  It climbs towards the rate: a change of the width
 * is a trial, and stays only where the rate that was measured after it is worth it. */
#ifndef PC_PLAN_CLIMB_H
#define PC_PLAN_CLIMB_H

#include <stdbool.h>
#include <stdint.h>

/* What happened since the sample before. */
struct pc_climb_sample {
	uint64_t ns;      /* by the clock on the wall */
	uint64_t busy_ns; /* of the jobs that ended meanwhile: */
	uint64_t slept_ns;
	unsigned jobs;
	unsigned disk_jobs; /* of these, had something read from a block device */
	double units;       /* of work, in jobs that ended or not */
	/* Looks at what is to do, and those that found less than workers. */
	unsigned looks, idle;
};

struct pc_climb {
	unsigned base; /* that it began with, and comes back to in memory */
	unsigned most;
	unsigned width;
	struct pc_climb_sample window; /* samples since the width was last looked at */
	/* of a trial: it waits until the workers have settled, and compares then */
	unsigned before; /* the width before it; 0: no trial */
	double before_rate;
	bool settled;
	bool climbed;             /* there was a trial */
	unsigned hold, hold_next; /* windows without a trial, after one that failed */
};

/* Begins with `base` workers of at most `most`. */
void pc_climb_init(struct pc_climb *c, unsigned base, unsigned most);

/* Takes a sample.  Whether the width is another one now. */
bool pc_climb_take(struct pc_climb *c, const struct pc_climb_sample *sample);

#endif
