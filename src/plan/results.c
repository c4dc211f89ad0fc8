/* SPDX-License-Identifier: MIT */
/* results.c - processes an answered job. */
#include "plan/ledger.h"

#include "job/kinds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Assumed number of entries, for the progress, of a subdirectory and of the rest of a listing. */
#define DIR_ENTRIES 8.0
#define MORE_ENTRIES 64.0

static double item_units(const struct pc_ledger *l, const struct pc_item *item)
{
	switch (item->type) {
	case PC_ITEM_NAMES:
		return item->entries * (item->text[0] == PC_TYPE_DIR ? DIR_ENTRIES : 1.0);
	case PC_ITEM_PATHS:
		return item->entries;
	case PC_ITEM_MORE:
		return MORE_ENTRIES;
	case PC_ITEM_OPERANDS:
		return DIR_ENTRIES * (l->config->root_count - item->root);
	case PC_ITEM_LARGE:
		return 1.0 + (double)item->arg / PC_ENTRY_BYTES;
	case PC_ITEM_LINKED:
	case PC_ITEM_ASK:
		return 1.0 + (double)item->meta.size / PC_ENTRY_BYTES;
	default:
		return 0;
	}
}

static const struct pc_item *item_next(const struct pc_answer *d, uint32_t *pos)
{
	if (*pos == 0)
		*pos = pc_item_start(d->job->request_len);
	return pc_item_next(d->text, d->job->text_len, pos);
}

/* Divides the job's weight between the work done and the work handed back. */
static void weight_deal(struct pc_answer *d)
{
	double done = pc_counted_units(&d->job->counts);
	const struct pc_item *item;
	double left = 0;
	uint32_t pos = 0;

	while ((item = item_next(d, &pos)))
		left += item_units(d->l, item);
	if (left == 0) {
		d->l->fraction += d->flight->weight;
		return;
	}
	d->unit = d->flight->weight / (done + left);
	d->l->fraction += d->unit * done;
}

/* Flags of work handed back: if the job was a retry, so is its remainder. */
static uint16_t flags_of_rest(const struct pc_answer *d)
{
	return pc_job_is_retry(d->job) ? PC_JOB_RETRY : 0;
}

static void take_names(struct pc_answer *d, const struct pc_item *item)
{
	struct pc_task *task;

	if (d->job->flags & PC_JOB_FIRST) {
		pc_links_return(d->l, &d->flight->links, item->entries);
		return;
	}
	if (d->dir == d->flight->dir && d->flight->directories >= item->entries)
		d->flight->directories -= item->entries;
	task = pc_task_push(d->l, PC_TASK_NAMES, d->dir, item->text, item->text_len);
	if (!task)
		return;
	task->flags = flags_of_rest(d);
	task->entries = item->entries;
	task->weight = d->unit * item_units(d->l, item);
}

static void take_more(struct pc_answer *d, const struct pc_item *item)
{
	bool share = d->job->kind == PC_JOB_SHARE;
	struct pc_task *task =
		pc_task_push(d->l, share ? PC_TASK_SHARE : PC_TASK_LIST, d->dir, "", 0);

	if (!task)
		return;
	task->first = d->job->root;
	task->end = (uint32_t)d->job->offset;
	task->flags = flags_of_rest(d);
	task->cursor = item->arg;
	task->weight = d->unit * item_units(d->l, item);
	task->rest = d->flight->rest;
	if (item->entries > 0)
		task->rest.total = item->entries;
	if (d->dir)
		d->dir->torn = d->l->config->prunes;
}

static void take_operands(struct pc_answer *d, const struct pc_item *item)
{
	struct pc_task *task = pc_task_push(d->l, PC_TASK_OPERANDS, NULL, "", 0);

	if (!task)
		return;
	task->flags = flags_of_rest(d);
	task->first = item->root;
	task->end = d->job->root + d->job->root_count;
	task->weight = d->unit * item_units(d->l, item);
}

/* Makes a task of one entry whose overwriting was approved. */
static void push_approved(struct pc_answer *d, const struct pc_item *item)
{
	bool top = item->flags & PC_ITEM_TOP;
	const char letter = (char)pc_type_of_mode(item->meta.mode);
	struct pc_buffer name = {0};
	struct pc_task *task = NULL;

	if (pc_buffer_add(&name, &letter, 1) == 0 &&
	    pc_buffer_add(&name, item->text, item->text_len + 1) == 0)
		task = pc_task_push(d->l, top ? PC_TASK_OPERANDS : PC_TASK_NAMES,
		                    top ? NULL : d->dir, name.data, top ? 0 : name.len);
	else
		d->l->no_memory = true;
	pc_buffer_done(&name);
	if (!task)
		return;
	task->flags = PC_JOB_APPROVED | flags_of_rest(d);
	task->entries = 1;
	task->first = item->root;
	task->end = item->root + 1;
	task->weight = d->unit * item_units(d->l, item);
}

static void take_ask(struct pc_answer *d, const struct pc_item *item)
{
	bool top = item->flags & PC_ITEM_TOP;
	const char *name = top ? "" : item->text;
	enum pcopy_kind kind = pc_kind_of_mode(item->meta.mode);
	struct pc_item skipped = {
		.root = item->root, .event = PCOPY_EVENT_SKIPPED, .kind = (uint16_t)kind};

	if (pc_queue_canceled(d->l->config->queue) ||
	    pc_dir_path(top ? NULL : d->dir, d->l->scratch, PC_REQUEST_MAX) < 0)
		return;
	if (pc_event_ask(d->l, item, d->l->scratch, name)) {
		push_approved(d, item);
		return;
	}
	if (d->l->config->prunes) {
		d->l->result->counts.found++; /* the worker that handed it back did not count it */
		d->l->result->counts.stayed++;
		d->dir->stays = true;
		return;
	}
	d->l->result->counts.entries[kind].skipped++;
	pc_event_send(d->l, &skipped, d->l->scratch, name);
}

static void take_paths(struct pc_answer *d, const struct pc_item *item)
{
	struct pc_task *task = pc_task_push(d->l, PC_TASK_PATHS, NULL, item->text, item->text_len);

	if (!task)
		return;
	task->flags = flags_of_rest(d);
	task->entries = item->entries;
	task->weight = d->unit * item_units(d->l, item);
}

static void take_enter(struct pc_answer *d, const struct pc_item *item)
{
	struct pc_dir *dir = item->flags & PC_ITEM_ABOVE ? pc_listed_enter(d->l, d->dir, item)
	                                                 : pc_dir_new(d->l, d->dir, item->root,
	                                                              &item->meta, item->text);

	if (!dir) { /* its contents are lost, and the run has failed */
		d->lost++;
		return;
	}
	pc_dir_hold(dir);
	d->dir = dir;
}

/* The directory of a LIST job was entered by an earlier job. */
static void take_leave(struct pc_answer *d, const struct pc_item *item)
{
	struct pc_dir *dir = d->dir;

	dir->failed = dir->failed || (item->flags & PC_ITEM_FAILED);
	dir->stays = dir->stays || (item->flags & PC_ITEM_STAYS);
	if (dir == d->flight->dir) {
		d->left = true;
		return;
	}
	d->dir = dir->up;
	pc_dir_release(d->l, dir);
}

static void take_range_ends(struct pc_answer *d, const struct pc_item *item)
{
	if (pc_large_set_ends(d->flight->large, item) < 0)
		d->l->no_memory = true;
}

static struct pc_link *link_at(struct pc_link *links, uint64_t index)
{
	while (index-- > 0)
		links = links->next;
	return links;
}

/* True for an error of a chunk if another chunk of the file has failed: the file is reported and
 * counted once. */
static bool is_reported(const struct pc_answer *d, const struct pc_item *item)
{
	return d->flight->sent.kind == PC_JOB_CHUNK && d->flight->large->failed &&
	       item->event == PCOPY_EVENT_ERROR;
}

/* Skips items inside a directory without a node.  False: the current one has a node. */
static bool is_lost(struct pc_answer *d, const struct pc_item *item)
{
	if (d->lost == 0 || item->type == PC_ITEM_EVENT)
		return false;
	if (item->type == PC_ITEM_ENTER)
		d->lost++;
	else if (item->type == PC_ITEM_LEAVE)
		d->lost--;
	return true;
}

static void take_record(struct pc_answer *d, const struct pc_item *item)
{
	struct pc_ledger *l = d->l;

	if (l->record_error == 0)
		l->record_error = l->config->take_record(l->config->record_data, item);
}

static void take_large(struct pc_answer *d, const struct pc_item *item)
{
	d->l->large_bytes += item->arg;
	pc_chunks_add(d, item, d->unit * item_units(d->l, item));
}

static void take_linked(struct pc_answer *d, const struct pc_item *item)
{
	pc_links_add(d->l, d->dir, item, d->unit * item_units(d->l, item));
}

static void take_refused_link(struct pc_answer *d, const struct pc_item *item)
{
	link_at(d->flight->links, item->arg)->refused = item->error ? item->error : -EXDEV;
}

static void take_event(struct pc_answer *d, const struct pc_item *item)
{
	if (item->flags & PC_ITEM_IN_THE_WAY)
		pc_pruned_note_obstacle(d->l, item, pc_job_dir(d->job, d->text));
	else if (!is_reported(d, item))
		pc_event_send(d->l, item, pc_job_dir(d->job, d->text), item->text);
}

static void take_link_pair(struct pc_answer *d, const struct pc_item *item)
{
	pc_link_pairs_match(d->l, d->dir, item);
}

static void take_listed_dirs(struct pc_answer *d, const struct pc_item *item)
{
	pc_pruned_note_listed(d->l, item);
}

static void take_target(struct pc_answer *d, const struct pc_item *item)
{
	if (pc_written_note(d->l, item) < 0)
		d->l->result->written_lost = true;
}

/* Types that are missing here need nothing: DIR is only part of requests, and the slices are read
 * by the trace. */
static void (*const on_item[PC_ITEM_TYPES])(struct pc_answer *d, const struct pc_item *item) = {
	[PC_ITEM_NAMES] = take_names,
	[PC_ITEM_ENTER] = take_enter,
	[PC_ITEM_LEAVE] = take_leave,
	[PC_ITEM_MORE] = take_more,
	[PC_ITEM_OPERANDS] = take_operands,
	[PC_ITEM_PATHS] = take_paths,
	[PC_ITEM_LARGE] = take_large,
	[PC_ITEM_LINKED] = take_linked,
	[PC_ITEM_ASK] = take_ask,
	[PC_ITEM_LINK] = take_refused_link,
	[PC_ITEM_EVENT] = take_event,
	[PC_ITEM_LINK_PAIR] = take_link_pair,
	[PC_ITEM_RECORD] = take_record,
	[PC_ITEM_RANGE_ENDS] = take_range_ends,
	[PC_ITEM_LISTED] = take_listed_dirs,
	[PC_ITEM_COUNTED] = pc_ahead_take,
	[PC_ITEM_KEPT] = pc_pruned_mark,
	[PC_ITEM_REPEAT] = pc_pruned_mark,
	[PC_ITEM_TARGET] = take_target,
};

static void take_item(struct pc_answer *d, const struct pc_item *item)
{
	if (!is_lost(d, item) && on_item[item->type])
		on_item[item->type](d, item);
}

/* ---- End of each kind of job ---- */

/* True if an ENTRIES job reported an error for this name. */
static bool link_reported_failed(const struct pc_answer *d, const struct pc_link *link)
{
	const struct pc_item *item;
	uint32_t pos = 0;

	while ((item = item_next(d, &pos))) {
		if (item->type == PC_ITEM_EVENT && item->event == PCOPY_EVENT_ERROR &&
		    strcmp(item->text, link->dir ? link->name : "") == 0)
			return true;
	}
	return false;
}

static void end_firsts(struct pc_answer *d)
{
	struct pc_link *link = d->flight->links;

	while (link) {
		struct pc_link *next = link->next;
		bool failed = d->job->error < 0 || link_reported_failed(d, link);

		link->next = NULL;
		pc_links_first_done(d->l, link, !failed);
		link = next;
	}
}

static void end_links(struct pc_answer *d)
{
	struct pc_link *link = d->flight->links;

	while (link) {
		struct pc_link *next = link->next;

		link->next = NULL;
		if (link->refused)
			pc_links_refused(d->l, link, link->refused);
		else
			pc_link_done(d->l, link);
		link = next;
	}
}

static void end_directories(struct pc_answer *d)
{
	pc_dirs_finished(d->l, d->flight->dirs);
}

/* Ends what waited for the job, by kind. */
static void (*const on_done[PC_JOB_KINDS])(struct pc_answer *d) = {
	[PC_JOB_ENTRIES] = end_firsts,           [PC_JOB_CHUNK] = pc_chunk_done,
	[PC_JOB_FINISH] = pc_chunks_finish_done, [PC_JOB_LINK] = end_links,
	[PC_JOB_DIRMETA] = end_directories,      [PC_JOB_COUNT] = pc_ahead_end,
};

static void pace_update(uint64_t *pace_ns, uint64_t busy_ns, uint64_t count)
{
	if (count > 0)
		*pace_ns = (*pace_ns + busy_ns / count) / (*pace_ns ? 2 : 1);
}

/* Updates the pace, from which the number of names in a job's budget is computed. */
static void note_pace(struct pc_ledger *l, const struct pc_flight *flight, const struct pc_job *job)
{
	if (flight->files)
		pace_update(&l->file_ns, job->busy_ns, pc_counts_entries(&job->counts));
	else
		pace_update(&l->directory_ns, job->busy_ns, flight->directories);
}

/* Updates when the worker was first and last busy. */
static void note_span(const struct pc_ledger *l, struct pcopy_worker_report *w,
                      const struct pc_job *job)
{
	uint64_t first_ns = job->start_ns - l->config->start_ns;

	if (job->error == -EOWNERDEAD) /* no worker answered */
		return;
	if (w->jobs == 1 || first_ns < w->first_ns)
		w->first_ns = first_ns;
	if (first_ns + job->busy_ns > w->last_ns)
		w->last_ns = first_ns + job->busy_ns;
}

/* What files in chunks are done by is not in the counts as bytes of small ones. */
static void note_large(struct pc_ledger *l, const struct pc_job *job)
{
	if (job->kind != PC_JOB_CHUNK && job->kind != PC_JOB_FINISH)
		return;
	for (int m = 0; m < PCOPY_METHODS; m++)
		l->large_moved += job->counts.method_bytes[m];
	l->large_done += job->counts.bytes;
}

static void count(struct pc_ledger *l, const struct pc_job *job)
{
	struct pcopy_worker_report *w = &l->result->worker[job->worker];

	l->worker = job->worker;
	pc_width_note(l, job);
	pc_counts_add(&l->result->counts, &job->counts);
	note_large(l, job);
	w->jobs++;
	w->busy_ns += job->busy_ns;
	w->cpu_ns += job->cpu_ns;
	note_span(l, w, job);
	w->bytes += job->counts.bytes;
	for (int k = 0; k < PCOPY_KINDS; k++)
		w->entries += job->counts.entries[k].copied;
}

/* ---- The answer ---- */

/* Copies the header from the slot once.  The request fields are the coordinator's own. */
static void answer_read(const struct pc_ledger *l, unsigned slot, struct pc_job *ret)
{
	const struct pc_job *sent = &l->flight[slot].sent;

	*ret = *pc_queue_job(l->config->queue, slot);
	ret->kind = sent->kind;
	ret->flags = sent->flags;
	ret->root = sent->root;
	ret->root_count = sent->root_count;
	ret->offset = sent->offset;
	ret->length = sent->length;
	ret->meta = sent->meta;
	ret->request_len = sent->request_len;
	if (ret->error == -EOWNERDEAD)
		ret->text_len = sent->request_len;
}

/* Discards an invalid answer. */
static void answer_distrust(struct pc_job *job)
{
	job->worker = 0;
	job->text_len = job->request_len;
	job->error = -EBADMSG;
	memset(&job->counts, 0, sizeof(job->counts));
}

/* Directories that the answer entered but did not leave: their remaining work is lost, and they
 * fail. */
static void dirs_close(struct pc_answer *d)
{
	while (d->dir != d->flight->dir) {
		struct pc_dir *dir = d->dir;

		dir->failed = true;
		d->dir = dir->up;
		pc_dir_release(d->l, dir);
	}
}

/* Processes the items up to the first invalid one.  False: the answer is incomplete. */
static bool items_take(struct pc_answer *d)
{
	const struct pc_item *item;
	uint32_t pos = 0, end = 0;

	while ((item = item_next(d, &pos)) && pc_item_is_valid(d, item)) {
		take_item(d, item);
		end = pos;
	}
	return (end ? end : pc_item_start(d->job->request_len)) >= d->job->text_len &&
	       d->dir == d->flight->dir && d->lost == 0;
}

static void flight_end(struct pc_ledger *l, unsigned slot)
{
	l->flight[slot] = (struct pc_flight){0};
	l->free_slot[l->free_count++] = slot;
	l->inflight--;
	pc_queue_release(l->config->queue, slot);
}

void pc_result_take(struct pc_ledger *l, unsigned slot)
{
	static const char nothing[8]; /* at least as many empty strings as any request has */
	struct pc_flight flight = l->flight[slot];
	struct pc_job job;
	struct pc_answer d = {.l = l,
	                      .flight = &flight,
	                      .job = &job,
	                      .text = pc_queue_text(l->config->queue, slot),
	                      .dir = flight.dir};

	if (!flight.used) { /* no job was sent in this slot */
		pc_queue_release(l->config->queue, slot);
		return;
	}
	answer_read(l, slot, &job);
	if (!pc_request_is_valid(l, &flight.sent, d.text)) {
		d.text = nothing;
		answer_distrust(&job);
	} else if (!pc_answer_is_valid(l, &flight.sent, &job)) {
		answer_distrust(&job);
	}
	count(l, &job);
	pc_trace_job(l, &job, d.text);
	weight_deal(&d);
	pc_ahead_note(&d);
	if (!items_take(&d) && job.error == 0)
		job.error = -EBADMSG; /* the items after it are lost */
	dirs_close(&d);
	note_pace(l, &flight, &job);
	/* chunks report their own errors, and their file fails once */
	d.error = job.error;
	if (job.error == -EOWNERDEAD || job.error == -EBADMSG ||
	    (job.error < 0 && flight.sent.kind != PC_JOB_CHUNK))
		pc_failed_job(&d);
	pc_pruned_note(&d);
	if (on_done[job.kind])
		on_done[job.kind](&d);
	pc_dir_release(l, flight.dir);
	flight_end(l, slot);
}
