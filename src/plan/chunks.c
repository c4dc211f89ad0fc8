/* SPDX-License-Identifier: MIT */
/* chunks.c - sends large files in chunks, in the order in which they were found.
 *
 *   add -> CHUNK (alone: it creates the file) -> CHUNK ... CHUNK -> FINISH
 *
 * If a chunk fails, FINISH removes the temporary file. */
#include "plan/ledger.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* If a chunk sleeps more than this share of its time, add workers to the file. */
#define LARGE_SLEPT_PER_CENT 40U

/* Removes the link that became a large file from its job's list. */
static struct pc_link *large_take_first(struct pc_answer *d, const struct pc_large *large)
{
	struct pc_link **at = &d->flight->links;
	struct pc_link *link;

	while (*at && large->dir && strcmp((*at)->name, large->name) != 0)
		at = &(*at)->next;
	link = *at;
	if (link) {
		*at = link->next;
		link->next = NULL;
	}
	return link;
}

void pc_chunks_add(struct pc_answer *d, const struct pc_item *item, double weight)
{
	struct pc_large *large = pc_large_new(item, weight);
	struct pc_ledger *l = d->l;

	if (!large) {
		l->no_memory = true;
		return;
	}
	large->dir = item->flags & PC_ITEM_TOP ? NULL : d->dir;
	if (d->job->flags & PC_JOB_FIRST)
		large->first = large_take_first(d, large);
	pc_dir_hold(large->dir);
	*(l->large ? &l->large_last->next : &l->large) = large;
	l->large_last = large;
}

static void large_unlist(struct pc_ledger *l, struct pc_large *large)
{
	struct pc_large *before = NULL;

	for (struct pc_large *at = l->large; at != large; at = at->next)
		before = at;
	*(before ? &before->next : &l->large) = large->next;
	if (l->large_last == large)
		l->large_last = before;
}

/* Ends a large file: nothing of it is queued or in flight. */
static void large_end(struct pc_ledger *l, struct pc_large *large, bool copied)
{
	if (large->first)
		pc_links_first_done(l, large->first, copied);
	pc_dir_release(l, large->dir);
	pc_large_free(large);
}

/* ---- Jobs ---- */

static int large_put(struct pc_ledger *l, struct pc_job *job, unsigned slot, struct pc_large *large)
{
	const struct pc_root *root = &l->config->root[large->root];
	const char *name = large->dir ? large->name : root->dst_name;
	char temp[l->config->temp_name_max];

	job->meta = large->meta;
	if (large->dir) {
		int r = pc_job_put_path(l, job, slot, large->dir);

		if (r < 0)
			return r;
	} else {
		pc_job_put_string(l, job, slot, "");
	}
	pc_job_put_string(l, job, slot, large->dir ? large->name : root->src_name);
	pc_job_put_string(l, job, slot, name);
	l->config->temp_name(temp, name);
	pc_job_put_string(l, job, slot, temp);
	job->temp_dev = large->temp_dev;
	job->temp_ino = large->temp_ino;
	l->flight[slot].large = large;
	return 0;
}

/* The path does not fit into a job.  This happens before the first chunk, so no temporary file
 * exists. */
static void large_abandon(struct pc_ledger *l, struct pc_large *large)
{
	large_unlist(l, large);
	l->result->counts.entries[PCOPY_FILE].failed++;
	large_end(l, large, false);
}

static void large_send_chunk(struct pc_ledger *l, struct pc_large *large)
{
	unsigned slot;
	struct pc_job *job = pc_job_begin(l, PC_JOB_CHUNK, large->dir, large->root, &slot);

	if (large_put(l, job, slot, large) < 0) {
		large_abandon(l, large);
		return;
	}
	l->flight[slot].weight = pc_large_next(large, l->config->options->chunk_bytes, job);
	large->inflight++;
	pc_job_send(l, slot);
}

static void large_send_finish(struct pc_ledger *l, struct pc_large *large)
{
	unsigned slot;
	struct pc_job *job = pc_job_begin(l, PC_JOB_FINISH, large->dir, large->root, &slot);

	large_unlist(l, large);
	if (large->failed)
		job->flags |= large->anew ? PC_JOB_ANEW : PC_JOB_DROP;
	job->offset = large->differs;
	l->flight[slot].weight = large->weight; /* the weight not sent with chunks */
	(void)large_put(l, job, slot, large);   /* cannot fail: the chunks had the same path */
	pc_job_send(l, slot);
}

bool pc_chunks_fill(struct pc_ledger *l, unsigned most)
{
	for (struct pc_large *large = l->large; large; large = large->next) {
		bool done = large->failed || large->offset == large->meta.size;

		if (done && large->inflight == 0) {
			large_send_finish(l, large);
			return true;
		}
		if (!done && !large->finding_ends && large->inflight < most &&
		    large->inflight < large->most) {
			large_send_chunk(l, large);
			return true;
		}
	}
	return false;
}

/* ---- Answers ---- */

/* Several workers on one file are faster if its writers do not lock each other out, or if chunks
 * sleep: one worker reads ahead while another writes. */
static unsigned chunks_at_once(const struct pc_answer *d)
{
	uint64_t slept_ns = pc_job_slept_ns(d->job);

	if (d->job->locked && slept_ns * 100 < d->job->busy_ns * LARGE_SLEPT_PER_CENT)
		return 1;
	return UINT_MAX;
}

void pc_chunk_done(struct pc_answer *d)
{
	struct pc_large *large = d->flight->large;

	large->inflight--;
	if (d->job->flags & PC_JOB_FIND_ENDS)
		large->finding_ends = false;
	large->temp_dev = d->job->temp_dev;
	large->temp_ino = d->job->temp_ino;
	large->most = chunks_at_once(d);
	if (d->job->differs < large->differs)
		large->differs = d->job->differs;
	large->anew = large->anew || (!large->failed && d->job->error < 0 && d->job->in_order);
	large->failed = large->failed || d->job->error < 0 || large->differs != PC_OFFSET_NONE;
	if (d->job->whole)
		large->offset = large->meta.size;
}

void pc_chunks_finish_done(struct pc_answer *d)
{
	if (d->job->left)
		pc_leftover_note(d->l, d->job, d->text);
	large_end(d->l, d->flight->large, d->job->counts.entries[PCOPY_FILE].copied > 0);
}

void pc_chunks_drop(struct pc_ledger *l)
{
	for (struct pc_large *large = l->large; large; large = large->next)
		large->failed = true,
		large->anew = false; /* FINISH still removes the temporary file */
}

void pc_chunks_done(struct pc_ledger *l)
{
	while (l->large) {
		struct pc_large *large = l->large;

		l->large = large->next;
		pc_large_free(large);
	}
	for (unsigned i = 0; l->flight && i < l->config->queue->depth; i++) {
		if (l->flight[i].sent.kind ==
		    PC_JOB_FINISH) /* files of chunks in flight are in the list */
			pc_large_free(l->flight[i].large);
	}
}
