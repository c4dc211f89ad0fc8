/* SPDX-License-Identifier: MIT */
/* jobs.c - builds a job in a free slot and sends it.
 *
 *   begin -> put ... put -> send
 *
 * A job that is not sent needs no cleanup: its slot stays the next free one. */
#include "plan/ledger.h"

#include <errno.h>
#include <string.h>

struct pc_job *pc_job_begin(struct pc_ledger *l, enum pc_job_kind kind, struct pc_dir *dir,
                            uint32_t root, unsigned *ret_slot)
{
	unsigned slot = l->free_slot[l->free_count - 1];
	struct pc_job *job = pc_queue_job(l->config->queue, slot);

	memset(job, 0, sizeof(*job));
	job->kind = (uint16_t)kind;
	job->root = root;
	job->budget_ns = pc_width_budget_ns(l);
	if (dir)
		job->meta = dir->meta;
	else
		job->flags |= PC_JOB_TOP;
	l->flight[slot] = (struct pc_flight){.dir = dir};
	*ret_slot = slot;
	return job;
}

void pc_job_send(struct pc_ledger *l, unsigned slot)
{
	l->free_count--;
	l->inflight++;
	if (l->inflight > l->result->queue_peak)
		l->result->queue_peak = l->inflight;
	l->result->jobs++;
	l->flight[slot].used = true;
	l->flight[slot].sent = *pc_queue_job(l->config->queue, slot);
	pc_dir_hold(l->flight[slot].dir);
	pc_queue_submit(l->config->queue, slot);
}

void pc_job_path_failed(struct pc_ledger *l, struct pc_dir *dir)
{
	struct pc_item item = {.root = dir->root,
	                       .event = PCOPY_EVENT_ERROR,
	                       .kind = PCOPY_DIRECTORY,
	                       .step = PCOPY_STEP_OPEN_DIRECTORY,
	                       .error = -ENAMETOOLONG};

	if (dir->failed)
		return;
	dir->failed = true;
	l->result->counts.entries[PCOPY_DIRECTORY].failed++;
	pc_event_send(l, &item, "", "");
}

int pc_job_put_path(struct pc_ledger *l, struct pc_job *job, unsigned slot, struct pc_dir *dir)
{
	ssize_t len = pc_dir_path(dir, pc_queue_text(l->config->queue, slot), PC_REQUEST_MAX);

	if (len < 0) {
		pc_job_path_failed(l, dir);
		return (int)len;
	}
	job->request_len = (uint32_t)len + 1;
	return 0;
}

void pc_job_put(struct pc_ledger *l, struct pc_job *job, unsigned slot, const char *data,
                size_t len)
{
	memcpy(pc_queue_text(l->config->queue, slot) + job->request_len, data, len);
	job->request_len += (uint32_t)len;
}

void pc_job_put_string(struct pc_ledger *l, struct pc_job *job, unsigned slot, const char *s)
{
	pc_job_put(l, job, slot, s, strlen(s) + 1);
}

struct pc_item *pc_job_put_item(struct pc_ledger *l, struct pc_job *job, unsigned slot,
                                enum pc_item_type type, size_t len)
{
	return pc_item_add(pc_queue_text(l->config->queue, slot), &job->request_len, PC_REQUEST_MAX,
	                   type, l->scratch, len);
}
