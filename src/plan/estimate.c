/* SPDX-License-Identifier: MIT */
/* estimate.c - estimates the number of entries of a tree from some listed directories. */
#include "plan/estimate.h"

#include <math.h>

/* Expected entries below a directory before any was listed. */
#define BELOW_UNKNOWN 8.0

/* Standard error of that, and of a depth without listings, as a multiple of the estimate. */
#define UNSURE_TIMES 3.0

double pc_counted_units(const struct pc_counts *counts)
{
	return (double)pc_counts_entries(counts) + (double)counts->bytes / PC_ENTRY_BYTES;
}

void pc_estimate_clear(struct pc_estimate *e)
{
	*e = (struct pc_estimate){0};
}

void pc_estimate_add(struct pc_estimate *e, unsigned depth, double weight, double directories,
                     double others)
{
	struct pc_level *to = &e->level[depth < PC_LEVELS ? depth : PC_LEVELS - 1];

	to->listed += weight;
	to->directories += weight * directories;
	to->others += weight * others;
	to->directories_2 += weight * directories * directories;
	to->others_2 += weight * others * others;
	e->fresh = false;
}

/* The sums of all depths, used for depths without listings. */
static struct pc_level level_any(const struct pc_estimate *e)
{
	struct pc_level any = {0};

	for (unsigned i = 0; i < PC_LEVELS; i++) {
		any.listed += e->level[i].listed;
		any.directories += e->level[i].directories;
		any.others += e->level[i].others;
	}
	return any;
}

static double below_of(const struct pc_level *level, double below)
{
	return (level->directories * (1 + below) + level->others) / level->listed;
}

/* From the lowest depth upwards.  Below the lowest depth with listings nothing is known, so nothing is
 * expected there. */
static void estimate_refresh(struct pc_estimate *e)
{
	struct pc_level any = level_any(e);
	bool listed = false;
	double below = 0;

	for (unsigned i = PC_LEVELS; i-- > 0;) {
		const struct pc_level *level = &e->level[i];

		if (level->listed > 0)
			below = below_of(level, below);
		else if (any.listed > 0)
			below = below_of(&any, listed ? below : 0);
		else
			below = BELOW_UNKNOWN;
		listed = listed || level->listed > 0;
		e->below[i] = below;
	}
	e->fresh = true;
}

double pc_estimate_below(struct pc_estimate *e, unsigned depth)
{
	if (!e->fresh)
		estimate_refresh(e);
	return e->below[depth < PC_LEVELS ? depth : PC_LEVELS - 1];
}

static double variance(double sum, double sum_2, double count)
{
	double mean = sum / count, v = sum_2 / count - mean * mean;

	return v > 0 ? v : 0;
}

/* The variance of few samples is unreliable, so the square of the estimate is added to it as one
 * further sample. */
double pc_estimate_error(struct pc_estimate *e, unsigned depth)
{
	unsigned i = depth < PC_LEVELS ? depth : PC_LEVELS - 1;
	const struct pc_level *level = &e->level[i];
	double below = 1 + pc_estimate_below(e, i);
	double child = i + 1 < PC_LEVELS ? 1 + pc_estimate_below(e, i + 1) : 1, v;

	if (level->listed <= 0)
		return below * UNSURE_TIMES;
	v = variance(level->directories, level->directories_2, level->listed) * child * child +
	    variance(level->others, level->others_2, level->listed);
	return sqrt((v + below * below / level->listed) / level->listed);
}

/* The cost of an entry is 1 plus its share of the bytes copied so far; large files are counted by
 * their own bytes. */
double pc_extent_share(const struct pc_extent *x)
{
	double entry_bytes = x->done > 0 ? x->small_bytes / x->done : 0;
	double expected = x->expected > x->done ? x->expected : x->done;
	double moved = x->large_moved < x->large_bytes ? x->large_moved : x->large_bytes;
	double all =
		expected * (1 + entry_bytes / PC_ENTRY_BYTES) + x->large_bytes / PC_ENTRY_BYTES;
	double share = all > 0 ? (x->done + (x->small_bytes + moved) / PC_ENTRY_BYTES) / all : 0;

	return (share < 1 ? share : 1) * x->trust;
}
