/* SPDX-License-Identifier: MIT */
/* failed.c - reports the entries of a job that never completed.
 *
 * A job whose worker died is retried one entry at a time.  If it is finally abandoned, the first
 * entry killed its workers: that entry fails, and the others go into a new job.  So even an entry
 * that kills workers costs only itself. */
#include "plan/ledger.h"

#include <errno.h>
#include <string.h>

static void failure_report(const struct pc_answer *d, enum pcopy_kind kind, uint32_t root,
                           const char *dir_path, const char *name)
{
	struct pc_item item = {
		.root = root,
		.event = PCOPY_EVENT_ERROR,
		.kind = (uint16_t)kind,
		.step = d->error == -EOWNERDEAD || d->error == -EBADMSG ? PCOPY_STEP_WORKER
	                                                                : PCOPY_STEP_NONE,
		.error = d->error == -EOWNERDEAD ? 0 : d->error,
	};

	if (d->l->config->prunes) { /* the entry belongs to the target, not to the source */
		item.step = PCOPY_STEP_DELETE;
		item.error = d->error;
	}

	pc_event_send(d->l, &item, dir_path, name);
}

static void failure_count(const struct pc_answer *d, enum pcopy_kind kind, uint32_t root,
                          const char *dir_path, const char *name)
{
	d->l->result->counts.entries[kind].failed++;
	failure_report(d, kind, root, dir_path, name);
}

static void names_failed(const struct pc_answer *d)
{
	const char *names = d->text + strlen(d->text) + 1;
	size_t len = d->job->request_len - (size_t)(names - d->text);
	size_t first = strlen(names) + 1;
	struct pc_task *task;

	failure_count(d, pc_kind_of_type((enum pc_type)names[0]), d->job->root, d->text, names + 1);
	if (d->job->flags & PC_JOB_FIRST) {
		pc_links_return(d->l, &d->flight->links->next, UINT32_MAX);
		return;
	}
	if (first == len)
		return;
	task = pc_task_push(d->l, PC_TASK_NAMES, d->flight->dir, names + first, len - first);
	if (!task)
		return;
	task->flags = (d->job->flags & PC_JOB_APPROVED) | PC_JOB_RETRY;
	for (size_t pos = 0; pos < task->len; pos += strlen(task->names + pos) + 1)
		task->entries++;
}

static void operands_failed(const struct pc_answer *d)
{
	uint32_t root = d->job->root;
	struct pc_task *task;

	failure_count(d, d->l->config->root[root].kind, root, "", "");
	if (d->job->root_count < 2)
		return;
	task = pc_task_push(d->l, PC_TASK_OPERANDS, NULL, "", 0);
	if (!task)
		return;
	task->flags = (d->job->flags & PC_JOB_APPROVED) | PC_JOB_RETRY;
	task->first = root + 1;
	task->end = root + d->job->root_count;
}

static void paths_failed(const struct pc_answer *d)
{
	size_t first = strlen(d->text) + 1, len = d->job->request_len - first;
	struct pc_task *task;

	failure_count(d, PCOPY_FILE, d->job->root, "", d->text + 1);
	if (len == 0)
		return;
	task = pc_task_push(d->l, PC_TASK_PATHS, NULL, d->text + first, len);
	if (!task)
		return;
	task->flags = PC_JOB_RETRY;
	for (size_t pos = 0; pos < len; pos += strlen(task->names + pos) + 1)
		task->entries++;
}

/* Jobs for links and directories name them in items of their request. */
static void items_failed(const struct pc_answer *d, enum pcopy_kind kind)
{
	const struct pc_item *item;
	uint32_t pos = 0;

	while ((item = pc_item_next(d->text, d->job->request_len, &pos))) {
		const char *name = item->text + strlen(item->text) + 1; /* used for links */

		if (!(item->flags & PC_ITEM_FAILED))
			failure_count(d, kind, item->root, item->text,
			              kind == PCOPY_HARD_LINK ? name : "");
	}
}

/* Reports a large file once; its FINISH job counts it. */
static void file_failed(const struct pc_answer *d)
{
	const char *name = d->text + strlen(d->text) + 1;

	if (!d->flight->large->failed)
		failure_report(d, PCOPY_FILE, d->job->root, d->text,
		               d->job->flags & PC_JOB_TOP ? "" : name);
	if (d->job->kind == PC_JOB_FINISH)
		d->l->result->counts.entries[PCOPY_FILE].failed++;
}

static void directory_failed(const struct pc_answer *d)
{
	if (d->flight->dir)
		d->flight->dir->failed = true; /* counted here, so not when it is finished */
	failure_count(d, PCOPY_DIRECTORY, d->job->root, d->job->flags & PC_JOB_TOP ? "" : d->text,
	              "");
}

static void entries_failed(const struct pc_answer *d)
{
	if (d->job->flags & PC_JOB_TOP)
		operands_failed(d);
	else
		names_failed(d);
}

static void links_failed(const struct pc_answer *d)
{
	items_failed(d, PCOPY_HARD_LINK);
}

static void directories_failed(const struct pc_answer *d)
{
	items_failed(d, PCOPY_DIRECTORY);
}

/* What was to be counted is copied all the same. */
static void count_failed(const struct pc_answer *d)
{
	(void)d;
}

void pc_failed_job(struct pc_answer *d)
{
	/* `lost`: there is no answer; `broken`: the answer is incomplete */
	static const struct {
		void (*lost)(const struct pc_answer *d);
		void (*broken)(const struct pc_answer *d);
	} kinds[PC_JOB_KINDS] = {
		[PC_JOB_ENTRIES] = {entries_failed, directory_failed},
		[PC_JOB_LIST] = {directory_failed, directory_failed},
		[PC_JOB_CHUNK] = {file_failed, file_failed},
		[PC_JOB_FINISH] = {file_failed, file_failed},
		[PC_JOB_LINK] = {links_failed, directory_failed},
		[PC_JOB_DIRMETA] = {directories_failed, directory_failed},
		[PC_JOB_SHARE] = {directory_failed, directory_failed},
		[PC_JOB_PATHS] = {paths_failed, directory_failed},
		[PC_JOB_COUNT] = {count_failed, count_failed},
	};

	if (d->error == -EOWNERDEAD)
		kinds[d->job->kind].lost(d);
	else
		kinds[d->job->kind].broken(d);
}
