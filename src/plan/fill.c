/* SPDX-License-Identifier: MIT */
/* fill.c - chooses the next job.
 *
 * In this order: one chunk of each large file, so that long files start early; finished
 * directories and links, once they fill a job; the newest task, or names that the caller lists;
 * then, if nothing else is left, more chunks of large files and the remaining directories and
 * links. */
#include "plan/ledger.h"

bool pc_tasks_pending(const struct pc_ledger *l)
{
	return l->task || l->large || l->links || l->ready || pc_listed_pending(l);
}

static bool all_else_done(const struct pc_ledger *l)
{
	return l->inflight == 0 && !l->large && !l->links && !l->ready;
}

static bool is_at_barrier(const struct pc_ledger *l)
{
	return l->task->kind == PC_TASK_OPERANDS && l->config->root[l->task->first].barrier;
}

static bool fill_one(struct pc_ledger *l)
{
	bool task;

	if (pc_chunks_fill(l, 1))
		return true;
	task = l->task && (!is_at_barrier(l) || all_else_done(l));
	if (l->ready_count >= PC_DIRMETA_RUN || (l->ready && !task))
		pc_dirs_fill(l);
	else if (l->links_count >= PC_LINK_RUN || (l->links && !task))
		pc_links_fill(l);
	else if (task)
		pc_task_cut(l);
	else
		return pc_listed_fill(l) || pc_chunks_fill(l, l->width);
	return true;
}

void pc_tasks_fill(struct pc_ledger *l)
{
	pc_ahead_fill(l);
	while (l->free_count > 0 && l->inflight < pc_width_jobs(l) && fill_one(l))
		;
	pc_width_note_filled(l);
	pc_queue_set_workers_idle(l->config->queue,
	                          !l->task && !pc_listed_pending(l) && l->inflight < l->width);
}

void pc_tasks_drop(struct pc_ledger *l)
{
	while (l->task) {
		struct pc_link *firsts = l->task->firsts;

		pc_ahead_forget(l, &l->task->rest);
		pc_task_pop(l);
		pc_links_firsts_failed(l,
		                       firsts); /* the other first names become tasks themselves */
	}
	pc_listed_drop(l);
	pc_links_drop(l);
	pc_chunks_drop(l);
}
