/* SPDX-License-Identifier: MIT
 *
 * phase.c - attributes a worker's time to phases of its work.
 *
 * A worker is in exactly one phase at any time of a job, so the phases add up to its busy time.
 * One read of the clock ends a phase and begins the next, and an entry begins at the moment when
 * the previous one ended: a small file costs four reads. Without a meter the clock is not read at
 * all.
 *
 * Each entry that is copied interrupts the walk, so its pieces are added up: one sample of the
 * walk is one directory, opened, created and listed. */
#include "copy/copier.h"

#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>

/* Slices of one job. Further ones are timed but missing in the trace. */
#define SLICES_MAX 4096U

/* Pieces of the walk between two entries that are too short for the trace. */
#define SLICE_WALK_NS 2000U

int pc_phase_init(struct pc_copier *c, unsigned worker)
{
	struct pc_timing *t = &c->timing;

	if (!c->env->meter)
		return 0;
	t->meter = &c->env->meter[worker];
	if (!c->walk.options->on_slice)
		return 0;
	t->slice = malloc(SLICES_MAX * sizeof(*t->slice));
	return t->slice ? 0 : -ENOMEM;
}

/* Runs in the worker's own thread, unlike pc_phase_init(). */
void pc_phase_done(struct pc_copier *c)
{
	struct pc_timing *t = &c->timing;

	if (t->meter && t->begun)
		t->meter->delay_ns += pc_meter_delay_ns() - t->delay_ns;
	free(t->slice);
}

static void slice_add(struct pc_timing *t, uint64_t now_ns)
{
	uint64_t ns = now_ns - t->since_ns;

	if (!t->slice || t->slices == SLICES_MAX ||
	    (t->phase == PCOPY_PHASE_WALK && ns < SLICE_WALK_NS))
		return;
	t->slice[t->slices++] = (struct pc_slice){
		.start_ns = t->since_ns,
		.ns = ns < UINT32_MAX ? (uint32_t)ns : UINT32_MAX,
		.phase = t->phase,
	};
}

static void phase_end(struct pc_timing *t)
{
	uint64_t now_ns = pc_now_ns();

	t->meter->clock_reads++;
	slice_add(t, now_ns);
	if (t->phase == PCOPY_PHASE_WALK)
		t->walk_ns += now_ns - t->since_ns;
	else
		pc_histogram_add(&t->meter->phase[t->phase], now_ns - t->since_ns);
	t->since_ns = now_ns;
}

void pc_phase_switch(struct pc_copier *c, enum pcopy_phase phase)
{
	struct pc_timing *t = &c->timing;

	if (phase == t->phase)
		return;
	if (!t->between) /* otherwise the next entry begins where the previous one ended */
		phase_end(t);
	t->between = false;
	t->phase = phase;
}

void pc_phase_entry_done(struct pc_copier *c)
{
	if (!c->timing.meter)
		return;
	pc_phase_switch(c, PCOPY_PHASE_WALK);
	c->timing.between = true;
}

void pc_phase_listed(struct pc_copier *c)
{
	struct pc_timing *t = &c->timing;

	if (!t->meter)
		return;
	t->between = false;
	phase_end(t);
	pc_histogram_add(&t->meter->phase[PCOPY_PHASE_WALK], t->walk_ns);
	t->walk_ns = 0;
}

void pc_phase_begin_job(struct pc_copier *c)
{
	struct pc_timing *t = &c->timing;

	if (!t->meter)
		return;
	if (!t->begun)
		t->delay_ns = pc_meter_delay_ns();
	t->begun = true;
	t->since_ns = c->walk.start_ns;
	t->phase = PCOPY_PHASE_WALK;
	t->between = false;
	t->walk_ns = 0;
	t->slices = 0;
}

/* The rest of a walk belongs to no listed directory: it counts as time but not as a sample. */
void pc_phase_end_job(struct pc_copier *c)
{
	struct pc_timing *t = &c->timing;

	if (!t->meter)
		return;
	phase_end(t);
	t->meter->phase[PCOPY_PHASE_WALK].sum_ns += t->walk_ns;
	if (t->slices > 0) /* if they do not fit, only the trace lacks them */
		(void)pc_result_add(c->walk.job, c->walk.text, PC_ITEM_SLICES,
		                    (const char *)t->slice, t->slices * sizeof(*t->slice));
}
