/* SPDX-License-Identifier: MIT */
/* cut.c - turns the newest task, or a part of it, into a job. */
#include "plan/ledger.h"

#include <string.h>

/* Files per job: if their pace is unknown, and at least. */
#define FILES_RUN 64U
#define FILES_RUN_MIN 8U

/* Length limit of the names in a job: its result may have to hold them again. */
#define NAMES_BYTES (64U << 10)

/* Limits of a job of first names: as much as a few small files. */
#define FIRSTS_RUN 16U
#define FIRSTS_BYTES (UINT64_C(1) << 20)

/* ---- Names, and listings ---- */

static bool names_are_files(const struct pc_task *task)
{
	return task->names[task->pos] != PC_TYPE_DIR;
}

/* As many names as fill a job's budget.  The last ones of all are divided so that every worker
 * gets some.  Directories are sent in order and in short runs: XFS places directories created one
 * after the other in different allocation groups, so workers on adjacent ones do not block each
 * other. */
static uint32_t names_run(const struct pc_ledger *l, const struct pc_task *task)
{
	bool files = names_are_files(task);
	uint64_t pace_ns = files ? l->file_ns : l->directory_ns;
	uint64_t most = files ? FILES_RUN : 1, share;

	if (pace_ns > 0)
		most = pc_width_budget_ns(l) / pace_ns;
	if (files && most < FILES_RUN_MIN)
		most = FILES_RUN_MIN;
	else if (most == 0)
		most = 1;
	share = task->next ? most : task->entries / (2 * l->width) + 1;
	return (uint32_t)(share < most ? share : most);
}

/* Takes the next run of entries from a task.  Returns its length in bytes. */
static size_t names_take(struct pc_task *task, uint32_t run)
{
	size_t start = task->pos;

	for (uint32_t i = 0; i < run && task->pos < task->len; i++) {
		if (i > 0 && task->pos - start >= NAMES_BYTES)
			break;
		task->pos += strlen(task->names + task->pos) + 1;
		task->entries--;
	}
	return task->pos - start;
}

static void cut_names(struct pc_ledger *l, struct pc_task *task)
{
	uint32_t entries = task->entries, run = names_run(l, task);
	size_t start = task->pos, len;
	struct pc_flight *flight;
	struct pc_job *job;
	unsigned slot;

	job = pc_job_begin(l, PC_JOB_ENTRIES, task->dir, task->dir->root, &slot);
	job->flags |= task->flags;
	if (pc_job_put_path(l, job, slot, task->dir) < 0) {
		pc_task_pop(l);
		return;
	}
	flight = &l->flight[slot];
	flight->files = names_are_files(task);
	len = names_take(task, run);
	flight->entries = entries - task->entries;
	if (!flight->files)
		flight->directories = flight->entries;
	flight->weight = task->weight * (entries - task->entries) / entries;
	task->weight -= flight->weight;
	pc_job_put(l, job, slot, task->names + start, len);
	pc_job_send(l, slot);
	if (task->pos == task->len)
		pc_task_pop(l);
}

static void cut_list(struct pc_ledger *l, struct pc_task *task)
{
	unsigned slot;
	struct pc_job *job = pc_job_begin(l, PC_JOB_LIST, task->dir, task->dir->root, &slot);

	if (pc_job_put_path(l, job, slot, task->dir) == 0) {
		job->offset = task->cursor;
		job->flags |= task->flags;
		l->flight[slot].weight = task->weight;
		l->flight[slot].rest = task->rest;
		pc_job_send(l, slot);
	}
	pc_task_pop(l);
}

/* ---- Operands ---- */

/* Operands in the same pair of directories share a job. */
static void cut_operands(struct pc_ledger *l, struct pc_task *task)
{
	const struct pc_root *root = l->config->root;
	uint32_t left = task->end - task->first;
	uint32_t most = left / (2 * l->width) + 1;
	unsigned slot;
	struct pc_job *job = pc_job_begin(l, PC_JOB_ENTRIES, NULL, task->first, &slot);
	uint32_t n = 1;

	while (n < most && !root[task->first + n].barrier &&
	       root[task->first + n].src_anchor == root[task->first].src_anchor &&
	       root[task->first + n].dst_anchor == root[task->first].dst_anchor)
		n++;
	job->root_count = n;
	job->flags |= task->flags;
	l->flight[slot].weight = task->weight * n / left;
	task->weight -= l->flight[slot].weight;
	l->flight[slot].entries = n;
	task->first += n;
	pc_job_send(l, slot);
	if (task->first == task->end)
		pc_task_pop(l);
}

static void cut_share(struct pc_ledger *l, struct pc_task *task)
{
	unsigned slot;
	struct pc_job *job = pc_job_begin(l, PC_JOB_SHARE, NULL, task->first, &slot);

	job->offset = task->end;
	job->length = l->config->shares;
	job->meta.size = task->cursor;
	l->flight[slot].weight = task->weight;
	pc_job_send(l, slot);
	pc_task_pop(l);
}

/* ---- First names ---- */

static void firsts_take(struct pc_ledger *l, struct pc_task *task, struct pc_job *job,
                        unsigned slot)
{
	struct pc_link **tail = &l->flight[slot].links;
	uint64_t bytes = 0;

	for (unsigned n = 0; task->firsts && n < FIRSTS_RUN && bytes < FIRSTS_BYTES; n++) {
		struct pc_link *link = task->firsts;
		const struct pc_linked *linked = link->group->linked;
		const char letter = (char)linked->type;

		task->firsts = link->next;
		link->next = NULL;
		*tail = link;
		tail = &link->next;
		bytes += linked->bytes;
		l->flight[slot].weight += link->weight;
		l->flight[slot].entries++;
		if (!task->dir)
			continue;
		pc_job_put(l, job, slot, &letter, 1);
		pc_job_put_string(l, job, slot, link->name);
	}
}

static void cut_firsts(struct pc_ledger *l, struct pc_task *task)
{
	uint32_t root = task->dir ? task->dir->root : task->firsts->root;
	unsigned slot;
	struct pc_job *job = pc_job_begin(l, PC_JOB_ENTRIES, task->dir, root, &slot);

	job->flags |= PC_JOB_FIRST | task->flags;
	job->root_count = 1;
	if (task->dir && pc_job_put_path(l, job, slot, task->dir) < 0) {
		struct pc_link *firsts = task->firsts;

		pc_task_pop(l);
		pc_links_firsts_failed(
			l, firsts); /* other names of these inodes may still be copied */
		return;
	}
	firsts_take(l, task, job, slot);
	pc_job_send(l, slot);
	if (!task->firsts)
		pc_task_pop(l);
}

void pc_task_cut(struct pc_ledger *l)
{
	static void (*const cut[])(struct pc_ledger *, struct pc_task *) = {
		[PC_TASK_OPERANDS] = cut_operands, [PC_TASK_NAMES] = cut_names,
		[PC_TASK_LIST] = cut_list,         [PC_TASK_FIRSTS] = cut_firsts,
		[PC_TASK_SHARE] = cut_share,       [PC_TASK_PATHS] = pc_listed_cut,
	};

	pc_ahead_forget(l, &l->task->rest);
	cut[l->task->kind](l, l->task);
}
