/* SPDX-License-Identifier: MIT */
/* progress.c - how far a run has come, for the caller's on_progress. */
#include "plan/ledger.h"

#include "base/clock.h"
#include "job/kinds.h"

#include <stdlib.h>
#include <string.h>

/* The end of a run can be told where no more than this part of what is left is unsure. */
#define UNSURE_END 0.25

/* What the chunks in work have moved counts as it comes: they are long. */
static double chunks_fraction(const struct pc_ledger *l)
{
	struct pc_queue *queue = l->config->queue;
	uint64_t chunk = l->config->options->chunk_bytes;
	double sum = 0;

	for (unsigned i = 0; i < queue->depth; i++) {
		if (l->flight[i].sent.kind == PC_JOB_CHUNK && pc_queue_is_leased(queue, i))
			sum += l->flight[i].weight * (double)pc_moved_by_job(l, i) /
			       (double)pc_large_data(&l->flight[i].sent, chunk);
	}
	return sum;
}

/* The share of what is known and to be expected, where directories are counted ahead. */
static double extent_fraction(struct pc_ledger *l)
{
	const struct pc_counts *counts = &l->result->counts;
	struct pc_extent x = {
		.done = (double)pc_counts_entries(counts),
		.small_bytes =
			counts->bytes > l->large_done ? (double)(counts->bytes - l->large_done) : 0,
		.large_bytes = (double)l->large_bytes,
		.large_moved = (double)l->large_moved,
	};

	for (unsigned i = 0; i < l->config->queue->depth; i++) {
		if (l->flight[i].sent.kind == PC_JOB_CHUNK &&
		    pc_queue_is_leased(l->config->queue, i))
			x.large_moved += (double)pc_moved_by_job(l, i);
	}
	pc_whole_extent(l, &x);
	l->unsure = x.trust < 1 || x.unsure > (x.expected - x.done) * UNSURE_END;
	return pc_extent_share(&x);
}

/* The share of the entries and bytes of an earlier pass. */
static double known_fraction(const struct pc_ledger *l)
{
	double all = pc_counted_units(l->config->known_counts);

	return all > 0 ? pc_counted_units(&l->result->counts) / all : 0;
}

static double fraction_now(struct pc_ledger *l)
{
	if (l->config->known_counts)
		return known_fraction(l);
	return l->ahead.on ? extent_fraction(l) : l->fraction + chunks_fraction(l);
}

/* A chunk that is done again does not go back. */
static double fraction(struct pc_ledger *l)
{
	double now = fraction_now(l);

	if (now > l->shown)
		l->shown = now < 1 ? now : 1;
	return l->shown;
}

/* ---- Whether directories are still being found ---- */

static bool may_find(const struct pc_task *task)
{
	return task->kind == PC_TASK_OPERANDS || task->kind == PC_TASK_LIST ||
	       (task->kind == PC_TASK_NAMES && task->names[task->pos] == PC_TYPE_DIR);
}

static bool is_walking(const struct pc_ledger *l)
{
	if (l->config->known_counts)
		return false;
	if (l->ahead.on)
		return l->unsure;
	for (const struct pc_task *task = l->task; task; task = task->next) {
		if (may_find(task))
			return true;
	}
	for (unsigned i = 0; i < l->config->queue->depth; i++) {
		const struct pc_flight *flight = &l->flight[i];
		bool finds = flight->sent.kind == PC_JOB_LIST ||
		             (flight->sent.kind == PC_JOB_ENTRIES && !flight->files);

		if (finds && !pc_queue_is_free(l->config->queue, i))
			return true;
	}
	return false;
}

/* ---- The workers ---- */

static bool make_room(struct pc_ledger *l)
{
	unsigned workers = l->result->workers_most;

	if (!l->at_work)
		l->at_work = calloc(workers, sizeof(*l->at_work));
	if (!l->at_path)
		l->at_path = calloc(workers, sizeof(*l->at_path));
	return l->at_work && l->at_path;
}

/* What the job in a slot is about: a file in chunks, or what its worker says.  The
 * request is read only: its worker writes behind it. */
static const char *path_of(const struct pc_ledger *l, unsigned slot, struct pc_buffer *path)
{
	struct pc_queue *queue = l->config->queue;
	const struct pc_job *job = &l->flight[slot].sent;
	const char *text = pc_queue_text(queue, slot), *rest = pc_job_file(job, text);
	enum pc_job_about about = pc_job_kinds[job->kind].about;
	uint32_t root = job->root;
	char shown[PC_SHOWN_MAX];

	pc_buffer_cut(path, 0);
	if (about == PC_ABOUT_ITEMS)
		return NULL;
	if (about == PC_ABOUT_DIRECTORY) {
		pc_queue_shown(queue, slot, &root, shown);
		if (!shown[0] && !(job->flags & PC_JOB_TOP))
			return NULL;
		rest = shown;
	}
	if (root >= l->config->root_count) /* read while it was changed */
		return NULL;
	return pc_event_path(path, l->config->root[root].src, pc_job_dir(job, text), rest);
}

static void look_at_workers(struct pc_ledger *l)
{
	struct pc_queue *queue = l->config->queue;

	for (unsigned i = 0; i < l->result->workers; i++) {
		const struct pcopy_worker_report *done = &l->result->worker[i];

		l->at_work[i] = (struct pcopy_worker_progress){.entries = done->entries,
		                                               .bytes = done->bytes};
	}
	for (unsigned i = 0; i < queue->depth; i++) {
		int worker = pc_queue_worker(queue, i);

		if (worker < 0 || (unsigned)worker >= l->result->workers)
			continue;
		l->at_work[worker].path = path_of(l, i, &l->at_path[worker]);
		l->at_work[worker].bytes += pc_moved_by_job(l, i);
	}
}

/* ---- The caller ---- */

static void progress_send(struct pc_ledger *l, uint64_t now_ns)
{
	const struct pcopy_options *options = l->config->options;
	struct pcopy_progress progress = {0};

	l->shown_ns = now_ns;
	progress.fraction = fraction(l);
	progress.elapsed_ns = now_ns - l->start_ns;
	progress.bytes = pc_moved_bytes(l);
	progress.entries = pc_counts_entries(&l->result->counts);
	progress.walking = l->shown < 1 && is_walking(l);
	progress.width = l->climbs ? l->width : 0;
	if (make_room(l)) {
		look_at_workers(l);
		progress.worker = l->at_work;
		progress.workers = l->result->workers;
	}
	options->on_progress(options->userdata, &progress);
}

void pc_progress_show(struct pc_ledger *l)
{
	const struct pcopy_options *options = l->config->options;
	uint64_t now_ns;

	if (!options->on_progress)
		return;
	now_ns = pc_now_ns();
	if (now_ns - l->shown_ns >= options->progress_ms * UINT64_C(1000000))
		progress_send(l, now_ns);
}

void pc_progress_end(struct pc_ledger *l)
{
	if (!l->config->options->on_progress || l->stopped || l->shown_ns == l->start_ns)
		return;
	l->shown = 1;
	progress_send(l, pc_now_ns());
}

void pc_progress_done(struct pc_ledger *l)
{
	for (unsigned i = 0; l->at_path && i < l->result->workers_most; i++)
		pc_buffer_done(&l->at_path[i]);
	free(l->at_path);
	free(l->at_work);
}
