/* SPDX-License-Identifier: MIT */
/* climb.c - how many workers a run uses, by hill climbing.
 *
 *               asleep much: wider         rate rose: keep, next step
 *   STEADY ---- asleep, no wider than ---> TRIAL ---- else: undo, pause twice as long
 *     ^  |      at first: narrower          |
 *     |  +-- hardly asleep, wider than      |
 *     |      at first: half as wide         |
 *     +-------------------------------------+
 *
 * Workers that wait for storage sleep nearly all the time.  Workers that wait for each other in a
 * lock of the file system sleep less, and fewer of them may be faster.  A worker that reads from a
 * local disk sleeps as much as either, so the kernel's count of blocks read distinguishes them.
 * In all cases the measured rate decides.  A window with too few jobs is extended.  A window that
 * had less work than workers decides nothing. */
#include "plan/climb.h"

/* A window is full after WINDOW_NS and enough jobs (one per worker at least), or enough work in a
 * few long jobs, or after WINDOW_MAX_NS. */
#define WINDOW_NS UINT64_C(10000000)
#define WINDOW_JOBS 12U
#define WINDOW_UNITS 400.0
#define WINDOW_MAX_NS UINT64_C(400000000)

/* Time asleep, as a share of the time in jobs. */
#define STORAGE_PER_CENT 60U
#define LOCK_PER_CENT 20U
/* Jobs that had blocks read from a disk, as a share of all. */
#define DISK_PER_CENT 25U
/* Storage is so slow that the first step may be longer, and after fewer jobs. */
#define FAR_PER_CENT 90U
#define VERY_FAR_PER_CENT 97U
#define FAR_JOBS 4U

/* A trial is kept if it raises the rate by this factor. */
#define WIDER_GAIN 1.08
#define NARROWER_GAIN 1.05

/* Windows without a trial: after a failed one, and after the width was reduced. */
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

/* On slow storage jobs are long, so the first step does not wait for many of them.  Only finished
 * jobs tell how long workers sleep; the first one may take long, while it copies a large file. */
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

/* After a long step failed, a shorter one may still be worth it. */
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

/* The first window of a trial mixes both widths: new workers have just begun, and those that are
 * to rest finish their jobs.  So it may prove a gain, but not the lack of one. */
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

	if (c->width > c->base && !lock) { /* no trial: in memory, more than CPUs gain nothing */
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
		c->before = 0; /* abandon the trial: there is not enough work to compare widths */
	else
		changed = c->before > 0 ? trial_end(c) : step(c);
	window_begin(c);
	return changed;
}
