/* SPDX-License-Identifier: MIT */
/* tasks.c - the stack of unfinished work, the newest on top. */
#include "plan/ledger.h"

#include <stdlib.h>
#include <string.h>

struct pc_task *pc_task_push(struct pc_ledger *l, enum pc_task_kind kind, struct pc_dir *dir,
                             const char *names, size_t len)
{
	struct pc_task *task = calloc(1, sizeof(*task) + len);

	if (!task) {
		l->no_memory = true;
		return NULL;
	}
	task->kind = kind;
	task->dir = dir;
	task->len = len;
	memcpy(task->names, names, len);
	task->next = l->task;
	l->task = task;
	pc_dir_hold(dir);
	return task;
}

/* Names of one directory that arrive one after the other share a task. */
void pc_task_push_first(struct pc_ledger *l, struct pc_link *first, bool again)
{
	struct pc_task *task = l->task;
	struct pc_dir *dir = first->dir;

	if (!task || task->kind != PC_TASK_FIRSTS || task->dir != dir || !dir)
		task = pc_task_push(l, PC_TASK_FIRSTS, dir, "", 0);
	if (!task)
		return;
	first->next = task->firsts;
	task->firsts = first;
	task->weight += first->weight;
	if (again)
		task->flags |= PC_JOB_RETRY;
}

void pc_task_pop(struct pc_ledger *l)
{
	struct pc_task *task = l->task;

	l->task = task->next;
	pc_dir_release(l, task->dir);
	free(task);
}

void pc_tasks_done(struct pc_ledger *l)
{
	while (l->task) {
		struct pc_task *task = l->task;

		l->task = task->next;
		free(task);
	}
}
