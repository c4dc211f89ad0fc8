/* SPDX-License-Identifier: MIT */
/* pruned.c - results of deletion jobs, and what a copy records for them.
 *
 * A directory that exists only in the target is a node like any other, and is removed after its
 * last child.  It remains if something below it remains; that was reported.  Several jobs may
 * list one directory, each from a cursor.  If entries were removed in between, the cursor may
 * skip others.  Such a directory is listed once more after everything known in it is done. */
#include "plan/ledger.h"

#include <stdlib.h>
#include <string.h>

/* Limit of repeated listings: another program may keep filling the directory. */
#define REPEATS_MAX 8U

/* ---- Directories ---- */

static bool counts_failed(const struct pc_counts *counts)
{
	uint64_t failed = 0;

	for (int k = 0; k < PCOPY_KINDS; k++)
		failed += counts->entries[k].failed;
	return failed > 0;
}

/* For a job about one directory: failures and remaining entries are below it.  For a DIRMETA job:
 * items report each directory, unless the job failed. */
void pc_pruned_note(struct pc_answer *d)
{
	struct pc_dir *dir = d->flight->dir;

	if (!d->l->config->prunes)
		return;
	if (dir) {
		dir->stays = dir->stays || d->error < 0 || d->job->counts.stayed > 0 ||
		             counts_failed(&d->job->counts);
		dir->thinned = dir->thinned || d->job->counts.removed > 0;
	}
	if (d->job->kind != PC_JOB_DIRMETA || d->error == 0)
		return;
	for (dir = d->flight->dirs; dir; dir = dir->next)
		dir->stays = true;
}

void pc_pruned_mark(struct pc_answer *d, const struct pc_item *item)
{
	struct pc_dir *dir = d->flight->dirs;

	for (uint64_t number = item->arg; number > 0; number--)
		dir = dir->next;
	if (item->type == PC_ITEM_REPEAT)
		dir->repeat = true;
	else
		dir->stays = true;
}

bool pc_pruned_repeat(struct pc_ledger *l, struct pc_dir *dir)
{
	struct pc_task *task = NULL;

	if (dir->repeat && !dir->stays && !l->stopped)
		task = pc_task_push(l, PC_TASK_LIST, dir, "", 0);
	dir->repeat = dir->torn = dir->thinned = false;
	if (task) {
		dir->repeats++;
		return true;
	}
	if (dir->up && pc_is_extra(&dir->meta)) {
		dir->up->stays = dir->up->stays || dir->stays;
		dir->up->thinned = dir->up->thinned || !dir->stays;
	}
	return false;
}

void pc_pruned_fill(const struct pc_dir *dir, struct pc_item *item)
{
	if (dir->stays)
		item->flags |= PC_ITEM_STAYS;
	else if (dir->torn && dir->thinned && dir->repeats < REPEATS_MAX)
		item->flags |= PC_ITEM_TORN;
	item->entries = REPEATS_MAX - dir->repeats;
}

/* ---- What a copy records ---- */

static struct pc_obstacle *obstacle_new(struct pc_plan_result *result)
{
	size_t cap = result->obstacle_cap ? 2 * result->obstacle_cap : 16;
	struct pc_obstacle *grown;

	if (result->obstacles == result->obstacle_cap) {
		grown = realloc(result->obstacle, cap * sizeof(*grown));
		if (!grown)
			return NULL;
		result->obstacle = grown;
		result->obstacle_cap = cap;
	}
	return &result->obstacle[result->obstacles];
}

void pc_pruned_note_obstacle(struct pc_ledger *l, const struct pc_item *item, const char *dir)
{
	struct pc_obstacle *o = obstacle_new(l->result);
	struct pc_buffer path = {0};

	if (!o || pc_buffer_add(&path, dir, strlen(dir)) < 0 ||
	    (*item->text && pc_buffer_add_name(&path, item->text) < 0)) {
		pc_buffer_done(&path);
		l->no_memory = true;
		return;
	}
	*o = (struct pc_obstacle){.root = item->root,
	                          .kind = (enum pcopy_kind)item->kind,
	                          .step = (enum pcopy_step)item->step,
	                          .path = path.data};
	l->result->obstacles++;
}

void pc_pruned_note_listed(struct pc_ledger *l, const struct pc_item *item)
{
	uint64_t hash;

	for (uint32_t at = 0; at < item->text_len; at += (uint32_t)sizeof(hash)) {
		memcpy(&hash, item->text + at, sizeof(hash));
		if (hash != 0 && pc_path_set_add_hash(l->config->listed, hash) < 0)
			l->no_memory = true;
	}
}
