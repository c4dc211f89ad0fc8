/* SPDX-License-Identifier: MIT */
/* climb.c - how many workers a run is to have.
 *
 *               asleep much: wider         rate rose: stays, and goes on
 *   STEADY ---- asleep, no wider than ---> TRIAL ---- else: back, and a pause that doubles
 *     ^  |      at first: narrower          |
 *     |  +-- hardly asleep, wider than      |
 *     |      at first: half as wide         |
 *     +-------------------------------------+
 *
 * Workers that wait for storage sleep nearly all of their time, those that wait for each other in a
 * lock of the file system less: there fewer may be faster.  A worker that reads from a local disk
 * sleeps as much as one or the other, so the kernel's count of blocks read tells them apart.  In
 * all cases the rate decides.  A window without enough jobs in it says nothing, nor does
 * one in which there was less to do than workers. */
#include "plan/climb.h"

/* Of a window: so long, and so many jobs, or as many as there are workers, or so much work in
 * few of them; or so long. */
#define WINDOW_NS UINT64_C(10000000)
#define WINDOW_JOBS 12U
#define WINDOW_UNITS 400.0
#define WINDOW_MAX_NS UINT64_C(400000000)

/* Asleep, of the time in jobs. */
#define STORAGE_PER_CENT 60U
#define LOCK_PER_CENT 20U
/* Of the jobs, had blocks read from a disk. */
#define DISK_PER_CENT 25U
/* So much, that the first step may be a long one, and after so few jobs. */
#define FAR_PER_CENT 90U
#define VERY_FAR_PER_CENT 97U
#define FAR_JOBS 4U

/* What a change of the width has to do to the rate in order to stay. */
#define WIDER_GAIN 1.08
#define NARROWER_GAIN 1.05

/* Windows without a trial: after one that failed, and where fewer were found to do. */
#define HOLD_FIRST 4U
#define HOLD_NARROW 16U
#define HOLD_MAX 64U

static bool sleeps(const struct pc_climb_sample *s, unsigned per_cent)
{
	return s->slept_ns * 100 >= s->busy_ns * per_cent;
}

/* Whether workers wait for a disk, and not for each other. */
static bool reads_disk(const struct pc_climb_sample *s)
{
	return s->jobs > 0 && s->disk_jobs * 100 >= s->jobs * DISK_PER_CENT;
}

static double rate_of(const struct pc_climb_sample *s)
{
	return s->ns > 0 ? s->units / (double)s->ns : 0;
}

void pc_climb_init(struct pc_climb *c, unsigned base, unsigned most)
{
	*c = (struct pc_climb){.base = base, .most = most, .width = base, .hold_next = HOLD_FIRST};
}

static void window_begin(struct pc_climb *c)
{
	c->window = (struct pc_climb_sample){0};
}

static void window_add(struct pc_climb *c, const struct pc_climb_sample *s)
{
	c->window.ns += s->ns;
	c->window.busy_ns += s->busy_ns;
	c->window.slept_ns += s->slept_ns;
	c->window.jobs += s->jobs;
	c->window.disk_jobs += s->disk_jobs;
	c->window.units += s->units;
	c->window.looks += s->looks;
	c->window.idle += s->idle;
}

/* Where the storage is far away jobs are long, and the first step need not wait for many.  How
 * much workers sleep is known of jobs that ended: before the first one did, a large file may be
 * copied for a while. */
static bool window_is_full(const struct pc_climb *c)
{
	unsigned jobs = c->width > WINDOW_JOBS ? c->width : WINDOW_JOBS;

	if (c->before == 0 && c->window.busy_ns == 0)
		return false;
	if (c->before == 0 && c->width == c->base && sleeps(&c->window, FAR_PER_CENT))
		jobs = FAR_JOBS;
	return c->window.ns >= WINDOW_NS &&
	       (c->window.jobs >= jobs || c->window.units >= WINDOW_UNITS ||
	        c->window.ns >= WINDOW_MAX_NS);
}

/* ---- Trials ---- */

static bool trial_begin(struct pc_climb *c, unsigned width)
{
	if (width == c->width)
		return false;
	c->before = c->width;
	c->before_rate = rate_of(&c->window);
	c->settled = false;
	c->width = width;
	return true;
}

static void trial_keep(struct pc_climb *c)
{
	c->hold = c->width > c->before ? 0 : HOLD_NARROW;
	c->hold_next = HOLD_FIRST;
	c->before = 0;
}

/* After a long step a short one may still be worth it. */
static void trial_undo(struct pc_climb *c)
{
	bool was_long = c->width > 2 * c->before;

	if (c->width < c->before && c->hold_next < HOLD_NARROW)
		c->hold_next = HOLD_NARROW;
	c->hold = was_long ? 0 : c->hold_next;
	if (!was_long)
		c->hold_next = c->hold_next < HOLD_MAX ? 2 * c->hold_next : HOLD_MAX;
	c->width = c->before;
	c->before = 0;
}

/* The first jobs of new workers, and the last ones of those that are to rest, are of both
 * widths: the first window may say that the rate rose, and not that it did not. */
static bool trial_end(struct pc_climb *c)
{
	bool wider = c->width > c->before, settled = c->settled;
	double gain = wider ? WIDER_GAIN : NARROWER_GAIN;
	bool worth = rate_of(&c->window) >= c->before_rate * gain;

	c->settled = c->climbed = true;
	if (worth && (settled || wider))
		trial_keep(c);
	else if (settled)
		trial_undo(c);
	return settled && !worth;
}

/* ---- Steps ---- */

static unsigned wider(const struct pc_climb *c)
{
	bool far = !c->climbed && (sleeps(&c->window, FAR_PER_CENT) || reads_disk(&c->window));
	unsigned times = !far ? 2 : sleeps(&c->window, VERY_FAR_PER_CENT) ? 8 : 4;
	unsigned width = c->width < c->base ? c->width + 1 : times * c->width;

	return width < c->most ? width : c->most;
}

static unsigned half(const struct pc_climb *c)
{
	return c->width / 2 > c->base ? c->width / 2 : c->base;
}

static bool step(struct pc_climb *c)
{
	bool lock = sleeps(&c->window, LOCK_PER_CENT);
	bool storage = sleeps(&c->window, STORAGE_PER_CENT) || (lock && reads_disk(&c->window));

	if (c->width > c->base && !lock) { /* no trial: in memory more than CPUs only cost */
		c->width = half(c);
		return true;
	}
	if (c->hold > 0) {
		c->hold--;
		return false;
	}
	if (storage || c->width < c->base)
		return trial_begin(c, wider(c));
	if (lock && c->width <= c->base && c->width > 1)
		return trial_begin(c, c->width - 1);
	return false;
}

bool pc_climb_take(struct pc_climb *c, const struct pc_climb_sample *sample)
{
	bool changed = false;

	window_add(c, sample);
	if (!window_is_full(c))
		return false;
	if (2 * c->window.idle > c->window.looks)
		c->before = 0; /* the width makes no difference */
	else
		changed = c->before > 0 ? trial_end(c) : step(c);
	window_begin(c);
	return changed;
}
