/* SPDX-License-Identifier: MIT
 *
 * walker.c - creates and frees a worker's context. */
#include "walk/walk.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/sys.h"

#include <errno.h>
#include <stdlib.h>

/* Descriptors besides those of open directories and those waiting to be closed. */
#define FD_RESERVE 16U

/* The number of workers that share a descriptor table: those of a process, or of a thread. */
static unsigned table_sharers(const struct pcopy_options *o)
{
	bool may_grow = o->pool == PCOPY_POOL_THREADS || o->pool == PCOPY_POOL_COROUTINES;
	unsigned workers = o->threads * (o->coroutines ? o->coroutines : 1);

	if (may_grow && o->width_max > workers)
		workers = o->width_max;
	if (o->shared_fd_table)
		return workers;
	return o->pool == PCOPY_POOL_COROUTINES ? (workers + o->threads - 1) / o->threads : 1;
}

/* With a low descriptor limit: fewer open levels, and smaller batches.  The workers of a shared
 * table divide its limit. */
static void fit_fd_limit(struct pc_walker *w)
{
	const struct pcopy_options *o = w->options;
	unsigned limit = pc_fd_limit() / table_sharers(o);
	unsigned spare = limit > FD_RESERVE ? limit - FD_RESERVE : 0;

	w->depth_max = spare / 4 < PC_DEPTH_MAX ? spare / 4 : PC_DEPTH_MAX;
	w->batch.max = spare / 4 < PC_BATCH_MAX ? spare / 4 : PC_BATCH_MAX;
}

int pc_walk_init(struct pc_walker *w, const struct pc_walk_ops *ops,
                 const struct pcopy_options *options, const struct pc_root *roots,
                 struct pc_queue *queue)
{
	w->ops = ops;
	w->options = options;
	w->roots = roots;
	w->queue = queue;
	w->src_anchor_fd = w->dst_anchor_fd = -1;
	fit_fd_limit(w);
	w->listing = malloc(PC_LISTING_BYTES);
	/* as much as fits into a result, so that the buffers never move: entries point into them */
	return w->listing && pc_buffer_add(&w->path, "", 0) == 0 &&
	                       pc_buffer_add(&w->aside, "", 0) == 0 &&
	                       pc_buffer_reserve(&w->dirs, PC_TEXT_BYTES) == 0 &&
	                       pc_buffer_reserve(&w->files, PC_TEXT_BYTES) == 0
	               ? 0
	               : -ENOMEM;
}

void pc_walk_done(struct pc_walker *w)
{
	pc_batch_flush(&w->batch);
	pc_close_cleanup(&w->src_anchor_fd);
	pc_close_cleanup(&w->dst_anchor_fd);
	pc_buffer_done(&w->path);
	pc_buffer_done(&w->aside);
	pc_buffer_done(&w->dirs);
	pc_buffer_done(&w->files);
	pc_buffer_done(&w->full);
	pc_buffer_done(&w->above);
	pc_buffer_done(&w->listed);
	pc_buffer_done(&w->listed_path);
	pc_buffer_done(&w->asked);
	pc_fs_table_done(&w->fs);
	free(w->listing);
}

void pc_walk_take(struct pc_walker *w, unsigned slot, struct pc_job *job, char *text)
{
	w->job = job;
	w->text = text;
	w->slot = slot;
	w->moved = pc_queue_moved(w->queue, slot);
	w->start_ns = pc_now_ns();
	w->root = job->root;
	w->ending = false;
	w->errors = 0;
	pc_buffer_cut(&w->path, 0);
	pc_buffer_cut(&w->dirs, 0);
	pc_buffer_cut(&w->files, 0);
	pc_buffer_cut(&w->listed, 0);
}

int pc_walk_flush(struct pc_walker *w, int (*call)(int fd), int fd)
{
	int r;

	pc_queue_set_flushing(w->queue, w->slot, true);
	r = call(fd);
	pc_queue_set_flushing(w->queue, w->slot, false);
	return r;
}
