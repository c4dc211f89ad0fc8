/* SPDX-License-Identifier: MIT
 *
 * results.c - counts and events about entries of the target. */
#include "prune/pruner.h"

void pc_prune_fail(struct pc_pruner *p, enum pcopy_kind kind, enum pcopy_step step, int error,
                   const char *name)
{
	pc_walk_fail(&p->walk, kind, step, error, name);
}

void pc_prune_stays(struct pc_pruner *p, struct pc_frame *f, enum pcopy_kind kind,
                    enum pcopy_step step, const char *name)
{
	const struct pc_note note = {
		.type = PCOPY_EVENT_WARNING, .kind = kind, .step = step, .name = name};

	f->stays = true;
	p->walk.job->counts.stayed++;
	if (!p->env->reports)
		return;
	p->walk.job->counts.warnings++;
	(void)pc_walk_event(&p->walk, &note); /* without room the job fails */
}

/* Without room for the event the job fails. */
static void would_remove(struct pc_pruner *p, enum pcopy_kind kind, const char *name)
{
	const struct pc_note note = {.type = PCOPY_EVENT_WOULD, .kind = kind, .name = name};
	struct pc_item *item = pc_walk_event(&p->walk, &note);

	if (item)
		item->arg = PCOPY_WOULD_REMOVE;
}

void pc_prune_gone(struct pc_pruner *p, enum pcopy_kind kind, const char *name)
{
	const struct pc_note note = {
		.type = PCOPY_EVENT_REMOVED, .kind = kind, .step = PCOPY_STEP_DELETE, .name = name};
	struct pc_counts *counts = &p->walk.job->counts;

	counts->removed++;
	counts->removed_directories += kind == PCOPY_DIRECTORY;
	if (p->env->reports && !p->env->act)
		would_remove(p, kind, name);
	else if (p->env->act && p->walk.options->verbose)
		(void)pc_walk_event(&p->walk, &note);
}

enum pc_prune_rule pc_prune_rule(struct pc_pruner *p, struct pc_frame *f, const char *name,
                                 enum pc_type type)
{
	if (!pc_excludes_target(&p->walk, f, name, type))
		return PC_PRUNE_BY_SOURCE;
	if ((p->walk.options->delete_flags & PCOPY_DELETE_EXCLUDED) && p->walk.job->error == 0)
		return PC_PRUNE_DROP;
	f->stays = true;
	p->walk.job->counts.stayed++;
	return PC_PRUNE_SPARE;
}

bool pc_prune_drops_kind(struct pc_pruner *p, const struct pc_frame *f, const char *name,
                         enum pc_type type)
{
	return (p->walk.options->delete_flags & PCOPY_DELETE_EXCLUDED) && !f->extra &&
	       pc_excludes_target(&p->walk, f, name, type) && p->walk.job->error == 0;
}

/* In a job of approved entries, those of its own directory were asked about already. */
bool pc_prune_asks(struct pc_pruner *p, struct pc_frame *f, const char *name, uint32_t mode)
{
	bool approved = (p->walk.job->flags & PC_JOB_APPROVED) && f->depth == 0;
	const struct pc_meta meta = {.mode = mode};

	if (!p->env->reports || !p->walk.options->on_delete || approved)
		return false;
	(void)pc_walk_hand_back(&p->walk, f, PC_ITEM_ASK, name,
	                        &meta); /* else the job has failed */
	p->walk.job->counts.found--;    /* it will be counted again, or when it is kept */
	return true;
}
